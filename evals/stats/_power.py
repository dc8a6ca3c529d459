"""What a run will be able to show: power of the very tests that the run makes, so that the promise holds.

The normal formulas of `smallest_gap` and `prompts_needed` are right for a few hundred prompts; below, exact tests keep
less than their level, and a plan made by formula promises up to 25 points of power too much. Here head-to-head power
is summed exactly, and paired power below 100 prompts is simulated on differences like those of an earlier run.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from ._paired import _T_FROM as PERMUTED_BELOW
from ._winrate import TOLERANCE, plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TIES = 0.12
"""Share of tied prompts where nothing is known."""
PAIRED_SHARE = 0.7
"""Variance of a paired difference over that of an unpaired one, where nothing is known."""

Shape = tuple[tuple[float, float], ...]
"""Values and the share of prompts that have each."""

_MOST_PROMPTS = 10_000_000
_SUMMED = 500  # up to here every count of decided prompts is summed, above 8 standard deviations around the mean
_SCANNED = 500
_SIMULATED = 3_000
_FLIPS = 1_500
_BLOCK = 500
_HALVINGS, _HALVINGS_SIMULATED = 40, 11


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadToHead:
    """Pairs judged directly. `ties`: share of prompts that score 0.5; `size`: how far from 0.5 the others are.

    `size` is 0.5 where every decided prompt is won or lost outright, less where orders or judges split. `shape` holds
    the scores of an earlier run, less 0.5, as (value, share), and then stands in place of both. The gap is the
    distance of the win rate from 0.5; the test is the exact sign test on prompts that are no ties.
    """

    ties: float = TIES
    size: float = 0.5
    shape: Shape = ()

    def __post_init__(self) -> None:
        """Raises ValueError on shares that no scores can have."""
        if not (0.0 <= self.ties < 1.0 and 0.0 < self.size <= 0.5):
            raise ValueError("ties must lie in 0..1 (below 1), size in 0..0.5 (above 0)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Two models through their scores on the same prompts. `variance` is that of one prompt's difference.

    `shape` holds the differences of an earlier run as (value, share); without it each is taken for the mean of two
    judged orders, each -1, 0 or 1. The gap is the mean difference; the test is the exact sign-flip test below 100
    prompts, Student's t from there on.
    """

    variance: float
    shape: Shape = ()

    def __post_init__(self) -> None:
        """Raises ValueError on a variance that no differences in -1..1 have."""
        if not 0.0 < self.variance <= 1.0:
            raise ValueError("the variance of a difference must lie in 0..1 (above 0)")


Design = HeadToHead | Paired


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerPlan:
    """`n` prompts show a gap of `gap` with probability `achieved`, each of `comparisons` tested at (1-level)/m.

    `power` is what was asked for. Holm's correction never shows less than this Bonferroni share. `gap` or `n` is None,
    and `achieved` too, where no gap, or no number of prompts, does it. `seed` is that of simulated power.
    """

    design: Design
    n: int | None
    gap: float | None
    power: float
    achieved: float | None
    comparisons: int
    level: float
    test: str
    seed: int


def head_to_head_design(scores: Collection[float]) -> HeadToHead:
    """The design of an earlier run's pair scores (0..1, tie 0.5). Raises ValueError when all are ties, or none."""
    values = [round(score - 0.5, 9) for score in plain(scores)]
    decided = [abs(value) for value in values if value]
    if not decided:
        raise ValueError("nothing was decided in the earlier run: its spread says nothing")
    ties, size = 1.0 - len(decided) / len(values), math.fsum(decided) / len(decided)
    return HeadToHead(ties=ties, size=size, shape=_shape(values))


