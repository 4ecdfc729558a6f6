"""The bootstrap: real virtual environments, made, moved, broken, interrupted and fought over."""

import ast
import errno
import glob
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from civitai_manager_libs import bootstrap
from civitai_manager_libs.bootstrap import arguments, failures, messages, prepare, pythons
from civitai_manager_libs.bootstrap.environment import Environment
from civitai_manager_libs.bootstrap.installer import Installer, choose
from civitai_manager_libs.bootstrap.lock import Lock
from civitai_manager_libs.bootstrap.needs import Needs
from civitai_manager_libs.bootstrap.progress import Progress
from tests.support.checkout import (
    REPOSITORY,
    clean_environment,
    is_posix,
    make_bare_python,
    make_checkout,
    report_of,
)

OLD_SYNTAX = (
    'main.py',
    'scripts/civitai_manager_libs/__init__.py',
    'scripts/civitai_manager_libs/bootstrap/__init__.py',
    'scripts/civitai_manager_libs/bootstrap/arguments.py',
    'scripts/civitai_manager_libs/bootstrap/messages.py',
    'scripts/civitai_manager_libs/bootstrap/pythons.py',
)


@pytest.fixture(scope='module')
def bare_python(tmp_path_factory):
    return make_bare_python(tmp_path_factory.mktemp('bare') / 'python')


@pytest.fixture
def checkout(tmp_path):
    return make_checkout(tmp_path / 'the program')


@pytest.fixture
def speaker():
    return messages.Speaker(messages.ENGLISH)


@pytest.fixture
def outside(monkeypatch):
    """The variables of this process as a person without settings of their own has them."""
    for name in set(os.environ) - set(clean_environment()):
        if name.startswith(('PIP_', 'UV_')):
            monkeypatch.delenv(name)
    for name in ('PIP_CONFIG_FILE', 'PATH'):
        monkeypatch.setenv(name, clean_environment()[name])


def ready(checkout, speaker, command=None):
    """Prepare ``checkout`` within this process; whether anything had to be done."""
    return prepare.make_ready(
        Environment(checkout.environment), Needs(checkout.folder, command), speaker
    )


class TestFirstRun:
    def test_installs_then_runs_then_installs_no_more(self, checkout, bare_python):
        first = checkout.run(bare_python, '--lang', 'en', 'download', '一個 1')
        report = report_of(first)
        assert first.returncode == 3
        assert report['arguments'] == ['--lang', 'en', 'download', '一個 1']
        assert Path(report['prefix']).samefile(checkout.environment)
        assert report['analytics'] == 'False'
        assert 'First run: creating' in first.stderr
        assert 'Installed in' in first.stderr

        second = checkout.run(bare_python, '--lang', 'en', 'download')
        assert (second.returncode, second.stderr) == (3, '')

        tests = checkout.run(bare_python, '--lang', 'en', 'test')
        assert tests.returncode == 0
        assert 'requirements-test.txt' in tests.stderr
        assert 'creating' not in tests.stderr
        assert checkout.run(bare_python, 'test').stderr == ''
        assert checkout.run(Environment(checkout.environment).python).stderr == ''

    def test_an_environment_that_has_everything_is_used_as_it_is(self, checkout, bare_python):
        modules = checkout.folder / 'modules'
        for module in Needs(checkout.folder, None).imports.values():
            (modules / module).mkdir(parents=True)
            (modules / module / '__init__.py').touch()
        done = checkout.run(bare_python, PYTHONPATH=str(modules))
        assert Path(report_of(done)['prefix']).samefile(bare_python.parent.parent)
        assert done.stderr == ''
        assert not checkout.environment.exists()

    @pytest.mark.parametrize('asked', ['option', 'variable'])
    def test_without_bootstrap_it_names_what_is_missing(self, checkout, bare_python, asked):
        if asked == 'option':
            done = checkout.run(bare_python, '--no-bootstrap', '--lang=en')
        else:
            done = checkout.run(
                bare_python,
                CIVITAI_SHORTCUT_NO_BOOTSTRAP='1',
                CIVITAI_SHORTCUT_LANGUAGE='en',
            )
        assert done.returncode == 1
        assert done.stdout == ''
        assert 'msgspec, tenacity' in done.stderr
        assert f'-m pip install -r "{checkout.folder}' in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert not checkout.environment.exists()

    def test_two_at_once_install_once(self, checkout, bare_python):
        processes = [
            subprocess.Popen(
                checkout.command(bare_python, '--lang', 'en'),
                env=clean_environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding='utf-8',
            )
            for _ in range(2)
        ]
        said = [process.communicate(timeout=120) for process in processes]
        assert [process.returncode for process in processes] == [0, 0], said
        errors = sorted(error for _, error in said)
        assert 'Another process is preparing' in errors[0]
        assert 'Installing' not in errors[0]
        assert 'First run: creating' in errors[1]

    def test_an_interrupted_installation_is_made_anew(self, checkout, bare_python):
        if not is_posix():
            pytest.skip('platform: a console interrupt cannot be sent to one process')
        process = subprocess.Popen(
            checkout.command(bare_python, '--lang', 'en'),
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding='utf-8',
        )
        assert 'creating' in process.stderr.readline()
        assert 'Installing' in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        output, error = process.communicate(timeout=60)
        assert process.returncode == bootstrap.INTERRUPTED
        assert output == ''
        assert error.splitlines()[-1].startswith('Interrupted.')
        assert 'Traceback' not in error

        again = checkout.run(bare_python, '--lang', 'en')
        assert again.returncode == 0
        assert 'building it anew' in again.stderr


