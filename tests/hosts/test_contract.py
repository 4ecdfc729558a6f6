"""What every Gradio has to do for the page: build it, carry its messages, show its errors."""

import json
import re
import time

import pytest

from tests.support.gradio_calls import PATIENCE, Refusal
from tests.support.page import foreign, link

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(300)]

TABS = ('browse', 'shortcuts', 'gallery', 'downloads', 'monitor', 'settings')
SENDS = 'cs-send-to-'
INFOTEXT = 'a silk tide\nNegative prompt: sand\nSteps: 20, CFG scale: 7, Seed: 5'
PASTE_FIRST = 'Paste at least one link first.'
OURS = 'Civitai Shortcut'
KEPT = 'civitai-shortcut-text'
TOAST = 'text=Paste at least one link first.'
# The documents of these hosts ask for them themselves.
OF_THE_HOST = ('https://cdnjs.cloudflare.com/', 'https://fonts.g')


class TestBuilding:
    def test_every_part_stands_on_the_page(self, caller):
        parts = caller.config['components']
        names = {part['props'].get('elem_id') for part in parts}
        assert {'cs-page', 'cs-click', 'cs-answer'} <= names
        assert {f'cs-tab-{name}' for name in TABS} <= names
        classes = [name for part in parts for name in part['props'].get('elem_classes') or ()]
        assert {'cs', 'cs-tabs', 'cs-wires', 'cs-html'} <= set(classes)

    def test_nothing_of_ours_is_warned_of(self, shown):
        ours = re.compile(r'civitai_manager_libs.*Warning|Gradio\w*Warning|unused kwarg')
        assert not [line for line in shown.said().splitlines() if ours.search(line)]

    def test_the_handlers_are_not_offered_to_programs(self, caller):
        prefix = caller.config.get('api_prefix', '').strip('/')
        offered = json.loads(caller.get(f'{prefix}/info'.lstrip('/')))['named_endpoints']
        named = [f'/{caller.handler(number).get("api_name")}' for number in _of_ours(caller)]
        assert named and not set(named) & set(offered)


class TestAnswers:
    def test_each_handler_is_called(self, caller):
        called = {
            'cs-send': lambda: caller.click('peek'),
            'cs-send-load': lambda: caller.call('cs-send-load', 'there-is-no-such-letter'),
        }
        ours = [name for name in caller.ours() if not name.startswith(SENDS)]
        assert 'cs-send' in ours
        for name in ours:
            assert called[name]()

    def test_what_is_sent_stands_in_the_prompt(self, caller, place):
        buttons = [name for name in caller.ours() if name.startswith(SENDS)]
        assert bool(buttons) is not place.alone
        for button in buttons:
            tab = button[len(SENDS) :]
            if tab in ('txt2img', 'img2img'):
                number = caller.ours(writes=f'{tab}_prompt')[button]
                assert caller.give(number, INFOTEXT)[0] == 'a silk tide'

    @pytest.mark.parametrize('tab', TABS)
    def test_a_tab_is_sent_when_it_is_opened(self, caller, tab):
        answer = caller.click('tab', value=tab)
        assert answer['ack'] == 1
        assert answer['changed']['parts'][f'tab-{tab}']

    def test_a_link_is_looked_up(self, caller):
        caller.click('look', text=link('plain'))
        until = time.monotonic() + PATIENCE
        while 'cs-step-found' not in str(choices := caller.ask()['changed'].get('choices')):
            assert time.monotonic() < until, choices
            time.sleep(0.1)

    def test_an_error_is_a_sentence_for_people(self, caller):
        with pytest.raises(Refusal, match=PASTE_FIRST):
            caller.click('add')

    def test_what_is_new_is_told(self, caller):
        answer = caller.ask()
        assert answer['tick'] and answer['changed']['parts']


def _of_ours(caller):
    return [number for name, number in caller.ours().items() if not name.startswith(SENDS)]


# --- in a browser --------------------------------------------------------------------------------


@pytest.fixture
def visit(browser, place):
    """``visit(address)`` opens the page with our Downloads on top; when the test ends, nothing may
    have gone wrong in the script, nor may we have asked anybody else for anything.
    """
    problems, contexts = [], []

    def asked(url):
        if place.alone or not url.startswith(OF_THE_HOST):
            problems.extend(foreign(url))

    def open_it(address):
        context = browser.new_context(viewport={'width': 1440, 'height': 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on('pageerror', lambda error: problems.append(str(error)))
        page.on('request', lambda request: asked(request.url))
        page.goto(address)
        _to_downloads(page, place)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert problems == []


def _to_downloads(page, place):
    if not place.alone:
        page.locator('button', has_text=OURS).first.click()
    page.wait_for_selector('[data-cs-part="key"] .cs-pill', state='attached')
    # versions from 5 on keep a copy of the heads that nobody can reach
    page.locator('.cs-tabs button[role="tab"]', has_text='Downloads').first.click()
    page.wait_for_selector('[data-cs-action="add"]')


@pytest.mark.browser
def test_an_error_is_shown_as_a_sentence(visit, shown):
    page = visit(shown.address)
    page.click('[data-cs-action="add"]')
    page.wait_for_selector(TOAST)


@pytest.mark.browser
def test_the_page_comes_again_after_a_reload(visit, shown, place):
    page = visit(shown.address)
    page.fill('#cs-field textarea', 'something to keep')
    page.wait_for_function(f'sessionStorage.getItem("{KEPT}") === "something to keep"')
    if not place.alone:
        shown.reload()
    page.reload()
    _to_downloads(page, place)
    page.wait_for_function(
        "document.querySelector('#cs-field textarea').value === 'something to keep'"
    )
    page.fill('#cs-field textarea', '')
    page.click('[data-cs-action="add"]')
    page.wait_for_selector(TOAST)
