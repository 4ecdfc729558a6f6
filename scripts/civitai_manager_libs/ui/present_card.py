"""What a card of a model shows, out of what is known of the model. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil

from ..domain.browse_filters import HIDE, SHOW
from ..domain.model_card import EARLY_ACCESS, PICKLE, REMOVED, ModelCard
from ..domain.models import Picture
from ..domain.nsfw import BLOCKED, UNRATED, is_mild, level_name
from ..i18n import text
from ..util import size_text
from .card_view import SAVE, Badge, CardView
from .icons import icon
from .words import escape, joined, type_name

COVER_WIDTH = 450
"""Width of a cover that is asked for: at most twice as wide as it is shown on a small screen."""

_DAY = 86_400.0
_LEVEL_WORDS = {'Mature': 'R', 'X': 'X'}

Still = Callable[[Picture, int], 'str | None']
"""Gives the address of a picture, or of a frame of a video (None without one), at a width."""


@dataclass(frozen=True)
class Cover:
    """The cover of a card as the person wants to see it; the fields as in :class:`.CardView`."""

    picture: str | None
    veil: bool
    level_words: str


def view_of(
    card: ModelCard, still: Still, adult: str, saved: bool, installed: bool, now: float
) -> CardView:
    """The card of a model that is browsed. ``adult`` is one of :data:`.ADULT`, ``now`` is in
    seconds since 1970.
    """
    cover = cover_of(card.cover, adult, still)
    ends = card.early_access_ends.timestamp() if card.early_access_ends else None
    return CardView(
        model_id=card.model_id,
        name=card.name,
        facts=facts_text(card.type, card.base_models, card.creator),
        picture=cover.picture,
        veil=cover.veil,
        level_words=cover.level_words,
        line=numbers_html(card.downloads, card.likes, card.size),
        state_badge=installed_badge() if installed else None,
        warning_badge=warning_badge(card.warning, ends, now),
        corner=SAVE,
        corner_on=saved,
    )


def cover_of(picture: Picture | None, adult: str, still: Still) -> Cover:
    """A cover in the mode ``adult``: what is not mild (unrated counts so) has no address at all
    when it is to be hidden.
    """
    if picture is None:
        return Cover(None, False, '')
    mild = is_mild(picture.nsfw_level)
    if mild or adult == SHOW:
        return Cover(still(picture, COVER_WIDTH), False, '')
    words = adult_words(picture.nsfw_level)
    if adult == HIDE:
        return Cover(None, False, words)
    address = still(picture, COVER_WIDTH)
    return Cover(address, address is not None, words)


def adult_words(level: int) -> str:
    """What a veil says of a picture rated ``level`` (bits)."""
    name = level_name(level)
    if name in (UNRATED, BLOCKED):
        return text('browse.unrated')
    return text('browse.adult_level', level=_LEVEL_WORDS.get(name, name))


def facts_text(model_type: str, base_models: Iterable[str], creator: str | None) -> str:
    """``LoRA・SDXL 1.0・hexa_works``: of several base models the first."""
    return joined((type_name(model_type), next(iter(base_models), None), creator))


def numbers_html(downloads: int | None, likes: int | None, size: int | None) -> str:
    """The last line of a card that is browsed."""
    counts = (('download', 'downloads', downloads), ('heart', 'likes', likes))
    said = ''.join(
        f'<span title="{escape(text(f"browse.{key}", n=f"{count:,}"))}">{icon(drawn)}'
        f'{escape(short_number(count))}</span>'
        for drawn, key, count in counts
        if count is not None
    )
    return said + (f'<span>{escape(size_text(size))}</span>' if size else '')


def note_html(note: str) -> str:
    """The last line of a card that has a note."""
    first = ' '.join(note.split())
    return f'{icon("note")}<span class="cs-cards-note">{escape(first)}</span>' if first else ''


def installed_badge() -> Badge:
    """A file of the model is here."""
    return Badge(text('browse.installed'), 'check', 'ok')


def warning_badge(warning: str, ends: float | None, now: float) -> Badge | None:
    """The badge of one of the warnings of :class:`.ModelCard`; early access ends at ``ends``."""
    if warning == REMOVED:
        return Badge(text('browse.removed'), 'blocked', 'plain')
    if warning == PICKLE:
        return Badge(text('browse.pickle'), 'alert', 'bad')
    if warning == EARLY_ACCESS and (ends is None or ends > now):
        return Badge(early_words(ends, now), 'clock', 'warn')
    return None


def early_words(ends: float | None, now: float) -> str:
    """Early access, and for how long still if that is known."""
    if ends is None:
        return text('browse.early')
    days = ceil((ends - now) / _DAY)
    return text('browse.early_day' if days == 1 else 'browse.early_days', n=f'{days:,}')


def short_number(count: int) -> str:
    """``9,804``, ``48.2K``, ``182K``, ``1.3M``."""
    if count < 10_000:
        return f'{count:,}'
    value, unit = count / 1000, 'K'
    if value >= 999.5:
        value, unit = value / 1000, 'M'
    return f'{value:.1f}{unit}' if value < 99.95 else f'{value:,.0f}{unit}'
