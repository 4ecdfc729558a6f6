"""Texts are folded alike on both sides, and cut up for the index of short words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civitai_manager_libs.domain.text_search import (
    SearchWords,
    folded,
    folded_lines,
    gram,
    grams,
    phrases,
    search_words,
    storable_text,
)


@pytest.mark.parametrize(
    ('written', 'plain'),
    [
        ('ÉCLAIR', 'éclair'),
        ('Straße', 'strasse'),
        ('ＳＤＸＬ　１．０', 'sdxl 1.0'),
        ('e\u0301', 'é'),
        ('ﾊﾟﾝ', 'パン'),
        ('a\0b\nc', 'a b c'),
        ('half \ud83d', 'half \ufffd'),
    ],
)
def test_what_is_the_same_to_who_searches(written, plain):
    assert folded(written) == plain


@given(st.text())
def test_folding_twice_changes_nothing_and_can_be_stored(text):
    once = folded(text)
    assert folded(once) == once
    once.encode()


def test_half_a_sign_can_be_stored():
    assert storable_text('a\udc00b\ud800') == 'a\ufffdb\ufffd'


def test_lines_are_apart_and_no_longer_than_wanted():
    assert folded_lines(['One', '', 'TWO\nthree'], 99) == 'one\ntwo three'
    assert folded_lines(['abcdef'], 4) == 'abcd'


def test_words_by_length():
    assert search_words(' Anime 動漫  風 ab anime ') == SearchWords(
        ('anime',), ('動漫', '風', 'ab')
    )
    assert search_words(' \n ') == SearchWords()


def test_a_whole_book_is_no_search():
    words = search_words(' '.join(f'word{number}' for number in range(999)) + 'x' * 10_000)
    assert len(words.long) == 32
    assert search_words('x' * 10_000).long == ('x' * 100,)


def test_signs_of_the_query_language_are_plain():
    assert phrases(['say"so', 'near(a']) == '"say""so" AND "near(a"'


def test_grams_are_each_sign_and_each_two_in_a_word():
    assert grams('ab b').split() == [gram('a'), gram('b'), gram('ab')]
    assert set(grams('動漫\n🦊').split()) == {gram(one) for one in ('動', '漫', '動漫', '🦊')}


@given(st.text(min_size=1, max_size=2), st.text(min_size=1, max_size=2))
def test_no_two_grams_are_the_same_word(one, other):
    assert gram(one).isalnum() and gram(one).isascii()
    assert (gram(one) == gram(other)) == (one == other)
