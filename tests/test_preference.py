"""Which file of a version comes first: what the settings say, and what they can never do."""

import json

import pytest

from civitai_manager_libs import setting, setting_values
from civitai_manager_libs.app import placement_rules
from civitai_manager_libs.domain.choice import Preference, choose_file, choose_files
from civitai_manager_libs.domain.models import read_version
from civitai_manager_libs.domain.target_types import FileFilter
from civitai_manager_libs.errors import PickleRefused, SettingInvalid
from civitai_manager_libs.host.standalone import Standalone, find_places

SCANNED = {'pickleScanResult': 'Success', 'virusScanResult': 'Success'}


def file(number, name, form, size=None, fp=None, **more):
    metadata = {'format': form, 'size': size, 'fp': fp}
    return {'id': number, 'name': name, 'metadata': metadata, **SCANNED, **more}


def version(*files):
    return read_version({'id': 1, 'files': list(files)})


MANY = version(
    file(1, 'a.ckpt', 'PickleTensor', 'full', 'fp16'),
    file(2, 'a.gguf', 'GGUF', 'full', None),
    file(3, 'a.safetensors', 'SafeTensor', 'full', 'fp32', primary=True),
    file(4, 'b.safetensors', 'SafeTensor', 'pruned', 'fp16'),
    file(5, 'c.safetensors', 'SafeTensor', 'pruned', 'bf16'),
    file(6, 'v.safetensors', 'SafeTensor', 'pruned', 'fp16', type='VAE'),
)


class TestRanking:
    @pytest.mark.parametrize(
        'preference, number',
        [
            (Preference(), 3),
            (Preference(formats=()), 3),
            (Preference(formats=('gguf', 'SafeTensor')), 2),
            (Preference(size='pruned'), 4),
            (Preference(size='FULL'), 3),
            (Preference(precisions=('bf16', 'fp16')), 5),
            (Preference(precisions=('fp16',)), 4),
            (Preference(precisions=('nf4',)), 3),
            # size goes before precision, format before both
            (Preference(size='full', precisions=('fp16',)), 3),
            (Preference(formats=('GGUF',), size='pruned', precisions=('fp16',)), 2),
            (Preference(formats=('ONNX',), size='pruned', precisions=('bf16',)), 5),
        ],
    )
    def test_the_first_of_many(self, preference, number):
        assert choose_file(MANY, FileFilter(), preference).id == number

    def test_what_was_asked_for_goes_before(self):
        preference = Preference(formats=('GGUF',), size='pruned')
        assert choose_file(MANY, FileFilter(fp='fp32'), preference).id == 3

    def test_weights_stay_before_components(self):
        both = version(
            file(1, 'm.gguf', 'GGUF'), file(2, 'v.safetensors', 'SafeTensor', type='VAE')
        )
        assert choose_file(both).id == 1

    @pytest.mark.parametrize('preference', [Preference(formats=('PickleTensor',)), Preference()])
    def test_no_preference_lets_risky_files_in(self, preference):
        assert choose_file(MANY, FileFilter(), preference).id != 1
        assert all(one.id != 1 for one in choose_files(MANY, all_files=True).files)
        only = version(file(1, 'a.ckpt', 'PickleTensor'))
        with pytest.raises(PickleRefused):
            choose_file(only, FileFilter(), preference)
        danger = version(file(1, 'a.safetensors', 'SafeTensor', pickleScanResult='Danger'))
        with pytest.raises(PickleRefused):
            choose_file(danger, FileFilter(), Preference(formats=('SafeTensor',)))


class TestSettings:
    @pytest.mark.parametrize(
        'key, text, value',
        [
            ('format_preference', '["GGUF", "SafeTensor"]', ['GGUF', 'SafeTensor']),
            ('format_preference', ' gguf , safetensor ', ['GGUF', 'SafeTensor']),
            ('format_preference', 'Core ML', ['Core ML']),
            ('format_preference', '', []),
            ('fp_preference', 'FP16,bf16', ['fp16', 'bf16']),
            ('fp_preference', '[]', []),
            ('size_preference', 'pruned', 'pruned'),
        ],
    )
    def test_as_text(self, key, text, value):
        assert setting_values.check(key, text, from_text=True) == value
        found = setting.load(None, {setting.environment_name(key): text})
        assert getattr(found.settings, key) == value

    @pytest.mark.parametrize(
        'key, text',
        [
            ('format_preference', 'SafeTensr'),
            ('format_preference', '["GGUF"'),
            ('format_preference', '{"GGUF": 1}'),
            ('format_preference', '[1]'),
            ('fp_preference', 'fp 16'),
            ('size_preference', 'small'),
        ],
    )
    def test_what_is_no_preference(self, key, text):
        with pytest.raises(SettingInvalid) as caught:
            setting_values.check(key, text, from_text=True)
        assert caught.value.details['allowed'] == setting_values.allowed(key)

    def test_what_is_allowed_is_said(self):
        assert setting_values.allowed('format_preference').startswith('[SafeTensor | GGUF | ')
        assert setting_values.allowed('size_preference') == '"" | pruned | full'

    def test_the_defaults_are_those_of_the_choice_itself(self, fresh_settings):
        assert placement_rules(Standalone(find_places())).preference == Preference()

    def test_the_rules_follow_them(self, fresh_settings):
        fresh_settings(format_preference=['GGUF'], size_preference='full', fp_preference=['fp8'])
        preference = placement_rules(Standalone(find_places())).preference
        assert preference == Preference(('GGUF',), 'full', ('fp8',))


class TestProgram:
    def test_a_plan_follows_the_setting(self, program):
        def planned():
            done = program.run('download', '1001', '--plan', '--json')
            return [entry['file_id'] for entry in done.json['plan']]

        assert planned() == [3001]
        assert program.run('config', 'set', 'size_preference', 'pruned').code == 0
        assert planned() == [3002]
        assert program.run('config', 'unset', 'size_preference').code == 0
        assert planned() == [3001]

    def test_lists_are_set_and_shown(self, program):
        done = program.run('config', 'set', 'format_preference', 'gguf,safetensor')
        assert done.code == 0 and '["GGUF", "SafeTensor"]' in done.err
        shown = program.run('config', 'get', 'format_preference', '--json')
        assert json.loads(shown.out) == {'format_preference': ['GGUF', 'SafeTensor']}
        wrong = program.run('config', 'set', 'format_preference', 'SafeTensr')
        assert wrong.code == 2 and 'SafeTensor | GGUF' in wrong.err
