"""What settings do to the files of a download, as they lie on the disk and stand in the plan."""

import json

import pytest
import requests

FILE = 'moss_garden_v1.safetensors'


@pytest.fixture
def one_of_each(demo, odd_server):
    """A server whose one version has three files that only format and precision tell apart; the
    identifiers of the files.
    """
    body = requests.get(f'{demo.base_url}/api/v1/models/1001', timeout=10).json()
    version = body['modelVersions'][0]
    model_file = version['files'][0]
    version['files'] = [
        {
            **model_file,
            'id': number,
            'name': f'file{number}.{"gguf" if kind == "GGUF" else "safetensors"}',
            'primary': number == 1,
            'metadata': {'format': kind, 'fp': precision, 'size': 'full'},
        }
        for number, kind, precision in ((1, 'SafeTensor', 'fp16'), (2, 'SafeTensor', 'fp8'))
    ] + [
        {
            **model_file,
            'id': 3,
            'name': 'file3.gguf',
            'primary': False,
            'metadata': {'format': 'GGUF', 'fp': 'fp16', 'size': 'full'},
        }
    ]
    body['modelVersions'] = [version]
    answer = json.dumps(body).encode()
    return odd_server(lambda handler: handler.reply(200, answer, Content_Type='application/json'))


class TestPlace:
    def test_the_folder_of_all_downloads(self, program, tmp_path):
        assert program.run('download', '1004').code == 0
        [usual] = [path for path in program.data.rglob(FILE)]
        assert usual.is_relative_to(program.downloads)
        place = tmp_path / 'elsewhere'
        assert program.run('download', '1005', download_path=place).code == 0
        assert [path.suffix for path in place.rglob('*') if path.is_file()] == ['.safetensors']

    def test_the_folder_of_a_type(self, program):
        done = program.run('download', '1004', own_folders=json.dumps({'LORA': 'mine/loras'}))
        assert done.code == 0 and program.files() == [f'mine/loras/{FILE}']

    def test_folders_below_it_and_the_name(self, program):
        done = program.run(
            'download',
            '1004',
            subfolder_template='{base_model}/{model_id}',
            filename_template='{version_id}-{type}',
        )
        assert done.code == 0, done
        [path] = program.files()
        kind, _, model, name = path.split('/')
        assert (kind, model) == ('LORA', '1004') and name.endswith('-LORA.safetensors')


class TestChoice:
    @pytest.mark.parametrize(
        'settings, chosen',
        [
            ({}, 1),
            ({'fp_preference': 'fp8'}, 2),
            ({'format_preference': 'GGUF,SafeTensor'}, 3),
        ],
    )
    def test_which_file_comes_first(self, program, one_of_each, settings, chosen):
        done = program.run(
            *('download', '1001', '--plan', '--json'),
            civitai_base_url=one_of_each.url,
            **settings,
        )
        assert done.code == 0, done
        assert [entry['file_id'] for entry in done.json['plan']] == [chosen]


class TestBeside:
    @pytest.mark.parametrize('wanted', [True, False])
    def test_what_is_written_beside_a_model(self, program, wanted):
        assert program.run('download', '1004', write_sidecars=wanted).code == 0
        beside = {path.split('.', 1)[1] for path in program.files()}
        sidecars = {'civitai.info', 'json', 'preview.png'}
        assert beside == {'safetensors'} | (sidecars if wanted else set())
