"""``stats``: the numbers of all processes as a table, as JSON, as files, and from the logs."""

import csv
import io
import json

import pytest

from civitai_manager_libs.domain.log_lines import answer_line, failure_line, refusal_line
from civitai_manager_libs.errors import KeyRefused, ServerTrouble, TimedOut
from civitai_manager_libs.monitoring import HttpMonitor
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.traffic import TrafficStore


@pytest.fixture
def counting(program):
    """A monitor of this process over the database of ``program``, as a page has it open."""
    database = Database(program.database)
    monitor = HttpMonitor()
    monitor.keep_in(TrafficStore(database))
    yield monitor
    monitor.close()
    database.close()


def fill(monitor):
    """Twenty requests, two of which failed, and the key refused once."""
    for number in range(18):
        monitor.requested('civitai.example', 'api', 200, 0.5, with_key=True)
        monitor.received('civitai.example', 'api', 1_000_000)
        monitor.cached('civitai.example', 'hit' if number % 2 else 'miss')
    monitor.requested('civitai.example', 'api', 401, 0.5, with_key=True)
    monitor.failed('civitai.example', 'api', KeyRefused())
    monitor.key_refused()
    monitor.requested('=cdn.example', 'image', None, 20.0)
    monitor.failed('=cdn.example', 'image', TimedOut(host='=cdn.example', seconds=20.0))
    monitor.waited('civitai.example', 'api', 90)
    monitor.flush()


def test_the_table(program, counting):
    fill(counting)
    shown = program.run('stats')
    assert shown.code == 0 and shown.err == ''
    lines = [line.split() for line in shown.out.splitlines()]
    assert ['Requests', '20'] in lines
    assert ['Failed', '2', '10.0', '%', 'Fair'] in lines
    assert ['Average', 'response', 'time', '500', 'ms', 'Good'] in lines
    assert ['civitai.example', '19', '5.3', '%', '500', 'ms'] in [line[:6] for line in lines]
    assert 'sent nothing for 20' in shown.out and '1 min 30 s' in shown.out
    assert 'last refused' in shown.out and '9 of 18' in shown.out and '18 MB' in shown.out
    assert all(line == line.rstrip() for line in shown.out.splitlines())


def test_columns_stand_below_each_other_in_chinese_too(program, counting):
    fill(counting)
    program.language = 'zh-TW'
    shown = program.run('stats').out
    assert '平均回應時間' in shown and '普通' in shown and '良好' in shown
    head, first = shown[shown.index('各主機') :].splitlines()[1:3]
    wide = sum('\u2e80' < sign for sign in head)
    assert len(head) + wide == len(first) and wide >= 10


def test_the_same_failure_over_and_over_is_one_line(program, counting):
    for _ in range(30):
        counting.requested('a.example', 'api', 503, 0.1)
        counting.failed('a.example', 'api', ServerTrouble(status=503, host='a.example'))
    counting.flush()
    shown = program.run('stats').out
    assert shown.count('a.example has trouble') == 1 and 'a.example · 30 times' in shown
    assert ['Failed', '30', '100.0', '%', 'Poor'] in [line.split() for line in shown.splitlines()]


def test_json_is_the_report(program, counting):
    fill(counting)
    shown = program.run('stats', '--json')
    mine = counting.get_performance_report()
    assert shown.code == 0 and set(shown.json) == set(mine)
    changing = ('uptime_seconds', 'current_download_speed_bps')
    for name in set(mine) - set(changing):
        assert shown.json[name] == mine[name]


def test_exports(program, counting, tmp_path):
    fill(counting)
    assert program.run('stats', '--export', tmp_path / 'x.CSV').code == 0
    lines = list(csv.DictReader(io.StringIO((tmp_path / 'x.CSV').read_text(encoding='utf-8'))))
    assert {line['host'] for line in lines} == {'civitai.example', "'=cdn.example"}
    assert sum(int(line['requests']) for line in lines) == 20
    told = program.run('stats', '--export', tmp_path / 'x.json')
    assert str(tmp_path / 'x.json') in told.err and told.out == ''
    document = json.loads((tmp_path / 'x.json').read_text(encoding='utf-8'))
    assert sum(minute['requests'] for minute in document['minutes']) == 20
    refused = program.run('stats', '--export', tmp_path / 'x.xlsx')
    assert refused.code == 2 and '.csv' in refused.err and not (tmp_path / 'x.xlsx').exists()
    (tmp_path / 'file').touch()
    for mistyped in ('file', 'elsewhere'):
        refused = program.run('stats', '--export', tmp_path / mistyped / 'x.csv')
        assert refused.code == 2 and str(tmp_path / mistyped) in refused.err
    assert not (tmp_path / 'elsewhere').exists()


def test_clearing_reaches_what_another_process_has_counted(program, counting, tmp_path):
    fill(counting)
    cleared = program.run('stats', '--clear', '--json', '--export', tmp_path / 'x.json')
    assert cleared.json['total_requests'] == 20 and 'forgotten' in cleared.err
    assert json.loads((tmp_path / 'x.json').read_text(encoding='utf-8'))['minutes'] != []
    assert counting.report(1).total.requests == 0
    assert program.run('stats', '--json').json['total_requests'] == 0


def test_nothing_counted_yet(program):
    shown = program.run('stats')
    assert shown.code == 0 and shown.out == '' and 'No requests' in shown.err
    off = program.run('stats', http_enable_monitoring='false')
    assert 'http_enable_monitoring' in off.err


def test_it_begins_no_download_and_asks_nobody(demo, program):
    program.run('download', '1001', '--enqueue')
    before = len(demo.requests.of('api')) + len(demo.requests.of('storage'))
    assert program.run('stats').code == 0
    after = len(demo.requests.of('api')) + len(demo.requests.of('storage'))
    assert program.states() == ['queued'] and after == before


def test_from_the_logs(program):
    logs = program.data / 'logs'
    empty = program.run('stats', '--from-logs')
    assert empty.code == 0 and empty.out == '' and str(logs) in empty.err
    logs.mkdir(parents=True, exist_ok=True)
    address = 'https://civitai.example/api/v1/models'
    stamp = '2026-01-01 00:00:00,000 INFO '
    answers = [answer_line('GET', address, 200, time) for time in (100, 300, 2000)]
    failures = [refusal_line(404, address), failure_line('timed_out', address)]
    (logs / 'http_client.log').write_text(
        ''.join(f'{stamp}{line}\n' for line in [*answers, *failures]), encoding='utf-8'
    )
    (logs / 'error.log').write_text(
        ''.join(f'{stamp}{line}\n' for line in failures), encoding='utf-8'
    )
    shown = program.run('stats', '--from-logs', '--json').json
    assert shown['errors'] == {'HTTP_404': 1, 'Timeout': 1}
    times = shown['response_times_ms']
    assert (times['count'], times['average'], times['largest']) == (3, 800, 2000)
    words = program.run('stats', '--from-logs').out
    assert 'HTTP_404' in words and '800 ms' in words and '2,000 ms' in words
    assert not program.database.exists()
