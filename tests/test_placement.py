"""Which file, where, under which name, asked for how, with which warnings."""

import json
from pathlib import Path, PurePosixPath

import pytest
from civitai_manager_libs.domain.choice import (
    Choice,
    Preference,
    choose_file,
    choose_files,
    format_of,
    risk,
)
from civitai_manager_libs.domain.file_facts import cover_of, download_request
from civitai_manager_libs.domain.folders import LAYOUTS
from civitai_manager_libs.domain.models import read_model, read_version
from civitai_manager_libs.domain.naming import name_key, safe_name
from civitai_manager_libs.domain.placement import PlacementRules, place, preview
from civitai_manager_libs.domain.targets import FileFilter
from civitai_manager_libs.domain.templates import VARIABLES, file_name, subfolder_parts
from civitai_manager_libs.errors import (
    ChoiceUnknown,
    DownloadsDisabled,
    Gone,
    PickleRefused,
    SettingInvalid,
)
from hypothesis import given
from hypothesis import strategies as st

SAMPLES = Path(__file__).resolve().parents[2] / 'shared' / 'civitai-samples'


def file(number, name='a.safetensors', kind='Model', form=None, **more):
    metadata = {'format': form, **{key: more.pop(key) for key in ('fp', 'size') if key in more}}
    base = {'pickleScanResult': 'Success', 'virusScanResult': 'Success'}
    hashes = {'SHA256': f'{number:064X}', 'AutoV3': f'{number:012X}'}
    record = {'id': number, 'name': name, 'type': kind, 'metadata': metadata, 'hashes': hashes}
    return {**base, **record, **more}


def version(*files, **more):
    return read_version({'id': 20, 'modelId': 10, 'name': 'v1', 'files': list(files), **more})


def model(**more):
    record = {'id': 10, 'name': 'Model', 'type': 'Checkpoint', 'creator': {'username': 'someone'}}
    return read_model({**record, **more})


def rules(layout='a1111', **more):
    return PlacementRules(layout, '/host', '/downloads', **more)


def placed(made, number, setting=None, owner=None, **more):
    found = next(item for item in made.files if item.id == number)
    return place(owner or model(), made, found, setting or rules(), **more)


# --- choosing -----------------------------------------------------------------------------------

MANY = version(
    file(1, 'a.ckpt', form='PickleTensor', size='full', fp='fp32', primary=True),
    file(2, 'a.gguf', form='GGUF'),
    file(3, 'a.safetensors', form='SafeTensor', size='full', fp='fp32'),
    file(4, 'b.safetensors', form='SafeTensor', size='pruned', fp='fp16'),
    file(5, 'a.yaml', 'Config', 'Other'),
    file(6, 'v.safetensors', 'VAE', 'Other'),
    file(7, 't.zip', 'Training Data', 'Other'),
)


@pytest.mark.parametrize(
    ('wanted', 'number'),
    [
        (FileFilter(), 3),
        (FileFilter(file_id=4), 4),
        (FileFilter(file_id=1), 1),
        (FileFilter(type='vae'), 6),
        (FileFilter(type='CONFIG'), 5),
        (FileFilter(type='training data'), 7),
        (FileFilter(fp='FP16'), 4),
        (FileFilter(size='pruned'), 4),
        (FileFilter(format='gguf'), 2),
        (FileFilter(format='safetensors'), 3),
        (FileFilter(format='PickleTensor'), 1),
        (FileFilter(format='ckpt'), 1),
        (FileFilter(format='SafeTensor', type='VAE'), 6),
    ],
)
def test_choose_file(wanted, number):
    assert choose_file(MANY, wanted).id == number


def test_preference_and_primary():
    assert choose_file(MANY, FileFilter(), Preference(formats=('GGUF',))).id == 2
    two = version(file(1, form='SafeTensor'), file(2, form='SafeTensor', primary=True))
    assert choose_file(two).id == 2
    component_first = version(file(1, 'v.safetensors', 'VAE', primary=True), file(2))
    assert choose_file(component_first).id == 2


def test_choice_by_hash():
    assert choose_file(MANY, by_hash=f'{4:064x}').id == 4
    assert choose_file(MANY, by_hash='0X' + f'{1:012X}').id == 1
    assert choose_file(version(file(0xABC << 220)), by_hash=f'{0xABC << 220:064x}'[:10])
    with pytest.raises(ChoiceUnknown):
        choose_file(MANY, by_hash='ab' * 32)


