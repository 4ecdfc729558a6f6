"""Files of links that people drop: internet shortcuts of Windows in every encoding, text."""

import codecs
import random

import pytest
from civitai_manager_libs.domain.targets import parse_targets
from civitai_manager_libs.domain.url_file import LARGEST_LINK_FILE, links_of_file
from civitai_manager_libs.errors import LinkFileTooLarge, LinkFileUnreadable
from hypothesis import given
from hypothesis import strategies as st

LINK = 'https://civitai.com/models/4618?modelVersionId=5265'
WINDOWS = (
    '[{000214A0-0000-0000-C000-000000000046}]\r\nProp3=19,11\r\nURL=https://other.example/\r\n'
    f'[InternetShortcut]\r\nIDList=\r\nURL={LINK}\r\nIconIndex=13\r\nHotKey=0\r\n'
)


@pytest.mark.parametrize(
    'content',
    [
        WINDOWS.encode(),
        codecs.BOM_UTF8 + WINDOWS.encode(),
        codecs.BOM_UTF16_LE + WINDOWS.encode('utf-16-le'),
        codecs.BOM_UTF16_BE + WINDOWS.encode('utf-16-be'),
        codecs.BOM_UTF32_LE + WINDOWS.encode('utf-32-le'),
        WINDOWS.encode('utf-16-le'),
        WINDOWS.encode('utf-16-be'),
        f'IconFile=動漫.ico\r\n{WINDOWS}'.encode('cp950'),
        f'IconFile=模型.ico\r\n{WINDOWS}'.encode('gb18030'),
        f'IconFile=café.ico\r\n{WINDOWS}'.encode('latin-1'),
        WINDOWS.replace('\r\n', '\r').encode(),
        f'  [internetshortcut]  \n  url = "{LINK}"  '.encode(),
        f'[InternetShortcut]\nURL=\nURL={LINK}'.encode(),
        f'[InternetShortcut]\nBASEURL=https://other.example\nURL={LINK}'.encode(),
        f'[InternetShortcut.W]\nURL=+AG-\n[InternetShortcut]\nURL={LINK}'.encode(),
    ],
)
def test_the_address_of_a_shortcut(content):
    assert links_of_file('A model.url', content) == LINK


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16', 'cp950'])
def test_a_text_of_links_is_given_as_it_stands(encoding):
    text = f'我的模型\n{LINK}\ncivitai.com/models/257749'
    read = links_of_file('links.txt', text.encode(encoding))
    assert read == text
    assert [one.model_id for one in parse_targets(read)[1:]] == [4618, 257749]


def test_links_among_chinese_in_utf_16_without_a_mark():
    text = f'動漫角色與背景模型收藏清單\n{LINK}\n'
    assert links_of_file('x.txt', text.encode('utf-16-le')) == text


@pytest.mark.parametrize(
    'content',
    [
        b'',
        b' \r\n\t',
        b'\0' * 200,
        b'L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F',
        b'[InternetShortcut]\r\nIconIndex=0\r\n',
        b'[InternetShortcut]\r\nURL=\r\n[Other]\r\nURL=https://civitai.com/models/1',
    ],
)
def test_what_holds_no_link_is_said_by_its_name(content):
    with pytest.raises(LinkFileUnreadable) as told:
        links_of_file('My model.url', content)
    assert told.value.details['name'] == 'My model.url'


@pytest.mark.parametrize('name', ['My model.url', 'links.txt'])
@pytest.mark.parametrize('seed', range(20))
def test_rubbish_is_no_text(name, seed):
    with pytest.raises(LinkFileUnreadable):
        links_of_file(name, random.Random(seed).randbytes(200))


@pytest.mark.parametrize(
    'content', [b'\x89PNG\r\n\x1a\n\xff', b'PK\x03\x04', b'\xff\xd8\xff\xe0', b'hello', b'4618']
)
def test_a_shortcut_that_is_none_and_names_no_address(content):
    with pytest.raises(LinkFileUnreadable):
        links_of_file('My model.URL', content)


@pytest.mark.parametrize(
    'content', [LINK.encode(), f'{LINK}\r\n\x1a'.encode(), b'\x92 ' + LINK.encode()]
)
def test_a_shortcut_that_is_a_text_with_a_link(content):
    assert LINK in links_of_file('x.url', content)


def test_ten_megabytes_are_refused():
    content = b'[InternetShortcut]\r\nURL=' + b'a' * 10_000_000
    with pytest.raises(LinkFileTooLarge) as told:
        links_of_file('big.url', content)
    assert told.value.details == {
        'name': 'big.url',
        'bytes': len(content),
        'largest': LARGEST_LINK_FILE,
    }


@pytest.mark.parametrize(
    'filling', [b' ', b'[', b'[InternetShortcut]\n', b'URL=\n', b'\x81', '動'.encode('utf-16-le')]
)
def test_the_largest_file_of_one_kind_of_sign(filling):
    """Reading is linear: anything else would take hours."""
    content = (filling * LARGEST_LINK_FILE)[: LARGEST_LINK_FILE - len(LINK) - 30]
    whole = content + f'\n[InternetShortcut]\nURL={LINK}'.encode()
    assert LINK in links_of_file('x.url', whole) or filling == '動'.encode('utf-16-le')


def test_a_name_that_is_a_path_or_holds_a_key_is_only_shown_shortened():
    with pytest.raises(LinkFileUnreadable) as told:
        links_of_file(f'../../x?token={"0f1e2d3c" * 4}', b'\0')
    assert '0f1e2d3c' not in told.value.details['name']


@given(st.binary(max_size=400), st.text(max_size=40))
def test_any_bytes_are_text_or_refused(content, name):
    try:
        read = links_of_file(name, content)
    except LinkFileUnreadable:
        return
    assert '\0' not in read
    parse_targets(read)


@given(
    st.text(
        st.characters(blacklist_characters='[\r\n\0', blacklist_categories=['Cs']), max_size=60
    ),
    st.sampled_from(['utf-8', 'utf-8-sig', 'utf-16', 'utf-32']),
)
def test_whatever_stands_before_it_the_section_is_found(title, encoding):
    text = f'{title}\n[InternetShortcut]\nURL={LINK}\n'
    assert links_of_file('x.url', text.encode(encoding)) == LINK
