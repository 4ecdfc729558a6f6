"""What the page shows, as text: rows, groups, cards, notices, totals. Nothing is served here."""

import re
from dataclasses import replace

import pytest

from civitai_manager_libs import i18n
from civitai_manager_libs.domain.models import read_model
from civitai_manager_libs.domain.target_types import model_target
from civitai_manager_libs.domain.targets import FileFilter
from civitai_manager_libs.domain.task import NewDownload, State, Task
from civitai_manager_libs.errors import NotFound
from civitai_manager_libs.notify import Notice
from civitai_manager_libs.transfers.resolve import Found
from civitai_manager_libs.ui import words
from civitai_manager_libs.ui.choosing import Choice
from civitai_manager_libs.ui.deltas import difference
from civitai_manager_libs.ui.present_choice import CardPlace, card_html, head_html, main_button_html
from civitai_manager_libs.ui.present_notices import notice_cards, undo_card
from civitai_manager_libs.ui.present_queue import filters_html, grouped, nothing_html, queue_view
from civitai_manager_libs.ui.present_row import RowPlace, row_fields, row_html
from civitai_manager_libs.ui.present_transfer import left_bytes, summary_text, transfer_html
from civitai_manager_libs.webapi import sized_address

EVIL = '<img src=x onerror="alert(1)">\'"&'
PLACE = RowPlace(('/models',), lambda url, width: f'/pictures/{width}')
CARD_PLACE = CardPlace(('/models',), lambda url, width: f'/pictures/{width}', alone=True)
CDN = 'https://image.civitai.com/xG1nkqKTMzGDvpLrqFT7WA/0e1f2a3b-1111-2222-3333-444455556666'


@pytest.fixture(autouse=True)
def english():
    before = i18n.language()
    i18n.set_language('en')
    yield
    i18n.set_language(before)


def task(state, number=1, **values):
    order = NewDownload(
        key=str(number),
        target='t',
        request='/r',
        folder='/models/Lora/style',
        file_name='silk.safetensors',
        name='Silk Tide',
        version_name='v1.1',
        size_estimate=328_000_000,
    )
    order = replace(order, **{key: values.pop(key) for key in list(values) if hasattr(order, key)})
    return Task(number, state, order, **values)


def plain(html):
    return re.sub(r'\s+', ' ', re.sub(r'<[^>]*>', ' ', html)).strip()


class TestRow:
    def test_a_running_one_tells_how_far_how_long_how_fast(self):
        running = task(State.RUNNING, received=59_000_000, speed=7_200_000.0)
        assert 'v1.1 · silk.safetensors → Lora/style' in plain(row_html(running, PLACE))
        fields = row_fields(running, PLACE)
        assert fields['bar'] == 18.0
        assert plain(fields['facts']) == '17 % 37 s left 7.2 MB/s 59 / 328 MB'

    def test_a_verifying_one_tells_how_much_is_read(self):
        verifying = task(State.VERIFYING, received=328_000_000, hashed=164_000_000)
        assert plain(row_fields(verifying, PLACE)['facts']) == 'SHA256 50 % 328 MB'
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
            finished=1.0,
        )
        shown = plain(row_html(done, PLACE))
        assert said in shown and 'v1.1 · Lora/silk (2).safetensors' in shown
        assert 'SHA256 9f2c…41ab' in plain(row_fields(done, PLACE)['facts'])
        assert 'data-cs-action' not in row_html(done, PLACE)

    def test_a_failed_one_says_what_to_do(self):
        failed = task(State.FAILED, received=83_000_000, error_code='key_needed')
        html = row_html(failed, PLACE)
        assert 'Set your API key' in html and 'python main.py config set civitai_api_key' in html
        assert 'data-cs-action="retry"' in html and 'data-cs-action="cancel"' in html
        assert 'needs a key' in row_fields(failed, PLACE)['facts']

    def test_one_that_an_error_has_paused_is_resumed_from_its_box(self):
        full = task(
            State.PAUSED,
            received=5,
            error_code='disk_full',
            error_details={'path': '/x', 'free': 7},
        )
        html = row_html(full, PLACE)
        assert html.count('data-cs-action="resume"') == 1 and 'cs-box cs-bad' in html

    def test_cancelling_asks_first(self):
        running = task(State.RUNNING, received=4_100_000_000)
        html = row_html(running, replace(PLACE, confirming=True))
        assert 'throws away the 4.1 GB' in html and 'cancel-really' in html

    def test_foreign_text_is_escaped_everywhere(self):
        for state in State:
            one = task(
                state,
                name=EVIL,
                version_name=EVIL,
                file_name=EVIL,
                error_code='not_found',
                error_details={'what': EVIL},
                received=5,
            )
            if state is not State.CANCELLED:
                html = row_html(one, PLACE) + str(row_fields(one, PLACE))
                assert '<img src=x' not in html and '"alert' not in html


