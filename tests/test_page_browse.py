"""The Browse tab in a real browser, against catalogues of our own."""

import pytest

from tests.support.held import UntilTold
from tests.support.many_models import HOSTILE

pytestmark = pytest.mark.browser

CARD = '.cs-cards-card[data-cs-card]'
OPEN = f'{CARD}:not([hidden]) .cs-cards-open'
WIDTHS = (360, 390, 760, 1100, 1440, 2560)


def browse(open_page, served, adult='hide', **more):
    """The tab with its first cards."""
    page = open_page(served, tab='browse', **more)
    page.wait_for_selector(OPEN)
    if adult != 'hide':
        set_filter(page, 'adult', adult)
    return page


def set_filter(page, name, value):
    """Choose one of the segments; on a narrow page they are behind a button."""
    wanted = f'[data-cs-part="browse-{name}"] input[value="{value}"]'
    page.locator(wanted).evaluate('(input) => input.click()')
    page.wait_for_selector(
        f'[data-cs-part="browse-{name}"] .cs-on input[value="{value}"]', state='attached'
    )
    page.wait_for_selector(OPEN)


def ids(page):
    return page.eval_on_selector_all(
        f'{CARD}:not([hidden])', 'all => all.map((one) => one.dataset.csCard)'
    )


def count(page):
    return page.locator(CARD).count()


def to_end(page, number):
    """Scroll until so many cards are here."""
    page.wait_for_function(
        f"""() => {{
            window.scrollTo(0, document.documentElement.scrollHeight);
            return document.querySelectorAll('{CARD}').length >= {number};
        }}""",
        polling=200,
    )


def focused(page):
    return page.evaluate('document.activeElement.dataset.csId')


class TestList:
    def test_a_page_that_is_loaded_again_opens_where_somebody_was(self, served, open_page):
        page = open_page(served, tab='browse')
        page.goto(served.address)
        page.click('#cs-tab-downloads-button')
        page.wait_for_selector('#cs-field:visible')
        page.reload()
        page.wait_for_selector('#cs-tab-downloads-button[aria-selected="true"]')
        page.wait_for_selector('#cs-field:visible')
        assert page.url.endswith('#downloads')

    def test_it_is_on_top_at_the_start(self, served, open_page):
        page = open_page(served, tab='browse')
        page.goto(served.address)
        page.wait_for_selector('#cs-tab-browse-button[aria-selected="true"]')
        page.wait_for_selector(OPEN)

    def test_more_comes_by_scrolling_and_nothing_is_drawn_anew(self, many_served, open_page):
        page = browse(open_page, many_served, 'show')
        first = page.locator(CARD).first.element_handle()
        to_end(page, 130)
        assert first.evaluate('(element) => element.isConnected')
        assert len(set(ids(page))) == 130
        page.wait_for_selector('.cs-cards-end:has-text("130 models")')

    def test_names_that_mean_harm_are_only_names(self, many_served, open_page):
        page = browse(open_page, many_served)
        shown = page.locator('.cs-cards-name').all_inner_texts()
        assert HOSTILE[0] in shown
        assert HOSTILE[1] in shown
        page.locator(CARD).first.hover()
        assert page.evaluate('window.harmed') is None
        overflow = 'document.documentElement.scrollWidth - window.innerWidth'
        assert page.evaluate(overflow) <= 0

    def test_filters_are_remembered(self, many_served, open_page):
        page = browse(open_page, many_served, 'blur')
        page.click('[data-cs-action="browse:type"][data-cs-id="VAE"]')
        page.wait_for_selector('.cs-browse-nothing')
        page.reload()
        page.wait_for_selector('[data-cs-id="VAE"][aria-pressed="true"]')
        page.click('.cs-browse-nothing [data-cs-id="type"]')
        page.wait_for_selector(OPEN)
        assert page.is_checked('[data-cs-part="browse-adult"] input[value="blur"]')

    def test_a_slow_answer_does_not_undo_a_later_click(self, many_served, open_page, many_faults):
        page = browse(open_page, many_served)
        slow = UntilTold()
        many_faults('delay', path='types=VAE', seconds=slow, times=1)
        page.click('[data-cs-action="browse:type"][data-cs-id="VAE"]')
        page.wait_for_selector('.cs-cards-shape')
        page.click('[data-cs-action="browse:type"][data-cs-id="VAE"]')
        page.wait_for_selector(OPEN)
        assert count(page) == 40
        slow.go_on.set()
        page.wait_for_timeout(1_000)  # until the slow answer has come
        assert count(page) >= 40
        assert not page.is_visible('.cs-browse-nothing')

    def test_the_words_of_the_field_and_none_found(self, many_served, open_page):
        page = browse(open_page, many_served)
        page.keyboard.press('/')
        page.keyboard.type('Model 077')
        page.keyboard.press('Enter')
        page.wait_for_function(f"document.querySelectorAll('{CARD}').length === 1")
        page.fill('[data-cs-browse-field]', 'nothing is called so')
        page.click('[data-cs-action="browse:search"]')
        page.click('.cs-browse-nothing [data-cs-id="text"]')
        page.wait_for_selector(OPEN)
        assert page.input_value('[data-cs-browse-field]') == ''

    def test_the_address_of_a_picture_leads_to_the_gallery(self, many_served, open_page):
        page = browse(open_page, many_served)
        before = ids(page)
        page.fill('[data-cs-browse-field]', 'https://civitai.com/images/5001')
        page.keyboard.press('Enter')
        page.wait_for_selector('.cs-browse-banner:has-text("names no model file (a picture)")')
        assert ids(page) == before
        page.get_by_role('button', name='Open in Gallery').click()
        page.wait_for_selector('[data-cs-gallery-field]:visible')
        page.wait_for_function(
            "document.querySelector('[data-cs-gallery-field]').value"
            " || document.querySelector('[data-cs-part=\"gallery-problem\"]').innerText"
        )

    def test_base_models_are_chosen_from_a_list(self, many_served, open_page):
        page = browse(open_page, many_served)
        page.click('[data-cs-browse-bases] summary')
        page.fill('[data-cs-browse-find]', 'pony')
        page.click('.cs-browse-choices .cs-check:visible >> nth=0')
        page.wait_for_selector('[data-cs-browse-bases] summary:has-text("Pony")')
        page.keyboard.press('Escape')
        assert not page.is_visible('[data-cs-browse-find]')


