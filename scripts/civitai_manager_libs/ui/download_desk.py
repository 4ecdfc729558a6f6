"""What the page does, without any Gradio: messages of the script come in, what changed goes out.

A message is JSON: ``page`` (a name the script has given itself), ``known`` (the number of the last
answer it has), ``tab`` (the one on top), ``languages`` (that the browser prefers), and for a click
``n`` (counts up; one that was done, or that a later one has overtaken, is not done again), ``do``,
``id``, ``value`` and ``text``.
"""

from __future__ import annotations

import json
import uuid
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import i18n, setting
from ..domain.placement import PlacementRules
from ..domain.task import Task
from ..downloader import DownloadEngine
from ..i18n import error_text, text
from ..memory import guard
from .browsers import OpenPage, OpenPages
from .choosing import Choosing
from .download_view import ViewParts, page_view
from .errands import Threads
from .frames import DOWNLOADS, Frames
from .jobs import Jobs
from .limits import Limits
from .present_host import HostOffers
from .present_limits import KEYS
from .present_notices import said_card
from .present_queue import RowCache
from .present_row import RowPlace, title_of
from .queue_desk import QueueDesk, Refused
from .save_in import Folders
from .tabs import NotOfThisPage, TabDesk, number_in
from .watch import QueueWatch

_BOOT = uuid.uuid4().hex[:8]
_LOOKING_THREADS = 4
_LISTING_THREADS = 2


@dataclass(frozen=True)
class Surroundings:
    """What the page needs besides the engine: the rules of places in force and the folders that are
    offered, the address of a picture at a width, what reads the settings again and the file they
    are written to, links to try, whether who asks now sits before the machine that it runs on, what
    the ``host`` does with models, and the ``language`` of all browsers (None: each has its own).
    """

    rules: Callable[[], PlacementRules]
    save_places: Folders
    picture: Callable[[str, int], str]
    fresh: Callable[[], object]
    config_file: Path
    suggestions: Callable[[], Sequence[tuple[str, str]]] = tuple
    local: Callable[[], bool] = lambda: False
    host: Callable[[], HostOffers | None] = lambda: None
    language: Callable[[], str | None] = lambda: None