class TestPrepare:
    def test_with_everything_there_the_process_goes_on(self, speaker):
        request = arguments.Request(None, 'en', True)
        assert prepare.prepare(str(REPOSITORY), request, speaker) is None
        assert prepare.prepare(str(REPOSITORY), request._replace(bootstrap=False), speaker) is None

    def test_what_is_missing_is_named(self, checkout, speaker, capsys, monkeypatch):
        monkeypatch.setattr('importlib.util.find_spec', lambda name: name == 'PIL' or None)
        request = arguments.Request('test', 'en', False)
        assert prepare.prepare(str(checkout.folder), request, speaker) == 1
        said = capsys.readouterr().err
        assert 'missing: requests, msgspec,' in said and 'pytest-xdist' in said
        assert 'requirements-test.txt' in said

    def test_the_process_starts_over_in_the_environment(self, checkout, speaker, monkeypatch):
        started = []
        monkeypatch.setattr(os, 'execve', lambda *about: started.append(about[1]))
        monkeypatch.setattr(subprocess, 'Popen', lambda command: Child(started, command))
        monkeypatch.setattr(sys, 'orig_argv', ['python3', '-X', 'utf8', 'main.py', '-v'])
        monkeypatch.setattr(Needs, 'missing', lambda self: ['msgspec'])
        monkeypatch.setattr(prepare, 'make_ready', lambda *about: True)
        request = arguments.Request(None, 'en', True)
        assert prepare.prepare(str(checkout.folder), request, speaker) == 7
        python = str(Environment(checkout.environment.resolve()).python)
        assert started[0] == [python, '-X', 'utf8', 'main.py', '-v']

    def test_a_failure_is_said_and_ends_with_1(self, checkout, speaker, capsys, monkeypatch):
        monkeypatch.setattr(Needs, 'missing', lambda self: ['msgspec'])
        checkout.environment.write_text('in the way')
        request = arguments.Request(None, 'en', True)
        assert prepare.prepare(str(checkout.folder), request, speaker) == 1
        assert 'is not a virtual environment' in capsys.readouterr().err

    def test_an_interruption_is_said_and_ends_with_130(self, checkout, capsys, monkeypatch):
        def interrupt(*about):
            raise KeyboardInterrupt

        monkeypatch.setattr(prepare, 'prepare', interrupt)
        with pytest.raises(SystemExit) as raised:
            bootstrap.run(str(checkout.folder), ['--lang', 'en'])
        assert raised.value.code == bootstrap.INTERRUPTED
        assert capsys.readouterr().err.startswith('Interrupted.')


