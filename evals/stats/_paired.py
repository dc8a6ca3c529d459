"""The mean of per-prompt differences: interval and exact test."""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ._families import family_variance
from ._winrate import NO_INTERVAL, TOLERANCE, plain, student_quantile, win_rate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_T_FROM = 100
"""From this many prompts on Student's t serves; below, the sign-flip permutation test is exact and t is not."""
_ENUMERATED = 13
"""Up to this many prompts every one of the 2^n sign patterns is looked at."""
_DRAWN = 9_999
_FINEST = 120
"""Differences that are whole multiples of 1/q for a q up to here get exact p-values for any number of prompts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A mean per-prompt difference in -1..1 with its interval and the two-sided p-value of "no difference"."""

    value: float
    low: float | None
    high: float | None
    level: float
    method: str
    n: int
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyDifference(Difference):
    """A difference whose prompts come in `families` families of unlike size; n still counts prompts."""

    families: int


def paired_difference(
    differences: Collection[float],
    *,
    level: float = 0.95,
    seed: int = 0,
    families: Collection[Hashable] | None = None,
) -> Difference:
    """The mean of per-prompt differences (each in -1..1) of two scores on the same prompts.

    Pairing removes what the prompts have in common, so this is narrower than what two overlapping intervals suggest.
    From 100 prompts on Student's t; below, the sign-flip permutation test (Fisher, The Design of Experiments, 1935),
    whose interval is made of the quantiles of subset means (Hartigan, JASA 64, 1969): all subsets up to 13 prompts,
    else 9,999 drawn with `seed`. The p-value counts all 2^n sign patterns wherever the differences are whole
    multiples of 1/q, q <= 120; else the same subsets. Where all differences are equal, the win rate's rule for such
    data applies to (1 + d)/2. Below two prompts there is neither interval nor p-value.

    `families` names each prompt's family; unless every prompt has its own, interval and p-value are Student's t with
    G-1 degrees of freedom on the cluster-robust variance of `family_variance`, and a `FamilyDifference` comes back.
    Raises ValueError when `differences` is empty, holds anything outside -1..1 or differs from `families` in length.
    """
    differences = plain(differences)
    if not differences:
        raise ValueError("a difference needs at least one prompt")
    if not all(-1.0 <= difference <= 1.0 for difference in differences):
        raise ValueError("differences must lie in -1..1")
    n = len(differences)
    value = math.fsum(differences) / n
    variance, count = family_variance(differences, range(n) if families is None else families) if n > 1 else (None, 1)
    clustered = families is not None and count < n
    low: float | None
    high: float | None
    p_value: float | None
    if variance is None:
        low, high, p_value, method = None, None, None, NO_INTERVAL
    elif variance < TOLERANCE**2:
        halves = [(1.0 + difference) / 2.0 for difference in differences]
        rate = win_rate(halves, level=level, families=families)
        assert rate.low is not None
        assert rate.high is not None
        low, high, method = 2.0 * rate.low - 1.0, 2.0 * rate.high - 1.0, rate.method
        p_value = _signs_agree(value, count)
    elif clustered or n >= _T_FROM:
        low, high, p_value = _student(value, variance, level, count - 1)
        method = "student-t-families" if clustered else "student-t"
    else:
        low, high, p_value = _sign_flip(differences, value, level, seed)
        method = "sign-flip"
    if low is not None and high is not None:
        low, high = max(-1.0, min(low, value)), min(1.0, max(high, value))
    if clustered:
        return FamilyDifference(
            value=value, low=low, high=high, level=level, method=method, n=n, p_value=p_value, families=count
        )
    return Difference(value=value, low=low, high=high, level=level, method=method, n=n, p_value=p_value)


def _signs_agree(value: float, n: int) -> float:
    """The exact sign-flip p-value when every difference is the same: only the two unmixed patterns are as extreme."""
    return 1.0 if abs(value) <= TOLERANCE else math.ldexp(1.0, 1 - n)


def _student(value: float, variance: float, level: float, freedom: int) -> tuple[float, float, float]:
    from scipy.special import stdtr

    error = math.sqrt(variance)
    half = student_quantile(0.5 + level / 2.0, freedom) * error
    return value - half, value + half, float(2.0 * stdtr(freedom, -abs(value) / error))


def _sign_flip(differences: Sequence[float], value: float, level: float, seed: int) -> tuple[float, float, float]:
    """Flipping the signs of a subset gives a sum as large as the observed one where the subset's mean is <= delta."""
    import numpy as np

    # One orientation and one order, so that exchanged models mirror the interval and the order of prompts is nothing.
    side = -1.0 if value < 0 else 1.0
    ordered = np.sort(side * np.asarray(differences, dtype=float))
    n = len(ordered)
    patterns = _patterns(n, seed)
    sums = patterns @ ordered
    means = np.sort(sums / patterns.sum(axis=1))
    # Hartigan: the sorted means cut the line into len + 1 stretches, each as likely to hold the true value.
    outside = math.floor((1.0 - level) / 2.0 * (len(means) + 1))
    low, high = (float(means[outside - 1]), float(means[-outside])) if outside else (-1.0, 1.0)
    p_value = _exact_flip_p(ordered)
    if p_value is None:
        total = float(ordered.sum())
        extreme = int(np.count_nonzero(np.abs(total - 2.0 * sums) >= abs(total) - TOLERANCE))
        p_value = (1 + extreme) / (1 + len(sums))  # the unflipped pattern always counts
    return (low, high, p_value) if side > 0 else (-high, -low, p_value)


@lru_cache(maxsize=4)
def _patterns(n: int, seed: int) -> NDArray[np.float64]:
    """Which of n prompts are in each subset: one row of zeros and ones a subset, the empty one left out."""
    import numpy as np

    source = random.Random(seed)
    drawn: Sequence[int] = range(1, 2**n) if n <= _ENUMERATED else [source.randrange(1, 2**n) for _ in range(_DRAWN)]
    width = (n + 7) // 8
    packed = np.frombuffer(b"".join(pattern.to_bytes(width, "little") for pattern in drawn), dtype=np.uint8)
    return np.unpackbits(packed.reshape(-1, width), axis=1, bitorder="little")[:, :n].astype(float)


def _exact_flip_p(differences: NDArray[np.float64]) -> float | None:
    """The share of all 2^n sign patterns whose sum is as far from 0 as the observed; None off every fine grid.

    On a grid the distribution of the signed sum is a product of n two-point distributions, built up term by term.
    """
    import numpy as np

    grid = np.arange(1, _FINEST + 1)[:, None] * differences
    whole = np.rint(grid)
    fits = np.flatnonzero(np.abs(grid - whole).max(axis=1) < 1e-6)
    if not len(fits):
        return None
    steps = whole[fits[0]].astype(int)
    chances = np.ones(1)  # chances[k]: that the sum so far is 2k - its largest possible value
    for step in np.abs(steps[steps != 0]):
        longer = np.zeros(len(chances) + step)
        longer[step:] += 0.5 * chances
        longer[: len(chances)] += 0.5 * chances
        chances = longer
    reach = np.abs(2 * np.arange(len(chances)) - (len(chances) - 1))
    return min(1.0, float(chances[reach >= abs(int(steps.sum()))].sum()))
