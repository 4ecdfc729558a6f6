"""Generation data written beside pictures and into PNG; what cannot be written changes nothing."""

import io
import json

import msgspec
import pytest
from PIL import Image

from civitai_manager_libs.domain.generation import GenerationData, UsedResource
from civitai_manager_libs.domain.generation_api import from_api
from civitai_manager_libs.domain.infotext import read_infotext, write_infotext
from civitai_manager_libs.errors import DiskFull, MetadataNotHeld, NotWritable
from civitai_manager_libs.images.reading import read_generation
from civitai_manager_libs.images.writing import write_generation
from tests.support import generation_pictures as pictures
from tests.support.disks import small_disk
from tests.support.generation_pictures import A1111, pixels, png, text_chunk
from tests.support.generation_writing import CHINESE, DATA, place_of, refused, same, written


class TestBeside:
    RECORD = {
        **{'id': 5, 'url': 'https://image.civitai.com/x', 'seed': 2**70 + 1},
        'meta': {'prompt': '一隻狐狸', 'seed': 2**64 + 1, 'comfy': '{"prompt": {}}'},
    }

    def test_json_holds_everything(self, tmp_path):
        place = place_of(tmp_path, png())
        data = from_api(self.RECORD['meta'])
        beside = write_generation(place, data, self.RECORD, 'json')
        assert beside == tmp_path / 'a.b.json'
        text = beside.read_text(encoding='utf-8')
        content = json.loads(text)
        assert content['image'] == self.RECORD
        assert content['generation']['seed'] == 2**64 + 1
        assert '一隻狐狸' in text and 'raw' not in content['generation']
        assert place.read_bytes() == png()

    def test_json_of_data_that_the_record_does_not_have(self, tmp_path):
        place = place_of(tmp_path, png())
        data = msgspec.structs.replace(DATA, resources=(UsedResource(kind='LORA', name='x'),))
        content = json.loads(write_generation(place, data, {}, 'json').read_text('utf-8'))
        assert content['generation']['raw'] == {'parameters': A1111}
        assert content['generation']['resources'][0]['name'] == 'x'

    def test_json_that_others_can_read(self, tmp_path):
        place = place_of(tmp_path, png())
        record = {'a': float('nan'), 'b': [float('inf'), 1], 'c': 'x\ud83d', 'seed': 2**64}
        text = write_generation(place, GenerationData(), record, 'json').read_text('utf-8')
        assert 'NaN' not in text and 'Infinity' not in text
        content = json.loads(text)['image']
        assert content == {'a': None, 'b': [None, 1], 'c': 'x\ud83d', 'seed': 2**64}

    def test_json_that_is_nested_without_end(self, tmp_path):
        place = place_of(tmp_path, png())
        record = inner = {}
        for _ in range(100_000):
            inner['a'] = inner = {}
        with pytest.raises(MetadataNotHeld):
            write_generation(place, DATA, record, 'json')
        assert list(tmp_path.iterdir()) == [place]
        while record:  # taken apart from the outside: freeing it at once would go as deep
            record = record.pop('a')

    def test_txt_is_infotext(self, tmp_path):
        place = place_of(tmp_path, png())
        beside = write_generation(place, CHINESE, {}, 'txt')
        assert beside == tmp_path / 'a.b.txt'
        text = beside.read_text(encoding='utf-8')
        assert text == write_infotext(CHINESE) + '\n'
        assert same(read_infotext(text), CHINESE)

    @pytest.mark.parametrize('form', ['txt', 'exif'])
    def test_nothing_to_say(self, tmp_path, form):
        place = place_of(tmp_path, png())
        assert write_generation(place, GenerationData(reason='none'), {}, form) == place
        assert list(tmp_path.iterdir()) == [place] and place.read_bytes() == png()

    def test_a_folder_that_cannot_be_written(self, tmp_path):
        (tmp_path / 'a').write_bytes(b'')
        for form in ('json', 'txt', 'exif'):
            with pytest.raises(NotWritable):
                write_generation(tmp_path / 'a' / 'b.png', DATA, {}, form)


