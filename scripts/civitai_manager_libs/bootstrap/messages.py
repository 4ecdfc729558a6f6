# -*- coding: utf-8 -*-
"""What the bootstrap says, in both languages, on standard error.

The catalogues of the program cannot be used here: this must run on Pythons that cannot load their
reader.
"""

from __future__ import unicode_literals

import locale
import sys

CHINESE = 'zh-TW'
ENGLISH = 'en'

TEXTS = {
    CHINESE: {
        'python_unsupported': (
            '需要 Python {oldest} 到 {newest}，但目前執行的是 Python {found}（{path}）。'
            '請從 https://www.python.org/downloads/ 安裝 Python {newest}，再用它執行 main.py。'
        ),
        'python_unsupported_other': (
            '需要 Python {oldest} 到 {newest}，但目前執行的是 Python {found}（{path}）。請改用：{command}'
        ),
        'creating': '首次執行：正在建立 {path}（Python {version}）……',
        'rebuilding': '{path} 無法使用（未完成、已搬移或屬於不支援的 Python），正在重新建立（Python {version}）……',
        'installing': '正在用 {tool} 安裝 {files} 所列的套件……',
        'working': '  進行中（{seconds} 秒）',
        'collected': '  已取得 {count} 個套件（{seconds} 秒）',
        'placing': '  正在寫入 {count} 個套件（{seconds} 秒）',
        'ready': '安裝完成，共 {seconds} 秒。',
        'waiting': '另一個程序正在準備 {path}，等它完成……',
        'interrupted': '已中斷。下次執行會從頭補齊未完成的安裝。',
        'missing': '缺少套件：{names}。不自動安裝時，請自行執行：{command}',
        'no_requirements': '找不到 {path}，請重新取得完整的程式。',
        'no_ensurepip': (
            '這個 Python 缺少 venv 與 ensurepip，無法建立 .venv。'
            '請執行 sudo apt install python3-venv（非系統預設的 Python 則為 {package}），再執行一次。'
        ),
        'no_network': (
            '連不上套件來源（{tool}：{reason}）。請檢查網路或代理伺服器（HTTPS_PROXY），再執行一次。'
        ),
        'disk_full': '磁碟空間不足，無法寫入 {path}。請騰出約 1 GB（暫存資料夾 {temporary} 也需要空間），再執行一次。',
        'read_only': (
            '無法寫入 {path}（{reason}）。請把程式放到可寫入的資料夾，或自行安裝套件後加上 --no-bootstrap 執行。'
        ),
        'cannot_remove': (
            '無法移除舊的 {path}（{reason}）。請關閉正在使用它的程式、刪除該資料夾，再執行一次。'
        ),
        'not_an_environment': '{path} 已存在，但不是虛擬環境。請改名或移走它，再執行一次。',
        'venv_failed': '無法建立 {path}（{reason}）。請刪除該資料夾再執行一次，或換一個 Python {oldest} 到 {newest}。',
        'install_failed': '{tool} 安裝失敗（{reason}）。請排除後再執行一次，或自行執行：{command}',
        'still_missing': '安裝後仍找不到：{names}。請刪除 {path} 再執行一次。',
    },
    ENGLISH: {
        'python_unsupported': (
            'Python {oldest} to {newest} is needed, but this is Python {found} ({path}). '
            'Install Python {newest} from https://www.python.org/downloads/ '
            'and run main.py with it.'
        ),
        'python_unsupported_other': (
            'Python {oldest} to {newest} is needed, but this is Python {found} ({path}). '
            'Run this instead: {command}'
        ),
        'creating': 'First run: creating {path} (Python {version}) ...',
        'rebuilding': (
            '{path} cannot be used (unfinished, moved, or of an unsupported Python); '
            'building it anew (Python {version}) ...'
        ),
        'installing': 'Installing the packages of {files} with {tool} ...',
        'working': '  working ({seconds} s)',
        'collected': '  {count} packages fetched ({seconds} s)',
        'placing': '  writing {count} packages ({seconds} s)',
        'ready': 'Installed in {seconds} s.',
        'waiting': 'Another process is preparing {path}; waiting for it ...',
        'interrupted': 'Interrupted. The next run completes the installation.',
        'missing': (
            'Packages are missing: {names}. As nothing is installed automatically, run: {command}'
        ),
        'no_requirements': '{path} is not there; fetch the complete program again.',
        'no_ensurepip': (
            'This Python lacks venv and ensurepip, so .venv cannot be created. '
            'Run sudo apt install python3-venv ({package} if it is not the default Python), '
            'then run this again.'
        ),
        'no_network': (
            'The package index cannot be reached ({tool}: {reason}). '
            'Check the network or the proxy (HTTPS_PROXY), then run this again.'
        ),
        'disk_full': (
            'The disk is full: {path} cannot be written. '
            'Free about 1 GB (the temporary folder {temporary} needs room too), '
            'then run this again.'
        ),
        'read_only': (
            '{path} cannot be written ({reason}). '
            'Put the program into a folder that can be written, '
            'or install the packages yourself and run it with --no-bootstrap.'
        ),
        'cannot_remove': (
            'The old {path} cannot be removed ({reason}). '
            'Close the programs that use it, delete the folder, then run this again.'
        ),
        'not_an_environment': (
            '{path} exists and is not a virtual environment. '
            'Rename it or move it away, then run this again.'
        ),
        'venv_failed': (
            '{path} cannot be created ({reason}). '
            'Delete the folder and run this again, or use another Python {oldest} to {newest}.'
        ),
        'install_failed': (
            '{tool} could not install the packages ({reason}). '
            'Put that right and run this again, or run: {command}'
        ),
        'still_missing': (
            'Not found even after installing: {names}. Delete {path} and run this again.'
        ),
    },
}


