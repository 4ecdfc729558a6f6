"""Connections that are made only to addresses outside this network.

What a page, a picture or a redirect names is somebody else's word. The check stands where the
connection is made, on the very address that is used: a name that leads elsewhere a moment later
gains nothing by it.
"""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.util.connection import allowed_gai_family

from ..domain.inside import leads_inside, names_inside
from ..errors import PrivateAddress

_UNREACHED = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)


class Outside:
    """Beside a connection class of urllib3: connects to those addresses of the host that lie
    outside. Raises :class:`PrivateAddress` when there is none.
    """

    _dns_host: str

    def _new_conn(self) -> Any:
        """As urllib3 makes it, which would resolve the name by itself: it is given the address that
        was looked at, and the certificate is compared with the name all the same.
        """
        name, failure = self._dns_host, None
        for address in self._addresses(name):
            self._dns_host = address
            try:
                return super()._new_conn()  # type: ignore[misc]
            except _UNREACHED as error:
                failure = error
            finally:
                self._dns_host = name
        raise failure or PrivateAddress(host=name)

    def _addresses(self, name: str) -> list[str]:
        connection: Any = self
        family = allowed_gai_family()
        try:
            found = socket.getaddrinfo(name, connection.port, family, socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise urllib3.exceptions.NewConnectionError(connection, 'not resolved') from error
        addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
        return [address for address in addresses if not leads_inside(address)]


def refuse_inside(url: str) -> None:
    """Raises :class:`PrivateAddress` when the host of ``url`` says by itself that it is inside; a
    proxy would go there for us.
    """
    host = urlsplit(url).hostname or ''
    if names_inside(host):
        raise PrivateAddress(host=host)
