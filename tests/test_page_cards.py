"""Cards in a real browser: a list of models, and a file that is on the disk already."""

import os

import pytest

from civitai_manager_libs.demo import SPECIAL
from tests.support.page import MAIN_BUTTON, Served, add, link, paste, row

pytestmark = pytest.mark.browser

CREATOR = 'https://civitai.com/user/garden_path'


@pytest.fixture
def alone(page_demo, tmp_path):
    """A page of its own, for what must not lie about in others."""
    running = Served(page_demo, tmp_path / 'alone', 'en')
    yield running
    running.end()


def test_a_creator_is_planned_and_queued_with_one_click(alone, open_page):
    page = open_page(alone)
    paste(page, CREATOR)
    page.wait_for_selector('.cs-list-sum:has-text("5 files")')
    page.locator('.cs-check', has_text='adult').click()
    page.wait_for_selector('.cs-check input:checked')
    page.locator('.cs-segment', has_text='20').click()
    page.wait_for_selector('.cs-segment.cs-on:has-text("20")')
    assert page.evaluate('document.activeElement.value') == '20'
    page.keyboard.press('ArrowRight')
    page.wait_for_selector('.cs-segment.cs-on:has-text("100")')
    page.wait_for_selector('.cs-list-sum')
    button = page.locator(MAIN_BUTTON, has_text='5 items')
    button.click()
    page.wait_for_selector('.cs-card', state='detached')
    row(page, 'Moss Garden').locator('text=Done, verified').wait_for()
    page.wait_for_function("document.querySelectorAll('.cs-row').length >= 5")
    assert page.input_value('#cs-field textarea') == ''


def test_a_file_that_is_there_is_linked(alone, open_page, page_demo):
    lying = alone.folder / 'downloads' / 'Other' / 'mine.safetensors'
    lying.parent.mkdir(parents=True)
    lying.write_bytes(page_demo.file_bytes(SPECIAL['plain'].file_id))
    page = open_page(alone)
    paste(page, link('plain'))
    offer = page.locator('.cs-offer')
    offer.locator('text=already in Other').wait_for()
    offer.locator('.cs-segment', has_text='Download all').click()
    page.locator(MAIN_BUTTON, has_text='Download 926 KB').wait_for()
    page.keyboard.press('ArrowRight')
    page.locator(MAIN_BUTTON, has_text='Link the file').click()
    row(page, 'Moss Garden').locator('text=Done, verified').wait_for()
    assert os.stat(lying).st_nlink == 2
    add(page, 'plain')
    page.locator('.cs-notice', has_text='is here already and intact').wait_for()


def test_what_the_page_sends_by_itself_leaves_a_menu_open(alone, open_page):
    page = open_page(alone)
    add(page, 'plain')
    row(page, 'Moss Garden').locator('text=Done, verified').wait_for()
    page.fill('#cs-field textarea', 'half a li')
    row(page, 'Moss Garden').locator('[data-cs-action="menu"]').click()
    page.wait_for_selector('.cs-menu')
    page.wait_for_timeout(1500)  # leaving the field has sent what it holds
    assert page.locator('.cs-menu').count() == 1
    page.click('.cs-brand')
    page.wait_for_selector('.cs-menu', state='detached')


def test_no_card_makes_a_phone_scroll_sideways(alone, open_page):
    page = open_page(alone, width=360)
    paste(page, CREATOR, 'https://civitai.com/user/' + 'nobody' * 9, 'civitai.com/tag/style')
    page.wait_for_function("document.querySelectorAll('.cs-list-sum').length === 2")
    page.click('.cs-left summary')
    page.wait_for_selector('.cs-left[open]')
    assert page.evaluate('document.documentElement.scrollWidth') <= 360
