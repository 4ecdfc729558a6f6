"""How long finding takes among many saved models, and taking up those of the predecessor."""

from __future__ import annotations

import json
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from pydoc_data.topics import topics

from civitai_manager_libs.domain.shortcut import Shortcut, ShortcutQuery, ShortcutSort
from civitai_manager_libs.library.shortcut_exchange import Exchange
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.records import RecordStore
from civitai_manager_libs.store.shortcuts import ShortcutStore

from .measuring import Table

_FEW = 1000
_IMPORTED = 10_000
_SEARCHES = 200
_AT_ONCE = 5000
_LATIN = re.findall('[a-z]{3,}', ' '.join(topics.values()).lower())
"""Running English text that every Python brings along: words as common and as rare as words are."""

_TYPES = ('LORA', 'LORA', 'LORA', 'Checkpoint', 'TextualInversion', 'VAE', 'LoCon')
_BASES = ('SD 1.5', 'SDXL 1.0', 'Pony', 'Illustrious', 'Flux.1 D')
_CLASSES = ('人物', '風格', '背景', '服裝')


class _Made:
    """Models with names, tags, notes and descriptions as they are met, the same every time."""

    def __init__(self) -> None:
        self._source = random.Random(7)
        draw = self._source.randint
        self._han = [
            ''.join(chr(0x4E00 + draw(0, 1500)) for _ in range(draw(2, 4))) for _ in range(3000)
        ]

    def latin(self, most: int) -> list[str]:
        """Up to ``most`` words that follow each other in the text."""
        begin = self._source.randrange(len(_LATIN) - most)
        return _LATIN[begin : begin + self._source.randint(1, most)]

    def han(self) -> str:
        return self._source.choice(self._han)

    def model(self, number: int) -> tuple[Shortcut, str]:
        """A model and what stands in its description: 20 to 1500 signs."""
        choice, chance = self._source.choice, self._source.random
        shortcut = Shortcut(
            number,
            ' '.join([*self.latin(4), self.han()]).title(),
            type=choice(_TYPES),
            creator=choice(_LATIN) + str(number % 997),
            base_models=tuple(self._source.sample(_BASES, self._source.randint(1, 2))),
            tags=tuple(dict.fromkeys(self.latin(8))),
            published=1.7e9 + 1e8 * chance(),
            downloads=int(1e6 * chance() ** 4),
            cover=f'https://image.civitai.com/{number}.jpeg',
            note=f'{self.han()}，{self.han()}' if chance() < 0.2 else '',
            own_tags=(self.han(),) if chance() < 0.1 else (),
            classes=(choice(_CLASSES),) if chance() < 0.4 else (),
            favourite=chance() < 0.05,
            added=1.7e9 + 1e8 * chance(),
        )
        return shortcut, ' '.join(self.latin(200))

    def long_words(self) -> Iterator[str]:
        """What somebody types, of three signs or more: words of any text, beginnings and ends of
        words, two words, words of a name in Chinese.
        """
        while True:
            word = self._source.choice(_LATIN)
            yield word
            yield word[: self._source.randint(3, 5)]
            yield word[-self._source.randint(3, 5) :]
            yield ' '.join(self.latin(2))
            yield next(word for word in iter(self.han, '') if len(word) > 2)

    def short_words(self) -> Iterator[str]:
        """The same of one and two signs."""
        while True:
            yield self.han()[:2]
            yield self.han()[:2]
            yield self._source.choice(_LATIN)[:2]
            yield self.han()[:1]


def finding(folder: Path, thousands: int, rounds: int) -> list[Table]:
    """``thousands`` times a thousand models against one thousand; every search once a round."""
    many = thousands * 1000
    table = Table(
        'Finding among saved models, milliseconds', [['what', 'models', 'median', 'p95', 'longest']]
    )
    lines: list[list[list[str]]] = []
    for count in (_FEW, many):
        made = _Made()
        store = _filled(folder / f'{count}.db', made, count)
        lines.append(
            [[what, f'{count:,}', *cells] for what, cells in _searches(store, made, rounds)]
        )
    table.lines += [line for pair in zip(*lines) for line in pair]
    return [table, _imported(folder, rounds)]


