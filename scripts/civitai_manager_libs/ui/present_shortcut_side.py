"""What stands beside the cards of the Shortcuts tab: classes with how many are in each, and what
else can be wished for. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..domain.shortcut import ShortcutQuery
from ..i18n import text
from .icons import icon
from .shortcut_session import ShortcutSession
from .shortcut_shelf import Counts
from .words import button, escape, type_name

NAME = 'shortcuts'
ALL, FAVOURITES, GONE, CLASS = 'all', 'favourites', 'gone', 'class'
"""What the list of classes leads to."""

_MOST_OPTIONS = 200


def part(name: str) -> str:
    """The name of a place of this tab."""
    return f'{NAME}-{name}'


def place(name: str, kind: str = '', tag: str = 'div', more: str = '') -> str:
    """A place that is filled later."""
    looks = f' class="{kind}"' if kind else ''
    return f'<{tag}{looks} data-cs-part="{part(name)}"{more}></{tag}>'


def side_html() -> str:
    """The column before anything is known of saved models."""
    installed = (
        '<label class="cs-check"><input type="checkbox" data-cs-action="shortcuts:installed" '
        f'data-cs-id="" data-cs-shortcuts-installed>'
        f'<span>{escape(text("shortcuts.installed_only"))}</span></label>'
    )
    done = button('shortcuts:filters', '', text('shortcuts.filters_done'), kind='primary')
    new = button('shortcuts:form', 'new', text('shortcuts.class_new'), icon('plus'), 'icon')
    return (
        '<aside class="cs-browse-side cs-shortcuts-side"><div class="cs-shortcuts-head">'
        f'<span class="cs-label">{escape(text("shortcuts.classes"))}</span>{new}</div>'
        f'{place("form")}{place("classes", "cs-shortcuts-classes", "nav")}<hr>'
        f'{place("types")}{place("bases")}{place("tags")}{installed}'
        f'<div class="cs-browse-done">{done}</div></aside>'
    )


def side_parts(session: ShortcutSession, form: str) -> dict[str, str]:
    """Classes with how many are in each, and what else can be wished for."""
    counts, query = session.counts, session.query
    if counts is None:
        return {}
    return {
        part('classes'): _classes_html(counts, session.classes, query),
        part('form'): _form_html(form),
        part('types'): _choice_html('type', counts.types, next(iter(query.types), ''), type_name),
        part('bases'): _choice_html(
            'base', counts.base_models, next(iter(query.base_models), ''), str
        ),
        part('tags'): _choice_html('tag', counts.tags, query.tag or '', str),
    }


def _classes_html(counts: Counts, classes: dict[str, int], query: ShortcutQuery) -> str:
    on = where(query)
    rows = [
        _class_row(ALL, '', text('shortcuts.all'), counts.all, on == (ALL, '')),
        _class_row(
            FAVOURITES, '', text('shortcuts.favourites'), counts.favourites, on[0] == FAVOURITES
        ),
        _class_row(GONE, '', text('shortcuts.gone'), counts.gone, on[0] == GONE),
    ]
    for name, count in classes.items():
        chosen = on == (CLASS, name)
        rows.append(
            _class_row(CLASS, name, name, count, chosen) + (_class_buttons() if chosen else '')
        )
    return ''.join(rows)


def where(query: ShortcutQuery) -> tuple[str, str]:
    """Which row of the list beside the cards is on, and the class if it is one."""
    if query.class_name is not None:
        return CLASS, query.class_name
    return (FAVOURITES if query.favourite else GONE if query.gone else ALL), ''


def _class_row(kind: str, value: str, words: str, count: int, on: bool) -> str:
    current = ' aria-current="true"' if on else ''
    name = escape(words)
    return (
        f'<button type="button" class="cs-shortcuts-class" data-cs-action="shortcuts:show" '
        f'data-cs-id="{kind}" data-cs-value="{escape(value)}" data-cs-key="class-{kind}-'
        f'{escape(value)}"{current} title="{name}"><span>{name}</span><b>{count:,}</b></button>'
    )


def _class_buttons() -> str:
    rename = button('shortcuts:form', 'rename', text('shortcuts.class_rename'), kind='quiet')
    drop = button('shortcuts:class-drop', '', text('shortcuts.class_drop'), kind='quiet')
    return f'<div class="cs-shortcuts-class-do">{rename}{drop}</div>'


def _form_html(form: str) -> str:
    """``form`` is ``new``, ``rename:`` with the class, or ''."""
    if not form:
        return ''
    kind, _, old = form.partition(':')
    label = escape(text('shortcuts.class_name'))
    done = button('shortcuts:submit', f'class-{kind}', text(f'shortcuts.class_do.{kind}'))
    close = button('shortcuts:form', '', text('page.close'), icon('close'), 'icon')
    return (
        '<div class="cs-shortcuts-form" data-cs-form>'
        f'<input type="text" class="cs-input" name="name" value="{escape(old)}" maxlength="80" '
        f'aria-label="{label}" placeholder="{label}" autocomplete="off" data-cs-first>'
        f'<div>{done}{close}</div></div>'
    )


def _choice_html(
    kind: str, counts: Mapping[str, int], chosen: str, words: Callable[[str], str]
) -> str:
    """One of the values that saved models have, or any."""
    names = sorted(list(counts)[:_MOST_OPTIONS], key=str.casefold)
    if chosen and chosen not in names:
        names.insert(0, chosen)
    if not names:
        return ''
    options = ''.join(
        f'<option value="{escape(name)}"{" selected" if name == chosen else ""}>'
        f'{escape(words(name))}</option>'
        for name in names
    )
    anything = escape(text('shortcuts.any'))
    return (
        f'<label class="cs-shortcuts-choice"><span class="cs-label">'
        f'{escape(text(f"shortcuts.filter.{kind}"))}</span><select class="cs-select" '
        f'data-cs-action="shortcuts:{kind}" data-cs-id=""><option value="">{anything}</option>'
        f'{options}</select></label>'
    )
