"""Small pictures of any format, a server's answer that gives one, and where it goes."""

import io
import random

import pytest
from PIL import Image

from civitai_manager_libs.fetching import receive


@pytest.fixture
def place(tmp_path):
    """Where a picture is to lie, in a folder that is not there yet."""
    return tmp_path / 'pictures' / '101'


@pytest.fixture
def waits(monkeypatch):
    """The waits between attempts, which are not kept."""
    seen = []
    monkeypatch.setattr(receive._Receiving, '_sleep', lambda self, seconds: seen.append(seconds))
    return seen


def left(place):
    """What lies in the folder of ``place``."""
    return sorted(path.name for path in place.parent.iterdir()) if place.parent.exists() else []


def encoded(form, size=(48, 40), seed=1, **options):
    """A picture of noise, which hardly compresses."""
    made = io.BytesIO()
    pixels = random.Random(seed).randbytes(size[0] * size[1] * 3)
    Image.frombytes('RGB', size, pixels).save(made, form, **options)
    return made.getvalue()


def served(content, type='image/png', **headers):
    """The answer of ``odd_server`` that is always ``content``."""

    def answer(handler):
        handler.reply(body=content, Content_Type=type, **headers)

    return answer


def in_turn(*answers):
    """Each answer once, the last one for ever."""
    waiting = list(answers)
    return lambda handler: (waiting.pop(0) if len(waiting) > 1 else waiting[0])(handler)
