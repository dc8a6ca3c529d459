"""Scores in a run: one task for each answer and judge that is needed, resumed like any verdict."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from evals.cells import Answers, Grid
from evals.engine import Halt
from evals.judge import Judge, JudgeStage
from evals.records import Judgment, Plan, PlannedPair, Response, Suite
from evals.score import score
from evals.store import RunFolder
from tests.making import StubCaller, definition, make_endpoint, make_plan, make_response, make_suite


def planned(suite: Suite, judges: Mapping[tuple[str, str], tuple[str, ...]], **changes: object) -> Plan:
    """A plan of these pairs, each with its judges, in a suite whose judges score answers alone."""
    models = tuple(dict.fromkeys(model for pair in judges for model in pair))
    plan = make_plan(suite, models, **changes)
    pairs = tuple(PlannedPair(first=a, second=b, judges=names) for (a, b), names in judges.items())
    suites = (replace(plan.suites[0], alone=True, definition="pointwise-zh@1"),)
    return replace(plan, pairs=pairs, suites=suites)


class Bench:
    """A run folder with answers put in by hand and a stub judge: an answer's score is its length."""

    def __init__(self, folder: RunFolder, suite: Suite, plan: Plan, *, name: str = "pointwise-zh") -> None:
        self.folder, self.suite, self.plan = folder, suite, plan
        self.grid = Grid([suite], plan.models, plan.samples)
        self.answers = Answers(self.grid, folder.responses)
        self.caller = StubCaller(self.reply)
        names = {judge for pair in plan.pairs for judge in pair.judges}
        judges = {(suite.name, judge): Judge(make_endpoint(judge), definition(name)) for judge in sorted(names)}
        self.stage = JudgeStage(plan, self.grid, self.answers, folder.judgments, judges)

    @staticmethod
    def reply(content: str, n: int) -> str:
        code = re.findall(r'"code"[^"]*"([0-9a-f]{8})"', content)[-1]
        if "<<<ANSWER 1 " in content:
            return f'{{"winner": "1", "code": "{code}"}}'
        if "<<<CRITERIA " in content:
            return f'{{"met": [true], "code": "{code}"}}'
        shown = re.search(r"<<<ANSWER [0-9a-f]{32}>>>\n(.*?)\n<<<END", content, re.DOTALL)
        assert shown
        names = ", ".join(f'"{name}": 5' for name in definition("pointwise-zh").dimensions)
        return f'{{"scores": {{{names}}}, "score": {min(10, len(shown[1]))}, "code": "{code}"}}'

    def put(self, response: Response, *, arrive: bool = True) -> None:
        cell = self.grid.find(response.to_json())
        assert cell is not None
        self.answers.add(cell, self.folder.responses.append(response.to_json()), response)
        if arrive:
            self.stage.arrived(cell)

    def restore(self) -> int:
        """Take up what is stored; returns how many verdicts were set aside."""
        for offset, _, record in self.folder.responses:
            cell = self.grid.find(record)
            assert cell is not None
            self.answers.add(cell, offset, Response.from_json(record))
        count = self.folder.set_aside(self.folder.judgments, self.stage.is_stale)
        self.stage.catch_up()
        return count

    def judge_all(self) -> list[Judgment]:
        self.stage.close()

        async def main() -> None:
            halt = Halt()
            for name in self.stage.judge_names:
                await self.stage.judge(name, self.caller, workers=4, halt=halt)
            halt.raise_if_stopped()

        asyncio.run(main())
        return [Judgment.from_json(record) for _, _, record in self.folder.judgments]


TRIO = {("a", "b"): ("j",), ("a", "c"): ("j",), ("b", "c"): ("j",)}


def test_each_answer_once(tmp_path: Path) -> None:
    """Three models in three pairs make three scores, though two of them gave the very same answer."""
    suite = make_suite(1)
    with RunFolder(tmp_path / "run") as folder:
        bench = Bench(folder, suite, planned(suite, TRIO))
        for model, text in (("c", "同"), ("a", "同"), ("b", "不同的")):
            bench.put(make_response(suite.prompts[0], model, text))
        made = bench.judge_all()
    assert sorted((j.first, j.second, j.score) for j in made) == [("a", None, 1.0), ("b", None, 3.0), ("c", None, 1.0)]
    assert bench.stage.planned == 3


