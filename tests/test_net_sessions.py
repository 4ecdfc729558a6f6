"""Connections: what the system is told of each before its answer is read."""

import contextlib
import socket

import pytest

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
    sessions = Sessions('agent')
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
