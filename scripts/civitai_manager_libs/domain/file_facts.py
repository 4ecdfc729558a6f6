"""What follows from a file's record alone: how it is asked for, warnings, the cover picture."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from .choice import risk
from .folders import ARCHIVE_EXTENSIONS
from .models import ModelFile, ModelVersion
from .naming import split_extension
from .targets import LARGEST_ID

_REQUEST_FILTERS = ('type', 'format', 'size', 'fp', 'quantType')
_DOWNLOAD_PATH = re.compile(r'/api/download/models/([0-9]{1,10})/?')
_PG_AND_PG13 = (1, 2)
_PLAIN_TEXT = ('.yaml', '.yml', '.json', '.txt')


def download_request(version: ModelVersion, file: ModelFile) -> str:
    """Path and query that fetch exactly ``file``.

    Host and token of ``file.download_url`` are not looked at: recorded ones are wrong
    (civitai-api.md sections 1 and 3.8). Its version id is: a linked file belongs to another
    version. Filters are sent as the API wrote them.
    """
    version_id, filters = version.id, {}
    try:
        address = urlsplit(file.download_url or '')
    except ValueError:
        address = urlsplit('')
    path = _DOWNLOAD_PATH.fullmatch(address.path)
    if path and 1 <= int(path.group(1)) <= LARGEST_ID:
        version_id = int(path.group(1))
        given = dict(reversed(parse_qsl(address.query)))
        filters = {name: given[name] for name in _REQUEST_FILTERS if given.get(name)}
    query = urlencode({**filters, 'fileId': str(file.id)}, quote_via=quote, errors='replace')
    return f'/api/download/models/{version_id}?{query}'


def warnings_of(version: ModelVersion, file: ModelFile) -> tuple[str, ...]:
    """Message keys of what somebody should know before using ``file``."""
    results = [
        (result or '').lower() for result in (file.pickle_scan_result, file.virus_scan_result)
    ]
    extension = split_extension(file.name)[1].lower()
    unread = results[1] == 'error' or (results[0] == 'error' and extension not in _PLAIN_TEXT)
    dangerous, scanned = risk(file) == 'danger', any(results)
    found = {
        'warning.danger': dangerous,
        'warning.pickle': risk(file) == 'pickle',
        'warning.scan_pending': 'pending' in results,
        'warning.scan_failed': unread and not dangerous,
        'warning.unscanned': not scanned,
        'warning.no_hash': file.sha256 is None,
        'warning.early_access': version.early_access,
        'warning.archive': extension in ARCHIVE_EXTENSIONS,
    }
    return tuple(key for key, holds in found.items() if holds)


def cover_of(version: ModelVersion) -> str | None:
    """The first picture rated PG or PG-13, None when none is (unrated counts as not safe)."""
    return next(
        (
            picture.url
            for picture in version.images
            if picture.type == 'image'
            and picture.nsfw_level in _PG_AND_PG13
            and picture.url.lower().startswith(('https://', 'http://'))
        ),
        None,
    )
