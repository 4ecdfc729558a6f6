"""Each screen speaks one language, whole sentences, and no name of a sentence."""

import pytest

from civitai_manager_libs.i18n import LANGUAGES
from tests.support.programs import make_program
from tests.support.screens import SCREENS, Furnished, furnished_page
from tests.support.words import faults, said

pytestmark = pytest.mark.browser

NOTE = '天空用的，權重 0.6 就夠'  # of the person who has furnished the page
ASKS = '.cs-start-whole [data-cs-start="key"]'


@pytest.fixture(scope='module', params=LANGUAGES)
def spoken(request, tmp_path_factory):
    """A page with something in every tab, in that language."""
    with furnished_page(tmp_path_factory.mktemp('spoken'), request.param) as running:
        yield running


@pytest.mark.parametrize('screen', SCREENS)
def test_every_screen(spoken, open_page, screen):
    page = open_page(spoken)
    SCREENS[screen](page)
    texts = said(page)
    assert len(texts) > 40
    assert faults(texts, spoken.language, NOTE) == []


@pytest.mark.parametrize('language', LANGUAGES)
def test_the_first_run(page_demo, tmp_path, open_page, language):
    make_program(tmp_path / 'forge', 'forge', models=3)  # others may lie around, too
    served = Furnished(page_demo, tmp_path / 'new', language, used=False)
    try:
        page = open_page(served, tab='browse')
        page.wait_for_selector(ASKS)
        page.wait_for_selector('.cs-start-choice:has-text("WebUI Forge")')
        texts = said(page)
        assert len(texts) > 40 and faults(texts, language) == []
        page.click('[data-cs-action="start:finish"]')
        page.wait_for_selector('[data-cs-start="link"]')
        assert faults(said(page), language) == []
    finally:
        served.end()


@pytest.mark.parametrize(
    ('text', 'language', 'fault'),
    [
        ('start.welcome', 'en', 'key'),
        ('4 of {count} files', 'en', 'gap'),
        ('下載完成', 'en', 'language'),
        ('Pause all of them', 'zh-TW', 'language'),
    ],
)
def test_what_is_wrong_would_be_found(text, language, fault):
    assert [one.partition(':')[0] for one in faults([text], language)] == [fault]


@pytest.mark.parametrize(
    ('text', 'language'),
    [
        ('https://civitai.com/models/1003', 'en'),
        ('silk_tide_v12.safetensors', 'zh-TW'),
        ('絲線潮汐 Silk Tide', 'en'),
        ('類型：LORA・SDXL 1.0', 'zh-TW'),
        ('正體中文', 'en'),
        ('Stable Diffusion WebUI Forge', 'zh-TW'),
    ],
)
def test_names_and_addresses_are_nobodys_fault(text, language):
    assert faults([text], language) == []
