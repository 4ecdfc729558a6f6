"""JSON as the database keeps it: compressed, for answers of Civitai are long and repetitive."""

from __future__ import annotations

import json
import zlib
from typing import Any

_LEVEL = 6
_MOST = 1 << 28


def packed(value: Any) -> bytes:
    """``value`` (of JSON types) as compressed JSON. Whatever was read from JSON can be kept: half a
    sign and numbers that are none, too, which stricter writers refuse.
    """
    return zlib.compress(json.dumps(value, separators=(',', ':')).encode('ascii'), _LEVEL)


def unpacked(content: bytes) -> Any:
    """What :func:`packed` was given; raises ValueError for anything else, also for more than
    256 MiB.
    """
    return json.loads(inflated(content))


def inflated(content: bytes) -> bytes:
    """The same as JSON text."""
    inflating = zlib.decompressobj()
    try:
        text = inflating.decompress(content, _MOST)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not inflating.eof:
        raise ValueError('cut off or too long')
    return text
