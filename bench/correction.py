"""Do corrected win rates hold the truth where the judge's own do not? `python -m bench.correction` (`--small`)

A judge with known error rates scores every prompt of a run; people label some. Counted is how often each 95 % interval
holds the true share that people favour. A line of the method that `choose_method` names fails outside 93-97 %.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.stats import Corrected, PromptFamilies, Refusal, WinRate, choose_method, ppi, rogan_gladen, win_rate
from evals.stats._correction import LabelSource

from .tables import outside, percent, show

Floats = NDArray[np.float64]
BAND = (0.93, 0.97)
METHODS = ("raw", "ppi++", "rogan-gladen", "labels only")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A run of `n` prompts judged only and `labels` labelled ones, `truth` the share people favour in the run.

    Labels elsewhere come from prompts whose share is `label_truth`; chosen by class they are half and half. `ties`:
    share of labels and verdicts that say tie. Prompts come in families of so many (1: each its own), labelled whole;
    one has its family's draw, and the judge its family's error, with probability 0.6.
    """

    name: str
    truth: float
    labels_from: LabelSource = "random-sample"
    n: int = 800
    labels: int = 200
    specificity: float = 0.8
    sensitivity: float = 0.85
    label_truth: float = 0.5
    ties: float = 0.0
    family: int = 1

    @property
    def families(self) -> PromptFamilies | None:
        """The family of each prompt."""
        if self.family == 1:
            return None
        names = [place // self.family for place in range(self.n + self.labels)]
        return PromptFamilies(names[: self.n], names[self.n :])

    @property
    def target(self) -> float:
        """The true win rate, a tie being half a win; without ties the share people favour."""
        return self.truth * (1 - self.ties) + self.ties / 2

    def draw(self, source: np.random.Generator) -> tuple[Floats, Floats, Floats]:
        """Verdicts without a label, verdicts with one, labels."""
        label_truth = self.truth if self.labels_from == "random-sample" else self.label_truth
        labels = (self.luck(self.labels, source) < label_truth).astype(float)
        if self.labels_from == "by-class":
            labels = np.repeat([0.0, 1.0], [self.labels // 2, self.labels - self.labels // 2])
        labels = np.where(source.random(self.labels) < self.ties, 0.5, labels)
        unseen = (self.luck(self.n, source) < self.truth).astype(float)
        unseen = np.where(source.random(self.n) < self.ties, 0.5, unseen)
        return self.judge(unseen, source), self.judge(labels, source), labels

    def luck(self, count: int, source: np.random.Generator) -> Floats:
        """Uniform draws, alike within families."""
        drawn = source.random(count)
        if self.family == 1:
            return drawn
        together = np.repeat(source.random(count // self.family), self.family)
        return np.where(source.random(count) < 0.6, together, drawn)

    def judge(self, labels: Floats, source: np.random.Generator) -> Floats:
        """Verdicts with the judge's errors; on a tie a tie two times of three, else a coin."""
        drawn = self.luck(len(labels), source)
        verdicts = np.where(labels > 0.5, drawn < self.sensitivity, drawn >= self.specificity).astype(float)
        coin = np.where(drawn < 2 / 3, 0.5, (drawn > 5 / 6).astype(float))
        return np.where(labels == 0.5, coin, verdicts)


def cases() -> list[Case]:
    """The lines of the table."""
    spread = [Case(name="random sample", truth=truth) for truth in (0.3, 0.45, 0.6, 0.8)]
    return [
        *spread,
        Case(name="random sample, 100 labels", truth=0.3, labels=100),
        Case(name="random sample, 100 labels", truth=0.8, labels=100),
        Case(name="random sample, 15 % ties", truth=0.6, ties=0.15),
        Case(name="random sample, weak judge", truth=0.6, specificity=0.65, sensitivity=0.6),
        Case(name="half of each class labelled", truth=0.3, labels_from="by-class"),
        Case(name="half of each class labelled", truth=0.75, labels_from="by-class"),
        Case(name="labels elsewhere: 50 %, run 75 %", truth=0.75, labels_from="elsewhere"),
        Case(name="labels elsewhere: 50 %, run 30 %", truth=0.3, labels_from="elsewhere"),
        Case(name="random sample, families of 5", truth=0.3, family=5),
        Case(name="random sample, families of 5", truth=0.8, family=5),
        Case(name="labels elsewhere, families of 5", truth=0.75, labels_from="elsewhere", family=5),
    ]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Per method: hits, refusals, mean width."""

    hits: dict[str, int]
    refused: dict[str, int]
    width: dict[str, float]


def run_case(case: Case, repetitions: int, seed: int) -> Outcome:
    """All methods on the same draws; a refusal is neither hit nor miss."""
    source = np.random.default_rng(seed)
    hits, refused = dict.fromkeys(METHODS, 0), dict.fromkeys(METHODS, 0)
    widths = dict.fromkeys(METHODS, 0.0)
    for _ in range(repetitions):
        verdicts, labelled, labels = case.draw(source)
        found: dict[str, tuple[float, float] | None] = {
            "raw": _ends(win_rate(np.concatenate([verdicts, labelled]) if _of_run(case) else verdicts)),
            "ppi++": _ends(ppi(verdicts, labelled=labelled, labels=labels, families=case.families)),
            "rogan-gladen": _ends(rogan_gladen(verdicts, labelled=labelled, labels=labels, families=case.families)),
            "labels only": _ends(win_rate(labels, families=case.families and case.families.labelled)),
        }
        for method, ends in found.items():
            if ends is None:
                refused[method] += 1
                continue
            truth = case.truth if method == "rogan-gladen" else case.target
            hits[method] += ends[0] <= truth <= ends[1]
            widths[method] += ends[1] - ends[0]
    kept = {method: widths[method] / max(1, repetitions - refused[method]) for method in METHODS}
    return Outcome(hits=hits, refused=refused, width=kept)


def _of_run(case: Case) -> bool:
    return case.labels_from == "random-sample"


def _ends(found: Corrected | Refusal | WinRate) -> tuple[float, float] | None:
    if isinstance(found, Refusal):
        return None
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when the chosen method of a line lies outside the band."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repetitions", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_true", help="a few repetitions, in seconds")
    chosen = parser.parse_args(arguments)
    repetitions = 60 if chosen.small else chosen.repetitions
    rows, failed = [], []
    for place, case in enumerate(cases()):
        found = run_case(case, repetitions, chosen.seed + place)
        method = choose_method(case.labels_from)
        row: list[object] = [case.name, case.truth, case.n, case.labels]
        for each in METHODS:
            kept = repetitions - found.refused[each]
            cell = f"{percent(found.hits[each], kept)} / {found.width[each]:.3f}" if kept else "refused"
            if found.refused[each] and kept:
                cell += f", {100 * found.refused[each] / repetitions:.1f} % refused"
            row.append(f"**{cell}**" if each == method else cell)
        rows.append(row)
        kept = repetitions - found.refused[method]
        if outside(found.hits[method], kept, *BAND):
            failed.append(f"{case.name}, {case.truth}")
    print(f"Coverage of 95 % intervals in percent / mean width; {repetitions} repetitions. Bold: the method chosen.\n")
    show(rows, ["labels", "truth", "judged only", "labelled", *METHODS])
    if failed:
        print(f"\noutside 93-97 %: {'; '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
