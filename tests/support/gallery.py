"""The Gallery tab without a network: a shelf of pictures that a test makes up, downloads that come
to their end when it says so, threads that run at once or when told.
"""

import json
from types import SimpleNamespace

import pytest

from civitai_manager_libs.civitai import ImagePage
from civitai_manager_libs.domain.gallery import read_gallery_picture
from civitai_manager_libs.domain.image_query import ImageQuery
from civitai_manager_libs.images.gallery_source import GallerySource
from civitai_manager_libs.ui.browsers import OpenPage
from civitai_manager_libs.ui.gallery_desk import GalleryDesk


def picture(number, level=1, **more):
    """A picture of the gallery; ``level`` is its rating in bits."""
    url = f'https://image.civitai.com/x/{number}/width=64/{number}.jpeg'
    raw = {'id': number, 'url': url, 'browsingLevel': level, 'nsfwLevel': level}
    return read_gallery_picture({**raw, 'username': 'lumenfield', **more})


class Shelf:
    """Pictures by page; ``problems`` are raised, one for each time something is asked for."""

    def __init__(self):
        self.lists = [[picture(number) for number in range(1, 6)]]
        self.problems = []
        self.queries = []
        self.ordered = []
        self.tasks = {}
        self.retried = []
        self.forgotten = []
        self.refusal = None

    def _fail(self):
        if self.problems:
            raise self.problems.pop(0)

    def open(self, pasted):
        self._fail()
        kind, _, name = pasted.partition(' ')
        levels = ('None', 'Soft')
        return GallerySource(kind, name, ImageQuery(model_id=7, levels=levels), 7, name)

    def pages(self, query, cursor=None):
        self.queries.append((query, cursor))
        for place in range(int(cursor or 0), len(self.lists)):
            self._fail()
            more = str(place + 1) if place + 1 < len(self.lists) else None
            yield ImagePage(tuple(self.lists[place]), more, False)

    def download(self, pictures, source=None):
        if self.refusal is not None:
            raise self.refusal
        self.ordered.append(([one.id for one in pictures], source))
        made = []
        for one in pictures:
            task = SimpleNamespace(image_id=one.id, status='queued', image_path=None, problem=None)
            number = str(len(self.tasks))
            self.tasks[number] = task
            made.append(number)
        return made

    def get_task(self, number):
        return self.tasks.get(number)

    def retry(self, numbers):
        self.retried += numbers
        for number in numbers:
            self.tasks[number].status = 'queued'

    def forget(self, numbers):
        self.forgotten += numbers

    def still(self, one, width):
        return f'/pictures/{one.id}?width={width}'

    def forget_picture(self, url):
        self.forgotten.append(url)

    def end(self, status='done', *ids, problem=None):
        """Bring the downloads of ``ids``, or all that are not over, to their end."""
        for task in self.tasks.values():
            if task.status == 'queued' and (not ids or task.image_id in ids):
                task.status, task.problem = status, problem
                task.image_path = f'/pictures/{task.image_id}.jpeg' if status == 'done' else None


class Detail:
    """What shows the large picture: only notes what it is told."""

    def __init__(self):
        self.busy = self.dropped = False
        self.shown = []
        self.done = []

    def show(self, one):
        self.shown.append(one.id if one else None)

    def parts(self):
        return {'gallery-picture': f'picture {self.shown[-1:]}', 'gallery-data': ''}

    def do(self, action, item, value, text):
        self.done.append((action, item, value, text))
        self.dropped = False
        return {'field': 'x'}


class Visitor:
    """One page at the desk."""

    def __init__(self, bench):
        self.bench = bench
        self.page = OpenPage(None, 'downloads')
        self.page.tab = 'gallery'

    def click(self, action, item='', value='', text=''):
        return self.bench.desk.do(self.page, action, str(item), value, text)

    def parts(self):
        return self.bench.desk.parts(self.page)

    def part(self, name):
        return self.parts()[f'gallery-{name}']

    @property
    def state(self):
        return json.loads(self.part('state'))

    @property
    def shown(self):
        """The ids of the strip, as the script has them."""
        parts = self.parts()
        pages = range(json.loads(parts['gallery-state'])['pages'])
        found = [json.loads(parts[f'gallery-strip-{number}']) for number in pages]
        return [item['id'] for page in found for item in page['items']]

    @property
    def detail(self):
        return self.bench.details[-1]

    @property
    def cards(self):
        self.parts()
        return [card.html for card in self.page.said()]


@pytest.fixture
def gallery_bench(tmp_path, english, fresh_settings):
    """A desk over a made-up shelf; ``waiting`` holds the jobs if ``at_once`` is False."""
    made = SimpleNamespace(shelf=Shelf(), details=[], waiting=[], at_once=True, local=True)

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

    stills = SimpleNamespace(still=made.shelf.still, forget=made.shelf.forget_picture)
    around = SimpleNamespace(local=lambda: True)
    made.run = run
    made.around = around
    made.desk = GalleryDesk(made.shelf, made.shelf, detail, stills, around, start, start)
    made.visitor = lambda: Visitor(made)
    return made
