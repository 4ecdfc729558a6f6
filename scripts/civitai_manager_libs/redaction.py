"""Takes secrets out of text that is kept or shown: logs, messages, reports."""

from __future__ import annotations

import html
import re
import threading

HIDDEN = '***'
_SHORTEST = 8
_MOST = 32

_IS = r'(?:=|%3[dD]|%253[dD]|\\u003[dD]|&#61;|&#[xX]3[dD];)'
_NAMES = (
    r'[\w-]*(?:token|api[_-]?key|secret|password|passwd|signature|credential|authorization)'
    r'|x-amz-[a-z-]+|key-pair-id|cookie|key|sig|verify'
)
_IN_QUERY = re.compile(rf'(?i)(?<![\w-])({_NAMES})({_IS})[^&\s"\'<>]+')
_QUOTED = re.compile(
    r'(?i)(?<![\w-])([\w-]*(?:token|api[_-]?key|secret|password|passwd|credential))'
    r'(\\?["\']?\s*[=:,]\s*(?:b(?=["\'])|))(\\?["\'])[^"\'\\]*'
)
_UNQUOTED = re.compile(
    r'(?i)(?<![\w-])([\w-]*(?:token|api[_-]?key|secret|password|passwd))(\s*:\s*|\s+=\s*|=\s+)'
    r'[^\s"\'\\,;=][^\s"\',;]*'
)
_OPTION = re.compile(r'(?i)(?<!\S)(--[\w-]*(?:token|key|secret|password|passwd)\s+)(?!--)[^\s"\']+')
_HEADER = re.compile(
    r'(?i)((?:proxy-)?authorization|(?:set-)?cookie)'
    r'(\\?["\']?\s*[:,]\s*(?:b(?=["\'])|)\\?["\']?)[^"\'\r\n\\]+'
)
_BEARER = re.compile(r'(?i)\bbearer(?:\s+|%20|\+)[^\s"\'<>&]+')
_LOGIN = re.compile(r'(?i)\b([a-z][a-z0-9+.-]{0,20}://)[^\s/"\'<>]{0,1024}@')
_QUERY = re.compile(r'\?[^\s"\'<>]+')
_SIGNS = re.compile(r'(?i)x-amz-|signature|\bsig\b|authorization|token|key-pair')
_HINTS = (
    *('token', 'apikey', 'api_key', 'api-key', 'secret', 'passw', 'signature', 'credential'),
    *('authorization', 'x-amz-', 'key', 'cookie', 'sig', 'verify', 'bearer', '@'),
)
_RUN = re.compile(r'[A-Za-z0-9]+')

_lock = threading.Lock()
_known: dict[str, tuple[str, re.Pattern[str]]] = {}
_literals: tuple[tuple[str, re.Pattern[str]], ...] = ()


def hide(secret: str) -> None:
    """Never let ``secret`` through :func:`without_secrets` from now on, however it is encoded.

    One of fewer than eight signs is passed over: it would take ordinary words out of every line.
    The latest 32 are known.
    """
    global _literals
    secret = secret.strip()
    if len(secret) < _SHORTEST:
        return
    with _lock:
        if secret in _known:  # at the end again: the one in use is the last to be forgotten
            _known[secret] = _known.pop(secret)
        else:
            _known[secret] = (_always_there(secret), _pattern(secret))
        while len(_known) > _MOST:
            del _known[next(iter(_known))]
        _literals = tuple(_known[one] for one in sorted(_known, key=len, reverse=True))


def _always_there(secret: str) -> str:
    """The longest part of ``secret`` that no encoding changes: looked for first, which is fast."""
    return max(_RUN.findall(secret), key=len, default='')


def _pattern(secret: str) -> re.Pattern[str]:
    return re.compile(''.join(map(_forms, secret)))


def _forms(sign: str) -> str:
    """A pattern for ``sign`` as it is, and as addresses, JSON, Python and HTML may write it."""
    if sign.isascii() and sign.isalnum():
        return sign
    plain, code = re.escape(sign), f'{ord(sign):02x}'
    either_case = ''.join(f'[{one}{one.upper()}]' if one.isalpha() else one for one in code)
    forms = [plain, r'\\' + plain, '%(?:25)*' + either_case, rf'\\(?:u00|x){either_case}']
    if html.escape(sign) != sign:
        forms.append(re.escape(html.escape(sign)))
    return f'(?:{"|".join(forms)})'


def without_secrets(text: str) -> str:
    """``text`` without keys, tokens, passwords, cookies, and what signs an address; fit for a log
    and for a person's eyes.
    """
    for part, literal in _literals:
        if part in text:
            text = literal.sub(HIDDEN, text)
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return text
    text = _LOGIN.sub(rf'\1{HIDDEN}@', text)
    text = _QUERY.sub(_unsigned, text)
    text = _HEADER.sub(rf'\1\2{HIDDEN}', text)
    text = _QUOTED.sub(rf'\1\2\3{HIDDEN}', text)
    text = _IN_QUERY.sub(rf'\1\2{HIDDEN}', text)
    text = _UNQUOTED.sub(rf'\1\2{HIDDEN}', text)
    text = _OPTION.sub(rf'\1{HIDDEN}', text)
    return _BEARER.sub(f'Bearer {HIDDEN}', text)


def _unsigned(query: re.Match[str]) -> str:
    """A query that signs its address goes as a whole: other parts of it name files and people."""
    return f'?{HIDDEN}' if _SIGNS.search(query[0]) else query[0]
