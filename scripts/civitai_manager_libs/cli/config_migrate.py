"""``config migrate``: takes the settings of older files over, with a copy of what it changes."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import __version__, i18n, setting, setting_migration
from ..errors import FileUnreadable
from ..key_store import KEY, KeyStore
from ..setting_migration import Migration
from ..setting_values import shown
from ..store.files import write_atomic


@dataclass(frozen=True)
class _Plan:
    """What is to be written: the new content of the settings file (None when it stays), the key to
    store, and the content of the older file without that key.
    """

    migration: Migration
    taken: Mapping[str, Any]
    settings: Mapping[str, Any] | None
    key: str
    source: Mapping[str, Any] | None
    key_differs: bool


def migrate(source: Path, target: Path, keys: KeyStore, dry_run: bool) -> list[str]:
    """Take the settings of the file ``source`` over into ``target``, the person's settings file,
    which may be the same; gives what was done, or would be, as lines.

    What the person has set already stays. A file that changes is copied first, readable only by its
    owner and without the key, which goes to ``keys``. Raises errors of our tree: for a file that is
    missing or broken, and of the disk; a second call goes on where it was.
    """
    source, target = source.absolute(), target.absolute()
    if source != target and not source.is_file():
        raise FileUnreadable(path=str(source), reason=i18n.text('cli.config.no_file'))
    old = setting.read_file(source)
    plan = _plan(old, None if source == target else setting.read_file(target), keys)
    lines = _lines(plan, source)
    if plan.settings is None and plan.source is None and not plan.key:
        return [*lines, i18n.text('cli.config.migrate_nothing', path=source, version=__version__)]
    if dry_run:
        return [*lines, i18n.text('cli.config.migrate_dry_run')]
    return [*lines, *_write(plan, source, target, keys)]


def _plan(old: Mapping[str, Any], present: Mapping[str, Any] | None, keys: KeyStore) -> _Plan:
    migration = setting_migration.migrate(old)
    config = dict(migration.config)
    key = config.pop(KEY, '')
    if present is None:  # in place: the key of this file is the one in force
        settings = {**config, KEY: ''} if KEY in old else config
        changed = settings != old
        taken = {name: config[name] for name in migration.renamed.values() if name in config}
        return _Plan(migration, taken, settings if changed else None, key, None, False)
    defaults = setting.defaults()
    taken = {
        name: value
        for name, value in config.items()
        if name not in present and not (name in defaults and defaults[name] == value)
    }
    stored = keys.read() if key else ''
    differs = bool(stored) and stored != key
    return _Plan(
        migration=migration,
        taken=taken,
        settings={**present, **taken} if taken else None,
        key='' if stored else key,
        source=_without_key(old, key) if key and not differs else None,
        key_differs=differs,
    )


def _without_key(content: Mapping[str, Any], key: str) -> dict[str, Any]:
    """``content`` with nothing where ``key`` stood."""
    return {
        name: _without_key(value, key) if isinstance(value, dict) else value
        for name, value in content.items()
    } | {KEY: '' for name, value in content.items() if name == KEY and str(value).strip() == key}


def _lines(plan: _Plan, source: Path) -> list[str]:
    older = {name: key for key, name in plan.migration.renamed.items()}
    lines = []
    for name, value in plan.taken.items():
        was = older.get(name, name)
        lines.append(
            f'{was} → {name} = {shown(name, value)}' if was != name else _line(name, value)
        )
    lines += [i18n.error_text(problem) for problem in plan.migration.problems]
    lines += [i18n.text('cli.config.migrate_gone', key=name) for name in plan.migration.gone]
    if plan.key:
        lines.append(i18n.text('cli.config.migrate_key'))
    if plan.key_differs:
        lines.append(i18n.text('cli.config.migrate_other_key', path=source))
    return lines


def _line(name: str, value: Any) -> str:
    return f'{name} = {shown(name, value)}'


def _write(plan: _Plan, source: Path, target: Path, keys: KeyStore) -> list[str]:
    secret = str(plan.migration.config.get(KEY, ''))
    lines = []
    for path, content in ((target, plan.settings), (source, plan.source)):
        if content is not None and path.exists():
            lines.append(i18n.text('cli.config.migrate_backup', path=_back_up(path, secret)))
    if plan.key:
        where = keys.store(plan.key)
        lines.append(i18n.text(f'cli.config.key_in_{where}', path=keys.key_file))
    for path, content in ((target, plan.settings), (source, plan.source)):
        if content is not None:
            write_atomic(path, _encoded(content))
    if plan.settings is not None:
        lines.append(i18n.text('cli.config.migrate_done', path=target, version=__version__))
    return lines


def _back_up(path: Path, secret: str) -> Path:
    content = setting.read_file(path)
    cleaned = _without_key(content, secret) if secret else content
    copied = path.read_bytes() if cleaned == content else _encoded(cleaned)
    stem = f'{path.name}.backup-{time.strftime("%Y%m%d-%H%M%S")}'
    backup, number = path.with_name(stem), 1
    while backup.exists():
        number += 1
        backup = path.with_name(f'{stem}-{number}')
    write_atomic(backup, copied, mode=0o600)
    return backup


def _encoded(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, indent=2) + '\n'
    return text.encode('utf-8', 'backslashreplace')
