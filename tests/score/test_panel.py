"""Several judges: agreement, what each one's absence changes, and which of them stands apart."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from evals.records import NO_ANSWER_JUDGE, Plan
from evals.score._biases import Facts, bias_table
from evals.score._panel import panel_table
from evals.stats import krippendorff_alpha
from tests.score.simulating import both, panel, plan_of, right, said, tell

JUDGES = ("J", "K", "L")


def test_one_judge_is_no_panel() -> None:
    """There is nothing to compare."""
    plan = plan_of("ab", ("J",), 2)
    assert panel_table(tell(plan, both(0, "a", "b", 1.0, 1.0)).each) is None


def test_alpha_is_krippendorffs() -> None:
    """Over all pairs and prompts, with verdicts missing, as the function for a matrix of ratings has it."""
    plan = plan_of("abc", JUDGES, 30)
    source = random.Random(4)
    records, matrix = [], []
    for pair in plan.pairs:
        for prompt in range(30):
            row: list[float | None] = []
            for judge in JUDGES:
                score = source.choice([0.0, 0.5, 1.0, None])
                row.append(score)
                if score is not None:
                    records += both(prompt, pair.first, pair.second, score, score, judge)
            matrix.append(row)
    found = panel_table(tell(plan, records).each)
    assert found is not None
    expected = krippendorff_alpha(matrix, metric="interval")
    assert found["alpha"]["value"] == pytest.approx(expected.value)
    assert found["alpha"]["units"] == expected.n
    assert found["alpha"]["low"] < found["alpha"]["value"] < found["alpha"]["high"]


def test_families_count_once_in_all_that_is_said_of_judges() -> None:
    """Prompts of one template, judged alike: the intervals are those of as many prompts as there are families."""
    few, many = plan_of("ab", ("J", "K"), 12), plan_of("ab", ("J", "K"), 60)
    families = tuple(f"t{n // 5}" for n in range(60))
    kin = replace(many, suites=(replace(many.suites[0], families=families),))

    def told(plan: Plan, each: int) -> dict[str, Any]:
        source, records = random.Random(6), []
        for family in range(12):
            shares = [source.choice([0.0, 1.0]) for _ in range(4)]
            for prompt in range(family * each, (family + 1) * each):
                records += both(prompt, "a", "b", *shares[:2], "J") + both(prompt, "a", "b", *shares[2:], "K")
        run = tell(plan, records)
        found = panel_table(run.each)
        assert found is not None
        bias = {row["name"]: row for row in bias_table(run.each, run.folded, run.seen.length, Facts())}
        rates = [found["judges"][0]["flip_rate"], found["left_out"][0]["models"][0]["win_rate"]]
        rows = [*rates, bias["position-flips"], bias["position-first-shown"], found["alpha"]]
        return {"value": [row["value"] for row in rows], "width": [row["high"] - row["low"] for row in rows]}

    alone, clustered, blind = told(few, 1), told(kin, 5), told(many, 5)
    assert clustered["value"] == pytest.approx(alone["value"], abs=0.05)  # alpha knows how many ratings there are
    for one, kept, narrow in zip(alone["width"], clustered["width"], blind["width"], strict=True):
        assert kept > 0.8 * one
        assert narrow < 0.6 * one


def test_agreement_that_cannot_be_told() -> None:
    """Always the same verdict: beyond chance there is nothing to measure."""
    plan = plan_of("ab", ("J", "K"), 5)
    records = [r for n in range(5) for judge in ("J", "K") for r in both(n, "a", "b", 1.0, 1.0, judge)]
    found = panel_table(tell(plan, records).each)
    assert found is not None
    assert (found["alpha"]["value"], found["alpha"]["n"]) == (None, 5)


def test_flips_and_places_of_each_judge() -> None:
    """A judge that always names the first shown flips always; a steady one never does."""
    plan = plan_of("ab", ("J", "K"), 10)
    records = [r for n in range(10) for r in both(n, "a", "b", 1.0, 0.0, "J") + both(n, "a", "b", 1.0, 1.0, "K")]
    found = panel_table(tell(plan, records).each)
    assert found is not None
    one, two = found["judges"]
    assert (one["judge"], one["flip_rate"]["value"], one["first_shown"]["value"]) == ("J", 1.0, 1.0)
    assert (two["judge"], two["flip_rate"]["value"], two["first_shown"]["value"]) == ("K", 0.0, 0.5)
    assert (one["judged"], one["flip_rate"]["n"]) == (10, 10)


def test_win_rates_without_each_judge() -> None:
    """By hand: of three judges two are for a, one is for b; a rule's verdict stands whoever is left out."""
    plan = plan_of("ab", JUDGES, 2)
    records = [
        *both(0, "a", "b", 1.0, 1.0, "J"),
        *both(0, "a", "b", 1.0, 1.0, "K"),
        *both(0, "a", "b", 0.0, 0.0, "L"),
        said(1, "a", "b", 1.0, NO_ANSWER_JUDGE),
    ]
    found = panel_table(tell(plan, records).each)
    assert found is not None
    rates = {row["judge"]: row["models"][0]["win_rate"]["value"] for row in found["left_out"]}
    assert rates == {"J": (0.5 + 1) / 2, "K": (0.5 + 1) / 2, "L": 1.0}
    assert found["left_out"][2]["models"][1]["change"] == pytest.approx(0 - 1 / 6)
    assert found["left_out"][0]["models"][0]["change"] == pytest.approx(0.75 - 5 / 6)


def test_a_pair_judged_by_one_is_missing_without_it() -> None:
    """No figure is made up for it."""
    plan = plan_of("ab", ("J", "K"), 1)
    found = panel_table(tell(plan, both(0, "a", "b", 1.0, 1.0, "J")).each)
    assert found is not None
    rates = [row["models"][0]["win_rate"] for row in found["left_out"]]
    assert rates[0] is None
    assert rates[1]["value"] == 1.0


@pytest.mark.parametrize("corrupted", [right(0.0), right(0.5), right(0.9, first=1.0)])
def test_the_corrupted_judge_of_three_is_named(corrupted: object) -> None:
    """Contrary, at random, or always for the first place: the report names it, not those it disagrees with."""
    plan = plan_of("abc", JUDGES, 100)
    opinions = {"J": right(0.9), "K": corrupted, "L": right(0.85)}
    found = panel_table(tell(plan, panel(plan, opinions)).each)  # type: ignore[arg-type]
    assert found is not None
    assert found["apart"]["judge"] == "K"
    assert found["sentence"].startswith("K stands apart: on ")


def test_honest_judges_are_not_named() -> None:
    """Of 40 panels of judges of unlike quality none is accused (5 % at most could be by chance)."""
    plan = plan_of("ab", JUDGES, 60)
    opinions = {"J": right(0.9), "K": right(0.85), "L": right(0.8)}
    named = 0
    for seed in range(40):
        found = panel_table(tell(plan, panel(plan, opinions, seed=seed)).each)
        assert found is not None
        named += found["apart"] is not None
    assert named <= 2
