"""The fold of recorded verdicts and `scores.json`, by hand, by permutation and on real recorded reviews."""

import json
import math
import os
import random
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.records import NO_ANSWER_JUDGE, Judgment, Plan, PlannedPair, PlannedSuite, content_hash
from evals.score import AnswerStatus, score

VALUES = {"first": 1.0, "tie": 0.5, "second": 0.0}


def make_plan(
    *, prompts: int = 2, models: str = "abc", judges: tuple[str, ...] = ("J",), suites: int = 1, **changes: Any
) -> Plan:
    """All pairs of one-letter models; prompts p0, p1, … in categories "even" and "odd"."""
    return Plan(
        suites=tuple(
            PlannedSuite(
                name=f"s{n}",
                hash=f"hash{n}",
                definition="pairwise-en",
                prompt_ids=tuple(f"p{i}" for i in range(prompts)),
                categories=tuple(("even", "odd")[i % 2] for i in range(prompts)),
            )
            for n in range(suites)
        ),
        models=tuple(models),
        pairs=tuple(PlannedPair(first=a, second=b, judges=judges) for a, b in combinations(models, 2)),
        **changes,
    )


def verdict(prompt: int, first: str, second: str | None, outcome: str | float, **changes: Any) -> Judgment:
    """A record; `outcome` is a winner, a preference or a status."""
    fields: dict[str, Any] = {
        "suite": "s0",
        "prompt_id": f"p{prompt}",
        "judge": "J",
        "definition": "pairwise-en@1",
        "first": first,
        "second": second,
        "key": "k",
        "status": "ok",
    }
    if isinstance(outcome, float):
        fields["preference"] = outcome
    else:
        fields["winner" if outcome in VALUES else "status"] = outcome
    return Judgment(**{**fields, **changes})


def both(prompt: int, first: str, second: str, plain: str, swapped: str, **changes: Any) -> list[Judgment]:
    """Both orders of one comparison, each outcome as it was shown."""
    return [verdict(prompt, first, second, plain, **changes), verdict(prompt, second, first, swapped, **changes)]


def full(plan: Plan, seed: int = 0) -> list[Judgment]:
    """Every planned verdict, drawn at random."""
    source = random.Random(seed)
    return [
        verdict(
            i, x, y, source.choice(["first", "tie", "second"]), suite=s.name, judge=judge, repeat=repeat, sample=sample
        )
        for s in plan.suites
        for i in range(len(s.prompt_ids))
        for pair in plan.pairs
        for judge in pair.judges
        for repeat in range(plan.repeats)
        for sample in range(plan.samples)
        for x, y in ((pair.first, pair.second), (pair.second, pair.first))
    ]


def answers(plan: Plan, **changed: str) -> list[AnswerStatus]:
    """All answers ok, but those of the named models at p0."""
    found: list[Any] = [
        (s.name, prompt, model, sample, changed.get(model, "ok") if prompt == "p0" else "ok", True)
        for s in plan.suites
        for prompt in s.prompt_ids
        for model in plan.models
        for sample in range(plan.samples)
    ]
    return [row if row[4] == "ok" else (*row[:5], False) for row in found]


def pair_of(scores: dict[str, Any], first: str = "a", second: str = "b") -> dict[str, Any]:
    """The entry of one pair."""
    [found] = [entry for entry in scores["pairs"] if (entry["first"], entry["second"]) == (first, second)]
    return dict(found)


def floats(value: Any) -> Iterator[float]:
    """Every float anywhere inside."""
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict | list):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from floats(entry)


