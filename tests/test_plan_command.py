"""`evals plan`: the calls a run then makes, what they cost, and what the run will be able to see."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.stats import HeadToHead, power_of
from tests.driving import Outcome, Stub, evals, records, serving, write_catalog, write_folder_suite, write_suite

__all__ = ["evals"]  # the fixture

Evals = Callable[..., Outcome]
RUN = "--suite q.jsonl --catalog models.toml"


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
    words = "--suite mine --catalog models.toml --controls 4"
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
    shown = evals("plan", *RUN.split(), "--budget-usd", "0.001", "--calibrate").out
    for part in ("calls: 260", "likely $", "at most $", "assumed:", "prompts needed: 3 points", "would likely stop"):
        assert part in shown
    assert "--calibrate are not counted" in shown
    assert "most calls there can be" in evals("plan", *RUN.split(), "--find-best").out
    write_catalog(folder / "models.toml", without=("alpha",))
    assert "input price unknown" in evals("plan", *RUN.split()).out


@pytest.mark.parametrize("words", ["", "--suite none-such", "--suite q.jsonl --like none-such"])
def test_wrong_use_is_told(evals: Evals, folder: Path, words: str) -> None:
    """No suite, an unknown one, or an unknown earlier run."""
    done = evals("plan", *words.split())
    assert (done.code, done.out) == (2, "")
