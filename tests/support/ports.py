"""Ports that nobody listens at, and that nobody else gets until a test does."""

import os
import random
import socket

# Below those that systems give to who asks for any port (Linux from 32768, Windows and macOS from
# 49152); each worker of pytest has its own.
_FIRST, _LAST = 20_000, 32_000
_WORKERS = 16

_given = set()


def free_port():
    """Another one at each call."""
    worker = int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw')) % _WORKERS
    ports = range(_FIRST + worker, _LAST, _WORKERS)
    chosen = random.SystemRandom().choice([port for port in ports if port not in _given])
    _given.add(chosen)
    with socket.socket() as probe:
        try:
            probe.bind(('127.0.0.1', chosen))
        except OSError:  # somebody listens at it already
            return free_port()
    return chosen
