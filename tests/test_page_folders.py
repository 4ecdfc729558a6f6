"""On the page a file can be put into another folder of its kind, or a new one, for one download."""

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.errors import SettingInvalid
from tests.support.command import eventually

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
        with pytest.raises(SettingInvalid):
            visitor.click('subfolder', key, outside)
    for outside in ('/etc', str(bench.downloads), str(bench.downloads / 'LORA' / 'made up'), ''):
        visitor.click('save-in', key, outside)
    assert folder_of(bench, visitor, PLAIN) == str(bench.downloads / 'LORA')


def test_another_file_of_the_model_goes_where_it_belongs(bench, visitor):
    key, _ = card(visitor, PLAIN)
    visitor.click('subfolder', key, 'mine')
    visitor.click('file', key, str(SPECIAL['plain'].file_id))
    assert f'title="{bench.downloads}/LORA/mine"' in visitor.has['choices'][key]
    visitor.click('subfolder', 'c99', 'x')
    visitor.click('save-in', 'c99', 'x')
