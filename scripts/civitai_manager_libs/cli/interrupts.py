"""Ctrl-C and a polite kill, heard in moments in which they do no harm."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from types import FrameType

_AGAIN_SECONDS = 0.01
_PATIENCE = 3.0
_ENTERING = ('__enter__', '__exit__')
_ONE_PIECE = 'sqlalchemy'


class Interrupts:
    """Turns SIGINT and SIGTERM into KeyboardInterrupt in the main thread, which may happen between
    any two instructions there. While a ``with`` is being entered or left, that would leave its lock
    taken for ever, and in the midst of SQLAlchemy's work a connection: our other threads would wait
    for it, and the program for them. So there the signal comes again a moment later, for up to
    three seconds.
    """

    def __init__(self) -> None:
        self._since: float | None = None

    def listen(self) -> None:
        """From now on. Ctrl-C stays without effect where whoever has started us wants that, as
        ``nohup`` does.
        """
        signal.signal(signal.SIGTERM, self._heard)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._heard)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if _is_in_one_piece(frame) and now - self._since < _PATIENCE:
            # Not a threading.Thread: that takes locks, which the main thread may hold just now.
            _thread.start_new_thread(_send_again, (number,))
            return
        self._since = None
        raise KeyboardInterrupt


def _is_in_one_piece(frame: FrameType | None) -> bool:
    """Whether what runs in ``frame`` must not be torn apart."""
    if frame is not None and frame.f_code.co_name in _ENTERING:
        return True
    while frame is not None:
        if frame.f_globals.get('__name__', '').partition('.')[0] == _ONE_PIECE:
            return True
        frame = frame.f_back
    return False


def _send_again(number: int) -> None:
    time.sleep(_AGAIN_SECONDS)
    if sys.platform == 'win32':  # where a signal to oneself would be the end
        _thread.interrupt_main(signal.Signals(number))
    else:
        main = threading.main_thread().ident
        if main is not None:
            signal.pthread_kill(main, number)
