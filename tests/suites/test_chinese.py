"""The Chinese suite: its hygiene, its gold pairs, and computed references worked out a second time."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from evals.library import load_suite
from evals.records import Prompt

FOLDER = Path(__file__).parents[2] / "prompts" / "chinese"


@pytest.fixture(scope="module")
def prompts() -> dict[str, Prompt]:
    """The prompts by the end of their ids."""
    return {prompt.id.removeprefix("zh-"): prompt for prompt in load_suite("chinese").prompts}


@pytest.fixture(scope="module")
def pairs() -> list[dict[str, Any]]:
    """The gold pairs as they are written."""
    return [json.loads(line) for line in (FOLDER / "gold.jsonl").read_text("utf-8").split("\n") if line]


def test_ids_count_without_gaps(prompts: dict[str, Prompt]) -> None:
    """Each category stands in one block, numbered from 1."""
    sizes = Counter(prompt.category for prompt in prompts.values())
    assert list(prompts) == [f"{name}-{n:04d}" for name, size in sizes.items() for n in range(1, size + 1)]


def test_every_prompt_has_a_few_criteria(prompts: dict[str, Prompt]) -> None:
    """Two to five things a judge can tick."""
    assert {i: len(p.rubric) for i, p in prompts.items() if not 2 <= len(p.rubric) <= 5} == {}


def test_chinese_text_carries_chinese_marks(prompts: dict[str, Prompt]) -> None:
    """No half-width comma or question mark behind a Chinese character, but where half-width marks are the task."""
    allowed = {"mixed-0001", "mixed-0006"}
    half = re.compile(r"[\u4e00-\u9fff][,;?!]")
    found = {i for i, p in prompts.items() if half.search(p.text + p.reference + "".join(p.rubric))}
    assert found <= allowed | {"mixed-0018"}  # an English letter that keeps two Chinese words


def test_gold_pairs_favour_neither_length_nor_place(pairs: list[dict[str, Any]]) -> None:
    """Of 72 decisive pairs the wrong answer is longer in half, first in half, and the two do not go together."""
    decisive = [pair for pair in pairs if pair["better"] != "tie"]
    wrong = [("b" if pair["better"] == "a" else "a", pair) for pair in decisive]
    cells = Counter((len(pair[side]) > len(pair[pair["better"]]), side) for side, pair in wrong)
    assert (len(pairs), set(cells.values()), len(cells)) == (80, {18}, 4)


def test_the_roster_has_one_solution(prompts: dict[str, Prompt]) -> None:
    """Every assignment of four people to six shifts is tried; the stated answer alone keeps the rules."""

    def keeps_rules(turns: tuple[str, ...]) -> bool:
        shifts = list(zip(turns, (19, 19, 20, 20, 21, 21), "日夜" * 3, strict=True))
        return (
            all(one != other for one, other in pairwise(turns))
            and all(1 <= turns.count(name) <= 2 for name in names)
            and all(day != 20 for name, day, _ in shifts if name == "纪山")
            and all(part == "日" for name, _, part in shifts if name == "芮红")
            and all((day, part) == (19, "夜") for name, day, part in shifts if name == "桑叶")
            and all(day == 20 for name, day, _ in shifts if name == "卞舟")
        )

    names = ("纪山", "芮红", "桑叶", "卞舟")
    right = ["、".join(turns) for turns in product(names, repeat=6) if keeps_rules(turns)]
    assert right == [prompts["official-0021"].answer]


@pytest.mark.parametrize("year", [2027, 2028])
def test_the_dog_days_follow_from_the_sixty_day_cycle(prompts: dict[str, Prompt], year: int) -> None:
    """The first days of the three periods, counted from a day whose place in the cycle of ten stems is known."""
    autumn = {2027: date(2027, 8, 8), 2028: date(2028, 8, 7)}[year]
    day = date(year, 6, 21)
    while (day - date(2000, 1, 1)).days % 10 != 2:  # 1 January 2000 was a 戊 day, so 庚 days come two later
        day += timedelta(1)
    first, middle = day + timedelta(20), day + timedelta(30)
    last = middle
    while last < autumn:
        last += timedelta(10)
    told = prompts["amount-0016"].reference
    assert all(f"{d.month}月{d.day}日" in told for d in (first, middle, last))
    assert f"{year}年{(last - first).days + 10}天" in told


def test_money_in_letters_comes_out_to_the_cent(prompts: dict[str, Prompt]) -> None:
    """Penalty interest, a loan's interest, a repaid mortgage and a tax are computed again with fractions."""
    owed = 286_500 * Fraction(7, 10) - 120_000
    penalty = owed * Fraction(3, 10_000) * (date(2026, 3, 16) - date(2026, 1, 31)).days
    saved = sum(9 * n for n in range(1, 97)) - sum(9 * n for n in range(1, 77))
    first = Fraction(120_000 * 345 * (date(2025, 6, 30) - date(2025, 3, 15)).days, 10_000 * 360)
    second = Fraction(80_000 * 345 * (date(2025, 11, 2) - date(2025, 6, 30)).days, 10_000 * 360)
    taxed = 4 * (22_000 - 5_000 - 2_850 - 1_500) + 18_000
    due = Fraction(taxed, 10) - 2_520 - (Fraction(3 * 12_650, 10) - 2_520)
    for name, amount in {
        "official-0005": owed + penalty,
        "amount-0006": 80_000 + first + second,
        "amount-0019": Fraction(saved),
        "amount-0010": due,
    }.items():
        shown = f"{float(round(amount, 2)):,.2f}".removesuffix(".00")
        assert shown in prompts[name].reference or shown.replace(",", "") in prompts[name].reference
