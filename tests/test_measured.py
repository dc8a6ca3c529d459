"""What may differ between equal runs: money, times, attempts and who served the calls."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.measured import measure
from evals.records import NO_ANSWER_JUDGE, Cost, Judgment, Response, Usage
from tests.making import make_plan, make_response, make_suite

SUITE = make_suite(1)
PROMPT = SUITE.prompts[0]
PLAN = make_plan(SUITE, ("a", "b"), noise_check=0.5)


def answer(model: str = "a", text: str = "答", **completion: Any) -> Response:
    return make_response(PROMPT, model, text, **completion)


def verdict(judge: str = "j", **fields: Any) -> Judgment:
    named = {"suite": "small", "prompt_id": "p0", "judge": judge, "definition": "d@1", "first": "a", "second": "b"}
    return Judgment(**{**named, "key": "k", "status": "ok", "winner": "first", "attempts": 1, **fields})


def measured(
    responses: list[Response],
    judgments: list[Judgment] | None = None,
    models: Any = None,
    totals: Any = None,
    **more: Any,
) -> dict[str, Any]:
    manifest = {"run_id": "run", "plan": PLAN.to_json(), "models": models or {}, "totals": totals or {}, **more}
    return measure(responses, judgments or [], manifest=manifest)


def test_costs_are_sums_and_stay_exact() -> None:
    """A tenth of a cent three times is three tenths of a cent; the total is that of all models and judges."""
    third = Cost(known=Decimal("0.001"))
    found = measured([answer(cost=third), answer(cost=third)], [verdict(cost=third)])
    assert found["models"]["a"]["cost_usd"] == "0.002"
    assert found["models"]["j"]["cost_usd"] == "0.001"
    assert found["total"] == {"cost_usd": "0.003"}


def test_an_unknown_cost_is_never_nothing() -> None:
    """A part that is unknown makes the sum unknown, with the known part and the missing names beside it."""
    unknown = Cost(known=Decimal("0.5"), unknown=("input price",))
    found = measured([answer(cost=Cost(known=Decimal(1))), answer("b", cost=unknown)])
    assert found["models"]["a"] == {**found["models"]["a"], "cost_usd": "1"}
    expected = {"cost_usd": None, "cost_at_least_usd": "0.5", "cost_unknown": ["input price"]}
    assert {name: found["models"]["b"][name] for name in expected} == expected
    assert found["total"] == {"cost_usd": None, "cost_at_least_usd": "1.5", "cost_unknown": ["input price"]}


def test_only_answers_have_a_latency() -> None:
    """A failed call's time is no latency of the model, but its attempts count."""
    found = measured(
        [answer(latency_s=1.0), answer(latency_s=3.0), answer(text="", status="error", latency_s=300.0)],
        [verdict(latency_s=2.0), verdict(status="error", winner=None, latency_s=99.0, attempts=3)],
    )
    assert found["models"]["a"]["latency_s"]["p50"] == 2.0
    assert found["models"]["a"]["latency_s"]["p99"] <= 3.0
    assert found["models"]["j"]["latency_s"] == {"p50": 2.0, "p95": 2.0, "p99": 2.0}
    assert (found["models"]["a"]["calls"], found["models"]["j"]["attempts"]) == (3, 4)


def test_calls_that_were_never_made_count_for_nothing() -> None:
    """Recorded answers and verdicts and verdicts by rule: no cost, no latency, no call."""
    recorded = Response.from_json({**answer(latency_s=9.0).to_json(), "attempts": 0})
    found = measured([recorded], [verdict(NO_ANSWER_JUDGE, attempts=0), verdict(attempts=0)])
    assert list(found["models"]) == ["a"]
    assert (found["models"]["a"]["calls"], found["models"]["a"]["latency_s"]) == (0, None)
    assert found["total"] == {"cost_usd": "0"}


