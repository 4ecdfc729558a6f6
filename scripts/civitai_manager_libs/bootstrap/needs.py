"""Which packages the program and its tests need, and by which name each is imported."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

RUNTIME: Mapping[str, str] = {
    'requests': 'requests',
    'Pillow': 'PIL',
    'msgspec': 'msgspec',
    'tenacity': 'tenacity',
    'platformdirs': 'platformdirs',
    'psutil': 'psutil',
    'blake3': 'blake3',
    'requests-cache': 'requests_cache',
    'prometheus-client': 'prometheus_client',
    'nh3': 'nh3',
    'SQLAlchemy': 'sqlalchemy',
    'alembic': 'alembic',
    'gradio': 'gradio',
}
TESTS: Mapping[str, str] = {
    'pytest': 'pytest',
    'pytest-xdist': 'xdist',
    'pytest-timeout': 'pytest_timeout',
    'coverage': 'coverage',
    'hypothesis': 'hypothesis',
    'pathvalidate': 'pathvalidate',
    'requests-mock': 'requests_mock',
    'keyring': 'keyring',
    'schemathesis': 'schemathesis',
    'playwright': 'playwright',
    'axe-playwright-python': 'axe_playwright_python',
    'black': 'black',
    'flake8': 'flake8',
    'mypy': 'mypy',
    'import-linter': 'importlinter',
    'types-requests': 'requests-stubs',
    'hatchling': 'hatchling',
    'uv': 'uv',
}
_FILES: Mapping[str, Mapping[str, str]] = {
    'requirements.txt': RUNTIME,
    'requirements-test.txt': TESTS,
}


class Needs:
    """What one command needs: requirement files in ``root``, and the packages they name."""

    def __init__(self, root: Path, command: str | None) -> None:
        names = ['requirements.txt']
        if command == 'test':
            names.append('requirements-test.txt')
        self.files = [root / name for name in names]
        self.imports = {
            package: module for name in names for package, module in _FILES[name].items()
        }

    def missing(self) -> list[str]:
        """The packages that this Python cannot import, by the names one installs them by."""
        return [package for package, module in self.imports.items() if not _is_here(module)]


def _is_here(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
