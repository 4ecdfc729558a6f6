"""Tasks as the page shows them, made up."""

import re
from dataclasses import replace

import pytest

from civitai_manager_libs import i18n
from civitai_manager_libs.domain.task import NewDownload, Task


@pytest.fixture
def english():
    """English words for the length of a test."""
    before = i18n.language()
    i18n.set_language('en')
    yield
    i18n.set_language(before)


def task(state, number=1, **values):
    """A task; ``values`` are fields of it or of its order."""
    order = NewDownload(
        key=str(number),
        target='t',
        request='/r',
        folder='/models/Lora/style',
        file_name='silk.safetensors',
        name='Silk Tide',
        version_name='v1.1',
        size_estimate=328_000_000,
    )
    order = replace(order, **{key: values.pop(key) for key in list(values) if hasattr(order, key)})
    return Task(number, state, order, **values)


def plain(html):
    """What of ``html`` is read."""
    return re.sub(r'\s+', ' ', re.sub(r'<[^>]*>', ' ', html)).strip()
