"""Fixtures and rules for all tests; each lives in a module of ``tests.support``."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background of a shell without job control: what the tests start would not be
    # interrupted either.
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = [
    'tests.support.skips',
    'tests.support.browser',
    'tests.support.program',
    'tests.support.odd_server',
    'tests.support.fetching',
    'tests.support.ranged',
    'tests.support.asking',
    'tests.support.command',
    'tests.support.kills',
    'tests.support.engine',
    'tests.support.beside',
    'tests.support.page',
    'tests.support.desk',
    'tests.support.rows',
]
