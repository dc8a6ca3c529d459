"""The judging of a run: which verdicts are asked for, when, and never twice."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from evals.cells import Answers, Grid
from evals.engine import Halt
from evals.judge import Judge, JudgeStage
from evals.records import Judgment, Plan, Response, Suite
from evals.store import RunFolder
from tests.making import StubCaller, definition, make_endpoint, make_plan, make_response, make_suite


class Bench:
    """A run folder with answers put in by hand and a stub judge."""

    def __init__(self, folder: RunFolder, suite: Suite, plan: Plan) -> None:
        self.folder = folder
        self.suite = suite
        self.plan = plan
        self.grid = Grid([suite], plan.models, plan.samples)
        self.answers = Answers(self.grid, folder.responses)
        self.caller = StubCaller(self.reply)
        judges = {(suite.name, name): Judge(make_endpoint(name), definition()) for name in plan.pairs[0].judges}
        self.stage = JudgeStage(plan, self.grid, self.answers, folder.judgments, judges)

    @staticmethod
    def reply(content: str, n: int) -> str:
        code = re.findall(r'"code"[^"]*"([0-9a-f]{8})"', content)[-1]
        return f'{{"winner": "1", "code": "{code}"}}'

    def put(self, response: Response, *, arrive: bool = True) -> None:
        cell = self.grid.find(response.to_json())
        assert cell is not None
        self.answers.add(cell, self.folder.responses.append(response.to_json()), response)
        if arrive:
            self.stage.arrived(cell)

    def judge_all(self) -> list[Judgment]:
        self.stage.close()

        async def main() -> None:
            for name in self.stage.judge_names:
                await self.stage.judge(name, self.caller, workers=4, halt=Halt())

        asyncio.run(main())
        return [Judgment.from_json(record) for _, _, record in self.folder.judgments]


def test_each_pair_in_both_orders_once_both_answers_are_there(tmp_path: Path) -> None:
    """Three models on one prompt make three pairs and six verdicts, whatever the order of arrival."""
    suite = make_suite(1)
    with RunFolder(tmp_path / "run") as folder:
        bench = Bench(folder, suite, make_plan(suite, ["a", "b", "c"]))
        for model in ("c", "a", "b"):
            bench.put(make_response(suite.prompts[0], model, f"{model}的回答"))
        shown = {(j.first, j.second) for j in bench.judge_all()}
    assert shown == {("a", "b"), ("b", "a"), ("a", "c"), ("c", "a"), ("b", "c"), ("c", "b")}
    assert len(bench.caller.calls) == 6


def test_no_answer_is_decided_by_rule_without_a_call(tmp_path: Path) -> None:
    """An empty answer loses in both orders, nobody is paid; an error is missing, not lost."""
    suite = make_suite(1)
    with RunFolder(tmp_path / "run") as folder:
        bench = Bench(folder, suite, make_plan(suite, ["a", "b", "c"]))
        bench.put(make_response(suite.prompts[0], "a", "答"))
        bench.put(make_response(suite.prompts[0], "b", ""))
        bench.put(make_response(suite.prompts[0], "c", "", status="error"))
        made = bench.judge_all()
    assert [(j.judge, j.first, j.second, j.winner) for j in made] == [
        ("rule:no-answer", "a", "b", "first"),
        ("rule:no-answer", "b", "a", "second"),
    ]
    assert bench.caller.calls == []


def test_resume_makes_only_what_is_missing(tmp_path: Path) -> None:
    """Stored verdicts hold as long as what they hang on is the same; changed answers are judged again."""
    suite = make_suite(3)
    plan = make_plan(suite, ["a", "b"])
    run = tmp_path / "run"
    with RunFolder(run) as folder:
        first = Bench(folder, suite, plan)
        for prompt in suite.prompts[:2]:
            for model in plan.models:
                first.put(make_response(prompt, model, f"{model}答{prompt.id}"))
        assert len(first.judge_all()) == 4
    with RunFolder(run) as folder:
        again = Bench(folder, suite, plan)
        for model in plan.models:
            again.put(make_response(suite.prompts[0], model, f"{model}答p0"), arrive=False)
            again.put(make_response(suite.prompts[1], model, "改过的回答"), arrive=False)
        assert folder.set_aside(folder.judgments, again.stage.is_stale) == 2
        again.stage.catch_up()
        for model in plan.models:
            again.put(make_response(suite.prompts[2], model, "新"))
        made = again.judge_all()
    assert len(again.caller.calls) == 4
    assert sorted((j.prompt_id, j.first) for j in made) == [(p, m) for p in ("p0", "p1", "p2") for m in ("a", "b")]


def test_failed_verdicts_are_made_again_and_unread_ones_are_not(tmp_path: Path) -> None:
    """A network failure is retried on resume; a paid reply that could not be read is not paid again."""
    suite = make_suite(2)
    plan = make_plan(suite, ["a", "b"])
    with RunFolder(tmp_path / "run") as folder:
        bench = Bench(folder, suite, plan)
        for prompt in suite.prompts:
            for model in plan.models:
                bench.put(make_response(prompt, model, f"{model}答"))
        stored = [record for _, _, record in folder.judgments] or [j.to_json() for j in bench.judge_all()]
        folder.judgments.set_aside({offset for offset, _, _ in folder.judgments}, folder.path / "old")
        for status, record in zip(("error", "unparsed", "refused", "ok"), stored, strict=True):
            folder.judgments.append(
                {**record, "status": status, "winner": record["winner"] if status == "ok" else None}
            )
    with RunFolder(tmp_path / "run") as folder:
        again = Bench(folder, suite, plan)
        for _, _, record in folder.responses:
            cell = again.grid.find(record)
            assert cell is not None
            again.answers.add(cell, 0, Response.from_json(record))
        assert folder.set_aside(folder.judgments, again.stage.is_stale) == 1
        assert again.stage.done == 3
        again.stage.catch_up()
        again.judge_all()
    assert len(again.caller.calls) == 1
