"""Whose turn it is to fetch a picture, and how many come at once."""

import threading

import pytest

from civitai_manager_libs import setting
from civitai_manager_libs.errors import (
    BodyCut,
    HostResting,
    NotFound,
    RateLimited,
    ServerTrouble,
    TimedOut,
)
from civitai_manager_libs.fetching.turns import PictureTurns, Priority
from civitai_manager_libs.moving.mover import Stopped

from .support.command import eventually

HOST = 'pictures.example'
SHOWN, GALLERY, BATCH = Priority


@pytest.fixture
def turns(fresh_settings):
    fresh_settings(images_max_concurrent=8, gallery_max_concurrent_downloads=3)
    return PictureTurns()


class Fetchers:
    """Threads that wait for a turn, say that they have it, and keep it until they are let go."""

    def __init__(self, turns):
        self.turns = turns
        self.begun = []
        self.threads = {}
        self.stops = {}
        self.go = {}

    def start(self, name, priority=BATCH, host=HOST):
        self.go[name], self.stops[name] = threading.Event(), threading.Event()
        known = self.turns.waiting + self.turns.active

        def run():
            try:
                with self.turns.turn(host, priority, self.stops[name]):
                    self.begun.append(name)
                    self.go[name].wait(30)
            except Stopped:
                self.begun.append(f'{name} stopped')

        self.threads[name] = threading.Thread(target=run, daemon=True)
        self.threads[name].start()
        assert eventually(lambda: self.turns.waiting + self.turns.active == known + 1)

    def end(self, name):
        self.go[name].set()
        self.threads[name].join(10)
        assert not self.threads[name].is_alive()

    def are(self, *names):
        """Whether just these have had their turn so far."""
        return eventually(lambda: sorted(self.begun) == sorted(names))


@pytest.fixture
def fetchers(turns):
    made = Fetchers(turns)
    yield made
    for name, thread in made.threads.items():
        made.stops[name].set()
        made.go[name].set()
        thread.join(10)
    assert (turns.active, turns.waiting) == (0, 0)


def answers(turns, *errors):
    """One turn after the other, each of which ends so."""
    for error in errors:
        fail(turns.turn(HOST, BATCH), error)


def fail(turn, error):
    try:
        with turn:
            if error is not None:
                raise error
    except type(error or Stopped()):
        pass


