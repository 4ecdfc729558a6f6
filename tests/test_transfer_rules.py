"""The rules of resuming, against a model of a server that does whatever a server may do."""

from dataclasses import dataclass

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from civitai_manager_libs.domain.pieces import gaps
from civitai_manager_libs.domain.transfer import (
    Action,
    Answer,
    TransferState,
    decide,
    may_resume,
    merged,
    read_answer,
)

RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)
MAYBE = st.one_of(st.none(), st.integers(0, 40))
TAGS = st.sampled_from([None, '"a"', '"b"', 'W/"a"'])
DATES = st.sampled_from([None, 'Mon, 01 Jan 2026 00:00:00 GMT', 'Tue, 02 Jan 2026 00:00:00 GMT'])


class TestRanges:
    @given(RANGES)
    def test_merged_ranges_are_the_same_bytes_sorted_and_apart(self, ranges):
        result = merged(ranges)
        covered = {byte for begin, end in ranges for byte in range(begin, end)}
        assert {byte for begin, end in result for byte in range(begin, end)} == covered
        assert all(begin < end for begin, end in result)
        assert all(left[1] < right[0] for left, right in zip(result, result[1:]))

    @given(RANGES, st.integers(0, 60))
    def test_what_a_state_says_of_its_ranges(self, ranges, size):
        state = TransferState('x', size)
        for begin, end in ranges:
            state = state.with_range(begin, end)
        covered = {byte for begin, end in ranges for byte in range(begin, end)}
        gap = next(byte for byte in range(61) if byte not in covered)
        assert state.received == len(covered) and state.first_gap == gap
        assert state.complete == (covered == set(range(size)))

    def test_nothing_is_complete_without_a_known_size(self):
        assert not TransferState('x').complete
        assert not TransferState('x', None, None, ((0, 10),)).complete
        assert TransferState('x', 0).complete


def headers(**given):
    return CaseInsensitiveDict({name.replace('_', '-'): text for name, text in given.items()})


class TestAnswers:
    def test_the_deciding_part(self):
        answer = read_answer(
            206,
            headers(
                content_length='10',
                content_range=' Bytes 5-14/15 ',
                etag='"a"',
                last_modified='then',
            ),
        )
        assert answer == Answer(206, 10, (5, 14, 15), '"a"', 'then')
        assert answer.validator == '"a"'
        assert read_answer(200, headers(last_modified='then')).validator == 'then'
        assert read_answer(206, headers(content_range='bytes 0-1/*')).range == (0, 1, None)
        assert read_answer(416, headers(content_range='bytes */15')).range == (None, None, 15)

    @pytest.mark.parametrize(
        'text', ['', 'bytes', 'bytes 5-/15', 'bytes a-b/c', 'items 0-1/2', '0-1/2', 'bytes 0-1/2x']
    )
    def test_nonsense_is_no_range(self, text):
        assert read_answer(206, headers(content_range=text)).range == (None, None, None)

    @pytest.mark.parametrize('text', ['-1', 'ten', '1, 1', '٣', '9' * 5000])
    def test_nonsense_is_no_length(self, text):
        assert read_answer(200, headers(content_length=text)).length is None

    def test_a_packed_body_has_another_length_than_the_file(self):
        assert read_answer(200, headers(content_length='9', content_encoding='gzip')).length is None
        packed = headers(content_length='9', content_encoding=' Identity')
        assert read_answer(200, packed).length == 9

    @given(st.integers(100, 599), st.text(), st.text(), st.text())
    @example(206, '', 'bytes ' + '9' * 5000 + '-1/2', '')
    @example(206, '', 'bytes 0-1/' + '1' * 5000, '')
    def test_no_header_is_too_odd(self, status, length, span, encoding):
        read_answer(
            status,
            headers(content_length=length, content_range=span, content_encoding=encoding),
        )


BEGUN = st.builds(
    lambda gap, more: merged([(0, gap), *more]), st.integers(0, 30), st.one_of(st.just([]), RANGES)
)
STATES = st.builds(
    lambda size, tag, ranges: TransferState('x', size, tag, ranges),
    MAYBE,
    st.one_of(TAGS, DATES),
    BEGUN,
)

ROOMY = st.builds(
    lambda size, tag, first, later: TransferState('x', size, tag, merged([(0, first), later])),
    st.integers(30, 40),
    st.one_of(TAGS, DATES),
    st.integers(0, 10),
    st.sampled_from([(0, 0), (12, 20), (15, 25)]),
)


@st.composite
def cases(draw):
    """A state, the byte that was asked from (None: the whole file), and an answer that is either
    nonsense or differs a little from the right one.
    """
    state = draw(st.one_of(ROOMY, ROOMY, STATES))
    free = gaps(state.finished, state.size or 0)
    begins = [begin for begin, _ in free] + [begin + 1 for begin, end in free if begin + 1 < end]
    asked = draw(st.sampled_from([*begins, *begins, None]))
    size, at = state.size or 0, asked or 0
    near = st.sampled_from([at, at, at, at + 1, 0, None])
    end = st.sampled_from([size - 1, size - 1, size - 2, at, at + 5, size, None])
    total = st.sampled_from([state.size, state.size, state.size, size + 1, None])
    tag, date = (state.validator, None) if draw(st.booleans()) else (draw(TAGS), draw(DATES))
    span = (draw(near), draw(end), draw(total))
    whole = span[1] + 1 - span[0] if None not in span[:2] else size
    length = draw(st.one_of(st.just(max(0, whole)), MAYBE))
    status = draw(st.sampled_from([206, 206, 206, 200, 416]))
    return state, asked, Answer(status, length, span, tag, date)


