"""What a text means that somebody typed into the search field of Browse: one model, a list of
models, an address that leads to neither, or words. Pure.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import TargetUnknown, TargetUnsupported, UsageError
from .browse_filters import BrowseFilters
from .links import read_link, safe_text
from .pasted import trimmed, visible
from .search import query_of
from .target_types import Target, TargetKind
from .targets import parse_target

_FEWEST_DIGITS = 5
_WHOLE_HASH = 64


def names_model(text: str, base_url: str) -> bool:
    """Whether ``text`` names one model rather than words: short numbers and short hashes are
    words.
    """
    target = _target(text, base_url)
    if target is None:
        return False
    if target.kind is TargetKind.NUMBER:
        return len(str(target.number)) >= _FEWEST_DIGITS
    if target.kind is TargetKind.HASH:
        return len(target.hash or '') == _WHOLE_HASH
    return target.kind in (TargetKind.MODEL, TargetKind.VERSION)


def linked_filters(text: str, filters: BrowseFilters, base_url: str) -> BrowseFilters | None:
    """``filters`` with the search that a pasted link of a creator or a list of models stands for;
    None for any other text.
    """
    target = _target(text, base_url)
    if target is None:
        return None
    try:
        query = query_of(target)
    except TargetUnsupported:
        return None
    query = replace(query, sort=query.sort or filters.query.sort, period=query.period or 'AllTime')
    return replace(filters, query=query)


def stray_link(text: str, base_url: str) -> UsageError | None:
    """Why ``text``, which is an address, leads to no model and no list of models; None for what
    does, and for words.
    """
    link = read_link(trimmed(visible(text)), base_url)
    try:
        target = parse_target(text, base_url)
    except TargetUnsupported as error:
        return error
    except TargetUnknown as error:
        return error if link is not None else None
    if target.kind is TargetKind.DIRECT:
        if link is not None and link.picture:
            return TargetUnsupported(text=safe_text(target.text), kind='picture_file')
        return TargetUnknown(text=safe_text(target.text))
    if names_model(text, base_url) or link is None:
        return None
    try:
        query_of(target)
    except TargetUnsupported:
        return TargetUnsupported(text=target.text, kind=target.kind.value)
    return None


def _target(text: str, base_url: str) -> Target | None:
    try:
        return parse_target(text, base_url)
    except (TargetUnknown, TargetUnsupported):
        return None