# ------------------------------------------------------------------------------------------- the fold of one pair
A, B, TIE = "first", "second", "tie"


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (both(0, "a", "b", A, B), 1.0),
        (both(0, "a", "b", A, A), 0.5),
        (both(0, "a", "b", A, TIE), 0.75),
        (both(0, "a", "b", B, A), 0.0),
        ([verdict(0, "a", "b", 0.9), verdict(0, "b", "a", 0.3)], 0.8),
        ([verdict(0, "a", "b", 0.9, winner="second"), verdict(0, "b", "a", 0.3)], 0.8),
        ([verdict(0, "a", "b", A)], None),
        ([verdict(0, "a", "b", A), verdict(0, "b", "a", "unparsed")], None),
        ([verdict(0, "a", "b", A), verdict(0, "b", "a", "error")], None),
        ([verdict(0, "a", "b", A), verdict(0, "b", "a", "refused")], None),
        ([verdict(0, "a", "b", A), verdict(0, "b", "a", B, winner=None)], None),
        ([verdict(0, "a", "b", A), verdict(0, "b", "a", math.nan)], None),
        ([verdict(0, "a", "b", A), verdict(0, "b", "a", 1.5)], None),
        ([verdict(0, "a", "b", "error"), *both(0, "a", "b", A, B)], 1.0),
        ([*both(0, "a", "b", A, B), verdict(0, "b", "a", A)], 0.5),
        ([verdict(0, "a", "b", TIE, judge=NO_ANSWER_JUDGE)], 0.5),
        ([verdict(0, "b", "a", A, judge=NO_ANSWER_JUDGE)], 0.0),
        (both(0, "b", "a", A, B, judge=NO_ANSWER_JUDGE), 0.0),
        (both(0, "a", "b", TIE, TIE, judge=NO_ANSWER_JUDGE), 0.5),
        ([verdict(0, "b", "a", A, judge=NO_ANSWER_JUDGE), *both(0, "a", "b", A, B)], 0.0),
        ([*both(0, "a", "b", A, B), *both(0, "a", "b", B, A, judge="human:kim")], 1.0),
        (both(0, "a", "b", A, B, judge="human:kim"), None),
        (both(0, "a", "b", A, B, judge="other"), None),
    ],
    ids=[
        "both name a",
        "position decides",
        "win and tie",
        "both name b",
        "soft",
        "preference outranks winner",
        "one order only",
        "unparsed",
        "error",
        "refused",
        "ok without a value",
        "not a number",
        "outside 0..1",
        "error, then asked again",
        "last record counts",
        "rule",
        "rule, turned",
        "rule, both orders",
        "rule, both orders tied",
        "rule stands before judges",
        "human beside judge",
        "human alone",
        "judge not in the plan",
    ],
)
def test_one_pair_on_one_prompt(records: list[Judgment], expected: float | None) -> None:
    """What one prompt's records come to for the pair (a, b)."""
    found = score(make_plan(prompts=1, models="ab"), [], records)
    entry = pair_of(found)
    if expected is None:
        assert (entry["win_rate"], entry["judged"]) == (None, 0)
        assert entry["win_rate_bounds"] == {"low": 0, "high": 1}
    else:
        assert entry["win_rate"]["value"] == pytest.approx(expected)
        assert (entry["wins"], entry["ties"], entry["losses"]) == (expected > 0.5, expected == 0.5, expected < 0.5)
    assert entry["planned"] == 1


@pytest.mark.parametrize(
    ("judges", "samples", "repeats", "drop", "expected"),
    [
        (1, 1, 2, None, (1 + 0.5) / 2),
        (1, 2, 1, None, (1 + 0.5) / 2),
        (2, 1, 1, None, (1 + 0.0) / 2),
        (2, 1, 1, ("K", 0, 0), 1.0),
        (2, 1, 1, ("J", 0, 0), 0.0),
        (1, 1, 2, ("J", 1, 0), None),
        (1, 2, 1, ("J", 0, 1), None),
    ],
    ids=["repeats", "samples", "two judges", "one judge left", "the other left", "repeat missing", "sample missing"],
)
def test_repeats_samples_and_judges(
    judges: int, samples: int, repeats: int, drop: tuple[str, int, int] | None, expected: float | None
) -> None:
    """J says a, then position decides in its second repeat or sample; K says b. One missing order voids a judge."""
    names = ("J", "K")[:judges]
    records = []
    for judge in names:
        for repeat in range(repeats):
            for sample in range(samples):
                plain, swapped = (B, A) if judge == "K" else (A, A) if repeat + sample else (A, B)
                made = both(0, "a", "b", plain, swapped, judge=judge, repeat=repeat, sample=sample)
                records += made[:1] if (judge, repeat, sample) == drop else made
    found = pair_of(
        score(make_plan(prompts=1, models="ab", judges=names, samples=samples, repeats=repeats), [], records)
    )
    assert (found["win_rate"] and found["win_rate"]["value"]) == expected


