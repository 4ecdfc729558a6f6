"""Finds saved models, quickly however many there are.

Each condition of a search knows two things: which models it holds for, from an index, and how to
tell of one model whether it does. When one of them holds for few, those few are looked at; when all
hold for many, the models are walked through in the order that is wanted until enough are found.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from ..domain.shortcut import ShortcutQuery, ShortcutSort
from ..domain.text_search import SearchWords, gram, phrases, search_words
from . import shortcut_index, shortcut_labels

_FEW = 2000
"""So many are looked at and sorted in a few milliseconds."""

_LONGEST_WALK = 4000
_ORDERS = {
    ShortcutSort.ADDED: 's.added DESC, s.model_id DESC',
    ShortcutSort.NAME: 's.sort_name, s.model_id',
    ShortcutSort.PUBLISHED: 's.published DESC, s.model_id DESC',
    ShortcutSort.DOWNLOADS: 's.downloads DESC, s.model_id DESC',
    ShortcutSort.NOTED: 's.noted DESC, s.model_id DESC',
}


@dataclass(frozen=True)
class _Condition:
    """``models`` gives the ``model_id`` of those it holds for, ``test`` is true for a row of
    ``shortcuts s`` that it holds for; ``size`` is how many those are, or more than :data:`_FEW`.
    """

    models: str
    test: str
    size: int
    values: dict[str, Any] = field(default_factory=dict)


def found_ids(
    connection: Connection,
    query: ShortcutQuery,
    among: Collection[int] | None,
    after: int = 0,
    most: int | None = None,
) -> list[int]:
    """The models that are wanted, in the order that is: ``most`` of them behind the first
    ``after``.
    """
    conditions = _conditions(connection, query, among)
    order = _ORDERS[query.sort]
    if any(condition.size == 0 for condition in conditions):
        return []
    end = None if most is None else after + most
    if end is not None and end <= _FEW and all(one.size > _FEW for one in conditions):
        walked = _walked(connection, conditions, order, end)
        if walked is not None:
            return walked[after:]
    return _looked_at(connection, conditions, order, after, most)


def count_found(connection: Connection, query: ShortcutQuery, among: Collection[int] | None) -> int:
    """How many models are wanted."""
    conditions = _conditions(connection, query, among)
    if not conditions:
        return shortcut_labels.count_of(connection, shortcut_labels.ALL)
    if len(conditions) == 1 and among is None:
        return _count_one(connection, conditions[0])
    source, values = _source(conditions)
    return connection.exec_driver_sql(f'SELECT count(*) FROM {source}', values).scalar() or 0


def _count_one(connection: Connection, condition: _Condition) -> int:
    """Without a look at each: all that the condition holds for are saved, or were removed."""
    removed = f'SELECT count(*) FROM shortcuts s WHERE s.removed IS NOT NULL AND {condition.test}'
    statement = f'SELECT (SELECT count(*) FROM ({condition.models})) - ({removed})'
    return connection.exec_driver_sql(statement, condition.values).scalar() or 0


def _walked(
    connection: Connection, conditions: list[_Condition], order: str, end: int
) -> list[int] | None:
    """The first ``end`` of all models in order, None when that would be a long walk."""
    test = ' AND '.join(['1', *(condition.test for condition in conditions)])
    statement = (
        f'SELECT s.model_id, {test} FROM shortcuts s WHERE s.removed IS NULL'
        f' ORDER BY {order} LIMIT {_LONGEST_WALK + 1}'
    )
    found: list[int] = []
    walked = connection.exec_driver_sql(statement, _values(conditions))
    for number, (model_id, holds) in enumerate(walked):
        if number == _LONGEST_WALK:
            walked.close()
            return None
        if holds:
            found.append(model_id)
        if len(found) == end:
            walked.close()
            break
    return found


def _looked_at(
    connection: Connection,
    conditions: list[_Condition],
    order: str,
    after: int,
    most: int | None,
) -> list[int]:
    """The models that the strictest condition holds for, or all, as far as the others do too."""
    source, values = _source(conditions)
    limit = -1 if most is None else most
    statement = f'SELECT s.model_id FROM {source} ORDER BY {order} LIMIT {limit} OFFSET {after}'
    return list(connection.exec_driver_sql(statement, values).scalars())


def _source(conditions: list[_Condition]) -> tuple[str, dict[str, Any]]:
    """``CROSS JOIN`` has SQLite begin with the few and not with an index of the order."""
    if not conditions:
        return 'shortcuts s WHERE s.removed IS NULL', {}
    strictest = min(conditions, key=lambda condition: condition.size)
    others = [condition.test for condition in conditions if condition is not strictest]
    test = ' AND '.join(['s.removed IS NULL', *others])
    joined = f'({strictest.models}) few CROSS JOIN shortcuts s ON s.model_id = few.model_id'
    return f'{joined} WHERE {test}', _values(conditions)


def _values(conditions: Iterable[_Condition]) -> dict[str, Any]:
    return {name: value for one in conditions for name, value in one.values.items()}


# --- conditions -----------------------------------------------------------------------------------


def _conditions(
    connection: Connection, query: ShortcutQuery, among: Collection[int] | None
) -> list[_Condition]:
    found = list(_of_labels(connection, query))
    found += _of_text(connection, search_words(query.text))
    return found + ([] if among is None else [_of_numbers(among)])


def _of_labels(connection: Connection, query: ShortcutQuery) -> Iterator[_Condition]:
    wanted = {
        shortcut_labels.TYPE: query.types,
        shortcut_labels.BASE_MODEL: query.base_models,
        shortcut_labels.CLASS: () if query.class_name is None else (query.class_name,),
        shortcut_labels.TAG: () if query.tag is None else (query.tag,),
        shortcut_labels.FAVOURITE: ('',) if query.favourite else (),
        shortcut_labels.GONE: ('',) if query.gone else (),
    }
    for kind, names in wanted.items():
        if names:
            numbers = shortcut_labels.numbers_of(connection, kind, names)
            yield _of_label(numbers)


def _of_label(numbers: dict[int, int]) -> _Condition:
    """Any of those labels; ``numbers`` says how many models have each."""
    one_of = f"label_id IN ({', '.join(map(str, numbers))})"
    return _Condition(
        f'SELECT DISTINCT model_id FROM shortcut_labelled WHERE {one_of}',
        f'EXISTS (SELECT 1 FROM shortcut_labelled WHERE {one_of} AND model_id = s.model_id)',
        sum(numbers.values()),
    )


def _of_numbers(among: Collection[int]) -> _Condition:
    models = 'SELECT DISTINCT value AS model_id FROM json_each(:among)'
    return _Condition(
        models, f's.model_id IN ({models})', len(among), {'among': json.dumps(list(among))}
    )


def _of_text(connection: Connection, words: SearchWords) -> Iterator[_Condition]:
    indexed = shortcut_index.indexed(connection)
    if words.long:
        query = phrases(words.long)
        yield _of_words(connection, shortcut_index.LONG, query, words.long, indexed)
    if words.short:
        query = phrases(map(gram, words.short))
        yield _of_words(connection, shortcut_index.SHORT, query, words.short, indexed)


def _of_words(
    connection: Connection, table: str, query: str, words: tuple[str, ...], indexed: bool
) -> _Condition:
    """All of ``words``, by the index ``table`` or, without it, by reading all texts."""
    wanted = {f'{table}_{number}': word for number, word in enumerate(words)}
    places = ('head', 'rest') if table == shortcut_index.LONG else ('head',)
    test = ' AND '.join(
        '(' + ' OR '.join(f'instr(t.{place}, :{name})' for place in places) + ')' for name in wanted
    )
    models = f'SELECT t.model_id FROM shortcut_texts t WHERE {test}'
    test_one = f'EXISTS (SELECT 1 FROM shortcut_texts t WHERE t.model_id = s.model_id AND {test})'
    if not indexed:
        return _Condition(models, test_one, _FEW + 2, wanted)
    models = f'SELECT rowid AS model_id FROM {table} WHERE {table} MATCH :{table}'
    first = connection.exec_driver_sql(f'{models} LIMIT {_FEW + 1}', {table: query}).scalars()
    ids = list(first)
    if len(ids) > _FEW:
        return _Condition(models, test_one, _FEW + 1, {**wanted, table: query})
    few = f'SELECT value AS model_id FROM json_each(:{table})'  # what is known is not sought again
    return _Condition(few, test_one, len(ids), {**wanted, table: json.dumps(ids)})
