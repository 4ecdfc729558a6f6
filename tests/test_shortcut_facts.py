"""What is remembered of a saved model, by its record."""

from civitai_manager_libs.domain.models import Picture
from civitai_manager_libs.domain.record import Record
from civitai_manager_libs.domain.shortcut import Shortcut
from civitai_manager_libs.domain.shortcut_facts import (
    pictures_to_keep,
    says_the_same,
    shortcut_of,
    words_of,
)

SITE = 'https://image.civitai.com/a/'


def picture(name, level=1, type='image'):
    return {'url': name if ':' in name else f'{SITE}{name}', 'nsfwLevel': level, 'type': type}


def version(number, images=(), **fields):
    return {'id': number, 'name': f'v{number}', 'images': list(images), **fields}


def record(*versions, gone=None, **fields):
    body = {'id': 5, 'name': 'Silk', 'type': 'LORA', 'modelVersions': list(versions), **fields}
    return Record(5, body, 'https://civitai.com/api/v1/models/5', 10.0, 20.0, gone)


def names(pictures):
    return [one.url.rpartition('/')[2] for one in pictures]


class TestShortcut:
    def test_of_a_whole_record(self):
        newest = version(
            8,
            [picture('wild', 16), picture('mild', 2)],
            baseModel='SDXL 1.0',
            publishedAt='2026-01-02T03:04:05Z',
            earlyAccessDeadline='2026-02-02T00:00:00Z',
            availability='EarlyAccess',
            files=[{'id': 1, 'name': 'a.safetensors', 'sizeKB': 2048.0}],
        )
        older = version(7, baseModel='SD 1.5')
        made = shortcut_of(
            record(
                *(newest, older),
                tags=['style', 'silk'],
                creator={'username': 'mira'},
                stats={'downloadCount': 12, 'thumbsUpCount': 3},
            ),
            version_id=7,
            added=99.0,
        )
        assert made == Shortcut(
            model_id=5,
            name='Silk',
            type='LORA',
            creator='mira',
            base_models=('SDXL 1.0', 'SD 1.5'),
            tags=('style', 'silk'),
            version_id=7,
            cover=f'{SITE}mild',
            cover_level=2,
            published=1767323045.0,
            downloads=12,
            likes=3,
            size=2 << 20,
            warning='early_access',
            early_access_ends=1769990400.0,
            added=99.0,
            fetched=20.0,
        )

    def test_of_an_empty_one(self):
        made = shortcut_of(Record(5, {}, '', 10.0, 20.0, gone=15.0))
        assert made == Shortcut(5, '', gone=15.0, fetched=20.0)


class TestWords:
    def test_trigger_words_and_what_is_written_of_it(self):
        words = words_of(
            record(
                version(8, trainedWords=['silk, tide', ' wave '], description='<p>Softer</p>'),
                version(7, trainedWords=['wave']),
                description='<p>For <b>動漫</b></p><script>alert(1)</script><ul><li>one</li></ul>',
            )
        )
        assert words == 'silk, tide\nwave\nFor 動漫\n- one\nSofter'

    def test_of_nothing(self):
        assert words_of(record()) == words_of(record(version(8, description=''))) == ''

    def test_a_book_is_cut(self):
        assert len(words_of(record(description='<p>word</p>' * 1_000_000))) == 20_000


class TestPictures:
    def test_the_cover_and_the_first_others(self):
        known = record(
            version(8, [picture('a', 16), picture('b'), picture('c')]),
            version(7, [picture('d'), picture('a')]),
        )
        shortcut = shortcut_of(known)
        assert names(pictures_to_keep(known, shortcut, 0)) == ['b']
        assert names(pictures_to_keep(known, shortcut, 2)) == ['b', 'a', 'c']
        assert names(pictures_to_keep(known, shortcut, 50)) == ['b', 'a', 'c', 'd']

    def test_the_version_that_was_meant_comes_first(self):
        known = record(version(8, [picture('a'), picture('b')]), version(7, [picture('c')]))
        assert names(pictures_to_keep(known, shortcut_of(known, 7), 2)) == ['a', 'c', 'b']

    def test_what_is_none_of_ours(self):
        odd = [picture('x', 32), picture('y', type='audio'), picture('file:///z'), picture('v', 1)]
        known = record(version(8, odd))
        assert names(pictures_to_keep(known, shortcut_of(known), 9)) == ['v']

    def test_a_video_and_a_cover_without_a_record(self):
        video = Shortcut(5, 'Silk', cover=f'{SITE}v', cover_type='video', cover_level=4)
        assert pictures_to_keep(None, video, 9) == (
            Picture(url=f'{SITE}v', type='video', nsfw_level=4),
        )
        assert pictures_to_keep(None, Shortcut(5, 'Silk', cover='javascript:x'), 9) == ()
        assert pictures_to_keep(None, Shortcut(5, 'Silk'), 9) == ()


class TestSame:
    def test_numbers_and_the_form_of_the_answer_do_not_count(self):
        single = record(version(8, [picture('a')], status='Published'), stats={'downloadCount': 1})
        listed = record(
            version(8, [{**picture('a'), 'id': 4}], description=None), stats={'downloadCount': 9}
        )
        assert says_the_same(single, listed) and says_the_same(single, single)

    def test_what_a_person_would_see(self):
        usual = record(version(8, [picture('a')]))
        others = (
            record(version(8, [picture('b')])),
            record(version(8, [picture('a')]), version(9)),
            record(version(8, [picture('a')]), mode='Archived'),
            record(version(8, [picture('a')]), description='new'),
            record(version(8, [picture('a')], files=[{'id': 3}])),
            record(version(8, [picture('a')]), gone=3.0),
        )
        assert [says_the_same(usual, other) for other in others] == [False] * len(others)
