"""Addresses that lead to this computer or into its own network, where nobody from outside has any
business: what the program fetches for a page, a picture or a redirect must not reach them. Pure.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Not among them: 198.18.0.0/15. Proxies on people's machines give every name an address from there
# and carry it to where it belongs; nothing else has such an address.
_INSIDE_4 = [
    ipaddress.IPv4Network(network)
    for network in (
        '0.0.0.0/8',  # this computer
        '10.0.0.0/8',
        '100.64.0.0/10',  # behind the address of a provider
        '127.0.0.0/8',
        '169.254.0.0/16',  # link-local, also what clouds tell their machines
        '172.16.0.0/12',
        '192.0.0.0/24',
        '192.168.0.0/16',
        '224.0.0.0/4',  # many at once
        '240.0.0.0/4',  # nobody, and everybody
    )
]
_INSIDE_6 = [
    ipaddress.IPv6Network(network)
    for network in (
        '::/128',
        '::1/128',
        '100::/64',  # nobody
        'fc00::/7',  # private
        'fe80::/10',  # link-local
        'fec0::/10',  # private, of old
        'ff00::/8',  # many at once
    )
]
_COMPATIBLE = ipaddress.IPv6Network('::/96')  # IPv4 in its last 32 bits, of old
_TRANSLATED = (
    ipaddress.IPv6Network('64:ff9b::/96'),
    ipaddress.IPv6Network('64:ff9b:1::/48'),
    ipaddress.IPv6Network('::ffff:0:0:0/96'),
)
_LOCAL_NAMES = ('localhost', 'localhost.localdomain', 'ip6-localhost', 'ip6-loopback')
_LAST_32 = 0xFFFFFFFF


def leads_inside(address: str) -> bool:
    """Whether the IP ``address``, as a resolver gives it, is one of those; an address that cannot
    be read counts as one.
    """
    try:
        found = ipaddress.ip_address(address.partition('%')[0])
    except ValueError:
        return True
    return _is_inside(found)


@lru_cache(maxsize=1024)
def names_inside(host: str) -> bool:
    """Whether ``host``, as it stands in an address, says by itself that it is one of those: a
    literal IP address in any spelling that resolvers understand (decimal, octal, hexadecimal,
    shortened), or a name of this computer. Of other names only a resolver knows.
    """
    name = host.strip('[]').rstrip('.').lower()
    if name in _LOCAL_NAMES or name.endswith('.localhost'):
        return True
    literal = _literal(name)
    return literal is not None and _is_inside(literal)


def _literal(name: str) -> IPAddress | None:
    if ':' in name:
        try:
            return ipaddress.IPv6Address(name.partition('%')[0])
        except ValueError:
            return None
    return _loose(name)


def _loose(name: str) -> IPAddress | None:
    """IPv4 as C libraries read it: up to four numbers, the last of which fills what is left."""
    parts = name.split('.')
    numbers = [_number(part) for part in parts]
    if not 1 <= len(parts) <= 4 or None in numbers:
        return None
    *firsts, last = [number for number in numbers if number is not None]
    if any(first > 255 for first in firsts) or last >= 256 ** (5 - len(parts)):
        return None
    value = last
    for place, first in enumerate(firsts):
        value += first << (24 - 8 * place)
    return ipaddress.IPv4Address(value)


def _number(part: str) -> int | None:
    if not part.isascii() or not part[:1].isdigit():
        return None
    base = 16 if part.startswith('0x') else 8 if part.startswith('0') and len(part) > 1 else 10
    try:
        return int(part[2:] or '0', 16) if base == 16 else int(part, base)
    except ValueError:
        return None


def _is_inside(address: IPAddress) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in network for network in _INSIDE_4)
    if any(address in network for network in _INSIDE_6):
        return True
    within = _within(address)
    return within is not None and _is_inside(within)


def _within(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to, where it is made of one."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in (_COMPATIBLE, *_TRANSLATED)):
        return ipaddress.IPv4Address(int(address) & _LAST_32)
    return None
