"""Small disks that can be filled and made read-only: a tmpfs where the tests run as root."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

_PIECE = b'\0' * (64 << 10)


class Disk(type(Path())):
    """The mounted folder, a path with three more methods."""

    def fill(self, leave=0):
        """Take all room but about ``leave`` bytes."""
        with contextlib.suppress(OSError), open(self / 'ballast', 'ab', buffering=0) as file:
            while True:
                file.write(_PIECE)
        if leave:
            size = (self / 'ballast').stat().st_size
            os.truncate(self / 'ballast', max(0, size - leave))

    def empty(self):
        """Give the room back."""
        (self / 'ballast').unlink(missing_ok=True)

    def make_read_only(self):
        """Let nothing be written from now on."""
        subprocess.run(['mount', '-o', 'remount,ro', str(self)], check=True)


@contextlib.contextmanager
def small_disk(folder, megabytes, writable=True):
    """A :class:`Disk` at ``folder`` for the time of a ``with``; skips the test where there can be
    none.
    """
    if sys.platform != 'linux' or os.geteuid() != 0:
        pytest.skip('platform: mounting a small disk takes Linux and root')
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    size = f'size={megabytes}m' + ('' if writable else ',ro')
    words = ['mount', '-t', 'tmpfs', '-o', size, 'tmpfs', str(folder)]
    done = subprocess.run(words, capture_output=True, encoding='utf-8')
    if done.returncode != 0:
        pytest.skip(f'platform: no tmpfs can be mounted here: {done.stderr.strip()}')
    try:
        yield Disk(folder)
    finally:
        subprocess.run(['umount', '-l', str(folder)], check=True)
