"""One file from the demo storage to the disk through everything that can go wrong on the way, over
one connection and over several.
"""

import pytest

from civitai_manager_libs import errors
from civitai_manager_libs.demo import FILES, SPECIAL

PLAIN = SPECIAL['plain']
WHOLE = ['model.safetensors']


def content(demo, name='plain'):
    return demo.file_bytes(SPECIAL[name].file_id)


@pytest.fixture(params=[1, 4], ids=['one', 'four'])
def fetching(fetching, demo, request):
    """Over so many connections; the file is larger for several, so that each gets a piece."""
    if request.param > 1:
        demo.replace_file(PLAIN.file_id, size=6_000_000)
        fetching.over(request.param)
    return fetching


class TestFaults:
    @pytest.mark.parametrize(
        'kind, options',
        [
            ('cut', {'after': 300_000, 'times': 1}),
            ('cut', {'after': 300_000, 'times': 1, 'reset': True}),
            ('cut', {'after': 200_000}),
            ('cut', {'after': 0, 'times': 3}),
            ('drop', {'side': 'storage', 'times': 2}),
            ('drop', {'side': 'api', 'times': 2}),
            ('status', {'side': 'storage', 'status': 503, 'times': 2}),
            ('status', {'side': 'api', 'status': 500, 'times': 2}),
            ('status', {'side': 'api', 'status': 429, 'retry_after': '0', 'times': 2}),
            ('expire', {'after': 400_000, 'times': 2}),
            ('expire', {'seconds': 0, 'times': 2}),
            ('lie_length', {'extra': 1000, 'times': 1}),
            ('no_length', {}),
            ('no_etag', {}),
            ('throttle', {'bytes_per_second': 4_000_000}),
            ('delay', {'seconds': 0.05}),
        ],
    )
    def test_troubles_that_pass(self, fetching, demo, kind, options):
        demo.faults.add(kind, **options)
        fetched = fetching()
        assert fetched.path.read_bytes() == content(demo) and fetching.names == WHOLE
        assert fetched.verified

    @pytest.mark.parametrize(
        'faults',
        [
            [('cut', {'after': 300_000, 'times': 2}), ('ignore_range', {})],
            [('cut', {'after': 300_000, 'times': 1}), ('no_etag', {})],
            [('cut', {'after': 300_000, 'times': 1}), ('no_etag', {'times': 1})],
            [('cut', {'after': 300_000, 'times': 2}), ('no_length', {})],
            [('cut', {'after': 300_000, 'times': 1}), ('lie_length', {'extra': 500, 'times': 2})],
        ],
    )
    @pytest.mark.parametrize('hashed', [True, False])
    def test_several_at_once(self, fetching, demo, faults, hashed):
        for kind, options in faults:
            demo.faults.add(kind, path=FILES, **options)
        assert fetching(hashed=hashed).path.read_bytes() == content(demo)

    @pytest.mark.parametrize(
        'kind, options, error',
        [
            ('cut', {'after': 0}, errors.BodyCut),
            ('drop', {'side': 'storage'}, errors.ConnectionFailed),
            ('status', {'side': 'storage', 'status': 403, 'body': 'xml'}, errors.AddressExpired),
            ('status', {'side': 'storage', 'status': 500}, errors.ServerTrouble),
            ('lie_length', {'extra': 1000}, errors.BodyCut),
        ],
    )
    def test_troubles_that_stay(self, fetching, demo, kind, options, error):
        demo.faults.add(kind, **options)
        with pytest.raises(error):
            fetching()
        assert 4 <= len(demo.requests.of('storage')) <= 24
        assert 'model.safetensors' not in fetching.names

    def test_a_refusal_leaves_nothing_behind(self, fetching):
        for name in ('login_only', 'archived'):
            with pytest.raises(errors.ApiError):
                fetching(name, hashed=False)
        assert fetching.names == []

    def test_a_page_instead_of_the_file_leaves_nothing_behind(self, fetching, demo):
        demo.faults.add('html_200')
        with pytest.raises(errors.LoginPage):
            fetching()
        assert fetching.names == []

    @pytest.mark.parametrize('kind, options', [('wrong_bytes', {}), ('lie_length', {'extra': -9})])
    def test_wrong_bytes_never_get_the_final_name(self, fetching, demo, kind, options):
        demo.faults.add(kind, path=FILES, **options)
        with pytest.raises(errors.HashMismatch) as caught:
            fetching()
        assert caught.value.details['expected'] in str(demo.file_hashes(PLAIN.file_id)).lower()
        # a length that differs from the total of each range looks like another file, twice
        several = kind == 'lie_length' and fetching.rules().connections > 1
        assert fetching.names == [] and fetching.ranges.count(0) == (3 if several else 1)
