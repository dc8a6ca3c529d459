"""`evals plan`: the calls a run then makes, what they cost, and what the run will be able to see."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evals.records import format_money
from evals.stats import HeadToHead, power_of
from tests.driving import ROOT, Outcome, Stub, evals, records, serving, write_catalog, write_folder_suite, write_suite

__all__ = ["evals"]  # the fixture

Evals = Callable[..., Outcome]
RUN = "--suite q.jsonl --catalog models.toml"
MINE = "--suite mine --catalog models.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A suite of 40 prompts and a catalog of two candidates and two judges, priced at 1 and 2 dollars."""
    write_suite(tmp_path / "q.jsonl", 40)
    write_catalog(tmp_path / "models.toml")
    return tmp_path


def planned(evals: Evals, words: str, **env: str) -> dict[str, Any]:
    """What `plan --json` says."""
    done = evals("plan", *words.split(), "--json", env=env)
    assert done.code == 0, done.err
    return dict(json.loads(done.out))


@pytest.mark.parametrize(
    ("more", "answers", "verdicts"),
    [
        ("", 80, 2 * 40 + 100),
        ("--controls 0", 80, 80),
        ("--controls 3 --limit 10", 20, 20 + 30),
        ("--controls 0 --samples 3 --limit 5", 30, 30),
        ("--controls 0 --panel 2", 80, 160),
        ("--controls 0 --noise-check 1", 80, 160),
        ("--controls 0 --noise-check 0.25 --panel 2", 80, 200),
    ],
)
def test_calls_are_counted_as_the_plan_asks(evals: Evals, folder: Path, more: str, answers: int, verdicts: int) -> None:
    """Both orders, samples, judges of a panel, pairs judged again, and five control arms in both orders."""
    found = planned(evals, f"{RUN} {more}")
    by_role = {role: sum(r["calls"] for r in found["calls"] if r["role"] == role) for role in ("answer", "verdict")}
    assert by_role == {"answer": answers, "verdict": verdicts}
    assert found["total_calls"] == answers + verdicts


@pytest.mark.parametrize("definition", ["pairwise-zh", "pointwise-zh"])
def test_the_run_makes_the_calls_that_were_planned_and_stays_below_the_cost(
    evals: Evals, folder: Path, definition: str
) -> None:
    """Planning sends nothing; the run then makes as many calls and costs no more than "at most"."""
    write_folder_suite(folder / "mine", 12, definition=definition)
    words = f"{MINE} --controls 4"
    with serving(Stub(answer=lambda model, prompt, headers: f"{model}" + "答" * len(prompt))) as stub:
        if definition.startswith("pointwise"):
            stub.judge = lambda model, prompt, headers: "no score"
        found = planned(evals, f"{words} --base-url {stub.url}")
        assert stub.total == 0
        evals("run", *words.split(), "--base-url", stub.url, "--run-id", "x", "--quiet")
    stored = folder / "outputs/x"
    written = [one for one in records(stored / "responses.jsonl") if not one["model"].startswith("control:")]
    verdicts = [one for one in records(stored / "judgments.jsonl") if one["judge"] != "rule:no-answer"]
    assert len(written) == 24
    if definition.startswith("pairwise"):
        assert stub.total == found["total_calls"] == len(written) + len(verdicts)
    cost = sum(float(one["cost_usd"]) for one in (*written, *verdicts))
    assert 0 < cost < float(found["at_most"]["cost_usd"])
    assert not found["simulated"]


