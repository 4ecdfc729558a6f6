"""The words people read: catalogues in ``locales/<language>/*.json``, flat, one sentence a key.

Placeholders are ``{name}`` as in ``str.format``. Two languages are complete: ``zh-TW`` and ``en``.
The language in force is the process's (set once by the command line), unless what runs is done for
a browser that reads another one (:func:`speaking`).
"""

from __future__ import annotations

import json
import locale
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from .util import size_text

LANGUAGES = ('zh-TW', 'en')
_FALLBACK = 'zh-TW'
_ERROR = 'error.'
_SIZES = frozenset({'needed', 'free', 'floor'})
_CATALOGUES = Path(__file__).parent / 'locales'
_current = _FALLBACK
_spoken: ContextVar[str | None] = ContextVar('spoken', default=None)


class Described(Protocol):
    """What :func:`error_text` needs of an error: its code and the values of its sentence."""

    @property
    def code(self) -> str: ...

    @property
    def details(self) -> Mapping[str, object]: ...


class _Gaps(dict[str, object]):
    """Leaves a placeholder visible when its value is missing: an odd sentence beats a crash while
    failing.
    """

    def __missing__(self, key: str) -> str:
        return '{' + key + '}'


@lru_cache(maxsize=None)
def catalogue(language: str) -> Mapping[str, str]:
    """All sentences of ``language`` (one of :data:`LANGUAGES`) by key."""
    sentences: dict[str, str] = {}
    for path in sorted((_CATALOGUES / language).glob('*.json')):
        sentences.update(json.loads(path.read_text(encoding='utf-8')))
    return sentences


def set_language(language: str) -> None:
    """Make ``language`` (or the nearest one we have) the language of this process."""
    global _current
    _current = nearest(language) or _FALLBACK


def language() -> str:
    """The language in force, one of :data:`LANGUAGES`."""
    return _spoken.get() or _current


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Meanwhile ``language`` (or the nearest one we have) is in force for what runs here, whatever
    the process speaks; with None what was in force stays.

    Other threads know nothing of it: what one begins for somebody takes it along.
    """
    before = _spoken.set(nearest(language) or _spoken.get())
    try:
        yield
    finally:
        _spoken.reset(before)


def nearest(wanted: str | None) -> str | None:
    """The catalogue for a language tag or locale name (``zh_TW.UTF-8``, ``en-GB``), or None for "no
    information".

    Any Chinese becomes zh-TW, any other known language English; ``C`` and ``POSIX`` say nothing.
    """
    if not wanted:
        return None
    primary = wanted.replace('_', '-').split('.')[0].split('-')[0].lower()
    if primary in ('', 'c', 'posix', 'auto'):
        return None
    return 'zh-TW' if primary == 'zh' or primary.startswith('chinese') else 'en'


def preferred(languages: Sequence[str]) -> str | None:
    """The catalogue for somebody who reads ``languages``, the dearest first (as browsers say them);
    None when they say nothing. One that we have comes before one that only leads to English.
    """
    ours = (tag for tag in languages if tag.lower().startswith(('zh', 'en')))
    return nearest(next(ours, languages[0] if languages else None))


def accepted(header: str) -> list[str]:
    """The languages of an ``Accept-Language`` header in their order, which is that of browsers."""
    tags = (part.partition(';')[0].strip() for part in header.split(','))
    return [tag for tag in tags if tag and tag != '*']


def system_language() -> str:
    """What this person's system is set to, zh-TW (the customer's language) when nothing says.

    ``CIVITAI_SHORTCUT_LANGUAGE`` comes first, since help texts are needed before settings are read.
    """
    for name in ('CIVITAI_SHORTCUT_LANGUAGE', 'LC_ALL', 'LC_MESSAGES', 'LANG'):
        found = nearest(os.environ.get(name))
        if found:
            return found
    # Elsewhere Python gives en_US for C.UTF-8, which says nothing about the person.
    windows = locale.getlocale()[0] if os.name == 'nt' else None
    return nearest(windows) or _FALLBACK


def text(sentence: str, /, **values: object) -> str:
    """The words of ``sentence`` in the language in force with ``values`` filled in; the key itself
    if unknown.
    """
    words = catalogue(language()).get(sentence)
    if words is None:
        return sentence
    return words.format_map(_Gaps(values))


def has(key: str) -> bool:
    """Whether the language in force has a sentence for ``key``."""
    return key in catalogue(language())


def error_text(error: Described) -> str:
    """One sentence a person understands for an error of our tree: what happened and what to do."""
    return error_code_text(error.code, error.details)


def notice_text(sentence: str, values: Mapping[str, object]) -> str:
    """A sentence of the catalogues with its ``values``, which for an error are its details."""
    if sentence.startswith(_ERROR):
        return error_code_text(sentence.removeprefix(_ERROR), values)
    return text(sentence, **values)


def error_code_text(code: str, details: Mapping[str, object]) -> str:
    """The same from a stored code and its details; unknown codes get the sentence for faults. What
    went wrong ``beside`` a model begins with the name of that file; ``page`` asks for the sentence
    that stands beside a button, without what would be typed in a terminal.
    """
    key, named = f'error.{code}', details
    if not has(key):
        key, details = 'error.unexpected', {'reason': code}
    for form in ('kept', 'page'):
        if details.get(form) and has(f'{key}.{form}'):
            key += f'.{form}'
    values = {name: value for name, value in details.items() if value is not None}
    for name in ('what', 'kind', 'reason'):
        if isinstance(values.get(name), str):
            values[name] = _in_words(name, str(values[name]))
    for name in _SIZES.intersection(details):
        size = values.get(name, '?')
        values[name] = size_text(size) if isinstance(size, int) else size
    if isinstance(values.get('seconds'), float):
        values['seconds'] = f'{values["seconds"]:g}'
    until = values.get('until')
    if isinstance(until, float):
        values['until'] = time.strftime('%H:%M', time.localtime(until))
    sentence = text(key, **values)
    beside = named.get('beside')
    return text('words.of_file', file=beside, message=sentence) if beside else sentence


def _in_words(name: str, value: str) -> str:
    """A detail such as ``model 4`` or ``pickle`` with its first word in the language in force, if
    it has one.
    """
    word, gap, rest = value.partition(' ')
    return text(f'{name}.{word}') + gap + rest if has(f'{name}.{word}') else value
