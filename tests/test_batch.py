"""Plans of searches: every version of every model once, what is there already, and figures."""

import json
import os

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.search import PERIODS, ModelQuery
from civitai_manager_libs.domain.target_types import FileFilter
from civitai_manager_libs.domain.task import Order, State
from civitai_manager_libs.errors import (
    BaseModelUnknown,
    FilterUnknown,
    Gone,
    NotFound,
    OneNameForMany,
    PickleRefused,
    TagUnknown,
)
from civitai_manager_libs.transfers.batch import totals
from civitai_manager_libs.transfers.plan import Listed

PLAIN = SPECIAL['plain']


@pytest.fixture
def plan(bench):
    """The plan of a search; ``limit`` and fields of :class:`ModelQuery` and, in ``order``, of
    :class:`Order`.
    """

    def make(order=None, limit=None, **query):
        return bench.engine.plan_search(ModelQuery(**query), Order(**(order or {})), limit)

    return make


def models(made):
    return [download.model_id for download in made.downloads]


class TestSearch:
    def test_the_newest_version_of_each_from_the_list_alone(self, demo, plan):
        made = plan(username='garden_path')
        assert set(models(made)) == {1004, 1005, 1018, 1022, 1030}
        assert made.listed == Listed(models=5)
        assert len(demo.requests) == 1

    def test_what_is_planned_is_what_its_own_link_would_give(self, bench, plan):
        [mine] = plan(text='moss').downloads
        [single] = bench.order('https://civitai.com/models/1004?modelVersionId=2007')
        assert mine == single.order

    def test_who_waits_hears_of_every_model_and_can_end_it(self, demo, bench):
        heard = []
        bench.engine.plan_search(ModelQuery(username='garden_path'), on_models=heard.append)
        assert heard == [1, 2, 3, 4, 5]

        def enough(models):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            bench.engine.plan_search(ModelQuery(username='garden_path'), on_models=enough)

    def test_all_versions(self, plan):
        made = plan({'all_versions': True}, text='Silk Tide')
        assert [one.version_id for one in made.downloads] == [2005, 2006]

    def test_only_versions_for_the_base_model(self, plan):
        made = plan({'all_versions': True}, base_models=('Flux.1 D',))
        assert {one.base_model for one in made.downloads} == {'Flux.1 D'}

    def test_files_are_chosen_as_ever(self, plan):
        made = plan({'wanted': FileFilter(size='pruned')}, text='XL')
        assert [one.file_id for one in made.downloads] == [SPECIAL['pruned'].file_id]

    @pytest.mark.parametrize('limit, more', [(1, True), (3, True), (5, False), (6, False)])
    def test_a_limit_and_whether_there_are_more(self, demo, plan, limit, more):
        made = plan(username='garden_path', limit=limit)
        assert made.listed == Listed(models=min(limit, 5), more=more)
        assert len(demo.requests) == 1

    def test_no_more_pages_than_needed(self, demo, plan):
        demo.faults.add('list', variant='short_page')
        made = plan({'wanted': FileFilter()}, limit=12, nsfw=True)
        assert made.listed.models == 12 and len(demo.requests) == 2

    def test_nothing_found_is_an_empty_plan(self, plan):
        made = plan(text='no such words anywhere')
        assert made.downloads == () and made.listed == Listed(models=0)

    def test_a_list_that_leads_in_circles(self, demo, plan):
        demo.faults.add('list', variant='empty_page')
        assert plan(tag='style').listed == Listed(models=0, astray=True)

    def test_one_name_cannot_be_for_many(self, plan):
        with pytest.raises(OneNameForMany):
            plan({'file_name': 'x.bin', 'folder': '/f'}, username='garden_path')


