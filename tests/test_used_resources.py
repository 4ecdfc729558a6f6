"""Every place that mentions a model, and one row for each model."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civitai_manager_libs.domain.folders import KINDS
from civitai_manager_libs.domain.generation import UsedResource
from civitai_manager_libs.domain.resource_mentions import clean_hash, file_stem, kind_named
from civitai_manager_libs.domain.used_resources import resources_of

SAMPLES = Path(__file__).resolve().parents[2] / 'shared' / 'civitai-samples'
FULL = 'ab12cd34ef' + '5' * 54


def rows(meta=None, prompt=''):
    return list(resources_of(meta or {}, prompt))


def one(meta=None, prompt=''):
    [row] = rows(meta, prompt)
    return row


class TestPlaces:
    def test_tags_of_a_prompt(self):
        prompt = 'a cat <lora:Foo_v1.2:0.8>, <lyco:dir\\Bar.safetensors:0.5:0.4> <hypernet:Baz:1>'
        assert rows(prompt=prompt) == [
            UsedResource(kind='LORA', name='Foo_v1.2', weight=0.8),
            UsedResource(kind='LoCon', name='Bar', weight=0.5),
            UsedResource(kind='Hypernetwork', name='Baz', weight=1.0),
        ]

    @pytest.mark.parametrize(
        'tag, weight',
        [
            ('<lora:x>', 1.0),
            ('<LORA:x:-.5>', -0.5),
            ('<lora:x:te=0.7:unet=0.2>', 0.7),
            ('<lora:x:0.4@0,1@10>', 0.4),
            ('<lora:x:' + '9' * 100 + '>', None),
        ],
    )
    def test_weights_of_tags(self, tag, weight):
        assert one(prompt=tag) == UsedResource(kind='LORA', name='x', weight=weight)

    def test_embeddings_of_comfyui_in_both_prompts(self):
        meta = {'negativePrompt': 'bad, (embedding:EasyNegative:1.2)'}
        found = rows(meta, 'embedding:sub/charm.pt, cat')
        assert [(row.kind, row.name) for row in found] == [
            ('TextualInversion', 'charm'),
            ('TextualInversion', 'EasyNegative'),
        ]

    def test_civitai_resources(self):
        entries = [
            {
                'type': 'checkpoint',
                'modelVersionId': 7,
                'modelName': 'Big',
                'modelVersionName': '1',
            },
            {'type': 'lora', 'modelVersionId': '8', 'weight': '0.6'},
            {'type': 'lora', 'air': 'urn:air:sdxl:lora:civitai:1@9', 'weight': 1},
            {'type': 'upscaler', 'modelVersionId': 10},
        ]
        assert rows({'civitaiResources': entries}) == [
            UsedResource(kind='Checkpoint', name='Big', version_id=7),
            UsedResource(kind='LORA', version_id=8, weight=0.6),
            UsedResource(kind='LORA', version_id=9, weight=1.0),
            UsedResource(kind='Upscaler', version_id=10),
        ]
        written = {'Civitai resources': json.dumps(entries)}
        assert rows(written) == rows({'civitaiResources': entries})

    def test_air_wherever_a_name_stands(self):
        meta = {
            'Model': 'urn:air:sd1:checkpoint:civitai:4384@128713',
            'additionalResources': [
                {'name': 'urn:air:sdxl:lora:civitai:1@22', 'type': 'lora', 'strength': 0.4}
            ],
            'extra': {'airs': ['urn:air:sdxl:embedding:civitai:5@6', 'civitai:1@22']},
        }
        assert rows(meta) == [
            UsedResource(kind='Checkpoint', version_id=128713),
            UsedResource(kind='LORA', version_id=22, weight=0.4),
            UsedResource(kind='TextualInversion', version_id=6),
        ]

    def test_hashes_of_all_spellings(self):
        meta = {
            'Model': 'big.safetensors',
            'hashes': {
                'model': '0xABCDEF0123',
                'vae': '1234567890',
                'LORA:folder/one.safetensors': 'AAAAAAAAAAAA',
                'embed:two': 'bbbbbbbbbb',
                'lycoris:three': 'cccccccccc',
            },
            'Lora hashes': '"four: dddddddddddd, fi:ve: eeeeeeeeeeee"',
            'TI hashes': 'six: ffffffffffff',
        }
        assert [(row.kind, row.name, row.hash) for row in rows(meta)] == [
            ('Checkpoint', 'big', 'abcdef0123'),
            ('LORA', 'one', 'aaaaaaaaaaaa'),
            ('LoCon', 'three', 'cccccccccc'),
            ('LORA', 'four', 'dddddddddddd'),
            ('LORA', 'fi:ve', 'eeeeeeeeeeee'),
            ('TextualInversion', 'two', 'bbbbbbbbbb'),
            ('TextualInversion', 'six', 'ffffffffffff'),
            ('VAE', '', '1234567890'),
        ]
        assert rows({**meta, 'hashes': json.dumps(meta['hashes'])}) == rows(meta)

    def test_what_there_is_one_of(self):
        meta = {
            'Model': 'big',
            'Model hash': 'abcdef0123',
            'VAE': 'soft.vae.pt',
            'VAE hash': '1234567890',
            'Refiner': 'fine [7440042bbd]',
            'ControlNet 0': 'Module: canny, Model: control_canny [e3fe7712], Weight: 1',
        }
        assert rows(meta) == [
            UsedResource(kind='Checkpoint', name='big', hash='abcdef0123'),
            UsedResource(kind='Checkpoint', name='fine', hash='7440042bbd'),
            UsedResource(kind='VAE', name='soft', hash='1234567890'),
            UsedResource(kind='Controlnet', name='control_canny', hash='e3fe7712'),
        ]

    @pytest.mark.parametrize('vae', ['Automatic', 'None', '', None])
    def test_no_vae(self, vae):
        assert rows({'VAE': vae}) == []


class TestOneRow:
    def test_the_same_version_twice(self):
        meta = {'civitaiResources': [{'type': 'lora', 'modelVersionId': 7, 'weight': 0.5}] * 3}
        assert one(meta).weight == 0.5

    @pytest.mark.parametrize('other', [FULL[:10], '0x' + FULL[:10].upper(), FULL, FULL[:8]])
    def test_the_same_hash_in_another_form(self, other):
        entries = [{'type': 'lora', 'name': 'a', 'hash': FULL[:10]}]
        entries += [{'type': 'lora', 'name': 'b', 'hash': other}]
        row = one({'resources': entries})
        assert row.name == 'a' and FULL.startswith(row.hash) and len(row.hash) >= 10
        assert len(one({'resources': entries[::-1]}).hash) == len(row.hash)

    @pytest.mark.parametrize('name', ['foo', 'FOO.safetensors', 'dir/Foo.pt', 'd\\foo.ckpt'])
    def test_the_same_name(self, name):
        meta = {'resources': [{'type': 'lora', 'name': name, 'hash': 'abcdef012345'}]}
        expected = UsedResource(kind='LORA', name='Foo', hash='abcdef012345', weight=0.7)
        assert one(meta, '<lora:Foo:0.7>') == expected

    def test_the_tag_of_a_network_of_another_kind(self):
        meta = {'hashes': {'lycoris:foo': 'abcdef012345'}}
        assert one(meta, '<lora:foo:1>').kind == 'LoCon'

    def test_names_of_other_kinds_are_other_models(self):
        meta = {'Model': 'foo', 'VAE': 'foo'}
        kinds = [row.kind for row in rows(meta, '<lora:foo:1> embedding:foo')]
        assert kinds == ['Checkpoint', 'LORA', 'TextualInversion', 'VAE']

    def test_hashes_that_differ_are_other_models_of_one_name(self):
        entries = [{'type': 'lora', 'name': 'foo', 'hash': text * 10} for text in 'ab']
        assert len(rows({'resources': entries})) == 2
        # AutoV2 and AutoV3 of one file have nothing in common.
        entries[1]['hash'] = 'b' * 12
        assert one({'resources': entries}).hash == 'a' * 10

    def test_titles_are_no_names(self):
        entries = [
            {'type': 'lora', 'modelVersionId': one, 'modelVersionName': 'v1'} for one in (1, 2)
        ]
        assert len(rows({'civitaiResources': entries}, '<lora:v1:1>')) == 3

    def test_what_shows_that_two_rows_are_one(self):
        entries = [{'type': 'lora', 'name': 'foo'}, {'type': 'lora', 'hash': 'abcdef0123'}]
        entries += [{'type': 'lora', 'name': 'foo', 'hash': 'abcdef0123', 'weight': 2}]
        expected = UsedResource(kind='LORA', name='foo', hash='abcdef0123', weight=2.0)
        assert one({'resources': entries}) == expected

    def test_the_order(self):
        meta = {'VAE': 'v', 'Model': 'm', 'hashes': {'lora:late': 'abcdef0123'}}
        found = rows(meta, '<hypernet:h:1> embedding:e <lora:b:1> <lora:a:1>')
        assert [row.name for row in found] == ['m', 'b', 'a', 'late', 'e', 'v', 'h']


@pytest.mark.skipif(not SAMPLES.is_dir(), reason='needs ../shared/civitai-samples')
def test_recorded_data():
    recorded = json.loads((SAMPLES / 'meta-shapes.json').read_text(encoding='utf-8'))
    first = recorded[0]['meta']
    assert rows(first, first['prompt']) == [
        UsedResource(kind='Checkpoint', name='deliberate_v3', hash='aadddd3d75'),
        UsedResource(kind='LORA', name='FF-Midj-Rise-v0564', hash='dcb69cd2497f', weight=1.0),
    ]
    second = recorded[1]['meta']
    assert [(row.name, row.hash, row.weight) for row in rows(second, second['prompt'])] == [
        ('merged_illustrious', '416daecfbe', None),
        ('Avarice_v0.4', 'faa5d8790e', 0.5),
    ]


class TestJunk:
    @pytest.mark.parametrize('key', ['civitaiResources', 'resources', 'additionalResources'])
    @pytest.mark.parametrize(
        'value', [None, 7, 'x', '[', '[1,', {}, [None, 7, 'x', [], {}, {'type': 3, 'name': {}}]]
    )
    def test_entries_of_no_use(self, key, value):
        assert rows({key: value}) == []

    @pytest.mark.parametrize(
        'value', ['', '0x', 'E3B0C44298FC', '0' * 10, 'ghijklmnop', None, True]
    )
    def test_what_is_no_hash(self, value):
        assert clean_hash(value) == ''

    def test_digits_that_became_a_number(self):
        assert clean_hash(1234567890) == '1234567890' and clean_hash(10**5000) == ''

    @pytest.mark.parametrize('value', [-1, 0, 2**31, 10**300, '9' * 5000, 'x', True, 1.5, None])
    def test_what_is_no_version(self, value):
        assert rows({'civitaiResources': [{'type': 'lora', 'modelVersionId': value}]}) == []

    @pytest.mark.parametrize('value', [True, 'x', 10**400, float('nan'), 'inf', 1e300, []])
    def test_what_is_no_weight(self, value):
        entry = {'type': 'lora', 'modelVersionId': 7, 'weight': value}
        assert one({'civitaiResources': [entry]}).weight is None

    def test_huge_lists_and_texts_are_bounded(self):
        entries = [{'type': 'lora', 'modelVersionId': number} for number in range(1, 5000)]
        assert len(rows({'civitaiResources': entries})) == 200
        prompt = ''.join(f'<lora:{number}:1>' for number in range(200_000))
        assert len(rows({}, prompt)) == 200
        assert len(one({'Model': 'x' * 1_000_000}).name) <= 300

    def test_every_kind_is_known_by_its_own_name(self):
        assert [kind_named(kind) for kind in KINDS] == list(KINDS)
        assert kind_named('whatever') == kind_named(None) == 'Other'

    @pytest.mark.parametrize(
        'text, stem', [('a/b\\c.VAE.PT', 'c'), ('v1.5', 'v1.5'), ('.pt', ''), (7, ''), ('None', '')]
    )
    def test_stems(self, text, stem):
        assert file_stem(text) == stem


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSONS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
NAMES = ['type', 'name', 'hash', 'weight', 'strength', 'air', 'modelVersionId', 'modelName']
KEYS = ['civitaiResources', 'resources', 'additionalResources', 'hashes', 'Hashes', 'extra']
KEYS += ['Model', 'Model hash', 'VAE', 'Lora hashes', 'TI hashes', 'ControlNet 0', 'negativePrompt']
VALUES = JSONS | st.sampled_from(['lora', 'foo', 'abcdef0123', 'urn:air:a:lora:civitai:1@2', 7])
ENTRIES = st.dictionaries(st.sampled_from(NAMES), VALUES) | VALUES
PARTS = st.sampled_from(['<lora:', '<lyco:', ':', '0.5', '>', 'embedding:', 'a', ' ', '[', '\\'])


@given(
    st.dictionaries(st.sampled_from(KEYS) | st.text(), VALUES | st.lists(ENTRIES)),
    st.lists(PARTS | st.text(max_size=3)).map(''.join),
)
def test_nothing_raises_and_everything_can_be_found(meta, prompt):
    for row in resources_of(meta, prompt):
        assert row.name or row.hash or row.version_id
        assert row.kind in KINDS
