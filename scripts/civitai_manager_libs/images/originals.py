"""How a picture of Civitai was made: what the API says of it, else what the original says."""

from __future__ import annotations

import random
import time

from .. import setting
from ..domain.backoff import exponential
from ..domain.gallery import GalleryPicture
from ..domain.gallery_names import is_web_address
from ..domain.generation import GenerationData
from ..domain.generation_api import from_api
from ..domain.picture_links import original_address
from ..domain.sites import host_of
from ..errors import ApiError
from ..fetching.receive import picture_bytes
from ..fetching.turns import Priority, turns
from ..http_client import CivitaiHttpClient
from .reading import read_generation

_MOST_BYTES = 48 << 20
_LONGEST_PAUSE = 5.0


def generation_of(client: CivitaiHttpClient, picture: GalleryPicture) -> GenerationData:
    """The generation data of ``picture``, empty with a reason when nobody has any.

    Where the API has none, the original is fetched into memory (up to 48 MiB) and read: who hides
    the data on the site has often left them in the file. Of a video nothing is fetched. Raises
    :class:`ApiError` when the original cannot be had.
    """
    said = from_api(picture.meta) if picture.meta else GenerationData(reason='none')
    if not said.empty or picture.type != 'image' or not is_web_address(picture.url):
        return said
    address = original_address(picture.url, setting.current().civitai_base_url)
    return read_generation(_fetched(client, address))


def _fetched(client: CivitaiHttpClient, address: str) -> bytes:
    """The bytes at ``address``, before all that is not looked at; with short waits: somebody is
    waiting.
    """
    host, attempt = host_of(address), 1
    while True:
        try:
            with turns.turn(host, Priority.SHOWN):
                return picture_bytes(client, address, _MOST_BYTES)
        except ApiError as error:
            wanted: float | None = getattr(error, 'wait_seconds', None)
            if wanted is None:
                wanted = exponential(attempt, setting.current().http_retry_delay, random.uniform)
            if not error.retryable or attempt > client.retries or wanted > _LONGEST_PAUSE:
                raise
        client.monitor.retried(host, 'image')
        time.sleep(wanted)
        attempt += 1
