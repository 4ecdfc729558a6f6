"""Saved models are found by any words in any language, with and without an index, few or many."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civitai_manager_libs.domain.shortcut import ShortcutQuery, ShortcutSort
from civitai_manager_libs.domain.text_search import folded
from civitai_manager_libs.store import shortcut_index, shortcut_search
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.shortcuts import ShortcutStore

from .support.saved import saved_model

COUNT = 60
WORDS = {number: f'trigger{number % 7}\nA description of 第{number}號' for number in range(COUNT)}


def own(number):
    """What the person has said of a model."""
    return {
        'note': f'備註 n{number % 9}' if number % 3 == 0 else '',
        'own_tags': ('Öwn',) if number % 10 == 0 else (),
        'classes': ('人物',) if number % 4 == 0 else (),
        'favourite': number % 6 == 0,
        'gone': 5.0 if number % 11 == 0 else None,
    }


MODELS = {number: saved_model(number, **own(number)) for number in range(1, COUNT)}


@pytest.fixture(params=['indexed', 'walking', 'without full text'], scope='module')
def store(request, tmp_path_factory):
    """The same models for every way in which they can be found."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == 'walking':
            patch.setattr(shortcut_search, '_FEW', 4)
            patch.setattr(shortcut_search, '_LONGEST_WALK', 30)
        if request.param == 'without full text':
            patch.setattr(shortcut_index, 'has_full_text', lambda: False)
        database = Database(tmp_path_factory.mktemp('store') / 'queue.db')
        store = ShortcutStore(database, clock=lambda: 1000.0)
        store.add(MODELS.values(), WORDS)
        store.remove([9, 18])
        yield store
        database.close()


def texts_of(model):
    """Where short words are looked for, and where long ones are besides."""
    head = [model.name, *model.tags, *model.own_tags, model.note]
    rest = [model.creator, *WORDS[model.model_id].splitlines()]
    return '\n'.join(map(folded, head)), '\n'.join(map(folded, rest))


def holds(model, query):
    """Whether ``model`` is wanted, found out the plain way."""
    head, rest = texts_of(model)
    tags = {folded(tag) for tag in (*model.tags, *model.own_tags)}
    return (
        model.model_id not in (9, 18)
        and all(
            word in head or (len(word) > 2 and word in rest) for word in folded(query.text).split()
        )
        and (not query.types or model.type in query.types)
        and (not query.base_models or bool(set(query.base_models) & set(model.base_models)))
        and (query.class_name is None or query.class_name in model.classes)
        and (query.tag is None or folded(query.tag) in tags)
        and (not query.favourite or model.favourite)
        and (not query.gone or model.gone is not None)
    )


def wanted(query):
    return {number for number, model in MODELS.items() if holds(model, query)}


ODD = ['"', "'", '%', '_', '*', '100%', '"real"', 'NEAR(a', 'near(a b)', 'a OR b', '-style', '^a']
ODD += ['🦊', '🦊 fox', '\\', '\0', '{}', ':', 'head:style', '\ud83d', 'x' * 5000, '() AND', '--']


@pytest.mark.parametrize(
    'text',
    [
        '動漫',
        '漫',
        '動 漫',
        '動漫風',
        '備註',
        'STYLE',
        'style 5',
        'ｗｉｄｅ',
        'café',
        'trigger3',
        'of',
    ]
    + ['第7號', '號', 'creator2', 'öw', 'ÖWN', 'tag1 動漫', 'ag', 'nothing at all', *ODD],
)
def test_a_text(store, text):
    query = ShortcutQuery(text=text)
    assert set(store.ids(query)) == wanted(query)
    assert {model.model_id for model in store.find(query, most=COUNT)} == wanted(query)
    assert store.count(query) == len(wanted(query))


def test_what_must_be_found_is(store):
    """Lest both sides find nothing."""
    for text in ('動漫', '漫', '備註', '100% "real"_mix*', 'NEAR(a b)', '🦊', 'trigger1', '第7號'):
        assert wanted(ShortcutQuery(text=text)), text
    assert not wanted(ShortcutQuery(text='號'))  # a short word stands in a description alone


QUERIES = st.builds(
    ShortcutQuery,
    text=st.sampled_from(['', 'style', '動漫', 'e 動漫', 'trigger1', '5', 'nowhere']),
    types=st.sampled_from([(), ('LORA',), ('LORA', 'VAE'), ('Unknown',)]),
    base_models=st.sampled_from([(), ('Pony',), ('Pony', 'SDXL 1.0')]),
    class_name=st.sampled_from([None, '人物', 'none']),
    tag=st.sampled_from([None, 'STYLE', 'tag2', 'öwn', '']),
    favourite=st.booleans(),
    gone=st.booleans(),
    sort=st.sampled_from(list(ShortcutSort)),
)


@settings(deadline=None, max_examples=40)
@given(query=QUERIES, among=st.none() | st.sets(st.integers(0, COUNT + 9)))
def test_any_search_and_its_pages(store, query, among):
    expected = {number for number in wanted(query) if among is None or number in among}
    ids = store.ids(query, among)
    assert set(ids) == expected and len(ids) == len(expected)
    assert store.count(query, among) == len(expected)
    pages = [store.find(query, after, 7, among) for after in range(0, COUNT, 7)]
    assert [model.model_id for page in pages for model in page] == ids


ORDERS = {
    ShortcutSort.ADDED: lambda model: (-model.added, -model.model_id),
    ShortcutSort.NAME: lambda model: (folded(model.name), model.model_id),
    ShortcutSort.PUBLISHED: lambda model: (-model.published, -model.model_id),
    ShortcutSort.DOWNLOADS: lambda model: (-model.downloads, -model.model_id),
    ShortcutSort.NOTED: lambda model: (-model.added if model.note else 1, -model.model_id),
}


@pytest.mark.parametrize(('sort', 'text'), [*itertools.product(ShortcutSort, ('', 'style'))])
def test_the_order(store, sort, text):
    query = ShortcutQuery(text=text, sort=sort)
    models = sorted((MODELS[number] for number in wanted(query)), key=ORDERS[sort])
    assert store.ids(query) == [model.model_id for model in models]
    found = store.find(query, after=3, most=10)
    assert [model.model_id for model in found] == store.ids(query)[3:13]


def test_what_is_not_known_comes_last(tmp_path):
    store = ShortcutStore(Database(tmp_path / 'queue.db'))
    store.add([saved_model(1, published=None), saved_model(2), saved_model(3, published=-5.0)], {})
    assert store.ids(ShortcutQuery(sort=ShortcutSort.PUBLISHED)) == [2, 3, 1]


def test_numbers_that_are_not_saved(store):
    assert store.ids(among=[]) == [] and store.count(ShortcutQuery(), among=[]) == 0
    assert store.ids(among=[1, 1, 9, 77, -3]) == [1]
    assert store.count(ShortcutQuery(), among=[1, 1, 9, 77]) == 1


def test_of_half_a_sign_as_a_name(store):
    query = ShortcutQuery(types=('\ud83d',), class_name='\ud83d', tag='\ud83d')
    assert store.find(query) == [] and store.count(query) == 0
