"""What a person sees on the page when Civitai fails, one fault after the other, in both
languages.
"""

import pytest

from civitai_manager_libs import i18n
from tests.support.page import Served, link, paste

pytestmark = pytest.mark.browser

# fault, its options, the error whose sentence stands on the card
FAULTS = [
    ('status', {'status': 403}, 'access_denied'),
    ('status', {'status': 404}, 'not_found'),
    ('status', {'status': 429, 'retry_after': '0'}, 'rate_limited'),
    ('status', {'status': 451}, 'region_blocked'),
    ('status', {'status': 500}, 'server_trouble'),
    ('status', {'status': 524, 'body': 'html'}, 'origin_timeout'),
    ('status', {'status': 200, 'body': 'html'}, 'unexpected_body'),
    ('drop', {'side': 'api'}, 'connection_failed'),
    ('cut', {'side': 'api', 'after': 20}, 'body_cut'),
    ('delay', {'side': 'api', 'seconds': 20.0}, 'timed_out'),
]


@pytest.fixture(scope='module', params=i18n.LANGUAGES)
def served(request, page_demo, tmp_path_factory):
    settings = {
        'REQUEST_DELAY': '0',
        'HTTP_RETRY_DELAY': '0.05',
        'HTTP_MAX_RETRIES': '1',
        'HTTP_CACHE_ENABLED': 'false',
        'API_TIMEOUT': '2',
    }
    folder = tmp_path_factory.mktemp('faults')
    running = Served(page_demo, folder, request.param, settings=settings)
    yield running
    running.end()


def test_each_is_said_once_and_passes(served, open_page):
    page, demo = open_page(served), served.demo
    for kind, options, code in FAULTS:
        fault = demo.faults.add(kind, **options)
        paste(page, link('plain'))
        words = end_of(served.language, code)
        page.wait_for_selector(f'.cs-card :text("{words}")')
        assert page.locator(f':text("{words}"):visible').count() == 1, code
        demo.faults.remove(fault)
        page.locator('[data-cs-action="look-again"]').click()
        page.wait_for_selector('.cs-card .cs-file')
        page.locator('[data-cs-action="drop"]').first.click()
        page.wait_for_selector('.cs-card', state='detached')


def end_of(language, code):
    """What of the sentence of an error has no values in it: what to do."""
    before = i18n.language()
    i18n.set_language(language)
    try:
        parts = i18n.text(f'error.{code}').replace('}', '{').split('{')
    finally:
        i18n.set_language(before)
    return max(parts, key=len).split('"')[0].strip('）), ：:。')
