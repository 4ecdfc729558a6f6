"""Infotext: whatever people and programs write is read, and what is written is read back."""

import json

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from civitai_manager_libs.domain.generation import GenerationData, UsedResource
from civitai_manager_libs.domain.infotext import has_parameters, read_infotext, write_infotext
from tests.support.generation_pictures import A1111

LINE = 'Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 8x9, Version: v1.9.4'


def read(*lines):
    return read_infotext('\n'.join(lines))


class TestReading:
    def test_the_common_form(self):
        data = read_infotext(A1111)
        assert data == GenerationData(
            source='a1111',
            prompt='photo of a duck',
            negative_prompt='monochrome',
            steps=15,
            sampler='UniPC',
            cfg_scale=5.0,
            seed=235284042,
            width=512,
            height=400,
            model='realistic_realisticVisionV20_v20',
            model_hash='c0d1994c73',
            resources=(
                UsedResource(
                    kind='Checkpoint', name='realistic_realisticVisionV20_v20', hash='c0d1994c73'
                ),
            ),
            raw={'parameters': A1111},
        )

    def test_all_fields_and_the_order_of_the_rest(self):
        data = read(
            'a',
            'Steps: 30, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4.5, Seed: 5, '
            'Size: 832x1216, Model hash: abc1234567, Model: some, VAE hash: 735e4c3a44, '
            'VAE: sdxl_vae.safetensors, Denoising strength: 0.35, Clip skip: 2, '
            'Hires upscale: 1.5, Hires upscaler: 4x-UltraSharp, Version: f2.0',
        )
        assert (data.schedule, data.denoising, data.clip_skip) == ('Karras', 0.35, 2)
        assert (data.vae, data.width, data.height) == ('sdxl_vae.safetensors', 832, 1216)
        assert list(data.other) == ['VAE hash', 'Hires upscale', 'Hires upscaler', 'Version']

    def test_prompts_of_several_lines_with_colons_and_blank_lines(self):
        data = read('(a:1.2), b: c', '', 'BREAK', 'd', 'Negative prompt: e: f,', 'g', LINE)
        assert data.prompt == '(a:1.2), b: c\n\nBREAK\nd'
        assert data.negative_prompt == 'e: f,\ng'
        assert data.steps == 20

    def test_a_second_negative_prompt_joins_the_first(self):
        data = read('a', 'Negative prompt: b', 'Negative prompt: c', LINE)
        assert (data.prompt, data.negative_prompt) == ('a', 'b\nc')

    def test_only_a_negative_prompt(self):
        data = read('Negative prompt: b', LINE)
        assert (data.prompt, data.negative_prompt, data.seed) == ('', 'b', 1)

    def test_a_prompt_that_speaks_of_steps(self):
        data = read('Steps: up the hill, a cat', 'steps, Steps: 3', LINE)
        assert data.prompt == 'Steps: up the hill, a cat\nsteps, Steps: 3'
        assert data.steps == 20

    def test_an_older_infotext_pasted_into_the_prompt(self):
        data = read('a', 'Steps: 9, Seed: 9', 'b', LINE)
        assert (data.steps, data.seed) == (20, 1)
        assert data.prompt.startswith('a')

    def test_quoted_values_with_escapes(self):
        data = read('a', LINE + ', ADetailer prompt: "face, \\"big\\" eyes\\nblue: 1", X: y')
        assert data.other['ADetailer prompt'] == 'face, "big" eyes\nblue: 1'
        assert data.other['X'] == 'y'

    def test_hashes_of_networks_and_embeddings(self):
        text = (
            'Lora hashes: "one: 1111aaaa2222, two: 3333bbbb4444", TI hashes: "easy: c74b4e810b03"'
        )
        data = read('x <lora:one:0.5>', f'{LINE}, {text}')
        assert data.other['Lora hashes'] == 'one: 1111aaaa2222, two: 3333bbbb4444'
        assert {(one.kind, one.name, one.hash, one.weight) for one in data.resources} == {
            ('LORA', 'one', '1111aaaa2222', 0.5),
            ('LORA', 'two', '3333bbbb4444', None),
            ('TextualInversion', 'easy', 'c74b4e810b03', None),
        }

    def test_bare_json_values(self):
        hashes = '{"model": "aadddd3d75", "lora:x, y": "dcb69cd2497f"}'
        used = '[{"type":"checkpoint","modelVersionId":128078},'
        used += '{"type":"lora","weight":0.8,"modelVersionId":7}]'
        data = read(
            'a', f'{LINE}, Hashes: {hashes}, Civitai resources: {used}, Civitai metadata: {{}}'
        )
        assert json.loads(data.other['Hashes'])['lora:x, y'] == 'dcb69cd2497f'
        assert data.other['Civitai metadata'] == '{}'
        assert {(one.version_id, one.weight) for one in data.resources} >= {
            (128078, None),
            (7, 0.8),
        }

    def test_values_with_commas_that_nobody_quoted(self):
        data = read('a', 'Steps: 4, Styles: one, two, three, Seed: 8')
        assert data.other['Styles'] == 'one, two, three'
        assert data.seed == 8

    def test_parameters_of_several_lines_and_templates_after_them(self):
        data = read(
            'a',
            'Steps: 4, Seed: 8,',
            'Size: 1x2',
            'Template: {red|blue} a,',
            'more: b',
            'Negative Template: c',
        )
        assert (data.seed, data.width) == (8, 1)
        assert data.other['Template'] == '{red|blue} a,\nmore: b'
        assert data.other['Negative Template'] == 'c'

    def test_without_a_line_of_parameters_all_is_prompt(self):
        data = read('a, b: c', 'time: noon, place: sea, mood: calm')
        assert data.prompt == 'a, b: c\ntime: noon, place: sea, mood: calm'
        assert data.steps is None and not data.other

    def test_parameters_without_steps(self):
        data = read('a', 'Seed: 12, Size: 64x64, Model: x')
        assert (data.prompt, data.seed, data.model) == ('a', 12, 'x')

    def test_values_of_the_wrong_kind_stay_among_the_others(self):
        data = read('a', 'Steps: 4, Seed: none, Size: big, CFG scale: high')
        assert data.seed is None and data.width is None and data.cfg_scale is None
        assert data.other == {'Seed': 'none', 'Size': 'big', 'CFG scale': 'high'}

    def test_large_seeds_stay_whole(self):
        seed = 2**64 + 1
        assert read('a', f'Steps: 4, Seed: {seed}').seed == seed

    def test_line_ends_of_windows(self):
        data = read_infotext('a\r\nNegative prompt: b\r\nSteps: 4, Seed: 2\r\n')
        assert (data.prompt, data.negative_prompt, data.seed) == ('a', 'b', 2)

    def test_the_dialects(self):
        assert read('a', 'Steps: 4, App: SD.Next, Version: 1').source == 'sdnext'
        assert read('a', 'Steps: 4, Parser: Full parser').source == 'sdnext'
        assert read('a', 'Steps: 4, Version: Fooocus v2.4.3').source == 'fooocus'
        assert read('a', 'Steps: 4, Version: ComfyUI').source == 'comfyui'

    def test_nothing(self):
        assert read_infotext(' \n\0').reason == 'none'
        assert read_infotext('').empty

    def test_remarks_are_told_from_infotext(self):
        assert has_parameters(A1111)
        assert not has_parameters('Holiday 2019: the sea, a boat')