def test_a_rule_decides_its_own_sample_only() -> None:
    """With two samples the empty answer loses one of them and the judge reads the other."""
    plan = make_plan(prompts=1, models="ab", samples=2)
    rule = verdict(0, "a", "b", B, judge=NO_ANSWER_JUDGE, sample=0)
    assert pair_of(score(plan, [], [rule]))["win_rate"] is None
    found = score(plan, [], [rule, *both(0, "a", "b", A, B, sample=1)])
    assert pair_of(found)["win_rate"]["value"] == 0.5
    assert found["coverage"]["verdicts"] == {
        "planned": 4,
        "ok": 2,
        "unparsed": 0,
        "refused": 0,
        "error": 0,
        "not_made": 0,
        "rule_no_answer": 2,
        "rule_checks": 0,
    }


@pytest.mark.parametrize(
    ("outcomes", "rate", "flips", "of"),
    [
        ([(A, B), (A, A), (TIE, TIE)], 1 / 2, 1, 2),
        ([(A, TIE), (B, A)], 0.0, 0, 2),
        ([(TIE, TIE)], None, 0, 0),
        ([(A, "error")], None, 0, 0),
        ([(B, B), (A, A)], 1.0, 2, 2),
    ],
)
def test_flip_rate(outcomes: list[tuple[str, str]], rate: float | None, flips: int, of: int) -> None:
    """Different winners in the two orders, among prompts with both orders read and at least one decisive."""
    records = [record for n, (plain, swapped) in enumerate(outcomes) for record in both(n, "a", "b", plain, swapped)]
    found = score(make_plan(prompts=len(outcomes), models="ab"), [], records)
    for entry in (pair_of(found), found["coverage"]):
        assert (entry["flip_rate"], entry["flips"], entry["flips_of"]) == (rate, flips, of)


def test_first_shown_share() -> None:
    """Of the decisive verdicts of complete swaps, how many named the answer shown first."""
    records = [*both(0, "a", "b", A, A), *both(1, "a", "b", A, B), *both(2, "a", "b", A, TIE), verdict(3, "a", "b", A)]
    assert score(make_plan(prompts=4, models="ab"), [], records)["coverage"]["first_shown_share"] == 0.8


# ------------------------------------------------------------------------------------------- models and tables
def test_models_by_hand() -> None:
    """Three models, two prompts: a beats all on p0, there is one missing score on p1."""
    records = [
        *both(0, "a", "b", A, B),
        *both(0, "a", "c", A, B),
        *both(0, "b", "c", A, A),
        *both(1, "a", "b", TIE, TIE),
        *both(1, "a", "c", B, A),
    ]
    plan = make_plan()
    found = score(plan, answers(plan, c="empty", b="error"), records)
    a, b, c = found["models"]
    assert [entry["model"] for entry in found["models"]] == ["a", "b", "c"]
    assert (a["win_rate"]["value"], a["wins"], a["ties"], a["losses"], a["judged"], a["planned"]) == (
        0.625,
        2,
        1,
        1,
        4,
        4,
    )
    assert (b["win_rate"]["value"], b["judged"], b["planned"]) == ((0.25 + 0.5) / 2, 3, 4)
    assert a["win_rate_bounds"] == {"low": 0.625, "high": 0.625}
    assert b["win_rate_bounds"] == {"low": (0.25 + 0.25) / 2, "high": (0.25 + 0.75) / 2}
    assert c["win_rate_bounds"] == {"low": (0.25 + 0.5) / 2, "high": (0.25 + 1.0) / 2}
    assert a["win_rate"]["n"] == 2
    assert (a["top_share"]["value"], b["top_share"]["value"], a["top_share"]["n"]) == (1, 0, 1), "p1 is not complete"
    assert found["top"]["pool"] == content_hash(["a", "b", "c"])
    assert (found["top"]["n"], found["top"]["sum"], found["top"]["sum_strict"]) == (1, 1, 1)
    assert (c["responses"]["empty"], c["responses"]["ok"], c["no_answer"]) == (1, 1, 1)
    assert (b["responses"]["error"], b["no_answer"]) == (1, 0), "an error is missing, not an answer"
    even, odd = found["suites"][0]["categories"]
    assert (even["category"], even["prompts"], odd["category"]) == ("even", 1, "odd")
    assert even["models"][0]["win_rate"]["value"] == 1
    assert odd["models"][1] | {"win_rate": None} == {
        "model": "b",
        "win_rate": None,
        "wins": 0,
        "ties": 1,
        "losses": 0,
        "judged": 1,
        "planned": 2,
        "p_value": None,
        "p_adjusted": None,
        "mark": None,
        "mde": None,
    }
    assert found["coverage"]["by_model"]["b"] == {"planned": 4, "judged": 3, "missing": 1, "share": 0.25}
    assert found["coverage"]["complete"] is False
    assert any("b: 1 of 4 planned scores are missing" in line for line in found["warnings"])


