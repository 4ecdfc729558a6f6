"""The page below a path of another server: a reverse proxy that says which path that is."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ..pictures import ROOT
from ..ui.page_document import PATHS_ARE_WHOLE

Scope = MutableMapping[str, Any]
_App = Callable[[Scope, Any, Any], Awaitable[None]]
_PREFIX, _HOST, _OWN_HOST = b'x-forwarded-prefix', b'x-forwarded-host', b'host'
_PATH = re.compile(r'(/[\w.~-]+)+', re.ASCII)

OWN_NAMES = frozenset(
    ('files', 'health', 'inspect', 'metrics', 'news', 'page', 'pictures')
    + ('report.zip', 'shortcuts', 'traffic.csv', 'traffic.json')
)
"""What comes after ``ROOT`` in the paths of our routes; none of Gradio's begins so."""


class BelowPath:
    """Tells the application ``app`` below which path it lies, by the header ``X-Forwarded-Prefix``
    of a reverse proxy, whether or not that has taken the path off.

    The header changes only the addresses that whoever sends it is given in the answer.
    """

    def __init__(self, app: _App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """One request, as ASGI has it."""
        if scope['type'] in ('http', 'websocket'):
            scope = _placed(scope)
        await self._app(scope, receive, send)


def _placed(scope: Scope) -> Scope:
    headers = dict(reversed(scope['headers']))  # of several, the first
    prefix = headers.get(_PREFIX, b'').partition(b',')[0].strip().decode('latin-1').rstrip('/')
    if not _PATH.fullmatch(prefix) or '..' in prefix:
        return scope
    path = _without(prefix, scope['path'])
    whole = prefix + path if PATHS_ARE_WHOLE else path
    placed = {**scope, 'root_path': prefix, 'path': whole, 'raw_path': whole.encode()}
    asked = headers.get(_HOST, b'').partition(b',')[0].strip()
    if asked:  # Gradio would take the host from there, and forget the path
        kept = [pair for pair in scope['headers'] if pair[0] not in (_HOST, _OWN_HOST)]
        placed['headers'] = [*kept, (_OWN_HOST, asked)]
    return placed


def _without(prefix: str, path: str) -> str:
    """``path`` as it is below ``prefix``, wherever the proxy has already taken that off."""
    left = path[len(prefix) :]
    if not path.startswith(prefix) or left[:1] not in ('', '/'):
        return path
    # Our own routes begin like this prefix: it is taken off already where what is left is a name.
    if prefix == ROOT and left[1:].partition('/')[0] in OWN_NAMES:
        return path
    return left or '/'
