"""File and folder names that are safe on Linux, macOS and Windows at once.

Whatever a server or a person calls a thing, :func:`safe_name` makes one path part of it that every
system takes and that reads the same on all: NFC, no sign that is invisible or reserved, no device
name, no end that Windows cuts off, short enough. Names stay the same when they are made safe
again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from ..errors import SettingInvalid

# Beside a model lie '.part.json', '.preview.png', '.civitai.info'; a second copy is numbered '
# (2)'.
RESERVED_BYTES = 24
NAME_LIMIT = 255 - RESERVED_BYTES
FOLDER_LIMIT = 120
_SHORTEST_LIMIT = 16

_EXTENSIONS = (
    *(
        '.safetensors',
        '.sft',
        '.ckpt',
        '.pt',
        '.pth',
        '.bin',
        '.pkl',
        '.gguf',
        '.onnx',
        '.zip',
        '.rar',
        '.7z',
    ),
    *('.yaml', '.yml', '.json', '.txt', '.png', '.jpeg', '.jpg', '.webp', '.mp4', '.info', '.part'),
)
_DOUBLE_EXTENSIONS = (
    *(
        '.tar.gz',
        '.tar.xz',
        '.tar.bz2',
        '.civitai.info',
        '.preview.png',
        '.metadata.json',
        '.part.json',
    ),
    *('.vae.safetensors', '.vae.pt', '.safetensors.index.json'),
)
_OTHER_EXTENSION = re.compile(r'\.[A-Za-z][A-Za-z0-9]{0,4}$')
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
# What Windows and macOS file servers put in place of forbidden signs (private use U+F000 to
# U+F0FF), and halves of UTF-16 pairs, which UTF-8 cannot hold.
_FOREIGN = re.compile('[\uf000-\uf0ff\ud800-\udfff]')
_BLANKS_OF_OTHER_KINDS = re.compile('[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]')
_DEVICE = re.compile(
    r'(?:CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3])\s*(?:\.|$)',
    re.IGNORECASE,
)


def safe_name(text: str, *, limit: int = NAME_LIMIT, fallback: str = 'unnamed') -> str:
    """``text`` as one path part of at most ``limit`` bytes in UTF-8, or ``fallback``.

    ``fallback`` (a safe name itself) stands for a text of which nothing is left.

    Control, direction and zero-width signs vanish, the joiner inside emoji too: what nobody sees
    must not tell two files apart. A known extension survives the cut. ``limit`` is at least 16.
    """
    limit = max(limit, _SHORTEST_LIMIT)
    cleaned = _without_unseen(unicodedata.normalize('NFC', _FOREIGN.sub('_', text)))
    cleaned = unicodedata.normalize('NFC', _FORBIDDEN.sub('_', cleaned)).strip(' .')
    if _DEVICE.match(cleaned):
        cleaned = '_' + cleaned
    name = _cut(cleaned, limit)
    return name or fallback


def split_extension(name: str) -> tuple[str, str]:
    """Stem and extension with its dot, '' when what follows the last dot is none (``model v1.5``).

    Double ones (``.tar.gz``, ``.preview.png``) stay whole; a version or precision before the
    extension belongs to the stem (``model.fp16.safetensors``).
    """
    lowered = name.lower()
    for extension in (*_DOUBLE_EXTENSIONS, *_EXTENSIONS):
        if lowered.endswith(extension) and len(name) > len(extension):
            return name[: -len(extension)], name[-len(extension) :]
    other = _OTHER_EXTENSION.search(name)
    if other and other.start() > 0:
        return name[: other.start()], other.group()
    return name, ''


def numbered(name: str, number: int, *, limit: int = NAME_LIMIT) -> str:
    """``name`` with ``number`` before its extension: ``name (2).safetensors``."""
    return _with_addition(name, f' ({number})', limit)


def tagged(name: str, tag: str, *, limit: int = NAME_LIMIT) -> str:
    """``name`` with a word before its extension: ``name-fp16.safetensors``."""
    word = safe_name(tag, limit=60, fallback='').replace(' ', '')
    return _with_addition(name, f'-{word}', limit) if word else safe_name(name, limit=limit)


def name_key(name: str) -> str:
    """Equal for names that some system takes for the same (case, composed letters)."""
    return unicodedata.normalize('NFC', unicodedata.normalize('NFD', name).casefold())


def unique(
    names: Sequence[str], tags: Sequence[Sequence[str]], reserved: Iterable[str] = ()
) -> tuple[str, ...]:
    """``names``, all different: the first of equals keeps its name, later ones get a tag.

    ``tags`` holds for each name the words that may tell it apart, best first, ending with one that
    is surely its own (an id). A tag that the first of equals has as well says nothing and is
    skipped. ``reserved`` are names already given. The answer depends on nothing but the arguments,
    so a caller who sorts by id gets the same names always.
    """
    first: dict[str, int] = {}
    taken = {name_key(name) for name in reserved}
    for position, name in enumerate(names):
        if name_key(name) not in taken:
            first.setdefault(name_key(name), position)
    taken |= set(first)
    found: list[str] = []
    for position, name in enumerate(names):
        owner = first.get(name_key(name))
        if owner != position:
            shared = {tag.lower() for tag in tags[owner]} if owner is not None else set()
            name = _told_apart(
                name, [tag for tag in tags[position] if tag.lower() not in shared], taken
            )
            taken.add(name_key(name))
        found.append(name)
    return tuple(found)


def safe_relative(path_text: str, *, key: str = 'subfolder') -> tuple[str, ...]:
    """A relative path as safe parts; both slashes part, empty parts and ``.`` vanish.

    Raises SettingInvalid(key=``key``) for what leaves its folder: absolute paths, drive letters,
    network shares, ``..`` and ``~``.
    """
    text = path_text.strip()
    pieces = [piece.strip() for piece in re.split(r'[/\\]', text)]
    absolute = text[:1] in ('/', '\\') or re.match(r'[A-Za-z]:', text) is not None
    upward = any('..' in piece and not piece.strip('. ') for piece in map(_without_unseen, pieces))
    if absolute or upward or pieces[0] == '~':
        raise SettingInvalid(key=key, value=text[:200], allowed='folder/subfolder')
    parts = (safe_name(piece, limit=FOLDER_LIMIT, fallback='') for piece in pieces)
    return tuple(part for part in parts if part)


def _without_unseen(text: str) -> str:
    """Blanks of every kind as one space, other signs that show nothing removed."""
    kept = []
    for sign in _BLANKS_OF_OTHER_KINDS.sub('', text):
        category = unicodedata.category(sign)
        if category in ('Zs', 'Zl', 'Zp') or sign in '\t\n\r\v\f':
            kept.append(' ')
        elif category not in ('Cc', 'Cf') and not _is_noncharacter(sign):
            kept.append(sign)
    return re.sub(' +', ' ', ''.join(kept)).strip(' ')


def _is_noncharacter(sign: str) -> bool:
    code = ord(sign)
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _cut(name: str, limit: int) -> str:
    if len(name.encode()) <= limit:
        return name
    stem, extension = split_extension(name)
    if len(extension.encode()) > limit // 2:
        stem, extension = name, ''
    return _shortened(stem, limit - len(extension.encode())) + extension


def _shortened(stem: str, limit: int) -> str:
    """At most ``limit`` bytes of ``stem``, not ending inside a letter with accents nor in a dot."""
    kept = stem.encode()[:limit].decode('utf-8', 'ignore')
    cut = len(kept)
    # An endless pile of accents must not eat the whole name, so only a few are followed back.
    for back in range(min(8, cut - 1)):
        if cut - back >= len(stem) or not _continues(stem[cut - back]):
            return kept[: cut - back].rstrip(' .')
    return kept.rstrip(' .')


def _continues(sign: str) -> bool:
    """Accents, and the skin colours and variants that follow an emoji."""
    return unicodedata.category(sign).startswith('M') or 0x1F3FB <= ord(sign) <= 0x1F3FF


def _with_addition(name: str, addition: str, limit: int) -> str:
    stem, extension = split_extension(safe_name(name, limit=limit))
    room = max(limit, _SHORTEST_LIMIT) - len((addition + extension).encode())
    return _shortened(stem, room) + addition + extension


def _told_apart(name: str, words: Sequence[str], taken: set[str]) -> str:
    for word in (*words[:-1], '-'.join(words[:-1]), *words[-1:]):
        candidate = tagged(name, word)
        if word and name_key(candidate) not in taken:
            return candidate
    number = 2
    while name_key(numbered(name, number)) in taken:
        number += 1
    return numbered(name, number)
