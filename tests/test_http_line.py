"""Lines that break, names that nobody knows, and where the redirects of a download lead."""

import socket
import threading

import pytest

from civitai_manager_libs import errors
from civitai_manager_libs.demo import FILES
from civitai_manager_libs.net.redirect import FileRequest

from .support.asking import MODELS, download
from .support.command import eventually
from .support.ports import free_port


class TestLine:
    def test_a_server_that_says_nothing(self, client, demo, ask, fresh_settings):
        fresh_settings(http_max_retries=1, api_timeout=1.0)
        demo.faults.add('delay', side='api', seconds=30)
        assert ask(errors.TimedOut).details['seconds'] == 1.0
        eventually(lambda: len(demo.requests) == 2, 'both have been asked')

    def test_a_body_that_stops(self, client, demo, ask, fresh_settings):
        fresh_settings(http_max_retries=0, http_timeout=0.3)
        demo.faults.add('stall', side='api', after=10)
        ask(errors.TimedOut)

    @pytest.mark.parametrize('reset', [False, True])
    def test_a_connection_that_ends_unanswered(self, demo, ask, reset):
        demo.faults.add('drop', side='api', reset=reset)
        assert ask(errors.ConnectionFailed).retryable
        assert len(demo.requests) == 4

    def test_nobody_listens(self, client, fresh_settings, ask):
        nobody = f'http://127.0.0.1:{free_port()}/'
        assert ask(errors.ConnectionFailed, nobody).details['reason']
        assert client._stats['total_requests'] == 4

    def test_a_name_that_nobody_knows(self, ask):
        assert ask(errors.NameNotResolved, 'http://no.such.host.invalid/').retryable

    def test_a_port_that_speaks_no_tls(self, client, demo, ask):
        url = demo.base_url.replace('http:', 'https:') + MODELS
        assert ask(errors.CertificateRefused, url).details['reason']
        assert client._stats['total_requests'] == 1

    def test_a_line_that_ends_while_tls_begins_may_work_later(self, client, ask):
        with socket.create_server(('127.0.0.1', 0)) as server:
            stop = threading.Event()
            thread = threading.Thread(target=greet_and_leave, args=(server, stop))
            thread.start()
            error = ask(errors.ConnectionFailed, f'https://127.0.0.1:{server.getsockname()[1]}/')
            stop.set()
            thread.join()
        assert error.retryable and client._stats['total_requests'] == 4

    def test_a_proxy_that_is_not_there(self, demo, ask, monkeypatch):
        monkeypatch.setenv('HTTP_PROXY', 'http://127.0.0.1:1')
        monkeypatch.setenv('NO_PROXY', 'elsewhere')
        ask(errors.ProxyFailed)
        monkeypatch.setenv('NO_PROXY', '127.0.0.1')
        demo.faults.add('status', status=404)
        ask(errors.NotFound)


def greet_and_leave(server, stop):
    """Read what a client says first and hang up, like a box in the middle of a bad line."""
    server.settimeout(0.05)
    while not stop.is_set():
        try:
            connection, _ = server.accept()
        except TimeoutError:
            continue
        with connection:
            connection.settimeout(5)
            connection.recv(65536)


class TestDownloads:
    @pytest.mark.parametrize(
        'name, kind',
        [
            ('login_only', errors.KeyNeeded),
            ('early_access', errors.EarlyAccess),
            ('downloads_disabled', errors.DownloadsDisabled),
            ('archived', errors.Gone),
        ],
    )
    def test_refusals(self, client, demo, name, kind):
        with pytest.raises(kind):
            download(client, demo, name)

    @pytest.mark.parametrize('status', [400, 401, 403, 410])
    def test_a_signed_address_that_is_over(self, client, demo, status):
        demo.faults.add('status', side='storage', status=status, body='xml')
        with pytest.raises(errors.AddressExpired):
            download(client, demo)

    @pytest.mark.parametrize('status', [404, 500, 503, 429])
    def test_trouble_of_the_storage_passes(self, client, demo, status):
        demo.faults.add('status', side='storage', status=status, body='xml')
        with pytest.raises(errors.ServerTrouble) as caught:
            download(client, demo)
        assert caught.value.retryable

    @pytest.mark.parametrize(
        'location, kind',
        [
            ('/login?returnUrl=%2F&reason=download-auth', errors.KeyNeeded),
            ('https://auth.civitai.com/login?x=1', errors.KeyNeeded),
            ('https://civitai.com/x?reason=download-auth', errors.KeyNeeded),
            ('/model-versions/7', errors.EarlyAccess),
            ('/models/7', errors.LoginPage),
            ('https://civitai.red/anything', errors.LoginPage),
            ('/', errors.LoginPage),
            ('loop', errors.RedirectRefused),
            ('', errors.RedirectRefused),
            ('file:///etc/passwd', errors.RedirectRefused),
            ('http://[::1', errors.RequestRefused),
        ],
    )
    def test_redirects_that_lead_to_no_file(self, client, demo, location, kind):
        demo.faults.add('redirect_to', location=location)
        with pytest.raises(kind):
            download(client, demo)
        assert demo.requests.of(side='storage') == []

    def test_the_address_of_a_redirect_may_be_written_in_utf_8(self, client, odd_server):
        def answer(handler):
            if handler.path == '/':
                handler.send_response(302)
                handler.wfile.write(b'')
                handler._headers_buffer.append('Location: /模型\r\nContent-Length: 0\r\n'.encode())
                handler.end_headers()
            else:
                handler.reply(200, b'\0file')

        server = odd_server(answer)
        with client.open_file(FileRequest(server.url + '/')).release():
            assert server.seen[-1][1] == '/%E6%A8%A1%E5%9E%8B'

    def test_a_range_that_nobody_asked_for_is_no_file(self, client, demo):
        demo.faults.add('status', side='storage', path=FILES, status=416, body='xml')
        with pytest.raises(errors.RequestRefused):
            download(client, demo)
