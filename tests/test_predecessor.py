"""The files of the earlier Civitai Shortcut, whole, torn and of somebody else."""

import json

import pytest
from civitai_manager_libs.domain.entry_values import id_of, time_of
from civitai_manager_libs.domain.predecessor import (
    Classes,
    broken_classes,
    classes_of,
    entry_of,
    holds_models,
    members_of,
    record_of,
)
from civitai_manager_libs.errors import ShortcutEntryBroken
from hypothesis import given
from hypothesis import strategies as st

from tests.support.predecessor import body, cover, listed

NOW = 1_700_000_000.0
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
NAMES = st.sampled_from([*listed(1), *body(1)])


def members(content):
    return members_of(json.dumps(content).encode())


def entry(**changes):
    return entry_of('5', listed(5, **changes), Classes(), NOW).shortcut


def test_an_entry():
    shortcut = entry()
    assert (shortcut.model_id, shortcut.name, shortcut.type) == (5, 'Model 5', 'LORA')
    assert shortcut.tags == ('anime', 'style')
    assert (shortcut.version_id, shortcut.note) == (50, 'note of 5')
    assert (shortcut.cover, shortcut.cover_level) == (cover(5), 0)
    assert shortcut.added == time_of('2023-05-06 07:08:09') < NOW
    assert shortcut.fetched is None


@pytest.mark.parametrize(
    ('changes', 'field', 'value'),
    [
        ({'id': '5'}, 'model_id', 5),
        ({'id': None}, 'model_id', 5),
        ({'name': None}, 'name', '5'),
        ({'name': '  a\nname  '}, 'name', 'a name'),
        ({'name': 'half \ud800 a sign'}, 'name', 'half ? a sign'),
        ({'name': '../../etc/passwd'}, 'name', '../../etc/passwd'),
        ({'type': 'lycoris'}, 'type', 'LoCon'),
        ({'type': None}, 'type', 'Other'),
        ({'tags': None}, 'tags', ()),
        ({'tags': 'anime'}, 'tags', ()),
        ({'tags': [None, 3, {'name': None}, {}, 'a', 'a']}, 'tags', ('a',)),
        ({'versionid': 2**40}, 'version_id', None),
        ({'versionid': '77'}, 'version_id', 77),
        ({'imageurl': 'file:///etc/passwd'}, 'cover', None),
        ({'imageurl': 'javascript:alert(1)'}, 'cover', None),
        ({'imageurl': ['x']}, 'cover', None),
        ({'note': None}, 'note', ''),
        ({'note': {'a': 1}}, 'note', ''),
        ({'note': 'two\nlines\0'}, 'note', 'two\nlines'),
        ({'date': None}, 'added', NOW),
        ({'date': 'yesterday'}, 'added', NOW),
        ({'date': 1_690_000_000_000}, 'added', 1_690_000_000.0),
        ({'date': '2023-05-06T07:08:09Z'}, 'added', 1683356889.0),
    ],
)
def test_odd_values_cost_themselves_alone(changes, field, value):
    assert getattr(entry(**changes), field) == value


@pytest.mark.parametrize('raw', [None, [], 'x', 7, {'name': 'no id'}, {'id': 2**40}, {'id': 0}])
def test_without_an_id_there_is_no_entry(raw):
    with pytest.raises(ShortcutEntryBroken) as told:
        entry_of('key', raw, Classes(), NOW)
    assert told.value.details == {'entry': 'key', 'field': 'id'}


def test_classes():
    found = members(
        {
            'Anime': {'info': 'drawn', 'shortcuts': ['1', 2, '1', 'x', None, str(2**40)]},
            '動漫': {'shortcuts': ['2']},
            'Empty': {'info': 'nothing yet'},
            'Broken': ['1'],
            ' ': {'shortcuts': ['9']},
        }
    )
    classes = classes_of(found)
    assert classes.described == (('Anime', 'drawn'), ('動漫', ''), ('Empty', 'nothing yet'))
    assert (classes.of(1), classes.of(2), classes.of(9)) == (('Anime',), ('Anime', '動漫'), ())
    assert broken_classes(found) == ('Broken',)
    assert classes_of(None) == Classes((), {})


