"""What every answer means, how often it is tried again, and what is no answer at all."""

import json
import threading

import pytest

from civitai_manager_libs import errors
from civitai_manager_libs.net.answers import Refusal, looks_like_page

from .support.asking import MODELS, download

CLOUDFLARE = {'cf-mitigated': 'challenge'}
STATUSES = [
    (400, 'json', errors.RequestRefused, 1),
    (400, '{"error":{"name":"ZodError","message":"[]"}}', errors.RequestRefused, 1),
    (401, 'json', errors.KeyNeeded, 1),
    (403, 'json', errors.AccessDenied, 1),
    (404, 'html', errors.NotFound, 1),
    (405, 'json', errors.RequestRefused, 1),
    (408, 'empty', errors.ServerTrouble, 4),
    (410, 'json', errors.Gone, 1),
    (418, 'empty', errors.RequestRefused, 1),
    (429, 'empty', errors.RateLimited, 4),
    (451, '{"error":"no","code":"REGION_BLOCKED"}', errors.RegionBlocked, 1),
    (500, 'json', errors.ServerTrouble, 4),
    (502, 'html', errors.ServerTrouble, 4),
    (503, 'empty', errors.ServerTrouble, 4),
    (524, 'html', errors.OriginTimeout, 4),
    (530, 'html', errors.ServerTrouble, 4),
]


class TestStatuses:
    @pytest.mark.parametrize('status, body, kind, attempts', STATUSES)
    def test_an_answer_that_is_no_success(self, demo, ask, status, body, kind, attempts):
        demo.faults.add('status', status=status, body=body)
        assert ask(kind).exit_code in (3, 4, 5)
        assert len(demo.requests) == attempts

    def test_the_page_cap_is_no_rate_limit(self, demo, ask):
        ask(errors.PageCap, f'{demo.base_url}/api/v1/models?limit=100&page=11')
        assert len(demo.requests) == 1 and demo.requests[0].status == 429

    @pytest.mark.parametrize('status', [403, 503])
    def test_a_bot_check(self, demo, ask, status):
        demo.faults.add('status', status=status, body='html', headers=CLOUDFLARE)
        ask(errors.BotCheck)
        demo.faults.clear()
        demo.faults.add('status', status=status, body='<script src="/cdn/challenge-platform/x">')
        ask(errors.BotCheck)

    def test_it_goes_on_when_the_trouble_passes(self, client, demo):
        demo.faults.add('status', status=503, times=2)
        demo.faults.add('drop', side='api', times=1)
        assert client.fetch_json('GET', demo.base_url + MODELS)['items']
        assert len(demo.requests) == 4

    def test_a_key_that_was_sent_is_refused(self, client, demo, ask):
        client.update_api_key('wrong')
        ask(errors.KeyRefused, f'{demo.base_url}/api/v1/me')

    def test_another_site_is_not_civitai(self, client, ask, odd_server):
        client.update_api_key('a-key')
        server = odd_server(lambda handler: handler.reply(401, b'{"error":"logged in"}'))
        error = ask(errors.AccessDenied, server.url + '/x')
        assert error.details['status'] == 401

    def test_the_words_of_the_server_are_safe_to_show(self, client, demo, ask):
        said = json.dumps({'error': 'no \x1b[2J token=SECRET ' + 'x' * 9000})
        demo.faults.add('status', status=400, body=said)
        shown = ask(errors.RequestRefused).details['said']
        assert len(shown) <= 160 and shown.isprintable() and 'SECRET' not in shown

    @pytest.mark.parametrize(
        'head, said',
        [
            (b'{"error":"a","message":"b"}', 'a: b'),
            (b'{"message":"b"}', 'b'),
            (b'{"error":{"message":"zod"}}', 'zod'),
            (b'[{"message":"issue"}]', 'issue'),
            (b'[]', ''),
            (b'', ''),
            (b'7', '7'),
            (b'<h1>\n No </h1>', '<h1> No </h1>'),
            (b'\xff\xfe', '��'),
            (b'[' * 4096, '[' * 160),
        ],
    )
    def test_every_shape_of_an_error_body(self, head, said):
        for status in (400, 401, 403, 429, 503):
            refusal = Refusal(status, 'host', 'thing', head=head)
            assert refusal.said == said and refusal.error()


