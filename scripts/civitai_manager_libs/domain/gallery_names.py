"""What the files of gallery pictures are called, by the addresses of the pictures. Pure."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote, urlsplit

from .naming import safe_name

_ENDINGS = ('.jpeg', '.jpg', '.png', '.webp', '.gif', '.avif', '.jxl', '.bmp', '.mp4', '.webm')
_OWN = re.compile(r'[0-9]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')
_STEM_BYTES = 80


def is_web_address(text: object) -> bool:
    """Whether ``text`` is an address of the web, and not a path on this machine."""
    return isinstance(text, str) and text[:8].lower().startswith(('http://', 'https://'))


def kept_name(address: str) -> str:
    """The name under which the picture at ``address`` is kept: a different one for each address,
    the width in it included, beginning with a hash.
    """
    stem, ending = _parts(address)
    return f'{_hash(address)[:16]}-{stem}{ending}'


def shown_name(address: str) -> str:
    """What a person's copy is called, without ending: as the address says. What many pictures may
    be called (neither a number of Civitai's nor a UUID) gets a hash behind it.
    """
    stem = _parts(address)[0]
    return stem if _OWN.fullmatch(stem) else f'{stem}-{_hash(address)[:8]}'


def _parts(address: str) -> tuple[str, str]:
    """Stem and ending of the file name in ``address``; no ending where it is none of a picture."""
    try:
        path = urlsplit(address).path if is_web_address(address) else address
    except ValueError:
        path = ''
    name = unquote(path.replace('\\', '/').rstrip('/').rpartition('/')[2])
    stem, dot, word = name.rpartition('.')
    ending = f'.{word.lower()}'
    if not dot or ending not in _ENDINGS:
        stem, ending = name, ''
    return safe_name(stem, limit=_STEM_BYTES, fallback='picture'), ending


def _hash(address: str) -> str:
    return hashlib.sha256(address.encode('utf-8', 'surrogatepass')).hexdigest()