class TestQueue:
    def test_groups_and_their_order(self):
        now = 1_800_000_000.0
        tasks = [
            task(State.DONE, 1, finished=now - 60),
            task(State.DONE, 2, finished=now - 3 * 86400),
            task(State.PAUSED, 3),
            task(State.QUEUED, 4),
            task(State.QUEUED, 5, priority=9),
            task(State.RUNNING, 6),
            task(State.FAILED, 7, error_code='gone'),
            task(State.PAUSED, 8, error_code='disk_full'),
            task(State.CANCELLED, 9),
        ]
        groups = grouped(tasks, now)
        numbers = {name: [one.id for one in group] for name, group in groups.items()}
        assert numbers == {
            'needs': [7, 8],
            'running': [6],
            'waiting': [5, 4, 3],
            'today': [1],
            'earlier': [2],
        }
        view = queue_view(groups, 'all', PLACE, None)
        assert [group['key'] for group in view.order] == list(numbers)
        assert 'number 1 in line' in view.fields['5']['facts']
        assert set(queue_view(groups, 'done', PLACE, None).rows) == {'1', '2'}
        assert 'Needs you 2' in plain(filters_html(groups, 'all'))

    def test_long_groups_end_with_a_count(self):
        groups = grouped([task(State.QUEUED, number) for number in range(1, 451)])
        view = queue_view(groups, 'all', PLACE, None)
        assert len(view.rows) == 300 and '150 more' in view.order[0]['foot']

    def test_buttons_for_all_only_where_they_do_something(self):
        assert 'pause-all' not in filters_html(grouped([task(State.PAUSED)]), 'all')
        assert 'resume-all' not in filters_html(grouped([task(State.RUNNING)]), 'all')
        assert filters_html(grouped([]), 'all') == ''

    def test_an_empty_queue_says_what_it_is_for(self):
        html = nothing_html('all', False, [('https://x/1', 'a "demo"')])
        assert 'No downloads yet' in html and 'data-cs-value="https://x/1"' in html
        assert 'Show all' in nothing_html('needs', True, [])


class TestChoice:
    @staticmethod
    def model(**version):
        safe = {
            'id': 11,
            'name': 'neon.safetensors',
            'sizeKB': 212890.625,
            'metadata': {'format': 'SafeTensor', 'fp': 'fp16'},
            'hashes': {'SHA256': 'AB' * 32},
            'pickleScanResult': 'Success',
            'virusScanResult': 'Success',
        }
        pickle = {**safe, 'id': 12, 'name': 'neon.ckpt', 'metadata': {'format': 'PickleTensor'}}
        picture = {'url': f'{CDN}/width=450/1.jpeg', 'nsfwLevel': 1, 'type': 'image'}
        grown = {**picture, 'url': f'{CDN}/width=450/grown.jpeg', 'nsfwLevel': 8}
        one = {
            'id': 2,
            'name': 'v4',
            'baseModel': 'Illustrious',
            'publishedAt': '2026-11-12T00:00:00Z',
            'files': [safe, pickle],
            'images': [grown, picture],
            **version,
        }
        creator = {'username': 'hexa_works'}
        return read_model(
            {'id': 1, 'name': EVIL, 'type': 'LORA', 'creator': creator, 'modelVersions': [one]}
        )

    def choice(self, file_id=11, **version):
        model = self.model(**version)
        found = Found(model_target(1, 2, FileFilter()), model, model.model_versions[0])
        return Choice('c1', 'words', found.target, 'found', [found], file_id=file_id)

    def test_a_card_shows_version_files_and_warnings(self):
        asked = []
        place = replace(CARD_PLACE, picture=lambda url, width: asked.append(url) or '/p')
        html = card_html(self.choice(), place)
        assert 'LoRA · Illustrious · hexa_works' in html and 'v4 · 12 Nov 2026' in html
        assert 'SafeTensor · fp16 · scanned, no findings' in html and '218 MB' in html
        assert 'Can run code when it is loaded' in html
        assert re.findall(r'value="(\d+)"[^>]*checked', html) == ['11']
        assert '<img src=x' not in html
        assert not any('grown' in url for url in asked)

    def test_the_button_names_what_it_fetches(self):
        one = self.choice()
        assert plain(main_button_html([one])) == 'Download 218 MB'
        assert plain(main_button_html([one, one])) == 'Add to queue · 2 items · 436 MB'
        assert plain(main_button_html([self.choice(file_id=None)])) == 'Add to queue'

    def test_early_access_is_said_open_and_closed(self):
        early = self.choice(availability='EarlyAccess', earlyAccessEndsAt='2026-12-01T00:00:00Z')
        assert 'until 1 Dec 2026' in card_html(early, CARD_PLACE)
        assert 'until 1 Dec 2026' in card_html(early, replace(CARD_PLACE, alone=False))

    def test_what_could_not_be_found_says_so(self):
        failed = Choice('c2', EVIL, None, 'failed', error=NotFound(what='model 9'))
        html = card_html(failed, CARD_PLACE)
        assert 'Civitai has no model 9' in plain(html) and '<img' not in html

    def test_progress_of_many(self):
        waiting = Choice('c3', 'x')
        assert '3 links · 1 looked up' in plain(head_html([self.choice(), waiting, waiting]))


