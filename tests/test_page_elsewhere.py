"""A file that lies in the model folders already is offered on the page in place of a download."""

import os
from pathlib import Path

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.ui import errands
from tests.support.command import eventually
from tests.support.rows import plain

pytestmark = pytest.mark.usefixtures('english')

PLAIN = SPECIAL['plain']
LINK = f'https://civitai.com/models/{PLAIN.model_id}'
OTHER = f'https://civitai.com/models/{SPECIAL["two_versions"].model_id}'


@pytest.fixture
def lying(bench, demo):
    """The plain model under another name in the model folders."""
    path = bench.downloads / 'Other' / 'mine.safetensors'
    path.parent.mkdir(parents=True)
    path.write_bytes(demo.file_bytes(PLAIN.file_id))
    return path


@pytest.fixture
def visitor(demo, open_desk):
    return open_desk().visitor()


def cards(visitor):
    """The markup of the cards."""
    visitor.poll()
    (group,) = visitor.has['orders']['choices']
    return [visitor.has['choices'][key] for key in group['keys']]


def known(visitor, text=LINK, count=1):
    """The markup of the cards of ``text`` when all is found out."""
    visitor.click('look', text=text)

    def done():
        there = cards(visitor)
        return there if len(there) == count and 'aria-busy' not in ''.join(there) else None

    return eventually(done, 'all is found out')


def key_of(visitor):
    return visitor.has['orders']['choices'][0]['keys'][0]


def added(bench, visitor, text=LINK):
    """Queue what is chosen and run it; the task."""
    visitor.click('add', text=text)
    task = eventually(lambda: next(iter(bench.store.all()), None), 'it is queued')
    bench.engine.start([task.id])
    return bench.engine.wait([task.id])[0]


def main(visitor):
    return plain(visitor.part('main'))


class TestOffer:
    def test_it_is_linked_unless_told_otherwise(self, demo, bench, lying, visitor):
        (card,) = known(visitor)
        said = plain(card)
        assert 'This file is already in Other Link Copy Download all the same' in said
        assert 'takes no extra space' in said and main(visitor) == 'Link the file'
        task = added(bench, visitor)
        assert task.state is State.DONE and os.path.samefile(task.path, lying)
        assert not demo.requests.of('storage')

    def test_or_copied(self, demo, bench, lying, visitor):
        known(visitor)
        visitor.click('how', key_of(visitor), 'copy')
        assert 'the copy takes 926 KB' in plain(cards(visitor)[0])
        assert main(visitor) == 'Copy the file'
        task = added(bench, visitor)
        assert task.state is State.DONE and not os.path.samefile(task.path, lying)
        assert Path(task.path).read_bytes() == lying.read_bytes()
        assert not demo.requests.of('storage')

    def test_or_downloaded_all_the_same(self, demo, bench, lying, visitor):
        known(visitor)
        visitor.click('how', key_of(visitor), '')
        assert main(visitor) == 'Download 926 KB'
        task = added(bench, visitor)
        assert task.state is State.DONE and task.order.source == ''
        assert len(demo.requests.of('storage')) == 1

    def test_on_another_disk_only_a_copy_is_offered(self, lying, visitor, monkeypatch):
        monkeypatch.setattr(errands, 'same_disk', lambda one, other: False)
        said = plain(known(visitor)[0])
        assert 'Other Copy Download all the same It is on another disk' in said
        visitor.click('how', key_of(visitor), 'link')
        assert main(visitor) == 'Copy the file'

    def test_what_is_taken_is_nothing_to_download(self, lying, visitor):
        first, second = known(visitor, f'{LINK}\n{OTHER}', count=2)
        assert 'Is linked from Other' in plain(first) and 'linked' not in plain(second)
        assert main(visitor) == 'Add to queue · 2 items · 3 MB'

    def test_nothing_is_offered_where_nothing_lies(self, visitor):
        assert 'already in' not in plain(known(visitor)[0])
        assert main(visitor) == 'Download 926 KB'


class TestSetting:
    @pytest.mark.parametrize('how', ['link', 'copy'])
    def test_the_setting_decides_by_itself(self, demo, bench, lying, visitor, fresh_settings, how):
        fresh_settings(reuse_files=how)
        assert 'already in' not in plain(known(visitor)[0])
        task = added(bench, visitor)
        assert task.order.reuse == how and not demo.requests.of('storage')

    def test_never_asks_nothing(self, demo, bench, lying, visitor, fresh_settings):
        fresh_settings(reuse_files='never')
        assert 'already in' not in plain(known(visitor)[0])
        assert added(bench, visitor).order.reuse == ''
        assert len(demo.requests.of('storage')) == 1


class TestLooking:
    @pytest.fixture
    def asked(self, bench, monkeypatch):
        """The searches of the disk, which end when they are told to."""
        seen = []

        def find(download, stop=None):
            seen.append((download, stop))
            stop.wait(60)

        monkeypatch.setattr(bench.engine, 'elsewhere', find)
        return seen

    @pytest.mark.parametrize('clear', ['drop', 'drop-all', 'paste', 'version'])
    def test_it_ends_when_nobody_waits_any_more(self, asked, visitor, clear):
        visitor.click('look', text=OTHER)
        eventually(lambda: asked, 'the disk is looked through')
        assert 'Looking whether this file is on the disk' in plain(cards(visitor)[0])
        if clear == 'paste':
            visitor.click('look', text='')
        else:
            visitor.click(clear, key_of(visitor), '2006', text=OTHER)
        assert asked[0][1].is_set()
        if clear == 'version':
            eventually(lambda: len(asked) == 2, 'it is looked for the other file')
            assert asked[1][0].version_id == 2006

    def test_whoever_does_not_wait_gets_a_download(self, demo, bench, asked, visitor):
        visitor.click('look', text=LINK)
        eventually(lambda: asked, 'the disk is looked through')
        visitor.poll()
        assert main(visitor) == 'Download 926 KB'
        assert added(bench, visitor).state is State.DONE
        assert asked[0][1].is_set() and len(demo.requests.of('storage')) == 1
