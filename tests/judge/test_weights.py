"""Repeats and weights: a verdict asked for several times, and a panel whose judges do not all count the same."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.planning import Settings, prepare
from evals.records import Judgment, Plan, PlannedPair, PlannedSuite, UsageError
from evals.score import score
from tests.driving import Outcome, Stub, evals, manifest, records, serving, verdict, write_catalog, write_suite

__all__ = ["evals"]

Evals = Callable[..., Outcome]
JUDGES = ("j", "k", "l")


def plan_of(prompts: int, judges: tuple[str, ...] = JUDGES, **changes: Any) -> Plan:
    suite = PlannedSuite(
        name="s",
        hash="h",
        definition="d@1",
        prompt_ids=tuple(f"p{n}" for n in range(prompts)),
        categories=("c",) * prompts,
    )
    return Plan(
        suites=(suite,), models=("a", "b"), pairs=(PlannedPair(first="a", second="b", judges=judges),), **changes
    )


def said(prompt: int, judge: str, share: float | None, *, repeat: int = 0) -> list[Judgment]:
    """Both orders of a verdict: the share of a, None when unread."""
    common: dict[str, Any] = {"suite": "s", "prompt_id": f"p{prompt}", "judge": judge, "definition": "d@1", "key": "k"}
    status = "unparsed" if share is None else "ok"
    return [
        Judgment(**common, first=first, second=second, repeat=repeat, status=status, preference=value)  # type: ignore[arg-type]
        for first, second, value in (("a", "b", share), ("b", "a", None if share is None else 1.0 - share))
    ]


@pytest.mark.parametrize(
    ("weights", "shares", "value"),
    [
        ({}, (1.0, 0.0, 0.0), 1 / 3),
        ({"j": 2.0}, (1.0, 0.0, 0.0), 0.5),
        ({"j": 2.0, "k": 1.0, "l": 1.0}, (1.0, 0.0, 1.0), 0.75),
        ({"j": 3.0}, (1.0, None, 0.0), 0.75),
        ({"j": 3.0}, (None, None, 0.25), 0.25),
        ({"j": 3.0}, (None, None, None), None),
    ],
)
def test_a_pairs_score_is_the_weighted_mean_of_the_judges_that_have_one(
    weights: Mapping[str, float], shares: tuple[float | None, ...], value: float | None
) -> None:
    """A judge that could not be read leaves the others their weights; where none are named all are equal."""
    judgments = [one for judge, share in zip(JUDGES, shares, strict=True) for one in said(0, judge, share)]
    found = score(plan_of(1, weights=weights, max_missing=1.0), [], judgments)
    rate = found["pairs"][0]["win_rate"]
    assert (None if rate is None else rate["value"]) == (None if value is None else pytest.approx(value))
    assert found["settings"]["weights"] == ({judge: weights.get(judge, 1.0) for judge in JUDGES} if weights else None)


SHARES = st.sampled_from((0.0, 0.25, 0.5, 1.0))


@given(st.lists(st.tuples(SHARES, SHARES, SHARES), min_size=2, max_size=12), st.integers(1, 5))
def test_equal_weights_are_no_weights_and_the_prompt_stays_the_unit(rows: list[tuple[float, ...]], times: int) -> None:
    """Any common weight gives the same tables; intervals count prompts, however many judges and repeats there are."""
    judgments = [
        one
        for n, row in enumerate(rows)
        for judge, share in zip(JUDGES, row, strict=True)
        for one in said(n, judge, share)
    ]
    plain = score(plan_of(len(rows)), [], judgments)
    alike = score(plan_of(len(rows), weights=dict.fromkeys(JUDGES, float(times))), [], judgments)
    for part in ("models", "pairs", "coverage"):
        assert alike[part] == plain[part]
    again = [
        one
        for n, row in enumerate(rows)
        for judge, share in zip(JUDGES, row, strict=True)
        for repeat in range(times)
        for one in said(n, judge, share, repeat=repeat)
    ]
    repeated = score(plan_of(len(rows), repeats=times), [], again)
    assert repeated["models"] == plain["models"]
    assert repeated["pairs"][0]["win_rate"]["n"] == len(rows)
    assert repeated["coverage"]["verdicts"]["ok"] == times * plain["coverage"]["verdicts"]["ok"]


def test_repeats_are_averaged_and_one_unread_leaves_none() -> None:
    """Three times asked, twice for a: two thirds; a judge of which one repeat is missing has no score."""
    rows = [said(0, "j", share, repeat=repeat) for repeat, share in enumerate((1.0, 1.0, 0.0))]
    rows += [said(1, "j", share, repeat=repeat) for repeat, share in enumerate((1.0, 1.0, None))]
    found = score(plan_of(2, ("j",), repeats=3, max_missing=1.0), [], [one for row in rows for one in row])
    pair = found["pairs"][0]
    assert (pair["judged"], pair["planned"], pair["wins"]) == (1, 2, 1)
    assert pair["win_rate"]["value"] == pytest.approx(2 / 3)


def test_without_a_judge_the_others_keep_their_weights() -> None:
    """The table without one judge is what the run would say without it."""
    rows = [(1.0, 0.0, 0.0), (0.0, 1.0, 1.0), (1.0, 1.0, 0.0)]
    judgments = [
        one for n, row in enumerate(rows) for j, share in zip(JUDGES, row, strict=True) for one in said(n, j, share)
    ]
    weights = {"j": 4.0, "k": 2.0, "l": 1.0}
    left_out = score(plan_of(3, weights=weights), [], judgments)["panel"]["left_out"]
    without = {row["judge"]: row["models"][0]["win_rate"]["value"] for row in left_out}
    kept = {"j": ("k", "l"), "k": ("j", "l"), "l": ("j", "k")}
    for judge, names in kept.items():
        rest = [one for one in judgments if one.judge != judge]
        found = score(plan_of(3, names, weights=weights), [], rest)
        assert without[judge] == pytest.approx(found["pairs"][0]["win_rate"]["value"])
    assert not math.isclose(without["j"], without["l"])


# ------------------------------------------------------------------------------------------------ as typed
@pytest.mark.parametrize(
    ("judge", "panel", "weights", "names"),
    [
        (("judge-one", "judge-two"), 2, {}, ("judge-one", "judge-two")),
        (("judge-one=2", "judge-two"), 2, {"judge-one": 2.0, "judge-two": 1.0}, ("judge-one", "judge-two")),
        (("judge-two=0.5", "judge-one=3"), 2, {"judge-two": 0.5, "judge-one": 3.0}, ("judge-two", "judge-one")),
        (("judge-one=1", "judge-two"), 1, {}, ("judge-one",)),
    ],
)
def test_weights_stand_behind_the_names(
    tmp_path: Path, judge: tuple[str, ...], panel: int, weights: dict[str, float], names: tuple[str, ...]
) -> None:
    """They are part of the plan; equal ones are none."""
    suite, catalog = write_suite(tmp_path / "s.jsonl"), write_catalog(tmp_path / "c.toml")
    settings = Settings(suite=(str(suite),), catalog=str(catalog), judge=judge, panel=panel, simulate=True)
    plan = prepare(settings, env={}).plan
    assert (dict(plan.weights), plan.pairs[0].judges) == (weights, names)
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@pytest.mark.parametrize(
    ("judge", "panel", "why"),
    [
        (("judge-one=0", "judge-two"), 2, "a weight is a number from 0.001 to 1000"),
        (("judge-one=-1",), 2, "a weight is a number from 0.001 to 1000"),
        (("judge-one=twice",), 2, "a weight is a number from 0.001 to 1000"),
        (("judge-one=inf",), 2, "a weight is a number from 0.001 to 1000"),
        (("judge-one=1e308", "judge-two=1e308"), 2, "a weight is a number from 0.001 to 1000"),
        (("judge-one=1e-320",), 2, "a weight is a number from 0.001 to 1000"),
        (("=2",), 2, "a weight is a number from 0.001 to 1000"),
        (("judge-one=2", "judge-two"), 1, "add --panel 2"),
    ],
)
def test_what_is_no_weight_is_refused(tmp_path: Path, judge: tuple[str, ...], panel: int, why: str) -> None:
    """Before the first call, with what to write instead."""
    suite, catalog = write_suite(tmp_path / "s.jsonl"), write_catalog(tmp_path / "c.toml")
    with pytest.raises(UsageError, match=why):
        prepare(Settings(suite=(str(suite),), catalog=str(catalog), judge=judge, panel=panel, simulate=True), env={})


def test_a_run_with_repeats_and_weights(evals: Evals, tmp_path: Path) -> None:
    """Each verdict three times as planned, a noise check beside them; the report says so, and nothing is paid twice."""
    write_suite(tmp_path / "s.jsonl", 3)
    write_catalog(tmp_path / "c.toml")
    judges = "judge-one=3,judge-two"
    words = ["--suite", "s.jsonl", "--catalog", "c.toml", "--controls", "0", "--panel", "2", "--judge", judges]
    favourite = {"judge-one": "1", "judge-two": "tie"}
    with serving(Stub(judge=lambda model, prompt, _: verdict(prompt, favourite[model]))) as stub:
        words += ["--base-url", stub.url]
        planned = json.loads(evals("plan", *words, "--repeats", "3", "--noise-check", "1", "--json").out)
        assert {row["stage"]: row["calls"] for row in planned["stages"]} == {
            "collect": 6,
            "judge": 36,
            "noise-check": 12,
        }
        done = evals("run", *words, "--repeats", "3", "--noise-check", "1", "--run-id", "x", "--quiet")
        assert done.code == 0, done.err
        assert stub.total == planned["total_calls"] == 54
        folder = Path("outputs/x")
        made = records(folder / "judgments.jsonl")
        assert Counter(one["repeat"] for one in made) == dict.fromkeys(range(4), 12)
        assert len({one["key"] for one in made}) == 48
        assert manifest(folder)["plan"]["weights"] == {"judge-one": 3.0, "judge-two": 1.0}
        assert "judged by judge-one (weight 3), judge-two (weight 1), each verdict 3 times" in " ".join(
            done.out.split()
        )
        scores = json.loads((folder / "scores.json").read_bytes())
        assert (scores["settings"]["repeats"], scores["coverage"]["verdicts"]["planned"]) == (3, 36)
        assert scores["pairs"][0]["win_rate"]["n"] == 3
        again = evals("run", "--run-id", "x", "--quiet", "--repeats", "4")
        assert (again.code, stub.total) == (0, 54 + 12)  # the noise check's is the fourth now, and it has its own again
