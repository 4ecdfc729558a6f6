"""Answers that are kept: which, how long, how many, and when Civitai is away."""

import os
import time

import pytest
import requests

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.keeping import cacheable, lifetime
from civitai_manager_libs.domain.sites import host_of
from civitai_manager_libs.errors import KeyRefused, NotFound, ServerTrouble, UnexpectedBody
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.net.answer_cache import AnswerCache
from civitai_manager_libs.net.asking import Question
from civitai_manager_libs.notify import board
from civitai_manager_libs.store.hosts import Hosts
from civitai_manager_libs.store.slots import Slots

API = 'https://civitai.com/api/v1'
KEY = 'k' * 32


@pytest.fixture
def client(fresh_settings, tmp_path):
    fresh_settings(http_max_retries=0, http_retry_delay=0.0, request_delay=0.0)
    made = CivitaiHttpClient()
    made.share_with(Hosts(), Slots(tmp_path / 'locks'), tmp_path / 'answers')
    yield made
    made.stand_alone()
    made.close()


@pytest.fixture
def model(demo):
    return f'{demo.base_url}/api/v1/models/{SPECIAL["plain"].model_id}'


def ask(client, url, **options):
    return client.fetch_json('GET', url, **options)


def said(demo):
    """What the person has been told of this catalogue's being away."""
    cause = f'away:{host_of(demo.base_url)}'
    return [notice for notice in board.since(0) if notice.cause == cause]


class TestWhichAreKept:
    @pytest.mark.parametrize(
        'path, alone, with_key',
        [
            ('/models/4', True, True),
            ('/model-versions/by-hash/ABCDEF1234', True, True),
            ('/enums', True, True),
            ('/images?limit=1', True, True),
            ('/models?limit=1', True, False),
            ('/model-versions/7', True, False),
            ('/model-versions/mini/7', True, False),
            ('/me', False, False),
            ('/vault/all', False, False),
            ('/models?token=abc', False, False),
            ('/models?favorites=false', False, False),
            ('/models?hidden=', False, False),
            ('/models?availability=Private', False, False),
        ],
    )
    def test_what_is_the_same_for_everybody(self, path, alone, with_key):
        assert cacheable(API + path, False) is alone
        assert cacheable(API + path, True) is with_key

    def test_downloads_never(self):
        assert not cacheable('https://civitai.com/api/download/models/7', False)

    @pytest.mark.parametrize(
        'path, status, seconds',
        [
            ('/models/4', 200, 3600),
            ('/models?limit=1', 200, 300),
            ('/enums', 200, 86400),
            ('/model-versions/by-hash/AB', 404, 300),
            ('/models/4', 404, 60),
            ('/models/4', 410, 60),
            *(('/models/4', status, None) for status in (401, 403, 429, 500, 503)),
        ],
    )
    def test_for_how_long(self, path, status, seconds):
        assert lifetime(API + path, status, 3600) == seconds


