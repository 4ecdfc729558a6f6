"""The choice of the folder that a file goes into. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..i18n import text
from .save_in import SaveIn
from .words import escape, shown_folder


def save_in_html(
    place: SaveIn,
    roots: Sequence[str],
    name: str,
    actions: tuple[str, str],
    item: str = '',
    title: str = '',
) -> str:
    """A list of the folders that are offered, and a field for a new one below; ``name`` begins
    their ids, ``actions`` are those of both, for ``item``. ``title`` says what is saved there if
    that has to be said.
    """
    taken = place.folder or place.usual
    options = ''.join(
        f'<option value="{escape(one)}"{" selected" if one == taken else ""}>'
        f'{escape(_option(place, one, roots))}</option>'
        for one in place.options
    )
    choose, make = (f'data-cs-action="{one}" data-cs-id="{escape(item)}"' for one in actions)
    label, hint = escape(title or text('model.save_in')), escape(text('page.new_subfolder'))
    wrong = f'aria-invalid="true" aria-describedby="{name}-problem" ' if place.refused else ''
    return (
        f'<div class="cs-save-in"><label class="cs-label" for="{name}-folder">{label}</label>'
        f'<select class="cs-select" id="{name}-folder" title="{escape(place.wanted)}" {choose}>'
        f'{options}</select><input type="text" class="cs-input" id="{name}-subfolder" {make} '
        f'value="{escape(place.refused or place.subfolder)}" placeholder="{hint}" '
        f'aria-label="{hint}" {wrong}maxlength="200" autocomplete="off" spellcheck="false">'
        f'{refused_html(place, f"{name}-problem")}</div>'
    )


def refused_html(place: SaveIn, name: str = '') -> str:
    """Why what was typed is no subfolder, if it is none; called ``name``."""
    if not place.refused:
        return ''
    called = f' id="{name}" role="alert"' if name else ''
    return f'<p class="cs-problem"{called}>{escape(text("page.subfolder_refused"))}</p>'


def _option(place: SaveIn, folder: str, roots: Sequence[str]) -> str:
    shown = shown_folder(folder, roots)
    spread = place.spread and folder == place.usual
    return text('page.folder_spread', folder=shown) if spread else shown
