"""Where the pictures of saved models lie, and which of them are still to come.

``pictures/ab/KEY`` is one picture by what names it, ``thumbs/ab/KEY`` a small one until that is
there, ``models/5a/NUMBER.json`` says which belong to a model. The same file lies in ``wanted``
while some of them are missing, so that whoever comes after a killed process knows them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..domain.models import Picture
from ..domain.picture_links import picture_identity
from ..store.files import disk_error, make_folder
from ..store.locks import try_lock

_LEFT_SECONDS = 3600.0  # a file on its way is in its place within moments
_SHELVES = 256


@dataclass(frozen=True)
class PicturePlan:
    """The pictures of a model that are to be kept, as addresses with their types, and addresses
    that were kept before and go when those are all here.
    """

    model_id: int
    pictures: tuple[tuple[str, str], ...]
    older: tuple[str, ...] = ()

    @property
    def addresses(self) -> frozenset[str]:
        """All that may lie here because of this plan."""
        return frozenset(self.older).union(url for url, _ in self.pictures)


class PictureShelf:
    """The files of it. Thread-safe, and shared by processes; methods that write raise the errors of
    :func:`.disk_error`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wanted = folder / 'wanted'
        self._lock = threading.Lock()

    # --- pictures ---------------------------------------------------------------------------------

    def place(self, url: str) -> Path:
        """Where the picture at ``url`` belongs."""
        key = _key_of(url)
        return self._folder / 'pictures' / key[:2] / key

    def kept(self, url: str) -> Path | None:
        """The picture at ``url``, or the small one that stands for it; None without either."""
        return next((path for path in (self.place(url), self._thumb(url)) if path.is_file()), None)

    def adopt(self, url: str, content: bytes) -> None:
        """A small picture that stands for the one at ``url`` until that is here."""
        self._write(self._thumb(url), content)

    def came(self, url: str) -> None:
        """The picture at ``url`` is here: nothing needs to stand for it."""
        self._remove(self._thumb(url))

    # --- which of them are wanted -----------------------------------------------------------------

    def want(self, model_id: int, pictures: Sequence[Picture]) -> bool:
        """Note which pictures the model is to have; gives whether any of them is missing."""
        chosen = tuple({one.url: (one.url, one.type) for one in pictures}.values())
        with self._lock:
            before = self._read(self._wanting(model_id)) or self._read(self._having(model_id))
            here = {picture_identity(url) for url, _ in chosen}
            known = before.addresses if before is not None else frozenset()
            older = (url for url in known if picture_identity(url) not in here)
            plan = PicturePlan(model_id, chosen, tuple(sorted(older)))
            if all(self.place(url).exists() for url, _ in chosen):
                if plan != before:
                    self._write(self._having(model_id), _encoded(self._tidied(plan)))
                self._remove(self._wanting(model_id))
                return False
            self._write(self._wanting(model_id), _encoded(plan))
            return True

    def planned(self) -> frozenset[int]:
        """The models of which it was noted which pictures they are to have."""
        found: set[int] = set()
        shelves = self._folder / 'models'
        for folder in (self._wanted, *(shelves / name for name in _names_in(shelves))):
            for name in _names_in(folder):
                number, _, ending = name.partition('.')
                if number.isdigit() and ending == 'json':
                    found.add(int(number))
        return frozenset(found)

    def unfinished(self) -> list[int]:
        """The models that still want pictures, those first that were noted last."""
        found: list[tuple[int, int]] = []
        try:
            with os.scandir(self._wanted) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):  # it has just been finished
                        self._look_at(entry, found)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise disk_error(error, self._wanted) from error
        return [model_id for _, model_id in sorted(found, reverse=True)]

    def _look_at(self, entry: os.DirEntry[str], found: list[tuple[int, int]]) -> None:
        name, _, ending = entry.name.partition('.')
        if name.isdigit() and ending == 'json':
            found.append((entry.stat().st_mtime_ns, int(name)))
        elif time.time() - entry.stat().st_mtime > _LEFT_SECONDS:
            os.unlink(entry.path)  # a killed process has left it

    def plan(self, model_id: int) -> PicturePlan | None:
        """What the model still wants; None when nothing. What is torn is thrown away."""
        with self._lock:
            found = self._read(self._wanting(model_id))
            if found is None:
                self._remove(self._wanting(model_id))
            return found

    def finish(self, plan: PicturePlan) -> None:
        """All pictures of ``plan`` that can be had are here. Whoever wants others by now still
        does; of a model that was dropped meanwhile nothing stays.
        """
        with self._lock:
            now = self._read(self._wanting(plan.model_id))
            if now == plan:
                self._write(self._having(plan.model_id), _encoded(self._tidied(plan)))
                self._remove(self._wanting(plan.model_id))
            elif now is None and self._read(self._having(plan.model_id)) is None:
                self._remove_pictures(plan)

    def drop(self, model_id: int) -> None:
        """Let go of all that is kept or wanted for a model."""
        with self._lock:
            for path in (self._wanting(model_id), self._having(model_id)):
                plan = self._read(path)
                self._remove(path)
                if plan is not None:
                    self._remove_pictures(plan)

    def hold(self) -> int | None:
        """Become the only process that fetches, until the handle is closed; None while another one
        is.
        """
        make_folder(self._folder)
        try:
            handle = os.open(self._folder / '.fetching', os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise disk_error(error, self._folder) from error
        if try_lock(handle):
            return handle
        os.close(handle)
        return None

    # --- files ------------------------------------------------------------------------------------

    def _thumb(self, url: str) -> Path:
        key = _key_of(url)
        return self._folder / 'thumbs' / key[:2] / key

    def _wanting(self, model_id: int) -> Path:
        return self._wanted / f'{model_id}.json'

    def _having(self, model_id: int) -> Path:
        return self._folder / 'models' / f'{model_id % _SHELVES:02x}' / f'{model_id}.json'

    def _tidied(self, plan: PicturePlan) -> PicturePlan:
        """``plan`` without what was kept before, if everything else is here: a picture that cannot
        be had any more must not cost those that stand for it.
        """
        if not all(self.place(url).exists() for url, _ in plan.pictures):
            return plan
        for url in plan.older:
            self._remove(self.place(url))
            self._remove(self._thumb(url))
        return PicturePlan(plan.model_id, plan.pictures)

    def _remove_pictures(self, plan: PicturePlan) -> None:
        for url in plan.addresses:
            self._remove(self.place(url))
            self._remove(self._thumb(url))

    def _read(self, path: Path) -> PicturePlan | None:
        try:
            return _decoded(int(path.stem), json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(error, path) from error
        except ValueError:  # torn by a power cut
            return None

    def _write(self, path: Path, content: bytes) -> None:
        """Whole or not at all; not forced to the disk, for it can be made again."""
        make_folder(path.parent)
        temporary = path.with_name(f'.{uuid.uuid4().hex}')
        try:
            temporary.write_bytes(content)
            os.replace(temporary, path)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise disk_error(error, path, len(content)) from error

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error, path) from error


def _names_in(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise disk_error(error, folder) from error


def _encoded(plan: PicturePlan) -> bytes:
    return json.dumps({'pictures': plan.pictures, 'older': plan.older}).encode()


def _decoded(model_id: int, said: Any) -> PicturePlan:
    """Raises ValueError for what we have not written."""
    try:
        pictures = tuple((str(url), str(kind)) for url, kind in said['pictures'])
        return PicturePlan(model_id, pictures, tuple(map(str, said['older'])))
    except (KeyError, TypeError) as error:
        raise ValueError('no plan') from error


def _key_of(url: str) -> str:
    return hashlib.sha256(picture_identity(url).encode('utf-8', 'surrogatepass')).hexdigest()
