"""The family `rule`: what is its own (what all promise: test_families.py)."""

from __future__ import annotations

import pytest

from evals.puzzles.rule import FAMILY
from tests.puzzles.examining import made, passes


def _facts(kind: str, **more: object) -> dict[str, object]:
    return {"kind": kind, "lang": "en", **more}


def test_check_digit_by_hand() -> None:
    """4 x 7 -> 28 -> 10, 5 x 3 -> 15 -> 6, 2 x 1, plus 3: 21, remainder 10 on division by 11, written X."""
    rule = {"weights": [7, 3, 1], "modulus": 11, "fold": True, "start": 3}
    facts = _facts("check", rule=rule, shown=[4, 5, 2], check=None, total=-1, swapped=False)
    assert FAMILY.solve(facts) == "X"


@pytest.mark.parametrize(
    ("text", "result"),
    [("5 ⊕ 3", "5"), ("(2 ⊕ 9) ⊕ 1", "29"), ("2 ⊕ 9 ⊕ 1", "31"), ("7 ⊗ 8", "11"), ("4 ⊗ 1 ⊕ 1", "4")],
)
def test_operators_by_hand(text: str, result: str) -> None:
    """From right to left unless brackets say otherwise."""
    facts = _facts("operator", ops={"⊕": "diff", "⊗": "digits"}, text=text, value=None, bound=20)
    assert FAMILY.solve(facts) == result


def test_rewriting_by_hand() -> None:
    """The first rule that fits, at the leftmost place, until none fits."""
    facts = _facts("rewrite", rules=[["RR", "B"], ["BY", "YB"]], start="RRYRR", side="left")
    assert FAMILY.solve(facts) == "YBB; 3 steps"


def test_calendar_by_hand() -> None:
    """Over the extra day of a leap year, which has no weekday."""
    rule = {"months": 8, "odd": 31, "even": 30, "leap": 3, "skip": 0, "week": 5, "free": True}
    facts = _facts("calendar", rule=rule, first=[102, 8, 30], second=[103, 1, 1], weekday=0)
    assert FAMILY.solve(facts) == "2 days; Birchday"


def test_units_by_hand() -> None:
    """2 tuns 3 kegs less 4 cups, a third of it in whole cups, sold by the keg and rounded up."""
    orders = [["take", 0, 0, 4], ["share", 3]]
    facts = _facts("measure", big=5, small=8, start=[2, 3, 0], orders=orders, price=7)
    assert FAMILY.solve(facts) == "0 tuns, 4 kegs, 1 cup; £29"


def test_scoring_by_hand() -> None:
    """Third win in a row, second loss in a row, last round double."""
    rule = {"win": 5, "draw": 1, "bonus": 2, "loss": 3, "cap": 0, "half": True}
    facts = _facts("scoring", rule=rule, names=["A", "B"], results=["WWWW", "WLLD"])
    assert FAMILY.solve(facts) == "A 31, B 4"


def test_a_cipher_answer_may_be_spaced() -> None:
    """Letters parted by spaces are the same letters; small ones too."""
    seed = next(s for s in range(99) if made(FAMILY, s, "en", 2).facts["kind"] == "cipher")
    puzzle = made(FAMILY, seed, "en", 2)
    assert passes(puzzle, "Answer: " + " ".join(puzzle.answer.lower()))[1]
    assert not passes(puzzle, "Answer: " + puzzle.answer + "Q")[1]


def test_points_may_be_named() -> None:
    """大鹏 44 分 is 大鹏 44; another total is not."""
    seed = next(s for s in range(99) if made(FAMILY, s, "zh", 2).facts["kind"] == "scoring")
    puzzle = made(FAMILY, seed, "zh", 2)
    named = "，".join(f"{part.replace(' ', '')}分" for part in puzzle.answer.split("、"))
    assert passes(puzzle, "答案：" + named)[1]
    assert not passes(puzzle, "答案：" + named.replace("分", "1分", 1))[1]
