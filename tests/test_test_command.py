"""The test command, the browser it finds or installs, and the rule about skipping."""

import argparse
import os
import platform
import subprocess
import sys

import pytest
from coverage import CoverageData

from civitai_manager_libs import i18n
from civitai_manager_libs.cli import test as command
from civitai_manager_libs.testing import browser, host_environments
from civitai_manager_libs.testing.checks import Check, run_all
from tests.support.checkout import REPOSITORY, is_posix

_MODULE = 'scripts/civitai_manager_libs/errors.py'


@pytest.fixture(autouse=True)
def english():
    before = i18n.language()
    i18n.set_language('en')
    yield
    i18n.set_language(before)


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A function that puts a shell script on an otherwise empty PATH; its folder."""
    if not is_posix():
        pytest.skip('platform: the stand-ins for programs are shell scripts')
    folder = tmp_path / 'programs'
    folder.mkdir()
    monkeypatch.setenv('PATH', str(folder))
    monkeypatch.delenv(browser.VARIABLE, raising=False)

    def add(name, script='exit 0'):
        (folder / name).write_text(f'#!/bin/sh\n{script}\n')
        (folder / name).chmod(0o755)
        return str(folder / name)

    return add


@pytest.fixture
def no_browser_of_playwright(monkeypatch):
    monkeypatch.setattr(browser, '_ASK_PLAYWRIGHT', 'print("/nonexistent/chrome")')


def parse(*words):
    parser = argparse.ArgumentParser()
    parser.add_argument('-v', action='store_true')
    of_test = parser.add_subparsers(dest='command').add_parser('test')
    command.add_arguments(of_test)
    return parser.parse_args(words)


class TestArguments:
    @pytest.mark.parametrize(
        'words', [[], ['-k', 'name'], ['-x', 'tests/a.py::b', '--', '-v'], ['--lf', '-n', '0']]
    )
    def test_everything_behind_test_belongs_to_pytest(self, words):
        assert parse('test', *words).pytest_arguments == words

    def test_help_is_ours(self, capsys):
        assert command.run(parse('test', '--help'), None) == 0
        assert 'run only pytest' in capsys.readouterr().out


class TestRun:
    def test_with_arguments_pytest_runs_alone_and_its_code_is_ours(self, capfd):
        assert command.run(parse('test', '--version'), None) == 0
        assert 'pytest ' in ''.join(capfd.readouterr())
        assert command.run(parse('test', 'tests/there_is_no_such_file.py'), None) == 4

    def test_outside_a_checkout_it_says_so(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(command, '_CHECKOUT', tmp_path)
        assert command.run(parse('test'), None) == 2
        assert 'folder with the source' in capsys.readouterr().out

    @pytest.mark.parametrize('failing', [None, 'flake8', 'report'])
    def test_without_arguments_every_check_runs(self, failing, monkeypatch, capsys):
        lines = []

        def python(arguments, folder, environment):
            assert folder == REPOSITORY
            assert environment[browser.VARIABLE] == '/opt/browser'
            lines.append(' '.join(arguments))
            return 1 if failing in arguments else 0

        monkeypatch.setenv(browser.VARIABLE, '')
        monkeypatch.setattr(browser, 'ensure', lambda: '/opt/browser')
        monkeypatch.setattr(host_environments, 'ensure', lambda: True)
        monkeypatch.setattr(command, 'python', python)
        assert command.run(parse('test'), None) == (1 if failing else 0)
        assert lines[:3] == ['-m black --check .', '-m flake8', '-m mypy']
        assert lines[-4:] == [
            '-m coverage run -m pytest -n 2 --dist loadfile --durations=15 -m not hosts',
            '-m coverage combine --quiet',
            '-m coverage report',
            '-m pytest -n 2 --dist loadfile --durations=15 -m hosts tests/hosts',
        ]
        summary = capsys.readouterr().out.splitlines()[-9:]
        verdicts = {line.split()[-1]: line.split()[0] for line in summary[:-1]}
        failed = {'flake8': ['flake8'], 'report': ['coverage']}.get(failing, [])
        assert [name for name, verdict in verdicts.items() if verdict == 'failed'] == failed
        assert len(verdicts) == 8

    def test_what_runs_in_a_copy_counts_as_the_program(self, tmp_path):
        ran = {REPOSITORY: {1, 2}, tmp_path / 'installed': {2, 3}}
        for number, (root, lines) in enumerate(ran.items()):
            data = CoverageData(basename=str(tmp_path / f'data.{number}'))
            data.add_lines({str(root / _MODULE): lines})
            data.write()
        combine = [sys.executable, '-m', 'coverage', 'combine', '--quiet']
        combined = tmp_path / 'combined'
        subprocess.run(
            [*combine, f'--data-file={combined}', *map(str, tmp_path.glob('data.*'))],
            cwd=REPOSITORY,
            check=True,
            timeout=60,
        )
        data = CoverageData(basename=str(combined))
        data.read()
        assert data.measured_files() == {str(REPOSITORY / _MODULE)}
        assert sorted(data.lines(str(REPOSITORY / _MODULE))) == [1, 2, 3]

    def test_without_a_browser_the_rest_still_runs(self, monkeypatch, capsys):
        ran = []
        monkeypatch.delenv(browser.VARIABLE, raising=False)
        monkeypatch.setattr(browser, 'ensure', lambda: None)
        monkeypatch.setattr(host_environments, 'ensure', lambda: True)
        monkeypatch.setattr(command, 'python', lambda *about: ran.append(about) or 0)
        assert command.run(parse('test'), None) == 1
        assert 'No browser was found' in capsys.readouterr().out
        assert len(ran) == 9

    def test_only_the_hosts_run_when_they_are_asked_for(self, monkeypatch):
        lines = []
        monkeypatch.setenv(browser.VARIABLE, '')
        monkeypatch.setattr(browser, 'ensure', lambda: '/opt/browser')
        monkeypatch.setattr(host_environments, 'ensure', lambda: True)
        monkeypatch.setattr(command, 'python', lambda *about: lines.append(about[0]) or 0)
        assert command.run(parse('test', '--hosts', '-k', 'forge'), None) == 0
        assert [line[-5:] for line in lines] == [('-m', 'hosts', 'tests/hosts', '-k', 'forge')]

    def test_without_their_environments_the_hosts_have_failed(self, monkeypatch, capsys):
        monkeypatch.setenv(browser.VARIABLE, '')
        monkeypatch.setattr(browser, 'ensure', lambda: '/opt/browser')
        monkeypatch.setattr(host_environments, 'python', lambda: None)
        monkeypatch.setenv(host_environments.VARIABLE, '/there/is/no/such/folder')
        monkeypatch.setattr(command, 'python', lambda *about: 1 / 0)
        assert command.run(parse('test', '--hosts'), None) == 1
        assert 'need Python 3.11' in capsys.readouterr().out

    def test_the_python_of_the_hosts_may_be_one_that_only_uv_knows(self, programs, monkeypatch):
        good = programs('good')
        hidden = f'case "$*" in *"uv python find"*3.11) echo {good};; *) exit 1;; esac'
        monkeypatch.setattr(sys, 'executable', programs('python', hidden))
        monkeypatch.setenv('PYENV_ROOT', '/there/is/no/such/folder')
        assert host_environments.python() == good

    def test_one_that_does_not_run_is_passed_over(self, programs, monkeypatch):
        programs('python3.11', 'echo "not installed"; exit 127')
        monkeypatch.setattr(sys, 'executable', programs('python', 'exit 1'))
        monkeypatch.setenv('PYENV_ROOT', '/there/is/no/such/folder')
        assert host_environments.python() is None

    def test_a_failure_does_not_keep_the_others_from_running(self, capsys):
        ran = []
        checks = [
            Check('one', lambda: ran.append(1) is None),
            Check('two', lambda: False),
            Check('three', lambda: ran.append(3) is None),
        ]
        assert not run_all(checks)
        assert ran == [1, 3]
        assert capsys.readouterr().out.splitlines()[-1] == '1 failed: two (0 s in all).'

    def test_the_import_contracts_can_be_checked_as_it_does(self):
        code = command._LINT_IMPORTS.replace('_command()', '_command(["--help"])')
        done = subprocess.run(
            [sys.executable, '-c', code], cwd=REPOSITORY, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


class TestBrowser:
    def test_the_variable_is_believed(self, programs, monkeypatch):
        programs('chromium')
        monkeypatch.setenv(browser.VARIABLE, '/my/browser')
        assert browser.find() == '/my/browser'

    def test_one_that_does_not_start_is_passed_over(self, programs, no_browser_of_playwright):
        programs('chromium', 'echo "use snap install chromium"; exit 1')
        assert browser.find() is None
        good = programs('google-chrome', '[ "$1" = --version ]')
        assert browser.find() == good

    def test_playwrights_own_is_the_last(self, programs, tmp_path, monkeypatch):
        own = tmp_path / 'chrome'
        own.touch()
        monkeypatch.setattr(browser, '_ASK_PLAYWRIGHT', f'print({str(own)!r})')
        assert browser.find() == str(own)
        good = programs('chromium')
        assert browser.find() == good

    @pytest.mark.parametrize(
        ('system', 'variables', 'place'),
        [
            ('Darwin', {}, 'Applications/Google Chrome.app/Contents/MacOS/Google Chrome'),
            ('Windows', {'PROGRAMFILES(X86)': '{}'}, 'Microsoft/Edge/Application/msedge.exe'),
        ],
    )
    def test_the_usual_places_of_other_systems(
        self, system, variables, place, programs, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(platform, 'system', lambda: system)
        monkeypatch.setenv('HOME', str(tmp_path))
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(tmp_path))
        there = tmp_path / place
        there.parent.mkdir(parents=True)
        there.write_text('#!/bin/sh\nexit 0\n')
        there.chmod(0o755)
        assert browser.find() == str(there)

    def test_debian_gets_its_chromium_and_a_chinese_font(
        self, programs, tmp_path, monkeypatch, capsys, no_browser_of_playwright
    ):
        self.be(monkeypatch, ID='debian')
        calls = self.apt_get(
            programs,
            tmp_path,
            'for name; do :; done; here=${0%/*}\n'
            'case "$*" in *install*)\n'
            '  printf "#!/bin/sh\\n" > "$here/chromium"\n'
            '  printf "#!/bin/sh\\necho Noto\\n" > "$here/fc-list"\n'
            '  /bin/chmod +x "$here/chromium" "$here/fc-list";;\n'
            'esac',
        )
        path = browser.ensure()
        assert path is not None and path.endswith('/chromium')
        lines = calls.read_text().splitlines()
        assert lines[0].endswith(' update')
        assert lines[1].endswith(' --no-install-recommends chromium fonts-noto-cjk')
        assert 'Chinese' not in capsys.readouterr().out

    def test_with_browser_and_font_nothing_is_installed(self, programs, tmp_path, monkeypatch):
        self.be(monkeypatch, ID='debian')
        calls = self.apt_get(programs, tmp_path)
        good = programs('chromium')
        programs('fc-list', 'echo Noto')
        assert browser.ensure() == good
        assert not calls.exists()

    def test_ubuntu_gets_playwrights(
        self, programs, tmp_path, monkeypatch, capsys, no_browser_of_playwright
    ):
        self.be(monkeypatch, ID='ubuntu', ID_LIKE='debian')
        calls = self.apt_get(programs, tmp_path)
        python = programs('python', f'echo "$*" >> {tmp_path}/python.calls; echo trouble; exit 1')
        monkeypatch.setattr(sys, 'executable', python)
        assert browser.ensure() is None
        assert not calls.exists()
        installs = [
            c for c in (tmp_path / 'python.calls').read_text().splitlines() if 'install' in c
        ]
        assert installs == ['-m playwright install chromium --with-deps']
        said = capsys.readouterr().out
        assert 'could not be installed: trouble' in said
        assert 'no Chinese font' in said

    @staticmethod
    def be(monkeypatch, **release):
        monkeypatch.setattr(platform, 'freedesktop_os_release', lambda: release)
        monkeypatch.setattr(os, 'geteuid', lambda: 0)

    @staticmethod
    def apt_get(programs, tmp_path, script=''):
        calls = tmp_path / 'apt.calls'
        programs('apt-get', f'echo "$*" >> {calls}\n{script}')
        return calls


@pytest.mark.browser
def test_the_browser_of_the_tests_runs_pages(browser):
    page = browser.new_page()
    page.set_content('<button onclick="this.textContent = \'已下載\'">下載</button>')
    page.click('button')
    assert page.inner_text('button') == '已下載'
    page.close()


class TestSkips:
    TESTS = (
        'import pytest, sys\n'
        'def test_missing(): pytest.skip("needs a browser")\n'
        'def test_shared(): pytest.skip("needs ../shared: pictures")\n'
        '@pytest.mark.skipif(True, reason="platform: only on the moon")\n'
        'def test_platform(): pass\n'
        '@pytest.mark.skip(reason="later")\n'
        'def test_later(): pass\n'
        '@pytest.mark.xfail(reason="known")\n'
        'def test_known(): assert False\n'
    )
    MODULE = 'import pytest\npytest.importorskip("there_is_no_such_module")\n'

    @pytest.mark.parametrize(
        ('variables', 'outcome'),
        [
            ({}, '5 skipped, 1 xfailed'),
            ({'CI': 'true'}, '1 failed, 2 skipped, 1 xfailed, 2 errors'),
        ],
    )
    def test_only_some_reasons_count_under_ci(self, variables, outcome, tmp_path):
        (tmp_path / 'test_some.py').write_text(self.TESTS)
        (tmp_path / 'test_module.py').write_text(self.MODULE)
        environment = {name: value for name, value in os.environ.items() if name != 'CI'}
        environment.update(variables, PYTHONPATH=str(REPOSITORY))
        done = subprocess.run(
            [sys.executable, '-m', 'pytest', '-p', 'tests.support.skips', '--rootdir', '.']
            + ['-p', 'no:cacheprovider', '--continue-on-collection-errors', '.'],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert outcome in done.stdout, done.stdout + done.stderr
        assert done.returncode == (1 if variables else 0)
