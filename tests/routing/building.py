"""Small catalogs and evidence for tests, so that a test names only what it is about."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from evals.routing._decide import Cell
from evals.routing._evidence import Answer, Asked, Evidence

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
BEFORE = "2026-03-01T00:00:00+00:00"
OLD, NEW, THIRD = "old-model", "new-model", "third-model"
EASY, HARD = Cell(task="chinese", complexity="low"), Cell(task="chinese", complexity="high")


def offer(model: str, price: str | None = "1.00", **more: Any) -> dict[str, Any]:
    """An offer at the gateway with an output price, or with none."""
    rates = [] if price is None else [{"usd_per_mtok": {"input": "0.10", "output": price}}]
    return {
        "model": model,
        "host": "gateway",
        "region": None,
        "family": model.split("-", 1)[0],
        "modalities": ["text"],
        "context": 128_000,
        "rates": rates,
        **more,
    }


def route_entry(model: str, task: str = "*", complexity: str = "any", **more: Any) -> dict[str, Any]:
    """A written route."""
    return {
        "model": model,
        "host": "gateway",
        "region": None,
        "task": task,
        "complexity": complexity,
        "image": False,
        "evidence": "impression",
        "since": None,
        "run": None,
        "reason": "as ever",
        **more,
    }


def row(
    model: str, task: str = "chinese", complexity: str = "any", *, low: float, cost: str | None, **more: Any
) -> dict[str, Any]:
    """A measured row: the win rate's lower bound and dollars per accepted answer are what decisions read."""
    origin = {
        "level": 0.95,
        "method": "m",
        "n": 80,
        "run": "r",
        "judge": "j",
        "valid_from": BEFORE,
        "valid_until": None,
    }
    return {
        "model": model,
        "host": "gateway",
        "region": None,
        "task": task,
        "complexity": complexity,
        "image": False,
        "evidence": "measured",
        "quality": {"value": low + 0.05, "low": low, "high": low + 0.1, "pool": "p", **origin},
        "accepted": {"value": 0.8, "low": 0.7, "high": 0.9, **origin},
        "cost_per_accepted_usd": {"value": cost, "low": cost, "high": cost, **origin},
        "latency_s": {
            "p50": 0.5,
            "p95": 1.0,
            "p99": 1.5,
            "n": 80,
            "run": "r",
            "valid_from": BEFORE,
            "valid_until": None,
        },
        "tokens_per_s": 60.0,
        "served_model": [model],
        **more,
    }


def catalog(
    *,
    offers: Sequence[dict[str, Any]] | None = None,
    rows: Sequence[dict[str, Any]] = (),
    routes: Sequence[dict[str, Any]] | None = None,
    simulated: bool = False,
) -> dict[str, Any]:
    """A catalog whose every request goes to the old model unless other routes are given."""
    return {
        "schema": 1,
        "kind": "routing-catalog",
        "simulated": simulated,
        "updated_at": None,
        "offers": list(offers if offers is not None else [offer(OLD), offer(NEW), offer(THIRD)]),
        "rows": list(rows),
        "routes": list(routes if routes is not None else [route_entry(OLD)]),
        "check": None,
    }


def answer(cost: str | None = "0.001", *, passed: float | None = None, served: str = "") -> Answer:
    """One model's answer."""
    return Answer(
        passed=passed,
        cost_usd=None if cost is None else Decimal(cost),
        unknown=() if cost is not None else ("input price",),
        latencies_s=(0.5,),
        tokens_per_s=(60.0,),
        served=(served,) if served else (),
    )


def evidence(
    wins: Mapping[str, Sequence[float]],
    *,
    incumbent: str = OLD,
    costs: Mapping[str, str | None] | None = None,
    cell: Cell | None = None,
    checked: bool = False,
    **more: Any,
) -> Evidence:
    """Challengers and their scores against the incumbent, prompt by prompt; `checked`: every answer passes checks."""
    n = len(next(iter(wins.values())))
    models = [incumbent, *wins]
    prices = dict.fromkeys(models, "0.001") | dict(costs or {})
    asked = []
    for number in range(n):
        scores = {}
        for model, column in wins.items():
            scores[model, incumbent] = column[number]
            scores[incumbent, model] = 1.0 - column[number]
        asked.append(
            Asked(
                cell=cell or Cell(task="chinese", complexity="high"),
                prompt_id=f"p{number}",
                checked=checked,
                family=f"f{number}",
                complexity="high",
                answers={
                    model: answer(prices[model], passed=1.0 if checked else None, served=model) for model in models
                },
                scores=scores,
            )
        )
    settings: dict[str, Any] = {
        "run": "run-1",
        "simulated": False,
        "untrusted": (),
        "faults": (),
        "notes": (),
        "measured_at": "2026-03-03T00:00:00+00:00",
        "judges": {"chinese": "judge-a"},
        "places": dict.fromkeys(models, ("gateway", None)),
        "pools": {"chinese": "pool-1"},
        "served": {model: (model,) for model in models},
    }
    if more.get("untrusted"):
        settings |= {"doubted": frozenset({"chinese"}), "uncalibrated": True}
    return Evidence(asked=tuple(asked), **{**settings, **more})


def column(n: int, rate: float, *, seed: int = 0) -> list[float]:
    """n scores of 0 or 1, exactly the share that wins, shuffled."""
    wins = round(n * rate)
    values = [1.0] * wins + [0.0] * (n - wins)
    random.Random(seed).shuffle(values)
    return values


def world(n: int, *, knows: bool, seed: int = 0, one_hard_in: int = 2) -> Evidence:
    """Half easy, half hard; the old model is good at one half of the prompts, the new one at the other.

    `knows`: that half is the easy one, so that a rule by complexity is right; else it is drawn at random.
    """
    rng = random.Random(seed)
    base = evidence({NEW: [0.5] * n}, checked=True)
    asked: list[Asked] = []
    for number, prompt in enumerate(base.asked):
        hard = number % one_hard_in == 1
        new_is_right = hard if knows else rng.random() < 0.5
        answers = {
            OLD: answer("0.001", passed=float(not new_is_right)),
            NEW: answer("0.004", passed=float(new_is_right)),
        }
        cell = HARD if hard else EASY
        asked.append(replace(prompt, cell=cell, complexity=cell.complexity, answers=answers))
    return replace(base, asked=tuple(asked))
