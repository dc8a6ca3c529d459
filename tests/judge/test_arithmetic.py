"""A thousand judged pairs with unparseable and failing replies: judged + missing = planned, in every table."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.cells import Answers, Grid
from evals.engine import Halt
from evals.judge import Judge, JudgeStage
from evals.records import Completion, Judgment, Message, Params, Plan, Suite
from evals.report._frames import winrates
from evals.report._view import read_view
from evals.score import score
from evals.simulator import World
from evals.simulator._seeds import uniform
from evals.simulator._server import Gateway
from evals.simulator._wire import read_request
from evals.store import RunFolder
from tests.making import definition, make_endpoint, make_plan, make_response, make_suite

MODELS = ("a", "b", "c", "d")
PROMPTS = 170
UNPARSEABLE, FAILING = 0.03, 0.05


class Simulated:
    """The simulator's judge in this process; by seeded draw 5 % of its calls fail and 3 % never name a verdict."""

    def __init__(self, world: World) -> None:
        self.gateway = Gateway(world)
        self.calls = 0

    async def complete(self, name: str, messages: tuple[Message, ...], params: Params) -> Completion:
        """The reply to one request; a re-ask meets the fate of the request it belongs to."""
        self.calls += 1
        asked = self._read(name, messages, params)
        draw = uniform("fate", self._read(name, messages[:2], params).cell)
        if draw < FAILING:
            return Completion(status="error", error="HTTP 503", attempts=3)
        reply = self.gateway.reply(asked)
        text = "说不好哪里更好。" if draw < FAILING + UNPARSEABLE else reply.content or ""
        return Completion(status="ok", text=text, attempts=1)

    @staticmethod
    def _read(name: str, messages: tuple[Message, ...], params: Params) -> Any:
        body = {"model": name, "messages": list(messages), "max_tokens": params.max_tokens}
        return read_request(json.dumps(body).encode())


def tables(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every row of scores.json that counts judged and planned."""
    for part in (found, *found["suites"]):
        yield from part["models"]
        yield from part["pairs"]
        for category in part.get("categories", ()):
            yield from category["models"]


def judged(tmp_path: Path, kind: str, suite: Suite, plan: Plan) -> tuple[list[Judgment], int]:
    """All verdicts of a run of simulated answers, and how many calls they took."""
    world = World([suite], seed=3)
    caller = Simulated(world)
    with RunFolder(tmp_path / kind) as folder:
        grid = Grid([suite], plan.models, 1)
        answers = Answers(grid, folder.responses)
        judges = {(suite.name, "j"): Judge(make_endpoint("j"), definition(kind))}
        stage = JudgeStage(plan, grid, answers, folder.judgments, judges)
        for prompt in suite.prompts:
            for model in plan.models:
                response = make_response(prompt, model, world.answer(model, prompt).text)
                cell = grid.find(response.to_json())
                assert cell is not None
                answers.add(cell, folder.responses.append(response.to_json()), response)
                stage.arrived(cell)
        stage.close()
        halt = Halt()
        asyncio.run(stage.judge("j", caller, workers=8, halt=halt))
        halt.raise_if_stopped()
        made = [Judgment.from_json(record) for _, _, record in folder.judgments]
        assert stage.planned == len(made)
    return made, caller.calls


@pytest.mark.parametrize("kind", ["pairwise-zh", "pointwise-zh", "checklist-zh"])
def test_a_thousand_pairs(tmp_path: Path, kind: str) -> None:
    """Nothing is dropped: what is missing is exactly what hangs on an unread verdict, and every row adds up."""
    suite = make_suite(PROMPTS)
    suite = replace(suite, prompts=tuple(replace(prompt, rubric=("一", "二", "三")) for prompt in suite.prompts))
    plan = make_plan(suite, MODELS, max_missing=1.0)
    plan = replace(plan, suites=(replace(plan.suites[0], alone=kind != "pairwise-zh"),))
    made, calls = judged(tmp_path, kind, suite, plan)
    counts = Counter(judgment.status for judgment in made)
    assert 0.03 < counts["error"] / len(made) < 0.07
    assert 0.015 < counts["unparsed"] / len(made) < 0.045
    assert calls == len(made) + counts["unparsed"]
    statuses = [(suite.name, p.id, model, 0, "ok", True) for p in suite.prompts for model in MODELS]
    found = score(plan, statuses, made)  # type: ignore[arg-type]

    unread = {(j.prompt_id, j.first) for j in made if j.status != "ok"}
    lost = {(j.prompt_id, frozenset((j.first, j.second))) for j in made if j.status != "ok"}
    if kind != "pairwise-zh":
        lost = {
            (prompt.id, frozenset((pair.first, pair.second)))
            for prompt in suite.prompts
            for pair in plan.pairs
            if {(prompt.id, pair.first), (prompt.id, pair.second)} & unread
        }
    coverage = found["coverage"]
    assert (coverage["planned"], coverage["missing"]) == (1_020, len(lost))
    assert coverage["judged"] + coverage["missing"] == coverage["planned"]
    for row in tables(found):
        assert row["wins"] + row["ties"] + row["losses"] == row["judged"] <= row["planned"]
    for row in coverage["by_model"].values():
        assert row["judged"] + row["missing"] == row["planned"] == 510
    assert sum(row["judged"] for row in found["pairs"]) == coverage["judged"]
    assert sum(row["judged"] for row in found["models"]) == 2 * coverage["judged"]
    [whole] = found["suites"]
    for model in MODELS:
        rows = [m for c in whole["categories"] for m in c["models"] if m["model"] == model]
        assert sum(row["judged"] for row in rows) == coverage["by_model"][model]["judged"]
    verdicts = coverage["verdicts"]
    assert sum(count for name, count in verdicts.items() if name != "planned") == verdicts["planned"] == 2_040
    if kind == "pairwise-zh":
        assert coverage["flip_rate"] is not None
        assert "scores" not in found["models"][0]
    else:
        assert coverage["flip_rate"] is coverage["first_shown_share"] is None
        assert all(pair["flip_rate"] is None for pair in found["pairs"])
        for row in found["models"]:
            assert row["scores"]["n"] == PROMPTS - sum(model == row["model"] for _, model in unread)
    frame = winrates(read_view(found, {}, {"run_id": "r", "plan": plan.to_json()}))
    rows = {row["model"]: row for row in found["models"]}
    assert [(row.judged, row.planned) for row in frame.itertuples()] == [
        (rows[row.model]["judged"], rows[row.model]["planned"]) for row in frame.itertuples()
    ]
    assert (frame["wins"] + frame["ties"] + frame["losses"] == frame["judged"]).all()
