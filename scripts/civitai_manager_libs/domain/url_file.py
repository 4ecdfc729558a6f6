"""Files that hold links: Windows' internet shortcuts (``.url``) and plain text. Pure."""

from __future__ import annotations

import codecs
import re

from ..errors import LinkFileTooLarge, LinkFileUnreadable
from .links import safe_text

LARGEST_LINK_FILE = 2 << 20
"""Bytes that a file of links may have; a shortcut of Windows has about a hundred."""

_MARKS = (
    (codecs.BOM_UTF8, 'utf-8'),
    (codecs.BOM_UTF32_LE, 'utf-32-le'),  # before UTF-16, whose mark begins alike
    (codecs.BOM_UTF32_BE, 'utf-32-be'),
    (codecs.BOM_UTF16_LE, 'utf-16-le'),
    (codecs.BOM_UTF16_BE, 'utf-16-be'),
)
_CODE_PAGES = ('utf-8', 'cp950', 'gb18030', 'cp932')
_INTERNET_SHORTCUT = '[internetshortcut]'
_LOOKED_AT = 1024
_ADDRESS = '://'
_NO_TEXT = re.compile(r'[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]')
"""Signs that no text has: its ends and those of lines and pages are no such signs."""


def links_of_file(name: str, content: bytes) -> str:
    """The text in which :func:`.parse_targets` finds the links of a file: the address of an
    internet shortcut, the whole of any other text.

    ``name`` says in an error which file it was, and whether it should be a shortcut. Raises
    LinkFileTooLarge, and LinkFileUnreadable for what is no text, and for a shortcut that names no
    address.
    """
    shown = safe_text(name)
    if len(content) > LARGEST_LINK_FILE:
        raise LinkFileTooLarge(name=shown, bytes=len(content), largest=LARGEST_LINK_FILE)
    text = _decoded(content)
    if '\0' in text:
        raise LinkFileUnreadable(name=shown)
    lines = [line.strip() for line in text.splitlines()]
    if not any(line.lower() == _INTERNET_SHORTCUT for line in lines):
        named = not name.lower().endswith('.url') or _ADDRESS in text
        if not text.strip() or not named or _NO_TEXT.search(text):
            raise LinkFileUnreadable(name=shown)
        return text
    address = _shortcut_address(lines)
    if not address:
        raise LinkFileUnreadable(name=shown)
    return address


def _shortcut_address(lines: list[str]) -> str:
    """The first address in the section ``[InternetShortcut]``; other sections have such lines
    too.
    """
    inside = False
    for line in lines:
        if line.startswith('['):
            inside = line.lower() == _INTERNET_SHORTCUT
        name, found, value = line.partition('=')
        value = value.strip().strip('"')
        if inside and found and value and name.strip().lower() == 'url':
            return value
    return ''


def _decoded(content: bytes) -> str:
    """Text in the encoding that its mark names, else in the first that fits; links are the same
    letters in all of them.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors='replace')
    wide = _wide(content[:_LOOKED_AT])
    if wide:
        return content.decode(wide, errors='replace')
    for encoding in _CODE_PAGES:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode('latin-1')


def _wide(beginning: bytes) -> str:
    """UTF-16 without a mark: of the letters of links every other byte is zero."""
    half = len(beginning) // 2
    even, odd = beginning[0::2].count(0), beginning[1::2].count(0)
    if half and odd > half // 4 and not even:
        return 'utf-16-le'
    return 'utf-16-be' if half and even > half // 4 and not odd else ''
