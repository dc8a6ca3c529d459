"""The family `state`: every puzzle stands the second solver, its checks and a reader's eye for text."""

from __future__ import annotations

import random

import pytest

from evals.puzzles._state import FAMILY
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
    """Lots, tanks, envelopes, shelf, bench, machine, save points and a right passed on."""
    assert len({made(FAMILY, seed, lang, 1).facts["kind"] for seed in range(80)}) == 8  # type: ignore[arg-type]


def _facts(kind: str, **more: object) -> dict[str, object]:
    return {"kind": kind, "lang": "en", **more}


def test_lots_by_hand() -> None:
    """A lot goes out on its last day, is scrapped after it, and a delivery first makes good what is owed."""
    events = [["in", 1, 5, 10, 3], ["out", 3, 2], ["in", 4, 4, 20, 9], ["out", 5, 6], ["in", 6, 3, 30, 9]]
    assert FAMILY.solve(_facts("lots", events=events)) == "issued 160; scrapped 3; left 30"


def test_save_points_by_hand() -> None:
    """Reverting an outer save undoes what was confirmed inside it; with none open nothing happens."""
    events = [["open"], ["set", 0, 5], ["open"], ["add", 1, 2], ["keep"], ["drop"], ["drop"], ["copy", 2, 0]]
    facts = _facts("savepoints", names=["a", "b", "c"], start=[1, 2, 3], events=events)
    assert FAMILY.solve(facts) == "a 3, b 2, c 3"


def test_access_by_hand() -> None:
    """Who is cut off loses the right and the grants; they do not come back with the right."""
    events = [["give", 0, 1], ["give", 1, 2], ["take", 0, 1], ["give", 2, 1], ["give", 0, 1]]
    facts = _facts("access", people=["M", "A", "B"], events=events)
    assert FAMILY.solve(facts) == "M, A; 1"


def test_shelf_by_hand() -> None:
    """Swap, reverse, shift, insertion and a condition, in turn."""
    events = [
        ["swap", 0, 3],
        ["reverse", 1, 3],
        ["shift", 1],
        ["after", "a", "d"],
        ["if", "left", "a", "d", ["end", "a"], ["end", "c"]],
    ]
    assert FAMILY.solve(_facts("shelf", start=["a", "b", "c", "d"], events=events)) == "b, d, a, c"


def test_a_unit_behind_the_numbers_is_forgiven() -> None:
    """Numbers in order are enough, whatever words stand between them."""
    seed = next(s for s in range(99) if made(FAMILY, s, "zh", 1).facts["kind"] == "lots")
    puzzle = made(FAMILY, seed, "zh", 1)
    issued, scrapped, left = (part for part in puzzle.answer.replace("元", "").replace("箱", "").split("；"))
    line = f"答案：出库总成本为{issued[4:].strip()}，报废了{scrapped[2:].strip()}箱，还剩{left[2:].strip()}元的货"
    assert passes(puzzle, line)[1]


def test_minutes_may_be_named() -> None:
    """甲第 9 分钟 is 甲 9."""
    seed = next(s for s in range(99) if made(FAMILY, s, "zh", 1).facts["kind"] == "printer")
    puzzle = made(FAMILY, seed, "zh", 1)
    parts = [part.split() for part in puzzle.answer.split("、")]
    assert passes(puzzle, "答案：" + "，".join(f"{name}第{minute}分钟" for name, minute in parts))[1]
    assert not passes(puzzle, "答案：" + "，".join(f"{name}第{minute}分钟" for name, minute in parts[::-1]))[1]