def test_choice_unknown_says_what_there_is():
    with pytest.raises(ChoiceUnknown) as caught:
        choose_file(MANY, FileFilter(fp='nf4', type='Model'))
    assert caught.value.details['wanted'] == 'type=Model, fp=nf4'
    assert '4 b.safetensors (Model, SafeTensor, pruned, fp16)' in caught.value.details['available']


@pytest.mark.parametrize(
    ('record', 'expected'),
    [
        (file(1, 'a.ckpt'), 'pickle'),
        (file(1, 'a.PT', form='SafeTensor'), 'pickle'),
        (file(1, 'a.vae.pt'), 'pickle'),
        (file(1, 'a.bin'), 'pickle'),
        (file(1, 'a.pkl'), 'pickle'),
        (file(1, 'a', form='PickleTensor'), 'pickle'),
        (file(1, 'a.zip', form='PickleTensor'), None),
        (file(1, 'a.zip', 'Training Data', form='Other'), None),
        (file(1, 'a.safetensors', form='SafeTensor'), None),
        (file(1, 'a.safetensors', pickleScanResult='Danger'), 'danger'),
        (file(1, 'a.ckpt', virusScanResult='danger'), 'danger'),
        (file(1, 'a.yaml', 'Config', pickleScanResult='Error'), None),
    ],
)
def test_risk(record, expected):
    assert risk(version(record).files[0]) == expected


@pytest.mark.parametrize(
    ('record', 'reason'),
    [
        (file(1, 'a.ckpt', form='PickleTensor'), 'pickle'),
        (file(1, 'a.ckpt', form='PickleTensor', pickleScanResult='Danger'), 'danger'),
        (file(1, 'a.safetensors', form='SafeTensor', virusScanResult='Danger'), 'danger'),
    ],
)
@pytest.mark.parametrize('wanted', [FileFilter(), FileFilter(type='Model')])
def test_risky_files_are_refused_unless_asked_for(record, reason, wanted):
    made = version(record, file(5, 'a.yaml', 'Config', 'Other'))
    with pytest.raises(PickleRefused) as caught:
        choose_file(made, wanted)
    assert caught.value.details == {'file': record['name'], 'reason': reason, 'file_id': 1}
    assert choose_file(made, FileFilter(file_id=1)).id == 1
    assert choose_file(made, by_hash=f'{1:064x}').id == 1
    assert f'warning.{reason}' in placed(made, 1).warnings


def test_naming_a_safe_format_is_no_wish_for_a_dangerous_file():
    made = version(file(1, form='SafeTensor', virusScanResult='Danger'))
    with pytest.raises(PickleRefused):
        choose_file(made, FileFilter(format='SafeTensor'))


def test_of_pickles_asked_for_the_one_without_a_finding_is_taken():
    made = version(file(1, 'a.ckpt', pickleScanResult='Danger', primary=True), file(2, 'b.ckpt'))
    assert choose_file(made, FileFilter(format='PickleTensor')).id == 2


def test_choose_files():
    assert choose_files(MANY) == Choice((MANY.files[2],))
    everything = choose_files(MANY, all_files=True)
    assert [item.id for item in everything.files] == [2, 3, 4, 5, 6, 7]
    assert [(item.id, key) for item, key in everything.skipped] == [(1, 'skipped.pickle')]
    some = choose_files(MANY, FileFilter(fp='fp32'), all_files=True)
    assert [item.id for item in some.files] == [3] and len(some.skipped) == 1
    asked = choose_files(MANY, FileFilter(format='PickleTensor'), all_files=True)
    assert [item.id for item in asked.files] == [1] and not asked.skipped
    with pytest.raises(PickleRefused):
        choose_files(version(file(1, 'a.ckpt'), file(2, 'b.pt')), all_files=True)


def test_format_from_the_extension():
    made = version(file(1, 'a.gguf'), file(2, 'a.safetensors', form='Other'), file(3, 'a.zip'))
    assert [format_of(item) for item in made.files] == ['GGUF', 'SafeTensor', None]


# --- what cannot be had -------------------------------------------------------------------------


