"""Fixtures and rules for all tests; each lives in a module of ``tests.support``."""

import os
import signal

from hypothesis import settings

# No test may touch the keyring of the person it runs for; its children inherit this.
os.environ['PYTHON_KEYRING_BACKEND'] = 'keyring.backends.fail.Keyring'

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background of a shell without job control: what the tests start would not be
    # interrupted either.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A machine with much else to do may take its time over one example.
settings.register_profile('unhurried', parent=settings(), deadline=None)
settings.load_profile('unhurried')

pytest_plugins = [
    'tests.support.skips',
    'tests.support.browser',
    'tests.support.program',
    'tests.support.odd_server',
    'tests.support.secure',
    'tests.support.fetching',
    'tests.support.ranged',
    'tests.support.asking',
    'tests.support.catalogue',
    'tests.support.command',
    'tests.support.in_process',
    'tests.support.exchange',
    'tests.support.kills',
    'tests.support.recorded',
    'tests.support.engine',
    'tests.support.memory',
    'tests.support.beside',
    'tests.support.page',
    'tests.support.screens',
    'tests.support.desk',
    'tests.support.settings_tab',
    'tests.support.reverse_proxy',
    'tests.support.rows',
    'tests.support.monitor',
    'tests.support.gallery',
    'tests.support.browse',
    'tests.support.many_models',
    'tests.support.saved_models',
    'tests.support.kept_pictures',
    'tests.support.shortcuts_tab',
    'tests.support.logs',
    'tests.support.counting',
    'tests.support.picture_server',
    'tests.support.served_pictures',
    'tests.support.pictures',
    'tests.support.picture_page',
    'tests.support.opened_model',
    'tests.support.model_page',
    'tests.support.picture_orders',
    'tests.support.webui.running',
    'tests.support.webui.in_process',
]
