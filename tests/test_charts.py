"""Charts over time: scales, lines, labels. Nothing is served here."""

import math
import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civitai_manager_libs.ui.charts import (
    Frame,
    Series,
    chart_html,
    clock_text,
    legend_html,
    number_text,
    scale,
    time_ticks,
)
from tests.support.rows import plain

pytestmark = pytest.mark.usefixtures('english')

EVIL = '<img src=x onerror="alert(1)">\'"&'
HOUR = Frame(36_000.0, 39_600.0)


def drawn(values, *more, frame=HOUR, words='w', **options):
    series = [Series('API', values), *more]
    html = chart_html(series, frame, words, 'Nothing here', **options)
    return html, ElementTree.fromstring(html)


def paths(root, kind):
    return [
        path.get('d')
        for path in root.iter('path')
        if kind in path.get('class', '').split() and path.get('d')
    ]


def numbers(path):
    return [float(number) for number in re.findall(r'-?\d+(?:\.\d+)?', path)]


class TestScale:
    @pytest.mark.parametrize(
        ('most', 'ticks'),
        [
            (7, [0, 2, 4, 6, 8]),
            (100, [0, 25, 50, 75, 100]),
            (101, [0, 50, 100, 150]),
            (1240, [0, 500, 1000, 1500]),
            (0.03, [0, 0.01, 0.02, 0.03]),
        ],
    )
    def test_its_numbers_are_round(self, most, ticks):
        assert scale(most) == pytest.approx(ticks)

    @given(st.floats(min_value=1e-6, max_value=1e15))
    def test_it_holds_the_largest_value_in_few_steps(self, most):
        ticks = scale(most)
        assert 2 <= len(ticks) <= 6 and ticks[0] == 0
        assert ticks[-1] >= most * 0.999 and ticks[-1] <= most * 3
        steps = [high - low for low, high in zip(ticks, ticks[1:])]
        assert max(steps) == pytest.approx(min(steps))

    @given(st.integers(min_value=1, max_value=10**9))
    def test_counts_have_no_fractions(self, most):
        assert all(tick == int(tick) for tick in scale(most, whole=True))

    @pytest.mark.parametrize(
        ('value', 'text'),
        [
            (0, '0'),
            (0.25, '0.25'),
            (2.5, '2.5'),
            (70, '70'),
            (1800, '1,800'),
            (1_500_000, '1.5 M'),
            (3e12, '3,000,000 M'),
        ],
    )
    def test_numbers_are_short(self, value, text):
        assert number_text(value) == text


class TestTime:
    def test_round_times_of_the_clock_here(self):
        frame = Frame(1_790_000_040.0, 1_790_003_640.0, 8 * 3600)
        clocks = [clock_text(tick, frame.offset) for tick in time_ticks(frame)]
        assert len(clocks) >= 4 and all(clock[-2:] in ('00', '15', '30', '45') for clock in clocks)

    @pytest.mark.parametrize('hours', [1, 6, 24])
    @pytest.mark.parametrize('offset', [0, 28_800, -12_600, 20_700])
    def test_ticks_lie_within_and_are_few(self, hours, offset):
        frame = Frame(1_000_000.0, 1_000_000.0 + hours * 3600, offset)
        ticks = time_ticks(frame)
        assert 3 <= len(ticks) <= 7
        assert all(frame.begin <= tick <= frame.end for tick in ticks)
        assert len({high - low for low, high in zip(ticks, ticks[1:])}) == 1

    def test_clocks_go_round_midnight(self):
        assert clock_text(86_400 - 60, 120) == '00:01'
        assert clock_text(0, -3600) == '23:00'