def test_gone_and_disabled():
    healthy = version(file(1))
    only = healthy.files[0]
    for mode in ('Archived', 'TakenDown'):
        with pytest.raises(Gone) as caught:
            place(model(mode=mode), healthy, only, rules())
        assert caught.value.details['what'] == f'version {healthy.name}'
        with pytest.raises(Gone):
            place(None, version(file(1), model={'name': 'x', 'mode': mode}), only, rules())
    for broken in (version(), version(files=None)):
        with pytest.raises(Gone):
            choose_file(broken)
        with pytest.raises(Gone):
            place(model(), broken, only, rules())
    with pytest.raises(DownloadsDisabled):
        place(model(), version(file(1), usageControl='Generation'), only, rules())
    assert place(model(), version(file(1), usageControl='Download'), only, rules())


def test_early_access_is_placed_with_a_warning():
    made = version(file(1), availability='EarlyAccess')
    assert placed(made, 1).warnings == ('warning.early_access',)


@pytest.mark.parametrize(
    ('record', 'expected'),
    [
        (file(1), ()),
        (file(1, 'a.ckpt'), ('warning.pickle',)),
        (file(1, pickleScanResult='Pending'), ('warning.scan_pending',)),
        (file(1, pickleScanResult=None, virusScanResult=None), ('warning.unscanned',)),
        (file(1, virusScanResult='Error'), ('warning.scan_failed',)),
        (file(1, pickleScanResult='Error'), ('warning.scan_failed',)),
        (file(1, 'a.yaml', 'Config', pickleScanResult='Error'), ()),
        (file(1, hashes={}), ('warning.no_hash',)),
        (file(1, 'a.zip', 'Archive'), ('warning.archive',)),
    ],
)
def test_warnings(record, expected):
    assert placed(version(record), 1).warnings == expected


def test_cover_is_the_first_safe_picture():
    pictures = [
        {'url': 'https://c.example/1.jpeg', 'nsfwLevel': 0},
        {'url': 'https://c.example/2.jpeg', 'nsfwLevel': 4},
        {'url': 'https://c.example/3.mp4', 'nsfwLevel': 1, 'type': 'video'},
        {'url': 'file:///etc/passwd', 'nsfwLevel': 1},
        {'url': 'https://c.example/5.jpeg', 'nsfwLevel': 2},
        {'url': 'https://c.example/6.jpeg', 'nsfwLevel': 1},
    ]
    assert cover_of(version(file(1), images=pictures)) == 'https://c.example/5.jpeg'
    assert cover_of(version(file(1), images=pictures[:4])) is None


# --- the request --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('url', 'expected'),
    [
        (None, '20?fileId=1'),
        ('https://civitai.com/api/download/models/20', '20?fileId=1'),
        ('https://undefined/api/download/models/21?token=k', '21?fileId=1'),
        ('//evil.example/api/download/models/21', '21?fileId=1'),
        ('/api/download/models/21/', '21?fileId=1'),
        (
            '//x/api/download/models/21?type=Pruned%20Model&format=Core%20ML&size=full&fp=fp16'
            '&quantType=Q8_0&token=k&other=1&fileId=9',
            '21?type=Pruned%20Model&format=Core%20ML&size=full&fp=fp16&quantType=Q8_0&fileId=1',
        ),
        ('https://civitai.com/api/download/models/0', '20?fileId=1'),
        ('https://civitai.com/api/download/models/9999999999', '20?fileId=1'),
        ('https://civitai.com/models/21?type=Model', '20?fileId=1'),
        ('https://[', '20?fileId=1'),
        ('https://x/a/../api/download/models/21', '20?fileId=1'),
    ],
)
def test_download_request(url, expected):
    made = version(file(1, downloadUrl=url))
    assert download_request(made, made.files[0]) == f'/api/download/models/{expected}'


@given(st.text())
def test_download_request_is_always_a_clean_path(url):
    made = version(file(1, downloadUrl=f'/api/download/models/20?type={url}'))
    request = download_request(made, made.files[0])
    assert request.startswith('/api/download/models/20?') and request.endswith('fileId=1')
    assert request.isascii() and ' ' not in request and 'token=' not in request


# --- names and folders --------------------------------------------------------------------------


