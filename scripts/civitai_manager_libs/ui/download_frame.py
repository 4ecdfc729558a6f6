"""What the Downloads tab begins with: a field, and places that the script in ``javascript/`` fills
with what the desk answers. Pure.
"""

from __future__ import annotations

from ..i18n import text
from .icons import icon
from .words import escape


def download_frame() -> str:
    """The markup of the tab, in the language in force."""
    return (
        '<div class="cs-columns"><div class="cs-column">'
        f'{_field()}{_CHOICES}{_SUMMARY}{_QUEUE}'
        f'</div><div class="cs-column cs-side">{_SIDE}</div></div>'
    )


def _field() -> str:
    hint = escape(text('page.field'))
    return (
        '<div class="cs-field-row"><div class="cs-field" id="cs-field">'
        f'<textarea rows="1" placeholder="{hint}" aria-label="{hint}" autocomplete="off" '
        f'autocapitalize="off" spellcheck="false"></textarea></div>{_MAIN}</div>'
    )


_MAIN = (
    '<div class="cs-main" data-cs-part="main"><button type="button" class="cs-button cs-primary" '
    f'data-cs-action="add" data-cs-id="">{icon("plus")}</button></div>'
)
_CHOICES = (
    '<div><div data-cs-part="choice-head"></div>'
    '<div class="cs-choices" data-cs-list="choices"></div></div>'
)
_SUMMARY = (
    '<div class="cs-summary-line"><p class="cs-summary" data-cs-part="summary"></p>'
    '<span data-cs-part="limits-turn"></span></div>'
)
_QUEUE = (
    '<div class="cs-below"><div class="cs-bar-row" data-cs-part="filters"></div>'
    '<div class="cs-resting-place" data-cs-part="resting"></div>'
    '<div class="cs-queue" data-cs-list="queue"></div><div data-cs-part="nothing"></div>'
    '<div class="cs-selection-place" data-cs-part="selection"></div>'
    '<div class="cs-unseen" aria-live="polite" data-cs-part="live"></div></div>'
)
_SIDE = (
    '<div class="cs-panels">'
    '<section class="cs-panel cs-transfer" data-cs-part="transfer"></section>'
    '<section class="cs-panel cs-limits" data-cs-part="limits"></section></div>'
)
