"""A list, or a link to a file elsewhere, can be put into other folders than the settings say."""

from dataclasses import replace

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.folders import Kind
from civitai_manager_libs.domain.placement import PlacementRules
from civitai_manager_libs.domain.save_places import all_roots
from civitai_manager_libs.library.save_places import SavePlaces
from civitai_manager_libs.ui.queue_desk import Refused
from tests.support.command import eventually
from tests.support.rows import plain
from tests.support.save_places import Remembering

pytestmark = pytest.mark.usefixtures('english')

CREATOR = 'https://civitai.com/user/garden_path'  # LoRAs and something else
ONE_KIND = 'https://civitai.com/models?query=moss'
PLAIN = str(SPECIAL['plain'].model_id)
ANOTHER = str(SPECIAL['two_versions'].model_id)  # a LoRA like the first


@pytest.fixture
def visitor(demo, bench, open_desk):
    (bench.downloads / 'LORA' / 'style').mkdir(parents=True)
    return open_desk().visitor()


def cards(visitor):
    visitor.poll()
    (group,) = visitor.has['orders']['choices']
    return {key: visitor.has['choices'][key] for key in group['keys']}


def known(visitor, words='', text=None):
    """Key and markup of the one card as soon as it has ``words`` and nothing is on its way."""
    if text is not None:
        visitor.click('look', text=text)

    def settled():
        there = list(cards(visitor).items())
        whole = len(there) == 1 and words in there[0][1] and 'aria-busy' not in there[0][1]
        return there[0] if whole else None

    return eventually(settled, 'the card is settled')


def queued(bench, visitor, count, text):
    """The orders that come when what is there is queued."""
    before = {task.id for task in bench.store.all()}
    visitor.click('add', text=text)
    eventually(lambda: len(bench.store.all()) == len(before) + count, 'all are queued')
    return [task.order for task in bench.store.all() if task.id not in before]


class TestList:
    def test_of_one_kind_it_has_one_choice_in_view(self, bench, visitor):
        key, html = known(visitor, 'LORA/style<', ONE_KIND)
        usual = bench.downloads / 'LORA'
        assert html.count('<select') == 1 and f'value="{usual}" selected' in html
        visitor.click('save-in', f'{key}/0', f'{usual}/style')
        _, html = known(visitor, f'<li title="{usual}/style">')
        assert 'LORA/style 1' in plain(html)
        (order,) = queued(bench, visitor, 1, ONE_KIND)
        assert order.folder == f'{usual}/style' and order.key.endswith(f':{usual}/style:')

    def test_of_several_kinds_each_has_its_own(self, bench, visitor):
        key, html = known(visitor, 'Choose other folders', CREATOR)
        assert '<select' not in html and 'aria-expanded="false"' in html
        visitor.click('turn', key)
        _, html = known(visitor, 'aria-expanded="true"')
        assert html.count('<select') == 2 and 'LoRA · 4 files' in plain(html)
        visitor.click('subfolder', f'{key}/0', 'garden')
        visitor.click('subfolder', f'{key}/9', 'nowhere')
        known(visitor, f'<li title="{bench.downloads}/LORA/garden">')
        folders = [order.folder for order in queued(bench, visitor, 5, CREATOR)]
        assert folders.count(f'{bench.downloads}/LORA/garden') == 4
        assert len([one for one in folders if 'LORA' not in one]) == 1

    def test_it_begins_with_the_folder_of_its_kind_and_keeps_it(self, bench, visitor):
        usual = bench.downloads / 'LORA'
        key, _ = known(visitor, 'LORA/style<', PLAIN)
        visitor.click('save-in', key, f'{usual}/style')
        queued(bench, visitor, 1, PLAIN)
        key, _ = known(visitor, f'<li title="{usual}/style">', ONE_KIND)
        visitor.click('save-in', f'{key}/0', str(usual))
        queued(bench, visitor, 1, ONE_KIND)
        known(visitor, f'value="{usual}" selected', ANOTHER)

    def test_what_was_chosen_stays_when_it_is_read_anew(self, bench, visitor):
        key, _ = known(visitor, 'LORA/style<', ONE_KIND)
        visitor.click('save-in', f'{key}/0', f'{bench.downloads}/LORA/style')
        visitor.click('list-limit', key, '20')
        known(visitor, f'<li title="{bench.downloads}/LORA/style">')

    def test_what_lies_in_the_other_folder_is_not_queued_again(self, bench, visitor):
        style = bench.downloads / 'LORA' / 'style'
        bench.fetch(PLAIN, folder=str(style))
        key, _ = known(visitor, 'LORA/style<', ONE_KIND)
        visitor.click('save-in', f'{key}/0', str(style))
        _, html = known(visitor, 'Everything is here already')

    def test_nothing_leads_out(self, bench, visitor):
        key, _ = known(visitor, 'LORA/style<', ONE_KIND)
        visitor.click('subfolder', f'{key}/0', '../x')
        known(visitor, 'lead out of the folder')
        with pytest.raises(Refused, match='Correct the subfolder'):
            visitor.click('add', text=ONE_KIND)
        visitor.click('subfolder', f'{key}/0', '')
        known(visitor, f'<li title="{bench.downloads}/LORA">')
        visitor.click('save-in', f'{key}/0', '/etc')
        (order,) = queued(bench, visitor, 1, ONE_KIND)
        assert order.folder == str(bench.downloads / 'LORA')

    def test_subfolders_of_the_settings_stay_unless_somebody_chooses(self, bench, visitor):
        bench.rules = replace(bench.rules, subfolder_template='{version_id}')
        key, html = known(visitor, 'Choose other folders', CREATOR)
        visitor.click('turn', key)
        _, html = known(visitor, 'aria-expanded="true"')
        assert 'As the settings say: LORA/…' in plain(html)
        visitor.click('save-in', f'{key}/0', str(bench.downloads / 'LORA' / 'style'))
        known(visitor, 'LORA/style</span><b>4')


