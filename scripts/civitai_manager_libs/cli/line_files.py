"""Lists that a command reads: one entry a line."""

from __future__ import annotations

import sys
from pathlib import Path

from ..errors import FileUnreadable


def lines_of(path: Path) -> list[str]:
    """The entries of ``path``, ``-`` for standard input; empty lines and those that begin with
    ``#`` are passed over. Raises FileUnreadable.
    """
    try:
        if str(path) == '-':
            content = sys.stdin.read()
        else:
            content = path.read_text(encoding='utf-8-sig')
    except OSError as error:
        raise FileUnreadable(path=str(path), reason=error.strerror or '') from error
    except UnicodeDecodeError as error:
        raise FileUnreadable(path=str(path), reason='not UTF-8') from error
    lines = (line.strip() for line in content.splitlines())
    return [line for line in lines if line and not line.startswith('#')]
