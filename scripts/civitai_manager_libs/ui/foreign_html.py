"""HTML that authors write on Civitai, made fit to stand in our page: it can look like text with
headings, lists and links, and do nothing.
"""

from __future__ import annotations

import html
import re

import nh3

MOST_MARKUP = 400_000
"""So many signs of a description are read; no real one is longer."""

_MOST_DEPTH = 32
_VOID = frozenset(('br', 'hr'))
_ENDED_BY_NEXT = frozenset(('p', 'li', 'tr', 'td', 'th'))
_HEADINGS = frozenset(('h1', 'h2', 'h3', 'h4', 'h5', 'h6'))
_HEADING = 'h4'  # below those of the page
_TAGS = frozenset(
    (
        *('p', 'br', 'hr', 'strong', 'b', 'em', 'i', 'u', 's', 'del', 'sub', 'sup', 'code', 'pre'),
        *('blockquote', 'ul', 'ol', 'li', 'a', _HEADING),
        *('table', 'thead', 'tbody', 'tr', 'th', 'td'),
    )
)
_RAW = ('script', 'style', 'iframe', 'noscript', 'title', 'textarea', 'noembed', 'noframes', 'xmp')
_UNSEEN = frozenset(
    ('template', 'object', 'svg', 'math', 'head', 'select', 'video', 'audio', 'canvas')
)
_PIECE = re.compile(
    r'''<(?P<end>/?)(?P<tag>[A-Za-z][^\s/<>"']*)(?P<rest>(?:[^<>"']|"[^"<]*"|'[^'<]*')*)>'''
)
_HREF = re.compile(r'''(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))''', re.IGNORECASE)
_WEB = ('https://', 'http://')
_LONGEST_LINK = 2_000
_LONGEST_TAG = 4_000
_EMPTY = re.compile(r'(?:<p>(?:\s|&nbsp;|<br>)*</p>\s*){2,}')
_LINKS = {'a': {'target': '_blank'}}


def safe_html(markup: str) -> str:
    """``markup`` with nothing left in it but text, its shape, and links to web addresses that open
    a page of their own. Pictures, styles, classes, ids and everything that could run, load or send
    something are dropped; all headings become small ones.
    """
    clean = nh3.clean(
        _Shaper(markup[:MOST_MARKUP]).shaped(),
        tags=set(_TAGS),
        attributes={'a': {'href'}},
        link_rel='noopener noreferrer nofollow',
        url_schemes={'http', 'https'},
        generic_attribute_prefixes=set(),
        set_tag_attribute_values=_LINKS,
    )
    return _EMPTY.sub('<p></p>', clean).strip()


class _Shaper:
    """Writes ``markup`` again, with the tags that we know alone, all of them closed and none deep
    inside others: to walk the tree of many thousand levels takes minutes. One look at each sign
    does, whatever it is (Python's own parser needs minutes for a row of tags that do not end).
    """

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._lower = markup.lower() if markup.isascii() else _ascii_lower(markup)
        self._pieces: list[str] = []
        self._open: list[str] = []
        self._unseen: list[str] = []

    def shaped(self) -> str:
        """What was read."""
        place, whole = 0, len(self._markup)
        while place < whole:
            begin = self._markup.find('<', place)
            self._words(self._markup[place : begin if begin >= 0 else whole])
            place = self._tag(begin) if begin >= 0 else whole
        while self._open:
            self._end()
        return ''.join(self._pieces)

    def _tag(self, begin: int) -> int:
        """Read what begins with a ``<``; gives the place behind it."""
        found = _PIECE.match(self._markup, begin)
        if found is None:
            return self._no_tag(begin)
        tag = found['tag'].lower()
        tag = _HEADING if tag in _HEADINGS else tag
        if found['end']:
            self._closing(tag)
        elif tag in _RAW:
            return self._behind('>', self._behind(f'</{tag}', found.end()))
        else:
            self._opening(tag, found['rest'])
        return found.end()

    def _no_tag(self, begin: int) -> int:
        """A comment, an instruction, or a sign for smaller than."""
        if self._markup.startswith('<!--', begin):
            return self._behind('-->', begin + 4)
        if self._markup[begin + 1 : begin + 2] in ('!', '?', '/'):
            return self._behind('>', begin)
        self._words('<')
        return begin + 1

    def _behind(self, words: str, place: int) -> int:
        found = self._lower.find(words, place)
        return len(self._markup) if found < 0 else found + len(words)

    def _words(self, words: str) -> None:
        if not self._unseen and words:
            self._pieces.append(html.escape(html.unescape(words), quote=False))

    def _opening(self, tag: str, rest: str) -> None:
        if tag in _UNSEEN and not rest.endswith('/'):
            self._unseen.append(tag)
        if self._unseen or tag not in _TAGS:
            return
        if tag in _VOID:
            self._pieces.append(f'<{tag}>')
            return
        if tag in _ENDED_BY_NEXT and self._open[-1:] == [tag]:
            self._end()
        link = _link(rest) if tag == 'a' else ''
        if len(self._open) < _MOST_DEPTH and (link or tag != 'a'):
            self._open.append(tag)
            self._pieces.append(f'<{tag}{link}>')

    def _closing(self, tag: str) -> None:
        if tag in self._unseen[-_MOST_DEPTH:]:
            while self._unseen.pop() != tag:
                pass
        elif not self._unseen and tag in self._open:
            while self._open[-1] != tag:
                self._end()
            self._end()

    def _end(self) -> None:
        self._pieces.append(f'</{self._open.pop()}>')


def _ascii_lower(markup: str) -> str:
    """As many signs as before; some letters are longer in small."""
    return re.sub('[A-Z]+', lambda letters: letters.group().lower(), markup)


def _link(rest: str) -> str:
    """An address on our own server, or of no server at all, is not what an author means."""
    found = _HREF.search(rest[:_LONGEST_TAG])
    address = html.unescape(next(filter(None, found.groups()), '') if found else '').strip()
    if not address.lower().startswith(_WEB) or len(address) > _LONGEST_LINK:
        return ''
    return f' href="{html.escape(address)}"'
