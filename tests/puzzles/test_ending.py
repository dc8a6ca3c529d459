"""The last line: what its checks read and what they refuse."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from evals.checks import check_answer
from evals.puzzles._ending import date_check, in_order, number, numbers, numeric, time_check
from evals.records import Prompt

ROW = in_order(["Ann", "9:05", "甲 3"], leads={0: "desk 1"}, units={2: "分钟"})
DAY = date_check(date(2026, 3, 5))[0]
CASES: list[tuple[dict[str, Any], str, bool]] = [
    (ROW, "Ann, 9:05, 甲 3", True),
    (ROW, "ann -> 09:05 -> 甲3 分钟", True),
    (ROW, "desk 1: Ann; 9点05分; 甲 3", True),
    (ROW, "1 Ann / 9：05 / 甲3", True),
    (ROW, "Anna, 9:05, 甲 3", False),
    (ROW, "Ann, 19:05, 甲 3", False),
    (ROW, "9:05, Ann, 甲 3", False),
    (ROW, "Ann, Bob, 9:05, 甲 3", False),
    (number(1200), "£1,200", True),
    (number(1200), "£1,201", False),
    (numeric("12.5")[0], "12.50", True),
    (numeric("12.5")[0], "12.51", False),
    (numeric("12.5", 0.011)[0], "12.51", True),
    (numbers([1200, 3]), "issued 1,200 and 3.0 left", True),
    (numbers([1200, 3]), "3 left of 1200", False),
    (numbers([1200, 3]), "1200, 3, 5", False),
    (time_check(545)[0], "9:05", True),
    (time_check(545)[0], "09：05", True),
    (time_check(545)[0], "9点05分", True),
    (time_check(545)[0], "19:05", False),
    (time_check(545)[0], "9:055", False),
    *((DAY, text, True) for text in ("2026年3月5日", "5 March 2026", "March 5th", "2026-03-05", "the 5th of Mar.")),
    *((DAY, text, False) for text in ("2026年3月15日", "15 March", "2026-05-03", "5 May", "March 50")),
]


@pytest.mark.parametrize(("check", "text", "right"), CASES)
def test_a_last_line_is_read_as_people_write_it(check: dict[str, Any], text: str, *, right: bool) -> None:
    """Separators, leads, units, zeros and other ways of writing are forgiven; another order or number is not."""
    prompt = Prompt(suite="x", id="x", messages=({"role": "user", "content": "?"},), checks=(check,))
    (result,) = check_answer(prompt, f"Answer: {text}")
    assert (result.status, result.loose) == ("ok", right), result.detail