def test_contract_keys() -> None:
    """The fields that others rely on are all there."""
    found = score(make_plan(), [], full(make_plan()))
    interval = {"value", "low", "high", "level", "method", "n"}
    counts = {"wins", "ties", "losses", "judged", "planned"}
    assert {"schema", "simulated", "suites", "models", "pairs", "coverage", "controls", "warnings"} <= found.keys()
    assert {"suite", "hash", "models", "pairs", "categories"} <= found["suites"][0].keys()
    model, pair, category = found["models"][0], found["pairs"][0], found["suites"][0]["categories"][0]
    shares = {"win_rate", "win_rate_bounds", "top_share", "top_share_strict", "responses"}
    assert {"model", *shares, *counts} <= model.keys()
    assert {"first", "second", "win_rate", "flip_rate", "win_rate_bounds", "mde", *counts} <= pair.keys()
    assert {"category", "prompts", "models"} == category.keys()
    assert {"model", "win_rate", "p_value", "p_adjusted", "mark", "mde", *counts} == category["models"][0].keys()
    assert all(entry.keys() == interval for entry in (model["win_rate"], model["top_share_strict"], pair["win_rate"]))
    top = {"planned", "judged", "missing", "share", "by_model", "verdicts", "complete", "max_missing"}
    assert top <= found["coverage"].keys()
    assert (found["controls"], found["warnings"], found["coverage"]["complete"]) == ([], [], True)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_nothing_judged_is_null_not_nan() -> None:
    """A judge that fails on everything leaves nulls, full bounds and a run that is not complete."""
    plan = make_plan()
    records = [verdict(0, r.first, r.second, "error", prompt_id=r.prompt_id) for r in full(plan)]
    found = score(plan, answers(plan), records)
    json.dumps(found, allow_nan=False)
    for entry in (*found["models"], *found["pairs"]):
        assert (entry["win_rate"], entry["judged"], entry["win_rate_bounds"]) == (None, 0, {"low": 0, "high": 1})
    assert all(entry["top_share"] is None and entry["top_share_strict"] is None for entry in found["models"])
    assert (found["coverage"]["share"], found["coverage"]["complete"]) == (1, False)
    assert found["coverage"]["verdicts"]["error"] == found["coverage"]["verdicts"]["planned"] == 12


@pytest.mark.parametrize(
    ("missing", "max_missing", "complete"),
    [(0, 0.0, True), (1, 0.0, False), (2, 0.02, True), (3, 0.02, False), (3, 0.5, True)],
)
def test_max_missing(missing: int, max_missing: float, complete: bool) -> None:
    """More than the allowed share, not as much as it, of one model's planned scores withholds the ranking."""
    plan = make_plan(prompts=100, models="ab", max_missing=max_missing)
    found = score(plan, [], full(plan)[2 * missing :])
    assert found["coverage"]["complete"] is complete
    assert found["suites"][0]["complete"] is complete
    assert (found["coverage"]["missing"], found["coverage"]["planned"]) == (missing, 100)
    assert found["coverage"]["share"] == missing / 100
    assert any("planned scores are missing" in line for line in found["warnings"]) is not complete


def test_uneven_losses_are_warned_about() -> None:
    """A model that loses more of its verdicts than another may be flattered by it."""
    plan = make_plan(prompts=50, max_missing=0.2)
    kept = [
        record
        for record in full(plan)
        if not (record.prompt_id in ("p0", "p1", "p2") and "c" in (record.first, record.second))
    ]
    found = score(plan, [], kept)
    assert found["coverage"]["complete"] is True
    assert any(line.startswith("c misses") for line in found["warnings"])


