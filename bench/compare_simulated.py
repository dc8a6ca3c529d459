"""`evals compare` on the embedded simulator's own answers: `python -m bench.compare_simulated` (about four minutes)

Four models answer the 250 Chinese prompts in two runs in one world (even and odd samples of `World.answer`, both orders
of every pair judged in process; `--samples K` answers a prompt and run). In the second run one of them has lost so much
skill that its win rate falls by 8 points throughout, or by 30 in one category of 24 prompts, or nothing. These answers
are restless: `bench.compare` says what that costs, and holds the targets for steadier ones. Exit 1 when equal runs
raise alarms in more than 8 % of the seeds.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tabulate import tabulate

from bench.compare import ALARMS_AT_MOST
from bench.coverage import plan_pairs
from evals.catalog import load_catalog
from evals.compare import RunScores, SuiteScores, compare
from evals.library import load_suite
from evals.records import PlannedPair, Prompt, Suite
from evals.simulator import World

CATEGORY = "classical"
HIT = "moonshot/k2.5"
CASES: Mapping[str, tuple[float, str | None]] = {
    "nothing (equal runs)": (0.0, None),
    "8 points in all prompts": (0.08, None),
    "30 points in one category of 24": (0.30, CATEGORY),
}
_CALIBRATED_ON = 8
_VALUE = {"first": 1.0, "tie": 0.5, "second": 0.0}

Scores = dict[tuple[str, str], dict[str, float]]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Who answers what, and who judges whom."""

    suite: Suite
    pairs: tuple[PlannedPair, ...]
    samples: int = 1

    def prompts(self, category: str | None) -> list[Prompt]:
        """The prompts of one category, or all."""
        return [prompt for prompt in self.suite.prompts if category in (None, prompt.category)]


class Twice:
    """One world in which all models answer twice; the second time one of them may be weaker."""

    def __init__(self, setting: Setting, seed: int) -> None:
        self._setting = setting
        self._seed = seed
        self._world = World([setting.suite], seed=seed)
        self._second = [
            {model: self._texts(self._world, model, 2 * n + 1, setting.suite.prompts) for model in self._models}
            for n in range(setting.samples)
        ]

    @property
    def _models(self) -> list[str]:
        return list(dict.fromkeys(model for pair in self._setting.pairs for model in (pair.first, pair.second)))

    @cached_property
    def before(self) -> Scores:
        """The first run's folded scores."""
        prompts = self._setting.suite.prompts
        return _mean(
            self._judged({m: self._texts(self._world, m, 2 * n, prompts) for m in self._models}, prompts)
            for n in range(self._setting.samples)
        )

    @cached_property
    def again(self) -> Scores:
        """The second run's, nobody being weaker."""
        return _mean(self._judged(texts, self._setting.suite.prompts) for texts in self._second)

    def weaker(self, loss: float, category: str | None) -> Scores:
        """The second run's, one model having lost so many logits of skill on these prompts."""
        skill = {kind: value - loss for kind, value in self._world.profile(HIT).skill.items()}
        prompts = self._setting.prompts(category)
        weak = World([self._setting.suite], seed=self._seed, skills={HIT: skill})
        changed = _mean(
            self._judged({**texts, HIT: self._texts(weak, HIT, 2 * n + 1, prompts)}, prompts, only=HIT)
            for n, texts in enumerate(self._second)
        )
        return {pair: {**scores, **changed.get(pair, {})} for pair, scores in self.again.items()}

    @staticmethod
    def _texts(world: World, model: str, sample: int, prompts: Sequence[Prompt]) -> dict[str, str]:
        return {prompt.id: world.answer(model, prompt, sample=sample).text for prompt in prompts}

    def _judged(
        self, texts: Mapping[str, Mapping[str, str]], prompts: Sequence[Prompt], *, only: str | None = None
    ) -> Scores:
        found: Scores = {}
        for pair in self._setting.pairs:
            if only not in (None, pair.first, pair.second):
                continue
            one, two, judge = texts[pair.first], texts[pair.second], pair.judges[0]
            found[pair.first, pair.second] = {
                p.id: 0.5
                + _VALUE[self._world.judge_pair(judge, p, one[p.id], two[p.id])] / 2.0
                - _VALUE[self._world.judge_pair(judge, p, two[p.id], one[p.id])] / 2.0
                for p in prompts
            }
        return found