class TestAdult:
    def test_what_is_hidden_is_not_sent_and_one_is_shown_by_a_click(self, many_served, open_page):
        page = browse(open_page, many_served)
        assert page.locator('.cs-veiled').count() == 0
        set_filter(page, 'adult', 'blur')
        page.wait_for_selector('.cs-veiled')
        veiled = page.locator('.cs-veiled')
        assert veiled.count() > 2
        blurred = '(card) => getComputedStyle(card.querySelector("img")).filter'
        assert 'blur' in veiled.nth(0).evaluate(blurred)
        for number in (0, 1):
            veiled.nth(number).locator('.cs-cards-open').click()
            assert 'none' == veiled.nth(number).evaluate(blurred)
        assert 'blur' in veiled.nth(0).evaluate(blurred)  # one at a time
        assert not page.locator('[data-cs-cards="browse"].cs-opened').count()
        set_filter(page, 'adult', 'show')
        page.wait_for_selector('.cs-veiled', state='detached')


class TestKeyboard:
    def test_around_the_grid(self, many_served, open_page):
        page = browse(open_page, many_served)
        listed = ids(page)
        page.locator(OPEN).first.focus()
        columns = page.evaluate(f"""() => {{
                const all = [...document.querySelectorAll('{CARD}')];
                return all.findIndex((one) => one.offsetTop > all[0].offsetTop);
            }}""")
        for key, at in (
            ('ArrowRight', 1),
            ('ArrowDown', 1 + columns),
            ('ArrowLeft', columns),
            ('ArrowUp', 0),
            ('End', len(listed) - 1),
            ('Home', 0),
        ):
            page.keyboard.press(key)
            assert focused(page) == listed[at], key
        assert page.locator(f'{OPEN}[tabindex="0"]').count() == 1

    def test_save_select_and_let_go(self, many_served, open_page):
        page = browse(open_page, many_served)
        number = ids(page)[5]
        corner = f'[data-cs-card="{number}"] .cs-cards-corner'
        page.locator(OPEN).nth(5).focus()
        page.keyboard.press('s')
        page.wait_for_selector(f'{corner}[aria-pressed="true"]')
        assert focused(page) == number
        page.wait_for_selector('[data-cs-part="browse-live"]:has-text("Saved")', state='attached')
        page.keyboard.press('Space')
        page.keyboard.press('ArrowRight')
        page.keyboard.press('Space')
        page.wait_for_selector('[data-cs-action="browse:save-selected"]:has-text("2")')
        assert focused(page) == ids(page)[6]
        page.keyboard.press('Escape')
        page.wait_for_selector('[data-cs-action="browse:save-selected"]', state='detached')
        assert page.locator('.cs-picked').count() == 0
        page.keyboard.press('Space')
        page.click('[data-cs-action="browse:hide-selected"]')
        page.click('.cs-notice [data-cs-action="browse:unhide"]')
        page.wait_for_selector('.cs-notice [data-cs-action="browse:unhide"]', state='detached')
        assert page.locator('.cs-picking').count() == 0 and focused(page)  # a click opens again
        page.reload()
        page.wait_for_selector(f'{corner}[aria-pressed="true"]')

    def test_d_downloads_and_the_offer_to_save_stays_until_it_is_closed(
        self, many_served, open_page
    ):
        page = browse(open_page, many_served)
        offer = '.cs-notice:has([data-cs-action="offer:save"])'
        page.locator(OPEN).nth(7).focus()
        page.keyboard.press('d')
        page.wait_for_selector('[data-cs-part="browse-live"] >> text=Model 007', state='attached')
        assert focused(page) == ids(page)[7]
        page.wait_for_selector(f'{offer}:has-text("Model 007"):not([data-cs-fades])')
        page.click(f'{offer} [data-cs-action="close-notice"]')
        page.locator(OPEN).nth(8).focus()
        page.keyboard.press('D')  # as with caps lock
        page.wait_for_selector(f'{offer}:has-text("Model 008")')
        page.locator(f'{offer} [data-cs-action="close-notice"]').press('Enter')
        page.wait_for_selector(offer, state='detached')
        assert focused(page) == ids(page)[8]

    def test_a_model_opens_and_escape_leads_back_to_where_one_was(self, many_served, open_page):
        page = browse(open_page, many_served)
        to_end(page, 80)
        card = page.locator(OPEN).nth(60)
        card.focus()
        page.wait_for_timeout(300)
        before = page.evaluate('window.scrollY')
        page.keyboard.press('Enter')
        page.wait_for_selector('[data-cs-cards="browse"].cs-opened')
        assert not page.is_visible(CARD)
        page.keyboard.press('Escape')
        page.wait_for_selector('[data-cs-cards="browse"]:not(.cs-opened)')
        assert page.locator(OPEN).nth(60).evaluate('(one) => one === document.activeElement')
        assert abs(page.evaluate('window.scrollY') - before) < 40


