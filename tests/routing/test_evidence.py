"""A run folder as evidence: the same pair scores as scores.json, costs and checks per prompt, reasons to refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evals.records import Prompt, UsageError
from evals.routing import Policy, new_catalog, problems, propose, read_evidence
from evals.routing._decide import Cell
from evals.run import _has_image
from tests.report.fake_run import MODELS, read, write_run
from tests.routing.building import NOW


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up run of 80 prompts, four models, four difficulties, complete and with its controls in order."""
    made = write_run(tmp_path_factory.mktemp("runs") / "run-0")
    end = {"state": "complete", "closed_at": "2026-03-03T00:00:00+00:00"}
    closed = rewritten(made, made.with_name("run-1"), "run.json", lambda run: run.update(end))
    return rewritten(closed, made.with_name("run-a"), "scores.json", lambda s: s.update(publishable={"reasons": []}))


def rewritten(folder: Path, target: Path, name: str, change: Callable[[dict[str, Any]], None]) -> Path:
    """A copy of a run with one of its JSON files changed."""
    target.mkdir()
    for file in folder.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    values = read(target, name)
    change(values)
    (target / name).write_text(json.dumps(values), encoding="utf-8")
    return target


def test_the_pair_scores_are_those_of_scores_json(folder: Path) -> None:
    """Summed over the prompts, every pair wins, ties and loses exactly as the score stage says."""
    found = read_evidence(folder)
    for pair in read(folder, "scores.json")["pairs"]:
        column = [
            a.scores[pair["first"], pair["second"]] for a in found.asked if (pair["first"], pair["second"]) in a.scores
        ]
        fell = (sum(s > 0.5 for s in column), sum(s == 0.5 for s in column), sum(s < 0.5 for s in column))
        assert fell == (pair["wins"], pair["ties"], pair["losses"])
        back = [
            a.scores[pair["second"], pair["first"]] for a in found.asked if (pair["second"], pair["first"]) in a.scores
        ]
        assert [1.0 - score for score in back] == column


def test_cells_follow_difficulty(folder: Path) -> None:
    """1 and 2 are low, 3 medium, 4 high; by task there is one cell."""
    found = read_evidence(folder)
    assert {str(cell): len(found.of(cell)) for cell in found.cells} == {
        "chinese / high": 20,
        "chinese / low": 40,
        "chinese / medium": 20,
    }
    assert read_evidence(folder, by="task").cells == [Cell(task="chinese")]


def test_prompts_of_one_template_are_one_family(folder: Path, tmp_path: Path) -> None:
    """The plan's families decide which prompts count as one; a prompt of its own is its own family."""

    def change(run: dict[str, Any]) -> None:
        suite = run["plan"]["suites"][0]
        suite["families"] = ["clock"] * 2 + [""] * (len(suite["prompt_ids"]) - 2)

    asked = read_evidence(rewritten(folder, tmp_path / "run", "run.json", change)).asked
    assert asked[0].family == asked[1].family == "chinese/clock"
    assert len({one.family for one in asked}) == len(asked) - 1


def test_images_regions_and_limits_are_read(folder: Path, tmp_path: Path) -> None:
    """A prompt with an image is a cell of its own; a model's region, modalities and context go into row and offer."""

    def change(run: dict[str, Any]) -> None:
        run["models"][MODELS[0]] |= {"region": "eu-west-1", "modalities": ["text", "image"], "context": 1000}

    target = rewritten(folder, tmp_path / "run", "run.json", change)
    prompts = [json.loads(line) for line in (target / "prompts.jsonl").read_text().splitlines()]
    lines = [json.dumps({**prompt, "image": prompt["id"] == "zh-0001"}) + "\n" for prompt in prompts]
    (target / "prompts.jsonl").write_text("".join(lines))
    found = read_evidence(target)
    assert [str(asked.cell) for asked in found.asked if asked.cell.image] == ["chinese / low / image"]
    assert found.places[MODELS[0]][1] == "eu-west-1"
    assert {"modalities": ["text", "image"], "context": 1000, "region": "eu-west-1"}.items() <= found.offers[0].items()


@pytest.mark.parametrize(
    ("content", "image"),
    [
        ("plain", False),
        ([{"type": "text", "text": "what is this?"}], False),
        ([{"type": "text", "text": "and this?"}, {"type": "image_url", "image_url": {"url": "data:,"}}], True),
    ],
)
def test_an_image_in_a_prompt_is_seen(content: Any, image: bool) -> None:
    """What prompts.jsonl says of it follows from the messages."""
    assert _has_image(Prompt(suite="s", id="p", messages=({"role": "user", "content": content},))) is image


def test_one_suite_can_be_read_alone(folder: Path) -> None:
    """Only its prompts and only what speaks against its judges; another name is told."""
    assert read_evidence(folder, tasks=["chinese"]).cells == read_evidence(folder).cells
    with pytest.raises(UsageError, match='the run has no suite "english"; it has: chinese'):
        read_evidence(folder, tasks=["english"])


