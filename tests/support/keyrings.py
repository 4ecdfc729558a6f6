"""Keyrings that belong to the tests: one in memory, one in a file for processes of their own."""

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    """Keeps what it is given, and does what a test makes it do: ``refusal`` is raised by every
    call, and while ``locked`` is set no call comes back.
    """

    priority = 5

    def __init__(self):
        self.entries = {}
        self.refusal = None
        self.open = threading.Event()
        self.open.set()
        self.calls = []

    def _enter(self, call):
        self.calls.append(call)
        self.open.wait()
        if self.refusal is not None:
            raise self.refusal

    def get_password(self, service, username):
        self._enter('get')
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        self._enter('set')
        self.entries[service, username] = password

    def delete_password(self, service, username):
        self._enter('delete')
        if (service, username) not in self.entries:
            raise PasswordDeleteError('not there')
        del self.entries[service, username]


class FileKeyring(KeyringBackend):
    """The same in the file that ``TEST_KEYRING`` names, for several processes."""

    priority = 5

    @property
    def _file(self):
        return Path(os.environ['TEST_KEYRING'])

    def _entries(self):
        return json.loads(self._file.read_text()) if self._file.exists() else {}

    def _write(self, entries):
        self._file.write_text(json.dumps(entries))

    def get_password(self, service, username):
        return self._entries().get(f'{service}|{username}')

    def set_password(self, service, username, password):
        self._write({**self._entries(), f'{service}|{username}': password})

    def delete_password(self, service, username):
        entries = self._entries()
        del entries[f'{service}|{username}']
        self._write(entries)