class TestTrouble:
    def test_the_next_page_fails_what_is_here_stays(self, many_served, open_page, many_faults):
        many_faults('status', path='cursor=', status=500)
        page = browse(open_page, many_served)
        page.evaluate('window.scrollTo(0, document.documentElement.scrollHeight)')
        page.wait_for_selector('.cs-cards-end [data-cs-action="browse:again"]')
        assert count(page) == 40
        assert 'could not be loaded' in page.inner_text('.cs-cards-end')
        many_served.demo.faults.clear()
        page.click('.cs-cards-end [data-cs-action="browse:again"]')
        to_end(page, 60)

    def test_closed_in_the_middle_of_a_search(self, many_served, open_page, many_faults):
        page = browse(open_page, many_served)
        many_faults('delay', path='types=DoRA', seconds=1.0)
        page.click('[data-cs-action="browse:type"][data-cs-id="DoRA"]')
        page.wait_for_selector('.cs-cards-shape')
        page.close()
        other = open_page(many_served, tab='browse')
        other.wait_for_selector('[data-cs-id="DoRA"][aria-pressed="true"]')
        other.click('[data-cs-action="browse:clear-filters"]')
        other.wait_for_selector(OPEN)
        assert 'Traceback' not in many_served.said()

    def test_offline_what_was_kept_is_shown_and_since_when(
        self, many_served, open_page, many_faults
    ):
        page = browse(open_page, many_served)
        listed = ids(page)
        many_faults('drop')
        page.reload()
        page.wait_for_selector('.cs-browse-banner:has-text("You are offline")')
        assert ids(page)[:20] == listed[:20]
        many_served.demo.faults.clear()

        again = '.cs-browse-banner [data-cs-action="browse:again"]'
        tried = (
            '(again) => (document.querySelector(again)?.click(), !document.querySelector(again))'
        )
        page.wait_for_function(tried, arg=again, polling=1_000)
        assert ids(page)[:20] == listed[:20]


class TestLooks:
    @pytest.mark.parametrize('dark', [False, True])
    def test_no_width_scrolls_sideways(self, many_served, open_page, dark):
        page = browse(open_page, many_served, dark=dark)
        for width in WIDTHS:
            page.set_viewport_size({'width': width, 'height': 900})
            overflow = page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
            assert overflow <= 0, width

    def test_columns_as_designed(self, many_served, open_page):
        page = browse(open_page, many_served)
        for width, columns in ((390, 2), (1440, 5), (2560, 7), (3840, 11)):
            page.set_viewport_size({'width': width, 'height': 900})
            made = page.evaluate(
                "getComputedStyle(document.querySelector('[data-cs-grid]'))"
                ".gridTemplateColumns.split(' ').length"
            )
            assert made == columns, width

    def test_on_a_phone_filters_are_behind_a_button_with_chips_of_what_is_on(
        self, many_served, open_page
    ):
        page = browse(open_page, many_served, width=390, height=844)
        assert not page.is_visible('[data-cs-browse-side]')
        page.click('[data-cs-part="browse-filters"] button')
        page.click('[data-cs-action="browse:type"][data-cs-id="LORA"]')
        page.click('.cs-browse-done button')
        page.wait_for_selector('.cs-browse-on [data-cs-id="type"]')
        assert page.inner_text('.cs-browse-count') == '2'  # and the last month
        page.click('.cs-browse-on [data-cs-id="type"]')
        page.wait_for_selector('.cs-browse-on [data-cs-id="type"]', state='detached')
