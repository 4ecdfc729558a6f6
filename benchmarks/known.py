"""All benchmarks by name."""

from __future__ import annotations

from collections.abc import Mapping

from . import downloads, monitoring, pictures, shortcuts

BENCHMARKS: Mapping[str, tuple[downloads.Benchmark, int]] = {
    **downloads.BENCHMARKS,
    'monitoring': (monitoring.recording, 1000),
    'pictures': (pictures.fetching, 2000),
    'shortcuts': (shortcuts.finding, 100),
}
"""Each with its size: MiB of its file, thousands of requests, pictures, or thousands of
saved models."""