class TestAsking:
    def test_what_is_kept_is_not_asked_for_again(self, client, demo, model):
        first, second = ask(client, model), ask(client, model)
        assert first == second and len(demo.requests) == 1

    def test_whatever_the_order_of_its_parameters(self, client, demo):
        url = f'{demo.base_url}/api/v1/models'
        ask(client, url, params={'limit': 1, 'types': ['LORA', 'LoCon']})
        ask(client, f'{url}?types=LORA&types=LoCon&limit=1')
        assert len(demo.requests) == 1
        ask(client, f'{url}?types=LORA&limit=1')
        assert len(demo.requests) == 2

    def test_a_miss_is_kept_and_is_a_miss_again(self, client, demo):
        url = f'{demo.base_url}/api/v1/model-versions/by-hash/{"0" * 64}'
        for _ in range(2):
            with pytest.raises(NotFound):
                ask(client, url)
        assert len(demo.requests) == 1

    def test_trouble_is_not_kept(self, client, demo, model):
        demo.faults.add('status', status=500, times=1)
        with pytest.raises(ServerTrouble):
            ask(client, model)
        assert ask(client, model)

    @pytest.mark.parametrize('cut', [b'{"id": 1, "name', b'{"id": \x00}', b'[{"id": 1}'])
    def test_what_cannot_be_read_is_not_kept(self, client, odd_server, cut):
        bodies = [cut, b'{"id": 1}']
        server = odd_server(lambda handler: handler.reply_until_closed(bodies.pop(0)))
        with pytest.raises(UnexpectedBody):
            ask(client, f'{server.url}/api/v1/models/1')
        assert ask(client, f'{server.url}/api/v1/models/1') == {'id': 1} and not bodies

    def test_fresh_goes_past_and_is_not_kept(self, client, demo, model):
        ask(client, model)
        ask(client, model, fresh=True)
        assert len(demo.requests) == 2
        client.forget(model)
        ask(client, model)
        assert len(demo.requests) == 3

    def test_what_depends_on_the_key_is_asked_each_time(self, client, demo, fresh_settings):
        fresh_settings(civitai_api_key=KEY, request_delay=0.0, http_max_retries=0)
        for _ in range(2):
            with pytest.raises(KeyRefused):
                ask(client, f'{demo.base_url}/api/v1/me')
            ask(client, f'{demo.base_url}/api/v1/models?limit=1')
        assert len(demo.requests) == 4

    def test_the_key_stands_in_no_file(self, client, demo, fresh_settings, model, tmp_path):
        fresh_settings(civitai_api_key=KEY, request_delay=0.0)
        ask(client, model)
        files = [path for path in (tmp_path / 'answers').rglob('*') if path.is_file()]
        assert files and not any(KEY.encode() in path.read_bytes() for path in files)

    def test_the_counts_tell_hits_and_misses(self, client, model):
        before = client.monitor.get_performance_report()['cache_hits']
        [ask(client, model) for _ in range(3)]
        assert client.monitor.get_performance_report()['cache_hits'] == before + 2


class TestAway:
    def test_the_last_answer_has_to_do_and_is_marked(self, client, demo, fresh_settings, model):
        wanted = ask(client, model)
        fresh_settings(http_cache_default_ttl=0, http_max_retries=0, request_delay=0.0)
        demo.faults.add('status', status=503)
        answer = client.fetch_answer(Question('GET', model))
        assert answer.data == wanted and answer.old_since is not None
        told = said(demo)
        assert len(told) == 1 and told[0].values['since'].startswith('20')

    def test_and_no_more_once_it_is_back(self, client, demo, fresh_settings, model):
        ask(client, model)
        fresh_settings(http_cache_default_ttl=0, http_max_retries=0, request_delay=0.0)
        fault = demo.faults.add('drop', side='api')
        assert client.fetch_answer(Question('GET', model)).old_since
        demo.faults.remove(fault)
        assert client.fetch_answer(Question('GET', model)).old_since is None
        assert not said(demo)

    def test_an_answer_that_says_no_is_no_reason(self, client, demo, fresh_settings, model):
        ask(client, model)
        fresh_settings(http_cache_default_ttl=0, http_max_retries=0, request_delay=0.0)
        demo.faults.add('status', status=404)
        with pytest.raises(NotFound):
            ask(client, model)

    def test_with_an_old_answer_at_hand_nobody_waits_long(
        self, client, demo, fresh_settings, model
    ):
        ask(client, model)
        fresh_settings(http_cache_default_ttl=0, http_retry_delay=0.0, http_max_retries=9)
        demo.faults.add('status', status=503)
        ask(client, model)
        assert len(demo.requests) == 1 + 2

    @pytest.mark.parametrize('status', [429, 503])
    def test_nor_until_the_time_that_the_server_names(
        self, client, demo, fresh_settings, model, status
    ):
        ask(client, model)
        fresh_settings(http_cache_default_ttl=0, http_retry_delay=0.0, http_max_retries=9)
        demo.faults.add('status', status=status, retry_after='100')
        begun = time.monotonic()
        assert client.fetch_answer(Question('GET', model)).old_since
        assert client.fetch_answer(Question('GET', model)).old_since
        assert time.monotonic() - begun < 50
        assert len(demo.requests) == (2 if status == 429 else 3)


