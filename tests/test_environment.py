"""What one command knows of the outside world."""

import shlex
import sys
from pathlib import Path

import pytest

from civitai_manager_libs.cli.environment import Environment

MAIN = str(Path(__file__).resolve().parents[1] / 'main.py')
pytestmark = pytest.mark.skipif(sys.platform == 'win32', reason='platform: quoting of POSIX')


def test_the_command_to_copy_names_the_same_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment = Environment(
        data_dir=Path('my data'), config_file=Path('mine.json'), demo_wanted=True
    )
    assert shlex.split(environment.command) == [
        *('python3', MAIN, '--demo'),
        *('--data-dir', str(tmp_path / 'my data'), '--config', str(tmp_path / 'mine.json')),
    ]


def test_it_is_short_where_nothing_was_said():
    assert shlex.split(Environment().command) == ['python3', MAIN]


def test_the_demo_keeps_everything_apart(tmp_path):
    places = Environment(data_dir=tmp_path, demo_wanted=True).places
    for path in (places.home, places.config_file, places.key_file, places.database):
        assert path.is_relative_to(tmp_path)
    assert Environment().places.home != Environment(demo_wanted=True).places.home
