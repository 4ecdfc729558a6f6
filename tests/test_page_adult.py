"""Pictures of an adult model stand in no tab before that is chosen, though it was saved."""

import pytest

from civitai_manager_libs.demo import SPECIAL
from tests.support.page import Served
from tests.support.screens import quiet, to_tab

pytestmark = pytest.mark.browser

MATURE = str(SPECIAL['mature'].model_id)
CARD = f'[data-cs-shortcuts] [data-cs-card="{MATURE}"]'
BROWSED = '[data-cs-cards="browse"] '
PICTURES = 'all => all.filter((one) => one.getAttribute("src") || one.poster).length'
EASY = {'REQUEST_DELAY': '0', 'HTTP_MAX_RETRIES': '1', 'MINIMUM_FREE_SPACE_MB': '0'}


@pytest.fixture(params=['', 'show'], ids=['not chosen', 'show'])
def keeper(request, page_demo, tmp_path):
    """A page of somebody who has saved an adult model; and whether pictures of it are wanted."""
    settings = {**EASY, **({'ADULT_CONTENT': request.param} if request.param else {})}
    running = Served(page_demo, tmp_path / 'adult', 'en', settings=settings)
    running.run('shortcut', 'add', MATURE)
    yield running, bool(request.param)
    running.end()


def pictures(page, selector):
    quiet(page)
    return page.eval_on_selector_all(f'{selector} img, {selector} video', PICTURES)


def test_from_tab_to_tab(keeper, open_page):
    running, wanted = keeper
    page = open_page(running)
    to_tab(page, 'shortcuts')
    page.wait_for_selector(CARD)
    assert bool(pictures(page, CARD)) is wanted
    page.click(f'{CARD} .cs-cards-open')
    page.wait_for_selector('[data-cs-model="shortcuts"] h2')
    assert bool(pictures(page, '[data-cs-model="shortcuts"]')) is wanted

    to_tab(page, 'browse')
    assert bool(page.locator(f'{BROWSED}[data-cs-card="{MATURE}"]').count()) is wanted
