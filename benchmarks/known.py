"""All benchmarks by name."""

from __future__ import annotations

from collections.abc import Mapping

from . import downloads, memory, monitoring, page, pictures, shortcuts

BENCHMARKS: Mapping[str, tuple[downloads.Benchmark, int]] = {
    **downloads.BENCHMARKS,
    'memory': (memory.showing, 1400),
    'monitoring': (monitoring.recording, 1000),
    'page': (page.opening, 3),
    'pictures': (pictures.fetching, 2000),
    'shortcuts': (shortcuts.finding, 100),
}
"""Each with its size: MiB of its file, thousands of requests, openings of a page in a round,
pictures, cards with a picture, or thousands of saved models."""
