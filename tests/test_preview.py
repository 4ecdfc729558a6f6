"""The picture beside a model: always a real and harmless PNG, or none and a note."""

import contextlib
import io
import struct
import zlib

import pytest
from PIL import Image

from civitai_manager_libs.demo import PICTURES, SPECIAL
from civitai_manager_libs.domain.models import Picture
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import HostResting, PictureUnusable, RateLimited
from civitai_manager_libs.fetching.receive import picture_bytes
from civitai_manager_libs.transfers.preview import write_preview
from civitai_manager_libs.transfers.still import LONGEST, as_png

from .support.beside import MOSS, beside
from .support.command import eventually, files_below

SIGNATURE = b'\x89PNG\r\n\x1a\n'


def encoded(form, size=(640, 480), mode='RGB', colour='teal', **options):
    made = io.BytesIO()
    Image.new(mode, size, colour).save(made, form, **options)
    return made.getvalue()


def opened(content):
    assert content.startswith(SIGNATURE)
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def frames(form):
    pictures = [Image.new('RGB', (64, 48), colour) for colour in ('red', 'blue')]
    made = io.BytesIO()
    pictures[0].save(made, form, save_all=True, append_images=pictures[1:], lossless=True)
    return made.getvalue()


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def bomb(wide, high):
    """A small PNG that claims to be that large."""
    head = struct.pack('>IIBBBBB', wide, high, 8, 2, 0, 0, 0)
    return (
        SIGNATURE + chunk(b'IHDR', head) + chunk(b'IDAT', zlib.compress(b'')) + chunk(b'IEND', b'')
    )


