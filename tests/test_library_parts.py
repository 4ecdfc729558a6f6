"""Downloads that were under way are known again by what lies beside their parts."""

import json
from pathlib import Path

import msgspec
import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.library.parts import unfinished
from civitai_manager_libs.moving.part import part_path
from civitai_manager_libs.moving.state_file import state_path

from .support.command import eventually
from .support.engine import new_download, place_of
from .support.held import Held


def left(folder, number=1, order=None, part=True, text=None):
    """A part and its state in ``folder``, as a killed run leaves them; gives the order."""
    folder.mkdir(parents=True, exist_ok=True)
    order = order or new_download(number, folder=str(folder))
    final = folder / f'{number}.safetensors'
    if part:
        part_path(final).write_bytes(b'half')
    saved = {'identity': 'x', 'order': msgspec.to_builtins(order)}
    state_path(final).write_text(json.dumps(saved).ljust(3000) if text is None else text)
    return order


def test_parts_at_any_depth(tmp_path):
    orders = [left(tmp_path / 'a' / 'b', 1), left(tmp_path, 2)]
    found = unfinished([tmp_path])
    assert sorted(found, key=lambda one: one.key) == orders


def test_a_folder_outside_is_looked_at_itself(tmp_path):
    far = tmp_path / 'far'
    order = left(far, 1)
    left(far / 'deeper', 2)
    assert unfinished([tmp_path / 'models'], [far, tmp_path / 'nowhere']) == [order]


def test_one_that_was_moved_goes_on_where_it_lies(tmp_path):
    order = new_download(1, folder=str(tmp_path / 'before'))
    left(tmp_path / 'now', 1, order)
    [found] = unfinished([tmp_path])
    assert found.folder == str(tmp_path / 'now') and found.key == order.key


@pytest.mark.parametrize(
    'text', ['', '{', '[]', '{"order": null}', '{"order": {"key": 1}}', '{"order": "x"}', '\udcff']
)
def test_what_tells_nothing_is_passed_over(tmp_path, text):
    left(tmp_path, 1)
    state_path(tmp_path / '1.safetensors').write_bytes(text.encode('utf-8', 'surrogateescape'))
    assert unfinished([tmp_path]) == []


def test_a_state_without_a_part_is_nothing(tmp_path):
    left(tmp_path, 1, part=False)
    assert unfinished([tmp_path]) == []


def test_a_damaged_database_and_a_download_under_way(demo, program):
    """The whole way: killed, the database wiped, started again, fetched to its end."""
    big = SPECIAL['many_files']
    demo.replace_file(big.file_id, size=12 << 20)
    held = Held(demo, after=5_000_000)
    process = program.start('download', str(big.model_id))
    eventually(lambda: program.received() > 3_000_000)
    process.kill()
    process.communicate()
    held.let_go()
    [row] = program.rows()
    program.database.write_bytes(b'\xff' * 20_000)
    program.database.with_name(program.database.name + '-wal').unlink(missing_ok=True)
    listed = program.run('queue', 'list', '--json')
    assert listed.code == 0 and '.damaged-' in listed.err, listed
    [found] = listed.downloads
    assert found['state'] == 'queued' and program.rows()[0]['order'] == row['order']
    asked = len(demo.requests.of('storage'))
    done = program.run('download', str(big.model_id), '--json')
    assert done.code == 0 and done.downloads[0]['verified'], done
    assert Path(done.downloads[0]['path']).read_bytes() == demo.file_bytes(big.file_id)
    ranges = [one.headers.get('range', '') for one in demo.requests.of('storage')[asked:]]
    assert ranges and 'bytes=0-' not in ranges
    assert len(program.rows()) == 1


def test_the_engine_leaves_what_is_needed_beside_a_part(demo, bench):
    demo.replace_file(SPECIAL['plain'].file_id, size=4 << 20)
    Held(demo, after=1_000_000)
    [task] = bench.order('1004')
    bench.engine.start()
    bench.reached(task, 'running', received=500_000)
    bench.engine.pause([task.id])
    eventually(lambda: bench.released(task), 'the part is let go')
    assert bench.store.get(task.id).state is State.PAUSED
    assert unfinished([bench.downloads]) == [task.order]
    assert place_of(task) == place_of(bench.store.get(task.id))
