"""Answers of the demo catalogue that wait until a test has done what it wants to do meanwhile,
however long that takes on a busy machine.
"""

import threading

from civitai_manager_libs.demo import FILES

_QUICK = 4_000_000
_TRICKLE = 10_000  # enough not to be taken for silence
_FREE = 1 << 40
_STEP = 1 << 16  # what still goes to a reader that has left


class Held:
    """The speed of a throttle that changes while answers are under way: quick for the first
    ``after`` bytes of all of them together, hardly anything then, and without any bound as soon as
    the fault is off the board.
    """

    def __init__(self, demo, after, speed=_QUICK, **fault):
        self.left = after
        self.speed = speed
        self.demo = demo
        self.fault = demo.faults.add('throttle', bytes_per_second=self, **{'path': FILES, **fault})

    def let_go(self):
        """From now on everything comes as fast as it can."""
        self.demo.faults.remove(self.fault)

    @property
    def now(self):
        """Bytes a second of one answer."""
        if self.fault not in self.demo.faults.active():
            return _FREE
        return self.speed if self.left > 0 else _TRICKLE

    def __floordiv__(self, parts):
        return min(self.now // parts, _STEP)

    def __rtruediv__(self, step):
        self.left -= step
        return step / self.now


class UntilTold:
    """The seconds of a ``delay``: none, but not before ``go_on`` is set."""

    def __init__(self):
        self.go_on = threading.Event()

    def __float__(self):
        self.go_on.wait(120)
        return 0.0