def test_records_outside_the_plan() -> None:
    """They change nothing but one warning; labels (but for `corrected`) and controls are left out without one."""
    plan = make_plan()
    inside = full(plan)
    outside = [
        verdict(7, "a", "b", A),
        verdict(0, "a", "b", A, suite="other"),
        verdict(0, "a", "z", A),
        verdict(0, "a", "a", A),
        verdict(0, "a", None, A),
        verdict(0, "a", "b", B, judge="stranger"),
        verdict(0, "a", "b", B, repeat=1),
        verdict(0, "a", "b", B, sample=-1),
    ]
    silent = [verdict(0, "a", "b", B, judge="human:kim"), verdict(0, "control:null", "a", A)]
    clean, found = score(plan, [], inside), score(plan, [], [*outside, *inside, *silent])
    [line] = found["warnings"]
    assert line.startswith("8 verdicts are not in the plan and were ignored")
    for table in (found, *found["suites"]):
        [labelled] = [entry for entry in table["pairs"] if entry.pop("corrected", None)]
        assert (labelled["first"], labelled["second"]) == ("a", "b")
    assert {**found, "warnings": []} == clean


def test_controls_are_no_models() -> None:
    """Control arms in the plan are in no table and no planned count."""
    plan = make_plan(models="ab")
    armed = Plan(
        suites=plan.suites,
        models=(*plan.models, "control:null"),
        pairs=(*plan.pairs, PlannedPair(first="a", second="control:null", judges=("J",))),
    )
    records = [*full(plan), *both(0, "a", "control:null", A, B)]
    assert score(armed, [("s0", "p0", "control:null", 0, "ok", True)], records) == score(plan, [], records)


@pytest.mark.parametrize(
    "plan",
    [
        make_plan(models="aa"),
        Plan(suites=make_plan().suites * 2, models=("a",), pairs=()),
        Plan(suites=make_plan().suites, models=("a",), pairs=(PlannedPair(first="a", second="b", judges=()),)),
        Plan(
            suites=make_plan().suites,
            models=("a", "b"),
            pairs=(PlannedPair(first="a", second="b", judges=()), PlannedPair(first="b", second="a", judges=())),
        ),
    ],
    ids=["model twice", "suite twice", "unlisted model", "pair twice"],
)
def test_a_plan_that_counts_twice_is_refused(plan: Plan) -> None:
    """The denominators would be wrong."""
    with pytest.raises(ValueError):
        score(plan, [], [])


def test_suites_are_pooled_by_prompt() -> None:
    """The tables over all suites weigh prompts, and each suite has its own."""
    plan = make_plan(models="ab", suites=2, prompts=3)
    won = [r for n in range(3) for r in both(n, "a", "b", A, B, suite="s0")]
    lost = [r for n in range(1) for r in both(n, "a", "b", B, A, suite="s1")]
    found = score(plan, answers(plan), won + lost)
    assert [s["pairs"][0]["win_rate"]["value"] for s in found["suites"]] == [1, 0]
    assert pair_of(found)["win_rate"]["value"] == 0.75
    assert [s["complete"] for s in found["suites"]] == [True, False]
    assert any(line.startswith("a in s1: 2 of 3") for line in found["warnings"])
    assert found["models"][0]["responses"]["ok"] == 6
    assert found["suites"][0]["models"][0]["responses"]["ok"] == 3


def test_baseline_mode() -> None:
    """Only the baseline's pairs are planned; two others are compared by their paired difference against it."""
    plan = make_plan(prompts=30)
    plan = Plan(suites=plan.suites, models=plan.models, pairs=plan.pairs[:2], baseline="a")
    records = [record for record in full(plan, seed=4) if "b" in (record.first, record.second)]
    records += [r for n in range(30) for r in both(n, "a", "c", B, A if n % 2 else TIE)]
    found = score(plan, [], records)
    assert [entry["planned"] for entry in found["models"]] == [60, 30, 30]
    rates = {entry["model"]: entry["win_rate"]["value"] for entry in found["models"]}
    [entry] = found["differences"]
    assert (entry["first"], entry["second"]) == ("b", "c")
    assert entry["difference"]["value"] == pytest.approx(rates["b"] - rates["c"], abs=1e-9)
    assert entry["difference"]["method"] == "t-interval-sign-flip-test"
    assert entry["difference"]["high"] < 0
    assert found["top"]["n"] == 30


