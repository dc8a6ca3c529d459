"""The win rate of one side with its interval, its worst-case bounds and the gap it could have shown."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ._families import family_sums, family_variance

TOLERANCE = 1e-9
"""Two scores nearer than this are equal: means of the same verdicts may differ in the last bits."""

WILSON = "wilson-effective-n"
WILSON_FAMILIES = "wilson-effective-n-families-t"
NO_INTERVAL = "none"

_MOST_INFORMATION = 4.0
"""A prompt never counts for more than this many coin flips, however alike the scores are."""
_UNSEEN_LOSS = 1.0
"""So many losses (or wins, if they are rarer) are added that come as whole families: see `win_rate`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WinRate:
    """A share in 0..1 over `n` prompts with its two-sided interval; `low` and `high` are None below two prompts."""

    value: float
    low: float | None
    high: float | None
    level: float
    method: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRate(WinRate):
    """A win rate whose prompts come in `families` families of unlike size; n still counts prompts."""

    families: int


_T = TypeVar("_T")


def plain(values: Collection[_T]) -> Sequence[_T]:
    """The values of a list, an array or a column as a plain sequence of Python numbers."""
    listed: Sequence[_T] = values.tolist() if hasattr(values, "tolist") else list(values)
    return listed


def win_rate(
    scores: Collection[float], *, level: float = 0.95, families: Collection[Hashable] | None = None
) -> WinRate:
    """Mean of the per-prompt scores (0..1, tie 0.5) with the Wilson interval at the effective number of prompts.

    With w the mean and S2 the sample variance, one prompt is worth f = clip(w(1-w)/S2, 1, 4) coin flips (1 when w is
    0 or 1), and the interval is Wilson's (JASA 22, 1927) for w·n·f successes in n·f trials. Scores that are all 0 or
    1 give f = 1, so plain Wilson; ties and folded swaps vary less than a coin and give a narrower interval.

    `families` names each prompt's family (prompts made from one template). Unless every prompt has its own, the
    cluster-robust variance of `family_variance` gives the design effect D >= 1 (Miller, arXiv 2411.00640), and
    (L·D + R) / (L + 1) takes its place: L = n·min(w, 1-w) counts the rarer outcome, R = sum of squared family sizes / n
    is the design effect of families that repeat one prompt. That is one more rare outcome, met by a whole family: near
    the ends a sample often holds no family that was lost together, which says little of those to come. Student's t
    with (G-1)·((L·D + R)/(L·D))^2 degrees of freedom (Satterthwaite, Biometrics Bulletin 2, 1946: only the first part
    is estimated from G families) stands in Wilson's formula for the normal quantile; a `FamilyRate` comes back,
    without interval when there is one family only. Where all scores are equal a family counts as one prompt.
    Raises ValueError when `scores` is empty or holds anything outside 0..1 (NaN included), or `families` differs in
    length.
    """
    scores = plain(scores)
    if not scores:
        raise ValueError("a win rate needs at least one score")
    if not all(0.0 <= score <= 1.0 for score in scores):
        raise ValueError("scores must lie in 0..1")
    n = len(scores)
    value = min(1.0, math.fsum(scores) / n)
    if families is not None:
        if len(families) != n:
            raise ValueError("every score needs the family of its prompt")
        if len(set(families)) < n:
            return _family_rate(scores, value, families, level=level)
    if n < 2:
        return WinRate(value=value, low=None, high=None, level=level, method=NO_INTERVAL, n=n)
    low, high = _wilson(value, n * _coin_flips(scores, value), normal_quantile(0.5 + level / 2.0))
    return WinRate(value=value, low=low, high=high, level=level, method=WILSON, n=n)