class TestWaiting:
    @pytest.mark.parametrize(
        'wish, seconds', [('0', 0), ('1', 1), ('date', 0.5), ('nonsense', 0), (None, 0)]
    )
    def test_the_wish_of_the_server(self, client, demo, wish, seconds):
        demo.faults.add('status', status=429, retry_after=wish, times=1)
        assert client.fetch_json('GET', demo.base_url + MODELS)
        first, second = (record.time for record in demo.requests)
        assert seconds - 0.1 <= second - first < seconds + 5

    def test_without_smart_retry_the_wait_is_plain(self, client, demo, fresh_settings):
        fresh_settings(enable_smart_retry=False)
        demo.faults.add('status', status=503, retry_after='60', times=2)
        assert client.fetch_json('GET', demo.base_url + MODELS)
        assert len(demo.requests) == 3

    def test_a_limit_holds_all_threads(self, client, demo):
        demo.faults.add('status', status=429, retry_after='1', times=1)
        one = threading.Thread(
            target=client.fetch_json, args=('GET', demo.base_url + MODELS), daemon=True
        )
        one.start()
        while not demo.requests or demo.requests[0].status == 0:
            one.join(0.005)
        one.join(0.05)
        client.fetch_json('GET', demo.base_url + MODELS)
        one.join()
        assert min(record.time for record in list(demo.requests)[1:]) >= demo.requests[0].time + 0.9


class TestBodies:
    @pytest.mark.parametrize(
        'body',
        ['html', 'empty', 'null', '"text"', '7', '{"a":', '{"a":1}x', '[' * 100_000, '\ufeff{}'],
    )
    def test_what_is_no_json(self, demo, ask, body):
        demo.faults.add('status', status=200, body=body)
        assert len(ask(errors.UnexpectedBody).details['begins']) <= 60
        assert len(demo.requests) == 1

    def test_a_body_that_never_ends(self, demo, ask, monkeypatch):
        monkeypatch.setattr('civitai_manager_libs.net.asking._LARGEST_JSON', 1000)
        demo.faults.add('status', status=200, body='{"a":"' + 'x' * 2000 + '"}')
        ask(errors.UnexpectedBody)

    def test_a_list_and_odd_types_are_json(self, client, demo):
        demo.faults.add('status', status=200, body=' [1, null]')
        assert client.fetch_json('GET', demo.base_url + MODELS) == [1, None]

    @pytest.mark.parametrize('reset', [False, True])
    def test_a_body_that_is_cut(self, demo, ask, reset):
        demo.faults.add('cut', side='api', after=20, reset=reset)
        ask(errors.ConnectionFailed if reset else errors.BodyCut)
        assert len(demo.requests) == 4

    def test_a_body_that_is_not_as_long_as_announced(self, demo, ask):
        demo.faults.add('lie_length', side='api', extra=10)
        ask(errors.BodyCut)

    def test_json_where_a_file_is_due(self, client, demo):
        demo.faults.add('status', status=200, body='json')
        with pytest.raises(errors.UnexpectedBody):
            download(client, demo)

    def test_a_login_page_where_a_file_is_due(self, client, demo):
        for fault in ({'content_type': 'text/html'}, {'content_type': 'application/octet-stream'}):
            demo.faults.add('html_200', times=1, **fault)
            with pytest.raises(errors.LoginPage):
                download(client, demo)

    @pytest.mark.parametrize(
        'kind, head, text, page',
        [
            ('text/html', b'\0', True, True),
            ('', b'\xef\xbb\xbf <!DOCTYPE html>', True, True),
            ('application/json', b'{"a": 1}', False, True),
            ('application/json', b'{"a": 1}', True, False),
            ('application/xml', b'', False, True),
            ('', b'<?xml version="1.0"?><Error>', False, True),
            ('application/octet-stream', b'{"error": "x"}', False, True),
            ('', b'\x7b\x22\0\0\0\0\0\0{"__metadata__"', False, False),
            ('', b'GGUF\x03\0\0\0', False, False),
            ('', b'', False, False),
        ],
    )
    def test_pages_and_files(self, kind, head, text, page):
        assert looks_like_page(kind, head, text) is page
