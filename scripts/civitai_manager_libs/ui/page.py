"""Assembles the page: a header, the tabs, and what both look like."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..downloader import DownloadEngine
from ..i18n import text
from ..util import resource
from . import kit, send_wires, wires
from .download_desk import DownloadDesk, Surroundings
from .frames import DOWNLOADS, Frames, frame_part
from .icons import LOGO
from .send_wires import Sends
from .tabs import PageTab, TabDesk
from .words import escape, language_tag

NAME = 'Civitai Shortcut'

_COLOURS = {
    'body_background_fill': ('#f7f8fa', '#0e1117'),
    'body_text_color': ('#1c2430', '#e9edf3'),
    'body_text_color_subdued': ('#5a6270', '#a9b1bd'),
    'background_fill_primary': ('#ffffff', '#171b23'),
    'background_fill_secondary': ('#f1f3f6', '#12161d'),
    'block_background_fill': ('#ffffff', '#171b23'),
    'border_color_primary': ('#e2e6ec', '#2a313c'),
    'block_border_color': ('#e2e6ec', '#2a313c'),
    'input_background_fill': ('#ffffff', '#171b23'),
    'input_border_color': ('#e2e6ec', '#2a313c'),
    'input_placeholder_color': ('#5a6270', '#a9b1bd'),
    'color_accent': ('#3b82f6', '#3b82f6'),
}
_FONTS = (
    'system-ui',
    'PingFang TC',
    'Microsoft JhengHei UI',
    'Noto Sans CJK TC',
    'Noto Sans TC',
    'sans-serif',
)
_TABS = {'elem_classes': ['cs-tabs'], 'overflow_behavior': 'wrap'}
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Crect "
    "width='24' height='24' rx='6' fill='%232f5dab'/%3E%3Cpath d='M12 6v7M9 10.3l3 3 3-3M7.8 "
    "16.8h8.4' fill='none' stroke='white' stroke-width='2' stroke-linecap='round'/%3E%3C/svg%3E"
)


@dataclass(frozen=True)
class Page:
    """The built page and what a server has to be given with it."""

    blocks: Any
    look: dict[str, Any]


def serving(
    engine: DownloadEngine,
    around: Surroundings,
    tabs: Sequence[PageTab] = (),
    others: Mapping[str, TabDesk] = {},
    own: bool = True,
) -> DownloadDesk:
    """What serves Downloads and ``tabs``, however often the page is built; ``others`` do what
    stands in no tab, by the names that their actions begin with. ``own`` as for :func:`build`.
    """
    desks = {**others, **{tab.name: tab.desk for tab in tabs}}
    frames = Frames(tabs)
    # In a host another tab is on top at the start: nothing is looked for that nobody may look at.
    return DownloadDesk(engine, around, desks, frames, frames.first if own else DOWNLOADS)


def build(desk: DownloadDesk, own: bool = True, sends: Sends | None = None) -> Page:
    """The page that ``desk`` serves, which nobody shows yet. ``own`` says that nothing else is on
    the page: in a host it becomes one of its tabs, and has its colours and fonts. ``sends`` are
    what a host's tabs take.

    What stands in a tab comes when it is opened; see :mod:`.frames`.
    """
    frames = desk.frames
    look = _look() if own else {}
    frame = ['cs', 'cs-page'] if own else ['cs', 'cs-in-host']
    with desk.speaking(''), kit.blocks(NAME, **look) as blocks:
        with kit.make(kit.Column, elem_id='cs-page', elem_classes=frame, min_width=0):
            kit.html(_header(frames), elem_classes=['cs-html', 'cs-header'])
            with kit.make(kit.Tabs, **_TABS, selected=frames.first):
                for name, title in frames.titles.items():
                    with kit.make(kit.Tab, label=text(title), id=name, elem_id=f'cs-tab-{name}'):
                        kit.html(_place(name), elem_classes=['cs-html'])
            wires.build(desk)
            if sends is not None:
                send_wires.build(sends)
    return Page(blocks, look)


def _place(name: str) -> str:
    """Where the tab will stand; the script finds out by ``data-cs-tab`` which one is on top."""
    return f'<div data-cs-tab="{name}" data-cs-part="{frame_part(name)}"></div>'


def _look() -> dict[str, Any]:
    css = resource('style.css').read_text(encoding='utf-8')
    scripts = sorted(resource('javascript').glob('*.js'))
    code = '\n'.join(script.read_text(encoding='utf-8') for script in scripts)
    return {
        'css': css,
        'script': code,
        'head': f'<link rel="icon" type="image/svg+xml" href="{_ICON}">',
        'theme': kit.theme(_COLOURS, _FONTS, block_shadow='none', input_shadow='none'),
    }


def _header(frames: Frames) -> str:
    words = escape(json.dumps(frames.words()))
    return (
        f'<div class="cs-top" lang="{language_tag()}" data-cs-words="{words}">'
        f'<span class="cs-brand">{LOGO}<strong>{NAME}</strong></span>'
        '<span class="cs-pills"><span data-cs-part="site"></span><span data-cs-part="key"></span>'
        '</span></div>'
        '<div class="cs-notices"><div data-cs-list="notices"></div>'
        '<div class="cs-own-notices"></div></div>'
    )
