"""``cache``: what is kept only because it is quicker than asking again."""

from __future__ import annotations

import argparse

from .. import i18n
from ..errors import ExitCode
from ..store.kept import KeptFiles
from ..util import size_text
from .environment import Environment

_KEPT = ('answers', 'pictures', 'gallery')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``cache`` understands."""
    commands = parser.add_subparsers(dest='action', required=True, metavar='ACTION')
    about = i18n.text('cli.cache.clear')
    commands.add_parser('clear', help=about, description=about)


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Forget the answers of the API and the pictures on disk; models, settings and the queue
    stay.
    """
    environment.load_settings()
    cache = environment.places.cache
    cleared = sum(KeptFiles(cache / name, int).clear() for name in _KEPT)
    environment.say('cli.cache.cleared', size=size_text(cleared), folder=cache)
    return ExitCode.DONE
