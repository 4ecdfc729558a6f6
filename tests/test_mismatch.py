"""Bytes that arrive whole and are not what was promised: asked once, fetched again at most once."""

import pytest

from civitai_manager_libs import errors
from civitai_manager_libs.demo import FILES, SPECIAL

PLAIN = SPECIAL['plain']
WRONG = 'F' * 64


@pytest.fixture
def sha256(demo):
    return demo.file_hashes(PLAIN.file_id)['SHA256']


@pytest.fixture
def asks(fetching):
    """``asks(answer)``: what the site says of the hashes after a mismatch; the list of questions,
    each with how many requests the storage had had by then.
    """

    def say(answer):
        asked = []

        def published_now():
            asked.append(len(fetching.demo.requests.of('storage')))
            return answer() if callable(answer) else answer

        fetching.published_now = published_now
        return asked

    return say


def whole(demo, fetched):
    return fetched.path.read_bytes() == demo.file_bytes(PLAIN.file_id)


class TestAsked:
    def test_only_after_a_mismatch(self, fetching, demo, asks, sha256):
        asked = asks({'SHA256': WRONG})
        assert fetching(hashes=(('SHA256', sha256),)).verified and asked == []

    def test_the_bytes_are_right_by_the_new_hash(self, fetching, demo, asks, sha256):
        """Nothing is fetched again."""
        asked = asks({'SHA256': sha256})
        fetched = fetching(hashes=(('SHA256', WRONG),))
        assert fetched.verified and whole(demo, fetched) and asked == [1]
        assert fetching.ranges == [0] and fetching.names == ['model.safetensors']

    @pytest.mark.parametrize('name', ['AutoV2', 'CRC32', 'AutoV3'])
    def test_by_whatever_hash_there_is_now(self, fetching, demo, asks, name):
        asked = asks({name: demo.file_hashes(PLAIN.file_id)[name]})
        fetched = fetching(hashes=(('SHA256', WRONG),))
        assert fetched.verified and whole(demo, fetched) and asked == [1]

    def test_another_file_is_fetched_once_more(self, fetching, demo, asks):
        old = demo.file_hashes(PLAIN.file_id)['SHA256']

        def replaced():
            demo.replace_file(PLAIN.file_id, size=700_000)
            return demo.file_hashes(PLAIN.file_id)

        asked = asks(replaced)
        demo.faults.add('wrong_bytes', path=FILES, times=1)
        fetched = fetching(hashes=(('SHA256', old),))
        assert fetched.verified and whole(demo, fetched)
        assert asked == [1] and fetching.ranges == [0, 0]

    def test_both_wrong(self, fetching, asks, sha256):
        asked = asks({'SHA256': 'E' * 64})
        with pytest.raises(errors.HashMismatch) as caught:
            fetching(hashes=(('SHA256', WRONG),))
        assert asked == [1] and fetching.ranges == [0, 0]
        assert caught.value.details['expected'] == 'e' * 64
        assert caught.value.details['actual'] == sha256.lower() and fetching.names == []

    @pytest.mark.parametrize('answer', [None, {}])
    def test_nothing_new_ends_it(self, fetching, asks, answer):
        asked = asks(answer)
        with pytest.raises(errors.HashMismatch):
            fetching(hashes=(('SHA256', WRONG),))
        assert asked == [1] and fetching.ranges == [0]

    @pytest.mark.parametrize('answer', [{'SHA256': ''}, {'AutoV1': 'FFFFFFFF'}, {'SHA256': 'n/a'}])
    def test_no_promise_any_more_makes_nothing_right(self, fetching, asks, answer):
        asked = asks(answer)
        with pytest.raises(errors.HashMismatch) as caught:
            fetching(hashes=(('SHA256', WRONG),))
        assert asked == [1] and caught.value.details['expected'] == WRONG.lower()
        assert fetching.names == []

    def test_what_goes_wrong_in_asking_is_told(self, fetching, asks):
        def locked():
            raise errors.StoreLocked(path='db')

        asks(locked)
        with pytest.raises(errors.StoreLocked):
            fetching(hashes=(('SHA256', WRONG),))

    def test_a_size_is_no_question_for_the_site(self, fetching, asks, sha256):
        asked = asks({'SHA256': sha256})
        with pytest.raises(errors.SizeMismatch):
            fetching(hashes=(('SHA256', sha256),), size=5)
        assert asked == []


class TestAside:
    @pytest.mark.parametrize('connections', [1, 4])
    def test_what_came_is_kept_where_it_is_said(self, fetching, demo, connections):
        demo.replace_file(PLAIN.file_id, size=6_000_000)
        names = []

        def aside(digest):
            names.append(digest)
            return fetching.folder / f'kept.{digest[:8]}'

        fetching.over(connections)
        with pytest.raises(errors.HashMismatch) as caught:
            fetching(hashes=(('SHA256', WRONG),), aside=aside)
        [digest] = names
        assert fetching.names == [f'kept.{digest[:8]}']
        assert caught.value.details['kept'] == str(fetching.folder / f'kept.{digest[:8]}')
        kept = fetching.folder / f'kept.{digest[:8]}'
        assert kept.read_bytes() == demo.file_bytes(PLAIN.file_id)

    def test_a_place_that_cannot_be_written(self, fetching, demo, sha256):
        """The disk's trouble is told, and what came is not lost."""
        with pytest.raises(errors.NotWritable):
            fetching(hashes=(('SHA256', WRONG),), aside=lambda digest: fetching.folder / 'no' / 'x')
        demo.requests.clear()
        assert fetching(hashes=(('SHA256', sha256),)).verified and fetching.ranges == []
