"""Does `evals compare` find what was planted and keep silent otherwise? `python -m bench.compare`

Two runs of 250 prompts in 10 categories (nine of 24 prompts, one of 34), as folded scores: every pair of models judged
in both orders. A model's strength on a prompt lasts from run to run, its answer and the judge's mood do not. In the
second run a model is weaker by 8 points of win rate throughout, or by 30 in one category of 24, or not at all.
Exit 1 when among four models with steady answers a planted regression is found in fewer than 80 % of the seeds, or
equal runs anywhere raise alarms in more than 8 %.

Two things cost power, and rows that are not gated show how much. With two models a prompt has one opponent instead of
three. And "restless" answers are those of the embedded simulator asked twice in one world (`World.answer` with
`sample` 0 and 1): a model's score on a prompt correlates by 0.3 from run to run, instead of 0.7, and its difference has
a standard deviation of 0.39 instead of 0.25. No test that keeps alarms below 8 % finds 30 points on 24 such prompts
in 80 % of the seeds: they are 3.9 standard errors, and the smallest of 40 p-values has to be below 0.05 / 40.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from tabulate import tabulate

from evals.compare import Compared, RunScores, SuiteScores, compare

FOUND_AT_LEAST = 0.80
ALARMS_AT_MOST = 0.08
CATEGORY = "c0"
CASES: Mapping[str, tuple[float, str | None]] = {
    "8 points in all 250 prompts": (0.08, None),
    "30 points in one category of 24": (0.30, CATEGORY),
    "nothing (equal runs)": (0.0, None),
}
"""Points planted on the first model, and where."""

_CATEGORIES = [f"c{number}" for number in range(9) for _ in range(24)] + ["c9"] * 34

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Standard deviations on the scale of strengths; verdicts closer than `tie` are ties."""

    lasting: float
    answer: float
    judge: float
    tie: float = 0.15


STEADY = Noise(lasting=0.7, answer=0.35, judge=0.35)
RESTLESS = Noise(lasting=0.55, answer=0.75, judge=0.5)


@dataclass(frozen=True, kw_only=True)
class Count:
    """Of so many seeds: in how many the planted place was named worse, and in how many anything was."""

    seeds: int
    named: int
    alarms: int


def count(planted: float, category: str | None, *, seeds: int, models: int = 4, noise: Noise = STEADY) -> Count:
    """Compare that many pairs of runs with this planted (0: nothing)."""
    named = alarms = 0
    for seed in range(seeds):
        worse = two_runs(planted, category, seed=seed, models=models, noise=noise).regressions()
        named += any(one.model == "m0" and one.category == category for one in worse)
        alarms += bool(worse)
    return Count(seeds=seeds, named=named, alarms=alarms)


def two_runs(planted: float, category: str | None, *, seed: int, models: int = 4, noise: Noise = STEADY) -> Compared:
    """One pair of runs, compared."""
    source = np.random.default_rng([seed, models])
    strength = np.linspace(0.3, -0.3, models) + noise.lasting * source.standard_normal((len(_CATEGORIES), models))
    weaker = strength.copy()
    hit = np.array([category in (None, name) for name in _CATEGORIES])
    weaker[hit, 0] -= _loss(planted, models, noise)
    runs = (("before", strength), ("after", weaker))
    return compare(*(_run(name, _scores(values, noise, source)) for name, values in runs))


def _scores(strength: Floats, noise: Noise, source: np.random.Generator) -> dict[tuple[str, str], Floats]:
    """For each pair the mean of two orders on each prompt."""
    answers = strength + noise.answer * source.standard_normal(strength.shape)
    found = {}
    for first, second in combinations(range(strength.shape[1]), 2):
        moods = noise.judge * source.standard_normal((len(answers), 2))
        lead = (answers[:, first] - answers[:, second])[:, None] + moods
        found[f"m{first}", f"m{second}"] = np.where(abs(lead) < noise.tie, 0.5, lead > 0.0).mean(axis=1)
    return found


@cache
def _loss(points: float, models: int, noise: Noise) -> float:
    """The loss of strength that costs the first model so many points of win rate, by halving on one large draw."""
    if not points:
        return 0.0
    source = np.random.default_rng(1)
    strength = np.linspace(0.3, -0.3, models) + noise.lasting * source.standard_normal((40_000, models))

    def rate(loss: float) -> float:
        weaker = strength - loss * (np.arange(models) == 0)
        scores = _scores(weaker, noise, np.random.default_rng(2))
        return float(np.mean([values.mean() for pair, values in scores.items() if pair[0] == "m0"]))

    whole, low, high = rate(0.0), 0.0, 5.0
    for _ in range(25):
        middle = (low + high) / 2.0
        low, high = (middle, high) if whole - rate(middle) < points else (low, middle)
    return high


def _run(name: str, scores: Mapping[tuple[str, str], Floats]) -> RunScores:
    ids = [f"{place:03d}" for place in range(len(_CATEGORIES))]
    suite = SuiteScores(
        hash="bench",
        judging="bench",
        judges=dict.fromkeys(scores, ("judge",)),
        categories=dict(zip(ids, _CATEGORIES, strict=True)),
        scores={pair: dict(zip(ids, values.tolist(), strict=True)) for pair, values in scores.items()},
        families={},
    )
    return RunScores(name=name, simulated=True, baseline=None, suites={"suite": suite})


def main() -> int:
    """Print the table; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    seeds = parser.parse_args().seeds
    rows, missed = [], False
    fields = ((4, "steady", STEADY), (2, "steady", STEADY), (4, "restless", RESTLESS))
    for models, answers, noise in fields:
        for title, (planted, category) in CASES.items():
            found = count(planted, category, seeds=seeds, models=models, noise=noise)
            share = (found.named if planted else found.alarms) / seeds
            good = share >= FOUND_AT_LEAST if planted else share <= ALARMS_AT_MOST
            aimed = not planted or (models > 2 and noise is STEADY)
            missed = missed or (aimed and not good)
            target = f">= {FOUND_AT_LEAST:.0%}" if planted else f"<= {ALARMS_AT_MOST:.0%}"
            rows.append(
                [
                    models,
                    answers,
                    title,
                    f"{share:.1%}",
                    target if aimed else "-",
                    "" if good or not aimed else "MISSED",
                ]
            )
    heads = ["models", "answers", "planted", f"alarm in {seeds} seeds", "target", ""]
    print(tabulate(rows, headers=heads, tablefmt="github"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
