"""Nothing that a server puts into a field loses a record that has an id, or raises."""

import math
from datetime import datetime, timezone
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from civitai_manager_libs.domain import lenient
from civitai_manager_libs.domain.lenient import convert
from civitai_manager_libs.domain.models import (
    Account,
    HashMatch,
    Model,
    ModelFile,
    ModelVersion,
    Picture,
    commercial_uses,
    read_image,
    read_model,
    read_version,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(2**62, 2**80)
    | st.floats()
    | st.text()
    | st.sampled_from(
        [
            *('0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00', '2025-05-19T02:43:46.31'),
            *('2026-01-01', 'X', 'Blocked', '{Image}', '7', 'true', 'https://x/123.jpeg', 'null'),
            *('/' + '9' * 5000 + '.png', '9' * 5000),
        ]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
ALSO = ('nsfw', 'browsingLevel', 'paidAccess', 'earlyAccessDeadline', 'overrideName', 'futureField')


def keys(struct):
    return [*(field.encode_name for field in msgspec.structs.fields(struct)), *ALSO]


def records(struct, **fixed):
    """Objects with any JSON in any field of ``struct``, but ``fixed`` as it is."""
    fillings = st.dictionaries(st.sampled_from(keys(struct)), JSON, max_size=8)
    return fillings.map(lambda filled: {**filled, **fixed})


FILES = records(ModelFile, id=3)
PICTURES = records(Picture, url='https://image/x/5.jpeg')
VERSIONS = st.builds(
    lambda version, files, pictures: {**version, 'files': files, 'images': pictures},
    records(ModelVersion, id=2),
    st.lists(FILES, max_size=2),
    st.lists(PICTURES, max_size=2),
)
MODELS = st.builds(
    lambda model, versions: {**model, 'modelVersions': versions},
    records(Model, id=1),
    st.lists(VERSIONS, max_size=2),
)


class TestAnything:
    @given(MODELS)
    def test_a_model_with_an_id_is_never_lost(self, raw):
        model = read_model(raw)
        assert model.id == 1 and len(model.model_versions) == len(raw['modelVersions'])
        for version, given_version in zip(model.model_versions, raw['modelVersions']):
            assert version.id == 2
            assert len(version.files) == len(given_version['files'])
            assert len(version.images) == len(given_version['images'])
        assert model.removed in (True, False) and model.version(99) is None

    @given(VERSIONS)
    def test_what_a_version_tells_has_the_type_it_should_have(self, raw):
        version = read_version(raw)
        for file in version.files:
            assert file.estimated_bytes is None or file.estimated_bytes >= 0
            assert file.sha256 is None or file.sha256 == file.sha256.lower()
            assert all(isinstance(text, str) and text for text in file.hashes.values())
        for moment in (version.published_at, version.early_access_ends_at):
            assert moment is None or moment.tzinfo is timezone.utc
        assert all(isinstance(word, str) for word in version.trained_words)
        assert version.primary_file is None or version.primary_file in version.files

    @given(FILES)
    @example({'id': 3, 'sizeKB': math.inf})
    @example({'id': 3, 'sizeKB': math.nan})
    @example({'id': 3, 'sizeKB': 1e308})
    @example({'id': 3, 'sizeKB': 10**400})
    @example({'id': 3, 'scannedAt': '0001-01-01T00:00:00+14:00'})
    def test_a_file(self, raw):
        file = convert(raw, ModelFile)
        assert file.id == 3 and (file.estimated_bytes or 0) >= 0

    @given(PICTURES)
    @example({'url': '/' + '9' * 5000 + '.png'})
    def test_a_picture(self, raw):
        picture = read_image(raw)
        assert picture.url == raw['url'] and isinstance(picture.nsfw_level, int)

    @given(FILES | PICTURES)
    def test_records_as_they_should_be_are_read_at_once_and_say_the_same(self, raw):
        for struct in (ModelFile, Picture):
            at_once = convert(raw, struct)
            with patch.object(lenient, '_plain', lambda struct: False):
                assert repr(at_once) == repr(convert(raw, struct))

    @given(JSON)
    def test_whatever_comes_instead_of_a_record(self, raw):
        for read in (read_model, read_version, read_image):
            assert read(raw) is None
        for struct in (Account, HashMatch):
            assert convert(raw, struct) is None

    @given(JSON)
    def test_an_id_of_any_kind(self, raw):
        found = read_version({'id': raw})
        assert found is None or isinstance(found.id, int)

    @given(JSON)
    def test_commercial_use_of_any_kind(self, raw):
        assert all(isinstance(word, str) and word for word in commercial_uses(raw))


class TestShapes:
    @pytest.mark.parametrize(
        'value, uses',
        [
            (['Image', 'Rent'], ('Image', 'Rent')),
            ('{Image,RentCivit}', ('Image', 'RentCivit')),
            ('{"Image", Sell}', ('Image', 'Sell')),
            ('Sell', ('Sell',)),
            ('None', ()),
            ('{}', ()),
            ([], ()),
            (None, ()),
        ],
    )
    def test_commercial_use(self, value, uses):
        assert read_model({'id': 1, 'allowCommercialUse': value}).allow_commercial_use == uses

    @pytest.mark.parametrize(
        'text, moment',
        [
            ('2025-05-19T02:43:46.31', (2025, 5, 19, 2, 43, 46, 310000)),
            ('2025-05-19T02:43:46.123456789Z', (2025, 5, 19, 2, 43, 46, 123456)),
            ('2025-05-19T02:43:46Z', (2025, 5, 19, 2, 43, 46)),
            ('2025-05-19T02:43:46+02:00', (2025, 5, 19, 0, 43, 46)),
            ('yesterday', None),
            (1747622626, None),
        ],
    )
    def test_times(self, text, moment):
        expected = datetime(*moment, tzinfo=timezone.utc) if moment else None
        assert convert({'id': 1, 'scannedAt': text}, ModelFile).scanned_at == expected

    @pytest.mark.parametrize(
        'raw, bit',
        [
            ({'nsfwLevel': 'Soft'}, 2),
            ({'nsfwLevel': 'X', 'browsingLevel': 16}, 16),
            ({'nsfw': 'Mature'}, 4),
            ({'nsfw': True}, 0),
            ({'nsfwLevel': True, 'nsfw': 'X'}, 8),
            ({}, 0),
        ],
    )
    def test_levels(self, raw, bit):
        assert read_image({'url': 'x', **raw}).nsfw_level == bit

    def test_numbers_of_pictures(self):
        assert read_image({'url': 'https://i/a/width=450/123.jpeg?x'}).id == 123
        assert read_image({'url': 'https://i/a/original=true/9-uuid.jpeg'}).id is None
        assert read_image({'url': 'https://i/7.jpeg', 'id': 9}).id == 9

    def test_meta(self):
        for meta in ({'seed': 2**60}, {'id': 5, 'meta': {'seed': 2**60}}):
            assert read_image({'url': 'x', 'meta': meta}).meta == {'seed': 2**60}
        for meta in (None, {'id': 5, 'meta': None}, 'text', []):
            assert read_image({'url': 'x', 'meta': meta}).meta is None

    def test_tags_as_names_or_objects(self):
        tags = ['a', {'id': 1, 'name': 'b'}, {'id': 2}, None, 3]
        assert read_model({'id': 1, 'tags': tags}).tags == ['a', 'b']

    def test_texts_for_numbers_and_the_other_way_round(self):
        raw = {'id': '7', 'files': [{'id': '8', 'sizeKB': '12.5', 'primary': 'true'}]}
        version = read_version(raw)
        assert version.id == 7 and version.files[0].size_kb == 12.5 and version.primary_file

    def test_an_overriding_name_wins(self):
        assert convert({'id': 1, 'name': 'a', 'overrideName': 'b'}, ModelFile).name == 'b'
        assert convert({'id': 1, 'name': 'a', 'overrideName': None}, ModelFile).name == 'a'

    def test_the_end_of_early_access_under_every_name(self):
        end = '2026-03-01T00:00:00Z'
        for raw in (
            {'earlyAccessEndsAt': end},
            {'earlyAccessDeadline': end},
            {'paidAccess': {'permanent': False, 'endsAt': end}},
        ):
            assert read_version({'id': 1, **raw}).early_access_ends_at.month == 3
