"""Files of the demo catalogue that stop short of their end until a test has done what it wants to
do meanwhile, however long that takes on a busy machine.
"""

from civitai_manager_libs.demo import FILES

_QUICK = 4_000_000  # a step of the throttle is 200 kB then
_TRICKLE = 10_000  # enough not to be taken for silence
_FREE = 1 << 40


class Held:
    """The speed of a throttle that changes while answers are under way: quick for the first
    ``after`` bytes of all of them together, hardly anything then, until :meth:`let_go`.
    """

    def __init__(self, demo, after, speed=_QUICK, **fault):
        self.left = after
        self.speed = speed
        self.free = False
        self.demo = demo
        self.fault = demo.faults.add('throttle', bytes_per_second=self, **{'path': FILES, **fault})

    def let_go(self):
        """From now on everything comes as fast as it can."""
        self.free = True
        self.demo.faults.remove(self.fault)

    @property
    def now(self):
        """Bytes a second of one answer."""
        if self.free:
            return _FREE
        return self.speed if self.left > 0 else _TRICKLE

    def __floordiv__(self, parts):
        return self.now // parts

    def __rtruediv__(self, step):
        self.left -= step
        return step / self.now
