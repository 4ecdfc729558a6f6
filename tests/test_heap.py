"""A process that serves pages hands large pieces of memory back."""

import os
import platform
import subprocess
import sys

import pytest

from benchmarks.measuring import ROOT
from civitai_manager_libs.cli import heap

_GLIBC = platform.libc_ver()[0] == 'glibc'
# By itself glibc does not give the second one back, for it has seen the first one go.
_HELD = """
import re, sys
from civitai_manager_libs.cli.heap import return_large_blocks

def held():
    return int(re.search(r'VmRSS:\\s+(\\d+)', open('/proc/self/status').read())[1])

print(return_large_blocks())
bytearray(24 << 20)
large, small = bytearray(20 << 20), [bytearray(1000) for _ in range(1000)]
before = held()
del large
print(before - held())
"""


def said(**more):
    """What it says, and how many KiB of 20 MiB were handed back."""
    plain = {key: value for key, value in os.environ.items() if 'MALLOC' not in key}
    done = subprocess.run(
        [sys.executable, '-c', _HELD],
        env={**plain, 'PYTHONPATH': str(ROOT / 'scripts'), **more},
        stdout=subprocess.PIPE,
        encoding='utf-8',
        check=True,
    )
    arranged, back = done.stdout.split()
    return arranged == 'True', int(back)


@pytest.mark.skipif(not _GLIBC, reason='platform: no glibc')
class TestGlibc:
    def test_what_is_freed_goes_back_at_once(self):
        arranged, back = said()
        assert arranged and back > 19 << 10

    def test_what_somebody_has_set_stays(self):
        arranged, back = said(MALLOC_MMAP_THRESHOLD_='33000000', MALLOC_TRIM_THRESHOLD_='99000000')
        assert not arranged and back < 1 << 10


def test_elsewhere_nothing_is_done(monkeypatch):
    monkeypatch.setattr(platform, 'libc_ver', lambda: ('', ''))
    assert not heap.return_large_blocks()
