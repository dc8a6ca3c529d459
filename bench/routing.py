"""Does a route ever change on noise, and is it worth something when it changes? `python -m bench.routing`

Simulated worlds whose truth is known: A/A runs through `publish` and through `ab read`, the power at the planned
number, and the regret of the routes against an oracle that knows the truth. Small by default; `--full` for the figures
of `docs/routing.md` (10,000 A/A tests; some ten minutes on one core).
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tabulate import tabulate

from evals.routing import Policy, propose
from evals.routing._ab import difference, requests_needed
from evals.routing._compare import prompts_beyond
from evals.routing._decide import Cell
from evals.routing._evidence import Answer, Asked, Evidence
from evals.stats import win_rate

NOW = datetime(2026, 3, 4, tzinfo=UTC)
MODELS = ("incumbent", "a", "b", "c")
CELLS = tuple(Cell(task="suite", complexity=complexity) for complexity in ("low", "medium", "high"))
TIES = 0.12
PASS = 0.7


def catalog() -> dict[str, Any]:
    """Everything goes to the incumbent."""
    place = {"host": "gateway", "region": None}
    route = {"task": "*", "complexity": "any", "image": False, "evidence": "none", "since": None, "run": None}
    return {
        "schema": 1,
        "kind": "routing-catalog",
        "simulated": False,
        "updated_at": None,
        "offers": [{"model": model, **place, "modalities": ["text"], "rates": []} for model in MODELS],
        "rows": [],
        "routes": [{"model": MODELS[0], **place, **route}],
        "check": None,
    }


def run(rng: random.Random, n: int, gaps: dict[str, float], prices: dict[str, float]) -> Evidence:
    """A run of n prompts a cell: each model beats the incumbent at 50 % plus its gap, ties aside; all pass alike."""
    asked = []
    for cell in CELLS:
        for number in range(n):
            scores: dict[tuple[str, str], float] = {}
            for model in MODELS[1:]:
                score = 0.5 if rng.random() < TIES else float(rng.random() < 0.5 + gaps[model] / (1 - TIES))
                scores[model, MODELS[0]], scores[MODELS[0], model] = score, 1.0 - score
            length = rng.lognormvariate(0.0, 0.5)  # long prompts make long answers of every model
            answers = {
                model: Answer(
                    passed=float(rng.random() < PASS),
                    cost_usd=Decimal(repr(round(1e-4 * prices[model] * length * rng.lognormvariate(0.0, 0.3), 10))),
                    unknown=(),
                    latencies_s=(),
                    tokens_per_s=(),
                    served=(),
                )
                for model in MODELS
            }
            place = f"{cell.complexity}-{number}"
            asked.append(
                Asked(
                    cell=cell,
                    prompt_id=place,
                    checked=True,
                    family=place,
                    complexity=cell.complexity,
                    answers=answers,
                    scores=scores,
                )
            )
    return Evidence(
        run="r",
        simulated=False,
        untrusted=(),
        faults=(),
        notes=(),
        measured_at="2026-03-03T00:00:00+00:00",
        judges={},
        places=dict.fromkeys(MODELS, ("gateway", None)),
        pools={},
        asked=tuple(asked),
    )


def promotions(evidence: Evidence) -> dict[Cell, str]:
    """The cells whose route a run would change, and to whom."""
    found = propose(catalog(), evidence, Policy(), NOW).changes
    return {change.cell: change.after for change in found if change.kind == "promoted" and change.cell and change.after}


EVEN = dict.fromkeys(MODELS, 0.0)
ALIKE = dict.fromkeys(MODELS, 1.0)


def false_promotions(looks: int, n: int, *, gap: float = 0.0) -> list[Any]:
    """`publish` on fresh runs: looks in which any of 9 challengers in 3 cells was promoted.

    With `gap` all challengers are truly better by just that; at the margin this is the hardest world to be right in.
    """
    gaps = {**dict.fromkeys(MODELS, gap), MODELS[0]: 0.0}
    wrong = sum(bool(promotions(run(random.Random(seed), n, gaps, ALIKE))) for seed in range(looks))
    name = (
        "publish, A/A, any route of a look" if not gap else f"publish, truly {100 * gap:g} points better (the margin)"
    )
    return [name, f"{n} prompts a cell", *share(wrong, looks), "at most 5 %"]


def power(looks: int, gap: float) -> list[Any]:
    """One challenger truly better by `gap`, the cells and tests of a real run, at the planned number of prompts."""
    tests = 2 * len(CELLS) * (len(MODELS) - 1)
    n = prompts_beyond(gap, margin=Policy().margin, variance=(1 - TIES) / 4, tests=tests)
    assert n is not None
    found = 0
    for seed in range(looks):
        changed = promotions(run(random.Random(seed), n, {**EVEN, "a": gap}, ALIKE))
        found += sum(after == "a" for after in changed.values())
    name = f"publish, a truly {100 * gap:g} points better, found"
    return [name, f"{n} prompts a cell (planned)", *share(found, looks * len(CELLS)), "at least 80 %"]


# --------------------------------------------------------------------------------------------- A/B
def ab_false(tests: int, *, days: int, a_day: int, part: float) -> list[Any]:
    """`ab read` every day of an A/A test: tests that promote on any day.

    A promotion needs a difference above the margin, or (with a cost that is surely lower, which an A/A test does not
    have) above minus it; the intervals are computed on the days on which the difference itself is above the margin.
    """
    margin, wrong = Policy().margin, 0
    for seed in range(tests):
        rng = random.Random(seed)
        theirs = ours = wins = our_wins = 0
        for _ in range(days):
            new = binomial(rng, a_day, part)
            theirs, ours = theirs + new, ours + a_day - new
            wins, our_wins = wins + binomial(rng, new, PASS), our_wins + binomial(rng, a_day - new, PASS)
            if theirs and ours and wins / theirs - our_wins / ours > margin:
                found = difference(column(wins, theirs), column(our_wins, ours), level=0.95)
                if found is not None and found[1] > margin:
                    wrong += 1
                    break
    return ["ab read, A/A, on any day", f"{days} days of {a_day:,}, {part:.0%}", *share(wrong, tests), "at most 5 %"]


def ab_power(tests: int, *, gap: float, part: float) -> list[Any]:
    """A challenger truly better by `gap`, read at the planned number of requests."""
    needed = requests_needed(gap, margin=Policy().margin, share=part, level=0.95, accepted=PASS)
    assert needed is not None
    found = 0
    for seed in range(tests):
        rng = random.Random(seed)
        theirs = binomial(rng, needed, part)
        ours = needed - theirs
        new, old = binomial(rng, theirs, PASS + gap), binomial(rng, ours, PASS)
        shown = difference(column(new, theirs), column(old, ours), level=0.95)
        found += shown is not None and shown[1] > Policy().margin
    name = f"ab read, truly {100 * gap:g} points better, found"
    return [name, f"{needed:,} requests (planned), {part:.0%}", *share(found, tests), "at least 80 %"]


def binomial(rng: random.Random, n: int, p: float) -> int:
    """A binomial draw: exact below 200, else by the normal approximation, which is far finer than what is read off."""
    if n < 200:
        return sum(rng.random() < p for _ in range(n))
    return min(n, max(0, round(rng.gauss(n * p, math.sqrt(n * p * (1 - p))))))


def column(wins: int, n: int) -> Sequence[float]:
    """Outcomes; their order does not matter."""
    return [1.0] * wins + [0.0] * (n - wins)


# --------------------------------------------------------------------------------------------- regret
def regret(worlds: int, n: int) -> list[list[Any]]:
    """Routes against an oracle that applies the same rule to the truth, beside two simpler habits.

    Gaps are drawn with a standard deviation of 10 points, prices from a quarter to four times the incumbent's.
    """
    habits: dict[str, Callable[[Evidence], dict[Cell, str]]] = {
        "this policy": promotions,
        "never change": lambda _: {},
        "take what looks best": best_looking,
    }
    lost: dict[str, list[float]] = {name: [] for name in habits}
    paid: dict[str, list[float]] = {name: [] for name in habits}
    worse: Counter[str] = Counter()
    for seed in range(worlds):
        rng = random.Random(seed)
        gaps = {MODELS[0]: 0.0} | {model: max(-0.4, min(0.4, rng.gauss(0, 0.1))) for model in MODELS[1:]}
        prices = {MODELS[0]: 1.0} | {model: 4 ** rng.uniform(-1, 1) for model in MODELS[1:]}
        evidence = run(rng, n, gaps, prices)
        ideal = oracle(gaps, prices)
        for name, habit in habits.items():
            routes = habit(evidence)
            for cell in CELLS:
                model = routes.get(cell, MODELS[0])
                lost[name].append(max(0.0, gaps[ideal] - gaps[model]))
                paid[name].append(prices[model] / prices[ideal])
                worse[name] += gaps[model] < -Policy().margin
    cells = worlds * len(CELLS)
    return [
        [
            name,
            f"{100 * statistics.mean(lost[name]):.1f}",
            f"{math.exp(statistics.mean(map(math.log, paid[name]))):.2f}",
            f"{100 * worse[name] / cells:.1f} %",
        ]
        for name in habits
    ]


def oracle(gaps: dict[str, float], prices: dict[str, float]) -> str:
    """The policy's rule on the truth: who may replace the incumbent, then the gate and the lowest cost."""
    policy = Policy()
    fit = [
        model
        for model in MODELS[1:]
        if gaps[model] > policy.margin or (gaps[model] > -policy.margin and prices[model] <= 1 - policy.saving)
    ]
    if not fit:
        return MODELS[0]
    bar = max(gaps[model] for model in fit) - 0.07
    return min((model for model in fit if gaps[model] >= bar), key=lambda model: prices[model])


