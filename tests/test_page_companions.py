"""A card and the main button count what a model brings along."""

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.util import size_text

from .test_page_elsewhere import known, main

pytestmark = pytest.mark.usefixtures('english')

AURORA = f'https://civitai.com/models/{SPECIAL["many_files"].model_id}'
VAE = SPECIAL['vae_file'].file_id


@pytest.fixture
def visitor(demo, bench, open_desk, fresh_settings):
    fresh_settings(download_companions=True, reuse_files='never')
    return open_desk().visitor()


def test_the_card_names_them_and_the_button_counts_them(bench, visitor, demo):
    (card,) = known(visitor, AURORA)
    vae = size_text(len(demo.file_bytes(VAE)))
    assert f'+ VAE {vae}' in card and '+ configuration' in card
    sizes = [len(demo.file_bytes(number)) for number in (3001, 3004, VAE)]
    assert main(visitor) == f'Download {size_text(sum(sizes))}'


def test_what_is_there_is_not_counted(bench, visitor):
    bench.fetch(f'https://civitai.com/api/download/models/2001?fileId={VAE}')
    (card,) = known(visitor, AURORA)
    assert '+ VAE' not in card and '+ configuration' in card


def test_a_list_counts_them(bench, visitor):
    bench.fetch('1004')
    models = 'https://civitai.com/models?query=%E6%A5%B5%E5%85%89%E5%B9%BB%E5%A2%83'
    (card,) = known(visitor, models)
    assert '1 model · 3 files' in card
