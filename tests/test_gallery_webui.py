"""A WebUI makes a picture with the data of another: requests, results, and what can go wrong."""

import base64
import json
import socket
from datetime import datetime

import msgspec
import pytest

from civitai_manager_libs import civitai_gallery_action, i18n, setting
from civitai_manager_libs.domain.generation import GenerationData
from civitai_manager_libs.errors import (
    WebUiBusy,
    WebUiError,
    WebUiMissing,
    WebUiRefused,
    WebUiSamplerUnknown,
    WebUiUnreachable,
    WebUiWithoutApi,
)
from civitai_manager_libs.images import webui
from civitai_manager_libs.images.reading import read_generation

from .support.picture_server import files_below, png

DATA = GenerationData(
    source='a1111',
    prompt='a lighthouse, <lora:silk:0.6>',
    negative_prompt='fog',
    steps=28,
    sampler='DPM++ 2M',
    schedule='Karras',
    cfg_scale=5.5,
    seed=9007199254740995,
    clip_skip=2,
    width=1024,
    height=1280,
    model='aurora_xl_v20',
)
TEXT = 'a lighthouse\nSteps: 28, Sampler: DPM++ 2M, Seed: 7'
NEW = [
    {'name': 'DPM++ 2M', 'aliases': ['k_dpmpp_2m']},
    {'name': 'Euler a', 'aliases': ['k_euler_a', 'k_euler_ancestral']},
]


class StandIn:
    """What A1111 answers; ``made`` are its results, ``status`` and ``body`` a refusal of them."""

    def __init__(self, start):
        self.samplers = NEW
        self.made = [png(text=TEXT)]
        self.texts = [TEXT]
        self.status, self.body = 200, None
        self.requests = []
        self.server = start(self._answer)

    def _answer(self, handler):
        if handler.path == '/sdapi/v1/samplers':
            return self._reply(handler, 200, self.samplers)
        assert (handler.command, handler.path) == ('POST', '/sdapi/v1/txt2img')
        self.requests.append((json.loads(handler.sent), dict(handler.headers)))
        made = [base64.b64encode(one).decode() for one in self.made]
        info = json.dumps({'infotexts': self.texts})
        usual = {'images': made, 'parameters': {}, 'info': info}
        return self._reply(handler, self.status, usual if self.body is None else self.body)

    def _reply(self, handler, status, body):
        handler.reply(status, json.dumps(body).encode(), Content_Type='application/json')


@pytest.fixture
def host(odd_server, fresh_settings):
    """A WebUI that the settings name."""
    made = StandIn(odd_server)
    fresh_settings(webui_api_url=made.server.url + '/')
    return made


@pytest.fixture
def gallery(gallery_client, home):
    """A gallery that knows where its results go."""
    parts = (None, gallery_client, None, None, None, setting.places())
    return civitai_gallery_action.Gallery(*parts)


class TestRequest:
    def test_it_has_what_is_known_and_no_key(self, host, gallery, fresh_settings):
        fresh_settings(civitai_api_key='k' * 32)
        gallery.generate(DATA)
        body, headers = host.requests[0]
        assert body == {
            'prompt': 'a lighthouse, <lora:silk:0.6>',
            'negative_prompt': 'fog',
            'steps': 28,
            'sampler_name': 'DPM++ 2M',
            'scheduler': 'Karras',
            'cfg_scale': 5.5,
            'seed': 9007199254740995,
            'width': 1024,
            'height': 1280,
            'override_settings': {'CLIP_stop_at_last_layers': 2},
            'send_images': True,
            'save_images': False,
        }
        assert 'Authorization' not in headers

    def test_what_is_not_known_is_left_to_the_webui(self, host, gallery):
        gallery.generate(GenerationData(prompt='cat'))
        body = host.requests[0][0]
        assert body == {
            'prompt': 'cat',
            'negative_prompt': '',
            'send_images': True,
            'save_images': False,
        }

    @pytest.mark.parametrize(
        'names, sampler, schedule, asked',
        [
            (['DPM++ 2M Karras', 'DPM++ 2M'], 'DPM++ 2M', 'Karras', ('DPM++ 2M Karras', None)),
            (['DPM++ 2M'], 'DPM++ 2M Karras', '', ('DPM++ 2M', 'Karras')),
            (['DPM++ 2M'], 'dpm++ 2m', '', ('DPM++ 2M', None)),
            (NEW, 'dpmpp_2m', 'karras', ('DPM++ 2M', 'karras')),
            (NEW, 'euler_ancestral', '', ('Euler a', None)),
            ([], 'whatever', 'x', ('whatever', 'x')),
        ],
    )
    def test_samplers_by_the_names_of_this_webui(
        self, names, sampler, schedule, asked, host, gallery
    ):
        host.samplers = [{'name': one} if isinstance(one, str) else one for one in names]
        gallery.generate(GenerationData(prompt='cat', sampler=sampler, schedule=schedule))
        body = host.requests[0][0]
        assert (body['sampler_name'], body.get('scheduler')) == asked


