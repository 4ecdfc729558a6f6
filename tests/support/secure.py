"""A server on loopback that speaks TLS and nothing else, under a certificate that nobody vouches
for.
"""

import socket
import ssl
import threading

import pytest

# Made for these tests alone: for 127.0.0.1 and localhost, good for a hundred years.
_CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8C+h5wlw4pFi9S1Q
kGXTmRgMkqV5l1Y6jrtQsRHbmVahRANCAARx4emQG+T/ovW57zXUvOq49dbIGVns
RiAHUR9BRItjhWYAz4DNsMU0LPW0J+uxRAnKXG6EIMORPWWyOT/ztutf
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBqzCCAVGgAwIBAgIUXA2ZPLYgQh0BB9XYstFMmDRPKaAwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRZGVtbyBvZiB0aGUgdGVzdHMwIBcNMjYxMTIyMDYzNTQ3WhgP
MjEyNjEwMjkwNjM1NDdaMBwxGjAYBgNVBAMMEWRlbW8gb2YgdGhlIHRlc3RzMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEceHpkBvk/6L1ue811LzquPXWyBlZ7EYg
B1EfQUSLY4VmAM+AzbDFNCz1tCfrsUQJylxuhCDDkT1lsjk/87brX6NvMG0wHQYD
VR0OBBYEFOAbkvEEMuZl/PyVOteYjqM5ZMfZMB8GA1UdIwQYMBaAFOAbkvEEMuZl
/PyVOteYjqM5ZMfZMBoGA1UdEQQTMBGHBH8AAAGCCWxvY2FsaG9zdDAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIAMQ/OR9OAc927U2pWl9pZoRzf1Y
fRa59ZYFDIXP/lhsAiEAmMDQhl/MOJo0K9f2SwtV9NJVDaLYI8v01788oDb57AI=
-----END CERTIFICATE-----
"""


@pytest.fixture
def certificate(tmp_path):
    """The file with the certificate of the server and its key."""
    path = tmp_path / 'certificate.pem'
    path.write_text(_CERTIFICATE)
    return path


@pytest.fixture
def secure_port(certificate):
    """The port of a running server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(('127.0.0.1', 0)) as listening:
        threading.Thread(target=_shake_hands, args=(listening, context), daemon=True).start()
        yield listening.getsockname()[1]


def _shake_hands(listening, context):
    while True:
        try:
            line, _ = listening.accept()
        except OSError:
            return
        try:
            with context.wrap_socket(line, server_side=True) as secure:
                secure.recv(1)
        except OSError:
            line.close()
