"""What can be clicked in an opened model. Clicks return at once: what takes a while is a chore of
the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..i18n import text
from .browsers import OpenPage
from .file_manager import show_file
from .icons import icon
from .model_doings import order
from .model_view import ModelView
from .present_notices import way_back_card
from .queue_desk import Refused
from .words import button

if TYPE_CHECKING:
    from .model_detail import ModelDetail

Answer = Mapping[str, Any] | None
_MOST_NOTE = 20_000
_MOST_LABEL = 100
_MOST_LABELS_AT_ONCE = 50


# --- looking --------------------------------------------------------------------------------------


def _version(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
    ids = {str(one.id): one.id for one in view.model.model_versions}
    if value in ids:
        view.choose_version(ids[value], detail.doors.rules())
        detail.chores.put(lambda: detail.look_at_folders(view))


def _file(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
    files = view.version.files if view.version else []
    ids = {str(one.id): one.id for one in files}
    if value in ids and view.refusal is None:
        view.file_id = ids[value]
        view.settle_folder(detail.doors.rules())
        detail.chores.put(lambda: detail.look_at_folders(view))


def _folder(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
    view.place = view.place.chosen(value)


def _subfolder(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
    view.place = view.place.typed(value)


def _picture(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
    number = int(item) if item.isdigit() else None
    view.picture = number if number != view.picture else None


def _step(by: int) -> Click:
    def click(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
        shown = view.shown(detail.doors.adult())
        if view.picture in shown:
            view.picture = shown[(shown.index(view.picture) + by) % len(shown)]

    return click


def _refresh(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
    view.refreshing = True
    detail.run(view, lambda: detail.show_fresh(view, detail.doors.fresh(view.model_id)))


def _forget(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
    view.problem = None


# --- getting --------------------------------------------------------------------------------------


def _download(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
    file = view.file
    if file is None or view.ordering or view.refusal is not None or file.id in view.states:
        return
    if view.place.refused:
        raise Refused(text('page.subfolder_first'))
    view.ordering = True

    def fetch() -> None:
        number = order(detail.doors, view, file.id)
        with detail.lock:
            view.ordering = False
            if number is not None:
                view.tasks[file.id] = number

    detail.run(view, fetch)


def _open_folder(
    detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str
) -> Answer:
    paths = {str(number): path for number, path in view.files.items()}
    path = paths.get(item)
    if path is None or not detail.doors.local():
        return None
    if not path.parent.is_dir():
        return {'copy': {'text': str(path), 'said': text('page.folder_gone', path=path.parent)}}
    if not show_file(path):
        return {'copy': {'text': str(path), 'said': text('page.no_file_manager')}}
    return None


# --- keeping --------------------------------------------------------------------------------------


def _save(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
    shortcuts, number = detail.doors.shortcuts, view.model_id
    if value != 'off':
        meant = view.opened.version_id
        detail.run(view, lambda: shortcuts.save(number, meant))
        return

    def remove() -> None:
        if shortcuts.remove([number]):
            words = text('model.removed', name=view.model.name)
            undo = button(
                f'{detail.frame.prefix}:restore', number, text('model.undo'), icon('retry')
            )
            page.say(lambda card: way_back_card(card, words, undo))

    detail.run(view, remove)


def _note(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
    if item == str(view.model_id) and view.saved is not None:  # written for this one
        words = value[:_MOST_NOTE]
        detail.run(view, lambda: detail.doors.shortcuts.note(view.model_id, words))


def _favourite(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
    on = value == 'on'
    detail.run(view, lambda: detail.doors.shortcuts.favourite([view.model_id], on))


def _cover(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
    pictures = view.pictures
    if view.saved is not None and item.isdigit() and int(item) < len(pictures):
        chosen = pictures[int(item)]
        detail.run(view, lambda: detail.doors.shortcuts.cover(view.model_id, chosen))


def _label(add: bool, tags: bool) -> Click:
    """Put the model into a class or give it a tag, or take it away."""

    def click(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
        names = _names(value) if tags and add else [value.strip()[:_MOST_LABEL]]
        names = [name for name in names if name]
        if view.saved is None or not names:
            return
        shortcuts = detail.doors.shortcuts
        act = shortcuts.tag if tags else shortcuts.classify
        given, taken = (names, []) if add else ([], names)
        detail.run(view, lambda: act([view.model_id], given, taken))

    return click


def _names(value: str) -> list[str]:
    """Tags that were typed with commas between them."""
    words = value.replace('，', ',').replace('、', ',').split(',')
    cut = [word.strip()[:_MOST_LABEL] for word in words]
    return [word for word in dict.fromkeys(cut) if word][:_MOST_LABELS_AT_ONCE]


def _hide(detail: ModelDetail, page: OpenPage, view: ModelView, item: str, value: str) -> None:
    model = view.model
    known = {
        'model': {str(view.model_id): model.name},
        'creator': {name: name for name in [model.creator.username] if name},
        'tag': {tag: tag for tag in model.tags if tag},
    }
    label = known.get(item, {}).get(value)
    if label is None:
        return
    name = label or value

    def hide() -> None:
        detail.doors.hide(item, value, name)
        words = text(f'model.hid_{item}', name=name)
        undo = button('browse:unhide', item, text('model.undo'), icon('retry'), value=value)
        page.say(lambda card: way_back_card(card, words, undo))
        with detail.lock:
            if detail.view is view and item == 'model':
                detail.close()

    detail.run(view, hide)


Click = Callable[['ModelDetail', OpenPage, ModelView, str, str], Answer]
CLICKS: Mapping[str, Click] = {
    'version': _version,
    'file': _file,
    'folder': _folder,
    'subfolder': _subfolder,
    'picture': _picture,
    'previous': _step(-1),
    'next': _step(1),
    'refresh': _refresh,
    'forget': _forget,
    'download': _download,
    'open-folder': _open_folder,
    'save': _save,
    'note': _note,
    'favourite': _favourite,
    'cover': _cover,
    'classify': _label(True, False),
    'unclassify': _label(False, False),
    'tag': _label(True, True),
    'untag': _label(False, True),
    'hide': _hide,
}
"""By what follows ``model-`` in the name of the action."""
