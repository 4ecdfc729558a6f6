"""What a list that was read comes to: in figures, and what of it is to be queued."""

from __future__ import annotations

from dataclasses import replace

from ..downloader import DownloadEngine
from ..transfers.batch import Totals, totals
from ..transfers.following import downloads_of
from ..transfers.placed import placed
from ..transfers.plan import Plan
from .choice import Batch


def list_totals(engine: DownloadEngine, batch: Batch) -> Totals:
    """The list in figures, with what would come along."""
    plan = _plan(batch)
    existing = engine.existing(plan.downloads)
    following = engine.following(_without(plan, existing))
    return totals([*plan.downloads, *downloads_of(following)], existing)


def list_missing(engine: DownloadEngine, batch: Batch) -> Plan:
    """The part of a list that is not there yet, as it is now."""
    plan = _plan(batch)
    return _without(plan, engine.existing(plan.downloads))


def _plan(batch: Batch) -> Plan:
    assert batch.plan is not None  # only what has been read comes here
    return placed(batch.plan, batch.folders)


def _without(plan: Plan, existing: set[str]) -> Plan:
    return replace(plan, downloads=tuple(one for one in plan.downloads if one.key not in existing))
