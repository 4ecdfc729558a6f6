"""``shortcut``: models saved, found, described and taken along from a terminal."""

import json

import pytest

from civitai_manager_libs.cli import environment

from .support.ports import free_port
from .support.predecessor import DataSc, listed


@pytest.fixture
def program(terminal):
    """The program; what needs a process of its own is in test_cli_shortcut_interrupt."""
    return terminal


@pytest.fixture
def saved(program):
    """The program with two saved models."""
    done = program.run('shortcut', 'add', '1001', '1003')
    assert done.code == 0, done
    return program


def shortcuts(program, *arguments):
    """The entries of ``shortcut list`` by id."""
    done = program.run('shortcut', 'list', *arguments, '--json')
    assert done.code == 0, done
    return {entry['id']: entry for entry in done.json['shortcuts']}


def refused(done):
    """What was wrong with which of several models."""
    return [(one['target'], one['error']['code']) for one in done.json['errors']]


# --- adding ---------------------------------------------------------------------------------------


def test_each_link_is_said_and_the_first_failure_is_the_code(program):
    texts = ['https://civitai.com/models/1001', 'https://other.example/x', '99', '1001', str(2**40)]
    done = program.run('shortcut', 'add', *texts, '--json')
    states = {one['target']: one for one in done.json['shortcuts']}
    assert done.code == 2, done
    assert states['civitai.com/models/1001']['state'] == 'saved'
    assert states['https://other.example/x']['error']['code'] == 'target_unsupported'
    assert states['99']['error']['code'] == 'not_found'
    assert states[str(2**40)]['state'] == 'failed'
    assert shortcuts(program).keys() == {1001}
    again = program.run('shortcut', 'add', '1001')
    assert again.code == 0 and 'saved before: 極光幻境 XL (1001)' in again.out


def test_files_of_links(program, tmp_path):
    address = '[InternetShortcut]\r\nURL=https://civitai.com/models/{}\r\n'
    (tmp_path / 'a.url').write_bytes(address.format(1001).encode('utf-16'))
    (tmp_path / 'b.url').write_bytes(address.format(1003).encode('cp950'))
    (tmp_path / 'links.txt').write_text('https://civitai.com/models/1004', encoding='utf-8')
    (tmp_path / 'big.url').write_bytes(b'x' * (10 << 20))
    names = ('a.url', 'b.url', 'links.txt', 'big.url')
    files = [word for name in names for word in ('--from', tmp_path / name)]
    done = program.run('shortcut', 'add', *files, '--json')
    assert done.code == 2, done
    assert shortcuts(program).keys() == {1001, 1003, 1004}
    [refused] = [one for one in done.json['shortcuts'] if one['error']]
    assert (refused['target'], refused['error']['code']) == ('big.url', 'link_file_too_large')


def test_links_from_standard_input_and_a_file_that_is_not_there(program, tmp_path):
    done = program.run('shortcut', 'add', '--from', '-', stdin='civitai.com/models/1001\n')
    assert done.code == 0 and shortcuts(program).keys() == {1001}
    nowhere = tmp_path / 'nowhere.txt'
    missing = program.run('shortcut', 'add', '1003', '--from', nowhere, '--json')
    [refused, taken] = missing.json['shortcuts']
    assert (missing.code, refused['error']['code']) == (2, 'file_unreadable')
    assert (taken['model_id'], taken['state']) == (1003, 'saved')


@pytest.mark.parametrize('words', [(), ('',), (' ', '\n')])
def test_nothing_to_save(program, words):
    assert program.run('shortcut', 'add', *words).code == 2


def test_without_the_site_nothing_is_saved_and_5_is_the_code(demo, program):
    demo.faults.add('status', path='/api/v1/models', status=503)
    done = program.run('shortcut', 'add', '1001', '--json', HTTP_MAX_RETRIES=0)
    assert done.code == 5, done
    assert shortcuts(program) == {}


# --- what a person says of them -------------------------------------------------------------------


def test_note_tags_classes_and_favourite_are_found_again(saved):
    assert saved.run('shortcut', 'note', '1001', '夜空 北極光\nsecond line').code == 0
    assert saved.run('shortcut', 'tag', '1001', '1003', '--add', 'mine', '--add', 'x').code == 0
    assert saved.run('shortcut', 'tag', '1003', '--drop', 'x').code == 0
    assert saved.run('shortcut', 'class', '1001', '--add', 'Anime').code == 0
    link = 'https://civitai.com/models/1003/silk?modelVersionId=2006'
    assert saved.run('shortcut', 'favourite', link).code == 0
    assert shortcuts(saved, '北極').keys() == {1001}
    assert shortcuts(saved, '--tag', 'mine').keys() == {1001, 1003}
    assert shortcuts(saved, '--tag', 'x').keys() == {1001}
    assert shortcuts(saved, '--class', 'Anime').keys() == {1001}
    assert shortcuts(saved, '--favourite').keys() == {1003}
    assert shortcuts(saved, '--type', 'lora').keys() == {1003}
    assert [*shortcuts(saved, '--sort', 'name', '--limit', 1)] == [1001]
    assert saved.run('shortcut', 'note', '1001').out == '夜空 北極光\nsecond line\n'
    saved.run('shortcut', 'favourite', '1003', '--off')
    saved.run('shortcut', 'note', '1001', '')
    assert shortcuts(saved, '--favourite') == {}
    assert shortcuts(saved)[1001]['note'] == ''


