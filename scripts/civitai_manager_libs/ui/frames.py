"""What stands around everything that moves on the page, in the language of each browser: the names
of the tabs, the words of the script, and the markup that a tab begins with.

The page itself is the same for all browsers, so none of it stands there: it is sent with the first
answer, a tab when it is opened for the first time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import i18n
from ..i18n import text
from .download_frame import download_frame
from .icons import icon
from .tabs import PageTab
from .words import language_tag

DOWNLOADS = 'downloads'
_BEFORE = ('browse', 'shortcuts', 'gallery')  # the tabs that stand before Downloads
_SAID = (
    *('lost_title', 'lost_words', 'unheard_title', 'unheard_words'),
    *('copied', 'not_copied'),
)
_MENU_ICONS = {
    'front': 'top',
    'up': 'up',
    'down': 'down',
    'pause': 'pause',
    'retry': 'retry',
    'open-folder': 'folder',
    'copy-link': 'link',
    'copy-path': 'copy',
    'select': 'select',
    'remove': 'remove',
}


def frame_part(name: str) -> str:
    """The place that the markup of the tab goes to."""
    return f'tab-{name}'


class Frames:
    """Downloads and the other ``tabs``. Thread-safe."""

    def __init__(self, tabs: Sequence[PageTab] = ()) -> None:
        before = [tab for name in _BEFORE for tab in tabs if tab.name == name]
        after = [tab for tab in tabs if tab.name not in _BEFORE]
        self.titles: Mapping[str, str] = {
            **{tab.name: tab.title for tab in before},
            DOWNLOADS: 'page.downloads',
            **{tab.name: tab.title for tab in after},
        }
        self._markup = {DOWNLOADS: download_frame, **{tab.name: tab.markup for tab in tabs}}
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str], Any] = {}

    @property
    def first(self) -> str:
        """The tab that is on top at the start."""
        return _BEFORE[0] if _BEFORE[0] in self.titles else DOWNLOADS

    def parts(self, tab: str) -> dict[str, str]:
        """The markup of the tab, which stands before what goes into it."""
        markup = self._markup.get(tab)
        return {frame_part(tab): self._once(tab, markup)} if markup is not None else {}

    def words(self) -> dict[str, Any]:
        """What the script writes into the page, and says by itself."""
        found: dict[str, Any] = self._once('', self._words)
        return found

    def _words(self) -> dict[str, Any]:
        menu = {
            action: [text(f'page.menu.{action}'), icon(drawn)]
            for action, drawn in _MENU_ICONS.items()
        }
        tabs = {name: text(title) for name, title in self.titles.items()}
        said = {key: text(f'page.{key}') for key in _SAID}
        return {'language': language_tag(), 'tabs': tabs, 'menu': menu, **said}

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        """What ``make`` makes, made once for each language."""
        with self._lock:
            key = name, i18n.language()
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]
