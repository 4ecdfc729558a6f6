"""The environments with the Gradio of each host: which Python, where they lie, when they are made
anew.
"""

import os
import sys
import time

import pytest

from civitai_manager_libs.testing import host_environments as hosts
from tests.support.checkout import is_posix

NEWEST = hosts.VERSIONS[-1]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Where they lie."""
    monkeypatch.setenv(hosts.VARIABLE, str(tmp_path / 'hosts'))
    return tmp_path / 'hosts'


@pytest.fixture
def installed(monkeypatch):
    """What ``uv`` was asked for; its environments are this Python, and hold nothing."""
    asked = []

    def uv(*arguments):
        asked.append(arguments[0])
        if arguments[0] == 'venv':
            python = hosts._python_in(hosts.Path(arguments[-1]))
            python.parent.mkdir(parents=True)
            python.symlink_to(sys.executable)
        return ''

    monkeypatch.setattr(hosts, '_uv', uv)
    monkeypatch.setattr(hosts, 'python', lambda: sys.executable)
    # What is looked for in it is not there: this Python has no Gradio of each version.
    monkeypatch.setattr(hosts, '_WHOLE', 'import sys')
    return asked


class TestPython:
    def test_one_that_does_not_run_is_passed_over(self, tmp_path, monkeypatch):
        if not is_posix():
            pytest.skip('platform: the stand-ins for Pythons are shell scripts')
        bad, good = tmp_path / 'bad', tmp_path / 'good'
        for folder, script in ((bad, 'echo not installed; exit 127'), (good, 'exit 0')):
            folder.mkdir()
            (folder / 'python3.11').write_text(f'#!/bin/sh\n{script}\n')
            (folder / 'python3.11').chmod(0o755)
        monkeypatch.setenv('PATH', os.pathsep.join(map(str, (bad, good))))
        monkeypatch.setenv('PYENV_ROOT', str(tmp_path / 'none'))
        monkeypatch.setattr(sys, 'executable', '/nonexistent/python')
        assert hosts.python() == str(good / 'python3.11')
        (good / 'python3.11').unlink()
        assert hosts.python() is None

    def test_another_version_does_not_count(self, tmp_path, monkeypatch):
        monkeypatch.setattr(hosts, 'PYTHON', '2.6')
        monkeypatch.setattr(hosts, '_RUNS', 'import sys; sys.exit(sys.version_info[0] != 2)')
        monkeypatch.setenv('PYENV_ROOT', str(tmp_path))
        assert hosts.python() is None


class TestMaking:
    def test_each_is_made_once(self, installed):
        assert hosts.find(NEWEST) is None
        assert hosts.ensure()
        assert installed == ['venv', 'pip'] * len(hosts.VERSIONS)
        assert all(hosts.find(version) for version in hosts.VERSIONS)
        assert hosts.ensure()
        assert len(installed) == 2 * len(hosts.VERSIONS)

    def test_one_that_is_broken_is_made_again(self, installed):
        hosts.ensure()
        hosts.find(NEWEST).unlink()
        del installed[:]
        assert hosts.ensure()
        assert installed == ['venv', 'pip']
        assert hosts.find(NEWEST).exists()

    def test_other_pins_are_another_environment(self, installed, tmp_path, monkeypatch):
        hosts.ensure()
        other = tmp_path / 'requirements.txt'
        other.write_text('requests>=3\n')
        monkeypatch.setattr(hosts, '_REQUIREMENTS', other)
        assert hosts.find(NEWEST) is None

    def test_what_could_not_be_made_is_said_and_leaves_nothing(self, place, monkeypatch, capsys):
        monkeypatch.setattr(hosts, 'python', lambda: sys.executable)
        monkeypatch.setattr(hosts, '_uv', lambda *arguments: 'no network')
        assert not hosts.ensure()
        assert 'no network' in capsys.readouterr().out
        assert not list(place.iterdir())

    def test_what_nobody_used_for_long_is_removed(self, installed, place):
        old, unused = place / 'gradio-1.0-abc', time.time() - 40 * 86400
        old.mkdir(parents=True)
        (old / 'complete').touch()
        os.utime(old / 'complete', (unused, unused))
        assert hosts.ensure()
        assert not old.exists()
        assert hosts.find(NEWEST) is not None

    def test_the_check_finds_a_lost_file(self):
        code = hosts._WHOLE.replace('file.locate().exists()', 'False')
        assert not hosts._works([sys.executable, '-c', code, 'any'])


def test_every_version_has_pins_of_its_own():
    for version in hosts.VERSIONS:
        assert f'gradio=={version}' in hosts.pins(version).read_text().splitlines()
