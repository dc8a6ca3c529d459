"""Does a calibration find the judge's true figures? `python -m bench.judge_quality` (`--small` in seconds)

Simulated judges of known accuracy, position bias, length bias and handling of ties judge gold pairs in both orders,
drawn anew each time; others score one answer at a time, each with a harshness of its own. Counted is how often the
95 % interval holds the true figure, which is found by going through all outcomes of a pair. A figure held in fewer
than 93 % of the seeds fails. Then panels of three judges: how often the corrupted one is named, and a sound one (in
more than 5 %: fails).
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evals.stats import (
    GoldScores,
    GoldVerdicts,
    JudgeQuality,
    StratifiedTotal,
    WinRate,
    judge_quality,
    scored_quality,
    stands_apart,
)

from .tables import outside, percent, show

Floats = NDArray[np.float64]
LEAST = 0.93
PANEL_SIZES = (20, 60, 120, 250)
DEFECTS = {
    "number": 0.10,
    "script": 0.08,
    "unit": 0.06,
    "fact": 0.04,
    "cut-off": 0.02,
    "constraint": -0.02,
    "invented": -0.04,
    "neighbour": -0.06,
    "injection": -0.08,
    "polished-wrong": -0.10,
}
"""How much easier than the mean a defect is to see."""
PASS_MARK = 7
SPREAD = 0.08
"""Half of the pairs are so much easier than their defect, half harder: verdicts of a pair hang together."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of gold pair."""

    better: Literal["a", "b", "tie"]
    longer: Literal["a", "b"]
    defect: str
    easier: float


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Takes the first answer, or the longer, regardless in so many cases; else is right with `accuracy`.

    `ties` is how often it then says tie on a decisive pair, `sees_ties` how often on a true tie.
    """

    name: str
    accuracy: float
    position: float = 0.0
    length: float = 0.0
    ties: float = 0.0
    sees_ties: float = 0.7

    def chances(self, *, better: str, longer: str, first: str, easier: float) -> dict[float, float]:
        """How likely the verdict first (1), tie (0.5), second (0) is."""
        honest = 1.0 - self.position - self.length
        tie = honest * (self.sees_ties if better == "tie" else self.ties)
        right = 0.5 if better == "tie" else min(1.0, self.accuracy + easier)
        named = honest - tie
        win = self.position + self.length * (longer == first)
        win += named * (right if better in (first, "tie") else 1.0 - right)
        return {1.0: win, 0.5: tie, 0.0: 1.0 - win - tie}

    def outcomes(self, kind: Kind) -> Iterator[tuple[GoldVerdicts, float]]:
        """A pair as judged, and how likely that is."""
        one, other = (
            self.chances(better=kind.better, longer=kind.longer, first=first, easier=kind.easier)
            for first in ("a", "b")
        )
        for a_first, b_first in product(one, other):
            pair = GoldVerdicts(
                better=kind.better, a_first=a_first, b_first=b_first, longer=kind.longer, defect=kind.defect
            )
            yield pair, one[a_first] * other[b_first]


@dataclass(frozen=True, kw_only=True)
class Scorer:
    """Scores one answer at a time from 1 to 10: a good one about `good`, a faulty one `gap` lower, with an error of
    standard deviation `error`; the longer one of a pair gets `length` more."""

    name: str
    good: float
    gap: float
    error: float = 1.5
    length: float = 0.0

    def chances(self, kind: Kind, side: str) -> list[float]:
        """How likely each score is: a normal draw, rounded, cut at the ends of the scale."""
        mean = self.good + self.length * (kind.longer == side)
        mean -= (self.gap + 10 * kind.easier) * (kind.better not in (side, "tie"))
        below = [0.0, *(0.5 * (1 + math.erf((k + 0.5 - mean) / self.error / math.sqrt(2))) for k in range(1, 10)), 1.0]
        return [high - low for low, high in pairwise(below)]

    def outcomes(self, kind: Kind) -> Iterator[tuple[GoldScores, float]]:
        """A pair as scored, and how likely that is."""
        for (a, of_a), (b, of_b) in product(*(enumerate(self.chances(kind, side), 1) for side in "ab")):
            pair = GoldScores(better=kind.better, a=a, b=b, longer=kind.longer, defect=kind.defect)
            yield pair, of_a * of_b


def kinds() -> tuple[list[Kind], list[Kind]]:
    """Decisive kinds, equally frequent, and true ties."""
    sides: tuple[Literal["a", "b"], ...] = ("a", "b")
    decisive = [
        Kind(better=better, longer=longer, defect=defect, easier=easier + spread)
        for better, longer, (defect, easier), spread in product(sides, sides, DEFECTS.items(), (-SPREAD, SPREAD))
    ]
    return decisive, [Kind(better="tie", longer=longer, defect="", easier=0.0) for longer in sides]


Pair = GoldVerdicts | GoldScores
Score = Callable[[Kind, GoldVerdicts], float | None]


@cache
def outcomes_of(judge: Judge | Scorer, kind: Kind) -> tuple[tuple[Pair, ...], Floats]:
    """What a judge may make of a pair, and how likely each is."""
    pairs, chances = zip(*judge.outcomes(kind), strict=True)
    return pairs, np.array(chances)


def as_verdicts(pair: Pair) -> GoldVerdicts:
    """A pair as who won it in either order."""
    return pair.verdicts() if isinstance(pair, GoldScores) else pair


def winners(pair: GoldVerdicts) -> tuple[int, int]:
    """1 for a, -1 for b, 0 for a tie, in the two orders."""
    assert pair.a_first is not None
    assert pair.b_first is not None
    return int(np.sign(pair.a_first - 0.5)), -int(np.sign(pair.b_first - 0.5))


def right(kind: Kind, pair: GoldVerdicts) -> float | None:
    """The share of the better answer."""
    share = (2 + sum(winners(pair))) / 4
    return None if kind.better == "tie" else share if kind.better == "a" else 1 - share


def first_share(pair: GoldVerdicts) -> float | None:
    """Of the winners named, the part shown first."""
    one, other = winners(pair)
    named = [side == 1 for side in (one, -other) if side]
    return sum(named) / len(named) if named else None


def truths(judge: Judge | Scorer, pairs: int, ties: int) -> dict[str, float]:
    """The true figures, by going through every outcome of every kind."""
    decisive, even = kinds()

    def expect(score: Score) -> float:
        total = weight = 0.0
        for group, size in ((decisive, pairs), (even, ties)):
            for kind in group:
                for pair, chance in zip(*outcomes_of(judge, kind), strict=True):
                    value = score(kind, as_verdicts(pair))
                    if value is not None:
                        total += value * chance * size / len(group)
                        weight += chance * size / len(group)
        return total / weight

    def only(test: Callable[[Kind], bool], score: Score) -> float:
        return expect(lambda kind, pair: score(kind, pair) if test(kind) else None)

    def with_defect(name: str) -> Callable[[Kind], bool]:
        return lambda kind: kind.defect == name

    def tied(_: Kind, pair: GoldVerdicts) -> float:
        return winners(pair).count(0) / 2

    def flipped(_: Kind, pair: GoldVerdicts) -> float | None:
        one, other = winners(pair)
        return None if one == other == 0 else float(one * other < 0)

    long_better = only(lambda kind: kind.longer == kind.better, right)
    short_better = only(lambda kind: kind.better != "tie" and kind.longer != kind.better, right)
    if isinstance(judge, Scorer):
        of_kind = {"sensitivity": passing(judge, decisive, good=True), "specificity": 1 - passing(judge, decisive)}
    else:
        of_kind = {
            "both_right": only(lambda kind: kind.better != "tie", lambda kind, pair: float(right(kind, pair) == 1.0)),
            "sensitivity": only(lambda kind: kind.better == "a", right),
            "specificity": only(lambda kind: kind.better == "b", right),
            "flip_rate": expect(flipped),
            "first_shown": expect(lambda _, pair: first_share(pair)),
        }
    return {
        "accuracy": expect(right),
        **of_kind,
        "longer_preferred": (long_better + 1 - short_better) / 2,
        "ties_seen": only(lambda kind: kind.better == "tie", tied),
        "ties_invented": only(lambda kind: kind.better != "tie", tied),
        **{f"defect {name}": only(with_defect(name), right) for name in DEFECTS},
    }


def passing(judge: Scorer, decisive: Sequence[Kind], *, good: bool = False) -> float:
    """How many of the better, or of the worse, answers reach the pass mark."""
    sides = [(kind, "a" if (kind.better == "a") is good else "b") for kind in decisive]
    return sum(sum(judge.chances(kind, side)[PASS_MARK - 1 :]) for kind, side in sides) / len(sides)


def calibrate(judge: Judge | Scorer, pairs: int, ties: int, source: np.random.Generator) -> JudgeQuality:
    """One calibration on gold pairs drawn anew."""
    decisive, even = kinds()
    found = []
    for group, size in ((decisive, pairs), (even, ties)):
        for place in source.integers(0, len(group), size):
            judged, chances = outcomes_of(judge, group[place])
            found.append(judged[source.choice(len(judged), p=chances)])
    if isinstance(judge, Scorer):
        return scored_quality([pair for pair in found if isinstance(pair, GoldScores)], pass_mark=PASS_MARK)
    return judge_quality([as_verdicts(pair) for pair in found])


def figure(found: JudgeQuality, name: str) -> WinRate | StratifiedTotal | None:
    """One figure by its name."""
    if name.startswith("defect "):
        return found.per_defect.get(name.removeprefix("defect "))
    rate: WinRate | StratifiedTotal | None = getattr(found, name)
    return rate


def judges() -> list[Judge]:
    """The judges of the table."""
    return [
        Judge(name="good", accuracy=0.88, sees_ties=0.8),
        Judge(name="position bias", accuracy=0.8, position=0.2, ties=0.05),
        Judge(name="length bias", accuracy=0.8, length=0.25, ties=0.05, sees_ties=0.5),
        Judge(name="both, weak", accuracy=0.65, position=0.25, length=0.15, ties=0.15, sees_ties=0.4),
    ]


def scorers() -> list[Scorer]:
    """The judges of the second table."""
    return [
        Scorer(name="good", good=7.8, gap=3.0),
        Scorer(name="too kind", good=9.2, gap=2.0, error=1.2),
        Scorer(name="length bias", good=7.0, gap=2.0, length=1.5),
        Scorer(name="coarse, weak", good=6.5, gap=0.8, error=0.8),
    ]


@dataclass(kw_only=True)
class Held:
    """How often the interval of a figure held the truth, of how many, and the sum of widths."""

    name: str
    truth: float
    hits: int = 0
    count: int = 0
    width: float = 0.0


def run_judge(judge: Judge | Scorer, pairs: int, ties: int, repetitions: int, seed: int) -> list[Held]:
    """All figures of one judge over many calibrations."""
    source = np.random.default_rng(seed)
    lines = [Held(name=name, truth=truth) for name, truth in truths(judge, pairs, ties).items()]
    for _ in range(repetitions):
        found = calibrate(judge, pairs, ties, source)
        for line in lines:
            rate = figure(found, line.name)
            if rate is not None and rate.low is not None and rate.high is not None:
                line.hits += rate.low - 1e-12 <= line.truth <= rate.high + 1e-12
                line.width += rate.high - rate.low
                line.count += 1
    return lines


# ------------------------------------------------------------------------------------------- who stands apart?
def panel(source: np.random.Generator, n: int, right: Sequence[float], corrupted: str = "") -> Floats:
    """Scores of judges folded over two orders on prompts of unlike difficulty; the first judge may be corrupted."""
    better = (source.random((n, 1)) < 0.6).astype(float)
    skill = np.log(np.array(right) / (1 - np.array(right))) + source.normal(0, 0.7, (n, 1))
    hits = source.random((2, n, len(right))) < 1 / (1 + np.exp(-skill))
    scores: Floats = np.where(hits, better, 1 - better).mean(axis=0)
    if corrupted:
        scores[:, 0] = {
            "contrary": 1 - scores[:, 0],
            "at random": source.binomial(2, 0.5, n) / 2,
            "place only": np.full(n, 0.5),
            "for one side": np.ones(n),
        }[corrupted]
    return scores


def panel_rows(repetitions: int, seed: int) -> tuple[list[list[object]], bool]:
    """How often `stands_apart` names the corrupted judge, or a sound one; and whether the latter is too often."""
    source = np.random.default_rng(seed)
    sound = {"equal, 80 % right": (0.8, 0.8, 0.8), "85, 80 and 72 % right": (0.85, 0.8, 0.72), "all guess": (0.5,) * 3}
    cases = [(name, right, "") for name, right in sound.items()]
    cases += [
        (f"one {word}", (0.8, 0.8, 0.8), word) for word in ("contrary", "place only", "for one side", "at random")
    ]
    rows: list[list[object]] = []
    failed = False
    for name, right, corrupted in cases:
        row: list[object] = [name]
        for n in PANEL_SIZES:
            named = [stands_apart(panel(source, n, right, corrupted)).judge for _ in range(repetitions)]
            caught = named.count(0) if corrupted else 0
            wrong = repetitions - named.count(None) - caught
            failed = failed or outside(wrong, repetitions, 0.0, 0.05)
            alarms = percent(wrong, repetitions)
            row.append(f"{100 * caught / repetitions:.0f} / {alarms}" if corrupted else f"- / {alarms}")
        rows.append(row)
    return rows, failed


def judge_rows(
    judges: Sequence[Judge | Scorer], pairs: int, ties: int, repetitions: int, seed: int
) -> tuple[list[list[object]], list[str]]:
    """A line for each figure with a cell for each judge; and the figures that are held too seldom."""
    rows: dict[str, list[object]] = {}
    failed = []
    for judge in judges:
        found = run_judge(judge, pairs, ties, repetitions, seed)
        worst = min((one for one in found if one.name.startswith("defect ")), key=lambda one: one.hits / one.count)
        for one in [*(one for one in found if not one.name.startswith("defect ")), worst]:
            name = f"worst of {len(DEFECTS)} defects" if one is worst else one.name
            held = percent(one.hits, one.count)
            rows.setdefault(name, [name]).append(f"{one.truth:.3f}: {held} / {one.width / one.count:.2f}")
        failed += [f"{judge.name}, {one.name}" for one in found if outside(one.hits, one.count, LEAST)]
    return list(rows.values()), failed


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when a figure is held too seldom."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=72, help="decisive gold pairs")
    parser.add_argument("--ties", type=int, default=8, help="true ties")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_true", help="a few repetitions, in seconds")
    chosen = parser.parse_args(arguments)
    repetitions = 40 if chosen.small else chosen.repetitions
    size = chosen.pairs, chosen.ties, repetitions, chosen.seed
    rows, failed = judge_rows(judges(), *size)
    scored, failed_scored = judge_rows(scorers(), *size)
    failed += failed_scored
    print(f"{chosen.pairs} decisive gold pairs and {chosen.ties} true ties, {repetitions} seeds.")
    print("Cells: true figure: held by the 95 % interval, percent / mean width.\n")
    show(rows, ["figure", *(judge.name for judge in judges())])
    print(f"\nThe same of judges that score one answer at a time, from 1 to 10; pass mark {PASS_MARK}\n")
    show(scored, ["figure", *(judge.name for judge in scorers())])
    panels, alarmed = panel_rows(repetitions, chosen.seed)
    print("\nPanels of three judges: corrupted judge named / a sound one named, percent\n")
    show(panels, ["panel", *(f"{n} prompts" for n in PANEL_SIZES)])
    if failed:
        print(f"\nheld in fewer than 93 %: {'; '.join(failed)}")
    return int(bool(failed) or alarmed)


if __name__ == "__main__":
    sys.exit(main())
