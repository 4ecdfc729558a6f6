"""Pictures that generation data is written into, and what is to be seen of them afterwards."""

import msgspec
import pytest

from civitai_manager_libs import i18n
from civitai_manager_libs.domain.generation import GenerationData
from civitai_manager_libs.domain.infotext import read_infotext
from civitai_manager_libs.errors import MetadataNotHeld
from civitai_manager_libs.images.writing import write_generation
from tests.support.generation_pictures import A1111

DATA = read_infotext(A1111)
CHINESE = GenerationData(
    prompt='一隻狐狸 \U0001f98a', negative_prompt='bad', steps=3, seed=2**64 + 1
)
MARK = b'UNICODE\0'


def place_of(tmp_path, content, name='a.b.png'):
    """A file with ``content``."""
    place = tmp_path / name
    place.write_bytes(content)
    return place


def same(one, other):
    """Whether both say the same, whoever wrote it."""
    bare = {'source': '', 'raw': {}, 'resources': (), 'reason': ''}
    return msgspec.structs.replace(one, **bare) == msgspec.structs.replace(other, **bare)


def written(tmp_path, content, data=DATA):
    """``content`` with ``data`` written into it; no other file comes of it."""
    place = place_of(tmp_path, content)
    assert write_generation(place, data, {}, 'exif') == place
    assert [path.name for path in tmp_path.iterdir()] == [place.name]
    return place.read_bytes()


def refused(tmp_path, content, reason, data=DATA):
    """``data`` is not written into ``content``, for ``reason``, and nothing changes."""
    place = place_of(tmp_path, content)
    with pytest.raises(MetadataNotHeld) as raised:
        write_generation(place, data, {}, 'exif')
    assert raised.value.details == {'path': str(place), 'reason': reason}
    assert i18n.text(f'reason.{reason}') in i18n.error_text(raised.value)
    assert place.read_bytes() == content
    assert list(tmp_path.iterdir()) == [place]
