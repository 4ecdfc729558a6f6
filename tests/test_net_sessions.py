"""Connections: what the system is told of each before its answer is read, and that they can be
stood in for.
"""

import contextlib
import io
import socket

import pytest
import requests_mock
from PIL import Image

from civitai_manager_libs import civitai_gallery_action as gallery
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.net.sessions import Sessions

SHAPE = (1, 1)


@pytest.fixture
def said(monkeypatch):
    """The options that are set on sockets, in their order."""
    found, real = [], socket.socket.setsockopt

    def recorded(sock, *option):
        found.append(option)
        return real(sock, *option)

    monkeypatch.setattr(socket.socket, 'setsockopt', recorded)
    return found


def ask(server, times):
    """Ask over one connection."""
    sessions = Sessions('agent', outside=False)
    try:
        for _ in range(times):
            response = sessions.send(SHAPE, 'GET', server.url, {}, 10.0)
            with contextlib.closing(response):
                assert response.content == b'some'
    finally:
        sessions.close()


@pytest.mark.skipif(not hasattr(socket, 'TCP_QUICKACK'), reason='platform: no TCP_QUICKACK')
def test_what_arrives_is_confirmed_at_once_for_every_answer(odd_server, said):
    """Else a server that sends head and body apart waits for a delayed confirmation."""
    connections = set()

    def answer(handler):
        connections.add(handler.client_address)
        handler.reply(body=b'some')

    ask(odd_server(answer), 3)
    quick = (socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    assert said.count(quick) == 3 and len(connections) == 1


def test_systems_without_that_option_do_without(odd_server, said, monkeypatch):
    monkeypatch.delattr(socket, 'TCP_QUICKACK', raising=False)
    ask(odd_server(lambda handler: handler.reply(body=b'some')), 2)
    assert (socket.IPPROTO_TCP, 12, 1) not in said


class TestStoodInFor:
    """``requests-mock`` is what scripts around this program are tested with."""

    @pytest.fixture
    def web(self, fresh_settings):
        fresh_settings(civitai_base_url='https://civitai.com', http_max_retries=0)
        with requests_mock.Mocker() as mocked:
            yield mocked

    def test_a_question(self, web):
        web.get('https://civitai.com/api/v1/models/1', json={'id': 1})
        client = CivitaiHttpClient(api_key='a-key')
        assert client.get_json('https://civitai.com/api/v1/models/1') == {'id': 1}
        assert web.last_request.headers['Authorization'] == 'Bearer a-key'

    def test_a_file(self, web, tmp_path):
        web.get('https://storage.example/file', content=b'some' * 100)
        target = tmp_path / 'file.bin'
        assert CivitaiHttpClient().download_file('https://storage.example/file', str(target))
        assert target.read_bytes() == b'some' * 100

    def test_a_picture(self, web, tmp_path):
        drawn = io.BytesIO()
        Image.new('RGB', (8, 8)).save(drawn, 'PNG')
        web.get('https://image.civitai.com/a/b.png', content=drawn.getvalue())
        target = tmp_path / 'b.png'
        assert gallery.download_large_image('https://image.civitai.com/a/b.png', str(target))
        assert target.read_bytes() == drawn.getvalue()