def test_a_record_belongs_to_its_model():
    record = record_of(5, body(5), NOW)
    assert (record.model_id, record.fetched, record.checked) == (5, NOW, NOW)
    assert record.address == 'https://civitai.com/api/v1/models/5'
    for other in (None, [], {}, body(6), {'id': 5}, {'id': 5, 'error': 'not found'}):
        assert record_of(5, other, NOW) is None


# --- torn files -----------------------------------------------------------------------------------

WHOLE = json.dumps({str(number): listed(number) for number in (1, 2, 3)}, indent=4)


@pytest.mark.parametrize('length', range(len(WHOLE) // 2, len(WHOLE), 7))
def test_a_file_written_in_part_gives_what_is_whole_in_it(length):
    found = members_of(WHOLE[:length].encode())
    complete = [key for key in '123' if json.dumps(listed(int(key)))[-30:-1] + ' }' in flat(length)]
    assert [*found.found] == complete
    assert not found.whole
    assert found.found['1'] == listed(1)


def flat(length):
    """The beginning of the file as one line."""
    return ' '.join(WHOLE[:length].split())


@pytest.mark.parametrize('filling', [b'\0' * 4096, b'', b'\xff\xfe'])
def test_a_file_with_zeros_where_the_rest_was(filling):
    found = members_of(WHOLE[: len(WHOLE) - 40].encode() + filling)
    assert [*found.found] == ['1', '2']
    assert found.torn == ('3',)
    assert not found.whole


def test_a_tear_in_the_middle_costs_one_entry():
    torn = WHOLE.replace('"Model 2"', '"Model 2')
    found = members_of(torn.encode())
    assert [*found.found] == ['1', '3']
    assert (found.torn, found.whole) == (('2',), True)
    assert holds_models(found)


def test_what_stands_behind_the_end_is_nothing():
    assert members_of(WHOLE.encode() + b'}}garbage').whole


@pytest.mark.parametrize('content', [b'', b'\0\0', b'[1, 2]', b'"text"', b'nothing', b'<html>'])
def test_no_object_at_all(content):
    assert members_of(content) is None


@pytest.mark.parametrize('content', ['[' * 100_000, '{"1":' * 50_000, '{"1": {"' * 20_000])
def test_depths_without_end(content):
    found = members_of(content.encode())
    assert found is None or not found.found


def test_many_tears_are_not_followed_forever():
    found = members_of(b'{' + b'"1": {"a": "' * 20_000)
    assert not found.found
    assert len(found.torn) <= 100


@pytest.mark.parametrize(
    'content',
    [
        {},
        {'name': 'package', 'version': '1.0', 'dependencies': {'1': {'id': 1}}},
        {'1': 'one', '2': 'two'},
        {'1': {'key': 'value'}},
        {'last_node_id': 9, 'nodes': [], 'id': 4, '1': {'id': 1}},
    ],
)
def test_a_json_of_another_program_is_no_list(content):
    assert not holds_models(members(content))


def test_the_list_of_the_predecessor_is_one():
    assert holds_models(members({'1': listed(1), 'odd': {}, '3': listed(3)}))


# --- anything at all ------------------------------------------------------------------------------


@given(st.dictionaries(NAMES, ANYTHING), st.text(max_size=12))
def test_an_entry_of_anything_is_in_bounds_or_refused(raw, key):
    try:
        shortcut = entry_of(key, raw, Classes(), NOW).shortcut
    except ShortcutEntryBroken:
        assert id_of(raw.get('id')) is None and id_of(key) is None
        return
    assert 1 <= shortcut.model_id < 2**31
    assert shortcut.name and shortcut.added > 0
    assert shortcut.cover is None or shortcut.cover.lower().startswith('http')
    f'{shortcut}'.encode()


@given(st.binary(max_size=300) | st.text(max_size=80).map(lambda text: ('{"' + text).encode()))
def test_bytes_of_any_kind_are_read_or_refused(content):
    found = members_of(content)
    if found is not None:
        classes_of(found)
        broken_classes(found)
        holds_models(found)


@given(st.dictionaries(st.text(max_size=6), ANYTHING, max_size=6), st.integers(0, 400))
def test_cut_anywhere_it_gives_a_part_of_the_whole(content, length):
    text = json.dumps(content)
    found = members_of(text[:length].encode())
    if found is not None:
        same = json.dumps(found.found)
        assert [*found.found] == [*content][: len(found.found)]
        assert found.whole or length < len(text)
        assert same in (text, same)
