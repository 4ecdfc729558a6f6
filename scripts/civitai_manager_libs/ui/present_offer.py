"""What a card says of a file that is on the disk already: where, and what can be done with it.
Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..i18n import text
from ..util import size_text
from .choice import Choice
from .icons import icon
from .words import escape, segments, shown_folder


def offer_html(choice: Choice, roots: Sequence[str]) -> str:
    """Where the chosen file is besides, with the question; nothing when it is nowhere else."""
    if choice.asking:
        words = escape(text('page.elsewhere_asking'))
        return f'<p class="cs-help cs-card-line">{icon("search")}<span>{words}</span></p>'
    offer = choice.offer
    if offer is None:
        return ''
    ways = [('link', text('page.how_link'))] if offer.can_link else []
    ways += [('copy', text('page.how_copy')), ('', text('page.how_download'))]
    where = escape(text('page.elsewhere', folder=_folder(choice, roots)))
    return (
        f'<div class="cs-card-line cs-offer"><p class="cs-offer-where" '
        f'title="{escape(offer.path)}">{icon("info")}<span>{where}</span></p>'
        f'{segments("how", choice.key, text("page.how"), ways, offer.how)}'
        f'<p class="cs-help">{escape(_why(choice))}</p></div>'
    )


def offer_line(choice: Choice, roots: Sequence[str]) -> str:
    """The same for a card that is closed; nothing when the file is downloaded."""
    if not choice.how:
        return ''
    words = text(f'page.elsewhere_{choice.how}', folder=_folder(choice, roots))
    return f'<div class="cs-row-file">{escape(words)}</div>'


def there_html(choice: Choice) -> str:
    """That it lies in its place already, if it does."""
    words = escape(text('model.is_here'))
    mark = f'<p class="cs-list-there">{icon("check")}<span>{words}</span></p>'
    return mark if choice.there else ''


def _folder(choice: Choice, roots: Sequence[str]) -> str:
    return shown_folder(str(choice.offer.path.parent), roots) if choice.offer else ''


def _why(choice: Choice) -> str:
    size = size_text(choice.size) if choice.size else '?'
    if not choice.how:
        return text('page.why_download', size=size)
    if choice.offer and not choice.offer.can_link:
        return text('page.why_no_link', size=size)
    return text(f'page.why_{choice.how}', size=size)
