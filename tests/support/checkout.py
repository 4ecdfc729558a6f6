"""A small copy of the repository's frame, to be bootstrapped for real without a network.

``requirements.txt`` there asks for packages of the right names, but from wheels made on the spot
that hold one empty module each.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

from civitai_manager_libs.bootstrap.needs import RUNTIME, TESTS

REPOSITORY = Path(__file__).resolve().parents[2]
_PACKAGE = Path('scripts', 'civitai_manager_libs')
_PROGRAM = """\
import json, os, sys


def main(argv=None):
    import msgspec

    print(json.dumps({'prefix': sys.prefix, 'arguments': sys.argv[1:], 'msgspec': msgspec.__file__,
                      'analytics': os.environ.get('GRADIO_ANALYTICS_ENABLED')}))
    return 3 if 'download' in sys.argv else 0
"""


class Checkout:
    """The copy at ``folder``; its program prints as JSON what it runs in; ``download`` exits with
    3.
    """

    def __init__(self, folder):
        self.folder = Path(folder)

    @property
    def environment(self):
        """The folder of its virtual environment."""
        return self.folder / '.venv'

    def run(self, python, *arguments, **variables):
        """Run its ``main.py`` with the interpreter ``python`` to the end (``subprocess.run``)."""
        return subprocess.run(
            self.command(python, *arguments),
            env=clean_environment(**variables),
            cwd=self.folder.parent,
            capture_output=True,
            encoding='utf-8',
            timeout=120,
        )

    def command(self, python, *arguments):
        """The words that start its ``main.py``."""
        return [str(python), str(self.folder / 'main.py'), *arguments]

    def require(self, *lines):
        """Write ``requirements.txt`` anew: ``lines`` besides the usual ones."""
        wheels = self.folder / 'wheels'
        text = ['--no-index', f'--find-links "{wheels.as_posix()}"', *RUNTIME, *lines]
        (self.folder / 'requirements.txt').write_text('\n'.join(text) + '\n', encoding='utf-8')


def make_checkout(folder):
    """A new :class:`Checkout` at ``folder``."""
    folder = Path(folder)
    target = folder / _PACKAGE
    shutil.copytree(
        REPOSITORY / _PACKAGE / 'bootstrap',
        target / 'bootstrap',
        ignore=shutil.ignore_patterns('__pycache__'),
    )
    shutil.copy(REPOSITORY / 'main.py', folder)
    shutil.copy(REPOSITORY / _PACKAGE / '__init__.py', target)
    (target / 'cli').mkdir()
    (target / 'cli' / '__init__.py').write_text(_PROGRAM, encoding='utf-8')
    (folder / 'wheels').mkdir()
    for package, module in {**RUNTIME, **TESTS}.items():
        make_wheel(folder / 'wheels', package, module)
    checkout = Checkout(folder)
    checkout.require()
    tests = '\n'.join(TESTS) + '\n'
    (folder / 'requirements-test.txt').write_text(
        f'--no-index\n--find-links "{(folder / "wheels").as_posix()}"\n{tests}', encoding='utf-8'
    )
    return checkout


def make_wheel(folder, package, module, version='99.0', requires=''):
    """An installable wheel of ``package`` that holds the empty ``module``; its path."""
    stem = package.replace('-', '_')
    info = f'{stem}-{version}.dist-info'
    needs = f'Requires-Dist: {requires}\n' if requires else ''
    contents = {
        f'{module}/__init__.py': '',
        f'{info}/METADATA': f'Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n{needs}',
        f'{info}/WHEEL': 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    }
    record = ''.join(f'{name},,\n' for name in [*contents, f'{info}/RECORD'])
    path = Path(folder, f'{stem}-{version}-py3-none-any.whl')
    with zipfile.ZipFile(path, 'w') as wheel:
        for name, text in {**contents, f'{info}/RECORD': record}.items():
            wheel.writestr(name, text)
    return path


def make_bare_python(folder, with_pip=False):
    """An interpreter without any package, not even pip unless asked for."""
    venv.create(folder, with_pip=with_pip, symlinks=os.name != 'nt')
    return Path(folder, *(('Scripts', 'python.exe') if os.name == 'nt' else ('bin', 'python')))


def clean_environment(**variables):
    """The variables of this process without those that steer the bootstrap, pip or the language."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(('CIVITAI_', 'PIP_', 'UV_', 'LC_', 'LANG', 'PYTHON', 'GRADIO_'))
    }
    # No pip.conf of this machine, and no uv that happens to be installed, takes part.
    kept['PIP_CONFIG_FILE'] = os.devnull
    kept['PATH'] = os.pathsep.join(
        folder
        for folder in kept.get('PATH', '').split(os.pathsep)
        if not (Path(folder, 'uv').exists() or Path(folder, 'uv.exe').exists())
    )
    kept['PYTHONUTF8'] = '1'
    return {**kept, **variables}


def report_of(done):
    """What the program of a checkout printed, from the finished process."""
    assert done.stdout, f'the program printed nothing; standard error: {done.stderr}'
    return json.loads(done.stdout)


def is_posix():
    """Whether signals and scripts with ``#!`` work here."""
    return sys.platform != 'win32'
