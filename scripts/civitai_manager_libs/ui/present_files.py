"""The files of a version as rows to choose one of, each with what should be known before. Pure."""

from __future__ import annotations

from datetime import datetime

from ..domain.choice import format_of, risk, weight_rank
from ..domain.file_facts import warnings_of
from ..domain.models import ModelFile, ModelVersion
from ..i18n import text
from ..util import size_text
from .icons import icon
from .words import escape, joined

_GRAVE = ('warning.danger', 'warning.pickle')
_OF_THE_VERSION = ('warning.early_access',)
_USUAL_TYPES = ('Model', 'Pruned Model')
_CLEAN = 'success'


def only_risky(version: ModelVersion) -> bool:
    """Whether every file that holds weights is one that nobody takes by accident."""
    weights = [file for file in version.files if weight_rank(file) == 0] or version.files
    return bool(weights) and all(risk(file) for file in weights)


def files_html(key: str, version: ModelVersion, chosen: int | None, action: str = 'file') -> str:
    """The radio rows; ``key`` names their group, ``action`` what choosing one is."""
    files = sorted(version.files, key=weight_rank)
    rows = ''.join(_row(key, version, file, file.id == chosen, action) for file in files)
    label = escape(text('page.files'))
    return f'<div class="cs-files" role="radiogroup" aria-label="{label}">{rows}</div>'


def date_text(moment: datetime) -> str:
    """``12 Nov 2026`` or ``2026 年 11 月 12 日``."""
    months = text('page.months').split()
    month = months[moment.month - 1]
    return text('page.date', day=moment.day, month=month, year=moment.year)


def _row(key: str, version: ModelVersion, file: ModelFile, chosen: bool, action: str) -> str:
    size = size_text(file.estimated_bytes) if file.estimated_bytes else ''
    warnings = ''.join(
        _warning(warning)
        for warning in warnings_of(version, file)
        if warning not in _OF_THE_VERSION
    )
    return (
        f'<label class="cs-file{" cs-on" if chosen else ""}">'
        f'<input type="radio" name="cs-file-{key}" value="{file.id}" data-cs-action="{action}" '
        f'data-cs-id="{key}"{" checked" if chosen else ""}>'
        f'<span class="cs-file-main"><span class="cs-file-name">{escape(file.name)}</span>'
        f'<span class="cs-file-facts">{escape(_facts(file))}</span>{warnings}</span>'
        f'<span class="cs-file-size">{size}</span></label>'
    )


def _facts(file: ModelFile) -> str:
    given = file.metadata
    kind = None if file.type in _USUAL_TYPES else file.type
    shown = format_of(file) or ''
    return joined(
        [
            kind,
            shown.replace('PickleTensor', 'Pickle') if shown != 'Other' else None,
            given.fp,
            given.quant_type,
            given.size,
            _scan(file),
        ]
    )


def _scan(file: ModelFile) -> str | None:
    results = {(file.pickle_scan_result or '').lower(), (file.virus_scan_result or '').lower()}
    return text('page.scanned_clean') if results == {_CLEAN} else None


def _warning(key: str) -> str:
    kind = 'cs-bad' if key in _GRAVE else 'cs-warn'
    return (
        f'<span class="cs-file-warning {kind}">{icon("alert")}'
        f'<span>{escape(text(f"page.{key}"))}</span></span>'
    )