def test_costs_and_checks_are_read_per_prompt(folder: Path, tmp_path: Path) -> None:
    """What an answer cost is exact; a prompt with checks is accepted by them, whatever the judge says."""
    target = rewritten(
        folder, tmp_path / "run", "run.json", lambda run: run["plan"]["suites"][0].update(checked=["zh-0001"])
    )
    record = {"suite": "chinese", "prompt_id": "zh-0001", "sample": 0, "key": "k", "strict": False, "results": []}
    lines = [{**record, "model": model, "loose": model == MODELS[3]} for model in MODELS]
    (target / "checks.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    first = next(asked for asked in read_evidence(target).asked if asked.prompt_id == "zh-0001")
    assert {model: first.accepted(model, MODELS[0]) for model in MODELS} == {m: float(m == MODELS[3]) for m in MODELS}
    stored = [json.loads(line) for line in (target / "responses.jsonl").read_text().splitlines()]
    costs = {r["model"]: r["cost_usd"] for r in stored if r["prompt_id"] == "zh-0001"}
    for model, answer in first.answers.items():
        assert answer.cost_usd == (None if costs[model] is None else Decimal(costs[model]))
        assert bool(answer.unknown) is (costs[model] is None)


def test_without_checks_the_incumbents_answer_is_the_measure(folder: Path) -> None:
    """No worse than the incumbent's is accepted; the incumbent accepts itself; a missing score is missing."""
    asked = read_evidence(folder).asked[0]
    for model in MODELS[1:]:
        score = asked.scores.get((model, MODELS[0]))
        assert asked.accepted(model, MODELS[0]) == (None if score is None else float(score >= 0.5))
    assert asked.accepted(MODELS[0], MODELS[0]) == 1.0
    tie = replace(asked, scores={(MODELS[1], MODELS[0]): 0.5, (MODELS[2], MODELS[0]): 0.25})
    assert [tie.accepted(model, MODELS[0]) for model in MODELS[1:3]] == [1.0, 0.0], "a tie is no worse"
    assert asked.accepted("nobody", MODELS[0]) is None


FAULTS: list[tuple[str, str, Callable[[dict[str, Any]], None], str]] = [
    (
        "incomplete",
        "scores.json",
        lambda s: s["coverage"].update(complete=False, missing=7),
        "the run is incomplete: 7 of",
    ),
    (
        "missing",
        "scores.json",
        lambda s: s["coverage"]["by_model"][MODELS[0]].update(share=0.5),
        f"{MODELS[0]} misses 50.0% of its planned scores (at most 2.0% may be missing)",
    ),
    (
        "red",
        "scores.json",
        lambda s: s.update(controls=[{"arm": "control:empty", "red": True}]),
        "the control control:empty is red",
    ),
    ("controls", "scores.json", lambda s: s.update(publishable={"reasons": ["controls not run"]}), "controls not run"),
    ("recorded", "run.json", lambda r: r["plan"].update(orders="recorded"), "its verdicts were read from files"),
    ("stopped early", "run.json", lambda r: r["plan"].update(cap=80), "the run stopped by what it saw (--find-best)"),
    ("interrupted", "run.json", lambda r: r.update(state="interrupted"), "the run is interrupted, not complete"),
]


@pytest.mark.parametrize(("name", "file", "change", "words"), FAULTS, ids=[case[0] for case in FAULTS])
def test_what_speaks_against_a_run_is_found(
    folder: Path, tmp_path: Path, name: str, file: str, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    """Each reason to refuse is read from the run's own files, and refuses."""
    found = read_evidence(rewritten(folder, tmp_path / "run", file, change))
    assert any(fault.startswith(words) for fault in found.faults), found.faults
    catalog = new_catalog(simulated=found.simulated)
    assert propose(catalog, found, Policy(allow_untrusted=True), NOW).refused


def test_a_judge_is_untrusted_until_its_calibration_says_otherwise(folder: Path, tmp_path: Path) -> None:
    """Only `trusted: true` of that very judge counts."""
    (label,) = read_evidence(folder).untrusted
    judges = label.removesuffix(" on chinese (no calibration)").split(", ")
    assert len(judges) == 2
    assert read_evidence(folder).uncalibrated
    entries = [
        {"judge": judges[0], "suite": "chinese", "trusted": True},
        {"judge": judges[1], "suite": "english", "trusted": True},
        {"judge": judges[1], "suite": "chinese", "trusted": False, "reasons": ["the gold pairs have changed"]},
    ]
    target = rewritten(folder, tmp_path / "run", "scores.json", lambda s: s.update(calibration=entries))
    found = read_evidence(target)
    assert found.untrusted == (f"{judges[1]} on chinese (the gold pairs have changed)",)
    assert found.doubted == {"chinese"}


def test_a_whole_run_publishes_into_a_valid_catalog(folder: Path) -> None:
    """From the files to a catalog: new models get an offer, every cell its rows, and the schema holds."""
    found = read_evidence(folder, by="task")
    assert not found.faults
    catalog = new_catalog(simulated=True)
    catalog["routes"] = [{**catalog["routes"][0], "model": MODELS[1]}]
    proposal = propose(catalog, found, Policy(allow_untrusted=True), NOW)
    assert problems(dict(proposal.catalog)) == []
    rows = [row for row in proposal.catalog["rows"] if row["model"] in MODELS]
    assert {row["task"] for row in rows} == {"chinese"}
    assert len(rows) == len(MODELS)
    assert {offer["model"] for offer in proposal.catalog["offers"]} >= set(MODELS)
    (change,) = proposal.changes
    assert (change.kind, change.after) == ("promoted", MODELS[3]), "skill 0.8 against -0.5"