def test_differences_are_taken_where_both_were_judged() -> None:
    """A prompt that misses one of the two scores is in neither side of the difference."""
    plan = make_plan(prompts=3)
    plan = replace(plan, pairs=plan.pairs[:2], baseline="a")
    records = [r for n in range(3) for r in both(n, "a", "b", TIE, TIE)] + both(0, "a", "c", A, B)
    [entry] = score(plan, [], records)["differences"]
    assert (entry["difference"]["value"], entry["difference"]["n"]) == (0.5, 1)
    [entry] = score(plan, [], records[:6])["differences"]
    assert entry["difference"] is None


def test_smallest_gap_beside_each_pair() -> None:
    """Twelve prompts, a third of them ties, three comparisons: (z(1 - .05/6) + z(.8)) * sqrt(.25 * 2/3 / 12)."""
    outcomes = [(A, B), (A, B), (B, A), (B, A), (TIE, TIE), (TIE, TIE)] * 2
    records = [r for n, (plain, swapped) in enumerate(outcomes) for r in both(n, "a", "b", plain, swapped)]
    entries = score(make_plan(prompts=12), [], records)["pairs"]
    assert entries[0]["mde"] == pytest.approx((2.3939797998 + 0.8416212336) * math.sqrt(0.25 * 2 / 3 / 12), rel=1e-8)
    assert entries[1]["mde"] is None


def test_answers_are_counted_per_sample() -> None:
    """Each sample is an answer of its own; one asked again counts once, as it ended."""
    plan = make_plan(prompts=2, models="ab", samples=2)
    rows: list[AnswerStatus] = [
        ("s0", "p0", "a", 0, "error", False),
        ("s0", "p0", "a", 0, "ok", True),
        ("s0", "p0", "a", 1, "truncated", True),
        ("s0", "p1", "a", 1, "truncated", False),
        ("s0", "p1", "b", 0, "filtered", False),
        ("s0", "p1", "b", 1, "error", False),
        ("s0", "p1", "b", 2, "ok", True),
        ("s0", "p9", "b", 0, "ok", True),
        ("s1", "p0", "b", 0, "ok", True),
        ("s0", "p0", "z", 0, "ok", True),
    ]
    a, b = score(plan, rows, [])["models"]
    none = dict.fromkeys(("ok", "truncated", "empty", "filtered", "refused", "error", "not_made"), 0)
    assert a["responses"] == {**none, "ok": 1, "truncated": 2, "not_made": 1}
    assert b["responses"] == {**none, "filtered": 1, "error": 1, "not_made": 2}
    assert (a["no_answer"], b["no_answer"]) == (1, 1)


# ------------------------------------------------------------------------------------------- recorded plans
def test_recorded_orders_are_the_plan() -> None:
    """One order, two orders and an unread one: what was recorded is the denominator, prompt by prompt."""
    plan = make_plan(prompts=5, models="ab", judges=("J", "K"), orders="recorded")
    records = [
        verdict(0, "a", "b", A),
        verdict(1, "b", "a", A),
        *both(2, "a", "b", A, TIE),
        *both(2, "a", "b", B, A, judge="K"),
        verdict(3, "a", "b", "unparsed"),
    ]
    found = score(plan, [], records)
    entry = pair_of(found)
    assert (entry["judged"], entry["planned"]) == (3, 4)
    assert entry["win_rate"]["value"] == pytest.approx((1 + 0 + (0.75 + 0) / 2) / 3)
    assert (entry["wins"], entry["ties"], entry["losses"]) == (1, 0, 2)
    assert found["coverage"]["verdicts"] == {
        "planned": 7,
        "ok": 6,
        "unparsed": 1,
        "refused": 0,
        "error": 0,
        "not_made": 0,
        "rule_no_answer": 0,
        "rule_checks": 0,
    }
    assert entry["flips_of"] == 1


