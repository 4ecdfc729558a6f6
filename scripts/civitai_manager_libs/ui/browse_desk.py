"""Serves the Browse tab: filters, cards of models a page at a time, one of them opened.

The cards go to the script as :class:`.CardSheet` tells; the opened model is
:class:`.ModelDetail`'s.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..domain.model_card import ModelCard
from ..errors import ShortcutError
from ..i18n import text as words
from . import present_browse as present
from .browse_doors import BrowseDoors, BrowsedCatalogue
from .browse_errands import BrowseErrands
from .browse_session import BrowseSession, hidden_names
from .browse_visit import BrowseVisit, visit_parts
from .browsers import OpenPage
from .card_view import CardView
from .filter_changes import CHANGES, MOST_SIGNS
from .icons import icon
from .jobs import Jobs
from .monitor_watch import Start
from .present_card import view_of
from .present_filters import HiddenThing
from .present_notices import way_back_card
from .tabs import PageTab, click_of, number_in
from .visits import Visits
from .words import button

NAME = 'browse'
_LOOKING_THREADS = 8
_ORDERING_THREADS = 4
_DETAIL = 'model-'
_MOST_PASTED = 2_000


class BrowseDesk:
    """A :class:`.TabDesk`. ``looking`` and ``ordering`` give threads to what takes a while;
    ``clock`` gives seconds since 1970.
    """

    def __init__(
        self,
        doors: BrowseDoors,
        looking: Start | None = None,
        ordering: Start | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._doors = doors
        self._looking = looking or Jobs('browse', _LOOKING_THREADS).put
        self._ordering = ordering or Jobs('browse-order', _ORDERING_THREADS).put
        self._clock = clock
        self._visits: Visits[BrowseVisit] = Visits('browsing', self._fresh())

    def _fresh(self) -> Callable[[], BrowseVisit]:
        """What makes the visit of a page; it must not keep this desk from going."""
        doors, looking, ordering = self._doors, self._looking, self._ordering

        def fresh() -> BrowseVisit:
            catalogue = doors.catalogue
            session = BrowseSession(catalogue.pages, looking, catalogue.filters())
            errands = BrowseErrands(doors.shortcuts, doors.engine, ordering)
            visit = BrowseVisit(session, doors.detail(), errands)
            visit.adult_setting = catalogue.adult_setting
            visit.base_models = catalogue.known_base_models()
            looking(lambda: _read_base_models(visit, catalogue))
            return visit

        return fresh

    # --- what is shown ---------------------------------------------------------------------------

    def parts(self, page: OpenPage) -> Mapping[str, str]:
        """See :class:`.TabDesk`."""
        if page.tab != NAME:
            return {}
        visit = self._visits.of(page)
        self._follow(visit)
        if not self._doors.waits():
            visit.session.begin()
        with visit.session.lock:
            self._draw(visit)
            return visit_parts(visit)

    def _follow(self, visit: BrowseVisit) -> None:
        """Adult content is shown as the settings say from the moment they say something else."""
        said = self._doors.catalogue.adult_setting
        if visit.adult_setting != said:
            visit.adult_setting = said
            visit.session.show_adult(self._doors.catalogue.filters().adult)

    def _draw(self, visit: BrowseVisit) -> None:
        session, sheet = visit.session, visit.sheet
        if not sheet.holds(session.number):
            sheet.begin(session.number)
        try:
            self._leave_out(visit)
            for cards in session.pages[sheet.pages :]:
                sheet.add(self._views(visit, cards))
            stamp = self._stamp(visit)
            if stamp != visit.stamp:
                sheet.change(self._views(visit, tuple(session.known.values())))
                visit.stamp = stamp
            visit.trouble = None
        except ShortcutError as error:  # the cards that are there stay as they are
            visit.trouble = error

    def _stamp(self, visit: BrowseVisit) -> object:
        """Changes when a card may have changed."""
        doors = self._doors
        days = int(self._clock() // 3_600)  # how long early access lasts
        saved, here = doors.shortcuts.revision(), doors.on_disk.stamp()
        return saved, here, days, visit.session.filters.adult, visit.errands.saving

    def _views(self, visit: BrowseVisit, cards: tuple[ModelCard, ...]) -> list[CardView]:
        marks = self._doors.catalogue.marks([card.model_id for card in cards])
        saved = marks.saved | visit.errands.saving
        still, adult, now = self._doors.pictures.still, visit.session.filters.adult, self._clock()
        return [
            view_of(
                card,
                still,
                adult,
                card.model_id in saved,
                card.model_id in marks.installed,
                now,
            )
            for card in cards
        ]

    def _leave_out(self, visit: BrowseVisit) -> None:
        """What was hidden or shown again, by whomever, leaves the list or comes back."""
        listed = self._doors.catalogue.hidden()
        hidden = tuple(HiddenThing(one.kind, one.name, one.label or one.name) for one in listed)
        if hidden != visit.hidden:
            visit.hidden = hidden
            visit.session.leave_out(hidden_names([(one.kind, one.name) for one in hidden]))

    # --- what is done ----------------------------------------------------------------------------

    def do(
        self, page: OpenPage, action: str, item: str, value: str, text: str
    ) -> Mapping[str, Any] | None:
        """See :class:`.TabDesk`."""
        visit = self._visits.of(page)
        if action.startswith(_DETAIL):
            return visit.detail.do(page, action, item, value, text)
        if action in CHANGES:
            self._change(visit, action, item, value or text)
        elif action == 'search':
            self._search(page, visit, text.strip()[:_MOST_PASTED])
        else:
            click_of(_CLICKS, action)(self, page, visit, item, value)
        return None

    def _change(self, visit: BrowseVisit, action: str, item: str, value: str) -> None:
        visit.detail.close()
        self._look_for(visit, CHANGES[action](visit.session.filters, item, value))

    def _look_for(self, visit: BrowseVisit, filters: Any) -> None:
        visit.stray = None
        visit.session.look_for(filters)
        self._doors.catalogue.remember(filters)

    def _search(self, page: OpenPage, visit: BrowseVisit, pasted: str) -> None:
        catalogue, filters = self._doors.catalogue, visit.session.filters
        if pasted and catalogue.is_link(pasted):
            visit.links += 1
            self._open(page, visit, pasted, '')
            return
        visit.detail.close()
        visit.stray = catalogue.stray_link(pasted) if pasted else None
        if visit.stray is not None:  # what is listed stays
            return
        linked = catalogue.linked_filters(pasted, filters) if pasted else None
        plain = replace(filters, query=replace(filters.query, text=pasted[:MOST_SIGNS]))
        if linked is not None:
            visit.links += 1
        self._look_for(visit, linked or plain)

    def _name(self, visit: BrowseVisit) -> Callable[[int], str]:
        def name(number: int) -> str:
            card = visit.session.card(number)
            return card.name if card is not None else str(number)

        return name

    def _open(self, page: OpenPage, visit: BrowseVisit, item: str, value: str) -> None:
        visit.stray = None
        visit.detail.open(item or value)

    def _again(self, page: OpenPage, visit: BrowseVisit, item: str, value: str) -> None:
        visit.session.again()
        self._looking(lambda: _read_base_models(visit, self._doors.catalogue))

    def _types(self, page: OpenPage, visit: BrowseVisit, item: str, value: str) -> None:
        visit.every_type = not visit.every_type

    def _select_none(self, page: OpenPage, visit: BrowseVisit, item: str, value: str) -> None:
        with visit.session.lock:
            visit.session.selected.clear()

    def _save(self, page: OpenPage, visit: BrowseVisit, item: str, value: str) -> None:
        name = self._name(visit)
        if value == 'off':
            visit.errands.remove(page, number_in(item), name)
        else:
            visit.errands.save(page, [number_in(item)], name)

    def _save_selected(self, page: OpenPage, visit: BrowseVisit, item: str, value: str) -> None:
        ids = list(visit.session.selected)
        if ids:
            visit.errands.save(page, ids, self._name(visit))
        self._select_none(page, visit, item, value)

    def _download_selected(self, page: OpenPage, visit: BrowseVisit, item: str, value: str) -> None:
        ids = list(visit.session.selected)
        if ids:
            visit.errands.download(page, ids, self._name(visit))
        self._select_none(page, visit, item, value)

    def _hide_selected(self, page: OpenPage, visit: BrowseVisit, item: str, value: str) -> None:
        name, ids = self._name(visit), list(visit.session.selected)
        for number in ids:
            self._doors.catalogue.hide('model', str(number), name(number))
        self._select_none(page, visit, item, value)
        if ids:
            which, drawn = ' '.join(map(str, ids)), icon('retry')
            undo = button('browse:unhide', 'model', words('browse.undo'), drawn, value=which)
            said = words('browse.hid_many', n=f'{len(ids):,}') if len(ids) > 1 else ''
            title = said or words('browse.hid', name=name(ids[0]))
            page.say(lambda number: way_back_card(number, title, undo))

    def _unhide(self, page: OpenPage, visit: BrowseVisit, item: str, value: str) -> None:
        names = value.split() if item == 'model' else [value]
        for name in names:
            self._doors.catalogue.unhide(item, name)
        if visit.session.left_out:  # it may be among those that never came
            visit.session.renew()


def _read_base_models(visit: BrowseVisit, catalogue: BrowsedCatalogue) -> None:
    visit.base_models = catalogue.base_models()


_Click = Callable[[BrowseDesk, OpenPage, BrowseVisit, str, str], None]
_CLICKS: Mapping[str, _Click] = {
    'open': BrowseDesk._open,
    'close': lambda desk, page, visit, item, value: visit.detail.close(),
    'more': lambda desk, page, visit, item, value: visit.session.more(),
    'again': BrowseDesk._again,
    'types': BrowseDesk._types,
    'select': lambda desk, page, visit, item, value: visit.session.select(
        number_in(item), value == 'on'
    ),
    'select-none': BrowseDesk._select_none,
    'save': BrowseDesk._save,
    'save-selected': BrowseDesk._save_selected,
    'restore': lambda desk, page, visit, item, value: visit.errands.restore(
        page, number_in(item), desk._name(visit)
    ),
    'download': lambda desk, page, visit, item, value: visit.errands.download(
        page, [number_in(item)], desk._name(visit)
    ),
    'download-selected': BrowseDesk._download_selected,
    'hide-selected': BrowseDesk._hide_selected,
    'unhide': BrowseDesk._unhide,
}


def browse_tab(doors: BrowseDoors) -> PageTab:
    """The tab as the page takes it."""
    return PageTab(NAME, 'browse.tab', present.tab_html, BrowseDesk(doors))
