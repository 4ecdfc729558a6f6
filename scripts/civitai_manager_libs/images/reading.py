"""How a picture was made, read from the picture itself."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import msgspec

from ..domain.generation import GenerationData
from ..domain.generation_texts import read_texts
from .embedded import embedded_texts


def read_generation(source: Path | bytes) -> GenerationData:
    """What a picture (a file, or all of its bytes) says of its making. Never raises: what says
    nothing gives empty data with the reason, ``broken`` for a file that cannot be read.

    Files are read by chunks, never as a whole; videos and pictures of formats that carry no texts
    say ``none``.
    """
    try:
        if isinstance(source, bytes):
            return _read(io.BytesIO(source))
        with open(source, 'rb') as file:
            return _read(file)
    except (OSError, ValueError):  # a name with a NUL is a ValueError
        return GenerationData(reason='broken')


def _read(file: BinaryIO) -> GenerationData:
    found = embedded_texts(file)
    if not found.format:
        return GenerationData(reason='no_picture')
    data = read_texts(found.texts)
    if data.reason == 'none' and found.damaged:
        return msgspec.structs.replace(data, reason='broken')
    return data
