"""The steps of the bootstrap, on a Python that is known to be new enough."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from civitai_manager_libs.bootstrap import failures, installer, pythons
from civitai_manager_libs.bootstrap.arguments import Request
from civitai_manager_libs.bootstrap.environment import Environment, base_python
from civitai_manager_libs.bootstrap.lock import Lock
from civitai_manager_libs.bootstrap.messages import Speaker
from civitai_manager_libs.bootstrap.needs import Needs
from civitai_manager_libs.bootstrap.progress import Progress


def prepare(root: str, request: Request, speaker: Speaker) -> int | None:
    """None when this process can go on; otherwise the code to exit with.

    Where something had to be installed the process is replaced by one in ``.venv``. On Windows that
    is a child whose exit code is returned: replacing would hand the console back at once.
    """
    folder = Path(os.path.realpath(root))
    needs = Needs(folder, request.command)
    environment = Environment(folder / '.venv')
    try:
        if not request.bootstrap:
            return _say_missing(needs, speaker)
        if not environment.is_running() and not needs.missing():
            return None
        changed = make_ready(environment, needs, speaker)
    except failures.BootstrapError as error:
        speaker.say(error.key, **error.values)
        return 1
    if environment.is_running() and not changed:
        return None
    return _start_over(environment)


def make_ready(environment: Environment, needs: Needs, speaker: Speaker) -> bool:
    """Bring ``environment`` to where it holds all of ``needs``; whether anything had to be done.

    BootstrapError says why it cannot be.
    """
    for file in needs.files:
        if not file.is_file():
            raise failures.BootstrapError('no_requirements', path=file)
    if environment.is_complete(needs.files, needs.imports):
        return False
    folder = environment.folder

    def say_waiting() -> None:
        speaker.say('waiting', path=folder)

    try:
        with Lock(folder.with_name('.venv.lock'), say_waiting) as lock:
            if not lock.unfinished and environment.is_complete(needs.files, needs.imports):
                return True  # made by the process that was waited for
            _build(environment, needs, lock, Progress(speaker))
    except OSError as error:
        raise failures.of_system(error, folder) from error
    return True


def _build(environment: Environment, needs: Needs, lock: Lock, progress: Progress) -> None:
    tool = installer.choose(progress)
    if lock.unfinished or not environment.is_usable(with_pip=tool.tool == 'pip'):
        _create(environment, tool, lock, progress)
    names = ', '.join(file.name for file in needs.files)
    progress.phase('installing', tool=tool.tool, files=names)
    lock.building()
    try:
        tool.install(environment.python, needs.files)
    except failures.BootstrapError as error:
        if error.key != 'disk_full':
            lock.done()  # nothing is written before all is fetched: the old still works
        raise
    missing = environment.missing(needs.imports)
    if missing:
        raise failures.BootstrapError(
            'still_missing', names=', '.join(missing), path=environment.folder
        )
    environment.stamp(needs.files)
    lock.done()
    progress.phase('ready', seconds=progress.seconds())


def _create(
    environment: Environment, tool: installer.Installer, lock: Lock, progress: Progress
) -> None:
    key = 'creating'
    if environment.exists():
        if not lock.unfinished and not environment.is_environment():
            raise failures.BootstrapError('not_an_environment', path=environment.folder)
        key = 'rebuilding'
    version = pythons.as_text(sys.version_info[:3])
    progress.phase(key, path=environment.folder, version=version)
    lock.building()
    environment.remove()
    try:
        tool.create(environment.folder, base_python())
    except failures.BootstrapError:
        environment.remove()
        lock.done()
        raise


def _say_missing(needs: Needs, speaker: Speaker) -> int | None:
    missing = needs.missing()
    if not missing:
        return None
    words = [sys.executable, '-m', 'pip', 'install']
    for file in needs.files:
        words += ['-r', str(file)]
    command = ' '.join(pythons.quoted(word) for word in words)
    speaker.say('missing', names=', '.join(missing), command=command)
    return 1


def _start_over(environment: Environment) -> int:
    # The same interpreter options, script and arguments, only the interpreter is another.
    command = [str(environment.python), *sys.orig_argv[1:]]
    os.environ.pop('__PYVENV_LAUNCHER__', None)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    if sys.platform != 'win32':
        os.execve(command[0], command, os.environ)
    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the console gave it to the child as well, which ends in its own time
