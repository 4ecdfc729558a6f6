"""Which picture stands for a model, and how it is asked for; pure."""

import pytest

from civitai_manager_libs.domain.models import Picture
from civitai_manager_libs.domain.picture_links import safest_first, still_address

BASE = 'https://civitai.com'
CDN = 'https://image.civitai.com/xG1nkqKTMzGDvpLrqFT7WA/0e1f2a3b-1111-2222-3333-444455556666'


def picture(level=1, number=1, kind='image', **more):
    return Picture(url=f'{CDN}/original=true/{number}.jpeg', nsfw_level=level, type=kind, **more)


@pytest.mark.parametrize(
    'levels, adult, wanted',
    [
        ([4, 2, 1, 1], False, [1, 1, 2]),
        ([0, 4, 8, 16, 32], False, []),
        ([0, 16, 32, 4, 2, 8], True, [2, 4, 8, 16, 0]),
        ([6, 3, 33], False, []),
        ([33, 6, 3], True, [3, 6]),
    ],
)
def test_the_mildest_first(levels, adult, wanted):
    pictures = [picture(level, number) for number, level in enumerate(levels)]
    assert [one.nsfw_level for one in safest_first(pictures, adult)] == wanted


def test_stills_before_videos_and_no_sound():
    kinds = ['video', 'audio', 'image', 'model3d']
    pictures = [picture(1, number, kind) for number, kind in enumerate(kinds)]
    assert [one.type for one in safest_first(pictures, False)] == ['image', 'video']


def test_the_same_picture_once_in_the_order_of_the_author():
    pictures = [picture(1, 2), picture(1, 1), picture(1, 2)]
    assert [one.url[-6] for one in safest_first(pictures, False)] == ['2', '1']


@pytest.mark.parametrize(
    'size, width',
    [
        ((None, None), 1024),
        ((2000, 1000), 1024),
        ((1000, 2000), 512),
        ((832, 1216), 701),
        ((0, 9), 1024),
    ],
)
def test_a_width_that_makes_the_longer_side_fit(size, width):
    asked = still_address(picture(width=size[0], height=size[1]), 1024, BASE)
    assert asked == f'{CDN}/width={width}/1.jpeg'


@pytest.mark.parametrize('segment', ['/original=true', '/width=450', '/width=full', ''])
def test_of_a_video_a_still(segment):
    video = Picture(url=f'{CDN}{segment}/7.mp4?x=1', type='video')
    wanted = f'{CDN}/anim=false,transcode=true,width=1024/7.jpeg?x=1'
    assert still_address(video, 1024, BASE) == wanted


def test_of_other_servers():
    elsewhere = 'https://example.org/a/b.png'
    assert still_address(Picture(url=elsewhere), 1024, BASE) == elsewhere
    assert still_address(Picture(url=elsewhere, type='video'), 1024, BASE) is None


@pytest.mark.parametrize(
    'url', ['', 'file:///etc/passwd', 'javascript:1', '//x/y.png', 'ftp://x/y']
)
def test_what_is_no_web_address(url):
    assert still_address(Picture(url=url), 1024, BASE) is None


@pytest.mark.parametrize('url', ['http://[', 'http://a:b/c', 'http://x\\y/z'])
def test_what_is_no_address_at_all_breaks_nothing(url):
    assert still_address(Picture(url=url), 1024, BASE) == url
