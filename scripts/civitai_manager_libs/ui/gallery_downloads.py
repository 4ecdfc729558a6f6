"""What one page of the Gallery tab has told to be downloaded, and how far that is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .. import setting
from ..civitai import ImagePage
from ..domain.gallery import GalleryPicture
from ..domain.task import State
from ..errors import ShortcutError
from .monitor_watch import Start

_AHEAD = 3
_LOOK_SECONDS = 0.2
_BECOME = {
    State.DONE.value: 'done',
    State.FAILED.value: 'failed',
    State.PAUSED.value: 'failed',  # there is no room for it
    State.CANCELLED.value: 'stopped',
}


class Ordered(Protocol):
    """The download of a picture as it is seen here."""

    @property
    def image_id(self) -> int: ...

    @property
    def status(self) -> str: ...

    @property
    def image_path(self) -> str | None: ...

    @property
    def problem(self) -> ShortcutError | None: ...


class Carrier(Protocol):
    """What carries out downloads of pictures."""

    def get_task(self, task_id: str) -> Ordered | None: ...

    def retry(self, task_ids: Sequence[str]) -> object: ...

    def forget(self, task_ids: Sequence[str]) -> object: ...


Put = Callable[[Sequence[GalleryPicture]], 'list[str]']
"""Orders pictures; gives the ids of their downloads. May take a while and raise errors of ours."""


@dataclass(frozen=True)
class Progress:
    """How far everything is that was ordered since the last time nothing was left to do.

    ``planned`` is how many there may be in the end, None when nobody knows yet; ``stopped`` are
    those that were not begun, or cancelled; ``marks`` has ``done``, ``failed`` or ``busy`` by the
    id of a picture; ``path`` is a file that was written.
    """

    total: int = 0
    done: int = 0
    failed: int = 0
    stopped: int = 0
    busy: bool = False
    planned: int | None = None
    marks: tuple[tuple[int, str], ...] = ()
    path: Path | None = None
    problem: ShortcutError | None = None


class GalleryDownloads:
    """Thread-safe; only the threads that ``start`` gives wait for anything."""

    def __init__(self, carrier: Carrier, start: Start) -> None:
        self._carrier = carrier
        self._start = start
        self._lock = threading.Lock()
        self._states: dict[str, tuple[int, str]] = {}  # by download: its picture, how it is
        self._forget()

    def _forget(self) -> None:
        self._carrier.forget(list(self._states))
        self._states.clear()
        self._retried: set[str] = set()  # those that are failed until they have begun anew
        self._ending = threading.Event()
        self._ordering = 0
        self._left_out = 0
        self._planned: int | None = None
        self._path: Path | None = None
        self._problem: ShortcutError | None = None

    def put(self, pictures: Sequence[GalleryPicture], put: Put) -> None:
        """Download these."""
        ending = self._begin(len(pictures))
        self._start(lambda: self._ordered(lambda: self._order(pictures, put, ending)))

    def put_all(self, pages: Iterator[ImagePage], most: int | None, put: Put) -> None:
        """Download what is on ``pages``, taken as the downloads come along; at most ``most``."""
        ending = self._begin(most)

        def every() -> None:
            left = most
            for page in pages:
                pictures = page.pictures if left is None else page.pictures[:left]
                left = None if left is None else left - len(pictures)
                self._order(pictures, put, ending)
                if left == 0 or ending.is_set():
                    return

        self._start(lambda: self._ordered(every))

    def _begin(self, planned: int | None) -> threading.Event:
        with self._lock:
            if not self._is_busy():
                self._forget()
            elif self._ending.is_set():
                self._ending = threading.Event()
            self._ordering += 1
            self._problem = None
            known = self._planned or len(self._states)
            self._planned = None if planned is None else known + planned
            return self._ending

    def _ordered(self, order: Callable[[], object]) -> None:
        problem = None
        try:
            order()
        except ShortcutError as error:
            problem = error
        finally:
            with self._lock:
                self._ordering -= 1
                self._problem = problem or self._problem
                if not self._ordering:  # now it is known how many there are
                    self._planned = len(self._states) + self._left_out

    def _order(self, pictures: Sequence[GalleryPicture], put: Put, ending: threading.Event) -> None:
        """Order ``pictures``, a few ahead of what is being fetched, so that ending takes no more
        than those.
        """
        left = list(pictures)
        try:
            while left and not ending.is_set():
                room = self._room()
                if room:
                    self._put_some(left[:room], put)
                    left = left[room:]
                else:
                    ending.wait(_LOOK_SECONDS)
        finally:
            with self._lock:
                self._left_out += len(left)

    def _put_some(self, pictures: Sequence[GalleryPicture], put: Put) -> None:
        made = put(pictures)
        tasks = [self._carrier.get_task(number) for number in made]
        with self._lock:
            for number, task in zip(made, tasks):
                self._states[number] = (task.image_id if task else 0, 'busy')

    def _room(self) -> int:
        """How many more may be ordered now."""
        self.look()
        with self._lock:
            busy = sum(state == 'busy' for _, state in self._states.values())
        return max(0, _AHEAD * setting.current().images_max_concurrent - busy)

    # --- what becomes of them --------------------------------------------------------------------

    def look(self) -> Progress:
        """How far it is now."""
        with self._lock:
            states = self._states.items()
            waiting = [number for number, (_, state) in states if state == 'busy']
            waiting = [number for number in waiting if number not in self._retried]
        tasks = [(number, self._carrier.get_task(number)) for number in waiting]
        with self._lock:
            for number, task in tasks:
                if task is not None and number in self._states:
                    self._note(number, task)
            return self._progress()

    def _note(self, number: str, task: Ordered) -> None:
        if task.status not in _BECOME:
            return
        self._states[number] = (task.image_id, _BECOME[task.status])
        if task.status == State.DONE.value and task.image_path:
            self._path = Path(task.image_path)
        self._problem = task.problem or self._problem

    def _progress(self) -> Progress:
        states = [state for _, state in self._states.values()]
        return Progress(
            total=len(states),
            done=states.count('done'),
            failed=states.count('failed'),
            stopped=states.count('stopped') + self._left_out,
            busy=self._is_busy(),
            planned=self._planned,
            marks=tuple(mark for mark in self._states.values() if mark[1] != 'stopped'),
            path=self._path,
            problem=self._problem,
        )

    def _is_busy(self) -> bool:
        return self._ordering > 0 or any(state == 'busy' for _, state in self._states.values())

    def stop(self) -> None:
        """Begin no further one; what is being fetched comes to its end."""
        with self._lock:
            self._ending.set()

    def retry(self) -> None:
        """Try once more what has failed."""
        with self._lock:
            self._problem = None
            failed = [number for number, (_, state) in self._states.items() if state == 'failed']
            for number in failed:
                self._states[number] = (self._states[number][0], 'busy')
            self._retried.update(failed)
            self._ordering += 1
        self._start(lambda: self._ordered(lambda: self._again(failed)))

    def _again(self, failed: Sequence[str]) -> None:
        try:
            self._carrier.retry(failed)
        finally:
            with self._lock:
                self._retried.difference_update(failed)

    def forget(self) -> None:
        """Nobody wants to read of it any more."""
        with self._lock:
            if not self._is_busy():
                self._forget()
