"""A card of a model as markup: its cover, what it warns of, its name and facts; and the grid that
the script lays cards out in. Pure.

Browse and Shortcuts both use it, under a ``prefix`` that the actions of their cards begin with:
``<prefix>:open``, ``<prefix>:save`` or ``favourite`` (value ``on`` or ``off``), ``<prefix>:select``
(value ``on`` or ``off``), ``<prefix>:select-none``, ``<prefix>:download``, ``<prefix>:remove``,
``<prefix>:more`` and ``<prefix>:close``.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..i18n import text
from .icons import icon
from .words import escape

SAVE, FAVOURITE = 'save', 'favourite'


@dataclass(frozen=True)
class Badge:
    """A few words on a cover with an icon; ``kind`` is ``ok``, ``warn``, ``bad``, ``plain`` or
    ``filled``.
    """

    words: str
    icon: str
    kind: str = 'plain'


@dataclass(frozen=True)
class CardView:
    """What a card shows. Everything is plain text but ``line``, the markup of its last line.

    ``picture`` is where the script gets the cover, None when there is none or it must not be sent;
    ``veil`` lays a veil over it that says ``level_words``. Without a picture these stand in its
    place. ``corner`` is :data:`SAVE` or :data:`FAVOURITE`.
    """

    model_id: int
    name: str
    facts: str = ''
    picture: str | None = None
    veil: bool = False
    level_words: str = ''
    line: str = ''
    state_badge: Badge | None = None
    warning_badge: Badge | None = None
    corner: str = SAVE
    corner_on: bool = False


def card_html(view: CardView, prefix: str) -> str:
    """The card; the script changes the places ``data-cs-mark`` in it, see :func:`card_marks`."""
    number, inside = view.model_id, card_marks(view)
    pick = (
        f'<button type="button" class="cs-cards-pick" data-cs-action="{prefix}:select" '
        f'data-cs-id="{number}" aria-pressed="false" tabindex="-1" '
        f'aria-label="{escape(text("browse.select_one", name=view.name))}">{icon("check")}</button>'
    )
    return (
        f'<article class="cs-cards-card{" cs-veiled" if view.picture and view.veil else ""}" '
        f'data-cs-key="{prefix}-card-{number}" data-cs-card="{number}">'
        f'<div class="cs-cards-cover"><button type="button" class="cs-cards-open" '
        f'data-cs-action="{prefix}:open" data-cs-id="{number}" tabindex="-1" '
        f'aria-label="{escape(spoken(view))}"><span data-cs-mark="cover">{inside["cover"]}</span>'
        f'</button><span class="cs-cards-state" data-cs-mark="state">{inside["state"]}</span>'
        f'<span class="cs-cards-warning" data-cs-mark="warning">{inside["warning"]}</span>'
        f'{_corner(view, prefix)}{pick}</div>'
        f'<div class="cs-cards-words" data-cs-mark="words">{inside["words"]}</div>'
        f'<p class="cs-cards-line" data-cs-mark="line">{inside["line"]}</p></article>'
    )


def card_marks(view: CardView) -> dict[str, str]:
    """The markup of each place of a card that can change while it is shown; ``corner`` is ``on`` or
    '', ``spoken`` the name of the card for who cannot see it.
    """
    return {
        'cover': _cover(view),
        'state': badge_html(view.state_badge),
        'warning': badge_html(view.warning_badge),
        'words': _words(view),
        'line': view.line,
        'corner': 'on' if view.corner_on else '',
        'veil': 'on' if view.picture and view.veil else '',
        'spoken': spoken(view),
    }


def spoken(view: CardView) -> str:
    """The card in one breath."""
    badges = [badge.words for badge in (view.state_badge, view.warning_badge) if badge]
    said = (view.name, view.facts, *badges, view.level_words)
    return text('page.settings.and').join(one for one in said if one)


def badge_html(badge: Badge | None) -> str:
    """A badge, or nothing."""
    if badge is None:
        return ''
    return (
        f'<span class="cs-badge cs-badge-{badge.kind}">{icon(badge.icon)}'
        f'<span>{escape(badge.words)}</span></span>'
    )


def grid_html(prefix: str, label: str, removes: bool = False) -> str:
    """Where the script puts the cards, called ``label``, and what stands behind the last one;
    ``removes`` if Delete removes a card.
    """
    keys = ' data-cs-removes' if removes else ''
    return (
        f'<div class="cs-cards" data-cs-grid role="group" aria-label="{escape(label)}"{keys}></div>'
        f'<div class="cs-cards-end" data-cs-cards-end data-cs-part="{prefix}-end"></div>'
    )


def shapes_html(words: str, count: int = 10) -> str:
    """Grey shapes where cards will be; the style shows them only after a moment."""
    shape = (
        '<div class="cs-cards-card cs-cards-shape"><div class="cs-cards-cover"></div>'
        '<i></i><i></i><i></i></div>'
    )
    return (
        f'<div class="cs-cards cs-cards-late" role="status" aria-label="{escape(words)}">'
        f'{shape * count}</div>'
    )


def _cover(view: CardView) -> str:
    picture = ''
    if view.picture:
        picture = f'<img alt="" loading="lazy" decoding="async" src="{escape(view.picture)}">'
    if not view.level_words:
        return picture or f'<span class="cs-cards-bare">{icon("picture")}</span>'
    again = f'<span>{escape(text("gallery.veil"))}</span>' if view.picture else ''
    veil = f'{icon("eye-off")}<span>{escape(view.level_words)}</span>{again}'
    return f'{picture}<span class="cs-cards-veil">{veil}</span>'


def _words(view: CardView) -> str:
    name = escape(view.name)
    return (
        f'<h3 class="cs-cards-name" title="{name}">{name}</h3>'
        f'<p class="cs-cards-facts" title="{escape(view.facts)}">{escape(view.facts)}</p>'
    )


def _corner(view: CardView, prefix: str) -> str:
    drawn = {SAVE: 'bookmark', FAVOURITE: 'star'}[view.corner]
    name = text(f'browse.corner.{view.corner}', name=view.name)
    return (
        f'<button type="button" class="cs-cards-corner" data-cs-action="{prefix}:{view.corner}" '
        f'data-cs-id="{view.model_id}" aria-pressed="{"true" if view.corner_on else "false"}" '
        f'tabindex="-1" title="{escape(text(f"browse.corner_about.{view.corner}"))}" '
        f'aria-label="{escape(name)}">{icon(drawn)}</button>'
    )
