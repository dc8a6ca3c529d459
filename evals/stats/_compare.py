"""Which of many pairs differ: tests, correction for their number, and what they could have seen."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

from ._families import family_variance
from ._paired import Difference, paired_difference
from ._winrate import TOLERANCE, WinRate, plain, prompts_needed, smallest_gap, win_rate

Families = Sequence[Collection[Hashable]]
"""For each pair the family of each of its prompts."""
Adjustment = Literal["holm", "benjamini-hochberg"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One pair among `comparisons`: effect with interval, p-values, and what this many prompts could have shown.

    `effect` is the win rate of the first side (no difference: 0.5) or the mean difference (no difference: 0); its
    interval is that of one comparison. `better` is set when `p_adjusted` <= 1 - level. `smallest_gap` is the distance
    from no difference that is found with probability `power`, Bonferroni over `comparisons`, None where so few prompts
    let the test find none however large; `n_to_settle` the prompts at which the effect, were it exactly as observed,
    would be. None where there is nothing to compute.
    """

    effect: WinRate | Difference | None
    test: str
    p_value: float | None
    p_adjusted: float | None
    adjustment: Adjustment
    comparisons: int
    level: float
    power: float
    better: Literal["first", "second"] | None
    smallest_gap: float | None
    n_to_settle: int | None


def head_to_head(
    columns: Sequence[Collection[float]],
    *,
    families: Families | None = None,
    level: float = 0.95,
    power: float = 0.8,
    adjustment: Adjustment = "holm",
) -> tuple[Comparison, ...]:
    """Tests every pair that was judged directly; a column holds the first side's score (0..1) on each prompt.

    The exact sign test on prompts that are no ties (`sign_test`); with families, the sign-flip permutation test of
    whole families (Student's t from 100 families on). Columns may differ in length and be empty: a pair without a
    score stays in the count of comparisons. Raises ValueError on scores outside 0..1.
    """
    found = [_direct(column, groups, level) for column, groups in _with_families(columns, families)]
    return _compared(found, centre=0.5, level=level, power=power, adjustment=adjustment)


def against_baseline(
    columns: Sequence[Collection[float]],
    *,
    families: Families | None = None,
    level: float = 0.95,
    power: float = 0.8,
    adjustment: Adjustment = "holm",
    seed: int = 0,
) -> tuple[Comparison, ...]:
    """Tests every two models through their scores on the same prompts; a column holds differences (-1..1).

    `paired_difference` for each column, so exact below 100 prompts. Empty columns stay in the count of comparisons.
    """
    found: list[_Tested | None] = []
    for column, groups in _with_families(columns, families):
        if not len(column):
            found.append(None)
            continue
        effect = paired_difference(column, level=level, seed=seed, families=groups)
        spread, units = _spread(column, groups), _units(column, groups)
        found.append(_Tested(effect=effect, test=effect.test, p_value=effect.p_value, variance=spread, units=units))
    return _compared(found, centre=0.0, level=level, power=power, adjustment=adjustment)


def sign_test(wins: int, losses: int) -> float:
    """The exact two-sided p-value of "a prompt that is no tie is as likely won as lost"; 1 without such prompts.

    Twice the smaller tail of Binomial(wins + losses, 1/2), at most 1 (Dixon and Mood, JASA 41, 1946).
    """
    from scipy.special import bdtr

    decided = wins + losses
    return min(1.0, 2.0 * float(bdtr(min(wins, losses), decided, 0.5))) if decided else 1.0


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """p-values adjusted so that the chance of any false "different" among all stays below the level.

    Holm (Scandinavian Journal of Statistics 6, 1979): the k-th smallest of m times m-k+1, made monotone. A test that
    could not be made (None) stays None and still counts in m.
    """
    count = len(p_values)
    adjusted, largest = [*p_values], 0.0
    for rank, (p_value, place) in enumerate(_sorted(p_values)):
        largest = max(largest, min(1.0, (count - rank) * p_value))
        adjusted[place] = largest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """p-values adjusted so that of what is called different at most the level's share is falsely so; for slices.

    Benjamini and Hochberg (JRSS B 57, 1995): the k-th smallest of m times m/k, made monotone from above. A test that
    could not be made (None) stays None and still counts in m.
    """
    count = len(p_values)
    adjusted, smallest = [*p_values], 1.0
    for rank, (p_value, place) in reversed(list(enumerate(_sorted(p_values), start=1))):
        smallest = min(smallest, count / rank * p_value)
        adjusted[place] = smallest
    return adjusted


