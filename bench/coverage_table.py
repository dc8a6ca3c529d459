"""Do the intervals, rank sets and tests of `evals.stats` hold what they promise? `python -m bench.coverage_table`

Each line repeats one experiment with a known truth: models draw a quality for every prompt (Gumbel noise around their
strength, so that Bradley-Terry holds exactly), each two are compared on it, a share of verdicts is a tie. Prompts of a
family, or repeats of a prompt, share their draw with some probability, which leaves the truth as it is. Counted is
how often the shipped function's 95 % interval holds the truth. A line fails when the 99.9 % Monte-Carlo interval of
its coverage lies wholly outside the band. Exit 1 when a line fails.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tabulate import tabulate

from bench.worlds import ALIKE, VERY_ALIKE, Lengths, World, duel, equal_families, unequal_families
from evals.stats import (
    WinRate,
    against_baseline,
    bradley_terry,
    head_to_head,
    length_controlled_rate,
    paired_difference,
    prompt_means,
    sensitivity,
    stratified,
    top_shares,
    win_rate,
)

Floats = NDArray[np.float64]
Hit = tuple[bool, float]
"""Did the interval hold the truth, and how wide was it?"""

LEVEL = 0.95
Z_999 = 3.2905
FAMILY_WISE = 0.055
BOOTSTRAPS = 99
SIZES = (20, 50, 200, 800)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the table: `trial` draws data anew and says whether the interval held the truth.

    `lower_only`: covering too often is no fault. `errors`: a hit is a false claim, of which at most 5.5 % may be.
    `gated` lines must lie in the band; the others are printed for comparison. `units` counts the families of a line
    whose rare outcome comes by families: then they, not the prompts, say how small the sample is.
    """

    what: str
    case: str
    n: int
    trial: Callable[[np.random.Generator], Hit]
    lower_only: bool = False
    errors: bool = False
    gated: bool = True
    units: int | None = None

    @property
    def band(self) -> tuple[float, float]:
        """The acceptable share of hits."""
        if self.errors:
            return 0.0, FAMILY_WISE
        if (self.units or self.n) < 50:
            return 0.92, 1.0
        return 0.93, 1.0 if self.lower_only else 0.975


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How often a line hit, with the 99.9 % Monte-Carlo interval."""

    line: Line
    hits: int
    repetitions: int
    width: float

    @property
    def share(self) -> float:
        """The share of hits."""
        return self.hits / self.repetitions

    @property
    def failed(self) -> bool:
        """Does the 99.9 % interval (Wilson) of the share lie wholly outside the band?"""
        n, share = self.repetitions, self.share
        centre = (share + Z_999**2 / (2 * n)) / (1 + Z_999**2 / n)
        half = Z_999 / (1 + Z_999**2 / n) * math.sqrt(share * (1 - share) / n + Z_999**2 / (4 * n * n))
        low, high = self.line.band
        return self.line.gated and (centre + half < low or centre - half > high)


def holds(low: float | None, high: float | None, truth: float) -> Hit:
    """Whether an interval holds the truth, and its width."""
    return low is not None and high is not None and low <= truth <= high, (high or 0.0) - (low or 0.0)


# ------------------------------------------------------------------------------------------- win rates
def rate_line(world: World, n: int, case: str, *, missing: float = 0.0) -> Line:
    """The win rate of a pair; with repeats folded first, with verdicts missing at random."""
    truth = world.rate((0, 1))

    def trial(source: np.random.Generator) -> Hit:
        scores = world.play(source, n)[:, :, 0]
        if world.repeats > 1:
            means, _, _ = prompt_means(scores.ravel().tolist(), np.repeat(np.arange(n), world.repeats).tolist())
            scores = np.array(means)[:, None]
        kept = source.random(n) >= missing
        families = None if world.families is None else np.array(world.families)[kept]
        found = win_rate(scores[kept, 0], level=LEVEL, families=families)
        return holds(found.low, found.high, truth)

    units = None if world.families is None else len(set(world.families))
    return Line(what="win rate", case=case, n=n, trial=trial, units=units)


def rate_lines() -> Iterator[Line]:
    """Win rates from .5 to .95, ties from 0 to 40 %, families, repeats, missing verdicts."""
    for rate in (0.5, 0.8, 0.95):
        for ties in (0.0, 0.2, 0.4):
            for n in (20, 50, 100, 200, 800):
                yield rate_line(duel(rate, ties=ties), n, f"p {rate:.2f}, ties {ties:.0%}")
    for rate in (0.5, 0.8, 0.95):
        yield rate_line(duel(rate, ties=0.12, repeats=2, alike=0.6), 100, f"p {rate:.2f}, two orders")
        yield rate_line(duel(rate, repeats=5, alike=0.7), 200, f"p {rate:.2f}, 5 repeats")
        yield rate_line(duel(rate, ties=0.12), 100, f"p {rate:.2f}, 10 % missing", missing=0.1)
        for count, size in ((8, 10), (10, 5), (20, 10), (50, 4)):
            families = equal_families(count, size)
            world = duel(rate, ties=0.12, families=families, alike=ALIKE)
            yield rate_line(world, len(families), f"p {rate:.2f}, {count} families of {size}")
        families = unequal_families(24)
        world = duel(rate, ties=0.12, families=families, alike=ALIKE)
        yield rate_line(world, len(families), f"p {rate:.2f}, 24 unequal families")
        for count in (8, 20):
            world = duel(rate, ties=0.12, families=equal_families(count, 10), alike=VERY_ALIKE)
            yield rate_line(world, 10 * count, f"p {rate:.2f}, {count} families of 10, very alike")


def bounds_line(rate: float, n: int, lost: float) -> Line:
    """Worst-case bounds with sampling error, when this share of one side's losses goes missing."""
    world = duel(rate, ties=0.12)
    truth = world.rate((0, 1))

    def trial(source: np.random.Generator) -> Hit:
        scores = world.play(source, n)[:, 0, 0]
        kept = (scores > 0) | (source.random(n) >= lost)
        found = sensitivity(scores[kept], missing=n - int(kept.sum()), level=LEVEL)
        return holds(found.low_with_error, found.high_with_error, truth)

    return Line(
        what="worst-case bounds", case=f"p {rate:.2f}, {lost:.0%} of losses lost", n=n, trial=trial, lower_only=True
    )


