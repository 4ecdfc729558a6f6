"""A picture on its way into a tab of the host: what it is that goes there."""

from __future__ import annotations

from collections.abc import Callable

from .outbox import Letter
from .picture_around import PictureSurroundings
from .picture_view import PictureView
from .present_send import TEXT_ALONE, Sending, tabs_for


def tabs_of(around: PictureSurroundings, view: PictureView) -> tuple[str, ...]:
    """The tabs that can take what there is of the picture."""
    still = view.picture is not None and view.picture.type == 'image'
    return tabs_for(around.sends, bool(view.words), still)


def begin(around: PictureSurroundings, view: PictureView, tab: str) -> Callable[[], str] | None:
    """Have ``view`` say that it is on its way to ``tab``: at once, or (what takes a while) what
    gives the name of its letter.
    """
    picture, outbox = view.picture, around.outbox
    if picture is None or tab in TEXT_ALONE:
        view.sending = Sending(tab, outbox.put(Letter(view.words)))
        return None
    view.sending = Sending(tab)
    return lambda: outbox.put(Letter(view.words, around.original(picture)))