@pytest.mark.parametrize("beside", [[], [verdict(0, "a", "b", A)]], ids=["alone", "beside a verdict"])
def test_recorded_rule(beside: list[Judgment]) -> None:
    """A verdict that follows from the status table is part of a recorded plan, and stands before a judge's."""
    plan = make_plan(prompts=2, models="ab", samples=2, orders="recorded")
    found = score(plan, [], [*beside, verdict(0, "a", "b", B, judge=NO_ANSWER_JUDGE)])
    assert (pair_of(found)["win_rate"]["value"], pair_of(found)["planned"]) == (0, 1)
    assert found["coverage"]["verdicts"]["rule_no_answer"] == found["coverage"]["verdicts"]["planned"] == 1


def test_nothing_recorded_is_not_complete() -> None:
    """An empty file of verdicts plans nothing, and says so."""
    found = score(make_plan(orders="recorded"), [], [])
    assert (found["coverage"]["complete"], found["coverage"]["share"]) == (False, None)
    assert found["warnings"] == ["no score was planned: there is nothing to rank"]
    assert found["models"][0]["win_rate_bounds"] is None


def _recorded_data() -> Path:
    given_path = os.environ.get("EVALS_RECORDED_DATA")
    return Path(given_path) if given_path else Path(__file__).parents[2] / "shared" / "data"


@pytest.mark.parametrize(
    ("model", "counts"),
    [("gpt35", (44, 22, 14)), ("bard", (30, 10, 40)), ("alpaca-13b", (3, 1, 76)), ("llama-13b", (3, 0, 77))],
)
def test_vicuna80_counts(model: str, counts: tuple[int, int, int]) -> None:
    """Real GPT-4 reviews of one order each give the counts that were published with them."""
    path = _recorded_data() / "vicuna80" / f"review_{model}_vicuna-13b.jsonl"
    if not path.exists():
        pytest.skip(f"no recorded data at {path}: set EVALS_RECORDED_DATA")
    reviews = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
    ids = tuple(str(review["question_id"]) for review in reviews)
    plan = Plan(
        suites=(PlannedSuite(name="v", hash="h", definition="d", prompt_ids=ids, categories=("",) * len(ids)),),
        models=(model, "vicuna-13b"),
        pairs=(PlannedPair(first=model, second="vicuna-13b", judges=("gpt4",)),),
        orders="recorded",
    )
    winners = [("tie", "first", "second")[(a > b) + 2 * (a < b)] for a, b in (review["score"] for review in reviews)]
    found = score(
        plan,
        [],
        (
            verdict(0, model, "vicuna-13b", winner, suite="v", judge="gpt4", prompt_id=prompt)
            for prompt, winner in zip(ids, winners, strict=True)
        ),
    )
    entry = found["pairs"][0]
    assert (entry["wins"], entry["ties"], entry["losses"], entry["judged"], entry["planned"]) == (*counts, 80, 80)
    assert entry["flip_rate"] is None
    assert found["coverage"]["complete"] is True


# ------------------------------------------------------------------------------------------- invariants
@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans(), st.integers(1, 2), st.sampled_from([("J",), ("J", "K")]))
def test_invariants(source: random.Random, recorded: bool, samples: int, judges: tuple[str, ...]) -> None:
    """Record order never shows; counts add up everywhere; bounds bracket estimates; no NaN; ten digits."""
    plan = make_plan(prompts=4, samples=samples, judges=judges, suites=2, orders="recorded" if recorded else "both")
    records = [record for record in full(plan, source.randrange(99)) if source.random() < 0.9]
    records = [record if source.random() < 0.95 else replace(record, status="error", winner=None) for record in records]
    records.append(verdict(3, "b", "a", A, judge=NO_ANSWER_JUDGE, sample=samples - 1))
    statuses = answers(plan, a="empty")
    found = score(plan, statuses, records)
    source.shuffle(records)
    source.shuffle(statuses)
    unique = {(r.suite, r.prompt_id, r.judge, r.first, r.second, r.repeat, r.sample): r for r in records}
    assert len(unique) == len(records)
    assert json.dumps(score(plan, statuses, records)) == json.dumps(found)
    tables = [found, *found["suites"]]
    entries = [e for t in tables for e in (*t["models"], *t["pairs"])]
    for entry in [*entries, *(m for s in found["suites"] for c in s["categories"] for m in c["models"])]:
        assert entry["wins"] + entry["ties"] + entry["losses"] == entry["judged"] <= entry["planned"]
        assert (entry["win_rate"] is None) == (entry["judged"] == 0)
    for entry in entries:
        if entry["win_rate"] is not None:
            bounds = entry["win_rate_bounds"]
            assert bounds["low"] <= entry["win_rate"]["value"] <= bounds["high"]
    for table in tables:
        assert sum(e["judged"] for e in table["models"]) == 2 * sum(e["judged"] for e in table["pairs"])
        assert sum(e["planned"] for e in table["models"]) == 2 * sum(e["planned"] for e in table["pairs"])
    coverage = found["coverage"]
    assert coverage["judged"] + coverage["missing"] == coverage["planned"] == sum(e["planned"] for e in found["pairs"])
    assert sum(c for name, c in coverage["verdicts"].items() if name != "planned") == coverage["verdicts"]["planned"]
    for number in floats(found):
        assert number == float(f"{number:.10g}")


