"""A thousand judged pairs with unparseable and failing replies: judged + missing = planned, in every table."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evals import store
from evals.cells import Answers, Grid
from evals.engine import Halt
from evals.judge import Judge, JudgeStage
from evals.records import Completion, Judgment, Message, Params, Plan, Suite
from evals.report import render, terminal_summary
from evals.score import score
from evals.simulator import World
from evals.simulator._seeds import uniform
from evals.simulator._server import Gateway
from evals.simulator._wire import read_request
from evals.store import RunFolder
from tests.making import definition, make_endpoint, make_plan, make_response, make_suite
from tests.report import fake_run

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


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A thousand pairs by one kind of judge: plan, verdicts, calls and the folder they lie in."""

    kind: str
    suite: Suite
    plan: Plan
    verdicts: list[Judgment]
    calls: int
    folder: Path

    def score(self, **changes: Any) -> dict[str, Any]:
        """What `score` makes of it, with changes to the plan."""
        statuses = [(self.suite.name, p.id, model, 0, "ok", True) for p in self.suite.prompts for model in MODELS]
        return score(replace(self.plan, **changes), statuses, self.verdicts)  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=["pairwise-zh", "pointwise-zh", "checklist-zh"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """The run of each kind, made once."""
    kind: str = request.param
    suite = make_suite(PROMPTS)
    suite = replace(suite, prompts=tuple(replace(prompt, rubric=("一", "二", "三")) for prompt in suite.prompts))
    plan = make_plan(suite, MODELS, max_missing=1.0)
    plan = replace(plan, suites=(replace(plan.suites[0], alone=kind != "pairwise-zh"),))
    out = tmp_path_factory.mktemp("runs")
    made, calls = judged(out, kind, suite, plan)
    return Judged(kind=kind, suite=suite, plan=plan, verdicts=made, calls=calls, folder=out / kind)


def test_a_thousand_pairs(run: Judged) -> None:
    """Nothing is dropped: what is missing is exactly what hangs on an unread verdict, and every row adds up."""
    kind, plan, made = run.kind, run.plan, run.verdicts
    counts = Counter(judgment.status for judgment in made)
    assert 0.03 < counts["error"] / len(made) < 0.07
    assert 0.015 < counts["unparsed"] / len(made) < 0.045
    assert run.calls == len(made) + counts["unparsed"]
    found = run.score()

    unread = {(j.prompt_id, j.first) for j in made if j.status != "ok"}
    lost = {(j.prompt_id, frozenset((j.first, j.second))) for j in made if j.status != "ok"}
    if kind != "pairwise-zh":
        lost = {
            (prompt.id, frozenset((pair.first, pair.second)))
            for prompt in run.suite.prompts
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


# ------------------------------------------------------------------------------------------------ what people read
Row = dict[str, str]


class _Tables(HTMLParser):
    """The tables of a page as rows of texts by column; titles of cells are texts of their own."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.titles: list[str] = []
        self._cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._cell = True
        self.titles += [value for name, value in attrs if name == "title" and value]

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.tables[-1][-1][-1] += data

    def rows(self) -> list[Row]:
        """The rows of all tables, each a mapping from header to cell."""
        return [dict(zip(table[0], line, strict=True)) for table in self.tables for line in table[1:]]


def markdown_rows(text: str) -> list[Row]:
    """The rows of all Markdown tables."""
    found, heads = [], None
    for line in text.splitlines():
        cells = [cell.strip().replace("`", "") for cell in line.strip("|").split("|")] if line.startswith("|") else None
        if cells and heads is None:
            heads = cells
        elif cells and heads and not set("".join(cells)) <= set(":-"):
            found.append(dict(zip(heads, cells, strict=True)))
        heads = heads if cells else None
    return found


def terminal_rows(text: str) -> list[Row]:
    """The rows of all tables in the terminal: under a line of dashes, up to an empty one."""
    found: list[Row] = []
    lines = text.splitlines()
    for number, ruler in enumerate(lines):
        spans = [match.span() for match in re.finditer("-+", ruler)] if re.fullmatch(r"-+(?:  -+)+", ruler) else []
        heads = [lines[number - 1][start:end].strip() for start, end in spans]
        for line in lines[number + 1 :] if spans else ():
            if not line.strip():
                break
            found.append(dict(zip(heads, (line[start:end].strip() for start, end in spans), strict=True)))
    return found


def counts(row: Row) -> tuple[int, ...] | None:
    """Wins, ties, losses (where the row has them), judged and planned of a row; None for another kind of row."""
    names = ("W/T/L", "wins / ties / losses"), ("judged", "judged / planned")
    cells = [next((row[name] for name in pair if name in row), "") for pair in names]
    return tuple(int(number) for cell in cells for number in re.findall(r"\d+", cell)) if "/" in cells[1] else None


@pytest.mark.parametrize("max_missing", [1.0, 0.02])
def test_every_table_adds_up(run: Judged, max_missing: float) -> None:
    """Terminal, CSV, Markdown and page show the counts of scores.json for each model and pair, ranked or not."""
    found = run.score(max_missing=max_missing)
    assert found["coverage"]["complete"] is (max_missing == 1.0)
    measured = fake_run._measured(run.plan, MODELS, True, True)
    manifest = fake_run._manifest("r", run.plan, True, True)
    for name, value in ((store.MANIFEST, manifest), (store.SCORES, found), (store.MEASURED, measured)):
        store.write_json(run.folder / name, value)
    asked = [{"suite": p.suite, "id": p.id, "category": p.category, "text": p.text} for p in run.suite.prompts]
    (run.folder / store.PROMPTS).write_text("".join(json.dumps(row) + "\n" for row in asked), encoding="utf-8")
    render(run.folder)

    wanted = {row["model"]: row for row in found["models"]}
    wanted |= {f"{row['first']} v {row['second']}": row for row in found["pairs"]}
    columns = ["wins", "ties", "losses", "judged", "planned"] if max_missing == 1.0 else ["judged", "planned"]
    expected = {name: tuple(row[column] for column in columns) for name, row in wanted.items()}
    terminal = terminal_summary(found, measured, manifest)
    markdown = (run.folder / "report.md").read_text(encoding="utf-8")
    page = _Tables((run.folder / "report.html").read_text(encoding="utf-8"))
    for rows in (terminal_rows(terminal), markdown_rows(markdown), page.rows()):
        shown = {next(iter(row.values())): counts(row) for row in rows if counts(row)}
        assert shown == expected

    coverage = found["coverage"]
    told = f"{coverage['judged']:,} of {coverage['planned']:,} planned pair scores judged"
    for text in (terminal, markdown):
        line = next(line for line in text.splitlines() if told in line)
        assert f"{coverage['missing']:,} missing" in line
    by_model = [row for row in page.rows() if {"planned", "judged", "missing"} <= row.keys()]
    assert {row["model"]: (int(row["judged"]), int(row["missing"]), int(row["planned"])) for row in by_model} == {
        name: (row["judged"], row["missing"], row["planned"]) for name, row in coverage["by_model"].items()
    }
    cells = [re.search(r"(\d+) of (\d+) (?:prompts|scores) judged", title) for title in page.titles]
    pairs = Counter((int(cell[1]), int(cell[2])) for cell in cells if cell)
    # each pair stands in the matrix twice, as seen from either side
    for row in found["pairs"]:
        assert pairs[row["judged"], row["planned"]] >= 2

    frame = pd.read_csv(run.folder / "winrates.csv")
    assert Counter(frame["model"]) == dict.fromkeys(MODELS, 2)  # the suite, and all suites
    for row in frame.itertuples():
        told_row = wanted[str(row.model)]
        assert [getattr(row, name) for name in ("wins", "ties", "losses", "judged", "planned")] == [
            told_row[name] for name in ("wins", "ties", "losses", "judged", "planned")
        ]
    assert (frame["wins"] + frame["ties"] + frame["losses"] == frame["judged"]).all()
