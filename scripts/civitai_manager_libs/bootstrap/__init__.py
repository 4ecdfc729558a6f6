# -*- coding: utf-8 -*-
"""Makes ``python main.py`` work on a bare Python: what is missing goes into ``.venv`` beside it.

This file, ``arguments``, ``messages`` and ``pythons`` also run on Python 2.7 and 3.6, so that an
old Python gets a sentence and not a SyntaxError. The standard library is all that the whole package
imports.
"""

from __future__ import unicode_literals

import os
import sys

from civitai_manager_libs.bootstrap import arguments, messages, pythons

INTERRUPTED = 130


def run(root, argv=None):
    """Return if all that the command in ``argv`` imports is there; else install it and start over.

    ``root`` is the folder of ``main.py``. Ends the process with 1 and one sentence on standard
    error when that cannot be, and with the exit code of the program itself where Windows needs a
    child process for it.
    """
    request = arguments.read(sys.argv[1:] if argv is None else argv, os.environ)
    speaker = messages.Speaker(messages.choose_language(request.language, os.environ))
    os.environ.setdefault(str('GRADIO_ANALYTICS_ENABLED'), str('False'))
    if not pythons.is_supported(sys.version_info):
        say_unsupported(speaker, sys.argv)
        sys.exit(1)
    # The one import inside a function here: an old Python cannot even read this module.
    from civitai_manager_libs.bootstrap import prepare

    try:
        code = prepare.prepare(root, request, speaker)
    except KeyboardInterrupt:
        speaker.say('interrupted')
        code = INTERRUPTED
    if code is not None:
        sys.exit(code)


def say_unsupported(speaker, argv):
    """Say which Pythons work and, if one of them is installed, the command that uses it."""
    values = {
        'found': '.'.join(str(part) for part in sys.version_info[:3]),
        'path': sys.executable,
        'oldest': pythons.as_text(pythons.OLDEST),
        'newest': pythons.as_text(pythons.NEWEST),
    }
    better = pythons.find_supported()
    if better is None:
        speaker.say('python_unsupported', **values)
    else:
        values['command'] = ' '.join(better + [pythons.quoted(part) for part in argv])
        speaker.say('python_unsupported_other', **values)