class TestElsewhere:
    @pytest.fixture
    def link(self, odd_server):
        server = odd_server(lambda handler: handler.reply(200, b'x' * 2000))
        return f'{server.url}/files/found.safetensors', server

    def test_any_folder_of_models_can_be_taken_and_comes_up_again(self, bench, visitor, link):
        address, server = link
        key, html = known(visitor, 'LORA/style<', address)
        assert f'value="{bench.downloads}" selected' in html
        assert f'value="{bench.downloads}/VAE"' in html
        asked = len(server.seen)
        visitor.click('save-in', key, str(bench.downloads / 'LORA' / 'style'))
        visitor.click('subfolder', key, 'far')
        assert 'LORA/style/far' in plain(visitor.has['choices'][key])
        (order,) = queued(bench, visitor, 1, address)
        place = f'{bench.downloads}/LORA/style/far'
        assert (order.folder, order.file_name) == (place, 'found.safetensors')
        assert order.key.endswith(f'{place}/found.safetensors')
        assert all(one[0] == 'GET' for one in server.seen[asked:])
        known(visitor, f'value="{place}" selected', address.replace('found', 'other'))

    def test_several_are_closed_until_somebody_turns_them(self, bench, visitor, link):
        address, _ = link
        visitor.click('look', text=f'{address}\n{address.replace("found", "other")}')

        def known_both():
            found = cards(visitor)
            return found if all('Direct link' in html for html in found.values()) else None

        found = eventually(known_both, 'both are known')
        assert len(found) == 2 and not any('<select' in html for html in found.values())
        key = next(iter(found))
        visitor.click('turn', key)
        assert '<select' in visitor.has['choices'][key]


def test_without_a_kind_all_folders_are_offered():
    rules = PlacementRules('a1111', '/sd', '/d', added_folders={'LORA': ('/far',)})
    roots = all_roots(rules)
    assert roots[0] == '/d' and '/far' in roots and '/sd/models/VAE' in roots
    assert len(set(roots)) == len(roots)
    places = SavePlaces(lambda: rules, Remembering())
    places.keep(None, '/far/x')
    assert places.last(None) == '/far/x' and places.last(Kind('LORA')) is None
    places.keep(None, '/etc')
    assert places.last(None) is None
