"""What is unfolded above the cards of the Shortcuts tab: links to save, import and export, classes
and tags of those that are selected; and how that goes which takes a while. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..i18n import error_text, text
from ..library.refresh import RefreshProgress
from .icons import icon
from .shortcut_session import ShortcutSession
from .shortcut_work import ADDING, EXPORTING, MOST_SAID, Failed, Progress
from .words import button, counted, escape, joined

ADD, TRANSFER, CLASSIFY, TAG = 'add', 'transfer', 'classify', 'tag'
PANELS = (ADD, TRANSFER, CLASSIFY, TAG)
EXPORTS = 'civitai-shortcut/shortcuts/exports'
"""Where a browser fetches an export."""

_SHOWN = 200
_MOST_SIGNS = 120


def panel_html(panel: str, session: ShortcutSession, local: bool) -> str:
    """What is unfolded, '' for nothing; it stays the same while somebody types into it."""
    if panel == ADD:
        return _box(text('shortcuts.add_title'), text('shortcuts.add_words'), link_form(4))
    if panel == TRANSFER:
        return _box(text('shortcuts.transfer'), '', _transfer(session, local))
    counts = session.counts
    if panel == CLASSIFY and counts is not None:
        return _box(text('shortcuts.classify_title'), '', _labels(CLASSIFY, session.classes))
    if panel == TAG and counts is not None:
        return _box(
            text('shortcuts.tag_title'), text('shortcuts.tag_words'), _labels(TAG, counts.own_tags)
        )
    return ''


def link_form(rows: int) -> str:
    """A field for links that are to be saved."""
    hint = escape(text('shortcuts.link_field'))
    done = button('shortcuts:submit', 'add', text('shortcuts.add'), icon('plus'), 'primary')
    files = button('shortcuts:choose', 'add', text('shortcuts.choose_files'), '', 'quiet')
    one = ' data-cs-one' if rows == 1 else ''
    return (
        f'<div class="cs-shortcuts-links" data-cs-form{one}><div class="cs-shortcuts-link-field">'
        f'{icon("link")}<textarea class="cs-input" name="links" rows="{rows}" aria-label="{hint}" '
        f'placeholder="{hint}" spellcheck="false" data-cs-first></textarea></div>'
        f'{done}{files if rows > 1 else ""}</div>'
    )


def _box(title: str, words: str, inside: str) -> str:
    close = button('shortcuts:panel', '', text('page.close'), icon('close'), 'icon')
    said = f'<p class="cs-help">{escape(words)}</p>' if words else ''
    return (
        '<section class="cs-shortcuts-panel"><div class="cs-shortcuts-panel-head">'
        f'<h3>{escape(title)}</h3>{close}</div>{said}{inside}</section>'
    )


def _transfer(session: ShortcutSession, local: bool) -> str:
    choose = button('shortcuts:choose', 'import', text('shortcuts.choose_import'), icon('folder'))
    path = ''
    if local:
        hint = escape(text('shortcuts.import_path'))
        take = button('shortcuts:submit', 'import', text('shortcuts.import'))
        path = (
            f'<div class="cs-shortcuts-path" data-cs-form><input type="text" class="cs-input" '
            f'name="path" aria-label="{hint}" placeholder="{hint}" spellcheck="false" '
            f'autocomplete="off">{take}</div>'
        )
    counts = session.counts
    out = ''
    if counts is not None and counts.all:
        words = text('shortcuts.export_all')
        out = (
            f'<h4>{escape(text("shortcuts.export"))}</h4>'
            f'<p class="cs-help">{escape(text("shortcuts.export_words"))}</p>'
            f'<div class="cs-box-buttons">'
            f'{button("shortcuts:export", "all", words, icon("download"))}</div>'
        )
    return (
        f'<h4>{escape(text("shortcuts.import"))}</h4>'
        f'<p class="cs-help">{escape(text("shortcuts.import_words"))}</p>'
        f'<div class="cs-box-buttons">{choose}</div>{path}{out}'
    )


def _labels(kind: str, names: Iterable[str]) -> str:
    """A field for a class or tags of those that are selected."""
    hint = escape(text(f'shortcuts.{kind}_field'))
    known = ''.join(f'<option value="{escape(name)}"></option>' for name in list(names)[:_SHOWN])
    put = button('shortcuts:submit', kind, text(f'shortcuts.{kind}_put'))
    take = button('shortcuts:submit', f'un{kind}', text(f'shortcuts.{kind}_take'), kind='quiet')
    return (
        f'<div class="cs-shortcuts-path" data-cs-form><input type="text" class="cs-input" '
        f'name="names" list="cs-shortcuts-{kind}" aria-label="{hint}" placeholder="{hint}" '
        f'maxlength="400" autocomplete="off" data-cs-first>'
        f'<datalist id="cs-shortcuts-{kind}">{known}</datalist>{put}{take}</div>'
    )


# --- what takes a while --------------------------------------------------------------------------


def bar_html(done: int, total: int) -> str:
    """A bar, while there is something to show."""
    if not total:
        return ''
    share = 100 * min(done, total) / total
    return f'<div class="cs-bar"><i style="width:{share:.1f}%"></i></div>'


def doing_text(done: int, total: int) -> str:
    """How far changing many saved models has come; '' for none."""
    if not total:
        return ''
    key = 'shortcuts.doing_of' if done else 'shortcuts.doing'
    return escape(text(key, done=f'{done:,}', n=f'{total:,}'))


def work_text(work: Progress) -> str:
    """How saving, importing or exporting goes, and in the end what became of it."""
    if not work.kind:
        return ''
    if work.kind == EXPORTING:
        if work.busy:
            return escape(text('shortcuts.exporting'))
        return escape(counted('shortcuts.exported', work.exported)) if work.export else ''
    adding = work.kind == ADDING
    said = []
    if work.busy and work.total:
        key = 'shortcuts.adding_of' if adding else 'shortcuts.importing_of'
        said.append(text(key, done=f'{work.done:,}', n=f'{work.total:,}'))
    elif work.busy:
        said.append(text('shortcuts.adding' if adding else 'shortcuts.importing'))
    elif work.stopped:
        said.append(text('shortcuts.stopped'))
    numbers = (('saved', work.saved), ('already', work.already), ('failed', len(work.failed)))
    said += [text(f'shortcuts.n_{name}', n=f'{count:,}') for name, count in numbers if count]
    if work.left:
        said.append(text('shortcuts.left', names=text('page.settings.and').join(work.left)))
    return escape(joined(said) or text('shortcuts.no_links'))


def failed_html(work: Progress) -> str:
    """What did not work, one by one, each with the reason."""
    if not work.failed:
        return ''
    rows = ''.join(map(_failed_row, work.failed[:MOST_SAID]))
    more = len(work.failed) - MOST_SAID
    rest = (
        f'<p class="cs-help">{escape(text("shortcuts.more", n=f"{more:,}"))}</p>'
        if more > 0
        else ''
    )
    return f'<div class="cs-shortcuts-failed" role="status"><ul>{rows}</ul>{rest}</div>'


def _failed_row(one: Failed) -> str:
    words = error_text(one.error)
    named = one.text and one.text not in words
    name = f'<b>{escape(one.text[:_MOST_SIGNS])}</b> ' if named else ''
    return f'<li>{name}<span>{escape(words)}</span></li>'


def work_buttons_html(work: Progress) -> str:
    """What can be done about it."""
    if not work.kind:
        return ''
    if work.busy:
        can = work.kind != EXPORTING
        return button('shortcuts:work-stop', '', text('shortcuts.stop'), '', 'chip') if can else ''
    found = []
    if work.export:
        name = escape(text('shortcuts.save_file'))
        found.append(
            f'<a class="cs-button cs-chip" href="{EXPORTS}/{escape(work.export)}" download '
            f'data-cs-export="{escape(work.export)}">{icon("download")}<span>{name}</span></a>'
        )
    if any(one.link for one in work.failed):
        words = text('shortcuts.again')
        found.append(button('shortcuts:work-again', '', words, icon('retry'), 'chip'))
    close = button('shortcuts:work-forget', '', text('page.close'), icon('close'), 'icon')
    return ''.join(found) + close


# --- refreshing ----------------------------------------------------------------------------------


def refresh_text(progress: RefreshProgress) -> str:
    """How refreshing goes."""
    if not progress.total and not progress.running and progress.problem is None:
        return ''
    done, total = f'{progress.done:,}', f'{progress.total:,}'
    key = 'refreshed'
    if progress.running:
        key = 'refresh_paused' if progress.paused else 'refreshing'
    numbers = (('changed', progress.changed), ('gone', progress.gone), ('failed', progress.failed))
    said = [text(f'shortcuts.{key}', done=done, n=total)]
    said += [text(f'shortcuts.n_{name}', n=f'{count:,}') for name, count in numbers if count]
    words = escape(joined(said))
    if progress.problem is None:
        return words
    return f'{words}<br><span class="cs-problem">{escape(error_text(progress.problem))}</span>'


def refresh_buttons_html(progress: RefreshProgress) -> str:
    """What can be done about it."""
    if progress.running:
        way = ('resume', 'play') if progress.paused else ('pause', 'pause')
        words = text(f'shortcuts.refresh_{way[0]}')
        first = button(f'shortcuts:refresh-{way[0]}', '', words, icon(way[1]), 'chip')
        return first + button('shortcuts:refresh-stop', '', text('shortcuts.stop'), '', 'chip')
    if not progress.total and progress.problem is None:
        return ''
    return button('shortcuts:refresh-forget', '', text('page.close'), icon('close'), 'icon')


# --- states --------------------------------------------------------------------------------------


def problem_html(words: str) -> str:
    """Why the saved models could not be read."""
    again = button('shortcuts:again', '', text('page.try_again'), icon('retry'), 'chip')
    return (
        f'<div class="cs-box cs-bad" role="alert"><p>{escape(words)}</p>'
        f'<div class="cs-box-buttons">{again}</div></div>'
    )
