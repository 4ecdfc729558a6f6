"""Gradio, whatever its version: the only module that imports it.

Differences are found by looking at what a call takes, never by version numbers: hosts patch Gradio,
and mix versions of its parts.
"""

from __future__ import annotations

import functools
import inspect
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import gradio as gr

from ..errors import MemoryShort, ShortcutError
from ..i18n import error_text, text
from .nearness import asked_with
from .page_document import PageDocument
from .queue_desk import Refused

_log = logging.getLogger('civitai_shortcut')
_MOST_UPLOADED = 1 << 20  # by Gradio's own route; what is dropped on the page comes by ours

Row, Column, Tabs, Tab = gr.Row, gr.Column, gr.Tabs, gr.Tab
Textbox, Number, Checkbox, Dropdown = gr.Textbox, gr.Number, gr.Checkbox, gr.Dropdown


# What an argument is called where it does not have the name by which we call it.
_OTHER_NAMES = {'js': '_js'}
_ANYTHING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
# Without ``fill_width`` the page would stop at a width of Gradio's choice.
_FULL_WIDTH = '.gradio-container.gradio-container{max-width:none}'


def fitting(call: Callable[..., Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the ``wanted`` arguments that ``call`` names among its own, by the names it has for
    them.
    """
    known = _known(call)
    named = {name if name in known else _OTHER_NAMES.get(name, name): name for name in wanted}
    return {there: wanted[name] for there, name in named.items() if there in known}


def _known(call: Any) -> set[str]:
    """The names of arguments that ``call`` really takes.

    What takes any name only hands it on: a component of Gradio 3 to the classes it is made from
    (and swallows what none of them knows), a wrapper that a host has put around an event to what
    stands within.
    """
    names: set[str] = set()
    for one in _handed_on(call):
        parameters = inspect.signature(one).parameters.values()
        names.update(each.name for each in parameters if each.kind not in _ANYTHING)
        if all(each.kind is not each.VAR_KEYWORD for each in parameters):
            break
    return names


def _handed_on(call: Any) -> Iterator[Any]:
    yield call
    if isinstance(call, type):
        made = (vars(one).get('__init__') for one in call.__mro__[1:-1])
        # Those that take nothing are mixed in, and stand before what the rest goes to.
        yield from (one for one in made if one and len(inspect.signature(one).parameters) > 1)
    elif not inspect.isroutine(call):
        yield from (held for held in vars(call).values() if callable(held))


def make(component: Callable[..., Any], **wanted: Any) -> Any:
    """A component with those of the ``wanted`` arguments that it knows."""
    return component(**fitting(component, wanted))


def html(value: str, elem_classes: Sequence[str] = (), **wanted: Any) -> Any:
    """Markup of our own, below the class ``prose``; all foreign text in it must have been escaped.

    A version that would give bare buttons and fields in it a look of its own is told not to: it
    then leaves out that class, which others always add.
    """
    plain = {'padding': False, 'apply_default_css': False}
    return make(gr.HTML, value=value, elem_classes=['prose', *elem_classes], **plain, **wanted)


def textbox(**wanted: Any) -> Any:
    """A text field."""
    return make(gr.Textbox, **wanted)


def picture(**wanted: Any) -> Any:
    """A picture that handlers give and take as one of Pillow's."""
    usual = {'type': 'pil', 'format': 'png', 'interactive': False, 'container': False}
    return make(gr.Image, **usual, show_label=False, **wanted)


def button(label: str, **wanted: Any) -> Any:
    """A button with nothing but text on it."""
    return make(gr.Button, value=label, **wanted)


Speak = Callable[..., AbstractContextManager[None]]
"""Puts the language in force in which somebody reads, by the arguments of a handler."""


def listen(
    event: Callable[..., Any],
    handler: Callable[..., Any],
    speak: Speak = lambda *arguments: nullcontext(),
    **wanted: Any,
) -> Any:
    """Call ``handler`` (guarded) on ``event`` without showing that something runs.

    It goes through the queue where an event can have a place of its own in it: such versions show
    an error only then. Elsewhere it would stand in one line with all that a host does.
    """
    quiet: dict[str, Any] = {'show_progress': 'hidden', 'concurrency_limit': None}
    if 'concurrency_limit' not in _known(event):
        quiet['queue'] = False
    private = {'show_api': False, 'api_visibility': 'private', 'trigger_mode': 'multiple'}
    called = _heard(guarded(handler, speak))
    return event(**fitting(event, {**quiet, **private, 'fn': called, **wanted}))


def _heard(handler: Callable[..., Any]) -> Callable[..., Any]:
    """``handler``, which Gradio tells by whom it was asked."""

    def run(request: gr.Request, *arguments: Any) -> Any:
        with asked_with(request.headers if request is not None else {}):
            return handler(*arguments)

    return run


def guarded(handler: Callable[..., Any], speak: Speak) -> Callable[..., Any]:
    """``handler`` with what it raises turned into a sentence: Gradio shows nothing else to the
    person.
    """

    @functools.wraps(handler)
    def run(*arguments: Any) -> Any:
        try:
            return handler(*arguments)
        except Exception as error:
            with speak(*arguments):
                raise _toast(_said(error)) from error

    return run


def _said(error: Exception) -> str:
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, ShortcutError):
        return error_text(error)
    if isinstance(error, MemoryError):
        return error_text(MemoryShort())
    incident = uuid.uuid4().hex[:8]
    _log.error('incident %s', incident, exc_info=error)
    return text('page.incident', number=incident)


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


def blocks(title: str, theme: Any = None, **document: str) -> Any:
    """The page to build on; versions that take a ``theme`` here get it here. What else belongs to
    its look belongs to the ``document``, which :func:`mount` writes.
    """
    wanted = {'title': title, 'theme': theme, 'analytics_enabled': False, 'fill_width': True}
    return make(gr.Blocks, **wanted)


def mount(
    app: Any,
    page: Any,
    auth: tuple[str, str] | None = None,
    *,
    theme: Any = None,
    css: str = '',
    script: str = '',
    head: str = '',
) -> Any:
    """Put ``page`` at the root of the FastAPI application ``app``, behind a login for ``auth``,
    with ``css``, ``script`` and ``head`` in its document.
    """
    if 'fill_width' not in _known(gr.Blocks):
        css += _FULL_WIDTH
    if auth and 'auth' not in _known(gr.mount_gradio_app):
        page.auth, page.auth_message = [auth], text('page.sign_in')
    app.add_middleware(PageDocument, head=head, script=script, css=css)
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
        'max_file_size': _MOST_UPLOADED,
        'theme': theme,
    }
    return gr.mount_gradio_app(app, page, **fitting(gr.mount_gradio_app, wanted))


def login_checks(app: Any) -> list[Any]:
    """By what ``app``, or the page mounted in it, asks for a login: for routes beside the page.

    Raises :class:`RuntimeError` when there is no page.
    """
    mounted = [getattr(getattr(one, 'app', None), 'routes', ()) for one in app.routes]
    for routes in (app.routes, *mounted):
        for route in routes:
            if getattr(route, 'path', '') == '/config' and route.dependencies:
                return list(route.dependencies)
    raise RuntimeError('the page has no login check')
