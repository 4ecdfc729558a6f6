"""Saving, importing and files on the Shortcuts tab: what goes well, what does not, and how it is
told.
"""

import json
import threading

import pytest

from civitai_manager_libs.ui.queue_desk import Refused
from civitai_manager_libs.ui.shortcut_drops import MOST_LINK_BYTES, ShortcutFiles
from tests.support.rows import plain
from tests.support.shortcuts_tab import shortcut

SITE = 'https://civitai.com/models/'
EVIL = '<img src=x onerror="alert(1)">'


@pytest.fixture
def bench(shortcut_bench):
    return shortcut_bench


@pytest.fixture
def visitor(bench):
    return bench.visitor()


def drop(bench, name, content):
    """A file that was dropped on the page, by the name it goes by."""
    with bench.files.receive(name) as incoming:
        assert incoming.write(content)
        return incoming.finish()


def dropped(bench, visitor, **files):
    tokens = [drop(bench, name.replace('__', '.'), content) for name, content in files.items()]
    visitor.click('files', '', '', json.dumps(tokens))
    return plain(visitor.part('work-said'))


class TestLinks:
    def test_each_that_does_not_work_is_said_and_the_rest_is_saved(self, bench, visitor):
        heap = f'{SITE}1001 {SITE}1002 {SITE}1001 https://example.com/x {SITE}1099511627776 {EVIL}'
        visitor.click('add', '', '', heap)
        assert set(visitor.shown) == {1001, 1002}
        assert '2 saved' in visitor.part('work')
        said = visitor.part('work-said')
        assert 'example.com' in said and '1099511627776' in said and '<img' not in said

    def test_what_is_there_already_is_told_apart(self, bench, visitor):
        bench.models.add(1001)
        visitor.click('add', '', '', f'{SITE}1001')
        assert plain(visitor.part('work')) == '1 saved before'

    def test_what_failed_is_tried_again(self, bench, visitor):
        fault = bench.models.demo.faults.add('drop')
        visitor.click('add', '', '', f'{SITE}1001')
        assert '1 failed' in visitor.part('work') and visitor.shown == []
        bench.models.demo.faults.remove(fault)
        visitor.click('work-again')
        assert '1 saved' in visitor.part('work') and visitor.shown == [1001]

    def test_nothing_pasted_is_refused_and_no_link_is_said(self, visitor):
        with pytest.raises(Refused):
            visitor.click('add', '', '', '  \n ')
        visitor.click('add', '', '', '※ — …')
        assert 'no link' in visitor.part('work')

    def test_stopped_what_is_saved_stays(self, bench, visitor):
        begun, go = threading.Event(), threading.Event()
        real = bench.door.add

        def slow(text, on_item, stop):
            begun.set()
            go.wait(30)
            return real(text, on_item, stop)

        bench.door.add = slow
        bench.at_once = False
        visitor.click('add', '', '', f'{SITE}1001')
        work = threading.Thread(target=bench.run)
        work.start()
        assert begun.wait(30) and 'Stop' in visitor.part('work-do')
        visitor.click('work-stop')
        go.set()
        work.join(30)
        assert 'Stopped' in visitor.part('work')

    def test_five_thousand_at_once(self, bench, visitor):
        bench.save(*(shortcut(number) for number in range(1, 5_001)))
        visitor.click('add', '', '', '\n'.join(f'{SITE}{number}' for number in range(1, 5_001)))
        assert plain(visitor.part('work')) == '5,000 saved before'
        assert len(visitor.shown) == 50

    def test_its_end_is_told_on_another_tab_too(self, bench, visitor):
        visitor.parts()
        bench.at_once = False
        visitor.click('add', '', '', f'{SITE}1001')
        visitor.page.tab = 'gallery'
        assert visitor.parts() == {} and visitor.cards == []
        bench.run()
        assert '1 saved' in visitor.cards[0]


class TestFiles:
    def test_url_files_and_texts(self, bench, visitor):
        url = f'[InternetShortcut]\r\nURL={SITE}1001\r\n'.encode('utf-16')
        dropped(bench, visitor, a__url=url, b__txt=f'see {SITE}1002 and {SITE}1003'.encode())
        assert set(visitor.shown) == {1001, 1002, 1003}
        assert list(bench.files._folder.iterdir()) == []  # what was read is gone

    def test_one_that_cannot_be_read_is_said_and_the_others_are_taken(self, bench, visitor):
        said = dropped(
            bench,
            visitor,
            evil__url=b'[InternetShortcut]\nIconIndex=1',
            b__txt=f'{SITE}1002'.encode(),
        )
        assert 'evil.url' in said and visitor.shown == [1002]
        assert 'shortcuts:work-again' not in visitor.part('work-do')

    def test_json_of_another_program_is_refused_in_a_sentence(self, bench, visitor):
        foreign = json.dumps({'name': 'vite', 'dependencies': {}}).encode()
        for content in (foreign, b'[1, 2', b'\xff\xfe', b'null'):
            assert 'x.json' in dropped(bench, visitor, x__json=content)
        assert visitor.shown == [] and '1 failed' in visitor.part('work')

    def test_the_predecessor_s_file(self, bench, visitor):
        entry = {'id': '1001', 'type': 'LORA', 'name': 'Silk', 'note': 'old', 'url': f'{SITE}1001'}
        content = json.dumps({'1001': entry, '7': 'broken'}).encode()
        dropped(bench, visitor, CivitaiShortCut__json=content)
        assert visitor.shown == [1001] and bench.door.get(1001).note == 'old'

    def test_by_a_path_only_where_the_program_runs(self, bench, visitor, tmp_path):
        file = tmp_path / 'CivitaiShortCut.json'
        entry = {'id': 1001, 'type': 'LORA', 'name': 'Silk', 'url': f'{SITE}1001'}
        file.write_text(json.dumps({'1001': entry}), encoding='utf-8')
        visitor.click('import', '', '', f' "{file}" ')
        assert visitor.shown == [1001]
        visitor.click('import', '', '', str(tmp_path / 'nothing'))
        assert '1 failed' in visitor.part('work')
        with pytest.raises(Refused):
            visitor.click('import', '', '', ' ')

    def test_what_nobody_dropped_is_nothing(self, visitor):
        visitor.click('files', '', '', json.dumps(['../../etc/passwd', '']))
        assert visitor.part('work') == ''


class TestKeeping:
    def test_too_large_is_let_go_at_once(self, tmp_path):
        files = ShortcutFiles(tmp_path)
        with files.receive('big.url') as incoming:
            assert incoming.write(b'x' * MOST_LINK_BYTES)
            assert not incoming.write(b'x')
        assert list(tmp_path.iterdir()) == []
        with files.receive('big.json') as incoming:
            assert incoming.write(b'x' * (MOST_LINK_BYTES + 1))

    def test_names_cannot_lead_elsewhere(self, tmp_path):
        files = ShortcutFiles(tmp_path / 'in')
        for name in ('../../evil.url', '..\\..\\evil.url', '/etc/evil.url', '\0evil.url', '..', ''):
            with files.receive(name) as incoming:
                token = incoming.finish()
            assert files.take(token).path.parent == tmp_path / 'in'
            assert files.take(token) is None

    def test_only_the_latest_exports_stay(self, tmp_path):
        files = ShortcutFiles(tmp_path)
        made = [files.new_export() for _ in range(5)]
        for _, path in made:
            path.write_text('{}', encoding='utf-8')
        assert files.export(made[-1][0]) == made[-1][1]
        assert files.export(made[0][0]) is None and files.export('x') is None
