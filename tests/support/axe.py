"""What axe finds on a page, and what it does not look at."""

from importlib.resources import files

_AXE = files('axe_playwright_python').joinpath('axe.min.js').read_text(encoding='utf-8')
_GRAVE = ('serious', 'critical')
_RUN = '''() => axe.run('.cs', {
    resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
})'''
_PALE = """() => {
    const probe = document.querySelector('.cs').appendChild(document.createElement('i'));
    probe.style.color = 'var(--cs-ink-2)';
    const wanted = getComputedStyle(probe).color;
    probe.remove();
    return [...document.querySelectorAll('.cs input, .cs textarea')]
        .filter((one) => one.placeholder && one.offsetParent && !one.closest('.cs-wires'))
        .filter((one) => getComputedStyle(one, '::placeholder').color !== wanted)
        .map((one) => `placeholder: ${one.outerHTML.slice(0, 120)}`);
}"""


def findings(page):
    """What axe finds grave on the page, one line each: rule, element, why; and placeholders in
    another colour than that of second text.
    """
    page.evaluate(_AXE)
    found = page.evaluate(_RUN)['violations']
    grave = [
        f'{one["id"]}: {node["target"]} {node["failureSummary"]}'
        for one in found
        if one['impact'] in _GRAVE
        for node in one['nodes']
    ]
    return grave + page.evaluate(_PALE)
