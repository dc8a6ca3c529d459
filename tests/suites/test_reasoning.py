"""The reasoning suites: counts, records that their seeds make again, gold pairs that the checks agree with."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evals.checks import check_answer
from evals.library import load_gold, load_suite
from evals.puzzles._suite import FAMILIES
from tests.making import ROOT

PLAN = {
    "reasoning": {
        "word": 50, "grid": 40, "calendar": 25, "counting": 25, "order": 25, "state": 25, "rule": 25, "planning": 20,
        "missing": 15,
    },
    "reasoning-hard": dict.fromkeys(
        ("word", "grid", "calendar", "counting", "order", "state", "rule", "planning"), 25
    ),
}  # fmt: skip


def records(name: str) -> list[dict[str, Any]]:
    path: Path = ROOT / "prompts" / name / "prompts.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", PLAN)
def test_counts_languages_and_levels_are_as_planned(name: str) -> None:
    """So many in each category, standing together; half in Chinese; most of level 3 or 4."""
    found = records(name)
    order = [record["category"] for record in found]
    assert Counter(order) == PLAN[name]
    assert list(dict.fromkeys(order)) == list(PLAN[name])
    assert order == [category for category, number in PLAN[name].items() for _ in range(number)]
    assert Counter(record["lang"] for record in found) == dict.fromkeys(("zh", "en"), len(found) // 2)
    assert sum(record["difficulty"] >= 3 for record in found) >= 0.6 * len(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLAN)
def test_the_seed_of_a_record_makes_it_again(name: str) -> None:
    """Question, solution and checks are those of the generator as it stands, and the second solver confirms them."""
    for record in records(name):
        if record["source"]["kind"] != "template":
            continue
        maker = FAMILIES[record["category"]]
        puzzle = maker.make(random.Random(record["source"]["seed"]), record["lang"], record["difficulty"])
        assert puzzle.question == record["messages"][0]["content"], record["id"]
        assert puzzle.solution == record["reference"]["text"], record["id"]
        assert json.loads(json.dumps(puzzle.checks)) == record["checks"], record["id"]
        assert maker.solve(json.loads(json.dumps(puzzle.facts))) == puzzle.answer, record["id"]


def test_not_knowing_is_no_safe_guess() -> None:
    """Among the generated problems about missing facts each of the three verdicts is right at least twice."""
    verdicts = Counter(
        next(
            (word for word in ("missing", "conflict", "缺少", "矛盾") if word in record["reference"]["answer"]),
            "number",
        )
        for record in records("reasoning")
        if record["category"] == "missing" and record["source"]["kind"] == "template"
    )
    assert verdicts["number"] >= 2
    assert verdicts["missing"] + verdicts["缺少"] >= 2
    assert verdicts["conflict"] + verdicts["矛盾"] >= 2


def test_checks_agree_with_the_gold_pairs() -> None:
    """The better answer passes all checks of its prompt, the worse one does not unless only its steps are wrong."""
    for pair in load_gold(load_suite("reasoning")):
        passed = {
            side: all(result.strict for result in check_answer(pair.prompt, text))
            for side, text in (("a", pair.a), ("b", pair.b))
        }
        expected = {side: side == pair.better or pair.defect in ("tie", "wrong-steps") for side in passed}
        assert passed == expected, pair.id
