"""The picture beside a model: one still PNG, whatever the server has sent."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from .. import setting
from ..domain.backoff import exponential
from ..domain.models import Picture
from ..domain.picture_links import still_address
from ..domain.sites import host_of
from ..errors import ApiError, HostResting, ShortcutError
from ..fetching.receive import picture_bytes
from ..http_client import CivitaiHttpClient
from ..store.files import write_atomic
from .sidecars import beside

_WIDTH = 1024  # what the CDN is asked for; the file beside a model is no larger
Pause = Callable[[float], None]
_ENDINGS = ('.png', '.jpg', '.jpeg', '.webp', '.gif', '.avif', '.jxl', '.mp4', '.webm')
_CANDIDATES = 3
_LONGEST_PAUSE = 60.0  # the model is there already, and waits for its picture


def has_preview(path: Path) -> bool:
    """Whether the model at ``path`` has a picture that a host would show, whoever put it there."""
    return any(
        beside(path, middle + ending).exists() for ending in _ENDINGS for middle in ('', '.preview')
    )


def write_preview(
    path: Path, pictures: Sequence[Picture], client: CivitaiHttpClient, pause: Pause
) -> None:
    """Put ``base.preview.png`` beside the model at ``path``: the first of ``pictures`` that can be
    had, of a few.

    ``pause`` is called with seconds to wait, also with 0 between pieces, and may raise to stop.
    Raises what has become of the last one when none can be had, and what cannot be written.
    """
    failure: ShortcutError | None = None
    base_url = setting.current().civitai_base_url
    addresses = (still_address(picture, _WIDTH, base_url) for picture in pictures)
    for address in [address for address in addresses if address][:_CANDIDATES]:
        try:
            content = _as_png(_patiently(client, address, pause), host_of(address))
        except HostResting as error:  # the others lie there too; what made it rest says more
            raise failure or error
        except ApiError as error:
            failure = error
            continue
        write_atomic(beside(path, '.preview.png'), content)
        return
    if failure is not None:
        raise failure


def _as_png(content: bytes, host: str) -> bytes:
    """See :func:`still.as_png`, whose module is loaded when the first picture has come."""
    made: bytes = import_module(f'{__package__}.still').as_png(content, host)
    return made


def _patiently(client: CivitaiHttpClient, address: str, pause: Pause) -> bytes:
    """The bytes at ``address``, asked for again as often as an API call would be."""
    for attempt in range(1, client.retries + 2):
        pause(0)
        try:
            return picture_bytes(client, address, pause=pause)
        except ApiError as error:
            wanted: float | None = getattr(error, 'wait_seconds', None)
            if not error.retryable or attempt > client.retries or (wanted or 0) > _LONGEST_PAUSE:
                raise
        if wanted is None:
            wanted = exponential(attempt, setting.current().http_retry_delay, random.uniform)
        client.monitor.retried(host_of(address), 'image')
        pause(wanted)
    raise AssertionError('unreachable')
