"""Looking through the models of Civitai: the door of the Browse tab and of ``search``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from . import setting
from .civitai import CivitaiAPI
from .domain import browse_links
from .domain.base_models import BASE_MODELS
from .domain.browse_filters import HIDE, BrowseFilters, recalled, remembered
from .domain.model_card import ModelCard, card_of
from .domain.models import Model
from .domain.record import Record
from .domain.search import ModelQuery, carries_tag, nearest
from .domain.targets import parse_target
from .errors import ApiError, ExitCode, ShortcutError, UsageError
from .library.listing import ListedPage, ModelListing
from .library.opening import ModelOpener, OpenedModel
from .library.sieve import Sieve, is_adult
from .store.browsing import BrowsingStore, Hidden
from .store.listings import ListingStore
from .transfers.search_checks import check_base_models, check_filters

MOST_PAGES_AT_ONCE = 5
"""So many pages of Civitai in a row may have nothing to show before a page of ours is empty."""

_FILTERS, _BASE_MODELS = 'browse.filters', 'base_models'


@dataclass(frozen=True)
class CardPage:
    """Some more cards of a search.

    ``more`` says that taking the next page may give further cards. ``astray``: more would follow,
    were the server's pages not endless. ``left_out`` models were hidden by the person or by the
    filters, ``broken`` items could not be read. ``since`` is when Civitai said all this (seconds
    since 1970), if that was not now. ``problem`` is why nothing (or nothing new) came; with
    ``more`` the next page tries again. ``unknown_tag`` is the tag that Civitai does not know, and
    ``nearest_tags`` some that it does.
    """

    cards: tuple[ModelCard, ...] = ()
    more: bool = False
    astray: bool = False
    left_out: int = 0
    broken: int = 0
    since: float | None = None
    problem: ShortcutError | None = None
    unknown_tag: str = ''
    nearest_tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Marks:
    """What the person has of some models, and what they have looked at, by model id."""

    saved: frozenset[int] = frozenset()
    installed: frozenset[int] = frozenset()
    seen: frozenset[int] = frozenset()


class OnThisMachine(Protocol):
    """Which models have a file here."""

    def model_ids(self) -> frozenset[int]:
        """The ids of all of them; cheap."""


class Catalogue:
    """Browses Civitai for one person. Thread-safe; what says so takes a while and belongs into a
    thread of ours, all else answers at once.
    """

    def __init__(
        self,
        api: CivitaiAPI,
        opener: ModelOpener,
        listings: ListingStore,
        browsing: BrowsingStore,
        saved: Callable[[Collection[int]], frozenset[int]],
        on_disk: OnThisMachine,
    ) -> None:
        self._api = api
        self._opener = opener
        self._listings = listings
        self._browsing = browsing
        self._saved = saved
        self._on_disk = on_disk
        self._listed: dict[int, Record] = {}

    # --- what is looked for ----------------------------------------------------------------------

    def filters(self) -> BrowseFilters:
        """The filters as they were left."""
        return recalled(self._browsing.recall(_FILTERS), self.adult_setting)

    def remember(self, filters: BrowseFilters) -> None:
        """Leave the filters like this."""
        self._browsing.remember(_FILTERS, remembered(filters, self.adult_setting))

    @property
    def adult_setting(self) -> str:
        """How the settings have adult content shown, for whoever has not chosen otherwise."""
        return setting.current().adult_content

    def is_link(self, text: str) -> bool:
        """Whether ``text``, typed into the search field, names one model rather than words: short
        numbers and short hashes are words.
        """
        return browse_links.names_model(text, setting.current().civitai_base_url)

    def linked_filters(self, text: str, filters: BrowseFilters) -> BrowseFilters | None:
        """``filters`` with the search that a pasted link of a creator or a list of models stands
        for; None for any other text.
        """
        return browse_links.linked_filters(text, filters, setting.current().civitai_base_url)

    def stray_link(self, text: str) -> UsageError | None:
        """Why a pasted address leads to no model and no list of models; None for all else."""
        return browse_links.stray_link(text, setting.current().civitai_base_url)

    def known_base_models(self) -> tuple[str, ...]:
        """The names of base models as far as they are known; at once."""
        kept = self._browsing.recall(_BASE_MODELS)
        names = [name for name in kept if isinstance(name, str)] if isinstance(kept, list) else []
        return tuple(names) or BASE_MODELS

    def base_models(self) -> tuple[str, ...]:
        """The same, asked of Civitai if it answers. Takes a while; never raises ApiError."""
        try:
            names = list(filter(None, self._api.enums().get('BaseModel', [])))
        except ApiError:  # the client has told it; what is known has to do
            names = []
        if names and tuple(names) != self.known_base_models():
            self._browsing.remember(_BASE_MODELS, names)
        return tuple(names) or self.known_base_models()

    # --- what there is ----------------------------------------------------------------------------

    def pages(self, filters: BrowseFilters) -> Iterator[CardPage]:
        """The cards that fit ``filters``, page by page as they are taken, each model once.

        Every page but the last has cards, unless very many in a row were left out. Taking one takes
        a while. Trouble with Civitai is not raised: see :class:`CardPage`.
        """
        query = filters.asked
        try:
            check_filters(self._api, query)
        except ApiError as error:
            yield CardPage(problem=error)
            return
        gathered, empty, unchecked = _Gathered(), 0, True
        for page in ModelListing(self._api, self._listings, query).pages():
            if unchecked and (page.models or not page.more) and page.problem is None:
                unchecked = False
                wrong = self._wrong(query, page)
                if wrong is not None:
                    yield wrong
                    return
            if page.records:
                self._listed = {record.model_id: record for record in page.records}
            gathered.add(page, self._sieved(page.models, filters))
            empty += 1
            if gathered.ends or empty >= MOST_PAGES_AT_ONCE:
                yield gathered.page()
                gathered, empty = _Gathered(), 0

    def open(self, pasted: str | int, fresh: bool = False) -> OpenedModel:
        """The model that ``pasted`` means, which counts as seen from now on. Of one that was listed
        while Civitai is away, and never opened, there is what the list told. Takes a while; raises
        as :meth:`.ModelOpener.open`.
        """
        try:
            opened = self._opener.open(pasted, fresh)
        except ApiError as error:
            record = self._listed.get(_number_of(pasted))
            if record is None or error.exit_code is ExitCode.NOT_FOUND:
                raise
            opened = OpenedModel(record, offline=True, problem=error)
        try:
            self._browsing.mark_seen(opened.record.model_id)
        except ShortcutError as error:  # no reason not to show it
            return replace(opened, problem=opened.problem or error)
        return opened

    def marks(self, model_ids: Collection[int]) -> Marks:
        """What of the models ``model_ids`` is saved, installed, seen."""
        here = self._on_disk.model_ids()
        return Marks(
            self._saved(model_ids),
            frozenset(number for number in model_ids if number in here),
            self._browsing.seen(model_ids),
        )

    def _wrong(self, query: ModelQuery, first: ListedPage) -> CardPage | None:
        """What Civitai does not say of a search that it does not understand (civitai-api.md section
        3.1): an unknown tag is dropped, an unknown base model gives nothing.
        """
        if query.tag and any(model.tags for model in first.models):
            if not any(carries_tag(model.tags, query.tag) for model in first.models):
                near = self._nearest_tags(query.tag)
                return CardPage(unknown_tag=query.tag, nearest_tags=near)
        if query.base_models and not first.models:
            try:
                check_base_models(self._api, query)
            except ApiError as error:
                return CardPage(problem=error)
        return None

    def _nearest_tags(self, tag: str) -> tuple[str, ...]:
        beginning = tag.strip()[:3]
        try:
            return nearest(tag, self._api.tags(beginning))
        except ApiError:  # a help only; the client has told it
            return ()

    def _sieved(self, models: Collection[Model], filters: BrowseFilters) -> list[Model]:
        """Those of ``models`` that are not hidden, and not left out by ``filters``."""
        sieve = Sieve.of(self._browsing.hidden())
        unwanted = set[int]()
        if filters.hide_installed:
            unwanted |= self._on_disk.model_ids()
        if filters.hide_seen:
            unwanted |= self._browsing.seen([model.id for model in models])
        return [
            model
            for model in models
            if model.id not in unwanted
            and not sieve.holds(model)
            and not (filters.adult == HIDE and is_adult(model))
        ]

    # --- what is hidden ---------------------------------------------------------------------------

    def hide(self, kind: str, name: str, label: str = '') -> None:
        """Leave out a ``model`` (its id as text), a ``creator`` or a ``tag`` from now on."""
        self._browsing.hide(kind, name, label)

    def unhide(self, kind: str, name: str) -> None:
        """Show it again."""
        self._browsing.unhide(kind, name)

    def hidden(self) -> list[Hidden]:
        """Everything that is left out."""
        return self._browsing.hidden()


def _number_of(pasted: str | int) -> int:
    """The model that ``pasted`` names by its number, 0 for none."""
    if isinstance(pasted, int):
        return pasted
    target = parse_target(pasted, setting.current().civitai_base_url)
    return target.model_id or target.number or 0


@dataclass
class _Gathered:
    """What becomes one page of cards."""

    cards: list[ModelCard] = field(default_factory=list)
    left_out: int = 0
    broken: int = 0
    last: ListedPage = ListedPage()

    def add(self, page: ListedPage, shown: Collection[Model]) -> None:
        """Another page of Civitai, of which only the models ``shown`` are to be seen."""
        self.cards += [card_of(model) for model in shown]
        self.left_out += len(page.models) - len(shown)
        self.broken += page.broken
        self.last = page

    @property
    def ends(self) -> bool:
        """Whether nobody should wait for more."""
        return bool(self.cards) or not self.last.more or self.last.problem is not None

    def page(self) -> CardPage:
        """All of it."""
        last = self.last
        return CardPage(
            cards=tuple(self.cards),
            more=last.more,
            astray=last.astray,
            left_out=self.left_out,
            broken=self.broken,
            since=last.since,
            problem=last.problem,
        )
