"""What was downloaded goes where people of each WebUI work with it: into the prompt, loaded, in use
as VAE; and a picture with its data to another tab.
"""

import json
import re

import pytest

from civitai_manager_libs.demo.special import SPECIAL, TWIN
from tests.support.command import eventually
from tests.support.webui.running import SETTINGS

from .conftest import Place, python_of
from .test_main_path import OURS, go

pytestmark = [pytest.mark.hosts, pytest.mark.browser, pytest.mark.timeout(300)]

A1111 = Place('3.41.2', 'a1111')
HOSTS = (A1111, Place('3.43.2', 'sdnext'), Place('4.40.0', 'forge'))
MODEL = 'https://civitai.com/models/'
LORA, CHECKPOINT = (f'{MODEL}{SPECIAL[name].model_id}' for name in ('plain', 'many_files'))
EMBEDDING, VAE = f'{MODEL}1007?modelVersionId=2010', f'{MODEL}1009'
PICTURE = f'https://civitai.com/images/{TWIN}'
SEND = '[data-cs-action="gallery:detail-send"]:has-text("{}")'
VAE_FILE = 'morningDew.vae.safetensors'
USED = {'forge': f"modules ['{VAE_FILE}']"}


@pytest.fixture
def open_host(run_host, browser):
    """``open_host(place, *arguments)`` starts that host in English: its process, and its page. As
    usual the program writes down beside a model what belongs to it.
    """
    contexts, problems = [], []

    def run(place, *arguments):
        words = (place.flavour, '--language', 'en', *arguments)
        settings = {**SETTINGS, 'WRITE_SIDECARS': 'true'}
        host = run_host(*words, settings=settings, python=python_of(place.version))
        contexts.append(browser.new_context(viewport={'width': 1440, 'height': 1000}))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.on('pageerror', lambda error: problems.append(str(error)))
        page.goto(host.address)
        page.wait_for_selector('#txt2img_prompt textarea')
        return host, page

    yield run
    for context in contexts:
        context.close()
    assert problems == []


def to_host_tab(page, title):
    page.locator('#tabs button', has_text=re.compile(rf'^\s*{title}\s*$')).first.click()


def download(page, link, name):
    """Download the model called ``name``; its row once it is done."""
    to_host_tab(page, OURS)
    go(page, 'downloads')
    page.fill('#cs-field textarea', link)
    page.wait_for_selector('.cs-save-in select')
    page.wait_for_selector('.cs-card:not([aria-busy])')
    page.click('[data-cs-action="add"]')
    row = page.locator('.cs-row.cs-is-done', has_text=name)
    row.wait_for()
    return row


def click(row, deed):
    row.locator(f'[data-cs-action="host:{deed}"]').click()


def generated(host, page, tab):
    """What the host has in its fields when it is to generate."""
    to_host_tab(page, tab)
    begin = f'generate {tab} '
    asked = lambda: [one for one in host.state()['asked'] if one.startswith(begin)]  # noqa: E731
    before = len(asked())
    page.click(f'#{tab}_generate')
    eventually(lambda: len(asked()) > before, 'the host has been asked')
    return json.loads(asked()[-1][len(begin) :])


@pytest.mark.parametrize('place', HOSTS, ids=str)
def test_models_and_a_picture(open_host, place):
    host, page = open_host(place)
    page.fill('#txt2img_prompt textarea', 'a harbour at night')
    _words_of_models(host, page)
    _models_in_use(host, page, place)
    _a_picture_with_its_data(host, page)


def _words_of_models(host, page):
    click(download(page, LORA, 'Moss Garden'), 'insert')
    page.wait_for_selector('.cs-notice:has-text("<lora:moss_garden_v1:1>")')
    click(download(page, EMBEDDING, 'Moonshade'), 'insert')
    page.wait_for_selector('.cs-notice:has-text("moonshade-neg")')
    wanted = 'a harbour at night, mossgarden, <lora:moss_garden_v1:1>, moonshade, moonshade-neg'
    assert page.input_value('#txt2img_prompt textarea') == wanted
    assert generated(host, page, 'txt2img')[0] == wanted
    for kind in ('loras', 'embeddings'):
        eventually(lambda: f'list {kind}' in host.state()['asked'], f'it has read its {kind} again')


def _models_in_use(host, page, place):
    click(download(page, CHECKPOINT, 'auroraDreamXL_v20'), 'load')
    page.wait_for_selector('.cs-notice:has-text("is loaded")')
    click(download(page, VAE, 'Morning Dew'), 'vae')
    page.wait_for_selector('.cs-notice:has-text("is the VAE now")')
    state = host.state()
    assert state['options']['sd_model_checkpoint'] == 'auroraDreamXL_v20.safetensors'
    assert 'load checkpoint auroraDreamXL_v20.safetensors' in state['asked']
    assert USED.get(place.flavour, f'use vae {VAE_FILE}') in state['asked']


def _a_picture_with_its_data(host, page):
    go(page, 'gallery')
    page.fill('[data-cs-gallery-field]', PICTURE)
    page.keyboard.press('Enter')
    page.wait_for_selector(SEND.format('txt2img'))
    words = page.locator('.cs-detail-words').all_inner_texts()
    facts = page.inner_text('.cs-detail-facts')
    for tab in ('txt2img', 'img2img'):
        to_host_tab(page, OURS)
        page.click(SEND.format(tab))
        page.wait_for_selector(f'#{tab}_prompt textarea', state='visible')
        eventually(lambda: page.input_value(f'#{tab}_prompt textarea') == words[0], 'it is there')
        prompt, negative, steps, scale, seed = generated(host, page, tab)
        assert [prompt, negative] == words
        assert all(re.search(rf'\b{number:g}\b', facts) for number in (steps, scale)), facts
        assert f'{seed:.0f}' in facts
    page.wait_for_selector('#img2img_image img')


@pytest.mark.parametrize('place', [A1111], ids=str)
def test_what_a_host_lacks_is_off_and_says_why(open_host, place):
    lacks = ('sd_models', 'sd_vae', 'generation_parameters_copypaste')
    _, page = open_host(place, *(word for name in lacks for word in ('--lacks', name)))
    reasons = {
        (CHECKPOINT, 'auroraDreamXL_v20', 'load'): 'lets nobody else choose its checkpoint',
        (VAE, 'Morning Dew', 'vae'): 'lets nobody else choose its VAE',
    }
    for (link, name, deed), reason in reasons.items():
        row = download(page, link, name)
        assert row.locator(f'[data-cs-action="host:{deed}"]').is_disabled()
        assert reason in row.inner_text()
    go(page, 'gallery')
    page.fill('[data-cs-gallery-field]', PICTURE)
    page.keyboard.press('Enter')
    page.wait_for_selector('.cs-detail-sends [data-cs-action="copy"]')
    assert page.locator(SEND.format('')).count() == 0
