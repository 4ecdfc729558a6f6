"""Files that arrived whole and were not what had been promised: kept for a while for inspection,
under names that no host takes for a model.
"""

from __future__ import annotations

import logging
from pathlib import Path

from .. import setting
from ..domain.task import Task
from ..errors import HashMismatch
from ..store.quarantine import QuarantineStore

SUFFIX = '.quarantined'
_DAY = 86_400.0
_log = logging.getLogger('civitai_shortcut')


def aside_path(final: Path, digest: str) -> Path:
    """Where the bytes with that SHA256 are kept, beside where they would have gone."""
    return final.with_name(f'{final.name}.{digest[:8]}{SUFFIX}')


class Quarantine:
    """Keeps the record of wrong files, and ends it together with the file when its time is over."""

    def __init__(self, store: QuarantineStore) -> None:
        self._store = store

    def record(self, task: Task, mismatch: HashMismatch) -> None:
        """Note where the file of ``mismatch`` lies, if it was kept."""
        details = mismatch.details
        if details.get('kept'):
            self._store.add(
                path=str(details['kept']),
                task_id=task.id,
                algorithm=str(details['algorithm']),
                expected=str(details['expected']),
                actual=str(details['actual']),
            )

    def clean(self) -> None:
        """Remove the files that were kept for as many days as the settings say."""
        for wrong in self._store.older_than(setting.current().quarantine_days * _DAY):
            try:
                Path(wrong.path).unlink(missing_ok=True)
            except OSError as error:  # tried again with the next cleaning
                _log.warning('quarantine: %s: %s', wrong.path, error.strerror)
                continue
            self._store.remove(wrong.path)
