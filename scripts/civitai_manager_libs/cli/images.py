"""``images``: pictures with their generation data, by model, version, person, post, number or
address; and what pictures say of their making.
"""

from __future__ import annotations

import argparse
import re
from importlib import import_module
from pathlib import Path
from typing import Any

from .. import i18n
from ..domain.image_query import ImageQuery
from ..domain.nsfw import LEVELS
from .environment import Environment
from .images_job import ImagesJob

DEFAULT_LIMIT = 100
_SOURCES = ('model_id', 'version_id', 'username', 'post_id', 'image_id')
_OF_LISTS = ('limit', 'nsfw', 'cursor', 'sort', 'template')
_OF_FETCHING = (*_OF_LISTS, 'metadata', 'out', 'max_concurrent')
_SORTS = {
    'liked': 'Most Reactions',
    'commented': 'Most Comments',
    'collected': 'Most Collected',
    'newest': 'Newest',
    'oldest': 'Oldest',
    'random': 'Random',
}
_SORTS_OF_MODELS = (None, 'newest', 'oldest')  # civitai-api.md section 3.10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``images`` understands."""

    def option(*names: str, **keywords: Any) -> None:
        key = names[0].lstrip('-').replace('-', '_')
        parser.add_argument(*names, help=i18n.text(f'cli.images.{key}'), **keywords)

    for name in ('--model-id', '--version-id', '--post-id', '--image-id'):
        option(name, type=_number, metavar='N')
    option('--username', metavar='U')
    option('--from', dest='from_file', type=Path, metavar='FILE')
    option('--limit', type=_limit, metavar='N')
    option('--sort', choices=_SORTS)
    option('--nsfw', type=_levels, metavar='L,...')
    option('--cursor', metavar='C')
    option('--metadata', choices=('json', 'txt', 'exif', 'none'))
    option('--template', metavar='T')
    option('--out', type=Path, metavar='DIR')
    option('--max-concurrent', metavar='N')
    option('--json', action='store_true')
    verbs = parser.add_subparsers(dest='verb', metavar='VERB')
    _add_verb(verbs, 'inspect').add_argument(
        'files', nargs='+', metavar='FILE', help=i18n.text('cli.images.inspect_what')
    )
    _add_verb(verbs, 'resources').add_argument(
        'files', metavar='FILE|ID', help=i18n.text('cli.images.resources_what')
    )
    parser.set_defaults(usage_error=parser.error)


def _add_verb(verbs: Any, name: str) -> argparse.ArgumentParser:
    about = i18n.text(f'cli.images.{name}')
    own: argparse.ArgumentParser = verbs.add_parser(name, help=about, description=about)
    usual = argparse.SUPPRESS  # not to take back a --json that stood before the verb
    words = i18n.text('cli.images.json')
    own.add_argument('--json', action='store_true', default=usual, help=words)
    return own


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Exit code of the first picture that failed, 0 if none did."""
    _check(arguments)
    if arguments.verb:
        # Reading pictures takes libraries that fetching them does without.
        inspecting = import_module('.images_inspect', __package__)
        code: int = getattr(inspecting, arguments.verb)(arguments, environment)
        return code
    environment.overrides.update(_overrides(arguments))
    app = environment.open_app()
    if arguments.model_id is not None and arguments.sort not in _SORTS_OF_MODELS:
        environment.say('cli.images.sort_of_model', sort=arguments.sort)
    job = ImagesJob(app, environment, arguments.out, arguments.json)
    try:
        if arguments.from_file is not None:
            job.order_addresses(arguments.from_file)
        else:
            limit = DEFAULT_LIMIT if arguments.limit is None else arguments.limit
            job.order_listed(_query(arguments), limit, arguments.cursor)
        job.wait()
    except KeyboardInterrupt:
        job.stop()
        if arguments.json:  # whoever reads it learns what is there
            job.report()
        raise
    job.report()
    return job.code()


def _check(arguments: argparse.Namespace) -> None:
    """What can be told before anything is looked at."""
    given = [name for name in (*_SOURCES, 'from_file') if getattr(arguments, name) is not None]
    if arguments.verb:
        if given or any(getattr(arguments, name) is not None for name in _OF_FETCHING):
            arguments.usage_error(i18n.text('cli.images.alone', verb=arguments.verb))
        return
    if len(given) != 1:
        arguments.usage_error(i18n.text('cli.images.one_source'))
    if arguments.from_file is not None:
        for name in _OF_LISTS:
            if getattr(arguments, name) is not None:
                arguments.usage_error(i18n.text('cli.images.not_from', option=f'--{name}'))


def _overrides(arguments: argparse.Namespace) -> dict[str, str]:
    """What the command line says above the settings. What a list of addresses brings says of itself
    what it has to say: nothing is written beside it unless that is wanted.
    """
    found = {}
    if arguments.max_concurrent is not None:
        found['images.max_concurrent'] = arguments.max_concurrent
    if arguments.template is not None:
        found['images.path_template'] = arguments.template
    if arguments.metadata not in (None, 'none'):
        found['images.metadata_format'] = arguments.metadata
        found['images.save_metadata'] = 'true'
    elif arguments.metadata == 'none' or arguments.from_file is not None:
        found['images.save_metadata'] = 'false'
    return found


def _query(arguments: argparse.Namespace) -> ImageQuery:
    """Which pictures; the levels are None where the settings decide."""
    return ImageQuery(
        model_id=arguments.model_id,
        version_id=arguments.version_id,
        username=arguments.username,
        post_id=arguments.post_id,
        image_id=arguments.image_id,
        levels=arguments.nsfw,
        sort=_SORTS.get(arguments.sort or ''),
    )


def _number(text: str) -> int:
    if not re.fullmatch('[1-9][0-9]{0,17}', text):
        raise argparse.ArgumentTypeError(i18n.text('cli.images.number_shape'))
    return int(text)


def _limit(text: str) -> int:
    if not re.fullmatch('[0-9]{1,9}', text):
        raise argparse.ArgumentTypeError(i18n.text('cli.images.limit_shape'))
    return int(text)


def _levels(text: str) -> tuple[str, ...]:
    known = {name.lower(): name for name in LEVELS}
    words = [word.strip().lower() for word in text.split(',') if word.strip()]
    if not words or not set(words) <= set(known):
        allowed = ','.join(LEVELS)
        raise argparse.ArgumentTypeError(i18n.text('cli.images.nsfw_shape', allowed=allowed))
    return tuple(name for word, name in known.items() if word in words)
