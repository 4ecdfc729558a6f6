"""The files that belong to a picture: its generation data and its thumbnail."""

from __future__ import annotations

from pathlib import Path

THUMBNAIL_FOLDER = 'thumbnails'
_METADATA = ('.json', '.txt')


def thumbnail_path(picture: Path) -> Path:
    """Where the thumbnail of ``picture`` lies."""
    return picture.parent / THUMBNAIL_FOLDER / f'{picture.stem}.webp'


def metadata_beside(picture: Path) -> Path | None:
    """The file beside ``picture`` with its generation data, if there is one."""
    found = (picture.with_suffix(ending) for ending in _METADATA)
    return next((path for path in found if path.is_file()), None)


def remove_companions(picture: Path) -> None:
    """Remove what belongs to ``picture``, which is gone. Raises :class:`OSError`."""
    for path in (*(picture.with_suffix(one) for one in _METADATA), thumbnail_path(picture)):
        path.unlink(missing_ok=True)
