"""Whether an error says something of the one thing that was asked for, or that asking for others is
of no use now.
"""

from __future__ import annotations

from ..errors import (
    BotCheck,
    HostResting,
    KeyRefused,
    NetworkError,
    RateLimited,
    RegionBlocked,
    ServerTrouble,
    ShortcutError,
)

AWAY = (NetworkError, HostResting, RateLimited, RegionBlocked, BotCheck, KeyRefused)
"""What holds for everything else on that site too."""

_IN_A_ROW = 3


class Patience:
    """One answer of 500 is the matter of one model, several in a row are the server's."""

    def __init__(self) -> None:
        self._troubles = 0

    def heard(self) -> None:
        """Something was answered as it should be."""
        self._troubles = 0

    def bear(self, error: ShortcutError) -> ShortcutError:
        """``error`` itself as long as it is of use to go on; raises it when it is not."""
        trouble = isinstance(error, ServerTrouble)
        self._troubles = self._troubles + 1 if trouble else 0
        if isinstance(error, AWAY) or self._troubles >= _IN_A_ROW:
            raise error
        return error
