"""The queue as the page shows it: rows, groups, filters, what can be done."""

import re
from dataclasses import replace

import pytest

from civitai_manager_libs.domain.task import Note, State
from civitai_manager_libs.ui.present_facts import row_fields
from civitai_manager_libs.ui.present_queue import RowCache, filters_html, nothing_html, queue_view
from civitai_manager_libs.ui.present_row import RowPlace, link_of, row_html
from civitai_manager_libs.ui.present_selection import selection_html
from civitai_manager_libs.ui.queue_model import QueueModel
from tests.support.rows import plain, task

EVIL = '<img src=x onerror="alert(1)">\'"&'
PLACE = RowPlace(('/models',), lambda url, width: f'/pictures/{width}')

pytestmark = pytest.mark.usefixtures('english')


def actions(html):
    """Names of what can be clicked, the offers of the menu in brackets."""
    offers = re.findall(r'data-cs-menu="([^"]*)"', html)
    return re.findall(r'data-cs-action="([^"]*)"', html) + [one.split() for one in offers]


class TestRow:
    def test_a_running_one_tells_how_far_how_long_how_fast(self):
        running = task(State.RUNNING, received=59_000_000, speed=7_200_000.0)
        running = replace(running, connections=4)
        assert 'v1.1 · silk.safetensors → Lora/style' in plain(row_html(running, PLACE))
        fields = row_fields(running)
        assert fields['bar'] == 18.0
        assert plain(fields['facts']) == '17 % 37 s left 7.2 MB/s 59 / 328 MB 4 connections'
        one = row_fields(replace(running, connections=1))
        assert plain(one['facts']).endswith(' 1 connection')

    def test_a_verifying_one_tells_how_much_is_read(self):
        verifying = task(State.VERIFYING, received=328_000_000, hashed=164_000_000)
        assert plain(row_fields(verifying)['facts']) == 'SHA256 50 % 328 MB'
        assert 'cs-is-verifying' in row_html(verifying, PLACE)

    @pytest.mark.parametrize(
        ('verified', 'said'), [(True, 'Done, verified'), (False, 'Done, no hash published')]
    )
    def test_a_done_one_tells_whether_it_was_verified(self, verified, said):
        done = task(
            State.DONE,
            path='/models/Lora/silk (2).safetensors',
            verified=verified,
            sha256='9f2c' + '0' * 56 + '41ab',
            file_size=218_000_000,
            finished=1_800_000_000.0,
        )
        shown = plain(row_html(done, PLACE))
        assert said in shown and 'v1.1 · Lora/silk (2).safetensors' in shown
        assert 'SHA256 9f2c…41ab' in plain(row_fields(done)['facts'])
        assert re.search(r'\d\d:\d\d', row_fields(done)['facts'])
        assert 'Jan 2027' in row_fields(done, earlier=True)['facts']

    def test_what_went_wrong_beside_a_download_stands_below_it(self):
        note = Note('not_writable', {'path': '/models/x.preview.png', 'reason': EVIL})
        html = row_html(task(State.DONE, path='/models/x', notes=(note,)), PLACE)
        assert '/models/x.preview.png cannot be written' in plain(html) and '<img' not in html

    def test_a_failed_one_says_what_to_do(self):
        failed = task(State.FAILED, received=83_000_000, error_code='key_needed')
        html = row_html(failed, PLACE)
        assert 'Set your API key' in html and 'data-cs-action="open-key"' in html
        assert 'config set' not in html  # the button is beside it
        assert actions(html)[:2] == ['cancel', 'menu'] and 'data-cs-action="retry"' in html
        assert 'needs a key' in row_fields(failed)['facts']

    def test_a_full_disk_says_what_is_kept_and_that_it_goes_on(self):
        details = {'path': '/x', 'free': 70_000_000, 'needed': 90_000_000}
        full = task(State.PAUSED, received=5, error_code='disk_full', error_details=details)
        html = row_html(full, PLACE)
        assert html.count('data-cs-action="resume"') == 1 and 'cs-box cs-bad' in html
        assert '70 MB are free, 90 MB are still needed' in plain(html)
        assert 'What has arrived is kept' in html and 'goes on by itself' in html
        floor = {**details, 'floor': 512_000_000}
        below = replace(full, error_code='room_below_floor', error_details=floor)
        assert '512 MB are to stay free' in row_html(below, PLACE)
        unknown = replace(full, error_details={**details, 'needed': None})
        assert 'None' not in row_html(unknown, PLACE) and 'goes on' in row_html(unknown, PLACE)

    def test_cancelling_asks_first(self):
        html = row_html(task(State.RUNNING, received=4_100_000_000), PLACE, confirming=True)
        assert 'throws away the 4.1 GB' in html and 'cancel-really' in html

    def test_foreign_text_is_escaped_everywhere(self):
        for state in State:
            one = task(
                state,
                name=EVIL,
                version_name=EVIL,
                file_name=EVIL,
                target=EVIL,
                error_code='not_found',
                error_details={'what': EVIL},
                received=5,
            )
            if state is not State.CANCELLED:
                html = row_html(one, PLACE) + str(row_fields(one))
                assert '<img src=x' not in html and '"alert' not in html


