"""Pairs that checks decide (`--trust-checks`): no call where one answer is right and the other wrong, a judge else."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evals.cells import Answers, Grid
from evals.checking import CheckStage
from evals.checks import is_objective
from evals.engine import Halt
from evals.judge import Judge, JudgeStage
from evals.records import Judgment, Plan, Response, Suite
from evals.score import score
from evals.store import RunFolder
from tests.driving import Outcome, Stub, evals, longer, manifest, records, serving, start, verdict, write_catalog
from tests.making import StubCaller, definition, make_endpoint, make_plan, make_response, make_suite

__all__ = ["evals"]

Evals = Callable[..., Outcome]
CITY = {"type": "exact", "args": {"value": "北京"}}
CODE = {"type": "python_output", "args": {"value": "3"}}
FORM = {"type": "count", "args": {"unit": "hanzi", "max": 2}}
RIGHT, WRONG = "北京", "上海"


def at_answer(kind: str, **args: Any) -> dict[str, Any]:
    return {"type": kind, "args": {**args, "where": "answer"}}


@pytest.mark.parametrize(
    ("checks", "objective"),
    [
        ([], False),
        ([CITY], True),
        ([CODE], True),
        ([{"type": "json_fields", "args": {"fields": {"a": 1}}}], True),
        ([{"type": "numeric", "args": {"value": "3", "where": "whole"}}], True),
        ([FORM], False),
        ([CITY, FORM], False),
        ([CITY, at_answer("absent", values=["缺少"])], True),
        ([at_answer("absent", values=["缺少"])], False),
        ([{"type": "regex", "args": {"pattern": "44"}}], False),
        ([at_answer("regex", pattern="44")], True),
        ([at_answer("contains", all=["44"]), {"type": "language", "args": {"lang": "zh"}}], False),
    ],
)
def test_which_checks_tell_right_from_wrong(checks: list[dict[str, Any]], objective: bool) -> None:
    """A compared result does; form alone does not, and beside a result it could decide what it should not."""
    assert is_objective(checks) is objective


def suite_of(*checks: dict[str, Any]) -> Suite:
    """One prompt with these checks."""
    suite = make_suite(1)
    return replace(suite, prompts=(replace(suite.prompts[0], checks=checks),))


class Bench:
    """Answers put in by hand, checked as in a run, and a stub judge who prefers the answer shown first."""

    def __init__(self, folder: RunFolder, suite: Suite, plan: Plan) -> None:
        self.folder, self.suite, self.plan = folder, suite, plan
        self.grid = Grid([suite], plan.models, plan.samples)
        self.answers = Answers(self.grid, folder.responses)
        self.caller = StubCaller(self.reply)
        self.checking = CheckStage(self.grid, self.answers, folder.checks, told=self.told)
        judges = {(suite.name, name): Judge(make_endpoint(name), definition()) for name in plan.pairs[0].judges}
        self.judging = JudgeStage(plan, self.grid, self.answers, folder.judgments, judges, checks=self.checking)

    @staticmethod
    def reply(content: str, n: int) -> str:
        code = re.findall(r'"code"[^"]*"([0-9a-f]{8})"', content)[-1]
        return f'{{"winner": "1", "code": "{code}"}}'

    def told(self, record: Mapping[str, Any]) -> None:
        cell = self.grid.find(record)
        assert cell is not None
        self.judging.checked(cell)

    def put(self, response: Response, *, arrive: bool = True) -> None:
        cell = self.grid.find(response.to_json())
        assert cell is not None
        self.answers.add(cell, self.folder.responses.append(response.to_json()), response)
        if arrive:
            self.checking.arrived(cell)
            self.judging.arrived(cell)

    def work(self) -> list[Judgment]:
        """Check all, then judge all that is left."""
        self.checking.close()

        async def main() -> None:
            await self.checking.check(halt=Halt(), say=lambda _: None)
            self.judging.close()
            for name in self.judging.judge_names:
                await self.judging.judge(name, self.caller, workers=4, halt=Halt())

        asyncio.run(main())
        return [Judgment.from_json(record) for _, _, record in self.folder.judgments]


def verdicts_on(tmp_path: Path, suite: Suite, texts: Mapping[str, str], **changes: Any) -> tuple[list[Judgment], int]:
    """What is stored of a run with these answers, and how many calls it took."""
    plan = make_plan(suite, tuple(texts), **{"trust_checks": True, **changes})
    with RunFolder(tmp_path / "run") as folder:
        bench = Bench(folder, suite, plan)
        for model, text in texts.items():
            bench.put(make_response(suite.prompts[0], model, text))
        return bench.work(), len(bench.caller.calls)


@pytest.mark.parametrize(
    ("checks", "texts", "changes", "said"),
    [
        ((CITY,), (RIGHT, WRONG), {}, {"rule:checks": 2}),
        ((CITY,), (f"**{RIGHT}**", WRONG), {}, {"rule:checks": 2}),
        ((CITY,), (RIGHT, RIGHT), {}, {"j": 2}),
        ((CITY,), (WRONG, "南京"), {}, {"j": 2}),
        ((CITY,), (RIGHT, ""), {}, {"rule:no-answer": 2}),
        ((CITY,), (RIGHT, WRONG), {"trust_checks": False}, {"j": 2}),
        ((CITY,), (RIGHT, WRONG), {"noise_check": 1.0}, {"rule:checks": 2}),
        ((CITY,), (RIGHT, RIGHT), {"noise_check": 1.0}, {"j": 4}),
        ((FORM,), (RIGHT, "一个很大的城市"), {}, {"j": 2}),
        ((), (RIGHT, WRONG), {}, {"j": 2}),
    ],
)
def test_a_pair_is_decided_where_exactly_one_answer_passes(
    tmp_path: Path, checks: tuple[Any, ...], texts: tuple[str, str], changes: dict[str, Any], said: dict[str, int]
) -> None:
    """Once in each order and without a call; equal outcomes, unobjective checks and no checks are the judge's."""
    made, calls = verdicts_on(tmp_path, suite_of(*checks), dict(zip("ab", texts, strict=True)), **changes)
    assert Counter(judgment.judge for judgment in made) == said
    assert calls == said.get("j", 0)
    for judgment in made:
        if judgment.judge == "rule:checks":
            assert judgment.winner == ("first" if judgment.first == "a" else "second")
            assert (judgment.attempts, judgment.cost.usd, judgment.definition) == (0, "0", "one-side-passes@1")
            assert judgment.explanation in ("a passes its checks; b fails them", "b fails its checks; a passes them")


