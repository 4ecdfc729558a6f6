"""One request and its answer, free of sockets: what the two sides of the server work with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Iterator, Optional
from urllib.parse import parse_qsl, unquote

from .contents import Bytes
from .faults import FaultBoard
from .render import Links
from .shelf import Shelf
from .signing import Signer
from .special import DEMO_KEY

_BROWSER_WORDS = ('mozilla', 'chrome', 'safari', 'firefox', 'opera', 'edge')
_TRUE = ('true', '1', 'yes', 'on', 'y', 'enabled')
_FALSE = ('false', '0', 'no', 'off', 'n', 'disabled')

LOGIN_PAGE = (
    '<!DOCTYPE html><html><head><title>{0}</title></head>'
    '<body><h1>{0}</h1><p>This is a page for people, not a file.</p></body></html>'
)


@dataclass(frozen=True)
class Request:
    """A request as read from the socket; `headers` has lower-case names."""

    side: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b''

    @property
    def path(self) -> str:
        return unquote(self.target.partition('?')[0])

    @property
    def raw_query(self) -> str:
        return self.target.partition('?')[2]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.raw_query, keep_blank_values=True)

    def all(self, name: str) -> list[str]:
        """Every value of a query parameter."""
        return [value for key, value in self.pairs if key == name]

    def first(self, name: str) -> Optional[str]:
        """First value of a query parameter, or None."""
        values = self.all(name)
        return values[0] if values else None

    @property
    def has_key(self) -> bool:
        """Whether the accepted key came along; a header hides the token (section 2)."""
        header = self.headers.get('authorization')
        if header is not None:
            return header.split(' ')[1:2] == [DEMO_KEY]
        return self.first('token') == DEMO_KEY

    @property
    def from_browser(self) -> bool:
        """Whether the site would take this User-Agent for a browser (section 6)."""
        agent = self.headers.get('user-agent', '').lower()
        return any(word in agent for word in _BROWSER_WORDS)


@dataclass
class Answer:
    """Status, headers and body. A `stream` of blocks with `length` bytes replaces `body`."""

    status: int
    body: bytes = b''
    content_type: str = 'application/json; charset=utf-8'
    headers: list[tuple[str, str]] = field(default_factory=list)
    stream: Optional[Iterator[Bytes]] = None
    length: Optional[int] = None
    spent: Optional[str] = None
    """Signature whose byte budget this answer uses up."""

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.body) if self.length is None else self.length

    def blocks(self) -> Iterator[Bytes]:
        """The body in pieces."""
        if self.stream is not None:
            yield from self.stream
        elif self.body:
            yield self.body


@dataclass(frozen=True)
class World:
    """Everything that answering needs."""

    shelf: Shelf
    faults: FaultBoard
    links: Links
    signer: Signer


class Refusal(Exception):
    """Raised inside the API side to end with an answer other than the usual one."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(status: int, body: Any, headers: Optional[list[tuple[str, str]]] = None) -> Answer:
    """A JSON answer, UTF-8."""
    data = json.dumps(body, ensure_ascii=False).encode('utf-8')
    return Answer(status, data, headers=list(headers or []))


def error_answer(status: int, text: str, **more: Any) -> Answer:
    """`{"error": text, ...}`."""
    return json_answer(status, {'error': text, **more})


def html_answer(status: int, title: str) -> Answer:
    """A small HTML page."""
    return Answer(status, LOGIN_PAGE.format(title).encode('utf-8'), 'text/html; charset=utf-8')


def xml_answer(status: int, code: str, message: str) -> Answer:
    """An error of the storage, as S3-like services write it."""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    )
    return Answer(status, text.encode('utf-8'), 'application/xml')


def bad_parameter(name: str, message: str) -> Refusal:
    """400 with the error object of the validation library that the site uses."""
    issues = json.dumps([{'code': 'invalid_type', 'path': [name], 'message': message}])
    return Refusal(json_answer(400, {'error': {'name': 'ZodError', 'message': issues}}))


def read_int(request: Request, name: str, low: int, high: int, default: int) -> int:
    """An integer parameter; empty counts as 0; outside the bounds the call is refused."""
    text = request.first(name)
    if text is None:
        return default
    try:
        value = int(text or '0')
    except ValueError:
        raise bad_parameter(name, 'Expected number, received nan') from None
    if not low <= value <= high:
        raise bad_parameter(name, f'Number must be from {low} to {high}')
    return value


def read_optional_int(request: Request, name: str) -> Optional[int]:
    """An integer of at least 1, or None when absent."""
    if request.first(name) is None:
        return None
    return read_int(request, name, 1, 2**31 - 1, 0)


def read_bool(request: Request, name: str, default: bool = False) -> bool:
    """A proper boolean parameter: the words of section 3.1, anything else is refused."""
    text = request.first(name)
    if text is None:
        return default
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise bad_parameter(name, 'Invalid boolean')


def read_ids(request: Request, name: str) -> Optional[list[int]]:
    """A comma list of ids, or None when absent."""
    text = request.first(name)
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(',') if part.strip()]
    except ValueError:
        raise bad_parameter(name, 'Expected number, received nan') from None


def read_choice(request: Request, name: str, choices: tuple[str, ...], default: str) -> str:
    """One of an enumeration; anything else is refused."""
    text = request.first(name)
    if text is None:
        return default
    if text not in choices:
        raise bad_parameter(name, f'Invalid enum value. Expected {" | ".join(choices)}')
    return text
