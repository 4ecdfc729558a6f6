"""What people paste, one by one and in heaps (civitai-api.md section 10)."""

import time

import pytest
from civitai_manager_libs.domain.targets import (
    FileFilter,
    Target,
    TargetKind,
    downloadable,
    parse_target,
    parse_targets,
)
from civitai_manager_libs.errors import TargetUnknown, TargetUnsupported
from hypothesis import example, given
from hypothesis import strategies as st

K = TargetKind
KEY = '0f1e2d3c4b5a69788796a5b4c3d2e1f0'
SHA256 = 'A1B2C3D4E5F60718293A4B5C6D7E8F90' * 2

MEANINGS = [
    ('257749', K.NUMBER, {'number': 257749}),
    (' ２５７７４９ ', K.NUMBER, {'number': 257749}),
    ('12345678', K.NUMBER, {'number': 12345678}),
    ('1234567890', K.NUMBER, {'number': 1234567890}),
    ('2147483647', K.NUMBER, {'number': 2147483647}),
    ('2147483648', K.HASH, {'hash': '2147483648'}),
    ('00123456', K.HASH, {'hash': '00123456'}),
    ('0x12345678', K.HASH, {'hash': '12345678'}),
    ('ABCDEF12', K.HASH, {'hash': 'abcdef12'}),
    ('abcdef1234', K.HASH, {'hash': 'abcdef1234'}),
    ('0xE3B0C44298FC', K.HASH, {'hash': 'e3b0c44298fc'}),
    ('123456789012', K.HASH, {'hash': '123456789012'}),
    (SHA256, K.HASH, {'hash': SHA256.lower()}),
    (f'SHA256: {SHA256}', K.HASH, {'hash': SHA256.lower()}),
    ('https://civitai.com/models/4618', K.MODEL, {'model_id': 4618}),
    ('https://civitai.com/models/4618/vector-art/', K.MODEL, {'model_id': 4618}),
    ('https://civitai.com/models/4618/%E5%90%91%E9%87%8F', K.MODEL, {'model_id': 4618}),
    ('https://civitai.com/models/4618%2Fvector', K.MODEL, {'model_id': 4618}),
    ('civitai.com/models/4618', K.MODEL, {'model_id': 4618}),
    ('//civitai.com/models/4618', K.MODEL, {'model_id': 4618}),
    ('HTTP://WWW.Civitai.COM//Models//4618///?utm=1#top', K.MODEL, {'model_id': 4618}),
    ('https://civitai.com./models/4618', K.MODEL, {'model_id': 4618}),
    ('https://civitai.com:443/models/4618', K.MODEL, {'model_id': 4618}),
    ('https://civitai.red/models/4618', K.MODEL, {'model_id': 4618}),
    ('www.civitai.green/models/4618', K.MODEL, {'model_id': 4618}),
    ('https://civitai.com/zh-TW/models/4618', K.MODEL, {'model_id': 4618}),
    ('https%3A%2F%2Fcivitai.com%2Fmodels%2F4618', K.MODEL, {'model_id': 4618}),
    ('http://127.0.0.1:8123/models/4618', K.MODEL, {'model_id': 4618}),
    ('127.0.0.1:8123/models/4618', K.MODEL, {'model_id': 4618}),
    ('https://civitai.com/api/v1/models/4618', K.MODEL, {'model_id': 4618}),
    (
        'https://civitai.com/models/4618/x?modelVersionId=5265&dialog=y',
        K.VERSION,
        {'model_id': 4618, 'version_id': 5265},
    ),
    ('civitai.com/model-versions/5265', K.VERSION, {'version_id': 5265}),
    ('https://api.civitai.com/api/download/models/5265', K.VERSION, {'version_id': 5265}),
    ('https://civitai.com/api/v1/model-versions/5265', K.VERSION, {'version_id': 5265}),
    (
        'https://civitai.com/api/v1/model-versions/mini/5265?modelFileId=9',
        K.VERSION,
        {'version_id': 5265, 'wanted': FileFilter(file_id=9)},
    ),
    (
        f'https://civitai.com/api/v1/model-versions/by-hash/{SHA256}',
        K.HASH,
        {'hash': SHA256.lower()},
    ),
    (
        'https://civitai.com/login?returnUrl=%2Fmodel-versions%2F5265&reason=download-auth',
        K.VERSION,
        {'version_id': 5265},
    ),
    (
        'https://civitai.com/api/download/models/5265?type=Pruned%20Model&amp;format=SafeTensor'
        f'&size=full&fp=fp16&quantType=Q8_0&fileId=77&token={KEY}',
        K.VERSION,
        {
            'version_id': 5265,
            'wanted': FileFilter(77, 'Pruned Model', 'SafeTensor', 'full', 'fp16', 'Q8_0'),
        },
    ),
    ('4618@5265', K.VERSION, {'model_id': 4618, 'version_id': 5265}),
    ('civitai:4618@5265', K.VERSION, {'model_id': 4618, 'version_id': 5265}),
    ('civitai:4618', K.MODEL, {'model_id': 4618}),
    ('urn:air:sd1:lora:civitai:4618', K.MODEL, {'model_id': 4618}),
    ('AIR:sdxl:LORA:CivitAI:4618@5265', K.VERSION, {'model_id': 4618, 'version_id': 5265}),
    ('sdxl:lora:civitai:4618@5265', K.VERSION, {'model_id': 4618, 'version_id': 5265}),
    (
        'urn:air:sdxl:lora:civitai:4618@5265+77.safetensor',
        K.VERSION,
        {
            'model_id': 4618,
            'version_id': 5265,
            'wanted': FileFilter(file_id=77, format='SafeTensor'),
        },
    ),
    ('https://civitai.com/images/88', K.IMAGE, {'image_id': 88}),
    ('https://civitai.com/api/v1/images?imageId=88', K.IMAGE, {'image_id': 88}),
    (
        'https://image.civitai.com/xG1/0a-1b/anim=false,width=450/88.jpeg?x=1',
        K.IMAGE,
        {'image_id': 88},
    ),
    ('https://civitai.com/posts/99', K.POST, {'post_id': 99}),
    ('https://civitai.com/user/Some_One/models', K.CREATOR, {'username': 'Some_One'}),
    ('https://civitai.com/user/bob./models', K.CREATOR, {'username': 'bob.'}),
    ('https://civitai.com/collections/7', K.COLLECTION, {'collection_id': 7}),
    ('https://civitai.com/articles/6/slug', K.ARTICLE, {'article_id': 6}),
    ('https://civitai.com/tag/anime%20girl', K.LISTING, {'tag': 'anime girl'}),
    ('https://civitai.com/models?tag=anime', K.LISTING, {'tag': 'anime'}),
    ('https://civitai.com/search/models?query=a%20b', K.LISTING, {'query': 'a b'}),
    (
        f'https://civitai.com/api/v1/models?username=someone&token={KEY}',
        K.LISTING,
        {'username': 'someone'},
    ),
]
BASE = 'http://127.0.0.1:8123'


