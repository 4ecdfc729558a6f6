"""The folder of the predecessor becomes saved models, over a real database."""

import json

import pytest

from civitai_manager_libs.errors import DiskFull
from civitai_manager_libs.library.shortcut_exchange import Exchange

from .support.predecessor import body, listed


def test_the_folder_of_the_predecessor(shelf, data_sc):
    data_sc.list(listed(1), listed(2, note=None, imageurl=None), listed(3))
    data_sc.classes(Anime=[1, 2], Empty=[])
    data_sc.info(1)
    for model_id in (1, 2, 3):
        data_sc.thumbnail(model_id)
    data_sc.write('CivitaiShortCutRecipeCollection.json', {'a': {'generate': 'b'}})
    data_sc.write('CivitaiShortCutSetting.json', {})
    report = shelf.exchange.import_from(data_sc.path)
    assert (report.taken, report.problems) == ((1, 2, 3), ())
    assert report.left == (
        'CivitaiShortCutRecipeCollection.json',
        'CivitaiShortCutSetting.json',
    )
    saved = shelf.saved()
    assert saved[1].name == 'Model 1 of Civitai'
    assert (saved[1].note, saved[1].classes) == ('note of 1', ('Anime',))
    assert (saved[1].creator, saved[1].base_models) == ('somebody', ('SD 1.5',))
    assert (saved[1].cover_level, 'original=true' in saved[1].cover) == (1, True)
    assert (saved[3].name, saved[3].cover_level, saved[3].fetched) == ('Model 3', 0, None)
    assert saved[3].cover == listed(3)['imageurl']
    assert [(one.name, one.info, one.count) for one in shelf.shortcuts.classes()] == [
        ('Anime', 'about Anime', 2),
        ('Empty', 'about Empty', 0),
    ]
    assert shelf.records.get(1).body == body(1)
    assert shelf.found('trigger1') == shelf.found('note of 1') == {1}
    assert shelf.thumbnails.keys() == {saved[1].cover, saved[3].cover}
    assert shelf.thumbnails[saved[3].cover].startswith(b'\x89PNG')


@pytest.mark.parametrize('place', ['CivitaiShortCut.json', '.', '..'])
def test_its_list_and_the_folder_around_it_will_do(shelf, data_sc, place):
    data_sc.list(listed(1))
    assert shelf.exchange.import_from(data_sc.path / place).taken == (1,)


def test_its_list_under_another_name(shelf, tmp_path, data_sc):
    path = data_sc.list(listed(1)).rename(tmp_path / 'dropped.json')
    assert shelf.exchange.import_from(path).taken == (1,)


def test_half_written_all_that_is_whole_is_taken(shelf, data_sc):
    path = data_sc.list(listed(1), listed(2), listed(3))
    path.write_bytes(path.read_bytes()[:-120])
    data_sc.write(
        'CivitaiShortCutClassification.json', b'{"Anime": {"info": "", "shortcuts": ["1"]},'
    )
    data_sc.info(1, b'{"id": 1, "modelVers')
    data_sc.info(2, body(7))
    report = shelf.exchange.import_from(data_sc.path)
    assert report.taken == (1, 2)
    assert [(place, one.code) for place, one in report.problems] == [
        ('CivitaiShortCutClassification.json', 'shortcut_file_cut'),
        ('sc_infos/1/1.civitai.info', 'shortcut_entry_broken'),
        ('sc_infos/2/2.civitai.info', 'shortcut_entry_broken'),
        ('3', 'shortcut_entry_broken'),
        ('CivitaiShortCut.json', 'shortcut_file_cut'),
    ]
    assert shelf.shortcuts.get(1).classes == ('Anime',)


def test_names_that_would_be_paths_stay_names(shelf, tmp_path, data_sc):
    secret = tmp_path / 'secret.civitai.info'
    secret.write_text(json.dumps(body(5)))
    entry = listed(5, id='../../secret')
    data_sc.write('CivitaiShortCut.json', {'../secret': entry, '6': listed(6, name='../../x')})
    data_sc.write('CivitaiShortCutClassification.json', {'../../y': {'shortcuts': ['6', '../5']}})
    report = shelf.exchange.import_from(data_sc.path)
    assert (report.taken, [place for place, _ in report.problems]) == ((6,), ['../secret'])
    assert (shelf.shortcuts.get(6).name, shelf.shortcuts.get(6).classes) == (
        '../../x',
        ('../../y',),
    )