class TestAnyPicture:
    @pytest.mark.parametrize('form', ['PNG', 'JPEG', 'WEBP', 'GIF', 'BMP', 'TIFF'])
    def test_becomes_a_png(self, form):
        picture = opened(as_png(encoded(form)))
        assert (picture.format, picture.size, picture.mode) == ('PNG', (640, 480), 'RGB')
        assert all(abs(a - b) < 6 for a, b in zip(picture.getpixel((5, 5)), (0, 128, 128)))

    @pytest.mark.parametrize(
        'size, small',
        [((3000, 1500), (1024, 512)), ((1000, 4000), (256, 1024)), ((40, 30), (40, 30))],
    )
    def test_is_made_small_and_never_larger(self, size, small):
        picture = opened(as_png(encoded('JPEG', size)))
        assert picture.size == small and max(picture.size) <= LONGEST

    @pytest.mark.parametrize('form', ['GIF', 'WEBP', 'PNG'])
    def test_of_a_moving_one_the_first_frame(self, form):
        picture = opened(as_png(frames(form)))
        assert getattr(picture, 'n_frames', 1) == 1
        assert picture.convert('RGB').getpixel((5, 5))[0] > 240

    @pytest.mark.parametrize('mode', ['RGBA', 'LA', 'P', 'L', '1', 'CMYK', 'I;16'])
    def test_in_any_kind_of_colour(self, mode):
        form = 'JPEG' if mode == 'CMYK' else 'PNG'
        picture = opened(as_png(encoded(form, (20, 10), mode, 0)))
        assert picture.mode == ('RGBA' if mode in ('RGBA', 'LA') else 'RGB')

    def test_what_is_seen_through_stays_so(self):
        picture = opened(as_png(encoded('PNG', (9, 9), 'RGBA', (255, 0, 0, 40))))
        assert picture.getpixel((4, 4)) == (255, 0, 0, 40)

    def test_is_turned_as_its_camera_was(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        assert opened(as_png(encoded('JPEG', (80, 40), exif=exif))).size == (40, 80)

    def test_tells_nothing_of_itself(self):
        exif = Image.Exif()
        exif[0x010E] = 'a prompt nobody should see'
        profile = b'profile' * 50
        for form in ('JPEG', 'WEBP', 'PNG'):
            content = as_png(encoded(form, exif=exif, icc_profile=profile, comment=b'a prompt'))
            assert opened(content).info == {} and not opened(content).getexif()
            assert b'prompt' not in content and b'iCCP' not in content and b'eXIf' not in content


class TestWhatIsNone:
    @pytest.mark.parametrize(
        'content',
        [
            *(b'', b'x', b'not a picture at all' * 50, b'<html>', b'\x00' * 5000),
            *(SIGNATURE, SIGNATURE + b'\x00' * 40, encoded('PNG')[:90], encoded('JPEG')[:200]),
            *(encoded('WEBP')[:60], encoded('GIF')[:30], b'%PDF-1.4', b'%!PS-Adobe-3.0 EPSF-3.0\n'),
        ],
    )
    def test_is_refused(self, content):
        with pytest.raises(PictureUnusable):
            as_png(content)

    @pytest.mark.parametrize('size', [(60_000, 60_000), (30_000, 2_000), (2**31 - 1, 1)])
    def test_a_small_file_of_a_huge_picture_is_refused_before_it_is_unpacked(self, size):
        with pytest.raises(PictureUnusable) as refused:
            as_png(bomb(*size))
        assert refused.value.details['reason'] in ('too large', 'DecompressionBombError')

    def test_any_prefix_and_any_flip_is_a_picture_or_refused(self):
        whole = encoded('PNG', (30, 20))
        for place in range(0, len(whole), 3):
            for content in (whole[:place], whole[:place] + b'\xff' + whole[place + 1 :]):
                try:
                    assert as_png(content).startswith(SIGNATURE)
                except PictureUnusable:
                    pass


class TestBesideAModel:
    def test_it_is_asked_for_in_a_fitting_size(self, demo, writing):
        [task] = writing.fetch(MOSS)
        picture = opened(beside(task, '.preview.png').read_bytes())
        assert 512 < max(picture.size) <= LONGEST
        [asked] = demo.requests.of('storage', PICTURES)
        assert '/width=' in asked.path and 'original' not in asked.path
        assert 'authorization' not in asked.headers

    def test_of_a_video_a_frame(self, demo, writing, tmp_path):
        place = SPECIAL['video']
        pictures = writing.api.version(place.version_id).images
        videos = [picture for picture in pictures if picture.type == 'video']
        write_preview(tmp_path / 'x.safetensors', videos, writing.client, lambda seconds: None)
        assert opened((tmp_path / 'x.preview.png').read_bytes()).size[0] > 90
        [asked] = demo.requests.of('storage', PICTURES)
        assert 'anim=false,transcode=true,width=' in asked.path and asked.path.endswith('.jpeg')

    def test_adult_pictures_only_when_wanted_and_nothing_else_is_there(
        self, demo, writing, fresh_settings
    ):
        mature = str(SPECIAL['mature'].model_id)
        [task] = writing.fetch(mature)
        assert not beside(task, '.preview.png').exists() and task.notes == ()
        assert demo.requests.of('storage', PICTURES) == []
        fresh_settings(preview_adult_pictures=True)
        for ending in ('.safetensors', '.json', '.civitai.info'):
            beside(task, ending).unlink()
        [task] = writing.fetch(mature)
        assert opened(beside(task, '.preview.png').read_bytes())

    @pytest.mark.parametrize(
        'fault, options, code',
        [
            ('html_200', {}, 'unexpected_body'),
            ('status', {'side': 'storage', 'status': 404}, 'not_found'),
            (
                'status',
                {'side': 'storage', 'status': 200, 'body': b'garbage' * 9},
                'picture_unusable',
            ),
            ('drop', {'side': 'storage'}, 'connection_failed'),
            ('cut', {'after': 3000}, 'body_cut'),
        ],
    )
    def test_what_cannot_be_had_is_a_note(self, demo, writing, fault, options, code):
        demo.faults.add(fault, path=PICTURES, **options)
        [task] = writing.fetch(MOSS)
        assert task.state is State.DONE and task.error_code is None
        assert [note.code for note in task.notes] == [code]
        assert task.notes[0].details['beside'].endswith('.preview.png')
        assert len(files_below(writing.downloads)) == 3

    def test_another_picture_takes_the_place_of_a_broken_one(self, demo, writing):
        demo.faults.add('html_200', path=PICTURES, times=1)
        [task] = writing.fetch(MOSS)
        assert opened(beside(task, '.preview.png').read_bytes()) and task.notes == ()

    def test_a_passing_trouble_passes(self, demo, writing):
        demo.faults.add('status', side='storage', path=PICTURES, status=503, times=2)
        [task] = writing.fetch(MOSS)
        assert task.notes == () and beside(task, '.preview.png').exists()
        assert len({one.path for one in demo.requests.of('storage', PICTURES)}) == 1

    @pytest.mark.parametrize(
        'wanted, kind, pauses', [('50', HostResting, 3), ('100', RateLimited, 0)]
    )
    def test_what_the_server_asks_for_is_waited_unless_it_is_long(
        self, odd_server, writing, tmp_path, wanted, kind, pauses
    ):
        server = odd_server(lambda handler: handler.reply(429, b'', Retry_After=wanted))
        waited, pictures = [], [Picture(url=f'{server.url}/{number}.png') for number in range(2)]
        with pytest.raises(kind):
            write_preview(tmp_path / 'x.safetensors', pictures, writing.client, waited.append)
        assert [40 < seconds <= 50 for seconds in waited if seconds] == [True] * pauses
        assert len(server.seen) == 1

    def test_an_endless_one_is_cut_off(self, odd_server, writing):
        def endless(handler):
            handler.send_response(200)
            handler.send_header('Content-Type', 'image/png')
            handler.end_headers()
            with contextlib.suppress(OSError):
                while True:
                    handler.wfile.write(SIGNATURE * 8192)

        with pytest.raises(PictureUnusable):
            picture_bytes(writing.client, odd_server(endless).url, most=1 << 20)

    def test_a_stalled_one_does_not_hold_a_stop(self, demo, writing):
        demo.faults.add('stall', path=PICTURES, after=100)
        [task] = writing.order(MOSS)
        writing.engine.start()
        writing.reached(task, State.VERIFYING)
        eventually(lambda: writing.store.get(task.id).path)
        writing.engine.stop()
        resting = writing.store.get(task.id)
        assert resting.state is State.QUEUED and resting.path
