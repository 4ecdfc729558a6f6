"""The first of a heap of links: as many as one page looks up. Pure."""

from __future__ import annotations

from ..domain.pasted import split_heap
from ..domain.targets import PastedItem, parse_target
from ..errors import TargetUnknown, TargetUnsupported

MOST_LINKS = 1000


def first_targets(text: str, base_url: str) -> tuple[list[PastedItem], list[str]]:
    """The first :data:`MOST_LINKS` different things that ``text`` names, and the pieces behind
    them.
    """
    found: dict[object, PastedItem] = {}
    pieces = list(dict.fromkeys(split_heap(text)))
    for place, piece in enumerate(pieces):
        if len(found) == MOST_LINKS:
            return list(found.values()), pieces[place:]
        try:
            target = parse_target(piece, base_url)
            found.setdefault(target.meaning, target)
        except (TargetUnknown, TargetUnsupported) as error:
            found.setdefault((error.code, error.details.get('text')), error)
    return list(found.values()), []
