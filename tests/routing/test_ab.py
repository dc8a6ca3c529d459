"""A/B tests on live traffic: a sticky split, readings that may be taken at any time, guardrails, and the catalog."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.records import InputError, UsageError
from evals.routing import Policy, problems, propose, route_in
from evals.routing import _ab as ab
from evals.stats import confidence_sequence
from tests.routing.building import NEW, NOW, OLD, catalog, route_entry


def plan(**more: Any) -> ab.TestPlan:
    """A test of the new model on half of the Chinese requests."""
    settings: dict[str, Any] = {
        "name": "test-1",
        "task": "chinese",
        "complexity": "any",
        "image": False,
        "incumbent": OLD,
        "challenger": NEW,
        "share": 0.5,
        "salt": "test-1",
        "margin": 0.03,
        "saving": 0.10,
        "level": 0.95,
        "gap": 0.05,
        "requests": 1000,
        "max_errors": 0.02,
        "max_cost": 2.0,
        "created_at": "2026-03-01T00:00:00+00:00",
    }
    return ab.TestPlan(**{**settings, **more})


def outcomes(
    the_plan: ab.TestPlan,
    n: int,
    *,
    old: float,
    new: float,
    costs: tuple[str, str] = ("0.001", "0.001"),
    errors: float = 0.0,
) -> list[ab.Outcome]:
    """n requests with these true acceptance rates, costs of (old, new), and errors of the new model."""
    rng = random.Random(4)
    made = []
    for number in range(n):
        challenger = ab.goes_to_challenger(f"r{number}", the_plan.salt, the_plan.share)
        error = challenger and rng.random() < errors
        made.append(
            ab._outcome(
                {
                    "request_id": f"r{number}",
                    "accepted": rng.random() < (new if challenger else old),
                    "cost_usd": costs[challenger],
                    "latency_s": 0.5,
                    "error": "timeout" if error else None,
                },
                the_plan,
            )
        )
    return made


@given(st.text(), st.floats(0.01, 0.99))
def test_the_split_is_sticky_and_monotone(request_id: str, share: float) -> None:
    """The same id goes the same way, and a larger share only adds ids to the challenger."""
    first = ab.goes_to_challenger(request_id, "salt", share)
    assert ab.goes_to_challenger(request_id, "salt", share) is first
    if first:
        assert ab.goes_to_challenger(request_id, "salt", min(1.0, share * 1.5))


def test_the_split_has_its_share_and_depends_on_the_salt() -> None:
    """5 % of 40,000 ids within four standard errors, and another test draws others."""
    ids = [f"request-{number}" for number in range(40_000)]
    one = {name for name in ids if ab.goes_to_challenger(name, "a", 0.05)}
    other = {name for name in ids if ab.goes_to_challenger(name, "b", 0.05)}
    assert abs(len(one) - 2000) < 4 * (40_000 * 0.05 * 0.95) ** 0.5
    assert 40 < len(one & other) < 170, "independent draws share 5 % of 5 %"


VERDICTS: list[tuple[str, dict[str, Any], str]] = [
    ("better", {"n": 4000, "old": 0.6, "new": 0.8}, "promote"),
    ("worse", {"n": 4000, "old": 0.8, "new": 0.6}, "keep"),
    ("equal", {"n": 2000, "old": 0.7, "new": 0.7}, "undecided"),
    ("as good and cheaper", {"n": 30_000, "old": 0.9, "new": 0.9, "costs": ("0.001", "0.0004")}, "promote"),
    ("errors", {"n": 3000, "old": 0.7, "new": 0.9, "errors": 0.2}, "stopped"),
    ("too dear", {"n": 3000, "old": 0.7, "new": 0.7, "costs": ("0.001", "0.004")}, "stopped"),
    ("hardly begun", {"n": 1, "old": 0.7, "new": 0.7}, "nothing read yet"),
]


@pytest.mark.parametrize(("name", "world", "verdict"), VERDICTS, ids=[case[0] for case in VERDICTS])
def test_the_verdict(name: str, world: dict[str, Any], verdict: str) -> None:
    """Promote, keep, undecided, or stopped by a guardrail that names itself."""
    reading = ab.read_test(plan(), outcomes(plan(), **world))
    assert reading.verdict == verdict
    assert bool(reading.stop) is (verdict == "stopped")


def test_a_reading_holds_at_every_look() -> None:
    """Fifty tests without a difference, each read ten times on its way: none is promoted, none loses its truth."""
    misses = 0
    for seed in range(50):
        rng = random.Random(seed)
        arms: tuple[list[float], list[float]] = ([], [])
        held = True
        for _ in range(10):
            for arm in arms:
                arm.extend(float(rng.random() < 0.7) for _ in range(40))
            found = ab.difference(arms[1], arms[0], level=0.95)
            assert found is not None
            held = held and found[1] <= 0.0 <= found[2]
        misses += not held
    assert misses <= 5


def test_each_arm_has_half_of_the_error() -> None:
    """The difference runs from the challenger's low end minus the incumbent's high end to the opposite."""
    old, new = [1.0] * 60 + [0.0] * 40, [1.0] * 70 + [0.0] * 30
    ours, theirs = confidence_sequence(old, level=0.975), confidence_sequence(new, level=0.975)
    found = ab.difference(new, old, level=0.95)
    assert found == (pytest.approx(0.1), theirs.low - ours.high, theirs.high - ours.low)


def test_a_lower_cost_has_to_be_sure() -> None:
    """20 % cheaper over 300 requests may be chance; over 30,000 it is not. Unknown costs say nothing."""
    for n, sure in ((300, False), (30_000, True)):
        reading = ab.read_test(plan(), outcomes(plan(), n, old=0.7, new=0.7, costs=("0.001", "0.0008")))
        assert reading.cost_ratio is not None
        assert reading.cost_ratio_high is not None
        assert reading.cost_ratio < reading.cost_ratio_high
        assert (reading.cost_ratio_high <= 0.9) is sure
    unpriced = [replace(outcome, cost_usd=None) for outcome in outcomes(plan(), 300, old=0.7, new=0.7)]
    assert ab.read_test(plan(), unpriced).cost_ratio is None


def test_a_verdict_enters_the_catalog_by_publish() -> None:
    """The route changes as for a run, the rows say "ab", and the schema holds; a second publish changes nothing."""
    the_plan = plan()
    reading = ab.read_test(the_plan, outcomes(the_plan, 4000, old=0.6, new=0.8))
    found = ab.trial_evidence(the_plan, reading, NOW)
    data = catalog(routes=[route_entry(OLD), route_entry(OLD, "chinese")])
    proposal = propose(data, found, Policy(), NOW)
    (change,) = proposal.changes
    assert (change.kind, change.before, change.after) == ("promoted", OLD, NEW)
    assert problems(dict(proposal.catalog)) == []
    written = route_in(proposal.catalog, "chinese", now=NOW)
    assert (written.model, written.evidence, written.run) == (NEW, "ab", "test-1")
    rows = {row["model"]: row for row in proposal.catalog["rows"]}
    assert rows[NEW]["accepted"]["method"] == "two-arm-betting-grid"
    assert rows[NEW]["accepted"]["low"] > rows[OLD]["accepted"]["high"]
    assert rows[NEW]["cost_per_accepted_usd"]["value"].startswith("0.0012")
    again = propose(proposal.catalog, found, Policy(), NOW)
    assert again.catalog == proposal.catalog


@pytest.mark.parametrize(
    ("routes", "world", "kind", "words"),
    [
        ([route_entry("third-model")], {"n": 4000, "old": 0.6, "new": 0.8}, "undecided", "third-model answers now"),
        (
            [route_entry(OLD)],
            {"n": 3000, "old": 0.7, "new": 0.9, "errors": 0.2},
            "kept",
            "the test was stopped: errors",
        ),
        ([route_entry(OLD)], {"n": 2000, "old": 0.7, "new": 0.7}, "undecided", "let it run on"),
    ],
)
def test_other_verdicts_leave_the_route(
    routes: list[dict[str, Any]], world: dict[str, Any], kind: str, words: str
) -> None:
    """Another incumbent, a stopped test and an undecided one change no route."""
    the_plan = plan()
    found = ab.trial_evidence(the_plan, ab.read_test(the_plan, outcomes(the_plan, **world)), NOW)
    (change,) = propose(catalog(routes=routes), found, Policy(), NOW).changes
    assert change.kind == kind
    assert words in change.reason
    assert change.after == routes[0]["model"]


def test_a_simulated_test_stays_out_of_a_real_catalog() -> None:
    """The mark of the plan counts as that of a run."""
    the_plan = plan(simulated=True)
    found = ab.trial_evidence(the_plan, ab.read_test(the_plan, outcomes(the_plan, 4000, old=0.6, new=0.8)), NOW)
    assert propose(catalog(), found, Policy(), NOW).refused
    assert not propose(catalog(simulated=True), found, Policy(), NOW).refused


def test_the_planned_number_is_enough_and_not_wasteful() -> None:
    """At the planned number a true gap is promoted in at least 80 % of tests; a smaller gap is refused a number."""
    needed = ab.requests_needed(0.15, margin=0.03, share=0.5, level=0.95, accepted=0.7)
    assert needed is not None
    wins = 0
    for seed in range(40):
        rng = random.Random(seed)
        half = needed // 2
        new = [float(rng.random() < 0.85) for _ in range(half)]
        old = [float(rng.random() < 0.70) for _ in range(half)]
        found = ab.difference(new, old, level=0.95)
        wins += found is not None and found[1] > 0.03
    assert 28 <= wins < 40
    assert ab.requests_needed(0.03, margin=0.03, share=0.5, level=0.95) is None
    more = ab.requests_needed(0.15, margin=0.03, share=0.05, level=0.95)
    assert more is not None
    assert more > needed


def test_plans_are_kept(tmp_path: Path) -> None:
    """A plan reads back equal, and is not changed while its test runs."""
    ab.write_plan(tmp_path / "t", plan())
    assert ab.read_plan(tmp_path / "t") == plan()
    with pytest.raises(UsageError, match="is there already; a test keeps its plan"):
        ab.write_plan(tmp_path / "t", plan(margin=0.01))
    with pytest.raises(UsageError, match="plan a test first"):
        ab.read_plan(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON"),
        ('{"kind": "ab-test", "schema": 2}', "upgrade"),
        ('{"kind": "ab-test", "schema": 1}', "missing"),
    ],
)
def test_other_plans_are_refused(tmp_path: Path, text: str, words: str) -> None:
    """Damage, a newer version, and a plan with holes."""
    (tmp_path / ab.PLAN).write_text(text)
    with pytest.raises(UsageError, match=words):
        ab.read_plan(tmp_path)


RECORDS: list[tuple[dict[str, Any], str]] = [
    ({"accepted": True}, '"request_id" must be a text'),
    ({"request_id": "r1"}, '"accepted" must be true, false or a number from 0 to 1'),
    ({"request_id": "r1", "accepted": 1.5}, '"accepted" must be'),
    ({"request_id": "r1", "accepted": True, "cost_usd": 0.001}, '"cost_usd" must be dollars as a decimal text'),
    ({"request_id": "r1", "accepted": True, "cost_usd": "-1"}, '"cost_usd" must be'),
    ({"request_id": "r1", "accepted": True, "latency_s": "fast"}, '"latency_s" must be seconds'),
    ({"request_id": "r1", "accepted": True, "model": "other"}, 'request "r1" belongs to'),
]


@pytest.mark.parametrize(("record", "words"), RECORDS, ids=[words for _, words in RECORDS])
def test_bad_outcomes_are_named_with_their_line(tmp_path: Path, record: dict[str, Any], words: str) -> None:
    """Line and fault; nothing is guessed."""
    path = tmp_path / "outcomes.jsonl"
    good = {"request_id": "r0", "accepted": True}
    path.write_text(json.dumps(good) + "\n" + json.dumps(record) + "\n")
    with pytest.raises(InputError) as caught:
        ab.read_outcomes(path, plan())
    assert f"{path.name}:2: {words}" in str(caught.value)


def test_the_last_record_of_a_request_counts(tmp_path: Path) -> None:
    """A verdict that comes later replaces the first one; an error is not accepted whatever else it says."""
    path = tmp_path / "outcomes.jsonl"
    lines = [{"request_id": "a", "accepted": False}, {"request_id": "b", "accepted": True, "error": "timeout"}]
    lines.append({"request_id": "a", "accepted": 0.5, "cost_usd": "0.001"})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = {outcome.request_id: outcome for outcome in ab.read_outcomes(path, plan())}
    assert (found["a"].accepted, str(found["a"].cost_usd)) == (0.5, "0.001")
    assert (found["b"].accepted, found["b"].error) == (0.0, True)
