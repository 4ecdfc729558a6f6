"""`GET /api/download/models/:versionId` (civitai-api.md section 6)."""

from __future__ import annotations

from typing import Any, Optional
from urllib.parse import quote

from .api_models import read_path_id
from .enumerations import FILE_FORMATS, FILE_SIZES, FILE_TYPES
from .exchange import (
    Answer,
    Refusal,
    Request,
    World,
    error_answer,
    html_answer,
    json_answer,
    read_choice,
    read_optional_int,
)
from .shelf import DISABLED, EARLY_ACCESS, LOGIN, DemoFile, DemoVersion

_LOGIN_TEXT = 'The creator of this asset requires you to be logged in to download it'
_DISABLED_TEXT = 'The creator of this asset has disabled downloads on this file'
_EARLY_TEXT = 'This asset is in Early Access. You can use Buzz access it now!'
_ARCHIVED_TEXT = 'Model archived, not available for download'
_NOT_FOUND_TEXT = 'File not found'
_NO_STORE = ('Cache-Control', 'no-store')


def download(world: World, request: Request, text: str) -> Answer:
    """307 to the signed address of the wanted file, or one of the documented refusals."""
    if request.method not in ('GET', 'HEAD'):
        raise Refusal(error_answer(405, 'Method not allowed'))
    number = read_path_id(text)
    read_choice(request, 'type', FILE_TYPES, '')
    read_choice(request, 'format', FILE_FORMATS, '')
    read_choice(request, 'size', FILE_SIZES, '')
    version = world.shelf.versions.get(number)
    if version is None:
        raise _refusal(request, 404, _NOT_FOUND_TEXT)
    _check_access(world, request, version)
    file = _wanted_file(request, version)
    if file is None:
        raise _refusal(request, 404, _NOT_FOUND_TEXT)
    return _redirect(signed_location(world, request, file))


def _refusal(request: Request, status: int, text: str) -> Refusal:
    """JSON for programs, a sentence in HTML for browsers."""
    if request.from_browser:
        return Refusal(html_answer(status, text))
    return Refusal(error_answer(status, text))


def _redirect(location: str) -> Answer:
    return Answer(307, headers=[('Location', location), _NO_STORE])


def _check_access(world: World, request: Request, version: DemoVersion) -> None:
    if world.shelf.model_of(version).archived or not version.files:
        raise _refusal(request, 410, _ARCHIVED_TEXT)
    if version.access == DISABLED:
        body = {'error': 'Unauthorized', 'message': _DISABLED_TEXT}
        raise Refusal(json_answer(401, body, [_NO_STORE]))
    if version.access == EARLY_ACCESS:
        if request.from_browser:
            raise Refusal(_redirect(f'/model-versions/{version.id}'))
        body = {'error': 'Early Access', 'message': _EARLY_TEXT}
        deadline = version.record.get('earlyAccessDeadline')
        raise Refusal(json_answer(403, {**body, **({'deadline': deadline} if deadline else {})}))
    key_needed = version.access == LOGIN or world.faults.take(
        'require_key', request.side, request.target, request.method
    )
    if key_needed and not request.has_key:
        if request.from_browser:
            back = quote(f'/model-versions/{version.id}', safe='')
            raise Refusal(_redirect(f'/login?returnUrl={back}&reason=download-auth'))
        body = {'error': 'Unauthorized', 'message': _LOGIN_TEXT}
        raise Refusal(json_answer(401, body, [_NO_STORE]))


def _wanted_file(request: Request, version: DemoVersion) -> Optional[DemoFile]:
    """The file by id, by filters, or the primary one; None when nothing fits."""
    number = read_optional_int(request, 'fileId')
    if number is not None:
        return next((file for file in version.files if file.id == number), None)
    filters = {name: request.first(name) for name in ('type', 'format', 'size', 'fp', 'quantType')}
    wanted = {name: value for name, value in filters.items() if value}
    if not wanted:
        return version.best_file()
    scored = [(_agreement(file, wanted), file) for file in version.files]
    fitting = [(agreed, file) for agreed, file in scored if agreed is not None]
    best = max(fitting, key=lambda one: (one[0], one[1].primary, one[1].score()), default=None)
    return best[1] if best else None


def _agreement(file: DemoFile, wanted: dict[str, str]) -> Optional[int]:
    """How many filters the file fulfils; None when one contradicts it. Unset fields fit any."""
    facts: dict[str, Any] = {**(file.record.get('metadata') or {}), 'type': file.record.get('type')}
    agreed = 0
    for name, value in wanted.items():
        if facts.get(name) is None:
            continue
        if facts[name] != value:
            return None
        agreed += 1
    return agreed


def signed_location(world: World, request: Request, file: DemoFile) -> str:
    """Absolute signed address of a file on the storage, with the name in the chosen style."""
    path = file.storage_path()
    style = _take_either(world, request, 'name_style', path)
    expire = _take_either(world, request, 'expire', path)
    name = str(file.record['name'])
    signed = world.signer.sign(
        path, disposition(name, style.get('style')), expire.get('seconds'), expire.get('after')
    )
    return world.links.storage + signed


def _take_either(world: World, request: Request, kind: str, path: str) -> dict[str, Any]:
    """A fault that may be scoped by the address asked for or by the storage path."""
    fault = world.faults.take(kind, 'api', request.target, request.method)
    return fault or world.faults.take(kind, 'storage', path, request.method) or {}


def disposition(name: str, style: Optional[str] = None) -> Optional[str]:
    """Content-Disposition for a file name in one of the styles seen in the wild; None: missing."""
    encoded = quote(name, safe='')
    escaped = name.replace('\\', '\\\\').replace('"', '\\"')
    styles: dict[str, Optional[str]] = {
        'plain': f'attachment; filename={name}',
        'quoted': f'attachment; filename="{escaped}"',
        'raw_utf8': f'attachment; filename="{escaped}"',
        'percent': f'attachment; filename="{encoded}"',
        'rfc5987': f'attachment; filename="download.bin"; filename*=UTF-8\'\'{encoded}',
        'traversal': f'attachment; filename="../../{escaped}"',
        'missing': None,
    }
    return styles[style or 'quoted']
