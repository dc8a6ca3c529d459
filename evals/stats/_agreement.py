"""Do judges agree, what would each one's absence change, and does one stand apart?

Ratings come as a matrix: one row a prompt (unit), one column a judge, None or NaN where a judge gave none.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ._paired import Difference, paired_difference
from ._winrate import TOLERANCE, WinRate, normal_quantile, plain, win_rate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Metric = Literal["nominal", "ordinal", "interval"]
Matrix = Collection[Collection[float | None]]

APART_BELOW = 0.5
"""A judge stands apart when it goes along with the others surely less than half as much as they do with one another:
judges of one panel are never quite equal, and with enough prompts any difference would be significant."""
_BLOCK = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A coefficient of agreement (1: perfect, 0: chance) over `n` units with its interval.

    `value` is None where everybody always gave the same rating, or nobody rated with another: there agreement beyond
    chance is not defined. `seed` is None unless the interval is made by resampling.
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    method: str
    n: int
    seed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """The win rate without one judge (its column), and by how much it moves, on prompts where both exist."""

    judge: int
    rate: WinRate | None
    change: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandsApart:
    """Which judge, if any (its column), goes along with the others far less than they do with one another.

    Per judge: `shares`, its mean covariance with the others over theirs among themselves (1: like the rest, 0: no
    relation, below 0: contrary; None where theirs is not above 0, as when the odd one is among them), and
    `p_adjusted` for "a share of at least `below`", Bonferroni over judges; None where it shares fewer than two
    prompts with two others.
    """

    judge: int | None
    shares: tuple[float | None, ...]
    p_adjusted: tuple[float | None, ...]
    below: float
    level: float
    n: int


def krippendorff_alpha(
    ratings: Matrix, *, metric: Metric = "nominal", level: float = 0.95, resamples: int = 1_000, seed: int = 0
) -> Agreement:
    """Krippendorff's alpha for any number of judges and missing ratings, with a percentile bootstrap over units.

    1 - observed / expected disagreement over all pairable values (Krippendorff, Content Analysis, chapter on
    reliability; Hayes and Krippendorff, Communication Methods and Measures 1, 2007). Disagreement of two values:
    nominal 0 or 1, interval the squared difference, ordinal the squared count of ratings between them. Units with
    fewer than two ratings do not enter. Raises ValueError on rows of unequal length or infinite ratings.
    """
    import numpy as np

    table = _matrix(ratings)
    table = table[(~np.isnan(table)).sum(axis=1) >= 2]
    method = f"krippendorff-{metric}"
    if not len(table):
        return Agreement(value=None, low=None, high=None, level=level, method=method, n=0, seed=None)
    values, counts = _counts(table)
    value = float(_alphas(values, counts, np.ones((1, len(table))), metric)[0])
    if math.isnan(value):
        return Agreement(value=None, low=None, high=None, level=level, method=method, n=len(table), seed=None)
    source = np.random.RandomState(seed)
    weights = source.multinomial(len(table), np.full(len(table), 1.0 / len(table)), size=resamples).astype(float)
    found = _alphas(values, counts, weights, metric)
    found = np.append(found[~np.isnan(found)], value)  # the run itself is one of the resamples, so there is one
    low, high = np.quantile(found, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    low, high = min(float(low), value), max(float(high), value)
    return Agreement(value=value, low=low, high=high, level=level, method=method, n=len(table), seed=seed)


def cohen_kappa(first: Collection[float | None], second: Collection[float | None], *, level: float = 0.95) -> Agreement:
    """Cohen's kappa of two judges' categories (Educational and Psychological Measurement 20, 1960).

    Interval by the large-sample variance of Fleiss, Cohen and Everitt (Psychological Bulletin 72, 1969), cut to -1..1.
    Units that one of the two did not rate do not enter. Raises ValueError on unequal lengths.
    """
    import numpy as np

    table = _matrix(list(zip(plain(first), plain(second), strict=True)))
    table = table[~np.isnan(table).any(axis=1)]
    n = len(table)
    nothing = Agreement(value=None, low=None, high=None, level=level, method="cohen-kappa", n=n, seed=None)
    if not n:
        return nothing
    values, places = np.unique(table, return_inverse=True)
    shares = np.zeros((len(values), len(values)))
    np.add.at(shares, tuple(places.reshape(table.shape).T), 1.0 / n)
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float(np.trace(shares)), float(rows @ columns)
    if 1.0 - expected < TOLERANCE:
        return nothing
    value = (observed - expected) / (1.0 - expected)
    reach = rows[None, :] + columns[:, None]  # of cell (i, j): share of the first's j plus share of the second's i
    on = float((np.diag(shares) * (1.0 - np.diag(reach) * (1.0 - value)) ** 2).sum())
    off = (1.0 - value) ** 2 * float((shares * reach**2).sum() - (np.diag(shares) * np.diag(reach) ** 2).sum())
    variance = (on + off - (value - expected * (1.0 - value)) ** 2) / (n * (1.0 - expected) ** 2)
    half = normal_quantile(0.5 + level / 2.0) * math.sqrt(max(0.0, variance))
    low, high = max(-1.0, value - half), min(1.0, value + half)
    return Agreement(value=value, low=low, high=high, level=level, method="cohen-kappa", n=n, seed=None)


def raw_agreement(
    first: Collection[float | None], second: Collection[float | None], *, level: float = 0.95
) -> WinRate | None:
    """The share of units that two judges rated alike, with Wilson's interval; None when they share no unit."""
    import numpy as np

    table = _matrix(list(zip(plain(first), plain(second), strict=True)))
    table = table[~np.isnan(table).any(axis=1)]
    alike = (np.abs(table[:, 0] - table[:, 1]) <= TOLERANCE).astype(float)
    return win_rate(alike, level=level) if len(alike) else None


