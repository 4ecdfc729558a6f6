"""What the Monitor tab says of its numbers, hosts and errors. Nothing is served here."""

import time
import xml.etree.ElementTree as ElementTree

import pytest

from civitai_manager_libs import errors, i18n
from civitai_manager_libs.domain.breaker import HostState
from civitai_manager_libs.domain.traffic import Fault
from civitai_manager_libs.ui.browsers import OpenPage
from civitai_manager_libs.ui.monitor_watch import SPANS, MemoryState
from civitai_manager_libs.ui.present_faults import short_host, troubles
from tests.support.monitor import traffic
from tests.support.rows import plain

pytestmark = pytest.mark.usefixtures('english', 'fresh_settings')

EVIL = '<img src=x onerror="alert(1)">\'"&'
STORAGE = 'civitai-delivery-worker-prod.5ac0637cfd0766c97916cefa3764fbdf.r2.cloudflarestorage.com'


@pytest.fixture
def bench(monitor_bench):
    return monitor_bench


def tile(parts, name):
    root = ElementTree.fromstring(f'<div>{parts["monitor-tiles"]}</div>')
    (found,) = (one for one in root if one.get('data-cs-tile') == name)
    return ' '.join(' '.join(found.itertext()).split())


class TestTiles:
    def test_each_number_has_its_meaning(self, bench):
        whole = traffic(1000, 50, 1200.0, hits=3, misses=1)
        bench.answer = {'hosts': {'civitai.com': whole}, 'kinds': {'api': whole}}
        parts = bench.parts()
        assert tile(parts, 'requests') == 'Requests 1,000 Past hour'
        assert tile(parts, 'success') == 'Success rate 95.0 % Fair'
        assert tile(parts, 'average') == 'Average response time 1,200 ms Fair'
        assert tile(parts, 'cache') == 'Cache hits 75 % 63 / 100 MB'
        assert tile(parts, 'memory') == 'Memory 74 MB Limit 200 MB'

    @pytest.mark.parametrize(
        ('milliseconds', 'failures', 'speed', 'success'),
        [(900, 4, 'Good', 'Good'), (1500, 15, 'Fair', 'Fair'), (4000, 16, 'Poor', 'Poor')],
    )
    def test_the_bands(self, bench, milliseconds, failures, speed, success):
        bench.answer = {'hosts': {'h': traffic(100, failures, milliseconds)}}
        parts = bench.parts()
        assert tile(parts, 'average').endswith(speed) and tile(parts, 'p95').endswith(speed)
        assert tile(parts, 'success').endswith(success)

    def test_nothing_asked_is_no_success_and_no_failure(self, bench):
        parts = bench.parts()
        assert tile(parts, 'success') == 'Success rate – No data yet'
        assert tile(parts, 'requests').startswith('Requests 0')
        for name in ('requests', 'latency', 'bandwidth', 'hosts'):
            assert 'No requests in this time' in parts[f'monitor-{name}']
        assert 'No errors in this time' in parts['monitor-errors']

    def test_almost_all_is_not_all(self, bench):
        bench.answer = {'hosts': {'h': traffic(100_000, 1, 5)}}
        assert '99.9 %' in tile(bench.parts(), 'success')

    def test_what_is_off_or_short_is_said(self, bench, fresh_settings):
        bench.memory = MemoryState(198 << 20, 200 << 20, True)
        fresh_settings(http_cache_enabled=False)
        parts = bench.parts()
        assert 'new downloads wait' in tile(parts, 'memory')
        assert 'switched off' in tile(parts, 'cache')


class TestHosts:
    def words(self, bench, host):
        root = ElementTree.fromstring(f'<div>{bench.parts()["monitor-hosts"]}</div>')
        rows = [
            ' '.join(' '.join(row.itertext()).split())
            for row in root.iter('tr')
            if host in ElementTree.tostring(row, 'unicode')
        ]
        return rows[0]

    def test_the_state_of_each(self, bench):
        bench.answer = {
            'hosts': {
                'good.test': traffic(10),
                'slow.test': traffic(8, 0, 1900.0),
                'bad.test': traffic(8, 4),
                'down.test': traffic(4, 4),
                'busy.test': traffic(4),
            }
        }
        bench.hosts = {
            'down.test': HostState(0, 6, 2, bench.now + 120),
            'busy.test': HostState(next_start=bench.now + 30),
            'good.test': HostState(next_start=bench.now + 0.4),
        }
        assert self.words(bench, 'good.test').endswith('Normal')
        assert self.words(bench, 'slow.test').endswith('Slow')
        assert self.words(bench, 'bad.test').endswith('Often fails')
        clock = time.strftime('%H:%M', time.localtime(bench.now + 120))
        assert self.words(bench, 'down.test').endswith(f'Resting until {clock}')
        assert 'Waits' in self.words(bench, 'busy.test')
        assert f'down.test ({clock})' in plain(bench.parts()['monitor-client'])

    def test_a_host_at_rest_is_listed_without_requests_too(self, bench):
        bench.hosts = {'down.test': HostState(0, 6, 2, bench.now + 120)}
        assert 'Resting until' in self.words(bench, 'down.test')

    def test_a_long_name_loses_its_middle_but_not_its_title(self, bench):
        bench.answer = {'hosts': {STORAGE: traffic(1), EVIL: traffic(1)}}
        html = bench.parts()['monitor-hosts']
        assert f'title="{STORAGE}"' in html and '<img' not in html
        assert short_host(STORAGE) == 'civitai-delivery…r2.cloudflarestorage.com'
        assert short_host('image.civitai.com') == 'image.civitai.com'

    def test_hundreds_of_hosts_do_not_flood_the_page(self, bench):
        bench.answer = {'hosts': {f'h{number}.test': traffic(1) for number in range(300)}}
        assert 'fewer requests: 288 more' in plain(bench.parts()['monitor-hosts'])


