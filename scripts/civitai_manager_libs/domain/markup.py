"""Text without its markup: what authors write on Civitai is HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    (
        *('address', 'article', 'blockquote', 'div', 'dl', 'dt', 'dd', 'figure', 'footer', 'form'),
        *('h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'header', 'hr', 'li', 'ol', 'p', 'pre', 'section'),
        *('table', 'tr', 'ul'),
    )
)
_UNSEEN = frozenset(('script', 'style', 'template', 'head', 'title'))
_DASH = '- '


def plain_text(markup: str) -> str:
    """``markup`` as a person reads it: paragraphs on lines of their own, list items with a dash, no
    tags; text that is no HTML comes back with its lines.
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    lines = (' '.join(line.split()) for line in ''.join(reader.pieces).split('\n'))
    return re.sub(r'\n{3,}', '\n\n', '\n'.join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == 'br':
            self.pieces.append('\n')
        elif tag in _BLOCKS:
            self._break()
            if tag == 'li':
                self.pieces.append(_DASH)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(data)

    def _break(self) -> None:
        if self.pieces and self.pieces[-1] != _DASH and not self.pieces[-1].endswith('\n'):
            self.pieces.append('\n')
