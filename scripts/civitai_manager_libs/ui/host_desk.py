"""Does with a model that lies in the host's folders what the host can: into the prompt, loaded as
the checkpoint, used as the VAE.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from ..domain.prompt_words import prompt_words
from ..domain.task import State, Task
from ..errors import ShortcutError
from ..host.base import Feature, Host
from ..i18n import error_text, text
from ..transfers.sidecars import beside
from .browsers import OpenPage
from .model_doings import known_error
from .model_doors import FilesHere
from .monitor_watch import Start
from .present_host import Deed, HostOffers
from .present_notices import failed_card, said_card
from .queue_desk import Refused

NAME = 'host'
_FAILED_CARD_SECONDS = 600.0
_MOST_SIDECAR = 8 << 20
_FEATURES: Mapping[Deed, Feature] = {
    'insert': Feature.PROMPT,
    'load': Feature.CHECKPOINT,
    'vae': Feature.VAE,
}


class Downloads(Protocol):
    """One download by number; see :class:`.downloader.DownloadEngine`."""

    def task(self, task_id: int) -> Task: ...


def host_offers(host: Host) -> HostOffers | None:
    """What ``host`` can do at this moment; None where there is no host."""
    if host.root is None:
        return None
    found = sorted(host.folders().items())
    reasons = [(deed, host.missing(feature)) for deed, feature in _FEATURES.items()]
    return HostOffers(
        tuple((kind, tuple(map(str, each))) for kind, each in found),
        tuple((deed, reason) for deed, reason in reasons if reason is not None),
    )


class HostDesk:
    """A :class:`.TabDesk` without a tab: follows the buttons of :mod:`.present_host`, whose item is
    the number of a download, or model, version and file with colons between them.

    ``trained(model_id, version_id)`` are the trigger words that Civitai knows; ``start`` gives
    threads to what takes a while.
    """

    def __init__(
        self,
        host: Host,
        downloads: Downloads,
        on_disk: FilesHere,
        trained: Callable[[int, int], Iterable[str]],
        start: Start,
    ) -> None:
        self._host = host
        self._downloads = downloads
        self._on_disk = on_disk
        self._trained = trained
        self._start = start
        self._lock = threading.Lock()
        self._going: set[Path] = set()

    def parts(self, page: OpenPage) -> Mapping[str, str]:
        """See :class:`.TabDesk`: nothing stands in a place of its own."""
        return {}

    def do(
        self, page: OpenPage, action: str, item: str, value: str, text: str
    ) -> Mapping[str, Any] | None:
        """See :class:`.TabDesk`. To ``insert`` it answers with what belongs in the prompt; the
        others go on in a thread and tell ``page``.
        """
        offers = host_offers(self._host)
        found = self._file(item)
        if offers is None or found is None:
            return None
        path, model_type, ids = found
        deed = offers.deed(str(path), model_type)
        if deed is None or deed != action:
            return None
        if offers.lack(deed):
            raise Refused(offers.lack(deed))
        if deed == 'insert':
            return {'insert': self._words(offers, path, model_type, ids)}
        self._hand_over(page, deed, path)
        return None

    def _file(self, item: str) -> tuple[Path, str, tuple[int, int] | None] | None:
        """The file that is meant, the type of its model, and model and version."""
        numbers = [int(one) for one in item.split(':')[:3] if one.isdigit()]
        if len(numbers) == 3:
            path = self._on_disk.files(numbers[1]).get(numbers[2])
            kind = item.split(':', 3)[3] if item.count(':') > 2 else ''
            return (path, kind, (numbers[0], numbers[1])) if path is not None else None
        if len(numbers) != 1:
            return None
        task = self._downloads.task(numbers[0])
        if task.state is not State.DONE or not task.path:
            return None
        model, version = task.order.model_id, task.order.version_id
        ids = (model, version) if model is not None and version is not None else None
        return Path(task.path), task.order.model_type, ids

    def _words(
        self, offers: HostOffers, path: Path, model_type: str, ids: tuple[int, int] | None
    ) -> dict[str, str]:
        kind = offers.kind(str(path), model_type) or model_type
        trained = self._trained(*ids) if ids is not None else ()
        found = prompt_words(kind, path.name, _user_data(path), trained)
        return {
            'calls': found.calls,
            'known': found.known,
            'words': found.words,
            'done': text('host.inserted', tab='{tab}'),  # the page knows which one
            'there': text('host.there_already', tab='{tab}'),
            'nowhere': text('host.no_prompt'),
        }

    def _hand_over(self, page: OpenPage, deed: Deed, path: Path) -> None:
        with self._lock:
            if path in self._going:
                return
            self._going.add(path)
        name = path.name
        begun = page.say(lambda number: said_card(number, f'host.{deed}_begun', name=name))
        self._start(lambda: self._handed_over(page, deed, path, begun))

    def _handed_over(self, page: OpenPage, deed: Deed, path: Path, begun: str) -> None:
        act = self._host.load_checkpoint if deed == 'load' else self._host.use_vae
        name = path.name
        problem: ShortcutError | None = None
        try:
            act(path)
        except Exception as error:
            problem = known_error(error)
        with self._lock:
            self._going.discard(path)
        page.unsay(begun)
        if problem is None:
            page.say(lambda number: said_card(number, f'host.{deed}_done', name=name))
            return
        title, reason = text(f'host.{deed}_failed', name=name), error_text(problem)
        page.say(lambda number: failed_card(number, title, reason, ''), _FAILED_CARD_SECONDS)


def _user_data(path: Path) -> Mapping[str, Any]:
    """What stands in ``base.json`` beside the model; nothing when it cannot be read."""
    place = beside(path, '.json')
    try:
        if place.stat().st_size > _MOST_SIDECAR:
            return {}
        content = json.loads(place.read_text(encoding='utf-8'))
    except (OSError, ValueError):  # the words of Civitai are taken then
        return {}
    return content if isinstance(content, dict) else {}
