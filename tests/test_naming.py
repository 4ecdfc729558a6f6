"""Names that are safe on Linux, macOS and Windows, judged by the systems' rules and not by our
code.
"""

import re
import unicodedata

import pathvalidate
import pytest
from civitai_manager_libs.domain.header_names import filename_from_headers
from civitai_manager_libs.domain.naming import (
    NAME_LIMIT,
    name_key,
    numbered,
    safe_name,
    safe_relative,
    split_extension,
    tagged,
    unique,
)
from civitai_manager_libs.errors import SettingInvalid
from hypothesis import example, given
from hypothesis import strategies as st

DEVICES = {'CON', 'PRN', 'AUX', 'NUL', 'CONIN$', 'CONOUT$', 'CLOCK$'} | {
    f'{port}{digit}' for port in ('COM', 'LPT') for digit in '0123456789¹²³'
}
NASTY = st.one_of(
    st.text(),
    st.text(st.characters(codec=None, categories=None)),
    st.lists(
        st.sampled_from(
            [
                *(
                    'CON',
                    'nul',
                    'COM¹',
                    '.',
                    '..',
                    ' ',
                    '/',
                    '\\',
                    ':',
                    '\x00',
                    '\n',
                    '\u202e',
                    '\u200d',
                ),
                *(
                    'é',
                    'e\u0301',
                    '가',
                    '\u1100\u1161',
                    '👩\u200d🔬',
                    '👍🏽',
                    '\ud83d',
                    '\uf03a',
                    '字',
                    '\u3000',
                ),
                *(
                    '.safetensors',
                    '.vae.pt',
                    '.tar.gz',
                    '.json',
                    'v1.5',
                    'x' * 100,
                    '\u3164',
                    '\ufffe',
                    '(2)',
                ),
            ]
        ),
        max_size=12,
    ).map(''.join),
)


def assert_safe(name, limit=NAME_LIMIT):
    """Every rule of the three systems, written down again."""
    assert name and len(name.encode('utf-8')) <= limit
    assert len(name.encode('utf-16-le')) // 2 <= 255
    assert name == unicodedata.normalize('NFC', name)
    assert not set(name) & set('<>:"/\\|?*')
    assert name not in ('.', '..') and name == name.strip(' .')
    assert not any(unicodedata.category(sign) in ('Cc', 'Cf', 'Cs', 'Zl', 'Zp') for sign in name)
    assert name.split('.')[0].rstrip(' ').upper() not in DEVICES
    pathvalidate.validate_filename(name, platform='universal', max_len=255)


@given(NASTY)
@example('CON')
@example('con .txt')
@example('LPT³.tar.gz')
@example('\u0301')
@example('a' + '\u0301' * 400 + '.safetensors')
@example('. .safetensors')
@example('=\u0338<\u0338')
def test_any_text_becomes_safe_and_stays_so(text):
    name = safe_name(text)
    assert_safe(name)
    assert safe_name(name) == name


@given(NASTY, st.integers(16, 80))
def test_shorter_limits(text, limit):
    name = safe_name(text, limit=limit)
    assert_safe(name, limit)
    assert safe_name(name, limit=limit) == name


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('model.safetensors', 'model.safetensors'),
        ('麥橘寫實 v7.safetensors', '麥橘寫實 v7.safetensors'),
        ('a/b\\c:d*e?"<f>|g', 'a_b_c_d_e___f__g'),
        ('../../etc/passwd', '_.._etc_passwd'),
        ('..', 'unnamed'),
        (' . name . ', 'name'),
        ('nul.safetensors', '_nul.safetensors'),
        ('CONIN$', '_CONIN$'),
        ('console.txt', 'console.txt'),
        ('e\u0301', 'é'),
        ('a\u202egnp.exe', 'agnp.exe'),
        ('a\ud800b', 'a_b'),
        ('a\tb\nc', 'a b c'),
        ('\u200b\u3164', 'unnamed'),
    ],
)
def test_named_cases(text, expected):
    assert safe_name(text) == expected


