"""The card of a link to a file that is not Civitai's. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..i18n import text
from .choice import Choice
from .icons import icon
from .present_save_in import refused_html, save_in_html
from .words import escape, shown_folder


def direct_name(choice: Choice) -> str:
    """What the file is called."""
    return choice.direct.downloads[0].file_name if choice.direct else choice.words


def direct_html(choice: Choice, roots: Sequence[str], opened: bool, buttons: str) -> str:
    """The card, ``opened`` with the choice of its folder; ``buttons`` end its head."""
    facts = f'{text("page.direct")} → {shown_folder(choice.place.wanted, roots)}'
    shut = not opened or choice.step == 'adding'
    said = refused_html(choice.place) if shut else ''
    head = (
        f'<div class="cs-card-head"><span class="cs-cover cs-no-cover">{icon("link")}</span>'
        f'<div class="cs-card-main"><div class="cs-row-title">{escape(direct_name(choice))}</div>'
        f'<div class="cs-row-file">{escape(facts)}</div>{said}</div>{buttons}</div>'
    )
    if shut:
        return head
    name, actions = f'cs-save-{choice.key}', ('save-in', 'subfolder')
    chosen = save_in_html(choice.place, roots, name, actions, choice.key)
    return f'{head}<div class="cs-card-line cs-card-save">{chosen}</div>'
