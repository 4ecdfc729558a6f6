"""The page of a WebUI: what it calls us for, and what our tab gives to its other tabs (hosts.md,
Callbacks, Sending parameters).
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import webui_modules as modules

_log = logging.getLogger('civitai_shortcut')
_PASTE = ('generation_parameters_copypaste', 'infotext_utils')  # in this order
_TABS = ('txt2img', 'img2img', 'inpaint', 'extras', 'control')


@dataclass(frozen=True)
class Callbacks:
    """What the host calls, each guarded: nothing that we raise reaches it.

    ``tabs()`` gives ``[(blocks, title, elem_id)]``, ``failed(what, error)`` the same when ``tabs``
    raised; ``options()`` adds our options; ``started(page, application)`` gets the FastAPI
    application, and None for the page when the host has none.
    """

    tabs: Callable[[], Sequence[tuple[Any, str, str]]]
    failed: Callable[[Exception], Sequence[tuple[Any, str, str]]]
    options: Callable[[], None] = lambda: None
    started: Callable[[Any, Any], None] = lambda page, application: None


def register(callbacks: Callbacks) -> None:
    """Have the host call ``callbacks``. What it does not call for is left out."""
    on_settings = modules.function('script_callbacks.on_ui_settings')
    on_tabs = modules.function('script_callbacks.on_ui_tabs')
    on_started = modules.function('script_callbacks.on_app_started')
    for register_in_host, callback in (
        (on_settings, guarded(callbacks.options)),
        (on_tabs, _tabs(callbacks)),
        (on_started, guarded(callbacks.started)),
    ):
        if register_in_host is not None:
            register_in_host(callback, **_named(register_in_host))


def guarded(callback: Callable[..., Any], otherwise: Any = None) -> Callable[..., Any]:
    """``callback``, whose exceptions are logged and printed, and ``otherwise`` given instead."""

    def run(*arguments: Any) -> Any:
        try:
            return callback(*arguments)
        except Exception as error:
            complain(error)
            return otherwise

    return run


def log(error: Exception) -> None:
    """Write ``error`` and where it came from into our log."""
    _log.error('in the host: %s', type(error).__name__, exc_info=error)


def complain(error: Exception) -> None:
    """Log ``error`` and print one line where the host prints its own."""
    log(error)
    print(f'Civitai Shortcut: {type(error).__name__}: {error}', flush=True)


def _tabs(callbacks: Callbacks) -> Callable[[], Sequence[tuple[Any, str, str]]]:
    def build() -> Sequence[tuple[Any, str, str]]:
        try:
            return callbacks.tabs()
        except Exception as error:
            complain(error)
            tabs: Sequence[tuple[Any, str, str]] = guarded(callbacks.failed, [])(error)
            return tabs

    return build


def _named(register_in_host: Callable[..., Any]) -> dict[str, str]:
    """The name of our callbacks for hosts that let people put them in order."""
    known = inspect.signature(register_in_host).parameters
    return {'name': 'civitai_shortcut'} if 'name' in known else {}


def keep_nothing(blocks: Any) -> None:
    """Have the host not write what stands in our fields into its ``ui-config.json``: it would
    stand there again at the next start.
    """
    for block in getattr(blocks, 'blocks', {}).values():
        block.do_not_save_to_config = True


# --- sending to other tabs ------------------------------------------------------------------------


def has_prompt() -> bool:
    """Whether the page has the prompts of txt2img and img2img."""
    return not modules.argument('nowebui') and modules.part('script_callbacks') is not None


def can_send() -> bool:
    """Whether the host takes generation data from a button of ours."""
    return has_prompt() and _paste() is not None


def send_tabs() -> tuple[str, ...]:
    """The tabs that take generation data, by the host's names; all usual ones until it has built
    them.
    """
    if not can_send():
        return ()
    fields = getattr(_paste(), 'paste_fields', None) or {}
    return tuple(tab for tab in _TABS if tab in fields) or _TABS[:4]


def bind_sends(text: Any, image: Any, buttons: Mapping[str, Any]) -> None:
    """Let each of ``buttons``, by the name of a tab of :func:`send_tabs`, send what stands in the
    components ``text`` (an infotext) and ``image`` (may be None) there. Only while the host asks
    for our tab: it connects them right afterwards.
    """
    paste = _paste()
    if paste is None:
        return
    for tab, button in buttons.items():
        paste.register_paste_params_button(
            paste.ParamBinding(
                paste_button=button,
                tabname=tab,
                source_text_component=text,
                source_image_component=image,
            )
        )


def _paste() -> Any:
    for name in _PASTE:
        found = modules.part(name)
        if hasattr(found, 'register_paste_params_button') and hasattr(found, 'ParamBinding'):
            return found
    return None


# --- how it is reached ----------------------------------------------------------------------------


def is_local() -> bool:
    """Whether only this machine reaches the page, as far as the host's start says."""
    open_to_others = ('listen', 'share', 'ngrok', 'gradio_auth', 'gradio_auth_path', 'server_name')
    return not any(modules.argument(name) for name in (*open_to_others, 'auth', 'auth_file'))
