"""Cards: what they show of a model, saving and selecting them, what changes of one later."""

import json
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from civitai_manager_libs.domain.models import Picture
from civitai_manager_libs.errors import NotFound
from civitai_manager_libs.ui.card_sheet import CardSheet, SheetState
from civitai_manager_libs.ui.card_view import CardView, card_html, spoken
from civitai_manager_libs.ui.present_card import (
    cover_of,
    early_words,
    facts_text,
    note_html,
    short_number,
    view_of,
    warning_badge,
)
from tests.support.browse import NOW, card, page_of

HOSTILE = '"><script>alert(1)</script>\u202e<img src=x onerror=alert(1)>{0}%s'
DAY = 86_400.0


def still(picture, width):
    return f'/pictures/{width}'


class TestCard:
    @pytest.mark.parametrize(
        ('count', 'said'),
        [
            (0, '0'),
            (9_804, '9,804'),
            (10_000, '10.0K'),
            (48_210, '48.2K'),
            (99_960, '100K'),
            (182_400, '182K'),
            (999_600, '1.0M'),
            (1_234_567, '1.2M'),
        ],
    )
    def test_numbers_are_short(self, count, said):
        assert short_number(count) == said

    @pytest.mark.parametrize(
        ('adult', 'level', 'picture', 'veil', 'words'),
        [
            ('hide', 1, True, False, ''),
            ('hide', 8, False, False, 'Adult content (X)'),
            ('hide', 0, False, False, 'Not rated'),
            ('blur', 4, True, True, 'Adult content (R)'),
            ('blur', 0, True, True, 'Not rated'),
            ('blur', 2, True, False, ''),
            ('show', 16, True, False, ''),
        ],
    )
    def test_what_is_hidden_is_not_sent(self, english, adult, level, picture, veil, words):
        cover = cover_of(Picture(url='https://x/1.jpeg', nsfw_level=level), adult, still)
        assert (cover.picture is not None, cover.veil, cover.level_words) == (picture, veil, words)

    def test_a_video_without_a_frame_has_its_words_and_no_veil_to_lift(self, english):
        video = Picture(url='https://x/1.mp4', type='video', nsfw_level=8)
        cover = cover_of(video, 'blur', lambda picture, width: None)
        assert (cover.picture, cover.veil) == (None, False)
        assert cover.level_words

    def test_the_gravest_warning(self, english):
        assert warning_badge('removed', None, NOW).words == 'Removed'
        assert warning_badge('pickle', None, NOW).kind == 'bad'
        assert warning_badge('early_access', NOW + 2.5 * DAY, NOW).words.endswith('3 days left')
        assert warning_badge('early_access', NOW - 1, NOW) is None
        assert warning_badge('', None, NOW) is None

    def test_early_access_says_how_long_still(self, english):
        assert early_words(None, NOW) == 'Early access'
        assert early_words(NOW + 60, NOW).endswith('1 day left')

    def test_what_nobody_tells_is_left_out(self, english):
        plain = card(1, cover=None, creator=None, base_models=(), downloads=None, likes=None)
        view = view_of(plain, still, 'hide', False, False, NOW)
        assert (view.picture, view.line, view.facts) == (None, '', 'LoRA')
        assert facts_text('LORA', ['SDXL 1.0', 'Pony'], 'kiln') == 'LoRA · SDXL 1.0 · kiln'

    def test_what_is_veiled_is_said_to_who_cannot_see_it(self, english):
        veiled = view_of(card(1, level=8), still, 'blur', False, False, NOW)
        assert 'Adult content' in spoken(veiled)
        assert 'Adult' not in spoken(view_of(card(1), still, 'blur', False, False, NOW))

    def test_early_access_of_a_card(self, english):
        ends = datetime.fromtimestamp(NOW + DAY / 2, timezone.utc)
        early = card(1, warning='early_access', early_access_ends=ends)
        assert view_of(early, still, 'hide', False, True, NOW).warning_badge.icon == 'clock'

    def test_hostile_texts_are_only_texts(self, english):
        hostile = card(1, name=HOSTILE, creator=HOSTILE, base_models=(HOSTILE,), type=HOSTILE)
        view = replace(
            view_of(hostile, lambda picture, width: HOSTILE, 'hide', False, False, NOW),
            line=note_html(HOSTILE),
        )
        html = card_html(view, 'browse')
        assert '<script' not in html
        assert '<img src=x' not in html
        assert html.count('&lt;script&gt;') >= 4


class TestSheet:
    def sheet(self):
        sheet = CardSheet('browse')
        sheet.begin(1)
        sheet.add([CardView(1, 'One'), CardView(2, 'Two')])
        return sheet

    def marks(self, sheet):
        return json.loads(sheet.parts(SheetState())['browse-marks'])

    def test_only_what_changed_is_told(self, english):
        sheet = self.sheet()
        sheet.change([CardView(1, 'One', corner_on=True), CardView(2, 'Two')])
        assert self.marks(sheet) == {'1': {'corner': 'on'}}

    def test_what_is_as_before_is_told_too(self, english):
        sheet = self.sheet()
        sheet.change([CardView(1, 'One', corner_on=True)])
        sheet.change([CardView(1, 'One')])
        assert self.marks(sheet) == {'1': {'corner': ''}}

    def test_a_model_has_one_card(self, english):
        sheet = self.sheet()
        sheet.add([CardView(2, 'Two'), CardView(3, 'Three')])
        assert sheet.ids == [1, 2, 3]

    def test_another_list_begins_with_nothing(self, english):
        sheet = self.sheet()
        sheet.change([CardView(1, 'Other')])
        sheet.begin(2)
        assert (sheet.pages, self.marks(sheet)) == (0, {})
        assert 'browse-cards-0' not in sheet.parts(SheetState())


