"""Challenger against incumbent in one cell: quality, cost per accepted answer, and the p-values of both."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from evals.routing._evidence import Asked
from evals.stats import FamilyRate, WinRate, family_variance, prompts_needed, win_rate

Z95 = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRatio:
    """Challenger's dollars per accepted answer over the incumbent's, with its 95 % interval.

    `log_error` is the standard error of the logarithm.
    """

    value: float
    low: float
    high: float
    log_error: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """What one cell says of a challenger. `win` is its win rate against the incumbent, prompts clustered by family.

    `p_better` tests "no more than margin above even", `p_cheaper` "worse than margin below even, or not `saving`
    cheaper per accepted answer"; both one-sided. None where it cannot be tested.
    """

    incumbent: str
    challenger: str
    win: WinRate | None
    cost: CostRatio | None
    p_better: float | None
    p_cheaper: float | None


def duel(asked: Sequence[Asked], incumbent: str, challenger: str, *, margin: float, saving: float) -> Duel:
    """Compare two models on the prompts of one cell."""
    pair = challenger, incumbent
    judged = [(prompt.scores[pair], prompt.family) for prompt in asked if pair in prompt.scores]
    win = None
    if judged:
        win = win_rate([score for score, _ in judged], families=[family for _, family in judged])
    cost = cost_ratio(asked, incumbent, challenger)
    p_better = p_cheaper = None
    if win is not None and win.low is not None:
        p_better = p_above(win, 0.5 + margin)
        if cost is not None:
            # both must hold, so the larger p-value tests their union (Berger, Technometrics 24, 1982)
            p_cheaper = max(p_above(win, 0.5 - margin), p_ratio_below(cost, 1.0 - saving))
    return Duel(incumbent=incumbent, challenger=challenger, win=win, cost=cost, p_better=p_better, p_cheaper=p_cheaper)


def p_above(rate: WinRate, bound: float) -> float:
    """The one-sided p-value of "the true rate is at most `bound`", by the score test that the interval inverts.

    So p <= (1 - level)/2 exactly when `rate.low` >= bound, at any level.
    """
    trials = _trials(rate)
    if trials is None or rate.value <= bound:
        return 1.0 if rate.value <= bound else 0.5
    z = (rate.value - bound) / math.sqrt(bound * (1.0 - bound) / trials)
    if isinstance(rate, FamilyRate):
        from scipy.special import stdtr

        return float(stdtr(rate.families - 1, -z))
    return 0.5 * math.erfc(z / math.sqrt(2.0))


def _trials(rate: WinRate) -> float | None:
    """The number of coin flips behind an interval: Wilson's low end L solves (v - L)^2 = q^2 L (1 - L) / trials."""
    if rate.low is None or rate.low >= rate.value:
        return None
    quantile = Z95
    if isinstance(rate, FamilyRate):
        from scipy.special import stdtrit

        quantile = float(stdtrit(rate.families - 1, 0.5 + rate.level / 2.0))
    return quantile**2 * rate.low * (1.0 - rate.low) / (rate.value - rate.low) ** 2


def spread(rate: WinRate) -> float:
    """The variance of one prompt's score behind a win rate: v(1-v) over the coin flips a prompt is worth."""
    trials = _trials(rate)
    return 0.25 if trials is None else min(0.25, rate.n * rate.value * (1.0 - rate.value) / trials)


def cost_ratio(asked: Sequence[Asked], incumbent: str, challenger: str) -> CostRatio | None:
    """The ratio of dollars per accepted answer, by the delta method on its logarithm, prompts clustered by family.

    Only prompts on which both answers' cost and acceptance are known count. None when a cost is unknown, nothing was
    accepted of one, a price is 0 or fewer than two families are left: then nothing can be said of the ratio.
    """
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    families = []
    for prompt in asked:
        places = [_paid(prompt, model, incumbent) for model in (challenger, incumbent)]
        if places[0] is None or places[1] is None:
            continue
        ours.append(places[0])
        theirs.append(places[1])
        families.append(prompt.family)
    n = len(families)
    means = [math.fsum(column) / n for side in (ours, theirs) for column in zip(*side, strict=True)] if n else []
    if not n or min(means) <= 0.0:
        return None
    (cost, accepted, their_cost, their_accepted) = means
    influence = [
        c / cost - a / accepted - tc / their_cost + ta / their_accepted
        for (c, a), (tc, ta) in zip(ours, theirs, strict=True)
    ]
    variance, groups = family_variance(influence, families)
    if variance is None:
        return None
    ratio = (cost / accepted) / (their_cost / their_accepted)
    error = math.sqrt(variance)
    half = Z95 * error
    return CostRatio(
        value=ratio, low=ratio * math.exp(-half), high=ratio * math.exp(half), log_error=error, n=min(n, groups)
    )