def test_classes(saved):
    saved.run('shortcut', 'class', '--new', 'Empty', '--info', 'nothing yet')
    saved.run('shortcut', 'class', '--new', 'Empty')  # once more: its description stays
    saved.run('shortcut', 'class', '1001', '1003', '--add', 'Anime')
    listing = saved.run('shortcut', 'class', '--rename', 'Anime', 'Manga', '--json').json
    assert listing['classes'] == [
        {'name': 'Empty', 'info': 'nothing yet', 'count': 0},
        {'name': 'Manga', 'info': '', 'count': 2},
    ]
    assert saved.run('shortcut', 'class', '--delete', 'Manga').code == 0
    assert saved.run('shortcut', 'class', '--delete', 'Manga').code == 4
    assert shortcuts(saved)[1001]['classes'] == []
    assert saved.run('shortcut', 'class', '--add', 'Manga').code == 2


def test_another_cover(saved):
    before = shortcuts(saved)[1001]['cover']
    pictures = saved.run('shortcut', 'cover', '1001', '--json').json['pictures']
    assert [one['number'] for one in pictures] == list(range(1, len(pictures) + 1))
    assert saved.run('shortcut', 'cover', '1001', '3').code == 0
    chosen = shortcuts(saved)[1001]
    assert (chosen['cover'], chosen['cover_chosen']) == (pictures[2]['url'], True)
    assert saved.run('shortcut', 'cover', '1001', '99').code == 2
    assert saved.run('shortcut', 'cover', '1001', '--reset').code == 0
    assert shortcuts(saved)[1001]['cover'] == before


def test_removed_and_brought_back_with_everything(saved):
    saved.run('shortcut', 'note', '1001', 'a note')
    done = saved.run('shortcut', 'remove', '1001', '77', '--json')
    assert (done.code, done.json['removed']) == (4, [1001])
    assert refused(done) == [('77', 'shortcut_unknown')]
    assert shortcuts(saved).keys() == {1003}
    assert saved.run('shortcut', 'remove', '1001', '--undo').code == 0
    assert shortcuts(saved)[1001]['note'] == 'a note'


@pytest.mark.parametrize(
    'words',
    [
        ('show', '1001', '77', 'nonsense'),
        ('tag', '1001', '77', 'nonsense', '--add', 'mine'),
        ('class', '1001', '77', 'nonsense', '--add', 'Anime'),
        ('favourite', '1001', '77', 'nonsense'),
        ('remove', '1001', '77', 'nonsense'),
        ('update', '1001', '77', 'nonsense'),
        ('export', 'out.json', '1001', '77', 'nonsense'),
    ],
)
def test_of_several_one_that_is_not_saved_leaves_the_others(saved, tmp_path, words):
    words = [tmp_path / word if word == 'out.json' else word for word in words]
    done = saved.run('shortcut', *words, '--json')
    assert done.code == 4, done
    assert refused(done) == [('77', 'shortcut_unknown'), ('nonsense', 'target_unknown')]
    assert 'Model 77 is not among your shortcuts' in done.err and 'nonsense' in done.err
    changed = shortcuts(saved).get(1001)
    assert {
        'show': lambda: done.json['shortcuts'][0]['id'] == 1001,
        'tag': lambda: changed['own_tags'] == ['mine'],
        'class': lambda: changed['classes'] == ['Anime'],
        'favourite': lambda: changed['favourite'],
        'remove': lambda: changed is None,
        'update': lambda: done.json['done'] == 1,
        'export': lambda: done.json['count'] == 1,
    }[words[0]]()


@pytest.mark.parametrize(
    'words',
    [
        ('class', '--new', ' '),
        ('class', '--rename', 'Anime', ''),
        ('class', '--info', 'of nothing'),
        ('class', '1001', '--add', ''),
        ('tag', '1001', '--add', ''),
        ('list', '--limit', '-1'),
        ('list', '--limit', 'x'),
    ],
)
@pytest.mark.parametrize('language', ['en', 'zh-TW'])
def test_what_means_nothing_is_refused_in_words(program, words, language):
    program.language = language
    done = program.run('shortcut', *words)
    assert done.code == 2 and done.out == '', done
    assert 'invalid' not in done.err and '_' not in done.err.splitlines()[-1]


