"""Does a planned run find what it was promised to find? `python -m bench.power` (`--small` in seconds)

For each design the prompts (or the gap) are planned, then runs of that size with that true gap are simulated and
tested by the functions a run itself uses. A line fails when the detected share is more than 3 points off the promise,
beyond Monte-Carlo error; lines far from the earlier run are shown and not gated. Beside it stands the same plan made
by the normal formula alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from evals.stats import (
    HeadToHead,
    Paired,
    PowerPlan,
    against_baseline,
    detectable_gap,
    head_to_head,
    head_to_head_design,
    paired_design,
    power_of,
    prompts_for,
    prompts_needed,
)

from .tables import outside, percent, show

Floats = NDArray[np.float64]
World = Callable[[np.random.Generator, int, float], Floats]
"""A column of so many prompts with so large a shift: pair scores, or differences of two models."""

MARGIN = 0.03
EARLIER = 20_000
"""Prompts of the earlier run: many, so that the plan is tested and not the luck of one estimate."""


def hard_verdicts(ties: float) -> World:
    """Won, lost or tied; the shift is the gap itself."""

    def draw(source: np.random.Generator, n: int, shift: float) -> Floats:
        won = (1 - ties) / 2 + shift
        drawn = source.random(n)
        scores: Floats = np.where(drawn < won, 1.0, np.where(drawn < won + ties, 0.5, 0.0))
        return scores

    return draw


def two_orders(source: np.random.Generator, n: int, shift: float) -> Floats:
    """Scores 0, 1/4, ... 1: two orders that share the prompt's leaning, a tenth of the verdicts ties."""
    leaning = source.normal(shift, 1.2, (n, 1))
    verdicts = source.random((n, 2)) < 1 / (1 + np.exp(-leaning))
    scores: Floats = np.where(source.random((n, 2)) < 0.1, 0.5, verdicts).mean(axis=1)
    return scores


def against_same(source: np.random.Generator, n: int, shift: float) -> Floats:
    """Differences of two models' scores against a baseline, two orders each, on prompts of unlike difficulty."""
    logit = source.normal(0.0, 1.0, (n, 1)) + np.array([shift, 0.0])
    scores = source.binomial(2, 1 / (1 + np.exp(-logit))) / 2
    gaps: Floats = scores[:, 0] - scores[:, 1]
    return gaps


@dataclass(frozen=True, kw_only=True)
class Line:
    """One plan to be kept: the design, the world it is of, and the true gap or the prompts it starts from.

    Not gated: a gap so far beyond the earlier run's that what its scores would look like is a guess.
    """

    name: str
    design: HeadToHead | Paired
    world: World
    gap: float | None = None
    n: int | None = None
    power: float = 0.8
    gated: bool = True

    def plan(self) -> PowerPlan:
        """What is promised."""
        if self.gap is not None:
            return prompts_for(self.design, gap=self.gap, power=self.power)
        assert self.n is not None
        return detectable_gap(self.design, n=self.n, power=self.power)


def lines() -> list[Line]:
    """The lines of the table."""
    source = np.random.default_rng(1)
    folded = head_to_head_design(two_orders(source, EARLIER, 0.0))
    paired = paired_design(against_same(source, EARLIER, 0.0))
    assumed = Paired(variance=paired.variance)
    twelve = HeadToHead(ties=0.12)
    return [
        *[Line(name="head to head, 12 % ties", design=twelve, world=hard_verdicts(0.12), gap=g) for g in (0.05, 0.1)],
        Line(name="head to head, 12 % ties", design=twelve, world=hard_verdicts(0.12), gap=0.3),
        Line(name="head to head, 12 % ties", design=twelve, world=hard_verdicts(0.12), n=250, power=0.9),
        Line(name="head to head, 40 % ties", design=HeadToHead(ties=0.4), world=hard_verdicts(0.4), gap=0.1),
        Line(name="head to head, no ties", design=HeadToHead(ties=0.0), world=hard_verdicts(0.0), n=24),
        *[Line(name="two orders, earlier run", design=folded, world=two_orders, gap=g) for g in (0.08, 0.12)],
        Line(name="two orders, far from earlier", design=folded, world=two_orders, gap=0.25, gated=False),
        *[Line(name="paired, earlier run", design=paired, world=against_same, gap=g) for g in (0.08, 0.15)],
        Line(name="paired, earlier run", design=paired, world=against_same, n=90),
        Line(name="paired, far from earlier", design=paired, world=against_same, gap=0.3, gated=False),
        Line(name="paired, variance only", design=assumed, world=against_same, gap=0.08),
        Line(name="paired, variance only", design=assumed, world=against_same, n=60),
    ]


def shift_for(world: World, gap: float, centre: float) -> float:
    """The shift at which the world's mean is `gap` off the centre."""
    if world not in (two_orders, against_same):
        return gap

    def miss(shift: float) -> float:
        return float(world(np.random.default_rng(3), 400_000, shift).mean()) - centre - gap

    return float(brentq(miss, 0.0, 8.0, xtol=1e-4))


def detected(line: Line, plan: PowerPlan, repetitions: int, seed: int) -> int:
    """In how many runs the test of the run names the right side."""
    assert plan.n is not None
    assert plan.gap is not None
    direct = isinstance(line.design, HeadToHead)
    shift = shift_for(line.world, plan.gap, 0.5 if direct else 0.0)
    test = head_to_head if direct else against_baseline
    source = np.random.default_rng(seed)
    return sum(test([line.world(source, plan.n, shift)])[0].better == "first" for _ in range(repetitions))


def by_formula(line: Line, plan: PowerPlan) -> str:
    """What the normal formula asks for this gap, and the power it really has."""
    design = line.design
    variance = design.variance if isinstance(design, Paired) else design.size**2 * (1 - design.ties)
    assert plan.gap is not None
    n = prompts_needed(plan.gap, variance=variance, power=line.power)
    assert n is not None
    return f"{n} ({100 * power_of(design, n=n, gap=plan.gap):.0f} %)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when a promise is missed by more than 3 points."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repetitions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_true", help="a few repetitions, in seconds")
    chosen = parser.parse_args(arguments)
    repetitions = 200 if chosen.small else chosen.repetitions
    rows, failed = [], []
    for line in lines():
        plan = line.plan()
        assert plan.achieved is not None
        hits = detected(line, plan, repetitions, chosen.seed)
        promise = f"{100 * plan.achieved:.1f}"
        rows.append([line.name, f"{plan.gap:.3f}", plan.n, plan.test, promise, percent(hits, repetitions)])
        rows[-1].append(by_formula(line, plan))
        if line.gated and outside(hits, repetitions, plan.achieved - MARGIN, plan.achieved + MARGIN):
            failed.append(f"{line.name}, n={plan.n}")
    print(f"One comparison at 5 %; {repetitions} simulated runs at the planned n and gap.\n")
    headers = ["design", "gap", "n", "test", "promised, %", "detected, %", "formula: n (its power)"]
    show(rows, headers)
    if failed:
        print(f"\nmore than 3 points off: {'; '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
