"""Says to other processes that an open file is ours; the system takes it back when we die."""

from __future__ import annotations

import errno
import os
import sys

_FAR = 1 << 40  # Windows locks a range of bytes: one that no content reaches

if sys.platform == 'win32':
    import msvcrt

    def try_lock(handle: int) -> bool:
        """Whether the open file ``handle`` is now locked for us; never waits."""
        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def try_share(handle: int) -> bool:
        """Nothing to do: this system moves no file that somebody has open."""
        return True

else:
    import fcntl

    def try_lock(handle: int) -> bool:
        """Whether the open file ``handle`` is now locked for us; never waits."""
        return _flock(handle, fcntl.LOCK_EX)

    def try_share(handle: int) -> bool:
        """Whether the open file ``handle`` is now locked for us and others who share it; never
        waits.
        """
        return _flock(handle, fcntl.LOCK_SH)

    def _flock(handle: int, kind: int) -> bool:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:  # where the file system knows no locks, nobody else has one
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
                raise
        return True
