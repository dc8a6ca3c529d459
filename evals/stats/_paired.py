"""The difference of two models that were both compared with one baseline, prompt by prompt."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from ._winrate import NO_INTERVAL, TOLERANCE, win_rate

_T_FROM = 100
"""From this many prompts on Student's t serves; below, the sign-flip permutation test is exact and t is not."""
_ENUMERATED = 13
"""Up to this many prompts every one of the 2^n sign patterns is looked at."""
_DRAWN = 9_999


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


def paired_difference(differences: Sequence[float], *, level: float = 0.95, seed: int = 0) -> Difference:
    """The mean of per-prompt differences (each in -1..1) of two scores on the same prompts.

    Pairing removes what the prompts have in common, so this is narrower than what two overlapping intervals suggest.
    From 100 prompts on Student's t; below, the sign-flip permutation test, whose interval is made of the quantiles
    of subset means (Hartigan, JASA 64, 1969): all subsets up to 13 prompts, else 9,999 drawn with `seed`. Where all
    differences are equal, the win rate's rule for such data applies to (1 + d)/2. Below two prompts there is neither
    interval nor p-value. Raises ValueError when `differences` is empty or holds anything outside -1..1.
    """
    if not differences:
        raise ValueError("a difference needs at least one prompt")
    if not all(-1.0 <= difference <= 1.0 for difference in differences):
        raise ValueError("differences must lie in -1..1")
    n = len(differences)
    value = math.fsum(differences) / n
    if n < 2:
        return Difference(value=value, low=None, high=None, level=level, method=NO_INTERVAL, n=n, p_value=None)
    if max(differences) - min(differences) <= TOLERANCE:
        rate = win_rate([(1.0 + difference) / 2.0 for difference in differences], level=level)
        assert rate.low is not None
        assert rate.high is not None
        low, high, p_value, method = 2.0 * rate.low - 1.0, 2.0 * rate.high - 1.0, _signs_agree(value, n), rate.method
    elif n >= _T_FROM:
        low, high, p_value = _student(differences, value, level)
        method = "student-t"
    else:
        low, high, p_value = _sign_flip(differences, value, level, seed)
        method = "sign-flip"
    return Difference(
        value=value,
        low=max(-1.0, min(low, value)),
        high=min(1.0, max(high, value)),
        level=level,
        method=method,
        n=n,
        p_value=p_value,
    )


def _signs_agree(value: float, n: int) -> float:
    """The exact sign-flip p-value when every difference is the same: only the two unmixed patterns are as extreme."""
    return 1.0 if abs(value) <= TOLERANCE else math.ldexp(1.0, 1 - n)


def _student(differences: Sequence[float], value: float, level: float) -> tuple[float, float, float]:
    from scipy.special import stdtr, stdtrit

    n = len(differences)
    variance = math.fsum((difference - value) ** 2 for difference in differences) / (n - 1)
    error = math.sqrt(variance / n)
    half = float(stdtrit(n - 1, 0.5 + level / 2.0)) * error
    return value - half, value + half, float(2.0 * stdtr(n - 1, -abs(value) / error))


def _sign_flip(differences: Sequence[float], value: float, level: float, seed: int) -> tuple[float, float, float]:
    """Flipping the signs of a subset gives a sum as large as the observed one where the subset's mean is <= delta."""
    import numpy as np

    n = len(differences)
    source = random.Random(seed)
    patterns: Sequence[int] = range(1, 2**n) if n <= _ENUMERATED else [source.randrange(1, 2**n) for _ in range(_DRAWN)]
    width = (n + 7) // 8
    packed = np.frombuffer(b"".join(pattern.to_bytes(width, "little") for pattern in patterns), dtype=np.uint8)
    chosen = np.unpackbits(packed.reshape(-1, width), axis=1, bitorder="little")[:, :n].astype(float)
    sums = chosen @ np.asarray(differences, dtype=float)
    means = np.sort(sums / chosen.sum(axis=1))
    total = n * value
    extreme = int(np.count_nonzero(np.abs(total - 2.0 * sums) >= abs(total) - TOLERANCE))
    p_value = (1 + extreme) / (1 + len(sums))  # the unflipped pattern always counts
    # Hartigan: the sorted means cut the line into len + 1 stretches, each as likely to hold the true value.
    outside = math.floor((1.0 - level) / 2.0 * (len(means) + 1))
    if outside < 1:
        return -1.0, 1.0, p_value
    return float(means[outside - 1]), float(means[-outside]), p_value
