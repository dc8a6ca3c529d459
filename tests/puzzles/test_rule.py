"""The family `rule`: every puzzle stands the second solver, its checks and a reader's eye for text."""

from __future__ import annotations

import random

import pytest

from evals.puzzles._rule import FAMILY
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
def test_seven_kinds_occur(lang: str) -> None:
    """Check digits, cipher, rewriting, operators, scoring, units and calendar."""
    assert len({made(FAMILY, seed, lang, 1).facts["kind"] for seed in range(80)}) == 7  # type: ignore[arg-type]


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
