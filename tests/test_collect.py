"""Collecting: planned minus stored, what a key covers, and what is set aside on resume."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.catalog import Endpoint, Habits, Prices
from evals.cells import Answers, Grid
from evals.collect import RECORDED_KEY, Collector, StaleAnswers, response_key, sample_params
from evals.engine import Halt
from evals.records import Completion, Params, Prompt, Response, Suite
from tests.making import StubCaller, make_endpoint, make_response, make_suite
from tests.test_cells import Shelf

MODELS = ("a", "b")


class Desk:
    """A collector over a small suite, with a journal in memory and a note of every arrival."""

    def __init__(self, suite: Suite, *, samples: int = 1, models: Sequence[str] = MODELS) -> None:
        self.grid = Grid([suite], models, samples)
        self.shelf = Shelf()
        self.answers = Answers(self.grid, self.shelf)
        self.arrived: list[tuple[int, int]] = []
        endpoints = {name: make_endpoint(name) for name in models}
        self.collector = Collector(self.grid, self.answers, self.shelf, endpoints, self._note)

    def _note(self, cell: int, response: Response) -> None:
        self.arrived.append((cell, len(self.shelf.records)))

    def collect(self, caller: StubCaller, model: str = "a", *, halt: Halt | None = None) -> None:
        asyncio.run(self.collector.collect(model, caller, workers=3, halt=halt or Halt()))


@given(
    prompts=st.integers(1, 5),
    samples=st.integers(1, 2),
    stored=st.sets(st.tuples(st.integers(0, 4), st.sampled_from(MODELS), st.integers(0, 1))),
)
def test_calls_are_planned_minus_stored(prompts: int, samples: int, stored: set[tuple[int, str, int]]) -> None:
    """Exactly the cells without an answer are asked, once each, and every one has an answer afterwards."""
    suite = make_suite(prompts)
    desk = Desk(suite, samples=samples)
    for number, model, sample in stored:
        if number < prompts and sample < samples:
            response = replace(make_response(suite.prompts[number], model), sample=sample)
            desk.answers.add(desk.grid.cell(number, MODELS.index(model), sample), 0, response)
    before = len(desk.answers)
    missing = {model: list(desk.collector.missing(model)) for model in MODELS}
    assert sum(map(len, missing.values())) == len(desk.grid) - before
    assert all(cells == sorted(cells) for cells in missing.values()), "prompts in order, so that pairs complete early"
    caller = StubCaller(lambda text, n: f"answer {n}")
    for model in MODELS:
        desk.collect(caller, model)
    assert len(caller.calls) == len(desk.grid) - before
    assert len(desk.answers) == len(desk.grid)
    assert Counter(cell for cell, _ in desk.arrived) == Counter(missing["a"] + missing["b"])


def test_an_answer_is_stored_before_anybody_is_told() -> None:
    """At each arrival the record is in the journal already, under the key of its request."""
    suite = make_suite(3)
    desk = Desk(suite)
    desk.collect(StubCaller(lambda text, n: "答"))
    assert [stored for _, stored in desk.arrived] == [1, 2, 3]
    for record in desk.shelf.records:
        prompt = next(p for p in suite.prompts if p.id == record["prompt_id"])
        assert record["key"] == response_key(make_endpoint("a"), prompt, suite.params, 0)
        assert Response.from_json(record).completion.text == "答"


def test_failed_calls_are_stored_as_errors() -> None:
    """A fault of a model is a record with its status, and does not stop the others."""
    failing = Completion(status="error", error="HTTP 500", attempts=3)
    desk = Desk(make_suite(3))
    desk.collect(StubCaller(lambda text, n: failing if n == 2 else "答"))
    assert Counter(record["status"] for record in desk.shelf.records) == {"ok": 2, "error": 1}


def test_nothing_new_is_asked_once_the_run_has_halted() -> None:
    """What another stage broke on ends this one before its first call."""
    halt = Halt()
    halt.stop(RuntimeError("disk full"))
    caller = StubCaller(lambda text, n: "答")
    Desk(make_suite(3)).collect(caller, halt=halt)
    assert caller.calls == []


def test_further_samples_carry_their_number_as_seed() -> None:
    """The first sample is the suite's own request; others differ in the seed alone."""
    suite = make_suite(1)
    assert sample_params(suite, 0) == suite.params
    assert sample_params(suite, 2) == replace(suite.params, seed=2)


