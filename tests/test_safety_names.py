"""Which addresses lie in the network of this computer, in every spelling."""

import socket

import pytest

from civitai_manager_libs.domain.inside import leads_inside, names_inside
from civitai_manager_libs.domain.sites import is_configured

INSIDE = [
    *('127.0.0.1', '127.255.255.254', '10.1.2.3', '172.16.0.1', '172.31.255.255'),
    *('192.168.0.1', '169.254.169.254', '100.64.0.1', '100.127.255.255', '0.0.0.0'),
    *('224.0.0.251', '255.255.255.255', '240.0.0.1', '192.0.0.8'),
    *('::1', '::', 'fd00::1', 'fe80::1', 'fec0::1', 'ff02::1', '::ffff:127.0.0.1'),
    *('::ffff:10.0.0.1', '::127.0.0.1', '64:ff9b::7f00:1', '2002:c0a8:1::', '64:ff9b:1::a00:1'),
    '2001:0:102:304:0:0:80ff:fffe',  # Teredo: the client 127.0.0.1
]
OUTSIDE = [
    *('8.8.8.8', '172.15.255.255', '172.32.0.1', '100.63.255.255', '100.128.0.1', '192.167.1.1'),
    *('223.255.255.255', '198.18.0.7', '11.0.0.1', '126.255.255.255', '128.0.0.1'),
    *('2606:4700::6810:1', '::ffff:8.8.8.8', '64:ff9b::808:808', '2002:808:808::'),
]
SPELLINGS = [
    *('2130706433', '0x7f000001', '017700000001', '0177.0.0.1', '0x7f.0.0.1', '127.1', '127.0.1'),
    *('0', '0x0', '3232235777', '0xC0.0xa8.1.1', '192.168.257', '127.0.0.1.', '[::1]'),
    *('localhost', 'LOCALHOST', 'localhost.', 'deep.down.localhost', 'ip6-localhost'),
    *('[::ffff:7f00:1]', '[fe80::1%25eth0]'),
]
NAMES = [
    *('civitai.com', 'image.civitai.com', 'localhost.example', 'notlocalhost', 'ten.0.0.1.example'),
    *('134744072', '8.8', '1.2.3.4.5', '999.1.1.1', '08.0.0.1', '0xg', 'a', '', '127.0.0.one'),
]


@pytest.mark.parametrize('address', INSIDE)
def test_inside(address):
    assert leads_inside(address)
    assert names_inside(f'[{address}]' if ':' in address else address)


@pytest.mark.parametrize('address', OUTSIDE)
def test_outside(address):
    assert not leads_inside(address)
    assert not names_inside(f'[{address}]' if ':' in address else address)


def test_with_the_network_card_it_belongs_to():
    assert leads_inside('fe80::1%eth0') and not leads_inside('2606:4700::1%eth0')


def test_what_nobody_can_read_is_not_asked():
    assert leads_inside('') and leads_inside('somewhere') and leads_inside('1.2.3')


@pytest.mark.parametrize('host', SPELLINGS)
def test_other_spellings_of_inside(host):
    assert names_inside(host)


@pytest.mark.parametrize('host', NAMES)
def test_other_names(host):
    assert not names_inside(host)


@pytest.mark.parametrize('host', [host for host in SPELLINGS if host[0].isdigit()])
def test_the_system_reads_numbers_no_other_way(host):
    """What we take for a number, resolvers do, too: it is no name that somebody could have."""
    found = socket.getaddrinfo(host.rstrip('.'), 80, socket.AF_INET, socket.SOCK_STREAM)
    assert all(leads_inside(entry[4][0]) for entry in found)


@pytest.mark.parametrize(
    ('url', 'base', 'known'),
    [
        ('http://127.0.0.1:81/a', 'http://127.0.0.1:80', True),
        ('http://127.0.0.1/a', 'http://127.0.0.1:7000/api', True),
        ('https://CIVITAI.example./a', 'https://civitai.example', True),
        ('http://127.0.0.2:80/a', 'http://127.0.0.1:80', False),
        ('http://localhost/a', 'http://127.0.0.1', False),
        ('http://127.0.0.1@evil.example/', 'http://127.0.0.1', False),
        ('http://evil.example\\@127.0.0.1/', 'http://127.0.0.1', False),
        ('', '', False),
        ('a', 'b', False),
    ],
)
def test_the_host_that_the_settings_name(url, base, known):
    assert is_configured(url, base) is known
