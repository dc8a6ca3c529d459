"""Where the judge leans in the run itself: by hand, and recovered from judges with a known fault."""

from __future__ import annotations

import random
from typing import Any

import pytest

from evals.records import Plan
from evals.score._answers import AnswerStatus
from evals.score._biases import Facts, bias_table
from evals.score._each import Each
from tests.score.simulating import Told, both, panel, plan_of, right, said, tell


def table(told: Told, **families: str) -> dict[str, dict[str, Any]]:
    rows = bias_table(told.each, told.folded, told.seen.length, Facts(families=families))
    return {row["name"]: row for row in rows}


def answers(plan: Plan, lengths: dict[str, list[int]]) -> list[AnswerStatus]:
    return [
        AnswerStatus("s", f"p{n}", model, 0, "ok", True, length)
        for model, column in lengths.items()
        for n, length in enumerate(column)
    ]


def test_a_run_that_shows_nothing_says_so() -> None:
    """No value, no interval, and a sentence with the reason."""
    found = table(tell(plan_of("ab", ("J",), 2), [said(0, "a", "b", 1.0)]))
    assert all((row["value"], row["n"]) == (None, 0) for row in found.values())
    assert "judged twice" in found["re-run-noise"]["sentence"]
    assert "lengths" in found["length"]["sentence"]


@pytest.mark.parametrize("pull", [0.0, 0.3])
def test_the_pull_of_the_first_place_is_recovered(pull: float) -> None:
    """A judge right in 90 % that names the first shown in so many more: flips and share within their intervals."""
    plan = plan_of("abc", ("J",), 200)
    found = table(tell(plan, panel(plan, {"J": right(0.9, first=pull)})))
    share = pull + (1 - pull) / 2
    # the orders differ when exactly one is pulled or wrong in a way that turns the winner
    agree = pull * (1 - pull) + (1 - pull) ** 2 * (0.9**2 + 0.1**2)
    shown, flips = found["position-first-shown"], found["position-flips"]
    assert shown["low"] <= share <= shown["high"]
    assert flips["low"] <= 1 - agree <= flips["high"]
    assert f"{100 * shown['value']:.1f} %" in shown["sentence"]


def test_ties_and_flips_by_hand() -> None:
    """A tie in both orders is no comparison; a tie in one is no flip."""
    plan = plan_of("ab", ("J",), 4)
    records = [
        *both(0, "a", "b", 0.5, 0.5),
        *both(1, "a", "b", 1.0, 0.5),
        *both(2, "a", "b", 1.0, 0.0),
        *both(3, "a", "b", 0.0, 0.0),
    ]
    found = table(tell(plan, records))
    assert (found["position-flips"]["value"], found["position-flips"]["n"]) == (pytest.approx(1 / 3), 3)
    # prompt 1: one of one; prompt 2: two of two; prompt 3: one of two
    assert found["position-first-shown"]["value"] == pytest.approx((1 + 1 + 0.5) / 3)


def test_the_longer_answer_by_hand() -> None:
    """Equal lengths say nothing; the longer side's share of the win, by how much longer it is."""
    plan = plan_of("ab", ("J",), 5)
    shares = [1.0, 0.0, 1.0, 0.5, 1.0]
    records = [record for n, share in enumerate(shares) for record in both(n, "a", "b", share, share)]
    lengths = {"a": [105, 100, 200, 400, 100], "b": [100, 130, 100, 100, 100]}
    found = table(tell(plan, records, answers(plan, lengths)))["length"]
    assert (found["value"], found["n"]) == ((1 + 1 + 1 + 0.5) / 4, 4)
    by_gap = [(row["longer_by"], row["win_rate"]["value"]) for row in found["by_difference"]]
    assert by_gap == [([0.0, 0.1], 1.0), ([0.1, 0.5], 1.0), ([0.5, None], 0.75)]


def test_a_judge_of_its_own_family_is_found_out() -> None:
    """It gives its relative 30 points more than the stranger does, and the interval holds that."""
    plan = plan_of("ab", ("J", "K"), 300)
    source = random.Random(2)
    records = []
    for prompt in range(300):
        truth = float(source.random() < 0.5)
        own = 1.0 if source.random() < 0.6 else truth
        records += both(prompt, "a", "b", own, own, "J") + both(prompt, "a", "b", truth, truth, "K")
    told = tell(plan, records)
    found = table(told, a="north", J="north", K="south")["self-preference"]
    assert found["low"] <= 0.3 <= found["high"]
    assert found["low"] > 0.2
    mirrored = table(told, b="north", J="north", K="south")["self-preference"]
    assert mirrored["value"] == pytest.approx(-found["value"])
    assert table(told, a="north", b="north", J="north")["self-preference"]["value"] is None


def test_asking_again_measures_noise_and_never_scores() -> None:
    """Repeats beyond the planned ones are withheld from the score and compared with what was said first."""
    plan = plan_of("ab", ("J",), 3, noise_check=0.5)
    records = [record for n in range(3) for record in both(n, "a", "b", 1.0, 1.0)]
    again = [
        said(0, "a", "b", 0.0, repeat=1),
        said(0, "b", "a", 0.0, repeat=1),
        said(1, "a", "b", 1.0, repeat=1),
        said(2, "a", "b", 1.0, repeat=1, status="error", preference=None),
    ]
    each = Each(plan)
    assert list(each.passing([*records, *again])) == records
    found = table(tell(plan, [*records, *again]))["re-run-noise"]
    assert (found["value"], found["n"]) == (0.25, 2)
