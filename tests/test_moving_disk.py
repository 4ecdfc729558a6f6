"""The part on the disk: its state through kills and power cuts, full disks, and the file that is
there already.
"""

import json
import os
import sys
import threading

import pytest

from civitai_manager_libs import errors
from civitai_manager_libs.demo import FILES, SPECIAL
from civitai_manager_libs.domain.transfer import TransferState
from civitai_manager_libs.moving.fetch import FetchOrder
from civitai_manager_libs.moving.mover import Stopped
from civitai_manager_libs.moving.part import PartFile, part_path
from civitai_manager_libs.moving.present import find_present
from civitai_manager_libs.moving.state_file import state_path

from .support.disks import small_disk

PLAIN = SPECIAL['plain']
STATE = TransferState('x', 1000, '"tag"')


@pytest.fixture
def final(tmp_path):
    return tmp_path / 'model.bin'


def begun(final, *pieces, saved=False, state=STATE):
    """A part of an earlier run with ``pieces`` (offset, bytes), killed after it."""
    with PartFile(final, 'x') as part:
        part.adopt(state)
        for offset, piece in pieces:
            part.write(offset, piece)
        if saved:
            part.save()


def state_on_disk(final):
    return json.loads(state_path(final).read_text())


def rewritten(final, **changes):
    state_path(final).write_text(json.dumps({**state_on_disk(final), **changes}))


