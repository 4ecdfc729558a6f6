"""Where the API key is kept: the keyring of the system, or a file that only its owner can read."""

import os
import stat
import sys

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyring.errors import InitError, KeyringLocked

from civitai_manager_libs import setting
from civitai_manager_libs.errors import (
    DiskError,
    FileUnreadable,
    KeyringRefused,
    SettingInvalid,
)
from civitai_manager_libs.key_store import SERVICE, KeyStore, system_keyring
from civitai_manager_libs.setting_source import Source
from tests.support.command import eventually
from tests.support.keyrings import MemoryKeyring

KEY, OTHER = 'k' * 20 + '1234', 'o' * 20 + '5678'
POSIX = pytest.mark.skipif(sys.platform == 'win32', reason='platform: permissions of POSIX')


@pytest.fixture
def key_file(tmp_path):
    return tmp_path / 'secrets' / 'api_key'


@pytest.fixture
def ring():
    made = MemoryKeyring()
    yield made
    made.open.set()


@pytest.fixture
def store(key_file, ring):
    """A store over ``ring`` that soon loses its patience."""
    return KeyStore(key_file, lambda: ring, patience=(1.0, 1.0))


def told(notices):
    return [notice.key for notice in notices]


class TestFile:
    @pytest.fixture
    def store(self, key_file):
        return KeyStore(key_file, None)

    def test_stored_read_and_forgotten(self, store, key_file):
        assert store.read() == '' and store.where == ''
        assert store.store(KEY) == 'file' == store.where
        assert store.read() == KEY
        store.forget()
        store.forget()
        assert store.read() == '' and store.where == '' and not key_file.exists()

    @POSIX
    def test_only_this_person_can_read_it_from_the_first_moment(self, store, key_file, monkeypatch):
        modes, real = [], os.fsync

        def watch(handle):
            modes.append(stat.S_IMODE(os.fstat(handle).st_mode))
            real(handle)

        key_file.parent.mkdir()
        key_file.write_text('old')
        os.chmod(key_file, 0o644)
        monkeypatch.setattr(os, 'fsync', watch)
        before = os.umask(0)
        try:
            store.store(KEY)
        finally:
            os.umask(before)
        assert modes[0] == 0o600 == stat.S_IMODE(key_file.stat().st_mode)

    @pytest.mark.parametrize('key', ['two words', 'ключ', 'x' * 600])
    def test_a_key_that_cannot_be_one_is_not_stored(self, store, key_file, key):
        for keep in (store.store, store.store_in_file):
            with pytest.raises(SettingInvalid):
                keep(key)
        assert not key_file.exists()

    @pytest.mark.parametrize('content', [b'two words', b'\xff\xfe', 'ключ'.encode(), b'x' * 600])
    def test_a_damaged_file_is_told_and_nothing_else_is_lost(
        self, store, key_file, tmp_path, content
    ):
        key_file.parent.mkdir()
        key_file.write_bytes(content)
        config = tmp_path / 'user_config.json'
        config.write_text('{"http_timeout": 5}')
        try:
            found = setting.load(config, {}, store)
        except FileUnreadable as error:
            assert error.details['path'] == str(key_file)
        else:
            assert found.settings.http_timeout == 5 and found.settings.civitai_api_key == ''
            assert [problem.details['key'] for problem in found.problems] == ['civitai_api_key']

    def test_a_file_that_cannot_be_removed(self, store, key_file):
        key_file.mkdir(parents=True)
        with pytest.raises(DiskError):
            store.forget()


class TestKeyring:
    def test_stored_read_and_forgotten(self, store, ring, key_file):
        assert store.store(KEY) == 'keyring' == store.where
        assert store.read() == KEY and list(ring.entries.values()) == [KEY]
        assert not key_file.exists()
        assert KEY.encode() not in b''.join(path.read_bytes() for path in key_file.parent.iterdir())
        store.forget()
        assert (store.read(), store.where, ring.entries) == ('', '', {})
        assert list(key_file.parent.iterdir()) == []

    def test_another_process_reads_it(self, store, ring, key_file):
        store.store(KEY)
        assert KeyStore(key_file, lambda: ring).read() == KEY

    def test_it_is_asked_once_and_never_before_there_is_a_key_in_it(self, store, ring):
        ring.entries[SERVICE, 'of somebody else'] = OTHER
        assert store.read() == '' and ring.calls == []
        store.store(KEY)
        ring.calls.clear()
        assert [store.read() for _ in range(3)] == [KEY] * 3 and ring.calls == []

    def test_a_key_in_the_file_goes_there_only_when_one_is_stored_again(self, store, key_file):
        store.store_in_file(KEY)
        assert store.read() == KEY and store.where == 'file' and key_file.exists()
        assert store.store(OTHER) == 'keyring'
        assert store.read() == OTHER and not key_file.exists()

    def test_two_places_never_share_an_entry(self, store, ring, tmp_path):
        other = KeyStore(tmp_path / 'other' / 'api_key', lambda: ring)
        store.store(KEY)
        assert other.read() == '' and other.where == ''
        other.store(OTHER)
        assert store.read() == KEY and other.read() == OTHER
        other.forget()
        assert list(ring.entries.values()) == [KEY]

    def test_one_that_never_uses_a_keyring_does_not_see_what_another_put_there(
        self, store, key_file
    ):
        store.store(KEY)
        apart = KeyStore(key_file, None)
        assert apart.read() == '' and apart.where == ''

    def test_a_change_by_another_process_is_seen(self, store, ring, key_file, tmp_path):
        before = setting.current()
        source = Source(tmp_path / 'none.json', store, {})
        try:
            source.load()
            KeyStore(key_file, lambda: ring).store(KEY)
            source.fresh()
            assert setting.civitai_api_key == KEY
            KeyStore(key_file, lambda: ring).store(OTHER)
            source.fresh()
            assert setting.civitai_api_key == OTHER
            KeyStore(key_file, lambda: ring).forget()
            source.fresh()
            assert setting.civitai_api_key == ''
        finally:
            setting.use(before)

    def test_where_it_comes_from_is_known(self, store):
        store.store(KEY)
        loaded = setting.load(None, {}, store)
        assert loaded.settings.civitai_api_key == KEY
        assert loaded.origins == {'civitai_api_key': 'keyring'}
        store.store_in_file(OTHER)
        assert setting.load(None, {}, store).origins == {'civitai_api_key': 'key_file'}
        loaded = setting.load(None, {'CIVITAI_API_KEY': 'mine'}, store)
        assert loaded.settings.civitai_api_key == 'mine'
        assert loaded.origins == {'civitai_api_key': 'environment'}


