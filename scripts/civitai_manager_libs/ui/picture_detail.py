"""What one open page shows of a single picture, and what it does with it."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from .. import setting
from ..domain.gallery import GalleryPicture
from ..domain.generation import GenerationData
from ..domain.generation_api import from_api
from ..domain.nsfw import is_mild
from ..errors import ShortcutError
from .monitor_watch import Start
from .picture_around import Maker, PictureSurroundings
from .picture_sending import begin, tabs_of
from .picture_view import PictureView
from .present_picture import (
    Source,
    data_html,
    dropped_head_html,
    dropped_html,
    foot_html,
    generate_html,
    head_html,
    nothing_html,
    picture_html,
    problem_html,
    result_html,
)
from .present_resources import Getting, resources_html
from .present_send import Sending, send_html

PICTURE, DATA = 'gallery-picture', 'gallery-data'
_FIRST_WIDTH = 320  # the one that the strip beside it has fetched already
_WIDTHS = (800, 1200, 1600)
_MOST_VIEWS = 12
_log = logging.getLogger('civitai_shortcut')


class PictureDetail:
    """The picture that one page shows. Methods may be called from any thread and return at once;
    ``jobs`` gives threads to what takes a while, and what comes back for a picture that is not
    shown any more is dropped.
    """

    def __init__(self, gallery: Maker, jobs: Start, around: PictureSurroundings) -> None:
        self._gallery = gallery
        self._jobs = jobs
        self._around = around
        self._lock = threading.RLock()
        self._shown: GalleryPicture | None = None
        self._view = PictureView()
        self._views: OrderedDict[int, PictureView] = OrderedDict()

    @property
    def dropped(self) -> bool:
        """Whether a dropped picture is shown instead of one of the gallery."""
        return self._view.dropped is not None

    @property
    def busy(self) -> bool:
        """Whether something is on its way that will change the page."""
        view = self._view
        known = view.resources is not None or view.problem is not None
        looking = view.reading or (view.has_data and not known)
        return looking or view.getting.busy or view.sending.busy or view.step == 'waiting'

    def show(self, picture: GalleryPicture | None) -> None:
        """Show another picture of the gallery, or none; the same one again changes nothing. A
        dropped one stays until it is closed: the gallery may only have come a moment later.
        """
        with self._lock:
            before = self._shown
            self._shown = picture
            if picture is before or (picture and before and picture.id == before.id):
                return
            if not self.dropped:
                self._open(picture)

    def _open(self, picture: GalleryPicture | None) -> None:
        known = self._views.get(picture.id or 0) if picture is not None else None
        self._view = known or PictureView(picture=picture)
        if picture is None:
            return
        self._views[picture.id or 0] = self._view
        self._views.move_to_end(picture.id or 0)
        while len(self._views) > _MOST_VIEWS:
            self._views.popitem(last=False)
        if known is None and picture.meta:
            self._set_data(self._view, from_api(picture.meta))
        if self._view.resources is None:
            self._look_up(self._view)

    # --- finding out ------------------------------------------------------------------------------

    def _look_up(self, view: PictureView) -> None:
        view.problem, view.resources = None, None
        view.reading = not view.has_data and view.dropped is None

        def find() -> None:
            if view is self._view:  # else somebody has gone on to another one
                self._find(view)

        self._run(view, self._jobs, find, _failed_to_read)

    def _find(self, view: PictureView) -> None:
        picture = view.picture
        if picture is not None:
            data = self._gallery.generation(picture)
            with self._lock:
                self._set_data(view, data)
        if view.data is None or view is not self._view:
            return
        ids = picture.model_version_ids if picture is not None else ()
        found = self._gallery.resources(view.data, ids)
        with self._lock:
            view.resources = found

    def _set_data(self, view: PictureView, data: GenerationData) -> None:
        view.data, view.reading = data, False
        view.words = '' if data.empty else self._gallery.infotext(data)

    def _run(
        self,
        view: PictureView,
        start: Start,
        work: Callable[[], object],
        failed: Callable[[PictureView, ShortcutError], object],
    ) -> None:
        """Have ``work`` done, and ``failed`` told what it raises."""

        def job() -> None:
            try:
                work()
            except Exception as error:
                known = error if isinstance(error, ShortcutError) else None
                if known is None:
                    _log.error('picture', exc_info=error)
                    known = ShortcutError(reason=type(error).__name__)
                with self._lock:
                    failed(view, known)

        start(job)

    # --- the page ---------------------------------------------------------------------------------

    def parts(self) -> Mapping[str, str]:
        """The markup of both places."""
        with self._lock:
            view = self._view
            return {PICTURE: self._picture(view), DATA: self._data(view)}

    def _picture(self, view: PictureView) -> str:
        pictures = self._around.pictures
        if view.result is not None:
            addresses = [pictures.local(path) for path in view.results if path.exists()]
            if addresses:
                return result_html(addresses, min(view.result, len(addresses) - 1))
        if view.dropped is not None:
            return dropped_html(view.dropped.token, view.dropped.kind)
        if view.picture is None:
            return ''
        failed = pictures.failed(view.picture.url, _WIDTHS[0])
        veiled = setting.current().veils and not is_mild(view.picture.nsfw_level)
        return picture_html(view.picture, self._source(view.picture), failed, not veiled)

    def _source(self, picture: GalleryPicture) -> Source | None:
        pictures = self._around.pictures
        first = pictures.still(picture, _FIRST_WIDTH)
        video = pictures.video(picture.url) if picture.type == 'video' else ''
        if first is None:
            return Source('', (), video) if video else None
        largest = next((one for one in _WIDTHS if one >= (picture.width or 0)), _WIDTHS[-1])
        widths = [one for one in _WIDTHS if one <= largest] if picture.width else list(_WIDTHS)
        steps = [(pictures.still(picture, width) or first, width) for width in widths]
        return Source(first, steps, video)

    def _data(self, view: PictureView) -> str:
        said = self._said(view)
        return said + foot_html() if said else ''

    def _said(self, view: PictureView) -> str:
        if view.dropped is not None:
            head = dropped_head_html(view.name, view.dropped.data)
        elif view.picture is not None:
            site = setting.current().civitai_base_url.rstrip('/')
            head = head_html(view.picture, f'{site}/images/{view.picture.id}')
        else:
            return ''
        host = urlsplit(setting.current().webui_api_url).netloc
        tabs = tabs_of(self._around, view)
        send = send_html(view.words, tabs, bool(host) and not view.step, view.sending)
        if view.data is None or not view.has_data:
            nothing = nothing_html(view.data, view.problem, view.reading)
            return head + send + nothing + self._used(view)
        made = generate_html(view.step, host, view.refusal)
        return head + send + made + data_html(view.data) + self._used(view)

    def _used(self, view: PictureView) -> str:
        if view.resources is None and view.problem is not None and view.has_data:
            return problem_html(view.problem, 'gallery:detail-look-again')
        if view.resources is None and not view.has_data:
            return ''
        return resources_html(view.resources, view.getting)

    # --- what can be clicked ----------------------------------------------------------------------

    def do(self, action: str, item: str, value: str, text: str) -> Mapping[str, Any] | None:
        """What was clicked, ``action`` as in ``gallery:detail-copy``, with or without what stands
        before its colon. What this does not know it leaves alone.
        """
        name = action.rpartition(':')[2].removeprefix('detail-')
        with self._lock:
            if name == 'dropped':
                self._open_dropped(item, value)
            elif name == 'send' and item in tabs_of(self._around, self._view):
                self._send(self._view, item)
            elif name == 'result' and item.isdigit():
                self._view.result = int(item)
            elif name in _ACTIONS:
                _ACTIONS[name](self)
        return None

    def _open_dropped(self, token: str, name: str) -> None:
        dropped = self._around.drops.get(token)
        if dropped is None:
            return
        self._view = PictureView(dropped=dropped, name=name)
        self._set_data(self._view, dropped.data)
        if not dropped.data.empty:
            self._look_up(self._view)

    def _close(self) -> None:
        if self._view.dropped is not None:
            self._open(self._shown)

    def _retry(self) -> None:
        if self._view.picture is not None:
            self._around.pictures.forget(self._view.picture.url)

    def _look_again(self) -> None:
        self._look_up(self._view)

    def _get(self) -> None:
        view = self._view
        if view.resources is None or view.getting.busy or view.getting.queued is not None:
            return
        rows = view.resources.available
        view.getting = Getting(busy=True)

        def fetch() -> None:
            queued = len(self._gallery.fetch_missing(rows))
            with self._lock:
                view.getting = Getting(queued=queued)

        self._run(view, self._jobs, fetch, _failed_to_get)

    # --- into a tab of the host -------------------------------------------------------------------

    def _send(self, view: PictureView, tab: str) -> None:
        write = begin(self._around, view, tab)
        if write is None:
            return

        def fetch() -> None:
            letter = write()
            with self._lock:
                view.sending = Sending(tab, letter)

        self._run(view, self._jobs, fetch, _failed_to_send)

    # --- a picture like that ----------------------------------------------------------------------

    def _ask(self) -> None:
        view = self._view
        if view.has_data and not view.step and setting.current().webui_api_url:
            view.step, view.refusal = 'ask', None

    def _keep(self) -> None:
        if self._view.step == 'ask':
            self._view.step = ''

    def _generate(self) -> None:
        view, data = self._view, self._view.data
        if view.step != 'ask' or data is None:
            return
        view.step = 'waiting'

        def make() -> None:
            results = tuple(self._gallery.generate(data))
            with self._lock:
                view.step, view.results = '', results
                view.result = 0 if results else None

        self._run(view, self._around.generating, make, _failed_to_make)

    def _back(self) -> None:
        self._view.result = None


_ACTIONS: dict[str, Callable[[PictureDetail], None]] = {
    'close': PictureDetail._close,
    'retry': PictureDetail._retry,
    'look-again': PictureDetail._look_again,
    'get': PictureDetail._get,
    'generate': PictureDetail._ask,
    'keep': PictureDetail._keep,
    'generate-really': PictureDetail._generate,
    'back': PictureDetail._back,
}


def _failed_to_read(view: PictureView, error: ShortcutError) -> None:
    view.problem, view.reading = error, False


def _failed_to_get(view: PictureView, error: ShortcutError) -> None:
    view.getting = Getting(problem=error)


def _failed_to_send(view: PictureView, error: ShortcutError) -> None:
    view.sending = Sending(view.sending.tab, problem=error)


def _failed_to_make(view: PictureView, error: ShortcutError) -> None:
    view.step, view.refusal = '', error
