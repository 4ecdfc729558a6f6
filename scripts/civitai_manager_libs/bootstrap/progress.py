"""Shows on standard error that preparing goes on: lines for phases, a live count on a terminal."""

from __future__ import annotations

import re
import sys
import time

from civitai_manager_libs.bootstrap.messages import Speaker

_COLLECTED = re.compile(r'^Collecting ')
_PLACING = re.compile(r'^Installing collected packages: (.*)')
_RESOLVED = re.compile(r'^Resolved (\d+) packages?')
_SECONDS_BETWEEN_LINES = 15.0
_SECONDS_BETWEEN_DRAWINGS = 0.25
_CLEAN_LINE = '\r' + ' ' * 60 + '\r'  # older Windows consoles print escape sequences as they are


class Progress:
    """Reads what pip or uv print and says how far it is, in one changing line or now and then."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._live = sys.stderr is not None and sys.stderr.isatty()
        self._started = time.monotonic()
        self._last_shown = self._started
        self._last_drawn = 0.0
        self._key = 'working'
        self._count = 0
        self._drawn = False

    def seconds(self) -> int:
        """Whole seconds since this object was made."""
        return int(time.monotonic() - self._started)

    def phase(self, key: str, **values: object) -> None:
        """Say a sentence of ``messages`` on a line of its own."""
        self.clear()
        self._speaker.say(key, **values)
        self._last_shown = time.monotonic()

    def read(self, line: str) -> None:
        """Take in one line of the installer's output."""
        if _COLLECTED.match(line):
            self._key, self._count = 'collected', self._count + 1
        resolved = _RESOLVED.match(line)
        if resolved:
            self._key, self._count = 'collected', int(resolved.group(1))
        placing = _PLACING.match(line)
        if placing:
            self._key = 'placing'
            self._count = placing.group(1).count(',') + 1
            self.phase(self._key, count=self._count, seconds=self.seconds())

    def tick(self) -> None:
        """Called again and again while the installer works: show the count when it is time to."""
        if self._live:
            self._draw()
        elif time.monotonic() - self._last_shown >= _SECONDS_BETWEEN_LINES:
            self.phase(self._key, count=self._count, seconds=self.seconds())

    def clear(self) -> None:
        """Remove the changing line, so that what follows starts on a clean one."""
        if self._drawn:
            self._speaker.write(_CLEAN_LINE)
            self._drawn = False

    def _draw(self) -> None:
        now = time.monotonic()
        if now - self._last_drawn < _SECONDS_BETWEEN_DRAWINGS:
            return
        sentence = self._speaker.text(self._key, count=self._count, seconds=self.seconds())
        self._speaker.write(_CLEAN_LINE + sentence)
        self._last_drawn = now
        self._drawn = True
