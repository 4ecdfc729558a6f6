"""The catalogue over a real database, with a machine on which models are as a test says."""

import json

import pytest

from civitai_manager_libs.catalogue import Catalogue
from civitai_manager_libs.civitai import CivitaiAPI
from civitai_manager_libs.domain.browse_filters import BrowseFilters
from civitai_manager_libs.domain.search import ModelQuery
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.library.opening import ModelOpener
from civitai_manager_libs.store.browsing import BrowsingStore
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.listings import ListingStore
from civitai_manager_libs.store.records import RecordStore

EVER = ModelQuery(period='AllTime')


class Clock:
    """Seconds since 1970 as a test sets them."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


class Stock:
    """A catalogue with all that it works on; ``saved`` and ``installed`` are sets of model ids."""

    def __init__(self, path):
        self.database = Database(path)
        self.clock = Clock()
        self.client = CivitaiHttpClient()
        self.api = CivitaiAPI(self.client)
        self.records = RecordStore(self.database)
        self.listings = ListingStore(self.database)
        self.browsing = BrowsingStore(self.database)
        self.opener = ModelOpener(self.api, self.records, self.clock)
        self.saved, self.installed = set(), set()
        self.catalogue = Catalogue(
            self.api,
            self.opener,
            self.listings,
            self.browsing,
            lambda ids: frozenset(self.saved.intersection(ids)),
            self,
        )

    def model_ids(self):
        return frozenset(self.installed)

    def pages(self, query=EVER, **filters):
        """All pages of a search; the first one with a problem is the last."""
        found = []
        for page in self.catalogue.pages(BrowseFilters(query, **filters)):
            found.append(page)
            if page.problem is not None:
                break
        return found

    def found(self, query=EVER, **filters):
        """The ids of the models of a search, in their order."""
        return [card.model_id for page in self.pages(query, **filters) for card in page.cards]


@pytest.fixture
def stock(tmp_path, fresh_settings):
    """A :class:`Stock` over the demo catalogue; nothing is tried again."""
    fresh_settings(http_max_retries=0)
    made = Stock(tmp_path / 'stock.db')
    yield made
    made.client.close()
    made.database.close()


@pytest.fixture
def listed(odd_server, fresh_settings):
    """Serves a list of the given items, the given text, or what a function makes of the number of
    the request (items and cursor); gives the server.
    """

    def serve(content):
        def answer(handler):
            if isinstance(content, str):
                body = content
            else:
                items, cursor = content(len(server.seen)) if callable(content) else (content, None)
                body = json.dumps({'items': items, 'metadata': {'nextCursor': cursor}})
            handler.reply(body=body.encode(), Content_Type='application/json')

        server = odd_server(answer)
        fresh_settings(civitai_base_url=server.url, http_max_retries=0)
        return server

    return serve
