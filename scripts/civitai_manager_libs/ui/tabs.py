"""What a tab of the page is to the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from .browsers import OpenPage

_Click = TypeVar('_Click')
_Shape = TypeVar('_Shape')


class NotOfThisPage(Exception):
    """A click that the page of this program does not send: the one of another version may."""


def click_of(clicks: Mapping[str, _Click], action: str) -> _Click:
    """What follows ``action``; raises :class:`NotOfThisPage` for one that is not known."""
    if action not in clicks:
        raise NotOfThisPage(action)
    return clicks[action]


def number_in(item: str) -> int:
    """The number that a click names; raises :class:`NotOfThisPage` for anything else."""
    if not (item.isascii() and item.isdigit() and len(item) <= _MOST_DIGITS):
        raise NotOfThisPage(item[:_MOST_DIGITS])
    return int(item)


_MOST_DIGITS = 18


def json_in(words: str, shape: type[_Shape]) -> _Shape:
    """What a click brings as JSON; raises :class:`NotOfThisPage` for anything but a ``shape``."""
    try:
        given = json.loads(words)
    except (ValueError, RecursionError) as error:
        raise NotOfThisPage(words[:_MOST_DIGITS]) from error
    if not isinstance(given, shape):
        raise NotOfThisPage(words[:_MOST_DIGITS])
    return given


class TabDesk(Protocol):
    """Does what a tab besides Downloads needs; called from any thread, the caller holds the page's
    lock, and returns at once.
    """

    def parts(self, page: OpenPage) -> Mapping[str, str]:
        """Markup by the names of places (``data-cs-part``). Of what stands in the tab itself only
        while ``page.tab`` is this tab; a place that is not named keeps what it has.
        """

    def do(
        self, page: OpenPage, action: str, item: str, value: str, text: str
    ) -> Mapping[str, Any] | None:
        """What was clicked (``data-cs-action="<tab>:<action>"``, ``data-cs-id``, value of the
        control or ``data-cs-value``); gives what goes back to the script besides. Raises
        :class:`.Refused`, :class:`NotOfThisPage` and errors of our tree.
        """


@dataclass(frozen=True)
class PageTab:
    """A tab by the ``name`` its actions begin with, the catalogue key of its title, the markup it
    begins with, and who serves it. ``markup`` is made for each browser that opens the tab, in the
    language of that browser, and again when that changes.
    """

    name: str
    title: str
    markup: Callable[[], str]
    desk: TabDesk