@pytest.mark.parametrize(('text', 'kind', 'fields'), MEANINGS, ids=[row[0] for row in MEANINGS])
def test_meaning(text, kind, fields):
    target = parse_target(text, BASE)
    assert target == Target(kind, target.text, **fields)


@pytest.mark.parametrize('text', [row[0] for row in MEANINGS])
def test_canonical_text_means_the_same_without_the_configured_server(text):
    target = parse_target(text, BASE)
    assert parse_target(target.text) == target
    assert KEY not in repr(target)


@pytest.mark.parametrize(
    'text',
    [
        *('', '   ', '\ufeff', '0', '-5', '99999999999', 'hello', 'abcdef1', '0xzz', 'ab' * 31),
        *('civitai:0@5', 'civitai:5@0', '5@', '5@2147483648', 'air:sd1:lora:civitai:x'),
        *('https://civitai.com/models/0', 'https://civitai.com/models/abc'),
        *('https://civitai.com/models/2147483648', 'https://civitai.com/models/5?modelVersionId=x'),
        *('https://civitai.com/api/download/models', 'civitai.com/api/download/models/5?fileId=x'),
        'https://civitai.com/api/v1/model-versions/by-hash/abc',
        *('ftp://civitai.com/models/5', 'file:///etc/passwd', 'javascript:alert(1)', 'C:\\a\\b'),
        *('civitai.com.evil.example/models/5', 'evil.example/civitai.com/models/5'),
        *('civitai.com@evil.example/models/5', 'xn--civiti-zqa.com/models/5', 'https://'),
        'https://civitai.com\\@evil.example/models/5',
        *('http://[::1/models/5', 'https://civitai.com:99999/models/5', 'https://a b.example/x'),
    ],
)
def test_unknown(text):
    with pytest.raises(TargetUnknown):
        parse_target(text)


@pytest.mark.parametrize(
    ('text', 'kind'),
    [
        ('urn:air:flux1:checkpoint:huggingface:black-forest/FLUX@main', 'air'),
        ('sdxl:lora:civitai-r2:bucket/file.safetensors', 'air'),
        ('air:other:other:orchestrator:5', 'air'),
        ('air:other:other:elsewhere:5', 'air'),
        ('https://civitai.com/pricing', 'page'),
        ('https://civitai.com', 'page'),
    ],
)
def test_known_form_that_cannot_be_followed(text, kind):
    with pytest.raises(TargetUnsupported) as caught:
        parse_target(text)
    assert caught.value.details['kind'] == kind


