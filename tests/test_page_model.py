"""An opened model in a real browser: what authors write does nothing, what is typed stays, what has
a veil is shown when it is clicked.
"""

import pytest

from tests.support.opened_model import body, file, image, version

pytestmark = pytest.mark.browser

MODEL = '[data-cs-model]'
NOTE = '[data-cs-model-note]'
BAD = '<img src=x onerror="document.title=1">'
HOSTILE = f'''
<h1 id="cs-page" class="cs-notice" style="position:fixed" onclick="document.title=1">Hello</h1>
{BAD}<script>document.title = 1</script><svg onload="document.title=1"><a href="x">x</a></svg>
<a href="javascript:document.title=1">run</a> <a href="/config">ours</a> <a href="//x.y">theirs</a>
<a href="https://example.com/?a=1&b=2" target="_top" data-cs-action="cancel">a page</a>
<iframe srcdoc="<script>parent.document.title=1</script>"></iframe>
<math><mtext><table><mglyph><style><!--</style>{BAD}</mglyph></table></mtext></math>
<noscript><p title="</noscript>{BAD}"></p></noscript><form action="/x"><button>go</button></form>
<button data-cs-action="browse:model-close">close it</button><style>body {{ display: none }}</style>
<table background="/x"><tr><td onmouseover="document.title=1">cell</td></tr></table>
'''


def look(opened, words='Neon Harbor'):
    """Wait until the model is there."""
    opened.wait_for_selector(f'{MODEL} h2:has-text("{words}")')
    return opened


def test_what_an_author_writes_does_nothing(shown_model, open_page):
    served = shown_model()
    hostile = version(
        4, name=BAD, trainedWords=[BAD, '"><script>x'], files=[file(40, BAD)], description=HOSTILE
    )
    said = body(name=f'Neon Harbor {BAD}', creator={'username': BAD}, tags=[BAD])
    served.show({**said, 'description': HOSTILE, 'modelVersions': [hostile]})
    page = look(open_page(served, tab='browse'))
    page.wait_for_selector('.cs-model-text a >> nth=1')
    title = page.title()
    for part in page.locator('.cs-model-text *').all():
        part.dispatch_event('click')
        part.dispatch_event('mouseover')
    page.locator('.cs-model-text').nth(1).click()
    tags = "[...document.querySelectorAll('.cs-model-text *')].map((one) => one.tagName)"
    assert set(page.evaluate(tags)) <= {'H4', 'A', 'TABLE', 'TBODY', 'TR', 'TD', 'P', 'BR'}
    names = tags.replace('map((one) => one.tagName)', 'flatMap((one) => one.getAttributeNames())')
    assert set(page.evaluate(names)) == {'href', 'rel', 'target'}
    link = page.locator('.cs-model-text a').first
    assert link.get_attribute('href') == 'https://example.com/?a=1&b=2'
    assert link.get_attribute('rel') == 'noopener noreferrer nofollow'
    assert page.locator('.cs-model-text a').count() == 2
    assert page.inner_text(f'{MODEL} h2') == f'Neon Harbor {BAD}'
    assert page.inner_text('.cs-model-word >> nth=0') == BAD
    assert page.title() == title and served.detail.opened


def test_a_note_is_kept_while_it_is_written(shown_model, open_page):
    served = shown_model()
    served.shortcuts.save(7)
    served.show()
    page = look(open_page(served, tab='browse'))
    page.locator(NOTE).press_sequentially('Nice with ', delay=5)
    page.wait_for_function('true')
    served.shortcuts.favourite([7], True)
    page.wait_for_selector('.cs-model-star[aria-pressed="true"]')
    assert page.evaluate("document.activeElement.matches('[data-cs-model-note]')")
    page.locator(NOTE).press_sequentially('Silk Tide at 0.4.', delay=5)
    page.locator(NOTE).press('Escape')
    page.wait_for_selector('[data-cs-model-noted]:has-text("Saved")')
    assert served.shortcuts.get(7).note == 'Nice with Silk Tide at 0.4.'
    served.shortcuts.note(7, 'written elsewhere')
    page.wait_for_function(f"document.querySelector('{NOTE}').value === 'written elsewhere'")
    page.fill('[data-cs-model-add="tag"]', 'night, 動漫')
    page.press('[data-cs-model-add="tag"]', 'Enter')
    page.wait_for_selector('.cs-model-own-tags .cs-model-word:has-text("動漫")')
    assert served.shortcuts.get(7).own_tags == ('night', '動漫')


