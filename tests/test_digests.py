"""The hashes that Civitai publishes, and what they promise of the bytes that come."""

import hashlib
import json
import struct

import blake3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from civitai_manager_libs import errors
from civitai_manager_libs.moving.digests import DIGITS, Digests
from civitai_manager_libs.moving.promise import Promise

HELLO = b'hello world'
BODY = b'\x01\x02\x03\x04' * 1000
NOTHING = 'E3B0C44298FC'


def safetensors(body=BODY, **metadata):
    """A file with a real header."""
    tensor = {'dtype': 'U8', 'shape': [len(body)], 'data_offsets': [0, len(body)]}
    header = json.dumps({'__metadata__': metadata, 'w': tensor}).encode()
    header += b' ' * (-len(header) % 8)
    return struct.pack('<Q', len(header)) + header + body


def sha(content):
    return hashlib.sha256(content).hexdigest()


def digests_of(content, wanted=tuple(DIGITS), step=None):
    digests = Digests(wanted)
    for at in range(0, len(content), step or max(1, len(content))):
        digests.update(memoryview(content)[at : at + (step or len(content))])
    return digests


class TestValues:
    def test_of_the_whole_file(self):
        digests = digests_of(HELLO)
        assert digests.sha256 == sha(HELLO) and digests.of('SHA256') == (sha(HELLO),)
        assert digests.of('AutoV2') == (sha(HELLO)[:10],)
        assert digests.of('BLAKE3') == (blake3.blake3(HELLO).hexdigest(),)
        assert digests.of('BLAKE3')[0].startswith('d74981efa70a0c880b8d8c1985d075dbcbf679b9')

    def test_crc32_in_both_orders(self):
        assert digests_of(HELLO).of('CRC32') == ('85114a0d', '0d4a1185')

    def test_autov3_is_of_what_follows_the_header(self):
        assert digests_of(safetensors()).of('AutoV3') == (sha(BODY)[:12],)
        assert digests_of(safetensors(ss_tag='edited')).of('AutoV3') == (sha(BODY)[:12],)

    @pytest.mark.parametrize('name', ['sshs_model_hash', 'modelspec.hash_sha256'])
    @pytest.mark.parametrize('before', ['', '0x', '0X'])
    def test_or_what_the_trainer_has_written(self, name, before):
        written = sha(b'as the trainer saw it')
        found = digests_of(safetensors(**{name: before + written.upper()})).of('AutoV3')
        assert found == (sha(BODY)[:12], written[:12])

    def test_or_both_of_them(self):
        metadata = {'sshs_model_hash': 'a' * 64, 'modelspec.hash_sha256': '0x' + 'b' * 64}
        assert digests_of(safetensors(**metadata)).of('AutoV3')[1:] == ('a' * 12, 'b' * 12)

    @pytest.mark.parametrize(
        'content',
        [
            *(b'', b'1234567', struct.pack('<Q', 2) + b'{}', struct.pack('<Q', 0)),
            *(struct.pack('<Q', 1 << 60) + b'{"', b'PK\x03\x04' + bytes(5000)),
            struct.pack('<Q', 8) + b'["a", 1]' + BODY,
            struct.pack('<Q', 20) + b'{"__metadata__": []}' + BODY,
            struct.pack('<Q', 9) + b'[' * 9,
        ],
    )
    def test_what_is_no_safetensors_file_has_no_written_hash(self, content):
        assert len(digests_of(content).of('AutoV3')) == 1

    @pytest.mark.parametrize('value', [7, None, '', '0x', 'x' * 64, 'ab', ['a' * 64]])
    def test_nonsense_in_the_header(self, value):
        assert digests_of(safetensors(sshs_model_hash=value)).of('AutoV3') == (sha(BODY)[:12],)

    @given(st.integers(1, 300), st.binary(max_size=200))
    def test_in_pieces_of_any_size(self, step, body):
        content = safetensors(body, sshs_model_hash='c' * 64)
        whole, parts = digests_of(content), digests_of(content, step=step)
        assert [whole.of(name) for name in DIGITS] == [parts.of(name) for name in DIGITS]

    def test_only_what_is_wanted_is_computed(self):
        digests = digests_of(HELLO, ('AutoV2',))
        assert digests.of('AutoV2') and digests.fresh().sha256 == sha(b'')
        with pytest.raises(KeyError):
            digests.of('BLAKE3')


