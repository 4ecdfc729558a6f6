"""The rules of resuming, against a model of a server that does whatever a server may do."""

from dataclasses import dataclass

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from civitai_manager_libs.domain.transfer import (
    Action,
    Answer,
    TransferState,
    decide,
    merged,
    read_answer,
    resume_point,
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


@st.composite
def cases(draw):
    """A state and an answer to it that is either nonsense or differs a little from the right
    one.
    """
    state = draw(STATES)
    gap, size = state.first_gap, state.size or 0
    near = st.sampled_from([gap, gap, gap, gap + 1, 0, None])
    end = st.sampled_from([size - 1, size - 1, size - 1, size - 2, size, None])
    total = st.sampled_from([state.size, state.size, state.size, size + 1, None])
    tag, date = (state.validator, None) if draw(st.booleans()) else (draw(TAGS), draw(DATES))
    length = draw(st.one_of(st.just(max(0, size - gap)), MAYBE))
    status = draw(st.sampled_from([206, 206, 206, 200, 416]))
    span = (draw(near), draw(end), draw(total))
    return state, Answer(status, length, span, tag, date)


class TestDecisions:
    @given(cases(), st.booleans())
    def test_bytes_are_appended_only_to_a_matching_answer(self, case, by_hash):
        state, answer = case
        asked = resume_point(state, by_hash)
        decision = decide(state, asked, answer)
        if decision.action is Action.WRITE and decision.begin > 0:
            event('appended')
            assert answer.status == 206 and decision.state == state
            assert decision.begin == asked == answer.range[0] == state.first_gap
            assert answer.range[2] == state.size
            assert by_hash or state.validator in (answer.etag, answer.modified)
            assert by_hash or not state.validator.startswith('W/')
        else:
            assert decision.begin == 0
            assert decision.state in (
                state,
                TransferState('x', answer.length, answer.validator),
            ) or (decision.state == TransferState('x'))

    @given(cases())
    def test_a_restart_forgets_what_is_on_disk(self, case):
        state, answer = case
        decision = decide(state, resume_point(state, True), answer)
        if decision.action is Action.COMPLETE:
            assert state.complete
        elif decision.begin == 0:
            assert decision.state.finished == ()
            assert decision.state.identity == state.identity

    @given(STATES)
    def test_without_a_validator_only_a_hash_allows_to_go_on(self, state):
        if state.size is None:
            assert resume_point(state, True) == 0
        if state.validator is None or state.validator.startswith('W/'):
            assert resume_point(state, False) == 0


@dataclass
class Server:
    """Has versions of one file, of one size or of different ones; every answer is honest about
    what it carries, but nothing else is certain.
    """

    versions: list

    def answer(self, version, asked, validator, whims):
        content, tag, date = self.versions[version % len(self.versions)]
        tag = None if 'no tag' in whims else tag
        date = None if 'no date' in whims else date
        told = {name: text for name, text in [('etag', tag), ('last_modified', date)] if text}
        ranged = asked > 0 and 'ignore range' not in whims
        if ranged and 'ignore if-range' not in whims and validator not in (None, tag, date):
            ranged = False
        if not ranged:
            length = {} if 'no length' in whims else {'content_length': str(len(content))}
            return 200, headers(**told, **length), content
        if asked >= len(content):
            return 416, headers(content_range=f'bytes */{len(content)}'), b''
        first = max(0, asked - 3) if 'other range' in whims else asked
        last = max(first, len(content) - 5) if 'short range' in whims else len(content) - 1
        body = content[first : last + 1]
        span = f'bytes {first}-{last}/{len(content)}'
        return 206, headers(content_range=span, content_length=str(len(body)), **told), body


WHIMS = st.sets(
    st.sampled_from(
        [
            *('no tag', 'no date', 'ignore range', 'ignore if-range', 'no length', 'other range'),
            'short range',
        ]
    ),
    max_size=3,
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 1, 2]),
        st.one_of(st.just(set()), WHIMS),
        st.sampled_from([1, 2, 3, 4, 5, None]),
    ),
    min_size=3,
    max_size=12,
)
SIZES = st.tuples(st.integers(9, 40), st.integers(0, 1), st.integers(0, 1))


def versions_of(sizes, weak):
    size, second, third = sizes
    contents = [b'a' * size, b'b' * (size + second), b'c' * (size + third)]
    tags = ['W/"same"'] * 3 if weak else ['"a"', '"b"', '"c"']
    return [(*pair, f'day {number}') for number, pair in enumerate(zip(contents, tags))]


@settings(max_examples=400, deadline=None)
@given(SIZES, st.booleans(), STEPS)
def test_what_is_put_together_is_always_one_version(sizes, weak, steps):
    server, disk = Server(versions_of(sizes, weak)), bytearray()
    state = TransferState('x')
    for version, whims, cut in steps:
        asked = resume_point(state, checked_by_hash=False)
        status, told, body = server.answer(version, asked, state.validator, whims)
        decision = decide(state, asked, read_answer(status, told))
        if not decision.state.finished:
            del disk[:]
        state = decision.state
        if decision.action is not Action.WRITE:
            continue
        event('appended' if decision.begin else 'begun')
        arrived = body if cut is None else body[:cut]
        disk[decision.begin : decision.begin + len(arrived)] = arrived
        state = state.with_range(decision.begin, decision.begin + len(arrived))
        if state.size is None and arrived == body:
            state = TransferState('x', len(body), state.validator, state.finished)
        assert len(set(disk)) <= 1
        if state.complete:
            assert bytes(disk) in [content for content, _, _ in server.versions]
            event('complete')
            return
