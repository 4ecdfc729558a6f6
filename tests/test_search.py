"""What is searched for: filters, links that stand for a search, and the way through its pages."""

import pytest

from civitai_manager_libs.domain.paging import MOST_EMPTY_PAGES, Trail
from civitai_manager_libs.domain.search import (
    ModelQuery,
    carries_tag,
    model_type,
    named_like,
    nearest,
    query_of,
)
from civitai_manager_libs.domain.targets import parse_target
from civitai_manager_libs.errors import TargetUnsupported

FULL = ModelQuery(
    text='water color',
    types=('LORA', 'LoCon'),
    base_models=('SDXL 1.0', 'Pony'),
    tag='style',
    username='somebody',
    sort='Newest',
    period='Month',
)


class TestQuery:
    def test_only_what_was_asked_for_is_sent(self):
        assert ModelQuery().parameters(100) == {'limit': '100'}
        assert ModelQuery(tag='a', nsfw=True).parameters(7) == {
            'limit': '7',
            'tag': 'a',
            'nsfw': 'true',
        }

    def test_lists_are_lists_and_there_is_no_page(self):
        sent = FULL.parameters(100)
        assert sent['types'] == ('LORA', 'LoCon') and sent['baseModels'] == ('SDXL 1.0', 'Pony')
        assert 'page' not in sent and 'nsfw' not in sent

    def test_its_address_means_the_same_when_it_is_pasted(self):
        assert query_of(parse_target(FULL.address)) == FULL

    def test_adult_content_alone_says_nothing_of_what_is_wanted(self):
        assert not ModelQuery(nsfw=True).narrowed
        assert ModelQuery(sort='Newest').narrowed


class TestLinks:
    @pytest.mark.parametrize(
        'link, query',
        [
            ('civitai.com/user/bob', ModelQuery(username='bob')),
            ('https://civitai.com/user/bob/models', ModelQuery(username='bob')),
            (
                'civitai.com/user/bob/models?types=LORA&sort=Newest',
                ModelQuery(username='bob', types=('LORA',), sort='Newest'),
            ),
            ('civitai.com/tag/anime%20girl', ModelQuery(tag='anime girl')),
            ('https://civitai.com/models?tag=anime', ModelQuery(tag='anime')),
            ('https://civitai.com/search/models?query=a%20b', ModelQuery(text='a b')),
            (
                'https://civitai.com/models?types=LORA&types=locon&baseModels=Pony&period=Week',
                ModelQuery(types=('LORA', 'LoCon'), base_models=('Pony',), period='Week'),
            ),
            ('https://civitai.com/api/v1/models?username=bob', ModelQuery(username='bob')),
            # an order of the site's other search, which the API does not know
            ('civitai.com/search/models?query=x&sort=models_v9', ModelQuery(text='x')),
        ],
    )
    def test_what_they_stand_for(self, link, query):
        assert query_of(parse_target(link)) == query

    @pytest.mark.parametrize(
        'link',
        [
            'civitai.com/models',
            'civitai.com/models?sort=models_v9',
            'civitai.com/user/bob/images',
            'civitai.com/user/bob/posts',
            'civitai.com/images?tag=x',
            'civitai.com/search/images?query=x',
            'civitai.com/posts?username=bob',
            'civitai.com/models/1004',
            'civitai.com/collections/5',
        ],
    )
    def test_everything_and_other_things_are_no_search(self, link):
        with pytest.raises(TargetUnsupported):
            query_of(parse_target(link))

    def test_no_key_is_kept(self):
        target = parse_target('civitai.com/user/bob/models?token=SECRETSECRET&sort=Newest')
        assert 'SECRET' not in repr(target)


class TestNames:
    @pytest.mark.parametrize(
        'word, name',
        [
            ('lora', 'LORA'),
            ('textual-inversion', 'TextualInversion'),
            ('LyCORIS', 'LoCon'),
            ('embedding', 'TextualInversion'),
            (' Hologram ', 'Hologram'),
        ],
    )
    def test_types(self, word, name):
        assert model_type(word) == name

    def test_near_ones(self):
        known = ('Pony', 'Pony V7', 'SDXL 1.0', 'SD 1.5')
        assert named_like('most-downloaded', ('Most Downloaded',)) == 'Most Downloaded'
        assert nearest('sdxl', known)[0] == 'SDXL 1.0'
        assert nearest('pony', known)[0] == 'Pony'
        assert nearest('qqqq', known) == ()

    def test_tags_in_any_case(self):
        assert carries_tag(['Anime Girl'], ' anime girl') and not carries_tag(['anime'], 'girl')


def walked(*pages):
    """The cursors asked for, and the trail, over pages of (next cursor, new items)."""
    trail, asked = Trail(), []
    for cursor, news in pages:
        if trail.ended:
            break
        asked.append(trail.cursor)
        trail.step({'nextCursor': cursor}, news)
    return asked, trail


class TestTrail:
    def test_to_the_end(self):
        asked, trail = walked(('a|1', 5), ('b|2', 5), (None, 5))
        assert asked == [None, 'a|1', 'b|2'] and trail.ended and not trail.astray

    @pytest.mark.parametrize('metadata', [{}, None, {'nextCursor': ''}, [], {'nextCursor': None}])
    def test_no_cursor_is_the_end(self, metadata):
        trail = Trail()
        trail.step(metadata, 1)
        assert trail.ended and not trail.astray

    def test_an_empty_page_is_not_the_end(self):
        asked, trail = walked(('a', 0), ('b', 3), (None, 0))
        assert asked == [None, 'a', 'b'] and not trail.astray

    def test_numbers_are_cursors_too(self):
        assert walked((0, 1), (100, 1), (None, 1))[0] == [None, '0', '100']

    @pytest.mark.parametrize('cursors', [('a', 'a'), ('a', 'b', 'a'), ('a', 'b', 'c', 'b')])
    def test_a_circle_is_left(self, cursors):
        asked, trail = walked(*[(cursor, 1) for cursor in cursors])
        assert len(asked) == len(cursors) and trail.ended and trail.astray

    def test_new_cursors_for_ever_without_anything_new(self):
        asked, trail = walked(*[(str(number), 0) for number in range(1000)])
        assert len(asked) == MOST_EMPTY_PAGES and trail.astray
