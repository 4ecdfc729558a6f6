"""Each browser at the same program reads its own language."""

import re
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from civitai_manager_libs import i18n, notify
from civitai_manager_libs.errors import MemoryShort
from civitai_manager_libs.pictures import ROOT
from civitai_manager_libs.ui import kit
from civitai_manager_libs.ui.frames import Frames
from civitai_manager_libs.ui.jobs import Jobs
from civitai_manager_libs.ui.queue_desk import Refused
from civitai_manager_libs.ui.tabs import PageTab
from civitai_manager_libs.webapi import add_routes
from tests.support.command import eventually
from tests.support.desk import Visitor
from tests.support.page import Served

HAN = re.compile('[一-鿿]')


class TestTheLanguageInForce:
    def test_meanwhile_another_one(self):
        with i18n.speaking('zh-TW'):
            assert i18n.text('page.downloads') == i18n.catalogue('zh-TW')['page.downloads']
            with i18n.speaking('en-GB'):
                assert i18n.language() == 'en' and i18n.has('page.downloads')
            with i18n.speaking(None):
                assert i18n.language() == 'zh-TW'

    @pytest.mark.parametrize(
        ('languages', 'wanted'),
        [
            ([], None),
            (['en-US', 'zh-TW'], 'en'),
            (['zh-Hant-TW', 'en'], 'zh-TW'),
            (['ja', 'zh-CN', 'en'], 'zh-TW'),
            (['fr-FR', 'fr'], 'en'),
        ],
    )
    def test_what_a_browser_prefers(self, languages, wanted):
        assert i18n.preferred(languages) == wanted

    def test_a_job_takes_it_along(self):
        said = []
        jobs = Jobs('test-words', 1)
        for language in ('zh-TW', 'en'):
            with i18n.speaking(language):
                jobs.put(lambda: said.append(i18n.language()))
        eventually(lambda: said == ['zh-TW', 'en'])


class TestErrors:
    @pytest.mark.parametrize('language', i18n.LANGUAGES)
    def test_are_worded_for_who_has_caused_them(self, language):
        def fails(raw):
            raise MemoryShort()

        @contextmanager
        def speak(raw):
            assert raw == 'message'
            with i18n.speaking(language):
                yield

        with pytest.raises(Exception) as raised:
            kit.guarded(fails, speak)('message')
        with i18n.speaking(language):
            words = i18n.error_text(raised.value.__cause__)
        assert words in str(raised.value) and bool(HAN.search(words)) == (language == 'zh-TW')


class TestRoutes:
    @pytest.mark.parametrize(
        ('of_all', 'reads', 'language'),
        [
            (None, 'zh-TW,zh;q=0.9,en;q=0.8', 'zh-TW'),
            (None, 'en-US,en;q=0.5', 'en'),
            (None, '*', 'en'),
            ('zh-TW', 'en-US', 'zh-TW'),
        ],
    )
    def test_refuse_in_the_language_of_the_browser(
        self, pictures_of_nobody, of_all, reads, language, english
    ):
        web = FastAPI()
        add_routes(web, pictures_of_nobody, bytes, (), str, language=lambda: of_all)
        headers = {'accept-language': reads, 'sec-fetch-site': 'cross-site'}
        answer = TestClient(web).post(f'{ROOT}/inspect', content=b'x', headers=headers)
        assert answer.status_code == 403
        assert answer.json()['problem'] == i18n.catalogue(language)['picture.not_from_here']

    @pytest.fixture
    def pictures_of_nobody(self):
        return SimpleNamespace(knows=lambda key: False)


class Teller:
    """A tab that says a few words."""

    def parts(self, page):
        return {'told': i18n.text('browse.search')} if page.tab == 'browse' else {}

    def do(self, page, action, item, value, text):
        raise Refused(i18n.text('browse.search'))


@pytest.fixture
def two(open_desk):
    """A Chinese and an English browser at the same desk, both with Browse on top."""
    tab = PageTab('browse', 'browse.tab', lambda: f'<b>{i18n.text("browse.tab")}</b>', Teller())
    desk = open_desk({'browse': tab.desk}, frames=Frames((tab,))).desk
    return [Reader(desk, tongue) for tongue in (['zh-TW', 'en'], ['en-US'])]


