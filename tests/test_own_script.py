"""A script of somebody's own that uses the client as the customer's guide shows."""

import subprocess
import sys

from tests.support.page import MAIN

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from civitai_manager_libs.http_client import CivitaiHttpClient
client = CivitaiHttpClient(timeout=5, max_retries=1)
print(client.get_json(sys.argv[2] + '/api/v1/models/999999'))
"""


def test_one_sentence_for_each_call_and_no_log_lines(demo, home):
    """Its terminal gets what a person understands, once, and nothing of our log."""
    done = subprocess.run(
        [sys.executable, '-c', SCRIPT, str(MAIN.parent / 'scripts'), demo.base_url],
        capture_output=True,
        encoding='utf-8',
        timeout=60,
    )
    said = done.stderr.strip().splitlines()
    assert done.stdout.strip() == 'None' and len(said) == 1, done.stderr
    assert '999999' in said[0] and 'http_client' not in said[0]
