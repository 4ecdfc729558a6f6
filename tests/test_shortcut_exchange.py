"""Saved models into a file and back, over a real database."""

import errno
import json
import threading
from dataclasses import replace

import pytest
from civitai_manager_libs.domain.record import Record
from civitai_manager_libs.domain.shortcut import Shortcut
from civitai_manager_libs.errors import (
    DiskFull,
    FileUnreadable,
    NotWritable,
    ShortcutFileForeign,
    ShortcutFileNewer,
)

from .support.disks import small_disk
from .support.exchange import NOW
from .support.predecessor import body

RECORD = Record(1, body(1), 'https://civitai.com/api/v1/models/1', NOW - 9, NOW - 3)


def fill(shelf, count=3):
    """Three saved models, of the first of which much is known."""
    shelf.shortcuts.put_class('Anime', 'drawn')
    shelf.shortcuts.put_class('Empty', 'nothing yet')
    shelf.records.put([RECORD])
    plain = [
        Shortcut(number, f'Model {number}', added=NOW - number) for number in range(2, count + 1)
    ]
    first = Shortcut(1, 'Model 1', tags=('anime',), added=NOW - 1.5, version_id=10)
    shelf.shortcuts.add([first, *plain], {1: 'trigger1 About 1'})
    shelf.shortcuts.set_note(1, 'a note\nof two lines 動漫')
    shelf.shortcuts.classify([1], add=['Anime'])
    shelf.shortcuts.tag([1, 2], add=['mine'])
    shelf.shortcuts.set_favourite([2], True)


# --- our own file ---------------------------------------------------------------------------------


def test_out_and_in_again_elsewhere(shelves, tmp_path):
    here, there = shelves(), shelves()
    fill(here)
    here.shortcuts.mark_gone(3, NOW - 100)
    path = tmp_path / 'new' / 'saved.json'
    assert here.exchange.export_to(path) == 3
    report = there.exchange.import_from(path)
    assert sorted(report.taken) == [1, 2, 3]
    assert (report.already, report.problems, report.left) == ((), (), ())
    mine, theirs = here.saved(), there.saved()
    for model_id, told in theirs.items():
        kept = mine[model_id]
        assert (told.note, told.classes, told.own_tags) == (
            kept.note,
            kept.classes,
            kept.own_tags,
        )
        assert (told.favourite, told.added, told.version_id, told.gone) == (
            kept.favourite,
            kept.added,
            kept.version_id,
            kept.gone,
        )
    assert there.records.get(1) == RECORD
    assert there.shortcuts.classes() == here.shortcuts.classes()
    assert there.found('動漫') == there.found('trigger1') == there.found('About') == {1}


def test_some_of_them(shelf, tmp_path):
    fill(shelf)
    assert shelf.exchange.export_to(tmp_path / 'x.json', [3, 1, 99]) == 2
    document = json.loads((tmp_path / 'x.json').read_text(encoding='utf-8'))
    assert sorted(one['id'] for one in document['shortcuts']) == [1, 3]


def test_nothing_saved_is_a_file_too(shelves, tmp_path):
    assert shelves().exchange.export_to(tmp_path / 'x.json') == 0
    assert shelves().exchange.import_from(tmp_path / 'x.json').taken == ()


def test_what_was_removed_is_not_taken_along(shelf, tmp_path):
    fill(shelf)
    shelf.shortcuts.remove([2])
    assert shelf.exchange.export_to(tmp_path / 'x.json') == 2


def test_once_more_changes_nothing(shelf, tmp_path):
    fill(shelf)
    shelf.exchange.export_to(tmp_path / 'x.json')
    before, revision = shelf.saved(), shelf.shortcuts.revision()
    report = shelf.exchange.import_from(tmp_path / 'x.json')
    assert (report.taken, sorted(report.already)) == ((), [1, 2, 3])
    assert shelf.saved() == before
    assert shelf.shortcuts.revision() == revision


