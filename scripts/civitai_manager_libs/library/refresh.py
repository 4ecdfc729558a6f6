"""Asks again for what Civitai says of saved models: of one or all of them, in the background."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import NotFound, ShortcutError
from ..store.shortcuts import ShortcutStore
from ..util import OwnThread
from .asking import Asked, ModelAsker
from .keeping import Keeper

_log = logging.getLogger('civitai_shortcut')


@dataclass(frozen=True)
class RefreshProgress:
    """How far the latest refreshing is: ``done`` of ``total`` models, of which so many ``changed``,
    are ``gone`` from Civitai or ``failed``.

    ``running`` until it has ended, also while ``paused``. ``problem`` is why it has paused by
    itself, or why it has ended before its time.
    """

    total: int = 0
    done: int = 0
    changed: int = 0
    gone: int = 0
    failed: int = 0
    paused: bool = False
    running: bool = False
    problem: ShortcutError | None = None


class Refresher:
    """One refreshing at a time, in a thread of its own, as fast as the client's pace allows.
    Thread-safe; everything but :meth:`wait` returns at once.

    When Civitai cannot be reached, or the disk or the database takes nothing, it pauses and says
    why; nothing is lost then, and :meth:`resume` goes on with the model it has come to.
    """

    def __init__(
        self,
        asker: ModelAsker,
        keeper: Keeper,
        shortcuts: ShortcutStore,
    ) -> None:
        self._asker = asker
        self._keeper = keeper
        self._shortcuts = shortcuts
        self._changed = threading.Condition()
        self._progress = RefreshProgress()
        self._run: _Run | None = None

    def start(self, ids: Sequence[int] | None = None) -> bool:
        """Begin with the models of ``ids``, or with all that are saved, those first that were not
        asked for longest: one that was broken off goes on so. Gives False when one is under way
        already.
        """
        with self._changed:
            if self._progress.running:
                return False
            self._progress = RefreshProgress(total=len(ids or ()), running=True)
            self._run = run = _Run(None if ids is None else list(dict.fromkeys(ids)))
        OwnThread(target=lambda: self._work(run), name='shortcut-refresh', daemon=True).start()
        return True

    def pause(self) -> None:
        """Rest after what is being asked for now."""
        self._set(paused=True)

    def resume(self) -> None:
        """Go on, also after a problem."""
        self._set(paused=False, problem=None)

    def stop(self) -> None:
        """End it after what is being asked for now; what was refreshed stays so."""
        with self._changed:
            if self._run is not None:
                self._run.stopped = True
            self._changed.notify_all()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended or is paused; whether it has."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._progress.running or self._progress.paused, seconds
            )

    def progress(self) -> RefreshProgress:
        """How far it is; cheap."""
        return self._progress

    # --- the thread -------------------------------------------------------------------------------

    def _work(self, run: _Run) -> None:
        try:
            while not run.ended and self._may_go_on(run):
                try:
                    self._go_on(run)
                except ShortcutError as error:
                    _log.info('refreshing paused: %s', error)
                    self._set(paused=True, problem=error)
        except Exception as error:
            self._set(problem=ShortcutError(reason=type(error).__name__))
            raise
        finally:
            self._set(running=False, paused=False)

    def _may_go_on(self, run: _Run) -> bool:
        """Wait while it is paused; False when it is to end."""
        with self._changed:
            self._changed.wait_for(lambda: run.stopped or not self._progress.paused)
            return not run.stopped

    def _go_on(self, run: _Run) -> None:
        if run.left is None:
            run.left = dict.fromkeys(self._asker.oldest_first(self._shortcuts.ids()))
            self._set(total=len(run.left))

        def stop() -> bool:
            return run.stopped or self._progress.paused

        for batch in self._asker.ask(list(run.left), stop):
            self._take(batch)
            for asked in batch:
                del run.left[asked.model_id]
            self._count(batch)

    def _take(self, batch: Sequence[Asked]) -> None:
        self._keeper.describe([asked.record for asked in batch if asked.record is not None])
        for asked in batch:
            if isinstance(asked.error, NotFound):  # nothing was ever known of it but its number
                self._keeper.gone(asked.model_id)

    def _count(self, batch: Sequence[Asked]) -> None:
        with self._changed:
            now = self._progress
            gone = [one for one in batch if _is_gone(one)]
            self._progress = replace(
                now,
                done=now.done + len(batch),
                changed=now.changed + sum(one.changed for one in batch),
                gone=now.gone + len(gone),
                failed=now.failed + sum(one.error is not None for one in batch if one not in gone),
            )
            self._changed.notify_all()

    def _set(self, **values: object) -> None:
        with self._changed:
            if self._progress.running:
                self._progress = replace(self._progress, **values)  # type: ignore[arg-type]
            self._changed.notify_all()


def _is_gone(asked: Asked) -> bool:
    if asked.record is not None:
        return asked.record.gone is not None
    return isinstance(asked.error, NotFound)


class _Run:
    """What is left of one refreshing; None until it is known what is saved."""

    def __init__(self, ids: Sequence[int] | None) -> None:
        self.left: dict[int, None] | None = None if ids is None else dict.fromkeys(ids)
        self.stopped = False

    @property
    def ended(self) -> bool:
        return self.left is not None and not self.left
