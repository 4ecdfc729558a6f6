"""The extension in a host that runs: its tab, its routes, a Reload UI, and what is missing."""

import json
import shutil
import time
import urllib.error
from collections import Counter

import pytest

from tests.support.checkout import REPOSITORY
from tests.support.gradio_calls import PATIENCE, Caller
from tests.support.page import link

pytestmark = pytest.mark.timeout(300)
_LEFT_OUT = shutil.ignore_patterns('__pycache__', 'user_config.json')
TITLE = 'Civitai Shortcut'


def page_of(host):
    """The page as the browser gets it: each part with what it is given."""
    return json.loads(host.get('config'))['components']


def titles(host):
    return [part['props'].get('label') for part in page_of(host) if part['type'] == 'tabitem']


def names(host):
    return {part['props'].get('elem_id') for part in page_of(host)}


def healthy(host):
    """Nothing of ours raised in the host, nor printed a word."""
    said = host.said()
    assert not any(word in said for word in ('Traceback', '!!!', 'Civitai Shortcut')), said


@pytest.mark.parametrize('flavour', ['classic', 'sdnext'])
def test_the_tab_stands_in_other_hosts_too(run_host, flavour):
    host = run_host(flavour)
    assert titles(host).count(TITLE) == 1
    assert {'cs-page', 'cs-click'} <= names(host)
    assert json.loads(host.get('health'))['status'] == 'ok'
    assert host.database.is_file()
    healthy(host)


def install(folder):
    for name in ('scripts', 'javascript', 'config'):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=_LEFT_OUT)
    shutil.copy(REPOSITORY / 'style.css', folder)
    return folder


@pytest.fixture
def installed(tmp_path):
    """The extension as a host has downloaded it, which nobody else changes meanwhile."""
    return install(tmp_path / 'installed')


def contents(folder):
    files = [one for one in folder.rglob('*') if one.is_file() and '__pycache__' not in one.parts]
    return {one.relative_to(folder): one.read_bytes() for one in files}


def test_nothing_is_kept_in_what_an_update_replaces(run_host, installed):
    before = contents(installed)
    host = run_host('a1111', '--extension', installed)
    Caller(host.address).click('limit', 'concurrent_downloads', '5')
    used(host)
    host.end()
    assert contents(installed) == before
    shutil.rmtree(installed)
    install(installed)
    again = run_host('a1111', '--extension', installed)
    shown = Caller(again.address).click('tab', value='downloads')['changed']['controls']
    assert shown['concurrent_downloads'] == ['5', '']
    healthy(again)


def test_a_reload_builds_the_page_again_and_nothing_else(run_host, installed):
    host = run_host('a1111', '--extension', installed, '--language', 'en')
    assert {'cs-page', 'setting_civitai_shortcut_http_timeout'} <= names(host)
    assert not [name for name in names(host) if name and 'api_key' in name]
    used(host)
    host.reload()
    used(host)
    before = {_crew(name) for name in host.state()['threads']}
    for _ in range(2):
        host.reload()
        used(host)
    assert titles(host).count(TITLE) == 1
    after = Counter(name for name in host.state()['threads'] if not _of_the_server(name))
    assert {_crew(name) for name in after} <= before
    assert set(after.values()) == {1}
    assert json.loads(host.get('health'))['status'] == 'ok'
    healthy(host)
    (installed / 'scripts' / 'civitai_manager_libs' / 'app.py').touch()
    host.reload()
    assert 'Civitai Shortcut was updated' in host.said()


def used(host):
    """Somebody pastes links, which takes all the threads that there are for it; the last when a
    model is known.
    """
    links = (link(name) for name in ('plain', 'two_versions', 'big', 'many_files'))
    assert Caller(host.address).click('look', text='\n'.join(links))['ack'] == 1
    until = time.monotonic() + PATIENCE
    while 'elsewhere-1' not in host.state()['threads']:
        assert time.monotonic() < until
        time.sleep(0.1)


def _crew(name):
    """Those that do the same work count themselves."""
    return name.rstrip('0123456789')


def _of_the_server(name):
    return name.startswith(('AnyIO', 'asyncio', 'Thread-', 'ThreadPool'))


def test_our_routes_ask_for_the_login_of_the_host(run_host):
    host = run_host('a1111', '--auth', 'ann:secret')
    assert json.loads(host.get('health')).keys() == {'status'}
    for path in ('metrics', 'civitai-shortcut/metrics'):
        with pytest.raises(urllib.error.HTTPError) as refused:
            host.get(path)
        assert refused.value.code == 401
    healthy(host)


def test_without_a_page_nothing_of_ours_runs(run_host):
    host = run_host('a1111', '--nowebui')
    assert not host.database.exists()
    healthy(host)


def test_a_missing_package_leaves_the_host_and_says_so(run_host):
    host = run_host('forge', '--without', 'msgspec')
    assert titles(host).count(TITLE) == 1
    shown = [part['props'].get('value') for part in page_of(host) if part['type'] == 'html']
    assert any('msgspec' in str(value) for value in shown)
    assert 'Traceback' not in host.said()
    assert host.said().count('Civitai Shortcut') == 1


def test_a_fault_while_starting_leaves_the_host_and_says_so(run_host, tmp_path):
    ours = tmp_path / 'host' / 'webui' / 'civitai-shortcut'
    ours.mkdir(parents=True)
    (ours / 'data').write_text('a file where our folder should be')
    host = run_host('a1111')
    assert titles(host).count(TITLE) == 1
    assert {'txt2img_prompt', 'settings_submit'} <= names(host)
    assert 'cs-page' not in names(host)
    assert 'Traceback' not in host.said()


def test_the_language_of_the_host_is_ours_also_in_its_settings(run_host):
    host = run_host('forge', '--language', 'zh_TW')
    assert '下載' in titles(host)
    labels = {part['props'].get('elem_id'): part['props'].get('label') for part in page_of(host)}
    assert labels['setting_civitai_shortcut_language'] == '介面語言'
    assert host.state()['options']['civitai_shortcut_write_sidecars'] is False  # environment
    healthy(host)
