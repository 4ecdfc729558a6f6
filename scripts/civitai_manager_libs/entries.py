"""Downloads and errors as JSON documents have them, on every way out of the program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import i18n
from .domain.task import Task


def error_entry(code: str | None, details: Mapping[str, object]) -> dict[str, str] | None:
    """An error as the ``--json`` output has it; None for none."""
    if code is None:
        return None
    return {'code': code, 'message': i18n.error_code_text(code, details)}


def note_entries(task: Task) -> list[dict[str, str]]:
    """What went wrong beside a download, as the ``--json`` output has it."""
    return [
        {'code': note.code, 'message': i18n.error_code_text(note.code, note.details)}
        for note in task.notes
    ]


def task_entry(task: Task) -> dict[str, Any]:
    """A download as ``download --json`` has it; ``notes`` only where there are any."""
    notes = note_entries(task)
    return {
        'id': task.id,
        'target': task.order.target,
        'state': task.state.value,
        'path': task.path,
        'bytes': task.received,
        'sha256': task.sha256,
        'verified': task.verified,
        'model_id': task.order.model_id,
        'version_id': task.order.version_id,
        'file_id': task.order.file_id,
        'error': error_entry(task.error_code, task.error_details),
        **({'notes': notes} if notes else {}),
    }
