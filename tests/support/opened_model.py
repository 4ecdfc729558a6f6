"""An opened model without a network: records, saved models, files and a queue, all made up."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from civitai_manager_libs.domain.placement import PlacementRules
from civitai_manager_libs.domain.record import Record
from civitai_manager_libs.domain.shortcut import Shortcut
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.library.opening import OpenedModel
from civitai_manager_libs.ui.browsers import OpenPage
from civitai_manager_libs.ui.model_detail import ModelDetail
from civitai_manager_libs.ui.model_doors import Beside, ModelDoors
from tests.support.save_places import save_places

THEN = 1_790_000_000.0


def image(number, level=1, **more):
    """A picture of a version; ``level`` is its rating in bits."""
    url = f'https://image.civitai.com/x/{number}/{number}.jpeg'
    return {'url': url, 'nsfwLevel': level, 'type': 'image', 'width': 64, 'height': 80, **more}


def file(number, name='neon_v4.safetensors', **more):
    """A file of a version."""
    usual = {'id': number, 'name': name, 'type': 'Model', 'sizeKB': 212_890.0}
    scans = {'pickleScanResult': 'Success', 'virusScanResult': 'Success'}
    hashes = {'hashes': {'SHA256': 'AB' * 32, 'AutoV2': 'ABABABABAB'}}
    return {**usual, **scans, **hashes, 'metadata': {'format': 'SafeTensor', 'fp': 'fp16'}, **more}


def version(number, **more):
    """A version of a model."""
    usual = {'id': number, 'name': f'v{number}', 'baseModel': 'Illustrious'}
    words = {'trainedWords': ['neon harbor', 'wet asphalt']}
    when = {'publishedAt': '2026-11-12T10:00:00.000Z'}
    return {**usual, **words, **when, 'files': [file(number * 10)], 'images': [image(1)], **more}


def body(**more):
    """A model as the API tells it."""
    return {
        'id': 7,
        'name': 'Neon Harbor',
        'type': 'LORA',
        'creator': {'username': 'hexa_works'},
        'tags': ['city', 'night'],
        'description': '<p>City <b>waterfronts</b> after rain.</p>',
        'stats': {'downloadCount': 48_210, 'thumbsUpCount': 3_120},
        'allowNoCredit': False,
        'allowDerivatives': True,
        'allowDifferentLicense': False,
        'allowCommercialUse': ['Image'],
        'modelVersions': [version(4), version(3)],
        **more,
    }


def opened(said=None, **more):
    """What the door gives for a record of ``said``; of ``more`` the fields of a record go there."""
    own = {name: more.pop(name) for name in ('gone', 'withdrawn') if name in more}
    said = body() if said is None else said
    record = Record(said.get('id', 7), said, 'https://civitai.com/api/v1/models/7', THEN, THEN)
    return OpenedModel(replace(record, **own), **more)


class SavedOnes:
    """The saved models of somebody; ``done`` is what was asked of them."""

    def __init__(self):
        self.models = {}
        self.names = ['style']
        self.changes = 0
        self.done = []
        self.refusal = None

    def _note(self, *what):
        if self.refusal is not None:
            raise self.refusal
        self.done.append(what)
        self.changes += 1

    def revision(self):
        return self.changes

    def get(self, model_id):
        return self.models.get(model_id)

    def classes(self):
        return [SimpleNamespace(name=name) for name in self.names]

    def save(self, model_id, version_id=None):
        self._note('save', model_id, version_id)
        self.models[model_id] = Shortcut(model_id, 'Neon Harbor', version_id=version_id)

    def remove(self, ids):
        self._note('remove', list(ids))
        return [number for number in ids if self.models.pop(number, None)]

    def restore(self, ids):
        self._note('restore', list(ids))

    def _change(self, what, number, **values):
        self._note(what, number, values)
        self.models[number] = replace(self.models[number], **values)

    def note(self, model_id, text):
        self._change('note', model_id, note=text)

    def favourite(self, ids, on):
        self._change('favourite', ids[0], favourite=on)

    def cover(self, model_id, picture):
        self._change('cover', model_id, cover=picture.url)

    def tag(self, ids, add, drop=()):
        had = self.models[ids[0]].own_tags
        left = tuple(one for one in dict.fromkeys([*had, *add]) if one not in drop)
        self._change('tag', ids[0], own_tags=left)

    def classify(self, ids, add, drop=()):
        had = self.models[ids[0]].classes
        left = tuple(one for one in dict.fromkeys([*had, *add]) if one not in drop)
        self._change('classify', ids[0], classes=left)


class OnThisDisk:
    """What lies on the disk: paths by version and file."""

    def __init__(self):
        self.paths = {}
        self.changes = 0

    def put(self, version_id, file_id, path):
        self.paths.setdefault(version_id, {})[file_id] = path
        self.changes += 1

    def stamp(self):
        return self.changes

    def files(self, version_id):
        return dict(self.paths.get(version_id, {}))

    def versions(self, model_ids):
        return {number: frozenset(self.paths) for number in model_ids if self.paths}


class Line:
    """A queue: ``ordered`` are pairs of file and folder."""

    def __init__(self):
        self.ordered = []
        self.listed = {}
        self.refusal = None

    def plan_version(self, found, order):
        if self.refusal is not None:
            raise self.refusal
        return (found, order)

    def enqueue(self, plan):
        found, order = plan
        self.ordered.append((found.version.id, order.wanted.file_id, order.folder))
        number = len(self.ordered)
        self.listed[number] = SimpleNamespace(id=number, state=State.QUEUED, cleared=None)
        return [self.listed[number]]

    def tasks(self, ids):
        return [self.listed[number] for number in ids if number in self.listed]

    def free_space(self):
        return 412_000_000_000


class OpenedBench:
    """A :class:`.ModelDetail` with all that it needs; ``answers`` are what the door gives or raises
    by what is opened (``fresh`` when it asks anew).
    """

    def __init__(self, folder, pictures=None, start=None):
        self.shortcuts, self.disk, self.line = SavedOnes(), OnThisDisk(), Line()
        self.answers = {'7': opened()}
        self.adult = 'blur'
        self.key = True
        self.local = False
        self.hidden = []
        self.waiting, self.at_once = [], True
        self.page = OpenPage(None, 'downloads')
        rules = PlacementRules('own', str(folder), str(folder))
        stills = pictures or SimpleNamespace(
            still=lambda one, width: f'/pictures/{one.url.rpartition("/")[2]}?width={width}',
            video=lambda url: f'/files/{url.rpartition("/")[2]}',
        )
        doors = ModelDoors(
            open=self._open,
            fresh=lambda number: self._open('fresh'),
            shortcuts=self.shortcuts,
            engine=self.line,
            on_disk=self.disk,
            pictures=stills,
            rules=lambda: rules,
            save_places=save_places(lambda: rules),
            hide=lambda *what: self.hidden.append(what),
            adult=lambda: self.adult,
            has_key=lambda: self.key,
            local=lambda: self.local,
        )
        self.detail = ModelDetail('browse', doors, start or self._start, Beside('browse.back'))

    def _open(self, pasted):
        answer = self.answers[pasted]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _start(self, job):
        if self.at_once:
            job()
        else:
            self.waiting.append(job)

    def run(self):
        """Let everything happen that waits."""
        while self.waiting:
            self.waiting.pop(0)()

    def show(self, said=None, **more):
        """Open a model of which ``said`` is known; gives the bench."""
        self.answers['7'] = opened(said, **more)
        self.detail.open('7')
        return self

    def part(self, name):
        """The markup of a place."""
        return self.detail.parts()[f'browse-model-{name}']

    @property
    def whole(self):
        """Everything that is sent."""
        return ''.join(self.detail.parts().values())

    @property
    def state(self):
        return json.loads(self.part('state'))

    def click(self, name, item='', value='', text=''):
        """Click something of the model."""
        return self.detail.do(self.page, f'model-{name}', str(item), str(value), text)

    @property
    def cards(self):
        return [card.html for card in self.page.said()]


@pytest.fixture
def opened_bench(tmp_path, english, fresh_settings):
    """An :class:`OpenedBench`; what takes a while happens at once unless a test says otherwise."""
    return OpenedBench(tmp_path)
