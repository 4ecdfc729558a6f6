"""``requests`` sessions that carry nothing from one request to the next but connections, which all
threads share.
"""

from __future__ import annotations

import threading
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter

Shape = tuple[int, int]


class _NoLogin(requests.auth.AuthBase):
    """Stops requests from looking a login up in ``.netrc`` for whatever host we were redirected
    to.
    """

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Sessions:
    """Gives each thread its own session over connections that are kept for all. Proxies and CA
    bundles come from the environment as usual.

    No key is ever set on a session: credentials go with a single request. Retries are not urllib3's
    but ours.
    """

    def __init__(self, agent: str) -> None:
        self._agent = agent
        self._lock = threading.Lock()
        self._local = threading.local()
        self._shape: Shape = (0, 0)
        self._adapter: HTTPAdapter | None = None

    def get(self, connections: int, size: int) -> requests.Session:
        """This thread's session; connections to so many hosts are kept, ``size`` to each.

        A changed number takes effect with the next request; requests under way keep theirs.
        """
        adapter = self._adapter_for((connections, size))
        session: requests.Session | None = getattr(self._local, 'session', None)
        if session is None or session.adapters['https://'] is not adapter:
            session = self._local.session = _new_session(adapter, self._agent)
        return session

    def _adapter_for(self, shape: Shape) -> HTTPAdapter:
        with self._lock:
            if self._adapter is None or self._shape != shape:
                if self._adapter is not None:
                    self._adapter.close()
                self._adapter = HTTPAdapter(pool_connections=shape[0], pool_maxsize=shape[1])
                self._shape = shape
            return self._adapter

    def close(self) -> None:
        """Close the connections that nobody uses at the moment."""
        with self._lock:
            if self._adapter is not None:
                self._adapter.close()
            self._adapter = None


def _new_session(adapter: HTTPAdapter, agent: str) -> requests.Session:
    session = requests.Session()
    session.headers.clear()
    session.headers['User-Agent'] = agent
    session.auth = _NoLogin()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ('http://', 'https://'):
        session.mount(scheme, adapter)
    return session
