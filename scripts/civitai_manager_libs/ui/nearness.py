"""Whether who asks sits before this computer, as far as a request says: only they see the folders
that open here, and may name files that lie here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

# What proxies say of whom they ask for.
_MARKS = (
    'forwarded',
    'via',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-prefix',
    'x-forwarded-proto',
    'x-real-ip',
)
_from_elsewhere: ContextVar[bool] = ContextVar('from_elsewhere', default=False)


@contextmanager
def asked_with(headers: Mapping[str, str]) -> Iterator[None]:
    """Meanwhile :func:`is_near` goes by the ``headers`` of a request (their names in small letters,
    or found in any).
    """
    passed_on = any(mark in headers for mark in _MARKS)
    before = _from_elsewhere.set(passed_on or not _is_this(named_host(headers.get('host', ''))))
    try:
        yield
    finally:
        _from_elsewhere.reset(before)


def is_near() -> bool:
    """Whether no proxy has passed on what is being answered, and it was sent to a name that leads
    nowhere but to this computer.
    """
    return not _from_elsewhere.get()


def named_host(header: str) -> str:
    """The name or address without port in a ``Host`` header; '' when it makes no sense."""
    try:
        return urlsplit(f'//{header.strip()}').hostname or ''
    except ValueError:
        return ''


def is_localhost(name: str) -> bool:
    """Whether browsers take ``name`` for this computer without asking anybody."""
    name = name.rstrip('.')
    return name == 'localhost' or name.endswith('.localhost')


def _is_this(name: str) -> bool:
    if is_localhost(name):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
