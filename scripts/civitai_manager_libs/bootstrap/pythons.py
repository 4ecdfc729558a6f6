# -*- coding: utf-8 -*-
"""Which Pythons the program runs on, and where one of them is when it was started with another."""

from __future__ import unicode_literals

import os
import subprocess
import sys

OLDEST = (3, 10)
NEWEST = (3, 13)

# The versions with the most ready-made wheels first.
_VERSIONS = ((3, 12), (3, 13), (3, 11), (3, 10))
_ASK = 'import sys; sys.exit(not ({0} <= sys.version_info[:2] <= {1}))'.format(OLDEST, NEWEST)


def is_supported(version):
    """Whether a ``sys.version_info`` lies within :data:`OLDEST` and :data:`NEWEST`."""
    return OLDEST <= tuple(version[:2]) <= NEWEST


def as_text(version):
    """``(3, 10)`` -> ``'3.10'``."""
    return '.'.join(str(part) for part in version)


def find_supported():
    """The words of a command that starts a supported Python (``['py', '-3.12']``), or None."""
    for command in _candidates():
        if _works(command):
            return command
    return None


def quoted(word):
    """``word`` as one types it on a command line (for people to copy; nothing runs it)."""
    return '"{0}"'.format(word) if ' ' in word else word


def _candidates():
    if sys.platform == 'win32':
        for version in _VERSIONS:
            yield ['py', '-' + as_text(version)]
    for version in _VERSIONS:
        yield ['python' + as_text(version)]
    yield ['python3']
    yield ['python']


def _works(command):
    # A name on PATH is not yet a Python: version managers and the Windows Store put stand-ins
    # there.
    with open(os.devnull, 'r+b') as nothing:
        try:
            answer = subprocess.call(
                command + ['-c', _ASK], stdin=nothing, stdout=nothing, stderr=nothing
            )
        except OSError:
            return False
    return answer == 0
