"""An answer of the API as it came, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Told:
    """An answer as Civitai sent it, from ``address`` (without a key), at ``given`` (seconds since
    1970; None: just now). ``old``: Civitai is away, and this is what it said then.
    """

    body: dict[str, Any]
    address: str
    given: float | None = None
    old: bool = False

    @property
    def items(self) -> list[Any]:
        """The items of a list answer."""
        items: list[Any] = self.body['items']
        return items
