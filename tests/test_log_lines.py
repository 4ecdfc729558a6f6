"""The lines of the HTTP log and what is read out of them."""

import logging
import random
from collections import Counter

import pytest

from civitai_manager_libs.domain.log_lines import (
    analyse_error_logs,
    analyse_performance_logs,
    answer_level,
    answer_line,
    failure_line,
    is_failure,
    refusal_line,
)

ADDRESS = 'https://civitai.com/api/v1/models/7'
STAMP = '2026-11-22 06:12:01,123 '


class TestLevels:
    @pytest.mark.parametrize(
        'wanted, quick, slow, failed',
        [
            ('DEBUG', logging.DEBUG, logging.DEBUG, logging.DEBUG),
            ('INFO', logging.INFO, logging.INFO, logging.INFO),
            ('WARNING', None, logging.INFO, logging.INFO),
            ('ERROR', None, None, logging.INFO),
            ('OFF', None, None, None),
        ],
    )
    def test_which_answers_are_written(self, wanted, quick, slow, failed):
        assert answer_level(wanted, 3000.0, False) == quick
        assert answer_level(wanted, 3000.1, False) == slow
        assert answer_level(wanted, 12.0, True) == failed


class TestLines:
    def test_wording(self):
        assert (
            answer_line('GET', ADDRESS, 200, 12.345)
            == f'[http_client] GET {ADDRESS} 200 response_time: 12.3'
        )
        assert refusal_line(404, ADDRESS) == f'[http_client] HTTP 404 error for {ADDRESS}'

    @pytest.mark.parametrize(
        'line, failure',
        [
            (refusal_line(500, ADDRESS), True),
            (failure_line('timed_out', ADDRESS), True),
            (answer_line('GET', ADDRESS, 500, 1), False),
            ('[http_client] timed_out(host=x)', False),
            ('HTTP 500 error for you', False),
        ],
    )
    def test_what_is_a_failure(self, line, failure):
        assert is_failure(line) is failure


class TestAnalysis:
    def test_errors_by_kind(self):
        lines = [
            STAMP + 'WARNING ' + refusal_line(404, ADDRESS),
            STAMP + 'WARNING ' + refusal_line(404, ADDRESS),
            STAMP + 'WARNING ' + refusal_line(503, ADDRESS),
            STAMP + 'WARNING ' + failure_line('timed_out', ADDRESS),
            STAMP + 'WARNING ' + failure_line('connection_failed', ADDRESS),
            STAMP + 'WARNING ' + failure_line('name_not_resolved', ADDRESS),
            STAMP + "ERROR queue: store_locked(path='x')",
            STAMP + 'ERROR beside: print(x)',
            STAMP + 'INFO ' + answer_line('GET', ADDRESS, 404, 1),
            '  raise disk_full(path)',
            '\ufffd\ufffd',
        ]
        assert analyse_error_logs(lines) == {
            'HTTP_404': 2,
            'HTTP_503': 1,
            'Timeout': 1,
            'ConnectionError': 1,
            'name_not_resolved': 1,
            'store_locked': 1,
        }
        assert analyse_error_logs([]) == Counter()

    def test_response_times(self):
        times = list(range(1, 101))
        random.Random(3).shuffle(times)
        lines = [STAMP + 'INFO ' + answer_line('GET', ADDRESS, 200, time) for time in times]
        found = analyse_performance_logs([*lines, 'response_time: soon', 'nothing'])
        assert (found.count, found.average, found.largest, found.smallest, found.p95) == (
            100,
            50.5,
            100.0,
            1.0,
            95.0,
        )

    def test_one_and_none(self):
        one = analyse_performance_logs([answer_line('GET', ADDRESS, 200, 7)])
        assert one.p95 == one.average == one.largest == 7.0
        none = analyse_performance_logs([])
        assert none.count == 0 and none.average is none.p95 is None
