"""What is searched for on Civitai, and how a search is written (civitai-api.md section 3.1)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import TargetUnsupported
from .target_types import Target, TargetKind, canonical_address
from .text_search import storable_text

LARGEST_PAGE = 100
"""Models on one page of the API; it refuses to give more."""

MODEL_TYPES = (
    *('Checkpoint', 'TextualInversion', 'Hypernetwork', 'AestheticGradient', 'LORA', 'LoCon'),
    *('DoRA', 'Controlnet', 'Upscaler', 'MotionModule', 'VAE', 'TextEncoder', 'UNet'),
    *('CLIPVision', 'Poses', 'Wildcards', 'Workflows', 'ComfyWorkflows', 'Detection'),
    *('VisionLanguage', 'CLIP', 'LLM', 'Other'),
)
SORTS = (
    *('Highest Rated', 'Most Downloaded', 'Most Liked', 'Most Discussed', 'Most Collected'),
    *('Most Images', 'Newest', 'Oldest'),
)
PERIODS = ('Day', 'Week', 'Month', 'Year', 'AllTime')
_OTHER_WORDS = {'lycoris': 'LoCon', 'embedding': 'TextualInversion'}
_PAGES_OF_MODELS = ('models', 'tag', 'search/models', 'api/v1/models')


@dataclass(frozen=True)
class ModelQuery:
    """Which models are wanted; whatever is empty or None leaves it open.

    Several ``types`` or ``base_models`` mean any of them. ``nsfw`` asks for all ratings, otherwise
    only models that have something rated PG come.
    """

    text: str = ''
    types: tuple[str, ...] = ()
    base_models: tuple[str, ...] = ()
    tag: str | None = None
    username: str | None = None
    sort: str | None = None
    period: str | None = None
    nsfw: bool = False

    @property
    def narrowed(self) -> bool:
        """Whether anything at all says which models."""
        return self != ModelQuery(nsfw=self.nsfw)

    @property
    def address(self) -> str:
        """The search as a short address that can be pasted again; it does not say ``nsfw``."""
        pairs = {
            'query': self.text,
            'tag': self.tag,
            'username': self.username,
            'types': self.types,
            'baseModels': self.base_models,
            'sort': self.sort,
            'period': self.period,
        }
        given = {name: _sendable(value) for name, value in pairs.items() if value}
        return canonical_address(['models'], given)

    def parameters(self, page_size: int) -> dict[str, str | Sequence[str]]:
        """The query of a request; lists repeat their name. ``page`` is never among it: the server
        does not apply it.
        """
        given: dict[str, str | Sequence[str] | None] = {
            'limit': str(page_size),
            'query': self.text,
            'tag': self.tag,
            'username': self.username,
            'types': self.types,
            'baseModels': self.base_models,
            'sort': self.sort,
            'period': self.period,
            'nsfw': 'true' if self.nsfw else None,
        }
        return {name: _sendable(value) for name, value in given.items() if value}


def query_of(target: Target) -> ModelQuery:
    """The search that a creator's page or a list of models stands for.

    Raises TargetUnsupported for any other target, lists of other things, and a list of everything.
    """
    query = ModelQuery(
        text=target.query or '',
        types=tuple(map(model_type, target.types)),
        base_models=target.base_models,
        tag=target.tag,
        username=target.username,
        sort=_known(target.sort, SORTS),
        period=_known(target.period, PERIODS),
    )
    if not (_lists_models(target) and query.narrowed):
        raise TargetUnsupported(text=target.text, kind=target.kind.value)
    return query


def _sendable(value: str | Sequence[str]) -> str | Sequence[str]:
    """``value`` without halves of signs, which no address can hold."""
    if isinstance(value, str):
        return storable_text(value)
    return tuple(map(storable_text, value))


def _lists_models(target: Target) -> bool:
    path = target.text.partition('?')[0].partition('/')[2].lower()
    if target.kind is TargetKind.CREATOR:
        return path.count('/') == 1  # the pages of their pictures and the like are longer
    head = path.partition('/')[0]
    return target.kind is TargetKind.LISTING and (head == 'tag' or path in _PAGES_OF_MODELS)


def model_type(word: str) -> str:
    """``word`` as Civitai writes that type of model; unknown ones are for the server to judge."""
    return named_like(_OTHER_WORDS.get(word.strip().lower(), word), MODEL_TYPES)


def named_like(word: str, known: Iterable[str]) -> str:
    """The one of ``known`` that is written like ``word`` but for case, spaces, ``-`` and ``_``;
    ``word`` itself when none is.
    """
    return next((name for name in known if _plain(name) == _plain(word)), word.strip())


def nearest(word: str, known: Sequence[str]) -> tuple[str, ...]:
    """Up to three of ``known`` that somebody who wrote ``word`` may have meant."""
    by_plain = {_plain(name): name for name in known}
    found = difflib.get_close_matches(_plain(word), by_plain, n=3, cutoff=0.5)
    return tuple(by_plain[name] for name in found)


def carries_tag(tags: Iterable[str], wanted: str) -> bool:
    """Whether ``wanted`` is among ``tags``, in any case."""
    return wanted.strip().casefold() in (tag.strip().casefold() for tag in tags)


def _known(word: str | None, known: Sequence[str]) -> str | None:
    """Orders and periods of the site's other searches mean nothing here."""
    found = named_like(word, known) if word else None
    return found if found in known else None


def _plain(word: str) -> str:
    return ''.join(sign for sign in word.casefold() if sign not in ' -_')
