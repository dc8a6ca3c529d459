"""Is a rule worth anything: the cost-matched shuffled control and the oracle."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from evals.routing._control import check_rule
from tests.routing.building import HARD, NEW, OLD, catalog, route_entry, world

SPLIT = catalog(routes=[route_entry(OLD, "chinese", "low"), route_entry(NEW, "chinese", "high"), route_entry(OLD)])


def test_a_rule_that_knows_beats_its_control() -> None:
    """Right on every prompt, where the same models in the same shares at random are right on half of them."""
    check = check_rule(SPLIT, SPLIT, world(100, knows=True))
    assert check is not None
    assert (check.quality, check.control_quality, check.oracle_quality) == (1.0, 0.5, 1.0)
    assert (check.cost_usd, check.control_cost_usd) == (Decimal("0.0025"), Decimal("0.0025")), "cost-matched"
    assert not check.worthless
    assert check.verdict.startswith("beats its shuffled control by 50.0 points")


def test_a_rule_that_knows_nothing_is_worthless() -> None:
    """The same shares and the same bill buy the same quality at random, and it is said so."""
    check = check_rule(SPLIT, SPLIT, world(200, knows=False))
    assert check is not None
    assert check.worthless
    assert check.verdict.startswith("worthless as far as these prompts show")
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


def test_an_unknown_price_is_not_the_oracles_cheapest() -> None:
    """Of two right answers the oracle takes the priced one; an answer nobody can price is no bargain."""
    found = world(40, knows=True)
    both = {
        OLD: replace(found.asked[0].answers[OLD], passed=1.0, cost_usd=None),
        NEW: replace(found.asked[0].answers[NEW], passed=1.0),
    }
    check = check_rule(SPLIT, SPLIT, replace(found, asked=tuple(replace(asked, answers=both) for asked in found.asked)))
    assert check is not None
    assert check.oracle_cost_usd == Decimal("0.004")


def test_an_unknown_interval_stays_unknown() -> None:
    """Prompts of one family alone tell nothing of others: no interval in the file, and never one from 0 to 0."""
    found = world(40, knows=True)
    alike = tuple(replace(asked, family="one") for asked in found.asked)
    check = check_rule(SPLIT, SPLIT, replace(found, asked=alike))
    assert check is not None
    assert check.to_json("r")["gain"] == {"value": 0.5, "low": None, "high": None}
