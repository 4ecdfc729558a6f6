"""``serve`` as a process: where it listens, who may come in, how it ends."""

import signal
import socket
import time

import pytest
import requests

from civitai_manager_libs.demo import FILES, SPECIAL
from tests.support.command import eventually
from tests.support.page import Served

UNKNOWN = '/civitai-shortcut/pictures/' + '0' * 64


def test_a_taken_port_is_refused_when_it_was_asked_for(program):
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        ended = program.run('serve', '--port', str(port), '--no-open')
    assert ended.code == 2 and f'127.0.0.1:{port}' in ended.err and ended.out == ''


def test_the_usual_port_gives_way_to_the_next_free_one(demo, tmp_path):
    try:
        taken = socket.create_server(('127.0.0.1', 7865))
    except OSError:
        taken = socket.socket()  # somebody else has it, which is as good
    with taken:
        served = Served(demo, tmp_path / 'served', 'en', port=None)
        try:
            assert not served.address.endswith(':7865/')
            assert 'Port 7865 is taken' in served.said()
            assert requests.get(served.address, timeout=10).status_code == 200
        finally:
            served.end()


def test_a_login_guards_the_page_and_our_routes(demo, tmp_path):
    served = Served(demo, tmp_path / 'served', 'en', '--auth', 'me:secret word')
    try:
        address = served.address.rstrip('/')
        assert requests.get(address + UNKNOWN, timeout=10).status_code == 401
        assert requests.get(address + '/config', timeout=10).status_code == 401
        with requests.Session() as session:
            login = {'username': 'me', 'password': 'secret word'}
            assert session.post(address + '/login', data=login, timeout=10).ok
            assert session.get(address + UNKNOWN, timeout=10).status_code == 404
            assert session.get(address + '/config', timeout=10).status_code == 200
    finally:
        served.end()


def test_an_open_page_is_warned_of(demo, tmp_path):
    served = Served(demo, tmp_path / 'served', 'en', '--host', '0.0.0.0')
    try:
        assert 'anybody on this network' in served.said() and '--auth' in served.said()
        assert served.address.startswith('http://127.0.0.1:')
    finally:
        served.end()


@pytest.mark.parametrize(('how', 'code'), [('SIGINT', 130), ('SIGTERM', 0)])
def test_it_ends_within_seconds_and_keeps_what_has_arrived(demo, program, tmp_path, how, code):
    if not hasattr(signal, 'SIGKILL'):
        pytest.skip('platform: such signals cannot be sent there')
    demo.faults.add('throttle', path=FILES, bytes_per_second=300_000)
    served = Served(demo, program.data, 'en')
    place = SPECIAL['big']
    program.run('download', f'{place.model_id}@{place.version_id}', '--enqueue')
    parts = lambda: list(served.folder.rglob('*.part'))  # noqa: E731
    eventually(parts, 'a part')
    time.sleep(0.5)
    ended, seconds = served.end(getattr(signal, how))
    assert (ended, seconds < 15) == (code, True)
    assert parts() and program.states() == ['queued']
    assert 'Traceback' not in (served.folder / 'stderr.txt').read_text(encoding='utf-8')
