"""One file from the demo storage to the disk, through everything that can happen on the way."""

import threading
import time

import pytest

from civitai_manager_libs import errors
from civitai_manager_libs.demo import FILES, SPECIAL
from civitai_manager_libs.moving.mover import Stopped
from civitai_manager_libs.moving.part import PartFile, part_path
from civitai_manager_libs.moving.state_file import state_path

PLAIN = SPECIAL['plain']
WHOLE = ['model.safetensors']
PARTS = ['model.safetensors.part', 'model.safetensors.part.json']


def content(demo, name='plain'):
    return demo.file_bytes(SPECIAL[name].file_id)


@pytest.fixture
def broken_at(fetching, fresh_settings):
    """Leaves the part of an earlier run: ``broken_at(300_000)``."""

    def leave(position, **order):
        before = fresh_settings().http_max_retries
        fresh_settings(http_max_retries=0)
        fault = fetching.demo.faults.add('cut', path=FILES, after=position)
        with pytest.raises(errors.BodyCut):
            fetching(**order)
        fetching.demo.faults.remove(fault)
        fetching.demo.requests.clear()
        fetching.seen.clear()
        fresh_settings(http_max_retries=before)

    return leave


class TestWhole:
    @pytest.mark.parametrize('hashed', [True, False])
    def test_a_file(self, fetching, demo, hashed):
        fetched = fetching(hashed=hashed)
        assert fetched.path.read_bytes() == content(demo) and fetching.names == WHOLE
        assert fetched.size == len(content(demo)) and fetched.verified is hashed
        assert fetched.sha256 == demo.file_hashes(PLAIN.file_id)['SHA256'].lower()
        last = fetching.seen[-1]
        assert last.received == last.hashed == last.total == fetched.size

    def test_autov2_is_a_promise_too(self, fetching, demo):
        short = demo.file_hashes(PLAIN.file_id)['AutoV2']
        assert fetching(hashes=(('AutoV2', short),)).verified
        with pytest.raises(errors.HashMismatch) as caught:
            fetching(hashes=(('AutoV2', 'F' * 10),))
        assert caught.value.details['algorithm'] == 'AutoV2'

    @pytest.mark.parametrize('value', ['', 'AB', 'n/a', 'F' * 63, 'x' * 64, ' '])
    def test_what_is_no_hash_is_no_promise(self, fetching, value):
        fetched = fetching(hashes=(('SHA256', value),))
        assert fetched.verified is False

    def test_an_existing_file_is_never_replaced(self, fetching, demo):
        fetching.final.write_bytes(b'mine')
        paths = [fetching().path.name for _ in range(2)]
        assert paths == ['model (2).safetensors', 'model (3).safetensors']
        assert fetching.final.read_bytes() == b'mine'

    def test_unless_that_is_wanted(self, fetching, demo):
        fetching.final.write_bytes(b'mine')
        assert fetching(replace=True).path == fetching.final
        assert fetching.final.read_bytes() == content(demo)

    def test_a_size_that_was_promised(self, fetching, demo):
        with pytest.raises(errors.SizeMismatch):
            fetching(hashed=False, size=5)
        assert fetching.names == []
        assert fetching(hashed=False, size=len(content(demo)))


