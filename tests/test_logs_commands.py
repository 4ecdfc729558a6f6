"""The log files of real commands: what they tell, and what never stands in them."""

import json
import re
import urllib.parse
from collections import Counter

import pytest

from civitai_manager_libs.demo import DEMO_KEY, SPECIAL
from civitai_manager_libs.domain.log_lines import analyse_error_logs, analyse_performance_logs
from civitai_manager_libs.log_files import STEMS
from tests.support import customer_scripts
from tests.support.command import eventually
from tests.support.logs import lines, text
from tests.support.ports import free_port

WRONG = 'refused/key+with=odd&signs-0123'
PASTED = 'c0ffee00c0ffee00c0ffee00c0ffee00'
PROXY_WORD = 'proxy-word-0123456789'
PLAIN = SPECIAL['plain']


@pytest.fixture
def program(program):
    """The program without answers that are kept: every command asks."""
    program.environment['CIVITAI_SHORTCUT_HTTP_CACHE_ENABLED'] = 'false'
    return program


def logged(program):
    """The bytes of all log files, by name."""
    folder = program.data / 'logs'
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != '.lock'}


class TestNothingSecret:
    @pytest.fixture
    def ran(self, demo, program):
        """The program after a day of accepted, refused and pasted keys, signed redirects and
        failures of all kinds.
        """
        login, late = SPECIAL['login_only'], SPECIAL['early_access']
        program.run('download', PLAIN.model_id)
        program.run('-v', '-v', 'show', f'https://civitai.com/models/1004?token={PASTED}')
        program.run('download', f'https://civitai.com/api/download/models/2007?token={PASTED}')
        program.run('download', login.model_id)
        program.with_key(WRONG)
        quoted = urllib.parse.quote(WRONG, safe='')
        echo = json.dumps({'error': f'Bearer {WRONG} / {WRONG} / {quoted} do not fit'})
        demo.faults.add('status', path='/api/v1/models/', status=400, body=echo, times=2)
        program.run('show', 1004)
        program.run('-v', 'download', login.model_id, late.model_id, '--json')
        program.with_key(DEMO_KEY)
        demo.faults.clear()
        demo.faults.add('cut', after=100_000, times=2)
        demo.faults.add('status', side='storage', status=503, times=1)
        demo.faults.add('expire', seconds=0, times=1)
        program.run('download', login.model_id, 1004, '--json')
        demo.faults.clear()
        demo.faults.add('redirect_to', location=f'/login?token={PASTED}', times=1)
        program.run('download', SPECIAL['training_data'].model_id)
        demo.faults.clear()
        program.environment['HTTP_PROXY'] = f'http://me:{PROXY_WORD}@127.0.0.1:{free_port()}'
        program.environment['NO_PROXY'] = ''
        program.run('show', 1005, http_max_retries=0)
        del program.environment['HTTP_PROXY']
        program.run('queue', 'list', '--json')
        program.run('queue', 'retry', '--all')
        return program

    def test_in_any_file(self, demo, ran):
        seen = logged(ran)
        assert {f'{stem}.log' for stem in STEMS} <= set(seen)
        secrets = {WRONG, DEMO_KEY, PASTED, PROXY_WORD, 'X-Amz', 'Signature'}
        secrets |= {urllib.parse.quote(secret, safe='') for secret in secrets}
        signatures = {
            signature
            for entry in demo.requests.of('storage')
            for signature in re.findall(r'X-Amz-Signature\W+(\w{16,})', f'{entry.query}')
        }
        assert signatures
        for name, content in seen.items():
            for secret in secrets | signatures:
                assert secret.encode() not in content, (name, secret)
            assert not re.search(rb'(?i)bearer (?!\*\*\*)|cookie: (?!\*\*\*)', content), name

    def test_but_what_happened(self, ran):
        folder = ran.data / 'logs'
        errors = analyse_error_logs(lines(folder, 'error'))
        assert errors['HTTP_400'] >= 1 and errors['HTTP_401'] >= 1 and errors['HTTP_503'] == 1
        assert errors['proxy_failed'] + errors['ConnectionError'] >= 1
        http, application = (lines(folder, stem) for stem in ('http_client', 'application'))
        assert all('[http_client]' in line for line in http) and set(http) <= set(application)
        assert any(re.search(r'GET http://\S+/model/\S+ 20[06] response_time: ', x) for x in http)


class TestAnalysis:
    def test_the_scripts_of_the_customer_read_them(self, demo, program, capsys):
        demo.faults.add('status', path='/api/v1/models/7', status=404)
        demo.faults.add('status', path='/api/v1/models/1005', status=503, times=2)
        program.run('show', 7)
        program.run('show', 1005)
        program.run('show', 1004)
        folder = program.data / 'logs'
        theirs = customer_scripts.analyze_error_logs(folder / 'error.log')
        assert theirs == analyse_error_logs(lines(folder, 'error'))
        refused = Counter(f'HTTP_{entry.status}' for entry in demo.requests if entry.status >= 400)
        assert theirs == refused and set(refused) == {'HTTP_404', 'HTTP_503'}
        by_hand = customer_scripts.analyze_error_logs_of_the_handbook(folder / 'http_client.log')
        assert by_hand['404'] == refused['HTTP_404'] and by_hand['503'] == refused['HTTP_503']
        trend = analyse_performance_logs(lines(folder, 'http_client'))
        assert trend.count == len(demo.requests) >= 5
        assert customer_scripts.analyze_performance_logs(folder / 'http_client.log') == {
            'avg_response_time': pytest.approx(trend.average),
            'max_response_time': trend.largest,
            'min_response_time': trend.smallest,
        }
        customer_scripts.analyze_performance_trends(folder / 'http_client.log')
        assert f'Max response time: {trend.largest:.2f}ms' in capsys.readouterr().out


class TestCommands:
    @pytest.mark.parametrize('words', [['config', 'show'], ['--help'], ['show', '--help']])
    def test_what_opens_nothing_writes_nothing(self, program, words):
        assert program.run(*words).code == 0
        assert not (program.data / 'logs').exists()

    def test_a_fault_of_ours_is_in_the_log_with_its_traceback(self, program):
        (program.data / 'data').mkdir(parents=True)
        program.database.mkdir()
        done = program.run('-v', 'queue', 'list')
        assert done.code != 0 and 'Traceback' not in done.err
        assert 'Traceback' in text(program.data / 'logs', 'error.log')

    def test_the_terminal_is_as_quiet_as_before(self, program):
        assert '[http_client]' not in program.run('show', 1004).err
        assert ' INFO [http_client] GET ' in program.run('-v', 'show', 1004).err

    def test_handles_are_closed(self, program):
        program.environment['PYTHONDEVMODE'] = '1'
        done = program.run('show', 1004)
        assert done.code == 0 and 'ResourceWarning' not in done.err, done

    def test_two_programs_at_once_write_two_sets(self, program):
        serving = program.start('serve', '--port', '0', '--no-open')
        try:
            folder = program.data / 'logs'
            eventually(lambda: (folder / 'application.log').exists(), 'a log of the page')
            done = program.run('show', 1004)
            assert done.code == 0, (done, sorted(folder.iterdir()), serving.poll())
            assert '[http_client] GET' in text(folder, 'http_client-2.log')
            assert '[http_client] GET' not in text(folder, 'http_client.log')
        finally:
            serving.terminate()
            serving.communicate(timeout=30)
        program.run('show', 1004)
        assert '[http_client] GET' in text(folder, 'http_client.log')
