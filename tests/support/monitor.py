"""The desk of the Monitor tab over sources that a test makes up."""

import time
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from types import SimpleNamespace

import pytest

from civitai_manager_libs.domain.diagnosis import NAMES, Step
from civitai_manager_libs.domain.traffic import Span, Traffic, TrafficReport, total
from civitai_manager_libs.errors import ShortcutError
from civitai_manager_libs.ui.browsers import OpenPage
from civitai_manager_libs.ui.monitor_desk import MonitorDesk
from civitai_manager_libs.ui.monitor_watch import MemoryState, Sources
from tests.support.rows import plain

_NOT_XML = 'monitor-bar'  # radio buttons, links to download


def traffic(requests, failures=0, milliseconds=100.0, **counts):
    """So many requests, each answered after as many ``milliseconds``."""
    made = Traffic(requests=requests, failures=failures, **counts)
    for _ in range(requests):
        made.latencies.add(milliseconds)
        made.milliseconds += milliseconds
    return made


def report(now, hosts=(), kinds=(), outcomes=(), faults=(), parts=60, hours=1):
    """A report whose requests were all made in its last part."""
    seconds = hours * 3600 / parts
    begin = now - hours * 3600
    spans = [Span(begin + seconds * number, seconds, {}, {}) for number in range(parts)]
    spans[-1] = replace(spans[-1], kinds=dict(kinds), outcomes=dict(outcomes))
    whole = total(dict(hosts).values())
    return TrafficReport(
        begin, now, whole, dict(hosts), dict(kinds), dict(outcomes), tuple(spans), tuple(faults)
    )


@pytest.fixture
def monitor_bench():
    """A desk over sources that can be changed, with threads that run at once or when told."""
    made = SimpleNamespace(asked=[], done=[], answer={}, hosts={}, cache=63 << 20, jobs=[])
    made.now = time.time()
    made.memory = MemoryState(74 << 20, 200 << 20, False)
    made.steps = lambda: iter([Step(name, 'good', 12.0) for name in NAMES])

    def measured(hours, parts):
        made.asked.append((hours, parts))
        if isinstance(made.answer, ShortcutError):
            raise made.answer
        return report(made.now, parts=parts, hours=hours, **made.answer)

    made.sources = Sources(
        report=measured,
        clear=lambda: made.done.append('clear'),
        host_states=lambda: made.hosts,
        cache_bytes=lambda: made.cache,
        clear_cache=lambda: made.done.append('clear-cache'),
        memory=lambda: made.memory,
        diagnose=lambda: made.steps(),
    )
    made.page = OpenPage(None, 'downloads')
    made.page.tab = 'monitor'

    def parts(page=None):
        made.desk = getattr(made, 'desk', None) or MonitorDesk(
            made.sources, lambda job: job(), made.jobs.append
        )
        found = made.desk.parts(page or made.page)
        for name, html in found.items():
            if name != _NOT_XML:
                ElementTree.fromstring(f'<div>{html}</div>')  # well formed, whatever is in it
            assert 'monitor.' not in plain(html), name
        return found

    made.parts = parts
    made.click = lambda action, value='': made.desk.do(made.page, action, '', value, '')
    return made
