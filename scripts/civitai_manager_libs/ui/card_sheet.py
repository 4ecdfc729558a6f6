"""The cards of one page and tab as its script has them: page by page, and what has changed of them
since.

A page of cards goes to the script once; what changes of a card later goes beside it, so focus and
scrolling stay.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ..i18n import language
from .card_view import CardView, card_html, card_marks


@dataclass(frozen=True)
class SheetState:
    """How the list goes on: whether there is ``more`` to load, ``busy`` while something is on its
    way, ``opened`` while a model stands in place of the cards, the ``selected`` ones and those that
    are ``gone`` from the list since it was drawn. A ``renewed`` list answers the same wishes as the
    one before it, so whoever looks at it stays where they are.
    """

    more: bool = False
    busy: bool = False
    opened: bool = False
    selected: Collection[int] = ()
    gone: Collection[int] = ()
    renewed: bool = False


class CardSheet:
    """The cards of the list ``number`` under the actions ``prefix``. Whoever works with it holds
    the lock of its page.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.begin(0)

    def begin(self, number: int) -> None:
        """Another list, or the same in another language, of which nothing is drawn yet."""
        self.number = number
        self._language = language()
        self._pages: list[str] = []
        self._drawn: dict[int, CardView] = {}
        self._now: dict[int, CardView] = {}
        self._marks: dict[int, dict[str, str]] = {}
        self._marks_json = '{}'

    def holds(self, number: int) -> bool:
        """Whether what is drawn is of that list, in the language in force."""
        return (self.number, self._language) == (number, language())

    @property
    def pages(self) -> int:
        """How many pages are drawn."""
        return len(self._pages)

    @property
    def ids(self) -> list[int]:
        """The models that have a card, in their order."""
        return list(self._drawn)

    def add(self, views: Sequence[CardView]) -> None:
        """Draw a further page; a model that has a card already gets no second one."""
        fresh = {one.model_id: one for one in views if one.model_id not in self._drawn}
        html = ''.join(card_html(one, self._prefix) for one in fresh.values())
        self._drawn.update(fresh)
        self._now.update(fresh)
        page = {'number': self.number, 'html': html}
        self._pages.append(json.dumps(page, ensure_ascii=False))

    def change(self, views: Iterable[CardView]) -> None:
        """How cards that are drawn look now; what is as it was drawn costs nothing."""
        changed = False
        for view in views:
            number = view.model_id
            if number not in self._now or self._now[number] == view:
                continue
            self._now[number] = view
            before, now = card_marks(self._drawn[number]), card_marks(view)
            told = self._marks.setdefault(number, {})
            told.update({name: now[name] for name in now if now[name] != before[name]})
            # What was told once is told again even when it is as it was drawn.
            told.update({name: now[name] for name in told})
            changed = True
        if changed:
            self._marks_json = json.dumps(self._marks, ensure_ascii=False)

    def parts(self, state: SheetState) -> dict[str, str]:
        """What goes to the script; none of it stands in a place of its own."""
        said = {
            'number': self.number,
            'pages': len(self._pages),
            'more': state.more,
            'busy': state.busy,
            'opened': state.opened,
            'renewed': state.renewed,
            'selected': list(state.selected),
            'gone': [one for one in state.gone if one in self._drawn],
        }
        return {
            f'{self._prefix}-state': json.dumps(said),
            f'{self._prefix}-marks': self._marks_json,
            **{f'{self._prefix}-cards-{at}': page for at, page in enumerate(self._pages)},
        }