def _sorted(p_values: Sequence[float | None]) -> list[tuple[float, int]]:
    return sorted((p_value, place) for place, p_value in enumerate(p_values) if p_value is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    """One test before the correction; `variance` is that of one prompt, families counted; `units` are independent."""

    effect: WinRate | Difference
    test: str
    p_value: float | None
    variance: float
    units: int
    towards: float | None = None


def _with_families(
    columns: Sequence[Collection[float]], families: Families | None
) -> list[tuple[Collection[float], Collection[Hashable] | None]]:
    if families is None:
        return [(column, None) for column in columns]
    return list(zip(columns, families, strict=True))


def _direct(column: Collection[float], groups: Collection[Hashable] | None, level: float) -> _Tested | None:
    scores = plain(column)
    if not scores:
        return None
    effect = win_rate(scores, level=level, families=groups)
    if groups is not None and len(set(groups)) < len(scores):
        tested = paired_difference([score - 0.5 for score in scores], level=level, families=groups)
        variance, units = _spread(scores, groups), _units(scores, groups)
        return _Tested(effect=effect, test=tested.test, p_value=tested.p_value, variance=variance, units=units)
    wins = sum(score > 0.5 + TOLERANCE for score in scores)
    losses = sum(score < 0.5 - TOLERANCE for score in scores)
    p_value = sign_test(wins, losses) if len(scores) > 1 else None
    return _Tested(
        effect=effect,
        test="sign",
        p_value=p_value,
        variance=_sign_variance(scores),
        units=len(scores),
        towards=float(wins - losses),
    )


def _sign_variance(scores: Sequence[float]) -> float:
    """The variance of one prompt with which the normal formula has the power of the sign test.

    With d = |s - 1/2|, a lean of the scores by h moves their mean by h·E(d²) and the mean of their signs by h·E(d),
    whose variance is the share decided: (E d²)²·decided / (E d)². That is E d² where every d is 0 or the same, and
    more where orders or judges split, since the test counts a quarter like a whole win.
    """
    distances = [abs(score - 0.5) for score in scores if abs(score - 0.5) > TOLERANCE]
    if not distances:
        return 0.0
    squares = math.fsum(distance**2 for distance in distances) / len(scores)
    return squares**2 * len(distances) * len(scores) / math.fsum(distances) ** 2


def _spread(values: Collection[float], groups: Collection[Hashable] | None) -> float:
    """The variance of one prompt's value, such that variance / n is that of the mean, families counted."""
    found = [family_variance(values, range(len(values)))[0]]
    if groups is not None:
        found.append(family_variance(values, groups)[0])
    return len(values) * max([variance for variance in found if variance is not None], default=0.0)


def _units(values: Collection[float], groups: Collection[Hashable] | None) -> int:
    return len(values if groups is None else set(groups))


def _fewest(alpha: float) -> int:
    """So many prompts (or families) must all fall to one side before a test by signs reaches `alpha`: 2^(1-n)."""
    return 1 + math.ceil(-math.log2(alpha))


def _compared(
    tests: Sequence[_Tested | None], *, centre: float, level: float, power: float, adjustment: Adjustment
) -> tuple[Comparison, ...]:
    adjust = holm if adjustment == "holm" else benjamini_hochberg
    adjusted = adjust([None if test is None else test.p_value for test in tests])
    comparisons = len(tests)
    found = []
    for test, p_adjusted in zip(tests, adjusted, strict=True):
        distance = 0.0 if test is None else test.effect.value - centre
        gap = settle = None
        if test is not None:
            fewest = _fewest((1.0 - level) / comparisons)
            gap = smallest_gap(test.effect.n, variance=test.variance, comparisons=comparisons, level=level, power=power)
            gap = None if test.units < fewest else gap
            settle = prompts_needed(distance, variance=test.variance, comparisons=comparisons, level=level, power=power)
            settle = None if settle is None else max(settle, fewest)
        found.append(
            Comparison(
                effect=None if test is None else test.effect,
                test="none" if test is None else test.test,
                p_value=None if test is None else test.p_value,
                p_adjusted=p_adjusted,
                adjustment=adjustment,
                comparisons=comparisons,
                level=level,
                power=power,
                better=_better(distance, test, significant=p_adjusted is not None and p_adjusted <= 1.0 - level),
                smallest_gap=gap,
                n_to_settle=settle,
            )
        )
    return tuple(found)


def _better(distance: float, test: _Tested | None, *, significant: bool) -> Literal["first", "second"] | None:
    """The better side; nobody while the count of wins and the mean score point to different sides."""
    if test is None or not significant or distance * (distance if test.towards is None else test.towards) <= 0.0:
        return None
    return "first" if distance > 0.0 else "second"