class TestOrder:
    def test_no_more_at_once_than_the_settings_allow(self, fetchers, fresh_settings):
        fresh_settings(images_max_concurrent=2)
        for name in 'abc':
            fetchers.start(name)
        assert fetchers.are('a', 'b') and fetchers.turns.waiting == 1
        fetchers.end('b')
        assert fetchers.are('a', 'b', 'c')

    def test_first_what_a_person_waits_for_then_who_came_first(self, fetchers, fresh_settings):
        fresh_settings(images_max_concurrent=1)
        fetchers.start('running')
        for name, priority in (('b1', BATCH), ('b2', BATCH), ('g1', GALLERY), ('g2', GALLERY)):
            fetchers.start(name, priority)
        for name in ('running', 'g1', 'g2', 'b1', 'b2'):
            assert eventually(lambda: fetchers.begun[-1:] == [name])
            fetchers.end(name)

    def test_the_screen_does_not_wait_for_what_it_does_not_show(self, fetchers, fresh_settings):
        fresh_settings(images_max_concurrent=1)
        fetchers.start('batch')
        fetchers.start('shown', SHOWN)
        assert fetchers.are('batch', 'shown')
        fetchers.start('shown too', SHOWN)
        assert fetchers.turns.waiting == 1
        fetchers.end('shown')
        assert fetchers.are('batch', 'shown', 'shown too')

    def test_the_gallery_keeps_its_own_bound_for_a_host_and_others_pass(self, fetchers):
        for name in ('g1', 'g2', 'g3', 'g4'):
            fetchers.start(name, GALLERY)
        fetchers.start('elsewhere', GALLERY, 'other.example')
        fetchers.start('batch')
        assert fetchers.are('g1', 'g2', 'g3', 'elsewhere', 'batch')
        fetchers.end('elsewhere')
        assert fetchers.turns.waiting == 1
        fetchers.end('g2')
        assert fetchers.are('g1', 'g2', 'g3', 'elsewhere', 'batch', 'g4')

    def test_a_setting_holds_at_once_for_who_waits(self, fetchers, fresh_settings):
        fresh_settings(images_max_concurrent=1)
        fetchers.start('a')
        fetchers.start('b')
        fetchers.start('c')
        assert fetchers.turns.waiting == 2
        fresh_settings(images_max_concurrent=3)
        assert fetchers.are('a', 'b', 'c')
        fresh_settings(images_max_concurrent=1)
        fetchers.start('d')
        fetchers.end('a')
        fetchers.end('b')
        assert fetchers.turns.waiting == 1
        fetchers.end('c')
        assert fetchers.are('a', 'b', 'c', 'd')

    def test_who_waits_is_stopped_and_takes_no_place(self, fetchers, fresh_settings):
        fresh_settings(images_max_concurrent=1)
        fetchers.start('a')
        fetchers.start('b')
        fetchers.start('c')
        fetchers.stops['b'].set()
        assert fetchers.are('a', 'b stopped')
        fetchers.end('a')
        assert fetchers.are('a', 'b stopped', 'c')

    def test_who_was_stopped_before_gets_none(self, turns):
        stopped = threading.Event()
        stopped.set()
        with pytest.raises(Stopped), turns.turn(HOST, BATCH, stopped):
            raise AssertionError
        assert (turns.active, turns.waiting) == (0, 0)

    def test_many_threads_never_exceed_it_and_all_come_through(self, turns, fresh_settings):
        fresh_settings(images_max_concurrent=4)
        lock, now, most, done = threading.Lock(), [0], [0], []

        def run(number):
            for _ in range(50):
                with turns.turn(HOST, Priority(1 + number % 2)):
                    with lock:
                        now[0] += 1
                        most[0] = max(most[0], now[0])
                    with lock:
                        now[0] -= 1
            done.append(number)

        threads = [threading.Thread(target=run, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(done) == list(range(12)) and 1 <= most[0] <= 4
        assert (turns.active, turns.waiting) == (0, 0)


class TestWhatTheServerBears:
    @pytest.mark.parametrize(
        'error',
        [
            RateLimited(host=HOST, status=429),
            ServerTrouble(host=HOST, status=503),
            TimedOut(host=HOST, seconds=20),
        ],
    )
    def test_half_as_many_after_trouble_and_never_none(self, turns, error):
        for allowed in (4, 2, 1, 1):
            answers(turns, error)
            assert turns.allowed == allowed

    @pytest.mark.parametrize(
        'error',
        [
            NotFound(what=HOST),
            BodyCut(host=HOST),
            HostResting(host=HOST, until=0),
            ServerTrouble(host=HOST, status=404),
            ValueError(),
            Stopped(),
        ],
    )
    def test_other_ends_say_nothing_of_that(self, turns, error):
        answers(turns, error)
        assert turns.allowed == 8

    def test_one_more_after_each_few_good_answers_up_to_the_setting(self, turns, fresh_settings):
        answers(turns, ServerTrouble(host=HOST, status=500))
        seen = []
        for _ in range(24):
            answers(turns, None)
            seen.append(turns.allowed)
        assert seen == [4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7] + [8] * 9
        fresh_settings(images_max_concurrent=12)
        assert turns.allowed == 12

    def test_trouble_begins_the_count_anew(self, turns):
        bad = ServerTrouble(host=HOST, status=500)
        answers(turns, bad, None, None, None, bad, None, None, None)
        assert turns.allowed == 2
        answers(turns, None)
        assert turns.allowed == 3

    def test_those_who_fail_together_count_once(self, turns):
        held = [turns.turn(HOST, BATCH) for _ in range(8)]
        for turn in held:
            turn.__enter__()
        for turn in held:
            turn.__exit__(RateLimited, RateLimited(host=HOST, status=429), None)
        assert turns.allowed == 4

    def test_a_lower_setting_counts_when_it_halves(self, turns, fresh_settings):
        fresh_settings(images_max_concurrent=3)
        answers(turns, RateLimited(host=HOST, status=429))
        assert turns.allowed == 1
        assert setting.current().images_max_concurrent == 3
