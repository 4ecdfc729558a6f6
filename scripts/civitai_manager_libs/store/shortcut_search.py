"""Finds saved models, quickly however many there are.

Each condition of a search knows two things: which models it holds for, from an index, and how to
tell of one model whether it does. When one of them holds for few, those few are looked at; when all
hold for many, the models are walked through in the order that is wanted until enough are found.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from ..domain.shortcut import ShortcutQuery, ShortcutSort
from ..domain.text_search import SearchWords, gram, phrases, search_words, some_trigrams
from . import shortcut_index, shortcut_labels
from .numbers import LARGEST

_FEW = 3000
"""So many are looked at and sorted in a few milliseconds."""

_LONGEST_WALK = 8000
_SOON = 1000  # it shows whether a walk will be a long one
_STEPS_AT_ONCE = (100, 800)
_STEPS = 10  # of a walk take as long as looking at one model
_ORDERS = {
    ShortcutSort.ADDED: 's.added DESC, s.model_id DESC',
    ShortcutSort.NAME: 's.sort_name, s.model_id',
    ShortcutSort.PUBLISHED: 's.published DESC, s.model_id DESC',
    ShortcutSort.DOWNLOADS: 's.downloads DESC, s.model_id DESC',
    ShortcutSort.NOTED: 's.noted DESC, s.model_id DESC',
}


@dataclass(frozen=True)
class _Condition:
    """``models`` gives the ``model_id`` of those it holds for, ``test`` is true for ``s.model_id``
    of one of them; ``size`` is how many those are at most, or more than :data:`_FEW`. Of models up
    to the number ``known_to`` it holds for none but ``known``, and for all of them if ``certain``.
    """

    models: str
    test: str
    size: int
    values: dict[str, Any] = field(default_factory=dict)
    known: frozenset[int] = frozenset()
    known_to: int = 0
    certain: bool = True


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
    if end is not None and _worth_a_walk(connection, conditions, end):
        walked = _walked(connection, conditions, order, end)
        if walked is not None:
            return walked[after:]
    return _looked_at(connection, conditions, order, after, most)


def _worth_a_walk(connection: Connection, conditions: list[_Condition], end: int) -> bool:
    """Whether ``end`` models are probably found sooner on the way than by looking at all that the
    strictest condition holds for.
    """
    if not conditions or end > _FEW:
        return False
    fewest = min(condition.size for condition in conditions)
    every = shortcut_labels.count_of(connection, shortcut_labels.ALL)
    return fewest > _FEW or end * every <= min(_STEPS * fewest, _LONGEST_WALK) * fewest


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
    statement = f'SELECT s.model_id FROM shortcuts s WHERE s.removed IS NULL ORDER BY {order}'
    found: list[int] = []
    with closing(connection.exec_driver_sql(statement)) as walked:
        ids, steps, walk = walked.scalars(), _STEPS_AT_ONCE[0], 0
        while passed := ids.fetchmany(steps):
            found += _holding(connection, conditions, passed)
            if len(found) >= end:
                return found[:end]
            walk += len(passed)
            left = (end - len(found)) * walk // max(len(found), 1)  # if it goes on like this
            if walk >= _LONGEST_WALK or walk > _SOON and walk + left > 2 * _LONGEST_WALK:
                return None
            steps = sorted((left, *_STEPS_AT_ONCE))[1]
    return found


def _holding(
    connection: Connection, conditions: list[_Condition], ids: Iterable[int]
) -> Iterable[int]:
    """Those of ``ids`` that all conditions hold for, in their order."""
    for one in conditions:
        ids = [number for number in ids if number > one.known_to or number in one.known]
    for one in conditions:
        asked = {number for number in ids if number > one.known_to or not one.certain}
        if asked:
            given = 'SELECT value AS model_id FROM json_each(:asked)'
            statement = f'SELECT s.model_id FROM ({given}) s WHERE {one.test}'
            values = {**one.values, 'asked': json.dumps(list(asked))}
            failed = asked.difference(connection.exec_driver_sql(statement, values).scalars().all())
            ids = [number for number in ids if number not in failed]
    return ids


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
    return list(connection.exec_driver_sql(statement, values).scalars().all())


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
        models,
        f's.model_id IN ({models})',
        len(among),
        {'among': json.dumps(list(among))},
        frozenset(among),
        LARGEST,
    )


def _of_text(connection: Connection, words: SearchWords) -> Iterator[_Condition]:
    indexed = shortcut_index.indexed(connection)
    if words.long:
        query, rough = phrases(words.long), phrases(some_trigrams(words.long))
        text = _Text(shortcut_index.LONG, words.long, query, rough)
        yield _of_words(connection, text) if indexed else _of_all_texts(text)
    if words.short:
        query = phrases(map(gram, words.short))
        text = _Text(shortcut_index.SHORT, words.short, query, query)
        yield _of_words(connection, text) if indexed else _of_all_texts(text)


@dataclass(frozen=True)
class _Text:
    """All of ``words``, which the index ``table`` finds by ``query``, and some more by ``rough``,
    in less time.
    """

    table: str
    words: tuple[str, ...]
    query: str
    rough: str

    @property
    def values(self) -> dict[str, str]:
        """The words by the names that :attr:`test` has for them."""
        return {f'{self.table}_{number}': word for number, word in enumerate(self.words)}

    @property
    def test(self) -> str:
        """True for the texts ``t`` of a model that has all of the words."""
        places = ('head', 'rest') if self.table == shortcut_index.LONG else ('head',)
        return ' AND '.join(
            '(' + ' OR '.join(f'instr(t.{place}, :{name})' for place in places) + ')'
            for name in self.values
        )

    @property
    def test_one(self) -> str:
        """The same for a row of ``shortcuts s``."""
        mine = 't.model_id = s.model_id'
        return f'EXISTS (SELECT 1 FROM shortcut_texts t WHERE {mine} AND {self.test})'


def _of_all_texts(text: _Text) -> _Condition:
    """Without the index, by reading all there are."""
    models = f'SELECT t.model_id FROM shortcut_texts t WHERE {text.test}'
    return _Condition(models, text.test_one, _FEW + 2, dict(text.values))


def _of_words(connection: Connection, text: _Text) -> _Condition:
    """By the index, which is asked for few of them in any case."""
    table, certain = text.table, text.rough == text.query
    models = f'SELECT rowid AS model_id FROM {table} WHERE {table} MATCH :{table}'
    first = f'{models} ORDER BY rowid LIMIT {_FEW + 1}'
    ids = connection.exec_driver_sql(first, {table: text.rough}).scalars().all()
    known = frozenset(ids)
    if len(ids) > _FEW:
        values = {**text.values, table: text.query}
        return _Condition(models, text.test_one, len(ids), values, known, ids[-1], certain)
    models = f'SELECT value AS model_id FROM json_each(:{table})'  # not sought again
    if not certain:
        joined = f'({models}) k CROSS JOIN shortcut_texts t ON t.model_id = k.model_id'
        models = f'SELECT t.model_id FROM {joined} WHERE {text.test}'
    values = {**text.values, table: json.dumps(ids)}
    return _Condition(models, text.test_one, len(ids), values, known, LARGEST, certain)
