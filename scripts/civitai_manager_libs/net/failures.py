"""Exceptions of requests, urllib3 and the socket layer as errors of our tree, by type and never by
text.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator

import requests
import urllib3

from ..errors import (
    ApiError,
    BodyCut,
    CertificateRefused,
    ConnectionFailed,
    NameNotResolved,
    ProxyFailed,
    RequestRefused,
    TimedOut,
)

FAILURES = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,  # a header with signs that none can carry
)
_TIMEOUTS = (
    requests.Timeout,
    urllib3.exceptions.TimeoutError,
    socket.timeout,
)
_BAD_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
    urllib3.exceptions.LocationValueError,
)
_BROKEN_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
_CUT = (
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.IncompleteRead,
    urllib3.exceptions.ProtocolError,
    http.client.IncompleteRead,
)


def typed(error: BaseException, host: str, seconds: float) -> ApiError:
    """The error of our tree for a failure while talking to ``host`` with a timeout of
    ``seconds``.
    """
    chain = list(_chain(error))
    if any(isinstance(link, _BAD_ADDRESS) for link in chain):
        return RequestRefused(status=0, host=host, said=type(error).__name__)
    if any(isinstance(link, socket.gaierror) for link in chain):
        return NameNotResolved(host=host)
    if any(isinstance(link, _BROKEN_TLS) for link in chain):
        return ConnectionFailed(host=host, reason=_reason(chain))
    if any(isinstance(link, (ssl.SSLError, urllib3.exceptions.SSLError)) for link in chain):
        reason = next((link for link in chain if isinstance(link, ssl.SSLError)), error)
        return CertificateRefused(host=host, reason=_short(reason))
    if any(isinstance(link, urllib3.exceptions.ProxyError) for link in chain) or isinstance(
        error, requests.exceptions.ProxyError
    ):
        return ProxyFailed(host=host, reason=_reason(chain))
    if any(_is_timeout(link) for link in chain):
        return TimedOut(host=host, seconds=seconds)
    if any(isinstance(link, ConnectionError) for link in chain):
        return ConnectionFailed(host=host, reason=_reason(chain))
    if any(isinstance(link, _CUT) for link in chain):
        return BodyCut(host=host)
    if isinstance(error, ValueError):
        return RequestRefused(status=0, host=host, said=type(error).__name__)
    return ConnectionFailed(host=host, reason=_reason(chain))


def is_away(error: ApiError) -> bool:
    """Whether ``error`` means that the host itself is not there; a proxy or a certificate between
    us is another matter.
    """
    return isinstance(error, (ConnectionFailed, NameNotResolved, TimedOut))


def _is_timeout(link: BaseException) -> bool:
    """urllib3 counts every connection that could not be made, a refused one too, as a timeout."""
    return isinstance(link, _TIMEOUTS) and not isinstance(
        link, urllib3.exceptions.NewConnectionError
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """``error`` and all it was made from: urllib3 and requests wrap by ``args``, ``reason`` and
    ``__cause__``.
    """
    waiting, seen = [error], set()
    while waiting:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        related = [getattr(link, 'reason', None), link.__cause__, link.__context__, *link.args]
        waiting.extend(item for item in related if isinstance(item, BaseException))


def _reason(chain: list[BaseException]) -> str:
    """The words of the operating system where it said something, else the innermost kind."""
    said = [link for link in chain if isinstance(link, OSError) and link.strerror]
    return _short(said[0] if said else chain[-1])


def _short(error: BaseException) -> str:
    if isinstance(error, http.client.RemoteDisconnected):
        return 'closed'
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