@pytest.mark.parametrize(
    'host',
    [
        *('civitai.com.evil.example', 'evil.example', 'xn--civiti-zqa.com', 'civitai.comm'),
        *('notcivitai.com', 'civitai.com:8443', 'user@evil.example', 'civitai.com@evil.example'),
    ],
)
def test_other_hosts_are_files_of_other_servers(host):
    target = parse_target(f'https://{host}/models/5')
    assert target.kind is K.DIRECT and target.model_id is None
    assert '@' not in target.text


def test_direct_link_keeps_its_signature_to_itself():
    url = 'https://bob:pw@files.example/a/My%20Model.safetensors?sig=abc%2F&token=t0ken#frag'
    target = parse_target(url)
    assert target.url == url.removesuffix('#frag')
    assert target.text == 'https://files.example/a/My%20Model.safetensors'
    for secret in ('pw', 'abc%2F', 't0ken'):
        assert secret not in repr(target) and secret not in target.text


def test_civitai_key_is_not_sent_to_a_look_alike():
    url = f'https://civitai.com.evil.example/api/download/models/5?token={KEY}&type=Model'
    assert parse_target(url).url == url.replace(f'token={KEY}&', '')


def test_picture_without_a_number_is_a_file():
    target = parse_target('https://image.civitai.com/acc/uuid/original=true/uuid.jpeg')
    assert target.kind is K.DIRECT


def test_downloadable():
    for text in ('5', 'abcdef12', 'civitai:5', '5@6', 'https://files.example/x.safetensors'):
        target = parse_target(text)
        assert downloadable(target) is target
    for text in ('images/5', 'posts/5', 'user/bob', 'collections/5', 'articles/5', 'models?tag=x'):
        with pytest.raises(TargetUnsupported):
            downloadable(parse_target(f'civitai.com/{text}'))


# --- keys ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    'form',
    [
        *(
            '{key}',
            'x {key} y',
            'token={key}',
            '?token={key}',
            'foo?a=b&token={key}',
            'Bearer {key}',
        ),
        'https://civitai.com/models/5?token={key}',
        'https://civitai.com/models/abc?token={key}',
        'https://civitai.com/pricing?token={key}',
        'https://civitai.com/{key}',
        'https://{key}@civitai.com/models/5',
        'https://u:{key}@civitai.com/models/x',
        'https://u:{key}@files.example/x',
        'u:{key}@files.example/x',
        'https://civitai.com/api/download/models/5?type=Model&token={key}',
        'https://civitai.com/api/download/models/x?type=Model&token={key}',
        'https%3A%2F%2Fcivitai.com%2Fmodels%2Fx%3Ftoken%3D{key}',
        'https://civitai.com/search/models?query=a&token={key}',
        'https://civitai.com/api/v1/models?limit=1&token={key}',
        'https://files.example/a?token={key}',
        'https://files.example/a%3Ftoken={key}',
        'https://files.example/token={key}/b',
        'https://civitai.com.evil.example/api/download/models/5?token={key}',
        'urn:air:sd1:lora:huggingface:x?token={key}',
        'https://civitai.com/login?returnUrl=%2Fmodels%2Fx%3Ftoken%3D{key}&token={key}',
    ],
)
@given(key=st.text('0123456789abcdef', min_size=32, max_size=32))
def test_key_is_never_repeated(form, key):
    for item in parse_targets(form.format(key=key)):
        assert key not in repr(item) and key not in str(item)
        if isinstance(item, Target):
            assert key not in item.text
            # Only another server's own query is kept, and only in the address to fetch.
            assert key not in (item.url or '') or 'files.example' in form


@pytest.mark.parametrize('text', ['https://u:hunter2@civitai.com/models/x', 'u:hunter2@a.example'])
def test_short_login_is_not_repeated(text):
    with pytest.raises(TargetUnknown) as caught:
        parse_target(text)
    assert 'hunter2' not in str(caught.value)


def test_unknown_text_is_short():
    with pytest.raises(TargetUnknown) as caught:
        parse_target('word ' * 5000)
    assert len(caught.value.details['text']) <= 80


# --- heaps --------------------------------------------------------------------------------------


def texts(heap):
    return [item.text if isinstance(item, Target) else item.code for item in parse_targets(heap)]


@pytest.mark.parametrize(
    'heap', ['', '   \n\t', '\ufeff\n', '•\n- \n* * *\n，、', '# only a remark']
)
def test_empty_heap(heap):
    assert parse_targets(heap) == []


def model(number):
    return f'civitai.com/models/{number}'


