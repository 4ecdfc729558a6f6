"""The forms in which the demo models are written down (seeds_first.py and its neighbours)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Union

from .shelf import OPEN

KIB, MIB = 1024, 1024 * 1024
EVERYTHING = ['Image', 'RentCivit', 'Rent', 'Sell']


@dataclass(frozen=True)
class FileSeed:
    """One file: stable id, name, wanted size in bytes, and what the API says of it."""

    id: int
    name: str
    size: int
    type: str = 'Model'
    format: Optional[str] = 'SafeTensor'
    weight_size: Optional[str] = None
    fp: Optional[str] = None
    primary: bool = False
    scan: str = 'Success'
    hashed: bool = True


@dataclass(frozen=True)
class VersionSeed:
    """One version: stable id, name, base model, age in days, trained words, files."""

    id: int
    name: str
    base_model: str
    age_days: float
    files: tuple[FileSeed, ...]
    words: tuple[str, ...] = ()
    description: Optional[str] = None
    access: str = OPEN
    base_type: Optional[str] = 'Standard'
    pictures: int = 4
    levels: tuple[int, ...] = (1,)
    video: bool = False


@dataclass(frozen=True)
class ModelSeed:
    """One model: stable id, name, type, author and the licence answer in one of its shapes."""

    id: int
    name: str
    type: str
    username: Optional[str]
    tags: tuple[str, ...]
    text: str
    versions: tuple[VersionSeed, ...]
    commercial: Union[str, list[str], None] = None
    likes: int = 100
    nsfw: bool = False
    mode: Optional[str] = None
    hidden_counters: bool = False
    extra: Optional[dict[str, Any]] = None


def weights(
    id: int,
    name: str,
    size: int,
    weight_size: Optional[str] = None,
    fp: Optional[str] = None,
    primary: bool = True,
) -> FileSeed:
    """A safetensors file, the primary one unless said otherwise."""
    return FileSeed(id, name, size, 'Model', 'SafeTensor', weight_size, fp, primary)


def pickled(id: int, name: str, size: int, primary: bool = True, scan: str = 'Success') -> FileSeed:
    """A pickled file (.ckpt, .pt, .pth)."""
    return FileSeed(id, name, size, 'Model', 'PickleTensor', 'full', 'fp16', primary, scan)


def archive(id: int, name: str, size: int) -> FileSeed:
    """A zip that is the model itself."""
    return FileSeed(id, name, size, 'Archive', 'Other', primary=True)
