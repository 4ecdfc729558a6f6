"""How clicks get from the script in ``javascript/`` to the desk, whatever the version of Gradio."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from . import kit
from .download_desk import DownloadDesk


def build(desk: DownloadDesk) -> None:
    """Put what the script writes clicks to and reads answers from here, for all tabs. Off the
    screen by style, since what is invisible, or in a tab that nobody has opened yet, is not on the
    page at all.

    What is new it asks by itself, by a route of ours (:mod:`..page_routes`).
    """
    with kit.make(kit.Column, elem_classes=['cs-wires'], min_width=0):
        click = kit.textbox(elem_id='cs-click', show_label=False, container=False, max_lines=1)
        send = kit.button('send', elem_id='cs-send')
        answer = kit.html('', elem_id='cs-answer')
    kit.listen(
        send.click,
        lambda raw: carried(desk.command(raw)),
        desk.speaking,
        inputs=[click],
        outputs=[answer],
    )


def carried(answer: Mapping[str, Any]) -> str:
    """An answer as markup: in it is no sign that HTML, or a template of Gradio's, would take for
    its own.
    """
    content = json.dumps(answer, ensure_ascii=False, separators=(',', ':')).encode('utf-8')
    return f'<i hidden>{base64.b64encode(content).decode("ascii")}</i>'
