"""All that a page says: what is read, what a pointer shows and what a screen reader speaks."""

import re
from pathlib import Path

import civitai_manager_libs.demo as demo
from civitai_manager_libs.domain import programs
from civitai_manager_libs.i18n import catalogue

_SAID = """() => {
    const found = new Set();
    const say = (text) => found.add((text || '').replace(/\\s+/g, ' ').trim());
    const names = ['title', 'aria-label', 'aria-valuetext', 'placeholder', 'alt'];
    const all = NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT;
    const walker = document.createTreeWalker(document.querySelector('.cs'), all);
    for (let at = walker.currentNode; at; at = walker.nextNode()) {
        const one = at.nodeType === Node.TEXT_NODE ? at.parentElement : at;
        if (one.closest('script, style, .cs-wires')) continue;
        if (at !== one) say(at.data);
        else names.forEach((name) => say(one.getAttribute(name)));
    }
    return [...found].filter(Boolean);
}"""
_HAN = re.compile('[一-鿿]+')
_SENTENCE = re.compile(r"[A-Za-z][A-Za-z’']+(?: [A-Za-z’']+){2,}")
_KEY = re.compile(r'(?<![\w./:-])([a-z][a-z_]+)\.[a-z][a-z0-9_]+(?![\w./:-])')
_GAP = re.compile(r'\{\w*\}')
_OWN_NAME = '正體中文'  # a language is called what those call it who speak it


def said(page):
    """Every text of the page, once each."""
    return page.evaluate(_SAID)


def faults(texts, language, foreign=''):
    """What is wrong with ``texts`` in ``language``, one line each. ``foreign`` are words of others,
    beside those of the demo catalogue and the names of other programs.
    """
    theirs = _demo_words() + _program_names() + foreign
    kept = tuple(_shown(one) for one in catalogue(language).values() if '{{' in one)
    spaces = {key.partition('.')[0] for key in catalogue(language)}
    strange = _SENTENCE if language == 'zh-TW' else _HAN
    found = []
    for text in texts:
        if any(space in spaces for space in _KEY.findall(text)):
            found.append(f'key: {text}')
        if _GAP.search(text) and not text.startswith(kept):  # a default may stand behind it
            found.append(f'gap: {text}')
        if not all(one in theirs or one == _OWN_NAME for one in strange.findall(text)):
            found.append(f'language: {text}')
    return found


def _shown(sentence):
    return ' '.join(sentence.replace('{{', '{').replace('}}', '}').split())


def _demo_words():
    folder = Path(demo.__file__).parent
    return ''.join(one.read_text(encoding='utf-8') for one in sorted(folder.glob('*.py')))


def _program_names():
    known = (one for one in vars(programs).values() if isinstance(one, programs.Program))
    return '\n'.join(one.name for one in known)
