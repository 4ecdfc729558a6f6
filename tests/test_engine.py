"""The engine at work on the demo catalogue: ordering, and what is fetched again or left alone."""

import os
from pathlib import Path

import pytest

from civitai_manager_libs.demo import FILES, SPECIAL
from civitai_manager_libs.domain.target_types import FileFilter
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import NotFound, OneNameForMany, PickleRefused
from civitai_manager_libs.transfers.pool import WorkerPool

from .support.command import eventually, files_below, sent

PLAIN = SPECIAL['plain']
NAME = 'LORA/moss_garden_v1.safetensors'


def assert_whole(demo, task, file_id=None):
    """The file of a finished task is what the server has, and is said to be so."""
    file_id = file_id or task.order.file_id
    assert task.state is State.DONE, (task.error_code, task.error_details)
    content = Path(task.path).read_bytes()
    assert content == demo.file_bytes(file_id)
    assert task.received == task.total == task.file_size == len(content)
    assert task.sha256 == demo.file_hashes(file_id)['SHA256'].lower()


class TestOrdering:
    def test_from_a_link_to_a_verified_file(self, demo, bench):
        [task] = bench.fetch(f'https://civitai.com/models/{PLAIN.model_id}')
        assert_whole(demo, task)
        assert task.verified and task.error_code is None and task.owner is None
        assert files_below(bench.downloads) == [NAME]

    def test_the_queue_answers_before_anything_moves(self, demo, bench):
        [task] = bench.order(str(PLAIN.model_id))
        assert task.state is State.QUEUED and task.order.size_estimate > 900_000
        assert bench.engine.snapshot().left == task.order.size_estimate
        assert demo.requests.of('storage') == []

    def test_nothing_is_queued_when_the_target_cannot_be_resolved(self, bench):
        with pytest.raises(NotFound):
            bench.order('99')
        with pytest.raises(PickleRefused):
            bench.order(str(SPECIAL['pickle_embedding'].version_id))
        with pytest.raises(OneNameForMany):
            bench.order('1001', all_files=True, file_name='x.bin', folder=str(bench.downloads))
        assert bench.engine.snapshot().tasks == ()

    def test_the_same_twice_is_one_download(self, demo, bench):
        first, again = bench.order('1004'), bench.order('civitai:1004@2007')
        assert first == again and len(bench.engine.snapshot().tasks) == 1

    def test_priority_and_age_decide_who_goes_first(self, demo, benches):
        bench = benches(concurrent_downloads=1)
        bench.order('1004')
        bench.order('1005', priority=3)
        bench.order('1003', priority=3)
        tasks = {task.order.model_id: task for task in bench.engine.snapshot().tasks}
        bench.engine.start()
        bench.engine.wait([task.id for task in tasks.values()])
        asked = [record.path for record in demo.requests.of('storage', method='GET')]
        assert ['locon' in path for path in asked] == [True, False, False]
        assert 'moss' in asked[-1]

    def test_a_page_takes_what_another_process_has_queued(self, demo, benches):
        page, terminal = benches(), benches()
        page.engine.start()
        [task] = terminal.order('1004')
        assert_whole(demo, terminal.engine.wait([task.id])[0])

    def test_a_terminal_takes_only_what_it_has_ordered(self, demo, benches):
        first, second = benches(), benches()
        [other] = first.order('1005')
        [mine] = second.fetch('1004')
        assert mine.state is State.DONE
        assert first.store.get(other.id).state is State.QUEUED


class TestFinishedFiles:
    def test_a_finished_file_is_neither_touched_nor_fetched_again(self, demo, bench):
        [first] = bench.fetch('1004')
        before, status = sent(demo, FILES), os.stat(first.path)
        [again] = bench.fetch('1004')
        assert again == first and sent(demo, FILES) == before
        assert os.stat(first.path) == status

    def test_a_file_that_was_removed_is_fetched_again(self, demo, bench):
        [first] = bench.fetch('1004')
        os.unlink(first.path)
        [again] = bench.fetch('1004')
        assert again.id == first.id and again.path == first.path
        assert_whole(demo, again)

    def test_a_file_that_somebody_changed_is_kept_beside_the_new_one(self, demo, bench):
        [first] = bench.fetch('1004')
        Path(first.path).write_bytes(b'my own edit')
        [again] = bench.fetch('1004')
        assert_whole(demo, again)
        assert Path(first.path).read_bytes() == b'my own edit'
        assert again.path != first.path and len(files_below(bench.downloads)) == 2

    def test_a_right_file_that_the_queue_does_not_know_is_not_fetched(self, demo, bench):
        place = bench.downloads / NAME
        place.parent.mkdir(parents=True)
        place.write_bytes(demo.file_bytes(PLAIN.file_id))
        [task] = bench.fetch('1004')
        assert_whole(demo, task)
        assert task.verified and task.path == str(place) and demo.requests.of('storage') == []

    def test_a_file_that_its_author_has_replaced_is_fetched_beside_the_old_one(self, demo, bench):
        [first] = bench.fetch('1004')
        old = Path(first.path).read_bytes()
        demo.replace_file(PLAIN.file_id)
        [again] = bench.fetch('1004')
        assert_whole(demo, again)
        assert again.path != first.path and Path(first.path).read_bytes() == old

    def test_two_files_of_one_name(self, demo, bench):
        tasks = bench.fetch(str(SPECIAL['same_name'].model_id), all_files=True)
        assert len({task.path for task in tasks}) == len(tasks) == 2
        for task in tasks:
            assert_whole(demo, task)

    def test_without_a_published_hash_it_is_done_but_not_verified(self, demo, bench):
        [task] = bench.fetch(str(SPECIAL['unscanned'].model_id))
        assert_whole(demo, task)
        assert not task.verified


class TestChoice:
    def test_all_files_but_the_dangerous_one(self, demo, bench):
        tasks = bench.fetch('1001', all_files=True)
        assert {task.order.file_id for task in tasks} == {3001, 3002, 3004, 3005}
        for task in tasks:
            assert_whole(demo, task)

    def test_the_dangerous_one_when_asked_for(self, demo, bench):
        [task] = bench.fetch('1001', wanted=FileFilter(file_id=SPECIAL['danger'].file_id))
        assert_whole(demo, task)
        assert 'warning.danger' in task.order.warnings

    def test_a_linked_filter_that_contradicts_the_file_falls_back_to_its_id(self, demo, bench):
        demo.faults.add('status', path='type=Model', status=404)
        [task] = bench.fetch('1001', wanted=FileFilter(file_id=3002))
        assert_whole(demo, task)


def test_stopping_a_pool_takes_no_second(bench):
    pool = bench.engine._pool
    bench.engine.start()
    eventually(lambda: pool._supervisor.is_alive())
    assert isinstance(pool, WorkerPool)
    bench.engine.stop()
    assert not pool._supervisor.is_alive()
