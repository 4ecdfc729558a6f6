"""The file of saved models: what is written is read again, and nothing else is believed."""

import json
from dataclasses import replace

import pytest
from civitai_manager_libs.domain.record import Record
from civitai_manager_libs.domain.shortcut import Shortcut
from civitai_manager_libs.domain.shortcut_file import (
    FileHead,
    decoded,
    entry_text,
    line_document,
    read_entry,
    read_head,
    written,
)
from civitai_manager_libs.errors import (
    ShortcutEntryBroken,
    ShortcutFileForeign,
    ShortcutFileNewer,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.test_predecessor import ANYTHING

NOW = 1_700_000_000.0
RECORD = Record(
    model_id=7,
    body={'id': 7, 'name': 'Seven', 'modelVersions': [{'id': 70}], 'odd': '動 "漫" \u2028'},
    address='https://civitai.com/api/v1/models/7',
    fetched=NOW - 20.5,
    checked=NOW - 10.25,
    gone=NOW - 5,
    withdrawn=frozenset([71, 70]),
)
FULL = Shortcut(
    model_id=7,
    name='七 "Seven"',
    type='LORA',
    creator='somebody',
    base_models=('SDXL 1.0', 'Pony'),
    tags=('anime',),
    version_id=70,
    cover='https://image.civitai.com/x/y/width=450/1.jpeg',
    cover_type='video',
    cover_level=4,
    cover_chosen=True,
    published=NOW - 1e6,
    downloads=12,
    likes=0,
    size=1 << 40,
    warning='pickle',
    early_access_ends=NOW + 1e6,
    note='line one\nline two 🎨',
    own_tags=('mine', '我的'),
    classes=('Anime', '角色'),
    favourite=True,
    added=NOW - 1e5 + 0.125,
    gone=NOW - 5,
    fetched=RECORD.checked,
)
HEAD = FileHead((('Anime', 'drawn'), ('角色', '')), 2)


def lines(*entries, head=HEAD):
    return b''.join(written(head, NOW, entries)).splitlines(keepends=True)


def test_the_file_is_one_json_document():
    document = json.loads(b''.join(lines((FULL, RECORD), (Shortcut(8, 'Eight'), None))))
    assert (document['format'], document['version']) == ('civitai-shortcut', 1)
    assert [one['id'] for one in document['shortcuts']] == [7, 8]
    assert json.loads(b''.join(lines(head=FileHead())))['shortcuts'] == []


def test_what_was_written_is_read_again():
    first, *entries, last = lines((FULL, RECORD), (Shortcut(8, 'Eight', added=NOW), None))
    assert read_head(line_document(first), 'x') == HEAD
    assert entry_text(last) is None
    read = [read_entry(decoded(entry_text(line)), '?', 0.0) for line in entries]
    assert [(one.shortcut, one.record) for one in read] == [
        (FULL, RECORD),
        (Shortcut(8, 'Eight', added=NOW), None),
    ]


def test_a_file_that_windows_has_stored_is_read_too():
    first, *_ = (line.replace(b'\n', b'\r\n') for line in lines((FULL, None)))
    assert read_head(line_document(b'\xef\xbb\xbf' + first), 'x') == HEAD


@pytest.mark.parametrize(
    'document',
    [{}, {'format': 'other', 'version': 1}, {'format': 'civitai-shortcut'}]
    + [{'format': 'civitai-shortcut', 'version': odd} for odd in (0, '1', None, True, -1, 1.0)],
)
def test_a_file_of_somebody_else(document):
    with pytest.raises(ShortcutFileForeign):
        read_head(document, 'x.json')


def test_a_file_of_the_future():
    with pytest.raises(ShortcutFileNewer) as told:
        read_head({'format': 'civitai-shortcut', 'version': 2}, 'x.json')
    assert told.value.details == {'path': 'x.json', 'version': 2, 'newest': 1}


@pytest.mark.parametrize('line', [b'', b'{', b'[1]', b'{"a": 1}\n', b'"shortcuts": [', b'x' * 99])
def test_a_first_line_of_another_layout(line):
    assert line_document(line) is None


@pytest.mark.parametrize(
    'text', [b'', b'{', b'NaN', b'{"a": 1e999}', b'"\\ud800"', b'\xff', b'[' * 100_000]
)
def test_what_is_no_json_by_the_book(text):
    assert decoded(text) is None


@pytest.mark.parametrize('raw', [None, 3, 'x', [], {}, {'id': None}, {'id': -1}, {'id': 2**40}])
def test_without_an_id_there_is_no_entry(raw):
    with pytest.raises(ShortcutEntryBroken) as told:
        read_entry(raw, '12', NOW)
    assert told.value.details == {'entry': '12', 'field': 'id'}


@pytest.mark.parametrize(
    ('changes', 'expected'),
    [
        ({'unknown': 'field', 'path': '../../x'}, {}),
        ({'name': None}, {'name': '7'}),
        ({'cover': 'text'}, {'cover': None, 'cover_type': 'image', 'cover_level': 0}),
        ({'cover': {'url': 'file:///x', 'level': 99}}, {'cover': None, 'cover_level': 0}),
        ({'warning': '<script>'}, {'warning': ''}),
        ({'downloads': 2**70, 'likes': -1, 'size': 'big'}, dict.fromkeys(('likes', 'size'))),
        ({'published': 1e300, 'added': 'never'}, {'published': None, 'added': NOW}),
        ({'favourite': 'yes'}, {'favourite': False}),
        ({'classes': {'a': 1}, 'own_tags': ['a', 3]}, {'classes': (), 'own_tags': ('a',)}),
        ({'record': {'body': [], 'fetched': 1.0}}, {}),
        ({'record': {'body': {}, 'fetched': None}}, {}),
    ],
)
def test_odd_values_cost_themselves_alone(changes, expected):
    raw = json.loads(lines((replace(FULL, cover_chosen=False), None))[1])
    read = read_entry({**raw, **changes}, '?', NOW)
    assert read.record is None
    for field, value in expected.items():
        assert getattr(read.shortcut, field) == value
    assert read.shortcut.note == FULL.note


@given(st.dictionaries(st.sampled_from([*json.loads(lines((FULL, RECORD))[1])]), ANYTHING))
def test_an_entry_of_anything_can_be_written_again_or_is_refused(raw):
    try:
        entry = read_entry(raw, '?', NOW)
    except ShortcutEntryBroken:
        return
    again = read_entry(decoded(lines((entry.shortcut, entry.record))[1]), '?', 0.0)
    assert again.shortcut == entry.shortcut


@given(st.binary(max_size=200))
def test_lines_of_any_kind(line):
    line_document(line)
    text = entry_text(line)
    if text is not None:
        decoded(text)
