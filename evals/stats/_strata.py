"""One figure for several suites, with weights that are stated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ._paired import Difference
from ._winrate import WinRate


@dataclass(frozen=True, slots=True, kw_only=True)
class StratifiedTotal:
    """A weighted mean of several suites' figures; `weights` add to 1, `n` counts all prompts.

    `p_value` is two-sided for "no difference in the weighted mean" and None for win rates.
    """

    value: float
    low: float | None
    high: float | None
    level: float
    method: str
    n: int
    weights: tuple[float, ...]
    p_value: float | None


def stratified(
    parts: Sequence[WinRate] | Sequence[Difference], *, weights: Sequence[float] | None = None
) -> StratifiedTotal:
    """The weighted mean of independent suites' win rates, or of their differences, with its interval.

    MOVER (Zou and Donner, Statistics in Medicine 27, 2008): the distance of each end from the estimate is the root of
    the sum of squared weighted distances of the parts' ends, so that skewed intervals, families and exact tests of
    the parts carry over. Differences also get a p-value: the normal tail of the estimate over the part of the
    interval that lies towards 0. `weights` are scaled to add to 1; without them every suite counts the same, however
    many prompts it has. Without interval when a part of positive weight has none.
    Raises ValueError when there is no part, weights are negative or all 0, or levels differ.
    """
    figures: list[WinRate | Difference] = [*parts]
    shares = [1.0] * len(parts) if weights is None else [float(weight) for weight in weights]
    total = math.fsum(shares)
    if not parts or len(shares) != len(parts) or min(shares) < 0 or not 0 < total < math.inf:
        raise ValueError("a total needs one weight of at least 0 for each suite, and one above 0")
    if len({part.level for part in parts}) > 1:
        raise ValueError("the suites' intervals have different levels")
    shares = [share / total for share in shares]
    used = [(share, part) for share, part in zip(shares, figures, strict=True) if share > 0]
    value = math.fsum(share * part.value for share, part in used)
    below = _distance([(share, part.value, part.low) for share, part in used])
    above = _distance([(share, part.value, part.high) for share, part in used])
    level = parts[0].level
    known = below is not None and above is not None
    towards = below if value > 0 else above
    return StratifiedTotal(
        value=value,
        low=None if below is None else value - below,
        high=None if above is None else value + above,
        level=level,
        method="mover" if known else "none",
        n=sum(part.n for part in parts),
        weights=tuple(shares),
        p_value=None if isinstance(parts[0], WinRate) or towards is None else _p_value(value, towards, level),
    )


def _distance(ends: Sequence[tuple[float, float, float | None]]) -> float | None:
    """How far the total's end lies from its value, from (weight, value, end) of each part."""
    squares = [None if end is None else (share * (end - value)) ** 2 for share, value, end in ends]
    known = [square for square in squares if square is not None]
    return math.sqrt(math.fsum(known)) if len(known) == len(squares) else None


def _p_value(value: float, distance: float, level: float) -> float:
    from scipy.special import ndtr, ndtri

    if distance <= 0.0:
        return 1.0 if value == 0.0 else 0.0
    return float(2.0 * ndtr(-abs(value) / distance * ndtri(0.5 + level / 2.0)))
