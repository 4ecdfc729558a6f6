"""The Gallery tab in a real browser, against the demo catalogue."""

import re

import pytest

from civitai_manager_libs.demo.special import GALLERY
from tests.support.command import eventually
from tests.support.page import Served

pytestmark = pytest.mark.browser

LINK = f'https://civitai.com/models/{GALLERY.model_id}?modelVersionId={GALLERY.version_id}'
SETTINGS = {
    'REQUEST_DELAY': '0',
    'HTTP_RETRY_DELAY': '0.05',
    'HTTP_MAX_RETRIES': '1',
    'IMAGES_DUPLICATE_POLICY': 'keep_both',
}
SHOT = '.cs-gallery-shots .cs-shot-open'
WIDTHS = (360, 390, 760, 1100, 1440, 2560)


@pytest.fixture
def faults(page_demo):
    """Faults that go when the test ends."""
    added = []
    yield lambda *arguments, **options: added.append(page_demo.faults.add(*arguments, **options))
    for fault in added:
        page_demo.faults.remove(fault)


@pytest.fixture(scope='module')
def gallery_served(page_demo, tmp_path_factory):
    """A page of its own, since pictures that were fetched before are kept."""
    running = Served(page_demo, tmp_path_factory.mktemp('gallery'), 'en', settings=SETTINGS)
    yield running
    running.end()


def gallery(page, link=LINK):
    """Put the tab on top and open the pictures of ``link``."""
    page.click('#cs-tab-gallery-button')
    page.wait_for_selector('.cs-empty h2:visible')
    page.fill('[data-cs-gallery-field]', link)
    page.keyboard.press('Enter')
    page.wait_for_selector(SHOT)
    return page


def count(page):
    return page.locator(SHOT).count()


def identity(page, number):
    return page.locator(SHOT).nth(number).get_attribute('data-cs-id')


def show(page, number):
    """Open a picture by a click; its number at Civitai."""
    page.locator(SHOT).nth(number).click()
    shown = identity(page, number)
    page.wait_for_selector(f'.cs-detail-head [data-cs-id="{shown}"]')
    return shown


def pick(page, *numbers):
    for number in numbers:
        page.locator(SHOT).nth(number).click(modifiers=['Control'])
    page.wait_for_selector(
        f'[data-cs-action="gallery:download-selected"]:has-text("{len(numbers)}")'
    )


def files(served):
    found = served.folder.rglob('images/**/*')
    return [one for one in found if one.suffix in ('.jpeg', '.png', '.webp', '.mp4')]


