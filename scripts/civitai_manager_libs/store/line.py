"""Who is next: rearranges the line of waiting downloads inside one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select, update

from ..domain.task import Move, State
from .rows import LINE, next_revision
from .tables import downloads

_ONCE_WAITING = (State.QUEUED.value, State.PAUSED.value)


def rearrange(connection: Connection, move: Move, task_ids: Collection[int]) -> list[int]:
    """Move the tasks in the line; gives the numbers of those that have another place now.

    To the front they go in the order they had, and paused ones too, for when they go on. Up and
    down exchange places with the neighbour, its priority included; tasks moved together do not
    overtake each other.
    """
    if move is Move.FRONT:
        return _to_front(connection, task_ids)
    query = select(downloads.c.id, downloads.c.priority, downloads.c.rank)
    waiting = query.where(downloads.c.state == State.QUEUED.value).order_by(*LINE)
    places = connection.execute(waiting).all()
    before = [place.id for place in places]
    after = _shifted(before, set(task_ids), -1 if move is Move.UP else 1)
    for task_id, old, place in zip(after, before, places):
        if task_id != old:
            _put(connection, task_id, place.priority, place.rank)
    moved = set(task_ids)
    return [new for new, old in zip(after, before) if new != old and new in moved]


def _shifted(line: Sequence[int], moved: Collection[int], step: int) -> list[int]:
    """``line`` with each of ``moved`` one place further towards its front (-1) or end (1)."""
    shifted = list(line) if step < 0 else list(reversed(line))
    for place in range(1, len(shifted)):
        if shifted[place] in moved and shifted[place - 1] not in moved:
            shifted[place - 1], shifted[place] = shifted[place], shifted[place - 1]
    return shifted if step < 0 else list(reversed(shifted))


def _to_front(connection: Connection, task_ids: Collection[int]) -> list[int]:
    chosen = _waiting(connection, task_ids)
    if not chosen:
        return []
    others = downloads.c.state.in_(_ONCE_WAITING) & downloads.c.id.not_in(
        [task_id for task_id, _ in chosen]
    )
    highest = connection.execute(select(func.max(downloads.c.priority)).where(others)).scalar()
    priority = max([own for _, own in chosen] + ([] if highest is None else [highest]))
    first = connection.execute(select(func.min(downloads.c.rank))).scalar() or 0.0
    for number, (task_id, _) in enumerate(chosen):
        _put(connection, task_id, priority, first - len(chosen) + number)
    return [task_id for task_id, _ in chosen]


def _waiting(connection: Connection, task_ids: Collection[int]) -> list[tuple[int, int]]:
    query = select(downloads.c.id, downloads.c.priority).where(
        downloads.c.id.in_(list(task_ids)), downloads.c.state.in_(_ONCE_WAITING)
    )
    return [(row.id, row.priority) for row in connection.execute(query.order_by(*LINE))]


def _put(connection: Connection, task_id: int, priority: int, rank: float) -> None:
    connection.execute(
        update(downloads)
        .where(downloads.c.id == task_id)
        .values(priority=priority, rank=rank, revision=next_revision())
    )
