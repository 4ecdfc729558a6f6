"""What one page has of the Shortcuts tab, and what of it goes to its script."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..domain.browse_filters import HIDE
from ..domain.models import Picture
from ..domain.shortcut import Shortcut
from ..i18n import error_text
from ..library.refresh import RefreshProgress
from . import present_shortcut_panels as panels
from . import present_shortcuts as present
from .browsers import OpenPage
from .card_sheet import CardSheet, SheetState
from .card_view import FAVOURITE, CardView
from .present_card import cover_of, facts_text, installed_badge, warning_badge
from .present_shortcut_side import NAME, part, side_parts
from .shortcut_session import ShortcutSession
from .shortcut_work import ShortcutWork


class Detail(Protocol):
    """The opened model of one page; see :class:`.ModelDetail`."""

    @property
    def opened(self) -> bool: ...

    @property
    def busy(self) -> bool: ...

    def open(self, pasted: str) -> None: ...

    def close(self) -> None: ...

    def parts(self) -> Mapping[str, str]: ...

    def do(
        self, page: OpenPage, action: str, item: str, value: str, text: str
    ) -> Mapping[str, Any] | None: ...


class Stills(Protocol):
    """Where a browser gets pictures."""

    def still(self, picture: Picture, width: int) -> str | None:
        """The address of a picture, or of a frame of a video (None without one), at a width."""


@dataclass(frozen=True)
class Looks:
    """How cards are shown: where pictures are, and what is done with adult ones."""

    stills: Stills
    adult: Callable[[], str] = lambda: HIDE
    local: Callable[[], bool] = lambda: False


@dataclass
class Visit:
    """The saved models of one page. ``panel`` is what is unfolded above the cards, ``form`` what
    is done with classes beside them. ``undo`` are the models of which something was undone, by a
    number for the button that brings it back, ``dropped`` the class if it is about one.
    ``watched`` says that refreshing is told of here, ``working`` that nobody was told yet what has
    become of the work; ``doing`` of how many models something is changed already, and of how many
    it is to be when those are many; ``heard`` is when the page last asked for it.
    """

    session: ShortcutSession
    work: ShortcutWork
    detail: Detail
    sheet: CardSheet = field(default_factory=lambda: CardSheet(NAME))
    panel: str = ''
    form: str = ''
    undo: dict[str, list[int]] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    last_undo: int = 0
    watched: bool = False
    working: bool = False
    doing: tuple[int, int] = (0, 0)
    said: str = ''
    heard: float = field(default_factory=time.monotonic)
    looked: tuple[int, str] | None = None

    @property
    def weight(self) -> int:
        """About how many bytes the cards take."""
        return self.session.weight

    def let_go(self) -> None:
        """Forget the cards; they are read when somebody looks again."""
        self.session.let_go()
        self.sheet.begin(self.session.number)
        self.detail.close()


def card_of(one: Shortcut, installed: bool, looks: Looks, now: float) -> CardView:
    """The card of a saved model."""
    picture = None
    if one.cover:
        picture = Picture(url=one.cover, type=one.cover_type, nsfw_level=one.cover_level)
    cover = cover_of(picture, looks.adult(), looks.stills.still)
    warning = present.warning_of(one)
    return CardView(
        model_id=one.model_id,
        name=one.name,
        facts=facts_text(one.type, one.base_models, one.creator),
        picture=cover.picture,
        veil=cover.veil,
        level_words=cover.level_words,
        line=present.line_html(one),
        state_badge=installed_badge() if installed else None,
        warning_badge=warning_badge(warning, one.early_access_ends, now),
        corner=FAVOURITE,
        corner_on=one.favourite,
    )


def draw(visit: Visit, looks: Looks, now: float) -> None:
    """Bring the cards up to what is known; the caller holds the session's lock."""
    session, sheet = visit.session, visit.sheet
    looked = (session.version, looks.adult())
    if visit.looked == looked and sheet.holds(session.number):
        return
    visit.looked = looked
    if not sheet.holds(session.number):
        sheet.begin(session.number)
    for page in session.pages[sheet.pages :]:
        sheet.add(list(_views(visit, page, looks, now)))
    sheet.change(_views(visit, sheet.ids, looks, now))


def _views(visit: Visit, ids: list[int], looks: Looks, now: float) -> Iterator[CardView]:
    session = visit.session
    for number in ids:
        yield card_of(session.items[number], number in session.installed, looks, now)


def list_parts(visit: Visit, refreshing: RefreshProgress, looks: Looks) -> dict[str, str]:
    """Everything but the opened model; the caller holds the session's lock."""
    session, work = visit.session, visit.work.look()
    draw(visit, looks, time.time())
    chosen = [number for number in session.items if number in session.selected]
    busy = session.busy or work.busy or visit.detail.busy or visit.doing[1] > 0
    sheet = SheetState(
        more=not (session.ended or session.busy or session.full) and session.loaded > 0,
        busy=busy or session.counts is None,
        opened=visit.detail.opened,
        selected=chosen,
        gone=session.gone,
        renewed=session.renewed,
    )
    return {
        **visit.sheet.parts(sheet),
        **side_parts(session, visit.form),
        **present.top_parts(session),
        **present.state_parts(session),
        **panel_parts(visit, refreshing, looks.local()),
    }


def panel_parts(visit: Visit, refreshing: RefreshProgress, local: bool) -> dict[str, str]:
    """What is unfolded above the cards, and how that goes which takes a while."""
    session, work = visit.session, visit.work.look()
    shown = refreshing if visit.watched or refreshing.running else RefreshProgress()
    problem = session.problem
    done, total = (work.done, work.total) if work.busy else visit.doing
    return {
        part('panel'): panels.panel_html(visit.panel, session, local),
        part('work'): panels.doing_text(*visit.doing) or panels.work_text(work),
        part('work-bar'): panels.bar_html(done, total),
        part('work-said'): panels.failed_html(work),
        part('work-do'): panels.work_buttons_html(work),
        part('refresh'): panels.refresh_text(shown),
        part('refresh-bar'): panels.bar_html(shown.done, shown.total if shown.running else 0),
        part('refresh-do'): panels.refresh_buttons_html(shown),
        part('problem'): panels.problem_html(error_text(problem)) if problem else '',
    }
