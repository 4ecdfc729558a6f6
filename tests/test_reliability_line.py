"""The whole program on a bad line and before a server in trouble: over several connections, to the
exit code and the files that lie there afterwards.
"""

import hashlib
import re
import threading

import pytest

from civitai_manager_libs.demo import FILES

from .support.command import sent
from .support.kills import ranges

BIG, BIG_SIZE = 3001, 24 << 20
NAME = 'Checkpoint/auroraDreamXL_v20.safetensors'
WORDS = ['download', '1001', '--connections', '4', '--json']
PARTS = [NAME + '.part', NAME + '.part.json']


@pytest.fixture(autouse=True)
def big(demo):
    demo.replace_file(BIG, size=BIG_SIZE)


def assert_right(demo, program, done):
    """The one file is what the server has, nothing lies beside it, and it was checked."""
    assert done.code == 0, done
    assert program.files() == [NAME] and program.states() == ['done']
    assert (program.downloads / NAME).read_bytes() == demo.file_bytes(BIG)
    assert done.downloads[0]['verified']


def asked_ranges(demo):
    records = [record for record in demo.requests.of('storage') if FILES in record.path]
    return [record.headers.get('range') for record in records]


PASSES = [
    ('cut', {'after': 700_000, 'times': 12}),
    ('cut', {'after': 700_000, 'times': 12, 'reset': True}),
    ('cut', {'after': 0, 'times': 3, 'skip': 1}),
    ('drop', {'side': 'storage', 'path': FILES, 'times': 3, 'skip': 1}),
    ('expire', {'after': 3_000_000, 'times': 4}),
    ('expire', {'seconds': 0, 'times': 2}),
    ('ignore_range', {'times': 1}),
    ('ignore_range', {'times': 1, 'skip': 3}),
    ('ignore_range', {}),
    ('status', {'side': 'storage', 'path': FILES, 'status': 416, 'times': 1, 'skip': 1}),
    ('status', {'side': 'storage', 'path': FILES, 'status': 416, 'times': 1, 'skip': 3}),
    ('status', {'side': 'storage', 'path': FILES, 'status': 503, 'times': 3}),
    ('status', {'side': 'storage', 'path': FILES, 'status': 503, 'times': 3, 'skip': 2}),
    ('status', {'side': 'storage', 'path': FILES, 'status': 429, 'retry_after': '1', 'times': 2}),
    ('status', {'path': '/api/download/', 'status': 429, 'retry_after': '1', 'times': 2}),
    ('status', {'path': '/api/v1/', 'status': 503, 'times': 2}),
    ('no_etag', {}),
]


@pytest.mark.parametrize('kind, options', PASSES)
def test_what_passes(demo, program, kind, options):
    demo.faults.add('throttle', path=FILES, bytes_per_second=20_000_000)
    trouble = demo.faults.add(kind, **options)
    assert_right(demo, program, program.run(*WORDS))
    assert trouble.hits > 0


def test_several_connections_are_used(demo, program):
    """Else the tests above would say little."""
    demo.faults.add('throttle', path=FILES, bytes_per_second=4_000_000)
    assert_right(demo, program, program.run(*WORDS))
    asked = asked_ranges(demo)
    assert asked[0] is None and len(asked) > 4 and all(asked[1:])


def test_a_server_that_never_knows_ranges_sends_the_file_once(demo, program):
    demo.faults.add('throttle', path=FILES, bytes_per_second=20_000_000)
    demo.faults.add('ignore_range', path=FILES)
    assert_right(demo, program, program.run(*WORDS))
    assert sent(demo, FILES) < 1.5 * BIG_SIZE


FOR_GOOD = [
    ('status', {'side': 'storage', 'path': FILES, 'status': 503}, 5),
    ('status', {'side': 'storage', 'path': FILES, 'status': 429, 'retry_after': '0'}, 5),
    ('status', {'path': '/api/download/', 'status': 429, 'retry_after': '0'}, 5),
    ('status', {'side': 'storage', 'path': FILES, 'status': 416}, 5),
    ('drop', {'side': 'storage', 'path': FILES}, 5),
    ('cut', {'after': 0}, 5),
    ('expire', {'seconds': 0}, 5),
]


@pytest.mark.parametrize('kind, options, code', FOR_GOOD)
def test_what_does_not_pass(demo, program, kind, options, code):
    """Said with the right code; nothing is left; the same command goes on when it is over."""
    trouble = demo.faults.add(kind, **options)
    done = program.run(*WORDS)
    assert done.code == code and done.downloads[0]['state'] == 'failed', done
    assert done.downloads[0]['error']['message'] and program.files() == []
    demo.faults.remove(trouble)
    assert_right(demo, program, program.run(*WORDS))


@pytest.mark.parametrize('status', [503, 429])
def test_what_has_arrived_before_is_kept(demo, program, status):
    demo.faults.add('cut', path=FILES, after=2_000_000)
    demo.faults.add('status', side='storage', path=FILES, status=status, retry_after='0', skip=4)
    done = program.run(*WORDS)
    assert done.code == 5 and program.files() == PARTS, done
    first = sent(demo, FILES)
    arrived = sum(end - begin for begin, end in ranges(program.downloads / NAME)[0])
    assert arrived > 1_000_000
    demo.faults.clear()
    assert_right(demo, program, program.run(*WORDS))
    # what is on its way when a piece is shared is sent in vain
    assert sent(demo, FILES) - first < BIG_SIZE + BIG_SIZE // 2 - arrived


class Crowded:
    """A server that answers only ``most`` requests for its file at once, the others with 503."""

    def __init__(self, content, most):
        self.content = content
        self.refused = 0
        self.room = threading.Semaphore(most)

    def __call__(self, handler):
        if not self.room.acquire(blocking=False):
            self.refused += 1
            handler.reply(503)
            return
        try:
            self.send(handler)
        finally:
            self.room.release()

    def send(self, handler):
        found = re.fullmatch(r'bytes=(\d+)-(\d*)', handler.headers.get('Range', ''))
        first = int(found[1]) if found else 0
        last = int(found[2]) if found and found[2] else len(self.content) - 1
        handler.send_response(206 if found else 200)
        handler.send_header('ETag', '"one"')
        handler.send_header('Content-Length', str(last + 1 - first))
        if found:
            handler.send_header('Content-Range', f'bytes {first}-{last}/{len(self.content)}')
        handler.end_headers()
        for begin in range(first, last + 1, 1 << 18):
            handler.wfile.write(self.content[begin : min(begin + (1 << 18), last + 1)])
            threading.Event().wait(0.02)


@pytest.mark.parametrize('most', [1, 2])
def test_a_server_that_limits_connections(program, odd_server, most):
    content = bytes(range(256)) * (12 << 12)
    answer = Crowded(content, most)
    digest = hashlib.sha256(content).hexdigest()
    done = program.run(
        *('download', odd_server(answer).url + '/model.bin', '--dir', program.downloads),
        *('--sha256', digest, '--connections', '4', '--json'),
    )
    assert done.code == 0 and done.downloads[0]['verified'], done
    assert program.files() == ['model.bin'] and answer.refused
    assert (program.downloads / 'model.bin').read_bytes() == content
