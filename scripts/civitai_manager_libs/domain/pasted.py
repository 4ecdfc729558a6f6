"""Takes a pasted heap of text apart into pieces that may each name one thing.

Lines, spaces, commas, quotes, brackets, markdown links, bullets, full-width punctuation and signs
nobody sees all occur. Every step is linear in the length of the heap.
"""

from __future__ import annotations

import re

_UNSEEN = re.compile(
    '[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe0e\ufe0f\ufeff]+'
)
_MARKDOWN_LINK = re.compile(
    r'!?\[[^\[\]\n]{0,400}\]\(\s*<?'
    r'([^\s<>()]{1,4000}(?:\([^\s<>()]{0,400}\)[^\s<>()]{0,400}){0,8})>?'
    r'(?:\s+"[^"\n]{0,400}")?\s*\)'
)
_REMARK = re.compile(r'^[ \t]*#.*$', re.MULTILINE)
_BULLET = re.compile(
    r'^[ \t>]*(?:[-*+•‣◦▪●○■□◆◇★☆►▶→※・]+[ \t]+)?(?:\[[ xX]\][ \t]+)?', re.MULTILINE
)
_STARTS = r'(?:https?:|//|www\.|civitai[.:]|urn:|air:)'
_NUMBERING = re.compile(
    rf'^[ \t]*[(（]?\d{{1,4}}(?:[.)）、．:：]+[ \t]*(?={_STARTS})|[.)][ \t]+(?=\S))',
    re.MULTILINE | re.IGNORECASE,
)
_LABEL = re.compile(r'[^\s,;，、；/?=&:：]{1,40}[:：][ \t]*(?=https?://)', re.IGNORECASE)
_ALWAYS = re.compile(r'[\s"`<>|“”„«»‘’「」『』《》〈〉【】〔〕（），、；。！？：｜…]+')
_GLUED = re.compile(r'(?<=[^\s/=?&#%:@+.\-])(?=https?://)', re.IGNORECASE)
_BEGINS = re.compile(_STARTS, re.IGNORECASE)
_BARE = re.compile(r'(?:0x)?[0-9A-Fa-f]+(?:[@+][0-9]+){0,2}')
# Not before a digit: -5 is no id.
_DASH = re.compile(r'^-+(?=[A-Za-z])')
_EDGES = '\'*~•·'


def split_heap(text: str) -> list[str]:
    """The pieces of ``text`` in their order; an empty list when there is nothing but decoration.

    Lines that begin with ``#`` are remarks (lists in files have them, headings of markdown too).
    Words are given back like everything else: whoever pasted them is told that they name nothing.
    """
    text = _UNSEEN.sub('', text)
    text = _REMARK.sub('', _MARKDOWN_LINK.sub(r' \1 ', text))
    text = _LABEL.sub(' ', _NUMBERING.sub('', _BULLET.sub('', text)))
    pieces: list[str] = []
    for chunk in _ALWAYS.split(text):
        for link in _GLUED.split(chunk):
            pieces.extend(trimmed(piece) for piece in _comma_split(link))
    return [piece for piece in pieces if any(sign.isalnum() for sign in piece)]


def visible(text: str) -> str:
    """``text`` without the signs nobody sees (byte order mark, zero-width, direction)."""
    return _UNSEEN.sub('', text)


def _comma_split(chunk: str) -> list[str]:
    """Comma and semicolon part targets, but occur inside addresses (``/fit=cover,width=9/``)
    too.
    """
    signs = re.split(r'([,;])', chunk)
    pieces, current = [], [signs[0]]
    inside_query = '?' in signs[0]
    for sign, rest in zip(signs[1::2], signs[2::2]):
        bare = _BARE.fullmatch(rest) is not None and not inside_query
        if not rest or bare or _BEGINS.match(rest):
            pieces.append(''.join(current))
            current, inside_query = [rest], '?' in rest
        else:
            current += [sign, rest]
            inside_query = inside_query or '?' in rest
    return [*pieces, ''.join(current)]


def trimmed(piece: str) -> str:
    """``piece`` without the quotes, emphasis, sentence ends and brackets of the text around it."""
    for _ in range(3):
        piece = (
            piece.strip().strip('"`<>“”„«»‘’「」『』《》' + _EDGES).lstrip('([{').rstrip('.,;:!?')
        )
        for opening, closing in ('()', '[]', '{}'):
            if opening not in piece:
                piece = piece.rstrip(closing)
    return _DASH.sub('', piece)
