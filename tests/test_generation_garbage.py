"""Whatever bytes come: an answer with a reason, no exception, and no picture harmed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from civitai_manager_libs.domain.generation import GenerationData
from civitai_manager_libs.domain.infotext import read_infotext
from civitai_manager_libs.errors import MetadataNotHeld
from civitai_manager_libs.images.exif import (
    DamagedExif,
    decoded_comment,
    texts_of_exif,
    with_comment,
)
from civitai_manager_libs.images.reading import read_generation
from civitai_manager_libs.images.writing import write_generation
from tests.support import generation_pictures as pictures
from tests.support.generation_pictures import A1111, exif_block, pixels, png, text_chunk, with_exif
from tests.support.generation_writing import DATA

COMMENT = b'UNICODE\0' + A1111.encode('utf-16-be')
GRAPH = '{"1": {"class_type": "KSampler", "inputs": {"seed": 4, "steps": 2, "positive": "x"}}}'
WHOLE = [
    png(text_chunk('parameters', A1111)),
    png(pictures.packed_chunk('parameters', A1111), text_chunk('prompt', GRAPH)),
    png(after=[pictures.wide_chunk('parameters', A1111, packed=True)]),
    with_exif('JPEG', exif_block(COMMENT, '<', Software='x' * 9)),
    with_exif('WEBP', exif_block(COMMENT)),
    pictures.painted('GIF'),
]
HEADS = [content[:12] for content in WHOLE] + [b'', b'\0\0\0\x18ftypmp42', b'\xff\xd8\xff\xe1']


def is_answer(data):
    """Data, or a reason why there is none."""
    known = ('none', 'unknown', 'broken', 'no_picture')
    return isinstance(data, GenerationData) and (data.reason in known if data.empty else True)


@st.composite
def mutated(draw):
    """A picture with some bytes changed, taken away, or doubled."""
    content = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        how = draw(st.integers(0, 3))
        if how == 0:
            content[place : place + 1] = draw(st.binary(min_size=1, max_size=1))
        elif how == 1:
            del content[place : place + draw(st.integers(1, 40))]
        elif how == 2:
            content[place:place] = draw(st.binary(max_size=12))
        else:
            content[place : place + 4] = draw(st.sampled_from([b'\xff' * 4, b'\0' * 4, b'IDAT']))
    return bytes(content)


@given(st.builds(lambda head, rest: head + rest, st.sampled_from(HEADS), st.binary(max_size=400)))
def test_any_bytes(content):
    assert is_answer(read_generation(content))


@given(mutated())
def test_damaged_pictures(content):
    assert is_answer(read_generation(content))


@given(st.sampled_from(WHOLE), st.data())
def test_cut_pictures(content, data):
    assert is_answer(read_generation(content[: data.draw(st.integers(0, len(content)))]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=mutated() | st.sampled_from(WHOLE))
def test_writing_into_damaged_pictures_harms_nothing(tmp_path, content):
    place = tmp_path / 'a.png'
    place.write_bytes(content)
    data = GenerationData(prompt='another', steps=4, seed=2**64)
    try:
        write_generation(place, data, {}, 'exif')
    except MetadataNotHeld:
        assert place.read_bytes() == content
        return
    again = read_generation(place)
    assert (again.prompt, again.steps, again.seed) == ('another', 4, 2**64)
    try:
        before = pixels(content)
    except Exception:  # noqa: BLE001 - Pillow may refuse what is damaged in any way
        return
    assert pixels(place.read_bytes()) == before


@given(st.binary(max_size=300) | mutated().map(lambda content: content[20:]))
def test_any_exif(block):
    assert isinstance(texts_of_exif(block), dict)
    for mark in (b'II*\0\x08\0\0\0', b'MM\0*\0\0\0\x08'):
        assert isinstance(texts_of_exif(mark + block), dict)
        try:
            changed = with_comment(mark + block, COMMENT)
        except DamagedExif:
            continue
        assert len(changed) <= 2 * len(mark + block) + len(COMMENT) + 60
        assert texts_of_exif(changed)['UserComment'] == A1111


@given(st.binary(max_size=200), st.booleans())
def test_any_comment(content, little):
    for mark in (b'', b'UNICODE\0', b'ASCII\0\0\0', b'JIS\0\0\0\0\0', bytes(8)):
        decoded_comment(mark + content, little).encode()


@given(st.text(max_size=300))
def test_any_text_in_a_picture(text):
    content = png(
        pictures.png_chunk(b'iTXt', b'parameters\0\0\0\0\0' + text.encode(errors='replace'))
    )
    assert is_answer(read_generation(content))


@given(
    st.lists(
        st.sampled_from(
            [
                'Steps: ',
                '20',
                ', ',
                '"',
                '\\',
                '{',
                '}',
                '[',
                ']',
                ':',
                '\n',
                'Seed: ',
                'a',
                ' ',
                'Negative prompt: ',
                'Template: ',
                'Size: ',
                '1x2',
                'Lora hashes: ',
                'Hashes: ',
            ]
        ),
        max_size=40,
    ).map(''.join)
)
def test_any_infotext(text):
    assert is_answer(read_infotext(text))


@pytest.mark.parametrize(
    'text',
    [
        'Steps: 1' + ', a' * 300_000,
        'Steps: 1, a: ' + '"' * 300_000,
        'Steps: 1, a: ' + '[' * 300_000,
        'Steps: 1, a: "' + '\\"' * 300_000,
        'Steps: 1' + ', a: "' * 100_000,
        'Steps: 1\n' * 100_000,
        ' ' * 500_000 + 'Steps: 1',
        'Steps: 1,' + ' ' * 500_000,
        'Template: ' * 100_000,
        '<lora:' * 100_000,
        'a' * 1_000_000,
    ],
    ids=lambda text: text[:18] + text[-6:],
)
def test_long_texts_do_not_take_long(text):
    """A pattern that went back and forth over them would run into the limit of a test."""
    assert is_answer(read_generation(png(text_chunk('parameters', text))))


@pytest.mark.parametrize('name', ['parameters', 'prompt', 'workflow', 'Comment', 'sd-metadata'])
def test_json_nested_without_end(name):
    for text in ('[' * 200_000, '{"prompt":' * 100_000, '{"1":' * 50_000 + '1' + '}' * 50_000):
        assert is_answer(read_generation(png(text_chunk(name, text))))


def test_the_data_of_the_tests_is_read():
    assert [read_generation(content).seed for content in WHOLE] == [DATA.seed] * 5 + [None]
