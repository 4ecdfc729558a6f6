"""Line icons as inline SVG in the colour of the text around them, and the drawing of an empty
queue.
"""

from __future__ import annotations

_PATHS = {
    'alert': '<path d="M8 2 1.5 13.5h13z"/><path d="M8 6.5v3M8 11.6v.1"/>',
    'away': '<path d="M9.5 2.5h4v4M13.5 2.5 7.5 8.5M6.5 3.5h-3a1 1 0 0 0-1 1v8a1 1 0 0 0 1 1h8'
    'a1 1 0 0 0 1-1v-3"/>',
    'archive': '<path d="M2 3h12v3H2zM3 6v7h10V6M6.5 9h3"/>',
    'back': '<path d="M10 3.5 5.5 8l4.5 4.5"/>',
    'bookmark': '<path d="M4 2.5h8v11l-4-3-4 3z"/>',
    'check': '<path d="m3 8.5 3.2 3.2L13 5"/>',
    'chevron': '<path d="m4 6 4 4 4-4"/>',
    'clock': '<circle cx="8" cy="8" r="6"/><path d="M8 4.8V8l2 1.6"/>',
    'close': '<path d="m3.5 3.5 9 9M12.5 3.5l-9 9"/>',
    'copy': '<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/>'
    '<path d="M3.5 10.5h-1v-8h8v1"/>',
    'download': '<path d="M8 2v8M4.5 6.8 8 10.2l3.5-3.4M3 13.5h10"/>',
    'eye': '<path d="M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8z"/>'
    '<circle cx="8" cy="8" r="1.9"/>',
    'eye-off': '<path d="M6.2 4A6.6 6.6 0 0 1 8 3.8C12 3.8 14.5 8 14.5 8s-.6 1-1.7 2.1M3.6 5.4'
    'A11 11 0 0 0 1.5 8S4 12.2 8 12.2a6.3 6.3 0 0 0 2.6-.6M2.5 2.5l11 11"/>',
    'folder': '<path d="M1.8 12.8V3.5h4.4l1.6 2h6.4v7.3z"/>',
    'forward': '<path d="M6 3.5 10.5 8 6 12.5"/>',
    'heart': '<path d="M8 13.3S2 9.7 2 5.9A3 3 0 0 1 8 4.6a3 3 0 0 1 6 1.3c0 3.8-6 7.4-6 7.4z"/>',
    'info': '<circle cx="8" cy="8" r="6"/><path d="M8 7.4v3.8M8 4.9V5"/>',
    'insert': '<path d="M2.5 3.5h11M2.5 7h5M2.5 10.5h3M11 7.5v6M8 10.5h6"/>',
    'key': '<circle cx="5" cy="11" r="2.7"/><path d="m7 9 6-6M11 5l2 2M9.2 6.8l1.3 1.3"/>',
    'link': '<path d="M6.6 9.4a2.8 2.8 0 0 0 4 0l2.2-2.2a2.8 2.8 0 0 0-4-4l-.8.8"/>'
    '<path d="M9.4 6.6a2.8 2.8 0 0 0-4 0L3.2 8.8a2.8 2.8 0 0 0 4 4l.8-.8"/>',
    'list': '<path d="M6 4h7.5M6 8h7.5M6 12h7.5"/>'
    '<path d="M2.8 4h.01M2.8 8h.01M2.8 12h.01" stroke-width="2.4"/>',
    'more': '<path d="M3 8h.01M8 8h.01M13 8h.01" stroke-width="2.4"/>',
    'note': '<path d="M3 2.5h10v7L9.5 13H3zM13 9.5H9.5V13"/>',
    'offline': '<path d="M2 6.2A9 9 0 0 1 5 4.3M7.6 3.6A9 9 0 0 1 14 6.2M4.4 8.9'
    'A5.4 5.4 0 0 1 6.6 7.6M10.4 8A5.4 5.4 0 0 1 11.6 8.9M8 12h.01M2.5 2.5l11 11"/>',
    'pause': '<path d="M5.5 3.5v9M10.5 3.5v9"/>',
    'picture': '<rect x="2" y="2.5" width="12" height="11" rx="1.5"/>'
    '<path d="m2.5 11.5 3.2-3.2 2.6 2.4 2-1.8 3.2 2.8"/><circle cx="10.6" cy="6" r="1"/>',
    'play': '<path d="M5 3.2v9.6L12.6 8z"/>',
    'plus': '<path d="M8 3v10M3 8h10"/>',
    'remove': '<path d="M2.5 4h11M2.5 8h6M2.5 12h6M11 9.5l3 3M14 9.5l-3 3"/>',
    'retry': '<path d="M13.2 8A5.2 5.2 0 1 1 11.6 4.2L13.3 6M13.3 2.6V6H9.9"/>',
    'search': '<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>',
    'select': '<rect x="2.5" y="2.5" width="11" height="11" rx="2"/>'
    '<path d="m5.2 8.2 2 2 3.6-4"/>',
    'shield': '<path d="M8 1.8 13.2 4v3.8c0 3-2.2 5.2-5.2 6.4-3-1.2-5.2-3.4-5.2-6.4V4z"/>'
    '<path d="m5.6 8 1.7 1.7 3.1-3.2"/>',
    'star': '<path d="m8 1.9 1.9 3.9 4.2.6-3.1 3 .8 4.2L8 11.6l-3.8 2 .8-4.2-3.1-3 4.2-.6z"/>',
    'sliders': '<path d="M2 4h12M4 8h8M6.5 12h3"/>',
    'blocked': '<circle cx="8" cy="8" r="6"/><path d="m3.8 3.8 8.4 8.4"/>',
    'top': '<path d="M3.5 2.5h9M8 13.5v-7M4.6 9.4 8 6l3.4 3.4"/>',
    'up': '<path d="M8 13V3M4 7l4-4 4 4"/>',
    'down': '<path d="M8 3v10M4 9l4 4 4-4"/>',
}


