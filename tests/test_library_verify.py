"""``library verify``: what was downloaded is read again and compared."""

import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.library.verify import Health, Verifier
from civitai_manager_libs.store.hashed import HashedFiles, file_state
from civitai_manager_libs.store.quarantine import QuarantineStore

from .support.command import ended, eventually


@pytest.fixture
def verifier(bench):
    return Verifier(bench.database)


def checked(verifier):
    return {one.path.name: one for one in verifier.check(verifier.files(), lambda count: None)}


class TestHealth:
    def test_each_state(self, demo, bench, verifier):
        tasks = [*bench.fetch('1004'), *bench.fetch('1005'), *bench.fetch('1003')]
        tasks += bench.fetch(str(SPECIAL['unscanned'].model_id))
        assert {task.state for task in tasks} == {State.DONE}
        well, wrong, gone, unknown = (Path(task.path) for task in tasks)
        wrong.write_bytes(wrong.read_bytes()[:-1] + b'?')
        gone.unlink()
        found = checked(verifier)
        assert found[well.name].health is Health.OK
        assert found[wrong.name].health is Health.CHANGED
        assert found[wrong.name].expected == tasks[1].sha256 != found[wrong.name].sha256
        assert found[gone.name].health is Health.MISSING and found[gone.name].sha256 is None
        assert found[unknown.name].health is Health.UNVERIFIED
        assert found[unknown.name].sha256 == tasks[3].sha256

    def test_a_file_without_a_published_hash_can_still_have_changed(self, bench, verifier):
        [task] = bench.fetch(str(SPECIAL['unscanned'].model_id))
        Path(task.path).write_bytes(b'other')
        assert [one.health for one in checked(verifier).values()] == [Health.CHANGED]

    def test_one_taken_off_the_list_is_checked_too(self, bench, verifier):
        bench.fetch('1004')
        bench.engine.clear_finished()
        assert [one.health for one in checked(verifier).values()] == [Health.OK]

    def test_what_is_not_done_is_no_file(self, bench, verifier):
        bench.order('1004')
        assert verifier.files() == []

    def test_the_latest_download_of_a_place_counts(self, demo, bench, verifier):
        [task] = bench.fetch('1004')
        folder = str(Path(task.path).parent)
        Path(task.path).unlink()
        [second] = bench.fetch('1004', folder=folder, file_name=Path(task.path).name)
        assert second.id != task.id and second.path == task.path
        [(found, path)] = verifier.files()
        assert found.id == second.id and str(path) == task.path

    @pytest.mark.skipif(sys.platform == 'win32', reason='platform: a folder opens there')
    def test_one_that_cannot_be_read(self, bench, verifier):
        [task] = bench.fetch('1004')
        Path(task.path).unlink()
        Path(task.path).mkdir()
        [found] = checked(verifier).values()
        assert found.health is Health.UNREADABLE and found.reason

    def test_what_was_read_is_remembered(self, bench, verifier):
        [task] = bench.fetch('1004')
        path = Path(task.path)
        path.write_bytes(b'other')
        [found] = checked(verifier).values()
        assert HashedFiles(bench.database).known(path, file_state(path)) == found.sha256

    def test_closing_it_ends_the_reading(self, bench, verifier, monkeypatch):
        bench.fetch('1004')
        bench.fetch('1005')
        pieces = []
        running = verifier.check(verifier.files(), pieces.append)
        next(running)
        running.close()
        seen = len(pieces)
        assert list(running) == [] and len(pieces) == seen


class TestCommand:
    def test_all_is_well(self, demo, program):
        assert program.run('download', '1004', '1005').code == 0
        done = program.run('library', 'verify', '--json')
        assert done.code == 0, done
        [entry] = [one for one in done.json['files'] if one['model_id'] == 1004]
        assert entry['path'].endswith('moss_garden_v1.safetensors') and entry['state'] == 'ok'
        assert entry['sha256'] == entry['expected']
        assert entry['version_id'] == 2007 and entry['bytes'] == len(demo.file_bytes(3012))
        assert done.json['totals']['ok'] == done.json['totals']['files'] == 2
        assert done.json['quarantined'] == []

    @pytest.mark.parametrize('language', ['en', 'zh-TW'])
    def test_exit_codes_and_sentences(self, program, language):
        program.language = language
        assert program.run('download', '1004', '1005').code == 0
        first, second = (program.downloads / name for name in program.files())
        content = first.read_bytes()
        first.unlink()
        missing = program.run('library', 'verify')
        assert missing.code == 4 and str(first) in missing.err and str(second) not in missing.err
        second.write_bytes(b'other')
        changed = program.run('library', 'verify')
        assert changed.code == 6 and str(second) in changed.err
        assert len(re.findall('[0-9a-f]{64}', changed.err)) == 2
        assert '{' not in changed.out + changed.err and '1' in changed.out
        first.write_bytes(content)
        second.unlink()
        second.mkdir()
        assert program.run('library', 'verify').code == 7

    def test_nothing_was_downloaded(self, program):
        done = program.run('library', 'verify', '--json')
        assert done.code == 0 and done.json['files'] == []

    def test_files_in_quarantine_are_listed(self, bench, verifier):
        QuarantineStore(bench.database).add('/models/x.wrong', 9, 'SHA256', 'aa', 'bb')
        [found] = verifier.quarantined()
        assert (found.path, found.expected, found.actual) == ('/models/x.wrong', 'aa', 'bb')

    @pytest.mark.skipif(sys.platform == 'win32', reason='platform: signals')
    def test_interrupted(self, program):
        assert program.run('download', '1004', '1005').code == 0
        names = program.files()
        for name in names:
            (program.downloads / name).unlink()
            os.mkfifo(program.downloads / name)  # reading it waits for ever
        process = program.start('library', 'verify', '--json')
        writers = [open(program.downloads / name, 'wb', buffering=0) for name in names]
        process.send_signal(signal.SIGINT)
        for writer in writers:
            eventually(lambda: no_longer_read(writer), 'the reading ends')
        done = ended(process)
        assert done.code == 130 and done.json['files'] == [], done

    @pytest.mark.skipif(sys.platform == 'win32', reason='platform: named pipes')
    def test_interrupted_while_the_files_are_put_in_line(self, bench, verifier):
        bench.fetch('1004')
        [(task, path)] = verifier.files()
        path.unlink()
        os.mkfifo(path)  # reading it waits for ever
        ended = []

        def write():
            with open(path, 'wb', buffering=0) as pipe:
                opened.set()
                deadline = time.monotonic() + 10
                while not ended and time.monotonic() < deadline:
                    ended.extend([True] if no_longer_read(pipe) else [])
                    time.sleep(0.01)

        def interrupting():
            yield task, path
            assert opened.wait(60)
            raise KeyboardInterrupt

        opened = threading.Event()
        writer = threading.Thread(target=write)
        writer.start()
        with pytest.raises(KeyboardInterrupt):
            next(verifier.check(interrupting(), lambda count: None))
        writer.join()
        assert ended == [True]


def no_longer_read(pipe):
    try:
        pipe.write(b'x')
    except BrokenPipeError:
        return True
    return False
