"""A picture of every tab in both themes, on a wide and a narrow screen, in both languages.

With ``CIVITAI_SHORTCUT_SCREENSHOTS`` set to a folder they are written there instead of being thrown
away: ``CIVITAI_SHORTCUT_SCREENSHOTS=docs/images python3 main.py test tests/test_screenshots.py``.
"""

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from tests.support.screens import TABS, close_notices, furnished_page

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[1]
FOLDER = os.environ.get('CIVITAI_SHORTCUT_SCREENSHOTS', '')
HEIGHTS = {1440: 1000, 390: 844}
MOST_BYTES = 250_000
# Where this machine keeps the files of its tests is nobody's business, and without a font for emoji
# it draws boxes.
OF_THIS_MACHINE = """(folder) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode;
        const told = text.data.replaceAll(folder, '~/.config');
        const plain = told.replace(/\\p{Emoji_Presentation}/gu, '');
        if (text.data !== plain) text.data = plain;
    }
}"""
UNSTYLED = """() => [...document.querySelectorAll('.cs button, .cs input, .cs select')]
    .filter((one) => one.offsetParent && getComputedStyle(one).appearance === 'auto'
        && !['radio', 'checkbox', 'range', 'file'].includes(one.type))
    .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture(scope='module', params=['zh-TW', 'en'])
def spoken(request, tmp_path_factory):
    """A page with something in every tab, in each language."""
    with furnished_page(tmp_path_factory.mktemp('pictures'), request.param) as running:
        yield running


def keep(page, target):
    """Write what is on the screen as WebP."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        shot.convert('RGB').save(target, quality=82, method=6)
    return target


@pytest.mark.parametrize('dark', [False, True], ids=['light', 'dark'])
@pytest.mark.parametrize('width', HEIGHTS)
def test_every_tab(spoken, open_page, tmp_path, width, dark):
    page = open_page(spoken, width=width, height=HEIGHTS[width], dark=dark)
    page.set_default_timeout(60_000)
    folder = ROOT / FOLDER if FOLDER else tmp_path
    theme = 'dark' if dark else 'light'
    for name, go in TABS.items():
        go(page)
        page.evaluate('window.scrollTo(0, 0)')
        page.mouse.move(0, 0)
        close_notices(page)
        page.evaluate(OF_THIS_MACHINE, str(spoken.folder))
        kept = keep(page, folder / f'{name}-{theme}-{width}-{spoken.language}.webp')
        assert 5_000 < kept.stat().st_size < MOST_BYTES, kept.name
        assert page.evaluate(UNSTYLED) == [], name
        assert page.evaluate("document.body.classList.contains('dark')") is dark