def test_place_tells_everything():
    made = version(
        file(1, 'my model.safetensors', form='SafeTensor', sizeKB=2.5),
        baseModel='SDXL 1.0',
        publishedAt='2024-05-06T00:00:00Z',
    )
    found = placed(made, 1)
    assert (found.model_id, found.version_id, found.file_id) == (10, 20, 1)
    assert (found.model_name, found.version_name, found.model_type) == ('Model', 'v1', 'Checkpoint')
    assert (found.base_model, found.creator, found.format) == ('SDXL 1.0', 'someone', 'SafeTensor')
    assert (found.root, found.folder) == ('/host', ('models', 'Stable-diffusion'))
    assert found.parts == ('models', 'Stable-diffusion', 'my model.safetensors')
    assert found.spare_name == 'my model-20-1.safetensors'
    assert found.size_bytes_estimate == 2560
    assert found.sha256 == f'{1:064x}' and set(found.hashes) == {'SHA256', 'AutoV3'}


def test_without_the_model_record():
    made = version(file(1), model={'name': 'Brief', 'type': 'LORA'})
    found = place(None, made, made.files[0], rules(subfolder_template='{creator}/{model_name}'))
    assert found.model_id == 10 and found.creator is None
    assert found.folder == ('models', 'Lora', 'unknown', 'Brief')


def test_components_go_to_their_own_folders_and_a_config_beside_the_weights():
    made = version(
        file(9, 'a.yaml', 'Config'),
        file(1, 'a.safetensors', 'Diffusion Model'),
        file(2, 'a.safetensors', 'VAE'),
        file(3, 'a.safetensors', 'Text Encoder'),
    )
    paths = {item.id: placed(made, item.id, rules('comfyui')).parts for item in made.files}
    assert paths == {
        9: ('models', 'diffusion_models', 'a.yaml'),
        1: ('models', 'diffusion_models', 'a.safetensors'),
        2: ('models', 'vae', 'a.safetensors'),
        3: ('models', 'text_encoders', 'a.safetensors'),
    }


def test_files_of_one_name_are_told_apart_whatever_their_order():
    records = [
        file(5, 'A.safetensors', fp='fp16'),
        file(4, 'a.safetensors', fp='fp32'),
        file(6, 'a.safetensors', fp='fp32'),
        file(2, 'a.safetensors', 'VAE'),
    ]
    expected = {
        4: 'a.safetensors',
        5: 'A-fp16.safetensors',
        6: 'a-6.safetensors',
        2: 'a.safetensors',
    }
    for order in (records, records[::-1]):
        made = version(*order)
        assert {item.id: placed(made, item.id).file_name for item in made.files} == expected
    together = version(*records)
    names = {
        item.id: placed(together, item.id, folder_override='/x').file_name
        for item in together.files
    }
    assert names == {**expected, 2: 'a-VAE.safetensors'}


def test_a_file_added_later_changes_no_name():
    before = version(file(4, fp='fp32'))
    after = version(file(4, fp='fp32'), file(9, fp='fp16', primary=True))
    assert placed(before, 4).file_name == placed(after, 4).file_name


def test_folder_override_takes_the_place_of_the_tree():
    found = placed(
        version(file(1)), 1, rules(subfolder_template='{creator}'), folder_override='D:\\my files'
    )
    assert (found.root, found.folder) == ('D:\\my files', ())


def test_nameless_file_gets_a_name():
    made = version(file(1, '', form='SafeTensor'))
    assert placed(made, 1).file_name == 'Model_v1.safetensors'
    assert placed(version(file(1, '../x.pt')), 1).file_name == '_x.pt'
    assert placed(version(file(1, '..'), name=''), 1, owner=model(name='')).file_name == 'file-1'


# --- templates ----------------------------------------------------------------------------------

VALUES = {name: f'<{name}>' for name in VARIABLES}


@pytest.mark.parametrize(
    ('template', 'expected'),
    [
        ('', ()),
        ('{base_model}', ('_base_model_',)),
        ('{base_model}/{creator}', ('_base_model_', '_creator_')),
        ('a\\{type}', ('a', '_type_')),
        ('/'.join(['x', '', ' ', 'y']), ('x', 'y')),
        ('{{x}} {year}', ('{x} _year_',)),
    ],
)
def test_subfolder_template(template, expected):
    assert subfolder_parts(template, VALUES) == expected


@pytest.mark.parametrize(
    'template',
    [
        *('{nothing}', '{', '}', '{}', '{0}', '{model_name.__class__}', '{model_name[0]}'),
        *('{model_name!r}', '{model_name:>9}', '/abs', '\\abs', 'C:\\x', '../x', 'x/../y', '~/x'),
    ],
)
def test_bad_subfolder_template(template):
    with pytest.raises(SettingInvalid) as caught:
        preview(rules(subfolder_template=template))
    assert caught.value.details['key'] == 'subfolder_template'