class Child:
    """The child process of Windows: the first wait for it is interrupted, the second ends it."""

    def __init__(self, started, command):
        started.append(command)
        self.waits = 0

    def wait(self):
        self.waits += 1
        if self.waits == 1:
            raise KeyboardInterrupt
        return 7


class TestRepair:
    def test_moved_then_broken_then_changed(self, checkout, speaker, capsys, outside):
        assert ready(checkout, speaker)
        assert not ready(checkout, speaker)

        moved = type(checkout)(checkout.folder.with_name('elsewhere'))
        checkout.folder.rename(moved.folder)
        moved.require()
        capsys.readouterr()
        assert ready(moved, speaker)
        assert 'building it anew' in capsys.readouterr().err
        assert not ready(moved, speaker)

        Environment(moved.environment).python.unlink()
        assert ready(moved, speaker)
        assert 'building it anew' in capsys.readouterr().err
        assert not ready(moved, speaker)

        moved.require('hatchling')
        assert ready(moved, speaker)
        assert 'building' not in capsys.readouterr().err
        assert not ready(moved, speaker)

        shutil.rmtree(next(moved.environment.rglob('msgspec')))
        next(moved.environment.rglob('msgspec-99.0.dist-info/RECORD')).write_text('')
        with pytest.raises(failures.BootstrapError) as raised:
            ready(moved, speaker)
        assert raised.value.key == 'still_missing'
        assert raised.value.values['names'] == 'msgspec'

    def test_one_of_another_python_is_kept_as_long_as_it_works(
        self, checkout, speaker, monkeypatch, outside
    ):
        """A page may be running in it."""
        assert ready(checkout, speaker)
        monkeypatch.setattr(sys, 'version_info', (3, 10 if sys.version_info[1] != 10 else 13, 0))
        assert not ready(checkout, speaker)

    def test_a_failed_installation_says_why_and_goes_on_later(
        self, checkout, speaker, capsys, outside, monkeypatch
    ):
        monkeypatch.setenv('PIP_RETRIES', '1')
        requirements = checkout.folder / 'requirements.txt'
        usual = requirements.read_text(encoding='utf-8')
        requirements.write_text('--index-url http://127.0.0.1:9/simple\nmsgspec\n')
        with pytest.raises(failures.BootstrapError) as raised:
            ready(checkout, speaker)
        assert raised.value.key == 'no_network'
        capsys.readouterr()

        checkout.require('there-is-no-such-package')
        with pytest.raises(failures.BootstrapError) as raised:
            ready(checkout, speaker)
        assert raised.value.key == 'install_failed'
        assert 'there-is-no-such-package' in raised.value.values['reason']
        assert 'pip install -r' in raised.value.values['command']

        requirements.write_text(usual, encoding='utf-8')
        assert ready(checkout, speaker)
        assert 'creating' not in capsys.readouterr().err

    def test_data_in_the_place_of_the_environment_is_left_alone(self, checkout, speaker, outside):
        checkout.environment.mkdir()
        (checkout.environment / 'precious.txt').write_text('mine')
        with pytest.raises(failures.BootstrapError) as raised:
            ready(checkout, speaker)
        assert raised.value.key == 'not_an_environment'
        assert (checkout.environment / 'precious.txt').read_text() == 'mine'

    def test_a_folder_that_cannot_be_written_is_one_sentence(self, checkout, bare_python):
        (checkout.folder / '.venv.lock').mkdir()
        done = checkout.run(bare_python, '--lang', 'en')
        assert done.returncode == 1
        assert 'cannot be written' in done.stderr
        assert len(done.stderr.splitlines()) == 1

    def test_a_missing_requirement_file_is_one_sentence(self, checkout, bare_python):
        (checkout.folder / 'requirements.txt').unlink()
        done = checkout.run(bare_python, '--lang', 'en')
        assert done.returncode == 1
        assert done.stderr.count('\n') == 1
        assert 'fetch the complete program again' in done.stderr


