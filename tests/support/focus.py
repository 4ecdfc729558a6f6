"""How much can be seen of it that something has the focus."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image

ROOM = 8  # a ring stands outside of what it marks
_SEEN = 3.0  # how far two colours have to be apart to be told from each other, as WCAG 2 has it

# What somebody looks at: the control, its label, and the field or card around it; in the window.
_PLACE = """(room) => {
    const one = document.activeElement;
    window.csFocused = one;
    const around = [one, one.parentElement, one.closest('label'), ...(one.labels || [])];
    const boxes = around.filter(Boolean).map((each) => each.getBoundingClientRect());
    const left = Math.max(0, Math.min(...boxes.map((box) => box.left)) - room);
    const top = Math.max(0, Math.min(...boxes.map((box) => box.top)) - room);
    const right = Math.min(innerWidth, Math.max(...boxes.map((box) => box.right)) + room);
    const bottom = Math.min(innerHeight, Math.max(...boxes.map((box) => box.bottom)) + room);
    const shown = boxes.filter((box) => box.width > 4 && box.height > 4)
        .sort((a, b) => a.width * a.height - b.width * b.height)[0];
    return { x: left, y: top, width: right - left, height: bottom - top,
        least: shown.width + shown.height };
}"""
_KIND = """() => {
    const one = document.activeElement;
    const names = [...one.classList].filter((name) => !/^(svelte-|cs-on$)/.test(name)).sort();
    const state = ['disabled', 'readOnly', 'checked'].filter((name) => one[name]);
    const place = one.dataset.csAction || one.dataset.csStart || one.parentElement.className;
    return [one.tagName, one.type || '', ...names, place, ...state].join(' ');
}"""
_STEADY = '.cs, .cs * { caret-color: transparent !important; transition: none !important; }'


@dataclass(frozen=True)
class Mark:
    """How many pixels tell what has the focus, and how many it takes: half of a thin ring."""

    pixels: int
    least: float

    @property
    def seen(self):
        """Whether somebody sees it."""
        return self.pixels >= self.least


def steady(page):
    """Let neither the caret nor a transition pass for a ring."""
    page.add_style_tag(content=_STEADY)


def kind_of_focused(page):
    """What is alike of all controls of one look and use, as that which has the focus."""
    return page.evaluate(_KIND)


def mark_of_focused(page):
    """The :class:`Mark` of what has the focus, by pictures of it with the focus and without. What
    moves by itself meanwhile does not count: the mark has to come back with the focus.
    """
    place = page.evaluate(_PLACE, ROOM)
    least = place.pop('least')
    focused = _picture(page, place)
    page.evaluate('window.csFocused.blur()')
    plain = _picture(page, place)
    page.evaluate('window.csFocused.focus({ preventScroll: true })')
    again = _picture(page, place)
    return Mark(_apart(focused, plain, again), least)


def _picture(page, place):
    shot = Image.open(BytesIO(page.screenshot(clip=place, animations='allow', caret='initial')))
    colours = shot.convert('RGB').tobytes()
    return list(zip(*[iter(colours)] * 3))


def _apart(focused, plain, again):
    pixels = zip(focused, plain, again)
    return sum(
        one == back and one != other and _ratio(one, other) >= _SEEN for one, other, back in pixels
    )


def _ratio(one, other):
    low, high = sorted([_luminance(one), _luminance(other)])
    return (high + 0.05) / (low + 0.05)


def _luminance(colour):
    parts = [one / 255 for one in colour]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