class TestResults:
    def test_they_lie_under_outputs_by_the_day(self, host, gallery):
        host.made = [png(1, text=TEXT), png(2, text=TEXT)]
        days = {datetime.now().date().isoformat()}
        paths = gallery.generate(DATA)
        days.add(datetime.now().date().isoformat())
        assert [path.read_bytes() for path in paths] == host.made
        assert {path.parent.parent for path in paths} == {setting.places().home / 'outputs'}
        assert {path.parent.name for path in paths} <= days
        assert all('-9007199254740995' in path.name and path.suffix == '.png' for path in paths)
        assert read_generation(paths[0]).prompt == 'a lighthouse'
        assert files_below(setting.places().home / 'outputs') == sorted(paths)

    def test_a_text_that_the_picture_does_not_carry_lies_beside_it(self, host, gallery):
        host.made = [png(1)]
        (path,) = gallery.generate(msgspec.structs.replace(DATA, seed=None))
        assert path.with_suffix('.txt').read_text(encoding='utf-8') == TEXT

    def test_nothing_is_written_over(self, host, gallery):
        paths = {gallery.generate(DATA)[0] for _ in range(3)}
        assert len(paths) == 3 and all(path.is_file() for path in paths)

    def test_an_address_before_the_content(self, host, gallery, monkeypatch):
        encoded = base64.b64encode(png()).decode()
        host.body = {'images': [f'data:image/png;base64,{encoded}'], 'info': 'no JSON'}
        assert [path.read_bytes() for path in gallery.generate(DATA)] == [png()]


class TestFaults:
    def _fails(self, gallery, kind, data=DATA):
        with pytest.raises(WebUiError) as caught:
            gallery.generate(data)
        assert type(caught.value) is kind
        for language in i18n.LANGUAGES:
            i18n.set_language(language)
            assert '{' not in i18n.error_text(caught.value)
        assert not (setting.places().home / 'outputs').exists()
        return i18n.error_text(caught.value)

    def test_none_is_set(self, gallery):
        assert 'webui_api_url' in self._fails(gallery, WebUiMissing)

    def test_nobody_is_there(self, gallery, fresh_settings):
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            fresh_settings(webui_api_url=f'http://127.0.0.1:{taken.getsockname()[1]}')
            assert '--api' in self._fails(gallery, WebUiUnreachable)

    def test_it_is_silent(self, odd_server, gallery, fresh_settings, monkeypatch):
        monkeypatch.setattr(webui, '_LOOK_SECONDS', 0.2)
        with socket.create_server(('127.0.0.1', 0)) as silent:
            fresh_settings(webui_api_url=f'http://127.0.0.1:{silent.getsockname()[1]}')
            self._fails(gallery, WebUiUnreachable)

    def test_it_was_started_without_its_api(self, odd_server, gallery, fresh_settings):
        body = b'{"detail":"Not Found"}'
        server = odd_server(lambda handler: handler.reply(404, body, Content_Type='text/json'))
        fresh_settings(webui_api_url=server.url)
        assert '--api' in self._fails(gallery, WebUiWithoutApi)

    def test_it_has_no_such_sampler(self, host, gallery):
        other = msgspec.structs.replace(DATA, sampler='UniPC')
        assert 'UniPC' in self._fails(gallery, WebUiSamplerUnknown, other)
        assert host.requests == []

    def test_it_takes_too_long(self, host, gallery, monkeypatch):
        monkeypatch.setattr(webui, '_WORK_SECONDS', 0.2)
        answer = host.server.answer

        def slow(handler):
            if handler.path.endswith('txt2img'):
                handler.rfile.read(1)  # until the other side has given up
            else:
                answer(handler)

        host.server.answer = slow
        self._fails(gallery, WebUiBusy)

    @pytest.mark.parametrize('status', [429, 503])
    def test_it_is_busy(self, status, host, gallery):
        host.status, host.body = status, {'error': 'busy'}
        self._fails(gallery, WebUiBusy)
        assert len(host.requests) == 1

    @pytest.mark.parametrize(
        'status, body, said',
        [
            (500, {'error': 'OutOfMemoryError', 'errors': 'CUDA out of memory'}, 'CUDA out of mem'),
            (422, {'detail': 'bad width'}, 'bad width'),
            (422, {'detail': [{'loc': ['body']}]}, '422'),
            (401, {'error': 'login'}, 'login'),
        ],
    )
    def test_it_refuses_once(self, status, body, said, host, gallery):
        host.status, host.body = status, body
        assert said in self._fails(gallery, WebUiRefused)
        assert len(host.requests) == 1

    @pytest.mark.parametrize(
        'body',
        [
            {'images': []},
            {'images': None},
            {},
            [],
            {'images': ['no base64 !']},
            {'images': [base64.b64encode(b'no picture').decode()]},
            {'images': [base64.b64encode(png()[:60]).decode()]},
            {'images': [7]},
        ],
    )
    def test_its_answer_is_no_picture(self, body, host, gallery):
        host.body = body
        self._fails(gallery, WebUiRefused)

    def test_what_it_sends_is_a_page(self, odd_server, gallery, fresh_settings):
        server = odd_server(lambda handler: handler.reply(200, b'<html>', Content_Type='text/html'))
        fresh_settings(webui_api_url=server.url)
        self._fails(gallery, WebUiRefused)

    def test_nobody_elses_requests_are_held_up(self, host, gallery, gallery_client):
        host.status, host.body = 500, {'error': 'no'}
        for _ in range(8):
            self._fails(gallery, WebUiRefused)
        assert len(host.requests) == 8 and gallery_client.pace.states() == {}
