"""Pooled ``requests`` sessions, one per thread, that carry nothing from one request to the next but
connections.
"""

from __future__ import annotations

import threading
import weakref
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter


class _NoLogin(requests.auth.AuthBase):
    """Stops requests from looking a login up in ``.netrc`` for whatever host we were redirected
    to.
    """

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _new_session(connections: int, size: int, agent: str) -> requests.Session:
    session = requests.Session()
    session.headers.clear()
    session.headers['User-Agent'] = agent
    session.auth = _NoLogin()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ('http://', 'https://'):
        session.mount(scheme, HTTPAdapter(pool_connections=connections, pool_maxsize=size))
    return session


class Sessions:
    """Gives each thread its own session. Proxies and CA bundles come from the environment as usual.

    No key is ever set on a session: credentials go with a single request. Retries are not urllib3's
    but ours. The session of a thread ends with it.
    """

    def __init__(self, agent: str) -> None:
        self._agent = agent
        self._local = threading.local()
        self._lock = threading.Lock()
        self._all: weakref.WeakSet[requests.Session] = weakref.WeakSet()

    def get(self, connections: int, size: int) -> requests.Session:
        """This thread's session with pools of ``connections`` hosts and ``size`` connections each.

        A changed size takes effect with the thread's next request.
        """
        wanted = (connections, size)
        if getattr(self._local, 'shape', None) != wanted:
            old = getattr(self._local, 'session', None)
            self._local.session = _new_session(connections, size, self._agent)
            self._local.shape = wanted
            with self._lock:
                self._all.add(self._local.session)
            if old is not None:
                old.close()
        session: requests.Session = self._local.session
        return session

    def close(self) -> None:
        """Close the connections of all threads; requests under way fail."""
        with self._lock:
            sessions = list(self._all)
            self._all.clear()
            self._local = threading.local()
        for session in sessions:
            session.close()
