"""How several connections share a file: nothing twice, nothing left out, all of them busy."""

import random
from dataclasses import replace

from hypothesis import event, given, settings
from hypothesis import strategies as st

from civitai_manager_libs.domain.pieces import LARGEST, SMALLEST, Piece, gaps, next_piece, wish
from civitai_manager_libs.domain.transfer import merged

SIZES = st.integers(0, 40 * SMALLEST)
SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6)


class TestGaps:
    @given(SPANS, st.integers(0, 60))
    def test_what_is_not_covered_in_order(self, covered, size):
        found = gaps(covered, size)
        have = {byte for begin, end in covered for byte in range(begin, end)}
        lacking = [byte for begin, end in found for byte in range(begin, end)]
        assert lacking == [byte for byte in range(size) if byte not in have]
        assert all(left[1] < right[0] for left, right in zip(found, found[1:]))


class TestWish:
    @given(st.floats(0, 1e12))
    def test_some_seconds_worth_within_bounds(self, speed):
        assert 4 * SMALLEST <= wish(speed) <= LARGEST
        assert wish(speed) <= wish(speed * 2)


class TestNextPiece:
    def test_one_connection_takes_all_that_is_free(self):
        assert next_piece([], [], 100, 1, 10) == Piece(0, 100)
        assert next_piece([(0, 10), (50, 60)], [], 100, 1, 10) == Piece(10, 50)
        assert next_piece([(0, 100)], [], 100, 1, 10) is None

    def test_pieces_are_in_order_and_shrink_at_the_end(self):
        size, taken, lengths = 100 * SMALLEST, [], []
        while piece := next_piece(taken, [], size, 4, 16 * SMALLEST):
            assert piece.position == (taken[-1][1] if taken else 0)
            taken.append((piece.position, piece.end))
            lengths.append(piece.end - piece.position)
        assert taken[-1][1] == size
        assert lengths[:-1] == sorted(lengths[:-1], reverse=True) and lengths[-1] < lengths[0] / 4
        assert lengths[0] == 100 * SMALLEST // 8

    def test_no_crumbs(self):
        size = 2 * SMALLEST + SMALLEST // 5
        assert next_piece([(0, SMALLEST)], [], size, 4, LARGEST) == Piece(SMALLEST, size)

    def test_who_is_free_gets_half_of_the_largest(self):
        small, large = Piece(0, 4 * SMALLEST), Piece(4 * SMALLEST, 24 * SMALLEST)
        piece = next_piece([], [small, large], 24 * SMALLEST, 4, LARGEST)
        assert piece == Piece(14 * SMALLEST, 24 * SMALLEST) and large.end == 14 * SMALLEST
        assert small.end == 4 * SMALLEST

    def test_of_a_piece_without_an_end_too(self):
        only = Piece(SMALLEST, None)
        piece = next_piece([(0, SMALLEST)], [only], 21 * SMALLEST, 4, LARGEST)
        assert only.end == piece.position == 11 * SMALLEST and piece.end == 21 * SMALLEST

    def test_what_has_come_already_is_not_given_away(self):
        only = Piece(0, 4 * SMALLEST)
        assert only.claim(3 * SMALLEST) == 3 * SMALLEST
        piece = next_piece([], [only], 4 * SMALLEST, 4, LARGEST)
        assert piece.position == only.end == 3 * SMALLEST + SMALLEST // 2

    def test_a_little_is_left_to_who_has_it(self):
        only = Piece(0, SMALLEST // 2 - 1)
        assert next_piece([], [only], SMALLEST // 2 - 1, 4, LARGEST) is None

    def test_unless_that_one_is_stuck(self):
        stuck, large = Piece(0, 100, stuck=True), Piece(100, 20 * SMALLEST)
        assert stuck.claim(40) == 40
        piece = next_piece([], [stuck, large], 20 * SMALLEST, 4, LARGEST)
        assert piece == Piece(40, 100) and stuck.end == 40
        again = next_piece([], [stuck, replace(large), piece], 20 * SMALLEST, 4, LARGEST)
        assert again.position > 100, 'a stuck piece without anything left keeps nobody from others'

    def test_what_comes_after_the_end_of_a_piece_is_not_claimed(self):
        piece = Piece(90, 100)
        assert piece.claim(25) == 10 and piece.claimed == 100
        piece.position = 100
        assert piece.claim(5) == 0
        assert Piece(90, None).claim(25) == 25


@settings(max_examples=200, deadline=None)
@given(SIZES, SPANS, st.integers(1, 8), st.integers(0, 2**32))
def test_nothing_twice_and_nothing_left_out(size, begun, connections, seed):
    """Lanes of random speeds that break off and get stuck, with reads under way while others cut
    their pieces.
    """
    chance = random.Random(seed)
    scale = max(1, size // 60)
    finished = [(begin * scale, min(end * scale, size)) for begin, end in begun]
    fetched = sum(end - begin for begin, end in merged(finished))
    lanes, wanted = [], chance.choice([SMALLEST, 4 * SMALLEST, LARGEST])
    for step in range(20_000):
        finished = list(merged(finished))
        if finished == [(0, size)] or size == 0:
            break
        if len(lanes) < connections:
            piece = next_piece(finished, lanes, size, connections, wanted)
            if piece is not None:
                event('shared' if any(lane.end == piece.position for lane in lanes) else 'free')
                lanes.append(piece)
        assert lanes, 'something is missing and nobody fetches it'
        lane = chance.choice(lanes)
        lane.stuck = chance.random() < 0.1
        if chance.random() < 0.03 or lane.position >= lane.end:
            lanes.remove(lane)  # broken off, or at its end
            continue
        count = lane.claim(chance.randint(1, 2 * SMALLEST))
        if chance.random() < 0.3:  # somebody looks for work before it is written
            other = next_piece(finished, lanes, size, connections, wanted)
            if other is not None and len(lanes) < connections:
                lanes.append(other)
        finished.append((lane.position, lane.position + count))
        fetched += count
        lane.position += count
    assert merged(finished) == (((0, size),) if size else ()) and fetched == size
