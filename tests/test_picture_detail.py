"""The opened picture without a browser: what its places hold, and what its buttons do."""

import re
import xml.etree.ElementTree as ElementTree
from html import unescape

import msgspec
import pytest

from civitai_manager_libs import i18n
from civitai_manager_libs.domain.generation import GenerationData
from civitai_manager_libs.errors import ConnectionFailed, ShortcutError
from civitai_manager_libs.images.resources import ResourceRow, ResourceState
from civitai_manager_libs.ui.present_picture import MOST_TEXT, choose_html
from tests.support.pictures import HOSTILE, MADE, gallery_picture
from tests.support.rows import plain

PICTURE, DATA = 'gallery-picture', 'gallery-data'
_KEY = re.compile(r'picture\.\w')


def parts(bench):
    """Both places, which have to be whole markup and have all their words."""
    found = bench.detail.parts()
    for html in found.values():
        assert _KEY.search(read(html)) is None
        assert html.count('<div') == html.count('</div')
    return found


def read(html):
    """The words as a person reads them."""
    return unescape(plain(html))


def data(bench):
    return parts(bench)[DATA]


def sent(html):
    """The tab and the letter that the script is to send there."""
    found = re.search(r'data-cs-letter="([^"]+)" data-cs-to="([^"]+)"', html)
    return found and (found[2], found[1])


def shown(bench, **more):
    bench.detail.show(gallery_picture(**more))
    bench.work()
    return data(bench)


class TestPicture:
    def test_nothing_at_first(self, detail_bench):
        assert set(parts(detail_bench).values()) == {''} and not detail_bench.detail.busy

    def test_it_is_asked_for_as_wide_as_it_is_shown(self, detail_bench):
        detail_bench.detail.show(gallery_picture(width=900))
        html = parts(detail_bench)[PICTURE]
        assert '/still/1/800 800w, /still/1/1200 1200w"' in html and '1600' not in html
        assert '--cs-shape:900/1280' in html and '/still/1/320' in html

    def test_a_video_plays_when_somebody_wants_it(self, detail_bench):
        video = gallery_picture(type='video', url='https://image.example/1.mp4')
        detail_bench.detail.show(video)
        html = parts(detail_bench)[PICTURE]
        assert 'src="/video/1.mp4"' in html and 'preload="none"' in html and 'poster=' in html

    def test_one_without_a_still_does_too(self, detail_bench):
        elsewhere = gallery_picture(type='video', url='https://elsewhere.example/1.mp4')
        detail_bench.detail.show(elsewhere)
        html = parts(detail_bench)[PICTURE]
        assert 'src="/video/1.mp4"' in html and 'poster' not in html

    def test_what_is_not_mild_says_so(self, detail_bench):
        detail_bench.detail.show(gallery_picture(browsingLevel=8))
        assert 'data-cs-veil' in parts(detail_bench)[PICTURE]
        detail_bench.detail.show(gallery_picture(2))
        assert 'data-cs-veil' not in parts(detail_bench)[PICTURE]

    def test_one_that_did_not_come_is_asked_for_again(self, detail_bench):
        picture = gallery_picture()
        detail_bench.pictures.broken.add(picture.url)
        detail_bench.detail.show(picture)
        assert 'could not be fetched' in read(parts(detail_bench)[PICTURE])
        detail_bench.detail.do('gallery:detail-retry', '', '', '')
        assert '<img' in parts(detail_bench)[PICTURE]


