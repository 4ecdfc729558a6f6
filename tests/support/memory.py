"""The memory guard of this process, watched while transfers run."""

import gc

import pytest

from civitai_manager_libs.memory import MemoryGuard, guard
from civitai_manager_libs.moving.mover import ACCOUNT

from .command import eventually

MIB = 1 << 20


class Watched:
    """What the buffers of transfers held at each change: ``most`` bytes at once, over ``together``
    transfers at once.
    """

    def __init__(self):
        self.most = 0
        self.together = 0
        self._filled = set()

    def changed(self, room):
        """Called with the room of each change, by who has the lock of the guard."""
        self.most = max(self.most, held())
        if room is not None:
            (self._filled.add if room.held else self._filled.discard)(room)
        self.together = max(self.together, len(self._filled))


def held():
    """Bytes in the buffers of all transfers now."""
    return guard.accounts().get(ACCOUNT, 0)


def nothing_is_held():
    """Wait until all buffers are free, and promised to nobody."""
    eventually(lambda: not held() and not guard._rooms, 'all buffers free')
    assert guard.waiting == 0


@pytest.fixture
def alone():
    """The guard as in a new process: what tests of other things have left does not count here."""
    gc.collect()
    with guard.changed:
        for kept in (guard._rooms, guard._accounts, guard._line, guard._elsewhere):
            kept.clear()
        caches, guard._caches = guard._caches, []
    assert guard.waiting == 0
    yield
    with guard.changed:
        guard._caches += caches


@pytest.fixture
def watched(monkeypatch):
    """The :class:`Watched` of the guard of this process."""
    seen, real = Watched(), MemoryGuard.count

    def count(self, account, room, more):
        real(self, account, room, more)
        if account == ACCOUNT:
            seen.changed(room)

    monkeypatch.setattr(MemoryGuard, 'count', count)
    return seen


@pytest.fixture
def occupied():
    """``occupied(bytes)``: a transfer that is there before others; closed at the end."""
    rooms = []

    def occupy(count):
        rooms.append(guard.room('occupied'))
        assert rooms[-1].take(count)
        return rooms[-1]

    yield occupy
    for room in rooms:
        room.close()
