"""Log files of a test, and what was told about them."""

import logging

import pytest

from civitai_manager_libs import notify
from civitai_manager_libs.log_files import LogFiles
from civitai_manager_libs.logs import open_logs, read_lines


@pytest.fixture
def log_folder(tmp_path):
    """Where log files of the test go; not there yet."""
    return tmp_path / 'logs'


@pytest.fixture
def opened_logs(log_folder, fresh_settings):
    """The log files of this process in ``folder``."""
    end = open_logs(log_folder)
    yield log_folder
    end()


@pytest.fixture
def logs_told():
    """Notices about logs, as they are told."""
    found = []
    stop = notify.board.listen(
        lambda notice: found.append(notice) if notice.key.startswith('logs.') else None
    )
    yield found
    stop()
    notify.board.settle('logs')


@pytest.fixture
def own_logs(log_folder):
    """Log files that hang on no logger."""
    made = LogFiles(log_folder)
    yield made
    made.end()


def record(message, **values):
    """A record of our logger at level INFO."""
    return logging.makeLogRecord({'msg': message, 'levelno': 20, 'levelname': 'INFO', **values})


def lines(folder, stem):
    """All lines of a log, oldest first."""
    return list(read_lines(folder, stem))


def text(folder, name='application.log'):
    """The whole of one log file."""
    return (folder / name).read_text(encoding='utf-8')
