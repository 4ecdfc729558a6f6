"""Classes that the person sorts saved models into, as functions of a connection."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from ..domain.text_search import storable_text
from ..errors import ClassUnknown
from . import shortcut_labels
from .tables import shortcut_classes

_NAME = shortcut_classes.c.name


@dataclass(frozen=True)
class ShortcutClass:
    """A class: its name, what the person says of it, and how many models are in it."""

    name: str
    info: str
    count: int


def read_classes(connection: Connection) -> list[ShortcutClass]:
    """All classes by name."""
    counts = shortcut_labels.most_used(connection, shortcut_labels.CLASS)
    rows = connection.execute(select(shortcut_classes).order_by(func.lower(_NAME), _NAME))
    return [ShortcutClass(row.name, row.info, counts.get(row.name, 0)) for row in rows]


def describe_class(connection: Connection, name: str, info: str | None, now: float) -> None:
    """Make a class, or say something else of it; None leaves what is said of one that is there."""
    row = {'name': name, 'info': storable_text(info or ''), 'since': now}
    statement = insert(shortcut_classes)
    same = statement.on_conflict_do_update(['name'], set_={'info': statement.excluded.info})
    connection.execute(statement.on_conflict_do_nothing() if info is None else same, row)


def move_class(connection: Connection, old: str, new: str) -> None:
    """Give a class another name; one that has that name already stays. Raises
    :class:`.ClassUnknown`.
    """
    row = connection.execute(select(shortcut_classes).where(_NAME == old)).first()
    if row is None:
        raise ClassUnknown(name=old)
    remove_class(connection, old)
    values = {'name': new, 'info': row.info, 'since': row.since}
    connection.execute(insert(shortcut_classes).on_conflict_do_nothing(), values)


def remove_class(connection: Connection, name: str) -> None:
    """Forget a class, not what is in it; raises :class:`.ClassUnknown`."""
    if not connection.execute(delete(shortcut_classes).where(_NAME == name)).rowcount:
        raise ClassUnknown(name=name)
