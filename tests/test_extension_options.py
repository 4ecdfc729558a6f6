"""Our settings among a host's options: both ways, and never an exception into the host."""

import json

import pytest

from civitai_manager_libs import setting
from civitai_manager_libs.faces.host_options import KEYS, SECTION, HostOptions
from civitai_manager_libs.key_store import KeyStore
from civitai_manager_libs.setting_source import Source
from civitai_manager_libs.setting_values import SECRET_KEYS
from civitai_manager_libs.ui.setting_texts import GROUPS

TIMEOUT, LAYOUT = 'civitai_shortcut_http_timeout', 'civitai_shortcut_folder_layout'


@pytest.fixture
def made(host_modules, fresh_settings, tmp_path):
    """A host with our options in it, and the settings file they stand for."""
    host = host_modules('a1111')
    host.file = tmp_path / 'settings.json'
    source = Source(host.file, KeyStore(tmp_path / 'key', None), {})
    source.load()
    host.ours = HostOptions(source, host.file)
    host.ours.add()
    return host


def stored(host):
    return json.loads(host.file.read_text()) if host.file.is_file() else {}


def load_page(host):
    """What a page of the host shows that is loaded now, by key."""
    return {key: host.opts.on_a_new_page(key)['value'] for key in host.opts.data_labels}


def apply(host, page):
    """As "Apply settings" does with all that stands on ``page``."""
    return [key for key, value in page.items() if host.opts.set(key, value)]


def test_settings_of_every_group_are_there_and_no_secret(made):
    assert not SECRET_KEYS & set(KEYS)
    for name, keys in GROUPS.items():
        assert set(keys) & set(KEYS), name
    sections = {made.opts.data_labels[key].section for key in made.opts.data_labels}
    assert ('civitai-shortcut', 'Civitai Shortcut') in sections


def test_they_stand_at_what_is_in_force(made):
    assert made.opts.civitai_shortcut_http_timeout == setting.http_timeout
    assert made.opts.civitai_shortcut_subfolder_template == ''
    assert made.opts.civitai_shortcut_write_sidecars is True


@pytest.mark.parametrize('given', [45, 45.0])
def test_a_change_in_the_host_is_in_force_at_once(made, given):
    assert made.opts.set(TIMEOUT, given)
    assert setting.http_timeout == 45
    assert stored(made) == {'http_timeout': 45}


def test_the_default_leaves_nothing_in_the_file(made):
    made.opts.set(TIMEOUT, 45)
    made.opts.set(TIMEOUT, setting.defaults()['http_timeout'])
    assert stored(made) == {}


def test_a_choice_goes_by_its_words(made):
    words = made.opts.data_labels[LAYOUT].component_args()['choices']
    for value, shown in zip(('auto', 'own', 'a1111', 'comfyui'), words):
        made.opts.data[LAYOUT] = ''
        made.opts.set(LAYOUT, shown)
        assert setting.folder_layout == value
        assert made.opts.data[LAYOUT] == shown


def test_a_value_that_does_not_fit_is_told_and_taken_back(made, notices):
    before = setting.http_timeout
    made.opts.set(TIMEOUT, 100000)
    assert setting.http_timeout == before == made.opts.data[TIMEOUT]
    assert [notice.key for notice in notices] == ['error.setting_invalid']
    assert stored(made) == {}


def test_a_file_that_cannot_be_written_is_told(made, notices):
    made.file.write_text('no settings')
    made.opts.set(TIMEOUT, 45)
    assert [notice.key for notice in notices][-1] == 'error.settings_file_broken'
    assert made.file.read_text() == 'no settings'


def test_what_was_changed_elsewhere_stands_on_the_next_page(made):
    setting.save(made.file, {'http_timeout': 50, 'folder_layout': 'own'})
    page = load_page(made)
    assert page[TIMEOUT] == 50
    assert page[LAYOUT] == made.opts.data_labels[LAYOUT].component_args()['choices'][1]


def test_a_page_that_is_loaded_takes_nothing_back_that_was_changed_before(made):
    changed = {'language': 'en', 'http_timeout': 50}
    setting.save(made.file, changed)
    page = load_page(made)
    assert apply(made, page) == [] and stored(made) == changed
    assert apply(made, {**page, 'civitai_shortcut_http_max_retries': 7})
    assert stored(made) == {**changed, 'http_max_retries': 7}


def test_what_sees_to_a_new_page_is_on_it_and_cannot_be_seen(made):
    keys = [key for key, info in made.opts.data_labels.items() if info.section == SECTION]
    assert len(keys) == len(KEYS) + 1
    assert made.opts.on_a_new_page(keys[0]) == {'value': '', 'visible': False}
    assert not made.opts.set(keys[0], '')


def test_an_open_page_does_not_take_back_what_was_changed_elsewhere(made):
    page = load_page(made)
    setting.save(made.file, {'http_timeout': 50})
    apply(made, {**page, 'civitai_shortcut_http_max_retries': 7})
    assert stored(made) == {'http_timeout': 50, 'http_max_retries': 7}


def test_a_host_without_options_is_left_alone(host_modules, fresh_settings, tmp_path):
    host = host_modules('a1111')
    del host.shared.OptionInfo
    source = Source(tmp_path / 'settings.json', KeyStore(tmp_path / 'key', None), {})
    before = set(host.opts.data_labels)
    HostOptions(source, tmp_path / 'settings.json').add()
    assert set(host.opts.data_labels) == before
