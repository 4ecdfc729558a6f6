"""Several change settings at the same time: pages, a terminal, the thread that stores a key."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import civitai_manager_libs
from civitai_manager_libs import setting
from civitai_manager_libs.key_store import KeyStore
from civitai_manager_libs.setting_source import Source

KEYS = ('http_max_retries', 'max_concurrent_requests', 'concurrent_downloads', 'quarantine_days')
CHANGE = """
import sys
from pathlib import Path
from civitai_manager_libs import setting
print('ready', flush=True)
sys.stdin.readline()
for number in range(1, 9):
    setting.save(Path(sys.argv[1]), {sys.argv[2]: number})
"""


def kept(file):
    return json.loads(file.read_text(encoding='utf-8'))


def test_threads_lose_none_of_their_changes(tmp_path):
    file = tmp_path / 'user_config.json'
    begin = threading.Barrier(len(KEYS))

    def change(key):
        begin.wait()
        for number in range(1, 9):
            setting.save(file, {key: number})

    threads = [threading.Thread(target=change, args=(key,)) for key in KEYS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(file) == dict.fromkeys(KEYS, 8)


def test_processes_lose_none_of_their_changes(tmp_path):
    file = tmp_path / 'user_config.json'
    package = str(Path(civitai_manager_libs.__file__).parent.parent)
    environment = {**os.environ, 'PYTHONPATH': package}
    children = [
        subprocess.Popen(
            [sys.executable, '-c', CHANGE, str(file), key],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding='utf-8',
            env=environment,
        )
        for key in KEYS[:2]
    ]
    for one in children:
        assert one.stdout.readline() == 'ready\n'
    for one in children:
        one.stdin.write('\n')
        one.stdin.flush()
    for one in children:
        one.communicate(timeout=60)
    assert kept(file) == dict.fromkeys(KEYS[:2], 8)


def test_a_second_change_within_a_tick_of_the_clock_is_seen(tmp_path, monkeypatch):
    before = setting.current()
    file = tmp_path / 'user_config.json'
    source = Source(file, KeyStore(tmp_path / 'api_key', None), {})
    try:
        for seconds in (33, 44):
            setting.save(file, {'http_timeout': seconds})
            os.utime(file, ns=(10**18, 10**18))
            source.fresh()
            assert setting.http_timeout == seconds
    finally:
        setting.use(before)
