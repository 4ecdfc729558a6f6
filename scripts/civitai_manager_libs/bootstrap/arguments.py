# -*- coding: utf-8 -*-
"""The little of the command line that must be known before the real parser can be imported."""

from __future__ import unicode_literals

from collections import namedtuple

NO_BOOTSTRAP = 'CIVITAI_SHORTCUT_NO_BOOTSTRAP'

# Global options that are followed by a value: the value is not the command.
_WITH_VALUE = ('--data-dir', '--config', '--lang', '--catalogue')
_YES = ('1', 'true', 'yes', 'on')

Request = namedtuple('Request', ('command', 'language', 'bootstrap'))
"""``command`` and ``language`` are texts or None; ``bootstrap``: whether to install anything."""


def read(argv, environ):
    """The :data:`Request` in ``argv`` (without the program's name) and ``environ``.

    Only what stands before the command counts; the rest belongs to the command.
    """
    language = None
    bootstrap = environ.get(NO_BOOTSTRAP, '').strip().lower() not in _YES
    words = iter(argv)
    for word in words:
        if not word.startswith('-'):
            return Request(word, language, bootstrap)
        name, equals, value = word.partition('=')
        if not equals and name in _WITH_VALUE:
            value = next(words, '')
        if name == '--lang':
            language = value
        elif name == '--no-bootstrap':
            bootstrap = False
    return Request(None, language, bootstrap)