class TestActions:
    @pytest.mark.parametrize(
        ('one', 'offered'),
        [
            (task(State.QUEUED), ['front', 'cancel', 'menu', ['front', 'up', 'down', 'pause']]),
            (task(State.RUNNING), ['pause', 'cancel', 'menu', []]),
            (task(State.VERIFYING), ['cancel', 'menu', ['pause']]),
            (task(State.PAUSED), ['resume', 'cancel', 'menu', ['front']]),
            (task(State.FAILED, error_code='gone'), ['cancel', 'menu', ['retry']]),
            (task(State.DONE, path='/m/x'), ['open-folder', 'menu', ['open-folder']]),
        ],
    )
    def test_a_row_offers_what_its_state_allows(self, one, offered):
        found = actions(row_html(one, replace(PLACE, local=True)))
        copies = ['copy-link', 'copy-path', 'select']
        last = ['remove'] if one.state is State.DONE else []
        assert found == [*offered[:-1], [*offered[-1], *copies, *last]]

    def test_elsewhere_a_folder_is_copied_and_not_opened(self):
        html = row_html(task(State.DONE, path='/m/x.safetensors'), PLACE)
        assert actions(html)[0] == 'copy' and 'data-cs-value="/m/x.safetensors"' in html
        assert 'open-folder' not in html

    def test_the_link_is_the_page_of_the_model_without_any_key(self):
        model = task(State.DONE, model_id=4, version_id=7)
        assert link_of(model, 'https://x/') == 'https://x/models/4?modelVersionId=7'
        assert link_of(task(State.DONE, target='https://y/z'), 'https://x') == 'https://y/z'


