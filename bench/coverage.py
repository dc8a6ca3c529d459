"""Do the intervals hold what they promise? `python -m bench.coverage`

Many simulated scorings of freshly drawn prompts: each draws prompts of the suite with replacement, draws the models'
affinities to them, their answers and the judges' errors anew, and sends both orders of every pair through the
shipped `evals.score`. Counted is how often the 95 % interval of each pair's win rate, and of each model's, holds the
true value for fresh prompts (computed by the simulator in another way: in closed form over the judges' errors).
The judge is called in process; no wire is involved. Exit 1 when a pair's coverage leaves the band.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from tabulate import tabulate

from evals.catalog import Catalog, load_catalog
from evals.library import load_suite
from evals.records import Judgment, Plan, PlannedPair, PlannedSuite, Suite
from evals.score import score
from evals.simulator import TruthTable, World, truth

BAND = (0.93, 0.975)
"""Acceptable coverage of a nominal 95 % interval, for each pair."""
CHUNK = 25
TRUTH_DRAWS = 2000


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """What is repeated: a suite, who answers, who judges whom, how many prompts a scoring draws."""

    suite: str
    pairs: tuple[PlannedPair, ...]
    models: tuple[str, ...]
    prompts: int
    seed: int


Interval = tuple[float, float, float]
"""Value, low, high."""


def repetition(world: World, suite: Suite, experiment: Experiment, number: int) -> list[Interval]:
    """One scoring of freshly drawn prompts: the interval of each pair, then of each model."""
    source = random.Random(f"{experiment.seed}/{number}")
    ids = tuple(f"{position:05d}" for position in range(experiment.prompts))
    plan = Plan(
        suites=(
            PlannedSuite(
                name=suite.name, hash=suite.hash, definition="bench", prompt_ids=ids, categories=("",) * len(ids)
            ),
        ),
        models=experiment.models,
        pairs=experiment.pairs,
        simulated=True,
    )

    def verdicts() -> Iterator[Judgment]:
        for position, prompt_id in enumerate(ids):
            prompt = source.choice(suite.prompts)
            fresh = 1 + number * experiment.prompts + position  # no draw is ever used twice
            found = {
                model: world.analyse(prompt, world.answer(model, prompt, fresh=fresh).text)
                for model in experiment.models
            }
            for pair in experiment.pairs:
                for judge in pair.judges:
                    for first, second in ((pair.first, pair.second), (pair.second, pair.first)):
                        yield Judgment(
                            suite=suite.name,
                            prompt_id=prompt_id,
                            judge=judge,
                            definition="bench",
                            first=first,
                            second=second,
                            key="",
                            status="ok",
                            winner=world.judge_pair(judge, prompt, found[first], found[second], fresh=fresh),
                        )

    scores = score(plan, (), verdicts())
    rates = [entry["win_rate"] for entry in (*scores["pairs"], *scores["models"])]
    return [(rate["value"], rate["low"], rate["high"]) for rate in rates]


def _chunk(experiment: Experiment, numbers: range) -> list[list[Interval]]:
    suite = load_suite(experiment.suite)
    world = World([suite], seed=experiment.seed)
    return [repetition(world, suite, experiment, number) for number in numbers]


def collect(experiment: Experiment, *, repetitions: int, workers: int) -> list[list[Interval]]:
    """All repetitions, in their order whatever the number of worker processes."""
    chunks = [range(start, min(start + CHUNK, repetitions)) for start in range(0, repetitions, CHUNK)]
    if workers == 1:
        return [row for chunk in chunks for row in _chunk(experiment, chunk)]
    with ProcessPoolExecutor(workers) as pool:
        found = pool.map(_chunk, [experiment] * len(chunks), chunks)
        return [row for chunk in found for row in chunk]


def rows(experiment: Experiment, table: TruthTable, found: Sequence[Sequence[Interval]]) -> list[dict[str, Any]]:
    """Per pair, then per model: the truth, the coverage with its Monte-Carlo error, mean width and mean estimate."""
    truths = [(f"{p.first} v {p.second}", table.pair(p.first, p.second).fresh) for p in experiment.pairs]
    truths += [(model, table.model(model).fresh) for model in experiment.models]
    count = len(found)
    lines = []
    for at, (name, true) in enumerate(truths):
        column = [row[at] for row in found]
        covered = sum(low <= true <= high for _, low, high in column) / count
        lines.append(
            {
                "name": name,
                "is_pair": at < len(experiment.pairs),
                "true": true,
                "mean": math.fsum(value for value, _, _ in column) / count,
                "coverage": covered,
                "error": math.sqrt(covered * (1 - covered) / count),
                "width": math.fsum(high - low for _, low, high in column) / count,
            }
        )
    return lines


def outside(lines: Sequence[dict[str, Any]]) -> list[str]:
    """The pairs whose coverage is not in the band."""
    return [line["name"] for line in lines if line["is_pair"] and not BAND[0] <= line["coverage"] <= BAND[1]]


def plan_pairs(catalog: Catalog, models: Sequence[str], judges: Sequence[str]) -> tuple[PlannedPair, ...]:
    """Every pair with the first judge whose family is on neither side."""
    pairs = []
    for first, second in combinations(models, 2):
        families = {catalog.family(first), catalog.family(second)}
        judge = next((name for name in judges if catalog.family(name) not in families), judges[0])
        pairs.append(PlannedPair(first=first, second=second, judges=(judge,)))
    return tuple(pairs)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.coverage", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--suite", default="chinese", help="a shipped suite or a path (default: chinese)")
    parser.add_argument("--repetitions", type=int, default=2000, help="simulated scorings (default: 2000)")
    parser.add_argument("--prompts", type=int, default=80, help="freshly drawn prompts a scoring (default: 80)")
    parser.add_argument("--models", help="comma-separated; default: the catalog's candidates")
    parser.add_argument("--judge", help="comma-separated; default: the catalog's judges")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, choices=(1, 2), default=2, help="processes (default: 2)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the table; returns 1 when a pair's coverage is outside the band."""
    options = _arguments(argv)
    catalog = load_catalog(None)
    models = tuple(options.models.split(",")) if options.models else catalog.candidates
    judges = tuple(options.judge.split(",")) if options.judge else catalog.judges
    experiment = Experiment(
        suite=options.suite,
        pairs=plan_pairs(catalog, models, judges),
        models=models,
        prompts=options.prompts,
        seed=options.seed,
    )
    started = time.monotonic()
    found = collect(experiment, repetitions=options.repetitions, workers=options.workers)
    suite = load_suite(options.suite)
    by_pair = {(pair.first, pair.second): pair.judges for pair in experiment.pairs}
    table = truth(World([suite], seed=options.seed), models, suite, by_pair, draws=TRUTH_DRAWS, seed=options.seed)
    lines = rows(experiment, table, found)
    print(
        f"SIMULATED. Coverage of the 95 % interval: {options.repetitions} scorings of {len(models)} models x"
        f" {options.prompts} fresh prompts of {suite.name}, seed {options.seed}\n"
    )
    print(
        tabulate(
            [
                [
                    line["name"],
                    f"{line['true']:.2%}",
                    f"{line['mean']:.2%}",
                    f"{line['coverage']:.2%} ± {line['error']:.2%}",
                    f"{line['width']:.2%}",
                ]
                for line in lines
            ],
            headers=["win rate of", "true (fresh)", "mean estimate", "coverage ± Monte-Carlo error", "mean width"],
            tablefmt="github",
        )
    )
    bad = outside(lines)
    verdict = f"outside {BAND[0]:.1%} to {BAND[1]:.1%}: {', '.join(bad)}" if bad else "every pair is in the band"
    print(f"\n{verdict} ({time.monotonic() - started:.0f} s)")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
