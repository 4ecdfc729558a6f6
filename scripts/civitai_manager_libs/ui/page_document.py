"""The HTML document that carries the page when it is a page of its own.

Every version of Gradio writes its own document, puts a stylesheet elsewhere or rewrites it, and has
another place or none for a script. So what the page needs is put into the document itself, on its
way out, and what the document would ask other hosts for is taken out of it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from starlette import routing

from .page_files import Message, PageFile, Send

_Receive = Callable[[], Awaitable[Message]]
_Application = Callable[[Message, _Receive, Send], Awaitable[None]]

_FOREIGN = re.compile(
    r'<script\b[^>]*\bsrc="https?:[^>]*>\s*</script>|<link\b[^>]*\bhref="https?:[^>]*>'
)
PATHS_ARE_WHOLE = hasattr(routing, 'get_route_path')
"""Whether a request says its path with what the application lies below, as newer Starlettes do."""

_HEAD_END = '</head>'
_BODY = re.compile(r'<body\b[^>]*>')


class PageDocument:
    """An ASGI application around ``app``: documents at its root get ``head`` at the end of
    their head, with a ``script`` that begins at once, and a stylesheet ``css`` that comes after all
    of their own. Both are files that it answers itself.
    """

    def __init__(self, app: _Application, head: str = '', script: str = '', css: str = '') -> None:
        self._application = app
        code = PageFile(script, 'js', 'text/javascript; charset=utf-8')
        style = PageFile(css, 'css', 'text/css; charset=utf-8')
        self._files = {file.path: file for file in (code, style)}
        self._head = f'{head}<script async src="{code.address}"></script>'
        self._style = f'<link rel="stylesheet" href="{style.address}">'

    async def __call__(self, scope: Message, receive: _Receive, send: Send) -> None:
        if scope['type'] != 'http' or scope['method'] != 'GET':
            return await self._application(scope, receive, send)
        path = _inside(scope)
        if path in self._files:
            return await self._files[path].answer(scope, send)
        if path not in ('', '/'):
            return await self._application(scope, receive, send)
        held = _Held(self._edited, send)
        await self._application(_unpacked(scope), receive, held.take)

    def _edited(self, document: str) -> str:
        clean = _FOREIGN.sub('', document)
        with_head = clean.replace(_HEAD_END, self._head + _HEAD_END, 1)
        return _BODY.sub(lambda found: found.group() + self._style, with_head, count=1)


class _Held:
    """Keeps an answer until it is there, and sends it on; a document as ``edit`` makes it."""

    def __init__(self, edit: Callable[[str], str], send: Send) -> None:
        self._edit = edit
        self._send = send
        self._start: Message | None = None
        self._body = b''

    async def take(self, message: Message) -> None:
        """Gets every message of the answer."""
        if message['type'] == 'http.response.start' and _is_document(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get('body', b'')
            if not message.get('more_body'):
                await self._send_on(self._start)

    async def _send_on(self, start: Message) -> None:
        body = self._edit(self._body.decode('utf-8')).encode('utf-8')
        kept = [pair for pair in start['headers'] if pair[0].lower() != b'content-length']
        length = (b'content-length', str(len(body)).encode('ascii'))
        await self._send({**start, 'headers': [*kept, length]})
        await self._send({'type': 'http.response.body', 'body': body})


def _inside(scope: Message) -> str:
    """The path below where the application lies."""
    path: str = scope['path']
    below = scope.get('root_path', '')
    whole = PATHS_ARE_WHOLE and (path == below or path.startswith(f'{below}/'))
    return path[len(below) :] if whole else path


def _unpacked(scope: Message) -> Message:
    """The same request by somebody who takes no compressed answer."""
    headers = [pair for pair in scope['headers'] if pair[0].lower() != b'accept-encoding']
    return {**scope, 'headers': headers}


def _is_document(message: Message) -> bool:
    kinds = [value for name, value in message['headers'] if name.lower() == b'content-type']
    return any(kind.startswith(b'text/html') for kind in kinds)
