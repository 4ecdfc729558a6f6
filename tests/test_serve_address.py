"""Where ``serve`` listens: names that lead nowhere, and the ways to write one address."""

import socket

import pytest
import requests

from civitai_manager_libs.cli.serve import listen
from civitai_manager_libs.errors import ListenAddressUnknown
from tests.support.page import Served

NO_LABEL = f'{"a" * 64}.example'  # longer than a part of a name may be
OF_NOBODY = '192.0.2.1'  # kept for documents, so no computer has it


@pytest.fixture
def asked(monkeypatch):
    """The names that were looked up, of which none is known."""
    names = []

    def unknown(host, *more, **named):
        names.append(host)
        raise socket.gaierror(socket.EAI_NONAME, 'Name or service not known')

    monkeypatch.setattr(socket, 'getaddrinfo', unknown)
    return names


def test_a_name_that_leads_nowhere_is_looked_up_once(asked):
    with pytest.raises(ListenAddressUnknown) as told:
        listen('nowhere.example', None)
    assert told.value.details == {'host': 'nowhere.example', 'reason': 'Name or service not known'}
    assert asked == ['nowhere.example']


@pytest.mark.parametrize('host', [NO_LABEL, OF_NOBODY])
def test_what_is_no_address_of_this_computer_is_said(program, host):
    ended = program.run('serve', '--host', host, '--no-open')
    assert ended.code == 2 and ended.out == '' and 'Traceback' not in ended.err
    assert f'address {host}' in ended.err and '127.0.0.1' in ended.err and '--port' not in ended.err


def test_every_port_of_a_name_is_tried():
    with listen('localhost', None) as first, listen('localhost', None) as second:
        ports = [one.getsockname()[1] for one in (first, second)]
    assert 0 not in ports and len(set(ports)) == 2


@pytest.mark.parametrize('host', ['', '[::1]'])
def test_the_address_is_said_as_a_browser_takes_it(demo, tmp_path, host):
    if host and not has_ipv6():
        pytest.skip('platform: no IPv6 on this machine')
    served = Served(demo, tmp_path / 'served', 'en', '--host', host)
    try:
        assert served.address.startswith(f'http://{host or "127.0.0.1"}:')
        assert requests.get(served.address, timeout=10).status_code == 200
        assert 'anybody on this network' not in served.said()
    finally:
        served.end()


def has_ipv6():
    try:
        socket.create_server(('::1', 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