def total_line(rates: Sequence[float], sizes: Sequence[int], weights: Sequence[float]) -> Line:
    """The weighted total of several suites."""
    worlds = [duel(rate, ties=0.12) for rate in rates]
    truth = sum(w * world.rate((0, 1)) for w, world in zip(weights, worlds, strict=True)) / sum(weights)

    def trial(source: np.random.Generator) -> Hit:
        parts: list[WinRate] = [
            win_rate(world.play(source, n)[:, 0, 0], level=LEVEL) for world, n in zip(worlds, sizes, strict=True)
        ]
        found = stratified(parts, weights=weights)
        return holds(found.low, found.high, truth)

    shown = ["/".join(map(str, values)) for values in (rates, sizes, weights)]
    case = f"p {shown[0]}, n {shown[1]}, weights {shown[2]}"
    return Line(what="total of suites", case=case, n=sum(sizes), trial=trial)


# ------------------------------------------------------------------------------------------- pair differences
def difference_line(
    rates: tuple[float, float], ties: float, n: int, *, families: tuple[int, ...] | None = None, alike: float = ALIKE
) -> Line:
    """Two models through a shared baseline."""
    logits = [math.log(rate / (1 - rate)) for rate in rates]
    world = World(strengths=(*logits, 0.0), ties=ties, families=families, alike=alike if families else 0.0)
    truth = world.rate((0, 2)) - world.rate((1, 2))
    first, second = world.pairs.index((0, 2)), world.pairs.index((1, 2))

    def trial(source: np.random.Generator) -> Hit:
        scores = world.play(source, n)[:, 0]
        gaps = scores[:, first] - scores[:, second]
        found = paired_difference(gaps, level=LEVEL, families=families)
        return holds(found.low, found.high, truth)

    extra = f", {len(set(families))} families" if families else ""
    gated = alike == ALIKE
    case = f"p {rates[0]:.2f} and {rates[1]:.2f}, ties {ties:.0%}{extra}{'' if gated else ', very alike'}"
    return Line(what="pair difference", case=case, n=n, trial=trial, gated=gated)


