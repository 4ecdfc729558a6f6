"""How the Monitor tab reads its sources, the diagnosis, and the word in the header."""

import time
from dataclasses import replace

import pytest

from civitai_manager_libs.domain.breaker import HostState
from civitai_manager_libs.domain.diagnosis import NAMES, Step
from civitai_manager_libs.domain.traffic import Fault
from civitai_manager_libs.errors import StoreLocked, TimedOut
from civitai_manager_libs.ui.monitor_watch import MonitorWatch
from tests.support.monitor import traffic
from tests.support.rows import plain

pytestmark = pytest.mark.usefixtures('english', 'fresh_settings')

EVIL = '<img src=x onerror="alert(1)">\'"&'


@pytest.fixture
def bench(monitor_bench):
    return monitor_bench


class TestWatching:
    def test_a_fault_is_said_and_what_was_known_stays(self, bench):
        clock = [0.0]
        watch = MonitorWatch(bench.sources, lambda job: job(), lambda: clock[0])
        first = watch.look(1, 2.0)
        bench.answer = StoreLocked(path='/data/x.sqlite3')
        clock[0] = 1.9
        assert watch.look(1, 2.0) is first and watch.problem(1) is None
        clock[0] = 2.0
        assert watch.look(1, 2.0) is first and watch.problem(1) is bench.answer
        bench.answer = {}
        clock[0] = 4.0
        assert watch.look(1, 2.0) is not first and watch.problem(1) is None

    def test_it_is_read_by_one_at_a_time_and_nobody_waits(self, bench):
        jobs = []
        watch = MonitorWatch(bench.sources, jobs.append)
        assert [watch.look(1, 0.0) for _ in range(5)] == [None] * 5
        assert len(jobs) == 1
        jobs.pop()()
        assert watch.look(1, 60.0) is not None and not jobs

    def test_what_breaks_a_reading_does_not_end_them(self, bench):
        jobs = []
        watch = MonitorWatch(replace(bench.sources, memory=lambda: 1 / 0), jobs.append)
        watch.look(1, 0.0)
        with pytest.raises(ZeroDivisionError):
            jobs.pop()()
        watch.look(1, 0.0)
        assert len(jobs) == 1


class TestDiagnosis:
    def test_steps_come_one_by_one_and_then_a_sentence(self, bench):
        seen = []

        def steps():
            for name in NAMES:
                seen.append(plain(bench.parts()['monitor-diagnosis']))
                state, error = (
                    ('bad', TimedOut(host='r2', seconds=8)) if name == 'storage' else ('good', None)
                )
                yield Step(name, state, 12.0, EVIL, error)

        bench.steps = steps
        assert 'one by one' in plain(bench.parts()['monitor-diagnosis'])
        bench.click('diagnose')
        bench.click('diagnose')
        assert len(bench.jobs) == 1
        waiting = plain(bench.parts()['monitor-diagnosis'])
        assert 'Diagnosing…' in waiting and waiting.count('Waiting') == len(NAMES)
        assert 'disabled' in bench.parts()['monitor-diagnosis']
        bench.jobs.pop()()
        assert [words.count('12 ms') for words in seen] == [0, 1, 1, 2, 2, 3]
        html = bench.parts()['monitor-diagnosis']
        assert 'The file storage is at fault' in plain(html) and 'Result of' in plain(html)
        assert 'r2 sent nothing' in plain(html) and '<img' not in html
        bench.click('diagnose')
        assert len(bench.jobs) == 1

    @pytest.mark.parametrize('kind', [StoreLocked, ZeroDivisionError])
    def test_one_that_breaks_is_no_good_news(self, bench, kind):
        def steps():
            yield Step('dns', 'good')
            raise kind()

        bench.steps = steps
        bench.parts()
        bench.click('diagnose')
        try:
            bench.jobs.pop()()
        except ZeroDivisionError:
            assert kind is ZeroDivisionError
        html = bench.parts()['monitor-diagnosis']
        assert 'was not completed' in plain(html) and 'disabled' not in html


class TestHeader:
    def pill(self, bench, **answer):
        bench.answer = answer
        return plain(bench.parts()['site'])

    def fault(self, bench, code, ago=5.0):
        return Fault(bench.now - ago, 'civitai.com', 'api', code, {})

    def test_good_offline_or_in_trouble(self, bench):
        assert self.pill(bench, kinds={'api': traffic(3)}) == 'Civitai is reachable'
        for code, words in (
            ('name_not_resolved', 'No connection'),
            ('timed_out', 'No connection'),
            ('server_trouble', 'Civitai has trouble'),
            ('not_found', 'Civitai is reachable'),
        ):
            bench.desk = None
            faults = [self.fault(bench, code)]
            assert self.pill(bench, kinds={'api': traffic(2, 2)}, faults=faults) == words

    def test_nothing_asked_says_nothing(self, bench):
        assert self.pill(bench, kinds={'image': traffic(3)}) == ''

    def test_left_alone(self, bench, fresh_settings):
        fresh_settings(civitai_base_url='https://civitai.com')
        bench.hosts = {'civitai.com': HostState(0, 5, 1, bench.now + 60)}
        clock = time.strftime('%H:%M', time.localtime(bench.now + 60))
        assert self.pill(bench) == f'Civitai is left alone until {clock}'
