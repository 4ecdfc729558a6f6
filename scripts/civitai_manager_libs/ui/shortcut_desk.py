"""Serves the Shortcuts tab: the saved models, by class, filter and words, and all that can be done
with them.

Nothing here waits for the disk or the network: what is read and done runs in threads of its own,
and shows at the next look. What other pages and processes change is seen by the revision.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..domain.shortcut import ShortcutQuery
from ..i18n import text
from ..util import from_home
from . import present_shortcuts as present
from .browsers import OpenPage
from .card_orders import Orders
from .jobs import Jobs
from .monitor_watch import Start
from .present_notices import said_card
from .present_shortcut_panels import PANELS
from .present_shortcut_side import ALL, NAME, part
from .queue_desk import Refused
from .shortcut_doings import Doings, Door, class_in, names_in
from .shortcut_drops import ShortcutFiles
from .shortcut_session import ShortcutSession
from .shortcut_shelf import OnDisk
from .shortcut_wishes import WISHES
from .shortcut_view import Detail, Looks, Visit, list_parts
from .shortcut_work import ShortcutWork
from .tabs import PageTab, click_of, json_in, number_in
from .visits import Visits

_READING_THREADS = 4
_WORKING_THREADS = 4
_MODEL = 'model-'
_OTHERS = ('classify', 'unclassify', 'tag', 'untag')


@dataclass(frozen=True)
class Threads:
    """What gives threads to reading, to single changes (in order), and to what takes long."""

    reading: Start
    doing: Start
    working: Start


def _threads() -> Threads:
    return Threads(
        Jobs('shortcuts', _READING_THREADS).put,
        Jobs('shortcuts-do', 1).put,
        Jobs('shortcuts-work', _WORKING_THREADS).put,
    )


class ShortcutDesk:
    """A :class:`.TabDesk`; ``detail`` makes what shows the opened model of a page."""

    def __init__(
        self,
        door: Door,
        engine: Orders,
        on_disk: OnDisk,
        detail: Callable[[], Detail],
        files: ShortcutFiles,
        looks: Looks,
        threads: Threads | None = None,
    ) -> None:
        self._door = door
        self._looks = looks
        self._doings = Doings(door, engine, (threads := threads or _threads()).doing)

        def fresh() -> Visit:
            session = ShortcutSession(door, on_disk, threads.reading)
            return Visit(session, ShortcutWork(door, files, threads.working), detail())

        self._visits = Visits('shortcuts', fresh)

    # --- what is shown ---------------------------------------------------------------------------

    def parts(self, page: OpenPage) -> Mapping[str, str]:
        """See :class:`.TabDesk`."""
        visit = self._visits.get(page)
        if page.tab != NAME:
            if visit is not None:
                self._tell(page, visit)
            return {}
        visit = visit or self._visits.of(page)
        visit.session.follow(patient=True)
        self._tell(page, visit)
        refreshing = self._door.refresher.progress()
        visit.watched = visit.watched or refreshing.running
        with visit.session.lock:
            return {
                **list_parts(visit, refreshing, self._looks),
                part('wishes'): _wishes_json(visit),
                part('live'): visit.said,
                **visit.detail.parts(),
            }

    def _tell(self, page: OpenPage, visit: Visit) -> None:
        """Say once what has become of the work, also to somebody who looks at another tab."""
        work = visit.work.look()
        if work.busy or not visit.working:
            return
        visit.working = False
        visit.said = text('shortcuts.live', saved=f'{work.saved:,}', failed=f'{len(work.failed):,}')
        if page.tab != NAME:
            page.say(
                lambda n: said_card(
                    n, 'shortcuts.live', saved=f'{work.saved:,}', failed=f'{len(work.failed):,}'
                )
            )

    # --- what is done ----------------------------------------------------------------------------

    def do(
        self, page: OpenPage, action: str, item: str, value: str, text: str
    ) -> Mapping[str, Any] | None:
        """See :class:`.TabDesk`."""
        visit = self._visits.of(page)
        if action.startswith(_MODEL):
            return visit.detail.do(page, action, item, value, text)
        if action in WISHES:
            visit.session.change(**WISHES[action](item, value, text))
        elif action in _WORK:
            _WORK[action](self, visit, item, text)
            visit.working = visit.working or visit.work.look().busy
        else:
            click_of(self._clicks, action)(self, page, visit, item, value)
        return None

    @staticmethod
    def _ids(visit: Visit, item: str = '') -> list[int]:
        """What a click is about: the model ``item``, else those that are selected."""
        ids = [number_in(item)] if item.isdigit() else list(visit.session.selected)
        if not ids:
            raise Refused(text('shortcuts.select_first'))
        return ids

    def _open(self, page: OpenPage, visit: Visit, item: str, value: str) -> None:
        visit.detail.open(item)

    def _select(self, page: OpenPage, visit: Visit, item: str, value: str) -> None:
        visit.session.select([number_in(item)], value == 'on')

    def _select_none(self, page: OpenPage, visit: Visit, item: str, value: str) -> None:
        visit.session.select(list(visit.session.selected), False)
        visit.panel = visit.panel if visit.panel in PANELS[:2] else ''

    def _panel(self, page: OpenPage, visit: Visit, item: str, value: str) -> None:
        visit.panel = item if item in PANELS and item != visit.panel else ''

    def _form(self, page: OpenPage, visit: Visit, item: str, value: str) -> None:
        name = visit.session.query.class_name
        visit.form = {'new': 'new', 'rename': f'rename:{name}'}.get(item, '')

    def _remove(self, page: OpenPage, visit: Visit, item: str, value: str) -> None:
        self._doings.remove(page, visit, self._ids(visit, item))

    def _drop_class(self, page: OpenPage, visit: Visit, item: str, value: str) -> None:
        name = visit.session.query.class_name
        if name is not None:
            self._doings.drop_class(page, visit, name)

    def _refresh(self, page: OpenPage, visit: Visit, item: str, value: str) -> None:
        ids = None if item == ALL else self._ids(visit)
        self._doings.run(page, visit, lambda: self._begin_refresh(page, ids))
        visit.watched = True

    def _begin_refresh(self, page: OpenPage, ids: list[int] | None) -> None:
        if not self._door.refresher.start(ids):
            page.say(lambda n: said_card(n, 'shortcuts.refresh_one'))

    def _forget_refresh(self, page: OpenPage, visit: Visit, item: str, value: str) -> None:
        visit.watched = False

    # --- forms, as JSON of their fields ----------------------------------------------------------

    def _submit(self, page: OpenPage, visit: Visit, item: str, value: str) -> None:
        given = json_in(value, dict)
        if item in _OTHERS:
            self._label(page, visit, item, str(given.get('names', '')))
            return
        name = class_in(str(given.get('name', '')))
        old = visit.session.query.class_name
        visit.form = ''
        if item == 'class-new':
            self._doings.put_class(page, visit, name)
        elif item == 'class-rename' and old is not None and old != name:
            self._doings.rename_class(page, visit, old, name)

    def _label(self, page: OpenPage, visit: Visit, item: str, pasted: str) -> None:
        names, ids = names_in(pasted), self._ids(visit)
        adds = not item.startswith('un')
        pair: tuple[list[str], list[str]] = (names, []) if adds else ([], names)
        act = self._door.tag if item.endswith('tag') else self._door.classify
        self._doings.run(page, visit, lambda: act(ids, *pair), len(ids))
        visit.panel = ''

    _clicks: Mapping[str, Callable[[ShortcutDesk, OpenPage, Visit, str, str], None]] = {
        'open': _open,
        'download': lambda desk, page, visit, item, value: desk._doings.download(
            page, visit, number_in(item)
        ),
        'close': lambda desk, page, visit, item, value: visit.detail.close(),
        'more': lambda desk, page, visit, item, value: visit.session.more(),
        'again': lambda desk, page, visit, item, value: visit.session.follow(),
        'select': _select,
        'select-none': _select_none,
        'select-all': lambda desk, page, visit, item, value: desk._doings.select_all(page, visit),
        'favourite': lambda desk, page, visit, item, value: desk._doings.favourite(
            page, visit, desk._ids(visit, item), value == 'on'
        ),
        'favour': lambda desk, page, visit, item, value: desk._doings.favourite(
            page, visit, desk._ids(visit), item == 'on'
        ),
        'remove': _remove,
        'restore': lambda desk, page, visit, item, value: desk._doings.restore(page, visit, item),
        'panel': _panel,
        'form': _form,
        'submit': _submit,
        'class-drop': _drop_class,
        'class-restore': lambda desk, page, visit, item, value: desk._doings.restore_class(
            page, visit, item
        ),
        'refresh': _refresh,
        'refresh-pause': lambda desk, page, visit, item, value: desk._door.refresher.pause(),
        'refresh-resume': lambda desk, page, visit, item, value: desk._door.refresher.resume(),
        'refresh-stop': lambda desk, page, visit, item, value: desk._door.refresher.stop(),
        'refresh-forget': _forget_refresh,
    }

    # --- what takes long -------------------------------------------------------------------------

    def _add(self, visit: Visit, item: str, pasted: str) -> None:
        if not pasted.strip():
            raise Refused(text('page.paste_first'))
        visit.work.add(pasted)
        visit.panel = ''

    def _files(self, visit: Visit, item: str, tokens: str) -> None:
        visit.work.add_files([str(token) for token in json_in(tokens, list)])
        visit.panel = ''

    def _import(self, visit: Visit, item: str, pasted: str) -> None:
        path = pasted.strip().strip('"')
        if not self._looks.local():
            raise Refused(text('shortcuts.only_here'))
        if not path:
            raise Refused(text('shortcuts.path_first'))
        visit.work.import_from(from_home(path))
        visit.panel = ''

    def _export(self, visit: Visit, item: str, pasted: str) -> None:
        visit.work.export(None if item == ALL else self._ids(visit))
        visit.panel = ''


_WORK: Mapping[str, Callable[[ShortcutDesk, Visit, str, str], None]] = {
    'add': ShortcutDesk._add,
    'files': ShortcutDesk._files,
    'import': ShortcutDesk._import,
    'export': ShortcutDesk._export,
    'work-stop': lambda desk, visit, item, words: visit.work.stop(),
    'work-again': lambda desk, visit, item, words: visit.work.again(),
    'work-forget': lambda desk, visit, item, words: visit.work.forget(),
}


def _wishes_json(visit: Visit) -> str:
    """What stands in the controls that are never drawn anew."""
    query: ShortcutQuery = visit.session.query
    counts = visit.session.counts
    said = {
        'text': query.text,
        'sort': query.sort.value,
        'installed': query.installed,
        'wishes': len(present.wishes(query)),
        'late': counts is None,
        'bare': counts is not None and not counts.all,
    }
    return json.dumps(said, ensure_ascii=False)


def shortcuts_tab(
    door: Door,
    engine: Orders,
    on_disk: OnDisk,
    detail: Callable[[], Detail],
    files: ShortcutFiles,
    looks: Looks,
) -> PageTab:
    """The tab as the page takes it; ``files`` are those that come and go by our routes."""
    desk = ShortcutDesk(door, engine, on_disk, detail, files, looks)
    return PageTab(NAME, 'shortcuts.tab', present.tab_html, desk)
