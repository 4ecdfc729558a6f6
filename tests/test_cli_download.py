"""``download`` as people run it: what lands where, what is said, and which code it ends with."""

from pathlib import Path

import pytest
import requests

from civitai_manager_libs.demo import FILES

from .support.command import sent

NAME = 'LORA/moss_garden_v1.safetensors'
ENTRY = {
    *('id', 'target', 'state', 'path', 'bytes', 'sha256', 'verified', 'model_id', 'version_id'),
    *('file_id', 'error'),
}


def published(program):
    """All files but those that are set aside."""
    return [name for name in program.files() if not name.endswith('.quarantined')]


def no_traceback(command):
    assert 'Traceback' not in command.err + command.out, command
    return command


class TestDone:
    def test_one_link(self, demo, program):
        done = program.run('download', 'https://civitai.com/models/1004')
        assert done.code == 0, done
        path = program.downloads / NAME
        assert path.read_bytes() == demo.file_bytes(3012)
        assert program.files() == [NAME]
        assert str(path) in done.out and demo.file_hashes(3012)['SHA256'].lower() in done.out

    def test_json_is_the_only_thing_on_standard_output(self, demo, program):
        done = program.run('download', 'https://civitai.com/models/1004', '--json')
        assert done.code == 0, done
        [entry] = done.downloads
        assert set(entry) == ENTRY
        assert entry == {
            'id': 1,
            'target': 'civitai.com/models/1004',
            'state': 'done',
            'path': str(program.downloads / NAME),
            'bytes': len(demo.file_bytes(3012)),
            'sha256': demo.file_hashes(3012)['SHA256'].lower(),
            'verified': True,
            'model_id': 1004,
            'version_id': 2007,
            'file_id': 3012,
            'error': None,
        }

    def test_again_touches_nothing_and_fetches_nothing(self, demo, program):
        first = program.run('download', '1004', '--json').downloads
        before, status = sent(demo), (program.downloads / NAME).stat()
        again = program.run('download', '1004', '--json')
        assert again.code == 0 and again.downloads == first
        assert sent(demo) == before and (program.downloads / NAME).stat() == status

    def test_all_versions_and_all_files(self, demo, program):
        done = program.run('download', '1003', '--all-versions', '--all-files', '--json')
        assert done.code == 0 and len(done.downloads) == 3
        assert program.files() == [
            'LORA/silk_tide_v10.safetensors',
            'LORA/silk_tide_v12.safetensors',
            'Training Data/2005_training_data.zip',
        ]

    def test_chosen_by_id_and_by_words(self, program):
        done = program.run('download', '1001', '--type', 'VAE', '--format', 'safetensor', '--json')
        assert [entry['file_id'] for entry in done.downloads] == [3005]
        done = program.run('download', '1001', '--size', 'pruned', '--fp', 'fp16', '--json')
        assert [entry['file_id'] for entry in done.downloads] == [3002]
        danger = program.run('download', '1001', '--file-id', '3003', '--json')
        assert danger.code == 0 and danger.downloads[0]['path'].endswith('.ckpt')

    def test_quiet_says_nothing_but_the_result(self, program):
        done = program.run('-q', 'download', '1004')
        assert done.code == 0 and done.err == '' and len(done.out.splitlines()) == 1

    def test_progress_in_a_pipe_is_lines(self, demo, program):
        demo.faults.add('throttle', path=FILES, bytes_per_second=1_000_000)
        done = program.run('download', '1004')
        assert '\r' not in done.err and '\x1b' not in done.err
        assert any('moss_garden_v1' in line for line in done.err.splitlines())


