"""``shortcut``: the saved models, one action for each thing that is done with them."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from .. import i18n
from ..domain.shortcut import ShortcutSort
from ..entries import error_entry
from ..errors import ShortcutError
from .environment import Environment
from .output import print_json
from .search_options import number_of_models
from .shortcut_edit import change_classes, favourite, note, remove, tag
from .shortcut_files import export_file, import_file
from .shortcut_look import list_saved, show
from .shortcut_pictures import cover
from .shortcut_work import add, update

Run = Callable[[argparse.Namespace, Environment], int]

_ID = 'ID'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``shortcut`` understands."""
    commands = parser.add_subparsers(dest='action', required=True, metavar='ACTION')

    def action(name: str, do: Run, ids: str | None = None) -> argparse.ArgumentParser:
        about = i18n.text(f'cli.shortcut.{name}')
        made = commands.add_parser(name, help=about, description=about)
        if ids is not None:
            made.add_argument('ids', nargs=ids, metavar=_ID, help=_words('ids'))
        made.add_argument('--json', action='store_true', help=i18n.text('cli.download.json'))
        made.set_defaults(do=do, usage_error=made.error)
        return made

    _adding(action('add', add))
    _listing(action('list', list_saved))
    action('show', show, '+')
    action('update', update, '*')
    action('remove', remove, '+').add_argument(
        '--undo', action='store_true', help=_words('remove_undo')
    )
    _noting(action('note', note))
    _tagging(action('tag', tag, '+'))
    _classing(action('class', change_classes, '*'))
    action('favourite', favourite, '+').add_argument(
        '--off', action='store_true', help=_words('favourite_off')
    )
    _covering(action('cover', cover))
    action('import', import_file).add_argument('path', metavar='PATH', help=_words('import_path'))
    exporting = action('export', export_file)
    exporting.add_argument('path', metavar='FILE', help=_words('export_path'))
    exporting.add_argument('ids', nargs='*', metavar=_ID, help=_words('ids_or_all'))


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Do the one action that was asked for; with ``--json`` what it cannot do is a document too."""
    do: Run = arguments.do
    try:
        return do(arguments, environment)
    except ShortcutError as error:
        if arguments.json:
            print_json({'error': error_entry(error.code, error.details)}, environment.stdout)
        raise


def _words(name: str) -> str:
    return i18n.text(f'cli.shortcut.{name}')


def _adding(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('targets', nargs='*', metavar='TARGET', help=_words('targets'))
    parser.add_argument(
        '--from', action='append', metavar='FILE', dest='files', help=_words('from')
    )


def _listing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('text', nargs='?', default='', metavar='TEXT', help=_words('text'))
    for name in ('type', 'base-model'):
        parser.add_argument(f'--{name}', action='append', metavar='T', help=_words('filter'))
    parser.add_argument('--class', dest='class_name', metavar='NAME', help=_words('filter'))
    parser.add_argument('--tag', metavar='T', help=_words('filter'))
    for name in ('favourite', 'installed', 'gone'):
        parser.add_argument(f'--{name}', action='store_true', help=_words(f'only_{name}'))
    orders = [sort.value for sort in ShortcutSort]
    parser.add_argument('--sort', choices=orders, default=orders[0], help=_words('sort'))
    limit = _words('limit')
    parser.add_argument('--limit', type=number_of_models, default=0, metavar='N', help=limit)


def _noting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('id', metavar=_ID, help=_words('ids'))
    parser.add_argument('text', nargs='?', metavar='TEXT', help=_words('note_text'))


def _tagging(parser: argparse.ArgumentParser) -> None:
    for name in ('add', 'drop'):
        words = _words(f'tag_{name}')
        _naming(parser, name, 'TAG', words)


def _classing(parser: argparse.ArgumentParser) -> None:
    for name in ('add', 'drop'):
        words = _words(f'class_{name}')
        _naming(parser, name, 'NAME', words)
    parser.add_argument('--new', type=_name, metavar='NAME', help=_words('class_new'))
    parser.add_argument('--info', metavar='TEXT', help=_words('class_info'))
    names = ('OLD', 'NEW')
    rename = _words('class_rename')
    parser.add_argument('--rename', type=_name, nargs=2, metavar=names, help=rename)
    parser.add_argument('--delete', type=_name, metavar='NAME', help=_words('class_delete'))


def _naming(parser: argparse.ArgumentParser, option: str, metavar: str, words: str) -> None:
    parser.add_argument(
        f'--{option}', type=_name, action='append', default=[], metavar=metavar, help=words
    )


def _covering(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('id', metavar=_ID, help=_words('ids'))
    parser.add_argument('number', nargs='?', type=int, metavar='N', help=_words('cover_number'))
    parser.add_argument('--reset', action='store_true', help=_words('cover_reset'))


def _name(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError(_words('name_empty'))
    return text
