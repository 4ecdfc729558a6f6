"""Generation data written beside a picture or into it; what holds the picture stays as it is, byte
for byte.
"""

from __future__ import annotations

import errno
import json
import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from ..domain.generation import GenerationData, UsedResource
from ..domain.generation_texts import COMMENT, PARAMETERS, read_texts
from ..domain.generation_values import filled, plain
from ..domain.infotext import has_parameters, write_infotext
from ..domain.used_resources import same_hash
from ..errors import MetadataNotHeld
from ..fetching.formats import is_whole
from ..store.files import disk_error, write_atomic
from .embedded import Embedded, embedded_texts
from .exif import DamagedExif
from .splicing import Piece, jpeg_pieces, png_pieces, webp_pieces

_COPIED_AT_ONCE = 1 << 18
_PIECES = {'PNG': png_pieces, 'JPEG': jpeg_pieces, 'WEBP': webp_pieces}
_NOT_COMPARED = ('Hashes', 'Civitai resources')


def write_generation(
    picture: Path, data: GenerationData, record: Mapping[str, Any], form: str
) -> Path:
    """Write how ``picture`` was made, and say where it stands now.

    ``form`` is ``json`` (``<stem>.json`` beside it, with all of ``record``, which is what the API
    said, of ``data`` and its ``raw``), ``txt`` (``<stem>.txt``, infotext) or ``exif`` (into the
    picture: EXIF of JPEG and WebP, a text chunk of PNG). With empty ``data`` ``txt`` and ``exif``
    write nothing; so does ``exif`` when the picture says it all already. What the picture says
    besides is kept.

    Raises :class:`MetadataNotHeld` when the picture cannot hold it, the picture being as it was,
    and the errors of the disk.
    """
    if form == 'json':
        place = picture.with_suffix('.json')
        write_atomic(place, _json(picture, data, record))
        return place
    if data.empty:
        return picture
    if form == 'txt':
        place = picture.with_suffix('.txt')
        write_atomic(place, write_infotext(data).encode('utf-8', 'replace') + b'\n')
        return place
    _write_into(Path(os.path.realpath(picture)), data)
    return picture


def _json(picture: Path, data: GenerationData, record: Mapping[str, Any]) -> bytes:
    generation = msgspec.structs.asdict(data)
    generation['resources'] = [msgspec.structs.asdict(one) for one in data.resources]
    content = {'image': dict(record), 'generation': generation}
    try:
        if data.raw and data.raw in (record.get('meta'), _inner(record.get('meta'))):
            del generation['raw']  # it stands in the record
        try:
            text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False, default=str)
        except ValueError:  # NaN, which is no JSON
            known = json.loads(json.dumps(content, default=str), parse_constant=lambda _: None)
            text = json.dumps(known, ensure_ascii=False, indent=2)
    except RecursionError as error:
        raise MetadataNotHeld(path=str(picture), reason='too_nested') from error
    # Halves of UTF-16 pairs become the escapes that JSON has for them.
    return text.encode('utf-8', 'backslashreplace') + b'\n'


def _inner(meta: object) -> Any:
    return meta.get('meta') if isinstance(meta, Mapping) else None


def _write_into(picture: Path, data: GenerationData) -> None:
    try:
        with open(picture, 'rb') as file:
            pieces = _changed(file, picture, data)
        if pieces:
            write_atomic(picture, _copied(picture, pieces))
    except OSError as error:
        raise disk_error(error, picture) from error


def _changed(file: BinaryIO, picture: Path, data: GenerationData) -> list[Piece]:
    """Of what the new file consists; nothing when it says everything already."""
    found = embedded_texts(file)
    splice = _PIECES.get(found.format)
    if splice is None:
        raise MetadataNotHeld(path=str(picture), reason='cannot_carry')
    there = read_texts(found.texts)
    if _says(there, data):
        return []
    if _of_others(found, data):
        raise MetadataNotHeld(path=str(picture), reason='others_data')
    if not is_whole(picture):
        raise MetadataNotHeld(path=str(picture), reason='damaged_picture')
    text = write_infotext(filled(data, there))
    try:
        return splice(file, text)
    except (DamagedExif, struct.error) as error:
        raise MetadataNotHeld(path=str(picture), reason='damaged_picture') from error
    except OverflowError as error:
        raise MetadataNotHeld(path=str(picture), reason='too_long') from error


def _says(there: GenerationData, data: GenerationData) -> bool:
    """Whether everything that ``data`` says is said in the picture."""
    for field in data.__struct_fields__:
        value = getattr(data, field)
        if field in ('source', 'raw', 'reason', 'other', 'resources') or value in ('', None):
            continue
        if getattr(there, field) != value:
            return False
    others = {name: text for name, text in data.other.items() if name not in _NOT_COMPARED}
    told = all(any(_tells(row, one) for row in there.resources) for one in data.resources)
    return told and others.items() <= there.other.items()


def _tells(row: UsedResource, one: UsedResource) -> bool:
    """Whether ``row`` lets find what ``one`` is; a version is surer than all else."""
    if one.version_id:
        return row.version_id == one.version_id
    return same_hash(row.hash, one.hash) or bool(one.name) and row.name == one.name


def _of_others(found: Embedded, data: GenerationData) -> bool:
    """Whether something that is no infotext stands where ours would go."""
    text = plain(found.texts.get(PARAMETERS if found.format == 'PNG' else COMMENT)).strip()
    return bool(text) and not has_parameters(text) and text != plain(data.prompt).strip()


def _copied(picture: Path, pieces: list[Piece]) -> Iterator[bytes]:
    """The bytes of ``pieces``, those of the old file read by blocks; the file is closed when all
    are there.
    """
    with open(picture, 'rb') as file:
        for piece in pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            place, end = piece
            file.seek(place)
            while place < end:
                block = file.read(min(_COPIED_AT_ONCE, end - place))
                if not block:
                    raise OSError(errno.EIO, os.strerror(errno.EIO), str(picture))
                place += len(block)
                yield block