def test_what_is_there_is_added_to_and_not_replaced(shelves, tmp_path):
    here, there = shelves(), shelves()
    fill(here)
    here.exchange.export_to(tmp_path / 'x.json')
    there.shortcuts.put_class('Anime', 'mine')
    there.shortcuts.add([Shortcut(1, 'Mine', added=1.0), Shortcut(2, 'Two', added=2.0)], {})
    there.shortcuts.set_note(2, 'my note')
    there.shortcuts.classify([1], add=['Other'])
    report = there.exchange.import_from(tmp_path / 'x.json')
    assert (report.taken, sorted(report.already)) == ((3,), [1, 2])
    first, second = there.shortcuts.get(1), there.shortcuts.get(2)
    assert (first.note, first.added) == ('a note\nof two lines 動漫', 1.0)
    assert sorted(first.classes) == ['Anime', 'Other']
    assert (second.note, second.own_tags, second.favourite) == ('my note', ('mine',), True)
    assert {one.name: one.info for one in there.shortcuts.classes()}['Anime'] == 'mine'
    assert first.name == 'Model 1 of Civitai'  # nothing was known of it here


def test_numbers_that_are_none_cost_nothing_else(shelves, tmp_path):
    here, there = shelves(), shelves()
    fill(here)
    here.records.put([replace(RECORD, body={**body(1), 'x': [float('nan'), -float('inf'), 1.5]})])
    here.exchange.export_to(tmp_path / 'x.json')
    report = there.exchange.import_from(tmp_path / 'x.json')
    assert sorted(report.taken) == [1, 2, 3] and not report.problems
    assert there.records.get(1).body == {**body(1), 'x': [None, None, 1.5]}
    assert there.shortcuts.get(1).note == here.shortcuts.get(1).note


def test_what_the_person_does_meanwhile_counts(shelf, tmp_path, monkeypatch):
    fill(shelf)
    shelf.exchange.export_to(tmp_path / 'x.json')
    shelf.shortcuts.set_note(1, '')
    shelf.shortcuts.set_note(2, '')
    for drop in (shelf.shortcuts.tag, shelf.shortcuts.classify):
        drop([1, 2, 3], drop=['mine', 'Anime'])
    many = shelf.shortcuts.many

    def acting(ids):
        found = many(ids)
        shelf.shortcuts.set_note(1, 'typed just now')
        shelf.shortcuts.remove([2])
        return found

    monkeypatch.setattr(shelf.shortcuts, 'many', acting)
    shelf.exchange.import_from(tmp_path / 'x.json')
    saved = many([1, 2, 3])
    assert sorted(saved) == [1, 3] and saved[1].note == 'typed just now'
    assert saved[1].classes == ('Anime',) and saved[1].own_tags == ('mine',)


def test_a_record_is_never_made_shorter(shelf, tmp_path):
    fill(shelf)
    shelf.exchange.export_to(tmp_path / 'x.json')
    newer = body(1, description=None, modelVersions=[{**body(1)['modelVersions'][0], 'id': 11}])
    shelf.records.put([replace(RECORD, body=newer, checked=NOW + 5, gone=NOW + 5)])
    shelf.exchange.import_from(tmp_path / 'x.json')
    record = shelf.records.get(1)
    assert (record.checked, record.gone) == (NOW + 5, NOW + 5)
    assert [one['id'] for one in record.body['modelVersions']] == [11, 10]
    assert record.withdrawn == {10}
    assert record.body['description'] == '<p>About 1</p>'


def test_a_removed_model_comes_back_by_a_file(shelf, tmp_path):
    fill(shelf)
    shelf.exchange.export_to(tmp_path / 'x.json')
    shelf.shortcuts.remove([1])
    assert shelf.exchange.import_from(tmp_path / 'x.json').taken == (1,)
    assert shelf.shortcuts.get(1).classes == ('Anime',)


# --- files that are not as they should be ---------------------------------------------------------


def test_a_broken_line_is_said_and_the_others_are_taken(shelves, tmp_path):
    here, there = shelves(), shelves()
    fill(here, 4)
    path = tmp_path / 'x.json'
    here.exchange.export_to(path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2][:30] + b'\n'
    lines[3] = b'{"id": "../../x", "name": "n"},\n'
    path.write_bytes(b''.join(lines))
    report = there.exchange.import_from(path)
    assert len(report.taken) == 2
    assert [(place, one.code, one.details['field']) for place, one in report.problems] == [
        ('2', 'shortcut_entry_broken', 'JSON'),
        ('3', 'shortcut_entry_broken', 'id'),
    ]


