"""Has a WebUI make a picture: the API of A1111, Forge, reForge and SD.Next (with ``--api``)."""

from __future__ import annotations

import base64
import binascii
import io
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from PIL import Image

from ..domain.generation import GenerationData
from ..errors import (
    ApiError,
    NetworkError,
    NotFound,
    RateLimited,
    TimedOut,
    WebUiBusy,
    WebUiError,
    WebUiMissing,
    WebUiRefused,
    WebUiSamplerUnknown,
    WebUiUnreachable,
    WebUiWithoutApi,
)
from ..fetching.formats import HEAD_BYTES, format_of
from ..http_client import CivitaiHttpClient
from ..memory import guard
from ..store.files import write_atomic

_LOOK_SECONDS = 10.0
_WORK_SECONDS = 600.0
_MOST_PIXELS = 64 << 20
_UNAVAILABLE = 503
_SAMPLERS, _TEXT_TO_IMAGE = '/sdapi/v1/samplers', '/sdapi/v1/txt2img'


class WebUi:
    """The WebUI at ``address`` (the setting ``webui_api_url``).

    What it is asked to make is asked for once: a repeated request would be a second picture.
    """

    def __init__(self, address: str) -> None:
        if not address:
            raise WebUiMissing()
        self._address = address.rstrip('/')

    def text_to_image(self, data: GenerationData, folder: Path) -> list[Path]:
        """Pictures made with the prompts and parameters of ``data``, with the model that the WebUI
        has loaded; written into ``folder``. Gives where they are, which may take minutes.

        Raises WebUiUnreachable, WebUiWithoutApi, WebUiSamplerUnknown, WebUiBusy, WebUiRefused and
        the errors of the disk.
        """
        request = _request(data, *self._sampler(data))
        answer = self._asked('POST', _TEXT_TO_IMAGE, _WORK_SECONDS, request)
        pictures = answer.get('images') if isinstance(answer, dict) else None
        found = list(self._decoded(pictures if isinstance(pictures, list) else []))
        if not found:
            raise WebUiRefused(address=self._address, reason='webui_no_picture')
        texts = _infotexts(answer)
        paths = []
        with guard.holding('pictures', sum(len(content) for content, _ in found)):
            for number, (content, ending) in enumerate(found):
                path = _free_name(folder, data.seed, ending)
                write_atomic(path, content)
                text = texts[number] if number < len(texts) else ''
                if text and not _says_something(content):
                    write_atomic(path.with_suffix('.txt'), text.encode('utf-8', 'replace'))
                paths.append(path)
        return paths

    def _sampler(self, data: GenerationData) -> tuple[str, str]:
        """Sampler and schedule of ``data`` by the names that this WebUI has for them: older ones
        know ``DPM++ 2M Karras`` as one sampler. Raises WebUiSamplerUnknown.
        """
        names = _sampler_names(self._asked('GET', _SAMPLERS, _LOOK_SECONDS))
        if not data.sampler or not names:
            return data.sampler, data.schedule
        together = f'{data.sampler} {data.schedule}' if data.schedule else data.sampler
        if together.casefold() in names:
            return names[together.casefold()], ''
        found = next((names[one] for one in _spellings(data.sampler) if one in names), None)
        if found is not None:
            return found, data.schedule
        first, _, last = data.sampler.rpartition(' ')
        if first.casefold() in names:  # newer ones know the schedule apart
            return names[first.casefold()], data.schedule or last
        raise WebUiSamplerUnknown(address=self._address, sampler=data.sampler)

    def _decoded(self, pictures: Sequence[object]) -> Iterator[tuple[bytes, str]]:
        for text in pictures:
            try:
                content = base64.b64decode(str(text).rpartition(',')[2], validate=True)
                kind = format_of(content[:HEAD_BYTES])
                with Image.open(io.BytesIO(content)) as picture:
                    if kind is None or picture.width * picture.height > _MOST_PIXELS:
                        raise ValueError('no picture')
                    picture.verify()
            except (
                *(binascii.Error, ValueError, OSError, SyntaxError),
                Image.DecompressionBombError,
            ) as error:
                raise WebUiRefused(address=self._address, reason='webui_no_picture') from error
            yield content, kind.ending

    def _asked(self, method: Any, path: str, seconds: float, body: Any = None) -> Any:
        """The JSON answer, with a client of its own: nobody else's retries, key or pace."""
        client = CivitaiHttpClient(api_key='', timeout=seconds, max_retries=0)
        with closing(client):
            try:
                return client.fetch_json(method, self._address + path, body=body)
            except ApiError as error:
                raise self._worded(error, seconds) from error

    def _worded(self, error: ApiError, seconds: float) -> WebUiError:
        address, status = self._address, error.details.get('status')
        if isinstance(error, NotFound):
            return WebUiWithoutApi(address=address)
        if isinstance(error, TimedOut) and seconds == _LOOK_SECONDS:
            return WebUiUnreachable(address=address, reason='timeout')
        busy = isinstance(error, (TimedOut, RateLimited)) or status == _UNAVAILABLE
        if busy:
            return WebUiBusy(address=address)
        if isinstance(error, NetworkError):
            return WebUiUnreachable(address=address, reason=error.details.get('reason'))
        said = error.details.get('said') or (f'HTTP {status}' if status else error.code)
        return WebUiRefused(address=address, reason=said)


