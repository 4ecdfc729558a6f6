"""How texts are made alike before one is looked for in another, and cut up for an index. Pure.

An index of three signs in a row (SQLite's trigram tokenizer) finds any word of three signs or more,
in any language. Shorter words are common in Chinese and Japanese: for them every sign and every two
signs in a row are words of an index of their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

SHORTEST_LONG = 3
"""Signs of the shortest word that the index of three signs finds."""

_MOST_WORDS = 32
_LONGEST_WORD = 100
_MOST_TRIGRAMS = 64
_CONTROLS = re.compile('[\0-\x1f\x7f]+')
_SURROGATES = re.compile('[\ud800-\udfff]')


@dataclass(frozen=True)
class SearchWords:
    """What is looked for, folded: words of three signs or more and shorter ones."""

    long: tuple[str, ...] = ()
    short: tuple[str, ...] = ()


def storable_text(text: str) -> str:
    """``text`` with a replacement sign for each half of a sign, which JSON can hold and no database
    takes.
    """
    return _SURROGATES.sub('\ufffd', text)


def folded(text: str) -> str:
    """``text`` without differences of case, width and composition (Unicode's compatibility form),
    on one line.
    """
    plain = unicodedata.normalize('NFKC', _CONTROLS.sub(' ', storable_text(text)))
    return _CONTROLS.sub(' ', unicodedata.normalize('NFKC', plain.casefold()))


def folded_lines(texts: Iterable[str], most: int) -> str:
    """Texts folded, one a line: no word is found across two of them. ``most`` signs are kept."""
    return '\n'.join(line for line in map(folded, texts) if line.strip())[:most]


def search_words(text: str) -> SearchWords:
    """The words of ``text``, each once. Whatever signs are in it, they are only signs. Of a text
    that is no search (more than 32 words, a word of more than 100 signs) the beginning counts.
    """
    words = list(dict.fromkeys(word[:_LONGEST_WORD] for word in folded(text).split()))
    words = words[:_MOST_WORDS]
    return SearchWords(
        tuple(word for word in words if len(word) >= SHORTEST_LONG),
        tuple(word for word in words if len(word) < SHORTEST_LONG),
    )


def phrases(words: Iterable[str]) -> str:
    """A query of FTS5 for all of ``words``, as they are."""
    return ' AND '.join('"' + word.replace('"', '""') + '"' for word in words)


def some_trigrams(words: Iterable[str]) -> list[str]:
    """Enough of the three signs in a row in ``words``, each of three signs or more, that few texts
    have them all without having the words. To look for them takes far less time.
    """
    found: dict[str, None] = {}
    for word in words:
        found.update(dict.fromkeys(word[at : at + 3] for at in range(0, len(word) - 2, 2)))
        found[word[-3:]] = None
    return list(found)[:_MOST_TRIGRAMS]


def grams(text: str) -> str:
    """Every sign and every two signs in a row in the words of a folded text, each once, as words of
    letters and digits (see :func:`gram`) with spaces between.
    """
    found: dict[str, None] = {}
    for word in text.split():
        found.update(dict.fromkeys(word))
        found.update(dict.fromkeys(map(''.join, zip(word, word[1:]))))
    return ' '.join(map(gram, found))


@lru_cache(maxsize=16384)
def gram(signs: str) -> str:
    """One or two signs as a word that every tokenizer leaves whole."""
    return 'z'.join(f'{ord(sign):x}' for sign in signs)
