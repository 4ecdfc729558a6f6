"""Small pictures of any format, and a server's answer that gives one."""

import io
import random

from PIL import Image


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
