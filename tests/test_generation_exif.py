"""Generation data written into the EXIF block of JPEG and WebP; all else in them stays."""

import io
import struct

import pytest
from PIL import Image

from civitai_manager_libs.domain.generation import GenerationData
from civitai_manager_libs.domain.infotext import write_infotext
from civitai_manager_libs.images.reading import read_generation
from tests.support import generation_pictures as pictures
from tests.support.generation_pictures import exif_block, pixels, with_exif
from tests.support.generation_writing import CHINESE, DATA, MARK, refused, same, written


def scan_of(content):
    return content[content.index(b'\xff\xda') :]


class TestJpeg:
    @pytest.mark.parametrize('data', [DATA, CHINESE], ids=['latin', 'chinese'])
    def test_a_segment_is_added(self, tmp_path, data):
        content = pictures.painted('JPEG', comment=b'kept', dpi=(72, 72))
        new = written(tmp_path, content, data)
        at = content.index(b'JFIF') - 4 + 18
        added = len(new) - len(content)
        assert new == content[:at] + new[at : at + added] + content[at:]
        assert same(read_generation(new), data)
        with Image.open(io.BytesIO(new)) as picture:
            comment = picture.getexif().get_ifd(0x8769)[0x9286]
        assert comment == MARK + write_infotext(data).encode('utf-16-be')

    @pytest.mark.parametrize('order', ['>', '<'])
    @pytest.mark.parametrize('older', [None, 'b\nSteps: 1, Seed: 9', 'b\nSteps: 1' + ', A: b' * 99])
    def test_other_fields_are_kept(self, tmp_path, order, older):
        comment = None if older is None else MARK + older.encode('utf-16-le')
        block = exif_block(comment, order, Software='program', ImageDescription='a thing')
        content = with_exif('JPEG', block, icc_profile=b'profile' * 9)
        new = written(tmp_path, content)
        data = read_generation(new)
        assert (data.seed, data.raw['Software']) == (DATA.seed, 'program')
        assert data.raw['ImageDescription'] == 'a thing'
        assert scan_of(new) == scan_of(content) and pixels(new) == pixels(content)
        with Image.open(io.BytesIO(new)) as picture:
            assert picture.info['icc_profile'] == b'profile' * 9
            exif = picture.getexif()
            assert (exif[0x0131], exif[0x010E]) == ('program', 'a thing')
            assert exif.get_ifd(0x8769)[0x9286].startswith(MARK)

    def test_fields_beside_the_comment_are_kept(self, tmp_path):
        exif = Image.Exif()
        exif[0x0112] = 6
        for directory, tag, text in ((0x8769, 0x9003, '2024:01:02 03:04:05'), (0x8825, 1, 'N')):
            exif.get_ifd(directory)[tag] = text
            exif[directory] = {tag: text}  # older versions of Pillow write only this
        new = written(tmp_path, pictures.painted('JPEG', exif=exif))
        with Image.open(io.BytesIO(new)) as picture:
            again = picture.getexif()
            assert again[0x0112] == 6
            assert again.get_ifd(0x8769)[0x9003] == '2024:01:02 03:04:05'
            assert again.get_ifd(0x8825)[1] == 'N'
        assert read_generation(new).seed == DATA.seed

    def test_writing_again_and_again_does_not_let_it_grow(self, tmp_path):
        content, sizes = pictures.painted('JPEG'), []
        for seed in range(100, 120):
            content = written(tmp_path, content, GenerationData(prompt='a', steps=1, seed=seed))
            sizes.append(len(content))
        assert len(set(sizes)) == 1 and read_generation(content).seed == 119

    def test_too_much_for_a_segment(self, tmp_path):
        data = GenerationData(prompt='x' * 40_000, steps=1)
        refused(tmp_path, pictures.painted('JPEG'), 'too_long', data)

    def test_a_comment_of_somebody(self, tmp_path):
        content = with_exif('JPEG', exif_block(b'ASCII\0\0\0Our holiday'))
        refused(tmp_path, content, 'others_data')

    def test_a_damaged_block(self, tmp_path):
        block = exif_block(Software='program')[:12]
        refused(tmp_path, with_exif('JPEG', block), 'damaged_picture')


class TestWebp:
    @pytest.mark.parametrize(
        'options',
        [
            {},
            {'lossless': True},
            {'icc_profile': b'profile' * 9},
            {'exif': b'Exif\0\0' + exif_block(Software='p')},
            {'xmp': b'<x/>'},
        ],
        ids=['lossy', 'lossless', 'extended', 'with EXIF', 'with XMP'],
    )
    def test_the_picture_stays(self, tmp_path, options):
        content = pictures.painted('WEBP', **options)
        new = written(tmp_path, content, CHINESE)
        assert same(read_generation(new), CHINESE)
        assert pixels(new) == pixels(content)
        kind = b'VP8L' if 'lossless' in options else b'VP8 '
        at = content.index(kind)
        length = struct.unpack('<I', content[at + 4 : at + 8])[0] + 8
        assert content[at : at + length] in new
        assert struct.unpack('<I', new[4:8])[0] + 8 == len(new)
        with Image.open(io.BytesIO(new)) as picture:
            info, exif = picture.info, picture.getexif()
        assert exif.get_ifd(0x8769)[0x9286] == MARK + write_infotext(CHINESE).encode('utf-16-be')
        assert info.get('icc_profile') == options.get('icc_profile')
        assert exif.get(0x0131) == ('p' if 'exif' in options else None)
        assert info.get('xmp') == options.get('xmp')

    def test_with_transparency_and_motion(self, tmp_path):
        frames = [Image.new('RGBA', (9, 7), (shade, 0, 0, shade)) for shade in (10, 200)]
        for options in ({'lossless': True}, {'save_all': True, 'append_images': frames[1:]}):
            buffer = io.BytesIO()
            frames[0].save(buffer, 'WEBP', **options)
            new = written(tmp_path, buffer.getvalue())
            assert pixels(new) == pixels(buffer.getvalue())
            with Image.open(io.BytesIO(new)) as picture:
                assert getattr(picture, 'n_frames', 1) == (2 if 'save_all' in options else 1)

    def test_written_twice(self, tmp_path):
        once = written(tmp_path, pictures.painted('WEBP'))
        twice = written(tmp_path, once, CHINESE)
        assert twice.count(b'EXIF') == 1
        assert read_generation(twice).seed == 2**64 + 1
        assert written(tmp_path, twice, CHINESE) == twice
