"""What the page shows, as text: cards, notices, totals. Nothing is served here."""

import re
from dataclasses import replace

import pytest

from civitai_manager_libs import i18n
from civitai_manager_libs.domain.models import read_model
from civitai_manager_libs.domain.picture_links import sized_address
from civitai_manager_libs.domain.target_types import model_target
from civitai_manager_libs.domain.targets import FileFilter
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import NotFound
from civitai_manager_libs.notify import Notice
from civitai_manager_libs.transfers.resolve import Found
from civitai_manager_libs.ui import words
from civitai_manager_libs.ui.choice import Choice
from civitai_manager_libs.ui.deltas import difference
from civitai_manager_libs.ui.present_choice import CardPlace, card_html, head_html, main_button_html
from civitai_manager_libs.ui.present_notices import notice_cards, undo_card
from civitai_manager_libs.ui.present_transfer import summary_text, transfer_html
from civitai_manager_libs.ui.queue_model import QueueModel
from civitai_manager_libs.ui.save_in import SaveIn
from tests.support.rows import plain, task

EVIL = '<img src=x onerror="alert(1)">\'"&'
CARD_PLACE = CardPlace(('/models',), lambda url, width: f'/pictures/{width}', alone=True)
CDN = 'https://image.civitai.com/xG1nkqKTMzGDvpLrqFT7WA/0e1f2a3b-1111-2222-3333-444455556666'

pytestmark = pytest.mark.usefixtures('english')


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
        other = replace(one, place=SaveIn(usual='/elsewhere'))
        assert plain(main_button_html([one, one])) == 'Download 218 MB'
        assert plain(main_button_html([one, other])) == 'Add to queue · 2 items · 436 MB'
        assert plain(main_button_html([one, replace(other, there=True)])) == 'Download 218 MB'
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
        assert 'left out' not in head_html([waiting, waiting])
        assert '4,200 more links were left out' in plain(head_html([waiting, waiting], 4200))


class TestNotices:
    def test_one_card_for_downloads_that_failed_alike(self):
        failed = [task(State.FAILED, number, error_code='key_needed') for number in (1, 2)]
        told = [
            Notice(number, 'error', 'error.key_needed', {'task': 'x'}, f'download:{number}')
            for number in (1, 2)
        ]
        cards = notice_cards(told, QueueModel(failed).get)
        assert len(cards) == 1 and cards[0].numbers == ('1', '2')
        assert '2 downloads failed for the same reason' in cards[0].html
        assert 'Set your API key' in cards[0].html and 'config set' not in cards[0].html

    def test_one_card_for_all_that_failed_whatever_the_reason(self):
        reasons = {1: 'key_needed', 2: 'early_access', 3: 'gone', 4: 'gone', 5: 'gone'}
        failed = [
            task(State.FAILED, number, error_code=code, name=f'Model {number}')
            for number, code in reasons.items()
        ]
        told = [
            Notice(number, 'error', f'error.{code}', {'what': 'x'}, f'download:{number}')
            for number, code in reasons.items()
        ]
        (card,) = notice_cards(told, QueueModel(failed).get)
        assert card.numbers == ('1', '2', '3', '4', '5')
        said = plain(card.html)
        assert '5 downloads failed' in said and 'same reason' not in said
        assert 'Model 1 · Model 2 · Model 3 · 2 more' in said
        assert 'data-cs-action="open-key"' in card.html

    def test_nobody_is_led_where_they_are(self):
        failed = QueueModel([task(State.FAILED, 1, error_code='key_needed')]).get
        told = [Notice(1, 'error', 'error.key_needed', {'task': 'x'}, 'download:1')]
        assert 'Show what needs you' in notice_cards(told, failed)[0].html
        assert 'Show what needs you' not in notice_cards(told, failed, in_view=True)[0].html

    def test_what_failed_before_somebody_came_is_told_by_the_queue(self):
        failed = QueueModel([task(State.FAILED, number) for number in (1, 2)]).get
        told = [
            Notice(number, 'error', 'error.gone', {'what': 'x'}, f'download:{number}')
            for number in (1, 2)
        ]
        other = Notice(3, 'warning', 'error.network', {'host': 'a'}, 'network')
        cards = notice_cards([*told, other], failed, since=1)
        assert [card.numbers for card in cards] == [('2',), ('3',)]
        assert len(notice_cards([*told, other], failed, since=3)) == 1

    def test_what_is_settled_is_not_shown(self):
        told = [Notice(1, 'error', 'error.gone', {'what': 'x'}, 'download:1')]
        assert notice_cards(told, QueueModel([task(State.QUEUED, 1)]).get) == []
        assert notice_cards(told, QueueModel().get) == []

    def test_other_causes_stand_alone(self):
        told = [Notice(3, 'error', 'error.network', {'host': EVIL}, 'network')]
        (card,) = notice_cards(told, QueueModel().get)
        assert 'could not be reached' in card.html and '<img' not in card.html

    def test_a_cancelled_download_can_be_had_back(self):
        waiting = undo_card(1, [task(State.QUEUED)]).html
        assert 'data-cs-action="retry"' in waiting and 'from the start' not in waiting

    def test_getting_it_back_says_that_it_begins_anew(self):
        card = undo_card(1, [task(State.RUNNING, 7, received=3_000_000), task(State.PAUSED, 9)])
        said = plain(card.html)
        assert 'Cancelled 2 downloads' in said and 'The 3 MB that had arrived are gone' in said
        assert 'data-cs-id="7 9"' in card.html


class TestTotals:
    def test_the_panel_and_the_line(self):
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