def best_looking(evidence: Evidence) -> dict[Cell, str]:
    """The highest win rate of each cell, whatever its interval."""
    found = {}
    for cell in CELLS:
        asked = evidence.of(cell)
        rates = {m: statistics.mean(a.scores[m, MODELS[0]] for a in asked) for m in MODELS[1:]} | {MODELS[0]: 0.5}
        found[cell] = max(rates, key=lambda model: rates[model])
    return found


# --------------------------------------------------------------------------------------------- output
def share(found: int, n: int) -> list[str]:
    """A share with its 95 % interval."""
    rate = win_rate(column(found, n))
    assert rate.low is not None
    assert rate.high is not None
    return [f"{100 * rate.value:.2f} %", f"{100 * rate.low:.2f} to {100 * rate.high:.2f}", f"{n:,}"]


def main() -> int:
    """Print both tables; exit 1 when a promise is broken beyond chance."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="the numbers of docs/routing.md")
    full = parser.parse_args().full
    started = time.monotonic()
    rows = [
        false_promotions(10_000 if full else 200, 40),
        false_promotions(2_000 if full else 50, 80),
        false_promotions(2_000 if full else 50, 80, gap=0.03),
        power(40 if full else 2, 0.08),
        ab_false(10_000 if full else 500, days=28, a_day=2_000, part=0.05),
        ab_false(10_000 if full else 500, days=28, a_day=200, part=0.5),
        ab_power(500 if full else 40, gap=0.05, part=0.05),
        ab_power(500 if full else 40, gap=0.05, part=0.5),
    ]
    if full:
        rows.insert(4, power(20, 0.05))
    heads = ["what", "where", "share", "95 % CI", "n", "promised"]
    print(tabulate(rows, heads, tablefmt="github", disable_numparse=True))
    table = regret(300 if full else 30, 80)
    print("\nRegret, 80 prompts a cell, three challengers, three cells\n")
    heads = ["who decides", "points lost to the oracle", "price over the oracle's", "cells worse than before"]
    print(tabulate(table, heads, tablefmt="github", disable_numparse=True))
    print(f"\n{time.monotonic() - started:.0f} s")
    broken = [row for row in rows if not _kept(row)]
    for row in broken:
        print(f"broken: {row[0]}: {row[2]}, promised {row[5]}", file=sys.stderr)
    return 1 if broken else 0


def _kept(row: Sequence[str]) -> bool:
    low, high = (float(part) for part in row[3].split(" to "))
    return low <= 5.0 if row[5] == "at most 5 %" else high >= 80.0


if __name__ == "__main__":
    sys.exit(main())
