"""A WebUI that we run in as an extension: what it offers is found by looking for each thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import HostFailed, HostLacks, ShortcutError
from . import webui_actions as actions
from . import webui_folders, webui_page
from . import webui_modules as modules
from .base import Feature, Places
from .standalone import find_places

_FOLDER = 'civitai-shortcut'
_LANGUAGES = ('localization', 'ui_locale', 'bilingual_localization_file')
_TAG = re.compile(r'(?i)([a-z]{2,3})(?:[-_]([a-z]{2,4}))?(?:[ (.]|$)')
_REASONS = {
    Feature.LISTS: 'host.no_lists',
    Feature.CHECKPOINT: 'host.no_checkpoint',
    Feature.VAE: 'host.no_vae',
    Feature.PROMPT: 'host.no_prompts',
    Feature.SEND: 'host.no_send',
}


class WebuiHost:
    """See :class:`.base.Host`. Made anew it is the same host: it holds nothing of its own."""

    @property
    def name(self) -> str:
        """The name of the folder that the host lies in: hosts do not say what they are."""
        return webui_folders.data_folder().name or 'webui'

    @property
    def places(self) -> Places:
        """A folder of ours in the host's data; secrets outside, as without a host."""
        home = webui_folders.data_folder() / _FOLDER
        return Places(home, home / 'user_config.json', find_places().secrets)

    @property
    def root(self) -> Path | None:
        """Where the host keeps its data."""
        return webui_folders.data_folder()

    def folders(self) -> Mapping[str, tuple[Path, ...]]:
        """By kind the folders that the host reads, its own first, then added ones."""
        return webui_folders.model_folders()

    def language(self) -> str | None:
        """The language of the host's own localization, or of what translates it; None for none."""
        for chosen in modules.texts(*map(modules.option, _LANGUAGES)):
            if chosen.lower().startswith('chinese'):
                return 'zh'
            found = _TAG.match(chosen)
            if found:  # "None" and "Auto" are no tags
                return '-'.join(filter(None, found.groups()))
        return None

    def missing(self, feature: Feature) -> str | None:
        """The catalogue key of why ``feature`` cannot be had; None when it can."""
        return None if _HAS[feature]() else _REASONS[feature]

    def sends(self) -> tuple[str, ...]:
        """The tabs that take generation data; known once the host has built them."""
        return webui_page.send_tabs()

    def refresh(self, kind: str) -> None:
        """Have the lists of ``kind`` read again. What the host has no list of needs none."""
        if not _HAS[Feature.LISTS]():
            raise HostLacks(feature=Feature.LISTS.value)
        _asked(Feature.LISTS, lambda: actions.refresh(kind))

    def load_checkpoint(self, file: Path) -> None:
        """Load the checkpoint at ``file``, as choosing it at the top of the page does."""
        self._need(Feature.CHECKPOINT)
        _asked(Feature.CHECKPOINT, lambda: actions.load_checkpoint(file))

    def use_vae(self, file: Path) -> None:
        """Use the VAE at ``file`` from now on."""
        self._need(Feature.VAE)
        _asked(Feature.VAE, lambda: actions.use_vae(file))

    def _need(self, feature: Feature) -> None:
        if self.missing(feature):
            raise HostLacks(feature=feature.value)


_HAS: Mapping[Feature, Callable[[], bool]] = {
    Feature.LISTS: actions.has_lists,
    Feature.CHECKPOINT: actions.has_checkpoints,
    Feature.VAE: actions.has_vaes,
    Feature.PROMPT: webui_page.has_prompt,
    Feature.SEND: webui_page.can_send,
}


def _asked(feature: Feature, act: Callable[[], None]) -> None:
    """Have the host ``act``; whatever it raises becomes :class:`HostFailed`."""
    try:
        act()
    except ShortcutError:
        raise
    except Exception as error:
        reason = f'{type(error).__name__}: {error}'[:200]
        raise HostFailed(feature=feature.value, reason=reason) from error
