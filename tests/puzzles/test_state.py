"""The family `state`: what is its own (what all promise: test_families.py)."""

from __future__ import annotations

from evals.puzzles.state import FAMILY
from tests.puzzles.examining import made, passes


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