class TestResuming:
    def test_a_new_run_goes_on_where_the_last_has_ended(self, fetching, demo, broken_at):
        broken_at(300_000)
        assert fetching.names == PARTS
        assert fetching().path.read_bytes() == content(demo)
        assert fetching.ranges == [300_000] and fetching.seen[0].received > 300_000
        assert demo.requests.of('storage')[0].headers['if-range']
        assert fetching.names == WHOLE

    def test_a_run_that_had_received_all_asks_for_nothing(self, fetching, demo):
        def stop_at_the_end(progress):
            if progress.received == progress.total:
                fetching.stop.set()

        fetching.watch = stop_at_the_end
        with pytest.raises(Stopped):
            fetching()
        fetching.stop.clear()
        fetching.watch = None
        demo.requests.clear()
        assert fetching().path.read_bytes() == content(demo)
        assert demo.requests.of('storage') == []

    @pytest.mark.parametrize('hashed', [True, False])
    def test_a_file_replaced_in_between_begins_anew(self, fetching, demo, broken_at, hashed):
        broken_at(300_000, hashed=hashed)
        demo.replace_file(PLAIN.file_id)
        assert fetching(hashed=hashed).path.read_bytes() == content(demo)
        assert fetching.ranges == [300_000]

    @pytest.mark.parametrize('size', [200_000, 1_500_000])
    def test_one_of_another_length_too(self, fetching, demo, broken_at, size):
        broken_at(300_000, hashed=False)
        demo.replace_file(PLAIN.file_id, size=size)
        assert fetching(hashed=False).path.read_bytes() == content(demo)

    def test_a_server_that_ignores_the_range(self, fetching, demo, broken_at):
        broken_at(300_000)
        demo.faults.add('ignore_range')
        assert fetching().path.read_bytes() == content(demo)

    def test_without_an_etag_the_date_will_do(self, fetching, demo, broken_at):
        demo.faults.add('no_etag')
        broken_at(300_000, hashed=False)
        assert fetching(hashed=False).path.read_bytes() == content(demo)
        assert fetching.ranges == [300_000]

    def test_an_etag_that_is_gone_begins_anew(self, fetching, demo, broken_at):
        broken_at(300_000)
        demo.faults.add('no_etag')
        assert fetching().path.read_bytes() == content(demo)
        assert fetching.ranges == [300_000, 0]

    def test_an_address_that_expires_again_and_again(self, fetching, demo):
        demo.faults.add('expire', after=200_000)
        assert fetching().path.read_bytes() == content(demo)
        assert fetching.ranges[:2] == [0, 200_000]

    def test_more_than_there_is(self, fetching, demo, broken_at):
        broken_at(300_000)
        state = state_path(fetching.final)
        size = len(content(demo))
        state.write_text(state.read_text().replace(str(size), str(size - 1000)))
        demo.replace_file(PLAIN.file_id, size=200_000)
        assert fetching().path.read_bytes() == content(demo)

    def test_a_mismatch_after_resuming_is_tried_once_from_the_start(
        self, fetching, demo, broken_at
    ):
        broken_at(300_000)
        with open(part_path(fetching.final), 'rb+') as part:
            part.seek(1000)
            part.write(b'damaged by a power cut')
        fetched = fetching()
        assert fetched.path.read_bytes() == content(demo) and fetched.verified
        assert fetching.ranges == [300_000, 0]

    def test_and_only_once(self, fetching, demo, broken_at):
        broken_at(300_000)
        demo.faults.add('wrong_bytes', path=FILES)
        with pytest.raises(errors.HashMismatch):
            fetching()
        assert fetching.ranges == [300_000, 0] and fetching.names == []

    def test_another_identity_begins_anew(self, fetching, demo, broken_at):
        broken_at(300_000)
        assert fetching(identity='another').path.read_bytes() == content(demo)
        assert fetching.ranges == [0]

    @pytest.mark.parametrize(
        'state',
        [
            *(b'', b'{', b'null', b'[]', b'\xff\xfe', b'{"identity": "a file"}', b' ' * 3_000_000),
            b'x' * 3_000_000,
            b'{"identity":"a file","size":926272,"validator":null,"boot":"","finished":[[0,9e9]],'
            b'"durable":[]}',
        ],
    )
    def test_a_damaged_state_is_no_state(self, fetching, demo, broken_at, state):
        broken_at(300_000)
        state_path(fetching.final).write_bytes(state)
        assert fetching().path.read_bytes() == content(demo)
        assert fetching.ranges == [0] and fetching.names == WHOLE

    def test_a_part_that_is_shorter_than_its_state(self, fetching, demo, broken_at):
        broken_at(300_000)
        part_path(fetching.final).write_bytes(b'short')
        assert fetching().path.read_bytes() == content(demo)
        assert fetching.ranges == [0]


class TestStopping:
    @pytest.mark.parametrize('position', [0, 200_000])
    def test_while_the_server_stalls(self, fetching, demo, position, fresh_settings):
        fresh_settings(http_timeout=600.0)
        demo.faults.add('stall', path=FILES, after=position)
        timer = threading.Timer(0.3, fetching.stop.set)
        timer.start()
        began = time.monotonic()
        with pytest.raises(Stopped):
            fetching()
        assert time.monotonic() - began < 30
        timer.join()
        fetching.stop.clear()
        demo.faults.clear()
        demo.requests.clear()
        assert fetching().path.read_bytes() == content(demo)
        assert fetching.ranges[0] <= position

    def test_while_it_waits_for_another_attempt(self, fetching, demo):
        demo.faults.add('status', side='storage', status=503, retry_after='100')
        timer = threading.Timer(0.3, fetching.stop.set)
        timer.start()
        began = time.monotonic()
        with pytest.raises(Stopped):
            fetching()
        timer.join()
        assert time.monotonic() - began < 30

    def test_two_at_one_file(self, fetching):
        with PartFile(fetching.final, 'a file'):
            with pytest.raises(errors.FileBusy) as caught:
                fetching()
        assert caught.value.details['path'] == str(fetching.final)
        assert fetching()
