"""Bounds what the program's own buffers and caches hold, as the settings say: a process that lives
in a WebUI is gigabytes, so its size says nothing of us.

Whoever holds buffers says so, once for each buffer, never for each piece that goes through it. A
transfer asks for the room of all its buffers before it makes the first one. When there is too
little, caches shrink first and new transfers wait; what runs is never stopped, and one may always
run. With ``http_memory_monitor_enabled`` off nothing waits and nothing shrinks; what is held is
counted all the same.

Not counted: what the page knows of the queue and of pasted links (it is what a person works with,
not a cache, and grows with that), buffers of at most 1 MiB of which a thread has one (hashing what
lies on the disk), and what libraries hold.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import setting
from .memory_room import Held, Room
from .notify import board
from .util import OwnThread

_LOOK_SLICE = 1.0
_CAUSE = 'memory'
_log = logging.getLogger('civitai_shortcut')


@dataclass(frozen=True, eq=False)
class _Cache:
    """``size()`` gives bytes, ``shrink()`` lets go of a good part."""

    name: str
    size: Callable[[], int]
    shrink: Callable[[], object]


class MemoryGuard:
    """Knows what is held, and who may begin to hold more; one for each process. Thread-safe.

    The settings are read at every look and every question, so that a change holds at once for who
    waits; a thread of its own, which lives while there is anything to look at, looks every
    ``http_memory_check_interval`` seconds.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._accounts: Counter[str] = Counter()
        # one whose transfer is gone without having said so keeps nobody waiting
        self._rooms: weakref.WeakSet[Room] = weakref.WeakSet()
        self._line: dict[Room, int] = {}
        self._elsewhere: dict[object, tuple[int, int]] = {}
        self._caches: list[_Cache] = []
        self._looker: threading.Thread | None = None
        self._telling = threading.Lock()
        self._told = False

    # --- how it stands ----------------------------------------------------------------------------

    @property
    def limit(self) -> int:
        """Bytes that may be held, as the setting says now."""
        return setting.current().http_max_memory_usage_mb << 20

    @property
    def used(self) -> int:
        """Bytes that are held, in buffers and in caches."""
        return sum(self.accounts().values())

    def accounts(self) -> Mapping[str, int]:
        """The same by who holds them; who has held something stays in it with 0."""
        with self.changed:
            found, caches = Counter(self._accounts), list(self._caches)
        for cache in caches:
            found[cache.name] += cache.size()
        return dict(found)

    @property
    def waiting(self) -> int:
        """How many transfers wait for room."""
        with self.changed:
            return len(self._line) + sum(count for count, _ in self._elsewhere.values())

    @property
    def tight(self) -> bool:
        """Whether more is held than may be, or transfers wait; never when nothing is bounded."""
        return self._bounds() and (self.waiting > 0 or self.used > self.limit)

    # --- who holds --------------------------------------------------------------------------------

    def holding(self, account: str, count: int = 0) -> Held:
        """``count`` bytes are held from now on under the name ``account``; never waits."""
        held = Held(self, account)
        held.grow(count)
        return held

    def room(self, account: str) -> Room:
        """For a transfer that will hold buffers under the name ``account``; nothing is promised
        yet.
        """
        return Room(self, account)

    def register_cache(
        self, name: str, size: Callable[[], int], shrink: Callable[[], object]
    ) -> Callable[[], None]:
        """Count a cache that holds about ``size()`` bytes, and have it ``shrink()`` when memory is
        short: it lets go of a good part, and may be asked again soon. Gives what ends that.

        Both are called from any thread, often ``size``. Caches of one name are counted together.
        """
        cache = _Cache(name, size, shrink)
        with self.changed:
            self._caches.append(cache)
            self._watch()

        def end() -> None:
            with self.changed:
                if cache in self._caches:
                    self._caches.remove(cache)

        return end

    # --- who waits --------------------------------------------------------------------------------

    def line_up(self, who: object, count: int, need: int) -> None:
        """From now on ``count`` transfers of ``who``, of ``need`` bytes each, wait at a place of
        their own because :meth:`Room.take` has refused; 0: no more.
        """
        with self.changed:
            fresh = count > 0 and who not in self._elsewhere
            if count:
                self._elsewhere[who] = (count, need)
                self._watch()
            else:
                self._elsewhere.pop(who, None)
        self._tell()
        if fresh:
            self.look()

    def join(self, room: Room, need: int) -> None:
        """``room`` waits for ``need`` bytes, behind those that have come before."""
        with self.changed:
            self._promise(room, 0)
            self._line[room] = need
        self._tell()
        self.look()

    def leave(self, room: Room) -> None:
        """``room`` does not wait any more."""
        with self.changed:
            self._line.pop(room, None)
            self.changed.notify_all()
        self._tell()

    def pause(self, seconds: float) -> None:
        """Wait so long, or until something was freed."""
        with self.changed:
            self.changed.wait(seconds)

    def promise(self, room: Room, need: int) -> bool:
        """Let ``room`` be one for ``need`` bytes, if it may; less than before it always may."""
        more = need > room.promised
        cached = self._cached() if more else 0
        with self.changed:
            if more and not self._may(room, need, cached):
                return False
            self._promise(room, need)
            return True

    def count(self, account: str, room: Room | None, more: int) -> None:
        """``more`` bytes are held by ``account``; the caller has the lock ``changed``."""
        self._accounts[account] += more
        if room is not None:
            room.held += more
        if more > 0:
            self._watch()
        elif self._line:
            self.changed.notify_all()

    def look(self) -> None:
        """Let caches shrink, the largest first, as far as what is held, promised and waited for
        goes beyond the limit.
        """
        if not self._bounds():
            return
        with self.changed:
            wanted = [*self._line.values(), *(need for _, need in self._elsewhere.values())]
            over = self._taken() + (wanted[0] if wanted else 0) - self.limit
            caches = list(self._caches)
        sizes = {cache: cache.size() for cache in caches}
        over += sum(sizes.values())
        for cache in sorted(caches, key=sizes.__getitem__, reverse=True):
            if over <= 0 or not sizes[cache]:
                break
            cache.shrink()
            less = sizes[cache] - cache.size()
            over -= less
            _log.info('memory: %s let go of %d bytes', cache.name, less)
        with self.changed:
            self.changed.notify_all()

    # --- the rest ---------------------------------------------------------------------------------

    def _bounds(self) -> bool:
        return setting.current().http_memory_monitor_enabled

    def _cached(self) -> int:
        with self.changed:
            caches = list(self._caches)
        return sum(cache.size() for cache in caches)

    def _taken(self, but: Room | None = None) -> int:
        """Bytes in buffers, and those promised beyond them to others than ``but``."""
        promised = (max(0, one.promised - one.held) for one in self._rooms if one is not but)
        return sum(self._accounts.values()) + sum(promised)

    def _may(self, room: Room, need: int, cached: int) -> bool:
        if not self._bounds():
            return True
        first = next(iter(self._line), room)
        if first is not room:
            return False
        if not set(self._rooms) - {room}:  # one may always run
            return True
        return self._taken(but=room) + cached + max(0, need - room.held) <= self.limit

    def _promise(self, room: Room, need: int) -> None:
        room.promised = need
        if need:
            self._rooms.add(room)
            self._watch()
        else:
            self._rooms.discard(room)
            self.changed.notify_all()

    def _tell(self) -> None:
        """Say once that transfers wait, and take it back when none does."""
        with self._telling:
            waiting = self.waiting > 0
            if waiting and not self._told:
                board.tell('warning', 'page.memory_waits', {'limit': self.limit >> 20}, _CAUSE)
            elif self._told and not waiting:
                board.settle(_CAUSE)
            self._told = waiting

    def _watch(self) -> None:
        """See to it that somebody looks; the caller has the lock."""
        if self._looker is None:
            self._looker = OwnThread(target=self._run, name='memory-guard', daemon=True)
            self._looker.start()

    def _run(self) -> None:
        looked = time.monotonic()
        while self._is_needed():
            interval = setting.current().http_memory_check_interval
            time.sleep(min(_LOOK_SLICE, interval))
            if time.monotonic() - looked < interval:
                continue
            looked = time.monotonic()
            try:
                self.look()
            except Exception as error:  # a cache that fails must not end the looking
                _log.error('memory: %s', error, exc_info=_log.isEnabledFor(logging.DEBUG))

    def _is_needed(self) -> bool:
        with self.changed:
            kept = self._caches or self._rooms or self._line or self._elsewhere
            if kept or any(self._accounts.values()):
                return True
            self._looker = None
            return False


guard = MemoryGuard()