class TestPlaces:
    def test_a_folder(self, program):
        done = program.run('download', '1004', '--dir', 'mine/deep', '--json')
        path = program.cwd / 'mine' / 'deep' / 'moss_garden_v1.safetensors'
        assert done.code == 0 and Path(done.downloads[0]['path']) == path and path.is_file()

    def test_a_name(self, demo, program):
        done = program.run('download', '1004', '--out', 'mine/my model.safetensors', '--json')
        path = program.cwd / 'mine' / 'my model.safetensors'
        assert done.code == 0 and path.read_bytes() == demo.file_bytes(3012)

    def test_a_name_that_is_taken_is_left_alone(self, demo, program):
        taken = program.cwd / 'x.safetensors'
        taken.write_bytes(b'mine')
        done = program.run('download', '1004', '--out', taken, '--json')
        assert done.code == 0 and taken.read_bytes() == b'mine'
        written = Path(done.downloads[0]['path'])
        assert written.parent == program.cwd and written != taken
        assert written.read_bytes() == demo.file_bytes(3012)
        assert program.run('download', '1004', '--out', taken, '--json').downloads == done.downloads

    @pytest.mark.parametrize('out', ['.', '..', '/', ''])
    def test_no_name_at_all(self, program, out):
        done = no_traceback(program.run('download', '1004', '--out', out))
        assert done.code == 2 and '--dir' in done.err and not program.data.exists()

    def test_layouts(self, program):
        done = program.run('download', '1004', '--json', folder_layout='a1111', models_path='webui')
        path = program.data / 'webui' / 'models' / 'Lora' / 'moss_garden_v1.safetensors'
        assert done.code == 0 and Path(done.downloads[0]['path']) == path


class TestHashes:
    def test_right(self, demo, program):
        right = demo.file_hashes(3012)['SHA256']
        done = program.run('download', '1004', '--sha256', right, '--json')
        assert done.code == 0 and done.downloads[0]['sha256'] == right.lower()

    def test_wrong(self, program):
        done = no_traceback(program.run('download', '1004', '--sha256', 'ab' * 32, '--json'))
        assert done.code == 6 and published(program) == []
        [entry] = done.downloads
        assert (entry['state'], entry['path'], entry['verified']) == ('failed', None, False)
        assert entry['error']['code'] == 'hash_mismatch' and 'abab' in entry['error']['message']

    def test_wrong_for_a_file_that_is_here_already(self, demo, program):
        program.run('download', '1004')
        done = program.run('download', '1004', '--sha256', 'ab' * 32)
        assert done.code == 6 and published(program) == [NAME]
        assert (program.downloads / NAME).read_bytes() == demo.file_bytes(3012)
        before = sent(demo)
        assert program.run('download', '1004').code == 0 and sent(demo) == before

    @pytest.mark.parametrize('text', ['abc', 'zz' * 32, ''])
    def test_no_hash(self, program, text):
        done = program.run('download', '1004', '--sha256', text)
        assert done.code == 2 and '64' in done.err and not program.data.exists()

    def test_spoilt_on_the_way(self, demo, program):
        demo.faults.add('wrong_bytes', path=FILES)
        done = program.run('download', '1004')
        assert done.code == 6 and published(program) == [] and 'SHA256' in done.err


class TestSeveral:
    def test_the_others_still_run_and_the_first_failure_gives_the_code(self, demo, program):
        targets = ['1004', '99', '1017', 'https://civitai.com/images/5', '1005']
        done = no_traceback(program.run('download', *targets, '--json'))
        assert done.code == 4, done
        entries = done.downloads
        assert [entry['state'] for entry in entries] == ['done', *['failed'] * 3, 'done']
        codes = [entry['error'] and entry['error']['code'] for entry in entries]
        assert codes == [None, 'not_found', 'key_needed', 'target_unsupported', None]
        assert all(set(entry) == ENTRY for entry in entries)
        assert entries[1]['id'] is None and entries[1]['target'] == '99'
        assert len(program.files()) == 2

    def test_the_same_twice_is_fetched_once(self, demo, program):
        done = program.run('download', '1004', '2007', 'civitai:1004@2007', '--json')
        assert done.code == 0 and {entry['id'] for entry in done.downloads} == {1}
        assert sent(demo) == len(demo.file_bytes(3012))

    def test_from_a_file(self, program):
        lines = ['\ufeff# my list', '', '  1004  ', 'nonsense here', '# 1005', 'civitai:1003@2006']
        listed = program.cwd / 'list.txt'
        listed.write_text('\r\n'.join(lines), encoding='utf-8')
        done = program.run('download', '--from', listed, '--json')
        assert done.code == 2, done
        assert [entry['state'] for entry in done.downloads] == ['done', 'failed', 'done']
        assert done.downloads[1]['target'] == 'nonsense here'

    def test_from_standard_input(self, program):
        done = program.run('download', '--from', '-', '--json', stdin='1004\n')
        assert done.code == 0 and len(done.downloads) == 1

    @pytest.mark.parametrize('content', [None, b'\xff\xfe\x00broken', b'# nothing\n\n'])
    def test_a_list_that_cannot_be_used(self, program, content):
        listed = program.cwd / 'list.txt'
        if content is not None:
            listed.write_bytes(content)
        done = no_traceback(program.run('download', '--from', listed))
        assert done.code == 2 and done.out == '' and not program.files()

    def test_one_name_for_many(self, program):
        done = no_traceback(program.run('download', '1004', '1005', '--out', 'x.bin'))
        assert done.code == 2 and '--out' in done.err and program.states() == []