@pytest.mark.parametrize('part', [0.3, 0.6, 0.9, 0.999])
def test_a_file_cut_off_gives_what_it_has(shelves, tmp_path, part):
    here, there = shelves(), shelves()
    fill(here, 60)
    path = tmp_path / 'x.json'
    here.exchange.export_to(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    report = there.exchange.import_from(path)
    assert [one.code for _, one in report.problems] == ['shortcut_file_cut']
    assert len(report.taken) == report.problems[0][1].details['entries'] > 0


def test_a_file_that_somebody_has_laid_out_anew(shelves, tmp_path):
    here, there = shelves(), shelves()
    fill(here)
    path = tmp_path / 'x.json'
    here.exchange.export_to(path)
    document = json.loads(path.read_bytes())
    document['shortcuts'].append('odd')
    path.write_text(json.dumps(document, indent=1, sort_keys=True), encoding='utf-8')
    report = there.exchange.import_from(path)
    assert sorted(report.taken) == [1, 2, 3]
    assert [place for place, _ in report.problems] == ['4']
    assert there.records.get(1) == RECORD


@pytest.mark.parametrize(
    'content',
    [
        b'',
        b'\0' * 999,
        b'[{"id": 1}]',
        b'{"name": "package", "version": "1.0.0", "dependencies": {}}',
        b'{"last_node_id": 9, "nodes": [], "links": []}',
        b'[InternetShortcut]\nURL=https://civitai.com/models/1',
        b'{"format": "other", "version": 1, "shortcuts": [\n{"id": 1}\n]}\n',
    ],
)
def test_files_of_other_programs_are_refused(shelf, tmp_path, content):
    path = tmp_path / 'x.json'
    path.write_bytes(content)
    with pytest.raises(ShortcutFileForeign):
        shelf.exchange.import_from(path)
    assert shelf.saved() == {}


def test_a_file_of_the_future_a_folder_without_a_list_and_no_file(shelf, tmp_path):
    path = tmp_path / 'x.json'
    path.write_text('{"format": "civitai-shortcut", "version": 9, "shortcuts": [\n]}')
    with pytest.raises(ShortcutFileNewer):
        shelf.exchange.import_from(path)
    with pytest.raises(ShortcutFileForeign):
        shelf.exchange.import_from(tmp_path)
    with pytest.raises(FileUnreadable):
        shelf.exchange.import_from(tmp_path / 'nowhere.json')


def test_ended_early_what_was_taken_stays(shelves, tmp_path):
    here, there = shelves(), shelves()
    fill(here, 600)
    here.exchange.export_to(tmp_path / 'x.json')
    ended = threading.Event()
    heard = []

    def hear(done, count):
        heard.append((done, count))
        ended.set()

    report = there.exchange.import_from(tmp_path / 'x.json', hear, ended.is_set)
    assert report.stopped
    assert len(heard) == 1 and heard[0][1] == 600
    assert len(there.saved()) == len(report.taken) == heard[0][0] < 600


# --- writing --------------------------------------------------------------------------------------


def test_a_full_disk_leaves_the_old_file(shelf, tmp_path):
    fill(shelf, 400)
    with small_disk(tmp_path / 'disk', 1) as disk:
        path = disk / 'saved.json'
        path.write_text('the old one')
        disk.fill(leave=8192)
        with pytest.raises(DiskFull):
            shelf.exchange.export_to(path)
        assert path.read_text() == 'the old one'
        assert sorted(one.name for one in disk.iterdir()) == ['ballast', 'saved.json']


def test_into_a_folder_nothing_is_written(shelf, tmp_path):
    fill(shelf)
    with pytest.raises(NotWritable):
        shelf.exchange.export_to(tmp_path)


@pytest.mark.parametrize('fault', [KeyboardInterrupt, OSError(errno.EIO, 'broken')])
def test_nothing_is_left_of_an_export_that_was_broken_off(shelf, tmp_path, fault, monkeypatch):
    fill(shelf)

    def broken(ids):
        raise fault

    monkeypatch.setattr(shelf.records, 'many', broken)
    with pytest.raises((KeyboardInterrupt, NotWritable)):
        shelf.exchange.export_to(tmp_path / 'out' / 'saved.json')
    assert list((tmp_path / 'out').iterdir()) == []