def test_again_after_the_folder_was_mended(shelf, data_sc):
    data_sc.list(listed(1, note=None))
    shelf.exchange.import_from(data_sc.path)
    data_sc.list(listed(1), listed(2))
    data_sc.classes(Anime=[1, 2])
    data_sc.info(1)
    report = shelf.exchange.import_from(data_sc.path)
    assert (report.taken, report.already) == ((2,), (1,))
    first = shelf.shortcuts.get(1)
    assert (first.note, first.classes, first.creator) == ('note of 1', ('Anime',), 'somebody')


def test_odd_things_where_files_should_be(shelf, data_sc):
    data_sc.list(listed(1), listed(2))
    (data_sc.path / 'CivitaiShortCutClassification.json').mkdir()
    (data_sc.path / 'sc_infos' / '1' / '1.civitai.info').mkdir(parents=True)
    data_sc.write('sc_thumb_images/1.png', b'')
    (data_sc.path / 'sc_thumb_images' / '2.png').mkdir()
    report = shelf.exchange.import_from(data_sc.path)
    assert report.taken == (1, 2)
    assert [(place, one.code) for place, one in report.problems] == [
        ('CivitaiShortCutClassification.json', 'file_unreadable'),
        ('sc_thumb_images/1.png', 'shortcut_entry_broken'),
    ]
    assert shelf.thumbnails == {}


def test_a_torn_thumbnail_is_said_and_the_others_are_handed_on(shelf, data_sc):
    data_sc.list(listed(1), listed(2))
    torn = data_sc.thumbnail(1)
    torn.write_bytes(torn.read_bytes()[:-20])
    data_sc.thumbnail(2)
    report = shelf.exchange.import_from(data_sc.path)
    assert [place for place, _ in report.problems] == ['sc_thumb_images/1.png']
    assert [*shelf.thumbnails] == [listed(2)['imageurl']]


def test_a_disk_that_fills_up_while_thumbnails_are_kept(shelf, data_sc):
    data_sc.list(listed(1), listed(2))
    data_sc.thumbnail(1), data_sc.thumbnail(2)

    def full(address, content):
        raise DiskFull(path='x', needed=1, free=0)

    exchange = Exchange(shelf.shortcuts, shelf.records, full)
    report = exchange.import_from(data_sc.path)
    assert report.taken == (1, 2)
    assert [one.code for _, one in report.problems] == ['disk_full']


def test_ten_thousand_entries(shelf, data_sc):
    data_sc.list(*(listed(number) for number in range(1, 10_001)))
    data_sc.classes(Odd=range(1, 10_001, 2))
    heard = []
    report = shelf.exchange.import_from(data_sc.path, lambda *told: heard.append(told))
    assert (len(report.taken), report.problems) == (10_000, ())
    assert heard[-1] == (10_000, 10_000)
    assert shelf.shortcuts.counts().classes == {'Odd': 5_000}
    again = shelf.exchange.import_from(data_sc.path)
    assert (again.taken, len(again.already)) == ((), 10_000)


def test_a_record_that_nests_without_end(shelf, tmp_path):
    """Once more, so that it is laid over itself."""
    for leaf in ('1', '2'):
        nested = '{"a":' * 900 + leaf + '}' * 900
        record = f'{{"fetched": {leaf}, "body": {{"id": 7, "x": {nested}}}}}'
        content = '{"format": "civitai-shortcut", "version": 1, "shortcuts": [\n'
        (tmp_path / 'x.json').write_text(f'{content}{{"id": 7, "record": {record}}}\n]}}\n')
        report = shelf.exchange.import_from(tmp_path / 'x.json')
        assert report.problems == () and shelf.records.get(7).fetched == float(leaf)
