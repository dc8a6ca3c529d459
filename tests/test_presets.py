"""Public sets by name, each on a small file of the same shape with content of our own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.checks import Sandbox, readings, run_checks
from evals.library import PRESETS, load_suite
from evals.records import InputError, Prompt, UsageError
from tests.driving import Outcome, evals

__all__ = ["evals"]

SAMPLES: dict[str, list[dict[str, Any]]] = {
    "alpaca-eval": [
        {"dataset": "helpful_base", "instruction": "Name two uses of a brick.", "output": "Walls.", "generator": "x"},
        {"dataset": "koala", "instruction": "Name two uses of a rope.", "output": "Ties.", "generator": "x"},
    ],
    "mt-bench": [
        {"question_id": 81, "category": "writing", "turns": ["Describe a lake.", "Now in one line."]},
        {
            "question_id": 111,
            "category": "math",
            "turns": ["What is 6 times 7?", "And half of it?"],
            "reference": ["42", "21"],
        },
    ],
    "arena-hard": [
        {"uid": "a1", "category": "hard_prompt", "subcategory": "coding", "language": "English", "prompt": "Sort it."},
        {"uid": "a2", "category": "hard_prompt", "subcategory": "math", "language": "Chinese", "prompt": "证明它。"},
    ],
    "alignbench": [
        {
            "question_id": 1,
            "category": "专业能力",
            "subcategory": "历史",
            "question": "唐朝都城在哪里？",
            "reference": "长安。",
        },
        {
            "question_id": 2,
            "category": "文本写作",
            "subcategory": "实用文体写作",
            "question": "写一则通知。",
            "reference": "通知……",
        },
    ],
    "gsm8k": [
        {
            "question": "Ann has 1,200 pens and gives a third away. How many are left?",
            "answer": "A third is 1200/3=<<1200/3=400>>400.\nLeft are 1200-400=<<1200-400=800>>800.\n#### 800",
        },
        {"question": "Two boxes hold 700 nuts each. How many nuts?", "answer": "2*700=<<2*700=1400>>1400\n#### 1,400"},
    ],
    "humaneval": [
        {
            "task_id": "Own/0",
            "prompt": 'def double(n: int) -> int:\n    """Twice the number."""\n',
            "canonical_solution": "    return 2 * n\n",
            "test": "\n\nMETADATA = {}\n\n\ndef check(candidate):\n    assert candidate(2) == 4\n"
            "    assert candidate(-3) == -6\n"
            "    assert abs(candidate(5) - 10) < 1e-6\n    assert True, 'end'\n",
            "entry_point": "double",
        },
        {
            "task_id": "Own/1",
            "prompt": "def pair(n):\n",
            "canonical_solution": "    return (n, [n])\n",
            "test": "def check(candidate):\n    for n in range(4):\n        assert candidate(n) == (n, [n])\n",
            "entry_point": "pair",
        },
    ],
    "llmbar": [
        {"input": "Name a colour.", "output_1": "Red.", "output_2": "A chair.", "label": 1},
        {"input": "Name a colour.", "output_1": "A lamp.", "output_2": "Blue.", "label": 2},
    ],
    "gaokao-zh": [
        {
            "question": "填空：三加四等于几？",
            "standard_answer": "7",
            "analysis": "3+4=7",
            "category": "自拟",
            "score": 5,
        },
        {"question": "填空：六乘二等于几？", "standard_answer": "12", "analysis": "6×2=12", "category": "", "score": 5},
    ],
    "vicuna80": [
        {"question_id": 1, "text": "How do I sleep better?", "category": "generic"},
        {"question_id": 2, "turns": ["How do I wake up?"], "category": "generic"},
    ],
}


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    if path.suffix == ".json":
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    else:
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", sorted(PRESETS))
@pytest.mark.parametrize("suffix", [".jsonl", ".json"])
def test_a_file_of_each_set_becomes_a_suite(tmp_path: Path, name: str, suffix: str) -> None:
    """Two rows in, two prompts out, under the set's own name, in either kind of file."""
    suite = load_suite(write(tmp_path / f"anything{suffix}", SAMPLES[name]), preset=name)
    assert (suite.name, len(suite.prompts), suite.definition) == (name, 2, PRESETS[name].definition)
    assert len({prompt.id for prompt in suite.prompts}) == 2
    assert all(prompt.text.strip() for prompt in suite.prompts)
    assert load_suite(str(tmp_path / f"anything{suffix}"), preset=name, limit=1).prompts == suite.prompts[:1]


def load(tmp_path: Path, name: str) -> tuple[Prompt, ...]:
    return load_suite(write(tmp_path / "set.jsonl", SAMPLES[name]), preset=name).prompts


def test_mt_bench_has_two_turns_and_its_references(tmp_path: Path) -> None:
    """Both user turns in order; the reference is that of the last turn, where there is one."""
    plain, maths = load(tmp_path, "mt-bench")
    assert [len(prompt.turns) for prompt in (plain, maths)] == [2, 2]
    assert (plain.id, plain.category, plain.reference, maths.reference) == ("81", "writing", "", "21")
    hub = [{"prompt_id": 9, "category": "x", "prompt": ["One.", "Two."], "reference": []}]
    (prompt,) = load_suite(write(tmp_path / "hub.jsonl", hub), preset="mt-bench").prompts
    assert (prompt.id, prompt.question) == ("9", "[Turn 1]\nOne.\n\n[Turn 2]\nTwo.")


