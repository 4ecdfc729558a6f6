"""``config``: the settings, where they come from, and how to change them."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from typing import Any

from .. import i18n, setting, setting_values
from ..errors import ExitCode, SettingEmpty, SettingInvalid
from ..setting_values import FIELDS, SECRET_KEYS, shown
from .environment import Environment
from .output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``config`` understands."""
    commands = parser.add_subparsers(dest='action', required=True, metavar='ACTION')
    for name in ('show', 'get', 'set', 'unset', 'path', 'validate'):
        about = i18n.text(f'cli.config.{name}')
        command = commands.add_parser(name, help=about, description=about)
        if name in ('get', 'set', 'unset'):
            command.add_argument('key', metavar='KEY', help=i18n.text('cli.config.key'))
        if name == 'set':
            value = i18n.text('cli.config.value')
            command.add_argument('value', nargs='?', metavar='VALUE', help=value)
        if name in ('show', 'get'):
            command.add_argument('--json', action='store_true', help=i18n.text('cli.download.json'))


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Dispatch to the action."""
    actions = {
        'show': _show,
        'get': _get,
        'set': _set,
        'unset': _unset,
        'path': _path,
        'validate': _validate,
    }
    return actions[arguments.action](arguments, environment)


def _show(arguments: argparse.Namespace, environment: Environment) -> int:
    loaded = environment.load_settings()
    values = {key: _visible(key, getattr(loaded.settings, key)) for key in FIELDS}
    if arguments.json:
        print_json(values, environment.stdout)
        return ExitCode.DONE
    for key, value in values.items():
        origin = loaded.origins.get(key)
        mark = f'  ({i18n.text(f"cli.config.origin_{origin}")})' if origin else ''
        print(f'{key} = {shown(key, value)}{mark}', file=environment.stdout)
    return ExitCode.DONE


def _get(arguments: argparse.Namespace, environment: Environment) -> int:
    key = setting_values.check_key(arguments.key)
    value = _visible(key, getattr(environment.load_settings().settings, key))
    if arguments.json:
        print_json({key: value}, environment.stdout)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        print(text, file=environment.stdout)
    return ExitCode.DONE


def _visible(key: str, value: Any) -> Any:
    return shown(key, value) if key in SECRET_KEYS else value


def _set(arguments: argparse.Namespace, environment: Environment) -> int:
    key, text = setting_values.check_key(arguments.key), arguments.value
    if text is None:
        text = _asked(key)
    value = setting_values.check(key, text, from_text=True)
    places = environment.places
    if key in SECRET_KEYS:
        if not value:
            raise SettingEmpty(key=key)
        setting.store_key(places.key_file, value)
        environment.say('cli.config.key_stored', path=places.key_file)
    else:
        setting.save(places.config_file, {key: value})
        environment.say('cli.config.saved', key=key, value=shown(key, value))
    if key in setting_values.RESTART_KEYS:
        environment.say('cli.config.restart', key=key)
    return ExitCode.DONE


def _asked(key: str) -> str:
    """A value that was not on the command line, where everybody can read it in the process list."""
    prompt = f'{key}: '
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    return (getpass.getpass(prompt) if key in SECRET_KEYS else input(prompt)).strip()


def _unset(arguments: argparse.Namespace, environment: Environment) -> int:
    key, places = setting_values.check_key(arguments.key), environment.places
    if key in SECRET_KEYS:
        setting.store_key(places.key_file, '')
    setting.unset(places.config_file, key)
    environment.say('cli.config.default', key=key, value=shown(key, setting.defaults()[key]))
    return ExitCode.DONE


def _path(arguments: argparse.Namespace, environment: Environment) -> int:
    print(environment.places.config_file, file=environment.stdout)
    return ExitCode.DONE


def _validate(arguments: argparse.Namespace, environment: Environment) -> int:
    places = environment.places
    loaded = setting.load(places.config_file, None, places.key_file)
    for key in loaded.unknown:
        print(i18n.text('cli.config.unknown', key=key), file=environment.stdout)
    for problem in loaded.problems:
        print(i18n.error_text(problem), file=environment.stdout)
    if loaded.problems:
        return SettingInvalid.exit_code
    print(i18n.text('cli.config.valid', path=places.config_file), file=environment.stdout)
    return ExitCode.DONE
