"""What can be done with an opened model: choose a version and a file, download it, save it, write a
note. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .. import setting
from ..domain.choice import risk
from ..domain.models import ModelFile, ModelVersion
from ..i18n import error_text, text
from ..util import size_text
from .icons import icon
from .model_view import ModelView
from .present_files import date_text, files_html, only_risky
from .present_host import HostOffers, model_button
from .present_model import Frame, version_name, version_text
from .present_save_in import save_in_html
from .words import button, escape

_DONE = 'done'


# --- version and files ----------------------------------------------------------------------------


def version_html(frame: Frame, view: ModelView) -> str:
    """The version to look at, and its files."""
    versions = view.model.model_versions
    if not versions:
        words = f'<p class="cs-help">{escape(text("model.no_versions"))}</p>'
        return (
            f'<div class="cs-model-panel-top"><h3>{escape(text("model.version"))}</h3></div>{words}'
        )
    withdrawn = view.opened.record.withdrawn
    options = ''.join(
        f'<option value="{one.id}"{" selected" if one.id == view.version_id else ""}>'
        f'{escape(version_text(one, one.id in withdrawn))}</option>'
        for one in versions
    )
    label = escape(text('model.version'))
    return (
        f'<div class="cs-model-panel-top"><h3>{label}</h3>{_here(view, versions)}</div>'
        f'<select class="cs-select" data-cs-action="{frame.action("version")}" data-cs-id="" '
        f'aria-label="{label}">{options}</select>{_early(view.version)}{_files(frame, view)}'
    )


def _here(view: ModelView, versions: Sequence[ModelVersion]) -> str:
    """Which version is on this computer already."""
    if not view.here:
        return ''
    if view.version_id in view.here:
        words, drawn, kind = text('model.installed'), 'check', 'cs-ok'
    else:
        names = [version_name(one) for one in versions if one.id in view.here]
        name = names[0] if names else text('model.other_version')
        words, drawn, kind = text('model.you_have', name=name), 'up', 'cs-accent'
    return f'<span class="cs-model-state {kind}">{icon(drawn)}{escape(words)}</span>'


def _early(version: ModelVersion | None) -> str:
    if version is None or not version.early_access:
        return ''
    ends = version.early_access_ends_at
    words = text('page.early_until', date=date_text(ends)) if ends else text('page.early_access')
    return f'<p class="cs-warning cs-model-line">{icon("clock")}<span>{escape(words)}</span></p>'


def _files(frame: Frame, view: ModelView) -> str:
    version = view.version
    if version is None or not version.files:
        words = escape(text('model.no_files'))
        return f'<p class="cs-help cs-model-line">{words}</p>'
    key = f'{frame.prefix}-model-{view.model_id}'
    rows = files_html(key, version, view.file_id, frame.action('file'))
    risky = ''
    if view.file is None and only_risky(version):
        words = escape(text('page.choose_risky'))
        risky = f'<p class="cs-warning cs-model-line">{icon("alert")}<span>{words}</span></p>'
    return rows + risky + (_inside(view.file) if view.file else '')


def _inside(file: ModelFile) -> str:
    """The hashes and scan results of the chosen file, behind a fold."""
    scans = [
        ('model.pickle_scan', file.pickle_scan_result),
        ('model.virus_scan', file.virus_scan_result),
    ]
    facts = [(text(key), _scan_words(result), '') for key, result in scans if result]
    if file.scanned_at:
        facts.append((text('model.scanned'), date_text(file.scanned_at), ''))
    facts += [(name, value, value) for name, value in sorted(file.hashes.items())]
    if not facts:
        return ''
    rows = ''.join(_fact(*fact) for fact in facts)
    return (
        f'<details class="cs-model-fold cs-model-hashes"><summary>{icon("chevron")}'
        f'<span>{escape(text("model.hashes"))}</span></summary><dl>{rows}</dl></details>'
    )


def _fact(name: str, value: str, copied: str) -> str:
    label = text('model.copy_hash', name=name)
    copy = button('copy', '', label, icon('copy'), 'icon', value=copied) if copied else ''
    return (
        f'<div><dt>{escape(name)}</dt><dd title="{escape(value)}">{escape(value)}</dd>{copy}</div>'
    )


def _scan_words(result: str) -> str:
    key = f'model.scan.{result.lower()}'
    words = text(key)
    return result if words == key else words


# --- getting it -----------------------------------------------------------------------------------


def get_html(
    frame: Frame,
    view: ModelView,
    roots: Sequence[str],
    has_key: bool,
    host: HostOffers | None = None,
) -> str:
    """Where the chosen file goes, and the button that fetches it; or why that cannot be. Of a file
    that is here, what the ``host`` does with it.
    """
    version, file = view.version, view.file
    if version is None:
        return ''
    if view.refusal is not None:
        words = escape(error_text(view.refusal))
        return f'<p class="cs-model-line cs-problem">{words}</p>'
    if file is None:
        choose = '' if only_risky(version) else escape(text('page.choose_file'))
        return f'<p class="cs-help">{choose}</p>' if choose else ''
    path = view.files.get(file.id)
    if path is not None:
        words = escape(text('model.is_here'))
        item = f'{view.model_id}:{version.id}:{file.id}:{view.model.type}'
        used = model_button(host, str(path), view.model.type, item)
        here = f'<p class="cs-model-state cs-ok cs-model-line">{icon("check")}{words}</p>'
        return here + used
    actions = (frame.action('folder'), frame.action('subfolder'))
    where = save_in_html(view.place, roots, f'cs-{frame.prefix}-model', actions)
    said = text('model.checked' if file.sha256 else 'model.unchecked')
    if view.free:
        room = text('model.free', size=size_text(view.free))
        said = text('model.both', first=said, second=room)
    key = '' if has_key else _no_key()
    return f'{where}{_order(frame, view, file)}<p class="cs-help">{escape(said)}</p>{key}'


def _no_key() -> str:
    words = escape(text('model.no_key'))
    return f'<p class="cs-help cs-model-line">{icon("key")}<span>{words}</span></p>'


def _order(frame: Frame, view: ModelView, file: ModelFile) -> str:
    state = view.states.get(file.id)
    if state == _DONE:
        words = escape(text('model.downloaded'))
        return f'<p class="cs-model-state cs-ok cs-model-line">{icon("check")}{words}</p>'
    if state is not None:
        words = escape(text('model.in_queue', state=text(f'state.{state}')))
        show = button('model:downloads', '', text('model.show_downloads'), kind='chip')
        return (
            f'<div class="cs-model-queued" role="status"><span class="cs-model-state">'
            f'{icon("clock")}{words}</span>{show}</div>'
        )
    size = file.estimated_bytes
    words = text('page.download_size', size=size_text(size)) if size else text('model.get')
    if view.ordering:
        words = text('model.ordering')
    kind = 'primary cs-model-wide' if risk(file) is None else 'cs-model-risky cs-model-wide'
    made = button(frame.action('download'), file.id, words, icon('download'), kind)
    return made.replace('<button ', '<button disabled ', 1) if view.ordering else made


# --- keeping it -----------------------------------------------------------------------------------


def keep_html(frame: Frame, view: ModelView) -> str:
    """Save it or let go of it, and its page at Civitai."""
    saved = view.saved is not None
    words = escape(text('model.saved' if saved else 'model.save'))
    about = escape(text('model.unsave_about' if saved else 'model.save_about'))
    mark = (
        f'<button type="button" class="cs-button cs-model-save" '
        f'data-cs-action="{frame.action("save")}" data-cs-value="{"off" if saved else "on"}" '
        f'aria-pressed="{"true" if saved else "false"}" title="{about}">{icon("bookmark")}'
        f'<span>{words}</span></button>'
    )
    page = (
        f'<a class="cs-button" href="{escape(page_address(view))}" target="_blank" '
        f'rel="noopener noreferrer">{icon("away")}<span>{escape(text("model.on_civitai"))}</span>'
        '</a>'
    )
    return mark + page


def page_address(view: ModelView) -> str:
    """The page of the model and its chosen version at Civitai."""
    site = setting.current().civitai_base_url.rstrip('/')
    version = f'?modelVersionId={view.version_id}' if view.version_id is not None else ''
    return f'{site}/models/{view.model_id}{version}'


def classes_html(frame: Frame, view: ModelView) -> str:
    """The classes there are; those that it is in are pressed."""
    mine = view.saved.classes if view.saved else ()
    names = list(dict.fromkeys([*view.classes, *mine]))
    chips = ''.join(_class(frame, name, name in mine) for name in names)
    return f'<div class="cs-model-chips">{chips}</div>' if chips else ''


def _class(frame: Frame, name: str, on: bool) -> str:
    act = frame.action('unclassify' if on else 'classify')
    drawn = icon('check') if on else icon('plus')
    return (
        f'<button type="button" class="cs-model-word{" cs-on" if on else ""}" '
        f'data-cs-action="{act}" data-cs-id="" data-cs-value="{escape(name)}" '
        f'aria-pressed="{"true" if on else "false"}">{drawn}<span dir="auto">{escape(name)}</span>'
        '</button>'
    )


def own_tags_html(frame: Frame, view: ModelView) -> str:
    """The tags of the person, each to be taken away."""
    tags: Collection[str] = view.saved.own_tags if view.saved else ()
    chips = ''.join(
        f'<button type="button" class="cs-model-word" data-cs-action="{frame.action("untag")}" '
        f'data-cs-id="" data-cs-value="{escape(tag)}" '
        f'title="{escape(text("model.drop_tag", name=tag))}"><span dir="auto">{escape(tag)}</span>'
        f'{icon("close")}</button>'
        for tag in tags
    )
    return f'<div class="cs-model-chips">{chips}</div>' if chips else ''


def disk_html(frame: Frame, view: ModelView, local: bool) -> str:
    """The files of the version that lie on this computer."""
    if not view.files:
        return ''
    rows = ''.join(
        f'<li><span title="{escape(path)}">{escape(path)}</span>'
        + button('copy', '', text('model.copy_path'), icon('copy'), 'icon', value=str(path))
        + (
            frame.button('open-folder', number, text('model.open_folder'), 'folder', 'icon')
            if local
            else ''
        )
        + '</li>'
        for number, path in view.files.items()
    )
    title = escape(text('model.on_disk'))
    return (
        f'<section class="cs-model-panel"><div class="cs-model-panel-top"><h3>{title}</h3></div>'
        f'<ul class="cs-model-paths">{rows}</ul></section>'
    )