class TestWriting:
    def test_as_a1111_writes_it(self):
        assert write_infotext(read_infotext(A1111)) == (
            'photo of a duck\nNegative prompt: monochrome\n'
            'Steps: 15, Sampler: UniPC, CFG scale: 5, Seed: 235284042, Size: 512x400, '
            'Model hash: c0d1994c73, Model: realistic_realisticVisionV20_v20'
        )

    def test_nothing_gives_nothing(self):
        assert write_infotext(GenerationData()) == ''

    def test_resources_that_nothing_else_mentions_are_kept(self):
        resources = (
            UsedResource(kind='Checkpoint', name='base', hash='aadddd3d75', version_id=128078),
            UsedResource(kind='LORA', name='style', hash='dcb69cd2497f', weight=0.7, version_id=9),
        )
        data = GenerationData(prompt='a', steps=3, resources=resources)
        again = read_infotext(write_infotext(data))
        assert {(one.kind, one.version_id, one.weight) for one in again.resources} >= {
            ('Checkpoint', 128078, None),
            ('LORA', 9, 0.7),
        }
        assert {'aadddd3d75', 'dcb69cd2497f'} <= {one.hash for one in again.resources}

    @pytest.mark.parametrize(
        ('sampler', 'schedule', 'expected'),
        [
            ('dpmpp_2m_sde_gpu', 'karras', 'Sampler: DPM++ 2M SDE, Schedule type: Karras'),
            ('sample_dpmpp_2m', 'normal', 'Sampler: DPM++ 2M, Schedule type: Normal'),
            ('k_euler_ancestral', '', 'Sampler: Euler a'),
            ('dpmpp_2m_karras', '', 'Sampler: DPM++ 2M, Schedule type: Karras'),
            ('res_multistep', 'own', 'Sampler: res_multistep, Schedule type: own'),
        ],
    )
    def test_samplers_of_other_programs_by_the_names_of_a1111(self, sampler, schedule, expected):
        data = GenerationData(source='comfyui', seed=3, sampler=sampler, schedule=schedule)
        assert write_infotext(data).startswith(f'{expected}, Seed: 3')

    def test_json_stays_bare_for_those_who_look_for_it(self):
        data = GenerationData(steps=3, seed=4, other={'Hashes': '{"model": "aadddd3d75"}'})
        assert write_infotext(data).endswith('Seed: 4, Hashes: {"model": "aadddd3d75"}')

    @pytest.mark.parametrize(
        ('data', 'expected'),
        [
            (GenerationData(prompt='a', seed=5), 'Seed: 5, Seed: 5, Seed: 5'),
            (GenerationData(prompt='a', model='m'), 'Model: m, Model: m, Model: m'),
            (GenerationData(prompt='a', steps=2, seed=5), 'Steps: 2, Seed: 5, Steps: 2'),
        ],
    )
    def test_a_line_of_less_than_three_would_be_prompt_to_a1111(self, data, expected):
        assert write_infotext(data) == f'a\n{expected}'
        again = read_infotext(write_infotext(data))
        assert (again.prompt, again.seed, again.model) == ('a', data.seed, data.model)


