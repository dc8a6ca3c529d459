"""How well the complexity classes predict: do they tell which prompts the cheapest model fails?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from evals.routing._compare import Z95, mean_money
from evals.routing._decide import COMPLEXITIES
from evals.routing._evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """The chance that a failed prompt is classed harder than one that was passed, ties half; 0.5 is a coin.

    None where fewer than two prompts failed or fewer than two passed. `n` counts prompts.
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

    Only prompts with checks count: acceptance by comparison already knows the other model. The interval is DeLong's
    (Biometrics 44, 1988), the variances of the placements of both groups; over tasks, areas are weighted by their
    pairs of a failed and a passed prompt.
    """
    cheapest = _cheapest(evidence)
    found: dict[str, list[tuple[int, bool]]] = {}
    for asked in evidence.asked:
        answer = asked.answers.get(cheapest or "")
        if asked.checked and asked.complexity is not None and answer is not None and answer.passed is not None:
            rank = COMPLEXITIES.index(asked.complexity)
            found.setdefault(asked.cell.task, []).append((rank, answer.passed <= 0.5))
    if cheapest is None or not found:
        return None
    parts = {task: _area(rows) for task, rows in found.items()}
    tasks = tuple(
        TaskPrediction(
            task=task,
            area=parts[task][0],
            failed={
                name: (sum(failed for rank, failed in rows if rank == place), sum(rank == place for rank, _ in rows))
                for place, name in enumerate(COMPLEXITIES)
            },
        )
        for task, rows in found.items()
    )
    return Prediction(model=cheapest, area=_together(list(parts.values())), tasks=tasks)


def _area(rows: Sequence[tuple[int, bool]]) -> tuple[Area, float, int]:
    """The area of one task, its variance and its number of pairs."""
    failed = [rank for rank, wrong in rows if wrong]
    passed = [rank for rank, wrong in rows if not wrong]
    if len(failed) < 2 or len(passed) < 2:
        return Area(value=None, low=None, high=None, n=len(rows)), 0.0, 0
    hard = [math.fsum(_over(f, p) for p in passed) / len(passed) for f in failed]
    easy = [math.fsum(_over(f, p) for f in failed) / len(failed) for p in passed]
    value = math.fsum(hard) / len(hard)
    variance = _variance(hard, value) / len(hard) + _variance(easy, value) / len(easy)
    return _bounded(value, variance, len(rows)), variance, len(failed) * len(passed)


def _together(parts: Sequence[tuple[Area, float, int]]) -> Area:
    pairs = sum(count for _, _, count in parts)
    known = [(area.value, variance, count / pairs) for area, variance, count in parts if area.value is not None]
    n = sum(area.n for area, _, _ in parts)
    if not known:
        return Area(value=None, low=None, high=None, n=n)
    value = math.fsum(value * share for value, _, share in known)
    return _bounded(value, math.fsum(variance * share**2 for _, variance, share in known), n)


def _bounded(value: float, variance: float, n: int) -> Area:
    half = Z95 * math.sqrt(variance)
    return Area(value=value, low=max(0.0, value - half), high=min(1.0, value + half), n=n)


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