class TestSettings:
    def test_switched_off_everything_is_asked(self, client, demo, fresh_settings, model, tmp_path):
        fresh_settings(http_cache_enabled=False)
        [ask(client, model) for _ in range(2)]
        assert len(demo.requests) == 2 and not (tmp_path / 'answers').exists()

    def test_the_time_an_answer_is_good(self, client, demo, fresh_settings, model):
        fresh_settings(http_cache_default_ttl=0, request_delay=0.0)
        [ask(client, model) for _ in range(2)]
        assert len(demo.requests) == 2

    def test_the_least_used_go_when_there_are_too_many(self, fresh_settings, tmp_path):
        fresh_settings(http_cache_max_size_mb=1)
        cache = AnswerCache(tmp_path)
        asked = [requests.Request('GET', f'{API}/models/{n}').prepare() for n in range(40)]
        for number, request in enumerate(asked):
            cache.keep(request, 200, b'{"text": "%s"}' % (b'x' * 60_000))
            for path in tmp_path.rglob('*.json'):  # clocks of file systems are coarse
                if path.stat().st_mtime > 1_000_000:
                    os.utime(path, (number, number))
            if cache.find(asked[0]):
                found = max(tmp_path.rglob('*.json'), key=lambda path: path.stat().st_mtime)
                os.utime(found, (number + 0.5, number + 0.5))
        assert 500_000 < cache.size <= 1 << 20
        assert cache.find(asked[0]) and cache.find(asked[39]) and not cache.find(asked[2])

    def test_one_that_is_larger_than_all_is_not_kept(self, fresh_settings, tmp_path):
        fresh_settings(http_cache_max_size_mb=1)
        cache = AnswerCache(tmp_path)
        request = requests.Request('GET', f'{API}/models/1').prepare()
        cache.keep(request, 200, b'[' + b'1,' * 1_000_000 + b'1]')
        assert cache.size == 0 and cache.find(request) is None


class TestFiles:
    def test_they_last_and_end(self, tmp_path, fresh_settings):
        fresh_settings(http_cache_default_ttl=100)
        now = [1_800_000_000.0]
        request = requests.Request('GET', f'{API}/models/1').prepare()
        AnswerCache(tmp_path, lambda: now[0]).keep(request, 200, '{"name": "極光"}'.encode())
        cache = AnswerCache(tmp_path, lambda: now[0])
        assert cache.find(request).content.decode() == '{"name": "極光"}'
        assert cache.find(request).given == now[0] and cache.find(request).fresh
        now[0] += 101
        assert not cache.find(request).fresh
        now[0] -= 86400  # the clock was set back: nobody knows how old it is
        assert not cache.find(request).fresh

    @pytest.mark.parametrize(
        'content',
        [b'', b'{', b'[]', b'{"status_code": "x"}', b'\xff\xfe', b'null', b'[' * 100_000],
        ids=['empty', 'cut', 'list', 'wrong', 'binary', 'null', 'deep'],
    )
    def test_a_broken_one_is_as_if_it_were_not_there(self, client, demo, model, tmp_path, content):
        wanted = ask(client, model)
        for path in (tmp_path / 'answers').rglob('*.json'):
            path.write_bytes(content)
        assert ask(client, model) == wanted and ask(client, model) == wanted
        assert len(demo.requests) == 2

    def test_where_nothing_can_be_written_nothing_is_kept(self, client, demo, model, tmp_path):
        (tmp_path / 'answers').write_text('a file where a folder should be')
        [ask(client, model) for _ in range(2)]
        assert len(demo.requests) == 2

    def test_clearing(self, client, demo, model):
        ask(client, model)
        assert client.cache.clear() > 0 and client.cache.size == 0
        ask(client, model)
        assert len(demo.requests) == 2
