"""Small texts of the page: escaping, joined facts, folders, pairs of sizes. Pure."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from .. import i18n
from ..i18n import text
from ..util import size_text

_LANGUAGE_TAGS = {'zh-TW': 'zh-Hant-TW', 'en': 'en'}
_TYPE_NAMES = {
    'LORA': 'LoRA',
    'LoCon': 'LyCORIS',
    'TextualInversion': 'Embedding',
    'Controlnet': 'ControlNet',
    'MotionModule': 'Motion',
}


def escape(value: object) -> str:
    """Any foreign text, fit to stand in HTML, between tags or in a quoted attribute."""
    return html.escape(str(value), quote=True)


def language_tag() -> str:
    """The ``lang`` of our root; without it Han glyphs come out Japanese."""
    return _LANGUAGE_TAGS[i18n.language()]


def joined(facts: Iterable[str | None]) -> str:
    """The facts there are, with the dot of the language between them."""
    return text('page.dot').join(fact for fact in facts if fact)


def type_name(model_type: str) -> str:
    """A type of Civitai as people write it."""
    return _TYPE_NAMES.get(model_type, model_type)


def pair_text(part: int, whole: int | None) -> str:
    """``4.1 / 6.6 GB``: both in the unit of the whole."""
    if not whole:
        return size_text(part)
    number, unit = size_text(whole).split(' ')
    scale = whole / float(number) if float(number) else 1
    digits = 1 if '.' in number else 0
    return f'{part / scale:.{digits}f} / {number} {unit}'


def shown_folder(folder: str, roots: Sequence[str]) -> str:
    """``folder`` as seen from the nearest of our ``roots``; whole when it lies elsewhere."""
    for root in sorted(roots, key=len, reverse=True):
        try:
            inside = Path(folder).relative_to(root)
        except ValueError:
            continue
        return inside.as_posix() if inside.parts else PurePath(root).name
    return folder


def counted(key: str, count: int) -> str:
    """The text of ``key`` for one, of ``key`` and ``s`` for any other number."""
    return text(key if count == 1 else f'{key}s', n=f'{count:,}')


def segments(
    action: str, item: str, label: str, ways: Iterable[tuple[str, str]], chosen: str
) -> str:
    """One of a few ``ways`` (value and words) to be chosen, beside each other."""
    inside = ''.join(
        f'<label class="cs-segment{" cs-on" if value == chosen else ""}"><input type="radio" '
        f'name="cs-{action}-{item}" value="{escape(value)}" data-cs-action="{action}" '
        f'data-cs-id="{item}"{" checked" if value == chosen else ""}>'
        f'<span>{escape(words)}</span></label>'
        for value, words in ways
    )
    name = escape(label)
    return f'<div class="cs-segments" role="radiogroup" aria-label="{name}">{inside}</div>'


def button(
    action: str, item: object, label: str, icon: str = '', kind: str = '', **more: str
) -> str:
    """A real button that the listener in ``javascript/`` reads; ``label`` is its text, or its name
    if ``kind`` says that only the icon is seen.
    """
    attributes = ''.join(f' data-cs-{name}="{escape(value)}"' for name, value in more.items())
    name = escape(label)
    shown = f'<span>{name}</span>' if kind != 'icon' else ''
    hidden = f' aria-label="{name}" title="{name}"' if kind == 'icon' else ''
    return (
        f'<button type="button" class="cs-button{" cs-" + kind if kind else ""}" '
        f'data-cs-action="{escape(action)}" data-cs-id="{escape(item)}"{attributes}{hidden}>'
        f'{icon}{shown}</button>'
    )
