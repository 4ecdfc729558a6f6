"""JSON of an answer, whatever was sent in its place."""

from __future__ import annotations

import json
from typing import Any

from ..errors import UnexpectedBody
from .answers import plain_words

_BEGINNING = 60


def begins_as_json(content: bytes) -> bool:
    """Whether ``content`` may be an object or a list."""
    return content.lstrip()[:1] in (b'{', b'[')


def decoded(content: bytes, status: int, host: str) -> Any:
    """``content`` (an object or a list) as it came with ``status`` from ``host``; raises
    UnexpectedBody for anything else.
    """
    if begins_as_json(content):
        try:
            return _without_half_signs(json.loads(content), content)
        except (ValueError, RecursionError):
            pass  # said below, like any other body that is no JSON
    begins = plain_words(content[:_BEGINNING].decode('utf-8', 'replace'))
    raise UnexpectedBody(status=status, host=host, begins=begins)


def _without_half_signs(data: Any, content: bytes) -> Any:
    """``data`` without halves of surrogate pairs: names that were cut off have some, and neither a
    database nor a page can take them.
    """
    if b'\\ud' not in content and b'\\uD' not in content:
        return data
    whole = json.dumps(data, ensure_ascii=False).encode('utf-8', 'replace')
    return json.loads(whole)
