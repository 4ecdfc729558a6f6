"""Which files of a version are fetched, and which only when somebody asks for them by name.

A pickled file can run code when it is loaded, and a file that Civitai's scanners call dangerous is
worse. Both are taken only when asked for: by file id, by the name of a pickle format, or by a
hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import ChoiceUnknown, Gone, PickleRefused
from .models import ModelFile, ModelVersion
from .naming import safe_name, split_extension
from .targets import FileFilter

PICKLE_EXTENSIONS = ('.ckpt', '.pt', '.pth', '.bin', '.pkl', '.pickle', '.vae.pt')
_PICKLE_WORDS = ('pickletensor', 'pickle', 'ckpt', 'pt', 'pth', 'bin', 'pkl')
_PACKED = ('.zip', '.rar', '.7z', '.tar.gz')
_FORMATS = {
    '.safetensors': 'SafeTensor',
    '.vae.safetensors': 'SafeTensor',
    '.sft': 'SafeTensor',
    '.gguf': 'GGUF',
    '.onnx': 'ONNX',
    **{extension: 'PickleTensor' for extension in PICKLE_EXTENSIONS},
}
MODEL_EXTENSIONS = frozenset(_FORMATS)
# The server's own list of what a model is (civitai-api.md section 3.5, "How the server picks the
# primary").
_WEIGHTS = ('model', 'pruned model', 'diffusion model', 'unet')
_COMPONENTS = (
    *('vae', 'text encoder', 'vision encoder', 'clipvision', 'controlnet', 'upscaler'),
    'enhancement lora',
)
_COMPANIONS = ('vae', 'config')
_LAST = {'config': 3, 'training data': 4}


@dataclass(frozen=True)
class Preference:
    """Which of several files of the same weights comes first: by its format, then by ``size``
    (full, pruned or '' for either), then by its precision; in any case of letters.
    """

    formats: tuple[str, ...] = ('SafeTensor', 'GGUF')
    size: str = ''
    precisions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Files to fetch, and those left out with the message key that says why."""

    files: tuple[ModelFile, ...]
    skipped: tuple[tuple[ModelFile, str], ...] = ()


def choose_file(
    version: ModelVersion,
    wanted: FileFilter = FileFilter(),
    preference: Preference = Preference(),
    *,
    by_hash: str | None = None,
) -> ModelFile:
    """The one file of ``version`` to fetch.

    ``wanted`` narrows the files (text compared in any case); ``by_hash`` is the hash that the
    version was found by. Of what is left: weights before anything else, then what ``preference``
    puts first, then the primary, then the API's order. No preference lets risky files in. Raises
    Gone for a version without files, ChoiceUnknown when nothing fits, PickleRefused when only
    pickled or dangerous files fit and none was asked for.
    """
    fitting = _fitting(version, wanted, by_hash)
    lowest = min(weight_rank(file) for file in fitting)
    ranked = sorted(
        (file for file in fitting if weight_rank(file) == lowest),
        key=lambda file: (*_ranks(file, preference), not file.primary),
    )
    harmless = [file for file in ranked if risk(file) is None]
    if harmless:
        return harmless[0]
    if not _asked_for(wanted, by_hash):
        raise _refused(ranked[0])
    return min(ranked, key=lambda file: risk(file) == 'danger')


def choose_files(
    version: ModelVersion,
    wanted: FileFilter = FileFilter(),
    preference: Preference = Preference(),
    *,
    all_files: bool = False,
    by_hash: str | None = None,
) -> Choice:
    """One file, or with ``all_files`` all that fit, without risky ones nobody asked for.

    Errors as :func:`choose_file`.
    """
    if not all_files:
        return Choice((choose_file(version, wanted, preference, by_hash=by_hash),))
    fitting = _fitting(version, wanted, by_hash)
    if _asked_for(wanted, by_hash):
        return Choice(tuple(fitting))
    skipped = tuple((file, f'skipped.{risk(file)}') for file in fitting if risk(file))
    if len(skipped) == len(fitting):
        raise _refused(fitting[0])
    return Choice(tuple(file for file in fitting if risk(file) is None), skipped)


def risk(file: ModelFile) -> str | None:
    """``'danger'`` (a scanner found something), ``'pickle'`` (can run code when loaded) or None."""
    if 'danger' in (_lower(file.pickle_scan_result), _lower(file.virus_scan_result)):
        return 'danger'
    extension = split_extension(file.name)[1].lower()
    if extension in PICKLE_EXTENSIONS:
        return 'pickle'
    pickled = _lower(file.metadata.format) == 'pickletensor' and extension not in _PACKED
    return 'pickle' if pickled else None


