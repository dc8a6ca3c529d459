"""Gold pairs: what `check` says of a faulty file, and the promises the shipped ones keep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals.library import check_paths, find_suites, load_gold, load_suite
from evals.records import InputError, UsageError
from tests.making import ROOT

SETTINGS = (
    'name = "toy"\ntitle = "t"\nversion = 1\nlanguage = "en"\ndefinition = "pairwise-en"\nmax_tokens = 9\n'
    'license = "x"\ncanary = "c"\n[categories]\nx = "X"\n'
)
ASKED = [{"role": "user", "content": "Which is larger, 7 or 9?"}]
PROMPT = {
    "id": "en-x-0001",
    "suite": "toy",
    "category": "x",
    "lang": "en",
    "difficulty": 1,
    "messages": ASKED,
    "reference": {"text": "9", "answer": "9"},
    "checks": [],
    "rubric": [],
    "tags": [],
    "source": {"kind": "written"},
    "license": "x",
    "canary": "c",
    "version": 1,
}
PAIR: dict[str, Any] = {
    "id": "toy-gold-0001",
    "suite": "toy",
    "prompt_id": "en-x-0001",
    "messages": ASKED,
    "a": "9 is.",
    "b": "7 is.",
    "better": "a",
    "defect": "number",
    "note": "",
}


def folder(tmp_path: Path, *pairs: dict[str, Any], checks: list[dict[str, Any]] | None = None) -> Path:
    path = tmp_path / "toy"
    path.mkdir()
    (path / "suite.toml").write_text(SETTINGS, encoding="utf-8")
    (path / "prompts.jsonl").write_text(json.dumps({**PROMPT, "checks": checks or []}) + "\n", encoding="utf-8")
    if pairs:
        (path / "gold.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"better": "c"}, '"better" must be one of a, b, tie, not "c"'),
        ({"better": "tie"}, 'the defect of a tie is "tie", and only its'),
        ({"defect": "tie"}, 'the defect of a tie is "tie", and only its'),
        ({"b": "9 is."}, "one of two equal answers cannot be better"),
        ({"prompt_id": "en-x-0002"}, 'unknown prompt "en-x-0002"; did you mean "en-x-0001"?'),
        ({"messages": [{"role": "user", "content": "Which?"}]}, "the messages are not those of prompt en-x-0001"),
        ({"suite": "other"}, '"suite" is "other" but the folder is called toy'),
        ({"a": " "}, '"a" must be a text'),
        ({"b": 7}, '"b" must be a text'),
        ({"defect": "Wrong Number"}, '"defect" must be small letters joined by hyphens'),
        ({"extra": 1}, 'unknown key "extra"'),
    ],
)
def test_a_faulty_pair_is_named_with_its_line(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    """`check` and `load_gold` say the same: file, line, what."""
    path = folder(tmp_path, PAIR, {**PAIR, "id": "toy-gold-0002", **change})
    (problem,) = check_paths([str(path)])
    assert problem.path.endswith("gold.jsonl")
    assert problem.line == 2
    assert problem.message.startswith(message)
    with pytest.raises(InputError, match=r"gold\.jsonl:2"):
        load_gold(load_suite(str(path)))


def test_an_id_stands_once_and_a_key_is_missed(tmp_path: Path) -> None:
    """Duplicates and missing keys, all in one pass."""
    path = folder(tmp_path, PAIR, PAIR, {**{k: v for k, v in PAIR.items() if k != "note"}, "id": "toy-gold-0003"})
    assert [problem.message for problem in check_paths([str(path)])] == [
        'duplicate id "toy-gold-0001" (first on line 1)',
        'missing key "note"',
    ]


def test_a_suite_without_gold_pairs_says_so(tmp_path: Path) -> None:
    """Calibration needs them; a run does not."""
    path = folder(tmp_path)
    assert check_paths([str(path)]) == []
    with pytest.raises(UsageError, match="has no gold pairs"):
        load_gold(load_suite(str(path)))


def test_a_reference_must_pass_its_own_checks(tmp_path: Path) -> None:
    """A malformed check and a reference that fails one are both faults of the suite."""
    wrong = folder(tmp_path, checks=[{"type": "exact", "args": {"value": "7"}}])
    (problem,) = check_paths([str(wrong)])
    assert (problem.line, problem.message.partition(":")[0]) == (
        1,
        "checks[0] (exact) fails on the prompt's own reference",
    )
    (tmp_path / "second").mkdir()
    malformed = folder(tmp_path / "second", checks=[{"type": "exakt", "args": {}}])
    (problem,) = check_paths([str(malformed)])
    assert "checks[0]" in problem.message
    assert "exact" in problem.message


@pytest.mark.parametrize("name", [name for name, path in find_suites() if (path / "gold.jsonl").exists()])
def test_the_shipped_pairs_are_balanced(name: str) -> None:
    """Neither the place nor the length of the better answer gives it away; a tenth are true ties."""
    pairs = load_gold(load_suite(str(ROOT / "prompts" / name)))
    decisive = [pair for pair in pairs if pair.better != "tie"]
    wrong_first = sum(pair.better == "b" for pair in decisive) / len(decisive)
    longer = [len(pair.a) > len(pair.b) if pair.better == "b" else len(pair.b) > len(pair.a) for pair in decisive]
    assert len(pairs) == 80
    assert len(pairs) - len(decisive) == 8
    assert 0.4 <= wrong_first <= 0.6
    assert 0.4 <= sum(longer) / len(decisive) <= 0.6
    assert len({pair.defect for pair in decisive}) >= 6
