"""What a host does with a model that is here: into the prompt, loaded, used as VAE."""

import json
from types import SimpleNamespace

import pytest

from civitai_manager_libs.domain.prompt_words import prompt_words
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import HostFailed, TaskUnknown
from civitai_manager_libs.host.base import Feature
from civitai_manager_libs.host.standalone import Standalone
from civitai_manager_libs.ui.browsers import OpenPage
from civitai_manager_libs.ui.host_desk import HostDesk, host_offers
from civitai_manager_libs.ui.present_host import model_button, row_button, row_reason
from civitai_manager_libs.ui.present_row import RowPlace, row_html
from civitai_manager_libs.ui.queue_desk import Refused
from tests.support.made_up_host import MadeUpHost
from tests.support.opened_model import OnThisDisk
from tests.support.rows import plain, task


class Downloads(dict):
    def task(self, number):
        if number not in self:
            raise TaskUnknown(task=number)
        return self[number]


@pytest.fixture
def bench(tmp_path, english):
    """A desk with its ``host``, ``downloads`` and ``disk``; what takes a while waits in ``jobs``.
    ``put(number, name)`` is a download that is done, ``click(deed, item)`` the click of a page.
    """
    made = SimpleNamespace(host=MadeUpHost(tmp_path), downloads=Downloads(), disk=OnThisDisk())
    made.jobs, made.page = [], OpenPage(None, 'downloads')
    words = {(7, 4): ['neon harbor, wet asphalt', '<lora:x:1>']}
    desk = HostDesk(
        made.host,
        made.downloads,
        made.disk,
        lambda model, version: words.get((model, version), []),
        made.jobs.append,
    )

    def put(number, name, **values):
        path = made.host.root / 'models' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        usual = {'model_type': 'LORA', 'model_id': 7, 'version_id': 4}
        made.downloads[number] = task(State.DONE, number, path=str(path), **{**usual, **values})
        return path

    made.put = put
    made.click = lambda deed, item: desk.do(made.page, deed, str(item), '', '')
    made.cards = lambda: [plain(card.html) for card in made.page.said()]
    return made


class TestPromptWords:
    @pytest.mark.parametrize('kind, tag', [('LORA', 'lora'), ('LoCon', 'lora'), ('DoRA', 'lora')])
    def test_networks_are_called_by_their_file(self, kind, tag):
        found = prompt_words(kind, 'silk v1.1.safetensors', {}, ['silk'])
        assert (found.calls, found.words) == (f'<{tag}:silk v1.1:1>', 'silk')
        assert found.calls.startswith(found.known)

    def test_an_embedding_by_its_name(self):
        found = prompt_words('TextualInversion', 'bad_hands.pt', {}, ['bad_hands'])
        assert (found.calls, found.known) == ('bad_hands', 'bad_hands')

    @pytest.mark.parametrize(
        'weight, shown',
        [
            (0.8, '0.8'),
            (1.25, '1.25'),
            (-1, '-1'),
            (0, '1'),
            ('0.8', '1'),
            (None, '1'),
            (True, '1'),
        ],
    )
    def test_the_weight_is_the_preferred_one(self, weight, shown):
        found = prompt_words('LORA', 'a.pt', {'preferred weight': weight}, [])
        assert found.calls == f'<lora:a:{shown}>'

    def test_what_somebody_wrote_goes_before_the_words_of_civitai(self):
        user = {'activation text': ' mine, too '}
        assert prompt_words('LORA', 'a.pt', user, ['theirs']).words == 'mine, too'
        assert (
            prompt_words('LORA', 'a.pt', {'activation text': ['x']}, ['theirs']).words == 'theirs'
        )


