"""The way in for dropped files, and out for exports."""

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from civitai_manager_libs.shortcut_routes import add_shortcut_files
from civitai_manager_libs.ui.shortcut_drops import MOST_LINK_BYTES, ShortcutFiles

FILES = '/civitai-shortcut/shortcuts/files'
EXPORTS = '/civitai-shortcut/shortcuts/exports'


@pytest.fixture
def files(tmp_path):
    return ShortcutFiles(tmp_path / 'files')


@pytest.fixture
def site(files, english):
    app, router = FastAPI(), APIRouter()
    add_shortcut_files(router, files)
    app.include_router(router)
    with TestClient(app) as client:
        yield client


def post(site, name, content, **headers):
    return site.post(FILES, content=content, headers={'X-File-Name': name, **headers})


def test_a_file_comes_under_its_own_name(site, files):
    answer = post(site, '%E6%8D%B7%E5%BE%91.url', b'URL=x')
    dropped = files.take(answer.json()['token'])
    assert (dropped.name, dropped.path.read_bytes()) == ('捷徑.url', b'URL=x')


def test_one_that_is_too_large_is_refused_and_leaves_nothing(site, files, tmp_path):
    answer = post(site, 'big.url', b'x' * (MOST_LINK_BYTES + 1))
    assert answer.status_code == 413 and '10 MB' in answer.json()['problem']
    assert list((tmp_path / 'files').iterdir()) == []


def test_other_sites_may_not_send_any(site, tmp_path):
    for headers in ({'Sec-Fetch-Site': 'cross-site'}, {'Origin': 'https://evil.example'}):
        assert post(site, 'a.url', b'x', **headers).status_code == 403
    assert not (tmp_path / 'files').exists()


def test_a_folder_that_cannot_be_written_is_said(site, tmp_path):
    (tmp_path / 'files').write_text('no folder', encoding='utf-8')
    answer = post(site, 'a.url', b'x')
    assert answer.status_code == 507 and answer.json()['problem']


def test_an_export_comes_as_a_file(site, files):
    token, path = files.new_export()
    path.write_text('{"a": 1}', encoding='utf-8')
    answer = site.get(f'{EXPORTS}/{token}')
    assert answer.json() == {'a': 1}
    assert 'civitai-shortcut-shortcuts-' in answer.headers['Content-Disposition']
    assert answer.headers['X-Content-Type-Options'] == 'nosniff'
    path.unlink()
    assert site.get(f'{EXPORTS}/{token}').status_code == 404
    assert site.get(f'{EXPORTS}/x').status_code == 404
