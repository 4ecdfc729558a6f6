"""Ratings of pictures: the customer's names, and the bits of the API (civitai-api.md section 7).

Bits: 1 PG, 2 PG-13, 4 R, 8 X, 16 XXX, 32 blocked, 0 not rated. The names None, Soft, Mature and X
stand for 1, 2, 4 and 8 with 16. What was never rated counts as not rated, never as safe.
"""

from __future__ import annotations

from collections.abc import Iterable

LEVELS = {'None': 1, 'Soft': 2, 'Mature': 4, 'X': 8 | 16}
"""The names with their bits, mildest first."""

MILD = ('None', 'Soft')
"""The names of what anybody may see at once."""

UNRATED = 'Unrated'
BLOCKED = 'Blocked'
_ALL = 31
_BLOCKED_BIT = 32


def mask_of(names: Iterable[str] | None) -> int:
    """The ``browsingLevel`` that asks for the levels ``names``, for all of them if that is None."""
    if names is None:
        return _ALL
    mask = 0
    for name in names:
        mask |= LEVELS[name]
    return mask


def level_name(bits: int) -> str:
    """The name of the gravest level in ``bits``; Unrated for 0 and what nobody knows."""
    if bits < 0 or bits & _BLOCKED_BIT:
        return BLOCKED if bits > 0 else UNRATED
    grave = (name for name, own in reversed(LEVELS.items()) if bits & own)
    return next(grave, UNRATED)


def is_wanted(bits: int, names: Iterable[str] | None) -> bool:
    """Whether a picture rated ``bits`` may be shown to somebody who wants the levels ``names``
    (None: all of them). One that is not rated goes only with all levels, a blocked one never.
    """
    name = level_name(bits)
    if name == BLOCKED:
        return False
    wanted = set(LEVELS) if names is None else set(names)
    return wanted >= set(LEVELS) if name == UNRATED else name in wanted


def is_mild(bits: int) -> bool:
    """Whether a picture may be seen by anybody at once, without a veil: rated, and no more than
    PG-13.
    """
    return level_name(bits) in MILD
