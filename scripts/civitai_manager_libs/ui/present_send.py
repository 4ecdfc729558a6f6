"""What leads from a picture to the tabs of the host, or to a text that such a tab takes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ShortcutError
from ..i18n import error_text, text
from .icons import icon
from .present_picture import cut
from .words import button, escape

TEXT_ALONE = ('txt2img',)
"""Tabs that take no picture, by the hosts' names."""

PICTURE_ALONE = ('extras',)
"""Tabs that take nothing but a picture."""

_ACTION = 'gallery:detail-send'


@dataclass(frozen=True)
class Sending:
    """What is on its way to ``tab``: the name of its ``letter`` once all is there to be sent, or
    why it is not.
    """

    tab: str = ''
    letter: str = ''
    problem: ShortcutError | None = None

    @property
    def busy(self) -> bool:
        """Whether the picture is being fetched for it."""
        return bool(self.tab) and not self.letter and self.problem is None


def tabs_for(sends: Sequence[str], has_words: bool, has_picture: bool) -> tuple[str, ...]:
    """Those of the tabs ``sends`` that can take what there is."""
    return tuple(tab for tab in sends if (has_picture if tab in PICTURE_ALONE else has_words))


def send_html(words: str, tabs: Sequence[str], generates: bool, sending: Sending) -> str:
    """Inside a host the buttons that lead to its ``tabs``, else a copy of the text that they take,
    and the WebUI that can be asked.
    """
    if tabs:
        return _tabs(tabs, sending)
    if not words:
        return ''
    copy = button('copy', '', text('picture.copy_all'), icon('copy'), value=cut(words))
    make = (
        button('gallery:detail-generate', '', text('picture.generate'), icon('play'))
        if generates
        else ''
    )
    return f'<div class="cs-detail-sends">{copy}{make}</div>'


def _tabs(tabs: Sequence[str], sending: Sending) -> str:
    label = escape(text('picture.send_to'))
    letter = (
        f' data-cs-letter="{escape(sending.letter)}" data-cs-to="{escape(sending.tab)}"'
        if sending.letter
        else ''
    )
    said = ''
    if sending.busy:
        words = escape(text('host.sending', tab=sending.tab))
        said = f'<p class="cs-help" role="status">{words}</p>'
    elif sending.problem is not None:
        said = f'<p class="cs-problem" role="alert">{escape(error_text(sending.problem))}</p>'
    buttons = ''.join(button(_ACTION, tab, tab) for tab in tabs)
    return (
        f'<div class="cs-detail-sends" role="group" aria-label="{label}"{letter}>'
        f'<span>{label}</span>{buttons}</div>{said}'
    )
