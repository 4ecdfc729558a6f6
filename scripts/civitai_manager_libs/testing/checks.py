"""Runs checks one after another, all of them, and sums up at the end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from civitai_manager_libs.testing.messages import say, text


@dataclass(frozen=True)
class Check:
    """Something that is in order (True) or not; ``name`` is how people call it."""

    name: str
    run: Callable[[], bool]


@dataclass(frozen=True)
class Result:
    """What came of a check."""

    name: str
    passed: bool
    seconds: float


def run_all(checks: Sequence[Check]) -> bool:
    """Run every check, also after a failure, and sum up at the end; whether all passed."""
    results = [_run(check) for check in checks]
    print()
    for result in results:
        verdict = text('ok' if result.passed else 'failed')
        say('summary_line', verdict=verdict, seconds=result.seconds, name=result.name)
    seconds = sum(result.seconds for result in results)
    failed = [result.name for result in results if not result.passed]
    if failed:
        say('some_failed', count=len(failed), names=', '.join(failed), seconds=seconds)
    else:
        say('all_ok', seconds=seconds)
    return not failed


def python(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> int:
    """The exit code of this Python run with ``arguments``; its output goes to the terminal."""
    return subprocess.call(
        [sys.executable, *arguments],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,  # nothing here may wait for somebody to type
    )


def _run(check: Check) -> Result:
    say('step', name=check.name)
    started = time.monotonic()
    passed = check.run()
    return Result(check.name, passed, time.monotonic() - started)
