"""Pictures that are being made for whoever asks: each once, on threads of our own, and nobody has
to wait longer than they care to.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any, TypeVar

from .ui.jobs import Jobs

_NEAR, _FAR = 4, 24  # threads
_MOST_LEFT = 24
_T = TypeVar('_T')


class StillComing(Exception):
    """The picture is on its way."""


class Coming:
    """What is being made, by name. Thread-safe.

    ``near`` is what lies on the disk already: it has threads to itself, so that it never waits for
    a server that is silent.
    """

    def __init__(self) -> None:
        self._near, self._far = Jobs('near-picture', _NEAR), Jobs('far-picture', _FAR)
        self._lock = threading.Lock()
        self._going: dict[str, Future[Any]] = {}
        self._left: OrderedDict[str, bytes] = OrderedDict()

    def once(self, name: str, make: Callable[[], _T], near: bool = False) -> Future[_T]:
        """What ``make`` will give, or what it will give to who has come before for ``name``."""
        with self._lock:
            going = self._going.get(name)
            if going is not None:
                return going
            mine: Future[_T] = Future()
            self._going[name] = mine
        (self._near if near else self._far).put(lambda: self._settle(name, mine, make))
        return mine

    def _settle(self, name: str, mine: Future[_T], make: Callable[[], _T]) -> None:
        try:
            made = make()
        except BaseException as error:
            mine.set_exception(error)
        else:
            mine.set_result(made)
        finally:
            with self._lock:
                del self._going[name]

    def soon(self, name: str, coming: Future[bytes | None], patience: float) -> bytes | None:
        """What ``coming`` gives, if it does within ``patience`` seconds. Else raises
        :class:`StillComing`, and it is kept for who asks again, since not every picture can be
        kept on the disk.
        """
        wait([coming], patience)
        if coming.done():
            return coming.result()
        coming.add_done_callback(lambda made: self._leave(name, made))
        raise StillComing

    def _leave(self, name: str, made: Future[bytes | None]) -> None:
        content = made.result() if made.exception() is None else None
        with self._lock:
            if content is not None:
                self._left[name] = content
            while len(self._left) > _MOST_LEFT:
                self._left.popitem(last=False)

    def left(self, name: str) -> bytes | None:
        """What came when nobody waited for it any more, for the first who asks; the latest few."""
        with self._lock:
            return self._left.pop(name, None)
