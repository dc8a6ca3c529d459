"""Whole batteries: plan, records, freshness, folders."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evals.checks import check_answer, validate_check
from evals.puzzles import GENERATED, generate, write_suite
from evals.puzzles._suite import FAMILIES, _grams, canary_of
from evals.records import Prompt, UsageError

KEYS = ["id", "suite", "category", "lang", "difficulty", "messages", "reference", "checks", "rubric", "tags"]
KEYS += ["source", "license", "canary", "version"]
Records = list[dict[str, Any]]


def _sound(records: Records) -> None:
    assert all(list(record) == KEYS for record in records)
    assert len({record["id"] for record in records}) == len(records)
    assert len({record["messages"][0]["content"] for record in records}) == len(records)
    langs = Counter(record["lang"] for record in records)
    assert abs(langs["zh"] - langs["en"]) <= 1
    assert sum(record["difficulty"] >= 3 for record in records) >= 0.6 * len(records)
    for record in records:
        assert record["checks"], record["id"]
        assert not any(validate_check(check) for check in record["checks"]), record["id"]
        assert 2 <= len(record["rubric"]) <= 5
        prompt = Prompt(suite="x", id=record["id"], messages=(), checks=tuple(record["checks"]))
        results = check_answer(prompt, record["reference"]["text"])
        assert all(result.strict and result.loose for result in results), record["id"]


@pytest.fixture(scope="module")
def hard() -> Records:
    """One battery."""
    return generate("reasoning-hard", 5)


@pytest.mark.slow
def test_a_battery_is_sound(hard: Records) -> None:
    """Eight families of 25, levels 3 and 4, both languages, every reference passing its checks."""
    _sound(hard)
    assert Counter(record["category"] for record in hard) == dict.fromkeys(
        ("word", "grid", "calendar", "counting", "order", "state", "rule", "planning"), 25
    )
    assert {record["difficulty"] for record in hard} == {3, 4}
    assert hard[0]["id"] == "rh-word-0001"


@pytest.mark.slow
def test_the_seed_of_a_record_makes_its_question_again(hard: Records) -> None:
    """Category, language, level and the seed in the record are enough."""
    import random

    for record in hard[::20]:
        maker = FAMILIES[record["category"]]
        puzzle = maker.make(random.Random(record["source"]["seed"]), record["lang"], record["difficulty"])
        assert puzzle.question == record["messages"][0]["content"]


@pytest.mark.slow
def test_questions_of_a_category_are_not_of_one_mould(hard: Records) -> None:
    """No two questions of a battery share more than half of their runs of thirteen words."""
    for category in {record["category"] for record in hard}:
        for lang in ("zh", "en"):
            texts = [r["messages"][0]["content"] for r in hard if (r["category"], r["lang"]) == (category, lang)]
            grams = [_grams(text) for text in texts]
            assert all(len(a & b) <= 0.5 * min(len(a), len(b)) for i, a in enumerate(grams) for b in grams[:i])


@pytest.mark.slow
def test_three_seeds_give_three_batteries(hard: Records) -> None:
    """Fresh seeds are valid and have no question in common."""
    batteries = [hard, generate("reasoning-hard", 6), generate("reasoning-hard", 7)]
    questions = [{record["messages"][0]["content"] for record in battery} for battery in batteries]
    assert len(questions[0] | questions[1] | questions[2]) == 600
    for battery in batteries[1:]:
        _sound(battery)


@pytest.mark.slow
def test_reasoning_continues_the_written_prompts() -> None:
    """210 new prompts in nine categories, numbered after the forty written ones, the given canary in each."""
    records = generate("reasoning", 11, canary="b54fecbf-71e3-49e8-8a49-14d03bf52dea")
    _sound(records)
    assert len(records) == 210
    assert Counter(record["category"] for record in records)["missing"] == 13
    assert {record["canary"] for record in records} == {"b54fecbf-71e3-49e8-8a49-14d03bf52dea"}
    assert next(record["id"] for record in records if record["category"] == "grid") == "rs-grid-0007"


def test_a_folder_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """suite.toml and prompts.jsonl with seed and canary; a second time is refused."""
    record = {"id": "rh-word-0001", "text": "题"}
    monkeypatch.setattr("evals.puzzles._suite.generate", lambda name, seed: [record])
    folder = write_suite(tmp_path / "new", "reasoning-hard", 42)
    assert (folder / "prompts.jsonl").read_bytes() == (
        json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
    ).encode()
    settings = tomllib.loads((folder / "suite.toml").read_text(encoding="utf-8"))
    assert settings["canary"] == canary_of("reasoning-hard", 42)
    assert "seed 42" in settings["description"]
    assert len(settings["categories"]) == 8
    with pytest.raises(UsageError, match="exists"):
        write_suite(folder, "reasoning-hard", 42)


@pytest.mark.parametrize(("call", "name"), [(generate, "chinese"), (write_suite, "reasoning")])
def test_what_cannot_be_generated_is_named(call: Any, name: str, tmp_path: Path) -> None:
    """The message says which suites can be made."""
    arguments = (name, 1) if call is generate else (tmp_path, name, 1)
    with pytest.raises(UsageError, match="reasoning-hard"):
        call(*arguments)


def test_the_names_and_their_canaries() -> None:
    """Two suites; a canary belongs to one seed."""
    assert GENERATED == ("reasoning", "reasoning-hard")
    assert canary_of("reasoning-hard", 1) == canary_of("reasoning-hard", 1) != canary_of("reasoning-hard", 2)


def test_the_levels_of_the_mixed_suite_are_dealt_to_every_category() -> None:
    """No category is left with easy problems alone."""
    from evals.puzzles._suite import _PLANS

    levels = _PLANS["reasoning"].levels
    assert sum(level >= 3 for level in levels) >= 0.6 * len(levels)
    assert set(levels) == {1, 2, 3, 4}
