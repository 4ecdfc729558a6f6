"""What changed between what a browser has and what it should have.

A view is ``{section: {name: value}}`` where a value is text, a number or a small dictionary. A
browser that missed something (its number is not ours) gets everything, and its script touches only
what differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

View = Mapping[str, Mapping[str, Any]]


def difference(old: View, new: View) -> dict[str, dict[str, Any]]:
    """The entries of ``new`` that ``old`` does not have so; sections without any are left out.

    What is gone is not listed: an order of names, itself an entry, says what there is.
    """
    changed: dict[str, dict[str, Any]] = {}
    for section, entries in new.items():
        before = old.get(section, {})
        differing = {
            name: value
            for name, value in entries.items()
            if name not in before or (before[name] is not value and before[name] != value)
        }
        if differing:
            changed[section] = differing
    return changed