class TestErrors:
    def fault(self, bench, code, ago=10.0, host='civitai.com', **details):
        return Fault(bench.now - ago, host, 'api', code, {'host': host, **details})

    def test_each_says_what_where_and_what_to_do(self, bench):
        bench.answer = {
            'hosts': {'civitai.com': traffic(9, 3)},
            'outcomes': {'200': 6, '429': 2, 'rate_limited': 2, 'timed_out': 1},
            'faults': [
                self.fault(bench, 'rate_limited', status=429),
                self.fault(bench, 'rate_limited', ago=11.0, status=429),
                self.fault(bench, 'timed_out', ago=60.0, host=EVIL, seconds=20.0),
            ],
        }
        html = bench.parts()['monitor-errors']
        said = plain(html)
        assert '429 too many requests 2 · Timed out 1' in said
        assert '429 too many requests · 2 times' in said
        assert 'Wait a few minutes and try again' in said
        assert '<img' not in html and '200' not in said

    def test_at_most_twenty_and_alike_ones_together(self, bench):
        many = [self.fault(bench, 'timed_out', host=f'h{number}') for number in range(40)]
        assert len(troubles(many)) == 20
        (one,) = troubles([self.fault(bench, 'timed_out')] * 40)
        assert one.count == 40
        assert len(troubles([many[0], many[1], many[0]])) == 3

    @pytest.mark.parametrize('language', i18n.LANGUAGES)
    def test_every_trouble_with_a_server_has_a_name(self, language):
        found, waiting = set(), [errors.ApiError]
        while waiting:
            kind = waiting.pop()
            found.add(kind.code)
            waiting.extend(kind.__subclasses__())
        names = i18n.catalogue(language)
        assert [code for code in sorted(found) if f'monitor.type.{code}' not in names] == []

    def test_a_code_of_another_version_has_one_too(self, bench):
        bench.answer = {'faults': [self.fault(bench, 'from_the_future')]}
        assert 'Other trouble' in plain(bench.parts()['monitor-errors'])


class TestControls:
    def test_each_page_looks_at_hours_of_its_own(self, bench):
        bench.parts()
        bench.click('range', '24')
        assert 'Past 24 hours' in tile(bench.parts(), 'requests')
        other = OpenPage(None, 'downloads')
        other.tab = 'monitor'
        assert 'Past hour' in tile(bench.parts(other), 'requests')
        assert 'traffic.csv?hours=24' in bench.parts()['monitor-bar']
        bench.click('range', '1000')
        assert 'Past 24 hours' in tile(bench.parts(), 'requests')
        assert set(bench.asked) == {(1, SPANS[1]), (24, SPANS[24])}

    def test_many_pages_share_what_is_read(self, bench):
        for _ in range(50):
            page = OpenPage(None, 'downloads')
            page.tab = 'monitor'
            bench.parts(page)
        assert bench.asked == [(1, SPANS[1])]

    def test_only_the_word_in_the_header_while_another_tab_is_on_top(self, bench):
        bench.page.tab = 'downloads'
        assert set(bench.parts()) == {'site'}

    def test_clearing_asks_once(self, bench):
        bench.parts()
        bench.click('clear')
        bar = bench.parts()['monitor-bar']
        assert 'Clear the statistics of all time?' in plain(bar) and bench.done == []
        bench.click('keep')
        assert 'cs-asks' not in bench.parts()['monitor-bar']
        bench.click('clear')
        asked = len(bench.asked)
        bench.click('clear-really')
        bench.parts()
        assert bench.done == ['clear'] and len(bench.asked) > asked
        assert 'were cleared' in bench.page.said()[0].html

    def test_the_cache_can_be_cleared(self, bench):
        assert 'monitor:clear-cache' in bench.parts()['monitor-client']
        bench.click('clear-cache')
        bench.cache = None
        assert bench.done == ['clear-cache']
        assert 'monitor:clear-cache' not in bench.parts()['monitor-client']

    def test_switched_off_it_says_so_and_where_to_switch_it_on(self, bench, fresh_settings):
        fresh_settings(http_enable_monitoring=False)
        parts = bench.parts()
        assert 'monitor:settings' in parts['monitor-off']
        assert parts['monitor-tiles'] == '' and parts['monitor-hosts'] == ''
        assert 'monitor:diagnose' in parts['monitor-diagnosis']
