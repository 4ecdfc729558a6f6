"""Fixtures and rules for all tests; each lives in a module of ``tests.support``."""

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
