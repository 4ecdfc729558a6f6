"""What one page has of the Gallery tab, and what of it goes to its script."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..domain.gallery import GalleryPicture
from ..errors import UsageError
from ..i18n import error_text
from . import present_gallery as present
from .gallery_downloads import GalleryDownloads, Progress
from .gallery_session import GallerySession
from .present_gallery import part


class Detail(Protocol):
    """The large picture of one page, and what is known of it."""

    @property
    def busy(self) -> bool:
        """Whether something is on its way that will change the page."""

    @property
    def dropped(self) -> bool:
        """Whether a picture is shown that is none of the gallery."""

    def show(self, picture: GalleryPicture | None) -> None:
        """This one from now on."""

    def parts(self) -> Mapping[str, str]:
        """The places ``gallery-picture`` and ``gallery-data``."""

    def do(self, action: str, item: str, value: str, text: str) -> Mapping[str, Any] | None:
        """What was clicked in them; actions without ``gallery:``."""


@dataclass
class Visit:
    """The gallery of one page. ``strips`` are the pages of the list ``number`` as they went to the
    script, in ``language``, ``fresh`` the new addresses of pictures that are to be tried again,
    ``shown`` is what the detail shows; ``ordered`` says that nobody was told yet what has become of
    the downloads, ``said`` and ``card`` are where that was told; ``heard`` is when the page last
    asked for it.
    """

    session: GallerySession
    downloads: GalleryDownloads
    detail: Detail
    asking: bool = False
    number: int = 0
    language: str = ''
    strips: list[str] = field(default_factory=list)
    fresh: dict[int, str] = field(default_factory=dict)
    shown: GalleryPicture | None = None
    said: str = ''
    ordered: bool = False
    card: str = ''
    heard: float = field(default_factory=time.monotonic)

    @property
    def weight(self) -> int:
        """About how many bytes its pictures take."""
        return self.session.weight

    def let_go(self) -> None:
        """Look at nothing any more."""
        self.session.close()
        self.strips, self.number = [], 0
        self.detail.show(None)
        self.shown = None


def frame_parts(visit: Visit, progress: Progress, local: bool) -> dict[str, str]:
    """The bar, the downloads, and what the script draws the strip with; the caller holds the
    session's lock.
    """
    session, source = visit.session, visit.session.source
    loaded, selected = len(session.known), len(session.selected)
    marks = {number: mark for number, mark in progress.marks if number in session.known}
    state = {
        'number': session.number,
        'pages': len(visit.strips),
        'current': session.current,
        'selected': list(session.selected),
        'busy': bool(session.finding) or session.loading or progress.busy or visit.detail.busy,
        'more': not (session.ended or session.loading or session.stuck or session.full)
        and loaded > 0,
        'name': source.name if source is not None else '',
        'kind': present.kind_text(source.kind) if source is not None else '',
        'finding': session.finding,
    }
    return {
        part('state'): present.state_json(state),
        part('marks'): present.state_json(marks),
        part('fresh'): present.state_json(visit.fresh),
        part('bar'): present.bar_html(session.sort, session.levels) if source else '',
        part('count'): present.count_text(selected, loaded) if loaded else '',
        part('do'): present.do_html(selected, len(session.page_shown())) if loaded else '',
        part('note'): present.ask_html() if visit.asking else '',
        part('work'): present.work_text(progress),
        part('work-bar'): present.work_bar_html(progress),
        part('work-do'): present.work_buttons_html(progress, local),
        part('live'): visit.said,
    }


def state_parts(visit: Visit, examples: Sequence[tuple[str, str]]) -> dict[str, str]:
    """What stands where pictures would, with ``examples`` to try, and what did not come."""
    session = visit.session
    loaded, problem = len(session.known), session.problem
    words = error_text(problem) if problem is not None else ''
    nothing = ''
    if not loaded and problem is None and not visit.detail.dropped:
        if session.finding or session.loading:
            nothing = present.loading_html()
        elif session.source is None:
            nothing = present.empty_html(examples)
        else:
            nothing = present.nothing_html(session.levels)
    failed, may_help = problem is not None, not isinstance(problem, UsageError)
    ended = 'full' if session.full else 'all' if session.ended else ''
    return {
        part('problem'): present.problem_html(words, loaded > 0, may_help) if failed else '',
        part('nothing'): nothing,
        part('end'): present.end_html(session.loading, session.stuck, ended, loaded),
    }
