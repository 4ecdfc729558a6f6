"""How a process that serves pages for days hands memory back to the system."""

from __future__ import annotations

import ctypes
import os
import platform

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of glibc's malloc.h
_LARGE_BYTES = 1 << 20
_SET_BY_SOMEBODY = ('MALLOC_MMAP_THRESHOLD_', 'GLIBC_TUNABLES')


def return_large_blocks() -> bool:
    """From now on memory of 1 MiB or more goes back to the system as soon as it is freed; whether
    that could be arranged. Only glibc needs it, for the whole process, so only one of our own may
    do so.

    By itself glibc raises that bound to as much as 32 MiB with the blocks that it sees freed, and
    then keeps what pictures and long answers leave behind in up to eight heaps for each processor:
    after 1,400 cards with pictures a process of 181 MiB had 330, of which 57 were in use. With two
    heaps (M_ARENA_MAX) it had 275, and malloc_trim took 26 of the 330 back. What a bound that stays
    leaves is in docs/benchmarks.md, "memory". One of 256 KiB leaves 4 MiB less, and makes small
    pictures dearer by a twentieth; this one does not.
    """
    if platform.libc_ver()[0] != 'glibc' or any(os.environ.get(one) for one in _SET_BY_SOMEBODY):
        return False
    mallopt = getattr(ctypes.CDLL(None), 'mallopt', None)
    return mallopt is not None and bool(mallopt(_MMAP_THRESHOLD, _LARGE_BYTES))