def leave_one_out(scores: Matrix, *, level: float = 0.95) -> tuple[LeftOut, ...]:
    """The win rate of a pair's first side without each judge in turn, from scores (prompt x judge, 0..1).

    A prompt's score is the mean over the judges that have one; a prompt without any is missing. Raises ValueError on
    scores outside 0..1.
    """
    import numpy as np

    table = _matrix(scores)
    whole = _row_means(table)
    found = []
    for judge in range(table.shape[1]):
        means = _row_means(np.delete(table, judge, axis=1))
        kept = ~np.isnan(means)
        rate = win_rate(means[kept], level=level) if kept.any() else None
        change = float((means[kept] - whole[kept]).mean()) if kept.any() else None
        found.append(LeftOut(judge=judge, rate=rate, change=change))
    return tuple(found)


def stands_apart(
    scores: Matrix,
    *,
    below: float = APART_BELOW,
    level: float = 0.95,
    families: Collection[Hashable] | None = None,
) -> StandsApart:
    """Names the judge of three or more that is unlike the rest, from scores (prompt x judge, 0..1).

    With z a judge's scores less their mean, tests for each judge j that the mean over prompts of
    `below` · (mean of z_k·z_l over other judges) - (mean of z_j·z_k) is not above 0, by `paired_difference`,
    one-sided, Bonferroni over judges. So at most 1 - level of panels without such a judge have one named, however
    unlike in quality their judges are within that bound; and of three it is the corrupted one (contrary, at random,
    always the same, always a tie after folding the orders) that is named, not those it disagrees with. A judge that
    only favours one side still goes along: see `leave_one_out` for its effect. `families` names each prompt's family,
    and whole families are tested. Raises ValueError on fewer than three judges, scores outside 0..1 or a number of
    families that is not that of the prompts.
    """
    import numpy as np

    table = _matrix(scores)
    judges = table.shape[1]
    if judges < 3:
        raise ValueError("of fewer than three judges none can stand apart")
    if bool(((table < 0.0) | (table > 1.0)).any()):
        raise ValueError("scores must lie in 0..1")
    groups = list(range(len(table)) if families is None else plain(families))
    if len(groups) != len(table):
        raise ValueError("every prompt needs its family")
    centred = table - _row_means(table.T)
    shares: list[float | None] = []
    p_values: list[float | None] = []
    for judge in range(judges):
        others = np.delete(centred, judge, axis=1)
        own = _row_means(others * centred[:, [judge]])
        first, second = np.triu_indices(judges - 1, 1)
        among = _row_means(others[:, first] * others[:, second])
        kept = ~np.isnan(own + among)
        own, among = own[kept], among[kept]
        together = float(among.mean()) if kept.any() else 0.0
        shares.append(float(own.mean()) / together if together > TOLERANCE else None)
        lags = (below * among - own) / (1.0 + below)
        whose = [group for group, there in zip(groups, kept, strict=True) if there]
        found = paired_difference(lags, level=level, families=whose) if len(lags) > 1 else None
        p_values.append(None if found is None or found.p_value is None else _one_sided(found, judges))
    known = [(p, judge) for judge, p in enumerate(p_values) if p is not None and p <= 1.0 - level]
    named = min(known)[1] if known else None
    return StandsApart(
        judge=named, shares=tuple(shares), p_adjusted=tuple(p_values), below=below, level=level, n=len(table)
    )


