"""Which pictures have been downloaded: what they contain, what they look like, where they lie."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ..errors import ShortcutError
from ..memory import guard
from ..store.hashed import file_state
from ..store.pictures import PictureKeys, PictureRow, PictureStore
from ..util import without_query
from .index import Keys, Looks, number_of

ACCOUNT = 'picture_index'
_FLUSH_ROWS = 512
_FLUSH_SECONDS = 2.0
_LOOK_SECONDS = 1.0
_ROWS_AT_ONCE = 20_000
_MOST_OTHERS = 100
_NUMBER_BYTES = 8
_log = logging.getLogger('civitai_shortcut')


def address_key(address: str) -> str | None:
    """What stands for an address: two with the same are the same picture. None where the query
    says which one it is.
    """
    return None if '?' in address else without_query(address)


def row_of(
    path: Path, sha256: str, look: int | None, image_id: int | None, address: str
) -> PictureRow:
    """What is to be remembered of the file at ``path`` as it is now: it came from ``address`` with
    that content. ``sha256`` stays that of what was received when generation data are written into
    the file. Raises :class:`OSError`.
    """
    state, key = file_state(path), address_key(address)
    look_text = None if look is None else f'{look:016x}'
    return PictureRow(str(path), state.size, state.changed, sha256, look_text, image_id, key)


def with_source(row: PictureRow, image_id: int | None, address: str) -> PictureRow:
    """``row`` as what is had of the picture of that number or, without one, from ``address``, too:
    it is the same, so that nobody need fetch it to find that out once more.
    """
    source = address_key(address) if image_id is None else image_id
    if source is None or source in sources_of(row) or '\n' in str(source):
        return row
    lines = [*_lines(row), str(source)]
    return replace(row, others='\n'.join(lines[-_MOST_OTHERS:]))


def sources_of(row: PictureRow | PictureKeys) -> list[int | str]:
    """Numbers and addresses of all pictures that ``row`` stands for."""
    return [*(key for key in (row.image_id, row.address) if key is not None), *_others_of(row)]


class _Rows:
    """Rows in memory, found by all that they are looked for by."""

    def __init__(self) -> None:
        self.by_path: dict[str, PictureRow] = {}
        self._by_key: dict[object, dict[str, PictureRow]] = {}

    def put(self, row: PictureRow) -> None:
        """Remember ``row`` in place of what was known of its path."""
        self.remove(row.path)
        self.by_path[row.path] = row
        for key in _keys(row):
            self._by_key.setdefault(key, {})[row.path] = row

    def remove(self, path: str) -> None:
        """Nothing is known of ``path``."""
        row = self.by_path.pop(path, None)
        for key in _keys(row) if row is not None else ():
            group = self._by_key[key]
            del group[path]
            if not group:
                del self._by_key[key]

    def having(self, key: object) -> list[PictureRow]:
        """Rows with that SHA256, image id or address."""
        return list(self._by_key.get(key, {}).values())

    def alike(self, look: int, distance: int) -> list[PictureRow]:
        """Rows whose look differs in at most ``distance`` bits."""
        return [row for row in self.by_path.values() if _is_near(row, look, distance)]


class KnownPictures:
    """Rows of the table ``pictures``, of ``store`` or, without one, of this object's life. A file
    that has changed or gone since is not believed. Thread-safe.

    Rows are written together, every second or two; a process that is killed forgets the last ones,
    which costs no more than a duplicate that is not found.
    """

    def __init__(self, store: PictureStore | None = None) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._fresh = _Rows()
        self._since = 0.0
        self._counted = False
        self._seen = 0
        self._empty()

    # --- finding ----------------------------------------------------------------------------------

    def at(self, path: Path) -> PictureRow | None:
        """What is known of the file at ``path``, as it is now."""
        if not path.exists():
            return None
        with self._lock:
            row = self._fresh.by_path.get(str(path))
            if row is None and self._store is not None:
                row = next(iter(self._store.at(str(path))), None)
        return row if row is not None and _is_true(row) else None

    def of_source(self, image_id: int | None, address: str) -> list[PictureRow]:
        """Files of the picture of that number or, without one, from that address."""
        key = address_key(address) if image_id is None else image_id
        if key is None:
            return []
        with self._lock:
            found = self._fresh.having(key)
            self._refresh()
            number = _source_key(key)
            store = self._store if number in self._sources else None
            among_others = number in self._others
            if store is not None:
                found += store.of_image(key) if isinstance(key, int) else store.of_address(key)
        true = _true(found)
        if store is not None and among_others and not true:
            true = _true(store.having_other(str(key)))
        return true

    def holding(self, sha256: str) -> list[PictureRow]:
        """Files with that content."""
        with self._lock:
            found = self._fresh.having(sha256)
            self._refresh()
            if self._store is not None and int(sha256[:16], 16) in self._contents:
                found += self._store.holding(sha256)
        return _true(found)

    def alike(self, look: int, distance: int) -> list[PictureRow]:
        """Files whose look differs in at most ``distance`` bits (no more than :data:`.NEAR`)."""
        with self._lock:
            found = self._fresh.alike(look, distance)
            self._refresh()
            near = self._looks.near(look, distance)
            if self._store is not None and near:
                found += self._store.looking([f'{one:016x}' for one in near])
        return _true(found)

    # --- remembering ------------------------------------------------------------------------------

    def remember(self, row: PictureRow) -> None:
        """``row`` (see :func:`row_of`) holds; what was known of its path before is forgotten."""
        with self._lock:
            if not self._fresh.by_path:
                self._since = time.monotonic()
            self._fresh.put(row)

    def flush_when_due(self) -> None:
        """Write rows that have become many, or waited for long."""
        waited = time.monotonic() - self._since
        many = len(self._fresh.by_path) >= _FLUSH_ROWS
        if self._store is None or not (many or waited > _FLUSH_SECONDS):
            return
        try:
            self.flush()
        except ShortcutError as error:  # the pictures themselves are there, and this can wait
            self._since = time.monotonic()
            _log.warning('pictures: not remembered yet: %s', error)

    def forget(self, path: Path) -> None:
        """Nothing is known of ``path`` any more."""
        with self._lock:
            self._fresh.remove(str(path))
            if self._store is not None:
                self._store.forget(str(path))
                self._seen = min(self._seen, self._store.newest())  # its number is given again

    def flush(self) -> None:
        """Write what is not written yet."""
        with self._lock:
            if self._store is not None and self._fresh.by_path:
                self._store.write(list(self._fresh.by_path.values()))
                self._fresh = _Rows()
                self._looked = 0.0

    # --- the index --------------------------------------------------------------------------------

    def _refresh(self) -> None:
        """Take in what this and other processes have written since; the caller has the lock."""
        if self._store is None or time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        if not self._counted:
            self._counted = True
            guard.register_cache(ACCOUNT, self._size, self._shrink)
        while rows := self._store.keys_after(self._seen, _ROWS_AT_ONCE):
            self._take_in(rows)
        self._looked = time.monotonic()

    def _take_in(self, rows: list[PictureKeys]) -> None:
        self._contents.update(int(row.sha256[:16], 16) for row in rows)
        self._looks.update(int(row.look, 16) for row in rows if row.look)
        self._sources.update(_source_key(key) for row in rows for key in sources_of(row))
        self._others.update(_source_key(key) for row in rows for key in _others_of(row))
        self._seen = rows[-1].number

    def _empty(self) -> None:
        self._contents, self._sources, self._looks = Keys(), Keys(), Looks()
        self._others = Keys()  # of the sources, those that a search has to read the table for
        self._seen = 0
        self._looked = 0.0

    def _size(self) -> int:
        held = len(self._contents) + len(self._sources) + len(self._others) + len(self._looks)
        return held * _NUMBER_BYTES

    def _shrink(self) -> None:
        """Let go of the index; it is read again when it is needed."""
        with self._lock:
            self._empty()


def _keys(row: PictureRow) -> tuple[object, ...]:
    return (row.sha256, *sources_of(row))


def _others_of(row: PictureRow | PictureKeys) -> list[int | str]:
    return [int(one) if one.isdecimal() else one for one in _lines(row)]


def _lines(row: PictureRow | PictureKeys) -> list[str]:
    return row.others.split('\n') if row.others else []


def _source_key(key: int | str) -> int:
    return number_of(f'image {key}' if isinstance(key, int) else key)


def _is_near(row: PictureRow, look: int, distance: int) -> bool:
    return row.look is not None and (int(row.look, 16) ^ look).bit_count() <= distance


def _true(rows: Iterable[PictureRow]) -> list[PictureRow]:
    """Those whose files are as they were; each path once, the first of them."""
    found: dict[str, PictureRow] = {}
    for row in rows:
        found.setdefault(row.path, row)
    return [row for row in found.values() if _is_true(row)]


def _is_true(row: PictureRow) -> bool:
    try:
        state = file_state(Path(row.path))
    except OSError:
        return False
    return (state.size, state.changed) == (row.size, row.changed)
