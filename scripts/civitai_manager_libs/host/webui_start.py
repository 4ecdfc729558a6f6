"""The first thing that runs inside a WebUI: loads the rest, or says why it cannot.

Needs nothing but the standard library itself: it is here that a missing package shows.
"""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from .. import i18n
from .webui_page import Callbacks, complain, log, register

TITLE = 'Civitai Shortcut'
ELEM_ID = 'civitai_shortcut'


def start(extension: str) -> None:
    """Import the module ``extension`` with all that it needs, now, while the host lets us, and have
    the host call its ``callbacks()``. Never raises: when it cannot be, the tab says what is wrong.
    """
    os.environ.setdefault('GRADIO_ANALYTICS_ENABLED', 'False')
    try:
        register(import_module(extension).callbacks())
    except Exception as error:
        i18n.set_language(i18n.system_language())
        log(error)
        print(_sentence(error), flush=True)
        _explain(error)


def failed_tab(error: Exception) -> Sequence[tuple[Any, str, str]]:
    """For ``on_ui_tabs``: a tab with one sentence about ``error``."""
    # Our own pages are built with ui/kit.py, which may be what cannot be imported.
    gradio = import_module('gradio')
    sentence = html.escape(_sentence(error))
    with gradio.Blocks(analytics_enabled=False) as blocks:
        gradio.HTML(f'<div class="cs cs-in-host"><p role="alert">{sentence}</p></div>')
    return [(blocks, TITLE, ELEM_ID)]


def _explain(error: Exception) -> None:
    def tabs() -> Sequence[tuple[Any, str, str]]:
        return failed_tab(error)

    try:
        register(Callbacks(tabs=tabs, failed=lambda other: []))
    except Exception as other:  # whatever it is, the host must start
        complain(other)


def _sentence(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return i18n.text('host.package_missing', name=error.name)
    details = getattr(error, 'details', None)
    if isinstance(details, dict):
        reason = i18n.error_text(error)  # type: ignore[arg-type]
    else:
        reason = f'{type(error).__name__}: {error}'
    return i18n.text('host.not_started', reason=reason)
