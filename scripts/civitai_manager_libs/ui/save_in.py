"""Where a file is to be saved, or all those of a list that are of one kind: the usual place,
another folder that is offered, a new one below. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from ..domain.folders import Kind
from ..domain.save_places import below
from ..errors import SettingInvalid


class Folders(Protocol):
    """The folders that are offered; see :class:`.library.save_places.SavePlaces`."""

    def folders(self, kind: Kind | None) -> tuple[str, ...]: ...

    def last(self, kind: Kind | None) -> str | None: ...

    def keep(self, kind: Kind | None, folder: str | None) -> None: ...


@dataclass(frozen=True)
class SaveIn:
    """``usual`` is where the settings put a file of ``kind``, ``folder`` another one of the
    ``folders`` that are offered (None: the usual one), ``subfolder`` what was typed, to be made
    below it; ``refused`` what was typed and would lead elsewhere: nothing goes anywhere until that
    is mended. ``earlier`` is the folder that was taken the last time. Where nobody knows what a
    file is there is no kind. ``files`` go there; ``spread``: the settings put them into several
    folders below the usual one.
    """

    kind: Kind | None = None
    usual: str = ''
    folder: str | None = None
    subfolder: str = ''
    refused: str = ''
    folders: tuple[str, ...] = ()
    earlier: str | None = None
    files: int = 1
    spread: bool = False

    @property
    def wanted(self) -> str:
        """Where the file goes."""
        return below(self.folder or self.usual, self.subfolder)

    @property
    def override(self) -> str | None:
        """The same where it is not the usual place."""
        return self.wanted if self.wanted != self.usual else None

    @property
    def options(self) -> tuple[str, ...]:
        """All folders that can be taken, the usual one first."""
        more = (self.folder, self.earlier)
        known = [self.usual, *self.folders, *(one for one in more if one is not None)]
        return tuple(dict.fromkeys(known))

    def settled(
        self, kind: Kind | None, usual: str, last: Callable[[Kind | None], str | None]
    ) -> SaveIn:
        """The same for another file: what was chosen stays where its place stays."""
        if (kind, usual) == (self.kind, self.usual):
            return self
        earlier = last(kind)
        folders = self.folders if kind == self.kind else ()
        return SaveIn(kind, usual, earlier, folders=folders, earlier=earlier)

    def chosen(self, folder: str) -> SaveIn:
        """With another folder of those that are offered; nothing changes for any other."""
        if folder not in self.options:
            return self
        return replace(self, folder=folder if folder != self.usual else None)

    def typed(self, text: str) -> SaveIn:
        """With a subfolder to be made; what would lead elsewhere is ``refused``."""
        subfolder = text.strip()
        try:
            below(self.usual, subfolder)
        except SettingInvalid:
            return replace(self, subfolder='', refused=subfolder)
        return replace(self, subfolder=subfolder, refused='')