class TestLeftOut:
    def test_what_cannot_be_had_does_not_hold_up_the_others(self, plan):
        made = plan(username='kiln_works')
        assert models(made) and SPECIAL['taken_down'].model_id not in models(made)
        [version] = made.left_out
        assert (version.model_id, version.error.code) == (1029, 'gone')

    def test_pickled_files_are_named(self, plan):
        made = plan(tag='utility')
        assert made.downloads
        assert {why for _, why in made.skipped} == {'skipped.pickle'}

    def test_none_that_can_be_had(self, plan):
        with pytest.raises(PickleRefused):
            plan(text='Pixel Kiln')
        with pytest.raises(Gone):
            plan(text='Taken Down')


class TestNames:
    def test_an_unknown_tag_is_noticed(self, demo, plan):
        with pytest.raises(TagUnknown) as caught:
            plan(tag='no such tag')
        assert caught.value.details == {'tag': 'no such tag'}

    def test_a_tag_in_any_case(self, plan):
        assert models(plan(tag='PIXEL Art', order={'wanted': FileFilter(format='ckpt')})) == [1008]

    def test_an_unknown_base_model_is_noticed(self, plan):
        with pytest.raises(BaseModelUnknown) as caught:
            plan(base_models=('SDXL 1.0', 'pony'), text='no such words')
        assert caught.value.details['wanted'] == 'pony'
        assert 'Pony' in caught.value.details['nearest']

    def test_a_known_base_model_without_models(self, plan):
        assert plan(base_models=('Kolors',)).downloads == ()

    def test_a_server_without_the_lists_of_names(self, demo, plan):
        demo.faults.add('status', path='/enums', status=404)
        assert plan(base_models=('pony',)).downloads == ()

    def test_an_unknown_creator(self, plan):
        with pytest.raises(NotFound):
            plan(username='nobody_at_all')


class TestExisting:
    def existing(self, bench, made):
        keys = bench.engine.existing(made.downloads)
        return {one.file_id for one in made.downloads if one.key in keys}

    def test_what_was_downloaded_and_is_still_there(self, bench, plan):
        made = plan(username='garden_path')
        assert self.existing(bench, made) == set()
        [task] = bench.fetch('1004')
        assert self.existing(bench, made) == {PLAIN.file_id}
        os.utime(task.path, (1, 1))  # touched, but still of that size under that name
        assert self.existing(bench, made) == {PLAIN.file_id}
        with open(task.path, 'ab') as file:
            file.write(b'x' * 5000)
        assert self.existing(bench, made) == set()
        os.unlink(task.path)
        assert self.existing(bench, made) == set()

    def test_a_file_that_lay_there_before(self, demo, bench, plan):
        made = plan(text='moss')
        folder = bench.downloads / 'LORA'
        folder.mkdir(parents=True)
        place = folder / 'moss_garden_v1.safetensors'
        place.write_bytes(b'another one')
        assert self.existing(bench, made) == set()
        place.write_bytes(demo.file_bytes(PLAIN.file_id))
        assert self.existing(bench, made) == {PLAIN.file_id}

    def test_the_same_name_and_size_of_another_file(self, demo, bench, plan):
        bench.fetch('1004')
        demo.replace_file(PLAIN.file_id)
        assert self.existing(bench, plan(text='moss')) == set()

    def test_what_is_only_queued_is_not_there(self, bench, plan):
        bench.order('1004')
        assert self.existing(bench, plan(text='moss')) == set()

    def test_figures(self, bench, plan):
        made = plan(username='garden_path')
        bench.fetch('1004')
        figures = totals([*made.downloads, *made.downloads], bench.engine.existing(made.downloads))
        assert (figures.count, figures.existing, figures.to_download) == (5, 1, 4)
        assert figures.bytes - figures.bytes_to_download == 926272
        folders = {str(bench.downloads / 'LORA'): 4, str(bench.downloads / 'LoCon'): 1}
        assert figures.folders == folders and figures.unknown == 0


