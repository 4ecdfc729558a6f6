"""All benchmarks by name."""

from __future__ import annotations

from collections.abc import Mapping

from . import downloads, monitoring

BENCHMARKS: Mapping[str, tuple[downloads.Benchmark, int]] = {
    **downloads.BENCHMARKS,
    'monitoring': (monitoring.recording, 1000),
}
"""Each with its size: MiB of its file, or thousands of requests."""
