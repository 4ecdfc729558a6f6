"""The Browse tab without a network: a catalogue that a test makes up, threads that run at once or
when told.
"""

import json
from types import SimpleNamespace

import pytest

from civitai_manager_libs import setting
from civitai_manager_libs.catalogue import CardPage, Marks
from civitai_manager_libs.domain.browse_filters import BrowseFilters
from civitai_manager_libs.domain.model_card import ModelCard
from civitai_manager_libs.domain.models import Picture
from civitai_manager_libs.store.browsing import Hidden
from civitai_manager_libs.transfers.plan import Ordered
from civitai_manager_libs.ui.browse_desk import BrowseDesk
from civitai_manager_libs.ui.browse_doors import BrowseDoors
from civitai_manager_libs.ui.browsers import OpenPage

NOW = 1_800_000_000.0


def card(number, level=1, **more):
    """A card of a model; its cover is rated ``level`` (bits)."""
    url = f'https://image.civitai.com/x/{number}/{number}.jpeg'
    usual = {'name': f'Model {number}', 'type': 'LORA', 'base_models': ('SDXL 1.0',)}
    cover = Picture(url=url, nsfw_level=level)
    return ModelCard(number, **{**usual, 'creator': 'kiln', 'cover': cover, **more})


def page_of(*numbers, **more):
    """A page of the catalogue."""
    return CardPage(tuple(card(number) for number in numbers), **more)


class Shelf:
    """The catalogue, the saved models, the queue and what lies on the disk, all made up."""

    def __init__(self):
        self.lists = [page_of(*range(1, 6))]
        self.asked = []
        self.kept = BrowseFilters()
        self.left = []
        self.base = ('SD 1.5', 'SDXL 1.0')
        self.links = {}
        self.strays = {}
        self.out = {}
        self.saved, self.installed = set(), set()
        self.changes = 0
        self.refusals = {}
        self.ordered = []
        self.trouble = None
        self.meanwhile = lambda: None

    # the catalogue

    def filters(self):
        return self.kept

    def remember(self, filters):
        self.left.append(filters)

    def is_link(self, text):
        return text.startswith('https://') and text not in {**self.links, **self.strays}

    def linked_filters(self, text, filters):
        return self.links.get(text)

    def stray_link(self, text):
        return self.strays.get(text)

    def known_base_models(self):
        return self.base[:1]

    def base_models(self):
        return self.base

    def pages(self, filters):
        self.asked.append(filters)
        self.meanwhile()
        for one in list(self.lists):
            if isinstance(one, Exception):
                raise one
            yield one

    def marks(self, model_ids):
        if self.trouble:
            raise self.trouble
        wanted = frozenset(model_ids)
        return Marks(wanted & self.saved, wanted & self.installed)

    def hide(self, kind, name, label=''):
        self.out[kind, name] = Hidden(kind, name, label, NOW)

    def unhide(self, kind, name):
        self.out.pop((kind, name), None)

    def hidden(self):
        return list(self.out.values())

    # the rest

    def revision(self):
        return self.changes

    def stamp(self):
        return len(self.installed)

    @property
    def adult_setting(self):
        return setting.current().adult_content

    def save(self, model_id, version_id=None):
        if model_id in self.refusals:
            raise self.refusals[model_id]
        self.saved.add(model_id)
        self.changes += 1

    def remove(self, ids):
        gone = [one for one in ids if one in self.saved]
        self.saved -= set(ids)
        self.changes += 1
        return gone

    def restore(self, ids):
        self.saved |= set(ids)
        self.changes += 1
        return list(ids)

    def order_many(self, targets):
        targets = list(targets)
        self.ordered += [one.model_id for one in targets]
        return [Ordered(one, error=self.refusals.get(one.model_id)) for one in targets]

    def still(self, picture, width):
        return f'/pictures/{picture.url[-12:]}?width={width}'


class Detail:
    """An opened model: only notes what it is told."""

    def __init__(self):
        self.opened = self.busy = False
        self.done = []

    def open(self, pasted):
        self.opened = True
        self.done.append(pasted)

    def close(self):
        self.opened = False

    def parts(self):
        return {'browse-model': f'model {self.done[-1]}' if self.opened else ''}

    def do(self, page, action, item, value, text):
        self.done.append((action, item, value, text))
        return {'field': 'x'}


class Visitor:
    """One page at the desk."""

    def __init__(self, bench):
        self.bench = bench
        self.page = OpenPage(None, 'downloads')
        self.page.tab = 'browse'

    def click(self, action, item='', value='', text=''):
        return self.bench.desk.do(self.page, action, str(item), value, text)

    def parts(self):
        return self.bench.desk.parts(self.page)

    def part(self, name):
        return self.parts()[f'browse-{name}']

    @property
    def state(self):
        return json.loads(self.part('state'))

    @property
    def marks(self):
        return json.loads(self.part('marks'))

    @property
    def drawn(self):
        """The markup of all cards as the script has it."""
        parts = self.parts()
        state = json.loads(parts['browse-state'])
        pages = [json.loads(parts[f'browse-cards-{at}']) for at in range(state['pages'])]
        assert {one['number'] for one in pages} <= {state['number']}
        return ''.join(one['html'] for one in pages)

    @property
    def shown(self):
        """The models that have a card, in their order."""
        found = [piece.split('"')[0] for piece in self.drawn.split('data-cs-card="')[1:]]
        return [int(one) for one in found if int(one) not in self.state['gone']]

    @property
    def detail(self):
        return self.bench.details[-1]

    @property
    def cards(self):
        return [one.html for one in self.page.said()]


@pytest.fixture
def browse_bench(english, fresh_settings):
    """A desk over a made-up catalogue; ``waiting`` holds the jobs if ``at_once`` is False."""
    made = SimpleNamespace(shelf=Shelf(), details=[], waiting=[], at_once=True, now=NOW)

    def start(job):
        if made.at_once:
            job()
        else:
            made.waiting.append(job)

    def run():
        while made.waiting:
            made.waiting.pop(0)()

    def detail():
        made.details.append(Detail())
        return made.details[-1]

    shelf = made.shelf
    doors = BrowseDoors(shelf, shelf, shelf, shelf, shelf, detail)
    made.run = run
    made.desk = BrowseDesk(doors, start, start, lambda: made.now)
    made.visitor = lambda: Visitor(made)
    return made
