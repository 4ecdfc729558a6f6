"""The model that one page has opened in one tab."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..domain.placement import PlacementRules
from ..errors import ShortcutError
from ..i18n import language
from ..library.opening import OpenedModel
from . import present_model as present
from . import present_model_main as main
from . import present_model_side as side
from .browsers import OpenPage
from .model_clicks import CLICKS
from .model_doings import Chores, known_error, states_of
from .model_doors import Beside, ModelDoors
from .model_view import ModelView
from .monitor_watch import Start

_MOST_PASTED = 2_000


class ModelDetail:
    """The opened model of one page in the tab ``prefix``. Methods may be called from any thread and
    return at once; ``start`` gives threads to what takes a while.

    The tab puts ``<div data-cs-part="<prefix>-model"></div>`` where its grid is, sends
    :meth:`parts` with its own, and gives :meth:`do` every action after ``<prefix>:`` that begins
    with ``model-``; the way back is ``<prefix>:model-close``. Clicks on the creator or a tag go
    to Browse as ``browse:search`` for an address of theirs, whatever the tab; what was removed
    comes back by ``<prefix>:restore``, what was hidden by ``browse:unhide``.
    """

    def __init__(self, prefix: str, doors: ModelDoors, start: Start, beside: Beside) -> None:
        self.frame = present.Frame(prefix, beside.back)
        self.doors = doors
        self.lock = threading.RLock()
        self.view: ModelView | None = None
        self.chores = Chores(start, self._failed)
        self._start = start
        self._finding = ''
        self._finds = 0
        self._problem: ShortcutError | None = None
        self._pasted = ''
        self._about: tuple[object, object, str] = (None, None, '')

    # --- which one --------------------------------------------------------------------------------

    @property
    def opened(self) -> bool:
        """Whether a model is shown, or on its way."""
        return self.view is not None or bool(self._finding) or self._problem is not None

    @property
    def busy(self) -> bool:
        """Whether something is on its way that will change the page."""
        return bool(self._finding) or self.chores.busy

    @property
    def model_id(self) -> int | None:
        """The model that is shown."""
        view = self.view
        return view.model_id if view is not None else None

    def open(self, pasted: str) -> None:
        """Show the model that a link, or an id as text, means."""
        pasted = pasted.strip()[:_MOST_PASTED]
        if not pasted:
            return
        with self.lock:
            self._finds += 1
            self._finding = self._pasted = pasted
            self._problem, self.view = None, None
            turn = self._finds
        self._start(lambda: self._find(pasted, turn))

    def close(self) -> None:
        """Show none."""
        with self.lock:
            self._finds += 1
            self._finding, self._problem, self.view = '', None, None
            self._about = (None, None, '')

    def again(self) -> None:
        """Try once more to open what could not be opened."""
        self.open(self._pasted)

    def _find(self, pasted: str, turn: int) -> None:
        problem, view = None, None
        try:
            if turn == self._finds:
                view = self._viewed(self.doors.open(pasted))
        except Exception as error:
            problem = known_error(error)
        with self.lock:
            if turn == self._finds:  # else something else was opened or this closed meanwhile
                self._finding, self._problem, self.view = '', problem, view
        if view is not None:
            self.chores.put(lambda: self.look_at_folders(view))

    def _viewed(self, opened: OpenedModel) -> ModelView:
        view = ModelView(opened, last=self.doors.save_places.last)
        self._look(view)
        view.begin(self._rules())
        view.files = self._files(view)
        self._described(view)
        return view

    def show_fresh(self, view: ModelView, opened: OpenedModel) -> None:
        """Show what was just learnt of the model that ``view`` shows; what was chosen stays."""
        rules = self._rules()
        with self.lock:
            version, file, place = view.version_id, view.file_id, view.place
            view.opened, view.refreshing = opened, False
            if view.model.version(version or 0) is None:
                view.begin(rules)
            else:
                picture = view.picture
                view.choose_version(version, rules)
                view.file_id, view.picture = file or view.file_id, picture
                view.settle_folder(rules)
                view.place = place if place.usual == view.place.usual else view.place

    # --- what may have changed --------------------------------------------------------------------

    def _rules(self) -> PlacementRules:
        return self.doors.rules()

    def _files(self, view: ModelView) -> Mapping[int, Any]:
        return self.doors.on_disk.files(view.version_id) if view.version_id is not None else {}

    def _stamp(self) -> tuple[object, ...]:
        """Changes when what is saved or lies on the disk may have changed."""
        return self.doors.shortcuts.revision(), self.doors.on_disk.stamp()

    def _look(self, view: ModelView) -> None:
        view.seen = (*self._stamp(), view.version_id)
        view.saved = self.doors.shortcuts.get(view.model_id)
        view.classes = tuple(one.name for one in self.doors.shortcuts.classes())
        view.here = self.doors.on_disk.versions([view.model_id]).get(view.model_id, frozenset())
        view.files = self._files(view)

    def _catch_up(self, view: ModelView) -> None:
        try:
            if (*self._stamp(), view.version_id) != view.seen:
                self._look(view)
            view.states = states_of(self.doors, view.tasks)
        except ShortcutError as error:  # what is there stays as it is
            view.problem = error

    def look_at_folders(self, view: ModelView) -> None:
        """Find out about the disk that the chosen file goes to."""
        kind = view.place.kind
        folders = self.doors.save_places.folders(kind) if kind is not None else ()
        free = self.doors.engine.free_space()
        with self.lock:
            view.free = free
            if view.place.kind == kind:
                view.place = replace(view.place, folders=folders)

    def _failed(self, error: ShortcutError) -> None:
        with self.lock:
            if self.view is not None:
                self.view.problem = error
                self.view.refreshing = self.view.ordering = False

    # --- the page ---------------------------------------------------------------------------------

    def parts(self) -> Mapping[str, str]:
        """The place ``<prefix>-model`` and the smaller ones inside it, the outer one first."""
        with self.lock:
            view, frame = self.view, self.frame
            outer = f'{frame.prefix}-model'
            if view is None:
                return {outer: self._none(), frame.part('state'): present.state_json(None, False)}
            self._catch_up(view)
            return {outer: present.frame_html(frame, view), **self._inner(view)}

    def _none(self) -> str:
        if self._finding:
            return present.loading_html(self.frame)
        return present.failed_html(self.frame, self._problem) if self._problem else ''

    def _inner(self, view: ModelView) -> dict[str, str]:
        frame, doors, rules = self.frame, self.doors, self._rules()
        adult, pictures = doors.adult(), doors.pictures
        roots = (rules.root, rules.download_root)
        made: dict[str, str] = {
            'state': present.state_json(view, self.busy),
            'head': present.head_html(frame, view),
            'banner': present.banner_html(frame, view),
            'pictures': main.pictures_html(frame, view, adult, pictures.still, pictures.video),
            'words': main.words_html(view),
            'about': self._described(view),
            'licence': main.licence_html(view),
            'tags': main.tags_html(view),
            'hide': main.hide_html(frame, view),
            'version': side.version_html(frame, view),
            'get': side.get_html(frame, view, roots, doors.has_key(), doors.host()),
            'keep': side.keep_html(frame, view),
            'classes': side.classes_html(frame, view),
            'own-tags': side.own_tags_html(frame, view),
            'disk': side.disk_html(frame, view, doors.local()),
        }
        return {frame.part(name): markup for name, markup in made.items()}

    def _described(self, view: ModelView) -> str:
        """Long texts are made fit for the page once, not at every look."""
        opened, of, made = self._about
        now = (view.version_id, language())
        if opened is not view.opened or of != now:
            made = main.about_html(view)
            self._about = (view.opened, now, made)
        return made

    # --- what can be clicked ----------------------------------------------------------------------

    def do(
        self, page: OpenPage, action: str, item: str, value: str, text: str
    ) -> Mapping[str, Any] | None:
        """What was clicked, with or without ``<prefix>:`` before ``model-...``. What this does not
        know it leaves alone.
        """
        name = action.rpartition(':')[2].removeprefix('model-')
        with self.lock:
            if name == 'close':
                self.close()
            elif name == 'again':
                self.again()
            elif self.view is not None and name in CLICKS:
                return CLICKS[name](self, page, self.view, item, value or text)
        return None

    def run(self, view: ModelView, chore: Callable[[], object]) -> None:
        """Do ``chore`` in its turn."""
        view.problem = None
        self.chores.put(chore)
