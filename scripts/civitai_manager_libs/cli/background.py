"""Work that Ctrl-C ends after the step it is at, so that what was done is known and kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Event
from typing import TypeVar

from ..util import OwnThread

T = TypeVar('T')

_LOOK_SECONDS = 0.2  # Windows hears Ctrl-C between two looks only


def until_interrupted(work: Callable[[Callable[[], bool]], T]) -> tuple[T, bool]:
    """What ``work`` gives, which asks the function it gets whether to end early; and whether Ctrl-C
    was pressed meanwhile. A second Ctrl-C does not wait for it. Raises what ``work`` raises.
    """
    ended = Event()
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work(ended.is_set))
        except BaseException as error:  # raised again below, where somebody waits for it
            result.set_exception(error)

    thread = OwnThread(target=run, name='command', daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_LOOK_SECONDS)
    except KeyboardInterrupt:
        ended.set()
        thread.join()
    return result.result(), ended.is_set()
