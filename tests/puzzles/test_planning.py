"""The family `planning`: every puzzle stands the second solver, its checks and a reader's eye for text."""

from __future__ import annotations

import random

import pytest

from evals.puzzles._planning import FAMILY
from tests.puzzles.examining import LANGS, SEEDS, examine, examine_family, examine_sizes, made, passes


def test_sixty_seeds_in_both_languages() -> None:
    """Answer, solver, checks, wrong answers and text hold, and no question comes twice."""
    examine_family(FAMILY)


@pytest.mark.slow
@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_every_seed_at_every_level(level: int) -> None:
    """The same for all levels of all seeds."""
    for seed in SEEDS:
        for lang in LANGS:
            examine(FAMILY, seed, lang, level, made(FAMILY, seed, lang, level))


def test_size_grows_with_the_level() -> None:
    """The search space of a seed does not shrink from level to level."""
    examine_sizes(FAMILY)


def test_the_seed_decides() -> None:
    """The same generator state gives the same puzzle."""
    first, second = (FAMILY.make(random.Random(5), "zh", 2) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("lang", LANGS)
def test_eight_kinds_occur(lang: str) -> None:
    """Cutting, loading, two painters, a round, allocation, crossing, meetings and rosters."""
    assert len({made(FAMILY, seed, lang, 1).facts["kind"] for seed in range(80)}) == 8  # type: ignore[arg-type]


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
    for seed in range(40):
        puzzle = made(FAMILY, seed, "en", 3)
        if puzzle.facts["kind"] == "loading":
            goods, best = puzzle.facts["goods"], int(puzzle.answer.split("£")[1])
            assert sum(sorted((g[2] for g in goods), reverse=True)[:2]) < best
            return
    raise AssertionError


@pytest.mark.parametrize("written", ["{0}:{1}", "0{0}:{1}", "{0}：{1}", "{0}点{1}分"])
def test_times_of_day_are_read_in_any_form(written: str) -> None:
    """9:05, 09:05 and 9点05分 are one time."""
    for seed in range(200):
        puzzle = made(FAMILY, seed, "zh", 2)
        if puzzle.facts["kind"] == "meeting" and puzzle.answer.startswith("9:"):
            assert passes(puzzle, "答案：" + written.format(*puzzle.answer.split(":")))[1]
            return
        if puzzle.facts["kind"] == "meeting" and not written.startswith("0"):
            assert passes(puzzle, "答案：" + written.format(*puzzle.answer.split(":")))[1]
            return
