"""The signed address of a file: asked for once, and again when it has expired."""

import threading

import pytest

from civitai_manager_libs.demo import FILES, SPECIAL
from civitai_manager_libs.errors import AddressExpired, HostBusy, NotFound
from civitai_manager_libs.net.redirect import FileRequest
from civitai_manager_libs.net.source import FileSource

PLAIN = SPECIAL['plain']
SITE = 'https://site/file'
SIZE = 8_000_000


class Answer:
    """What is opened: where it came from, and what is called when it is closed."""

    def __init__(self, address):
        self.address = address
        self.calls = []

    def when_closed(self, call):
        self.calls.append(call)

    def close(self):
        for call in self.calls:
            call()


class Site:
    """Gives addresses that stay good until :attr:`expired` names them."""

    def __init__(self, redirects=True):
        self.redirects = redirects
        self.asked = []
        self.expired = set()
        self.before = lambda request: None
        self.lock = threading.Lock()

    def __call__(self, request):
        self.before(request)
        with self.lock:
            self.asked.append(request)
            if request.located in self.expired:
                raise AddressExpired(status=403, host='storage')
            number = sum(1 for one in self.asked if not one.located)
        where = f'https://storage/{number}' if self.redirects else request.url
        return Answer(request.located or where)

    @property
    def addresses(self):
        """How often the site itself was asked."""
        return sum(1 for request in self.asked if not request.located)


def source_of(site):
    return FileSource(FileRequest(SITE), site, lambda url: url.startswith('https://site'))


def together(count, call):
    """``call`` from so many threads at the same moment; what they raised."""
    gate, raised = threading.Barrier(count), []

    def run():
        gate.wait()
        try:
            call()
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    [thread.start() for thread in threads]
    [thread.join(20) for thread in threads]
    return raised


class TestAddress:
    def test_it_is_asked_for_once(self):
        site = Site()
        source = source_of(site)
        for start in (0, 5, 9):
            assert source.open(start, start + 4, '"a"').address == 'https://storage/1'
        assert site.addresses == 1
        last = site.asked[-1]
        assert (last.start, last.end, last.validator, last.url) == (9, 13, '"a"', SITE)

    @pytest.mark.parametrize('threads', [2, 8])
    def test_once_by_all_who_begin_together(self, threads):
        site = Site()
        source = source_of(site)
        site.before = lambda request: threading.Event().wait(0.1)
        assert together(threads, lambda: source.open(0, 1, None)) == []
        assert site.addresses == 1

    @pytest.mark.parametrize('threads', [2, 8])
    def test_once_by_all_who_find_it_expired(self, threads):
        site = Site()
        source = source_of(site)
        source.open(0, None, None)
        site.expired.add('https://storage/1')
        gate = threading.Barrier(threads)
        site.before = lambda request: request.located == 'https://storage/1' and gate.wait(60)
        assert together(threads, lambda: source.open(0, 1, None)) == []
        assert site.addresses == 2

    def test_a_new_one_that_does_not_work_either(self):
        site = Site()
        source = source_of(site)
        source.open(0, None, None)
        site.expired |= {'https://storage/1', 'https://storage/2'}
        source.open(0, None, None)
        source.open(0, None, None)
        assert site.addresses == 3

    def test_what_the_site_refuses_is_refused_to_each(self):
        def send(request):
            raise NotFound(what='file')

        source = FileSource(FileRequest(SITE), send, lambda url: True)
        assert [type(error) for error in together(4, lambda: source.open(0, 1, None))] == (
            [NotFound] * 4
        )

    def test_a_site_that_has_the_file_itself_is_asked_each_time(self):
        site = Site(redirects=False)
        source = source_of(site)
        for _ in range(3):
            source.open(0, None, None)
        assert site.addresses == 3

    def test_and_by_many_at_once(self):
        """None waits for another's answer."""
        site, gate = Site(redirects=False), threading.Barrier(4)
        source = source_of(site)
        source.open(0, None, None)
        site.before = lambda request: gate.wait(60)
        assert together(4, lambda: source.open(0, 1, None)) == []


class TestFurther:
    def test_who_comes_while_another_is_open_is_further(self):
        site = Site()
        source = source_of(site)
        first = source.open(0, None, None)
        second = source.open(1, None, None)
        for body in (first, first, second):  # closing twice is closing once
            body.close()
        source.open(2, None, None)
        assert [request.further for request in site.asked] == [False, True, False]

    def test_what_failed_to_open_is_not_open(self):
        site = Site()
        source = source_of(site)
        site.before = lambda request: (_ for _ in ()).throw(HostBusy(host='storage'))
        with pytest.raises(HostBusy):
            source.open(0, None, None)
        site.before = lambda request: None
        source.open(0, None, None)
        assert not site.asked[-1].further


class TestOnTheWay:
    @pytest.mark.parametrize('connections', [1, 4])
    def test_an_address_that_expires_is_asked_for_once_each_time(self, fetching, demo, connections):
        demo.replace_file(PLAIN.file_id, size=SIZE)
        demo.faults.add('expire', path='/download/', after=3_000_000, times=2)
        fetching.over(connections)
        assert fetching().path.read_bytes() == demo.file_bytes(PLAIN.file_id)
        assert len(demo.requests.of('api', '/api/download/')) == 3

    def test_no_room_for_more_is_no_failure(self, fetching, demo, fresh_settings):
        fresh_settings(max_connections_per_host=1)
        demo.replace_file(PLAIN.file_id, size=SIZE)
        fetching.over(4)
        assert fetching().path.read_bytes() == demo.file_bytes(PLAIN.file_id)
        assert max(progress.connections for progress in fetching.seen) == 1
        assert fetching.client._stats['failed_requests'] == 0

    def test_pieces_do_not_ask_the_site(self, fetching, demo):
        demo.replace_file(PLAIN.file_id, size=SIZE)
        fetching.over(4)
        fetching()
        assert len(demo.requests.of('api', '/api/download/')) == 1
        assert len([one for one in demo.requests.of('storage') if FILES in one.path]) > 3