def test_swapping_the_planned_pair_mirrors_it() -> None:
    """Planning (b, a) in place of (a, b) gives 1 - w, mirrored interval and bounds, wins for losses."""
    plan = make_plan(prompts=40, models="ab")
    turned = Plan(suites=plan.suites, models=plan.models, pairs=(PlannedPair(first="b", second="a", judges=("J",)),))
    records = full(plan)[:-3]
    entry, mirror = score(plan, [], records)["pairs"][0], score(turned, [], records)["pairs"][0]
    for name, other in (("low", "high"), ("value", "value"), ("high", "low")):
        assert entry["win_rate"][name] == pytest.approx(1 - mirror["win_rate"][other], abs=1e-9)
    assert entry["win_rate_bounds"]["low"] == pytest.approx(1 - mirror["win_rate_bounds"]["high"], abs=1e-9)
    assert (entry["wins"], entry["ties"], entry["losses"]) == (mirror["losses"], mirror["ties"], mirror["wins"])
    assert (entry["flip_rate"], entry["mde"]) == (mirror["flip_rate"], mirror["mde"])


@pytest.mark.parametrize(
    ("share", "counts"),
    [(0.5 + 1e-12, (0, 1, 0)), (0.5 - 1e-12, (0, 1, 0)), (0.5 + 1e-6, (1, 0, 0)), (0.499, (0, 0, 1))],
)
def test_rounding_never_makes_a_win(share: float, counts: tuple[int, int, int]) -> None:
    """A score off a tie by no more than the last bits of a mean is a tie; a real lean is not."""
    records = [verdict(0, "a", "b", share), verdict(0, "b", "a", 1 - share)]
    entry = pair_of(score(make_plan(prompts=1, models="ab"), [], records))
    assert (entry["wins"], entry["ties"], entry["losses"]) == counts


def _stream(plan: Plan) -> Iterator[Judgment]:
    winners = ("first", "tie", "second")
    for prompt in range(len(plan.suites[0].prompt_ids)):
        for number, pair in enumerate(plan.pairs):
            yield verdict(prompt, pair.first, pair.second, winners[(prompt + number) % 3])
            yield verdict(prompt, pair.second, pair.first, winners[prompt % 3])


@pytest.mark.slow
def test_speed_of_300_000_verdicts() -> None:
    """25,000 prompts and four models take seconds (twenty allowed, for slow machines)."""
    plan = make_plan(prompts=25_000, models="abcd")
    started = time.process_time()
    found = score(plan, [], _stream(plan))
    assert time.process_time() - started < 20
    assert (found["coverage"]["judged"], found["coverage"]["verdicts"]["ok"]) == (150_000, 300_000)


def test_memory_is_flat(monkeypatch: pytest.MonkeyPatch) -> None:
    """A streamed verdict costs some dozens of bytes in all, beside the fixed working space of the resampling."""
    monkeypatch.setattr("evals.score._ranking.BOOTSTRAPS", 20)
    score(make_plan(prompts=2), [], _stream(make_plan(prompts=2)))  # numpy and scipy are loaded
    plan = make_plan(prompts=2_500, models="abcd")
    tracemalloc.start()
    score(plan, (row for row in answers(plan)), _stream(plan))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10e6
