"""Assembles the page: a header, the tabs, and what both look like."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..downloader import DownloadEngine
from ..i18n import text
from ..util import resource
from . import download_tab, kit
from .download_desk import DownloadDesk, Surroundings
from .icons import LOGO, icon
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
_DOWNLOADS = 'downloads'
_BEFORE = ('browse', 'shortcuts', 'gallery')  # the tabs that stand before Downloads
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


def build(
    engine: DownloadEngine,
    around: Surroundings,
    tabs: Sequence[PageTab] = (),
    others: Mapping[str, TabDesk] = {},
    own: bool = True,
) -> Page:
    """The page, not yet served: Downloads and ``tabs``; ``others`` do what stands in no tab, by the
    names that their actions begin with. ``own`` says that nothing else is on the page: in a host it
    becomes one of its tabs, and has its colours and fonts.
    """
    desk = DownloadDesk(engine, around, {**others, **{tab.name: tab.desk for tab in tabs}})
    look = _look() if own else {}
    frame = ['cs', 'cs-page'] if own else ['cs', 'cs-in-host']
    with kit.blocks(NAME, **look) as blocks:
        with kit.make(kit.Column, elem_id='cs-page', elem_classes=frame, min_width=0):
            kit.html(_header(), elem_classes=['cs-html', 'cs-header'])
            with kit.make(kit.Tabs, **_TABS, selected=_first(tabs)):
                for tab in (one for name in _BEFORE for one in tabs if one.name == name):
                    _build(tab)
                with _tab(_DOWNLOADS, 'page.downloads'):
                    download_tab.build()
                for tab in (one for one in tabs if one.name not in _BEFORE):
                    _build(tab)
            download_tab.connect(desk)
    return Page(blocks, look)


def _first(tabs: Sequence[PageTab]) -> str:
    """The tab that is on top at the start."""
    return next((one.name for one in tabs if one.name == _BEFORE[0]), _DOWNLOADS)


def _build(tab: PageTab) -> None:
    with _tab(tab.name, tab.title):
        kit.html(_in_tab(tab), elem_classes=['cs-html'])


def _tab(name: str, title: str) -> Any:
    return kit.make(kit.Tab, label=text(title), id=name, elem_id=f'cs-tab-{name}')


def _in_tab(tab: PageTab) -> str:
    """The script finds out by ``data-cs-tab`` which tab is on top."""
    return f'<div lang="{language_tag()}" data-cs-tab="{tab.name}">{tab.markup}</div>'


def _look() -> dict[str, Any]:
    css = resource('style.css').read_text(encoding='utf-8')
    scripts = sorted(resource('javascript').glob('*.js'))
    code = '\n'.join(script.read_text(encoding='utf-8') for script in scripts)
    icon = f'<link rel="icon" type="image/svg+xml" href="{_ICON}">'
    return {
        'css': css,
        'head': f'{icon}<script>{code}</script>',
        'theme': kit.theme(_COLOURS, _FONTS, block_shadow='none', input_shadow='none'),
    }


def _header() -> str:
    return (
        f'<div class="cs-top" lang="{language_tag()}" data-cs-words="{escape(_script_words())}">'
        f'<span class="cs-brand">{LOGO}<strong>{NAME}</strong></span>'
        '<span class="cs-pills"><span data-cs-part="site"></span><span data-cs-part="key"></span>'
        '</span></div>'
        '<div class="cs-notices"><div data-cs-list="notices"></div>'
        '<div class="cs-own-notices"></div></div>'
    )


def _script_words() -> str:
    """The few sentences that the script says by itself, and what it draws menus with, as JSON."""
    said = ('lost_title', 'lost_words', 'copied', 'not_copied')
    menu = {
        action: [text(f'page.menu.{action}'), icon(drawn)] for action, drawn in _MENU_ICONS.items()
    }
    return json.dumps({**{key: text(f'page.{key}') for key in said}, 'menu': menu})


_MENU_ICONS = {
    'front': 'top',
    'up': 'up',
    'down': 'down',
    'pause': 'pause',
    'retry': 'retry',
    'open-folder': 'folder',
    'copy-link': 'link',
    'copy-path': 'copy',
    'select': 'select',
    'remove': 'remove',
}
