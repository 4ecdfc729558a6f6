"""On the page a file can be put into another folder of its kind, or a new one, for one download."""

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.ui.queue_desk import Refused
from tests.support.command import eventually
from tests.support.page import MAIN_BUTTON, link, paste
from tests.support.rows import plain

pytestmark = pytest.mark.usefixtures('english')

PLAIN = str(SPECIAL['plain'].model_id)
ANOTHER = str(SPECIAL['two_versions'].model_id)  # a LoRA like the first


@pytest.fixture
def visitor(demo, bench, open_desk):
    (bench.downloads / 'LORA' / 'style').mkdir(parents=True)
    return open_desk().visitor()


def card(visitor, text):
    """Key and markup of the one card when everything is known."""
    visitor.click('look', text=text)

    def known():
        visitor.poll()
        (group,) = visitor.has['orders']['choices']
        there = [(key, visitor.has['choices'][key]) for key in group['keys']]
        whole = len(there) == 1 and 'LORA/style<' in there[0][1]
        return there[0] if whole and 'aria-busy' not in there[0][1] else None

    return eventually(known, 'the folders are known')


def folder_of(bench, visitor, text):
    before = len(bench.store.all())
    visitor.click('add', text=text)
    eventually(lambda: len(bench.store.all()) > before, 'it is queued')
    return max(bench.store.all(), key=lambda task: task.id).order.folder


def test_the_usual_one_if_nobody_says_otherwise(bench, visitor):
    card(visitor, PLAIN)
    assert folder_of(bench, visitor, PLAIN) == str(bench.downloads / 'LORA')


def test_one_that_is_there_with_a_new_one_below_comes_up_again(bench, visitor):
    key, html = card(visitor, PLAIN)
    usual = bench.downloads / 'LORA'
    assert html.count('<option') >= 2 and f'value="{usual}" selected' in html
    visitor.click('save-in', key, str(usual / 'style'))
    visitor.click('subfolder', key, 'night / 夜')
    assert f'title="{usual}/style/night/夜"' in visitor.has['choices'][key]
    assert folder_of(bench, visitor, PLAIN) == f'{usual}/style/night/夜'
    key, html = card(visitor, ANOTHER)
    assert f'value="{usual}/style/night/夜" selected' in html
    visitor.click('save-in', key, str(usual))
    assert folder_of(bench, visitor, ANOTHER) == str(usual)


def test_nothing_leads_out_of_the_folders_that_are_offered(bench, visitor):
    key, _ = card(visitor, PLAIN)
    for outside in ('../x', '/etc', 'a/../../..', '~/x', 'C:/x'):
        visitor.click('subfolder', key, outside)
        html = visitor.has['choices'][key]
        assert f'value="{outside}"' in html and 'aria-invalid="true"' in html
        assert 'lead out of the folder' in plain(html)
        with pytest.raises(Refused, match='Correct the subfolder'):
            visitor.click('add', text=PLAIN)
        assert bench.store.all() == []
    visitor.click('subfolder', key, '')
    assert 'aria-invalid' not in visitor.has['choices'][key]
    for outside in ('/etc', str(bench.downloads), str(bench.downloads / 'LORA' / 'made up'), ''):
        visitor.click('save-in', key, outside)
    assert folder_of(bench, visitor, PLAIN) == str(bench.downloads / 'LORA')


def test_what_leads_elsewhere_does_not_keep_the_others(bench, visitor):
    key, _ = card(visitor, PLAIN)
    visitor.click('subfolder', key, '../x')
    both = f'{PLAIN}\n{ANOTHER}'
    visitor.click('look', text=both)
    eventually(lambda: visitor.poll() and 'items' not in visitor.part('main'))
    assert 'lead out of the folder' in visitor.has['choices'][key]  # its card is closed now
    assert folder_of(bench, visitor, both) == str(bench.downloads / 'LORA')
    assert [task.order.model_id for task in bench.store.all()] == [int(ANOTHER)]
    visitor.click('subfolder', key, 'x')
    assert folder_of(bench, visitor, PLAIN) == str(bench.downloads / 'LORA' / 'x')


def test_another_file_of_the_model_goes_where_it_belongs(bench, visitor):
    key, _ = card(visitor, PLAIN)
    visitor.click('subfolder', key, 'mine')
    visitor.click('file', key, str(SPECIAL['plain'].file_id))
    assert f'title="{bench.downloads}/LORA/mine"' in visitor.has['choices'][key]
    visitor.click('subfolder', 'c99', 'x')
    visitor.click('save-in', 'c99', 'x')


@pytest.mark.browser
def test_what_is_wrong_is_said_at_the_field(served, open_page):
    page = open_page(served)
    paste(page, link('plain'))
    field = page.locator('.cs-card-save input')
    field.fill('../../evil')
    page.click(MAIN_BUTTON)
    page.wait_for_selector('.cs-card-save [aria-invalid="true"]')
    assert field.input_value() == '../../evil'
    said = page.locator(f'#{field.get_attribute("aria-describedby")}')
    assert 'lead out of the folder' in said.inner_text()
    over, below = field.bounding_box(), said.bounding_box()
    assert below['y'] >= over['y'] + over['height'] and below['x'] == over['x']
    field.fill('mended')
    page.locator(MAIN_BUTTON).focus()
    page.wait_for_selector('.cs-card-save select[title$="mended"]')
    assert page.locator('.cs-card-save .cs-problem').count() == 0
