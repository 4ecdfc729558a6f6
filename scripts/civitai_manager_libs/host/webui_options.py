"""Options of ours among those of a WebUI (hosts.md, Callbacks)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import webui_modules as modules


@dataclass(frozen=True)
class Option:
    """One option as the host's page shows it: ``value`` is also its default, ``component`` the
    class of its control (None: by the type of the value), ``arguments`` what that gets.
    """

    key: str
    value: Any
    label: str
    component: Any = None
    arguments: dict[str, Any] = field(default_factory=dict)


def can_add() -> bool:
    """Whether the host takes options from us."""
    options = modules.function('shared.opts.add_option')
    return options is not None and modules.function('shared.OptionInfo') is not None


def add(
    option: Option,
    section: tuple[str, str],
    changed: Callable[[], None] | None = None,
    looked_at: Callable[[], None] | None = None,
) -> None:
    """Add ``option`` in ``section``. ``changed`` is called when a person has changed it there,
    ``looked_at`` whenever it is put on a page; neither may raise.

    A host has read the value of the option itself by then (``get_value_for_setting`` of A1111's
    ``modules/ui_settings.py``), those of the options after it not yet.
    """

    def arguments() -> dict[str, Any]:
        if looked_at is not None:
            looked_at()
        return option.arguments

    info = modules.function('shared.OptionInfo')
    assert info is not None
    made = info(
        option.value,
        option.label,
        option.component,
        arguments,
        onchange=changed,
        section=section,
    )
    modules.find('shared.opts').add_option(option.key, made)
    put(option.key, option.value)


def get(key: str) -> Any:
    """What the host has for ``key``, None before it was added."""
    return modules.option(key)


def put(key: str, value: Any) -> None:
    """Let the host have ``value`` for ``key`` without asking anybody whether it changed."""
    data = modules.find('shared.opts.data')
    if isinstance(data, dict):
        data[key] = value
