"""The file name that a download answer carries (civitai-api.md section 6)."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, unquote_to_bytes, urlsplit

from .naming import safe_name

_PARAMETER = re.compile(
    r';\s*(?P<name>filename\*?)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"?|(?P<bare>[^;]*))',
    re.IGNORECASE,
)
_EXTENDED = re.compile(r"(?P<charset>[\w.:+-]+)'[^']*'(?P<value>.*)", re.DOTALL)
# Names of character sets, so that a header cannot choose one of Python's other codecs.
_CHARSET = re.compile(
    r'(?:utf-?8|us-ascii|iso-?8859-\d{1,2}|latin-?1|windows-?125\d|cp125\d|gbk|gb2312|gb18030|big5'
    r'|shift[_-]jis|cp932|euc-(?:jp|kr)|koi8-r)',
    re.IGNORECASE,
)
_QUERY_NAMES = ('response-content-disposition', 'b2contentdisposition')


def filename_from_headers(content_disposition: str | None, location: str | None) -> str | None:
    """The safe base name that the headers of an answer give, or None.

    In this order: ``filename*`` (RFC 5987), ``filename``, the same two in the query of
    ``location`` (the signed storage address), the last part of its path. What is broken or empty
    is passed over.
    """
    for header in (content_disposition, *_headers_of(location)):
        name = _name_in(header or '')
        if name:
            return name
    try:
        path = urlsplit(location or '').path
    except ValueError:
        return None
    return _base_name(unquote(path)) if not path.endswith('/') else None


def _headers_of(location: str | None) -> list[str]:
    try:
        pairs = parse_qsl(urlsplit(location or '').query)
    except ValueError:
        return []
    return [value for name, value in pairs if name.lower() in _QUERY_NAMES]


def _name_in(header: str) -> str | None:
    extended: list[str] = []
    plain: list[str] = []
    # The leading semicolon lets a header without 'attachment' be read too.
    for found in _PARAMETER.finditer(';' + header[:4096]):
        quoted, bare = found.group('quoted'), found.group('bare')
        value = re.sub(r'\\(["\\])', r'\1', quoted) if quoted is not None else (bare or '').strip()
        if found.group('name').endswith('*'):
            extended.append(_decoded_extended(value))
        else:
            plain.append(_decoded_plain(value))
    names = (_base_name(value) for value in (*extended, *plain))
    return next((name for name in names if name), None)


def _decoded_extended(value: str) -> str:
    parts = _EXTENDED.fullmatch(value)
    if parts is None or _CHARSET.fullmatch(parts.group('charset')) is None:
        return ''
    try:
        return unquote_to_bytes(parts.group('value')).decode(parts.group('charset'))
    except (UnicodeError, LookupError):
        return ''


def _decoded_plain(value: str) -> str:
    """Undoes the two ways in which a name that is not ASCII is squeezed into ``filename``."""
    if any('\x80' <= sign <= '\xff' for sign in value):
        try:
            # HTTP libraries read headers as latin-1, whatever the server wrote.
            value = value.encode('latin-1').decode('utf-8')
        except UnicodeError:
            pass
    if re.search('%[0-9A-Fa-f]{2}', value):
        try:
            value = unquote(value, errors='strict')
        except UnicodeError:
            pass
    return value


def _base_name(value: str) -> str | None:
    last = re.split(r'[/\\]', value.strip())[-1]
    return safe_name(last, fallback='') or None
