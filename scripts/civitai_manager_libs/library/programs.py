"""WebUIs and ComfyUI on this machine, whose folders can be used for models; and other folders that
somebody names.

Nothing is opened but folders, and of each program its readme. A search ends after so many folders
and seconds, wherever it is then.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import string
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..domain.programs import EXTENSIONS, Program, may_lead_to_one, program_in, sounds_like_one
from ..errors import FolderMissing, FolderUnnamed
from ..store.files import disk_error, nearest_folder
from ..util import from_home

MOST_FOLDERS = 4_000
MOST_SECONDS = 12.0
_WINDOWS = re.compile(r'[A-Za-z]:(\\|$)|\\\\')  # the beginning of a path there
_MOST_ENTRIES = 1_000  # of one folder
_DEEPEST = 5
_MODELS_BELOW = 3  # a folder of models lies so far below its program
_README_BYTES = 400
_MOST_SIGNS = 300  # of a folder that is not there, in a message
_MOST_COUNTED = 30_000  # entries that are looked at to count models
_COUNT_SECONDS = 4.0
_IN_HOME = ('AI', 'ai', 'apps', 'code', 'dev', 'git', 'github', 'projects', 'repos', 'src', 'work')
_ASKED_FOR = ('Desktop', 'Documents', 'Downloads')  # macOS asks the person before one may look


@dataclass(frozen=True)
class ModelPlace:
    """A folder for models: that of a ``program``, or any other (None). It has so many ``models``
    (``more`` if not all were counted) and ``free`` bytes of room; None when that cannot be told.
    """

    program: Program | None
    root: Path
    models: int = 0
    more: bool = False
    free: int | None = None


def place_at(typed: str) -> ModelPlace:
    """The folder somebody has ``typed``: a program's if it is one or lies among its models, else
    that folder itself. Takes a moment. Raises :class:`FolderUnnamed` for nothing,
    :class:`FolderMissing` for one that is not there or not named from its root on,
    :class:`NotWritable`.
    """
    if not typed.strip().strip('"\''):
        raise FolderUnnamed()
    folder = from_home(typed.strip().strip('"\''))
    real = _real(folder) if folder.is_absolute() else None
    if real is None:
        raise FolderMissing(path=_cut(folder))
    try:
        with tempfile.TemporaryFile(dir=real):
            pass
    except OSError as error:
        raise disk_error(error, real) from error
    for root in (real, *real.parents[:_MODELS_BELOW]):
        program = _program(root, _names(root))
        if program is not None:
            return measured(program, root)
    return measured(None, real)


def check_place(folder: Path) -> None:
    """That files can be put into ``folder``, which need not be there as long as it can be made.
    Takes a moment. Raises :class:`FolderMissing`, :class:`NotWritable`.
    """
    near = nearest_folder(folder)
    foreign = os.name != 'nt' and near != folder and any(map(_WINDOWS.match, folder.parts))
    if foreign or not near.is_dir():
        raise FolderMissing(path=_cut(folder.name if foreign else folder))
    try:
        with tempfile.TemporaryFile(dir=near):
            pass
    except OSError as error:
        raise disk_error(error, folder) from error


def _cut(folder: Path | str) -> str:
    """What was typed, no longer than somebody reads."""
    name = str(folder)
    return name if len(name) <= _MOST_SIGNS else f'{name[:_MOST_SIGNS]}…'


def measured(program: Program | None, root: Path) -> ModelPlace:
    """The place ``root`` with its models and the room there; takes a moment."""
    folders = [root / 'models', root / 'embeddings'] if program is not None else [root]
    models, more = _count(folders)
    return ModelPlace(program, root, models, more, free_at(folders[0]))


def free_at(folder: Path) -> int | None:
    """The room in ``folder``, or where it would be made."""
    for place in (folder, *folder.parents):
        try:
            return shutil.disk_usage(place).free
        except OSError:
            continue
    return None


def other_folders(root: Path) -> dict[str, tuple[Path, ...]]:
    """Folders by kind in which the program in ``root`` differs from the layout ``a1111``."""
    among = root / 'models' / 'embeddings'
    own = among.is_dir() and not (root / 'embeddings').is_dir()
    return {'TextualInversion': (among,)} if own else {}


def usual_places(home: Path, beside: Iterable[Path]) -> list[Path]:
    """Where people put such programs: around the folders ``beside``, in their ``home``, at the top
    of every drive. Only what is there.
    """
    near = [up for one in beside for up in (one, *one.parents[:3])]
    asked = () if sys.platform == 'darwin' else _ASKED_FOR
    in_home = [home, *(home / name for name in (*asked, *_IN_HOME))]
    places = dict.fromkeys(_real(place) for place in (*near, *in_home, *_drives()))
    whole_disk = None if os.name == 'nt' else Path('/')
    return [place for place in places if place is not None and place != whole_disk]


def _drives() -> list[Path]:
    if os.name == 'nt':
        return [Path(f'{letter}:\\') for letter in string.ascii_uppercase[2:]]
    tops = [Path(name) for name in ('/opt', '/srv', '/data', '/workspace')]
    for holder, below in (('/mnt', 1), ('/media', 2), ('/run/media', 2), ('/Volumes', 1)):
        found = [Path(holder)]
        for _ in range(below):
            found = [one / name for one in found for name in _folders(one)]
            tops += found
    return tops


def find_programs(
    places: Iterable[Path],
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[ModelPlace]:
    """The programs in and around ``places`` as they are found, each once. A folder whose name says
    something is looked through deeper than others.
    """
    search = _Search(stop, clock)
    for place in places:
        yield from search.below(place, 1, 0)


class _Search:
    def __init__(self, stop: Callable[[], bool], clock: Callable[[], float]) -> None:
        self._stop = stop
        self._clock = clock
        self._until = clock() + MOST_SECONDS
        self._seen: dict[Path, int] = {}  # how far down was looked from there

    def _enough(self) -> bool:
        return len(self._seen) >= MOST_FOLDERS or self._clock() > self._until or self._stop()

    def below(self, folder: Path, depth: int, down: int) -> Iterator[ModelPlace]:
        """``depth`` is how far down to look from here, ``down`` how far down this is."""
        real = _real(folder)
        if real is None or self._seen.get(real, -1) >= depth or self._enough():
            return
        known, self._seen[real] = real in self._seen, depth
        names = _names(real)
        program = _program(real, names)
        if program is not None:
            if not known:
                yield measured(program, real)
            return
        if depth < 1 or down >= _DEEPEST:
            return
        for name in sorted(names, key=lambda one: (not sounds_like_one(one), one)):
            if may_lead_to_one(name) and not os.path.splitext(name)[1] in _FILES:
                further = max(depth - 1, 1) if sounds_like_one(name) else depth - 1
                yield from self.below(real / name, further, down + 1)


_FILES = frozenset(('.py', '.txt', '.md', '.json', '.png', '.jpg', '.zip', '.exe', *EXTENSIONS))


def _names(folder: Path) -> list[str]:
    """What lies in ``folder``; of very many things only some, of what cannot be read nothing."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in itertools.islice(entries, _MOST_ENTRIES)]
    except OSError:
        return []


def _folders(folder: Path) -> list[str]:
    return [name for name in _names(folder) if may_lead_to_one(name) and (folder / name).is_dir()]


def _program(folder: Path, names: list[str]) -> Program | None:
    if program_in(names) is None:
        return None
    readme = next((name for name in names if name.lower() == 'readme.md'), '')
    about = ''
    if readme:
        try:
            with open(folder / readme, 'rb') as file:
                about = file.read(_README_BYTES).decode('utf-8', 'replace')
        except OSError:  # the folder alone says enough
            about = ''
    return program_in(names, about)


def _real(folder: Path) -> Path | None:
    try:
        return folder.resolve() if folder.is_dir() else None
    except OSError:
        return None


def _count(folders: Iterable[Path]) -> tuple[int, bool]:
    """How many model files there are, and whether there may be more."""
    until, looked, models = time.monotonic() + _COUNT_SECONDS, 0, 0
    for folder in folders:
        for _, _, files in os.walk(folder, followlinks=True):
            looked += 1 + len(files)
            models += sum(name.lower().endswith(EXTENSIONS) for name in files)
            if looked > _MOST_COUNTED or time.monotonic() > until:
                return models, True
    return models, False
