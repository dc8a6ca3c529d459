"""The mean of per-prompt differences: interval and exact test."""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ._families import family_sums, family_variance
from ._winrate import NO_INTERVAL, TOLERANCE, plain, student_quantile, win_rate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_T_FROM = 100
"""From this many independent differences on Student's t tests; below, the sign-flip permutation test is exact."""
_ENUMERATED = 13
"""Up to this many prompts every one of the 2^n sign patterns is looked at, and they give the interval too."""
_DRAWN = 9_999
_FINEST = 120
"""Differences that are whole multiples of 1/q for a q up to here get exact p-values for any number of prompts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A mean per-prompt difference in -1..1 with its interval and the two-sided p-value of "no difference".

    `method` says how both came about: "sign-flip", "t-interval-sign-flip-test" or "student-t".
    """

    value: float
    low: float | None
    high: float | None
    level: float
    method: str
    n: int
    p_value: float | None

    @property
    def test(self) -> str:
        """What the p-value is made with: "sign-flip", "student-t", or "none"."""
        if self.p_value is None:
            return "none"
        return "student-t" if self.method.endswith("student-t") else "sign-flip"


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
    The p-value: below 100 prompts the sign-flip permutation test (Fisher, The Design of Experiments, 1935), exact over
    all 2^n patterns where the differences are whole multiples of 1/q, q <= 120, or n <= 13, else over 9,999 patterns
    drawn with `seed`; from 100 on Student's t. The interval: up to 13 prompts the quantiles of subset means that
    invert that test (Hartigan, JASA 64, 1969), from there on Student's t, which holds its level better than they do
    where differences are few and unlike. Where all differences are equal, the win rate's rule for such data applies
    to (1 + d)/2. Below two prompts there is neither interval nor p-value.

    `families` names each prompt's family; unless every prompt has its own, whole families are flipped, the interval
    is Student's t with G-1 degrees of freedom on the cluster-robust variance of `family_variance`, or on that of
    independent prompts if larger, and a `FamilyDifference` comes back. Raises ValueError when `differences` is
    empty, holds anything outside -1..1 or differs from `families` in length.
    """
    differences = plain(differences)
    if not differences:
        raise ValueError("a difference needs at least one prompt")
    if not all(-1.0 <= difference <= 1.0 for difference in differences):
        raise ValueError("differences must lie in -1..1")
    n = len(differences)
    value = math.fsum(differences) / n
    units = list(differences) if families is None else family_sums(differences, families)
    clustered = len(units) < n
    low = high = p_value = None
    method = NO_INTERVAL
    if len(units) > 1:
        low, high, method = _interval(differences, value, level, seed, families=families if clustered else None)
        low, high = max(-1.0, min(low, value)), min(1.0, max(high, value))
        p_value = _p_value(units, seed)
    if clustered:
        return FamilyDifference(
            value=value, low=low, high=high, level=level, method=method, n=n, p_value=p_value, families=len(units)
        )
    return Difference(value=value, low=low, high=high, level=level, method=method, n=n, p_value=p_value)


def _interval(
    differences: Sequence[float], value: float, level: float, seed: int, *, families: Collection[Hashable] | None
) -> tuple[float, float, str]:
    n = len(differences)
    variance, count = family_variance(differences, range(n))
    assert variance is not None
    if families is not None:
        clustered, count = family_variance(differences, families)
        assert clustered is not None
        variance = max(variance, clustered)
    if variance < TOLERANCE**2:
        halves = [(1.0 + difference) / 2.0 for difference in differences]
        rate = win_rate(halves, level=level, families=families)
        assert rate.low is not None
        assert rate.high is not None
        return 2.0 * rate.low - 1.0, 2.0 * rate.high - 1.0, rate.method
    if families is None and n <= _ENUMERATED:
        return *_subset_quantiles(differences, value, level, seed), "sign-flip"
    half = student_quantile(0.5 + level / 2.0, count - 1) * math.sqrt(variance)
    name = "" if families is None else "families-"
    return value - half, value + half, name + ("t-interval-sign-flip-test" if count < _T_FROM else "student-t")


def _p_value(units: Sequence[float], seed: int) -> float:
    """Two-sided, for independent differences, or sums of families, that are as likely positive as negative."""
    total, n = math.fsum(units), len(units)
    if max(units) - min(units) <= TOLERANCE:
        return 1.0 if abs(total) <= n * TOLERANCE else math.ldexp(1.0, 1 - n)  # only the two unmixed patterns reach it
    if n >= _T_FROM:
        from scipy.special import stdtr

        variance, _ = family_variance(units, range(n))
        assert variance is not None
        return float(2.0 * stdtr(n - 1, -abs(total / n) / math.sqrt(variance)))
    return _sign_flip(units, seed)


def _sign_flip(units: Sequence[float], seed: int) -> float:
    """The share of sign patterns whose sum is as far from 0 as the observed one."""
    import numpy as np

    ordered = np.sort(np.asarray(units, dtype=float))  # the order of prompts must not decide which are flipped
    exact = _exact_flip_p(ordered)
    if exact is not None:
        return exact
    sums = _patterns(len(ordered), seed) @ ordered
    total = float(ordered.sum())
    extreme = int(np.count_nonzero(np.abs(total - 2.0 * sums) >= abs(total) - TOLERANCE))
    return (1 + extreme) / (1 + len(sums))  # the unflipped pattern always counts


def _subset_quantiles(differences: Sequence[float], value: float, level: float, seed: int) -> tuple[float, float]:
    """Hartigan: the sorted subset means cut the line into stretches, each as likely to hold the true value."""
    import numpy as np

    side = -1.0 if value < 0 else 1.0  # exchanged models mirror the interval to the last bit
    patterns = _patterns(len(differences), seed)
    means = np.sort(patterns @ np.sort(side * np.asarray(differences, dtype=float)) / patterns.sum(axis=1))
    outside = math.floor((1.0 - level) / 2.0 * (len(means) + 1))
    if not outside:
        return -1.0, 1.0
    low, high = float(means[outside - 1]), float(means[-outside])
    return (low, high) if side > 0 else (-high, -low)


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
