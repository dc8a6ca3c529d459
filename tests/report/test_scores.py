"""Scores of single answers in a report: the column of means, and the prompt pages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.records import Plan, PlannedPair, PlannedSuite
from evals.report import render, terminal_summary
from evals.report._contested import choose, pages
from evals.report._tables import has_scores
from evals.report._view import read_view
from tests.report.fake_run import read, write_run

PLAN = Plan(
    suites=(
        PlannedSuite(
            name="s", hash="h", definition="d@1", prompt_ids=("apart", "none", "near", "same"), categories=("",) * 4,
            alone=True,
        ),
    ),
    models=("a", "b", "c"),
    pairs=(PlannedPair(first="a", second="b", judges=("j",)), PlannedPair(first="a", second="c", judges=("j", "k"))),
)  # fmt: skip


def scored(prompt: str, model: str, score: float | None, *, judge: str = "j", **extra: Any) -> dict[str, Any]:
    """A record of judgments.jsonl on one answer."""
    return {
        "suite": "s", "prompt_id": prompt, "judge": judge, "definition": "d@1", "first": model, "second": None,
        "key": "k", "status": "unparsed" if score is None else "ok", "score": score, "cost_usd": "0", **extra,
    }  # fmt: skip


RECORDS = [
    scored("apart", "a", 10), scored("apart", "b", 1), scored("apart", "c", 1),
    scored("none", "a", None, error="no verdict object"), scored("none", "b", 5), scored("none", "c", 3),
    scored("near", "a", 6, explanation="accuracy 6\n要点齐全"), scored("near", "a", 8, judge="k"),
    scored("near", "b", 5),
    scored("same", "a", 4), scored("same", "b", 4), scored("same", "c", 4),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder of four prompts whose answers were scored alone."""
    prompts = [{"suite": "s", "id": p, "text": f"题目 {p}"} for p in PLAN.suites[0].prompt_ids]
    for name, rows in {"prompts": prompts, "responses": [], "judgments": RECORDS}.items():
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def test_near_scores_are_contested(folder: Path) -> None:
    """Equal scores first, then near ones, then far apart ones; a prompt without two scores of a pair last."""
    choice = choose(folder, PLAN)
    assert [prompt for _, prompt in choice.shown] == ["same", "near", "apart", "none"]
    assert {count.judge: (count.scores, count.first, count.ties) for count in choice.judges} == {
        "j": (10, 0, 0),
        "k": (1, 0, 0),
    }


def test_a_page_shows_each_score_with_its_reason(folder: Path) -> None:
    """By model in the plan's order, then by judge; an unread one says why."""
    shown = {page.prompt_id: page for page in pages(folder, PLAN, choose(folder, PLAN))}
    assert [(one.model, one.judge, one.score) for one in shown["near"].scores] == [
        ("a", "j", 6),
        ("a", "k", 8),
        ("b", "j", 5),
    ]
    assert shown["near"].scores[0].reason.text == "accuracy 6\n要点齐全"
    unread = shown["none"].scores[0]
    assert (unread.status, unread.score, unread.reason.text) == ("unparsed", None, "no verdict object")
    assert shown["near"].pairs == ()


def test_means_stand_in_every_document(tmp_path: Path) -> None:
    """The column is in terminal, Markdown and page where there are scores, and nowhere else."""
    folder = write_run(tmp_path / "run", prompts=4)
    scores, measured, manifest = (read(folder, f"{name}.json") for name in ("scores", "measured", "run"))
    assert "score (n)" not in terminal_summary(scores, measured, manifest)
    for part in (scores, *scores["suites"]):
        for number, entry in enumerate(part["models"]):
            entry["scores"] = {"mean": 6.125 + number if number else None, "n": 4 * bool(number)}
    view = read_view(scores, measured, manifest)
    assert has_scores(view.overall)
    assert sorted(row.score or 0.0 for row in view.overall.models) == [0.0, 7.125, 8.125, 9.125]
    (folder / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
    last = scores["suites"][0]["prompts"]
    record = {**RECORDS[0], "suite": "chinese", "prompt_id": f"zh-{last:04}", "first": view.overall.models[0].model}
    with (folder / "judgments.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({**record, "explanation": "<b>太好了</b>"}, ensure_ascii=False) + "\n")
    render(folder)
    terminal = terminal_summary(scores, measured, manifest)
    for text in (terminal, (folder / "report.md").read_text(encoding="utf-8")):
        assert "score (n)" in text
        assert "8.12 (4)" in text
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<td>8.12<br><small>n = 4</small></td>" in page
    assert '<span class="won">10.00</span>' in page
    assert "&lt;b&gt;太好了" in page
    assert not has_scores(replace(view.overall, models=()))
