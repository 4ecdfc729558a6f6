"""The pictures of saved models, kept so that they are there when Civitai is not."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from .. import setting
from ..domain.models import Picture
from ..domain.picture_links import still_address
from ..errors import ApiError, DiskError, MemoryShort, RoomBelowFloor, ServerTrouble, ShortcutError
from ..fetching.receive import PictureOrder, end_stopped, receive_picture
from ..fetching.turns import Priority
from ..http_client import CivitaiHttpClient
from ..moving.mover import Stopped
from ..notify import tell
from ..store.files import free_space
from ..util import OwnThread
from .away import AWAY
from .picture_shelf import PicturePlan, PictureShelf

KEPT_WIDTH = 800
"""Pixels that a kept picture is wide at most."""

_MOST_BYTES = 24 << 20
_THREADS = 3
_ROOM = 1 << 20  # for one more picture
_FIRST_REST, _LONGEST_REST = 30.0, 600.0
_STOP_SECONDS = 1.0
_log = logging.getLogger('civitai_shortcut')


class ShortcutPictures:
    """Pictures by their addresses under ``folder``, fetched in the background: a few at once, after
    everything else, for the model first that was saved last. Thread-safe; several processes may use
    one folder, and one of them fetches.

    While the site is away or the disk is full it rests, longer and longer, and tries again.
    """

    def __init__(self, client: CivitaiHttpClient, folder: Path) -> None:
        self._client = client
        self._folder = folder
        self._shelf = PictureShelf(folder)
        self._changed = threading.Condition()
        self._line: dict[int, None] = {}  # the last comes first
        self._carried: set[int] = set()
        self._aside: set[int] = set()
        self._failed: dict[int, int] = {}
        self._successes = 0
        self._threads: set[threading.Thread] = set()
        self._stopped = threading.Event()
        self._hold: int | None = None
        self._rest = 0.0
        self._rests_until = 0.0
        self._problem: ShortcutError | None = None

    def kept(self, url: str) -> Path | None:
        """Where the picture at ``url`` (of a video: a still) is kept, no wider than 800 pixels;
        None when it is not. Hardly more than a look at the disk.
        """
        return self._shelf.kept(url)

    @property
    def problem(self) -> ShortcutError | None:
        """Why nothing is fetched at the moment though something is wanted."""
        return self._problem

    def want(self, model_id: int, pictures: Sequence[Picture]) -> None:
        """Keep ``pictures`` for the model, in place of those that were kept for it; noted at once,
        fetched later. A disk that takes nothing is told of, and costs nothing but the pictures.
        """
        try:
            missing = self._shelf.want(model_id, pictures)
        except DiskError as error:
            _tell(error)
            return
        if missing:
            with self._changed:
                self._aside.discard(model_id)
                self._line.pop(model_id, None)
                self._line[model_id] = None
                self._begin()

    def planned(self) -> frozenset[int]:
        """The models for which :meth:`want` was called. Raises :class:`.DiskError`."""
        return self._shelf.planned()

    def adopt(self, url: str, content: bytes) -> None:
        """Take a small picture that somebody had of ``url`` until the real one is here. Raises
        :class:`.DiskError`.
        """
        self._shelf.adopt(url, content)

    def drop(self, model_id: int) -> None:
        """Let go of everything that is kept for the model. Raises :class:`.DiskError`."""
        self._shelf.drop(model_id)

    def resume(self) -> None:
        """Go on at once with what is not finished, also what another process has left."""
        with self._changed:
            self._aside.clear()
            self._rest = self._rests_until = 0.0
            self._changed.notify_all()
            self._refill()

    def look(self) -> None:
        """Go on with what another process has left, unless something is under way here."""
        with self._changed:
            if not self._threads:
                self._refill()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until nothing is left to fetch, or nothing can be fetched now; whether so."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._threads or (self._resting() > 0 and not self._carried), seconds
            )

    def stop(self) -> None:
        """End what is being fetched; the rest is remembered for the next start."""
        with self._changed:
            self._stopped.set()
            self._stopped = threading.Event()
            ended, self._threads = self._threads, set()
            self._line.clear()
            self._carried.clear()
            self._changed.notify_all()
        end_stopped()
        deadline = time.monotonic() + _STOP_SECONDS
        for thread in ended:
            thread.join(max(0.0, deadline - time.monotonic()))
        with self._changed:
            if not self._threads:
                self._let_go()

    # --- threads; whoever calls what has no lock of its own here has it ---------------------------

    def _begin(self) -> None:
        """Start threads for what waits, if this process is the one that fetches."""
        if self._hold is None:
            try:
                self._hold = self._shelf.hold()
            except DiskError as error:
                _tell(error)
        if self._hold is None:
            self._line.clear()  # who fetches looks for it before it ends
            return
        for _ in range(min(_THREADS, len(self._line)) - len(self._threads)):
            stopped = self._stopped
            thread = OwnThread(
                target=lambda: self._run(stopped), name='shortcut-pictures', daemon=True
            )
            self._threads.add(thread)
            thread.start()

    def _refill(self) -> None:
        try:
            unfinished = self._shelf.unfinished()
        except DiskError as error:
            _tell(error)
            return
        busy = self._aside | self._carried
        waiting = [one for one in unfinished if one not in busy and one not in self._line]
        self._line = {**dict.fromkeys(reversed(waiting)), **self._line}
        if self._line:
            self._begin()

    def _let_go(self) -> None:
        if self._hold is not None:
            os.close(self._hold)
            self._hold = None

    def _resting(self) -> float:
        return self._rests_until - time.monotonic()

    def _run(self, stopped: threading.Event) -> None:
        while (model_id := self._next(stopped)) is not None:
            self._carry(model_id, stopped)

    def _next(self, stopped: threading.Event) -> int | None:
        """The next model; None when this thread is not needed any more."""
        with self._changed:
            while self._line and not stopped.is_set():
                resting = self._resting()
                if resting <= 0:
                    model_id, _ = self._line.popitem()
                    self._carried.add(model_id)
                    return model_id
                self._changed.wait(resting)
            if not stopped.is_set():
                self._threads.discard(threading.current_thread())
                if not self._threads:
                    self._let_go()
                    self._refill()  # another process may have left us something
                self._changed.notify_all()
            return None

    def _carry(self, model_id: int, stopped: threading.Event) -> None:
        problem: ShortcutError | None = None
        try:
            self._keep(model_id, stopped)
        except Stopped:
            return
        except ShortcutError as error:
            problem = error
        except MemoryError:
            problem = MemoryShort()
        except Exception as error:  # a thread that ends would leave everything waiting for ever
            _log.exception('pictures of model %s', model_id)
            problem = ShortcutError(reason=type(error).__name__)
        with self._changed:
            if not stopped.is_set():
                self._carried.discard(model_id)
                self._settle(model_id, problem)
                self._changed.notify_all()

    def _settle(self, model_id: int, problem: ShortcutError | None) -> None:
        """What fails although others do not is left for the next start."""
        if problem is None:
            self._rest, self._problem = 0.0, None
            self._failed.pop(model_id, None)
            return
        _log.info('pictures of model %s: %s', model_id, problem)
        alone = self._failed.get(model_id, self._successes) != self._successes
        if alone or not isinstance(problem, (*AWAY, DiskError)):
            self._aside.add(model_id)
            return
        self._failed[model_id] = self._successes
        self._line = {model_id: None, **self._line}
        if self._resting() <= 0:
            self._rest = min(max(2 * self._rest, _FIRST_REST), _LONGEST_REST)
            self._rests_until = time.monotonic() + self._rest
            self._problem = problem
        if isinstance(problem, DiskError):
            _tell(problem)

    # --- one model --------------------------------------------------------------------------------

    def _keep(self, model_id: int, stopped: threading.Event) -> None:
        plan = self._shelf.plan(model_id)
        if plan is None:  # dropped meanwhile
            return
        trouble = self._fetch_all(plan, stopped)
        if trouble is not None:
            raise trouble
        self._shelf.finish(plan)

    def _fetch_all(self, plan: PicturePlan, stopped: threading.Event) -> ServerTrouble | None:
        """Fetch what is missing. What cannot be had is left out; gives what may be had later."""
        trouble = None
        for url, kind in plan.pictures:
            try:
                self._fetch(url, kind, stopped)
            except AWAY:
                raise
            except ServerTrouble as error:
                if error.details.get('status') != 404:
                    trouble = error
            except ApiError as error:
                _log.info('picture of model %s not kept: %s', plan.model_id, error)
        return trouble

    def _fetch(self, url: str, kind: str, stopped: threading.Event) -> None:
        place = self._shelf.place(url)
        site = setting.current().civitai_base_url
        address = still_address(Picture(url=url, type=kind), KEPT_WIDTH, site)
        if address is None or place.exists():  # nobody makes a still of that video
            return
        self._check_room()
        order = PictureOrder(
            Priority.BATCH, exact=True, replace=True, most=_MOST_BYTES, stopped=stopped
        )
        receive_picture(self._client, address, place, order)
        self._shelf.came(url)
        with self._changed:
            self._successes += 1

    def _check_room(self) -> None:
        free, floor = free_space(self._folder), setting.current().minimum_free_space_mb << 20
        if free - _ROOM < floor:
            path = str(self._folder)
            raise RoomBelowFloor(path=path, needed=_ROOM, free=free, floor=floor)


def _tell(problem: DiskError) -> None:
    tell('error', f'error.{problem.code}', problem.details, f'shortcut_pictures:{problem.code}')
