"""A command starts quickly: it loads what it needs and nothing else."""

import os
import subprocess
import sys

import pytest

from .support.command import MAIN

LOADED = """
import json, sys
sys.path.insert(0, sys.argv[1])
from civitai_manager_libs.cli import main
try:
    main(sys.argv[2:])
except SystemExit:
    pass
print('loaded', json.dumps(sorted(sys.modules)))
"""
HEAVY = ('gradio', 'gradio_client', 'fastapi', 'PIL', 'numpy', 'pandas', 'playwright', 'pytest')


@pytest.mark.parametrize(
    'words',
    [
        ['--help'],
        ['download', '--help'],
        ['queue', 'list'],
        ['config', 'show'],
        ['download', '1004'],
        ['show', '1004'],
    ],
)
def test_nothing_heavy_is_loaded(program, words):
    done = subprocess.run(
        [sys.executable, '-c', LOADED, str(MAIN.parent / 'scripts'), *program.words(*words)[3:]],
        env={**os.environ, **program.environment},
        capture_output=True,
        encoding='utf-8',
        timeout=60,
    )
    listed = done.stdout.rpartition('loaded ')[2]
    assert 'civitai_manager_libs.cli' in listed, done.stderr
    assert [name for name in HEAVY if f'"{name}"' in listed] == []
    assert '"civitai_manager_libs.demo"' not in listed


def test_the_migrations_are_loaded_once_only(program):
    first = program.run('queue', 'list')
    assert first.code == 0
    words = program.words('queue', 'list')[3:]
    done = subprocess.run(
        [sys.executable, '-c', LOADED, str(MAIN.parent / 'scripts'), *words],
        env={**os.environ, **program.environment},
        capture_output=True,
        encoding='utf-8',
        timeout=60,
    )
    assert '"sqlalchemy"' in done.stdout and '"alembic"' not in done.stdout
