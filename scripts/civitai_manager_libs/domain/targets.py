"""What people paste: links of pages, of the API and of files, AIR, ids, hashes.

Facts: civitai-api.md sections 1 and 10. Two texts have more than one meaning; this is how they are
read:

- digits alone are a :attr:`TargetKind.NUMBER` (a model or a version) up to 2147483647, although
  eight or ten of them could be a short hash; above that, with a leading zero, or after ``0x`` they
  are a hash where 8, 10, 12 or 64 digits long;
- the picture server's address of a file that is called by a number is that picture.

A key in what was pasted is dropped: it is in no field of a :class:`Target` and in no error.
"""

from __future__ import annotations

from typing import Union

from ..errors import TargetUnknown, TargetUnsupported
from .links import read_link, safe_text
from .pasted import split_heap, trimmed, visible
from .sites import DEFAULT_BASE_URL
from .target_pages import read_link_target
from .target_types import LARGEST_ID, FileFilter, Target, TargetKind
from .target_words import HASH_LENGTHS, read_words

__all__ = [
    'HASH_LENGTHS',
    'LARGEST_ID',
    'FileFilter',
    'PastedItem',
    'Target',
    'TargetKind',
    'downloadable',
    'parse_target',
    'parse_targets',
]

PastedItem = Union[Target, TargetUnknown, TargetUnsupported]
_FULL_WIDTH = str.maketrans({chr(0xFF01 + offset): chr(0x21 + offset) for offset in range(94)})
_DOWNLOADABLE = (
    TargetKind.MODEL,
    TargetKind.VERSION,
    TargetKind.HASH,
    TargetKind.NUMBER,
    TargetKind.DIRECT,
)


def parse_target(text: str, base_url: str = DEFAULT_BASE_URL) -> Target:
    """What ``text``, one pasted thing, names.

    ``base_url`` is the configured server, whose links count as Civitai's. Raises TargetUnknown, or
    TargetUnsupported for a known form that this program cannot follow (an AIR of another source, a
    page of the site that shows no model); neither repeats a key.
    """
    piece = trimmed(visible(text))
    link = read_link(piece, base_url)
    if link is not None:
        found = read_link_target(link, base_url)
    else:
        found = read_words(piece.translate(_FULL_WIDTH).strip())
    if found is None:
        raise TargetUnknown(text=safe_text(piece))
    return found


def parse_targets(text: str, base_url: str = DEFAULT_BASE_URL) -> list[PastedItem]:
    """Everything in a pasted heap, in its order, each meaning once.

    What names nothing stands in the list as its error.
    """
    found: dict[object, PastedItem] = {}
    for piece in split_heap(text):
        try:
            target = parse_target(piece, base_url)
            found.setdefault(target.meaning, target)
        except (TargetUnknown, TargetUnsupported) as error:
            found.setdefault((error.code, error.details.get('text')), error)
    return list(found.values())


def downloadable(target: Target) -> Target:
    """``target`` itself; raises TargetUnsupported when it names no model file to download."""
    if target.kind not in _DOWNLOADABLE:
        raise TargetUnsupported(text=target.text, kind=target.kind.value)
    return target
