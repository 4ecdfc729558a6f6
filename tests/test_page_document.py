"""The document of the page of its own, and the files that it names."""

import re

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient

from civitai_manager_libs.ui import page_document
from civitai_manager_libs.ui.page_document import PageDocument

CSS = '.cs { color: red } /* 樣式 */'
CODE = "say('<b>' + '字')\n" * 200
NAMED = re.compile(r'(?:src|href)="(\./civitai-shortcut/page/[0-9a-f]+\.(js|css))"')
DOCUMENT = """<html><head><script src="https://elsewhere.example/a.js"></script>
<script src="./own.js"></script></head><body class="b"><p>字</p></body></html>"""


def client(css=CSS, script=CODE, below=''):
    web = FastAPI()
    web.get('/')(lambda: HTMLResponse(DOCUMENT))
    web.get('/other')(lambda: HTMLResponse(DOCUMENT))
    web.add_middleware(PageDocument, head='<i>', script=script, css=css)
    return TestClient(web, root_path=below)


def named(document):
    """The addresses of our script and style, in their order."""
    return [found[1] for found in NAMED.finditer(document)]


@pytest.mark.parametrize(('ending', 'content'), [('js', CODE), ('css', CSS)])
@pytest.mark.parametrize('packed', [True, False])
def test_the_files_it_names_are_there_and_are_kept(ending, content, packed):
    web = client()
    address = next(one for one in named(web.get('/').text) if one.endswith(ending))
    takes = {'accept-encoding': 'br, gzip;q=0.8' if packed else 'identity'}
    answer = web.get(address[1:], headers=takes)
    assert answer.text == content
    assert ('content-encoding' in answer.headers) is packed
    assert 'immutable' in answer.headers['cache-control']
    assert answer.headers['content-type'].startswith('text/')


def test_another_content_has_another_name():
    before, after = named(client().get('/').text), named(client(css=CSS + ' ').get('/').text)
    assert before[0] == after[0] and before[1] != after[1]


def test_what_was_never_named_is_not_there():
    assert client().get('/civitai-shortcut/page/0123456789abcdef.js').status_code == 404


@pytest.mark.parametrize(('whole', 'before'), [(True, '/civitai-shortcut'), (False, '')])
def test_they_are_there_below_a_path_that_begins_like_theirs(monkeypatch, whole, before):
    address = named(client().get('/').text)[0]
    monkeypatch.setattr(page_document, 'PATHS_ARE_WHOLE', whole)
    assert client(below='/civitai-shortcut').get(before + address[1:]).status_code == 200


def test_the_style_comes_after_all_of_the_document_and_nothing_from_elsewhere():
    document = client().get('/').text
    assert 'elsewhere.example' not in document and './own.js' in document and '字' in document
    script, style = named(document)
    assert document.index(script) < document.index('</head>')
    assert document.index('<body') < document.index(style) < document.index('<p>')


def test_other_documents_stay_as_they_are():
    assert client().get('/other').text == DOCUMENT
