"""The route by which a page asks what is new."""

import json
import logging

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.testclient import TestClient

from civitai_manager_libs.pictures import ROOT
from civitai_manager_libs.ui import page
from civitai_manager_libs.ui.download_desk import Surroundings
from civitai_manager_libs.ui.nearness import is_near
from civitai_manager_libs.ui.tabs import PageTab
from civitai_manager_libs.webapi import add_routes
from tests.support.save_places import save_places

NEWS = f'{ROOT}/news'
HERE = {'host': '127.0.0.1:7865'}


class Program:
    """Answers pages, and keeps what they have said."""

    def __init__(self):
        self.heard = []
        self.fails = False

    def poll(self, message):
        self.heard.append((dict(message), is_near()))
        if self.fails:
            raise RuntimeError('something of ours')
        return {'tick': message.get('tick'), 'changed': {'parts': {'site': '網站'}}}


@pytest.fixture
def program():
    return Program()


def client_of(program, checks=()):
    web = FastAPI()
    add_routes(web, None, bytes, checks, poll=program.poll)
    return TestClient(web)


@pytest.fixture
def client(program):
    return client_of(program)


def test_a_message_is_answered(program, client):
    answer = client.post(NEWS, json={'page': 'a', 'tick': 7}, headers=HERE)
    assert answer.json() == {'tick': 7, 'changed': {'parts': {'site': '網站'}}}
    assert answer.headers['cache-control'] == 'no-store'
    assert program.heard == [({'page': 'a', 'tick': 7}, True)]


@pytest.mark.parametrize(
    'headers', [{'host': 'civitai.example'}, {**HERE, 'x-forwarded-for': '192.0.2.1'}]
)
def test_who_is_elsewhere_is_not_taken_for_near(program, client, headers):
    client.post(NEWS, json={'page': 'a'}, headers=headers)
    assert [near for _, near in program.heard] == [False]


@pytest.mark.parametrize('kind', ['text/plain', 'application/x-www-form-urlencoded', ''])
def test_what_any_page_may_send_is_not_heard(program, client, kind):
    answer = client.post(NEWS, content=b'{"page": "a"}', headers={'content-type': kind})
    assert answer.status_code == 415 and not program.heard


@pytest.mark.parametrize(
    'content',
    [b'', b'nothing', b'[]', b'{}', b'"page"', b'{"page": "' + b'a' * 20_000 + b'"}', b'[' * 9000],
)
def test_what_is_no_message_is_refused(program, client, content):
    headers = {'content-type': 'application/json'}
    assert client.post(NEWS, content=content, headers=headers).status_code == 400
    assert not program.heard


def test_a_fault_of_ours_stands_in_the_log(program, client, caplog):
    program.fails = True
    with caplog.at_level(logging.ERROR, 'civitai_shortcut'):
        assert client.post(NEWS, json={'page': 'a'}).status_code == 500
    assert 'something of ours' in caplog.text


def test_nobody_asks_without_the_login_of_the_page(program):
    def refuse():
        raise HTTPException(401)

    answer = client_of(program, [Depends(refuse)]).post(NEWS, json={'page': 'a'})
    assert answer.status_code == 401 and not program.heard


def test_odd_numbers_are_taken_as_nothing(open_desk):
    desk = open_desk().desk
    for odd in ('x', None, [], {}, 1.5):
        answer = desk.poll({'page': 'a', 'tick': odd, 'known': odd, 'tab': odd, 'languages': odd})
        assert answer['base'] == 0 and json.dumps(answer)


class Search:
    """A tab that begins to look for something when it is on top."""

    def __init__(self):
        self.begun = []

    def parts(self, page):
        self.begun.append(page.tab)
        return {}


@pytest.mark.parametrize(('own', 'on_top'), [(True, 'browse'), (False, 'downloads')])
def test_in_a_host_nothing_is_looked_for_before_the_tab_is_opened(bench, tmp_path, own, on_top):
    search = Search()
    around = Surroundings(
        rules=lambda: bench.rules,
        save_places=save_places(lambda: bench.rules),
        picture=lambda url, width: '',
        fresh=lambda: None,
        config_file=tmp_path / 'settings.json',
    )
    tab = PageTab('browse', 'browse.tab', lambda: '<b></b>', search)
    desk = page.serving(bench.engine, around, (tab,), own=own)
    answer = desk.poll({'page': 'a', 'tab': ''})
    assert answer['changed']['page']['tab'] == on_top and search.begun == [on_top]
    assert desk.poll({'page': 'a', 'tab': 'browse'})['changed']['page']['tab'] == 'browse'
