"""Is a rule worth anything: the cost-matched shuffled control, the oracle, and how well difficulty predicts."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from evals.routing._control import check_rule, predicts
from evals.routing._decide import Cell
from evals.routing._evidence import Asked, Evidence
from tests.routing.building import NEW, OLD, answer, catalog, evidence, route_entry

EASY, HARD = Cell(task="chinese", complexity="low"), Cell(task="chinese", complexity="high")
SPLIT = catalog(routes=[route_entry(OLD, "chinese", "low"), route_entry(NEW, "chinese", "high"), route_entry(OLD)])


def world(n: int, *, knows: bool, seed: int = 0, one_hard_in: int = 2) -> Evidence:
    """Half easy, half hard; the old model is good at one half of the prompts, the new one at the other.

    `knows`: that half is the easy one, so that a rule by complexity is right; else it is drawn at random.
    """
    rng = random.Random(seed)
    base = evidence({NEW: [0.5] * n}, checked=True)
    asked: list[Asked] = []
    for number, prompt in enumerate(base.asked):
        hard = number % one_hard_in == 1
        new_is_right = hard if knows else rng.random() < 0.5
        answers = {
            OLD: answer("0.001", passed=float(not new_is_right)),
            NEW: answer("0.004", passed=float(new_is_right)),
        }
        cell, difficulty = (HARD, 4) if hard else (EASY, 2)
        asked.append(replace(prompt, cell=cell, difficulty=difficulty, answers=answers))
    return replace(base, asked=tuple(asked))


def test_a_rule_that_knows_beats_its_control() -> None:
    """Right on every prompt, where the same models in the same shares at random are right on half of them."""
    check = check_rule(SPLIT, SPLIT, world(100, knows=True))
    assert check is not None
    assert (check.quality, check.control_quality, check.oracle_quality) == (1.0, 0.5, 1.0)
    assert (check.cost_usd, check.control_cost_usd) == (Decimal("0.0025"), Decimal("0.0025")), "cost-matched"
    assert not check.worthless
    assert check.verdict.startswith("beats its shuffled control by +50.0 points")


def test_a_rule_that_knows_nothing_is_worthless() -> None:
    """The same shares and the same bill buy the same quality at random, and it is said so."""
    check = check_rule(SPLIT, SPLIT, world(200, knows=False))
    assert check is not None
    assert check.worthless
    assert check.verdict.startswith("worthless on these prompts")
    assert check.oracle_quality == 1.0


def test_the_control_is_the_mean_over_all_shuffles() -> None:
    """The computed expectation equals the mean over drawn shuffles of the same assignment."""
    found = world(40, knows=True, one_hard_in=4)
    check = check_rule(SPLIT, SPLIT, found)
    assert check is not None
    rng, drawn = random.Random(5), []
    rule = [NEW if asked.cell == HARD else OLD for asked in found.asked]
    for _ in range(4000):
        rng.shuffle(rule)
        worths = [asked.worth(model) or 0.0 for asked, model in zip(found.asked, rule, strict=True)]
        drawn.append(sum(worths) / len(worths))
    assert check.control_quality == pytest.approx(sum(drawn) / len(drawn), abs=0.005)


def test_one_model_for_all_is_no_rule() -> None:
    """There is nothing to check, and nothing is called worthless."""
    one = catalog(routes=[route_entry(OLD)])
    check = check_rule(one, one, world(60, knows=True))
    assert check is not None
    assert not check.worthless
    assert check.verdict == f"everything goes to {OLD}: there is no rule to check"


def test_routes_chosen_on_these_prompts_are_marked() -> None:
    """A gain on the prompts a rule was made from flatters it."""
    check = check_rule(catalog(routes=[route_entry(OLD)]), SPLIT, world(60, knows=True))
    assert check is not None
    assert check.chosen_here
    assert check.to_json("r")["chosen_on_this_run"] is True


def test_an_unknown_cost_stays_unknown() -> None:
    """One answer without a price: the mean of its model is not known, and is not 0."""
    found = world(60, knows=True)
    first = found.asked[0]
    unpriced = replace(first, answers={**first.answers, OLD: replace(first.answers[OLD], cost_usd=None)})
    check = check_rule(SPLIT, SPLIT, replace(found, asked=(unpriced, *found.asked[1:])))
    assert check is not None
    assert check.cost_usd is None
    assert check.to_json("r")["cost_usd"] is None


@pytest.mark.parametrize(("knows", "area"), [(True, 1.0), (False, 0.5)])
def test_how_well_difficulty_predicts(knows: bool, area: float) -> None:
    """An AUC of 1 where the cheap model fails exactly the hard prompts, of a coin where it fails at random."""
    found = predicts(world(200, knows=knows))
    assert found is not None
    assert found[1] <= area <= found[2]
    assert found[3] == 200


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    """The AUC by its definition: over all pairs of a failed and a passed prompt, ties half."""
    found = world(50, knows=False, seed=9)
    area = predicts(found)
    failed = [a.difficulty or 0 for a in found.asked if a.answers[OLD].passed == 0.0]
    passed = [a.difficulty or 0 for a in found.asked if a.answers[OLD].passed == 1.0]
    pairs = [(f > p) + 0.5 * (f == p) for f in failed for p in passed]
    assert area is not None
    assert area[0] == pytest.approx(sum(pairs) / len(pairs))


@pytest.mark.parametrize("change", [{"checked": False}, {"difficulty": None}])
def test_without_checks_or_difficulty_nothing_is_predicted(change: dict[str, Any]) -> None:
    """Acceptance by comparison already knows the other model, so it does not count."""
    found = world(50, knows=True)
    assert predicts(replace(found, asked=tuple(replace(asked, **change) for asked in found.asked))) is None
