"""Where the API key is kept: in the keyring of the operating system, or in a file that only its
owner can read.

The keyring holds one entry for each key file, named by its path, so that what keeps its files apart
keeps its keys apart too. A small file beside the key file says that there is an entry; without it
no keyring is ever asked when the key is read, for that takes time and may ask a person to unlock
it. A key in the file comes first: it is what was stored when the keyring did not work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Literal, Protocol

from .errors import FileUnreadable, KeyringRefused
from .notify import board
from .redaction import hide, without_secrets
from .setting_values import check
from .store.files import disk_error, write_atomic
from .util import OwnThread, printD

KEY = 'civitai_api_key'
SERVICE = 'civitai-shortcut'
_CAUSE = 'keyring'
_GOOD = 1  # what the package itself calls a recommended keyring; files in clear text are below
_READ_SECONDS = 2.0
_STORE_SECONDS = 20.0

Where = Literal['keyring', 'file', '']


class Keyring(Protocol):
    """What we need of a backend of the package ``keyring``. Each may raise anything, and may take
    for ever: it can be waiting for a person to unlock it.
    """

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


def system_keyring() -> Keyring | None:
    """The keyring of the operating system; None where there is none, or only one that would keep a
    key worse than our own file does.
    """
    try:
        keyring = import_module('keyring')  # optional, and a tenth of a second to load
    except ImportError:
        return None
    found: Keyring = keyring.get_keyring()
    return found if getattr(found, 'priority', 0) >= _GOOD else None


class KeyStore:
    """The stored API key of one person. Safe to use from many threads.

    ``key_file`` must lie outside what a page server serves. ``find`` gives the keyring or None;
    ``find=None`` keeps everything in the file. ``patience`` are seconds: how long reading and
    storing wait for a keyring that does not answer.
    """

    def __init__(
        self,
        key_file: Path,
        find: Callable[[], Keyring | None] | None = system_keyring,
        patience: tuple[float, float] = (_READ_SECONDS, _STORE_SECONDS),
    ) -> None:
        self.key_file = key_file
        self._marker = key_file.with_name(f'{key_file.name}.keyring')
        self._find = find
        self._read_seconds, self._store_seconds = patience
        self._lock = threading.Lock()
        self._reading: tuple[object, _Call] | None = None
        self._told: Exception | None = None

    @property
    def where(self) -> Where:
        """Where the key lies that :meth:`read` gives; empty when none is stored."""
        if _time(self.key_file) is not None:
            return 'file'
        return 'keyring' if self._marked() is not None else ''

    def stamp(self) -> tuple[object, ...]:
        """Another value when the key may have become another since, by whatever process; also when
        a keyring has answered that was given up before. Costs two looks at the disk.
        """
        late = self._reading is not None and self._reading[1].late
        return _time(self.key_file), self._marked(), late

    def read(self) -> str:
        """The stored key, an empty text when there is none.

        A keyring that does not give it is told, and counts as empty until it does. Raises
        :class:`FileUnreadable` for a file that cannot be read.
        """
        with self._lock:
            try:
                key = self.key_file.read_text(encoding='utf-8').strip()
            except FileNotFoundError:
                key = ''
            except (OSError, ValueError) as error:
                raise FileUnreadable(path=str(self.key_file), reason=_reason(error)) from error
            return key or self._from_keyring()

    def store(self, key: str) -> Where:
        """Keep ``key``: in the keyring if there is one that takes it, else in the file.

        Where it lies now. Raises SettingInvalid for what cannot be a key, and errors of the disk.
        """
        check(KEY, key)
        hide(key)  # whatever a keyring says of it
        with self._lock:
            if not self._into_keyring(key):
                self._into_file(key)
                return 'file'
            self._remove(self.key_file)
            return 'keyring'

    def store_in_file(self, key: str) -> None:
        """The same without asking a keyring: for what happens without a person."""
        check(KEY, key)
        with self._lock:
            self._into_file(key)

    def forget(self) -> None:
        """Remove the key from wherever it is stored.

        Raises :class:`KeyringRefused` when the keyring keeps it, and errors of the disk.
        """
        with self._lock:
            self._remove(self.key_file)
            if self._marked() is None:
                return
            outcome = self._ask(lambda ring: _delete(ring, self._name), self._store_seconds).outcome
            if isinstance(outcome, Exception):
                raise KeyringRefused(reason=_reason(outcome), service=SERVICE) from outcome
            self._remove(self._marker)
            board.settle(_CAUSE)

    @property
    def _name(self) -> str:
        return str(self.key_file)

    def _marked(self) -> object:
        return _time(self._marker) if self._find is not None else None

    def _from_keyring(self) -> str:
        marked = self._marked()
        if marked is None:
            return ''
        if self._reading is None or self._reading[0] != marked:
            call = self._ask(lambda ring: ring.get_password(SERVICE, self._name))
            self._reading = (marked, call)
        outcome = self._reading[1].outcome
        if isinstance(outcome, Exception):
            self._tell_unread(outcome)
            return ''
        board.settle(_CAUSE)
        return outcome or ''

    def _into_keyring(self, key: str) -> bool:
        if self._find is None:
            return False

        def keep(ring: Keyring) -> str:
            ring.set_password(SERVICE, self._name, key)
            if ring.get_password(SERVICE, self._name) != key:  # one that only pretends to
                raise LookupError(type(ring).__module__)
            return key

        call = self._ask(keep, self._store_seconds, lambda ring: _delete(ring, self._name))
        outcome = call.outcome
        if isinstance(outcome, _NoKeyring):
            return False
        if isinstance(outcome, Exception):
            sentence = 'keyring.not_used'
            if isinstance(outcome, TimeoutError):
                sentence = 'keyring.not_used_silent'
            values = {'reason': _reason(outcome), 'path': self._name}
            board.tell('warning', sentence, values, _CAUSE)
            return False
        # The text is for people who find the file; written anew it tells other processes.
        write_atomic(self._marker, f'{SERVICE}: {self._name}\n'.encode(), mode=0o600)
        self._reading = (self._marked(), call)
        board.settle(_CAUSE)
        return True

    def _into_file(self, key: str) -> None:
        write_atomic(self.key_file, key.encode('utf-8') + b'\n', mode=0o600)

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error, path) from error

    def _ask(
        self,
        work: Callable[[Keyring], str | None],
        seconds: float | None = None,
        undo: Callable[[Keyring], object] | None = None,
    ) -> _Call:
        call = _Call(self._find, work, undo)
        call.wait(self._read_seconds if seconds is None else seconds)
        return call

    def _tell_unread(self, outcome: Exception) -> None:
        if outcome is self._told:
            return
        self._told = outcome
        sentence = 'keyring.unread'
        if isinstance(outcome, (TimeoutError, _NoKeyring)):
            silent = isinstance(outcome, TimeoutError)
            sentence = 'keyring.silent' if silent else 'keyring.absent'
        board.tell('warning', sentence, {'reason': _reason(outcome)}, _CAUSE)


class _NoKeyring(Exception):
    """There is no keyring to ask."""


class _Call:
    """One question to the keyring on a thread of its own: it may never be answered.

    ``outcome`` is the answer, or the exception that came instead. Work that ends after nobody
    waits any more is undone by ``undo``.
    """

    def __init__(
        self,
        find: Callable[[], Keyring | None] | None,
        work: Callable[[Keyring], str | None],
        undo: Callable[[Keyring], object] | None,
    ) -> None:
        self._find, self._work, self._undo = find, work, undo
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._given_up = False
        self.outcome: str | Exception | None = TimeoutError()
        OwnThread(target=self._run, name='keyring', daemon=True).start()

    @property
    def late(self) -> bool:
        """Whether the answer came, but after it was given up."""
        return self._given_up and self._ended.is_set()

    def wait(self, seconds: float) -> None:
        """Wait for the answer, but no longer than that."""
        self._ended.wait(seconds)
        with self._lock:
            self._given_up = not self._ended.is_set()

    def _run(self) -> None:
        outcome: str | Exception | None
        ring = None
        try:
            ring = self._find() if self._find is not None else None
            outcome = self._work(ring) if ring is not None else _NoKeyring()
        except Exception as error:  # of any backend there is; whoever asked tells it
            outcome = error
        with self._lock:
            self.outcome = outcome
            self._ended.set()
            undo = self._undo if self._given_up else None
        if undo is not None and ring is not None:
            try:
                undo(ring)
            except Exception as error:
                printD(f'[key_store] the keyring keeps what it took too late: {_reason(error)}')


def _delete(ring: Keyring, name: str) -> None:
    if ring.get_password(SERVICE, name) is not None:  # deleting what is not there is an error
        ring.delete_password(SERVICE, name)


def _time(path: Path) -> tuple[int, int, int] | None:
    """What changes with every writing of ``path``; None when it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return 'keyring_silent'
    if isinstance(error, OSError):
        return error.strerror or 'unreadable'
    if isinstance(error, UnicodeError):
        return 'not UTF-8'
    return without_secrets(f'{type(error).__name__}: {error}')
