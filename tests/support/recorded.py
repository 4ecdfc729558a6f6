"""Recorded answers of Civitai, served as the demo catalogue serves its own."""

from pathlib import Path

import pytest

from civitai_manager_libs.demo import DemoCatalogue

SAMPLES = Path(__file__).resolve().parents[3] / 'shared' / 'civitai-samples'
NEEDS_SAMPLES = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason='needs ../shared/civitai-samples, which is not in the repository'
)
EARLY_ACCESS = 1024060
PICKLED = {23: 1016, 23906: 23613, 3962: 4319}
"""Models whose newest version has pickled files only, with the file that a refusal names."""


@pytest.fixture(scope='module')
def recorded():
    """The recorded catalogue, to take the place of ``demo``."""
    with DemoCatalogue(catalogue=SAMPLES) as running:
        running.warm_up()
        yield running