class TestPromise:
    def test_the_most_telling_one_counts(self):
        every = {name: 'A' * digits for name, digits in DIGITS.items()}
        assert Promise.of(every).hashes == (('SHA256', 'a' * 64),)
        del every['SHA256']
        assert Promise.of(every).hashes == (('BLAKE3', 'a' * 64),)
        del every['BLAKE3']
        assert Promise.of(every).names == ('AutoV2', 'AutoV3', 'CRC32')

    @pytest.mark.parametrize('name', [*DIGITS, 'AutoV1', 'MD5'])
    @pytest.mark.parametrize('value', ['', 'AB', 'n/a', ' ', 'F' * 65, 'x' * 64, NOTHING])
    def test_what_is_no_hash_promises_nothing(self, name, value):
        assert not Promise.of({name: value})

    def test_any_case_and_blanks(self):
        assert Promise.of({'CRC32': ' 85114a0D\n'}).hashes == (('CRC32', '85114a0d'),)

    def test_all_short_ones_must_hold(self):
        promise = Promise.of({'AutoV2': sha(HELLO)[:10], 'CRC32': '85114A0E'})
        mismatch = promise.broken(digests_of(HELLO, promise.names), 'x')
        assert mismatch.details == {
            'algorithm': 'CRC32',
            'expected': '85114a0e',
            'actual': '85114a0d',
            'file': 'x',
        }


TRAINED = safetensors(sshs_model_hash='d' * 64)
PUBLISHED = [
    (HELLO, 'SHA256', sha(HELLO)),
    (HELLO, 'BLAKE3', blake3.blake3(HELLO).hexdigest()),
    (HELLO, 'AutoV2', sha(HELLO)[:10]),
    (HELLO, 'CRC32', '85114A0D'),
    (HELLO, 'CRC32', '0D4A1185'),
    (TRAINED, 'AutoV3', sha(BODY)[:12]),
    (TRAINED, 'AutoV3', 'D' * 12),
]


class TestFetched:
    """With nothing else published than one hash."""

    @pytest.mark.parametrize('content, name, value', PUBLISHED)
    @pytest.mark.parametrize('change', [str.upper, str.lower])
    def test_right(self, fetching, odd_server, content, name, value, change):
        server = odd_server(lambda handler: handler.reply(200, content, ETag='"a"'))
        fetched = fetching(url=server.url, hashes=((name, change(value)),))
        assert fetched.verified and fetched.path.read_bytes() == content
        assert fetched.sha256 == sha(content)

    @pytest.mark.parametrize('content, name, value', PUBLISHED)
    @pytest.mark.parametrize('keep', [True, False])
    def test_wrong(self, fetching, odd_server, content, name, value, keep):
        wrong = ('1' if value[0] != '1' else '2') + value[1:]
        server = odd_server(lambda handler: handler.reply(200, content, ETag='"a"'))
        aside = fetching.folder / 'kept'
        with pytest.raises(errors.HashMismatch) as caught:
            fetching(
                url=server.url,
                hashes=((name, wrong),),
                aside=lambda digest: aside if keep and digest == sha(content) else None,
            )
        details = caught.value.details
        assert (details['algorithm'], details['expected']) == (name, wrong.lower())
        assert details['actual'] in digests_of(content, (name,)).of(name)
        assert details.get('kept') == (str(aside) if keep else None)
        assert fetching.names == (['kept'] if keep else [])
        assert not keep or aside.read_bytes() == content

    def test_the_hash_of_nothing_promises_nothing(self, fetching, odd_server):
        server = odd_server(lambda handler: handler.reply(200, HELLO))
        assert fetching(url=server.url, hashes=(('AutoV3', NOTHING),)).verified is False
