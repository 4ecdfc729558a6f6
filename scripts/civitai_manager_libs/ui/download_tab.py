"""The Downloads tab: a field, and places that the script in ``javascript/`` fills with what the
desk answers.
"""

from __future__ import annotations

from ..i18n import text
from . import kit
from .download_desk import DownloadDesk
from .icons import icon


def build() -> None:
    """Put the tab's parts here."""
    with kit.make(kit.Row, elem_id='cs-downloads', elem_classes=['cs-columns']):
        with kit.make(kit.Column, elem_classes=['cs-column'], min_width=0):
            _field()
            kit.html(_CHOICES, elem_classes=['cs-html'])
            kit.html(_SUMMARY, elem_classes=['cs-html', 'cs-summary-row'])
            kit.html(_QUEUE, elem_classes=['cs-html', 'cs-below'])
        with kit.make(kit.Column, elem_classes=['cs-column', 'cs-side'], min_width=0):
            kit.html(_SIDE, elem_classes=['cs-html', 'cs-panels'])


def _field() -> None:
    """The field; the script gives it its name, in the language of each browser."""
    with kit.make(kit.Row, elem_classes=['cs-field-row']):
        kit.textbox(
            label='',
            placeholder=text('page.field'),
            show_label=False,
            container=False,
            lines=1,
            max_lines=8,
            elem_id='cs-field',
            elem_classes=['cs-field'],
            min_width=0,
            scale=1,
        )
        kit.html(_MAIN, elem_classes=['cs-html', 'cs-main'], min_width=0)


def connect(desk: DownloadDesk) -> None:
    """Put what the script writes and reads here, for all tabs. Off the screen by style, since what
    is invisible, or in a tab that nobody has opened yet, is not on the page at all.

    The script asks what is new by itself, beside the queue: timers of Gradio differ by version,
    and know nothing of a page that nobody looks at.
    """
    with kit.make(kit.Column, elem_classes=['cs-wires'], min_width=0):
        click = kit.textbox(elem_id='cs-click', show_label=False, container=False, max_lines=1)
        known = kit.textbox(elem_id='cs-known', show_label=False, container=False, max_lines=1)
        send = kit.button('send', elem_id='cs-send')
        ask = kit.button('ask', elem_id='cs-ask')
        answer = kit.html('', elem_id='cs-answer')
        news = kit.html('', elem_id='cs-news')
    kit.listen(
        send.click,
        lambda raw: _carried(desk.command(raw)),
        desk.speaking,
        inputs=[click],
        outputs=[answer],
    )
    kit.listen(
        ask.click,
        lambda raw: _carried(desk.poll(raw)),
        desk.speaking,
        inputs=[known],
        outputs=[news],
        queue=False,
    )


def _carried(encoded: str) -> str:
    return f'<i hidden>{encoded}</i>'


_SUMMARY = (
    '<div class="cs-summary-line" data-cs-tab="downloads">'
    '<p class="cs-summary" data-cs-part="summary"></p>'
    '<span data-cs-part="limits-turn"></span></div>'
)
_QUEUE = (
    '<div class="cs-bar-row" data-cs-part="filters"></div>'
    '<div class="cs-resting-place" data-cs-part="resting"></div>'
    '<div class="cs-queue" data-cs-list="queue"></div><div data-cs-part="nothing"></div>'
    '<div class="cs-selection-place" data-cs-part="selection"></div>'
    '<div class="cs-unseen" aria-live="polite" data-cs-part="live"></div>'
)
_MAIN = (
    '<div data-cs-part="main"><button type="button" class="cs-button cs-primary" '
    f'data-cs-action="add" data-cs-id="">{icon("plus")}</button></div>'
)
_CHOICES = (
    '<div data-cs-part="choice-head"></div><div class="cs-choices" data-cs-list="choices"></div>'
)
_SIDE = (
    '<section class="cs-panel cs-transfer" data-cs-part="transfer"></section>'
    '<section class="cs-panel cs-limits" data-cs-part="limits"></section>'
)
