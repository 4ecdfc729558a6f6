"""Which kind of picture or video some bytes are, and whether a file holds all of it."""

import io
import struct

import pytest
from PIL import Image, features

from civitai_manager_libs.demo.motion_jpeg import motion_jpeg
from civitai_manager_libs.fetching.formats import FORMATS, HEAD_BYTES, format_of, is_whole


def noise(size=(48, 40), mode='RGB', seed=1):
    count = size[0] * size[1] * len(mode)
    return Image.frombytes(mode, size, bytes((i * i * 7 + i * seed) % 251 for i in range(count)))


def encoded(form, **options):
    made = io.BytesIO()
    noise().save(made, form, **options)
    return made.getvalue()


def moving(form):
    made = io.BytesIO()
    frames = [noise(seed=number) for number in range(3)]
    frames[0].save(made, form, save_all=True, append_images=frames[1:])
    return made.getvalue()


def with_thumbnail():
    """A JPEG whose metadata hold a whole smaller JPEG."""
    inner, plain = encoded('JPEG', quality=30), encoded('JPEG')
    data = b'Exif\0\0' + inner
    return plain[:2] + b'\xff\xe1' + struct.pack('>H', len(data) + 2) + data + plain[2:]


def box(kind, *parts):
    body = b''.join(parts)
    return struct.pack('>I', len(body) + 8) + kind + body


def element(name, body, length=None):
    size = bytes([0x80 | len(body)]) if length is None and len(body) < 127 else length
    return bytes.fromhex(name) + (size or b'\x08' + len(body).to_bytes(4, 'big')) + body


EBML = element('1A45DFA3', element('4282', b'webm'))
CLUSTER = element('1F43B675', element('E7', b'\0') + element('A3', b'\x81\0\0\x80' + b'v' * 90))
UNKNOWN = b'\x01' + b'\xff' * 7
AVIF = box(b'ftyp', b'avif\0\0\0\0avifmif1miaf') + box(b'meta', b'\0' * 80)
MP4 = motion_jpeg(3, 48, 32)

WHOLE = {
    'jpeg': ('JPEG', encoded('JPEG')),
    'jpeg, progressive': ('JPEG', encoded('JPEG', progressive=True)),
    'jpeg with a thumbnail': ('JPEG', with_thumbnail()),
    'png': ('PNG', encoded('PNG')),
    'gif': ('GIF', encoded('GIF')),
    'gif, moving': ('GIF', moving('GIF')),
    'webp': ('WEBP', encoded('WEBP')),
    'webp, moving': ('WEBP', moving('WEBP')),
    'bmp': ('BMP', encoded('BMP')),
    'avif': ('AVIF', AVIF + box(b'mdat', b'a' * 300)),
    'jxl in boxes': (
        'JXL',
        box(b'JXL ', b'\r\n\x87\n') + box(b'ftyp', b'jxl \0\0\0\0jxl ') + box(b'jxlc', b'j' * 200),
    ),
    'mp4': ('MP4', MP4),
    'mp4, its data first': (
        'MP4',
        box(b'ftyp', b'isom\0\0\2\0isom') + box(b'mdat', b'm' * 99) + box(b'moov', b'd' * 50),
    ),
    'mov': ('MOV', MP4.replace(b'isom', b'qt  ', 1)),
    'webm': ('WEBM', EBML + element('18538067', CLUSTER * 3)),
    'webm, written as it came': ('WEBM', EBML + element('18538067', CLUSTER * 3, UNKNOWN)),
}
NO_PICTURES = [
    *(b'', b'x', b'\xff\xd8', b'BM', b'<!doctype html><html>', b'{"error": "no"}' * 9),
    *(b'PK\3\4' + b'\0' * 90, b'\0' * 90, b'RIFF\x10\0\0\0WAVE', b'GIF88a' + b'\0' * 30),
    box(b'ftyp', b'heic\0\0\0\0mif1heic'),
]


def cuts(content):
    """Places all over it, and each of the last ones."""
    near = range(len(content) - 12, len(content))
    return sorted({*range(1, len(content), max(1, len(content) // 97)), *near})


def is_whole_content(tmp_path, content):
    path = tmp_path / 'some.picture'
    path.write_bytes(content)
    return is_whole(path)


@pytest.mark.parametrize('kind', WHOLE)
class TestEveryFormat:
    def test_is_known_by_its_beginning(self, kind):
        name, content = WHOLE[kind]
        assert format_of(content[:HEAD_BYTES]).name == format_of(content).name == name

    def test_is_whole_to_its_last_byte(self, kind, tmp_path):
        name, content = WHOLE[kind]
        assert is_whole_content(tmp_path, content)

    def test_is_not_whole_when_it_was_cut_anywhere(self, kind, tmp_path):
        name, content = WHOLE[kind]
        for place in cuts(content):
            if kind.endswith('came') and content[place:].startswith(CLUSTER[:4]):
                continue  # nothing tells that another one was to come
            assert not is_whole_content(tmp_path, content[:place]), place


@pytest.mark.parametrize('kind', ['jpeg', 'jpeg, progressive', 'png', 'gif', 'webp', 'bmp'])
def test_what_is_hidden_behind_the_end_does_not_matter(kind, tmp_path):
    _, content = WHOLE[kind]
    assert is_whole_content(tmp_path, content + b'PK\3\4 and more' * 40)
    assert is_whole_content(tmp_path, content + bytes(70_000))


@pytest.mark.parametrize('content', NO_PICTURES)
def test_what_is_no_picture_is_none(content, tmp_path):
    assert format_of(content) is None
    assert not is_whole_content(tmp_path, content)


def test_a_file_that_cannot_be_read_is_not_whole(tmp_path):
    assert not is_whole(tmp_path / 'nowhere.png')
    assert not is_whole(tmp_path)


def test_a_bare_jpeg_xl_says_nothing_of_its_end(tmp_path):
    assert format_of(b'\xff\x0a' + b'j' * 40).name == 'JXL'
    assert is_whole_content(tmp_path, b'\xff\x0a' + b'j' * 40)


def test_names_and_endings_differ():
    assert len({found.name for found in FORMATS}) == len({found.ending for found in FORMATS}) == 10
    assert {found.name for found in FORMATS if found.is_video} == {'MP4', 'MOV', 'WEBM'}


def test_a_real_avif_is_whole_until_it_is_cut(tmp_path):
    if not features.check('avif'):  # older Pillows cannot write it
        pytest.skip('platform: this Pillow makes no AVIF')
    content = encoded('AVIF')
    assert format_of(content).name == 'AVIF' and is_whole_content(tmp_path, content)
    assert not is_whole_content(tmp_path, content[:-5])


def test_no_prefix_is_whole_and_any_flip_is_judged_without_a_fault(tmp_path):
    for told, (_, content) in WHOLE.items():
        for place in cuts(content):
            if told != 'webm, written as it came':  # between two parts nobody can tell
                assert not is_whole_content(tmp_path, content[:place]), (told, place)
            for changed in (b'\xff', b'\0', b'\x80'):
                flipped = content[:place] + changed + content[place + 1 :]
                assert is_whole_content(tmp_path, flipped) in (True, False)
