"""Serves the Monitor tab, and the word in the header on how it is with Civitai."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from .. import setting
from ..i18n import error_text
from ..setting_values import Settings
from .browsers import OpenPage
from .diagnosing import Diagnosing
from .jobs import Jobs
from .monitor_watch import SPANS, Measured, MonitorWatch, Sources, Start
from .present_diagnosis import diagnosis_html, site_pill
from .present_faults import client_html, errors_html, hosts_html
from .present_monitor import (
    bandwidth_chart,
    bar_html,
    latency_chart,
    off_html,
    part,
    requests_chart,
    tab_html,
    tiles_html,
)
from .present_notices import said_card
from .tabs import PageTab
from .words import escape

NAME = 'monitor'
_LIVE_SECONDS = 2.0
_PILL_SECONDS = 5.0
_PILL_HOURS = 1
_NUMBERS = ('tiles', 'requests', 'latency', 'bandwidth', 'hosts', 'errors', 'client')


@dataclass
class _View:
    """How one page looks at the numbers."""

    hours: int = 1
    asking: bool = False


class MonitorDesk:
    """A :class:`.TabDesk`. ``reading`` and ``testing`` give threads to what takes a while."""

    def __init__(
        self, sources: Sources, reading: Start | None = None, testing: Start | None = None
    ) -> None:
        self._sources = sources
        self._watch = MonitorWatch(sources, reading or Jobs('traffic', 1).put)
        self._diagnosing = Diagnosing(sources.diagnose, testing or Jobs('diagnosis', 1).put)
        self._views: WeakKeyDictionary[OpenPage, _View] = WeakKeyDictionary()

    def parts(self, page: OpenPage) -> Mapping[str, str]:
        """See :class:`.TabDesk`."""
        settings = setting.current()
        on_top = page.tab == NAME
        fresh = _LIVE_SECONDS if on_top else _PILL_SECONDS
        latest = self._watch.look(_PILL_HOURS, fresh)
        pill = site_pill(latest, settings.civitai_base_url)
        return {'site': pill, **(self._tab(page, settings) if on_top else {})}

    def do(
        self, page: OpenPage, action: str, item: str, value: str, text: str
    ) -> Mapping[str, Any] | None:
        """See :class:`.TabDesk`."""
        view = self._view(page)
        view.asking = action == 'clear'
        if action == 'range' and value.isdigit() and int(value) in SPANS:
            view.hours = int(value)
        elif action == 'clear-really':
            self._sources.clear()
            self._said(page, 'monitor.cleared')
        elif action == 'clear-cache':
            self._sources.clear_cache()
            self._said(page, 'monitor.cache_cleared')
        elif action == 'diagnose':
            self._diagnosing.begin()
        return None

    def _said(self, page: OpenPage, key: str) -> None:
        self._watch.forget()
        page.say(lambda number: said_card(number, key))

    def _view(self, page: OpenPage) -> _View:
        return self._views.setdefault(page, _View())

    def _tab(self, page: OpenPage, settings: Settings) -> dict[str, str]:
        view = self._view(page)
        found = {
            part('bar'): bar_html(view.hours, view.asking),
            part('diagnosis'): diagnosis_html(self._diagnosing.diagnosis),
            part('off'): '' if settings.http_enable_monitoring else off_html(),
            part('problem'): self._problem(view.hours),
        }
        if not settings.http_enable_monitoring:
            return {**found, **{part(name): '' for name in _NUMBERS}}
        measured = self._watch.look(view.hours, _LIVE_SECONDS)
        return {**found, **(_numbers(measured, settings) if measured is not None else {})}

    def _problem(self, hours: int) -> str:
        problem = self._watch.problem(hours)
        words = escape(error_text(problem)) if problem is not None else ''
        return f'<p class="cs-problem" role="alert">{words}</p>' if words else ''


def _numbers(measured: Measured, settings: Settings) -> dict[str, str]:
    return {
        part('tiles'): tiles_html(measured, settings),
        part('requests'): requests_chart(measured),
        part('latency'): latency_chart(measured),
        part('bandwidth'): bandwidth_chart(measured),
        part('hosts'): hosts_html(measured, settings.request_delay),
        part('errors'): errors_html(measured),
        part('client'): client_html(measured, settings),
    }


def monitor_tab(sources: Sources) -> PageTab:
    """The tab as the page takes it."""
    return PageTab(NAME, 'monitor.tab', tab_html, MonitorDesk(sources))