def _family_rate(scores: Sequence[float], value: float, families: Collection[Hashable], *, level: float) -> FamilyRate:
    n = len(scores)
    variance, count = family_variance(scores, families)
    if variance is None:
        return FamilyRate(value=value, low=None, high=None, level=level, method=NO_INTERVAL, n=n, families=count)
    trials, quantile = n * _coin_flips(scores, value), normal_quantile(0.5 + level / 2.0)
    repeated = math.fsum(size**2 for size in family_sums([1.0] * n, families)) / n
    if variance < TOLERANCE**2:  # nothing tells how much of a family is repetition: all of it, then
        trials /= repeated
    else:
        seen = n * min(value, 1.0 - value) * max(1.0, variance * trials / (value * (1.0 - value)))
        added = _UNSEEN_LOSS * repeated
        trials *= (n * min(value, 1.0 - value) + _UNSEEN_LOSS) / (seen + added)
        quantile = student_quantile(0.5 + level / 2.0, (count - 1) * ((seen + added) / seen) ** 2)
    low, high = _wilson(value, trials, quantile)
    return FamilyRate(value=value, low=low, high=high, level=level, method=WILSON_FAMILIES, n=n, families=count)


def _coin_flips(scores: Sequence[float], mean: float) -> float:
    """How many fair-variance observations one prompt is worth; never less than one, so never wider than Wilson."""
    if mean < TOLERANCE or mean > 1.0 - TOLERANCE:
        return 1.0
    variance = math.fsum((score - mean) ** 2 for score in scores) / (len(scores) - 1)
    spread = mean * (1.0 - mean)
    if variance * _MOST_INFORMATION <= spread:
        return _MOST_INFORMATION
    return max(1.0, spread / variance)


def _wilson(share: float, trials: float, z: float) -> tuple[float, float]:
    shrink = 1.0 + z * z / trials
    centre = (share + z * z / (2.0 * trials)) / shrink
    half = z / shrink * math.sqrt(share * (1.0 - share) / trials + z * z / (4.0 * trials * trials))
    # The ends are exact at 0 and 1, and the interval holds its own estimate; rounding must not break either.
    low = 0.0 if share < TOLERANCE else min(share, max(0.0, centre - half))
    high = 1.0 if share > 1.0 - TOLERANCE else max(share, min(1.0, centre + half))
    return low, high


def normal_quantile(probability: float) -> float:
    """The standard normal quantile."""
    from scipy.special import ndtri  # imported late: `evals --help` must not pay for scipy

    return float(ndtri(probability))


def student_quantile(probability: float, freedom: float) -> float:
    """The quantile of Student's t with this many degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, probability))


def worst_case(prompts: Iterable[tuple[float, int, int]]) -> tuple[float, float] | None:
    """The mean over all planned prompts were every missing score a loss, and were every one a win.

    Each prompt is (sum of the scores read, how many were read, how many were planned); prompts with nothing planned
    do not count. None when nothing at all was planned. Nothing needs to be assumed about why scores are missing.
    """
    lows: list[float] = []
    highs: list[float] = []
    for total, read, planned in prompts:
        if planned:
            lows.append(total / planned)
            highs.append((total + (planned - read)) / planned)
    if not lows:
        return None
    return math.fsum(lows) / len(lows), math.fsum(highs) / len(highs)


def smallest_gap(
    n: int, *, variance: float, comparisons: int = 1, level: float = 0.95, power: float = 0.8
) -> float | None:
    """The smallest distance from 50 % that `n` prompts show with this power, Bonferroni over `comparisons`.

    (z[1 - a/2m] + z[power]) · sigma / sqrt(n), where `variance` is the per-prompt variance of the score when both
    sides are equal: 0.25·(1 - share of ties) head to head. It is taken as at least 1/16, the variance at which the
    win rate's interval stops shrinking, so that a run of nothing but ties claims no endless precision. None below
    two prompts. A gap above 0.5 says that no result of this run could have been shown.
    """
    if n < 2:
        return None
    alpha = (1.0 - level) / comparisons
    sigma = math.sqrt(max(variance, 0.25 / _MOST_INFORMATION))
    return (normal_quantile(1.0 - alpha / 2.0) + normal_quantile(power)) * sigma / math.sqrt(n)


def prompts_needed(
    gap: float, *, variance: float, comparisons: int = 1, level: float = 0.95, power: float = 0.8
) -> int | None:
    """How many prompts show a gap of this size with this power: `smallest_gap` solved for n, rounded up.

    None for a gap of 0, which no number of prompts shows.
    """
    one = smallest_gap(2, variance=variance, comparisons=comparisons, level=level, power=power)
    assert one is not None
    return math.ceil(2.0 * (one / gap) ** 2 - TOLERANCE) if abs(gap) > TOLERANCE else None