def stages(found: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Calls as planned and as made, by stage."""
    return {row["stage"]: (row["planned_calls"], row["calls"]) for row in found["stages"]}


@pytest.mark.slow
def test_every_stage_is_planned_and_measured(evals: Evals) -> None:
    """Plan and run agree on the calls of every stage, calibrations among them; the plan of a second run needs none."""
    words = "--suite chinese --limit 4 --models deepseek-v4-flash,THUDM/glm-5 --simulate --controls 2 --noise-check 1"
    words += " --calibrate"
    found = planned(evals, words)
    before = {row["stage"]: row["calls"] for row in found["stages"]}
    assert before == {"calibrate": 160, "collect": 8, "check": 8, "judge": 8, "noise-check": 8, "controls": 20}
    assert found["total_calls"] == sum(before.values()) - before["check"]
    done = evals("run", *words.split(), "--run-id", "x")
    assert done.code == 0, done.err
    assert f"{found['total_calls']} calls, to the simulator" in done.err
    measured = json.loads(Path("outputs/x/measured.json").read_bytes())
    assert stages(measured) == {name: (calls, calls) for name, calls in before.items()}
    paid = sum(Decimal(row["cost_usd"]) for row in measured["stages"])
    assert Decimal(measured["total"]["cost_usd"]) == paid > 0
    assert "calls and cost made/planned: calibrate 160/160, $" in " ".join(done.out.split())
    assert re.search(r"\| noise-check +\| +8 +\| +8 +\|", Path("outputs/x/report.md").read_text("utf-8"))
    assert "noise-check" in Path("outputs/x/report.html").read_text("utf-8")
    again = {row["stage"]: row["calls"] for row in planned(evals, words)["stages"]}
    assert again == {name: calls for name, calls in before.items() if name != "calibrate"}
    done = evals("run", "--run-id", "x", "--quiet")
    assert stages(json.loads(Path("outputs/x/measured.json").read_bytes())) == stages(measured)


def with_gold_pairs(folder: Path) -> None:
    """A suite with three gold pairs."""
    write_folder_suite(folder / "mine", 250)
    gold = (ROOT / "prompts/chinese/gold.jsonl").read_text("utf-8").split("\n")[:3]
    lines = [line.replace('"suite": "chinese"', '"suite": "mine"') for line in gold]
    (folder / "mine/gold.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_budget_is_that_of_calibrations_and_run_together(evals: Evals, folder: Path) -> None:
    """What the calibrations took is not there for the run; a resume with more money pays nothing twice."""
    with_gold_pairs(folder)
    with serving(Stub()) as stub:
        words = f"{MINE} --limit 2 --controls 0 --calibrate --quiet --base-url {stub.url}"
        done = evals("run", *words.split(), "--run-id", "x", "--budget-usd", "1")
        assert done.code == 0, done.err
        calls = stub.total
        measured = json.loads((folder / "outputs/x/measured.json").read_bytes())
        rows = {row["stage"]: row for row in measured["stages"]}
        spent = Decimal(measured["total"]["cost_usd"])
        assert rows["calibrate"]["calls"] == 6
        assert Decimal(rows["calibrate"]["cost_usd"]) == 6 * Decimal("0.00002")
        assert calls == 6 + 4 + 4
        done = evals("run", "--run-id", "x", "--samples", "2", "--quiet", "--budget-usd", str(spent))
        assert done.code == 1
        assert f"budget of ${format_money(spent)}: ${format_money(spent)} is spent" in done.err
        assert stub.total == calls


def test_what_a_run_paid_before_is_not_there_for_its_calibrations(evals: Evals, folder: Path) -> None:
    """Taken up again with --calibrate and the money it has spent already, a run asks nothing."""
    with_gold_pairs(folder)
    with serving(Stub()) as stub:
        words = f"{MINE} --limit 2 --controls 0 --quiet --base-url {stub.url}"
        assert evals("run", *words.split(), "--run-id", "x").code == 0
        spent = json.loads((folder / "outputs/x/measured.json").read_bytes())["total"]["cost_usd"]
        calls = stub.total
        done = evals("run", "--run-id", "x", "--calibrate", "--quiet", "--budget-usd", spent)
        assert (done.code, stub.total) == (1, calls)
        assert f"budget of ${spent}: ${spent} is spent" in done.err
        assert evals("run", "--run-id", "x", "--quiet", "--budget-usd", "1").code == 0
        assert stub.total == calls + 6


def test_recorded_scores_of_single_answers_are_planned_and_scored(evals: Evals, tmp_path: Path) -> None:
    """Who scored higher on a prompt wins; nothing is called, and what has one score only is not planned."""
    write_suite(tmp_path / "s.jsonl", 3)
    scores = {"p0": {"x": 8, "y": 6, "z": 6}, "p1": {"x": 4, "y": 6}, "p2": {"y": 5}}
    rows = [
        {"prompt_id": prompt, "judge": "j", "first": model, "score": score}
        for prompt, found in scores.items()
        for model, score in found.items()
    ]
    answers = [{"prompt_id": row["prompt_id"], "model": row["first"], "text": "t"} for row in rows]
    for name, lines in (("v", rows), ("a", answers)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    words = "--suite s.jsonl --responses a.jsonl --judgments v.jsonl"
    found = planned(evals, words)
    assert (found["total_calls"], found["pairs"], found["stages"]) == (0, 3, [])
    done = evals("run", *words.split(), "--run-id", "x", "--quiet")
    assert done.code == 0, done.err
    result = json.loads(Path("outputs/x/scores.json").read_bytes())
    pairs = {(p["first"], p["second"]): (p["win_rate"]["value"], p["judged"], p["planned"]) for p in result["pairs"]}
    assert pairs == {("x", "y"): (0.5, 2, 2), ("x", "z"): (1.0, 1, 1), ("y", "z"): (0.5, 1, 1)}
    assert {m["model"]: m["scores"] for m in result["models"]} == {
        "x": {"mean": 6.0, "n": 2},
        "y": {"mean": pytest.approx(17 / 3), "n": 3},
        "z": {"mean": 6.0, "n": 1},
    }
    assert result["warnings"] == []
    assert result["coverage"]["flip_rate"] is None


def test_an_earlier_run_teaches_lengths_times_and_spread(evals: Evals, folder: Path) -> None:
    """With --like the tokens, times and ties are those of that run, and nothing is assumed."""
    words = f"{RUN} --limit 20 --controls 0"
    with serving(Stub()) as stub:
        there = f"{words} --base-url {stub.url}"
        evals("run", *there.split(), "--run-id", "x", "--quiet")
        calls = stub.total
        assumed, like = planned(evals, there), planned(evals, f"{there} --like x")
        assert stub.total == calls
    assert {row["completion_tokens"] for row in like["calls"]} == {20 * 5, 40 * 5}
    assert {row["completion_tokens"] for row in assumed["calls"]} == {20 * 500, 40 * 250}
    assert like["seconds"] < assumed["seconds"]
    assert (assumed["power"]["ties"], like["power"]["ties"]) == (0.12, 0.0)
    assert (assumed["power"]["assumed"], like["power"]["assumed"]) == (True, False)


def test_the_promised_gap_has_the_promised_power(evals: Evals, folder: Path) -> None:
    """A gap a little smaller than the one named is found too rarely; more prompts are needed for smaller gaps."""
    power = planned(evals, RUN)["power"]
    gap = power["detectable_gap"]["q"]
    assert power_of(HeadToHead(), n=40, gap=gap) == pytest.approx(0.8, abs=0.01)
    needed = [one["prompts"] for one in power["prompts_for"]]
    assert [one["gap"] for one in power["prompts_for"]] == [0.03, 0.05, 0.10]
    assert needed == sorted(needed, reverse=True)
    assert power_of(HeadToHead(), n=needed[-1], gap=0.10) >= 0.8


def test_what_is_printed_says_what_it_assumes(evals: Evals, folder: Path) -> None:
    """The text names calls, both costs, the gap, the assumptions, a missing price and a budget that is too small."""
    shown = evals("plan", *RUN.split(), "--budget-usd", "0.001").out
    for part in ("calls: 260", "likely $", "at most $", "assumed:", "prompts needed: 3 points", "would likely stop"):
        assert part in shown
    refused = evals("plan", *RUN.split(), "--calibrate")
    assert (refused.code, "gold" in refused.err) == (2, True)  # as the run would
    trusting = evals("plan", *RUN.split(), "--trust-checks").out
    assert "calls: at most 260" in trusting
    assert "<= 80" in trusting
    assert "what checks decide is not known yet" in trusting
    assert "most calls there can be" in evals("plan", *RUN.split(), "--find-best").out
    write_catalog(folder / "models.toml", without=("alpha",))
    assert "input price unknown" in evals("plan", *RUN.split()).out


@pytest.mark.parametrize("words", ["", "--suite none-such", "--suite q.jsonl --like none-such"])
def test_wrong_use_is_told(evals: Evals, folder: Path, words: str) -> None:
    """No suite, an unknown one, or an unknown earlier run."""
    done = evals("plan", *words.split())
    assert (done.code, done.out) == (2, "")