def choose_language(wanted, environ):
    """``'zh-TW'`` or ``'en'`` by ``--lang``, the environment, the system; zh-TW if nothing says."""
    names = ('CIVITAI_SHORTCUT_LANGUAGE', 'LC_ALL', 'LC_MESSAGES', 'LANG')
    for said in [wanted] + [environ.get(name) for name in names]:
        language = _nearest(said)
        if language:
            return language
    # Elsewhere the variables above are the whole truth, and Python turns "C.UTF-8" into "en_US".
    if sys.platform == 'win32':
        return _nearest(locale.getlocale()[0]) or CHINESE
    return CHINESE


def _nearest(said):
    primary = (said or '').replace('_', '-').split('.')[0].split('-')[0].lower()
    if primary in ('', 'c', 'posix'):
        return None
    return CHINESE if primary.startswith(('zh', 'chinese')) else ENGLISH


class Speaker(object):
    """Says sentences of a table like :data:`TEXTS`.

    On standard error unless ``stream`` (a function that returns one) says otherwise: standard
    output belongs to ``--json``.
    """

    def __init__(self, language, texts=None, stream=lambda: sys.stderr):
        self.language = language
        self._texts = TEXTS if texts is None else texts
        self._stream = stream

    def text(self, key, **values):
        """The sentence of ``key``; English where the terminal has no Chinese characters."""
        sentence = self._texts[self.language][key].format(**values)
        if _can_show(sentence, self._stream()):
            return sentence
        return self._texts[ENGLISH][key].format(**values)

    def say(self, key, **values):
        """Print the sentence of ``key`` on a line of its own."""
        self.write(self.text(key, **values) + '\n')

    def write(self, text):
        """Print ``text``, whatever can be shown of it; without a stream, nowhere."""
        stream = self._stream()
        if stream is None:
            return
        encoded = text.encode(_encoding(stream), 'replace')
        # Python 2 takes bytes here; Python 3 text, of which only what can be encoded is left.
        stream.write(encoded if sys.version_info[0] == 2 else encoded.decode(_encoding(stream)))
        stream.flush()


def _can_show(sentence, stream):
    try:
        sentence.encode(_encoding(stream))
    except UnicodeError:
        return False
    return True


def _encoding(stream):
    return getattr(stream, 'encoding', None) or 'utf-8'