class TestLooking:
    def test_two_pages_a_picture_its_prompt_and_the_file(self, gallery_served, open_page):
        page = gallery(open_page(gallery_served))
        assert page.input_value('[data-cs-gallery-field]').startswith('絲線潮汐 Silk Tide')
        first = count(page)
        kept = page.locator(SHOT).first.element_handle()
        for _ in range(2):
            before = count(page)
            page.locator(SHOT).last.scroll_into_view_if_needed()
            page.wait_for_function(f"document.querySelectorAll('{SHOT}').length > {before}")
        assert count(page) > first
        assert kept.evaluate('(element) => element.isConnected')  # nothing was drawn anew

        shown = show(page, 3)
        page.wait_for_selector('.cs-detail-frame img')
        assert 'silktide' in page.inner_text('.cs-detail-words >> nth=0')
        page.click(f'.cs-detail-head [data-cs-action="gallery:download-one"][data-cs-id="{shown}"]')
        page.wait_for_selector('text=1 of 1 pictures downloaded')
        assert [one for one in files(gallery_served) if one.stem == shown]
        page.wait_for_selector(f'[data-cs-key="shot-{shown}"].cs-is-done')

    def test_with_the_keyboard(self, gallery_served, open_page):
        page = gallery(open_page(gallery_served))
        show(page, 0)
        focused = 'document.activeElement.dataset.csId'
        for key, number in (('ArrowRight', 1), ('ArrowDown', 3), ('ArrowLeft', 2), ('Home', 0)):
            page.keyboard.press(key)
            assert page.evaluate(focused) == identity(page, number), key
        page.keyboard.press('Space')
        page.wait_for_selector('[data-cs-action="gallery:download-selected"]')
        page.keyboard.press('Escape')
        page.wait_for_selector('[data-cs-action="gallery:download-page"]')
        page.keyboard.press('End')
        last = page.evaluate(focused)
        page.wait_for_selector(f'.cs-detail-head [data-cs-id="{last}"]')

    def test_another_page_has_a_gallery_of_its_own(self, gallery_served, open_page):
        page = gallery(open_page(gallery_served))
        other = open_page(gallery_served)
        other.click('#cs-tab-gallery-button')
        other.wait_for_selector('.cs-empty h2:visible')
        assert count(other) == 0 and count(page) > 0

    def test_adult_pictures_have_a_veil_until_clicked(self, gallery_served, open_page):
        page = gallery(open_page(gallery_served))
        assert page.locator('.cs-shot.cs-veiled').count() == 0
        page.click('[data-cs-action="gallery:level"][data-cs-id="Mature"]')
        page.wait_for_selector('.cs-shot.cs-veiled')
        veiled = page.locator('.cs-shot.cs-veiled .cs-shot-open')
        blurred = 'element => getComputedStyle(element.querySelector("img")).filter'
        assert veiled.first.evaluate(blurred) == 'blur(22px)'
        veiled.first.click()
        eventually(lambda: veiled.first.evaluate(blurred) == 'none', 'the picture is shown')
        page.locator('.cs-shot:not(.cs-veiled) .cs-shot-open').first.click()
        eventually(lambda: veiled.first.evaluate(blurred) == 'blur(22px)', 'the veil is back')

    def test_the_veil_of_a_large_picture_hides_as_much(self, gallery_served, open_page):
        page = gallery(open_page(gallery_served, width=2560, height=1400))
        page.click('[data-cs-action="gallery:level"][data-cs-id="Mature"]')
        page.wait_for_selector('.cs-shot.cs-veiled')
        kinds = page.eval_on_selector_all(
            '.cs-gallery-shots .cs-shot', 'all => all.map((e) => e.matches(".cs-veiled"))'
        )
        before = next(at for at in range(count(page)) if kinds[at : at + 2] == [False, True])
        show(page, before)
        page.keyboard.press('ArrowRight')  # a click would lift the veil
        page.wait_for_selector('.cs-gallery-stage [data-cs-veil] > :is(img, video)')
        large = page.locator('.cs-gallery-stage [data-cs-veil] > :is(img, video)').first
        width, blurred = large.evaluate('e => [e.clientWidth, getComputedStyle(e).filter]')
        assert width > 800
        assert float(blurred.removeprefix('blur(').removesuffix('px)')) >= width * 0.035

    def test_an_unknown_link_is_said_and_offline_keeps_what_is_here(
        self, gallery_served, open_page, faults
    ):
        page = gallery(open_page(gallery_served))
        before = count(page)
        faults('status', status=503)
        page.fill('[data-cs-gallery-field]', 'https://civitai.com/models/1002')
        page.keyboard.press('Enter')
        page.wait_for_selector('.cs-gallery-problem')
        assert 'stays here' in page.inner_text('.cs-gallery-problem')
        assert count(page) == before


