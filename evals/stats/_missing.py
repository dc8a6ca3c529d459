"""What missing verdicts can have done: does one model miss more, and would the answer change?"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ._winrate import WinRate, plain, win_rate

_CHI_SQUARE_FROM = 100
"""From this many prompts with unlike shares on chi-square serves; below, the permutation test."""
_DRAWN = 9_999


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingTest:
    """Is the share of missing verdicts the same for all models? `shares` has one entry a model, `n` counts prompts.

    `informative` prompts are those on which the models differ: the others say nothing. `p_value` is 1 without any.
    """

    shares: tuple[float, ...]
    statistic: float
    p_value: float
    method: str
    n: int
    informative: int
    seed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How much a win rate could owe to verdicts that are missing.

    `low` and `high` are the rate were every missing score 0, and were every one 1, each with the sampling error of
    all planned prompts in `low_with_error` and `high_with_error`. `tipping` is the mean score that the missing ones
    would need for the rate over all planned prompts to be exactly `against`; None when no scores in 0..1 do that,
    so that `settled` says on which side of `against` the rate lies whatever is missing.
    """

    value: float | None
    low: float
    high: float
    low_with_error: float | None
    high_with_error: float | None
    level: float
    missing: int
    n: int
    against: float
    tipping: float | None
    settled: bool


def missing_test(columns: Sequence[Collection[float]], *, seed: int = 0) -> MissingTest:
    """Tests that verdicts go missing alike for all models: `columns` holds, per model, each prompt's missing share.

    Cochran's Q (Biometrika 37, 1950), for shares as well as for 0 and 1: with T_k the sum of model k's shares,
    Q = (K-1)/K · sum (T_k - mean T)^2 / sum of the prompts' variances. The models of each prompt are permuted 9,999
    times with `seed` below 100 prompts on which the models differ, from there on chi-square with K-1 degrees of
    freedom serves. The models must stand alike in the plan: leave out a baseline that meets all others. Raises
    ValueError when there are fewer than two models, the columns differ in length or hold anything outside 0..1.
    """
    import numpy as np
    from scipy.special import chdtrc

    if len(columns) < 2 or len({len(column) for column in columns}) != 1 or not len(columns[0]):
        raise ValueError("the test needs two models at least, over the same prompts")
    shares = np.array([plain(column) for column in columns], dtype=float).T
    if not bool(np.all((shares >= 0) & (shares <= 1))):
        raise ValueError("shares must lie in 0..1")
    count = shares.shape[1]
    unlike = shares[np.ptp(shares, axis=1) > 1e-9]
    means = tuple(float(share) for share in shares.mean(axis=0))
    if not len(unlike):
        return MissingTest(
            shares=means, statistic=0.0, p_value=1.0, method="none", n=len(shares), informative=0, seed=None
        )
    scale = (count - 1) / count / float(unlike.var(axis=1).sum())

    def statistic(totals: np.ndarray) -> np.ndarray:
        gaps: np.ndarray = ((totals - totals.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1) * scale
        return gaps

    observed = float(statistic(unlike.sum(axis=0)))
    if len(unlike) >= _CHI_SQUARE_FROM:
        p_value, method, used = float(chdtrc(count - 1, observed)), "cochran-q-chi-square", None
    else:
        source = np.random.RandomState(seed)
        totals = np.zeros((_DRAWN, count))
        for row in unlike:
            totals += row[source.random_sample((_DRAWN, count)).argsort(axis=1)]
        extreme = int((statistic(totals) >= observed - 1e-9).sum())
        p_value, method, used = (1 + extreme) / (1 + _DRAWN), "cochran-q-permutation", seed
    return MissingTest(
        shares=means,
        statistic=observed,
        p_value=p_value,
        method=method,
        n=len(shares),
        informative=len(unlike),
        seed=used,
    )


def sensitivity(scores: Collection[float], *, missing: int, against: float = 0.5, level: float = 0.95) -> Sensitivity:
    """How far `missing` unread scores besides `scores` (0..1) could move a win rate, and past what.

    Bounds as in `worst_case` (Manski, American Economic Review 80, 1990); with sampling error: the lower end of the
    win rate's interval with the missing as 0 and the upper end with the missing as 1, which together hold the true
    rate with at least `level` whatever decides which scores are missing (Horowitz and Manski, JASA 95, 2000).
    Raises ValueError when nothing was planned, `missing` is negative or scores lie outside 0..1.
    """
    read = list(plain(scores))
    if missing < 0 or not len(read) + missing:
        raise ValueError("sensitivity needs at least one planned score")
    n = len(read) + missing
    lows: WinRate = win_rate([*read, *[0.0] * missing], level=level)
    highs: WinRate = win_rate([*read, *[1.0] * missing], level=level)
    total = math.fsum(read)
    tipping = (against * n - total) / missing if missing else None
    reachable = tipping is not None and 0.0 <= tipping <= 1.0
    return Sensitivity(
        value=total / len(read) if read else None,
        low=lows.value,
        high=highs.value,
        low_with_error=lows.low,
        high_with_error=highs.high,
        level=level,
        missing=missing,
        n=n,
        against=against,
        tipping=tipping if reachable else None,
        settled=lows.value > against or highs.value < against,
    )
