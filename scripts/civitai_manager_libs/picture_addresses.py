"""The addresses of pictures that may be asked for, by keys that say nothing of them."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

_MOST_ADDRESSES = 20_000
_FEWEST_ADDRESSES = 1_000
_ADDRESS_BYTES = 384  # of a key, an address and their places, about


class AddressBook:
    """The addresses met so far by their keys; those met longest ago are forgotten first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._addresses: OrderedDict[str, str] = OrderedDict()

    def add(self, url: str) -> str:
        """The key of ``url``."""
        key = key_of(url)
        with self._lock:
            self._addresses[key] = url
            self._addresses.move_to_end(key)
            self._keep(_MOST_ADDRESSES)
        return key

    def get(self, key: str) -> str | None:
        """The address that ``key`` stands for."""
        with self._lock:
            return self._addresses.get(key)

    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self._addresses) * _ADDRESS_BYTES

    def shrink(self) -> None:
        """Forget the older half, but not what the pages on the screen show."""
        with self._lock:
            self._keep(max(_FEWEST_ADDRESSES, len(self._addresses) // 2))

    def _keep(self, most: int) -> None:
        while len(self._addresses) > most:
            self._addresses.popitem(last=False)


def key_of(url: str) -> str:
    """What stands for ``url`` in an address of ours."""
    return hashlib.sha256(url.encode('utf-8')).hexdigest()
