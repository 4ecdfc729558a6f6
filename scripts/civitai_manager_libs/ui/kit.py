"""Gradio, whatever its version: the only module that imports it.

Differences are found by looking at what a call takes, never by version numbers: hosts patch Gradio,
and mix versions of its parts.
"""

from __future__ import annotations

import functools
import inspect
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from ..errors import MemoryShort, ShortcutError
from ..i18n import error_text, text
from .queue_desk import Refused

_log = logging.getLogger('civitai_shortcut')

Row, Column, Tabs, Tab = gr.Row, gr.Column, gr.Tabs, gr.Tab


def fitting(call: Callable[..., Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the ``wanted`` arguments that ``call`` names among its own."""
    known = inspect.signature(call).parameters
    return {name: value for name, value in wanted.items() if name in known}


def make(component: Callable[..., Any], **wanted: Any) -> Any:
    """A component with those of the ``wanted`` arguments that it knows."""
    return component(**fitting(component, wanted))


def html(value: str, **wanted: Any) -> Any:
    """Markup of our own; all foreign text in it must have been escaped."""
    return make(gr.HTML, value=value, padding=False, **wanted)


def textbox(**wanted: Any) -> Any:
    """A text field."""
    return make(gr.Textbox, **wanted)


def button(label: str, **wanted: Any) -> Any:
    """A button with nothing but text on it."""
    return make(gr.Button, value=label, **wanted)


def listen(event: Callable[..., Any], handler: Callable[..., Any], **wanted: Any) -> Any:
    """Call ``handler`` (guarded) on ``event`` without showing that something runs.

    It goes through the queue: newer versions show an error only then.
    """
    quiet = {'show_progress': 'hidden', 'concurrency_limit': None}
    private = {'show_api': False, 'api_visibility': 'private', 'trigger_mode': 'multiple'}
    return event(**fitting(event, {**quiet, **private, 'fn': guarded(handler), **wanted}))


def guarded(handler: Callable[..., Any]) -> Callable[..., Any]:
    """``handler`` with what it raises turned into a sentence: Gradio shows nothing else to the
    person.
    """

    @functools.wraps(handler)
    def run(*arguments: Any) -> Any:
        try:
            return handler(*arguments)
        except Refused as refused:
            raise _toast(str(refused)) from refused
        except ShortcutError as error:
            raise _toast(error_text(error)) from error
        except MemoryError as error:
            raise _toast(error_text(MemoryShort())) from error
        except Exception as error:
            incident = uuid.uuid4().hex[:8]
            _log.exception('incident %s', incident)
            raise _toast(text('page.incident', number=incident)) from error

    return run


def _toast(words: str) -> Exception:
    wanted = {'message': words, 'title': text('page.toast_title'), 'print_exception': False}
    error: Exception = gr.Error(**fitting(gr.Error, wanted))
    return error


def theme(colours: Mapping[str, tuple[str, str]], fonts: Sequence[str], **both: str) -> Any:
    """A theme of the page's own: ``colours`` are pairs for light and dark by the names of Gradio's
    variables, ``both`` is the same in both. Names that this version does not know are left out.
    """
    base = gr.themes.Base(font=list(fonts), font_mono=['ui-monospace', 'Consolas', 'monospace'])
    wanted = dict(both)
    for name, (light, dark) in colours.items():
        wanted[name], wanted[f'{name}_dark'] = light, dark
    return base.set(**fitting(base.set, wanted))


def blocks(title: str, **look: Any) -> Any:
    """The page to build on; versions that take ``look`` (css, head, theme) here get it here."""
    wanted = {'title': title, 'analytics_enabled': False, 'fill_width': True, **look}
    return make(gr.Blocks, **wanted)


def mount(app: Any, page: Any, auth: tuple[str, str] | None = None, **look: Any) -> Any:
    """Put ``page`` at the root of the FastAPI application ``app``; ``look`` as for ``blocks``."""
    wanted = {
        'path': '/',
        'auth': auth,
        'auth_message': text('page.sign_in'),
        'show_error': False,
        'footer_links': [],
        'run_history': False,
        'ssr_mode': False,
        'pwa': False,
        'mcp_server': False,
        'enable_monitoring': False,
        **look,
    }
    return gr.mount_gradio_app(app, page, **fitting(gr.mount_gradio_app, wanted))


def login_checks(app: Any) -> list[Any]:
    """By what the page mounted in ``app`` asks for a login, for routes beside it."""
    for mounted in app.routes:
        for route in getattr(getattr(mounted, 'app', None), 'routes', ()):
            if getattr(route, 'path', '') == '/config' and route.dependencies:
                return list(route.dependencies)
    raise RuntimeError('the page has no login check')
