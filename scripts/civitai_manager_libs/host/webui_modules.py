"""Reaches into the WebUI that we run in: its package ``modules``, found late and by what is there.

Nothing of it is imported by name: each host has some of these modules, under one name or another,
and without a host there is none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any


def part(name: str) -> Any:
    """The host's module ``modules.<name>``, or None where it has none or it does not load."""
    try:
        return import_module(f'modules.{name}')  # the host's own, there only inside a host
    except Exception:  # it is the host's code: a half of it may be missing or raise anything
        return None


def find(*places: str) -> Any:
    """The first of ``places`` (``sd_models.list_models``) that the host has, or None."""
    for place in places:
        module, _, path = place.partition('.')
        found = part(module)
        for name in path.split('.') if path else ():
            found = getattr(found, name, None)
        if found is not None:
            return found
    return None


def function(*places: str) -> Callable[..., Any] | None:
    """The first of ``places`` that can be called, or None."""
    for place in places:
        found = find(place)
        if callable(found):
            return found  # type: ignore[no-any-return]
    return None


def loaded(name: str) -> Any:
    """A module that an extension of the host has loaded under a name of its own, or None."""
    return sys.modules.get(name)


def argument(name: str) -> Any:
    """What the host was started with (``cmd_opts``), None for what it does not know."""
    return getattr(find('shared.cmd_opts'), name, None)


def option(name: str) -> Any:
    """A setting of the host, None for one that it does not have."""
    return getattr(find('shared.opts'), name, None)


def texts(*values: Any) -> Iterator[str]:
    """The texts among ``values``, and those in lists among them: some arguments may be repeated."""
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from texts(*value)
        elif isinstance(value, str) and value.strip():
            yield value
        elif hasattr(value, '__fspath__'):
            yield str(value)
