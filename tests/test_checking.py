"""The checks of a run: every answer once, again only when something changed, and never a pass by default."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.cells import Answers, Grid
from evals.checking import CheckStage
from evals.engine import Halt
from evals.records import Response, Suite
from evals.store import RunFolder
from tests.driving import Outcome, evals
from tests.making import make_response, make_suite

__all__ = ["evals"]

EXACT = {"type": "exact", "args": {"value": "北京"}}
CODE = {"type": "python_output", "args": {"value": "3"}}


def checked_suite(*checks: dict[str, Any], prompts: int = 2) -> Suite:
    """The first prompt carries the checks, the others carry none."""
    suite = make_suite(prompts)
    return replace(suite, prompts=(replace(suite.prompts[0], checks=checks), *suite.prompts[1:]))


class Bench:
    """A run folder with answers put in by hand."""

    def __init__(self, folder: RunFolder, suite: Suite, models: tuple[str, ...] = ("a", "b"), **options: Any) -> None:
        self.folder = folder
        self.grid = Grid([suite], models, 1)
        self.answers = Answers(self.grid, folder.responses)
        self.stage = CheckStage(self.grid, self.answers, folder.checks, **options)
        self.said: list[str] = []

    def put(self, response: Response) -> None:
        cell = self.grid.find(response.to_json())
        assert cell is not None
        self.answers.add(cell, self.folder.responses.append(response.to_json()), response)

    def resume(self) -> int:
        return self.folder.set_aside(self.folder.checks, self.stage.is_stale)

    def run(self) -> list[dict[str, Any]]:
        before = [offset for offset, _, _ in self.folder.checks]
        self.stage.catch_up()
        self.stage.close()
        asyncio.run(self.stage.check(halt=Halt(), say=self.said.append))
        return [record for offset, _, record in self.folder.checks if offset not in before]


def test_only_answers_of_prompts_with_checks_are_read(tmp_path: Path) -> None:
    """One record an answer; what fails fails in both readings, what is forgiven passes loosely."""
    suite = checked_suite(EXACT)
    with RunFolder(tmp_path) as folder:
        bench = Bench(folder, suite, ("a", "b", "c"))
        for prompt in suite.prompts:
            for model, text in (("a", "北京"), ("b", "**北京**"), ("c", "上海")):
                bench.put(make_response(prompt, model, text))
        records = {record["model"]: record for record in bench.run()}
    assert bench.stage.planned == bench.stage.done == 3
    assert {model: (r["strict"], r["loose"]) for model, r in records.items()} == {
        "a": (True, True),
        "b": (False, True),
        "c": (False, False),
    }
    assert "北京" in records["c"]["results"][0]["detail"]
    assert bench.stage.sandbox == ""


@pytest.mark.parametrize("status", ["empty", "filtered", "refused", "truncated"])
def test_an_answer_that_is_none_fails(tmp_path: Path, status: str) -> None:
    """The model's fault counts against the model."""
    suite = checked_suite(EXACT)
    with RunFolder(tmp_path) as folder:
        bench = Bench(folder, suite)
        bench.put(make_response(suite.prompts[0], "a", "", status=status))
        (record,) = bench.run()
    assert (record["strict"], record["loose"], record["results"]) == (False, False, [])


def test_a_failed_call_is_missing_not_failed(tmp_path: Path) -> None:
    """A network error says nothing about the model: no record until the call is made again."""
    suite = checked_suite(EXACT)
    with RunFolder(tmp_path) as folder:
        bench = Bench(folder, suite)
        bench.put(make_response(suite.prompts[0], "a", "", status="error"))
        assert not bench.stage.is_due
        assert bench.run() == []


def test_resume_reads_again_only_what_changed(tmp_path: Path) -> None:
    """A changed answer or a changed check is read again; the rest stands."""
    suite = checked_suite(EXACT)
    with RunFolder(tmp_path) as folder:
        first = Bench(folder, suite)
        for model in ("a", "b"):
            first.put(make_response(suite.prompts[0], model, "北京"))
        assert len(first.run()) == 2
        again = Bench(folder, suite)
        again.put(make_response(suite.prompts[0], "a", "北京"))
        again.put(make_response(suite.prompts[0], "b", "上海"))
        assert (again.resume(), again.stage.done, again.stage.is_due) == (1, 1, True)
        assert [(r["model"], r["loose"]) for r in again.run()] == [("b", False)]
        other = Bench(folder, checked_suite({"type": "exact", "args": {"value": "上海"}}))
        other.put(make_response(suite.prompts[0], "a", "北京"))
        other.put(make_response(suite.prompts[0], "b", "上海"))
        assert other.resume() == 2
        assert {r["model"]: r["loose"] for r in other.run()} == {"a": False, "b": True}


