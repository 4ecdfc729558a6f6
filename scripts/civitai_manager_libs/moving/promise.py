"""What somebody has promised about a file, and whether it was kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import HashMismatch
from .digests import DIGITS, NOTHING, Digests


@dataclass(frozen=True)
class Promise:
    """Hashes by Civitai's names, lower case: SHA256 alone where it is known, else BLAKE3, else all
    the short ones there are. Empty when nothing was promised.
    """

    hashes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, published: Mapping[str, str]) -> Promise:
        """The promise in ``published``; what is no hash of its name promises nothing."""
        found = {}
        for name, digits in DIGITS.items():
            value = published.get(name, '').strip().lower()
            if re.fullmatch(f'[0-9a-f]{{{digits}}}', value) and value != NOTHING:
                found[name] = value
        for name in ('SHA256', 'BLAKE3'):
            if name in found:
                return cls(((name, found[name]),))
        return cls(tuple(found.items()))

    def __bool__(self) -> bool:
        return bool(self.hashes)

    @property
    def names(self) -> tuple[str, ...]:
        """The hashes that have to be computed."""
        return tuple(name for name, _ in self.hashes)

    def broken(self, digests: Digests, file: str) -> HashMismatch | None:
        """The mismatch between the promise and the bytes of ``file``, None when it was kept."""
        for name, expected in self.hashes:
            actual = digests.of(name)
            if expected not in actual:
                return HashMismatch(algorithm=name, expected=expected, actual=actual[0], file=file)
        return None
