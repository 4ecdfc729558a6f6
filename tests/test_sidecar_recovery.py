"""Killed, stopped, paused or cancelled while something is written beside a model: the model is
neither fetched nor read again, only the rest is done.
"""

import contextlib
import os
import random
import subprocess
from pathlib import Path

import pytest

from civitai_manager_libs.demo import FILES, PICTURES, SPECIAL
from civitai_manager_libs.domain.task import State

from .support.beside import ENDINGS, MOSS, MOSS_NAME, beside, read
from .support.command import eventually, files_below
from .test_engine import assert_whole

VERSION_PATH = f'/api/v1/model-versions/{SPECIAL["plain"].version_id}'
MODELS = [MOSS, '1005', '1006', '1021', '1030']
ALL = sorted(f'LORA/{MOSS_NAME}{ending}' for ending in ENDINGS)
FILE = f'LORA/{MOSS_NAME}.safetensors'
MOMENTS = {
    'before anything': ('delay', {'path': VERSION_PATH, 'seconds': 60}, [FILE]),
    'at the picture': ('stall', {'path': PICTURES, 'after': 100}, ALL[:2] + [FILE]),
}


@pytest.fixture(params=MOMENTS)
def moment(request, demo):
    """Makes the program hang at that moment until the faults are cleared; gives the files that lie
    there then.
    """
    kind, options, there = MOMENTS[request.param]

    def begin():
        demo.faults.add(kind, **options)
        return there

    return begin


def hanging(demo, bench, begin):
    """The download of a complete file in the middle of what is beside it."""
    [task] = bench.order(MOSS)
    there = begin()
    bench.engine.start()
    eventually(lambda: bench.store.get(task.id).path)
    eventually(lambda: files_below(bench.downloads) == there)
    demo.requests.clear()
    return bench.reached(task, State.VERIFYING)


def fetched(demo):
    return [record for record in demo.requests.of('storage') if FILES in record.path]


class TestInThisProcess:
    def test_stopped_it_waits_with_its_file_on_record(self, demo, benches, moment):
        first = benches(write_sidecars=True)
        task = hanging(demo, first, moment)
        first.engine.stop()
        resting = first.store.get(task.id)
        assert resting.state is State.QUEUED and resting.verified
        assert (resting.path, resting.sha256) == (task.path, task.sha256)
        demo.faults.clear()
        second = benches()
        second.engine.start()
        [done] = second.engine.wait([task.id])
        assert_whole(demo, done)
        assert fetched(demo) == [] and files_below(second.downloads) == ALL

    def test_what_is_on_record_is_not_read_again(self, demo, benches, moment):
        """Other bytes of the same size and time would be found out by reading them."""
        first = benches(write_sidecars=True)
        task = hanging(demo, first, moment)
        first.engine.stop()
        demo.faults.clear()
        path, status = Path(task.path), Path(task.path).stat()
        path.write_bytes(b'y' * status.st_size)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        second = benches()
        second.engine.start()
        [done] = second.engine.wait([task.id])
        assert done.state is State.DONE and path.read_bytes()[:1] == b'y'
        assert fetched(demo) == [] and files_below(second.downloads) == ALL

    def test_a_file_that_has_changed_since_is_not_taken_for_it(self, demo, benches, moment):
        first = benches(write_sidecars=True)
        task = hanging(demo, first, moment)
        first.engine.stop()
        demo.faults.clear()
        Path(task.path).write_bytes(b'something else')
        second = benches()
        second.engine.start()
        [done] = second.engine.wait([task.id])
        assert_whole(demo, done)
        assert done.path != task.path and Path(task.path).read_bytes() == b'something else'
        assert beside(done, '.json').exists()

    def test_a_file_that_has_gone_is_fetched_again(self, demo, benches, moment):
        first = benches(write_sidecars=True)
        task = hanging(demo, first, moment)
        first.engine.stop()
        demo.faults.clear()
        Path(task.path).unlink()
        second = benches()
        second.engine.start()
        [done] = second.engine.wait([task.id])
        assert_whole(demo, done)
        assert files_below(second.downloads) == ALL

    def test_paused_it_rests_and_resumed_it_does_the_rest(self, demo, writing, moment):
        task = hanging(demo, writing, moment)
        writing.engine.pause([task.id])
        assert writing.store.get(task.id).state is State.PAUSED
        demo.faults.clear()
        writing.engine.resume([task.id])
        [done] = writing.engine.wait([task.id])
        assert_whole(demo, done)
        assert fetched(demo) == [] and files_below(writing.downloads) == ALL

    def test_cancelled_the_file_stays_and_retried_it_is_done(self, demo, writing, moment):
        task = hanging(demo, writing, moment)
        writing.engine.cancel([task.id])
        demo.faults.clear()
        assert writing.store.get(task.id).state is State.CANCELLED
        assert Path(task.path).exists()
        writing.engine.retry([task.id])
        [done] = writing.engine.wait([task.id])
        assert_whole(demo, done)
        assert fetched(demo) == [] and done.path == task.path

    def test_paused_in_the_moment_it_is_complete_it_is_done(self, demo, writing, monkeypatch):
        beat, engine = writing.store.beat, writing.engine

        def paused_before(task, state, **values):
            if 'path' in values:
                engine.pause([task.id])
            return beat(task, state, **values)

        monkeypatch.setattr(writing.store, 'beat', paused_before)
        [task] = writing.fetch(MOSS)
        assert engine.wait([task.id])[0].state in (State.DONE, State.PAUSED)
        eventually(lambda: writing.store.get(task.id).state is State.DONE)
        assert files_below(writing.downloads) == ALL


class TestKilled:
    def test_kill_while_it_hangs(self, demo, program, moment):
        there = moment()
        process = program.start('download', MOSS, write_sidecars='true')
        eventually(lambda: program.files() == there)
        eventually(lambda: program.states() == ['verifying'] and program.rows()[0]['path'])
        process.kill()
        process.communicate()
        demo.faults.clear()
        demo.requests.clear()
        done = program.run('download', MOSS, '--json', write_sidecars='true')
        assert done.code == 0 and done.downloads[0]['verified'], done
        assert fetched(demo) == [] and program.files() == ALL
        assert program.rows()[0]['attempts'] == 2

    @pytest.mark.parametrize('seed', [20260803])
    def test_killed_at_random_moments_around_it(self, demo, program, seed):
        """Each model is fetched once, however often the rest of its work is cut off."""
        dice, seen = random.Random(seed), set()
        for path in ('/api/v1/model', PICTURES):
            demo.faults.add('delay', path=path, seconds=0.12)
        for number, model in enumerate(MODELS, start=1):
            for _ in range(2):
                process = program.start('download', model, write_sidecars='true')
                eventually(lambda: process.poll() is not None or number <= whole(program))
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(dice.uniform(0.0, 0.5))
                process.kill()
                process.communicate()
                seen.add((program.states()[-1], len(program.files()) - 4 * (number - 1)))
                for name in program.files():
                    if name.endswith(('.json', '.info')) and '/.' not in name:
                        assert read(program.downloads / name)['modelId'], seed
        done = program.run('download', *MODELS, '--json', write_sidecars='true')
        assert done.code == 0 and len(seen) > 1, (seed, seen, done)
        names = [name for name in program.files() if '/.' not in name]
        assert len(names) == 4 * len(MODELS) and not [name for name in names if '.part' in name]
        assert program.states() == ['done'] * len(MODELS), (seed, seen)
        paths = [record.path for record in fetched(demo)]
        assert len(set(paths)) == len(MODELS), (seed, seen, paths)


def whole(program):
    return sum(name.endswith('.safetensors') for name in program.files())