class TestDownloads:
    def test_one_of_five_fails_and_the_other_four_stay(
        self, page_demo, gallery_served, open_page, faults
    ):
        page = gallery(open_page(gallery_served))
        bad = identity(page, 2)
        place = uuid_of(page_demo, bad)
        faults('status', side='storage', path=place, status=404)
        good = {identity(page, number) for number in (0, 1, 3, 4)}
        pick(page, 0, 1, 2, 3, 4)
        page.click('[data-cs-action="gallery:download-selected"]')
        notice = page.wait_for_selector('.cs-notice[role="alert"]')
        assert 'Some pictures could not be downloaded (1)' in notice.inner_text()
        page.wait_for_selector('text=4 of 5 pictures downloaded')
        names = {one.stem for one in files(gallery_served)}
        assert good <= names and bad not in names
        assert page.locator('.cs-shot.cs-is-done').count() >= 4
        page.wait_for_selector(f'[data-cs-key="shot-{bad}"].cs-is-failed')
        assert count(page) > 5

        page_demo.faults.clear('status')
        page.click('.cs-notice [data-cs-action="gallery:retry"]')
        page.wait_for_selector('text=5 of 5 pictures downloaded')
        page.wait_for_selector('.cs-notice', state='detached')

    def test_a_picture_that_does_not_come_can_be_asked_for_again(
        self, page_demo, open_page, faults, tmp_path
    ):
        served = Served(page_demo, tmp_path / 'fresh', 'en')
        try:
            page = open_page(served)
            faults('status', side='storage', path='width=320', status=404, times=1)
            gallery(page)
            page.wait_for_selector('.cs-lost-shot')
            assert count(page) > 5
            page.click('.cs-lost-shot [data-cs-action="gallery:picture-again"]')
            page.wait_for_selector('.cs-lost-shot', state='detached')
        finally:
            served.end()

    def test_all_asks_how_many_and_can_be_stopped(self, gallery_served, open_page, faults):
        page = gallery(open_page(gallery_served))
        page.click('[data-cs-action="gallery:ask-all"]')
        page.wait_for_selector('text=How many pictures')
        page.keyboard.press('Escape')
        page.wait_for_selector('text=How many pictures', state='detached')
        faults('delay', side='storage', seconds=0.5)
        page.click('[data-cs-action="gallery:ask-all"]')
        page.click('[data-cs-action="gallery:download-all"][data-cs-id="100"]')
        page.wait_for_selector('text=Downloading')
        page.click('[data-cs-action="gallery:stop"]')
        page.wait_for_selector('text=not fetched')


class TestLook:
    @pytest.mark.parametrize('dark', [False, True])
    def test_nothing_scrolls_sideways(self, gallery_served, open_page, dark):
        page = open_page(gallery_served, dark=dark)
        gallery(page)
        for width in WIDTHS:
            page.set_viewport_size({'width': width, 'height': 844})
            assert page.evaluate('document.documentElement.scrollWidth') <= width, width

    def test_in_chinese_on_a_phone(self, page_demo, open_page, tmp_path):
        served = Served(page_demo, tmp_path / 'chinese', 'zh-TW')
        try:
            page = gallery(open_page(served, width=390, height=844))
            page.wait_for_selector('text=最多讚')
            picture, strip = (
                page.locator(one).bounding_box()
                for one in ('.cs-gallery-stage', '.cs-gallery-strip')
            )
            assert picture['y'] + picture['height'] <= strip['y'] + 1
            assert page.evaluate('document.documentElement.scrollWidth') <= 390
            words = page.inner_text('.cs-gallery')
            assert not re.search(r'\b(gallery|picture|page|error)\.\w', words)
        finally:
            served.end()

    @pytest.mark.parametrize('width', [360, 390])
    def test_tabs_stay_in_one_line_beside_a_count(self, gallery_served, open_page, width):
        page = open_page(gallery_served, width=width, height=740)
        count = "document.querySelector('#cs-tab-downloads-button').dataset.count = '120'"
        page.evaluate(count)
        tops = 'all => all.map((one) => Math.round(one.getBoundingClientRect().top))'
        found = page.locator('.cs-tabs [role="tab"]:visible').evaluate_all(tops)
        assert len(found) == 6 and len(set(found)) == 1
        page.click('#cs-tab-settings-button')
        page.wait_for_selector('#cs-set-http_timeout:visible')


def uuid_of(demo, number):
    """The part of a picture's address that is its own."""
    found = next(one for one in demo._shelf.pictures if str(one.id) == number)
    return found.uuid
