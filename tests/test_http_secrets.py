"""Who gets to see the API key, and where it must never appear."""

import logging
import urllib.parse

import pytest
import urllib3
from hypothesis import example, given
from hypothesis import strategies as st

from civitai_manager_libs import i18n
from civitai_manager_libs.demo import DEMO_KEY, SPECIAL
from civitai_manager_libs.domain.sites import SITE_HOSTS, host_of, may_see_key
from civitai_manager_libs.errors import ApiError, KeyRefused
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.net.redirect import FileRequest

KEY = 'very-secret-key-0123456789'
PLAIN, LOGIN = SPECIAL['plain'], SPECIAL['login_only']


@pytest.fixture
def client(fresh_settings):
    fresh_settings(civitai_api_key=KEY, http_max_retries=1)
    made = CivitaiHttpClient()
    yield made
    made.close()


def file_url(demo, place=PLAIN):
    return f'{demo.base_url}/api/download/models/{place.version_id}'


def secrets_of(headers):
    """What in the headers of a request could give somebody away."""
    told = {name.lower(): text for name, text in headers.items()}
    return {name: told[name] for name in ('authorization', 'cookie') if name in told}


class TestHosts:
    @pytest.mark.parametrize(
        'url, base, seen',
        [
            ('https://civitai.com/x', 'https://civitai.com', True),
            ('https://CIVITAI.com:443/x', 'https://civitai.com', True),
            ('https://www.civitai.red/x', 'https://civitai.com', True),
            ('https://civitai.com/x?type=Training Data\\', 'https://civitai.com', True),
            ('https://civitai.com/x', 'http://127.0.0.1:8080', True),
            ('http://127.0.0.1:8080/x', 'http://127.0.0.1:8080', True),
            ('http://civitai.com/x', 'https://civitai.com', False),
            ('https://civitai.com:8443/x', 'https://civitai.com', False),
            ('http://127.0.0.1:8081/x', 'http://127.0.0.1:8080', False),
            ('https://127.0.0.1:8080/x', 'http://127.0.0.1:8080', False),
            ('https://civitai.com.evil.example/', 'https://civitai.com', False),
            ('https://civitai.com@evil.example/', 'https://civitai.com', False),
            ('https://image.civitai.com/x', 'https://civitai.com', False),
            ('https://evil.example/civitai.com', 'https://civitai.com', False),
            ('https://evil.example\\@civitai.com/', 'https://civitai.com', False),
            ('https://civi\ttai.com/', 'https://civitai.com', False),
            ('https://[::1', 'https://civitai.com', False),
            ('', '', False),
        ],
    )
    def test_who_may_see_it(self, url, base, seen):
        assert may_see_key(url, base) is seen

    @given(
        st.sampled_from(['https://', 'https:/', 'https:\\\\', 'HTTPS://']),
        st.text(st.sampled_from('civta.om@:/?#\\%2fe.\t\n[]。')) | st.text(max_size=8),
        st.sampled_from(['civitai.com', 'evil.example', '']),
        st.text(st.sampled_from('@:/?#\\.%40\t '), max_size=4),
        st.sampled_from(['civitai.com', 'evil.example', '']),
    )
    @example('https://', '', 'evil.example', '\\@', 'civitai.com')
    @example('https://', '', 'civitai.com', '\\@', 'evil.example')
    def test_the_library_goes_where_we_think_it_goes(self, scheme, odd, first, between, second):
        url = scheme + odd + first + between + second
        if may_see_key(url):
            try:
                host = urllib3.util.parse_url(url).host
            except urllib3.exceptions.LocationParseError:
                return
            assert (host or '').rstrip('.') in SITE_HOSTS

    def test_ports(self):
        assert host_of('https://Civitai.COM:443/x') == 'civitai.com'
        assert host_of('http://h:8080') == 'h:8080'
        assert host_of('http://h:x') == host_of('http://[') == host_of('x') == ''


