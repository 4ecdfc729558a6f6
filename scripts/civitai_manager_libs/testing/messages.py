"""What the test command says, in both languages."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from civitai_manager_libs import i18n
from civitai_manager_libs.bootstrap.messages import Speaker

_TEXTS: Mapping[str, Mapping[str, str]] = {
    'zh-TW': {
        'no_checkout': '測試不隨安裝套件提供，請在原始碼資料夾執行 python main.py test。',
        'browser_found': '瀏覽器：{path}',
        'browser_none': '找不到瀏覽器，也無法安裝。請安裝 Chrome、Chromium 或 Edge，再執行一次。',
        'browser_hint': (
            '找不到瀏覽器，頁面測試會略過；執行 python main.py test（不帶參數）會安裝一個。'
        ),
        'installing': '正在安裝 {names}……',
        'install_failed': '無法安裝 {names}：{reason}',
        'no_fonts': '沒有中文字型，頁面測試的截圖會缺字。',
        'hosts_no_python': (
            '各 WebUI 的 Gradio 測試需要 Python {version}，這台電腦上沒有能執行的；'
            '請安裝後再執行一次。'
        ),
        'step': '==> {name}',
        'ok': '通過',
        'failed': '失敗',
        'summary_line': '{verdict}  {seconds:6.1f} 秒  {name}',
        'all_ok': '全部通過，共 {seconds:.0f} 秒。',
        'some_failed': '{count} 項失敗：{names}（共 {seconds:.0f} 秒）。',
    },
    'en': {
        'no_checkout': (
            'The tests are not part of an installed package; '
            'run python main.py test in a folder with the source.'
        ),
        'browser_found': 'Browser: {path}',
        'browser_none': (
            'No browser was found and none could be installed. '
            'Install Chrome, Chromium or Edge and run this again.'
        ),
        'browser_hint': (
            'No browser was found, so the tests of the page are skipped; '
            'python main.py test without arguments installs one.'
        ),
        'installing': 'Installing {names} ...',
        'install_failed': '{names} could not be installed: {reason}',
        'no_fonts': 'There is no Chinese font; screenshots of the page will lack characters.',
        'hosts_no_python': (
            'The tests with the Gradio of each WebUI need Python {version}, and none that runs '
            'was found. Install it and run this again.'
        ),
        'step': '==> {name}',
        'ok': 'ok    ',
        'failed': 'failed',
        'summary_line': '{verdict}  {seconds:6.1f} s  {name}',
        'all_ok': 'All passed in {seconds:.0f} s.',
        'some_failed': '{count} failed: {names} ({seconds:.0f} s in all).',
    },
}


def text(key: str, **values: object) -> str:
    """The sentence of ``key`` in the language in force with ``values`` filled in."""
    sentence: str = _speaker().text(key, **values)
    return sentence


def say(key: str, **values: object) -> None:
    """Print the sentence of ``key`` at once: it stands before what a child process prints."""
    _speaker().say(key, **values)


def _speaker() -> Speaker:
    return Speaker(i18n.language(), _TEXTS, lambda: sys.stdout)
