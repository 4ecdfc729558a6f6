"""The names under which a page that is meant for this computer alone may be asked for.

A page elsewhere can have its own name lead to this computer; a browser then takes what is here for
a part of that page, and hands it over. It still says under which name it asks.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from .. import i18n
from ..ui.nearness import is_localhost, named_host

_App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


class KnownNames:
    """Refuses (403) what is asked for under another name than ``localhost``, an address of numbers
    or one of ``names``, before ``app`` learns of it.
    """

    def __init__(self, app: _App, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower().rstrip('.') for name in names)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """One request, as ASGI has it."""
        if scope['type'] in ('http', 'websocket'):
            headers = Headers(scope=scope)
            name = named_host(headers.get('host', ''))
            if not self._knows(name):
                await _refuse(scope, headers, name, receive, send)
                return
        await self._app(scope, receive, send)

    def _knows(self, name: str) -> bool:
        if is_localhost(name) or name.rstrip('.') in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


async def _refuse(
    scope: MutableMapping[str, Any], headers: Headers, name: str, receive: Any, send: Any
) -> None:
    if scope['type'] == 'websocket':
        await receive()
        await send({'type': 'websocket.close', 'code': 1008})
        return
    wanted = i18n.accepted(headers.get('accept-language', ''))
    with i18n.speaking(i18n.preferred(wanted)):
        words = i18n.text('page.unknown_name', name=name)
    headers_out = {'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'}
    await PlainTextResponse(words, status_code=403, headers=headers_out)(scope, receive, send)
