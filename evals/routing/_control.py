"""Is a routing rule worth anything? Its cost-matched shuffled control, and the best that was possible.

The control sends each model the same number of requests as the rule does, but which ones is drawn at random; its
expectation over all shuffles is computed, not drawn. A rule that is not better than that knows nothing of the
requests: the same bill buys the same quality without it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from evals.records import format_money
from evals.routing._compare import mean_money, money
from evals.routing._complexity import Prediction, predict
from evals.routing._decide import Cell
from evals.routing._evidence import Asked, Evidence
from evals.routing._route import incumbent
from evals.stats import Difference, paired_difference

Outcomes = Mapping[str, tuple[float, Decimal | None]]
"""Model -> how good its answer to a prompt is (`Asked.worth`) and what it cost in dollars, None while unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCheck:
    """A rule on the prompts of a run: quality 0..1 (`Asked.worth`) and mean dollars a request, None while unknown.

    `gain` is rule minus control per prompt, paired. `predicts` says how well the complexity classes tell which prompts
    the cheapest model fails. `chosen_here`: the routes were changed by this very run, so the gain flatters.
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
    predicts: Prediction | None

    @property
    def worthless(self) -> bool:
        """True when several models share the requests, and no better than at random."""
        return len(self.shares) > 1 and (self.gain.low is None or self.gain.low <= 0.0)

    @property
    def verdict(self) -> str:
        """One sentence."""
        if len(self.shares) == 1:
            return f"everything goes to {next(iter(self.shares))}: there is no rule to check"
        points = f"{100 * self.gain.value:.1f} points"
        if self.gain.low is not None and self.gain.high is not None:
            points += f" ({100 * self.gain.low:.1f} to {100 * self.gain.high:.1f})"
        if self.worthless:
            most = self.gain.high
            high = f", though up to {100 * most:.1f} remain possible" if most is not None and most > 0.0 else ""
            return f"worthless as far as these prompts show: {points} against its shuffled control{high}"
        return f"beats its shuffled control by {points}"

    def to_json(self, run: str) -> dict[str, Any]:
        """Plain values for files."""
        return {
            "run": run,
            "n": self.n,
            "quality": round(self.quality, 6),
            "control": round(self.control_quality, 6),
            "oracle": round(self.oracle_quality, 6),
            "cost_usd": _text(self.cost_usd),
            "control_cost_usd": _text(self.control_cost_usd),
            "oracle_cost_usd": _text(self.oracle_cost_usd),
            "gain": {name: rounded(getattr(self.gain, name)) for name in ("value", "low", "high")},
            "shares": {model: round(share, 6) for model, share in self.shares.items()},
            "worthless": self.worthless,
            "chosen_on_this_run": self.chosen_here,
            "verdict": self.verdict,
            "predicts": self.predicts and self.predicts.to_json(),
        }


def rounded(value: float | None) -> float | None:
    """A figure as files hold it; one that is unknown stays so."""
    return None if value is None else round(value, 6)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format_money(amount)


def check_rule(before: Mapping[str, Any], after: Mapping[str, Any], evidence: Evidence) -> RuleCheck | None:
    """The routes of `after` on the prompts of a run. None when they name no model of the run.

    `before` is the catalog that answers today: where it differs, the routes were chosen on these prompts.
    """
    changed = any(_model(after, cell) != _model(before, cell) for cell in evidence.cells)
    return try_rule(evidence, lambda asked: _model(after, asked.cell), chosen_here=changed)


def _model(catalog: Mapping[str, Any], cell: Cell) -> str:
    entry = incumbent(catalog, cell)
    return "" if entry is None else str(entry["model"])


def try_rule(evidence: Evidence, rule: Callable[[Asked], str], *, chosen_here: bool) -> RuleCheck | None:
    """A rule (prompt -> model) on all prompts that every model of the run answered; None with fewer than two."""
    rows: list[tuple[Asked, str, Outcomes]] = []
    for asked in evidence.asked:
        model = rule(asked)
        outcomes = {
            name: (worth, answer.cost_usd)
            for name, answer in asked.answers.items()
            if (worth := asked.worth(name)) is not None
        }
        if model in outcomes and len(outcomes) == len(evidence.places):
            rows.append((asked, model, outcomes))
    return None if len(rows) < 2 else _checked(rows, predict(evidence), chosen_here=chosen_here)


def _checked(
    rows: Sequence[tuple[Asked, str, Outcomes]], predicted: Prediction | None, *, chosen_here: bool
) -> RuleCheck:
    n = len(rows)
    shares = {model: count / n for model, count in Counter(model for _, model, _ in rows).most_common()}
    control = [math.fsum(share * outcomes[model][0] for model, share in shares.items()) for _, _, outcomes in rows]
    rule = [outcomes[model][0] for _, model, outcomes in rows]
    best = [_best(outcomes) for _, _, outcomes in rows]
    gains = [ours - theirs for ours, theirs in zip(rule, control, strict=True)]
    return RuleCheck(
        n=n,
        quality=math.fsum(rule) / n,
        cost_usd=mean_money([outcomes[model][1] for _, model, outcomes in rows]),
        control_quality=math.fsum(control) / n,
        control_cost_usd=_mixed(rows, shares),
        oracle_quality=math.fsum(share for share, _ in best) / n,
        oracle_cost_usd=mean_money([cost for _, cost in best]),
        gain=paired_difference(gains, families=[asked.family for asked, _, _ in rows]),
        shares=shares,
        chosen_here=chosen_here,
        predicts=predicted,
    )


def _best(outcomes: Outcomes) -> tuple[float, Decimal | None]:
    """The best answer, of equals the cheapest; an unknown price is never the cheapest."""
    return min(outcomes.values(), key=lambda found: (-found[0], found[1] is None, found[1] or Decimal(0)))


def _mixed(rows: Sequence[tuple[Asked, str, Outcomes]], shares: Mapping[str, float]) -> Decimal | None:
    total = Decimal(0)
    for model, share in shares.items():
        mean = mean_money([outcomes[model][1] for _, _, outcomes in rows])
        if mean is None:
            return None
        total += mean * Decimal(repr(share))
    return money(total)