def icon(name: str) -> str:
    """The icon called ``name``; nothing is read aloud for it."""
    return (
        '<svg class="cs-icon" viewBox="0 0 16 16" width="16" height="16" fill="none" '
        'stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" '
        f'aria-hidden="true">{_PATHS[name]}</svg>'
    )


LOGO = (
    '<svg class="cs-logo" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">'
    '<rect width="24" height="24" rx="6" fill="var(--cs-accent)"/>'
    '<path d="M12 6v7M9 10.3l3 3 3-3M7.8 16.8h8.4" fill="none" stroke="var(--cs-on-accent)" '
    'stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>'
)

EMPTY_QUEUE = (
    '<svg class="cs-drawing" viewBox="0 0 128 96" width="128" height="96" fill="none" '
    'aria-hidden="true">'
    '<g class="cs-drawing-back"><rect x="6" y="14" width="56" height="66" rx="6" '
    'transform="rotate(-8 34 47)"/><rect x="66" y="14" width="56" height="66" rx="6" '
    'transform="rotate(8 94 47)"/></g>'
    '<rect class="cs-drawing-front" x="36" y="4" width="56" height="72" rx="6"/>'
    '<path class="cs-drawing-line" d="M64 22v26M52 37l12 12 12-12M50 60h28"/>'
    '<path class="cs-drawing-ground" d="M20 93h88"/></svg>'
)

EMPTY_GALLERY = (
    '<svg class="cs-drawing" viewBox="0 0 128 96" width="128" height="96" fill="none" '
    'aria-hidden="true">'
    '<g class="cs-drawing-back"><rect x="6" y="14" width="56" height="66" rx="6" '
    'transform="rotate(-8 34 47)"/><rect x="66" y="14" width="56" height="66" rx="6" '
    'transform="rotate(8 94 47)"/></g>'
    '<rect class="cs-drawing-front" x="36" y="4" width="56" height="72" rx="6"/>'
    '<path class="cs-drawing-line" d="m45 62 13-17 10 12 6-7 9 12M76 25h.1"/>'
    '<path class="cs-drawing-ground" d="M20 93h88"/></svg>'
)

EMPTY_SHORTCUTS = (
    '<svg class="cs-drawing" viewBox="0 0 128 96" width="128" height="96" fill="none" '
    'aria-hidden="true">'
    '<g class="cs-drawing-back"><rect x="6" y="14" width="56" height="66" rx="6" '
    'transform="rotate(-8 34 47)"/><rect x="66" y="14" width="56" height="66" rx="6" '
    'transform="rotate(8 94 47)"/></g>'
    '<rect class="cs-drawing-front" x="36" y="4" width="56" height="72" rx="6"/>'
    '<path class="cs-drawing-full" d="M54 22h20v30l-10-8-10 8z"/>'
    '<path class="cs-drawing-ground" d="M20 93h88"/></svg>'
)