def paired_design(differences: Collection[float] | None = None, *, ties: float = TIES) -> Paired:
    """The design of an earlier run's per-prompt differences (-1..1), or, without one, for this share of ties.

    Assumed: a variance of 0.7 times that of two independent models, 0.7 · 2 · 0.25 · (1 - ties). Raises ValueError
    when the differences are all equal, or fewer than two.
    """
    if differences is None:
        return Paired(variance=PAIRED_SHARE * 0.5 * (1.0 - ties))
    values = [round(value, 9) for value in plain(differences)]
    if len(set(values)) < 2:
        raise ValueError("the earlier run's differences are all equal: their spread says nothing")
    mean = math.fsum(values) / len(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return Paired(variance=min(1.0, variance), shape=_shape(values))


def _shape(values: Sequence[float]) -> Shape:
    return tuple(sorted((value, count / len(values)) for value, count in Counter(values).items()))


def power_of(design: Design, *, n: int, gap: float, comparisons: int = 1, level: float = 0.95, seed: int = 0) -> float:
    """The probability that the run's own test, at (1-level)/comparisons, finds this gap and its right side.

    Head to head exact: the sum over the number N of decided prompts of its probability times that of as many wins
    among N as the sign test asks for. Paired from 100 prompts on by the noncentral t distribution; below, the share
    of 3,000 simulated runs (error up to 0.9 points) with `seed`. 0 for a gap so large that no scores have it.
    """
    alpha = (1.0 - level) / comparisons
    gap = abs(gap)
    if n < 2 or gap < TOLERANCE:
        return 0.0
    shape = _shifted(design, gap)
    if shape is None:
        return 0.0
    if isinstance(design, HeadToHead):
        wins, losses = (math.fsum(share for value, share in shape if side * value > TOLERANCE) for side in (1, -1))
        return _sign_power(n, wins, losses, alpha)
    if n >= PERMUTED_BELOW:
        return _t_power(n, gap, shape, alpha)
    return _flip_power(n, shape, alpha, seed)


def detectable_gap(
    design: Design, *, n: int, power: float = 0.8, comparisons: int = 1, level: float = 0.95, seed: int = 0
) -> PowerPlan:
    """The smallest gap that `n` prompts show with this power; `gap` is None when they show none, however large."""

    def reached(gap: float) -> bool:
        return power_of(design, n=n, gap=gap, comparisons=comparisons, level=level, seed=seed) >= power

    steps = _HALVINGS_SIMULATED if isinstance(design, Paired) and n < PERMUTED_BELOW else _HALVINGS
    low, gap = 0.0, _largest_gap(design)
    if not reached(gap):
        return _plan(design, n, None, power=power, comparisons=comparisons, level=level, seed=seed)
    for _ in range(steps):
        middle = (low + gap) / 2.0
        low, gap = (low, middle) if reached(middle) else (middle, gap)
    return _plan(design, n, gap, power=power, comparisons=comparisons, level=level, seed=seed)


def prompts_for(
    design: Design, *, gap: float, power: float = 0.8, comparisons: int = 1, level: float = 0.95, seed: int = 0
) -> PowerPlan:
    """The prompts that show a gap of this size with this power, when one prompt fewer does not.

    Power of an exact test rises in small teeth: a few prompts more may show a little less. The smallest such number
    is taken head to head up to 500 prompts. `n` is None for a gap of 0 or one that no scores have.
    """

    @cache
    def reached(n: int) -> bool:
        return power_of(design, n=n, gap=gap, comparisons=comparisons, level=level, seed=seed) >= power

    n = _first(reached)
    if n is not None and n <= _SCANNED and isinstance(design, HeadToHead):
        n = next(fewer for fewer in range(int(0.7 * n), n + 1) if reached(fewer))
    return _plan(design, n, abs(gap), power=power, comparisons=comparisons, level=level, seed=seed)


def _first(reached: Callable[[int], bool]) -> int | None:
    """A number that reaches it while the one before does not."""
    most = 4
    while not reached(most):
        most *= 2
        if most > _MOST_PROMPTS:
            return None
    least = most // 2 if most > 4 else 1
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if reached(middle) else (middle, most)
    return most


def _plan(
    design: Design, n: int | None, gap: float | None, *, power: float, comparisons: int, level: float, seed: int
) -> PowerPlan:
    achieved = None
    if n is not None and gap is not None:
        achieved = power_of(design, n=n, gap=gap, comparisons=comparisons, level=level, seed=seed)
    permuted = n is not None and n < PERMUTED_BELOW
    test = "sign" if isinstance(design, HeadToHead) else "sign-flip" if permuted else "student-t"
    return PowerPlan(
        design=design,
        n=n,
        gap=gap,
        power=power,
        achieved=achieved,
        comparisons=comparisons,
        level=level,
        test=test,
        seed=seed,
    )


def _largest_gap(design: Design) -> float:
    """A gap that scores of this design can just have."""
    if design.shape:
        return (1.0 - 1e-6) * max(value for value, _ in _leaning_up(design.shape))
    if isinstance(design, HeadToHead):
        return design.size * (1.0 - design.ties)
    return math.sqrt(max(0.0, 1.0 - design.variance))


# ------------------------------------------------------------------------------------------- head to head
def _sign_power(n: int, wins: float, losses: float, alpha: float) -> float:
    import numpy as np
    from scipy.special import bdtrc, gammaln, xlogy

    ties, share = max(0.0, 1.0 - wins - losses), wins / (wins + losses)
    spread = 8.0 * math.sqrt(n * ties * (1.0 - ties)) + 1.0
    middle = n * (1.0 - ties)
    first, last = (0, n) if n <= _SUMMED else (int(max(0.0, middle - spread)), int(min(n, middle + spread)))
    decided = np.arange(first, last + 1)
    log_chance = gammaln(n + 1.0) - gammaln(decided + 1.0) - gammaln(n - decided + 1.0)
    chances = np.exp(log_chance + xlogy(decided, 1.0 - ties) + xlogy(n - decided, ties))
    found = bdtrc(decided - _most_losses(decided, alpha) - 1.0, decided, share)
    return min(1.0, float((chances * found).sum()))


def _most_losses(decided: NDArray[np.int64], alpha: float) -> NDArray[np.float64]:
    """The most losses among so many decided prompts at which the two-sided sign test still rejects; -1 for none."""
    import numpy as np
    from scipy.special import bdtr, ndtri

    most = np.floor(decided / 2.0 + ndtri(alpha / 2.0) * np.sqrt(decided) / 2.0) + 3.0  # a little above, then down
    most = np.minimum(most, decided)
    for _ in range(12):
        tail = np.where(most < 0, 0.0, bdtr(np.maximum(most, 0.0), decided, 0.5))
        too_many = 2.0 * tail > alpha
        if not too_many.any():
            break
        most = np.where(too_many, most - 1.0, most)
    return np.maximum(most, -1.0)


# ------------------------------------------------------------------------------------------- paired
@lru_cache(maxsize=256)
def _flip_power(n: int, shape: Shape, alpha: float, seed: int) -> float:
    """The share of simulated runs with a p-value of at most alpha; all share the same drawn sign patterns."""
    import numpy as np

    source = np.random.RandomState(seed)
    values, shares = np.array(shape).T
    drawn = values[np.searchsorted(np.cumsum(shares)[:-1], source.random_sample((_SIMULATED, n)), side="right")]
    flips = max(_FLIPS, min(10_000, math.ceil(30.0 / alpha)))
    signs = 2.0 * source.randint(0, 2, (flips, n)) - 1.0
    found = 0
    for start in range(0, _SIMULATED, _BLOCK):
        block = drawn[start : start + _BLOCK]
        totals = block.sum(axis=1)
        extreme = (np.abs(signs @ block.T) >= np.abs(totals) - TOLERANCE).sum(axis=0)
        found += int(np.count_nonzero((1 + extreme <= alpha * (1 + flips)) & (totals > 0)))
    return found / _SIMULATED


def _t_power(n: int, gap: float, shape: Shape, alpha: float) -> float:
    from scipy.special import nctdtr, stdtrit

    variance = math.fsum(share * (value - gap) ** 2 for value, share in shape)
    if variance < TOLERANCE:
        return 1.0
    return float(1.0 - nctdtr(n - 1, gap * math.sqrt(n / variance), stdtrit(n - 1, 1.0 - alpha / 2.0)))


# ------------------------------------------------------------------------------------------- values with this mean
def _shifted(design: Design, gap: float) -> Shape | None:
    """The values a run would have were their mean `gap`, as (value, share); None where they cannot."""
    if design.shape:
        return _tilted(design.shape, gap)
    if isinstance(design, HeadToHead):
        decided, value = 1.0 - design.ties, design.size
        mean = gap / value
        if mean > decided + TOLERANCE:
            return None
        up = min(decided, (decided + mean) / 2.0)
        return ((-value, decided - up), (0.0, design.ties), (value, up))
    # The mean of two judged orders T, each 1, 0 or -1: mean gap and variance as asked fix how often T is 1 and -1.
    orders = 2 if 2.0 * design.variance + gap**2 <= 1.0 else 1
    squares = orders * design.variance + gap**2
    value = min(1.0, squares / gap)  # with little variance and a large gap T is smaller than 1
    decided, mean = squares / value**2, gap / value
    if decided > 1.0 + TOLERANCE:
        return None
    up, down = (decided + mean) / 2.0, max(0.0, (decided - mean) / 2.0)
    none = max(0.0, 1.0 - up - down)
    if orders == 1:
        return ((-value, down), (0.0, none), (value, up))
    halves = (down * down, 2 * down * none, none * none + 2 * up * down, 2 * up * none, up * up)
    return tuple((value * (step - 2) / 2.0, share) for step, share in enumerate(halves))


def _leaning_up(shape: Shape) -> Shape:
    """The shape with its sides exchanged where its mean is below 0: a plan is for whichever side is better."""
    return tuple((-value, share) for value, share in shape) if math.fsum(v * s for v, s in shape) < 0.0 else shape


def _tilted(shape: Shape, gap: float) -> Shape | None:
    """The shape with its values weighted by exp(h · value) such that the mean is `gap`: no new value comes up.

    With wins, ties and losses this is Davidson's model of ties (JASA 65, 1970), in which the better side wins more and
    ties less.
    """
    import numpy as np

    values, shares = np.array(_leaning_up(shape)).T
    if values.max() <= gap:
        return None
    low, high = -1e5, 1e5
    for _ in range(200):
        middle = (low + high) / 2.0
        weights = shares * np.exp(middle * values - (middle * values).max())
        weights /= weights.sum()
        low, high = (middle, high) if weights @ values < gap else (low, middle)
    return tuple(zip(values.tolist(), weights.tolist(), strict=True))
