"""Is a routing rule worth anything? Its cost-matched shuffled control, and the best that was possible.

The control sends each model the same number of requests as the rule does, but which ones is drawn at random; its
expectation over all shuffles is computed, not drawn. A rule that is not better than that knows nothing of the
requests: the same bill buys the same quality without it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from evals.records import format_money
from evals.routing._compare import money
from evals.routing._decide import Cell
from evals.routing._evidence import Asked, Evidence
from evals.routing._route import incumbent
from evals.stats import Difference, paired_difference


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCheck:
    """A rule on the prompts of a run: quality 0..1 (`Asked.worth`) and mean dollars a request, None while unknown.

    `gain` is rule minus control per prompt, paired. `predicts` says how well the complexity class tells that the
    cheapest model will not do: the chance (AUC) that a failed prompt is classed harder than one that was answered,
    0.5 being no better than a coin. `chosen_here`: the routes were changed by this very run, so the gain flatters.
    """

    n: int
    quality: float
    cost_usd: Decimal | None
    control_quality: float
    control_cost_usd: Decimal | None
    oracle_quality: float
    oracle_cost_usd: Decimal | None
    gain: Difference
    shares: Mapping[str, float]
    chosen_here: bool
    predicts: tuple[float, float, float, int] | None

    @property
    def worthless(self) -> bool:
        """True when several models share the requests, and no better than at random."""
        return len(self.shares) > 1 and (self.gain.low is None or self.gain.low <= 0.0)

    @property
    def verdict(self) -> str:
        """One sentence."""
        if len(self.shares) == 1:
            return f"everything goes to {next(iter(self.shares))}: there is no rule to check"
        points = f"{100 * self.gain.value:+.1f} points"
        if self.gain.low is not None and self.gain.high is not None:
            points += f" ({100 * self.gain.low:+.1f} to {100 * self.gain.high:+.1f})"
        if self.worthless:
            return f"worthless on these prompts: {points} against its shuffled control, no more than chance"
        return f"beats its shuffled control by {points}"

    def to_json(self, run: str) -> dict[str, Any]:
        """Plain values for the catalog."""
        return {
            "run": run,
            "n": self.n,
            "quality": round(self.quality, 6),
            "control": round(self.control_quality, 6),
            "oracle": round(self.oracle_quality, 6),
            "cost_usd": _text(self.cost_usd),
            "control_cost_usd": _text(self.control_cost_usd),
            "oracle_cost_usd": _text(self.oracle_cost_usd),
            "gain": {name: round(getattr(self.gain, name) or 0.0, 6) for name in ("value", "low", "high")},
            "worthless": self.worthless,
            "chosen_on_this_run": self.chosen_here,
            "verdict": self.verdict,
        }  # fmt: skip


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format_money(amount)


def check_rule(before: Mapping[str, Any], after: Mapping[str, Any], evidence: Evidence) -> RuleCheck | None:
    """The routes of `after` on the prompts of a run. None when they name no model of the run.

    `before` is the catalog that answers today: where it differs, the routes were chosen on these prompts.
    """
    rows: list[tuple[Asked, str, dict[str, tuple[float, Decimal | None]]]] = []
    changed = False
    for asked in evidence.asked:
        rule, today = _model(after, asked.cell), _model(before, asked.cell)
        changed = changed or rule != today
        outcomes = {
            model: (worth, answer.cost_usd)
            for model, answer in asked.answers.items()
            if (worth := asked.worth(model)) is not None
        }
        if rule in outcomes and len(outcomes) == len(evidence.places):
            rows.append((asked, rule, outcomes))
    if len(rows) < 2:
        return None
    return _checked(rows, predicts(evidence), chosen_here=changed)


def _model(catalog: Mapping[str, Any], cell: Cell) -> str:
    entry = incumbent(catalog, cell)
    return "" if entry is None else str(entry["model"])


def _checked(
    rows: Sequence[tuple[Asked, str, dict[str, tuple[float, Decimal | None]]]],
    predicted: tuple[float, float, float, int] | None,
    *,
    chosen_here: bool,
) -> RuleCheck:
    n = len(rows)
    shares = {model: count / n for model, count in Counter(rule for _, rule, _ in rows).most_common()}
    control = [math.fsum(share * outcomes[model][0] for model, share in shares.items()) for _, _, outcomes in rows]
    rule = [outcomes[model][0] for _, model, outcomes in rows]
    best = [max(outcomes.values(), key=lambda found: (found[0], -(found[1] or Decimal(0)))) for _, _, outcomes in rows]
    gains = [ours - theirs for ours, theirs in zip(rule, control, strict=True)]
    return RuleCheck(
        n=n,
        quality=math.fsum(rule) / n,
        cost_usd=_mean([outcomes[model][1] for _, model, outcomes in rows]),
        control_quality=math.fsum(control) / n,
        control_cost_usd=_mixed(rows, shares),
        oracle_quality=math.fsum(share for share, _ in best) / n,
        oracle_cost_usd=_mean([cost for _, cost in best]),
        gain=paired_difference(gains, families=[asked.family for asked, _, _ in rows]),
        shares=shares,
        chosen_here=chosen_here,
        predicts=predicted,
    )


def _mean(costs: Sequence[Decimal | None]) -> Decimal | None:
    known = [cost for cost in costs if cost is not None]
    return None if len(known) < len(costs) else money(sum(known, Decimal(0)) / len(known))


def _mixed(
    rows: Sequence[tuple[Asked, str, dict[str, tuple[float, Decimal | None]]]], shares: Mapping[str, float]
) -> Decimal | None:
    total = Decimal(0)
    for model, share in shares.items():
        mean = _mean([outcomes[model][1] for _, _, outcomes in rows])
        if mean is None:
            return None
        total += mean * Decimal(repr(share))
    return money(total)


# --------------------------------------------------------------------------------------------- complexity
def predicts(evidence: Evidence) -> tuple[float, float, float, int] | None:
    """How well difficulty tells that the cheapest model's answer will not be accepted: AUC, its 95 % interval, n.

    The interval is DeLong's (Biometrics 44, 1988): the variances of the placements of both groups. Only prompts with
    checks count: acceptance by comparison already knows the other model. None without both kinds of prompts.
    """
    cheapest = _cheapest(evidence)
    failed: list[int] = []
    passed: list[int] = []
    for asked in evidence.asked:
        answer = asked.answers.get(cheapest or "")
        if asked.checked and asked.difficulty is not None and answer is not None and answer.passed is not None:
            (passed if answer.passed > 0.5 else failed).append(asked.difficulty)
    if len(failed) < 2 or len(passed) < 2:
        return None
    hard = [math.fsum(_over(f, p) for p in passed) / len(passed) for f in failed]
    easy = [math.fsum(_over(f, p) for f in failed) / len(failed) for p in passed]
    area = math.fsum(hard) / len(hard)
    variance = _variance(hard, area) / len(hard) + _variance(easy, area) / len(easy)
    half = 1.959963984540054 * math.sqrt(variance)
    return area, max(0.0, area - half), min(1.0, area + half), len(failed) + len(passed)


def _over(hard: int, easy: int) -> float:
    return 1.0 if hard > easy else 0.5 if hard == easy else 0.0


def _variance(values: Sequence[float], mean: float) -> float:
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _cheapest(evidence: Evidence) -> str | None:
    means: dict[str, Decimal] = {}
    for model in evidence.places:
        costs = [asked.answers[model].cost_usd for asked in evidence.asked if model in asked.answers]
        mean = _mean(costs) if costs else None
        if mean is not None:
            means[model] = mean
    return min(means, key=lambda model: (means[model], model)) if means else None