def test_without_a_sandbox_code_is_not_run_and_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither passed nor failed: null, with the reason; a later session that has a sandbox reads it again."""
    suite = checked_suite(CODE)
    with RunFolder(tmp_path) as folder, monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        bench = Bench(folder, suite)
        bench.put(make_response(suite.prompts[0], "a", "```python\nprint(3)\n```"))
        (record,) = bench.run()
        assert (record["strict"], record["loose"]) == (None, None)
        assert record["results"][0]["status"] == "unavailable"
        assert bench.stage.sandbox.startswith("unavailable: ")
        assert "bubblewrap" in bench.said[0]
        later = Bench(folder, suite, unsafe_local_exec=True)
        later.put(make_response(suite.prompts[0], "a", "```python\nprint(3)\n```"))
        assert later.resume() == 1
        (record,) = later.run()
        assert (record["strict"], later.stage.sandbox.startswith("none")) == (True, True)
        assert "unsafe" in later.said[0]


def test_a_halted_run_stops_checking(tmp_path: Path) -> None:
    """An error elsewhere ends this stage too; what is missing is due on resume."""
    suite = checked_suite(EXACT)
    with RunFolder(tmp_path) as folder:
        bench = Bench(folder, suite)
        bench.put(make_response(suite.prompts[0], "a", "北京"))
        bench.stage.catch_up()
        halt = Halt()
        halt.stop(RuntimeError("stop"))
        asyncio.run(bench.stage.check(halt=halt, say=bench.said.append))
        assert bench.stage.is_due


def test_a_run_shows_checks_beside_the_win_rates(evals: Callable[..., Outcome], tmp_path: Path) -> None:
    """The table, scores.json, the page, and a recorded answer that contradicts its verdict."""
    suite = tmp_path / "prompts" / "caps"
    suite.mkdir(parents=True)
    (suite / "suite.toml").write_text(
        'name = "caps"\ntitle = "c"\nversion = 1\nlanguage = "zh"\ndefinition = "pairwise-zh"\nmax_tokens = 64\n'
        'temperature = 0.7\nlicense = "x"\ncanary = "c"\ndescription = "d"\n[categories]\ncity = "城市"\n',
        encoding="utf-8",
    )
    rows = [
        {
            "id": f"zh-city-000{n}",
            "suite": "caps",
            "category": "city",
            "lang": "zh",
            "difficulty": 2,
            "messages": [{"role": "user", "content": f"第{n}国的首都是哪里？"}],
            "reference": {"text": "北京", "answer": "北京"},
            "checks": [EXACT],
            "rubric": [],
            "tags": [],
            "source": {"kind": "written"},
            "license": "x",
            "canary": "c",
            "version": 1,
        }
        for n in range(4)
    ]
    _write(suite / "prompts.jsonl", rows)
    ids = [row["id"] for row in rows]
    answers = [{"prompt_id": i, "model": m, "text": t} for i in ids for m, t in (("good", "北京"), ("bad", "上海"))]
    verdicts = [
        {"prompt_id": i, "judge": "j", "first": "good", "second": "bad", "winner": w}
        for i, w in zip(ids, ["first", "first", "first", "second"], strict=True)
    ]
    _write(tmp_path / "answers.jsonl", answers)
    _write(tmp_path / "verdicts.jsonl", verdicts)
    options = ("--responses", tmp_path / "answers.jsonl", "--judgments", tmp_path / "verdicts.jsonl")
    done = evals("run", "--suite", suite, *options, "--run-id", "r", "--out", tmp_path, "--quiet")
    assert done.code == 0, done.err
    checks = json.loads((tmp_path / "r" / "scores.json").read_text("utf-8"))["checks"]
    assert [(m["model"], m["loose"]["value"], m["checked"]) for m in checks["models"]] == [
        ("good", 1.0, 4),
        ("bad", 0.0, 4),
    ]
    found = checks["contradictions"]
    assert (found["compared"], found["against"]) == (4, 1)
    assert found["listed"] == [
        {"suite": "caps", "prompt_id": ids[3], "passed": "good", "failed": "bad", "score_of_passed": 0.0}
    ]
    assert "in 1 of 4 comparisons where one answer passes its checks" in done.out
    assert "checks failed: exact" in (tmp_path / "r" / "report.html").read_text("utf-8")


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