class TestInserting:
    def test_words_and_weight_come_from_beside_the_file(self, bench):
        path = bench.put(1, 'Lora/style/silk.safetensors')
        answer = bench.click('insert', 1)['insert']
        assert answer['calls'] == '<lora:silk:1>'
        assert answer['words'] == 'neon harbor, wet asphalt'
        assert answer['done'] == 'Inserted into the prompt of {tab}'
        said = {'activation text': 'mine', 'preferred weight': 0.7}
        path.with_suffix('.json').write_text(json.dumps(said), encoding='utf-8')
        answer = bench.click('insert', 1)['insert']
        assert (answer['calls'], answer['words']) == ('<lora:silk:0.7>', 'mine')

    @pytest.mark.parametrize('content', [b'{', b'[]', b'\xff\xfe', b'null'])
    def test_a_file_that_cannot_be_read_does_not_keep_it(self, bench, content):
        bench.put(1, 'Lora/silk.safetensors').with_suffix('.json').write_bytes(content)
        assert bench.click('insert', 1)['insert']['words'] == 'neon harbor, wet asphalt'

    def test_the_file_of_an_opened_model(self, bench):
        bench.disk.put(4, 40, bench.host.root / 'models' / 'Lora' / 'neon.safetensors')
        answer = bench.click('insert', '7:4:40:LORA')['insert']
        assert answer['calls'] == '<lora:neon:1>'
        assert bench.click('insert', '7:4:41:LORA') is None

    @pytest.mark.parametrize('item', ['', 'x', '1:2', '::', '7:4:40', '1 2', '-1'])
    def test_clicks_from_nowhere_do_nothing(self, bench, item):
        assert bench.click('insert', item) is None
        assert bench.jobs == []

    def test_what_the_host_does_not_read_is_not_inserted(self, bench):
        bench.put(1, '../elsewhere/silk.safetensors')
        bench.put(2, 'Lora/silk.zip')
        bench.put(3, 'Stable-diffusion/a.safetensors', model_type='Checkpoint')
        assert [bench.click('insert', number) for number in (1, 2, 3)] == [None, None, None]

    def test_one_without_a_prompt_says_why(self, bench):
        bench.put(1, 'Lora/silk.safetensors')
        bench.host.lacks[Feature.PROMPT] = 'host.standalone'
        with pytest.raises(Refused, match='Only inside a WebUI'):
            bench.click('insert', 1)


class TestHandingOver:
    @pytest.mark.parametrize(
        'deed, kind, folder', [('load', 'Checkpoint', 'Stable-diffusion'), ('vae', 'VAE', 'VAE')]
    )
    def test_it_is_begun_at_once_and_said_when_it_is_done(self, bench, deed, kind, folder):
        path = bench.put(1, f'{folder}/a.safetensors', model_type=kind)
        assert bench.click(deed, 1) is None
        assert bench.click(deed, 1) is None, 'the second click finds it under way'
        assert bench.host.asked == [] and len(bench.jobs) == 1
        (begun,) = bench.cards()
        bench.jobs.pop()()
        assert bench.host.asked == [(deed, path)]
        (done,) = bench.cards()
        assert 'a.safetensors' in begun and 'a.safetensors' in done and begun != done
        bench.click(deed, 1)
        assert len(bench.jobs) == 1

    @pytest.mark.parametrize(
        'error', [HostFailed(feature='checkpoint', reason='KeyError'), RuntimeError('no memory')]
    )
    def test_what_fails_stays_until_it_is_closed(self, bench, error):
        bench.put(1, 'Stable-diffusion/a.safetensors', model_type='Checkpoint')
        bench.host.refusals['load'] = error
        bench.click('load', 1)
        bench.jobs.pop()()
        (failed,) = bench.cards()
        assert 'a.safetensors could not be loaded' in failed
        bench.click('load', 1)
        assert len(bench.jobs) == 1, 'it can be tried again'

    def test_a_vae_of_a_checkpoint_is_one_by_where_it_lies(self, bench):
        bench.put(1, 'VAE/a.vae.safetensors', model_type='Checkpoint')
        assert bench.click('load', 1) is None and bench.jobs == []
        bench.click('vae', 1)
        assert len(bench.jobs) == 1


class TestButtons:
    def test_a_row_has_the_one_that_fits(self, bench):
        offers = host_offers(bench.host)
        for name, kind, deed in (
            ('Lora/a.safetensors', 'LORA', 'insert'),
            ('Stable-diffusion/a.safetensors', 'Checkpoint', 'load'),
            ('VAE/a.safetensors', 'VAE', 'vae'),
        ):
            path = bench.put(1, name, model_type=kind)
            html = row_html(bench.downloads[1], RowPlace((), lambda url, width: '', host=offers))
            assert f'data-cs-action="host:{deed}" data-cs-id="1"' in html
            assert row_button(None, str(path), kind, '1', 'a') == ''

    def test_off_it_says_why(self, bench):
        bench.host.lacks[Feature.CHECKPOINT] = 'host.standalone'
        offers = host_offers(bench.host)
        path = str(bench.put(1, 'Stable-diffusion/a.safetensors', model_type='Checkpoint'))
        assert 'disabled' in row_button(offers, path, 'Checkpoint', '1', 'a')
        assert 'Only inside a WebUI' in row_reason(offers, path, 'Checkpoint')
        html = model_button(offers, path, 'Checkpoint', '1')
        assert 'disabled' in html and 'Only inside a WebUI' in html

    def test_alone_there_are_none(self, bench):
        assert host_offers(Standalone(bench.host.places)) is None
        bench.put(1, 'Lora/a.safetensors')
        html = row_html(bench.downloads[1], RowPlace((), lambda url, width: ''))
        assert 'host:' not in html
