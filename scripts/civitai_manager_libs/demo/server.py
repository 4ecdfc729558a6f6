"""The demo catalogue as one object: two loopback servers, their stock, faults and log."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Optional, Union

from .build_library import build_library
from .contents import hashes_of
from .exchange import World
from .faults import FaultBoard
from .recorded import SkippedFile, load_folder
from .records import RequestLog
from .render import Links, render_model
from .shelf import DemoFile, Shelf
from .signing import Signer
from .special import DEMO_KEY, DEMO_LINKS, GALLERY_LINKS, SPECIAL, DemoLink, SpecialModel
from .transport import DemoServer, wait_for_quiet


class DemoCatalogue:
    """A Civitai-compatible server on loopback.

    `api_port` and `storage_port` are wishes: 0 or a port in use gives any free one.
    `catalogue` names a folder of recorded answers to serve instead of the generated models;
    ValueError when it is no folder. Use as a context manager, or `start()` and `stop()`.
    """

    SPECIAL: dict[str, SpecialModel] = SPECIAL

    def __init__(
        self,
        api_port: int = 0,
        storage_port: int = 0,
        catalogue: Union[Path, str, None] = None,
    ) -> None:
        self._ports = (api_port, storage_port)
        self._servers: list[DemoServer] = []
        self._world: Optional[World] = None
        self._lock = threading.Lock()
        self.key = DEMO_KEY
        self.faults = FaultBoard()
        self.requests = RequestLog()
        self.skipped: list[SkippedFile] = []
        if catalogue is None:
            self._shelf: Shelf = build_library()
        else:
            self._shelf, self.skipped = load_folder(Path(catalogue))
        self._recorded = catalogue is not None

    def start(self) -> 'DemoCatalogue':
        """Opens both ports and begins to answer; nothing happens when it runs already."""
        with self._lock:
            if self._servers:
                return self
            api = _open('api', self._ports[0], self.requests)
            storage = _open('storage', self._ports[1], self.requests)
            links = Links(api.address, storage.address)
            self._world = World(self._shelf, self.faults, links, Signer())
            self._servers = [api, storage]
            for server in self._servers:
                server.serve(self._world)
        return self

    def stop(self) -> None:
        """Closes both ports and ends all transfers; safe to call twice."""
        with self._lock:
            servers, self._servers, self._world = self._servers, [], None
        for server in servers:
            server.stopping.set()
        for server in servers:
            server.close()
        wait_for_quiet(servers, 2.0)

    def __enter__(self) -> 'DemoCatalogue':
        return self.start()

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.stop()

    @property
    def _links(self) -> Links:
        if self._world is None:
            raise RuntimeError('the demo catalogue is not running')
        return self._world.links

    @property
    def base_url(self) -> str:
        """Address of the API and site side, `http://127.0.0.1:PORT`."""
        return self._links.api

    @property
    def storage_url(self) -> str:
        """Address of the storage side, `http://127.0.0.1:PORT`."""
        return self._links.storage

    @property
    def models(self) -> list[dict[str, Any]]:
        """Everything that is served, as items of `GET /models?nsfw=true`."""
        return [render_model(model, self._links) for model in self._shelf.models]

    @property
    def links(self) -> list[DemoLink]:
        """A few links to paste, each with a word on what it shows."""
        return self._recorded_links() if self._recorded else list(DEMO_LINKS)

    @property
    def gallery_links(self) -> list[DemoLink]:
        """The same for pictures."""
        return [] if self._recorded else list(GALLERY_LINKS)

    def _recorded_links(self) -> list[DemoLink]:
        links = []
        for model in self._shelf.models[:8]:
            name = str(model.record.get('name') or model.id)
            query = f'?modelVersionId={model.versions[0].id}' if model.versions else ''
            links.append(DemoLink(f'https://civitai.com/models/{model.id}{query}', name, name))
        return links

    def file_bytes(self, file_id: int, start: int = 0, stop: Optional[int] = None) -> bytes:
        """What the storage holds now for a file: bytes `start` to `stop` (exclusive)."""
        content = self._file(file_id).content
        end = content.size if stop is None else stop
        return b''.join(bytes(block) for block in content.blocks(start, end))

    def file_hashes(self, file_id: int) -> dict[str, str]:
        """Hashes of what the storage holds now, also for files that the API calls unscanned."""
        return hashes_of(self._file(file_id).content)

    def replace_file(
        self, file_id: int, update_api: bool = True, size: Optional[int] = None
    ) -> None:
        """Puts other bytes behind the same address, with another ETag.

        `update_api=False` leaves the hashes that the API tells as they were. `size` in bytes,
        about; None keeps the old one. KeyError for an unknown file.
        """
        self._file(file_id).replace(size, update_api)

    def warm_up(self) -> None:
        """Computes every hash now. Takes about a second; for a background thread at start."""
        for file in self._shelf.files.values():
            hashes_of(file.announced)

    def _file(self, file_id: int) -> DemoFile:
        return self._shelf.files[file_id]


def _open(side: str, port: int, requests: RequestLog) -> DemoServer:
    """A listening server on the wanted port, or on any free one when that is taken."""
    try:
        return DemoServer(side, port, requests)
    except OSError:
        if port == 0:
            raise
        return DemoServer(side, 0, requests)
