"""A page of its own with a login, on each Gradio."""

import urllib.error

import pytest

from civitai_manager_libs.testing.host_environments import VERSIONS
from tests.support.gradio_calls import Caller
from tests.support.page import Served

from .conftest import python_of

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(300)]


@pytest.fixture(scope='session', params=VERSIONS)
def closed(request, page_demo, tmp_path_factory):
    """The page for those who know the word."""
    folder, words = tmp_path_factory.mktemp('closed'), ('--auth', 'ann:secret')
    running = Served(page_demo, folder, 'en', *words, python=python_of(request.param))
    yield running
    running.end()


@pytest.mark.parametrize('path', ['config', 'metrics'])
def test_without_it_nothing_is_told(closed, path):
    with pytest.raises(urllib.error.HTTPError) as refused:
        Caller(closed.address).get(path)
    assert refused.value.code == 401


def test_a_wrong_word_does_not_help(closed):
    stranger = Caller(closed.address)
    with pytest.raises(urllib.error.HTTPError) as refused:
        stranger.login('ann', 'guessed')
    assert refused.value.code == 400
    with pytest.raises(urllib.error.HTTPError):
        stranger.get('config')


def test_who_knows_the_word_gets_all(closed):
    visitor = Caller(closed.address)
    visitor.login('ann', 'secret')
    assert visitor.click('tab', value='downloads')['ack'] == 1
    assert 'civitai_shortcut' in visitor.get('metrics')


@pytest.mark.browser
def test_the_form_lets_a_person_in(closed, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(closed.address)
    page.wait_for_selector('input[type="password"]')
    page.locator('input').first.fill('ann')
    page.fill('input[type="password"]', 'secret')
    page.click('button')
    page.wait_for_selector('[data-cs-part="key"] .cs-pill', state='attached')
    context.close()