class TestLines:
    @pytest.mark.parametrize('values', [[], [None] * 5, [0.0] * 5, [0, None, 0]])
    def test_without_a_value_it_says_so(self, values):
        html, root = drawn(values)
        assert plain(html) == 'Nothing here' and root.get('aria-label') == 'Nothing here'
        assert root.get('role') == 'img' and not list(root.iter('svg'))

    def test_it_is_one_picture_with_a_sentence(self):
        _, root = drawn([1, 2, 3], words='API, at most 3')
        assert root.get('role') == 'img' and root.get('aria-label') == 'API, at most 3'

    def test_one_point_is_seen(self):
        _, root = drawn([None, 5.0, None])
        (dot,) = paths(root, 'cs-line-dot')
        assert numbers(dot)[:2] == [500, 33] and scale(5)[-1] == 6
        assert paths(root, 'cs-area') == []

    def test_higher_is_further_up_and_later_further_right(self):
        _, root = drawn([0, 25, 100])
        (line,) = paths(root, 'cs-line-solid')
        x0, y0, x1, y1, x2, y2 = numbers(line)
        assert x0 < x1 < x2 and (y0, y1, y2) == (200, 150, 0)

    def test_a_gap_stays_a_gap(self):
        _, root = drawn([1, 2, None, 2, 1])
        assert len(paths(root, 'cs-line-solid')) == 2

    def test_the_second_line_is_dashed_and_has_no_area(self):
        _, root = drawn([1, 2], Series('Pictures', [4, 8]))
        assert len(paths(root, 'cs-line-dashed')) == len(paths(root, 'cs-area')) == 1
        assert 'cs-key-dashed' in legend_html(['API', 'Pictures'])

    @given(
        st.lists(
            st.one_of(st.none(), st.floats(min_value=0, max_value=1e18, allow_nan=False)),
            min_size=1,
            max_size=80,
        )
    )
    def test_whatever_the_values_nothing_leaves_the_field(self, values):
        _, root = drawn(values)
        for kind in ('cs-line-solid', 'cs-area'):
            for path in paths(root, kind):
                assert all(0 <= number <= 1000 for number in numbers(path))

    @given(st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=80))
    def test_bars_stand_on_each_other(self, values):
        _, root = drawn(values, Series('B', values[::-1]), counts=True)
        for path in paths(root, 'cs-bars'):
            assert all(-1 <= number <= 1001 for number in numbers(path))
        assert not paths(root, 'cs-line')

    def test_the_scale_of_bars_is_that_of_their_sum(self):
        html, root = drawn([3, 0], Series('B', [4, None]), counts=True)
        (below,), (above,) = paths(root, 'cs-bars-solid'), paths(root, 'cs-bars-dashed')
        assert 'cs-key-bar' in legend_html(['A', 'B'], True) and '>8<' in html
        assert numbers(below)[1:3] == [200, 125] and numbers(above)[1:3] == [125, 25]

    def test_no_endless_value_breaks_it(self):
        html, _ = drawn([1.0, math.inf])
        assert plain(html) == 'Nothing here'


class TestWords:
    def test_all_foreign_text_is_escaped(self):
        series = [Series(EVIL, [1, 2]), Series(EVIL, [2, 1])]
        html = chart_html(series, HOUR, EVIL, EVIL)
        root = ElementTree.fromstring(html)
        assert '<img' not in html and root.get('aria-label') == EVIL
        assert '<img' not in chart_html([], HOUR, EVIL, EVIL) + legend_html([EVIL])

    def test_each_part_of_the_time_says_what_it_had(self):
        html, root = drawn([3, 0, None, 1234], Series('Pictures', [8, 0, 2, None]))
        said = [
            ' '.join(' '.join(one.itertext()).split())
            for one in root.iter('i')
            if 'cs-probe' in one.get('class', '')
        ]
        assert said == [
            'From 10:00 API 3 Pictures 8',
            'From 10:30 Pictures 2',
            'From 10:45 API 1,234',
        ]
        assert '10:30' in plain(html)

    def test_labels_at_the_edges_do_not_hang_over(self):
        html, _ = drawn([1, 2])
        assert 'cs-first' in html and 'cs-last' in html


@pytest.mark.parametrize(
    ('value', 'shown'),
    [
        (0, '0'),
        (2.5e-6, '0.0000025'),
        (1e-6, '0.000001'),
        (0.00012345, '0.000123'),
        (12.345, '12.3'),
        (1.25e9, '1,250 M'),
    ],
)
def test_no_number_has_an_exponent(value, shown):
    assert number_text(value) == shown
