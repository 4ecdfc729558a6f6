"""What there is to look at and to read of an opened model: its pictures, trigger words,
descriptions, licence and tags. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..domain.browse_filters import BLUR
from ..domain.licence import Term, terms_of
from ..domain.models import Picture
from ..domain.nsfw import is_mild
from ..domain.target_types import canonical_address
from ..i18n import text
from .foreign_html import MOST_MARKUP, safe_html
from .icons import icon
from .model_view import ModelView
from .present_card import adult_words
from .present_model import Frame, is_empty, version_name
from .words import button, counted, escape

SHOT_WIDTH, LARGE_WIDTH = 450, 1200
_FIRST_SHOTS = 5
_FIRST_WORDS = 40
_MOST_WORDS = 2_000
_LONGEST_WORD = 300

Still = Callable[[Picture, int], 'str | None']


# --- pictures -------------------------------------------------------------------------------------


def pictures_html(
    frame: Frame, view: ModelView, adult: str, still: Still, video: Callable[[str], str]
) -> str:
    """The pictures of the version; of what is to be hidden there is not even an address."""
    every = view.pictures
    shown = view.shown(adult)
    cover = view.saved.cover if view.saved else None
    shots = [_shot(frame, number, every[number], adult, still, cover) for number in shown]
    first, rest = ''.join(shots[:_FIRST_SHOTS]), ''.join(shots[_FIRST_SHOTS:])
    strip = f'<div class="cs-model-shots">{first}</div>' if first else ''
    if rest:
        words = escape(text('model.more_pictures', n=len(shots) - _FIRST_SHOTS))
        strip += (
            f'<details class="cs-model-fold"><summary>{icon("chevron")}<span>{words}</span>'
            f'</summary><div class="cs-model-shots">{rest}</div></details>'
        )
    name = escape(version_name(view.version)) if view.version else ''
    said = counted('model.picture', len(shown)) if shown else text('model.no_pictures')
    hidden = len(every) - len(shown)
    if hidden:
        beside = counted('model.hidden_picture', hidden)
        said = text('model.both', first=said, second=beside)
    gallery = button(frame.action('gallery'), '', text('model.gallery'), icon('picture'), 'chip')
    return (
        f'{_stage(frame, view, adult, still, video)}{strip}<div class="cs-model-under">'
        f'<p class="cs-help">{escape(said)}{text("page.dot") + name if name and shown else ""}</p>'
        f'{gallery}</div>'
    )


def _veil(picture: Picture, adult: str) -> str:
    if adult != BLUR or is_mild(picture.nsfw_level):
        return ''
    level = escape(adult_words(picture.nsfw_level))
    return (
        f'<span class="cs-model-veil">{icon("eye-off")}<span>{level}</span>'
        f'<span>{escape(text("gallery.veil"))}</span></span>'
    )


def _shot(
    frame: Frame, number: int, picture: Picture, adult: str, still: Still, cover: str | None
) -> str:
    address, veil = still(picture, SHOT_WIDTH), _veil(picture, adult)
    image = f'<img alt="" loading="lazy" decoding="async" src="{escape(address)}">'
    inside = image if address else icon('picture')
    film = f'<span class="cs-model-film">{icon("play")}</span>' if picture.type == 'video' else ''
    chosen = f'<span class="cs-model-film cs-model-cover">{icon("check")}</span>'
    label = escape(text('model.open_picture', n=number + 1))
    return (
        f'<button type="button" class="cs-model-shot" data-cs-action="{frame.action("picture")}" '
        f'data-cs-id="{number}" aria-label="{label}"{_veiled(veil)}>{inside}{film}'
        f'{chosen if cover == picture.url else ""}{veil}</button>'
    )


def _veiled(veil: str) -> str:
    return ' data-cs-veil="1"' if veil else ''


def _stage(
    frame: Frame, view: ModelView, adult: str, still: Still, video: Callable[[str], str]
) -> str:
    """The picture that somebody has clicked, whole."""
    number, every = view.picture, view.pictures
    if number is None or number not in view.shown(adult):
        return ''
    picture = every[number]
    address, veil = still(picture, LARGE_WIDTH), _veil(picture, adult)
    if picture.type == 'video':
        poster = f' poster="{escape(address)}"' if address else ''
        inside = (
            f'<video src="{escape(video(picture.url))}"{poster} controls loop muted playsinline '
            'preload="none"></video>'
        )
    else:
        alt = escape(text('model.picture_of', n=number + 1))
        inside = f'<img alt="{alt}" src="{escape(address or "")}">'
    veiled = f'<button type="button" data-cs-action="model:unveil">{veil}</button>' if veil else ''
    buttons = (
        frame.button('previous', '', text('model.previous'), 'back', 'icon')
        + frame.button('next', '', text('model.next'), 'forward', 'icon')
        + _cover_button(frame, view, number)
        + frame.button('picture', '', text('page.close'), 'close', 'icon')
    )
    return (
        f'<div class="cs-model-stage" data-cs-stage="{number}"{_veiled(veil)}>'
        f'<div class="cs-model-large">{inside}{veiled}</div>'
        f'<div class="cs-model-stage-bar">{buttons}</div></div>'
    )


def _cover_button(frame: Frame, view: ModelView, number: int) -> str:
    if view.saved is None:
        return '<span class="cs-model-gap"></span>'
    if view.saved.cover == view.pictures[number].url:
        words = text('model.is_cover')
        return f'<span class="cs-model-gap cs-help">{icon("check")}{escape(words)}</span>'
    made = frame.button('cover', number, text('model.as_cover'), 'picture', 'chip')
    return f'<span class="cs-model-gap">{made}</span>'


# --- words ----------------------------------------------------------------------------------------


def words_html(view: ModelView) -> str:
    """The trigger words, each to be copied, and all of them."""
    given = view.version.trained_words if view.version else []
    words = list(dict.fromkeys(one.strip() for one in given if one.strip()))
    if not words:
        return ''
    label, every = text('model.copy_all'), ', '.join(words)
    copy = button('copy', '', label, icon('copy'), 'quiet', value=every) if len(words) > 1 else ''
    chips = [_word(one) for one in words[:_MOST_WORDS]]
    rest = ''.join(chips[_FIRST_WORDS:])
    if rest:
        more = escape(text('model.more_words', n=f'{len(words) - _FIRST_WORDS:,}'))
        rest = (
            f'<details class="cs-model-fold"><summary>{icon("chevron")}<span>{more}</span>'
            f'</summary><div class="cs-model-chips">{rest}</div></details>'
        )
    first = ''.join(chips[:_FIRST_WORDS])
    return _section('model.words', f'<div class="cs-model-chips">{first}</div>{rest}', copy)


def _word(word: str) -> str:
    shown = word if len(word) <= _LONGEST_WORD else word[:_LONGEST_WORD] + '…'
    title = escape(text('model.copy_word'))
    return (
        f'<button type="button" class="cs-model-word" data-cs-action="copy" '
        f'data-cs-value="{escape(word)}" title="{title}"><span dir="auto">{escape(shown)}</span>'
        f'{icon("copy")}</button>'
    )


def about_html(view: ModelView) -> str:
    """What the author says of the version and of the model."""
    version = view.version
    made = ''
    if version is not None and not is_empty(version.description):
        made += _section('model.about_version', _folded(version.description or ''))
    if not is_empty(view.model.description):
        made += _section('model.about', _folded(view.model.description or ''))
    return made


def _folded(markup: str) -> str:
    """Of a long text only the beginning is seen at first; the script says when it is long."""
    cut = f'<p class="cs-help">{escape(text("model.cut"))}</p>' if len(markup) > MOST_MARKUP else ''
    more, less = escape(text('model.show_all')), escape(text('model.show_less'))
    return (
        f'<div class="cs-model-text" dir="auto" data-cs-fold>{safe_html(markup)}{cut}</div>'
        f'<button type="button" class="cs-button cs-quiet cs-model-unfold" hidden '
        f'data-cs-action="model:unfold" aria-expanded="false">{icon("chevron")}'
        f'<span class="cs-model-more">{more}</span><span class="cs-model-less">{less}</span>'
        '</button>'
    )


def _section(key: str, inside: str, beside: str = '') -> str:
    return (
        f'<section class="cs-model-section"><div class="cs-model-top"><h3>{escape(text(key))}</h3>'
        f'{beside}</div>{inside}</section>'
    )


# --- licence and tags -----------------------------------------------------------------------------


def licence_html(view: ModelView) -> str:
    """What the creator allows, in words."""
    terms = terms_of(view.opened.record.body)
    if not terms:
        words = f'<p class="cs-help">{escape(text("model.no_licence"))}</p>'
        return _section('model.licence', words)
    creator = view.model.creator.username or text('model.the_creator')
    needs_credit = any(term.name == 'no_credit' and term.allowed is False for term in terms)
    rows = ''.join(_term(term, creator, needs_credit) for term in terms)
    return _section('model.licence', f'<ul class="cs-model-terms">{rows}</ul>')


def _term(term: Term, creator: str, needs_credit: bool) -> str:
    key = f'model.term.{term.name}'
    if term.name == 'derivatives' and term.allowed and needs_credit:
        key += '_credit'
    drawn, kind, said = {
        True: ('check', 'cs-ok', 'model.allowed'),
        False: ('close', 'cs-bad', 'model.forbidden'),
        None: ('info', 'cs-plain', 'model.not_said'),
    }[term.allowed]
    spoken = f'<span class="cs-unseen">{escape(text(said))}</span>'
    return f'<li class="{kind}">{icon(drawn)}{spoken}{escape(text(key, name=creator))}</li>'


def tags_html(view: ModelView) -> str:
    """The tags of Civitai, each leading to what else has it."""
    tags = [tag for tag in view.model.tags if tag]
    if not tags:
        return ''
    chips = ''.join(
        '<button type="button" class="cs-model-word" data-cs-action="model:look" '
        f'data-cs-value="{escape(canonical_address(["models"], {"tag": tag}))}" dir="auto">'
        f'{escape(tag)}</button>'
        for tag in tags
    )
    return _section('model.tags', f'<div class="cs-model-chips">{chips}</div>')


def hide_html(frame: Frame, view: ModelView) -> str:
    """What can be kept out of Browse from here."""
    name = view.model.creator.username
    ways = [_hide(frame, 'model', str(view.model_id), text('model.hide_model'))]
    if name:
        ways.append(_hide(frame, 'creator', name, text('model.hide_creator', name=name)))
    tags: Sequence[str] = [tag for tag in view.model.tags if tag]
    ways += [_hide(frame, 'tag', tag, text('model.hide_tag', name=tag)) for tag in tags]
    return (
        f'<details class="cs-model-fold"><summary>{icon("chevron")}'
        f'<span>{escape(text("model.hide"))}</span></summary>'
        f'<p class="cs-help">{escape(text("model.hide_about"))}</p>'
        f'<div class="cs-model-chips">{"".join(ways)}</div></details>'
    )


def _hide(frame: Frame, kind: str, name: str, label: str) -> str:
    return button(frame.action('hide'), kind, label, icon('eye-off'), 'chip', value=name)
