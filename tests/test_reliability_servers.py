"""The whole program against servers that send something else than was promised: over several
connections, to the exit code and the files that lie there afterwards.
"""

import hashlib

import pytest

from civitai_manager_libs.demo import FILES

from .support.command import ended, eventually
from .support.held import Held

BIG, BIG_SIZE = 3001, 24 << 20
NAME = 'Checkpoint/auroraDreamXL_v20.safetensors'
WORDS = ['download', '1001', '--connections', '4', '--json']


@pytest.fixture(autouse=True)
def big(demo):
    demo.replace_file(BIG, size=BIG_SIZE)


def assert_right(demo, program, done):
    """The one file is what the server has now, nothing lies beside it, and it was checked."""
    assert done.code == 0, done
    assert [entry['state'] for entry in done.downloads] == ['done']
    assert program.files() == [NAME]
    assert (program.downloads / NAME).read_bytes() == demo.file_bytes(BIG)
    assert done.downloads[0]['verified'] and len(program.rows()) == 1


def names_without_parts(program):
    return [name for name in program.files() if '.part' not in name]


def several(program):
    """Whether several connections move the file of ``program``."""
    return program.received() > 3_000_000 and program.rows()[0]['connections'] > 1


class TestReplaced:
    """The author puts another file behind the same address while it is on its way."""

    @pytest.mark.parametrize('size', [BIG_SIZE, 9 << 20, 30 << 20])
    def test_in_the_middle(self, demo, program, size):
        held = Held(demo, after=BIG_SIZE, speed=600_000)
        process = program.start(*WORDS)
        eventually(lambda: several(program))
        demo.replace_file(BIG, size=size)
        held.let_go()
        assert_right(demo, program, ended(process))

    def test_and_the_site_was_not_told(self, demo, program):
        held = Held(demo, after=BIG_SIZE, speed=600_000)
        process = program.start(*WORDS)
        eventually(lambda: several(program))
        demo.replace_file(BIG, size=BIG_SIZE, update_api=False)
        held.let_go()
        done = ended(process)
        assert done.code == 6 and done.downloads[0]['error']['code'] == 'hash_mismatch', done
        assert_quarantined(demo, program)

    def test_again_and_again(self, demo, program):
        held = Held(demo, after=BIG_SIZE, speed=600_000)
        process = program.start(*WORDS)
        for _ in range(3):
            eventually(lambda: several(program))
            demo.replace_file(BIG, size=BIG_SIZE)
        held.let_go()
        done = ended(process)
        if done.code:  # it was another file each time that it was looked at
            assert done.code == 6 and NAME not in program.files(), done
            done = program.run(*WORDS)
        kept = [name for name in program.files() if name.endswith('.quarantined')]
        for name in kept:
            (program.downloads / name).unlink()
        assert_right(demo, program, done)


def assert_quarantined(demo, program):
    """The wrong bytes lie beside, under a name that no host loads, and nothing else is there."""
    [name] = program.files()
    assert name.startswith(NAME) and name.endswith('.quarantined'), name
    digest = hashlib.sha256((program.downloads / name).read_bytes()).hexdigest()
    [row] = program.rows()
    assert row['state'] == 'failed' and row['path'] is None
    assert digest[:8] in name and digest != row['order']['hashes']['SHA256'].lower()


class TestWrongBytes:
    def test_once(self, demo, program):
        """Kept for inspection, and the next attempt reads the version afresh."""
        demo.faults.add('wrong_bytes', path=FILES, times=1, at=100_000)
        first = program.run(*WORDS)
        assert first.code == 6 and 'path' in first.downloads[0], first
        assert_quarantined(demo, program)
        demo.requests.clear()
        second = program.run(*WORDS)
        assert demo.requests.of('api', '/api/v1/model-versions/2001')
        [wrong] = [name for name in program.files() if name != NAME]
        (program.downloads / wrong).unlink()
        assert_right(demo, program, second)

    def test_every_time(self, demo, program):
        demo.faults.add('wrong_bytes', path=FILES)
        for _ in range(2):
            done = program.run(*WORDS)
            assert done.code == 6 and done.downloads[0]['error']['code'] == 'hash_mismatch'
            assert NAME not in program.files()
            assert all(name.endswith('.quarantined') for name in program.files())

    def test_in_what_an_earlier_run_has_left(self, demo, program):
        """Resumed and wrong: fetched once more from the start, since a disk may have suffered."""
        demo.faults.add('throttle', path=FILES, bytes_per_second=2_000_000)
        process = program.start(*WORDS)
        eventually(lambda: several(program))
        process.kill()
        process.communicate()
        part = program.downloads / (NAME + '.part')
        with part.open('r+b') as file:
            file.seek(500_000)
            file.write(b'spoilt')
        demo.faults.clear()
        assert_right(demo, program, program.run(*WORDS))


class TestLength:
    @pytest.mark.parametrize('extra', [1000, -1000])
    def test_a_lie_once(self, demo, program, extra):
        demo.faults.add('lie_length', path=FILES, extra=extra, times=1)
        assert_right(demo, program, program.run(*WORDS))

    @pytest.mark.parametrize('extra', [1000, -1000])
    def test_a_lie_in_a_piece(self, demo, program, extra):
        demo.faults.add('lie_length', path=FILES, extra=extra, times=3, skip=1)
        assert_right(demo, program, program.run(*WORDS))

    @pytest.mark.parametrize('extra', [1000, -1000])
    def test_a_lie_for_good(self, demo, program, extra):
        demo.faults.add('lie_length', path=FILES, extra=extra)
        done = program.run(*WORDS)
        assert done.code in (5, 6) and NAME not in program.files(), done
        demo.faults.clear()
        again = program.run(*WORDS)
        for name in program.files():
            if name.endswith('.quarantined'):
                (program.downloads / name).unlink()
        assert_right(demo, program, again)

    def test_none_at_all(self, demo, program):
        demo.faults.add('no_length', path=FILES)
        assert_right(demo, program, program.run(*WORDS))


class TestPage:
    @pytest.mark.parametrize('kind', ['text/html', 'application/octet-stream'])
    def test_instead_of_the_file(self, demo, program, kind):
        demo.faults.add('html_200', path=FILES, content_type=kind)
        done = program.run(*WORDS)
        assert done.code == 3 and done.downloads[0]['error']['code'] == 'login_page', done
        assert program.files() == []
        demo.faults.clear()
        assert_right(demo, program, program.run(*WORDS))

    def test_instead_of_pieces(self, demo, program):
        demo.faults.add('html_200', path=FILES, skip=1, times=2)
        assert_right(demo, program, program.run(*WORDS))

    def test_when_it_goes_on_after_a_kill(self, demo, program):
        demo.faults.add('throttle', path=FILES, bytes_per_second=2_000_000)
        process = program.start(*WORDS)
        eventually(lambda: several(program))
        process.kill()
        process.communicate()
        demo.faults.clear()
        page = demo.faults.add('html_200', path=FILES)
        done = program.run(*WORDS)
        assert done.code == 3 and names_without_parts(program) == [], done
        demo.faults.remove(page)
        assert_right(demo, program, program.run(*WORDS))
