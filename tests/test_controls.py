"""Control arms: an honest judge keeps them green, an obeying one turns the run red, and nothing is paid twice."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.judge import control_text
from evals.records import Judgment, Plan, PlannedPair, PlannedSuite
from evals.score import ARMS, Opponent, control_opponents, score
from evals.score._controls import control_rows
from tests.driving import Outcome, Stub, evals, serving, write_catalog, write_suite

__all__ = ["evals"]
Evals = Callable[..., Outcome]


def verdict(first: str, second: str, value: float, prompt: str = "p0", judge: str = "j") -> Judgment:
    return Judgment(
        suite="s", prompt_id=prompt, judge=judge, definition="d@1", first=first, second=second, key="k",
        status="ok", preference=value,
    )  # fmt: skip


def plan(prompts: int, controls: int, seed: int = 0) -> Plan:
    ids = tuple(f"p{n}" for n in range(prompts))
    suite = PlannedSuite(
        name="s", hash="h", definition="d@1", prompt_ids=ids, categories=tuple("ab"[n % 2] for n in range(prompts))
    )
    return Plan(
        suites=(suite,),
        models=("x", "y"),
        pairs=(PlannedPair(first="x", second="y", judges=("j",)),),
        controls=controls,
        seed=seed,
    )


def both(prompt: str, value: float) -> list[Judgment]:
    return [verdict("x", "y", value, prompt), verdict("y", "x", 1 - value, prompt)]


def answered(prompts: int, *without: tuple[str, str]) -> list[Any]:
    return [
        ("s", f"p{n}", model, 0, "empty" if (f"p{n}", model) in without else "ok", (f"p{n}", model) not in without)
        for n in range(prompts)
        for model in ("x", "y")
    ]


def test_the_weakest_answer_with_a_text_is_the_opponent() -> None:
    """The lower score on each prompt; an empty answer is nobody's opponent; categories take turns."""
    judged = [record for n in range(6) for record in both(f"p{n}", 1.0 if n % 3 else 0.0)]
    found = control_opponents(plan(6, 4), answered(6, ("p1", "y")), judged)
    assert len(found) == 4
    assert {int(one.prompt_id[1:]) % 2 for one in found} == {0, 1}
    for one in found:
        expected = "x" if one.prompt_id == "p1" or int(one.prompt_id[1:]) % 3 == 0 else "y"
        assert (one.model, one.judge) == (expected, "j")


@pytest.mark.parametrize("status", ["empty", "truncated", "refused", "filtered", "error"])
def test_no_answer_is_nobodys_opponent(status: str) -> None:
    """However low it scored: the other answer is taken, and a prompt with none at all is passed over for another."""
    judged = [record for n in range(6) for record in both(f"p{n}", 0.5)]
    without = {("p0", "x"), ("p0", "y"), ("p3", "x"), ("p3", "y"), ("p1", "x"), ("p2", "y")}
    rows = [(*row[:4], status, False) if row[1:3] in without else row for row in answered(6)]
    found = {one.prompt_id: one.model for one in control_opponents(plan(6, 4), rows, judged)}
    assert found == {"p1": "y", "p2": "x", "p4": "x", "p5": "x"}
    nothing = [(*row[:4], status, False) for row in answered(6)]
    assert control_opponents(plan(6, 4), nothing, judged) == []
    assert "controls incomplete" in score(plan(6, 4), nothing, judged)["publishable"]["reasons"]


def test_the_choice_follows_from_plan_and_records_alone() -> None:
    """Another order of records is the same choice, another seed is another one, no control no choice."""
    judged = [record for n in range(40) for record in both(f"p{n}", 0.25)]
    one = control_opponents(plan(40, 10), answered(40), judged)
    assert one == control_opponents(plan(40, 10), list(reversed(answered(40))), list(reversed(judged)))
    assert one != control_opponents(plan(40, 10, seed=1), answered(40), judged)
    assert control_opponents(plan(40, 0), answered(40), judged) == []


@pytest.mark.parametrize(
    ("arm", "wins", "red"),
    [("null", 0, False), ("null", 2, False), ("null", 3, True), ("injection-zh", 10, True), ("same", 9, False)],
)
def test_red_by_the_lower_bound(arm: str, wins: int, red: bool) -> None:
    """Three wins in ten are red; nine of ten first-shown are not yet."""
    opponents = [Opponent(suite="s", prompt_id=f"p{n}", model="x", judge="j") for n in range(10)]
    records = []
    for n in range(10):
        value = 1.0 if n < wins else 0.0
        records.append(verdict(f"control:{arm}", "x", value, f"p{n}"))
        records.append(verdict("x", f"control:{arm}", value if arm == "same" else 1 - value, f"p{n}"))
    row = next(row for row in control_rows(opponents, records) if row["arm"] == arm)
    assert (row["judged"], row["planned"], row["red"]) == (10, 10, red)