def difference_lines() -> Iterator[Line]:
    """Equal and unlike models, with and without ties and families."""
    for rates in ((0.5, 0.5), (0.8, 0.6), (0.95, 0.8), (0.95, 0.5)):
        for ties in (0.0, 0.4):
            for n in (20, 50, 100, 800) if ties else (20, 50, 99, 200):
                yield difference_line(rates, ties, n)
        yield difference_line(rates, 0.12, 80, families=equal_families(8, 10))
        families = unequal_families(24)
        yield difference_line(rates, 0.12, len(families), families=families)
    for count in (8, 20):
        yield difference_line((0.95, 0.8), 0.12, 10 * count, families=equal_families(count, 10), alike=VERY_ALIKE)


# ------------------------------------------------------------------------------------------- ranking
FIELDS = {
    "equal": (0.0, 0.0, 0.0, 0.0, 0.0),
    "spread": (1.47, 0.5, -0.5, -1.47),
    "one strong": (2.94, 0.0, 0.0, 0.0),
    "two": (2.94, 0.0),
}


@cache
def true_strengths(world: World) -> tuple[float, ...]:
    """What infinitely many prompts would give: the fit to the true win rates (ties pull the strengths together)."""
    first, second = zip(*world.pairs, strict=True)
    rates = [world.rate(pair) for pair in world.pairs]
    fitted = bradley_terry(first, second, rates, [0] * len(rates), models=len(world.strengths), bootstraps=0)
    return tuple(strength.value for strength in fitted.strengths)


def battles(world: World, source: np.random.Generator, n: int, missing: float) -> tuple[Any, Any, Any, Any]:
    """The four columns of `bradley_terry`; prompts are families where there are any."""
    scores = world.play(source, n).mean(axis=1)
    first, second = np.array(world.pairs).T
    unit = np.arange(n) if world.families is None else np.array(world.families)
    kept = source.random(scores.shape) >= missing
    shape = scores.shape
    return (
        np.broadcast_to(first, shape)[kept],
        np.broadcast_to(second, shape)[kept],
        scores[kept],
        np.broadcast_to(unit[:, None], shape)[kept],
    )


def strength_line(name: str, n: int, model: int, case: str = "", *, missing: float = 0.0, **settings: Any) -> Line:
    """One model's Bradley-Terry strength."""
    world = World(strengths=FIELDS[name], **settings)
    truth = true_strengths(world)[model]

    def trial(source: np.random.Generator) -> Hit:
        columns = battles(world, source, n, missing)
        fitted = bradley_terry(*columns, models=len(world.strengths), level=LEVEL, bootstraps=0)
        return holds(fitted.strengths[model].low, fitted.strengths[model].high, truth)

    case = f"{name}, ties {world.ties:.0%}{case}, model {model + 1}"
    return Line(what="strength", case=case, n=n, trial=trial)


def strength_lines() -> Iterator[Line]:
    """Fields of models, ties, families, repeats, a tenth of the battles missing."""
    for name in FIELDS:
        for ties in (0.0, 0.4):
            for n in SIZES if name == "spread" else SIZES[:3]:
                yield strength_line(name, n, 0, ties=ties)
    yield strength_line("spread", 50, 1, ties=0.2)
    yield strength_line("one strong", 200, 1, ties=0.2)
    yield strength_line("spread", 100, 0, ", 3 repeats", ties=0.12, repeats=3, alike=0.7)
    yield strength_line("spread", 100, 0, ", 10 % missing", ties=0.12, missing=0.1)
    for count, size in ((10, 5), (20, 10)):
        settings = {"ties": 0.12, "families": equal_families(count, size), "alike": ALIKE}
        yield strength_line("spread", count * size, 0, f", {count} families of {size}", **settings)