class TestTools:
    def test_a_python_without_ensurepip_names_the_package_of_debian(
        self, checkout, speaker, tmp_path, outside, monkeypatch
    ):
        if not is_posix():
            pytest.skip('platform: only Debian and its kin take ensurepip out of Python')
        debian = tmp_path / 'python3'
        debian.write_text(
            '#!/bin/sh\nmkdir -p "$3/bin"\n'
            'echo "The virtual environment was not created successfully because ensurepip is not"\n'
            'exit 1\n'
        )
        debian.chmod(0o755)
        monkeypatch.setattr(sys, '_base_executable', str(debian))
        with pytest.raises(failures.BootstrapError) as raised:
            ready(checkout, speaker)
        assert raised.value.key == 'no_ensurepip'
        assert 'apt install python3-venv' in speaker.text('no_ensurepip', **raised.value.values)
        assert not checkout.environment.exists()

    def test_uv_is_used_when_it_works(self, checkout, speaker, tmp_path, outside, monkeypatch):
        if not is_posix():
            pytest.skip('platform: the stand-in for uv is a shell script')
        uv = tmp_path / 'bin' / 'uv'
        uv.parent.mkdir()
        uv.write_text(
            '#!/bin/sh\n'
            'echo "$UV_PYTHON_DOWNLOADS $*" >> "$(dirname "$0")/calls"\n'
            'case "$1" in\n'
            '  venv) exec "$4" -m venv "$5" ;;\n'
            '  pip) python=$4; shift 4; exec "$python" -m pip install "$@" ;;\n'
            'esac\n'
        )
        uv.chmod(0o755)
        monkeypatch.setenv('PATH', str(uv.parent), prepend=os.pathsep)
        assert ready(checkout, speaker)
        calls = (uv.parent / 'calls').read_text().splitlines()
        assert [call.split()[1] for call in calls[1:]] == ['venv', 'pip']
        assert all(call.startswith('never ') for call in calls[1:])

    def test_a_uv_that_does_not_start_is_passed_over(self, tmp_path, monkeypatch, speaker):
        if not is_posix():
            pytest.skip('platform: the stand-in for uv is a shell script')
        uv = tmp_path / 'uv'
        uv.write_text('#!/bin/sh\nexit 127\n')
        uv.chmod(0o755)
        monkeypatch.setenv('PATH', str(tmp_path), prepend=os.pathsep)
        assert choose(Progress(speaker)).tool == 'pip'

    def test_a_broken_base_python_is_said(self, speaker, tmp_path):
        tool = Installer(None, Progress(speaker))
        folder = tmp_path / 'occupied'
        folder.write_text('a file')
        with pytest.raises(failures.BootstrapError) as raised:
            tool.create(folder, sys.executable)
        assert raised.value.key == 'venv_failed'

    def test_the_lock_remembers_an_unfinished_build(self, tmp_path):
        path = tmp_path / 'lock'
        with Lock(path, pytest.fail) as lock:
            assert not lock.unfinished
            lock.building()
        with Lock(path, pytest.fail) as lock:
            assert lock.unfinished
            lock.done()
        with Lock(path, pytest.fail) as lock:
            assert not lock.unfinished


class TestProgress:
    class Terminal:
        encoding = 'utf-8'

        def __init__(self):
            self.text = ''

        def isatty(self):
            return True

        def write(self, text):
            self.text += text

        def flush(self):
            pass

    def test_a_terminal_sees_a_live_count_and_then_a_clean_line(self, monkeypatch):
        terminal = self.Terminal()
        monkeypatch.setattr(sys, 'stderr', terminal)
        progress = Progress(messages.Speaker(messages.ENGLISH))
        for line in ('Collecting a', 'Downloading a', 'Collecting b>=1'):
            progress.read(line)
        progress.tick()
        assert terminal.text.endswith('  2 packages fetched (0 s)')
        progress.read('Installing collected packages: a, b, c')
        assert terminal.text.endswith('   \r  writing 3 packages (0 s)\n')

    def test_elsewhere_there_are_plain_lines_now_and_then(self, capsys, monkeypatch):
        # Of the real clock, 16 seconds later may be 15.999... seconds later.
        monkeypatch.setattr('time.monotonic', lambda: 100.0)
        progress = Progress(messages.Speaker(messages.ENGLISH))
        progress.read('Resolved 70 packages in 1.2s')
        progress.tick()
        assert capsys.readouterr().err == ''
        monkeypatch.setattr('time.monotonic', lambda: 116.0)
        progress.tick()
        progress.tick()
        assert capsys.readouterr().err == '  70 packages fetched (16 s)\n'