def test_gsm8k_brings_the_number_as_a_check(tmp_path: Path) -> None:
    """Thousands marks and calculator notes are gone; the reference passes, another number fails."""
    first, second = load(tmp_path, "gsm8k")
    assert (first.answer, second.answer) == ("800", "1400")
    assert "<<" not in first.reference
    for text, passed in (
        (first.reference, True),
        ("So 800 pens are left.", True),
        ("She keeps 400.", False),
        ("Left: 1,200 - 400 = **800**.", True),
    ):
        assert readings(asyncio.run(run_checks(first, text, Sandbox())))[1] is passed, text


def test_humaneval_asserts_become_calls(tmp_path: Path) -> None:
    """Plain asserts are compared outside the sandbox, a loop stays whole."""
    first, second = load(tmp_path, "humaneval")
    assert first.checks[0]["args"] == {
        "entry": "double",
        "cases": [
            {"args": [2], "returns": 4},
            {"args": [-3], "returns": -6},
            {"expr": "bool(abs(double(5) - 10) < 1e-06)", "returns": True},
        ],
    }
    assert second.checks[0]["args"]["cases"] == [{"expr": "(check(pair), True)[1]", "returns": True}]
    sandbox = Sandbox()
    if not asyncio.run(sandbox.probe()).works:
        pytest.skip("no sandbox here")
    for prompt, text, passed in (
        (first, first.reference, True),
        (second, second.reference, True),
        (first, "```python\ndef double(n):\n    return n + 2\n```", False),
        (second, "```python\ndef pair(n):\n    return (n, [n, n])\n```", False),
        (first, "```python\nclass E:\n    __eq__ = lambda s, o: True\ndef double(n):\n    return E()\n```", False),
    ):
        assert readings(asyncio.run(run_checks(prompt, text, Sandbox()))) == (passed, passed), text


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_wrong_column_names_those_there_are(tmp_path: Path, name: str) -> None:
    """Somebody's other file: what is missing, and what the columns are."""
    with pytest.raises(InputError) as raised:
        load_suite(write(tmp_path / "other.jsonl", [{"frage": "?", "antwort": "!"}] * 3), preset=name)
    assert "no column" in str(raised.value)
    assert "the columns are: frage, antwort" in str(raised.value)
    assert "(so in 3 rows)" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("gsm8k", {"answer": "no mark"}, '"answer" has no line "#### NUMBER"'),
        ("humaneval", {"test": "def check("}, '"test" cannot be read'),
        ("humaneval", {"test": "x = 1"}, "no function check(candidate)"),
        ("mt-bench", {"turns": []}, '"turns" must be a text or a list of texts'),
        ("mt-bench", {"turns": ["a", 7]}, '"turns" must be a text or a list of texts'),
        ("alpaca-eval", {"instruction": True}, '"instruction" must be a text'),
    ],
)
def test_a_faulty_row_is_named(tmp_path: Path, name: str, change: dict[str, Any], message: str) -> None:
    """File and line, and what is wrong."""
    rows = [SAMPLES[name][0], {**SAMPLES[name][1], **change}]
    with pytest.raises(InputError) as raised:
        load_suite(write(tmp_path / "set.jsonl", rows), preset=name)
    assert "set.jsonl:2:" in str(raised.value)
    assert message in str(raised.value)


def test_presets_by_command(evals: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--preset` with a file runs; an unknown one offers the nearest; without a network the hub's absence is said."""
    path = write(tmp_path / "gsm.jsonl", SAMPLES["gsm8k"])
    done = evals(
        "run", "--preset", "gsm8k", "--suite", path, "--simulate", "--quiet", "--run-id", "g", "--out", tmp_path
    )
    assert done.code == 0, done.err
    assert "Checks, gsm8k" in done.out
    wrong = evals("run", "--preset", "gsm8", "--suite", path, "--simulate")
    assert (wrong.code, 'unknown preset "gsm8"; did you mean "gsm8k"?' in wrong.err) == (2, True)
    import datasets

    def offline(*_: Any, **__: Any) -> None:
        raise ConnectionError("Couldn't reach the Hub")

    monkeypatch.setattr(datasets, "load_dataset_builder", offline)
    away = evals("run", "--preset", "gsm8k", "--simulate")
    assert (away.code, "the hub cannot be reached" in away.err) == (2, True)


def test_an_unknown_preset_is_refused() -> None:
    """With the list of those there are."""
    with pytest.raises(UsageError, match="there are: alpaca-eval, mt-bench"):
        load_suite("x.jsonl", preset="xyz")


def test_own_records_may_carry_checks(tmp_path: Path) -> None:
    """A file of our own form needs no folder for its checks; a malformed one is named."""
    row = {"id": "a", "prompt": "7 + 8?", "checks": [{"type": "numeric", "args": {"value": "15"}}]}
    (prompt,) = load_suite(write(tmp_path / "own.jsonl", [row])).prompts
    assert prompt.checks == ({"type": "numeric", "args": {"value": "15"}},)
    bad = {**row, "checks": [{"type": "numbers", "args": {}}]}
    with pytest.raises(InputError, match=r"own\.jsonl:1: checks\[0\]"):
        load_suite(write(tmp_path / "own.jsonl", [bad]))