class TestQueue:
    def test_groups_and_their_order(self):
        now = 1_800_000_000.0
        queue = QueueModel(
            [
                task(State.DONE, 1, finished=now - 60),
                task(State.DONE, 2, finished=now - 3 * 86400),
                task(State.PAUSED, 3, rank=0.0),
                task(State.QUEUED, 4, rank=2.0),
                task(State.QUEUED, 5, rank=3.0, priority=9),
                task(State.QUEUED, 10, rank=1.0),
                task(State.RUNNING, 6),
                task(State.FAILED, 7, error_code='gone'),
                task(State.PAUSED, 8, error_code='disk_full'),
                task(State.CANCELLED, 9),
                task(State.DONE, 11, finished=now, cleared=now),
            ]
        )
        view = queue_view(queue, 'all', PLACE, now=now)
        assert {group['key']: group['keys'] for group in view.order} == {
            'needs': ['7', '8'],
            'running': ['6'],
            'waiting': ['5', '10', '4', '3'],
            'today': ['1'],
            'earlier': ['2'],
        }
        assert 'number 1 in line' in view.fields['5']['facts']
        assert 'in line' not in view.fields['3']['facts']
        assert set(queue_view(queue, 'done', PLACE, now=now).rows) == {'1', '2'}
        assert 'Needs you 2' in plain(filters_html(queue, 'all'))

    def test_a_model_that_follows_changes_is_one_made_anew(self):
        queue = QueueModel(task(State.QUEUED, number, rank=number) for number in range(1, 6))
        changed = [
            task(State.RUNNING, 1, received=28_000_000, speed=5.0),
            task(State.QUEUED, 5, rank=-1.0),
            task(State.CANCELLED, 2),
            task(State.DONE, 3, finished=9.0),
            task(State.DONE, 3, finished=9.0, cleared=10.0),
        ]
        for one in changed:
            queue.put(one, quiet=False)
        fresh = QueueModel([changed[0], task(State.QUEUED, 4, rank=4), changed[1]])
        for line in ('needs', 'running', 'waiting', 'done'):
            assert queue.part(line) == fresh.part(line)
        assert queue.left == fresh.left == 300_000_000 + 2 * 328_000_000
        assert (queue.speed, queue.queued, queue.total()) == (5.0, 2, 3)
        assert [one.id for one in queue.ended_since(0)] == [3] and queue.ended_since(1) == []

    def test_long_groups_come_in_slices(self):
        queue = QueueModel(task(State.QUEUED, number) for number in range(1, 451))
        view = queue_view(queue, 'all', PLACE)
        assert len(view.rows) == 50 and '400 more' in view.order[0]['foot']
        longer = queue_view(queue, 'all', PLACE, more={'waiting': 200})
        assert len(longer.rows) == 250 and '200 more' in longer.order[0]['foot']

    def test_only_what_has_changed_is_made_again(self):
        queue = QueueModel(task(State.QUEUED, number, rank=number) for number in (1, 2))
        cache = RowCache()
        before = queue_view(queue, 'all', PLACE, cache=cache)
        queue.put(task(State.QUEUED, 2, rank=2, name='New', revision=5))
        after = queue_view(queue, 'all', PLACE, cache=cache)
        assert after.rows['1'] is before.rows['1'] and after.fields['1'] is before.fields['1']
        assert 'New' in after.rows['2']
        asked = queue_view(queue, 'all', PLACE, confirming=1, cache=cache)
        assert 'cancel-really' in asked.rows['1'] and 'cancel-really' not in after.rows['1']

    def test_buttons_for_all_only_where_they_do_something(self):
        paused, running = QueueModel([task(State.PAUSED)]), QueueModel([task(State.RUNNING)])
        assert 'pause-all' not in filters_html(paused, 'all')
        assert 'resume-all' not in filters_html(running, 'all')
        assert 'clear-finished' not in filters_html(running, 'all')
        assert 'clear-finished' in filters_html(QueueModel([task(State.DONE)]), 'all')
        assert filters_html(QueueModel(), 'all') == ''

    def test_an_empty_queue_says_what_it_is_for(self):
        html = nothing_html('all', False, [('https://x/1', 'a "demo"')])
        assert 'No downloads yet' in html and 'data-cs-value="https://x/1"' in html
        assert 'Show all' in nothing_html('needs', True, [])


class TestSelection:
    def test_it_offers_what_any_of_them_can(self):
        chosen = [task(State.RUNNING), task(State.DONE, 2)]
        html = selection_html(chosen, 9, asking=False)
        assert '2 selected' in html and 'Select all 9' in html and 'role="toolbar"' in html
        assert actions(html) == ['select-all', 'pause', 'cancel', 'remove', 'select-none']
        assert actions(selection_html([task(State.FAILED)], 1, False)) == [
            *('retry', 'cancel', 'select-none'),
        ]
        assert selection_html([], 9, False) == ''

    def test_it_asks_once_for_all_of_them(self):
        chosen = [
            task(State.RUNNING, received=4_000_000_000),
            task(State.PAUSED, 2, received=100_000_000),
            task(State.DONE, 3, received=900_000_000),
        ]
        said = plain(selection_html(chosen, 9, asking=True))
        assert 'throws away the 4.1 GB' in said and 'Cancel 2 downloads' in said
