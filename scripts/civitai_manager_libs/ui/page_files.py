"""Files of the page's own that a browser keeps: style and script."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

_FOLDER = '/civitai-shortcut/page/'
_KEPT = b'public, max-age=31536000, immutable'


class PageFile:
    """``content`` of the type ``mime`` under a name (``ending`` without dot) that only this content
    has, so that nobody ever has to ask whether it is still the same.

    There is no secret in it: the login page looks like the rest.
    """

    def __init__(self, content: str, ending: str, mime: str) -> None:
        self._plain = content.encode('utf-8')
        self._packed = gzip.compress(self._plain, mtime=0)
        self._mime = mime.encode('ascii')
        digest = hashlib.sha256(self._plain).hexdigest()[:16]
        self.path = f'{_FOLDER}{digest}.{ending}'

    @property
    def address(self) -> str:
        """Where a document at the root finds it, below whatever path that root lies."""
        return f'.{self.path}'

    async def answer(self, scope: Message, send: Send) -> None:
        """Send it, packed for who takes that."""
        taken = b','.join(value for name, value in scope['headers'] if name == b'accept-encoding')
        packed = b'gzip' in taken
        content = self._packed if packed else self._plain
        headers = [
            (b'content-type', self._mime),
            (b'content-length', str(len(content)).encode('ascii')),
            (b'cache-control', _KEPT),
            (b'vary', b'accept-encoding'),
            (b'x-content-type-options', b'nosniff'),
        ]
        if packed:
            headers.append((b'content-encoding', b'gzip'))
        await send({'type': 'http.response.start', 'status': 200, 'headers': headers})
        await send({'type': 'http.response.body', 'body': content})
