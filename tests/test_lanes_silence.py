"""Several connections at once, of which some or all say nothing any more."""

import threading
import time

import pytest

from civitai_manager_libs import errors
from civitai_manager_libs.moving.mover import Stopped

from .support.command import eventually
from .support.ranged import CONTENT, OTHER, once

WHOLE = ['model.safetensors']
PARTS = ['model.safetensors.part', 'model.safetensors.part.json']


def lanes():
    """The threads of connections that are alive."""
    return [thread for thread in threading.enumerate() if thread.name == 'part-lane']


class TestSilence:
    def test_stopping_ends_at_once_and_leaves_what_has_come(self, several, fetching):
        let_go = threading.Event()

        def special(storage, handler, start, end):
            if start is None:
                return False
            storage.answer(handler, start, end, cut=100_000, pause=lambda: let_go.wait(60))
            return True

        def stop(progress):
            if progress.received:
                fetching.stop.set()

        fetching.watch = stop
        began = time.monotonic()
        try:
            with pytest.raises(Stopped):
                several(special)
            assert time.monotonic() - began < 30  # the servers wait twice as long
            assert fetching.names == PARTS and lanes() == []
        finally:
            let_go.set()
        fetching.watch = None
        fetching.stop.clear()
        have = fetching.seen[-1].received
        content, storage = several(lambda *_: False)
        assert content == CONTENT and have > 0
        assert (None, None) not in storage.asked

    def test_an_answer_that_comes_after_the_end_changes_nothing(self, several, fetching):
        """One connection waits for its answer until the file is done by the others."""
        let_go, answered = threading.Event(), threading.Event()

        def special(storage, handler, start, end):
            let_go.wait(60)
            try:
                storage.answer(handler, start, end, content=OTHER)
            finally:  # nobody may be there any more to read it
                answered.set()
            return True

        try:
            content, _ = several(once(special))
            assert content == CONTENT and fetching.names == WHOLE and len(lanes()) == 1
        finally:
            let_go.set()
        assert answered.wait(60)
        eventually(lambda: not lanes(), 'the connection ends')
        assert fetching.final.read_bytes() == CONTENT and fetching.names == WHOLE

    def test_one_that_falls_silent_does_not_hold_the_file_up(self, several, fetching):
        let_go = threading.Event()

        def special(storage, handler, start, end):
            storage.answer(handler, start, end, cut=70_000, pause=lambda: let_go.wait(60))
            return True

        try:
            assert several(once(special))[0] == CONTENT
            assert lanes() == []
        finally:
            let_go.set()

    def test_all_fall_silent(self, several, fetching, fresh_settings):
        fresh_settings(http_timeout=1.0, http_max_retries=1)
        let_go = threading.Event()

        def special(storage, handler, start, end):
            storage.answer(handler, start, end, cut=0, pause=None)
            let_go.wait(60)
            return True

        try:
            with pytest.raises(errors.TimedOut):
                several(special)
            eventually(lambda: not lanes(), 'all connections end')
        finally:
            let_go.set()
