"""Our colours can be told from what they stand on, in our own themes and in those of hosts."""

import re

import pytest

from civitai_manager_libs.util import resource

pytestmark = pytest.mark.browser

TEXT, EDGE = 4.5, 3.0
NAMES = ('body-text-color', 'body-background-fill', 'block-background-fill')
NAMES += ('background-fill-secondary', 'border-color-primary', 'color-accent')
# The themes of our own page, and those that Gradio 3 gives to A1111 and Gradio 4 to Forge.
THEMES = {
    'own light': ('#1c2430', '#f7f8fa', '#ffffff', '#f1f3f6', '#e2e6ec', '#3b82f6'),
    'own dark': ('#e9edf3', '#0e1117', '#171b23', '#12161d', '#2a313c', '#3b82f6'),
    'host light': ('#1f2937', '#ffffff', '#ffffff', '#f9fafb', '#e5e7eb', '#f97316'),
    'host dark': ('#f3f4f6', '#0b0f19', '#1f2937', '#111827', '#374151', '#f97316'),
}
GROUNDS = ('bg', 'surface', 'sunk')
PAIRS = [(ink, ground) for ink in ('ink', 'ink-2') for ground in GROUNDS]
PAIRS += [(ink, 'surface') for ink in ('accent', 'ok', 'warn', 'bad')]
PAIRS += [('on-accent', 'accent'), ('accent', 'accent-soft'), ('ink', 'accent-soft')]
PAIRS += [('warn', 'warn-soft'), ('bad', 'bad-soft'), ('ink', 'warn-soft'), ('ink', 'bad-soft')]
COLOUR = """(name) => {
    const one = document.querySelector('.cs i');
    one.style.color = `var(--cs-${name})`;
    return getComputedStyle(one).color;
}"""


def luminance(colour):
    """How bright a computed colour is, 0 to 1, as WCAG 2 defines it."""
    numbers = [float(one) for one in re.findall(r'[\d.]+', colour)[:3]]
    parts = numbers if colour.startswith('color(') else [one / 255 for one in numbers]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.fixture
def themed(browser):
    """``themed(colours)``: what gives the computed colour of a token of ours in that theme."""
    context = browser.new_context()
    page = context.new_page()
    css = resource('style.css').read_text(encoding='utf-8')

    def with_theme(colours):
        own = ';'.join(f'--{name}:{colour}' for name, colour in zip(NAMES, colours))
        body = f'<body style="{own}"><div class="cs cs-page"><i>x</i></div></body>'
        page.set_content(f'<style>{css}</style>{body}')
        return lambda name: page.evaluate(COLOUR, name)

    yield with_theme
    context.close()


@pytest.mark.parametrize('theme', THEMES)
def test_text_and_edges(themed, theme):
    colour = themed(THEMES[theme])
    found = {pair: contrast(colour(pair[0]), colour(pair[1])) for pair in PAIRS}
    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < TEXT} == {}
    assert contrast(colour('line-2'), colour('surface')) >= EDGE
    assert contrast(colour('accent'), colour('bg')) >= EDGE  # the ring around what has the focus


def test_the_figures_are_those_of_wcag():
    assert contrast('rgb(0, 0, 0)', 'rgb(255, 255, 255)') == pytest.approx(21)
    assert contrast('rgb(119, 119, 119)', 'color(srgb 1 1 1)') == pytest.approx(4.48, abs=0.01)