class TestQueue:
    def test_everything_is_queued_at_once_and_arrives(self, demo, bench, plan):
        made = plan(username='garden_path')
        tasks = bench.engine.enqueue(made)
        ids = [task.id for task in tasks]
        bench.engine.start(ids)
        states = {task.order.model_id: task.state for task in bench.engine.wait(ids)}
        assert states.pop(1018) is State.FAILED and set(states.values()) == {State.DONE}

    def test_options_of_the_order_reach_the_queue(self, plan, bench):
        made = plan({'connections': 3, 'sidecars': False, 'priority': 4}, text='moss')
        [task] = bench.engine.enqueue(made)
        order = task.order
        assert (order.connections, order.sidecars, order.priority) == (3, False, 4)


class TestFilters:
    @pytest.mark.parametrize(
        'query, nearest',
        [
            ({'types': ('Lorra',)}, 'LORA'),
            ({'sort': 'Newset'}, 'Newest'),
            ({'period': 'Mnth'}, 'Month'),
            ({'period': 'xyzzy'}, ', '.join(PERIODS)),
        ],
    )
    def test_unknown_ones_are_refused_before_the_search(self, demo, plan, query, nearest):
        with pytest.raises(FilterUnknown) as caught:
            plan(text='moss', **query)
        assert caught.value.details['nearest'].startswith(nearest)
        assert demo.requests.of('api', '/api/v1/models') == []

    def test_a_type_that_the_server_lists_is_searched_for(self, odd_server, plan, fresh_settings):
        def answer(handler):
            body = {'ModelType': ['Hologram']} if 'enums' in handler.path else {'items': []}
            handler.reply(body=json.dumps(body).encode(), Content_Type='application/json')

        server = odd_server(answer)
        fresh_settings(civitai_base_url=server.url)
        assert plan(types=('Hologram',)).listed == Listed(models=0)
        with pytest.raises(FilterUnknown):
            plan(types=('Hologramm',))

    def test_a_server_without_lists_judges_types_itself(self, odd_server, plan, fresh_settings):
        def answer(handler):
            status = 404 if 'enums' in handler.path else 200
            handler.reply(status, b'{"items": []}', Content_Type='application/json')

        server = odd_server(answer)
        fresh_settings(civitai_base_url=server.url)
        assert plan(types=('Hologram',)).listed == Listed(models=0)


def test_two_thousand_models_come_from_twenty_requests(odd_server, bench, fresh_settings):
    """Names that are taken by others of the same plan are told apart, and nothing is asked again
    for a single model.
    """

    def answer(handler):
        begin = int(handler.path.partition('cursor=')[2] or 0)
        items = [_model(number) for number in range(begin, begin + 100)]
        metadata = {'nextCursor': begin + 100} if begin < 1900 else {}
        body = json.dumps({'items': items, 'metadata': metadata}).encode()
        handler.reply(body=body, Content_Type='application/json')

    server = odd_server(answer)
    fresh_settings(civitai_base_url=server.url)
    made = bench.engine.plan_search(ModelQuery(username='busy'), Order())
    tasks = bench.engine.enqueue(made)
    assert len(server.seen) == 20
    assert len({task.id for task in tasks}) == made.listed.models == 2000
    assert len({task.order.file_name for task in tasks}) == 2000
    assert bench.engine.existing(made.downloads) == set()


def _model(number):
    picture = {'url': 'https://image.civitai.com/a/b/1.jpeg', 'nsfwLevel': 1, 'type': 'image'}
    file = {
        'id': 90000 + number,
        'name': f'lora_{number % 500}.safetensors',
        'sizeKB': 1000,
        'metadata': {'format': 'SafeTensor'},
        'hashes': {'SHA256': f'{number:064X}'},
    }
    versions = [
        {'id': 50000 + number * 3 + age, 'baseModel': 'SDXL 1.0', 'files': [file]}
        for age in range(3)
    ]
    for version in versions:
        version['images'] = [picture] * 15
    return {'id': 10000 + number, 'name': f'm{number}', 'type': 'LORA', 'modelVersions': versions}