@pytest.mark.parametrize('template', ['{nothing}', '{', 'a/{model_name}', 'a\\b', '{file_name:x}'])
def test_bad_filename_template(template):
    with pytest.raises(SettingInvalid) as caught:
        preview(rules(filename_template=template))
    assert caught.value.details['key'] == 'filename_template'


@pytest.mark.parametrize(
    ('template', 'expected'),
    [
        ('', 'own.safetensors'),
        ('  ', 'own.safetensors'),
        ('{model_name} {fp}', '_model_name_ _fp_.safetensors'),
        ('{file_name}.safetensors', '_file_name_.safetensors'),
        ('x.ckpt', 'x.ckpt.safetensors'),
        ('..', 'unknown.safetensors'),
        ('con', '_con.safetensors'),
    ],
)
def test_filename_template(template, expected):
    assert file_name(template, VALUES, 'own.safetensors') == expected


@given(st.text(), st.sampled_from(VARIABLES))
def test_values_never_leave_their_part(value, name):
    values = {**VALUES, name: value}
    parts = subfolder_parts('a/{' + name + '}/b', values)
    assert len(parts) == 3 and parts[0] == 'a' and parts[2] == 'b'
    found = file_name('{' + name + '}', values, 'own.pt')
    for part in (*parts, found):
        assert part == safe_name(part) and part not in ('.', '..') and not set(part) & set('/\\')
    assert found.endswith('.pt')


@given(st.text())
def test_templates_raise_only_our_error(template):
    for call in (
        lambda: subfolder_parts(template, VALUES),
        lambda: file_name(template, VALUES, 'own.pt'),
    ):
        try:
            call()
        except SettingInvalid as error:
            json.dumps(error.details)


def test_preview():
    template = rules(
        subfolder_template='{base_model}/{creator}',
        filename_template='{model_name} {version_name} {sha256} {year}',
    )
    assert preview(template) == (
        '/host/models/Lora/Illustrious/example/Lantern Glow v2.0 a1b2c3d4e5 2025.safetensors'
    )
    assert preview(rules('own')) == '/downloads/LORA/lantern_glow_v2.safetensors'
    windows = PlacementRules('a1111', 'C:\\sd', 'D:\\x')
    assert preview(windows) == 'C:/sd/models/Lora/lantern_glow_v2.safetensors'


# --- recorded answers ---------------------------------------------------------------------------


def recorded():
    for path in sorted(SAMPLES.glob('model*.json')):
        body = json.loads(path.read_text(encoding='utf-8'))
        for item in body.get('items', [body]):
            if 'modelVersions' not in item:
                yield None, [read_version(item)]
                continue
            found = read_model(item)
            yield found, found.model_versions


@pytest.mark.skipif(not SAMPLES.is_dir(), reason='needs ../shared/civitai-samples')
@pytest.mark.parametrize('layout', LAYOUTS)
@pytest.mark.parametrize('folder_override', [None, '/one'])
def test_recorded_answers_are_placed_without_collisions(layout, folder_override):
    spare = set()
    count = 0
    for owner, versions in recorded():
        for made in versions:
            places = set()
            for item in made.files:
                found = place(owner, made, item, rules(layout), folder_override=folder_override)
                path = PurePosixPath(found.root, *found.parts)
                assert '..' not in path.parts and found.file_name == safe_name(found.file_name)
                assert found.request.endswith(f'fileId={item.id}')
                places.add(name_key(str(path)))
                spare.add((*found.folder, name_key(found.spare_name)))
                count += 1
            assert len(places) == len(made.files)
    # The same model stands in two of the recordings.
    assert count > 30 and len(spare) >= count - 2


@pytest.mark.skipif(not SAMPLES.is_dir(), reason='needs ../shared/civitai-samples')
def test_recorded_answers_choose_weights():
    refused = 0
    for owner, versions in recorded():
        for made in versions:
            try:
                chosen = choose_file(made)
            except PickleRefused as error:
                refused += 1
                assert error.details['file'].endswith(('.ckpt', '.pt'))
                continue
            assert chosen.type in ('Model', 'Archive')
            assert chosen.name.endswith(('.safetensors', '.zip'))
    assert refused == 6
