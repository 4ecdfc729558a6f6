"""What one page has of the Browse tab, and what of it goes to its script."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field

from ..errors import ShortcutError, UsageError
from ..i18n import error_text
from . import present_browse as present
from .browse_doors import OpenedDetail
from .browse_errands import BrowseErrands
from .browse_session import BrowseSession
from .card_sheet import CardSheet, SheetState
from .present_filters import HiddenThing, filter_parts, part

_CARD_BYTES = 6_500  # a card and its markup


@dataclass
class BrowseVisit:
    """``base_models`` are those to choose from, with ``every_type`` all types are. ``trouble`` is
    why it could not be told what of the models is saved or hidden, ``stamp`` says when that was
    told last; ``links`` counts the links that were opened by the field. ``adult_setting`` is
    what the settings said of adult content last. ``stray`` is why the address in the field led
    nowhere.
    """

    session: BrowseSession
    detail: OpenedDetail
    errands: BrowseErrands
    sheet: CardSheet = field(default_factory=lambda: CardSheet('browse'))
    base_models: tuple[str, ...] = ()
    every_type: bool = False
    hidden: tuple[HiddenThing, ...] = ()
    trouble: ShortcutError | None = None
    stamp: object = None
    links: int = 0
    adult_setting: str = ''
    stray: UsageError | None = None
    heard: float = field(default_factory=time.monotonic)

    @property
    def weight(self) -> int:
        """About how many bytes the cards take."""
        return len(self.session.known) * _CARD_BYTES

    def let_go(self) -> None:
        """Forget the cards; they are asked for when somebody looks again."""
        self.session.let_go()
        self.detail.close()
        self.stamp = None


def visit_parts(visit: BrowseVisit) -> dict[str, str]:
    """Everything of the tab; the caller holds the session's lock."""
    session = visit.session
    query = session.filters.query
    state = SheetState(
        more=session.has_more,
        busy=session.loading or visit.errands.busy or visit.detail.busy,
        opened=visit.detail.opened,
        selected=list(session.selected),
        gone=sorted(session.gone),
    )
    fields = {
        'text': query.text,
        'tag': query.tag or '',
        'creator': query.username or '',
        'links': visit.links,
    }
    return {
        **visit.sheet.parts(state),
        **filter_parts(session.filters, visit.base_models, visit.every_type, visit.hidden),
        **_state_parts(visit),
        part('fields'): json.dumps(fields, ensure_ascii=False),
        part('do'): present.do_html(len(session.selected)),
        part('live'): visit.errands.said,
        **visit.detail.parts(),
    }


def _state_parts(visit: BrowseVisit) -> dict[str, str]:
    """Counts, what stands where cards would, and what did not come."""
    session, shown = visit.session, visit.session.shown
    nothing = ''
    if not shown and session.loading:
        nothing = present.searching_html()
    elif not shown and session.problem is None and not session.unknown_tag and session.begun:
        nothing = present.nothing_html(
            session.filters, session.left_out + len(session.gone), session.tired
        )
    ended = 'full' if session.full else 'all' if session.ended else ''
    return {
        part('banner'): _banner(visit),
        part('count'): present.count_html(shown, session.loading, not session.ended, session.since),
        part('nothing'): nothing,
        part('note'): present.number_html(session.filters.number)
        + present.note_html(session.broken, session.astray),
        part('end'): present.end_html(session.loading, session.stuck, ended, shown, session.tired),
    }


def _banner(visit: BrowseVisit) -> str:
    stray = present.stray_html(visit.stray) if visit.stray is not None else ''
    return stray + _list_banner(visit)


def _list_banner(visit: BrowseVisit) -> str:
    session = visit.session
    problem = session.problem or visit.trouble
    words = error_text(problem) if problem is not None else ''
    if session.since is not None:
        return present.offline_html(session.since, words)
    if problem is not None:
        return present.problem_html(words, session.shown > 0)
    if session.unknown_tag:
        return present.unknown_tag_html(session.unknown_tag, session.nearest_tags)
    return ''
