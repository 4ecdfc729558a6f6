"""What a test of the way to Civitai found, step by step, and what is to blame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import (
    AccessError,
    BotCheck,
    CertificateRefused,
    NameNotResolved,
    ProxyFailed,
    RateLimited,
    RegionBlocked,
    ShortcutError,
)

NAMES = ('dns', 'tls', 'api', 'key', 'images', 'storage')
"""The steps in the order in which they are tested; the words of each stand under
``diagnosis.step.<name>``.
"""

GOOD, SLOW, BAD, SKIPPED = 'good', 'slow', 'bad', 'skipped'
SLOW_MS = 3000.0
"""From here on an answer is slow (document 003 of the customer, "needs to be looked at")."""

_WAYS: tuple[tuple[type[ShortcutError], str], ...] = (
    (ProxyFailed, 'proxy'),
    (CertificateRefused, 'tls'),
    (RegionBlocked, 'region'),
    (BotCheck, 'bot'),
    (RateLimited, 'limited'),
)


@dataclass(frozen=True)
class Step:
    """One tested part: ``name`` of :data:`NAMES`, ``state`` (good, slow, bad or skipped), how long
    it took.

    ``said`` is a short fact without need of translation (``TLSv1.3``, the name of the account, a
    host), ``error`` what went wrong. A step may be skipped with an error: it says why nothing could
    be tested.
    """

    name: str
    state: str
    milliseconds: float = 0.0
    said: str = ''
    error: ShortcutError | None = None


def verdict(steps: Iterable[Step]) -> str:
    """The catalogue key of the one sentence that says which part is at fault and what to do.

    Each part needs those before it, so the first fault is the one to mend; a picture server and a
    storage that are gone together point at something between here and both.
    """
    found = {step.name: step for step in steps}
    for name in ('dns', 'tls', 'api'):
        step = found.get(name)
        if step is not None and step.state == BAD:
            return f'diagnosis.verdict.{_before_the_site(step)}'
    return f'diagnosis.verdict.{_behind_the_site(found)}'


def _before_the_site(step: Step) -> str:
    """What is to blame when Civitai itself did not answer."""
    for kind, name in _WAYS:
        if isinstance(step.error, kind):
            return name
    if step.name == 'dns':
        return 'dns' if isinstance(step.error, NameNotResolved) else 'line'
    return 'unreachable' if step.name == 'tls' else 'api'


def _behind_the_site(found: dict[str, Step]) -> str:
    """What is to blame when Civitai itself did answer, or was not asked."""
    bad = {name for name, step in found.items() if step.state == BAD}
    if 'key' in bad:
        refused = isinstance(found['key'].error, AccessError)
        return 'key_refused' if refused else 'key_unclear'
    if {'images', 'storage'} <= bad:
        return 'delivery'
    for name in ('storage', 'images'):
        if name in bad:
            return name
    slow = [name for name in NAMES if name in found and found[name].state == SLOW]
    if slow:
        return 'storage_slow' if slow == ['storage'] else 'slow'
    key = found.get('key')
    return 'no_key' if key is not None and key.state == SKIPPED else 'good'
