"""How well the complexity classes predict which prompts the cheapest model fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.routing._complexity import Area, _area, _part, _Row, predict
from evals.routing._decide import COMPLEXITIES, Cell
from tests.routing.building import OLD, world


@pytest.mark.parametrize(
    ("knows", "area", "words"),
    [(True, 1.0, "complexity tells which prompts"), (False, 0.5, "complexity is not shown to tell which prompts")],
)
def test_how_well_the_classes_predict(knows: bool, area: float, words: str) -> None:
    """An AUC of 1 where the cheap model fails exactly the hard prompts, of a coin where it fails at random."""
    found = predict(world(200, knows=knows))
    assert found is not None
    assert found.model == OLD, "the cheapest"
    assert found.area.low is not None
    assert found.area.high is not None
    assert found.area.low <= area <= found.area.high
    assert found.area.n == 200
    assert found.verdict.startswith(words)


def test_the_classes_are_counted() -> None:
    """Failed and asked, class by class; a class without prompts stands with 0 of 0."""
    found = predict(world(100, knows=True))
    assert found is not None
    assert found.tasks[0].failed == {"low": (0, 50), "medium": (0, 0), "high": (50, 50)}
    assert found.to_json()["tasks"][0]["classes"]["high"] == {"failed": 50, "n": 50}


def part_of(column: list[tuple[int, bool]], times: int = 1) -> Any:
    """Prompts of families of their own, or each so many times in one family."""
    return _part([_Row(*row, f"f{number}") for number, row in enumerate(column) for _ in range(times)])


def area_of(column: list[tuple[int, bool]], times: int = 1) -> Area:
    """The area of one task."""
    return _area([part_of(column, times)])


def test_two_failures_show_nothing() -> None:
    """Though both are of the hardest class and all else of the lowest, the next may well not be."""
    area = area_of([(2, True)] * 2 + [(0, False)] * 30)
    assert (area.value, area.high) == (1.0, 1.0)
    assert area.low is not None
    assert area.low < 0.5
    many = area_of([(2, True)] * 20 + [(0, False)] * 30).low
    assert many is not None
    assert many > 0.7


def test_prompts_of_one_template_count_as_one() -> None:
    """Eight prompts from each template tell no more than one from each."""
    column = [(n % 3, n % 4 == 0 or n % 9 == 2) for n in range(60)]
    once, often = area_of(column), area_of(column, times=8)
    assert often.value == pytest.approx(once.value)
    assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=0.01)
    assert often.n == 8 * once.n


rows = st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=60)


@given(rows)
def test_the_area_is_the_share_of_pairs_in_order(column: list[tuple[int, bool]]) -> None:
    """The AUC by its definition, over all pairs of a failed and a passed prompt, ties half; never outside 0..1."""
    area, pairs = area_of(column), part_of(column).pairs
    failed = [rank for rank, wrong in column if wrong]
    passed = [rank for rank, wrong in column if not wrong]
    if min(len(failed), len(passed)) < 2:
        assert (area.value, pairs) == (None, 0)
        return
    over = [(f > p) + 0.5 * (f == p) for f in failed for p in passed]
    assert area.value == pytest.approx(sum(over) / len(over))
    assert area.low is not None
    assert area.high is not None
    assert 0.0 <= area.low <= area.value + 1e-12
    assert area.value - 1e-12 <= area.high <= 1.0


def test_a_hard_task_is_no_merit_of_the_classes() -> None:
    """Two tasks, one failed throughout and classed high, one passed throughout and classed low: nothing is known."""
    found = world(40, knows=True)
    moved = [replace(a, cell=Cell(task="english")) if a.complexity == "high" else a for a in found.asked]
    told = predict(replace(found, asked=tuple(moved)))
    assert told is not None
    assert told.area.value is None
    assert told.verdict.endswith("cannot be said: too few failed or passed")


@pytest.mark.parametrize("change", [{"checked": False}, {"complexity": None}])
def test_without_checks_or_difficulty_nothing_is_predicted(change: dict[str, Any]) -> None:
    """Acceptance by comparison already knows the other model, so it does not count."""
    found = world(50, knows=True)
    assert predict(replace(found, asked=tuple(replace(asked, **change) for asked in found.asked))) is None


def test_classes_are_ordered() -> None:
    """The rank that the area compares is the order in which a router knows them."""
    assert COMPLEXITIES == ("low", "medium", "high")
