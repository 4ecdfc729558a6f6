"""The modules of a host in the process of the test, without any page."""

import os
import sys
from argparse import Namespace
from types import SimpleNamespace

import pytest

from .flavours import FLAVOURS
from .host_modules import Host

_GRADIO = SimpleNamespace(__version__='3.41.2')


@pytest.fixture
def host_modules(tmp_path, monkeypatch):
    """``host_modules(flavour, **arguments)`` puts the modules of that host here until the test
    ends, and gives the :class:`Host`, which was started with ``arguments``.
    """
    before = dict(sys.modules)

    def put(flavour, **arguments):
        _forget(before)
        root = tmp_path / 'webui'
        root.mkdir(exist_ok=True)
        monkeypatch.chdir(root)
        return Host(FLAVOURS[flavour], os.path.abspath(root), _GRADIO, Namespace(**arguments))

    yield put
    _forget(before)


def _forget(before):
    for name in [name for name in sys.modules if name not in before]:
        if name.split('.')[0] in ('modules', 'modules_forge', 'networks'):
            del sys.modules[name]