class DownloadDesk:
    """Serves every open page; its methods may be called from any thread and return at once.

    ``tabs`` serve the tabs besides Downloads, by the names that their actions begin with;
    ``frames`` is what stands around all that, ``first`` the tab on top of a page that has not said
    which one is.
    """

    def __init__(
        self,
        engine: DownloadEngine,
        around: Surroundings,
        tabs: Mapping[str, TabDesk],
        frames: Frames = Frames(),
        first: str = DOWNLOADS,
    ) -> None:
        self._engine = engine
        self._tabs = tabs
        self.frames = frames
        self._first = first
        self._around = around
        self._watch = QueueWatch(engine)
        self._queue = QueueDesk(engine, self._watch, around.local)
        self._limits = Limits(around.config_file, around.fresh)
        self._rows = {local: RowCache() for local in (True, False)}
        for rows in self._rows.values():
            weakref.finalize(self, guard.register_cache('rows', rows.size, rows.clear))
        self._threads = Threads(
            looking=Jobs('look-up', _LOOKING_THREADS),
            listing=Jobs('listing', _LISTING_THREADS),
            asking=Jobs('elsewhere', 1),
            adding=Jobs('queueing', 1),
        )
        self._pages = OpenPages(self._new_page)

    def _new_page(self) -> OpenPage:
        def tell(key: str, task: Task) -> None:
            page.say(lambda number: said_card(number, key, name=title_of(task)))

        page: OpenPage
        folder = lambda: self._around.rules().download_root  # noqa: E731
        choosing = Choosing(self._engine, self._threads, folder, self._around.save_places, tell)
        page = OpenPage(choosing, self._first)
        return page

    def speaking(self, message: str) -> AbstractContextManager[None]:
        """Puts the language in force that the browser reads which has sent ``message``: the one
        that was set, else its own.
        """
        try:
            given = read_message(message)
        except ValueError:  # nobody knows who that was
            return nullcontext()
        return self._spoken(given)

    def _spoken(self, given: dict[str, Any]) -> AbstractContextManager[None]:
        said = given.get('languages')
        tags = [str(tag) for tag in said] if isinstance(said, list) else []
        return i18n.speaking(self._around.language() or i18n.preferred(tags))

    def poll(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """What changed since the browser heard from us last; ``tick`` of the message comes back, so
        that the script knows which question was answered, and ``done`` is the number of the click
        that was done last.
        """
        given = _from_page(message)
        self._around.fresh()
        page = self._pages.get(given['page'])
        with page.lock, self._spoken(given):
            tick = _number(given.get('tick'))
            return self._answer(page, given, tick=tick, done=page.answered)

    def command(self, message: str) -> dict[str, Any]:
        """Do what was clicked, then the same. Raises :class:`Refused` and errors of our tree."""
        given = read_message(message)
        page = self._pages.get(given['page'])
        self._around.fresh()
        with page.lock, self._spoken(given):
            number = _number(given.get('n'))
            if number < page.answered:  # sent again, and overtaken by a later one: done long ago
                return self._answer(page, given, ack=number)
            if number != page.answered:
                page.answered, page.answer = number, {}
                try:
                    page.answer = self._do(page, given)
                except NotOfThisPage as error:
                    raise Refused(text('page.other_page')) from error
            return self._answer(page, given, ack=number, **page.answer)

    def _answer(self, page: OpenPage, given: dict[str, Any], **extra: Any) -> dict[str, Any]:
        rules = self._around.rules()
        place = RowPlace(
            roots=(rules.root, rules.download_root),
            picture=self._around.picture,
            site=setting.current().civitai_base_url,
            local=self._around.local(),
            host=self._around.host(),
        )
        parts = ViewParts(
            place=place,
            rows=self._rows[place.local],
            placement=self._engine.planner.placement,
            rules=rules,
            suggestions=self._around.suggestions(),
            settings=setting.current(),
            overridden=self._limits.overridden,
        )
        on_top = str(given.get('tab'))
        page.tab = on_top if on_top in self.frames.titles else page.tab
        view = dict(page_view(page, self._watch, parts))
        view['page'] = {**view['page'], 'words': self.frames.words(), 'tab': page.tab}
        view['parts'] = {**self.frames.parts(page.tab), **view['parts']}
        for desk in self._tabs.values():
            view['parts'] = {**view['parts'], **desk.parts(page)}
        known = _number(given.get('known')) if given.get('boot') == _BOOT else -1
        return {'boot': _BOOT, **page.send(view, known), **extra}

    # --- what can be clicked ---------------------------------------------------------------------

    def _do(self, page: OpenPage, given: dict[str, Any]) -> dict[str, Any]:
        action, item = str(given.get('do', '')), str(given.get('id', ''))
        pasted, value = str(given.get('text', '')), str(given.get('value', ''))
        tab, _, own = action.partition(':')
        if own and tab in self._tabs:
            return dict(self._tabs[tab].do(page, own, item, value, pasted) or {})
        if action == 'tab':
            page.tab = value
        elif action == 'look':
            page.choosing.paste(pasted)
        elif action == 'add':
            return self._add(page, pasted)
        elif action == 'drop':
            return {'field': page.choosing.drop(item, pasted)}
        elif action in _CHOICES:
            _CHOICES[action](page.choosing, item, value)
        elif action == 'limit' and item in KEYS:
            page.problems[item] = self._limits.change(item, value)
        else:
            return self._queue.do(page, action, item, value) or {}
        return {'field': ''} if action == 'drop-all' else {}

    def _add(self, page: OpenPage, pasted: str) -> dict[str, Any]:
        if page.choosing.add(pasted):
            return {'field': '\n'.join(page.choosing.left_out)}
        left = page.choosing.all()
        if any(choice.misplaced for choice in left):
            raise Refused(text('page.subfolder_first'))
        error = next((choice.error for choice in left if choice.error), None)
        if error is not None:
            raise Refused(error_text(error))
        if any(choice.batch is not None and choice.busy for choice in left):
            raise Refused(text('page.list_first'))
        if any(choice.batch is not None for choice in left):
            raise Refused(text('page.list_nothing'))
        raise Refused(text('page.choose_first' if left else 'page.paste_first'))


_CHOICES: dict[str, Callable[[Choosing, str, str], object]] = {
    'version': lambda choosing, item, value: choosing.choose_version(item, number_in(value)),
    'file': lambda choosing, item, value: choosing.choose_file(item, number_in(value)),
    'save-in': lambda choosing, item, value: choosing.choose_folder(item, value),
    'subfolder': lambda choosing, item, value: choosing.type_subfolder(item, value),
    'how': lambda choosing, item, value: choosing.choose_how(item, value),
    'list-limit': lambda choosing, item, value: choosing.choose_limit(item, value),
    'list-versions': lambda choosing, item, value: choosing.choose_versions(item, value == 'on'),
    'list-adult': lambda choosing, item, value: choosing.choose_adult(item, value == 'on'),
    'turn': lambda choosing, item, value: choosing.turn(item),
    'look-again': lambda choosing, item, value: choosing.again(item),
    'drop-all': lambda choosing, item, value: choosing.clear(),
}


def read_message(message: str) -> dict[str, Any]:
    """A message of our script; an empty one (before the script has started) is from nobody."""
    return _from_page(json.loads(message or '{}'))


def _from_page(given: Mapping[str, Any]) -> dict[str, Any]:
    return {**given, 'page': str(given.get('page', ''))[:40]}


def _number(value: object) -> int:
    """What our script counts; nothing that it says is 0."""
    return value if isinstance(value, int) else 0
