"""Places for connections to one host."""

import gc
import threading

import pytest

from civitai_manager_libs.errors import HostBusy
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.net.lines import Lines
from civitai_manager_libs.net.redirect import FileRequest

from .support.command import eventually


def test_a_further_connection_comes_only_where_there_is_room():
    lines = Lines()
    free = lines.take('a', 1, further=False)
    with pytest.raises(HostBusy):
        lines.take('a', 1, further=True)
    lines.take('b', 1, further=True)
    free()
    lines.take('a', 1, further=True)


def test_a_place_is_freed_once():
    lines = Lines()
    free = lines.take('a', 2, further=False)
    lines.take('a', 2, further=False)
    free()
    free()
    lines.take('a', 2, further=True)
    with pytest.raises(HostBusy):
        lines.take('a', 2, further=True)


def test_a_file_waits_for_its_first_place_and_is_seen_waiting():
    lines, got = Lines(), threading.Event()
    free = lines.take('a', 1, further=False)

    def wait():
        lines.take('a', 1, further=False)
        got.set()

    threading.Thread(target=wait, daemon=True).start()
    eventually(lambda: lines.crowded('a'))
    with pytest.raises(HostBusy):  # the bound was raised, but somebody stands before us
        lines.take('a', 2, further=True)
    free()
    assert got.wait(60) and not lines.crowded('a')


@pytest.mark.parametrize('how', ['closed', 'closed twice', 'left behind'])
def test_a_response_of_the_caller_gives_its_place_back(fresh_settings, odd_server, how):
    fresh_settings(max_connections_per_host=1)
    server = odd_server(lambda handler: handler.reply(200, b'file'))
    client = CivitaiHttpClient()
    response = client.get_stream_response(server.url)
    assert response.content == b'file'
    with pytest.raises(HostBusy):
        client.open_file(FileRequest(server.url, further=True))
    for _ in range({'closed': 1, 'closed twice': 2}.get(how, 0)):
        response.close()
    del response
    gc.collect()
    client.open_file(FileRequest(server.url, further=True)).close()
    client.close()