def test_cut_keeps_the_extension_and_whole_letters():
    name = safe_name('字' * 200 + '.safetensors')
    assert name.endswith('字.safetensors') and NAME_LIMIT - 3 < len(name.encode()) <= NAME_LIMIT
    accented = safe_name('x\u0331' * 200 + '.pt')
    assert accented == 'x\u0331' * ((NAME_LIMIT - 3) // 3) + '.pt'
    assert safe_name('y' + 'x\u0331' * 200) == 'y' + 'x\u0331' * ((NAME_LIMIT - 1) // 3)
    skin = safe_name('x' * 222 + '👍🏽.pt')
    assert skin == 'x' * 222 + '.pt'


@pytest.mark.parametrize(
    ('name', 'stem', 'extension'),
    [
        ('a.safetensors', 'a', '.safetensors'),
        ('a.SafeTensors', 'a', '.SafeTensors'),
        ('a.fp16.safetensors', 'a.fp16', '.safetensors'),
        ('a.vae.pt', 'a', '.vae.pt'),
        ('a.tar.gz', 'a', '.tar.gz'),
        ('a.civitai.info', 'a', '.civitai.info'),
        ('a.preview.png', 'a', '.preview.png'),
        ('a.gguf', 'a', '.gguf'),
        ('a.onnx', 'a', '.onnx'),
        ('model v1.5', 'model v1.5', ''),
        ('.safetensors', '.safetensors', ''),
        ('plain', 'plain', ''),
        ('a.docx', 'a', '.docx'),
        ('A long title. Really long', 'A long title. Really long', ''),
    ],
)
def test_split_extension(name, stem, extension):
    assert split_extension(name) == (stem, extension)


@given(NASTY, st.integers(2, 99999))
def test_numbered_and_tagged_stay_safe(text, number):
    name = safe_name(text)
    second = numbered(name, number)
    assert_safe(second)
    assert f' ({number})' in second and split_extension(second)[1] == split_extension(name)[1]
    assert_safe(tagged(name, text))


def test_numbered():
    assert numbered('name.safetensors', 2) == 'name (2).safetensors'
    assert numbered('x' * 400 + '.pt', 12).endswith('x (12).pt')


# --- no two names alike -------------------------------------------------------------------------


def test_unique_takes_the_word_that_tells_apart():
    names = ['A.safetensors', 'a.safetensors', 'a\u0301.pt', 'á.pt', 'A.safetensors', 'other.pt']
    tags = [
        ['fp16', 'full', '1'],
        ['fp32', 'full', '2'],
        ['3'],
        ['Model', '4'],
        ['fp32', 'full', '5'],
        ['6'],
    ]
    assert unique(names, tags) == (
        *('A.safetensors', 'a-fp32.safetensors', 'a\u0301.pt', 'á-Model.pt', 'A-5.safetensors'),
        'other.pt',
    )


def test_unique_gives_nobody_the_name_another_file_has():
    names = ['a.pt', 'a.pt', 'a-fp32.pt']
    assert unique(names, [['fp16', '1'], ['fp32', '2'], ['fp32', '3']]) == (
        *('a.pt', 'a-2.pt', 'a-fp32.pt'),
    )
    assert unique(['a.pt'], [['x', '1']], reserved=['A.PT', 'a-x.pt']) == ('a-1.pt',)


@given(
    st.lists(st.sampled_from(['a.pt', 'A.pt', 'á.pt', 'a\u0301.pt', 'a-x.pt', 'b']), max_size=9),
    st.lists(st.sampled_from(['a.pt', 'a-1.pt', 'a-x.pt']), max_size=3),
)
def test_unique_never_repeats(names, reserved):
    tags = [['x', str(position)] for position in range(len(names))]
    found = unique(names, tags, reserved)
    keys = [unicodedata.normalize('NFC', name).casefold() for name in (*found, *set(reserved))]
    assert len(keys) == len(set(keys))


@given(NASTY)
def test_name_key_ignores_case_and_form(text):
    name = safe_name(text)
    assert name_key(unicodedata.normalize('NFD', name)) == name_key(name)
    assert name_key(name.upper().lower()) == name_key(name.upper())


# --- relative paths -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('text', 'parts'),
    [
        ('', ()),
        ('a', ('a',)),
        ('a/b\\c/', ('a', 'b', 'c')),
        ('./a//b/.', ('a', 'b')),
        ('. ./a/. .', ('a',)),
        (' a / b ', ('a', 'b')),
        ('SD 1.5/con/x:y', ('SD 1.5', '_con', 'x_y')),
    ],
)
def test_safe_relative(text, parts):
    assert safe_relative(text) == parts


@pytest.mark.parametrize(
    'text',
    [
        *('/a', '\\a', '//server/share', '\\\\server\\share', 'C:', 'c:/a', 'D:\\a', 'C:a', ' /a'),
        *('..', 'a/..', 'a/../b', 'a\\..\\b', ' .. /a', '.\u200b./a', '...', '~', '~/a'),
    ],
)
def test_safe_relative_refuses_what_leaves_the_folder(text):
    with pytest.raises(SettingInvalid) as caught:
        safe_relative(text, key='own_folders')
    assert caught.value.details['key'] == 'own_folders'


@given(NASTY)
def test_relative_parts_are_safe(text):
    try:
        parts = safe_relative(text)
    except SettingInvalid:
        return
    for part in parts:
        assert_safe(part)


# --- names in headers ---------------------------------------------------------------------------

R2 = 'https://x.r2.cloudflarestorage.com/1/model/bodhorV1.eq23.safetensors'


@pytest.mark.parametrize(
    ('header', 'location', 'expected'),
    [
        ('attachment; filename="a b.safetensors"', None, 'a b.safetensors'),
        ('attachment; filename=plain.pt; size=5', None, 'plain.pt'),
        ('filename="no type.pt"', None, 'no type.pt'),
        ('attachment; FileName="a \\"q\\" b.pt"', None, 'a _q_ b.pt'),
        ('attachment; filename="unended.pt', None, 'unended.pt'),
        ('attachment; filename="x;y.pt"', None, 'x;y.pt'),
        ("attachment; filename*=UTF-8''%E5%AD%97.pt", None, '字.pt'),
        ("attachment; filename=\"a.pt\"; filename*=UTF-8'en'%E5%AD%97.pt", None, '字.pt'),
        ("attachment; filename*=iso-8859-1''%E9.pt", None, 'é.pt'),
        ("attachment; filename*=big5''%A6r.pt", None, '字.pt'),
        ("attachment; filename*=UTF-8''%FF.pt; filename=b.pt", None, 'b.pt'),
        ("attachment; filename*=zlib''abc; filename=b.pt", None, 'b.pt'),
        ('attachment; filename*=nonsense; filename=b.pt', None, 'b.pt'),
        ('attachment; filename="' + '字.pt'.encode().decode('latin-1') + '"', None, '字.pt'),
        ('attachment; filename="é.pt"', None, 'é.pt'),
        ('attachment; filename="字.pt"', None, '字.pt'),
        ('attachment; filename="%E5%AD%97.pt"', None, '字.pt'),
        ('attachment; filename="100%.pt"', None, '100%.pt'),
        ('attachment; filename="../../etc/passwd"', None, 'passwd'),
        ('attachment; filename="C:\\dir\\name.pt"', None, 'name.pt'),
        ('attachment; filename="%2e%2e%2fup.pt"', None, 'up.pt'),
        ('attachment; filename=".."', None, None),
        ('attachment; filename=""', R2, 'bodhorV1.eq23.safetensors'),
        ('attachment', None, None),
        (None, None, None),
        (
            None,
            R2 + '?X=1&response-content-disposition=attachment%3B%20filename%3D%22BodHor-V1.pt%22',
            'BodHor-V1.pt',
        ),
        (None, R2 + '?b2ContentDisposition=attachment%3B+filename%3D%22n%2B1.pt%22', 'n+1.pt'),
        (None, R2 + '?X=1', 'bodhorV1.eq23.safetensors'),
        (None, 'https://files.example/a%2F..%2F%E5%AD%97.pt', '字.pt'),
        (None, 'https://files.example/folder/', None),
        (None, 'http://[', None),
    ],
)
def test_filename_from_headers(header, location, expected):
    assert filename_from_headers(header, location) == expected


@given(NASTY, NASTY)
def test_header_names_are_safe_or_none(header, location):
    for name in (
        filename_from_headers(header, location),
        filename_from_headers(f'attachment; filename="{header}"', None),
        filename_from_headers(None, f'https://files.example/{location}'),
    ):
        if name is not None:
            assert_safe(name)
            assert not re.search(r'[/\\]', name)