# ------------------------------------------------------------------------------------------------ keys
ENDPOINT = make_endpoint("a")
PROMPT = make_suite(1).prompts[0]
PARAMS = Params(max_tokens=100, temperature=0.7)
Change = Callable[[], tuple[Endpoint, Prompt, Params, int]]
DECIDES: dict[str, Change] = {
    "prompt": lambda: (ENDPOINT, replace(PROMPT, messages=({"role": "user", "content": "x"},)), PARAMS, 0),
    "role": lambda: (ENDPOINT, replace(PROMPT, messages=({**PROMPT.messages[0], "role": "system"},)), PARAMS, 0),
    "model": lambda: (replace(ENDPOINT, name="b"), PROMPT, PARAMS, 0),
    "wire name": lambda: (replace(ENDPOINT, wire_id="a-2"), PROMPT, PARAMS, 0),
    "token limit": lambda: (ENDPOINT, PROMPT, replace(PARAMS, max_tokens=101), 0),
    "temperature": lambda: (ENDPOINT, PROMPT, replace(PARAMS, temperature=0.0), 0),
    "no temperature": lambda: (ENDPOINT, PROMPT, replace(PARAMS, temperature=None), 0),
    "seed": lambda: (ENDPOINT, PROMPT, replace(PARAMS, seed=1), 0),
    "fixed temperature": lambda: (replace(ENDPOINT, habits=Habits(fixed_temperature=1.0)), PROMPT, PARAMS, 0),
    "sample": lambda: (ENDPOINT, PROMPT, PARAMS, 1),
}
LABELS: dict[str, Change] = {
    "category": lambda: (ENDPOINT, replace(PROMPT, category="other", tags=("t",), difficulty=3), PARAMS, 0),
    "reference": lambda: (ENDPOINT, replace(PROMPT, reference="other", answer="x", rubric=("r",)), PARAMS, 0),
    "price": lambda: (replace(ENDPOINT, prices=Prices(invented=True)), PROMPT, PARAMS, 0),
    "address and key": lambda: (replace(ENDPOINT, base_url="http://[::1]/v1", api_key="sk-1"), PROMPT, PARAMS, 0),
}


@pytest.mark.parametrize("case", [*DECIDES, *LABELS])
def test_a_key_covers_what_decides_the_answer(case: str) -> None:
    """Each field of the request changes the key; labels, prices and addresses do not."""
    before = response_key(ENDPOINT, PROMPT, PARAMS, 0)
    changed = (DECIDES | LABELS)[case]()
    assert (response_key(*changed) != before) == (case in DECIDES)


# ------------------------------------------------------------------------------------------------ resume
def stored_record(suite: Suite, **changes: Any) -> dict[str, Any]:
    key = response_key(make_endpoint("a"), suite.prompts[0], suite.params, 0)
    return {**make_response(suite.prompts[0], "a").to_json(), "key": key, **changes}


@pytest.mark.parametrize(
    ("changes", "stale"),
    [
        ({}, False),
        ({"key": "of another request"}, True),
        ({"status": "error"}, True),
        ({"status": "empty", "text": ""}, False),
        ({"key": f"{RECORDED_KEY}whatever"}, False),
        ({"model": "b", "key": "not called now"}, False),
        ({"prompt_id": "gone", "key": "outside the plan"}, False),
        ({"sample": 5, "key": "outside the plan"}, False),
    ],
)
def test_what_a_resume_sets_aside(changes: dict[str, Any], stale: bool) -> None:
    """Changed requests and failed calls; never recorded answers, other cells, or models that are not called now."""
    suite = make_suite(2)
    stale_answers = StaleAnswers(Grid([suite], MODELS, 1), {"a": make_endpoint("a")})
    assert stale_answers(stored_record(suite, **changes)) is stale
    assert stale_answers.failed == (1 if changes.get("status") == "error" else 0)
    assert stale_answers.changed == (["p0 by a"] if stale and not stale_answers.failed else [])