class TestSentences:
    @pytest.mark.parametrize(
        ('line', 'key'),
        [
            ("ERROR: Could not install: [Errno 28] No space left on device: '/x'", 'disk_full'),
            ('error: failed to write: No space left on device (os error 28)', 'disk_full'),
            ("NewConnectionError('<...>: Failed to establish a new connection')", 'no_network'),
            ('  Caused by: dns error: failed to lookup address information', 'no_network'),
            ("ERROR: Could not install: [Errno 13] Permission denied: '/x'", 'read_only'),
            ('ERROR: No matching distribution found for x', 'install_failed'),
        ],
    )
    def test_the_words_of_a_tool_become_one_of_ours(self, line, key, speaker):
        error = failures.of_output(
            ['Collecting x', line, ''], Path('e'), 'install_failed', tool='pip', command='c'
        )
        assert error.key == key
        assert '\n' not in speaker.text(error.key, **error.values)

    @pytest.mark.parametrize(
        ('number', 'key'), [(errno.ENOSPC, 'disk_full'), (errno.EROFS, 'read_only')]
    )
    def test_an_error_of_the_system_becomes_one_of_ours(self, number, key, speaker):
        error = failures.of_system(OSError(number, os.strerror(number)), Path('e'))
        assert error.key == key
        assert 'e' in speaker.text(error.key, **error.values)

    def test_both_languages_say_the_same_things(self):
        chinese, english = messages.TEXTS[messages.CHINESE], messages.TEXTS[messages.ENGLISH]
        assert set(chinese) == set(english)
        for key, sentence in chinese.items():
            assert placeholders(sentence) == placeholders(english[key]), key

    @pytest.mark.parametrize(
        ('wanted', 'variables', 'language'),
        [
            (None, {}, 'zh-TW'),
            (None, {'LANG': 'C.UTF-8'}, 'zh-TW'),
            (None, {'LANG': 'en_US.UTF-8'}, 'en'),
            (None, {'LANG': 'de_DE'}, 'en'),
            (None, {'LC_ALL': 'zh_CN.UTF-8', 'LANG': 'en_US'}, 'zh-TW'),
            (None, {'CIVITAI_SHORTCUT_LANGUAGE': 'en', 'LANG': 'zh_TW'}, 'en'),
            ('zh-TW', {'CIVITAI_SHORTCUT_LANGUAGE': 'en'}, 'zh-TW'),
        ],
    )
    def test_the_language(self, wanted, variables, language, monkeypatch):
        monkeypatch.setattr(sys, 'platform', 'linux')
        assert messages.choose_language(wanted, variables) == language

    def test_a_terminal_without_chinese_gets_english(self, monkeypatch):
        terminal = TestProgress.Terminal()
        terminal.encoding = 'cp1252'
        monkeypatch.setattr(sys, 'stderr', terminal)
        messages.Speaker(messages.CHINESE).say('waiting', path='文/x')
        assert terminal.text == 'Another process is preparing ?/x; waiting for it ...\n'

    def test_without_a_terminal_nothing_fails(self, monkeypatch):
        monkeypatch.setattr(sys, 'stderr', None)
        messages.Speaker(messages.CHINESE).say('interrupted')


class TestArguments:
    @pytest.mark.parametrize(
        ('line', 'expected'),
        [
            ('', (None, None, True)),
            ('test -k no', ('test', None, True)),
            ('--lang en serve', ('serve', 'en', True)),
            ('--lang=en --no-bootstrap', (None, 'en', False)),
            ('--data-dir test -v queue list', ('queue', None, True)),
            ('test --no-bootstrap --lang en', ('test', None, True)),
            ('--lang', (None, '', True)),
        ],
    )
    def test_what_stands_before_the_command_counts(self, line, expected):
        assert arguments.read(line.split(), {}) == expected


