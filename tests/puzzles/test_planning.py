"""The family `planning`: what is its own (what all promise: test_families.py)."""

from __future__ import annotations

import random

import pytest

from evals.puzzles.plan import FAMILY
from tests.puzzles.examining import made, passes


def _facts(kind: str, **more: object) -> dict[str, object]:
    return {"kind": kind, "lang": "en", **more}


def test_crossing_by_hand() -> None:
    """The classical four (1, 2, 5, 10) take 17 minutes; with a minute's pause after each of four trips 21."""
    facts = _facts("crossing", times=[1, 2, 5, 10], drivers=[0, 1, 2, 3], apart=[], reload=0)
    assert FAMILY.solve(facts) == "17 minutes"
    assert FAMILY.solve({**facts, "reload": 1}) == "21 minutes"


def test_cutting_by_hand() -> None:
    """A cut is lost between pieces only, so three of 200 fit on 604 with a cut of 2 but not on 603."""
    facts = _facts("cutting", pieces=[200, 200, 200], kerf=2, bars=[604, 250], costs=[60, 30])
    assert FAMILY.solve(facts) == "£60"
    assert FAMILY.solve({**facts, "bars": [603, 250]}) == "£90"


def test_two_painters_by_hand() -> None:
    """3 before 4, and 5 for both together: 5 + 3 + 4, with 2 beside."""
    facts = _facts("makespan", names=list("abcd"), times=[3, 4, 5, 2], before=[[0, 1]], alone=[2], skilled=-1)
    assert FAMILY.solve(facts) == "12 hours"


def test_meeting_by_hand() -> None:
    """Travel around an engagement outside, and touching ends allowed."""
    busy = [[[560, 600, True]], [[660, 690, False]]]
    facts = _facts(
        "meeting", people=["A", "B"], busy=busy, first=[[0, 1], 45], second=[[0], 30], pause=15, travel=15, two=False
    )
    assert FAMILY.solve(facts) == "10:15"


def test_shifts_by_hand() -> None:
    """Seven days of one person each need two people with five days in a row."""
    facts = _facts("shifts", need=[1] * 7, block=5, barred=[])
    assert FAMILY.solve(facts) == "2 people"


def test_hard_plans_punish_the_first_idea() -> None:
    """From level 3 on the tempting plan of each kind is not the best one (loading: dearest first)."""
    puzzles = (made(FAMILY, seed, "en", 3) for seed in range(40))
    puzzle = next(puzzle for puzzle in puzzles if puzzle.facts["kind"] == "loading")
    fees = sorted((fee for _, _, fee in puzzle.facts["goods"]), reverse=True)
    assert sum(fees[:2]) < int(puzzle.answer.split("£")[1])


@pytest.mark.parametrize("written", ["{0}:{1}", "{0} : {1}", "{0}：{1}", "{0}点{1}分"])
def test_times_of_day_are_read_in_any_form(written: str) -> None:
    """15:45, 15：45 and 15点45分 are one time; a quarter of an hour later is another."""
    puzzle = FAMILY.kinds["meeting"](random.Random(1), "zh", 2)
    hour, minute = map(int, puzzle.answer.split(":"))
    assert passes(puzzle, "答案：" + written.format(hour, f"{minute:02d}"))[1]
    assert not passes(puzzle, "答案：" + written.format(hour, f"{(minute + 15) % 60:02d}"))[1]
