"""What is counted, added up: histograms, ledgers of bounded size, windows of time."""

import csv
import io
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civitai_manager_libs.domain.traffic import BOUNDS, Fault, Histogram, Traffic, band, total
from civitai_manager_libs.domain.traffic_ledger import OTHER, Cell, Ledger, Sums, Window
from civitai_manager_libs.domain.traffic_output import csv_text

MILLISECONDS = st.floats(min_value=0.01, max_value=500_000)
COUNTS = st.lists(st.integers(0, 1_000_000), min_size=len(BOUNDS) + 1, max_size=len(BOUNDS) + 1)


def histogram(times):
    made = Histogram()
    for time in times:
        made.add(time)
    return made


def bin_of(time):
    return sum(bound < time for bound in BOUNDS)


class TestHistogram:
    @given(st.lists(MILLISECONDS, min_size=2, max_size=300), st.sampled_from([50, 95, 99]))
    def test_a_percentile_is_in_the_bin_of_the_true_one(self, times, share):
        found = histogram(times).percentile(share / 100)
        ordered = sorted(times)
        rank = -(-share * len(times) // 100) - 1
        assert abs(bin_of(found) - bin_of(ordered[rank])) <= 1
        whole = statistics.quantiles(times, n=100, method='inclusive')[share - 1]
        assert found <= max(whole, ordered[rank]) * 1.26 + 1

    def test_a_wide_spread_is_right_to_a_quarter(self):
        times = [1.02**number for number in range(600)]
        made = histogram(times)
        cuts = statistics.quantiles(times, n=100)
        for share in (5, 50, 95, 99):
            assert made.percentile(share / 100) == pytest.approx(cuts[share - 1], rel=0.25)

    @given(st.lists(MILLISECONDS), st.lists(MILLISECONDS))
    def test_merged_is_counted_together(self, some, others):
        made = histogram(some)
        made.merge(histogram(others))
        assert made.counts == histogram(some + others).counts
        assert made.total == len(some) + len(others)

    @given(st.lists(COUNTS, max_size=5))
    def test_packed_ones_add_up(self, parts):
        together = Histogram.unpacked(Histogram(counts).packed() for counts in parts)
        assert together.counts == [sum(column) for column in zip(*parts)] or not parts

    def test_extremes_have_their_bin(self):
        made = histogram([0, 1e-9, -5, 1e12, float('inf')])
        assert made.counts[0] == 3 and made.counts[-1] == 2
        assert made.percentile(1.0) == BOUNDS[-1] and made.percentile(0.01) <= 1
        assert Histogram().percentile(0.5) is None


class TestTraffic:
    def test_rates(self):
        traffic = Traffic(requests=8, failures=2, hits=2, stale=1, misses=1)
        assert (traffic.error_rate, traffic.hit_rate, traffic.average_ms) == (25, 75, None)
        assert (Traffic().error_rate, Traffic().hit_rate) == (0, None)

    def test_a_sum_has_everything(self):
        one = Traffic(*range(1, 12), latencies=histogram([100, 300]))
        both = total([one, one])
        assert [both.requests, both.milliseconds] == [2, 22] and both.latencies.total == 4
        assert both.average_ms == 5.5 and one.requests == 1

    @pytest.mark.parametrize(
        'value, word',
        [(None, 'none'), (999, 'good'), (1000, 'fair'), (3000, 'fair'), (3001, 'poor')],
    )
    def test_bands(self, value, word):
        assert band(value, 1000, 3000) == word


class TestLedger:
    def test_more_hosts_in_a_minute_than_there_is_room_for(self):
        ledger = Ledger()
        for number in range(200):
            ledger.at(7, f'h{number}', 'api').traffic.requests += 1
        hosts = {host for _, host, _ in ledger.cells}
        assert len(hosts) == 65 and OTHER in hosts
        assert sum(cell.traffic.requests for cell in ledger.cells.values()) == 200
        ledger.at(7, 'h3', 'api').traffic.requests += 1
        assert ledger.cells[7, 'h3', 'api'].traffic.requests == 2
        ledger.at(8, 'h199', 'api')
        assert (8, 'h199', 'api') in ledger.cells

    def test_hosts_of_a_minute_stay_bounded_however_often_it_is_emptied(self):
        ledger, hosts = Ledger(), set()
        for number in range(200):
            ledger.at(7, f'h{number}', 'api')
            hosts |= {host for _, host, _ in ledger.take().cells}
        assert len(hosts) == 65

    @pytest.mark.parametrize('hosts, minutes', [(50, 2000), (1, 60_000)])
    def test_no_count_is_lost_when_old_minutes_are_folded(self, hosts, minutes):
        ledger = Ledger()
        for minute in range(minutes):
            for number in range(hosts):
                cell = ledger.at(minute, f'h{number}', 'api')
                cell.traffic.requests += 1
                cell.end('200')
        assert len(ledger.cells) <= 4000
        cells = ledger.cells.values()
        assert sum(cell.traffic.requests for cell in cells) == hosts * minutes
        assert sum(cell.outcomes['200'] for cell in cells) == hosts * minutes
        assert max(minute for minute, _, _ in ledger.cells) == minutes - 1

    def test_outcomes_are_bounded(self):
        cell = Cell()
        for number in range(1000):
            cell.end(str(number))
        assert len(cell.outcomes) == 41 and sum(cell.outcomes.values()) == 1000

    def test_names_of_servers_fit_any_store(self):
        ledger = Ledger()
        ledger.at(1, 'x\udcff' + 'y' * 1000, 'api')
        host = next(iter(ledger.cells))[1]
        assert len(host) == 255 and host.startswith('x?y')

    def test_a_copy_does_not_change(self):
        ledger = Ledger()
        ledger.at(1, 'h', 'api').end('200')
        copied = ledger.copy()
        ledger.at(1, 'h', 'api').end('200')
        assert copied.cells[1, 'h', 'api'].outcomes == {'200': 1}

    def test_put_back_it_is_all_there(self):
        ledger = Ledger()
        ledger.at(1, 'h', 'api').traffic.requests += 1
        ledger.faults.append(Fault(1.0, 'h', 'api', 'old', {}))
        ledger.key_refused = 5.0
        taken = ledger.take()
        assert not ledger
        ledger.at(1, 'h', 'api').traffic.requests += 1
        ledger.faults.append(Fault(2.0, 'h', 'api', 'new', {}))
        ledger.key_refused = 4.0
        ledger.merge(taken)
        assert ledger.cells[1, 'h', 'api'].traffic.requests == 2
        assert [fault.code for fault in ledger.faults] == ['old', 'new']
        assert ledger.key_refused == 5.0


class TestWindow:
    @given(st.floats(0, 1000), st.integers(1, 2000), st.floats(0, 4e9))
    def test_it_covers_what_was_asked_for(self, hours, spans, now):
        window = Window.ending(now, hours, spans)
        assert 1 <= window.count <= spans
        assert window.first <= now // 60 < window.end == now // 60 + 1
        assert window.end - window.first >= round(hours * 60)
        assert window.part(window.first) == 0 and window.part(window.end - 1) == window.count - 1

    def test_a_usual_one(self):
        assert Window.ending(600_000, 1, 60) == Window(10_001 - 60, 1, 60)
        assert Window.ending(600_000, 24, 60) == Window(10_001 - 1440, 24, 60)
        assert Window.ending(600_000, 0.25, 60) == Window(10_001 - 15, 1, 15)

    @given(st.lists(st.tuples(st.integers(0, 99), st.sampled_from('abc')), max_size=60))
    def test_all_parts_of_a_report_say_the_same(self, counted):
        ledger = Ledger()
        for minute, host in counted:
            cell = ledger.at(minute, host, {'a': 'api', 'b': 'image', 'c': 'file'}[host])
            cell.traffic.requests += 1
            cell.end('200')
        sums = Sums(Window(20, 7, 9))
        sums.add(ledger)
        report = sums.report()
        wanted = sum(20 <= minute < 83 for minute, _ in counted)
        assert report.total.requests == wanted
        assert sum(traffic.requests for traffic in report.hosts.values()) == wanted
        assert sum(traffic.requests for traffic in report.kinds.values()) == wanted
        assert sum(span.total.requests for span in report.spans) == wanted
        assert sum(report.outcomes.values()) == wanted
        assert sum(sum(span.outcomes.values()) for span in report.spans) == wanted
        assert [span.begin for span in report.spans] == [60 * (20 + 7 * n) for n in range(9)]
        assert {span.seconds for span in report.spans} == {420}


@pytest.mark.parametrize('before', ['', ' ', '\t', '\r', '\n', '\0'])
@pytest.mark.parametrize('host', ['=1+1', '+1', '-1', '@x', '＝1+1', '＋1', '－1', '＠x'])
def test_no_cell_of_a_spreadsheet_is_a_formula(before, host):
    host, shown = before + host, "'" + host
    text = csv_text({(1, host, 'file'): Cell(outcomes={host: 1})})
    _, cells = csv.reader(io.StringIO(text, newline=''))
    assert cells[1] == shown and cells[-1] == f'{shown}=1' and cells[2] == 'file'
    assert not any(cell.startswith(('=', '+', '-', '@')) for cell in cells)
