"""Proxies and certificates as the environment names them, over real ones on loopback."""

import select
import socket
import ssl
import threading
from urllib.parse import urlsplit

import pytest

from civitai_manager_libs.errors import CertificateRefused
from civitai_manager_libs.http_client import CivitaiHttpClient
from tests.support.odd_server import OddServer

NOWHERE = 'http://civitai.invalid'


@pytest.fixture
def client(fresh_settings):
    fresh_settings(http_max_retries=0)
    made = CivitaiHttpClient()
    yield made
    made.close()


@pytest.fixture
def secure(certificate):
    """A server that speaks HTTP over TLS under a certificate that nobody vouches for; answers with
    JSON.
    """
    server = OddServer(lambda handler: handler.reply(200, b'{"secure": true}'))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.url = server.url.replace('http:', 'https:')
    yield server
    server.shutdown()
    server.server_close()


class Tunnel:
    """A proxy that joins lines (``CONNECT``); ``asked`` are the places it was asked for."""

    def __init__(self):
        self.asked = []
        self._listening = socket.create_server(('127.0.0.1', 0))
        self.url = f'http://127.0.0.1:{self._listening.getsockname()[1]}'
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[line], daemon=True).start()

    def _serve(self, line):
        head = b''
        while b'\r\n\r\n' not in head:
            head += line.recv(4096)
        method, place = head.split()[:2]
        assert method == b'CONNECT'
        self.asked.append(place.decode())
        host, _, port = place.decode().rpartition(':')
        with line, socket.create_connection((host, int(port)), 10) as other:
            line.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
            while True:
                for ready in select.select([line, other], [], [], 30)[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    (other if ready is line else line).sendall(data)

    def close(self):
        self._listening.close()


@pytest.fixture
def tunnel():
    made = Tunnel()
    yield made
    made.close()


class TestProxies:
    @pytest.fixture
    def proxy(self, odd_server):
        """One that answers by itself, so that no name has to be known."""
        return odd_server(lambda handler: handler.reply(200, b'{"by": "proxy"}'))

    @pytest.mark.parametrize('name', ['HTTP_PROXY', 'http_proxy'])
    def test_plain_requests_go_through_it(self, client, proxy, monkeypatch, name):
        monkeypatch.setenv(name, proxy.url)
        assert client.fetch_json('GET', f'{NOWHERE}/api/v1/models') == {'by': 'proxy'}
        assert [path for _, path, _ in proxy.seen] == [f'{NOWHERE}/api/v1/models']

    def test_some_hosts_do_not(self, client, proxy, demo, monkeypatch):
        monkeypatch.setenv('HTTP_PROXY', proxy.url)
        monkeypatch.setenv('NO_PROXY', '127.0.0.1')
        assert client.fetch_json('GET', f'{demo.base_url}/api/v1/models?limit=1')['items']
        assert proxy.seen == [] and len(demo.requests) == 1

    def test_tls_goes_through_a_tunnel(self, client, secure, tunnel, certificate, monkeypatch):
        monkeypatch.setenv('HTTPS_PROXY', tunnel.url)
        monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(certificate))
        assert client.fetch_json('GET', f'{secure.url}/x') == {'secure': True}
        assert tunnel.asked == [urlsplit(secure.url).netloc]


class TestCertificates:
    def test_an_unknown_one_is_refused(self, client, secure):
        with pytest.raises(CertificateRefused):
            client.fetch_json('GET', secure.url)
        assert secure.seen == []

    def test_one_that_the_environment_vouches_for(self, client, secure, certificate, monkeypatch):
        monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(certificate))
        assert client.fetch_json('GET', secure.url) == {'secure': True}
