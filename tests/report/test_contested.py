"""Which prompts a page shows, in which order, and what it says of their verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals.records import HUMAN_PREFIX, Plan, PlannedPair, PlannedSuite
from evals.report._contested import TEXT_LIMIT, choose, excerpt, pages

PLAN = Plan(
    suites=(
        PlannedSuite(
            name="s", hash="h", definition="d@1", prompt_ids=("clear", "close", "flip", "none", "split"),
            categories=("",) * 5,
        ),
    ),
    models=("a", "b"),
    pairs=(PlannedPair(first="a", second="b", judges=("j", "k")),),
)  # fmt: skip


def verdict(
    prompt: str, winner: str | None, *, swapped: bool = False, judge: str = "j", **extra: Any
) -> dict[str, Any]:
    """A record of judgments.jsonl for the pair a v b."""
    first, second = ("b", "a") if swapped else ("a", "b")
    return {
        "suite": "s", "prompt_id": prompt, "judge": judge, "definition": "d@1", "first": first, "second": second,
        "key": "k", "status": "ok" if winner else "error", "winner": winner, "cost_usd": "0", **extra,
    }  # fmt: skip


VERDICTS = [
    verdict("clear", "first"), verdict("clear", "second", swapped=True),
    verdict("close", "tie"), verdict("close", "second", swapped=True),
    verdict("flip", "first", explanation="前者好"), verdict("flip", "first", swapped=True, explanation="x" * 9_999),
    verdict("none", None, error="HTTP 402"),
    verdict("split", "first"), verdict("split", "second", swapped=True),
    verdict("split", "second", judge="k"), verdict("split", "second", judge="k", swapped=True),
    verdict("clear", "second", judge=f"{HUMAN_PREFIX}li"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder of five prompts, with one answer recorded twice and one never made."""
    prompts = [
        {"suite": "s", "id": p, "text": f"题目 {p}", "reference": "参考", "answer": ""}
        for p in PLAN.suites[0].prompt_ids
    ]
    answers = [
        {"suite": "s", "prompt_id": "flip", "model": "a", "sample": 0, "status": "error", "text": "", "error": "reset"},
        {"suite": "s", "prompt_id": "flip", "model": "a", "sample": 0, "status": "ok", "text": "长" * (TEXT_LIMIT + 5),
         "reasoning": "想想", "usage": {"completion_tokens": 9}},
    ]  # fmt: skip
    for name, records in {"prompts": prompts, "responses": answers, "judgments": VERDICTS}.items():
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def test_contradictions_come_first_then_close_then_clear_then_unread(folder: Path) -> None:
    """An order flip leads (it is also the closest), then judges at odds, a near tie, a clear one, one never read."""
    choice = choose(folder, PLAN)
    assert [prompt for _, prompt in choice.shown] == ["flip", "split", "close", "clear", "none"]
    assert choice.total == 5


def test_the_limit_is_kept_and_the_rest_counted(folder: Path) -> None:
    """Only so many prompts are shown; the page can say how many there are."""
    choice = choose(folder, PLAN, limit=2)
    assert [prompt for _, prompt in choice.shown] == ["flip", "split"]
    assert choice.total == 5
    assert len(list(pages(folder, PLAN, choice))) == 2


def test_human_labels_do_not_count_but_are_shown(folder: Path) -> None:
    """A person's label neither makes a prompt contested nor hides."""
    choice = choose(folder, PLAN)
    clear = next(page for page in pages(folder, PLAN, choice) if page.prompt_id == "clear")
    assert [ruling.judge for ruling in clear.pairs[0].rulings] == ["human:li", "j"]
    assert {count.judge: (count.first, count.second, count.ties) for count in choice.judges} == {
        "human:li": (0, 1, 0), "j": (4, 3, 1), "k": (0, 2, 0),
    }  # fmt: skip


def test_a_page_holds_both_orders_and_the_last_answer(folder: Path) -> None:
    """The later record of a cell counts; long texts are cut and say so; both verdicts name the winning model."""
    page = next(pages(folder, PLAN, choose(folder, PLAN, limit=1)))
    first, second = page.answers
    assert (first.status, first.line, first.thought, first.tokens) == ("ok", 2, 2, 9)
    assert (len(first.body.text), first.body.left_out) == (TEXT_LIMIT, 5)
    assert second.status == "not made"
    ruling = page.pairs[0].rulings[0]
    assert ruling.flipped
    assert ruling.forward is not None
    assert ruling.backward is not None
    assert (ruling.forward.winner, ruling.backward.winner) == ("a", "b")
    assert ruling.backward.reason.left_out > 0
    assert (page.text.text, page.reference.text) == ("题目 flip", "参考")


@pytest.mark.parametrize(("text", "left_out"), [("", 0), ("四个字呢", 0), ("五个字的话", 1)])
def test_excerpts_say_what_they_leave_out(text: str, left_out: int) -> None:
    """A text is cut at the limit, never silently."""
    assert excerpt(text, 4).left_out == left_out
