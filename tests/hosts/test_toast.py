"""The page in a browser, on each Gradio and in each host: it comes, says what is wrong, and comes
again.
"""

import pytest

from tests.support.page import foreign

pytestmark = [pytest.mark.hosts, pytest.mark.browser, pytest.mark.timeout(300)]

OURS = 'Civitai Shortcut'
KEPT = 'civitai-shortcut-text'
TOAST = 'text=Paste at least one link first.'
# The documents of these hosts ask for them themselves.
OF_THE_HOST = ('https://cdnjs.cloudflare.com/', 'https://fonts.g')


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
        page.set_default_timeout(30_000)
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
    page.locator('.cs-tabs button', has_text='Downloads').first.click()
    page.wait_for_selector('[data-cs-action="add"]')


def test_an_error_is_shown_as_a_sentence(visit, shown):
    page = visit(shown.address)
    page.click('[data-cs-action="add"]')
    page.wait_for_selector(TOAST)


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
