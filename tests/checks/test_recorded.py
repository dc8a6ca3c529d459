"""Recorded answers of real models: the checks must agree with the recorded corrections."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evals.checks import check_answer
from evals.records import Prompt

DATA = Path(os.environ.get("EVALS_RECORDED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")


def _path(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"no recorded data at {DATA} (set EVALS_RECORDED_DATA)")
    return path


def _prompt(kind: str, **args: Any) -> Prompt:
    return Prompt(suite="s", id="p", messages=(), checks=({"type": kind, "args": args},))


def test_gsm8k_solutions_give_the_recorded_counts() -> None:
    """The numeric check agrees with the recorded correction of every one of 5,276 solutions, in both readings."""
    strict: Counter[str] = Counter()
    loose: Counter[str] = Counter()
    lines = _path("gsm8k/example_model_solutions.jsonl").read_text(encoding="utf-8").split("\n")
    for record in map(json.loads, filter(None, lines)):
        prompt = _prompt("numeric", value=record["ground_truth"].rpartition("A: ")[2])
        for model, solution in record.items():
            if isinstance(solution, dict):
                (result,) = check_answer(prompt, solution["solution"])
                assert result.strict == solution["is_correct"], result.detail
                strict[model] += bool(result.strict)
                loose[model] += bool(result.loose)
    wanted = {"6b_finetuning": 286, "6b_verification": 515, "175b_finetuning": 458, "175b_verification": 742}
    assert strict == loose == Counter(wanted)


@pytest.mark.parametrize(("name", "count", "differ"), [("Chinese_Lang_and_Usage_MCQs", 44, 2), ("Math_I_MCQs", 214, 2)])
def test_gaokao_choices_are_read(name: str, count: int, differ: int) -> None:
    """One letter of four: no error, and the recorded reading but for answers that name two letters or none."""
    records = json.loads(_path(f"gaokao_zh/objective_{name}.json").read_text(encoding="utf-8"))["example"]
    single = [record for record in records if len(record["standard_answer"]) == 1]
    assert len(single) == count
    other = 0
    for record in single:
        prompt = _prompt("one_of", values=record["standard_answer"], options=list("ABCD"))
        (result,) = check_answer(prompt, record["model_output"])
        assert result.status == "ok"
        other += result.loose != (record.get("model_answer") == record["standard_answer"])
    assert other == differ


@pytest.mark.parametrize(("name", "count"), [("Chinese_Lang_and_Usage_MCQs", 12), ("Chinese_Modern_Lit", 29)])
def test_gaokao_choices_in_three_parts_are_read(name: str, count: int) -> None:
    """Three letters in one answer, read by a pattern; the joined letters by `exact`."""
    records = json.loads(_path(f"gaokao_zh/objective_{name}.json").read_text(encoding="utf-8"))["example"]
    several = [record for record in records if len(record["standard_answer"]) > 1]
    assert len(several) == count
    for record in several:
        right = record["model_answer"] == record["standard_answer"]
        pattern = ".*".join(rf"【答案】\s*[:：]?\s*{letter}\b" for letter in record["standard_answer"])
        (by_pattern,) = check_answer(_prompt("regex", pattern=pattern, flags="s"), record["model_output"])
        (by_letters,) = check_answer(
            _prompt("exact", value="".join(record["standard_answer"])), "".join(record["model_answer"])
        )
        assert (by_pattern.status, by_pattern.strict) == ("ok", right)
        assert (by_letters.status, by_letters.strict) == ("ok", right)
