"""What goes wrong in a thread of ours is in the log, and the hooks of a host stay its own."""

import ast
import threading
from pathlib import Path

import civitai_manager_libs
from civitai_manager_libs.redaction import hide
from civitai_manager_libs.util import OwnThread
from tests.support.logs import text

PACKAGE = Path(civitai_manager_libs.__file__).parent
KEY = 'a-key-that-nobody-may-see'


def test_an_uncaught_exception_is_logged_without_secrets_and_told(opened_logs, monkeypatch):
    told = []
    monkeypatch.setattr(threading, 'excepthook', told.append)  # a host's

    def work():
        try:
            raise ValueError(f'refused: {KEY}')
        except ValueError as error:
            raise LookupError('nothing found') from error

    hide(KEY)
    thread = OwnThread(target=work, name='part-lane', daemon=True)
    thread.start()
    thread.join()
    log = text(opened_logs, 'error.log')
    assert 'ERROR part-lane' in log and 'LookupError: nothing found' in log
    assert 'ValueError: refused: ***' in log and KEY not in log
    assert [(one.exc_type, one.thread) for one in told] == [(LookupError, thread)]


def test_all_threads_of_the_program_are_such():
    """But those of the demo catalogue, and of the installer, which runs before there are logs."""
    found = []
    for path in sorted(PACKAGE.rglob('*.py')):
        if path.relative_to(PACKAGE).parts[0] in ('demo', 'bootstrap'):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == 'threading.Thread':
                found.append(path.name)
    assert found == []