class TestData:
    def test_all_there_is_to_say(self, detail_bench):
        words = read(shown(detail_bench))
        said = (
            *('lumenfield', '18 Nov 2026 · 1024 × 1280 · 1,284 likes', MADE.negative_prompt),
            *('DPM++ 2M', 'Karras', '28', '5.5', '9007199254740995', '1024 × 1280'),
            *('aurora_xl_v20', '2 more parameters', 'Hires upscale'),
        )
        assert [one for one in said if one not in words] == []
        assert '<lora:silk_tide_flux:0.6>' in words

    def test_what_the_api_says_is_shown_at_once(self, detail_bench):
        detail_bench.detail.show(gallery_picture(meta={'prompt': 'a quiet harbor', 'steps': 20}))
        assert 'a quiet harbor' in data(detail_bench) and detail_bench.detail.busy
        assert 'Looking up what it was made with' in data(detail_bench)
        detail_bench.work()
        assert 'Silk Tide' in data(detail_bench) and not detail_bench.detail.busy

    @pytest.mark.parametrize('reason', ['', 'none', 'unknown', 'broken', 'no_picture'])
    def test_why_there_is_none(self, detail_bench, reason):
        detail_bench.gallery.made = GenerationData(reason=reason)
        html = shown(detail_bench)
        assert 'cs-detail-note' in html and 'Prompt' not in read(html)

    def test_a_fault_is_a_sentence_with_a_way_out(self, detail_bench):
        detail_bench.gallery.made = ShortcutError(reason='made up')
        assert 'made up' in read(shown(detail_bench)) and not detail_bench.detail.busy
        detail_bench.gallery.made = MADE
        detail_bench.detail.do('gallery:detail-look-again', '', '', '')
        detail_bench.work()
        assert 'Silk Tide' in data(detail_bench)

    def test_a_fault_of_our_own_too(self, detail_bench):
        detail_bench.gallery.rows = RuntimeError('secret')
        html = shown(detail_bench)
        assert MADE.sampler in html and 'RuntimeError' in html and 'secret' not in html

    def test_what_comes_late_for_another_picture_is_dropped(self, detail_bench):
        detail_bench.detail.show(gallery_picture(1))
        detail_bench.detail.show(gallery_picture(2))
        detail_bench.work()
        assert [asked for asked in detail_bench.gallery.asked if asked[0] == 'generation'] == [
            ('generation', 2)
        ]
        assert '/still/2/' in parts(detail_bench)[PICTURE]

    def test_who_comes_back_finds_it_there(self, detail_bench):
        shown(detail_bench)
        shown(detail_bench, number=2)
        asked = len(detail_bench.gallery.asked)
        assert 'Silk Tide' in shown(detail_bench) and len(detail_bench.gallery.asked) == asked

    def test_foreign_words_stay_words(self, detail_bench):
        rows = [
            ResourceRow(HOSTILE, HOSTILE, state, HOSTILE, weight=1.0, size=5)
            for state in ResourceState
        ]
        detail_bench.gallery.rows = rows
        other = {HOSTILE: HOSTILE, 'x': '"\' onload=1'}
        detail_bench.gallery.made = msgspec.structs.replace(
            MADE, prompt=HOSTILE, negative_prompt=HOSTILE, model=HOSTILE, other=other
        )
        html = shown(detail_bench, username=HOSTILE)
        assert HOSTILE in read(html) and '<img' not in html
        ElementTree.fromstring(f'<div>{html}</div>')

    def test_endless_words_are_cut(self, detail_bench):
        detail_bench.gallery.made = msgspec.structs.replace(MADE, prompt='word ' * MOST_TEXT)
        assert len(shown(detail_bench)) < 5 * MOST_TEXT

    @pytest.mark.parametrize('language', i18n.LANGUAGES)
    def test_both_languages(self, detail_bench, language):
        i18n.set_language(language)
        shown(detail_bench)
        assert _KEY.search(read(choose_html())) is None


class TestResources:
    def test_what_is_here_and_what_can_be_had(self, detail_bench):
        words = read(shown(detail_bench))
        assert '6 items, 2 here' in words and 'LoRA Silk Tide v1.1 · 0.6 328 MB' in words
        assert all(
            one in words
            for one in ('Installed', 'Probably installed', 'Not found', 'Not known yet')
        )
        assert 'Get 2 missing items · 663 MB' in words

    def test_what_is_missing_is_queued_once(self, detail_bench):
        shown(detail_bench)
        for _ in range(2):
            detail_bench.detail.do('gallery:detail-get', '', '', '')
        assert 'Adding to the queue' in data(detail_bench) and detail_bench.detail.busy
        detail_bench.detail.show(gallery_picture(2))
        detail_bench.work()
        assert detail_bench.gallery.asked.count(('fetch', ['Silk Tide', 'lumen_vae'])) == 1
        words = read(shown(detail_bench))
        assert '2 items added to the queue' in words and 'missing items' not in words

    def test_a_queue_that_refuses_says_why(self, detail_bench):
        shown(detail_bench)
        detail_bench.gallery.tasks = ShortcutError(reason='made up')
        detail_bench.detail.do('gallery:detail-get', '', '', '')
        detail_bench.work()
        words = read(data(detail_bench))
        assert 'made up' in words and 'Get 2 missing items' in words

    def test_none_are_no_list(self, detail_bench):
        detail_bench.gallery.rows = ()
        assert 'Resources used' not in read(shown(detail_bench))