class TestTrouble:
    def test_one_that_refuses_is_told_and_the_file_is_used(self, store, ring, key_file, notices):
        ring.refusal = InitError(f'no session for {KEY}')
        assert store.store(KEY) == 'file' == store.where
        assert store.read() == KEY
        assert told(notices) == ['keyring.not_used']
        assert KEY not in str(notices[0].values) and 'InitError' in notices[0].values['reason']

    def test_one_that_only_pretends_is_not_believed(self, key_file, notices):
        store = KeyStore(key_file, NullKeyring)
        assert store.store(KEY) == 'file' and store.read() == KEY
        assert told(notices) == ['keyring.not_used']

    def test_one_that_hangs_does_not_hold_the_program_up(self, store, ring, notices):
        store.store(KEY)
        ring.open.clear()
        started = KeyStore(store.key_file, lambda: ring, patience=(0.05, 0.05))
        assert started.read() == '' and started.read() == ''
        assert told(notices) == ['keyring.silent']
        assert ring.calls.count('get') == 2  # the proof of storing, and one that hangs
        before = started.stamp()
        ring.open.set()
        eventually(lambda: started.stamp() != before, 'the late answer')
        assert started.read() == KEY

    def test_an_answer_after_unlocking_is_put_in_force(self, store, ring, tmp_path):
        store.store(KEY)
        ring.open.clear()
        before = setting.current()
        started = KeyStore(store.key_file, lambda: ring, patience=(0.05, 0.05))
        source = Source(tmp_path / 'none.json', started, {})
        try:
            assert source.load().settings.civitai_api_key == ''
            ring.open.set()
            eventually(lambda: (source.fresh(), setting.civitai_api_key)[1] == KEY, 'the key')
        finally:
            setting.use(before)

    def test_storing_while_it_hangs_leaves_no_second_key_behind(self, store, ring, notices):
        ring.open.clear()
        assert store.store(KEY) == 'file'
        assert told(notices) == ['keyring.not_used_silent']
        ring.open.set()
        eventually(lambda: 'delete' in ring.calls and not ring.entries, 'the late entry taken back')
        assert store.read() == KEY and store.where == 'file'

    def test_a_locked_one_is_told_once(self, store, ring, key_file, notices):
        store.store(KEY)
        ring.refusal = KeyringLocked('locked')
        started = KeyStore(key_file, lambda: ring)
        assert [started.read(), started.read()] == ['', '']
        assert told(notices) == ['keyring.unread']

    def test_one_that_is_gone_is_told(self, store, key_file, notices):
        store.store(KEY)
        without = KeyStore(key_file, lambda: None)
        assert without.read() == '' and told(notices) == ['keyring.absent']
        assert without.store(OTHER) == 'file' and without.read() == OTHER

    def test_one_that_does_not_forget_is_an_error_and_can_be_asked_again(self, store, ring):
        store.store(KEY)
        ring.refusal = KeyringLocked('locked')
        with pytest.raises(KeyringRefused):
            store.forget()
        ring.refusal = None
        store.forget()
        assert ring.entries == {} and store.where == ''


class TestOfTheSystem:
    @pytest.fixture
    def chosen(self):
        """Puts a backend in force for the package, and back what was there before."""
        before = keyring.get_keyring()
        yield keyring.set_keyring
        keyring.set_keyring(before)

    def test_a_machine_without_one(self, chosen, key_file, notices):
        chosen(NoKeyring())
        assert system_keyring() is None
        store = KeyStore(key_file)
        assert store.store(KEY) == 'file' and store.read() == KEY and told(notices) == []

    def test_one_that_works(self, chosen, key_file, ring):
        chosen(ring)
        assert KeyStore(key_file).store(KEY) == 'keyring'
        assert KeyStore(key_file).read() == KEY

    def test_one_that_keeps_less_well_than_our_file(self, chosen, ring):
        ring.priority = 0.5
        chosen(ring)
        assert system_keyring() is None

    def test_without_the_package(self, key_file, monkeypatch):
        monkeypatch.setitem(sys.modules, 'keyring', None)
        assert system_keyring() is None
        assert KeyStore(key_file).store(KEY) == 'file'
