"""All benchmarks by name."""

from __future__ import annotations

from collections.abc import Mapping

from . import downloads, monitoring, pictures

BENCHMARKS: Mapping[str, tuple[downloads.Benchmark, int]] = {
    **downloads.BENCHMARKS,
    'monitoring': (monitoring.recording, 1000),
    'pictures': (pictures.fetching, 2000),
}
"""Each with its size: MiB of its file, thousands of requests, or pictures."""
