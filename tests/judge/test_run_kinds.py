"""Whole runs with judges of one answer at a time, against a stub gateway and the simulator."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from evals import load_run
from evals.records import Plan
from evals.routing._verdicts import pair_scores
from tests.driving import Outcome, Stub, edit, evals, manifest, records, serving, write_catalog, write_suite
from tests.judge.test_definitions import EXAMPLES

__all__ = ["evals"]  # the fixture

Evals = Callable[..., Outcome]
FOLDER = Path("outputs/one")
RUN = ("run", "--suite", "s.jsonl", "--catalog", "c.toml", "--run-id", "one", "--quiet")


@pytest.fixture(autouse=True)
def inputs(evals: Evals) -> None:
    """A small priced catalog and a suite of three prompts in the working folder."""
    write_catalog(Path("c.toml"))
    write_suite(Path("s.jsonl"))


def reply(model: str, content: str, _: object) -> str:
    """Candidates: one says more than the other. Judges: the overall score is the length of the answer."""
    if not model.startswith("judge"):
        return "城市。" if model == "alpha" else "一座城市。"
    code = re.findall(r'"code"[^"]*"([0-9a-f]{8})"', content)[-1]
    names = re.findall(r"^(\w+) \(1-10\):", content, re.MULTILINE)
    shown = re.search(r"<<<ANSWER [0-9a-f]{32}>>>\n(.*?)\n<<<END", content, re.DOTALL)
    assert shown
    if len(shown[1]) > 10:  # a control arm
        return json.dumps({"scores": dict.fromkeys(names, 1), "score": 1, "code": code})
    return json.dumps({"scores": dict.fromkeys(names, 5), "score": len(shown[1]), "code": code})


def test_a_pointwise_run(evals: Evals) -> None:
    """One call for each answer; win rates, means and no flip rate in scores.json; a resume pays nothing."""
    with serving(Stub(answer=reply)) as stub:
        done = evals(*RUN, "--definition", "pointwise-zh", "--controls", "0", "--base-url", stub.url)
        assert done.code == 0, done.err
        assert stub.calls == {"alpha": 3, "beta-two": 3, "judge-one": 6}
        assert evals("run", "--run-id", "one", "--quiet", "--base-url", stub.url).code == 0
        assert stub.total == 12
    scores = json.loads((FOLDER / "scores.json").read_bytes())
    assert [model["scores"] for model in scores["models"]] == [{"mean": 3.0, "n": 3}, {"mean": 5.0, "n": 3}]
    assert [model["win_rate"]["value"] for model in scores["models"]] == [0.0, 1.0]
    [pair] = scores["pairs"]
    assert (pair["losses"], pair["judged"], pair["planned"], pair["flip_rate"]) == (3, 3, 3, None)
    assert (scores["coverage"]["flip_rate"], scores["coverage"]["first_shown_share"]) == (None, None)
    assert "score (n)" in done.out
    assert manifest(FOLDER)["plan"]["suites"][0]["alone"] is True
    stored = records(FOLDER / "judgments.jsonl")
    assert {(row["second"], row["winner"], row["definition"]) for row in stored} == {(None, None, "pointwise-zh@1")}
    evidence = pair_scores(FOLDER, Plan.from_json(manifest(FOLDER)["plan"]))
    assert [pairs["alpha", "beta-two"] for pairs in evidence.values()] == [0.0] * 3
    assert sorted(load_run(FOLDER).judgments["score"]) == [3.0] * 3 + [5.0] * 3


def test_controls_are_scored_and_compared(evals: Evals) -> None:
    """Each control answer and its opponent are scored apart: an honest judge leaves every arm green."""
    with serving(Stub(answer=reply)) as stub:
        done = evals(*RUN, "--definition", "pointwise-en", "--controls", "2", "--base-url", stub.url)
        assert done.code == 0, done.err
        assert stub.calls["judge-one"] == 6 + 2 * 5 * 2 * 2  # prompts, arms, orders, answers
    scores = json.loads((FOLDER / "scores.json").read_bytes())
    rates = {row["arm"]: (row["win_rate"]["value"], row["judged"], row["red"]) for row in scores["controls"]}
    assert rates["same"] == (0.5, 2, False)
    assert rates["null"] == rates["injection-zh"] == rates["injection-en"] == (0.0, 2, False)
    assert scores["coverage"]["planned"] == 3


def test_a_judge_may_change_its_kind(evals: Evals) -> None:
    """Taken up with another definition, a run sets its verdicts aside and keeps its answers."""
    words = (*RUN, "--controls", "0")
    with serving(Stub()) as stub:
        assert evals(*words, "--definition", "pairwise-zh", "--base-url", stub.url).code == 0
    with serving(Stub(answer=reply)) as stub:
        done = evals(*words, "--definition", "pointwise-zh", "--base-url", stub.url)
        assert (done.code, stub.calls) == (0, {"judge-one": 6})
        assert "6 stored verdicts are set aside" in done.err
    assert len(records(FOLDER / "judgments.jsonl")) == 6


def test_a_checklist_needs_criteria(evals: Evals) -> None:
    """A prompt without a rubric is named before the first call."""
    with serving(Stub(answer=reply)) as stub:
        done = evals(*RUN, "--definition", "checklist-zh", "--base-url", stub.url)
        assert stub.total == 0
    assert done.code == 2
    assert '3 of 3 prompts of s have none (first: "p0"); give them a "rubric"' in done.err
    assert not FOLDER.exists()


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_the_guide_judge_at_the_first_try(evals: Evals, name: str) -> None:
    """Copied as they stand they check clean and judge a simulated run without one unread verdict."""
    Path(f"{name}.toml").write_text(EXAMPLES[name], encoding="utf-8")
    assert evals("check", f"{name}.toml").code == 0
    words = ("run", "--suite", "chinese", "--limit", "3", "--simulate", "--run-id", "one", "--quiet")
    done = evals(*words, "--models", "deepseek-v4-flash,THUDM/glm-5", "--controls", "1", "--definition", f"{name}.toml")
    assert done.code == 0, done.err
    assert [row["status"] for row in records(FOLDER / "judgments.jsonl")] == ["ok"] * (6 + 10)


def test_what_is_wrong_with_a_judge_is_said_before_the_first_call(evals: Evals) -> None:
    """`run` refuses a faulty definition with file and line, as `check` does."""
    Path("helpdesk.toml").write_text(EXAMPLES["helpdesk"], encoding="utf-8")
    edit(Path("helpdesk.toml"), "[1, 5]", "[5, 5]")
    with serving(Stub(answer=reply)) as stub:
        done = evals(*RUN, "--definition", "helpdesk.toml", "--base-url", stub.url)
        assert stub.total == 0
    assert done.code == 2
    assert "helpdesk.toml:7: " in done.err
