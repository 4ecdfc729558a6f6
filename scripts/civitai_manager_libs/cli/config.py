"""``config``: the settings, where they come from, and how to change them."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from pathlib import Path
from typing import Any

from .. import i18n, setting, setting_values
from ..errors import ExitCode, SettingEmpty, SettingInvalid
from ..setting_values import FIELDS, SECRET_KEYS, shown
from ..ui.setting_texts import GROUPS
from .config_migrate import migrate
from .environment import Environment
from .output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``config`` understands."""
    commands = parser.add_subparsers(dest='action', required=True, metavar='ACTION')
    for name in ('show', 'get', 'set', 'unset', 'path', 'validate', 'migrate'):
        about = i18n.text(f'cli.config.{name}')
        command = commands.add_parser(name, help=about, description=about)
        if name in ('get', 'set', 'unset'):
            command.add_argument('key', metavar='KEY', help=i18n.text('cli.config.key'))
        if name == 'set':
            value = i18n.text('cli.config.value')
            command.add_argument('value', nargs='?', metavar='VALUE', help=value)
        if name in ('show', 'get'):
            command.add_argument('--json', action='store_true', help=i18n.text('cli.download.json'))
        if name == 'migrate':
            file = i18n.text('cli.config.migrate_file')
            command.add_argument('file', nargs='?', type=Path, metavar='FILE', help=file)
            dry_run = i18n.text('cli.config.dry_run')
            command.add_argument('--dry-run', action='store_true', help=dry_run)


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Dispatch to the action."""
    actions = {
        'show': _show,
        'get': _get,
        'set': _set,
        'unset': _unset,
        'path': _path,
        'validate': _validate,
        'migrate': _migrate,
    }
    return actions[arguments.action](arguments, environment)


def _show(arguments: argparse.Namespace, environment: Environment) -> int:
    loaded = environment.load_settings()
    values = {key: _visible(key, setting_values.value_in(loaded.settings, key)) for key in FIELDS}
    if arguments.json:
        print_json(values, environment.stdout)
        return ExitCode.DONE
    for number, (group, keys) in enumerate(GROUPS.items()):
        gap = '\n' if number else ''
        print(f'{gap}[{i18n.text(f"page.settings.group.{group}")}]', file=environment.stdout)
        for key in keys:
            marks = '; '.join(_marks(key, values[key], loaded))
            line = f'{key} = {shown(key, values[key])}' + (f'  ({marks})' if marks else '')
            print(line, file=environment.stdout)
    return ExitCode.DONE


def _marks(key: str, value: Any, loaded: setting.Loaded) -> list[str]:
    """What there is to say of a value: where it comes from, its default."""
    origin, default = loaded.origins.get(key), setting.defaults()[key]
    marks = [i18n.text(f'cli.config.origin_{origin}')] if origin else []
    if value != default and default not in ('', {}, []):
        marks.append(i18n.text('cli.config.is_default', value=shown(key, default)))
    return marks


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
        where = environment.keys.store(value)
        environment.say(f'cli.config.key_in_{where}', path=places.key_file)
        setting.unset(places.config_file, key)  # it would come first there
    else:
        setting.save(places.config_file, {key: value})
        environment.say('cli.config.saved', key=key, value=shown(key, value))
    _say_overridden(key, environment)
    return ExitCode.DONE


def _say_overridden(key: str, environment: Environment) -> None:
    name = setting.overriding(key, os.environ)
    if name:
        environment.say('cli.config.overridden', name=name, key=key)


def _asked(key: str) -> str:
    """A value that was not on the command line, where everybody can read it in the process list."""
    prompt = f'{key}: '
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    return (getpass.getpass(prompt) if key in SECRET_KEYS else input(prompt)).strip()


def _unset(arguments: argparse.Namespace, environment: Environment) -> int:
    key, places = setting_values.check_key(arguments.key), environment.places
    setting.unset(places.config_file, key)
    if key in SECRET_KEYS:
        environment.keys.forget()
    environment.say('cli.config.default', key=key, value=shown(key, setting.defaults()[key]))
    _say_overridden(key, environment)
    return ExitCode.DONE


def _path(arguments: argparse.Namespace, environment: Environment) -> int:
    print(environment.places.config_file, file=environment.stdout)
    return ExitCode.DONE


def _validate(arguments: argparse.Namespace, environment: Environment) -> int:
    places = environment.places
    loaded = setting.load(places.config_file, None, environment.keys)
    for key in loaded.unknown:
        print(i18n.text('cli.config.unknown', key=key), file=environment.stdout)
    for problem in loaded.problems:
        print(i18n.error_text(problem), file=environment.stdout)
    if loaded.problems:
        return SettingInvalid.exit_code
    print(i18n.text('cli.config.valid', path=places.config_file), file=environment.stdout)
    return ExitCode.DONE


def _migrate(arguments: argparse.Namespace, environment: Environment) -> int:
    target = environment.places.config_file
    lines = migrate(arguments.file or target, target, environment.keys, arguments.dry_run)
    for line in lines:
        print(line, file=environment.stdout)
    return ExitCode.DONE
