"""Asks, or says, what to do with a file that lies in the model folders already."""

from __future__ import annotations

import sys
from dataclasses import replace

from .. import i18n
from ..domain.task import NewDownload, Order
from ..downloader import DownloadEngine
from ..transfers.plan import Plan
from .environment import Environment

_ANSWERS = {'l': 'link', 'c': 'copy', 'd': ''}


def settled(plan: Plan, order: Order, engine: DownloadEngine, environment: Environment) -> Plan:
    """``plan`` with what the person wants for each file that lies elsewhere with the same content:
    a link, a copy, or a download.

    Somebody at a terminal is asked. Anybody else is told how to get a link, and it is downloaded.
    Nothing is said where the order or the setting ``reuse_files`` has decided already.
    """
    if not engine.offers(order):
        return plan
    downloads = tuple(_settled(download, engine, environment) for download in plan.downloads)
    return replace(plan, downloads=downloads)


def _settled(
    download: NewDownload, engine: DownloadEngine, environment: Environment
) -> NewDownload:
    source = engine.elsewhere(download)
    if source is None:
        return download
    environment.say('cli.reuse.lies', name=source.name, folder=source.parent)
    if environment.quiet or not (sys.stdin.isatty() and environment.stderr.isatty()):
        environment.say('cli.reuse.how')
        return download
    how = _asked(environment)
    return replace(download, reuse=how, source=str(source)) if how else download


def _asked(environment: Environment) -> str:
    """``link``, ``copy`` or '' for a download, which is also what a closed input means."""
    while True:
        print(i18n.text('cli.reuse.ask'), end='', file=environment.stderr, flush=True)
        line = sys.stdin.readline()
        answer = line.strip().lower()[:1]
        if answer in _ANSWERS or not line:
            return _ANSWERS.get(answer, '')
