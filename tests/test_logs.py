"""The log files: what stands in which, whose loggers they hang on, and how they are read."""

import logging
import logging.config
import os
import re

import pytest

from civitai_manager_libs import log_files
from civitai_manager_libs.logs import log_answer, log_failure, open_logs
from civitai_manager_libs.util import printD
from tests.support.logs import lines, record, text

OURS = logging.getLogger('civitai_shortcut')
ADDRESS = 'https://civitai.com/api/v1/models/7'


class TestFiles:
    def test_what_stands_where(self, opened_logs):
        printD('下載 something')
        printD(f'[http_client] HTTP 404 error for {ADDRESS}')
        log_answer('GET', ADDRESS, 200, 12.34)
        log_failure('timed_out', ADDRESS)
        OURS.debug('only for a terminal')
        try:
            raise ValueError('broken')
        except ValueError:
            OURS.exception('a fault')
        application, http, error = (lines(opened_logs, stem) for stem in log_files.STEMS)
        assert [line.split(' ', 2)[2] for line in application[1:6]] == [
            'INFO 下載 something',
            f'INFO [http_client] HTTP 404 error for {ADDRESS}',
            f'INFO [http_client] GET {ADDRESS} 200 response_time: 12.3',
            f'WARNING [http_client] Timeout: error timed_out for {ADDRESS}',
            'ERROR a fault',
        ]
        assert application[-1] == 'ValueError: broken'
        assert http == application[2:5]
        assert error == [http[0], http[2], *application[5:]]
        assert re.match(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO \[http_client\] ', http[0])
        assert not any('only for a terminal' in line for line in application)

    @pytest.mark.parametrize(
        'level, in_http, in_application',
        [
            ('DEBUG', ['200', '404'], []),
            ('INFO', ['200', '404'], ['200', '404']),
            ('ERROR', ['404'], ['404']),
            ('OFF', [], []),
        ],
    )
    def test_the_setting_holds_at_once(
        self, opened_logs, fresh_settings, level, in_http, in_application
    ):
        fresh_settings(http_performance_log_level=level)
        log_answer('GET', ADDRESS, 200, 12)
        log_answer('GET', ADDRESS, 404, 12)
        for stem, expected in (('http_client', in_http), ('application', in_application)):
            timed = [line for line in lines(opened_logs, stem) if 'response_time' in line]
            assert [line.split()[-3] for line in timed] == expected
        assert f'HTTP 404 error for {ADDRESS}' in text(opened_logs, 'error.log')

    def test_signs_of_no_encoding(self, own_logs):
        own_logs.handle(record('half \udcff a sign'))
        assert 'half \\udcff a sign' in text(own_logs.folder)

    def test_a_message_that_does_not_fit_its_values_is_left_to_logging(self, own_logs, capsys):
        own_logs.handle(record('%d', args=('x',)))
        own_logs.handle(record('after it'))
        assert 'after it' in text(own_logs.folder)
        assert '--- Logging error ---' in capsys.readouterr().err

    def test_neither_key_nor_token_in_message_or_traceback(self, opened_logs, fresh_settings):
        key = 'k+/very-secret-0123456789'
        fresh_settings(civitai_api_key=key)
        try:
            raise ValueError(f'Bearer {key}')
        except ValueError as error:
            OURS.error('said %s, Cookie: a=b', key, exc_info=error)
        seen = ''.join(text(opened_logs, f'{stem}.log') for stem in log_files.STEMS)
        assert 'Traceback' in seen and 'very-secret' not in seen and 'a=b' not in seen


class TestLoggers:
    def test_the_root_logger_is_not_touched(self, log_folder, fresh_settings):
        root = logging.getLogger()
        before = (root.level, list(root.handlers), OURS.level, OURS.propagate, OURS.handlers[:])
        end = open_logs(log_folder)
        assert not OURS.propagate and root.handlers == before[1] and root.level == before[0]
        logging.getLogger('somebody.else').error('not ours')
        end()
        assert before == (root.level, root.handlers, OURS.level, OURS.propagate, OURS.handlers)
        assert 'not ours' not in text(log_folder)

    def test_somebody_who_configures_logging_anew_does_not_end_them(self, opened_logs):
        logging.config.dictConfig({'version': 1, 'disable_existing_loggers': False})
        printD('after it')
        assert 'after it' in text(opened_logs)

    def test_one_set_however_often_it_is_opened(self, log_folder, fresh_settings):
        ends = [open_logs(log_folder), open_logs(log_folder)]
        printD('once')
        ends[0]()
        ends[0]()
        printD('still there')
        ends[1]()
        printD('nowhere')
        written = text(log_folder)
        assert written.count('once') == 1 and 'still there' in written
        assert 'nowhere' not in written
        assert not list(log_folder.glob('*-2.log'))


class TestReading:
    def test_the_oldest_first_of_all_processes(self, tmp_path):
        names = ['error.log.2', 'error-2.log.1', 'error.log.1', 'error-2.log', 'error.log']
        for age, name in enumerate(names):
            (tmp_path / name).write_text(f'{name}\n', encoding='utf-8')
            os.utime(tmp_path / name, (1000 + age, 1000 + age))
        for other in ('error.log.bak', 'errors.log', 'error-x.log', 'my-error.log'):
            (tmp_path / other).write_text('no\n')
        assert lines(tmp_path, 'error') == names

    def test_written_in_one_moment(self, tmp_path):
        for name in ('error.log', 'error.log.1', 'error.log.10', 'error.log.2'):
            (tmp_path / name).write_text(name)
            os.utime(tmp_path / name, (1000, 1000))
        assert lines(tmp_path, 'error') == [
            'error.log.10',
            'error.log.2',
            'error.log.1',
            'error.log',
        ]

    def test_broken_bytes_and_folders(self, tmp_path):
        (tmp_path / 'error.log').write_bytes(b'a\xffb\r\n\xe4\xb8')
        (tmp_path / 'error.log.1').mkdir()
        assert lines(tmp_path, 'error') == ['a\ufffdb', '\ufffd']
        assert lines(tmp_path / 'nowhere', 'error') == []
