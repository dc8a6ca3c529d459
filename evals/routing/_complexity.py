"""How well the complexity classes predict: do they tell which prompts the cheapest model fails?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from evals.routing._compare import mean_money
from evals.routing._decide import COMPLEXITIES
from evals.routing._evidence import Evidence
from evals.stats import TOLERANCE, family_variance, student_quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """The chance that a failed prompt is classed harder than one that was passed, ties half; 0.5 is a coin.

    None where prompts of fewer than two families failed, or of fewer than two passed. `n` counts prompts.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPrediction:
    """One task: the area, and per class how many prompts the model failed and how many there are."""

    task: str
    area: Area
    failed: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the classes tell of `model`, the cheapest of the run: inside each task, and over all tasks.

    `area` compares prompts of the same task only: that one task is harder than another is known without classes.
    """

    model: str
    area: Area
    tasks: tuple[TaskPrediction, ...]

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.area.value is None or self.area.low is None or self.area.high is None:
            return f"whether complexity tells which prompts {self.model} fails cannot be said: too few failed or passed"
        shown = f"AUC {self.area.value:.2f} ({self.area.low:.2f} to {self.area.high:.2f}, {self.area.n} prompts"
        told = "is not shown to tell" if self.area.low <= 0.5 else "hardly tells" if self.area.value < 0.65 else "tells"
        return f"complexity {told} which prompts {self.model}, the cheapest, fails: {shown}; 0.5 is a coin)"

    def to_json(self) -> dict[str, Any]:
        """Plain values for files."""
        return {
            "model": self.model,
            **_plain(self.area),
            "tasks": [
                {
                    "task": one.task,
                    **_plain(one.area),
                    "classes": {name: {"failed": failed, "n": n} for name, (failed, n) in one.failed.items()},
                }
                for one in self.tasks
            ],
            "verdict": self.verdict,
        }


def _plain(area: Area) -> dict[str, Any]:
    rounded = {name: getattr(area, name) for name in ("value", "low", "high")}
    return {name: None if value is None else round(value, 6) for name, value in rounded.items()} | {"n": area.n}


def predict(evidence: Evidence) -> Prediction | None:
    """What the classes tell of the cheapest model. None without a prompt that has checks and a class.

    Only prompts with checks count: acceptance by comparison already knows the other model. The variance is DeLong's
    (Biometrics 44, 1988), of the placements of both groups, summed by family where prompts share one (Obuchowski,
    Biometrics 53, 1997) and never below that of prompts by themselves. The interval is Wilson's for as many trials as
    have that variance, with Student's t of one degree of freedom fewer than the families of the rarer outcome. Over
    tasks, areas are weighted by their pairs of a failed and a passed prompt.
    """
    cheapest = _cheapest(evidence)
    found: dict[str, list[_Row]] = {}
    for asked in evidence.asked:
        answer = asked.answers.get(cheapest or "")
        if asked.checked and asked.complexity is not None and answer is not None and answer.passed is not None:
            rank = COMPLEXITIES.index(asked.complexity)
            found.setdefault(asked.cell.task, []).append(_Row(rank, answer.passed <= 0.5, asked.family))
    if cheapest is None or not found:
        return None
    parts = {task: _part(rows) for task, rows in found.items()}
    tasks = tuple(
        TaskPrediction(
            task=task,
            area=_area([parts[task]]),
            failed={
                name: (sum(row.failed for row in rows if row.rank == place), sum(row.rank == place for row in rows))
                for place, name in enumerate(COMPLEXITIES)
            },
        )
        for task, rows in found.items()
    )
    return Prediction(model=cheapest, area=_area(list(parts.values())), tasks=tasks)


class _Row(NamedTuple):
    rank: int
    failed: bool
    family: str


class _Part(NamedTuple):
    """One task: its prompts, its pairs of a failed and a passed one, the area, its variance and degrees of freedom."""

    n: int
    pairs: int = 0
    value: float = 0.0
    variance: float = 0.0
    freedom: int = 0


def _part(rows: Sequence[_Row]) -> _Part:
    failed, passed = ([row for row in rows if row.failed is wrong] for wrong in (True, False))
    freedom = min(len({row.family for row in group}) for group in (failed, passed)) - 1
    if freedom < 1:
        return _Part(len(rows))
    hard = [math.fsum(_over(f.rank, p.rank) for p in passed) / len(passed) for f in failed]
    easy = [math.fsum(_over(f.rank, p.rank) for f in failed) / len(failed) for p in passed]
    value = math.fsum(hard) / len(hard)
    alone = _variance(hard, value) / len(hard) + _variance(easy, value) / len(easy)
    moves = [(one - value) / len(group) for group in (hard, easy) for one in group]
    clustered, _ = family_variance(moves, [row.family for row in (*failed, *passed)])
    variance = max(alone, len(rows) ** 2 * (clustered or 0.0))
    return _Part(len(rows), len(failed) * len(passed), value, variance, freedom)


def _area(parts: Sequence[_Part]) -> Area:
    """The area over these tasks, each by its pairs."""
    pairs, n = sum(part.pairs for part in parts), sum(part.n for part in parts)
    if not pairs:
        return Area(value=None, low=None, high=None, n=n)
    value = math.fsum(part.value * part.pairs / pairs for part in parts)
    variance = math.fsum(part.variance * (part.pairs / pairs) ** 2 for part in parts)
    freedom = sum(part.freedom for part in parts)
    # where all placements are alike, or nearly so, only the number of families says how little is known
    trials = value * (1.0 - value) / variance if variance > TOLERANCE else freedom + 1.0
    squared = student_quantile(0.975, freedom) ** 2
    centre = (value + squared / (2.0 * trials)) / (1.0 + squared / trials)
    half = math.sqrt(squared * (value * (1.0 - value) / trials + squared / (4.0 * trials**2))) / (
        1.0 + squared / trials
    )
    return Area(value=value, low=max(0.0, centre - half), high=min(1.0, centre + half), n=n)


def _over(hard: int, easy: int) -> float:
    return 1.0 if hard > easy else 0.5 if hard == easy else 0.0


def _variance(values: Sequence[float], mean: float) -> float:
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _cheapest(evidence: Evidence) -> str | None:
    means: dict[str, Decimal] = {}
    for model in evidence.places:
        costs = [asked.answers[model].cost_usd for asked in evidence.asked if model in asked.answers]
        mean = mean_money(costs) if costs else None
        if mean is not None:
            means[model] = mean
    return min(means, key=lambda model: (means[model], model)) if means else None
