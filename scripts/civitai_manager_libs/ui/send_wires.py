"""What a host's "send to" buttons take from us, off the screen: a text, a picture, and a button for
each of its tabs (hosts.md, Sending parameters).

The script writes the name of a letter, presses ``cs-send-load``, and when both components hold
what is in it, the button that the host listens to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..images.sending import open_picture
from . import kit
from .outbox import Outbox

Bind = Callable[[Any, Any, Mapping[str, Any]], None]
"""Has the host listen: the text, the picture, and the buttons by the names of its tabs."""


@dataclass(frozen=True)
class Sends:
    """The tabs that take something, how to have them listen, and what is on its way there."""

    tabs: Sequence[str]
    bind: Bind
    outbox: Outbox


def build(sends: Sends) -> None:
    """Put the wires here, and have the host listen to them."""
    with kit.make(kit.Column, elem_classes=['cs-wires'], min_width=0):
        name = kit.textbox(elem_id='cs-send-name', show_label=False, container=False, max_lines=1)
        load = kit.button('load', elem_id='cs-send-load')
        words = kit.textbox(elem_id='cs-send-text', show_label=False, container=False, max_lines=1)
        picture = kit.picture(elem_id='cs-send-image')
        loaded = kit.html('', elem_id='cs-send-loaded')
        buttons = {tab: kit.button(tab, elem_id=f'cs-send-to-{tab}') for tab in sends.tabs}
    kit.listen(
        load.click,
        lambda asked: _opened(sends.outbox, asked),
        inputs=[name],
        outputs=[words, picture, loaded],
    )
    sends.bind(words, picture, buttons)


def _opened(outbox: Outbox, name: str) -> tuple[str, Any, str]:
    letter = outbox.get(name)
    picture = open_picture(letter.picture) if letter.picture is not None else None
    return letter.words, picture, f'<i hidden>{name if name.isascii() else ""}</i>'
