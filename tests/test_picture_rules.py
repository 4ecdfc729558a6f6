"""Ratings, the query of a gallery, and where a picture goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civitai_manager_libs.domain import nsfw
from civitai_manager_libs.domain.image_query import ImageQuery
from civitai_manager_libs.domain.naming import FOLDER_LIMIT
from civitai_manager_libs.domain.picture_paths import PICTURE_VARIABLES, PRESETS, picture_parts
from civitai_manager_libs.errors import SettingInvalid

VALUES = {
    'model_id': 7,
    'model_name': '極光 / Aurora: XL',
    'id': 99,
    'creator': 'maker',
    'nsfw_level': 'None',
    'version_id': 8,
    'post_id': 5,
    'date': '2026-11-18',
}


class TestRatings:
    @pytest.mark.parametrize(
        'bits, name',
        [(0, 'Unrated'), (-1, 'Unrated'), (1, 'None'), (2, 'Soft'), (4, 'Mature'), (8, 'X')]
        + [(16, 'X'), (3, 'Soft'), (31, 'X'), (32, 'Blocked'), (33, 'Blocked'), (64, 'Unrated')],
    )
    def test_names(self, bits, name):
        assert nsfw.level_name(bits) == name

    @pytest.mark.parametrize(
        'names, mask',
        [(None, 31), (['None'], 1), (['None', 'Soft'], 3), (['X'], 24), ([], 0), (['Mature'], 4)],
    )
    def test_masks(self, names, mask):
        assert nsfw.mask_of(names) == mask

    def test_what_is_not_rated_goes_only_with_everything(self):
        assert nsfw.is_wanted(0, None) and nsfw.is_wanted(0, ['X', 'Mature', 'Soft', 'None'])
        assert not nsfw.is_wanted(0, ['None', 'Soft', 'Mature']) and not nsfw.is_mild(0)

    @pytest.mark.parametrize('names', [None, ['None', 'Soft', 'Mature', 'X']])
    def test_what_is_blocked_never_goes(self, names):
        assert not nsfw.is_wanted(32, names) and not nsfw.is_wanted(33, names)

    def test_the_gravest_counts(self):
        assert not nsfw.is_wanted(1 | 8, ['None']) and nsfw.is_wanted(1 | 8, ['X'])
        assert nsfw.is_mild(3) and not nsfw.is_mild(7)


class TestQuery:
    def test_parameters(self):
        query = ImageQuery(model_id=3, levels=('None', 'Soft'), sort='Newest')
        assert query.parameters(50) == {
            'limit': '50',
            'modelId': '3',
            'sort': 'Newest',
            'browsingLevel': '3',
            'withMeta': 'true',
        }

    def test_a_page_is_never_larger_than_the_server_gives(self):
        assert ImageQuery().parameters(5000)['limit'] == '200'

    def test_others_win(self):
        given_more = ImageQuery(levels=None, others=(('browsingLevel', '1'), ('tags', '4,5')))
        found = given_more.parameters(10)
        assert found['browsingLevel'] == '1' and found['tags'] == '4,5'


class TestPaths:
    @pytest.mark.parametrize(
        'template, parts',
        [
            ('{model_id}/{id}', ('7', '99')),
            ('model', ('7', '99')),
            ('creator', ('maker', '99')),
            ('nsfw', ('None', '99')),
            ('{image_id}', ('99',)),
            ('a/{date}/{post_id}-{id}', ('a', '2026-11-18', '5-99')),
        ],
    )
    def test_written(self, template, parts):
        assert picture_parts(template, VALUES) == parts

    @pytest.mark.parametrize(
        'template, parts',
        [
            ('{creator}/{date}', ('maker', '2026-11-18-99')),
            ('mine', ('mine-99',)),
            ('mine/', ('mine-99',)),
            ('{id}/{creator}', ('99', 'maker')),
        ],
    )
    def test_two_pictures_never_have_one_path(self, template, parts):
        """Else one would lie where the other is looked for, with the data of the other beside."""
        assert picture_parts(template, VALUES) == parts

    def test_nor_when_the_number_would_be_cut_off(self):
        long = {**VALUES, 'creator': '長' * 60, 'model_name': 'm' * 300}
        (name,) = picture_parts('{creator} {model_name} {id}', long)
        assert name.endswith('-99') and len(name.encode()) <= FOLDER_LIMIT

    def test_a_slash_inside_a_value_parts_nothing(self):
        (name,) = picture_parts('{model_name}', VALUES)
        assert '/' not in name and ':' not in name and '極光' in name

    def test_what_is_missing_reads_unknown(self):
        assert picture_parts('{creator}/{id}', {'id': 1}) == ('unknown', '1')

    @pytest.mark.parametrize(
        'template',
        ['../{id}', '/etc/{id}', '{nothing}', '{id', '{id!r}', '{id:>9}', '  ', 'C:\\{id}', '{}'],
    )
    def test_refused(self, template):
        with pytest.raises(SettingInvalid) as caught:
            picture_parts(template, VALUES)
        assert caught.value.details['key'] == 'images.path_template'

    @given(st.sampled_from(sorted(PRESETS.values())), st.text(max_size=300))
    def test_no_value_leaves_the_folder(self, template, value):
        parts = picture_parts(template, dict.fromkeys(PICTURE_VARIABLES, value))
        assert parts
        for part in parts:
            assert part not in ('.', '..') and not set(part) & set('/\\\0')
