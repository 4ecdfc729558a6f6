"""Which answers of the API may be kept, and for how long (civitai-api.md sections 2, 3 and 9)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

_LIST_SECONDS = 300
_MISS_SECONDS = 300
_ERROR_SECONDS = 60
_NAMES_TIMES = 24
_NEVER_PATHS = ('/me', '/vault', '/permissions')
_PERSONAL = ('token', 'favorites', 'hidden', 'followed')
_KEPT_ERRORS = (400, 404, 410)


def cacheable(url: str, with_key: bool) -> bool:
    """Whether the answer to a GET of ``url`` (with its query) is the same for everybody.

    With a key that leaves out what is told to its owner alone, and the endpoints whose answer goes
    by the account (civitai-api.md section 3: "mixed"; another key can mark another file of a
    version as the primary one).
    """
    parts = urlsplit(url)
    _, found, path = parts.path.partition('/api/v1')
    if not found or path.startswith(_NEVER_PATHS):
        return False
    query = parse_qs(parts.query, keep_blank_values=True)
    if any(name in query for name in _PERSONAL) or 'Private' in query.get('availability', ()):
        return False
    return not (with_key and _is_mixed(path))


def _is_mixed(path: str) -> bool:
    if path.startswith('/model-versions/by-hash'):
        return False
    return path.rstrip('/') == '/models' or path.startswith('/model-versions/')


def lifetime(url: str, status: int, default: int) -> int | None:
    """Seconds that an answer may be used without asking again, None if it is not kept at all.

    ``default`` is for one model or version; a list, which changes all the time, is used for five
    minutes at most, the lists of names for a day. A hash that nobody knows is asked for again after
    five minutes, anything else that was refused for good after one.
    """
    path = urlsplit(url).path.partition('/api/v1')[2].rstrip('/')
    if status in _KEPT_ERRORS:
        missed = status == 404 and '/by-hash/' in path
        return min(default, _MISS_SECONDS if missed else _ERROR_SECONDS)
    if status != 200:
        return None
    if path == '/enums':
        return default * _NAMES_TIMES
    return default if path.count('/') > 1 else min(default, _LIST_SECONDS)
