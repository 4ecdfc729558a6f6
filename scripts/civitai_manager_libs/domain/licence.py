"""What the creator of a model allows, read from Civitai's record of it (civitai-api.md section
3.3). Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .models import commercial_uses

_LADDER = ('Image', 'Rent', 'Sell')
"""In records of 2023 one word stands for itself and what stands before it here."""

_FLAGS = {
    'no_credit': 'allowNoCredit',
    'derivatives': 'allowDerivatives',
    'different': 'allowDifferentLicense',
}
_USES = {'images': 'Image', 'rent_civit': 'RentCivit', 'rent': 'Rent', 'sell': 'Sell'}
_ORDER = ('images', 'no_credit', 'derivatives', 'different', 'rent_civit', 'rent', 'sell')


@dataclass(frozen=True)
class Term:
    """One thing that somebody may want to do, by ``name``: ``images`` (sell pictures made with the
    model), ``no_credit`` (use it without naming the creator), ``derivatives`` (share merges),
    ``different`` (under other terms), ``rent_civit`` and ``rent`` (offer it on Civitai's or other
    services for making pictures), ``sell`` (sell the model or merges of it). ``allowed`` is None
    where the record says nothing.
    """

    name: str
    allowed: bool | None


def terms_of(record: Mapping[str, Any]) -> tuple[Term, ...]:
    """The terms that ``record``, a model as the API tells it, says anything of; none of them where
    it has no licence at all. What it leaves open is never taken for allowed.
    """
    said: dict[str, bool | None] = {}
    for name, key in _FLAGS.items():
        value = record.get(key)
        said[name] = value if isinstance(value, bool) else None
    uses = _uses(record.get('allowCommercialUse'))
    for name, word in _USES.items():
        said[name] = None if uses is None else word in uses
    if all(value is None for value in said.values()):
        return ()
    if said['derivatives'] is False:  # then there are no terms to share them under
        del said['different']
    return tuple(Term(name, said[name]) for name in _ORDER if name in said)


def _uses(value: object) -> frozenset[str] | None:
    if not isinstance(value, (str, list, tuple)):
        return None
    names = frozenset(commercial_uses(value))
    if isinstance(value, str) and value in _LADDER:
        return names | frozenset(_LADDER[: _LADDER.index(value)])
    return names