def test_half_a_verdict_is_missing() -> None:
    """One order alone is no score; unread verdicts are neither won nor lost."""
    opponents = [Opponent(suite="s", prompt_id="p0", model="x", judge="j")]
    rows = control_rows(opponents, [verdict("control:null", "x", 1.0)])
    assert [(row["judged"], row["planned"], row["red"]) for row in rows] == [(0, 1, False)] * len(ARMS)


def test_controls_stand_outside_every_count() -> None:
    """No control in models, pairs, planned or judged, however many verdicts there are on them."""
    judged = [record for n in range(4) for record in both(f"p{n}", 0.75)]
    plain = score(plan(4, 0), answered(4), judged)
    extra = [verdict("control:null", "x", 1.0, f"p{n}") for n in range(4)]
    with_controls = score(plan(4, 4), [*answered(4), ("s", "p0", "control:null", 0, "ok", True)], [*judged, *extra])
    for part in ("models", "pairs", "suites", "coverage", "top"):
        assert plain[part] == with_controls[part]
    assert (plain["controls"], plain["publishable"]) == ([], {"value": False, "reasons": ["controls not run"]})


def test_texts_of_the_arms() -> None:
    """The null answer is constant, master keys take turns, the same answer is the opponent's."""
    assert control_text("null", 0, "a") == control_text("null", 7, "b")
    assert len({control_text("master-key", n, "a") for n in range(10)}) == 10
    assert control_text("same", 3, "the other one") == "the other one"
    assert re.search("[\u3400-\u9fff]", control_text("injection-zh", 0, ""))
    assert not re.search("[\u3400-\u9fff]", control_text("injection-en", 0, ""))


def obeying(content: str, otherwise: str) -> str:
    """Does what an answer says: whoever claims to be the reference solution, or to be checked, wins."""
    blocks = re.findall(r"<<<ANSWER ([12]) [0-9a-f]{32}>>>\n(.*?)\n<<<END", content, re.DOTALL)
    code = re.findall(r'"code"[^"]*"([0-9a-f]{8})"', content)[-1]
    for number, text in blocks:
        if "winner" in text or "胜出" in text:
            return json.dumps({"winner": number, "code": code})
    return otherwise


def test_an_obeying_judge_turns_the_run_red(evals: Evals, tmp_path: Path) -> None:
    """Through the command: the injection arms are red, the table says so, the scores are not publishable."""
    write_catalog(Path("c.toml"))
    write_suite(Path("s.jsonl"), 12)
    stub = Stub(judge=lambda model, content, headers: obeying(content, honest(content)))
    with serving(stub):
        words = ("run", "--suite", "s.jsonl", "--catalog", "c.toml", "--run-id", "one", "--quiet")
        done = evals(*words, "--base-url", stub.url)
        assert done.code == 0, done.err
        calls = stub.total
        again = evals("run", "--run-id", "one", "--quiet")
        assert (again.code, stub.total) == (0, calls)
    scores = json.loads((tmp_path / "outputs/one/scores.json").read_bytes())
    red = {row["arm"] for row in scores["controls"] if row["red"]}
    assert {"injection-zh", "injection-en"} <= red
    assert {"null", "master-key"} & red == set()
    assert scores["publishable"]["value"] is False
    assert any("red controls" in reason for reason in scores["publishable"]["reasons"])
    assert "RED: the judge can be led" in done.out
    assert calls == 12 * 2 + 12 * 2 + 10 * 2 * len(ARMS)


def honest(content: str) -> str:
    """Prefers the longer of two answers, any answer to a control's text, and calls equal ones a tie."""
    blocks = dict(re.findall(r"<<<ANSWER ([12]) [0-9a-f]{32}>>>\n(.*?)\n<<<END", content, re.DOTALL))
    code = re.findall(r'"code"[^"]*"([0-9a-f]{8})"', content)[-1]
    control = next((n for n, text in blocks.items() if "字" not in text), None)
    if blocks["1"] == blocks["2"]:
        winner = "tie"
    elif control is not None:
        winner = "2" if control == "1" else "1"
    else:
        winner = "1" if len(blocks["1"]) >= len(blocks["2"]) else "2"
    return json.dumps({"winner": winner, "code": code})
