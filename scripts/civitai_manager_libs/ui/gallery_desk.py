"""Serves the Gallery tab: the pictures of a model, version, creator or post, one of them large, and
downloads of them.

The strip goes to the script as JSON, a page of pictures at a time, so a further page leaves alone
what is drawn. The large picture and what is known of it are :class:`.PictureDetail`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from .. import setting
from ..domain.gallery import GalleryPicture
from ..domain.models import Picture
from ..domain.nsfw import LEVELS
from ..i18n import error_text, language, text
from ..images.gallery_source import GallerySource
from . import present_gallery as present
from .browsers import OpenPage
from .download_desk import Surroundings
from .file_manager import show_file
from .gallery_downloads import Carrier, GalleryDownloads, Progress
from .gallery_session import SORTS, GallerySession, Shelf
from .gallery_view import Detail, Visit, frame_parts, state_parts
from .jobs import Jobs
from .monitor_watch import Start
from .present_notices import failed_card
from .queue_desk import Refused
from .tabs import PageTab, click_of, number_in
from .visits import Visits
from .words import button

NAME = 'gallery'
_LOOKING_THREADS = 4
_ORDERING_THREADS = 16
_FAILED_CARD_SECONDS = 600.0
_DETAIL = 'detail-'
_ORDERING = ('download-one', 'download-page', 'download-selected', 'download-all', 'retry')


class Door(Shelf, Protocol):
    """What of :class:`.Gallery` is used here."""

    def download(
        self, pictures: Sequence[GalleryPicture], source: GallerySource | None = None
    ) -> list[str]:
        """Order ``pictures``; gives the ids of their downloads."""


class Stills(Protocol):
    """Where the script gets pictures."""

    def still(self, picture: Picture, width: int) -> str | None:
        """The address of a picture, or of a frame of a video (None without one), at a width."""

    def forget(self, url: str) -> None:
        """The picture at ``url`` is wanted again, although it could not be had."""


class GalleryDesk:
    """A :class:`.TabDesk`. ``looking`` and ``ordering`` give threads to what takes a while;
    ``examples`` are links to try, with what they show.
    """

    def __init__(
        self,
        door: Door,
        carrier: Carrier,
        detail: Callable[[], Detail],
        stills: Stills,
        around: Surroundings,
        looking: Start | None = None,
        ordering: Start | None = None,
        examples: Callable[[], Sequence[tuple[str, str]]] = tuple,
    ) -> None:
        self._door = door
        self._carrier = carrier
        self._detail = detail
        self._stills = stills
        self._around = around
        self._looking = looking or Jobs('gallery', _LOOKING_THREADS).put
        self._ordering = ordering or Jobs('gallery-order', _ORDERING_THREADS).put
        self._examples = examples
        self._visits: Visits[Visit] = Visits('galleries', self._fresh())

    def _fresh(self) -> Callable[[], Visit]:
        """What makes the gallery of a page; it must not keep this desk from going."""
        door, looking = self._door, self._looking
        carrier, ordering, detail = self._carrier, self._ordering, self._detail

        def fresh() -> Visit:
            session = GallerySession(door, looking)
            return Visit(session, GalleryDownloads(carrier, ordering), detail())

        return fresh

    # --- what is shown ---------------------------------------------------------------------------

    def parts(self, page: OpenPage) -> Mapping[str, str]:
        """See :class:`.TabDesk`."""
        visit = self._visits.get(page)
        if page.tab != NAME and visit is None:
            return {}
        visit = visit or self._visits.of(page)
        progress = visit.downloads.look()
        self._tell(page, visit, progress)
        if page.tab != NAME:
            return {}
        visit.session.keep_up(setting.current().picture_levels)
        with visit.session.lock:
            return {
                **self._strip(visit),
                **frame_parts(visit, progress, self._around.local()),
                **state_parts(visit, self._examples()),
                **visit.detail.parts(),
            }

    def _tell(self, page: OpenPage, visit: Visit, progress: Progress) -> None:
        """Say once what has become of the downloads, when the last of them has ended."""
        if progress.busy or not visit.ordered:
            return
        visit.ordered = False
        visit.said = present.work_text(progress)
        reason = error_text(progress.problem) if progress.problem is not None else ''
        if progress.failed:
            words = text('gallery.some_failed', n=progress.failed)
            again = button('gallery:retry', '', text('gallery.retry', n=progress.failed))
        elif reason:
            words, again = text('gallery.not_ordered'), ''
        else:
            return
        visit.card = page.say(
            lambda number: failed_card(number, words, reason, again), _FAILED_CARD_SECONDS
        )

    def _strip(self, visit: Visit) -> dict[str, str]:
        session, veils = visit.session, setting.current().veils
        if (visit.number, visit.language) != (session.number, language()):
            visit.number, visit.language, visit.strips = session.number, language(), []
            visit.fresh.clear()
        for pictures in session.pages[len(visit.strips) :]:
            before = sum(map(len, session.pages[: len(visit.strips)]))
            made = present.strip_json(visit.number, pictures, self._stills.still, before, veils)
            visit.strips.append(made)
        shown = session.picture(session.current)
        if shown is not visit.shown:
            visit.shown = shown
            visit.detail.show(shown)
        return {present.strip_part(place): made for place, made in enumerate(visit.strips)}

    # --- what is done ----------------------------------------------------------------------------

    def do(
        self, page: OpenPage, action: str, item: str, value: str, text: str
    ) -> Mapping[str, Any] | None:
        """See :class:`.TabDesk`."""
        visit = self._visits.of(page)
        if action.startswith(_DETAIL):
            return visit.detail.do(action, item, value, text)
        visit.asking = False
        if action in _ORDERING:  # what was said of the last time is settled by it
            visit.ordered, visit.said = True, ''
            page.unsay(visit.card)
        if action == 'open':
            self._open(visit, text or value)
            return None
        return click_of(self._clicks, action)(self, visit, item, value)

    def _open(self, visit: Visit, pasted: str) -> None:
        if pasted.strip():
            self._put_back(visit)
            visit.session.open(pasted.strip())

    def _clear(self, visit: Visit, item: str, value: str) -> None:
        self._put_back(visit)
        visit.session.close()

    @staticmethod
    def _put_back(visit: Visit) -> None:
        """Look at the gallery again, not at what was dropped."""
        if visit.detail.dropped:
            visit.detail.do('detail-close', '', '', '')

    def _level(self, visit: Visit, item: str, value: str) -> None:
        session = visit.session
        turned = set(session.levels) ^ {item}
        session.change(levels=tuple(name for name in LEVELS if name in turned))

    def _sort(self, visit: Visit, item: str, value: str) -> None:
        if value in SORTS:
            visit.session.change(sort=value)

    def _show(self, visit: Visit, item: str, value: str) -> None:
        self._put_back(visit)
        visit.session.show(number_in(item))

    def _picture_again(self, visit: Visit, item: str, value: str) -> None:
        picture = visit.session.picture(number_in(item))
        if picture is not None:
            self._stills.forget(picture.url)
            still = self._stills.still(picture, present.SHOWN_WIDTH)
            visit.fresh[number_in(item)] = still or ''

    def _select(self, visit: Visit, item: str, value: str) -> None:
        visit.session.select(number_in(item), value == 'on')

    def _select_none(self, visit: Visit, item: str, value: str) -> None:
        with visit.session.lock:
            visit.session.selected.clear()

    def _ask_all(self, visit: Visit, item: str, value: str) -> None:
        visit.asking = True

    def _download(self, visit: Visit, pictures: Sequence[GalleryPicture]) -> None:
        source = visit.session.source
        if pictures:
            visit.downloads.put(pictures, lambda some: self._door.download(some, source))

    def _download_one(self, visit: Visit, item: str, value: str) -> None:
        picture = visit.session.picture(number_in(item) if item else visit.session.current)
        self._download(visit, [picture] if picture is not None else [])

    def _download_selected(self, visit: Visit, item: str, value: str) -> None:
        self._download(visit, visit.session.chosen())
        self._select_none(visit, item, value)

    def _download_all(self, visit: Visit, item: str, value: str) -> None:
        session = visit.session
        query, source = session.query(), session.source
        if query is None:
            return
        most = number_in(item) if item.isdigit() else None
        pages = self._door.pages(query)
        visit.downloads.put_all(pages, most, lambda some: self._door.download(some, source))

    def _open_folder(self, visit: Visit, item: str, value: str) -> Mapping[str, Any] | None:
        path = visit.downloads.look().path
        if not self._around.local() or path is None:
            return None
        if not path.parent.is_dir():
            raise Refused(text('page.folder_gone', path=path.parent))
        if show_file(path):
            return None
        return {'copy': {'text': str(path), 'said': text('page.no_file_manager')}}

    _clicks: Mapping[str, Callable[[GalleryDesk, Visit, str, str], Mapping[str, Any] | None]] = {
        'clear': _clear,
        'sort': _sort,
        'level': _level,
        'loosen': lambda desk, visit, item, value: visit.session.change(levels=tuple(LEVELS)),
        'more': lambda desk, visit, item, value: visit.session.more(),
        'again': lambda desk, visit, item, value: visit.session.again(),
        'show': _show,
        'picture-again': _picture_again,
        'select': _select,
        'select-none': _select_none,
        'download-one': _download_one,
        'download-page': lambda desk, visit, item, value: desk._download(
            visit, visit.session.page_shown()
        ),
        'download-selected': _download_selected,
        'ask-all': _ask_all,
        'keep': lambda desk, visit, item, value: None,
        'download-all': _download_all,
        'stop': lambda desk, visit, item, value: visit.downloads.stop(),
        'retry': lambda desk, visit, item, value: visit.downloads.retry(),
        'forget': lambda desk, visit, item, value: visit.downloads.forget(),
        'open-folder': _open_folder,
    }


def gallery_tab(
    door: Door,
    carrier: Carrier,
    detail: Callable[[], Detail],
    stills: Stills,
    around: Surroundings,
    examples: Callable[[], Sequence[tuple[str, str]]] = tuple,
) -> PageTab:
    """The tab as the page takes it; ``detail`` makes what shows the large picture of a page."""
    desk = GalleryDesk(door, carrier, detail, stills, around, examples=examples)
    return PageTab(NAME, 'gallery.tab', present.tab_html, desk)