class TestDownloads:
    def test_storage_never_sees_it(self, client, demo):
        client.update_api_key(DEMO_KEY)
        client.open_file(FileRequest(file_url(demo, LOGIN))).close()
        site, storage = demo.requests
        assert secrets_of(site.headers) == {'authorization': f'Bearer {DEMO_KEY}'}
        assert secrets_of(storage.headers) == {} and storage.side == 'storage'

    def test_nor_does_it_see_what_a_caller_sends_to_the_site(self, client, demo):
        own = {'Authorization': 'Bearer mine', 'cookie': 'a=b', 'X-Mine': '1'}
        response = client.get_stream_response(file_url(demo), headers=own)
        response.close()
        site, storage = demo.requests
        assert secrets_of(site.headers)['cookie'] == 'a=b'
        assert secrets_of(storage.headers) == {} and storage.headers['x-mine'] == '1'

    def test_a_foreign_host_never_sees_it(self, client, demo, odd_server):
        server = odd_server(lambda handler: handler.reply(200, b'\0file'))
        assert client.get_json(server.url + '/x') is None
        client.open_file(FileRequest(server.url + '/x')).close()
        demo.faults.add('redirect_to', location=server.url + '/y')
        client.open_file(FileRequest(file_url(demo))).close()
        assert [path for _, path, _ in server.seen] == ['/x', '/x', '/y']
        assert all(secrets_of(headers) == {} for _, _, headers in server.seen)

    def test_json_that_moves_to_another_host(self, client, demo, odd_server):
        server = odd_server(lambda handler: handler.reply(200, b'{}'))
        demo.faults.add('status', status=302, headers={'Location': server.url + '/z'})
        assert client.fetch_json('GET', f'{demo.base_url}/api/v1/models') == {}
        assert secrets_of(server.seen[0][2]) == {}

    def test_it_goes_along_while_the_site_sends_us_around_in_the_site(self, client, demo):
        client.update_api_key(DEMO_KEY)
        demo.faults.add('require_key')
        url = f'{demo.base_url}/api/download/training-data/{SPECIAL["training_data"].version_id}'
        client.open_file(FileRequest(url)).close()
        first, second, storage = demo.requests
        assert first.status == 308 and second.status == 307 and storage.status == 200
        assert secrets_of(second.headers) and not secrets_of(storage.headers)

    def test_but_not_back_from_elsewhere(self, client, demo, odd_server):
        back = f'{demo.base_url}/api/v1/me'
        server = odd_server(lambda handler: handler.reply(302, Location=back))
        with pytest.raises(ApiError):
            client.open_file(FileRequest(server.url))
        assert demo.requests[-1].path == '/api/v1/me'
        assert secrets_of(demo.requests[-1].headers) == {}

    def test_a_refusal_inside_the_site_is_one_of_the_site(self, client, demo):
        url = f'{demo.base_url}/api/download/training-data/{LOGIN.version_id}'
        with pytest.raises(KeyRefused):
            client.open_file(FileRequest(url))

    def test_cookies_of_the_site_stay_there(self, client, demo):
        cookie = {'Set-Cookie': 'session=1; Path=/'}
        demo.faults.add('status', status=200, body='{}', times=1, headers=cookie)
        for _ in range(2):
            client.get_json(f'{demo.base_url}/api/v1/models')
        assert 'cookie' not in demo.requests[-1].headers

    def test_no_login_of_netrc(self, client, demo, home, monkeypatch):
        netrc = home / '.netrc'
        netrc.write_text('machine 127.0.0.1\nlogin me\npassword mine\n')
        netrc.chmod(0o600)
        monkeypatch.setenv('NETRC', str(netrc))
        client.update_api_key('')
        client.get_json(f'{demo.base_url}/api/v1/models')
        client.open_file(FileRequest(file_url(demo))).close()
        assert all(secrets_of(record.headers) == {} for record in demo.requests)


class TestTraces:
    @pytest.fixture
    def traces(self, caplog, notices):
        """Everything that was logged or told, as one text."""
        caplog.set_level(logging.INFO)

        def read():
            said = [i18n.text(notice.key, **notice.values) for notice in notices]
            return '\n'.join([caplog.text, *said, *map(repr, notices)])

        return read

    def test_neither_logs_nor_notices_hold_a_key_or_token(self, client, demo, traces, tmp_path):
        hidden = urllib.parse.quote(KEY)
        urls = [
            f'{demo.base_url}/api/v1/models/999999?token={hidden}',
            f'{file_url(demo, LOGIN)}?token={hidden}',
            f'http://me:{hidden}@127.0.0.1:1/?token={hidden}',
            f'http://[{hidden}/?token={hidden}',
        ]
        echo = f'{{"error": "Bearer {KEY} and ?token={KEY} do not fit"}}'
        demo.faults.add('status', path='/echo', status=400, body=echo)
        urls.append(f'{demo.base_url}/api/v1/echo')
        for url in urls:
            assert client.get_json(url) is None
            assert client.download_file_with_resume(url, str(tmp_path / 'x')) is False
        seen = traces()
        assert 'response_time: ' in seen and '[http_client] HTTP 404 error for ' in seen
        assert KEY not in seen and hidden not in seen

    def test_neither_does_an_error(self, client, demo):
        with pytest.raises(ApiError) as caught:
            client.fetch_json('GET', f'{demo.base_url}/api/v1/models/7777?token={KEY}')
        assert KEY not in f'{caught.value!r} {caught.value} {caught.value.details}'

    def test_signed_addresses_are_not_logged(self, client, demo, traces, tmp_path):
        assert client.download_file(file_url(demo), str(tmp_path / 'x'))
        assert '/model/' in traces() and 'X-Amz' not in traces()

    def test_nor_are_they_beside_a_part(self, client, demo, tmp_path):
        client._max_retries = 0
        demo.faults.add('cut', path='/model/', after=200_000)
        client.download_file_with_resume(f'{file_url(demo)}?token={KEY}', str(tmp_path / 'x'))
        state = (tmp_path / 'x.part.json').read_text()
        assert KEY not in state and 'X-Amz' not in state