def format_of(file: ModelFile) -> str | None:
    """The file's format as Civitai names it, by its extension when the record has none or Other."""
    given = file.metadata.format
    known = _FORMATS.get(split_extension(file.name)[1].lower())
    return known or given if not given or given.lower() == 'other' else given


def weight_rank(file: ModelFile) -> int:
    """0 for weights of the model; then other kinds, components, configuration, training data."""
    kind = file.type.strip().lower()
    if kind in _WEIGHTS:
        return 0
    return 2 if kind in _COMPONENTS else _LAST.get(kind, 1)


def companion_kind(file: ModelFile) -> str | None:
    """``'vae'`` or ``'config'`` for a file that belongs to the weights of its version and is
    fetched with them; None for others, and for one that can run code, which is left to who asks
    for it.
    """
    kind = file.type.strip().lower()
    return kind if kind in _COMPANIONS and risk(file) is None else None


def has_hash(file: ModelFile, wanted: str) -> bool:
    """Whether any hash of ``file`` is ``wanted``, in any case, with or without ``0x``.

    AutoV2 is how SHA256 begins, so it is found where the record does not name it.
    """
    sought = wanted.lower().removeprefix('0x')
    if any(value.lower().removeprefix('0x') == sought for value in file.hashes.values()):
        return True
    return len(sought) == 10 and (file.sha256 or '').startswith(sought)


def _fitting(version: ModelVersion, wanted: FileFilter, by_hash: str | None) -> list[ModelFile]:
    if not version.files:
        raise Gone(what=f'version {version.name or version.id}')
    fitting = [
        file
        for file in version.files
        if _fits(file, wanted) and (by_hash is None or wanted.file_id or has_hash(file, by_hash))
    ]
    if not fitting:
        raise ChoiceUnknown(
            wanted=_worded_filter(wanted, by_hash), available='; '.join(map(_worded, version.files))
        )
    return fitting


def _fits(file: ModelFile, wanted: FileFilter) -> bool:
    if wanted.file_id is not None and wanted.file_id != file.id:
        return False
    formats = {_lower(file.metadata.format), _lower(format_of(file))}
    if wanted.format and not formats & _same_format(wanted.format):
        return False
    pairs = (
        (wanted.type, file.type),
        (wanted.size, file.metadata.size),
        (wanted.fp, file.metadata.fp),
        (wanted.quant_type, file.metadata.quant_type),
    )
    return all(not asked or _lower(asked) == _lower(given) for asked, given in pairs)


def _same_format(word: str) -> set[str]:
    """What people call a format: ``ckpt`` and ``pickle`` are PickleTensor."""
    known = _FORMATS.get('.' + _lower(word).lstrip('.'))
    pickle = {'pickletensor'} if _lower(word) in _PICKLE_WORDS else set()
    return {_lower(word), *pickle, *([known.lower()] if known else [])}


def _asked_for(wanted: FileFilter, by_hash: str | None) -> bool:
    named = wanted.format is not None and 'pickletensor' in _same_format(wanted.format)
    return wanted.file_id is not None or by_hash is not None or named


def _ranks(file: ModelFile, preference: Preference) -> tuple[int, int, int]:
    return (
        _rank(format_of(file), preference.formats),
        _rank(file.metadata.size, (preference.size,) if preference.size else ()),
        _rank(file.metadata.fp, preference.precisions),
    )


def _rank(found: str | None, wanted: Sequence[str]) -> int:
    order = [_lower(word) for word in wanted]
    return order.index(_lower(found)) if _lower(found) in order else len(order)


def _refused(file: ModelFile) -> PickleRefused:
    return PickleRefused(file=safe_name(file.name), reason=risk(file), file_id=file.id)


def _worded(file: ModelFile) -> str:
    facts: Iterable[str | None] = (
        file.type,
        format_of(file),
        file.metadata.size,
        file.metadata.fp,
        file.metadata.quant_type,
    )
    return f'{file.id} {safe_name(file.name)} ({", ".join(fact for fact in facts if fact)})'


def _worded_filter(wanted: FileFilter, by_hash: str | None) -> str:
    named = {
        'file-id': wanted.file_id,
        'type': wanted.type,
        'format': wanted.format,
        'size': wanted.size,
        'fp': wanted.fp,
        'quant-type': wanted.quant_type,
        'hash': by_hash,
    }
    return ', '.join(f'{name}={value}' for name, value in named.items() if value)


def _lower(text: str | None) -> str:
    return (text or '').strip().lower()