def test_who_leaves_before_a_note_is_on_its_way_is_asked_first(shown_model, open_page):
    served = shown_model()
    served.shortcuts.save(7)
    served.show()
    page = look(open_page(served, tab='browse'))
    page.locator(NOTE).press_sequentially('not yet')
    with page.expect_event('dialog') as asked:
        page.once('dialog', lambda dialog: dialog.dismiss())
        page.evaluate('setTimeout(() => location.reload(), 0)')
    assert asked.value.type == 'beforeunload'
    page.wait_for_selector('[data-cs-model-noted]:has-text("Saved")')
    assert served.shortcuts.get(7).note == 'not yet'


def test_a_veil_is_lifted_by_a_click_and_escape_goes_back(shown_model, open_page, cover):
    served = shown_model()
    images = [{**image(1), 'url': cover}, {**image(2, level=16), 'url': cover + '?2'}]
    served.show(body(modelVersions=[version(4, images=images)]))
    page = look(open_page(served, tab='browse'))
    second = page.locator('.cs-model-shot').nth(1)
    blurred = "(one) => getComputedStyle(one.querySelector('img')).filter"
    assert second.evaluate(blurred) == 'blur(22px)'
    second.click()
    assert second.evaluate(blurred) == 'none' and served.state['picture'] is None
    second.click()
    page.wait_for_selector('.cs-model-stage.cs-unveiled')
    page.keyboard.press('ArrowRight')
    page.wait_for_selector('[data-cs-stage="0"]')
    page.keyboard.press('Escape')
    page.wait_for_selector('.cs-model-stage', state='detached')
    page.keyboard.press('Escape')
    page.wait_for_selector(MODEL, state='detached')
    assert not served.detail.opened


def test_a_long_text_opens_and_words_are_copied(shown_model, open_page):
    served = shown_model()
    served.show(body(description='<p>line</p>' * 300))
    page = look(open_page(served, tab='browse'))
    text = page.locator('.cs-model-text')
    assert text.bounding_box()['height'] < 200
    page.click('.cs-model-unfold')
    assert text.bounding_box()['height'] > 3_000
    page.context.grant_permissions(['clipboard-read', 'clipboard-write'])
    page.click('.cs-model-words .cs-quiet')
    page.wait_for_selector('.cs-model-words .cs-quiet:has-text("Copied")')
    assert page.evaluate('navigator.clipboard.readText()') == 'neon harbor, wet asphalt'


def test_the_way_to_a_file_and_to_others(shown_model, open_page):
    served = shown_model()
    served.show()
    page = look(open_page(served, tab='browse'))
    page.select_option('.cs-model-version select', '3')
    page.wait_for_selector('.cs-model-version input[value="30"]:checked')
    page.click('.cs-model-get .cs-primary')
    page.wait_for_selector('.cs-model-queued')
    assert served.line.ordered == [(3, 30, None)]
    page.click('.cs-model-link')
    page.click('.cs-model-tags .cs-model-word >> nth=1')
    page.wait_for_function('!window.civitaiShortcut.unheard().filter(Boolean).length')
    assert ('search', '', '', 'civitai.com/user/hexa_works') in served.others
    assert ('search', '', '', 'civitai.com/models?tag=night') in served.others


@pytest.mark.parametrize('width', [1440, 900, 390, 360])
def test_it_never_scrolls_sideways(shown_model, open_page, width):
    served = shown_model()
    wide = 'W' * 400
    many = version(4, name=wide, trainedWords=[wide], files=[file(40, wide)], baseModel=wide)
    many['images'] = [image(number) for number in range(9)]
    served.shortcuts.save(7)
    served.shortcuts.tag([7], [wide])
    served.disk.put(4, 40, served.page)  # any text does as a path
    served.show(body(name=wide, creator={'username': wide}, modelVersions=[many], tags=[wide]))
    page = look(open_page(served, width=width, tab='browse'), wide)
    assert page.evaluate('document.documentElement.scrollWidth') <= width
