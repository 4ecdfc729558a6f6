"""What a host calls us for: registered once, guarded, and what our buttons give to its tabs."""

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from civitai_manager_libs.host import webui_page, webui_start
from civitai_manager_libs.host.webui_page import Callbacks
from tests.support.webui.loading import load_scripts

TAB = ('blocks', 'Civitai Shortcut', 'civitai_shortcut')


def broken(*arguments):
    raise RuntimeError('broken')


@pytest.mark.parametrize('flavour', ['a1111', 'classic', 'sdnext'])
def test_every_callback_is_registered_once(host_modules, flavour):
    made = host_modules(flavour)
    webui_page.register(Callbacks(tabs=lambda: [TAB], failed=broken))
    registered = {name: len(found) for name, found in made.callbacks.items()}
    assert registered == {
        'before_ui': 0,
        'ui_settings': 1,
        'ui_tabs': 1,
        'app_started': 1,
        'script_unloaded': 0,
    }
    assert made.call('ui_tabs') == [[TAB]]


def test_no_exception_reaches_the_host(host_modules, capsys):
    made = host_modules('a1111')
    webui_page.register(Callbacks(tabs=broken, failed=broken, options=broken, started=broken))
    assert made.call('ui_settings') == [None]
    assert made.call('ui_tabs') == [[]]
    assert made.call('app_started', None, None) == [None]
    assert set(capsys.readouterr().out.splitlines()) == {'Civitai Shortcut: RuntimeError: broken'}


def test_a_tab_that_fails_becomes_one_that_says_so(host_modules, capsys):
    made = host_modules('a1111')
    webui_page.register(Callbacks(tabs=broken, failed=lambda error: [('said', str(error), 'id')]))
    assert made.call('ui_tabs') == [[('said', 'broken', 'id')]]
    assert 'RuntimeError' in capsys.readouterr().out


def test_a_host_that_lacks_a_callback_gets_the_others(host_modules):
    made = host_modules('a1111')
    del sys.modules['modules.script_callbacks'].on_ui_settings
    webui_page.register(Callbacks(tabs=lambda: [TAB], failed=broken))
    assert made.call('ui_tabs') == [[TAB]]


def test_what_cannot_be_imported_is_said_in_one_line(host_modules, monkeypatch, capsys):
    made = host_modules('a1111')
    monkeypatch.setitem(sys.modules, 'civitai_manager_libs.faces.nowhere', None)
    webui_start.start('civitai_manager_libs.faces.nowhere')
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1 and 'civitai_manager_libs.faces.nowhere' in said[0]
    assert len(made.callbacks['ui_tabs']) == 1


def test_without_a_host_nothing_is_registered_and_nothing_raised(capsys):
    webui_page.register(Callbacks(tabs=broken, failed=broken))
    assert capsys.readouterr().out == ''


@pytest.mark.parametrize('flavour', ['a1111', 'classic', 'forge', 'sdnext'])
def test_buttons_send_text_and_picture_to_their_tabs(host_modules, flavour):
    made = host_modules(flavour)
    webui_page.bind_sends('text', 'picture', {'txt2img': 'first', 'extras': 'second'})
    bound = [
        (one.paste_button, one.tabname, one.source_text_component, one.source_image_component)
        for one in made.paste.registered_param_bindings
    ]
    assert bound == [
        ('first', 'txt2img', 'text', 'picture'),
        ('second', 'extras', 'text', 'picture'),
    ]


def test_only_tabs_that_take_something_are_offered(host_modules):
    made = host_modules('a1111')
    made.paste.paste_fields.update(txt2img={}, control={}, somewhere={})
    assert webui_page.send_tabs() == ('txt2img', 'control')


def test_fields_of_ours_are_not_kept_by_the_host():
    fields = {1: SimpleNamespace(), 2: SimpleNamespace()}
    webui_page.keep_nothing(SimpleNamespace(blocks=fields))
    assert all(field.do_not_save_to_config for field in fields.values())


@pytest.mark.parametrize(
    'argument, local',
    [
        ({}, True),
        ({'listen': False, 'share': False, 'gradio_auth': None}, True),
        ({'listen': True}, False),
        ({'share': True}, False),
        ({'gradio_auth': 'ann:secret'}, False),
        ({'server_name': '0.0.0.0'}, False),
    ],
)
def test_who_reaches_the_page(host_modules, argument, local):
    host_modules('a1111', **argument)
    assert webui_page.is_local() is local


def test_nothing_else_lies_where_hosts_run_every_file():
    scripts = Path(importlib.import_module('civitai_manager_libs').__path__[0]).parent
    assert [file.name for file in scripts.glob('*.py')] == ['civitai_shortcut.py']


def test_the_script_leaves_the_path_as_it_was_and_is_no_second_program(
    host_modules, monkeypatch, tmp_path
):
    """As hosts load it, twice; another extension has a package ``scripts`` of its own."""
    made = host_modules('a1111')
    extension = tmp_path / 'extension'
    (extension / 'scripts').mkdir(parents=True)
    ours = importlib.import_module('civitai_manager_libs').__path__[0]
    (extension / 'scripts' / 'civitai_manager_libs').symlink_to(ours, target_is_directory=True)
    source = (tmp_path / ours).parent / 'civitai_shortcut.py'
    (extension / 'scripts' / 'civitai_shortcut.py').write_text(source.read_text())
    begun = []
    fake = SimpleNamespace(callbacks=lambda: begun.append(1) or Callbacks(list, list))
    monkeypatch.setitem(sys.modules, 'civitai_manager_libs.faces.extension', fake)
    monkeypatch.setitem(sys.modules, 'scripts', SimpleNamespace(__path__=[]))
    before, loaded = list(sys.path), set(sys.modules)
    for _ in range(2):
        made.forget_callbacks()
        assert load_scripts(extension) == ['civitai_shortcut.py']
    assert sys.path == before
    assert len(begun) == 2 and len(made.callbacks['ui_tabs']) == 1
    assert not [name for name in set(sys.modules) - loaded if name.startswith('scripts.')]