def _one_sided(found: Difference, judges: int) -> float:
    """The p-value of "not above 0", times the number of judges."""
    assert found.p_value is not None
    return min(1.0, judges * (found.p_value / 2.0 if found.value > 0.0 else 1.0))


def _matrix(ratings: Matrix) -> Floats:
    import numpy as np

    rows = [[math.nan if value is None else float(value) for value in plain(row)] for row in ratings]
    if len({len(row) for row in rows}) > 1:
        raise ValueError("every prompt needs one place for each judge")
    table = np.array(rows, dtype=float).reshape(len(rows), len(rows[0]) if rows else 0)
    if bool(np.isinf(table).any()):
        raise ValueError("ratings must be finite")
    return table


def _row_means(table: Floats) -> Floats:
    """The mean of what each row has; NaN for nothing."""
    import numpy as np

    there = ~np.isnan(table)
    count = there.sum(axis=1)
    means: Floats = np.where(count > 0, np.where(there, table, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
    return means


def _counts(table: Floats) -> tuple[Floats, Floats]:
    """The values that occur, ascending, and how often each does in each unit (units x values)."""
    import numpy as np

    unit, judge = np.nonzero(~np.isnan(table))
    values, place = np.unique(table[unit, judge], return_inverse=True)
    counts = np.zeros((len(table), len(values)))
    np.add.at(counts, (unit, place), 1.0)
    return values, counts


def _alphas(values: Floats, counts: Floats, weights: Floats, metric: Metric) -> Floats:
    """alpha for each row of `weights` (how often each unit counts); NaN where nothing disagrees with anything.

    Disagreement within a unit comes from moments, so that no unit needs a table of values by values: with x the
    values' positions, the sum over ordered pairs of (x_i - x_j)^2 is 2·(n·sum x^2 - (sum x)^2). Nominal values are
    positions on axes of their own.
    """
    import numpy as np

    found = np.empty(len(weights))
    step = max(1, _BLOCK // max(1, counts.size if metric == "ordinal" else counts.shape[1]))
    for start in range(0, len(weights), step):
        block = weights[start : start + step]
        totals = block @ counts
        if metric == "nominal":
            within = (counts.sum(axis=1) ** 2 - (counts**2).sum(axis=1)) / (counts.sum(axis=1) - 1.0)
            size = totals.sum(axis=1)
            observed, expected = block @ within, (size**2 - (totals**2).sum(axis=1)) / (size - 1.0)
        else:
            # Ordinal: the place of a value is the number of ratings below it plus half of its own, as they stand.
            x = np.cumsum(totals, axis=1) - totals / 2.0 if metric == "ordinal" else values[None, :] - values.mean()
            observed = (block * _spread(counts[None], x[:, None])).sum(axis=1)
            expected = _spread(totals, x)
        with np.errstate(invalid="ignore", divide="ignore"):
            found[start : start + step] = np.where(expected > TOLERANCE, 1.0 - observed / expected, np.nan)
    return found


def _spread(counts: Floats, x: Floats) -> Floats:
    """The sum over ordered pairs of squared differences, over the number of partners each value has."""
    size = counts.sum(axis=-1)
    found: Floats = 2.0 * (size * (counts * x**2).sum(axis=-1) - (counts * x).sum(axis=-1) ** 2) / (size - 1.0)
    return found
