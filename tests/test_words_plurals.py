"""What is counted has a sentence for one and a sentence for more, in both languages."""

import ast
import re
from pathlib import Path

import pytest

import civitai_manager_libs
from civitai_manager_libs import i18n
from civitai_manager_libs.ui.words import counted

PACKAGE = Path(civitai_manager_libs.__file__).parent
HAN = '[一-鿿]'


def counted_keys():
    """Every key that the program counts with."""
    found = set()
    for path in sorted((PACKAGE / 'ui').rglob('*.py')):
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Call) and getattr(node.func, 'id', '') == 'counted':
                if isinstance(node.args[0], ast.Constant):
                    found.add(node.args[0].value)
    return found


class TestPlurals:
    def test_many_keys_are_counted(self):
        assert len(counted_keys()) > 20

    @pytest.mark.parametrize('language', i18n.LANGUAGES)
    def test_each_has_both_forms_and_says_how_many(self, language):
        words = i18n.catalogue(language)
        for key in counted_keys():
            assert '{n}' in words[f'{key}s'], key
            assert '{n}' in words[key] or '1' in words[key], key

    def test_english_says_one_and_many_differently(self):
        words = i18n.catalogue('en')
        same = {key for key in counted_keys() if words[key] == words[f'{key}s']}
        assert same <= {'gallery.loaded'}

    def test_the_form_follows_the_number(self):
        with i18n.speaking('en'):
            assert [counted('page.item', n) for n in (0, 1, 1500)] == [
                '0 items',
                '1 item',
                '1,500 items',
            ]


class TestChinese:
    def test_manners(self):
        rude = [key for key, words in i18n.catalogue('zh-TW').items() if '您' in words]
        assert rude == []

    def test_a_space_stands_between_han_and_latin(self):
        tight = re.compile(f'{HAN}[A-Za-z0-9]|[A-Za-z0-9]{HAN}')
        found = {
            key: words for key, words in i18n.catalogue('zh-TW').items() if tight.search(words)
        }
        assert found == {}

    def test_nothing_was_left_in_english(self):
        chinese, english = i18n.catalogue('zh-TW'), i18n.catalogue('en')
        worded = re.compile('[A-Za-z]{3,} [A-Za-z]{3,} [A-Za-z]{3,}')
        left = {
            key for key, words in chinese.items() if words == english[key] and worded.search(words)
        }
        assert left == set()