def test_each_stage_as_planned_and_as_made() -> None:
    """Answers by their turns, verdicts by what they are for; stages add up to the total, unplanned ones show."""
    cent = Cost(known=Decimal("0.01"))
    planned = [
        {"stage": "judge", "calls": 4, "at_most_calls": True, "likely": {"cost_usd": "0.05"}, "at_most": {}},
        {"stage": "check", "calls": 2, "at_most_calls": False, "likely": {"cost_usd": "0"}, "at_most": {}},
    ]
    calibrated = {"planned": {**planned[0], "stage": "calibrate", "calls": 9}, "calls": 8, "attempts": 10}
    two_turns = Response.from_json({**answer(cost=cent).to_json(), "earlier": ["x"]})
    found = measured(
        [two_turns],
        [
            verdict(cost=cent),
            verdict(cost=cent, repeat=1),
            verdict(cost=cent, first="control:null", attempts=3),
            verdict(cost=cent, second="control:null"),
            verdict("rule:checks", attempts=0),
        ],
        forecast=planned,
        calibrated=[{**calibrated, "cost_usd": "0.5"}],
    )
    rows = {row["stage"]: row for row in found["stages"]}
    assert list(rows) == ["calibrate", "collect", "check", "judge", "noise-check", "controls"]
    assert {
        name: (row["planned_calls"], row["calls"], row["attempts"], row["cost_usd"]) for name, row in rows.items()
    } == {
        "calibrate": (9, 8, 10, "0.5"),
        "collect": (0, 2, 1, "0.01"),
        "check": (2, 0, 0, "0"),
        "judge": (4, 1, 1, "0.01"),
        "noise-check": (0, 1, 1, "0.01"),
        "controls": (0, 2, 4, "0.02"),
    }
    assert (rows["judge"]["at_most_calls"], rows["judge"]["planned"]) == (True, {"cost_usd": "0.05"})
    assert found["total"] == {"cost_usd": "0.55"}


def test_who_served_and_in_which_role() -> None:
    """A model that answers and judges has one row with both roles and all names it was served under."""
    found = measured(
        [answer(served_model="a-0613"), answer(served_model="a-1106", fingerprint="fp")],
        [verdict("a", served_model="a-0613")],
        models={"a": {"prices": {"invented": True}}},
        totals={"wall_s": 1.5, "unknown_outcomes": 2},
    )
    row = found["models"]["a"]
    assert row["role"] == ["candidate", "judge"]
    assert row["served_model"] == ["a-0613", "a-1106"]
    assert row["fingerprint"] == ["fp"]
    assert row["invented_prices"] is True
    assert (found["wall_s"], found["unknown_outcomes"]) == (1.5, 2)


@given(
    calls=st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.integers(0, 10**7),
            st.booleans(),
            st.integers(1, 5),
            st.floats(0, 600, allow_nan=False),
        ),
        max_size=30,
    )
)
def test_the_order_of_the_records_does_not_matter(calls: list[tuple[str, int, bool, int, float]]) -> None:
    """The same records in any order give the same figures; tokens, attempts and money add up exactly."""
    responses = [
        Response.from_json(
            {
                **answer(
                    model,
                    cost=Cost(known=Decimal(cents).scaleb(-6), unknown=() if known else ("usage",)),
                    usage=Usage(prompt_tokens=cents, completion_tokens=1 if known else None),
                    latency_s=seconds,
                ).to_json(),
                "attempts": attempts,
            }
        )
        for model, cents, known, attempts, seconds in calls
    ]
    found = measured(responses)
    assert found == measured(responses[::-1])
    assert sum(row["attempts"] for row in found["models"].values()) == sum(call[3] for call in calls)
    assert sum(row["prompt_tokens"] for row in found["models"].values()) == sum(call[1] for call in calls)
    total = found["total"].get("cost_at_least_usd") or found["total"]["cost_usd"]
    assert Decimal(total) == sum((Decimal(call[1]).scaleb(-6) for call in calls), start=Decimal(0))
    assert (found["total"]["cost_usd"] is None) == (not all(call[2] for call in calls))


@pytest.mark.parametrize("text", ["", "答"])
def test_truncated_answers_have_a_latency_when_there_is_a_text(text: str) -> None:
    """What counts as answered is what can be judged."""
    found = measured([answer(text=text, status="truncated", latency_s=1.0)])
    assert (found["models"]["a"]["latency_s"] is not None) == bool(text)
