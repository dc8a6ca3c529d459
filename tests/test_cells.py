"""Cells are numbers: the numbering, where answers stand, and how much of them is kept in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.cells import CACHED_ANSWERS, Answers, Grid, text_digest
from evals.records import Response
from tests.making import make_response, make_suite


class Shelf:
    """A journal in memory: offsets are places in a list, and reads are counted."""

    def __init__(self) -> None:
        self.records: list[Mapping[str, Any]] = []
        self.reads: list[int] = []

    def append(self, record: Mapping[str, Any]) -> int:
        self.records.append(record)
        return len(self.records) - 1

    def read(self, offset: int) -> dict[str, Any]:
        self.reads.append(offset)
        return dict(self.records[offset])


@given(prompts=st.tuples(st.integers(1, 4), st.integers(1, 4)), models=st.integers(1, 4), samples=st.integers(1, 3))
def test_numbers_and_places_are_one_to_one(prompts: tuple[int, int], models: int, samples: int) -> None:
    """Every (prompt, model, sample) has one number below `len`, and every number leads back to its place."""
    suites = [make_suite(count, name=f"suite-{n}") for n, count in enumerate(prompts)]
    grid = Grid(suites, [f"m{n}" for n in range(models)], samples)
    places = [(p, m, s) for p in range(sum(prompts)) for m in range(models) for s in range(samples)]
    assert sorted(grid.cell(*place) for place in places) == list(range(len(grid)))
    for place in places:
        number = grid.cell(*place)
        assert grid.split(number) == place
        prompt = grid.prompts[place[0]]
        assert suites[grid.suite_of[place[0]]].name == prompt.suite
        record = {"suite": prompt.suite, "prompt_id": prompt.id, "model": grid.models[place[1]], "sample": place[2]}
        assert grid.find(record) == number


@pytest.mark.parametrize(
    "change",
    [{"suite": "other"}, {"prompt_id": "p9"}, {"model": "nobody"}, {"sample": 2}, {"sample": -1}],
)
def test_records_outside_the_run_have_no_cell(change: dict[str, Any]) -> None:
    """A record of another suite, prompt, model or sample is nobody's cell."""
    grid = Grid([make_suite(2)], ["a", "b"], 2)
    inside = {"suite": "small", "prompt_id": "p1", "model": "b", "sample": 1}
    assert grid.find(inside) == len(grid) - 1
    assert grid.find({**inside, **change}) is None


def test_the_same_id_in_two_suites_is_two_prompts() -> None:
    """Ids need be unique within their suite only."""
    grid = Grid([make_suite(1, name="one"), make_suite(1, name="two")], ["a"], 1)
    record = {"prompt_id": "p0", "model": "a"}
    assert {grid.find({**record, "suite": name}) for name in ("one", "two")} == {0, 1}


def put(answers: Answers, shelf: Shelf, response: Response, *, keep: bool = True) -> int:
    cell = answers.grid.find(response.to_json())
    assert cell is not None
    answers.add(cell, shelf.append(response.to_json()), response, keep=keep)
    return cell


def test_answers_come_from_memory_or_from_disk() -> None:
    """A fresh answer is at hand, an old one is read once; both equal what was stored."""
    suite = make_suite(2)
    shelf = Shelf()
    answers = Answers(Grid([suite], ["a"], 1), shelf)
    fresh, old = make_response(suite.prompts[0], "a", "新"), make_response(suite.prompts[1], "a", "旧")
    near, far = put(answers, shelf, fresh), put(answers, shelf, old, keep=False)
    assert answers.response(near) == fresh
    assert shelf.reads == []
    assert answers.response(far) == answers.response(far) == old
    assert shelf.reads == [1]
    assert [cell for cell, _ in answers.cells()] == [near, far]


def test_what_a_verdict_depends_on_is_known_without_the_text() -> None:
    """Status, whether there is an answer, and a digest that differs with the text alone."""
    suite = make_suite(2)
    shelf = Shelf()
    answers = Answers(Grid([suite], ["a"], 1), shelf)
    cell = put(answers, shelf, make_response(suite.prompts[0], "a", "", status="filtered"))
    stored = answers.get(cell)
    assert stored is not None
    assert (stored.status, stored.has_answer, stored.digest) == ("filtered", False, text_digest(""))
    assert answers.get(1 - cell) is None
    assert 1 - cell not in answers


@given(st.lists(st.text(max_size=5), min_size=2, max_size=2))
def test_digests_tell_texts_apart(texts: list[str]) -> None:
    """Equal texts have equal digests, others do not, half surrogates included."""
    assert (text_digest(texts[0]) == text_digest(texts[1])) == (texts[0] == texts[1])
    assert text_digest("\ud800") != text_digest("\ud801")


def test_memory_is_flat_in_the_number_of_answers() -> None:
    """Only the latest answers are kept with their text, and one that was asked for again counts as late."""
    suite = make_suite(CACHED_ANSWERS + 50)
    shelf = Shelf()
    answers = Answers(Grid([suite], ["a"], 1), shelf)
    for number, prompt in enumerate(suite.prompts):
        put(answers, shelf, make_response(prompt, "a", "字" * 50))
        if number == CACHED_ANSWERS - 1:
            answers.response(0)
    assert len(answers) == len(suite.prompts)
    assert len(answers._cache) == CACHED_ANSWERS
    answers.response(0)
    assert shelf.reads == []
    answers.response(1)
    assert shelf.reads == [1]