class TestPng:
    @pytest.mark.parametrize('data', [DATA, CHINESE], ids=['latin', 'chinese'])
    def test_only_one_chunk_is_new(self, tmp_path, data):
        others = [text_chunk('Title', 'x'), text_chunk('parameters of mine', 'y')]
        content = png(*others, after=[text_chunk('Author', 'z')])
        new = written(tmp_path, content, data)
        at = content.index(b'IDAT') - 4
        chunk = new[at : len(new) - len(content) + at]
        assert new == content[:at] + chunk + content[at:]
        assert chunk[4:8] == (b'tEXt' if data is DATA else b'iTXt')
        assert same(read_generation(new), data)
        with Image.open(io.BytesIO(new)) as picture:
            picture.load()
            assert picture.info['parameters'] == write_infotext(data)

    def test_as_pillow_writes_them(self, tmp_path):
        content = pictures.painted('PNG')
        assert pixels(written(tmp_path, content)) == pixels(content)

    def test_older_data_is_replaced_wherever_it_stood(self, tmp_path):
        older = text_chunk('parameters', 'b\nSteps: 1, Seed: 9, Version: v1.0')
        packed = pictures.packed_chunk('parameters', 'c\nSteps: 1, Seed: 8, Extra: yes')
        for content in (png(older), png(after=[packed]), png(older, after=[packed])):
            new = written(tmp_path, content)
            assert new.count(b'parameters\0') == 1
            assert read_generation(new).seed == DATA.seed
        assert read_generation(new).other['Extra'] == 'yes'

    def test_what_it_says_already_is_not_written(self, tmp_path):
        content = png(text_chunk('parameters', A1111))
        assert written(tmp_path, content) == content
        little = GenerationData(prompt='photo of a duck', seed=DATA.seed)
        assert written(tmp_path, content, little) == content

    def test_versions_of_models_that_it_does_not_name_are_added(self, tmp_path):
        used = UsedResource(kind='Checkpoint', name='other', version_id=128078)
        data = msgspec.structs.replace(DATA, resources=(used,))
        once = written(tmp_path, png(text_chunk('parameters', A1111)), data)
        assert 128078 in {one.version_id for one in read_generation(once).resources}
        assert written(tmp_path, once, data) == once

    def test_a_graph_stays_beside_it(self, tmp_path):
        graph = '{"1": {"class_type": "KSampler", "inputs": {"seed": 4, "positive": "a"}}}'
        new = written(tmp_path, png(text_chunk('prompt', graph)))
        assert read_generation(new).raw['prompt'] == graph
        assert read_generation(new).seed == DATA.seed

    def test_data_of_others_is_not_replaced(self, tmp_path):
        content = png(text_chunk('parameters', '{"sui_image_params": {"prompt": "x"}}'))
        refused(tmp_path, content, 'others_data')


class TestRefused:
    def test_formats_that_cannot_carry_it(self, tmp_path):
        video = b'\0\0\0\x18ftypmp42\0\0\0\0mp42isom' + bytes(50)
        for content in (pictures.painted('GIF'), pictures.painted('BMP'), video, b'', b'words'):
            refused(tmp_path, content, 'cannot_carry')

    @pytest.mark.parametrize('form', ['PNG', 'JPEG', 'WEBP'])
    def test_pictures_that_are_not_whole(self, tmp_path, form):
        content = pictures.painted(form, size=(64, 64))
        for length in (30, len(content) // 2, len(content) - 5):
            refused(tmp_path, content[:length], 'damaged_picture')

    def test_a_link_stays_a_link(self, tmp_path):
        place = place_of(tmp_path, png())
        link = tmp_path / 'link.png'
        try:
            link.symlink_to(place)
        except OSError:
            pytest.skip('platform: no symbolic links')
        write_generation(link, DATA, {}, 'exif')
        assert link.is_symlink() and read_generation(place).seed == DATA.seed

    def test_a_full_disk_leaves_the_old_picture(self, tmp_path):
        with small_disk(tmp_path / 'disk', 1) as disk:
            content = png(text_chunk('Title', 'x' * 200_000))
            place = place_of(disk, content)
            disk.fill(leave=20_000)
            for form in ('exif', 'json'):
                with pytest.raises(DiskFull):
                    record = {'comfy': 'x' * 200_000}
                    write_generation(place, DATA, record, form)
            assert place.read_bytes() == content
            assert sorted(path.name for path in disk.iterdir()) == ['a.b.png', 'ballast']
