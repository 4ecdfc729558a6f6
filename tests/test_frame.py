"""The frame of the repository: lists that must agree, the wheel, and the scripts that start it."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import civitai_manager_libs
from civitai_manager_libs.bootstrap import pythons
from civitai_manager_libs.bootstrap.needs import RUNTIME, TESTS
from tests.support.checkout import (
    REPOSITORY,
    clean_environment,
    is_posix,
    make_bare_python,
    make_checkout,
    report_of,
)

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGE = REPOSITORY / 'scripts' / 'civitai_manager_libs'


def requirements(name):
    lines = (REPOSITORY / name).read_text(encoding='utf-8').splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def names(lines):
    return [re.split(r'[<>=!~; \[]', line)[0] for line in lines]


@pytest.fixture(scope='module')
def project():
    return tomllib.loads((REPOSITORY / 'pyproject.toml').read_text(encoding='utf-8'))


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp('wheel')
    done = subprocess.run(
        [sys.executable, '-m', 'hatchling', 'build', '-t', 'wheel', '-d', str(folder)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next(folder.glob('*.whl')))


class TestLists:
    def test_the_requirements_agree_everywhere(self, project):
        assert requirements('requirements.txt') == project['project']['dependencies']
        assert names(requirements('requirements.txt')) == list(RUNTIME)
        assert names(requirements('requirements-test.txt')) == list(TESTS)

    def test_no_version_is_pinned(self):
        for line in requirements('requirements.txt') + requirements('requirements-test.txt'):
            assert '==' not in line and '~=' not in line, line

    def test_the_import_names_are_true(self):
        modules = {**RUNTIME, **TESTS}.values()
        code = (
            'import sys; from importlib.util import find_spec; print(*map(find_spec, sys.argv[1:]))'
        )
        done = subprocess.run(
            [sys.executable, '-c', code, *modules], capture_output=True, text=True
        )
        assert done.stdout.count('ModuleSpec(') == len(modules), done.stdout + done.stderr

    def test_the_supported_pythons_agree_everywhere(self, project):
        oldest, newest = pythons.OLDEST, pythons.NEWEST
        wanted = f'>={pythons.as_text(oldest)},<{newest[0]}.{newest[1] + 1}'
        assert project['project']['requires-python'] == wanted
        for name in ('start.sh', 'start.bat'):
            text = (REPOSITORY / name).read_text(encoding='utf-8')
            assert f'{oldest} <= sys.version_info[:2] <= {newest}' in text, name

    def test_what_is_made_at_run_time_is_ignored_by_git(self):
        ignored = (REPOSITORY / '.gitignore').read_text(encoding='utf-8').splitlines()
        folders = ('downloads', 'cache', 'logs', 'outputs', 'data', '.venv')
        assert {f'/{folder}/' for folder in folders} <= set(ignored)
        assert {'/config/user_config.json', '/.venv.lock'} <= set(ignored)


class TestWheel:
    def test_it_holds_every_file_of_the_package(self, wheel):
        inside = set(wheel.namelist())
        files = [path for path in PACKAGE.rglob('*') if path.is_file() and path.suffix != '.pyc']
        wanted = {path.relative_to(PACKAGE.parent).as_posix() for path in files}
        assert wanted - inside == set()
        for part in ('locales/zh-TW/', 'locales/en/', 'store/migrations/'):
            assert any(f'civitai_manager_libs/{part}' in name for name in inside), part

    def test_it_holds_what_lies_at_the_root(self, wheel):
        inside = set(wheel.namelist())
        scripts = {f'assets/javascript/{p.name}' for p in (REPOSITORY / 'javascript').iterdir()}
        assert scripts
        for name in {'default_config.json', 'assets/style.css', *scripts}:
            assert f'civitai_manager_libs/{name}' in inside

    def test_it_holds_nothing_else(self, wheel):
        version = civitai_manager_libs.__version__
        tops = {name.split('/')[0] for name in wheel.namelist()}
        assert tops == {'civitai_manager_libs', f'civitai_shortcut-{version}.dist-info'}

    def test_it_brings_the_command(self, wheel):
        points = next(name for name in wheel.namelist() if name.endswith('/entry_points.txt'))
        text = wheel.read(points).decode()
        assert 'civitai-shortcut = civitai_manager_libs.cli:main' in text


class TestStart:
    @pytest.fixture
    def checkout(self, tmp_path):
        if not is_posix():
            pytest.skip('platform: start.sh is for the others')
        checkout = make_checkout(tmp_path / 'the program')
        script = checkout.folder / 'start.sh'
        script.write_bytes((REPOSITORY / 'start.sh').read_bytes())
        script.chmod(0o755)
        return checkout

    @staticmethod
    def start(checkout, *arguments, **variables):
        return subprocess.run(
            [str(checkout.folder / 'start.sh'), *arguments],
            env=clean_environment(**variables),
            cwd=checkout.folder.parent,
            capture_output=True,
            encoding='utf-8',
        )

    @staticmethod
    def path(folder, **programs):
        folder.mkdir()
        (folder / 'dirname').symlink_to('/usr/bin/dirname')
        for name, line in programs.items():
            (folder / name).write_text(f'#!/bin/sh\n{line}\n')
            (folder / name).chmod(0o755)
        return str(folder)

    def test_it_finds_a_python_and_hands_everything_over(self, checkout, tmp_path):
        bare = make_bare_python(tmp_path / 'bare')
        modules = tmp_path / 'modules'
        for module in RUNTIME.values():
            (modules / module).mkdir(parents=True)
            (modules / module / '__init__.py').touch()
        path = self.path(tmp_path / 'bin', python3='exit 127', python=f'exec "{bare}" "$@"')
        done = self.start(checkout, 'download', 'a b', PATH=path, PYTHONPATH=str(modules))
        assert done.returncode == 3, done.stderr
        assert report_of(done)['arguments'] == ['download', 'a b']

    def test_without_any_python_it_says_so(self, checkout, tmp_path):
        done = self.start(checkout, PATH=self.path(tmp_path / 'bin'))
        assert done.returncode == 1
        assert 'No Python was found' in done.stderr

    def test_an_old_python_says_it_itself(self, checkout, tmp_path):
        line = 'case "$1" in -c) [ -z "$2" ];; *) echo "old: $*"; exit 1;; esac'
        done = self.start(checkout, 'x', PATH=self.path(tmp_path / 'bin', python3=line))
        assert done.stdout == f'old: {checkout.folder}/main.py x\n'

    def test_the_scripts_can_be_executed(self):
        if not is_posix():
            pytest.skip('platform: there is no such permission')
        for name in ('start.sh', '.ci/run'):
            assert os.access(REPOSITORY / name, os.X_OK), name

    def test_the_acceptance_run_is_the_test_command(self):
        lines = Path(REPOSITORY, '.ci', 'run').read_text(encoding='utf-8').splitlines()
        assert lines[-1] == 'exec python3 main.py test "$@"'
