"""What goes wrong with the body of one answer on its way out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from .contents import Bytes
from .exchange import Answer, Request, World


@dataclass
class SendPlan:
    """What goes wrong with one body. Positions count body bytes of this answer."""

    cut_after: Optional[int] = None
    reset: bool = False
    stall_after: Optional[int] = None
    stall_seconds: float = 0.0
    bytes_per_second: Optional[int] = None
    flip_at: Optional[int] = None
    flip_count: int = 0
    lie: int = 0
    chunked: bool = False

    def step(self, position: int, length: int) -> int:
        """How many of `length` bytes may go out before something must happen."""
        for mark in (self.cut_after, self.stall_after):
            if mark is not None and mark > position:
                length = min(length, mark - position)
        if self.bytes_per_second:
            length = min(length, max(self.bytes_per_second // 20, 1))
        return length

    def bend(self, block: Bytes, position: int) -> Bytes:
        """The block with the bytes to be spoilt inverted."""
        if self.flip_at is None:
            return block
        first = max(self.flip_at - position, 0)
        last = min(self.flip_at + self.flip_count - position, len(block))
        if first >= last:
            return block
        changed = bytearray(block)
        changed[first:last] = bytes(value ^ 0xFF for value in changed[first:last])
        return memoryview(changed)


def plan_sending(world: World, request: Request, answer: Answer) -> SendPlan:
    """Takes the transport faults that fit this answer; only bodies of 2xx answers suffer."""
    plan, size = SendPlan(), answer.size
    if answer.spent is not None:
        granted = world.signer.spend(answer.spent, size)
        plan.cut_after = granted if granted < size else None
    if not 200 <= answer.status < 300 or size == 0 or request.method == 'HEAD':
        return plan

    def take(kind: str, after: bool = False) -> dict[str, Any]:
        fits = (lambda options: options['after'] < size) if after else None
        return world.faults.take(kind, request.side, request.target, request.method, fits) or {}

    cut, stall, flip = take('cut', True), take('stall', True), {}
    if size >= 2:
        flip = take('wrong_bytes')
    if cut:
        plan.cut_after, plan.reset = int(cut['after']), bool(cut['reset'])
    if stall:
        plan.stall_after, plan.stall_seconds = int(stall['after']), float(stall['seconds'])
    if flip:
        plan.flip_at = size // 2 if flip['at'] is None else int(flip['at'])
        plan.flip_count = int(flip['count'])
    plan.bytes_per_second = take('throttle').get('bytes_per_second')
    plan.lie = int(take('lie_length').get('extra', 0))
    plan.chunked = world.faults.take('no_length', request.side, request.target) is not None
    return plan