class TestState:
    def test_what_was_written_is_known_to_the_next_run(self, final):
        begun(final, (0, b'a' * 100), (500, b'b' * 100), (100, b'c' * 50))
        with PartFile(final, 'x') as part:
            assert part.state == TransferState('x', 1000, '"tag"', ((0, 150), (500, 600)))
            assert part.path.stat().st_size == 1000

    def test_after_a_power_cut_only_what_was_on_the_disk_counts(self, final):
        with PartFile(final, 'x') as part:
            part.adopt(STATE)
            part.write(0, b'a' * 100)
            part.save()
            part.write(100, b'b' * 100)
        assert state_on_disk(final)['finished'] == [[0, 200]]
        rewritten(final, boot='another run of the machine')
        with PartFile(final, 'x') as part:
            assert part.state.finished == ((0, 100),)

    def test_bytes_that_were_dropped_while_they_were_saved_do_not_count(self, final, monkeypatch):
        sync = 'fdatasync' if hasattr(os, 'fdatasync') else 'fsync'
        with PartFile(final, 'x') as part:

            def begin_anew(_):
                part.forget()
                part.write(500, b'b' * 10)

            part.adopt(STATE)
            part.write(0, b'a' * 100)
            with monkeypatch.context() as patch:
                patch.setattr(os, sync, begin_anew)
                part.save()
            state = state_on_disk(final)
        assert state['durable'] == [] and state['finished'] == [[500, 510]]

    def test_another_remote_file_begins_anew(self, final):
        begun(final, (0, b'a' * 100))
        with PartFile(final, 'y') as part:
            assert part.state == TransferState('y')

    @pytest.mark.parametrize(
        'changes',
        [
            {'finished': [[0, 2000]]},
            {'finished': [[-5, 100]]},
            {'finished': [[0, 100.5]]},
            {'finished': [[0]]},
            {'finished': 'all'},
            {'size': 50},
            {'size': 'big'},
            {'boot': None},
            {'identity': 7},
        ],
    )
    def test_a_state_that_cannot_be_is_no_state(self, final, changes):
        begun(final, (0, b'a' * 100))
        rewritten(final, **changes)
        with PartFile(final, 'x') as part:
            assert part.state == TransferState('x')

    def test_ranges_in_disorder(self, final):
        begun(final, (0, b'a' * 600))
        rewritten(final, finished=[[300, 600], [0, 400], [7, 7]])
        with PartFile(final, 'x') as part:
            assert part.state.finished == ((0, 600),)

    def test_a_state_from_before_the_order_stood_in_it(self, final):
        begun(final, (0, b'a' * 100))
        old = state_on_disk(final)
        del old['order']
        state_path(final).write_text(json.dumps(old))
        with PartFile(final, 'x') as part:
            assert part.state.finished == ((0, 100),)

    def test_what_was_ordered_stands_in_it_all_the_time(self, final):
        order = {'key': 'file:1', 'name': '模型', 'hashes': {'SHA256': 'A' * 64}, 'size': None}
        with PartFile(final, 'x', order) as part:
            assert state_path(final).read_bytes() == b''  # nothing is promised before an answer
            part.adopt(STATE)
            for at in (0, 200, 400):
                part.write(at, b'a' * 100)
                assert state_on_disk(final)['order'] == order
            part.save()
            part.forget()
        assert state_on_disk(final)['order'] == order

    def test_many_ranges(self, final):
        pieces = [(start, b'x' * 3) for start in range(0, 4990, 7)]
        state = TransferState('x', 5000, '"tag"')
        begun(final, *pieces[::-1], saved=True, state=state)
        with PartFile(final, 'x') as part:
            assert len(part.state.finished) == len(pieces)
            assert part.state.received == 3 * len(pieces)

    def test_a_state_that_is_far_too_long_is_not_carried_along(self, final):
        begun(final, (0, b'a' * 100))
        state_path(final).write_bytes(b'x' * (2 << 20))
        begun(final, (0, b'a' * 100))
        assert state_path(final).stat().st_size < 1000

    def test_a_shorter_state_replaces_a_longer_one(self, final):
        begun(final, *((start, b'x') for start in range(0, 1000, 7)))
        with PartFile(final, 'x') as part:
            part.forget()
        assert state_on_disk(final)['finished'] == []

    def test_a_folder_in_place_of_the_state_does_not_keep_the_part_locked(self, final):
        state_path(final).mkdir()
        for _ in range(2):
            with pytest.raises(errors.NotWritable):
                PartFile(final, 'x')
        state_path(final).rmdir()
        PartFile(final, 'x').close()

    def test_pieces_of_many_threads(self, final):
        gate = threading.Barrier(8)

        def write(part, number):
            gate.wait()
            for block in range(number, 200, 8):
                part.write(block * 5, bytes([block]) * 5)

        with PartFile(final, 'x') as part:
            part.adopt(STATE)
            threads = [threading.Thread(target=write, args=(part, n)) for n in range(8)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
            assert part.state.complete
            part.complete(1000, final, False)
        assert final.read_bytes() == b''.join(bytes([block]) * 5 for block in range(200))
        assert os.listdir(final.parent) == [final.name]


class TestDisks:
    def test_a_full_disk_keeps_the_part_and_room_lets_it_go_on(self, fetching, demo, tmp_path):
        with small_disk(tmp_path / 'disk', 8) as disk:
            target = disk / 'model.safetensors'
            demo.faults.add('throttle', path=FILES, bytes_per_second=2_000_000, times=1)
            fetching.watch = lambda progress: disk.fill() if progress.received > 200_000 else None
            with pytest.raises(errors.DiskFull) as caught:
                fetching(final=target)
            assert not target.exists() and part_path(target).exists()
            fetching.watch = None
            demo.requests.clear()
            disk.empty()
            assert fetching(final=target).path.read_bytes() == demo.file_bytes(PLAIN.file_id)
        assert caught.value.exit_code == 7 and fetching.ranges[0] > 0

    def test_too_little_room_is_told_before_anything_is_fetched(self, fetching, demo, tmp_path):
        with small_disk(tmp_path / 'disk', 1) as disk:
            disk.fill(leave=300_000)
            with pytest.raises(errors.DiskFull) as caught:
                fetching(final=disk / 'model.safetensors')
            left = os.listdir(disk)
        assert caught.value.details['needed'] >= 600_000 and left == ['ballast']
        assert fetching.seen == []

    def test_room_that_has_to_stay_free(self, fetching, fresh_settings, tmp_path):
        fresh_settings(minimum_free_space_mb=6)
        with small_disk(tmp_path / 'disk', 6) as disk:
            with pytest.raises(errors.DiskFull):
                fetching(final=disk / 'model.safetensors')
        fresh_settings(minimum_free_space_mb=0)
        assert fetching()

    @pytest.mark.parametrize('connections', [1, 4])
    def test_room_that_goes_below_the_floor_while_it_moves(
        self, fetching, demo, fresh_settings, tmp_path, connections
    ):
        """What has come stays, and it goes on from there when there is room again."""
        demo.replace_file(PLAIN.file_id, size=6_000_000)
        fetching.over(connections)
        with small_disk(tmp_path / 'disk', 16) as disk:
            demo.faults.add('throttle', path=FILES, bytes_per_second=1_000_000, times=connections)

            def watch(progress):
                if progress.received > 1_000_000:
                    fresh_settings(minimum_free_space_mb=14)

            fetching.watch = watch
            with pytest.raises(errors.RoomBelowFloor):
                fetching(final=disk / 'model.safetensors')
            assert part_path(disk / 'model.safetensors').exists()
            fetching.watch, have = None, fetching.seen[-1].received
            fresh_settings(minimum_free_space_mb=0)
            fetching.seen.clear()
            fetched = fetching(final=disk / 'model.safetensors')
            assert fetched.path.read_bytes() == demo.file_bytes(PLAIN.file_id)
        assert fetching.seen[0].received >= have > 1_000_000

    def test_a_disk_that_cannot_be_written(self, fetching, tmp_path):
        with small_disk(tmp_path / 'disk', 1, writable=False) as disk:
            for target in (disk / 'model', disk / 'folder' / 'model'):
                with pytest.raises(errors.NotWritable) as caught:
                    fetching(final=target)
        assert caught.value.details['reason']

    @pytest.mark.skipif(
        sys.platform == 'win32' or os.geteuid() == 0, reason='platform: root writes anywhere'
    )
    def test_a_folder_that_cannot_be_written(self, fetching):
        fetching.folder.chmod(0o500)
        try:
            with pytest.raises(errors.NotWritable):
                fetching()
        finally:
            fetching.folder.chmod(0o700)


class TestPresent:
    def order(self, demo, final, hashed=True):
        digest = demo.file_hashes(PLAIN.file_id)['SHA256']
        return FetchOrder(final, 'a file', (('SHA256', digest),) if hashed else ())

    def find(self, order, stop=False):
        event, seen = threading.Event(), []
        if stop:
            event.set()
        return find_present(order, event, seen.append)

    def test_the_promised_file_is_found(self, demo, final):
        assert self.find(self.order(demo, final)) is None
        final.write_bytes(demo.file_bytes(PLAIN.file_id))
        part_path(final).write_bytes(b'left over')
        found = self.find(self.order(demo, final))
        assert found.verified and found.path == final and os.listdir(final.parent) == [final.name]

    def test_another_file_is_not(self, demo, final):
        final.write_bytes(demo.file_bytes(PLAIN.file_id)[:-1] + b'?')
        assert self.find(self.order(demo, final)) is None and final.exists()
        assert self.find(self.order(demo, final, hashed=False)) is None

    def test_without_a_promise_only_what_we_have_just_put_there(self, demo, final):
        begun(final, (0, b'a' * 1000))
        os.rename(part_path(final), final)
        found = self.find(self.order(demo, final, hashed=False))
        assert found.size == 1000 and not found.verified
        assert os.listdir(final.parent) == [final.name]

    def test_it_can_be_stopped(self, demo, final):
        final.write_bytes(b'x' * 100)
        with pytest.raises(Stopped):
            self.find(self.order(demo, final), stop=True)
