"""What the host does with a model that lies in its folders, as buttons; off with the reason beside
them where it cannot. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..domain.save_places import kind_at
from ..i18n import text
from ..transfers.sidecars import is_model_file
from .icons import icon
from .words import button, escape

Deed = Literal['insert', 'load', 'vae']
_DEEDS: Mapping[str, Deed] = {
    'LORA': 'insert',
    'LoCon': 'insert',
    'DoRA': 'insert',
    'TextualInversion': 'insert',
    'Hypernetwork': 'insert',
    'Checkpoint': 'load',
    'VAE': 'vae',
}
_ICONS: Mapping[Deed, str] = {'insert': 'insert', 'load': 'play', 'vae': 'select'}


@dataclass(frozen=True)
class HostOffers:
    """The folders that the host reads, by kind, and the catalogue keys of why it cannot do what
    might be asked of it.
    """

    folders: tuple[tuple[str, tuple[str, ...]], ...]
    lacks: tuple[tuple[Deed, str], ...] = ()

    def kind(self, path: str, model_type: str) -> str | None:
        """What the file at ``path`` is to the host; None for what it does not read."""
        return kind_at(path, model_type, dict(self.folders)) if is_model_file(path) else None

    def deed(self, path: str, model_type: str) -> Deed | None:
        """What can be done with the file at ``path``."""
        return _DEEDS.get(self.kind(path, model_type) or '')

    def lack(self, deed: Deed) -> str:
        """Why that cannot be done now, in words; '' when it can."""
        key = dict(self.lacks).get(deed)
        return text(key) if key else ''


def row_button(offers: HostOffers | None, path: str, model_type: str, item: str, name: str) -> str:
    """The small button of a download that is done; nothing for what the host does not use."""
    deed = offers.deed(path, model_type) if offers else None
    if offers is None or deed is None:
        return ''
    made = button(f'host:{deed}', item, text(f'host.{deed}_one', name=name), _drawn(deed), 'icon')
    return _off(made) if offers.lack(deed) else made


def row_reason(offers: HostOffers | None, path: str, model_type: str) -> str:
    """Why that button is off."""
    deed = offers.deed(path, model_type) if offers else None
    words = offers.lack(deed) if offers and deed else ''
    if not words:
        return ''
    return f'<p class="cs-row-note">{icon("info")}<span>{escape(words)}</span></p>'


def model_button(offers: HostOffers | None, path: str, model_type: str, item: str) -> str:
    """The button of an opened model whose file is here, with the reason when it is off."""
    deed = offers.deed(path, model_type) if offers else None
    if offers is None or deed is None:
        return ''
    kind = 'primary cs-model-wide'
    made = button(f'host:{deed}', item, text(f'host.{deed}'), _drawn(deed), kind)
    words = offers.lack(deed)
    if not words:
        return made
    return f'{_off(made)}<p class="cs-help">{escape(words)}</p>'


def _drawn(deed: Deed) -> str:
    return icon(_ICONS[deed])


def _off(made: str) -> str:
    return made.replace('<button ', '<button disabled ', 1)