class Reader:
    """A browser that prefers ``languages``."""

    def __init__(self, desk, languages):
        self.visitor = Visitor(desk, languages[0])
        self.languages = languages
        plain = self.visitor._message
        self.visitor._message = lambda **more: plain(tab='browse', languages=languages, **more)

    def hears(self):
        self.visitor.poll()
        return self.visitor


class TestTwoBrowsers:
    def test_each_has_its_own_words_for_everything(self, two):
        notify.tell('warning', 'error.network', {'host': 'a.example'}, cause='test')
        chinese, english = (one.hears() for one in two)
        for name in ('told', 'tab-browse', 'limits', 'limits-turn'):
            assert HAN.search(chinese.part(name)) and not HAN.search(english.part(name)), name
        assert HAN.search(chinese.notices[0]) and not HAN.search(english.notices[0])
        words = [one.has['page']['words'] for one in (chinese, english)]
        assert [one['language'] for one in words] == ['zh-Hant-TW', 'en']
        assert [one['tabs']['browse'] for one in words] == ['瀏覽', 'Browse']

    def test_a_refusal_is_in_the_language_of_who_clicked(self, two):
        for one, wanted in zip(two, ('搜尋', 'Search')):
            with pytest.raises(Refused, match=wanted):
                one.visitor.click('browse:anything')

    def test_the_markup_of_a_tab_comes_once_and_before_what_stands_in_it(self, two):
        chinese = two[0].hears()
        names = list(chinese.has['parts'])
        assert names.index('tab-browse') < names.index('told')
        chinese.poll()
        assert chinese.last['changed'] == {}

    def test_another_language_brings_everything_anew(self, two):
        reader = two[0]
        reader.hears()
        reader.languages[:] = ['en']
        assert not HAN.search(reader.hears().part('tab-browse'))
        assert {'tab-browse', 'told', 'limits'} <= reader.visitor.last['changed']['parts'].keys()


@pytest.fixture(scope='module')
def unset(page_demo, tmp_path_factory):
    """A page of which nobody has said a language."""
    running = Served(page_demo, tmp_path_factory.mktemp('unset'), '')
    yield running
    running.end()


class TestPages:
    def test_two_browsers_at_one_page(self, unset, open_page):
        for locale, tab, hint, language in (
            ('zh-TW', '瀏覽', '搜尋模型', 'zh-Hant-TW'),
            ('en-GB', 'Browse', 'Search models', 'en'),
        ):
            page = open_page(unset, tab='browse', locale=locale)
            page.wait_for_selector('[data-cs-browse-field]')
            assert page.inner_text('#cs-tab-browse-button').strip() == tab
            assert page.get_attribute('[data-cs-browse-field]', 'placeholder').startswith(hint)
            assert page.get_attribute('html', 'lang') == language
            assert page.locator('.cs').first.get_attribute('lang') == language
            page.click('#cs-tab-downloads-button')
            with i18n.speaking(locale):
                page.wait_for_selector(f'#cs-field [placeholder="{i18n.text("page.field")}"]')
            page.wait_for_selector('[data-cs-part="limits"] select')
            seen = page.inner_text('.cs')
            assert bool(HAN.search(seen.replace('正體中文', ''))) == (locale == 'zh-TW'), seen

    def test_what_is_set_holds_at_once_for_every_browser(self, unset, open_page):
        page = open_page(unset, tab='settings', locale='en-GB')
        page.click('[data-cs-settings] [data-cs-id="interface"]')
        page.select_option('[data-cs-setting="language"]', 'zh-TW')
        page.click('[data-cs-action="settings-save"]')
        page.wait_for_function('document.documentElement.lang === "zh-Hant-TW"')
        page.wait_for_selector('#cs-tab-downloads-button:has-text("下載")')
        page.wait_for_selector('[data-cs-settings] >> text=介面與語言')
        assert page.input_value('[data-cs-setting="language"]') == 'zh-TW'
        page.click('#cs-tab-browse-button')
        page.wait_for_selector('[data-cs-browse-field][placeholder^="搜尋模型"]')