def test_where_code_cannot_be_run_the_judge_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks that were not carried out decide nothing and hold nobody up."""
    monkeypatch.setenv("PATH", str(tmp_path))
    texts = {"a": "```python\nprint(3)\n```", "b": "```python\nprint(4)\n```"}
    made, calls = verdicts_on(tmp_path, suite_of(CODE), texts)
    assert ([judgment.judge for judgment in made], calls) == (["j", "j"], 2)


def test_a_panel_is_spared_as_a_whole_and_each_sample_by_itself(tmp_path: Path) -> None:
    """One record an order whatever the number of judges; of two samples only the decided one needs no call."""
    suite = suite_of(CITY)
    plan = make_plan(suite, ("a", "b"), judges=("j", "k"), trust_checks=True, samples=2)
    with RunFolder(tmp_path) as folder:
        bench = Bench(folder, suite, plan)
        for model, texts in (("a", (RIGHT, RIGHT)), ("b", (WRONG, RIGHT))):
            for sample, text in enumerate(texts):
                bench.put(replace(make_response(suite.prompts[0], model, text), sample=sample))
        made = bench.work()
    assert Counter((judgment.judge, judgment.sample) for judgment in made) == {
        ("rule:checks", 0): 2,
        ("j", 1): 2,
        ("k", 1): 2,
    }
    found = score(plan, [], made)
    assert found["coverage"]["verdicts"] == {
        **dict.fromkeys(("unparsed", "refused", "error", "not_made", "rule_no_answer"), 0),
        "planned": 8,
        "ok": 4,
        "rule_checks": 4,
    }
    assert found["pairs"][0]["win_rate"]["value"] == 0.75  # 1 by checks, 0.5 by judges who name the first shown
    assert (found["coverage"]["by_checks"], found["pairs"][0]["by_checks"]) == (0, 0)  # not alone


def test_resume_keeps_what_holds_and_sets_aside_what_does_not(tmp_path: Path) -> None:
    """A verdict by checks stands while answers, checks and the setting do; else it is made anew, by whom it may."""
    suite = suite_of(CITY)
    plan = make_plan(suite, ("a", "b"), trust_checks=True)
    answers = [make_response(suite.prompts[0], model, text) for model, text in (("a", RIGHT), ("b", WRONG))]
    with RunFolder(tmp_path) as folder:
        bench = Bench(folder, suite, plan)
        for answer in answers:
            bench.put(answer)
        assert len(bench.work()) == 2

    def taken_up(suite: Suite, plan: Plan) -> tuple[int, list[str]]:
        copy = tmp_path.with_name(f"{tmp_path.name}-copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(tmp_path, copy)
        with RunFolder(copy) as folder:
            bench = Bench(folder, suite, plan)
            for offset, _, record in folder.responses:
                cell = bench.grid.find(record)
                assert cell is not None
                bench.answers.add(cell, offset, Response.from_json(record))
            folder.set_aside(folder.checks, bench.checking.is_stale)
            aside = folder.set_aside(folder.judgments, bench.judging.is_stale)
            bench.judging.catch_up()
            bench.checking.catch_up()
            return aside, sorted(judgment.judge for judgment in bench.work())

    assert taken_up(suite, plan) == (0, ["rule:checks"] * 2)
    assert taken_up(suite, replace(plan, trust_checks=False)) == (2, ["j"] * 2)
    other = {"type": "exact", "args": {"value": WRONG}}
    assert taken_up(suite_of(other), plan) == (2, ["rule:checks"] * 2)
    assert taken_up(suite_of({"type": "exact", "args": {"value": "广州"}}), plan) == (2, ["j"] * 2)


def test_checks_that_decide_are_nobodys_bias() -> None:
    """Flips, the first place, length, agreement and contradictions are of the judges' own verdicts alone."""
    suite = make_suite(6)
    planned = replace(make_plan(suite, ("a", "b"), judges=("j", "k"), trust_checks=True))
    plan = replace(planned, suites=(replace(planned.suites[0], checked=tuple(p.id for p in suite.prompts)),))
    made = []
    for number, prompt in enumerate(suite.prompts):
        names = ("rule:checks",) if number < 4 else ("j", "k")
        for first, second in (("a", "b"), ("b", "a")):
            for name in names:
                common = {"suite": suite.name, "prompt_id": prompt.id, "judge": name, "definition": "d@1", "key": "k"}
                winner = "first" if name != "rule:checks" or first == "a" else "second"
                made.append(Judgment(**common, first=first, second=second, winner=winner, status="ok"))  # type: ignore[arg-type]
    statuses = [
        (suite.name, prompt.id, model, 0, "ok", True, 100 if model == "a" else 10)
        for prompt in suite.prompts
        for model in ("a", "b")
    ]
    checks = [
        (suite.name, prompt.id, model, 0, model == "a", model == "a", "ok")
        for prompt in suite.prompts
        for model in ("a", "b")
    ]
    found = score(plan, statuses, made, checks)  # type: ignore[arg-type]
    assert (found["coverage"]["judged"], found["coverage"]["planned"], found["coverage"]["by_checks"]) == (6, 6, 4)
    assert [pair["by_checks"] for pair in (*found["pairs"], *found["suites"][0]["pairs"])] == [4, 4]
    assert (found["pairs"][0]["flips"], found["pairs"][0]["flips_of"]) == (2, 2)
    assert found["coverage"]["first_shown_share"] == 1.0
    biases = {row["name"]: (row["value"], row["n"]) for row in found["biases"]}
    assert biases["position-flips"] == biases["position-first-shown"] == (1.0, 2)
    assert biases["length"] == (0.5, 2)
    assert [row["judged"] for row in found["panel"]["judges"]] == [2, 2]
    assert found["panel"]["alpha"]["units"] == 2
    assert found["checks"]["contradictions"]["compared"] == 2