def ranks_line(
    name: str, n: int, case: str = "", *, errors: bool = False, missing: float = 0.0, **settings: Any
) -> Line:
    """All rank sets at once; with `errors`: is anybody called better among equals?"""
    world = World(strengths=FIELDS[name], **settings)
    true = true_strengths(world)
    sets = [(1 + sum(t > mine + 1e-9 for t in true), len(true) - sum(t < mine - 1e-9 for t in true)) for mine in true]

    def trial(source: np.random.Generator) -> Hit:
        columns = battles(world, source, n, missing)
        seed = int(source.integers(1 << 31))
        fitted = bradley_terry(*columns, models=len(true), level=LEVEL, bootstraps=BOOTSTRAPS, seed=seed)
        held = all(low <= best and worst <= high for (low, high), (best, worst) in zip(fitted.ranks, sets, strict=True))
        size = sum(high - low + 1 for low, high in fitted.ranks) / len(true)
        return (bool(fitted.above) if errors else held), size

    case = f"{name}, ties {world.ties:.0%}{case}"
    return Line(what="rank sets", case=case, n=n, trial=trial, lower_only=True, errors=errors)


def ranks_lines() -> Iterator[Line]:
    """Rank sets over the same fields."""
    for name in ("equal", "spread", "one strong"):
        for n in (20, 50, 200):
            yield ranks_line(name, n, ties=0.12)
    yield ranks_line("one strong", 800, ties=0.4)
    yield ranks_line("equal", 50, ", 10 % missing", ties=0.4, missing=0.1)
    yield ranks_line("spread", 100, ", 10 families of 10", ties=0.12, families=equal_families(10, 10), alike=ALIKE)


# ------------------------------------------------------------------------------------------- length control
@cache
def true_controlled(design: Lengths) -> float:
    """The controlled rate of 400,000 prompts without noise."""
    chance, gaps = design.draw(np.random.default_rng(5), 400_000)
    return length_controlled_rate((1 - design.ties) * chance + design.ties / 2, gaps, bootstraps=0).value


