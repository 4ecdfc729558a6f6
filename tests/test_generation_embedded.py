"""Where pictures carry their texts: chunks, EXIF in either byte order, and what is no picture."""

import io
import struct
import zlib

import pytest

from civitai_manager_libs.images.embedded import MOST_TEXT, embedded_texts
from civitai_manager_libs.images.exif import decoded_comment
from civitai_manager_libs.images.reading import read_generation
from tests.support import generation_pictures as pictures
from tests.support.generation_pictures import A1111, exif_block, png, text_chunk, with_exif

MARK = b'UNICODE\0'
ASIAN = '一隻狐狸，站在雪地裡，午後陽光。'


def texts(content):
    return embedded_texts(io.BytesIO(content)).texts


class TestPng:
    @pytest.mark.parametrize(
        'chunk',
        [
            text_chunk('parameters', A1111),
            pictures.packed_chunk('parameters', A1111),
            pictures.wide_chunk('parameters', A1111),
            pictures.wide_chunk('parameters', A1111, packed=True),
        ],
        ids=['tEXt', 'zTXt', 'iTXt', 'iTXt packed'],
    )
    def test_before_and_after_the_picture(self, chunk):
        for content in (png(chunk), png(after=[chunk])):
            assert read_generation(content).seed == 235284042

    def test_signs_of_all_scripts(self):
        text = f'{ASIAN}\U0001f98a\n{A1111}'
        assert read_generation(png(pictures.wide_chunk('parameters', text))).prompt.startswith(
            ASIAN
        )
        latin = text_chunk('parameters', 'caf\xe9\n' + A1111)
        assert read_generation(png(latin)).prompt.startswith('café')
        raw = pictures.png_chunk(b'tEXt', b'parameters\0' + text.encode())
        assert read_generation(png(raw)).prompt.startswith(ASIAN)

    def test_an_exif_chunk(self):
        block = exif_block(MARK + A1111.encode('utf-16-be'))
        assert read_generation(png(pictures.png_chunk(b'eXIf', block))).seed == 235284042

    def test_a_text_that_unfolds_without_end_is_not_read(self):
        bomb = zlib.compress(b'a' * (MOST_TEXT * 4))
        chunk = pictures.png_chunk(b'zTXt', b'parameters\0\0' + bomb)
        assert len(chunk) < 100_000
        data = read_generation(png(chunk))
        assert data.empty and data.reason == 'broken'
        assert read_generation(png(chunk, text_chunk('parameters', A1111))).seed == 235284042

    def test_a_cut_picture_still_says_what_it_said(self):
        content = png(text_chunk('parameters', A1111))
        assert read_generation(content[:-30]).seed == 235284042
        assert read_generation(content[:80]).reason == 'broken'

    def test_damaged_packing(self):
        chunk = pictures.png_chunk(b'zTXt', b'parameters\0\0' + b'garbage')
        assert read_generation(png(chunk)).reason == 'broken'


@pytest.mark.parametrize('form', ['JPEG', 'WEBP'])
class TestExif:
    @pytest.mark.parametrize('order', ['>', '<'])
    @pytest.mark.parametrize('encoding', ['utf-16-be', 'utf-16-le'])
    def test_the_text_has_its_own_byte_order(self, form, order, encoding):
        comment = MARK + f'{ASIAN}\n{A1111}'.encode(encoding)
        data = read_generation(with_exif(form, exif_block(comment, order)))
        assert data.prompt == f'{ASIAN}\nphoto of a duck'
        assert data.seed == 235284042

    @pytest.mark.parametrize(
        'comment',
        [
            MARK + b'\xff\xfe' + A1111.encode('utf-16-le'),
            MARK + b'\xfe\xff' + A1111.encode('utf-16-be'),
            MARK + A1111.encode(),
            b'ASCII\0\0\0' + A1111.encode(),
            b'\0\0\0\0\0\0\0\0' + A1111.encode(),
            A1111.encode(),
            A1111.encode() + b'\0\0',
            A1111.encode('utf-16-le'),
        ],
        ids=['LE mark', 'BE mark', 'UTF-8', 'ASCII', 'undefined', 'plain', 'zeros', 'bare wide'],
    )
    def test_other_encodings(self, form, comment):
        data = read_generation(with_exif(form, exif_block(comment)))
        assert (data.prompt, data.seed) == ('photo of a duck', 235284042)

    def test_other_fields(self, form):
        graph = 'prompt:{"1": {"class_type": "KSampler", "inputs": {"seed": 4, "steps": 2, '
        graph += '"positive": "a fox"}}}'
        block = exif_block(Model=graph, Make='workflow:{"nodes": []}', order='<')
        data = read_generation(with_exif(form, block))
        assert (data.source, data.prompt, data.seed) == ('comfyui', 'a fox', 4)
        assert set(data.raw) == {'Model', 'Make'}

    def test_none(self, form):
        data = read_generation(pictures.painted(form))
        assert data.empty and (data.reason, data.raw) == ('none', {})

    def test_a_block_that_breaks_off(self, form):
        block = exif_block(MARK + A1111.encode('utf-16-be'), Software='x')
        for length in (0, 4, 7, 20, 40, len(block) - 100):
            data = read_generation(with_exif(form, block[:length]))
            assert data.reason or data.prompt == 'photo of a duck'


def test_a_comment_in_chinese_alone():
    for encoding in ('utf-16-be', 'utf-16-le'):
        for little in (True, False):
            assert decoded_comment(MARK + ASIAN.encode(encoding), little) == ASIAN


def test_a_comment_segment_of_jpeg():
    content = pictures.painted('JPEG')
    segment = b'\xff\xfe' + struct.pack('>H', len(A1111) + 2) + A1111.encode()
    assert read_generation(content[:2] + segment + content[2:]).seed == 235284042


class TestOthers:
    @pytest.mark.parametrize('form', ['GIF', 'BMP'])
    def test_formats_without_texts(self, form):
        assert read_generation(pictures.painted(form)).reason == 'none'

    def test_videos(self):
        for head in (b'\0\0\0\x18ftypmp42\0\0\0\0mp42isom', b'\x1a\x45\xdf\xa3webm'):
            assert read_generation(head + bytes(200)).reason == 'none'

    @pytest.mark.parametrize('content', [b'', b'x', b'<html>', b'{"a": 1}', b'PK\3\4' + bytes(99)])
    def test_no_picture(self, content):
        assert read_generation(content).reason == 'no_picture'

    def test_files(self, tmp_path):
        place = tmp_path / 'a.png'
        place.write_bytes(png(text_chunk('parameters', A1111)))
        assert read_generation(place).prompt == 'photo of a duck'
        assert read_generation(tmp_path / 'missing.png').reason == 'broken'
        assert read_generation(tmp_path).reason == 'broken'

    def test_a_large_file_is_stepped_through(self, tmp_path):
        place = tmp_path / 'large.png'
        whole = png(after=[text_chunk('parameters', A1111)])
        data_at = whole.index(b'IDAT') - 4
        with open(place, 'wb') as file:
            file.write(whole[:data_at])
            file.write(struct.pack('>I', 1 << 26) + b'IDAT')
            file.seek((1 << 26) + 4, io.SEEK_CUR)  # a hole in the file
            file.write(whole[data_at:])
        asked = []

        class Counting(io.FileIO):
            def read(self, size=-1):
                asked.append(size)
                return super().read(size)

        with Counting(place) as file:
            assert embedded_texts(file).texts['parameters'] == A1111
        assert min(asked) >= 0 and sum(asked) < 10_000