class TestOldPythons:
    def test_no_newer_syntax_is_used_where_old_pythons_look(self):
        for name in OLD_SYNTAX:
            text = (REPOSITORY / name).read_text(encoding='utf-8')
            assert newer_syntax(ast.parse(text, feature_version=(3, 7))) == [], name
            assert text.isascii() or text.startswith('# -*- coding: utf-8 -*-'), name

    def test_the_check_above_sees_newer_syntax(self):
        for line in ('f"{x}"', 'x: int = 1', 'def f(*, a): pass', '(x := 1)', 'print(*a, b)'):
            assert newer_syntax(ast.parse(line)), line

    def test_real_old_pythons_are_told(self, tmp_path):
        found = [python for python in old_pythons() if works(python)]
        if not found:
            pytest.skip('platform: no Python older than 3.10 is installed')
        for python in found:
            done = subprocess.run(
                [python, str(REPOSITORY / 'main.py'), '--lang', 'en'],
                env=clean_environment(PYTHONDONTWRITEBYTECODE='1'),
                capture_output=True,
                cwd=tmp_path,
            )
            said = done.stderr.decode('utf-8')
            assert done.returncode == 1, python
            assert said.startswith('Python 3.10 to 3.13 is needed, but this is Python '), said
            assert said.count('\n') == 1, said

    @pytest.mark.parametrize('version', [(3, 9, 18), (3, 14, 0)])
    @pytest.mark.parametrize('other', [['python3.12'], None])
    def test_an_unsupported_python_ends_with_a_sentence(self, version, other, monkeypatch, capsys):
        monkeypatch.setattr(sys, 'version_info', version)
        monkeypatch.setattr(pythons, 'find_supported', lambda: other)
        monkeypatch.setattr(sys, 'argv', ['main.py', 'download', 'a b'])
        with pytest.raises(SystemExit) as raised:
            bootstrap.run(str(REPOSITORY), ['--lang', 'en'])
        assert raised.value.code == 1
        said = capsys.readouterr().err
        if other:
            assert said.endswith('Run this instead: python3.12 main.py download "a b"\n')
        else:
            assert 'https://www.python.org/downloads/' in said

    def test_a_supported_python_is_found_among_stand_ins(self, tmp_path, monkeypatch):
        if not is_posix():
            pytest.skip('platform: the stand-ins are shell scripts')
        for name, line in (
            ('python3.12', 'exit 127'),
            ('python3.13', f'exec "{sys.executable}" "$@"'),
        ):
            (tmp_path / name).write_text(f'#!/bin/sh\n{line}\n')
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv('PATH', f'{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin')
        assert pythons.find_supported() == ['python3.13']


def placeholders(sentence):
    return sorted(part.split('}')[0] for part in sentence.split('{')[1:])


def newer_syntax(tree):
    """What of ``tree`` Python 2.7 cannot read, as far as people are likely to write it here."""
    found = []
    for node in ast.walk(tree):
        if isinstance(
            node, (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.AsyncFunctionDef)
        ):
            found.append(node)
        if isinstance(node, ast.FunctionDef):
            arguments_of_it = [*node.args.args, *node.args.kwonlyargs]
            if node.returns or node.args.kwonlyargs or any(a.annotation for a in arguments_of_it):
                found.append(node)
        if isinstance(node, ast.Call) and any(isinstance(a, ast.Starred) for a in node.args[:-1]):
            found.append(node)
        if isinstance(node, (ast.List, ast.Tuple)) and any(
            isinstance(e, ast.Starred) for e in node.elts
        ):
            found.append(node)
        if isinstance(node, ast.Raise) and node.cause:
            found.append(node)
    return found


def old_pythons():
    for version in ('2.7', '3.6', '3.7', '3.8', '3.9'):
        yield from filter(None, [shutil.which(f'python{version}')])
        yield from glob.glob(
            str(Path.home() / '.pyenv' / 'versions' / f'{version}.*' / 'bin' / 'python')
        )


def works(python):
    # What is found on PATH may be a stand-in of a version manager.
    return subprocess.run([python, '-c', ''], capture_output=True).returncode == 0
