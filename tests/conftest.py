"""Fixtures and rules for all tests; each lives in a module of ``tests.support``."""

pytest_plugins = [
    'tests.support.skips',
    'tests.support.browser',
]