# ------------------------------------------------------------------------------------------------ whole runs
RUN = ("run", "--suite", "s.jsonl", "--catalog", "c.toml", "--controls", "0", "--quiet", "--run-id")


@pytest.fixture
def inputs(tmp_path: Path) -> None:
    """Eight prompts, of which the first six have an objective check."""
    write_catalog(tmp_path / "c.toml")
    rows = [
        {"id": f"p{n}", "prompt": f"第{n}题：首都是哪里？", "checks": [CITY] if n < 6 else [FORM]} for n in range(8)
    ]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (tmp_path / "s.jsonl").write_text(text, encoding="utf-8")


def answered(model: str, prompt: str, _: Mapping[str, str]) -> str:
    """alpha is right on every prompt, beta-two on the even ones."""
    number = int(re.findall(r"第(\d)题", prompt)[0])
    return RIGHT if model == "alpha" or number % 2 == 0 else WRONG


@pytest.mark.usefixtures("inputs")
def test_a_run_says_what_the_checks_decided_and_saves(evals: Evals) -> None:
    """Three of eight pairs need no judge: six calls fewer, told in the terminal, the report and the scores."""
    with serving(Stub(answer=answered)) as stub:
        assert evals(*RUN, "without", "--base-url", stub.url).code == 0
        before, stub.calls = stub.calls, Counter()
        done = evals(*RUN, "with", "--base-url", stub.url, "--trust-checks")
        assert done.code == 0, done.err
    assert (before["judge-one"], stub.calls["judge-one"]) == (16, 10)
    assert "no judge asked: 3 of 8 pairs decided by checks" in done.out
    assert "3 of 8 pairs decided by checks" in Path("outputs/with/report.md").read_text("utf-8")
    assert manifest(Path("outputs/with"))["plan"]["trust_checks"] is True
    scores = json.loads(Path("outputs/with/scores.json").read_bytes())
    verdicts = scores["coverage"]["verdicts"]
    assert (verdicts["rule_checks"], sum(verdicts.values())) == (6, 2 * verdicts["planned"])
    assert scores["coverage"]["judged"] == scores["coverage"]["planned"] == 8
    refused = evals("compare", "without", "with")
    assert (refused.code, "objective checks trusted" in refused.err) == (2, True)