class TestDeskCards:
    def test_saved_and_installed_show_without_another_list(self, browse_bench):
        visitor = browse_bench.visitor()
        before = visitor.drawn
        assert visitor.marks == {}
        browse_bench.shelf.saved.add(2)
        browse_bench.shelf.changes += 1
        browse_bench.shelf.installed.add(3)
        assert visitor.marks['2']['corner'] == 'on'
        assert 'Installed' in visitor.marks['3']['state']
        assert visitor.drawn == before

    def test_save_with_one_click_and_let_go_with_a_way_back(self, browse_bench):
        visitor = browse_bench.visitor()
        visitor.parts()
        visitor.click('save', 2, 'on')
        assert browse_bench.shelf.saved == {2}
        assert 'Saved: Model 2' in visitor.part('live')
        visitor.click('save', 2, 'off')
        assert browse_bench.shelf.saved == set()
        assert 'data-cs-action="browse:restore" data-cs-id="2"' in visitor.cards[-1]
        visitor.click('restore', 2)
        assert browse_bench.shelf.saved == {2}

    def test_while_it_is_saved_the_card_shows_it(self, browse_bench):
        visitor = browse_bench.visitor()
        visitor.parts()
        browse_bench.at_once = False
        visitor.click('save', 2, 'on')
        assert visitor.marks['2']['corner'] == 'on'
        assert visitor.state['busy']
        browse_bench.shelf.refusals[2] = NotFound(what='x', host='civitai.com')
        browse_bench.run()
        assert visitor.marks['2']['corner'] == ''
        assert 'Could not save Model 2' in visitor.cards[-1]

    def test_several_at_once_and_one_of_them_fails(self, browse_bench):
        visitor = browse_bench.visitor()
        visitor.parts()
        for number in (1, 2, 3):
            visitor.click('select', number, 'on')
        visitor.click('select', 77, 'on')  # not here
        assert visitor.state['selected'] == [1, 2, 3]
        browse_bench.shelf.refusals[2] = NotFound(what='x', host='civitai.com')
        visitor.click('save-selected')
        assert browse_bench.shelf.saved == {1, 3}
        assert visitor.state['selected'] == []
        assert any('Could not save Model 2' in one for one in visitor.cards)

    def test_there_is_one_way_back_to_a_model_and_none_when_it_is_saved_again(self, browse_bench):
        visitor = browse_bench.visitor()
        visitor.parts()
        for value in ('on', 'off', 'on', 'off'):
            visitor.click('save', 2, value)
        assert len([one for one in visitor.cards if 'browse:restore' in one]) == 1
        visitor.click('save', 2, 'on')
        assert not [one for one in visitor.cards if 'browse:restore' in one]

    def test_downloads_are_queued_and_a_refusal_is_said(self, browse_bench):
        visitor = browse_bench.visitor()
        visitor.parts()
        for number in (1, 4):
            visitor.click('select', number, 'on')
        visitor.click('download-selected')
        assert browse_bench.shelf.ordered == [1, 4]
        assert '2 models added' in visitor.cards[-1]
        browse_bench.shelf.refusals[5] = NotFound(what='x', host='civitai.com')
        visitor.click('download', 5)
        assert 'Could not queue Model 5' in visitor.cards[-1]

    def test_hidden_ones_leave_at_once_and_come_back(self, browse_bench):
        shelf, visitor = browse_bench.shelf, browse_bench.visitor()
        shelf.lists = [replace(page_of(1, 2), cards=(card(1), card(2, creator='Midori')))]
        assert visitor.shown == [1, 2]
        visitor.click('select', 1, 'on')
        visitor.click('hide-selected')
        assert visitor.shown == [2]
        assert 'data-cs-value="1"' in visitor.cards[-1]
        shelf.hide('creator', 'midori')
        assert visitor.shown == []
        assert 'Hidden (2)' in visitor.part('hidden')
        visitor.click('unhide', 'model', '1')
        visitor.click('unhide', 'creator', 'midori')
        assert visitor.shown == [1, 2]
        assert len(shelf.asked) == 1

    def test_showing_again_what_never_came_asks_anew(self, browse_bench):
        shelf = browse_bench.shelf
        shelf.hide('model', '9', 'Nine')
        shelf.lists = [page_of(1, left_out=1)]
        visitor = browse_bench.visitor()
        assert visitor.shown == [1]
        shelf.lists = [page_of(1, 9)]
        visitor.click('unhide', 'model', '9')
        assert visitor.shown == [1, 9]

    def test_two_thousand_cards_are_told_once(self, browse_bench):
        pages = [page_of(*range(at, at + 100), more=True) for at in range(1, 2001, 100)]
        browse_bench.shelf.lists = pages
        visitor = browse_bench.visitor()
        for _ in range(25):
            visitor.parts()
            visitor.click('more')
        first, second = visitor.parts(), visitor.parts()
        assert len(visitor.shown) == 2_000
        assert all(first[name] is second[name] for name in first if '-cards-' in name)
        assert first['browse-marks'] is second['browse-marks']

    def test_a_page_nobody_looks_at_any_more_lets_go_of_its_cards(self, browse_bench):
        visitor = browse_bench.visitor()
        visitor.parts()
        visits = browse_bench.desk._visits
        assert visits.size() > 0
        visits.get(visitor.page).heard -= 3_600
        visits.shrink()
        assert visits.size() == 0
        assert visitor.shown == [1, 2, 3, 4, 5]  # it comes back to look