@pytest.mark.parametrize('action', ['note', 'class', 'update'])
def test_what_is_not_saved(program, action):
    done = program.run('shortcut', action, '77', '--json')
    assert (done.code, done.json['error']['code']) == (4, 'shortcut_unknown')


def test_what_names_no_model(program):
    assert program.run('shortcut', 'show', 'nonsense').code == 2


# --- offline, and again ---------------------------------------------------------------------------


def test_read_without_the_site_and_marked_when_it_is_gone(demo, saved):
    demo.faults.add('status', path='/api/v1/models', status=404)
    done = saved.run('shortcut', 'update', '1001', '--json')
    assert (done.code, done.json['gone'], done.json['done']) == (0, 1, 1)
    [shown] = saved.run('shortcut', 'show', '1001', '--json').json['shortcuts']
    assert shown['gone'] and shown['name'] == '極光幻境 XL'
    assert [one['id'] for one in shown['record']['versions']] == [2001, 2002]
    assert shown['record']['description']
    assert shortcuts(saved, '--gone').keys() == {1001}
    assert 'not on Civitai since' in saved.run('shortcut', 'show', '1001').out


def test_update_counts_what_the_site_refuses(demo, saved):
    demo.faults.add('status', path='/api/v1/models', status=503)
    done = saved.run('shortcut', 'update', '--json', HTTP_MAX_RETRIES=0)
    assert (done.code, done.json['failed'], done.json['changed']) == (5, 2, 0), done


def test_update_says_why_it_ended_early(saved):
    nobody = f'http://127.0.0.1:{free_port()}'
    done = saved.run('shortcut', 'update', '--json', HTTP_MAX_RETRIES=0, CIVITAI_BASE_URL=nobody)
    assert (done.code, done.json['error']['code']) == (5, 'connection_failed'), done
    assert done.json['done'] == 0
    assert shortcuts(saved)[1001]['name'] == '極光幻境 XL'


def test_the_demo_is_found_where_it_was_at_the_next_start(program, monkeypatch):
    """Or the pictures of what was saved from it would be gone with it."""
    ports = free_port(), free_port()
    monkeypatch.setattr(environment, '_DEMO_PORTS', ports)  # the usual ones may be taken
    del program.environment['CIVITAI_SHORTCUT_CIVITAI_BASE_URL']
    for _ in range(2):
        shown = program.run('--demo', 'search', 'moss', '--json').json
        assert shown['models'][0]['cover'].startswith(f'http://127.0.0.1:{ports[1]}/')


# --- files ----------------------------------------------------------------------------------------


def test_out_and_in_again(saved, tmp_path):
    saved.run('shortcut', 'note', '1001', 'a note')
    path = tmp_path / 'out.json'
    done = saved.run('shortcut', 'export', path, '--json')
    assert (done.code, done.json) == (0, {'path': str(path), 'count': 2, 'errors': []})
    saved.data = tmp_path / 'another'
    report = saved.run('shortcut', 'import', path, '--json')
    assert report.code == 0 and sorted(report.json['taken']) == [1001, 1003]
    assert shortcuts(saved)[1001]['note'] == 'a note'
    assert saved.run('shortcut', 'export', path, '1003').code == 0
    assert [one['id'] for one in json.loads(path.read_bytes())['shortcuts']] == [1003]


def test_the_folder_of_the_predecessor_with_broken_entries(program, tmp_path):
    data_sc = DataSc(tmp_path)
    entries = {'5': listed(5, imageurl=None), 'odd': None, '6': listed(6, imageurl=None)}
    data_sc.write('CivitaiShortCut.json', entries)
    data_sc.classes(Anime=[5])
    data_sc.write('CivitaiShortCutRecipeCollection.json', {})
    done = program.run('shortcut', 'import', data_sc.path, '--json')
    assert done.code == 1, done
    assert done.json['taken'] == [5, 6]
    assert [one['entry'] for one in done.json['problems']] == ['odd']
    assert done.json['left'] == ['CivitaiShortCutRecipeCollection.json']
    assert 'Entry odd was left out' in done.err and 'RecipeCollection' in done.err
    assert shortcuts(program, '--class', 'Anime').keys() == {5}


def test_a_json_of_another_program(program, tmp_path):
    path = tmp_path / 'package.json'
    path.write_text('{"name": "x", "version": "1.0.0"}')
    done = program.run('shortcut', 'import', path, '--json')
    assert (done.code, done.json['error']['code']) == (2, 'shortcut_file_foreign')
    program.language = 'zh-TW'
    assert '裡沒有收藏的模型' in program.run('shortcut', 'import', path).err


def test_into_a_place_that_cannot_be_written(saved, tmp_path):
    (tmp_path / 'file').write_text('x')
    done = saved.run('shortcut', 'export', tmp_path / 'file' / 'out.json', '--json')
    assert (done.code, done.json['error']['code']) == (7, 'not_writable')