def _paid(prompt: Asked, model: str, incumbent: str) -> tuple[float, float] | None:
    answer, accepted = prompt.answers.get(model), prompt.accepted(model, incumbent)
    if answer is None or answer.cost_usd is None or accepted is None:
        return None
    return float(answer.cost_usd), accepted


def p_ratio_below(cost: CostRatio, bound: float) -> float:
    """The one-sided p-value of "the true ratio is at least `bound`"."""
    distance = math.log(bound) - math.log(cost.value)
    if cost.log_error == 0.0:
        return 0.0 if distance > 0.0 else 1.0
    from scipy.special import stdtr

    return float(stdtr(max(1, cost.n - 1), -distance / cost.log_error))


def mean_money(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The mean, None while one amount is unknown or there is none."""
    known = [amount for amount in amounts if amount is not None]
    return None if len(known) < len(amounts) or not known else money(sum(known, Decimal(0)) / len(known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One model in one cell: dollars per accepted answer with the 95 % interval, and how many were accepted."""

    accepted: WinRate | None
    dollars: Decimal | None
    low: Decimal | None
    high: Decimal | None
    unknown: tuple[str, ...]
    n: int


def account(asked: Sequence[Asked], model: str, incumbent: str) -> Account:
    """What an accepted answer of a model cost in a cell. Dollars are None while a cost is unknown or none was accepted.

    The interval is the delta method's on the logarithm of the ratio of two means.
    """
    rows = [(prompt, prompt.answers.get(model), prompt.accepted(model, incumbent)) for prompt in asked]
    known = [
        (answer, share, prompt.family) for prompt, answer, share in rows if answer is not None and share is not None
    ]
    if not known:
        return Account(accepted=None, dollars=None, low=None, high=None, unknown=("no answer was read",), n=0)
    shares = [share for _, share, _ in known]
    families = [family for _, _, family in known]
    accepted = win_rate(shares, families=families)
    unknown = {name for answer, _, _ in known for name in answer.unknown}
    total = sum((answer.cost_usd for answer, _, _ in known if answer.cost_usd is not None), Decimal(0))
    won = math.fsum(shares)
    n = len(known)
    if unknown or not won:
        reasons = tuple(sorted(unknown)) or ("no answer was accepted",)
        return Account(accepted=accepted, dollars=None, low=None, high=None, unknown=reasons, n=n)
    dollars = total / Decimal(repr(won))
    half = 0.0
    if total > 0:
        mean_cost, mean_share = float(total) / n, won / n
        paid = [float(answer.cost_usd or 0) / mean_cost - share / mean_share for answer, share, _ in known]
        variance, _ = family_variance(paid, families)
        half = Z95 * math.sqrt(variance or 0.0)
    return Account(
        accepted=accepted,
        dollars=money(dollars),
        low=money(dollars * Decimal(repr(math.exp(-half)))),
        high=money(dollars * Decimal(repr(math.exp(half)))),
        unknown=(),
        n=n,
    )


def money(amount: Decimal, digits: int = 6) -> Decimal:
    """An amount at six significant digits: what an estimate is worth writing down."""
    if not amount:
        return Decimal(0)
    return round(amount, digits - 1 - amount.adjusted())


def prompts_beyond(
    gap: float, *, margin: float, variance: float = 0.25, tests: int = 1, power: float = 0.8
) -> int | None:
    """Prompts that show a win rate `gap` above even to be above `margin` with this power, Bonferroni over `tests`.

    The normal approximation of `evals.stats.prompts_needed` on the distance gap - margin. None where there is none.
    """
    distance = gap - margin
    return prompts_needed(distance, variance=variance, comparisons=tests, power=power) if distance > 0 else None


def best_of(duels: Mapping[str, Duel]) -> str | None:
    """The challenger with the highest win rate."""
    rated = {name: found.win.value for name, found in duels.items() if found.win is not None}
    return max(rated, key=lambda name: rated[name]) if rated else None
