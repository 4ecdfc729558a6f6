"""``requests`` sessions that carry nothing from one request to the next but connections, which all
threads share.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .outside import Outside, refuse_inside

Shape = tuple[int, int]


class _Prompt:
    """Makes a connection confirm at once what arrives (Linux only): a server that sends the head
    and the body of a small answer apart else waits up to 40 ms for that in between.
    """

    sock: Any

    def getresponse(self, *args: Any, **keywords: Any) -> Any:
        """The answer, as far as its head. The system forgets the option by and by, so that it is
        said for each.
        """
        if hasattr(socket, 'TCP_QUICKACK'):
            # not every kind of socket takes options, and without this one all works as well
            with contextlib.suppress(OSError, AttributeError):
                self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return super().getresponse(*args, **keywords)  # type: ignore[misc]


class _Connection(_Prompt, HTTPConnection):
    pass


class _TLSConnection(_Prompt, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _OutsideConnection(Outside, _Connection):
    pass


class _OutsideTLSConnection(Outside, _TLSConnection):
    pass


class _OutsidePool(HTTPConnectionPool):
    ConnectionCls: Any = _OutsideConnection


class _OutsideTLSPool(HTTPSConnectionPool):
    ConnectionCls: Any = _OutsideTLSConnection


class _Adapter(HTTPAdapter):
    """Makes the connections that do not go through a proxy."""

    pools: Mapping[str, Any] = {'http': _Pool, 'https': _TLSPool}

    def init_poolmanager(self, *args: Any, **keywords: Any) -> None:
        super().init_poolmanager(*args, **keywords)
        self.poolmanager.pool_classes_by_scheme = dict(self.pools)


class _OutsideAdapter(_Adapter):
    pools = {'http': _OutsidePool, 'https': _OutsideTLSPool}


class _NoLogin(requests.auth.AuthBase):
    """Stops requests from looking a login up in ``.netrc`` for whatever host we were redirected
    to.
    """

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


_NO_LOGIN = _NoLogin()


class Sessions:
    """Gives each thread its own session over connections that are kept for all. Proxies and CA
    bundles come from the environment as usual.

    With ``outside`` nothing is connected to that lies in the network of this computer. No key is
    ever set on a session: credentials go with a single request. Retries are not urllib3's but ours.
    """

    def __init__(self, agent: str, outside: bool) -> None:
        self._agent = agent
        self._outside = outside
        self._lock = threading.Lock()
        self._local = threading.local()
        self._shape: Shape = (0, 0)
        self._adapter: _Adapter | None = None

    def send(
        self,
        shape: Shape,
        method: str,
        url: str,
        headers: Mapping[str, str],
        timeout: float,
        params: Mapping[str, Any] | None = None,
        data: bytes | None = None,
    ) -> requests.Response:
        """One request over the connections of ``shape`` (see :meth:`get`), no redirect followed,
        its body not read. Raises what requests raises, and :class:`.PrivateAddress`.

        The session does not build the request: what it would merge into it is never there, and
        costs more than the rest of a small one.
        """
        session, request = self.get(*shape), requests.PreparedRequest()
        request.prepare(
            method,
            url,
            {'User-Agent': self._agent, **headers},
            params=params,
            data=data,
            auth=_NO_LOGIN,
        )
        address = str(request.url)
        if self._outside:
            refuse_inside(address)
        around: dict[str, Any] = {
            **session.merge_environment_settings(address, {}, True, None, None)
        }
        return session.send(request, timeout=(timeout, timeout), allow_redirects=False, **around)

    def get(self, connections: int, size: int) -> requests.Session:
        """This thread's session; connections to so many hosts are kept, ``size`` to each.

        A changed number takes effect with the next request; requests under way keep theirs.
        """
        adapter = self._adapter_for((connections, size))
        session: requests.Session | None = getattr(self._local, 'session', None)
        if session is None or session.adapters['https://'] is not adapter:
            session = self._local.session = _new_session(adapter)
        return session

    def _adapter_for(self, shape: Shape) -> HTTPAdapter:
        with self._lock:
            if self._adapter is None or self._shape != shape:
                if self._adapter is not None:
                    self._adapter.close()
                adapter = _OutsideAdapter if self._outside else _Adapter
                self._adapter = adapter(pool_connections=shape[0], pool_maxsize=shape[1])
                self._shape = shape
            return self._adapter

    def close(self) -> None:
        """Close the connections that nobody uses at the moment."""
        with self._lock:
            if self._adapter is not None:
                self._adapter.close()
            self._adapter = None


def _new_session(adapter: HTTPAdapter) -> requests.Session:
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ('http://', 'https://'):
        session.mount(scheme, adapter)
    return session
