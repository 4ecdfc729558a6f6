"""Runs other programs for the tests' own preparations; nothing of theirs reaches the terminal."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

NOT_THERE = 127


def answer_of(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> tuple[int, str]:
    """The exit code and all output of ``command``, which may take ``timeout`` seconds;
    :data:`NOT_THERE` and why when it is not there or does not end.
    """
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding='utf-8',
            errors='replace',
            env=environment,
            timeout=timeout,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return NOT_THERE, str(error)
    return done.returncode, done.stdout
