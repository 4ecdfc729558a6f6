"""Every error has its sentence in both languages, with values to fill it, and an exit code."""

import ast
import json
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import civitai_manager_libs
from civitai_manager_libs import errors, i18n, util, wording
from civitai_manager_libs.errors import ExitCode, ShortcutError, exit_code_of
from civitai_manager_libs.notify import NoticeBoard
from civitai_manager_libs.redaction import without_secrets
from civitai_manager_libs.util import masked, without_query

PACKAGE = Path(civitai_manager_libs.__file__).parent
# A button or tab with one of these as its text shows "[object Object]" on Gradio 3 and 4.
GRADIO_WORDS = {
    *('plot', 'file', 'image', 'common', 'audio', 'label', 'number', 'upload_text', 'dropdown'),
    'checkbox',
}
# Wordings that the class itself cannot fill: what stands in them is always given by its callers.
BASES = {'unexpected', 'usage', 'api', 'access', 'network', 'verification', 'disk'}


def kinds():
    found, waiting = [], [ShortcutError]
    while waiting:
        kind = waiting.pop()
        if kind.__module__ == errors.__name__:
            found.append(kind)
            waiting.extend(kind.__subclasses__())
    return found


def placeholders(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def raised_with():
    """(class name, file, names of the details) of every error that the program makes."""
    names = {kind.__name__ for kind in kinds()}
    for path in sorted(PACKAGE.rglob('*.py')):
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            called = node.func if isinstance(node, ast.Call) else None
            name = getattr(called, 'id', None) or getattr(called, 'attr', None)
            if name in names and all(word.arg for word in node.keywords):
                yield name, f'{path.name}:{node.lineno}', {word.arg for word in node.keywords}


@pytest.fixture(params=i18n.LANGUAGES)
def language(request):
    before = i18n.language()
    i18n.set_language(request.param)
    yield request.param
    i18n.set_language(before)


class TestCatalogues:
    def test_every_error_has_its_sentence(self, language):
        codes = {kind.code for kind in kinds()}
        sentences = {key for key in i18n.catalogue(language) if key.startswith('error.')}
        forms = {key for key in sentences if key.endswith(('.kept', '.page'))}  # other words
        assert sentences - forms == {f'error.{code}' for code in codes}
        assert {key.rpartition('.')[0] for key in forms} <= sentences

    def test_no_code_is_used_twice(self):
        codes = [kind.code for kind in kinds()]
        assert len(codes) == len(set(codes)) > 40

    def test_both_languages_have_the_same_keys_and_placeholders(self):
        chinese, english = (i18n.catalogue(name) for name in ('zh-TW', 'en'))
        assert set(chinese) == set(english)
        different = {
            key for key in english if placeholders(english[key]) != placeholders(chinese[key])
        }
        assert different == set()

    def test_no_key_stands_in_two_files(self, language):
        files = (PACKAGE / 'locales' / language).glob('*.json')
        keys = [key for file in files for key in json.loads(file.read_text(encoding='utf-8'))]
        assert len(keys) == len(set(keys))

    def test_sentences_are_whole(self, language):
        for key, sentence in i18n.catalogue(language).items():
            assert sentence.strip(), key
            assert all(name.isidentifier() for name in placeholders(sentence)), key

    def test_no_text_is_a_word_that_gradio_translates(self, language):
        assert GRADIO_WORDS.isdisjoint(i18n.catalogue(language).values())


class TestErrors:
    def test_what_is_raised_fills_its_sentence(self):
        by_name = {kind.__name__: kind for kind in kinds()}
        gaps, calls = [], list(raised_with())
        assert len(calls) > 50
        for name, place, details in calls:
            code = by_name[name].code
            # The language is not in force here; both catalogues have the same placeholders.
            missing = placeholders(i18n.catalogue('en')[f'error.{code}']) - details
            if missing and code not in BASES:
                gaps.append(f'{place} {name} without {sorted(missing)}')
        assert gaps == []

    def test_every_kind_can_be_worded_stored_and_worded_again(self, language):
        for kind in kinds():
            needed = placeholders(i18n.catalogue(language)[f'error.{kind.code}'])
            error = kind(**{name: f'<{name}>' for name in needed})
            said = i18n.error_text(error)
            assert '{' not in said
            assert all(f'<{name}>' in said for name in needed)
            stored = json.loads(json.dumps([error.code, error.details]))
            assert i18n.error_code_text(*stored) == said

    def test_missing_and_empty_details_do_not_break_a_sentence(self, language):
        for kind in kinds():
            empty = {name: None for name in placeholders(i18n.text(f'error.{kind.code}'))}
            assert i18n.error_code_text(kind.code, {})
            assert i18n.error_code_text(kind.code, empty)

    def test_sizes_are_said_in_units_and_unknown_ones_not_at_all(self, language):
        details = {'path': 'p', 'free': 62_812_160, 'needed': None}
        said = i18n.error_code_text('disk_full', details)
        assert '63 MB' in said and '62812160' not in said and '{needed}' not in said

    def test_what_went_wrong_beside_a_model_names_its_file(self, language):
        said = i18n.error_code_text('timed_out', {'host': 'h', 'seconds': 3, 'beside': 'moss.json'})
        assert said.startswith('moss.json') and 'h' in said[10:]
        assert 'moss.json' in i18n.error_code_text('of_the_future', {'beside': 'moss.json'})

    def test_an_unknown_code_is_worded_too(self, language):
        assert 'from_the_future' in i18n.error_code_text('from_the_future', {'host': 'x'})

    def test_braces_of_a_server_are_no_placeholders(self, language):
        said = i18n.error_code_text('request_refused', {'host': 'h', 'status': 400, 'said': '{x}'})
        assert '{x}' in said

    def test_details_are_put_into_words(self):
        before = i18n.language()
        i18n.set_language('zh-TW')
        try:
            assert i18n.text('what.model') in i18n.error_code_text('not_found', {'what': 'model 7'})
            assert 'model' not in i18n.error_code_text('not_found', {'what': 'model 7'})
        finally:
            i18n.set_language(before)

    @pytest.mark.parametrize(
        'kind, code',
        [
            (errors.TargetUnknown, 2),
            (errors.SettingInvalid, 2),
            (errors.AddressInUse, 2),
            (errors.KeyNeeded, 3),
            (errors.KeyRefused, 3),
            (errors.EarlyAccess, 3),
            (errors.DownloadsDisabled, 3),
            (errors.LoginPage, 3),
            (errors.NotFound, 4),
            (errors.Gone, 4),
            (errors.TimedOut, 5),
            (errors.RateLimited, 5),
            (errors.RegionBlocked, 5),
            (errors.HashMismatch, 6),
            (errors.SizeMismatch, 6),
            (errors.DiskFull, 7),
            (errors.NotWritable, 7),
            (errors.StoreDamaged, 1),
        ],
    )
    def test_exit_codes(self, kind, code):
        assert kind.exit_code == code == exit_code_of(kind.code)

    def test_the_exit_code_of_what_is_unknown(self):
        assert exit_code_of('from_the_future') is ExitCode.FAULT

    def test_only_what_may_pass_by_itself_is_retried(self):
        retried = {kind.code for kind in kinds() if kind.retryable}
        assert retried == {
            *('network', 'connection_failed', 'name_not_resolved', 'timed_out', 'proxy_failed'),
            *('body_cut', 'server_trouble', 'rate_limited', 'address_expired'),
            *('file_busy', 'store_locked', 'host_busy', 'host_resting', 'memory_short'),
            'origin_timeout',
        }


class TestLanguage:
    @pytest.mark.parametrize(
        'said, language',
        [
            ('zh_TW.UTF-8', 'zh-TW'),
            ('zh-CN', 'zh-TW'),
            ('Chinese (Traditional)_Taiwan', 'zh-TW'),
            ('en_GB', 'en'),
            ('de_DE@euro', 'en'),
            ('C', None),
            ('C.UTF-8', None),
            ('POSIX', None),
            ('', None),
            (None, None),
        ],
    )
    def test_the_nearest_language(self, said, language):
        assert i18n.nearest(said) == language

    def test_a_key_without_a_sentence_is_shown_itself(self):
        assert i18n.text('no.such.key', a=1) == 'no.such.key'

    def test_the_name_of_a_value_may_be_any(self):
        assert i18n.text('no.such.key', sentence='x', key='y') == 'no.such.key'


class TestWords:
    @pytest.mark.parametrize(
        'size, text',
        [
            (0, '0 B'),
            (999, '999 B'),
            (999.6, '1 KB'),
            (218e6, '218 MB'),
            (6.6e9, '6.6 GB'),
            (999.6e9, '1.0 TB'),
            (5e15, '5000 TB'),
        ],
    )
    def test_sizes(self, size, text):
        assert util.size_text(size) == text

    def test_speeds(self):
        assert wording.speed_text(12.34e6) == '12.3 MB/s'
        assert wording.speed_text(0) == '0.0 B/s'

    def test_a_share_is_whole_only_at_the_end(self):
        assert wording.percent_text(999_999, 1_000_000) == '99 %'
        assert wording.percent_text(1, 1) == '100 %'
        assert wording.percent_text(0, 0) == '0 %'

    def test_durations(self, language):
        for seconds in (-3, 0, 59.6, 3661, 1e6):
            assert '{' not in wording.duration_text(seconds)


class TestSecrets:
    @given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60))
    def test_a_masked_secret_is_not_the_secret(self, secret):
        shown = masked(secret)
        assert secret not in shown and len(shown) <= 8

    @pytest.mark.parametrize(
        'text',
        [
            'GET https://civitai.com/x?token=SECRET&a=1',
            'https://civitai.com/x?a=1&TOKEN=SECRET',
            "{'Authorization': 'Bearer SECRET'}",
            'https://r2/x?X-Amz-Signature=SECRET',
            'api_key=SECRET apikey=SECRET',
        ],
    )
    def test_logs_hold_none(self, text):
        assert 'SECRET' not in without_secrets(text)

    def test_addresses_lose_query_and_login(self):
        assert without_query('https://me:SECRET@h:8/p?token=SECRET#SECRET') == 'https://h:8/p'
        assert without_query('http://[') == '(unreadable address)'


class TestNotices:
    def test_one_cause_speaks_once(self):
        board = NoticeBoard(clock=lambda: 7.0)
        heard = []
        stop = board.listen(heard.append)
        board.tell('error', 'a', {}, 'same')
        board.tell('error', 'b', {'n': 2}, 'same')
        board.tell('info', 'c', {})
        assert [notice.key for notice in board.since(0)] == ['b', 'c']
        assert [notice.key for notice in board.since(2)] == ['c']
        assert [notice.key for notice in heard] == ['a', 'b', 'c']
        stop(), stop()
        board.tell('info', 'd', {})
        assert len(heard) == 3 and board.last_number == 4

    def test_a_settled_matter_is_gone_and_old_ones_make_room(self):
        board = NoticeBoard()
        for number in range(300):
            board.tell('info', 'n', {'number': number})
        assert len(board.since(0)) == 200
        board.tell('error', 'x', {}, 'cause')
        board.settle('cause')
        assert 'x' not in [notice.key for notice in board.since(0)]
