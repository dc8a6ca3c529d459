"""Labels by people put win rates right, or the correction is refused with a sentence."""

from __future__ import annotations

import random
from typing import Any

import pytest

from evals.records import Judgment, Plan
from evals.score._corrected import add_corrections
from evals.stats import ppi, win_rate
from tests.score.simulating import Told, both, plan_of, said, tell


def judged(plan: Plan, truths: list[float], *, sensitivity: float, specificity: float, seed: int) -> list[Judgment]:
    """A judge that errs as often as that, the same in both orders."""
    source = random.Random(seed)
    found = []
    for prompt, truth in enumerate(truths):
        share = truth if source.random() < (sensitivity if truth else specificity) else 1.0 - truth
        found += both(prompt, "a", "b", share, share)
    return found


def label(prompt: int, share: float, **changes: Any) -> Judgment:
    return said(prompt, "a", "b", share, **{"judge": "human:ann", "definition": "recorded@1", **changes})


def corrected(told: Told, prompts: int) -> dict[str, Any]:
    entries: list[dict[str, Any]] = [{}]
    add_corrections(entries, told.each, told.folded, range(prompts))
    found: dict[str, Any] = entries[0].get("corrected", {})
    return found


def run(seed: int, labels: int, *, theta: float = 0.6, prompts: int = 600, by_class: bool = False) -> dict[str, Any]:
    source = random.Random(seed)
    plan = plan_of("ab", ("J",), prompts)
    truths = [float(source.random() < theta) for _ in range(prompts)]
    records = judged(plan, truths, sensitivity=0.85, specificity=0.6, seed=seed + 10_000)
    if by_class:  # half and half, whatever the run's own share
        sides = [[n for n, truth in enumerate(truths) if truth == side] for side in (0.0, 1.0)]
        chosen = [place for side in sides for place in source.sample(side, labels // 2)]
    else:
        chosen = source.sample(range(prompts), labels)
    definition = "by-class@1" if by_class else "recorded@1"
    records += [label(n, truths[n], definition=definition) for n in chosen]
    told = tell(plan, records)
    raw = win_rate(told.folded.tally(0, range(prompts)).scores)
    return {**corrected(told, prompts), "raw": raw}


def test_no_labels_no_correction() -> None:
    """The field is there only where somebody labelled something."""
    plan = plan_of("abc", ("J",), 3)
    records = [record for n in range(3) for pair in ("ab", "ac", "bc") for record in both(n, *pair, 1.0, 1.0)]
    told = tell(plan, [*records, said(0, "b", "c", 1.0, "human:x")])
    entries: list[dict[str, Any]] = [{}, {}, {}]
    add_corrections(entries, told.each, told.folded, range(3))
    assert [sorted(entry) for entry in entries] == [[], [], ["corrected"]]


def test_the_figures_are_those_of_the_statistics() -> None:
    """One label a prompt, the mean over people and whichever side they were shown first."""
    plan = plan_of("ab", ("J",), 300)
    source = random.Random(1)
    shares = [source.choice([0.0, 0.5, 1.0]) for _ in range(300)]
    truths = [source.choice([0.0, 1.0, share]) for share in shares]
    records = [record for n, share in enumerate(shares) for record in both(n, "a", "b", share, share)]
    records += [label(n, truths[n]) for n in range(0, 240, 2)]
    records += [said(n, "b", "a", 1.0 - truths[n], "human:bob") for n in range(0, 240, 4)]
    found = corrected(tell(plan, records), 300)
    chosen = range(0, 240, 2)
    expected = ppi(
        [share for n, share in enumerate(shares) if n not in chosen],
        labelled=[shares[n] for n in chosen],
        labels=[truths[n] for n in chosen],
    )
    assert (found["value"], found["low"], found["high"]) == (expected.value, expected.low, expected.high)  # type: ignore[union-attr]
    assert (found["method"], found["labels"], found["rho2"]) == ("ppi++", 120, expected.judge_worth)  # type: ignore[union-attr]


@pytest.mark.slow
def test_intervals_hold_the_truth_where_the_raw_ones_do_not() -> None:
    """Random labels: PPI++, to its level (an error of 1.3 points); labels by class: Rogan-Gladen, at least to it.

    Rogan-Gladen takes its labels for a sample of their own, but they are of the run: it errs to the wide side.
    """
    for by_class in (False, True):
        found = [run(seed, 150, by_class=by_class) for seed in range(300)]
        held = sum(entry["low"] <= 0.6 <= entry["high"] for entry in found) / 300
        assert 0.92 <= held <= (1.0 if by_class else 0.98)
        assert sum(entry["raw"].low <= 0.6 <= entry["raw"].high for entry in found) < 60
        assert {entry["method"] for entry in found} == {"rogan-gladen" if by_class else "ppi++"}


def test_labels_chosen_by_class_use_all_verdicts_of_the_run() -> None:
    """Which prompts were labelled says nothing then about the run's own share."""
    found = run(3, 100, by_class=True)
    assert (found["n"], found["labels"], found["method"]) == (600, 100, "rogan-gladen")
    assert found["low"] <= 0.6 <= found["high"]


@pytest.mark.parametrize(
    ("records", "code", "words"),
    [
        ([label(n, 1.0) for n in range(40)], "too-few-labels", "40 labels; PPI++ needs 100"),
        ([label(n, 1.0) for n in range(120)], "labels-all-equal", "all labels are equal"),
        ([label(n, float(n % 2)) for n in range(200)], "no-verdicts", "report the labels' own win rate"),
        ([label(n, 1.0, definition="by-class@2") for n in range(9)], "class-missing", "no labelled losses"),
    ],
)
def test_a_correction_that_would_not_hold_is_refused(records: list[Judgment], code: str, words: str) -> None:
    """With the method, how many labels there are, and what would help."""
    plan = plan_of("ab", ("J",), 200)
    verdicts = judged(plan, [float(n % 3 > 0) for n in range(200)], sensitivity=0.9, specificity=0.9, seed=1)
    found = corrected(tell(plan, [*verdicts, *records]), 200)
    assert (found["code"], found["labels"]) == (code, len(records))
    assert words in found["refused"]
    assert "value" not in found


def test_a_label_without_a_verdict_is_counted_and_left_out() -> None:
    """Nothing is corrected by a label whose prompt the judge did not read."""
    plan = plan_of("ab", ("J",), 3)
    told = tell(plan, [*both(0, "a", "b", 1.0, 1.0), label(0, 1.0), label(1, 0.0)])
    found = corrected(told, 3)
    assert (found["labels"], found["without_verdict"]) == (1, 1)