def length_line(design: Lengths, n: int, *, families: int = 0, bootstrap: bool = False) -> Line:
    """The length-controlled win rate; with `bootstrap` its percentile interval, which is not the one to trust."""
    units = np.repeat(np.arange(families), n // families) if families else np.arange(n)

    def trial(source: np.random.Generator) -> Hit:
        chance, gaps = design.draw(source, n)
        luck = source.random(n)
        if families:
            luck = np.where(source.random(n) < ALIKE, source.random(families)[units], luck)
        scores = np.where(source.random(n) < design.ties, 0.5, (luck < chance).astype(float))
        found = length_controlled_rate(
            scores,
            gaps,
            families=units if families else None,
            level=LEVEL,
            bootstraps=BOOTSTRAPS if bootstrap else 0,
            seed=int(source.integers(1 << 31)),
        )
        truth = true_controlled(design)
        if bootstrap:
            return holds(found.bootstrap_low, found.bootstrap_high, truth)
        return holds(found.low, found.high, truth)

    what = "controlled rate, percentile bootstrap" if bootstrap else "controlled rate"
    extra = f", {families} families" if families else ""
    case = f"p {design.rate:.2f}, slope {design.slope:g}, ties {design.ties:.0%}{extra}"
    return Line(what=what, case=case, n=n, trial=trial, gated=not bootstrap)


def length_lines() -> Iterator[Line]:
    """Length-controlled win rates."""
    for rate, slope, ties in ((0.5, 1.0, 0.0), (0.5, 1.0, 0.4), (0.8, -1.0, 0.12), (0.95, 0.5, 0.0), (0.95, 0.5, 0.4)):
        for n in SIZES:
            yield length_line(Lengths(rate, slope, ties), n)
    yield length_line(Lengths(0.8, 1.0, 0.12), 100, families=10)
    yield length_line(Lengths(0.8, 1.0, 0.12), 200, families=40)
    for n in (20, 50, 200):
        yield length_line(Lengths(0.95, 0.5, 0.0), n, bootstrap=True)


# ------------------------------------------------------------------------------------------- top shares
def top_columns(world: World, source: np.random.Generator, n: int) -> list[Floats]:
    """Each model's mean score over its opponents on each prompt."""
    scores = world.play(source, n).mean(axis=1)
    columns = np.zeros((len(world.strengths), n))
    for (first, second), score in zip(world.pairs, scores.T, strict=True):
        columns[first] += score
        columns[second] += 1 - score
    return list(columns / (len(world.strengths) - 1))


@cache
def true_shares(world: World) -> tuple[float, float]:
    """The first model's tied and strict share over a million prompts."""
    columns = np.array(top_columns(world, np.random.default_rng(6), 1_000_000))
    best = columns >= columns.max(axis=0) - 1e-9
    return float(best[0].mean()), float((best[0] / best.sum(axis=0)).mean())


def share_line(name: str, ties: float, n: int, *, strict: bool, families: tuple[int, ...] | None = None) -> Line:
    """The first model's share of prompts on which nobody scores higher."""
    plain = World(strengths=FIELDS[name], ties=ties)
    world = World(strengths=FIELDS[name], ties=ties, families=families, alike=ALIKE if families else 0.0)

    def trial(source: np.random.Generator) -> Hit:
        found = top_shares(top_columns(world, source, n), level=LEVEL, families=families)[strict][0]
        return holds(found.low, found.high, true_shares(plain)[strict])

    extra = f", {len(set(families))} families" if families else ""
    what = "top share, strict" if strict else "top share, tied"
    return Line(what=what, case=f"{name}, ties {ties:.0%}{extra}", n=n, trial=trial)


def share_lines() -> Iterator[Line]:
    """Tied and strict top shares."""
    for strict in (False, True):
        for name, ties in (("equal", 0.0), ("spread", 0.2), ("one strong", 0.4)):
            for n in (20, 50, 200):
                yield share_line(name, ties, n, strict=strict)
        yield share_line("spread", 0.2, 800, strict=strict)
        yield share_line("spread", 0.2, 100, strict=strict, families=equal_families(20, 5))


# ------------------------------------------------------------------------------------------- false claims among equals
def claims_line(
    models: int, n: int, ties: float, *, families: tuple[int, ...] | None = None, baseline: bool = False
) -> Line:
    """Holm over all pairs of equal models: is any pair called different?"""
    strengths = (0.0,) * models + ((-0.8,) if baseline else ())
    world = World(strengths=strengths, ties=ties, families=families, alike=ALIKE if families else 0.0)
    places = [world.pairs.index((model, models)) for model in range(models)] if baseline else []

    def trial(source: np.random.Generator) -> Hit:
        scores = world.play(source, n)[:, 0]
        if baseline:
            columns = [scores[:, i] - scores[:, j] for i, j in combinations(places, 2)]
            found = against_baseline(columns, level=LEVEL)
        else:
            groups = None if families is None else [families] * scores.shape[1]
            found = head_to_head(list(scores.T), families=groups, level=LEVEL)
        return any(pair.better is not None for pair in found), 0.0

    what = "Holm, through a baseline" if baseline else "Holm, head to head"
    extra = f", {len(set(families))} families" if families else ""
    return Line(what=what, case=f"{models} equal models, ties {ties:.0%}{extra}", n=n, trial=trial, errors=True)


def claims_lines() -> Iterator[Line]:
    """False claims among equal models."""
    yield claims_line(6, 30, 0.12)
    yield claims_line(6, 200, 0.12)
    yield claims_line(4, 100, 0.12, families=equal_families(10, 10))
    yield claims_line(4, 50, 0.12, baseline=True)
    yield claims_line(5, 150, 0.12, baseline=True)
    yield ranks_line("equal", 100, errors=True, ties=0.12)


# ------------------------------------------------------------------------------------------- the table
def lines(*, small: bool) -> list[Line]:
    """All experiments; the small table takes one of each kind."""
    if small:
        return [
            rate_line(duel(0.8, ties=0.2), 50, "p 0.80, ties 20%"),
            rate_line(duel(0.8, families=equal_families(10, 5), alike=ALIKE), 50, "p 0.80, 10 families of 5"),
            bounds_line(0.8, 50, 0.2),
            total_line((0.9, 0.6), (30, 30), (1, 3)),
            difference_line((0.8, 0.6), 0.2, 50),
            strength_line("spread", 50, 0, ties=0.2),
            ranks_line("spread", 20, ties=0.2),
            length_line(Lengths(0.8, 1.0, 0.12), 50),
            share_line("spread", 0.2, 50, strict=True),
            claims_line(4, 30, 0.12),
        ]
    bounds = [bounds_line(rate, n, 0.3) for rate in (0.5, 0.8) for n in (20, 50, 200, 800)]
    totals = [
        total_line((0.5, 0.8), (50, 50), (1, 1)),
        total_line((0.95, 0.6, 0.8), (20, 200, 80), (1, 1, 1)),
        total_line((0.95, 0.9), (50, 400), (3, 1)),
    ]
    return [
        *rate_lines(),
        *bounds,
        *totals,
        *difference_lines(),
        *strength_lines(),
        *ranks_lines(),
        *length_lines(),
        *share_lines(),
        *claims_lines(),
    ]


def measure(line: Line, *, repetitions: int, seed: int) -> Outcome:
    """Repeats one experiment; the seed and the line's own words decide every draw."""
    source = np.random.default_rng([seed, *f"{line.what}/{line.case}/{line.n}".encode()])
    found = [line.trial(source) for _ in range(repetitions)]
    hits = sum(hit for hit, _ in found)
    return Outcome(line=line, hits=hits, repetitions=repetitions, width=math.fsum(w for _, w in found) / repetitions)


def row(outcome: Outcome) -> list[str]:
    """One line of the table."""
    line = outcome.line
    low, high = line.band
    error = math.sqrt(outcome.share * (1 - outcome.share) / outcome.repetitions)
    band = f"at most {high:.1%}" if line.errors else f"{low:.0%} to {high:.1%}" if high < 1 else f"at least {low:.0%}"
    return [
        line.what,
        line.case,
        str(line.n),
        f"{outcome.share:.1%} ± {error:.1%}",
        f"{outcome.width:.3f}" if outcome.width else "",
        band if line.gated else "for comparison",
        "FAILED" if outcome.failed else "",
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the table; returns 1 when a line fails."""
    parser = argparse.ArgumentParser(prog="python -m bench.coverage_table", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--repetitions", type=int, help="of each line (default: 4000; false claims 10000; small: 150)")
    parser.add_argument("--only", default="", help="lines whose first columns contain this")
    parser.add_argument("--small", action="store_true", help="one line of each kind, in seconds")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(argv)
    started, outcomes = time.monotonic(), []
    for line in lines(small=options.small):
        if options.only in f"{line.what}: {line.case}":
            usual = 150 if options.small else 10_000 if line.errors else 4000
            outcomes.append(measure(line, repetitions=options.repetitions or usual, seed=options.seed))
    headers = ["figure", "case", "n", "held ± Monte-Carlo error", "mean width", "band", ""]
    print(tabulate([row(outcome) for outcome in outcomes], headers=headers, tablefmt="github", disable_numparse=True))
    failed = [outcome.line for outcome in outcomes if outcome.failed]
    print(f"\n{len(outcomes)} lines, {len(failed)} failed, seed {options.seed}")
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
