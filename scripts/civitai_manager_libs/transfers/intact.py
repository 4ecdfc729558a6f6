"""Tells whether a file that we have put into place is still the one we left there."""

from __future__ import annotations

from pathlib import Path

from ..domain.task import Task


def is_intact(task: Task) -> bool:
    """Whether the file of ``task`` lies there as we left it: same size, same time of change."""
    if task.path is None:
        return False
    try:
        status = Path(task.path).stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (task.file_size, task.file_time)