class TestSending:
    def test_alone_the_text_is_copied(self, detail_bench):
        html = shown(detail_bench)
        assert 'Copy generation data' in html and 'Steps: 28' in html
        assert 'gallery:detail-send' not in html and 'detail-generate' not in html

    def test_a_host_has_its_tabs(self, detail_bench):
        detail_bench.build(sends=('txt2img', 'img2img', 'inpaint'))
        html = shown(detail_bench)
        assert html.count('data-cs-action="gallery:detail-send"') == 3
        assert 'data-cs-letter' not in html

    def test_text_goes_at_once_and_a_picture_when_it_is_there(self, detail_bench, tmp_path):
        fetched = tmp_path / 'one.png'
        detail_bench.build(sends=('txt2img', 'img2img'), original=lambda picture: fetched)
        outbox = detail_bench.detail._around.outbox
        assert sent(shown(detail_bench)) is None
        detail_bench.detail.do('gallery:detail-send', 'txt2img', '', '')
        tab, name = sent(data(detail_bench))
        assert tab == 'txt2img' and outbox.get(name).picture is None
        assert 'Steps: 28' in outbox.get(name).words
        detail_bench.detail.do('gallery:detail-send', 'img2img', '', '')
        assert sent(data(detail_bench)) is None and detail_bench.detail.busy
        assert 'Fetching the picture for img2img' in read(data(detail_bench))
        detail_bench.work()
        tab, name = sent(data(detail_bench))
        assert tab == 'img2img' and outbox.get(name).picture == fetched

    def test_a_picture_that_cannot_be_had_says_why(self, detail_bench):
        def refuse(picture):
            raise ConnectionFailed(host='image.civitai.com')

        detail_bench.build(sends=('img2img',), original=refuse)
        shown(detail_bench)
        detail_bench.detail.do('gallery:detail-send', 'img2img', '', '')
        detail_bench.work()
        assert sent(data(detail_bench)) is None and not detail_bench.detail.busy
        assert 'role="alert"' in data(detail_bench)

    def test_only_where_it_fits(self, detail_bench):
        detail_bench.build(sends=('txt2img', 'extras'))
        html = shown(detail_bench, type='video', url='https://image.civitai.com/x/1/1.mp4')
        assert '>txt2img<' in html and '>extras<' not in html
        detail_bench.detail.do('gallery:detail-send', 'extras', '', '')
        detail_bench.detail.do('gallery:detail-send', 'made up', '', '')
        assert sent(data(detail_bench)) is None

    def test_a_webui_is_asked_after_a_question(self, detail_bench, tmp_path):
        detail_bench.settings(webui_api_url='http://127.0.0.1:7860')
        result = tmp_path / 'one.png'
        result.write_bytes(b'x')
        detail_bench.gallery.results = [result, result]
        shown(detail_bench)
        detail_bench.detail.do('gallery:detail-generate-really', '', '', '')
        assert detail_bench.jobs == [], 'nobody was asked yet'
        detail_bench.detail.do('gallery:detail-generate', '', '', '')
        assert 'go to the WebUI at 127.0.0.1:7860' in read(data(detail_bench))
        detail_bench.detail.do('gallery:detail-keep', '', '', '')
        assert 'cs-asks' not in data(detail_bench)
        detail_bench.detail.do('gallery:detail-generate', '', '', '')
        for _ in range(2):
            detail_bench.detail.do('gallery:detail-generate-really', '', '', '')
        assert 'is making a picture' in data(detail_bench) and detail_bench.detail.busy
        detail_bench.work()
        assert detail_bench.gallery.asked.count(('generate', MADE.seed)) == 1
        assert '/local/one.png' in parts(detail_bench)[PICTURE]
        detail_bench.detail.do('gallery:detail-result', '7', '', '')
        assert '/local/one.png' in parts(detail_bench)[PICTURE]
        detail_bench.detail.do('gallery:detail-back', '', '', '')
        assert '/still/1/' in parts(detail_bench)[PICTURE]

    def test_a_webui_that_is_away(self, detail_bench):
        detail_bench.settings(webui_api_url='http://127.0.0.1:7860')
        detail_bench.gallery.results = ShortcutError(reason='made up')
        shown(detail_bench)
        detail_bench.detail.do('gallery:detail-generate', '', '', '')
        detail_bench.detail.do('gallery:detail-generate-really', '', '', '')
        detail_bench.work()
        assert 'made up' in read(data(detail_bench))
        assert 'detail-generate"' in data(detail_bench), 'it can be tried again'


class TestDropped:
    def test_it_is_shown_until_it_is_closed(self, detail_bench):
        shown(detail_bench)
        token = detail_bench.drops.take(b'GIF89a')
        detail_bench.detail.do('gallery:detail-dropped', token, f'{HOSTILE}.gif', '')
        assert f'<img data-cs-dropped="{token}"' in parts(detail_bench)[PICTURE].replace(
            'img alt="" draggable="false"', 'img'
        )
        assert detail_bench.detail.dropped
        words = read(data(detail_bench))
        assert 'dropped words' in words and f'{HOSTILE}.gif' in words
        detail_bench.work()
        assert 'Silk Tide' in data(detail_bench)
        detail_bench.detail.do('gallery:detail-close', '', '', '')
        assert not detail_bench.detail.dropped and 'lumenfield' in data(detail_bench)

    def test_a_gallery_that_comes_a_moment_later_stands_behind_it(self, detail_bench):
        token = detail_bench.drops.take(b'GIF89a')
        detail_bench.detail.do('gallery:detail-dropped', token, 'a.gif', '')
        shown(detail_bench)
        assert detail_bench.detail.dropped and 'a.gif' in data(detail_bench)
        detail_bench.detail.do('gallery:detail-close', '', '', '')
        assert not detail_bench.detail.dropped and 'lumenfield' in data(detail_bench)

    def test_what_is_no_picture(self, detail_bench):
        token = detail_bench.drops.take(b'%PDF-1.4')
        detail_bench.detail.do('gallery:detail-dropped', token, 'a.pdf', '')
        assert 'data-cs-dropped' not in parts(detail_bench)[PICTURE]
        assert 'no picture that can be shown' in read(parts(detail_bench)[PICTURE])

    def test_a_name_that_nobody_knows(self, detail_bench):
        detail_bench.detail.do('gallery:detail-dropped', 'x', 'y', '')
        assert not detail_bench.detail.dropped
