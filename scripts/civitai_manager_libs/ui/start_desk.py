"""Serves the page of the first run, which stands in Browse: language, folder of models, key, adult
content, then a first link. In a host, which knows the rest, it asks for the key alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import setting
from ..errors import ShortcutError
from ..i18n import LANGUAGES, language
from ..domain.browse_filters import ADULT
from ..library.first_run import FirstRun
from ..library.programs import ModelPlace, free_at, place_at
from ..setting_values import check
from . import present_start as present
from .browsers import OpenPage
from .key_keeper import KeyKeeper
from .monitor_watch import Start
from .present_browse import START
from .present_key import KEY, key_shown
from .present_start import OTHER, OWN
from .start_programs import StartPrograms
from .visits import Visits

NAME = START
_TAB = 'browse'
_FOLDER_KEYS = ('folder_layout', 'models_path', 'download_path')


@dataclass(frozen=True)
class StartDoors:
    """What this page needs of the rest of the program. ``fresh`` puts the changed ``config_file``
    in force, ``own`` is where models go when nobody says otherwise, ``fixed`` are settings that
    this run has set, with the sentence that says so. ``examples`` are links to try.
    """

    first_run: FirstRun
    keeper: KeyKeeper
    programs: StartPrograms
    config_file: Path
    fresh: Callable[[], object]
    own: Callable[[], Path]
    fixed: Callable[[], Mapping[str, str]]
    examples: Callable[[], Sequence[tuple[str, str]]]
    in_host: bool = False


@dataclass
class StartVisit:
    """What one page has answered: the ``chosen`` folder (empty: nobody has), what is known of the
    one that was typed, whether it has begun, and whether it is ``ready`` for a link.
    """

    chosen: str = ''
    typed: ModelPlace | None = None
    wrong: ShortcutError | None = None
    checking: bool = False
    problem: ShortcutError | None = None
    ready: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    heard: float = field(default_factory=time.monotonic)

    @property
    def weight(self) -> int:
        """Next to nothing."""
        return 0

    def let_go(self) -> None:
        """There is nothing that could be made anew."""


class StartDesk:
    """A :class:`.TabDesk` of what stands in no tab of its own. ``start`` gives a thread to what the
    disk takes its time for.
    """

    def __init__(self, doors: StartDoors, start: Start) -> None:
        self._doors = doors
        self._start = start
        self._visits: Visits[StartVisit] = Visits('first runs', StartVisit)

    @property
    def waits(self) -> bool:
        """Whether the models of Browse have to wait for the answers."""
        return self._doors.first_run.asks and not self._doors.in_host

    # --- what is shown ---------------------------------------------------------------------------

    def parts(self, page: OpenPage) -> Mapping[str, str]:
        """See :class:`.TabDesk`."""
        if page.tab != _TAB:
            return {}
        visit = self._visits.of(page)
        with visit.lock:
            if visit.ready:
                return {NAME: present.ready_html(self._doors.examples())}
            if not self._doors.first_run.asks:
                return {NAME: ''}
            if self._doors.in_host:
                return {NAME: present.host_html(), **self._key()}
            return {NAME: present.page_html(), **self._key(), **self._answers(visit)}

    def _key(self) -> dict[str, str]:
        state, fixed = self._doors.keeper.state(), self._doors.fixed()
        shown = key_shown(setting.current().civitai_api_key)
        done = state.kind == 'confirmed'
        return {
            'start-key': present.key_html(state, shown, fixed.get(KEY, '')),
            'start-mark-key': present.mark_html(3, done),
        }

    def _answers(self, visit: StartVisit) -> dict[str, str]:
        fixed, programs = self._doors.fixed(), self._doors.programs
        programs.begin()
        found = programs.found
        chosen = visit.chosen or (str(found[0].root) if found else OWN)
        own = self._doors.own()
        place = ModelPlace(None, own, free=free_at(own))
        why = next((fixed[key] for key in _FOLDER_KEYS if key in fixed), '')
        settled = bool(why or visit.typed or visit.chosen not in ('', OTHER))
        adult = setting.current().adult_content
        return {
            'start-mark-language': present.mark_html(1, True),
            'start-language': present.language_html(language(), fixed.get('language', '')),
            'start-mark-folder': present.mark_html(2, settled),
            'start-folder': present.folder_html(found, place, chosen, programs.searching, why),
            'start-typed': self._typed(visit, chosen),
            'start-mark-adult': present.mark_html(4, True),
            'start-adult': present.adult_html(adult, fixed.get('adult_content', '')),
            'start-problem': present.problem_html(visit.problem),
        }

    @staticmethod
    def _typed(visit: StartVisit, chosen: str) -> str:
        if chosen != OTHER:
            return ''
        return present.typed_html(visit.checking, visit.typed, visit.wrong)

    # --- what is done ----------------------------------------------------------------------------

    def do(
        self, page: OpenPage, action: str, item: str, value: str, text: str
    ) -> Mapping[str, Any] | None:
        """See :class:`.TabDesk`."""
        visit = self._visits.of(page)
        visit.problem = None
        if action == 'key':
            self._keep_key(text.strip())
        elif action == 'language' and value in LANGUAGES:
            self._keep({'language': value})
        elif action == 'adult' and value in ADULT:
            self._keep({'adult_content': value})
        elif action == 'folder':
            visit.chosen = value
        elif action == 'typed':
            visit.chosen = OTHER
            self._look_at(visit, text, then=lambda place: None)
        elif action == 'finish':
            self._finish(visit, value, text)
        elif action == 'later':
            self._doors.first_run.end()
        elif action == 'look':
            visit.ready = False
        return None

    def _keep_key(self, key: str) -> None:
        if key and KEY not in self._doors.fixed():
            self._doors.keeper.store(check(KEY, key))
        else:
            self._doors.keeper.check()

    def _keep(self, changes: Mapping[str, Any]) -> None:
        setting.keep(self._doors.config_file, changes)
        self._doors.fresh()

    def _look_at(self, visit: StartVisit, typed: str, then: Callable[[ModelPlace], object]) -> None:
        """Find out about a folder that was typed, and go on with it if it can be used."""
        visit.checking, visit.typed, visit.wrong = True, None, None

        def look() -> None:
            place, wrong = None, None
            try:
                place = place_at(typed)
                then(place)
            except ShortcutError as error:
                wrong = error
            finally:
                with visit.lock:
                    visit.checking, visit.typed, visit.wrong = False, place, wrong

        self._start(look)

    def _take(self, visit: StartVisit, root: str) -> None:
        """Go on with a program that was found, if it is there still and takes files."""

        def look() -> None:
            try:
                self._use(visit, place_at(root))
            except ShortcutError as error:
                with visit.lock:
                    visit.problem = error

        self._start(look)

    def _finish(self, visit: StartVisit, chosen: str, typed: str) -> None:
        if any(key in self._doors.fixed() for key in _FOLDER_KEYS):
            self._end(visit)
        elif chosen == OTHER:
            visit.chosen = OTHER
            self._look_at(visit, typed, then=lambda place: self._use(visit, place))
        elif chosen == OWN:
            self._use(visit, None)
        else:
            self._take(visit, chosen)

    def _use(self, visit: StartVisit, place: ModelPlace | None) -> None:
        """Put models into ``place`` from now on, None: into our own folder."""
        if place is None:
            changes = {}
        elif place.program is None:
            changes = {'folder_layout': 'own', 'download_path': str(place.root)}
        else:
            changes = {'folder_layout': place.program.layout, 'models_path': str(place.root)}
        defaults = setting.defaults()
        self._keep({key: changes.get(key, defaults[key]) for key in _FOLDER_KEYS})
        self._end(visit)

    def _end(self, visit: StartVisit) -> None:
        self._doors.first_run.end()
        visit.ready = True
