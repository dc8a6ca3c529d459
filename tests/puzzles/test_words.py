"""Words and numbers as people write them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from evals.puzzles._words import clock_in, counted, dated, decimal, finished, han, joined, maths, money, ordinal, times

SAID = [
    (han(2), "两"), (han(12), "十二"), (han(20), "二十"), (han(35), "三十五"), (han(100), "100"),
    (ordinal("zh", 2), "第二"), (ordinal("en", 2), "second"),
    (counted(1, "box"), "one box"), (counted(13, "floor"), "13 floors"),
    (times(1), "once"), (times(2), "twice"), (times(5), "five times"),
    (joined("zh", ["甲", "乙", "丙"]), "甲、乙和丙"), (joined("en", ["a", "b", "c"], "or"), "a, b or c"),
    (joined("en", ["a"]), "a"),
    (decimal(Fraction(5, 2)), "2.5"), (decimal(Fraction(-1, 1000)), "0"), (decimal(Fraction(1005, 1000)), "1.01"),
    (money("zh", 1250), "12.5 元"), (money("en", 1250), "£12.50"), (money("en", 120_000), "£1,200"),
    (maths("zh", "3 * 4 - 2 = 10"), "3×4－2＝10"), (maths("en", "3 * 4"), "3 x 4"),
    (clock_in("zh", 545), "9:05"), (clock_in("en", 545), "09:05"),
    (dated("en", date(2026, 3, 5), week=True), "Thursday 5 March 2026"),
    (dated("zh", date(2026, 3, 5), year=False, week=True), "3月5日（星期四）"),
    (finished("zh", "共3箱A货  \n比-3多"), "共 3 箱 A 货\n比-3 多"),
    (finished("zh", "比-3多", signed=True), "比 -3 多"),
    (finished("en", "two  words "), "two words"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "wanted"), SAID)
def test_as_people_write_it(said: str, wanted: str) -> None:
    """Counts, ordinals, lists, amounts, times and dates in both languages; spaces between scripts."""
    assert said == wanted
