"""Files written as a whole or not at all, and folders made on the way."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

from ..errors import DiskFull, NotWritable
from .locks import try_lock

_FULL = {errno.ENOSPC, getattr(errno, 'EDQUOT', errno.ENOSPC), errno.EFBIG}
_NOT_THERE = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


def disk_error(error: OSError, path: Path, needed: int | None = None) -> DiskFull | NotWritable:
    """The typed form of an operating system's refusal to write at ``path``."""
    if error.errno in _FULL:
        return DiskFull(path=str(path), needed=needed, free=free_space(path))
    return NotWritable(path=str(path), reason=error.strerror or type(error).__name__)


def free_space(path: Path) -> int:
    """Bytes free for us on the disk that will hold ``path``; the path need not exist yet."""
    return shutil.disk_usage(nearest_folder(path)).free


def same_disk(one: Path, other: Path) -> bool:
    """Whether both lie, or would lie, on one disk: only then can a file be linked from here to
    there.
    """
    try:
        return os.stat(nearest_folder(one)).st_dev == os.stat(nearest_folder(other)).st_dev
    except OSError:
        return False


def nearest_folder(path: Path) -> Path:
    """``path``, or the folder that would hold it as far as that is there."""
    place = path.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    return place


def make_folder(path: Path) -> Path:
    """``path`` with all its parents; raises :class:`NotWritable` or :class:`DiskFull`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, path) from error
    return path


def write_atomic(path: Path, content: bytes | Iterable[bytes], mode: int | None = None) -> None:
    """Replace ``path`` by ``content`` so that at every moment the old or the new file is whole.

    ``content`` in pieces may be read from the old file meanwhile. ``mode`` sets the
    permissions (0o600 for secrets) before the first byte is written. Raises the errors of
    :func:`disk_error`; the old file is then untouched.
    """
    make_folder(path.parent)
    _sweep(path)
    temporary = None
    try:
        if mode is None and path.exists():
            mode = path.stat().st_mode & 0o777
        handle, temporary = _temporary(path, 0o666 if mode is None else mode)
        with os.fdopen(handle, 'wb') as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
            if os.name != 'nt':  # an open file cannot be renamed there
                os.replace(temporary, path)
        if os.name == 'nt':
            os.replace(temporary, path)
    except BaseException as error:  # Ctrl-C too, and what ``content`` raises
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        if not isinstance(error, OSError):
            raise
        needed = len(content) if isinstance(content, bytes) else None
        raise disk_error(error, path, needed) from error
    sync_folder(path.parent)


def _temporary(path: Path, mode: int) -> tuple[int, Path]:
    """A new file beside ``path``, open and locked for as long as it is being written."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, 'O_BINARY', 0)
    while True:
        temporary = path.with_name(f'{_beginning(path)}{uuid.uuid4().hex[:8]}')
        handle = os.open(temporary, flags, mode)
        if try_lock(handle) and temporary.exists():
            return handle, temporary
        os.close(handle)  # swept away before it was locked


def _beginning(path: Path) -> str:
    return f'.{path.name[:40]}.'


def _sweep(path: Path) -> None:
    """Remove what killed writers of ``path`` have left: nobody holds its lock any more."""
    form = re.compile(re.escape(_beginning(path)) + '[0-9a-f]{8}')
    # what cannot be looked at or removed does not keep us from writing
    with contextlib.suppress(OSError):
        for name in os.listdir(path.parent):
            if form.fullmatch(name):
                _remove_if_left(path.with_name(name))


def _remove_if_left(temporary: Path) -> None:
    with open(temporary, 'r+b') as file:
        left = try_lock(file.fileno())
        if left and os.name != 'nt':
            temporary.unlink()
    if left and os.name == 'nt':
        temporary.unlink()


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut, where the system can do that."""
    if os.name == 'nt':
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        # some network file systems cannot, and a folder need not be readable to be written
        if error.errno not in (*_NOT_THERE, errno.EINVAL, errno.EACCES):
            raise disk_error(error, folder) from error


def rename_new(source: Path, target: Path) -> None:
    """Rename without ever replacing: raises :class:`FileExistsError` when ``target`` is taken.

    POSIX has no such rename, but a hard link is refused when the name exists; where there are no
    hard links (FAT, some network drives) we look first, which leaves a gap of microseconds.
    """
    if os.name == 'nt':
        os.rename(source, target)
        return
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in (*_NOT_THERE, errno.EPERM, errno.EMLINK):
            raise
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        os.rename(source, target)
        return
    os.unlink(source)
