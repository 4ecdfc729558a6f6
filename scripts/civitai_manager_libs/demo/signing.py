"""Signed storage addresses: made for a redirect, checked by the storage (section 6)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from typing import Optional
from urllib.parse import parse_qsl, quote, unquote

SIGNATURE = 'X-Amz-Signature'
USUAL_SECONDS = 86400.0

INVALID, EXPIRED, VALID = 'invalid', 'expired', 'valid'


class Signer:
    """Makes and checks signatures; knows until when and for how many bytes each one is good."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._deadlines: dict[str, float] = {}
        self._budgets: dict[str, int] = {}

    def sign(
        self,
        path: str,
        disposition: Optional[str],
        seconds: Optional[float] = None,
        budget: Optional[int] = None,
    ) -> str:
        """Path with signed query, good for `seconds` and, when given, for `budget` bytes."""
        lifetime = USUAL_SECONDS if seconds is None else seconds
        pairs = [('X-Amz-Expires', str(max(int(lifetime), 1)))]
        if disposition is not None:
            pairs.append(('response-content-disposition', disposition))
        pairs += [
            ('X-Amz-Algorithm', 'AWS4-HMAC-SHA256'),
            ('X-Amz-Credential', f'demo/{time.strftime("%Y%m%d", time.gmtime())}/auto/s3'),
            ('X-Amz-Date', time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())),
            ('X-Amz-SignedHeaders', 'host'),
            ('x-id', secrets.token_hex(4)),
        ]
        signature = self._signature(path, pairs)
        with self._lock:
            self._deadlines[signature] = time.monotonic() + lifetime
            if budget is not None:
                self._budgets[signature] = budget
        query = '&'.join(f'{name}={quote(value, safe="")}' for name, value in pairs)
        return f'{quote(path)}?{query}&{SIGNATURE}={signature}'

    def check(self, path: str, query: str) -> tuple[str, str]:
        """(VALID, EXPIRED or INVALID, signature) of a request's path and raw query."""
        pairs = parse_qsl(query, keep_blank_values=True)
        given = next((value for name, value in pairs if name == SIGNATURE), '')
        rest = [(name, value) for name, value in pairs if name != SIGNATURE]
        if not hmac.compare_digest(given.encode(), self._signature(unquote(path), rest).encode()):
            return INVALID, given
        with self._lock:
            if given not in self._deadlines:
                return INVALID, given
            late = time.monotonic() > self._deadlines[given]
            empty = self._budgets.get(given, 1) <= 0
        return (EXPIRED if late or empty else VALID), given

    def spend(self, signature: str, wanted: int) -> int:
        """Takes `wanted` bytes off the budget; returns how many of them may be sent."""
        with self._lock:
            if signature not in self._budgets:
                return wanted
            granted = max(min(wanted, self._budgets[signature]), 0)
            self._budgets[signature] -= granted
            return granted

    def _signature(self, path: str, pairs: list[tuple[str, str]]) -> str:
        text = '\n'.join([path, *(f'{name}={value}' for name, value in sorted(pairs))])
        return hmac.new(self._secret, text.encode('utf-8'), hashlib.sha256).hexdigest()
