"""An opened model as markup: the places it consists of, what it is, and what is known of where that
comes from. Pure.

Whatever Civitai or an author says is text here, but for descriptions, which go through
:func:`.foreign_html.safe_html`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..domain.markup import plain_text
from ..domain.models import Model, ModelVersion
from ..domain.target_types import canonical_address
from ..errors import ShortcutError
from ..i18n import error_text, text
from .icons import icon
from .model_view import ModelView, local_time
from .present_card import short_number
from .present_files import date_text
from .words import button, counted, escape, joined, type_name

_MAIN = ('head', 'banner', 'pictures', 'words', 'about', 'licence', 'tags', 'hide')
_SIDE = ('version', 'get', 'keep')


@dataclass(frozen=True)
class Frame:
    """The tab that an opened model stands in, and the words that lead back to it."""

    prefix: str
    back: str

    def part(self, name: str) -> str:
        """The name of a place."""
        return f'{self.prefix}-model-{name}'

    def action(self, name: str) -> str:
        """What a click is called."""
        return f'{self.prefix}:model-{name}'

    def button(self, name: str, item: object, label: str, drawn: str, kind: str = '') -> str:
        """A button with an icon."""
        return button(self.action(name), item, label, icon(drawn) if drawn else '', kind)


def frame_html(frame: Frame, view: ModelView) -> str:
    """The places of a model, empty but for what a person types into; the script fills them."""
    main = ''.join(_place(frame, name) for name in _MAIN)
    side = ''.join(_place(frame, name) for name in _SIDE)
    return (
        f'<div class="cs-model" data-cs-model="{escape(frame.prefix)}" '
        f'data-cs-model-id="{view.model_id}"><div class="cs-model-main">{_back(frame)}{main}</div>'
        f'<aside class="cs-model-side"><section class="cs-model-panel">{side}</section>'
        f'{_own(frame)}{_place(frame, "disk")}</aside></div>'
    )


def loading_html(frame: Frame) -> str:
    """A model is on its way."""
    shapes = '<i></i>' * 5
    return (
        f'<div class="cs-model" data-cs-model="{escape(frame.prefix)}">'
        f'<div class="cs-model-main">{_back(frame)}<div class="cs-model-late" role="status" '
        f'aria-label="{escape(text("model.loading"))}"><b></b><s></s><div>{shapes}</div></div>'
        '</div></div>'
    )


def failed_html(frame: Frame, problem: ShortcutError) -> str:
    """Why a model cannot be shown."""
    again = frame.button('again', '', text('model.again'), 'retry')
    return (
        f'<div class="cs-model" data-cs-model="{escape(frame.prefix)}">'
        f'<div class="cs-model-main">{_back(frame)}{problem_html(problem, again)}</div></div>'
    )


def problem_html(problem: ShortcutError, buttons: str = '') -> str:
    """A sentence for what did not work."""
    row = f'<div class="cs-box-buttons">{buttons}</div>' if buttons else ''
    words = escape(error_text(problem))
    return f'<div class="cs-box cs-bad" role="alert"><p>{words}</p>{row}</div>'


def _place(frame: Frame, name: str) -> str:
    return f'<div class="cs-model-{name}" data-cs-part="{escape(frame.part(name))}"></div>'


def _back(frame: Frame) -> str:
    made = frame.button('close', '', text(frame.back), 'back', 'quiet')
    return f'<div class="cs-model-back">{made}</div>'


def _own(frame: Frame) -> str:
    """What the person writes stands in fields that no answer of the program replaces."""
    note, tag = escape(text('model.note')), escape(text('model.add_tag'))
    new = escape(text('model.add_class'))
    field = '<input type="text" class="cs-model-field" maxlength="100" autocomplete="off" '
    return (
        '<section class="cs-model-panel cs-model-own" hidden data-cs-model-own>'
        f'<div class="cs-model-panel-top"><h3>{note}</h3><span class="cs-help" role="status" '
        f'data-cs-model-noted="{escape(text("model.noted"))}"></span></div>'
        f'<textarea data-cs-model-note rows="3" maxlength="20000" aria-label="{note}" '
        f'placeholder="{escape(text("model.note_hint"))}"></textarea>'
        f'<h4>{escape(text("model.classes"))}</h4>{_place(frame, "classes")}'
        f'{field}data-cs-model-add="classify" placeholder="{new}" aria-label="{new}">'
        f'<h4>{escape(text("model.own_tags"))}</h4>{_place(frame, "own-tags")}'
        f'{field}data-cs-model-add="tag" placeholder="{tag}" aria-label="{tag}"></section>'
    )


def state_json(view: ModelView | None, busy: bool) -> str:
    """What the script needs to know besides."""
    saved = view.saved if view else None
    return json.dumps(
        {
            'id': view.model_id if view else None,
            'busy': busy,
            'saved': saved is not None,
            'note': saved.note if saved else '',
            'picture': view.picture if view else None,
        },
        ensure_ascii=False,
    )


# --- what it is -----------------------------------------------------------------------------------


def head_html(frame: Frame, view: ModelView) -> str:
    """Name, what kind of thing it is, who made it, and how much it is liked."""
    model, version = view.model, view.version
    name = model.name or text('model.nameless', n=view.model_id)
    base = version.base_model if version else None
    facts = [_fact(type_name(model.type)), _fact(base) if base else '', _creator(model)]
    facts += [
        _number('download', 'model.download', model.stats.download_count),
        _number('heart', 'model.like', model.stats.thumbs_up_count),
        _fact(text('model.updated', date=_published(model))) if _published(model) else '',
    ]
    since = date_text(local_time(view.opened.record.fetched))
    fresh = frame.button('refresh', '', text('model.refresh', date=since), 'retry', 'icon')
    busy = ' cs-is-busy' if view.refreshing else ''
    return (
        f'<div class="cs-model-title{busy}"><h2 dir="auto" tabindex="-1">{escape(name)}</h2>'
        f'{_favourite(frame, view)}{fresh}</div>'
        f'<p class="cs-model-facts">{"".join(facts)}</p>'
    )


def _favourite(frame: Frame, view: ModelView) -> str:
    if view.saved is None:
        return ''
    on = view.saved.favourite
    words = escape(text('model.unfavourite' if on else 'model.favourite'))
    return (
        f'<button type="button" class="cs-button cs-icon cs-model-star" data-cs-action='
        f'"{escape(frame.action("favourite"))}" data-cs-value="{"off" if on else "on"}" '
        f'aria-pressed="{"true" if on else "false"}" aria-label="{words}" title="{words}">'
        f'{icon("star")}</button>'
    )


def _fact(words: str) -> str:
    return f'<span dir="auto">{escape(words)}</span>'


def _creator(model: Model) -> str:
    name = model.creator.username
    if not name:
        return _fact(text('model.no_creator'))
    label = escape(text('model.creator_models', name=name))
    address = escape(canonical_address(['user', name], {}))
    link = (
        '<button type="button" class="cs-model-link" data-cs-action="model:look" '
        f'data-cs-value="{address}" title="{label}" dir="auto">{escape(name)}</button>'
    )
    return f'<span>{escape(text("model.by"))} {link}</span>'


def _number(drawn: str, key: str, count: int | None) -> str:
    if count is None:
        return ''
    words = escape(counted(key, count))
    return (
        f'<span class="cs-model-number" title="{words}">{icon(drawn)}'
        f'<span aria-label="{words}">{escape(short_number(count))}</span></span>'
    )


def _published(model: Model) -> str:
    dates = [one.published_at for one in model.model_versions if one.published_at]
    return date_text(max(dates)) if dates else ''


# --- where that comes from ------------------------------------------------------------------------


def banner_html(frame: Frame, view: ModelView) -> str:
    """What stands between the person and Civitai, and since when the record is."""
    opened, model, version = view.opened, view.model, view.version
    record = opened.record
    since = date_text(local_time(record.fetched))
    again = frame.button('refresh', '', text('model.again'), 'retry')
    said = []
    if record.gone is not None:
        gone = date_text(local_time(record.gone))
        said.append(_banner('blocked', text('model.gone', gone=gone, date=since), again))
    elif opened.offline:
        why = error_text(opened.problem) if opened.problem else ''
        words = text('model.both', first=text('model.offline', date=since), second=why)
        said.append(_banner('offline', words, again))
    elif model.removed:
        key = 'model.taken_down' if model.mode == 'TakenDown' else 'model.archived'
        said.append(_banner('blocked', text(key), ''))
    if opened.problem is not None and not opened.offline:
        said.append(problem_html(opened.problem))
    if version is not None and version.id in record.withdrawn:
        said.append(_banner('blocked', text('model.withdrawn', version=version.name), ''))
    if view.problem is not None:
        forget = frame.button('forget', '', text('page.close'), 'close')
        said.append(problem_html(view.problem, forget))
    return ''.join(said)


def _banner(drawn: str, words: str, buttons: str) -> str:
    row = f'<div class="cs-box-buttons">{buttons}</div>' if buttons else ''
    return (
        f'<div class="cs-box cs-asks cs-model-note" role="status">{icon(drawn)}'
        f'<p>{escape(words.strip())}</p>{row}</div>'
    )


def version_name(version: ModelVersion) -> str:
    """What a version is called."""
    return version.name or text('model.version_nameless', n=version.id)


def version_text(version: ModelVersion, withdrawn: bool) -> str:
    """A version as a line of a menu."""
    date = date_text(version.published_at) if version.published_at else None
    gone = text('model.not_listed') if withdrawn else None
    return joined([version_name(version), date, version.base_model, gone])


def is_empty(markup: str | None) -> bool:
    """Whether a description says nothing."""
    return not markup or not plain_text(markup[:20_000])
