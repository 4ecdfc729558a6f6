"""What a tab of the page is to the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .browsers import OpenPage


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
        :class:`.Refused` and errors of our tree.
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
