"""When is a control arm red? Answers that deserve nothing must win nothing; the same answer twice must tie."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ._winrate import WinRate, win_rate

CONTROL_LIMIT = 0.10
"""A control whose win rate surely passes this fools the judge."""
SAME_ANSWER_LIMIT = 0.60
"""A judge that surely picks the answer shown first this often, of two equal ones, judges places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlArm:
    """A control arm's rate with its interval; `red` when the lower end passes `limit`. No rate: nothing was judged."""

    rate: WinRate | None
    limit: float
    red: bool


def control_arm(scores: Collection[float], *, limit: float = CONTROL_LIMIT, level: float = 0.95) -> ControlArm:
    """Judges an arm of control answers by their scores (0..1, one a prompt) against the answers they were put up to.

    `win_rate` gives the interval: with 10 prompts and no tie 3 wins are red, 2 are not. An arm with fewer than two
    prompts is never red, for it shows nothing. Raises ValueError on scores outside 0..1.
    """
    if not len(scores):
        return ControlArm(rate=None, limit=limit, red=False)
    rate = win_rate(scores, level=level)
    return ControlArm(rate=rate, limit=limit, red=rate.low is not None and rate.low > limit)


def same_answer_arm(
    first_shown: Collection[float], *, limit: float = SAME_ANSWER_LIMIT, level: float = 0.95
) -> ControlArm:
    """Judges an arm in which both answers are the same by how much of each prompt went to the one shown first.

    One share a prompt, the mean over its orders and repeats: 1 when always the first, 0.5 for a tie. With 10 prompts
    and no tie 10 first are red, 9 are not.
    """
    return control_arm(first_shown, limit=limit, level=level)
