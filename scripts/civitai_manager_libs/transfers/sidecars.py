"""Puts ``base.civitai.info`` and ``base.json`` beside a model, together with what lies there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

from ..domain.choice import MODEL_EXTENSIONS
from ..domain.naming import name_key, safe_name, split_extension
from ..domain.sidecar import (
    INFO_FACTS,
    USER_FACTS,
    Json,
    earlier_info,
    earlier_user,
    info_content,
    merged,
    user_content,
)
from ..errors import SidecarTaken, SidecarUnreadable
from ..store.files import write_atomic

_LARGEST = 64 << 20


@dataclass(frozen=True)
class Bodies:
    """What Civitai says of a file: its version's body and its model's, if that could be read."""

    version: Mapping[str, Any]
    model: Mapping[str, Any] | None = None


def is_model_file(name: str) -> bool:
    """Whether a host loads a file of that name as a model."""
    return split_extension(name)[1].lower() in MODEL_EXTENSIONS


def base_of(path: Path) -> Path:
    """``path`` without what hosts take for its extension: of ``x.vae.pt`` that is ``.pt``."""
    return path.with_name(os.path.splitext(path.name)[0])


def beside(path: Path, ending: str) -> Path:
    """The file of a model at ``path`` that ends in ``ending``: ``.json``, ``.preview.png``."""
    return path.with_name(base_of(path).name + ending)


class Sidecars:
    """The two files beside the model at ``path``, as they lie there at this moment.

    Reading them, which is done at once, raises nothing: a file that cannot be read is left alone
    and says so when it would be written.
    """

    def __init__(self, path: Path, bodies: Bodies, sha256: str) -> None:
        self.info = beside(path, '.civitai.info')
        self.user = beside(path, '.json')
        self._path = path
        self._bodies = bodies
        self._sha256 = sha256
        self._found = {place: _found(place) for place in (self.info, self.user)}
        self._siblings = _siblings(path)

    def refuse_if_taken(self) -> None:
        """Raises :class:`SidecarTaken` where these files belong to another model beside this one
        that differs in its extension only.
        """
        ours = str(self._bodies.version.get('id'))
        for place, key in ((self.info, 'id'), (self.user, 'modelVersionId')):
            theirs = self._known(place).get(key)
            if self._siblings and theirs is not None and str(theirs) != ours:
                raise SidecarTaken(path=str(place), owner=self._siblings[0])

    def write_info(self) -> None:
        """Raises :class:`SidecarUnreadable` and what cannot be written."""
        there = self._readable(self.info)
        earlier = earlier_info(self._known(self.user), there.get('id'))
        ours = info_content(self._bodies.version, self._bodies.model)
        _save(self.info, there, merged(there, ours, INFO_FACTS, earlier))

    def write_user(self) -> None:
        """Raises :class:`SidecarUnreadable`, what cannot be written, and :class:`SidecarTaken` if
        the version has a file of that very name.
        """
        for file in _records(self._bodies.version.get('files')):
            name = file.get('name')
            if isinstance(name, str) and name_key(safe_name(name)) == name_key(self.user.name):
                raise SidecarTaken(path=str(self.user), owner=name)
        there = self._readable(self.user)
        ours = user_content(self._bodies.version, self._bodies.model, self._sha256)
        facts = [key for key in USER_FACTS if key != 'sha256' or not self._siblings]
        earlier = earlier_user(self._known(self.info))
        _save(self.user, there, merged(there, ours, facts, earlier))

    def _known(self, place: Path) -> Json:
        found = self._found[place]
        return {} if isinstance(found, SidecarUnreadable) else found

    def _readable(self, place: Path) -> Json:
        found = self._found[place]
        if isinstance(found, SidecarUnreadable):
            raise found
        return found


def _found(place: Path) -> Union[Json, SidecarUnreadable]:
    """What stands in ``place``, {} when there is no such file or nothing in it."""
    try:
        if place.stat().st_size > _LARGEST:
            return SidecarUnreadable(path=str(place), reason='too large')
        content = place.read_bytes()
        found = json.loads(content) if content.strip() else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, 'strerror', None) or type(error).__name__
        return SidecarUnreadable(path=str(place), reason=reason)
    if not isinstance(found, dict):
        return SidecarUnreadable(path=str(place), reason=type(found).__name__)
    return found


def _save(place: Path, there: Json, content: Json) -> None:
    if content == there:
        return
    text = json.dumps(content, ensure_ascii=False, indent=4)
    try:
        encoded = text.encode('utf-8')
    except UnicodeEncodeError:  # half of a pair of UTF-16 in what somebody wrote
        encoded = json.dumps(content, indent=4).encode('ascii')
    write_atomic(Path(os.path.realpath(place)), encoded)  # a link stays a link


def _siblings(path: Path) -> list[str]:
    """Names of other models that hosts know by the same sidecars."""
    own, stem = name_key(path.name), name_key(base_of(path).name)
    return sorted(
        name
        for name in os.listdir(path.parent)
        if name_key(os.path.splitext(name)[0]) == stem
        and name_key(name) != own
        and is_model_file(name)
    )


def _records(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