class TestNotices:
    def test_one_card_for_downloads_that_failed_alike(self):
        failed = [task(State.FAILED, number, error_code='key_needed') for number in (1, 2)]
        told = [
            Notice(number, 'error', 'error.key_needed', {'task': 'x'}, f'download:{number}')
            for number in (1, 2)
        ]
        cards = notice_cards(told, failed)
        assert len(cards) == 1 and cards[0].numbers == ('1', '2')
        assert '2 downloads failed for the same reason' in cards[0].html

    def test_what_is_settled_is_not_shown(self):
        told = [Notice(1, 'error', 'error.gone', {'what': 'x'}, 'download:1')]
        assert notice_cards(told, [task(State.QUEUED, 1)]) == []
        assert notice_cards(told, []) == []

    def test_other_causes_stand_alone(self):
        told = [Notice(3, 'error', 'error.network', {'host': EVIL}, 'network')]
        (card,) = notice_cards(told, [])
        assert 'could not be reached' in card.html and '<img' not in card.html

    def test_a_cancelled_download_can_be_had_back(self):
        assert 'data-cs-action="retry"' in undo_card(1, task(State.CANCELLED)).html


class TestTotals:
    def test_the_panel_and_the_line(self):
        tasks = [task(State.RUNNING, received=28_000_000), task(State.PAUSED), task(State.QUEUED)]
        assert left_bytes(tasks) == 628_000_000
        shown = plain(transfer_html(2_000_000.0, 628_000_000, 412_000_000_000, [(2.0, 1e6)]))
        assert '2.0 MB/s' in shown and '5 min' in shown and '412 GB' in shown
        assert summary_text(2_000_000.0, 628_000_000) == '2.0 MB/s · 5 min left · 628 MB'
        assert summary_text(0.0, 0) == ''

    def test_the_chart_has_a_sentence(self):
        history = [(300.0, 0.0), (100.0, 5e6), (0.0, 2e6)]
        html = transfer_html(2e6, 0, 0, history)
        assert 'at most 5.0 MB/s, now 2.0 MB/s' in html and '<polyline' in html


class TestSmall:
    def test_folders_are_shown_from_the_nearest_root(self):
        roots = ('/models', '/models/ours')
        assert words.shown_folder('/models/ours/Lora', roots) == 'Lora'
        assert words.shown_folder('/models', roots) == 'models'
        assert words.shown_folder('/else/Lora', roots) == '/else/Lora'

    def test_pairs_share_a_unit(self):
        assert words.pair_text(4_100_000_000, 6_600_000_000) == '4.1 / 6.6 GB'
        assert words.pair_text(5, None) == '5 B'

    def test_only_what_changed_is_sent(self):
        old = {'rows': {'1': 'a', '2': 'b'}}
        assert difference(old, {'rows': {'2': 'c', '3': 'd'}}) == {'rows': {'2': 'c', '3': 'd'}}
        assert difference(old, {'rows': {'1': 'a'}}) == {}

    def test_both_languages_say_the_same_things(self):
        chinese, english = i18n.catalogue('zh-TW'), i18n.catalogue('en')
        for key in (key for key in english if key.startswith('page.')):
            names = [sorted(re.findall(r'{(\w+)}', each[key])) for each in (chinese, english)]
            if key != 'page.date':
                assert names[0] == names[1], key

    @pytest.mark.parametrize(
        ('url', 'wanted'),
        [
            (f'{CDN}/width=450/1.jpeg', f'{CDN}/width=96/1.jpeg'),
            (f'{CDN}/original=true/1.jpeg?x=1', f'{CDN}/width=96/1.jpeg?x=1'),
            (f'{CDN}/1.jpeg', f'{CDN}/width=96/1.jpeg'),
            (CDN.replace('image.civitai.com', 'elsewhere.test') + '/a/1.jpeg', None),
            ('https://image.civitai.com/a/b/c/d.jpeg', None),
        ],
    )
    def test_the_picture_server_is_asked_for_a_small_one(self, url, wanted):
        assert sized_address(url, 96, 'https://civitai.com') == (wanted or url)