@pytest.mark.slow
def test_a_simulated_run_of_reasoning_with_and_without(evals: Evals) -> None:
    """The same answers; fewer calls and less money by just the pairs that checks decide, before and after told."""
    paid = {}
    for name, more in (("without", ()), ("with", ("--trust-checks",))):
        words = ("--suite", "reasoning", "--limit", "16", "--controls", "2", "--simulate")
        done = evals("run", *words, "--quiet", "--run-id", name, *more)
        assert done.code == 0, done.err
        folder = Path("outputs") / name
        scores, measured = (json.loads((folder / f"{file}.json").read_bytes()) for file in ("scores", "measured"))
        [stage] = [row for row in measured["stages"] if row["stage"] == "judge"]
        paid[name] = scores["coverage"]["by_checks"], stage["calls"], Decimal(stage["cost_usd"])
        assert (stage["planned_calls"], stage["at_most_calls"]) == (192, bool(more))
        again = f"UNTRUSTED, no calibration; make them: python -m evals run --run-id {name} --calibrate"
        assert " ".join(done.out.split()).count(again) == 1  # for all judges
        assert f"judge {stage['calls']}/{'≤' if more else ''}192, $" in " ".join(done.out.split())
    answers = [Path(f"outputs/{name}/checks.jsonl").read_text("utf-8").splitlines() for name in paid]
    assert sorted(answers[0]) == sorted(answers[1])
    decided, calls, cost = paid["with"]
    assert paid["without"][:2] == (0, 192)
    assert decided > 1
    assert calls == 192 - 2 * decided
    assert cost < paid["without"][2]


@pytest.mark.usefixtures("inputs")
def test_collect_then_judge_comes_to_the_same(evals: Evals) -> None:
    """The checks of the first stage decide in the second; the setting is that of the stored run."""
    with serving(Stub(answer=answered)) as stub:
        assert evals(*RUN, "whole", "--base-url", stub.url, "--trust-checks").code == 0
        shutil.copytree("outputs/whole", "outputs/parts")
        for name in ("responses", "checks", "judgments"):
            Path(f"outputs/parts/{name}.jsonl").unlink()
        stub.calls.clear()
        assert evals("collect", "parts", "--quiet", "--base-url", stub.url).code == 0
        assert (stub.calls["judge-one"], len(records(Path("outputs/parts/checks.jsonl")))) == (0, 16)
        assert evals("judge", "parts", "--quiet", "--base-url", stub.url).code == 0
        assert stub.calls["judge-one"] == 10
    assert Path("outputs/parts/scores.json").read_bytes() == Path("outputs/whole/scores.json").read_bytes()


@pytest.mark.usefixtures("inputs")
def test_killed_and_resumed_it_scores_the_same(evals: Evals, tmp_path: Path) -> None:
    """SIGKILL in the midst of judging; the resume calls nobody twice for what is stored."""

    class Slow(Stub):
        def reply(self, body: dict[str, Any], headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
            time.sleep(0.03)
            return super().reply(body, headers)

    with serving(Slow(answer=answered, judge=lambda m, p, h: verdict(p, longer({"1": "", "2": ""})))) as stub:
        options = ("--base-url", stub.url, "--trust-checks")
        assert evals(*RUN, "undisturbed", *options).code == 0
        child = start(*RUN, "killed", *options, "--concurrency", "2", cwd=tmp_path)
        journal = Path("outputs/killed/judgments.jsonl")
        deadline = time.monotonic() + 20
        while not (journal.exists() and journal.read_bytes().count(b"\n") >= 4):
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=20)
        stored = len(records(journal))
        assert 4 <= stored < 16
        stub.calls.clear()
        assert evals("run", "--run-id", "killed", "--quiet").code == 0
        assert stub.calls["judge-one"] < 10
    assert Path("outputs/killed/scores.json").read_bytes() == Path("outputs/undisturbed/scores.json").read_bytes()


@pytest.mark.usefixtures("inputs")
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--definition", "pointwise-zh"), "scores every answer by itself"),
        (("--judgments", "v.jsonl"), "with --judgments none is called"),
    ],
)
def test_what_it_cannot_spare_is_refused(evals: Evals, words: tuple[str, ...], why: str) -> None:
    """Judges of single answers and recorded verdicts have no comparison to spare."""
    done = evals(*RUN, "x", "--simulate", "--trust-checks", *words)
    assert (done.code, why in done.err) == (2, True)
    done = evals("plan", *RUN[1:5], "--simulate", "--trust-checks")
    assert done.code == 0