def _filled(path: Path, made: _Made, count: int) -> ShortcutStore:
    store = ShortcutStore(Database(path))
    for begin in range(1, count + 1, _AT_ONCE):
        numbers = range(begin, min(begin + _AT_ONCE, count + 1))
        models = [made.model(number) for number in numbers]
        words = {shortcut.model_id: text for shortcut, text in models}
        store.add([shortcut for shortcut, _ in models], words)
    return store


def _searches(store: ShortcutStore, made: _Made, rounds: int) -> Iterator[tuple[str, list[str]]]:
    long, short = made.long_words(), made.short_words()
    long_ones = [ShortcutQuery(text=next(long)) for _ in range(_SEARCHES)]
    short_ones = [ShortcutQuery(text=next(short)) for _ in range(_SEARCHES)]
    pages = [ShortcutQuery(sort=sort) for sort in ShortcutSort]
    pages += [
        ShortcutQuery(types=(kind,), base_models=(base,)) for kind in _TYPES for base in _BASES
    ]
    pages += [ShortcutQuery(class_name=name, sort=ShortcutSort.NAME) for name in _CLASSES]
    found = store.find
    yield 'text of three signs or more', _timed(found, long_ones, rounds)
    yield 'text of one or two signs', _timed(found, short_ones, rounds)
    yield 'a page of 50, by filters and orders', _timed(found, pages, rounds)
    yield 'all counts and the first page', _timed(
        lambda query: (store.counts(), found(query)), [ShortcutQuery()] * 20, rounds
    )


def _timed(
    call: Callable[[ShortcutQuery], object], queries: Sequence[ShortcutQuery], rounds: int
) -> list[str]:
    """Each query counts as its median over the rounds."""
    times = sorted(
        statistics.median(_once(call, query) for _ in range(rounds)) for query in queries
    )
    chosen = (statistics.median(times), times[int(0.95 * len(times))], times[-1])
    return [f'{value:.1f}' for value in chosen]


def _once(call: Callable[[ShortcutQuery], object], query: ShortcutQuery) -> float:
    begun = time.perf_counter()
    call(query)
    return 1000 * (time.perf_counter() - begun)


def _imported(folder: Path, rounds: int) -> Table:
    """Ten thousand entries of the predecessor with what Civitai had said of one in ten."""
    source = folder / 'data_sc'
    _write_predecessor(source, _IMPORTED)
    times = []
    for number in range(rounds):
        database = Database(folder / f'imported{number}.db')
        store = ShortcutStore(database)
        exchange = Exchange(store, RecordStore(database), lambda address, content: None)
        begun = time.perf_counter()
        report = exchange.import_from(source)
        times.append(time.perf_counter() - begun)
        assert len(report.taken) == store.counts().all == _IMPORTED and not report.problems
        database.close()
    table = Table("Import of the predecessor's data_sc", [['entries', 'time']])
    table.lines.append([f'{_IMPORTED:,}', f'{statistics.median(times):.1f} s'])
    return table


def _write_predecessor(folder: Path, count: int) -> None:
    made = _Made()
    members: dict[str, list[str]] = {name: [] for name in _CLASSES}
    entries = {}
    for number in range(1, count + 1):
        shortcut, text = made.model(number)
        entries[str(number)] = {
            'id': number,
            'type': shortcut.type,
            'name': shortcut.name,
            'tags': list(shortcut.tags),
            'nsfw': False,
            'url': f'https://civitai.com/models/{number}',
            'note': shortcut.note,
            'date': '2024-05-06 07:08:09',
            'versionid': number * 10,
            'imageurl': shortcut.cover,
        }
        for name in shortcut.classes:
            members[name].append(str(number))
        if number % 10 == 0:
            place = folder / 'sc_infos' / str(number)
            place.mkdir(parents=True)
            said = {'id': number, 'name': shortcut.name, 'description': text, 'modelVersions': []}
            (place / f'{number}.civitai.info').write_text(json.dumps(said))
    classes = {name: {'info': '', 'shortcuts': ids} for name, ids in members.items()}
    (folder / 'CivitaiShortCut.json').write_text(json.dumps(entries))
    (folder / 'CivitaiShortCutClassification.json').write_text(json.dumps(classes))