class TestPlanAndQueue:
    def test_a_plan_changes_nothing(self, demo, program):
        done = program.run('download', '1001', '99', '--all-files', '--plan', '--json')
        assert done.code == 4, done
        assert [entry['file_id'] for entry in done.json['plan']] == [3001, 3002, 3004, 3005]
        assert done.json['skipped'][0]['reason'] == 'danger'
        assert done.json['errors'][0]['error']['code'] == 'not_found'
        assert program.states() == [] and demo.requests.of('storage') == []
        assert not program.downloads.exists()

    def test_a_plan_in_words(self, program):
        done = program.run('download', '1004', '--plan')
        assert done.code == 0 and str(program.downloads / NAME) in done.out

    def test_only_queued(self, demo, program):
        done = program.run('download', '1004', '1005', '--enqueue', '--priority', '7', '--json')
        assert done.code == 0
        assert [entry['state'] for entry in done.downloads] == ['queued', 'queued']
        assert [row['priority'] for row in program.rows()] == [7, 7]
        assert demo.requests.of('storage') == []
        assert program.run('download', '1005', '--json').downloads[0]['id'] == 2
        assert program.states() == ['queued', 'done']


@pytest.mark.parametrize(
    'options',
    [
        ['--priority', '9' * 30],
        ['--priority', 'high'],
        ['--file-id', 'x'],
        ['--enqueue', '--plan'],
        ['--dir', 'a', '--out', 'b'],
        ['--nonsense'],
    ],
)
def test_wrong_usage(program, options):
    done = no_traceback(program.run('download', '1004', *options))
    assert done.code == 2 and done.out == '' and done.err and not program.data.exists()


def test_no_target(program):
    done = program.run('download')
    assert done.code == 2 and '--from' in done.err


def test_nonsense_targets(demo, program):
    texts = ['', '   ', '-5', 'C:\\models\\x', 'ftp://civitai.com/models/1', 'x' * 9000, '☃']
    done = no_traceback(program.run('download', '--json', '--', *texts))
    assert done.code == 2 and len(done.out) < 6000
    assert [entry['error']['code'] for entry in done.downloads] == ['target_unknown'] * len(texts)
    assert len(demo.requests) == 0


def test_the_file_id_of_another_version(program):
    done = program.run('download', '1004', '--file-id', '9' * 20, '--json')
    assert done.code == 2 and done.downloads[0]['error']['code'] == 'choice_unknown'


class TestDirectLinks:
    def test_a_place_is_needed(self, program):
        done = no_traceback(program.run('download', 'https://files.example/x.bin'))
        assert done.code == 2 and '--dir' in done.err and '--out' in done.err

    def test_a_signed_address_with_a_place_and_a_hash(self, demo, program):
        answer = requests.get(f'{demo.base_url}/api/download/models/2007', allow_redirects=False)
        url, right = answer.headers['Location'], demo.file_hashes(3012)['SHA256']
        done = program.run('download', url, '--dir', 'here', '--sha256', right, '--json')
        assert done.code == 0 and done.downloads[0]['verified'], done
        written = program.cwd / 'here' / 'moss_garden_v1.safetensors'
        assert written.read_bytes() == demo.file_bytes(3012)
        assert 'X-Amz' not in done.out + done.err

    def test_a_host_that_does_not_exist(self, program):
        url = 'http://nobody.invalid/x.bin?signature=abcdef1234567890'
        done = program.run('download', url, '--out', 'x.bin', http_max_retries=0)
        assert done.code == 5 and 'abcdef1234567890' not in done.err + done.out