def test_a_judge_scores_only_the_models_of_its_pairs(tmp_path: Path) -> None:
    """With a judge of another family for each pair, no judge is shown a model it is not planned for."""
    suite = make_suite(2)
    judges = {("a", "b"): ("k", "l"), ("a", "c"): ("j", "k"), ("b", "c"): ("j",)}
    with RunFolder(tmp_path / "run") as folder:
        bench = Bench(folder, suite, planned(suite, judges, samples=1, repeats=2))
        for prompt in suite.prompts:
            for model in ("a", "b", "c"):
                bench.put(make_response(prompt, model, f"{model}答"))
        made = bench.judge_all()
    counts = Counter((j.judge, j.first) for j in made)
    asked = [("j", "a"), ("j", "b"), ("j", "c"), ("k", "a"), ("k", "b"), ("k", "c"), ("l", "a"), ("l", "b")]
    assert counts == dict.fromkeys(asked, 2 * 2)
    assert bench.stage.planned == len(made) == 32


def test_no_answer_and_errors(tmp_path: Path) -> None:
    """No answer is decided by rule and never scored; an answer that failed spares the scores that hang on it alone."""
    suite = make_suite(1)
    with RunFolder(tmp_path / "run") as folder:
        bench = Bench(folder, suite, planned(suite, {**TRIO, ("c", "d"): ("j",)}))
        bench.put(make_response(suite.prompts[0], "a", "答一"))
        bench.put(make_response(suite.prompts[0], "b", "答"))
        bench.put(make_response(suite.prompts[0], "c", ""))
        bench.put(make_response(suite.prompts[0], "d", "", status="error"))
        made = bench.judge_all()
        statuses = [
            ("small", "p0", m, 0, s, s == "ok") for m, s in zip("abcd", ("ok", "ok", "empty", "error"), strict=True)
        ]
        found = score(bench.plan, statuses, made)  # type: ignore[arg-type]
    assert len(bench.caller.calls) == 2
    assert {(j.first, j.score) for j in made if j.second is None} == {("a", 2.0), ("b", 1.0)}
    assert {(j.judge, j.first, j.second, j.winner) for j in made if j.second} == {
        ("rule:no-answer", one, two, winner)
        for one, two, winner in (("a", "c", "first"), ("c", "a", "second"), ("b", "c", "first"), ("c", "b", "second"))
    }
    assert [(p["wins"], p["judged"]) for p in found["pairs"]] == [(1, 1), (1, 1), (1, 1), (0, 0)]
    assert [m["scores"] for m in found["models"]] == [
        {"mean": 2.0, "n": 1},
        {"mean": 1.0, "n": 1},
        {"mean": None, "n": 0},
        {"mean": None, "n": 0},
    ]


def test_resume_makes_only_what_is_missing(tmp_path: Path) -> None:
    """Stored scores hold; a failed one is made again; a changed answer is scored again and no other."""
    suite = make_suite(2)
    plan = planned(suite, TRIO)
    with RunFolder(tmp_path / "run") as folder:
        bench = Bench(folder, suite, plan)
        for prompt in suite.prompts:
            for model in plan.models:
                bench.put(make_response(prompt, model, "同一份回答"))
        made = bench.judge_all()
        assert len(made) == 6
        folder.judgments.set_aside({offset for offset, _, _ in folder.judgments}, folder.path / "old")
        for number, judgment in enumerate(made):
            bad = {"status": ("error", "unparsed")[number], "score": None} if number < 2 else {}
            folder.judgments.append({**judgment.to_json(), **bad})
    with RunFolder(tmp_path / "run") as folder:
        again = Bench(folder, suite, plan)
        assert again.restore() == 1
        assert again.stage.done == 5
        changed = make_response(suite.prompts[1], "b", "改过了")
        again.put(changed, arrive=False)
        assert folder.set_aside(folder.judgments, again.stage.is_stale) == 1
        again.stage.catch_up()
        again.judge_all()
    assert len(again.caller.calls) == 2


@pytest.mark.parametrize("kind", ["pairwise-zh", "checklist-zh"])
def test_another_kind_of_judge_reuses_nothing(tmp_path: Path, kind: str) -> None:
    """Scores are set aside when the definition compares pairs or scores in another way, and the other way round."""
    suite = make_suite(1)
    suite = replace(suite, prompts=tuple(replace(prompt, rubric=("好",)) for prompt in suite.prompts))
    plan = planned(suite, TRIO)
    other = plan if kind == "checklist-zh" else replace(plan, suites=(replace(plan.suites[0], alone=False),))
    with RunFolder(tmp_path / "run") as folder:
        bench = Bench(folder, suite, plan)
        for model in plan.models:
            bench.put(make_response(suite.prompts[0], model, model))
        assert len(bench.judge_all()) == 3
        changed = Bench(folder, suite, other, name=kind)
        assert changed.restore() == 3
        made = changed.judge_all()
        assert len(made) == (3 if kind == "checklist-zh" else 6)
        assert Bench(folder, suite, plan).restore() == len(made)
