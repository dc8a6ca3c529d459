"""`evals suites`: what is shipped, prompts to read, a fresh battery."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.driving import Outcome, evals

__all__ = ["evals"]
Evals = Callable[..., Outcome]


def test_the_list_counts_prompts_checks_and_categories(evals: Evals) -> None:
    """One line a suite, then a table of its categories; the same as JSON."""
    shown = evals("suites")
    facts = {entry["suite"]: entry for entry in json.loads(evals("suites", "--json").out)}
    assert shown.code == 0
    assert {"chinese", "english", "code", "reasoning"} <= facts.keys()
    assert facts["chinese"]["prompts"] == sum(facts["chinese"]["categories"].values()) == 250
    assert (facts["chinese"]["gold_pairs"], facts["chinese"]["with_checks"]) == (80, 250)
    assert "方言与口语转书面" in shown.out
    assert any(line.split()[:2] == ["chinese", "中文综合能力"] for line in shown.out.splitlines())


def test_a_prompt_is_shown_with_all_that_belongs_to_it(evals: Evals) -> None:
    """Question, reference, criteria, checks; as many as asked for, and how many are left."""
    shown = evals("suites", "show", "chinese", "--category", "dialect", "--limit", "2")
    assert shown.code == 0
    assert shown.out.count("── zh-dialect-") == 2
    for part in ("· reference ·", "· criteria ·", "· checks ·", "... and 14 more; --limit 16 shows all"):
        assert part in shown.out
    one = evals("suites", "show", "english", "--id", "en-revise-0001", "--json")
    (record,) = map(json.loads, one.out.splitlines())
    assert (record["id"], len(record["messages"])) == ("en-revise-0001", 2)
    hard = evals("suites", "show", "chinese", "--difficulty", "4", "--json", "--limit", "500")
    assert {json.loads(line)["difficulty"] for line in hard.out.splitlines()} == {4}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "chinnese"), 'unknown suite "chinnese"; did you mean "chinese"?'),
        (("show", "chinese", "--category", "dialects"), 'no category "dialects"; there are: classical, wording'),
        (("show", "chinese", "--id", "zh-none"), "no such prompt; all of them"),
        (("shw",), 'did you mean "show"?'),
        (("generate", "reasoning-hard"), "--seed"),
    ],
)
def test_wrong_use_is_said(evals: Evals, words: tuple[str, ...], message: str) -> None:
    """Exit 2, the nearest name, nothing written."""
    done = evals("suites", *words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_prompt_cannot_act_on_the_terminal(evals: Evals, tmp_path: Path) -> None:
    """Control characters of a foreign suite are shown as escapes."""
    suite = tmp_path / "x.jsonl"
    suite.write_text(json.dumps({"id": "a", "prompt": "\x1b[2J clear\u202e me"}) + "\n", encoding="utf-8")
    done = evals("suites", "show", suite)
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    assert "clear" in done.out
