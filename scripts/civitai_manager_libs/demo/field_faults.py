"""Fields as they come on bad days: null, missing, unknown, huge, broken (the `fields` fault)."""

from __future__ import annotations

import re
from typing import Any, Callable

_NULLABLE = frozenset(
    'description baseModelType publishedAt earlyAccessDeadline earlyAccessEndsAt paidAccess '
    'licensingFee sizeKB format size fp pickleScanMessage virusScanMessage scannedAt downloadCount '
    'tippedAmountCount username image hash width height remixOfId cosmetic meta mode metadata '
    'nsfwLevel trainingStatus trainingDetails baseModel postId thumbnail tier stats creator '
    'hashes trainedWords tags availability air updatedAt createdAt'.split()
)
_UNKNOWN = {
    'type': 'Hologram',
    'format': 'HoloTensor',
    'fp': 'fp3',
    'baseModel': 'Future 9',
    'availability': 'Someday',
    'pickleScanResult': 'Puzzled',
    'virusScanResult': 'Puzzled',
    'baseModelType': 'Sideways',
    'status': 'Dreaming',
    'allowCommercialUse': ['Barter'],
}
_COUNTERS = re.compile(r'.*(Count|rating)$', re.IGNORECASE)
_HOST = re.compile(r'^https?://[^/]+')
_HUGE = 2**70

Json = dict[str, Any]
Change = Callable[[Json], Json]


def _nulls(body: Json) -> Json:
    return {name: None if name in _NULLABLE else value for name, value in body.items()}


def _missing(body: Json) -> Json:
    return {name: value for name, value in body.items() if name not in _NULLABLE}


def _unknown_enums(body: Json) -> Json:
    return {
        name: _UNKNOWN[name] if name in _UNKNOWN and value is not None else value
        for name, value in body.items()
    }


def _extra(body: Json) -> Json:
    return {**body, 'futureField': {'nested': [1, None, 'x']}, 'flags': 4096}


def _links_to(prefix: str) -> Change:
    def change(body: Json) -> Json:
        link = body.get('downloadUrl')
        if isinstance(link, str):
            return {**body, 'downloadUrl': _HOST.sub(prefix, link)}
        return body

    return change


def _no_primary(body: Json) -> Json:
    if 'downloadUrl' in body and 'files' not in body:
        return {name: value for name, value in body.items() if name != 'primary'}
    return body


def _empty_hashes(body: Json) -> Json:
    return {**body, 'hashes': {}} if 'hashes' in body else body


def _huge_ints(body: Json) -> Json:
    return {
        name: _HUGE if name == 'seed' or (_COUNTERS.match(name) and value is not None) else value
        for name, value in body.items()
    }


_CHANGES: dict[str, Change] = {
    'nulls': _nulls,
    'missing': _missing,
    'unknown_enums': _unknown_enums,
    'extra': _extra,
    'undefined_links': _links_to('https://undefined'),
    'double_slash_links': _links_to('//host'),
    'no_primary': _no_primary,
    'empty_hashes': _empty_hashes,
    'huge_ints': _huge_ints,
}


def spoil_fields(body: Any, variant: str) -> Any:
    """The same answer with every object in it changed, whatever its depth.

    The page's own `metadata` (cursors) stays as it is, so that paging still works.
    """
    change = _CHANGES[variant]
    if isinstance(body, dict) and isinstance(body.get('items'), list):
        return {**body, 'items': [_walk(item, change) for item in body['items']]}
    return _walk(body, change)


def _walk(value: Any, change: Change) -> Any:
    if isinstance(value, list):
        return [_walk(item, change) for item in value]
    if isinstance(value, dict):
        return change({name: _walk(inner, change) for name, inner in value.items()})
    return value