def _mean(samples: Iterable[Scores]) -> Scores:
    """The samples of a prompt are one score, their mean."""
    each = list(samples)
    return {
        pair: {prompt: math.fsum(one[pair][prompt] for one in each) / len(each) for prompt in scores}
        for pair, scores in each[0].items()
    }


def rate(scores: Scores, prompts: Sequence[Prompt]) -> float:
    """The win rate of the model that is to fall."""
    mine = [
        scores[pair][p.id] if pair[0] == HIT else 1.0 - scores[pair][p.id]
        for pair in scores
        if HIT in pair
        for p in prompts
    ]
    return math.fsum(mine) / len(mine)


def loss_of(setting: Setting, points: float, category: str | None) -> float:
    """The loss of skill that costs so many points, by halving over a few worlds of their own."""
    worlds, prompts = [Twice(setting, 10_000 + n) for n in range(_CALIBRATED_ON)], setting.prompts(category)
    whole = math.fsum(rate(world.again, prompts) for world in worlds)
    low, high = 0.0, 4.0
    for _ in range(9):
        middle = (low + high) / 2.0
        fell = whole - math.fsum(rate(world.weaker(middle, category), prompts) for world in worlds)
        low, high = (middle, high) if fell < points * len(worlds) else (low, middle)
    return high


def as_run(name: str, scores: Scores, suite: Suite) -> RunScores:
    """As `evals compare` reads it."""
    made = SuiteScores(
        hash=suite.hash,
        judging="bench",
        judges=dict.fromkeys(scores, ("judge",)),
        categories={prompt.id: prompt.category for prompt in suite.prompts},
        scores=scores,
        families={},
    )
    return RunScores(name=name, simulated=True, baseline=None, suites={suite.name: made})


def measure(setting: Setting, *, seeds: int) -> dict[str, tuple[int, int]]:
    """Per case: in how many seeds the planted place was named, and in how many anything was called worse."""
    losses = {title: loss_of(setting, *planted) if planted[0] else 0.0 for title, planted in CASES.items()}
    found = dict.fromkeys(CASES, (0, 0))
    for seed in range(seeds):
        world = Twice(setting, seed)
        before = as_run("before", world.before, setting.suite)
        for title, (planted, category) in CASES.items():
            after = world.weaker(losses[title], category) if planted else world.again
            worse = compare(before, as_run("after", after, setting.suite)).regressions()
            named = any(one.model == HIT and one.category == category for one in worse)
            found[title] = (found[title][0] + named, found[title][1] + bool(worse))
    return found


def main() -> int:
    """Print the table; 1 when equal runs raise too many alarms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--samples", type=int, default=1, help="answers per prompt and run (default 1)")
    options = parser.parse_args()
    seeds = options.seeds
    catalog = load_catalog(None)
    pairs = tuple(plan_pairs(catalog, catalog.candidates, catalog.judges))
    setting = Setting(suite=load_suite("chinese"), pairs=pairs, samples=options.samples)
    found = measure(setting, seeds=seeds)
    rows = [
        [title, f"{named / seeds:.1%}" if CASES[title][0] else "-", f"{alarms / seeds:.1%}"]
        for title, (named, alarms) in found.items()
    ]
    print(f"SIMULATED answers of four models, 250 prompts in 12 categories, {options.samples} a prompt and run.\n")
    print(tabulate(rows, headers=["planted", f"named in {seeds} seeds", "any alarm"], tablefmt="github"))
    return int(found["nothing (equal runs)"][1] > ALARMS_AT_MOST * seeds)


if __name__ == "__main__":
    sys.exit(main())