class TestDecisions:
    @given(cases())
    def test_bytes_are_put_beside_others_only_from_a_matching_answer(self, case):
        state, asked, answer = case
        decision = decide(state, asked, answer)
        if decision.action is Action.WRITE and answer.status == 206:
            event('put beside')
            assert decision.state == state and decision.begin == asked == answer.range[0]
            assert answer.range[2] == state.size
            assert state.validator is None or state.validator in (answer.etag, answer.modified)
        elif decision.action is Action.WRITE:
            assert answer.status == 200 and decision.begin == 0
            assert decision.state == TransferState('x', answer.length, answer.validator)
        else:
            assert decision.begin == 0
            assert decision.state == (
                state if decision.action is Action.COMPLETE else TransferState('x')
            )

    @given(cases())
    def test_a_restart_forgets_what_is_on_disk(self, case):
        state, asked, answer = case
        decision = decide(state, asked, answer)
        if decision.action is Action.COMPLETE:
            assert state.complete and answer.status == 416
        elif decision.action is Action.ASK_AGAIN or answer.status == 200:
            assert decision.state.finished == ()
            assert decision.state.identity == state.identity

    @given(cases())
    def test_a_part_that_nobody_asked_for_is_never_taken(self, case):
        state, _, answer = case
        decision = decide(state, None, answer)
        assert decision.action is not Action.WRITE or answer.status == 200

    @given(STATES)
    def test_without_a_validator_only_a_hash_allows_to_go_on(self, state):
        assert may_resume(state, True) is (state.size is not None)
        if state.validator is None or state.validator.startswith('W/'):
            assert not may_resume(state, False)
        else:
            assert may_resume(state, False) is (state.size is not None)


@dataclass
class Server:
    """Has versions of one file, of one size or of different ones; every answer is honest about
    what it carries, but nothing else is certain.
    """

    versions: list

    def answer(self, version, asked, validator, whims):
        """Status, headers and body for the bytes ``asked`` (first, end or None), None for all."""
        content, tag, date = self.versions[version % len(self.versions)]
        tag = None if 'no tag' in whims else tag
        date = None if 'no date' in whims else date
        told = {name: text for name, text in [('etag', tag), ('last_modified', date)] if text}
        ranged = asked is not None and 'ignore range' not in whims
        if ranged and 'ignore if-range' not in whims and validator not in (None, tag, date):
            ranged = False
        if not ranged:
            length = {} if 'no length' in whims else {'content_length': str(len(content))}
            return 200, headers(**told, **length), content
        if asked[0] >= len(content):
            return 416, headers(content_range=f'bytes */{len(content)}'), b''
        return 206, *self._part(content, asked, told, whims)

    def _part(self, content, asked, told, whims):
        first = max(0, asked[0] - 3) if 'other range' in whims else asked[0]
        last = len(content) - 1
        if asked[1] is not None and 'longer range' not in whims:
            last = min(last, asked[1] - 1)
        if 'short range' in whims:
            last = max(first, last - 5)
        body = content[first : last + 1]
        span = f'bytes {first}-{last}/{len(content)}'
        return headers(content_range=span, content_length=str(len(body)), **told), body


WHIMS = st.sets(
    st.sampled_from(
        [
            *('no tag', 'no date', 'ignore range', 'ignore if-range', 'no length', 'other range'),
            *('short range', 'longer range'),
        ]
    ),
    max_size=3,
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 0, 1, 2]),
        st.one_of(st.just(set()), WHIMS),
        st.sampled_from([1, 2, 3, 4, 5, None]),
        st.tuples(st.integers(0, 3), st.integers(0, 12), st.sampled_from([None, 3, 7, 40])),
    ),
    min_size=3,
    max_size=16,
)
SIZES = st.tuples(st.integers(9, 40), st.integers(0, 1), st.integers(0, 1))


def versions_of(sizes, weak):
    size, second, third = sizes
    contents = [b'a' * size, b'b' * (size + second), b'c' * (size + third)]
    tags = ['W/"same"'] * 3 if weak else ['"a"', '"b"', '"c"']
    return [(*pair, f'day {number}') for number, pair in enumerate(zip(contents, tags))]


def wanted_part(state, which):
    """The part of some gap that one of several connections asks for, None for the whole file."""
    gap, skipped, length = which
    if not may_resume(state, checked_by_hash=False):
        return None
    free = gaps(state.finished, state.size)
    begin, end = free[gap % len(free)]
    begin = min(begin + skipped, end - 1)
    if length is None or begin + length >= end:
        return begin, None if end == state.size else end
    return begin, begin + length


@settings(max_examples=400, deadline=None)
@given(SIZES, st.booleans(), STEPS)
def test_what_is_put_together_is_always_one_version(sizes, weak, steps):
    server, disk = Server(versions_of(sizes, weak)), {}
    state = TransferState('x')
    for version, whims, cut, which in steps:
        asked = wanted_part(state, which)
        status, told, body = server.answer(version, asked, state.validator, whims)
        decision = decide(state, None if asked is None else asked[0], read_answer(status, told))
        if not decision.state.finished:
            disk.clear()
        state = decision.state
        if decision.action is not Action.WRITE:
            continue
        arrived = body if cut is None else body[:cut]
        if status == 206 and asked[1] is not None:
            arrived = arrived[: asked[1] - asked[0]]
        disk.update(enumerate(arrived, decision.begin))
        state = state.with_range(decision.begin, decision.begin + len(arrived))
        event(f'{min(len(state.finished), 3)} finished ranges')
        if state.size is None and arrived == body:
            state = TransferState('x', len(body), state.validator, state.finished)
        assert len(set(disk.values())) <= 1
        if state.complete:
            assert bytes(disk[at] for at in sorted(disk)) in [one for one, _, _ in server.versions]
            event('complete')
            return