@pytest.mark.parametrize(
    ('heap', 'expected'),
    [
        ('1 2\n3,4;5\t6', ['1', '2', '3', '4', '5', '6']),
        ('1、2，3；4。', ['1', '2', '3', '4']),
        (
            '1@2,3@4',
            ['civitai.com/models/1?modelVersionId=2', 'civitai.com/models/3?modelVersionId=4'],
        ),
        ('\ufeffhttps://civitai.com/models/1\u200b', [model(1)]),
        ('"https://civitai.com/models/1", \'https://civitai.com/models/2\'', [model(1), model(2)]),
        ('<https://civitai.com/models/1>(https://civitai.com/models/2).', [model(1), model(2)]),
        ('「https://civitai.com/models/1」【https://civitai.com/models/2】', [model(1), model(2)]),
        ('[My model](https://civitai.com/models/1/a_(b)) ', [model(1)]),
        ('![x](https://civitai.com/models/1 "title")', [model(1)]),
        ('**https://civitai.com/models/1**', [model(1)]),
        (
            '- https://civitai.com/models/1\n• https://civitai.com/models/2\n* 3',
            [model(1), model(2), '3'],
        ),
        ('- [ ] https://civitai.com/models/1\n- [x] 2', [model(1), '2']),
        ('1. https://civitai.com/models/7\n2) https://civitai.com/models/8', [model(7), model(8)]),
        ('1、https://civitai.com/models/7\n２', [model(7), '2']),
        ('模型：https://civitai.com/models/7，謝謝', [model(7), 'target_unknown']),
        ('LoRA: https://civitai.com/models/7', [model(7)]),
        ('https://civitai.com/models/1,https://civitai.com/models/2', [model(1), model(2)]),
        ('https://civitai.com/models/1https://civitai.com/models/2', [model(1), model(2)]),
        ('https://civitai.com/models/1 nonsense', [model(1), 'target_unknown']),
        (
            'https://image.civitai.com/a/b/anim=false,width=450/12.jpeg,13',
            ['civitai.com/images/12', '13'],
        ),
        ('https://files.example/a.bin?sig=1,2', ['https://files.example/a.bin']),
        ('# remark 5\n6', ['6']),
    ],
)
def test_heap(heap, expected):
    assert texts(heap) == expected


def test_duplicates_by_meaning_keep_the_first_place():
    heap = '''https://civitai.com/models/5/slug  7
        civitai:5  https://civitai.red/models/5?x=1   5@6   civitai.com/model-versions/6
        abcdef12 ABCDEF12 what what'''
    assert texts(heap) == [
        *(model(5), '7', 'civitai.com/models/5?modelVersionId=6', 'abcdef12', 'target_unknown'),
    ]


def test_different_files_of_one_version_are_different():
    link = 'https://civitai.com/api/download/models/6'
    assert len(parse_targets(f'{link} {link}?fileId=1 {link}?fileId=2 {link}?fileId=2')) == 3


def test_thousands_of_entries_stay_quick():
    heap = '\n'.join(f'- https://civitai.com/models/{number}/slug,' for number in range(1, 5001))
    started = time.perf_counter()
    assert len(parse_targets(heap)) == 5000
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    'sign', ['[', '(', ')', '-', ' ', '1,', '[x](', 'https://', 'a:b@', '//', '@']
)
def test_hostile_heaps_stay_quick(sign):
    started = time.perf_counter()
    parse_targets(sign * (60000 // len(sign)) + 'x')
    assert time.perf_counter() - started < 5


WORDS = st.sampled_from(
    [
        *('https://', 'http://', '//', 'civitai.com', 'civitai.red', 'image.civitai.com', '/', '?'),
        *(
            'models',
            'model-versions',
            'api',
            'v1',
            'download',
            'login',
            'returnUrl=',
            'user',
            'tag',
        ),
        *(
            'modelVersionId=',
            'fileId=',
            'token=',
            '&',
            '=',
            '#',
            '@',
            ':',
            '+',
            '.',
            '%',
            '%2F',
            '[',
        ),
        *(
            'urn:air:sd1:lora:civitai:',
            'civitai:',
            '1',
            '55',
            '2147483648',
            'abcdef12',
            ']',
            '(',
            ')',
        ),
    ]
)
PASTED = st.one_of(
    st.text(), st.lists(st.one_of(WORDS, st.text(max_size=3)), max_size=12).map(''.join)
)


@given(PASTED)
@example('\ud800')
@example('https://civitai.com/user/\ud800')
@example('https://civitai.com/tag/%ed%a0%80')
@example('http://[')
@example('https://civitai.com/login?returnUrl=/')
def test_only_our_errors_and_a_round_trip(text):
    try:
        target = parse_target(text)
    except (TargetUnknown, TargetUnsupported) as error:
        assert len(str(error.details['text'])) <= 80
        return
    target.text.encode()
    if target.kind is not K.DIRECT:
        assert parse_target(target.text) == target


@given(PASTED)
def test_heap_never_fails_and_never_repeats(text):
    items = parse_targets(text)
    meanings = [item.meaning for item in items if isinstance(item, Target)]
    assert len(meanings) == len(set(meanings))