def _request(data: GenerationData, sampler: str, schedule: str) -> dict[str, Any]:
    """What is known of ``data`` in the words of that API; the rest is as the WebUI has it."""
    known: dict[str, Any] = {
        'prompt': data.prompt,
        'negative_prompt': data.negative_prompt,
        'steps': data.steps,
        'sampler_name': sampler or None,
        'scheduler': schedule or None,
        'cfg_scale': data.cfg_scale,
        'seed': data.seed,
        'width': data.width,
        'height': data.height,
        'send_images': True,
        'save_images': False,
    }
    if data.clip_skip is not None:
        known['override_settings'] = {'CLIP_stop_at_last_layers': data.clip_skip}
    return {name: value for name, value in known.items() if value is not None}


def _sampler_names(answer: object) -> dict[str, str]:
    """The name of each sampler by all that it is called, in small letters."""
    found: dict[str, str] = {}
    for one in answer if isinstance(answer, list) else []:
        name = one.get('name') if isinstance(one, dict) else None
        if isinstance(name, str):
            aliases = one.get('aliases')
            for alias in [name, *(aliases if isinstance(aliases, list) else [])]:
                found.setdefault(str(alias).casefold(), name)
    return found


def _spellings(sampler: str) -> list[str]:
    """How a sampler may be called: by its name, or (in a workflow of ComfyUI) by what is an alias
    of it elsewhere.
    """
    plain = sampler.casefold()
    short = plain.replace('_ancestral', '_a')
    return [plain, f'k_{plain}', short, f'k_{short}']


def _infotexts(answer: Any) -> list[str]:
    try:
        info = json.loads(answer.get('info') or '{}')
    except (ValueError, TypeError):
        return []
    texts = info.get('infotexts') if isinstance(info, dict) else None
    return [str(text) for text in texts] if isinstance(texts, list) else []


def _says_something(content: bytes) -> bool:
    """Whether a picture carries the text of its making itself."""
    with Image.open(io.BytesIO(content)) as picture:
        return bool({'parameters', 'exif'} & picture.info.keys())


def _free_name(folder: Path, seed: int | None, ending: str) -> Path:
    stem = time.strftime('%H%M%S') + (f'-{seed}' if seed is not None else '')
    names = (stem if number == 1 else f'{stem}-{number}' for number in range(1, 1 << 20))
    return next(
        folder / f'{name}{ending}' for name in names if not (folder / f'{name}{ending}').exists()
    )