signs = st.characters(exclude_categories=('Cs',), exclude_characters='\r\0')
texts = st.text(signs, max_size=60).map(str.strip)
one_line = st.text(signs, max_size=40).map(str.strip)
names = st.from_regex(r'[A-Z][A-Za-z0-9]([A-Za-z0-9 \-/]{0,12}[a-z])?', fullmatch=True)
numbers = st.floats(0, 1000, allow_nan=False).map(lambda value: round(value, 4))
OWN = {
    *('Steps', 'Sampler', 'Schedule type', 'CFG scale', 'Seed', 'Size', 'Model hash', 'Model'),
    *('VAE', 'Denoising strength', 'Clip skip', 'Negative prompt', 'Template'),
}

generations = st.builds(
    GenerationData,
    prompt=texts,
    negative_prompt=texts,
    steps=st.integers(0, 10_000),
    sampler=one_line,
    schedule=one_line,
    cfg_scale=st.none() | numbers,
    seed=st.none() | st.integers(-1, 10**40),
    width=st.integers(1, 99_999),
    height=st.integers(1, 99_999),
    clip_skip=st.none() | st.integers(0, 12),
    denoising=st.none() | numbers,
    model=one_line,
    model_hash=one_line,
    vae=one_line,
    other=st.dictionaries(names, st.text(signs, max_size=40), max_size=5),
)


@given(generations)
@example(GenerationData(prompt='Steps: 5', steps=1, width=1, height=1))
@example(
    GenerationData(steps=1, width=1, height=1, other={'Ab': '{"a": 1}', 'Cd': '{1', 'Ef': ' '})
)
def test_what_is_written_is_read_back(data):
    prompts = (data.prompt, data.negative_prompt)
    assume(not any('Negative prompt:' in text for text in prompts))
    assume(not OWN.intersection(data.other))
    again = read_infotext(write_infotext(data))
    same = {'source': '', 'resources': (), 'raw': {}}
    assert msgspec.structs.replace(again, **same) == msgspec.structs.replace(data, **same)


@given(texts)
def test_a_prompt_alone_is_read_back(prompt):
    assume(not has_parameters(prompt))
    assert read_infotext(write_infotext(GenerationData(prompt=prompt))).prompt == prompt
