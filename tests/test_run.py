"""Whole runs against a stub gateway: what is paid, what is kept, what a resume reuses, and where a key may stand."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from evals.records import format_money
from tests.driving import (
    ROOT,
    Outcome,
    Stub,
    edit,
    evals,
    manifest,
    records,
    serving,
    start,
    write_catalog,
    write_folder_suite,
    write_suite,
)

__all__ = ["evals"]  # the fixture

Evals = Callable[..., Outcome]
RUN = (
    *("run", "--suite", "s.jsonl", "--catalog", "c.toml", "--run-id", "one", "--quiet", "--controls", "0"),
    "--base-url",
)
FOLDER = Path("outputs/one")


@pytest.fixture(autouse=True)
def inputs(evals: Evals) -> None:
    """A small priced catalog and a suite of three prompts in the working folder."""
    write_catalog(Path("c.toml"))
    write_suite(Path("s.jsonl"))


def lines(name: str) -> int:
    """Whole records in a journal of the run."""
    path = FOLDER / name
    return path.read_bytes().count(b"\n") if path.exists() else 0


# ------------------------------------------------------------------------------------------------ failing models
def refuse(status: int, message: str) -> Callable[..., tuple[int, dict[str, Any]]]:
    """An answerer that refuses everything."""
    return lambda *_: (status, {"error": {"message": message, "type": "billing"}})


def test_a_judge_that_wants_payment(evals: Evals) -> None:
    """402 to every verdict: exit 1, no ranking, why on stderr; the answers stay and are not paid for again."""
    with serving(Stub(judge=refuse(402, "top up your account"))) as stub:
        done = evals(*RUN, stub.url)
        assert done.code == 1
        assert "No ranking" in done.out
        assert "judge-one: 6 verdicts failed; the first: " in done.err
        assert "HTTP 402" in done.err
        assert "top up your account" in done.err
        assert "python -m evals run --run-id one" in done.err
        scores = json.loads((FOLDER / "scores.json").read_bytes())
        assert (scores["coverage"]["judged"], scores["coverage"]["planned"]) == (0, 3)
        assert all(model["win_rate"] is None for model in scores["models"])
        assert manifest(FOLDER)["state"] == "incomplete"
    with serving(Stub()) as mended:
        done = evals("run", "--run-id", "one", "--base-url", mended.url, "--quiet")
        assert done.code == 0, done.err
        assert mended.calls == {"judge-one": 6}
        assert "6 stored verdicts are set aside (call failed" in done.err
    assert manifest(FOLDER)["state"] == "complete"


def test_a_candidate_that_is_refused(evals: Evals) -> None:
    """One model's 404s are its own missing scores, told by name; the other's answers are stored."""
    unknown = refuse(404, "no such model")
    plain = Stub().answer
    with serving(Stub(answer=lambda m, p, h: unknown() if m == "alpha" else plain(m, p, h))) as stub:
        done = evals(*RUN, stub.url)
        assert stub.calls["judge-one"] == 0
    assert done.code == 1
    assert "alpha: 3 answers failed; the first: the host does not know the model or the path (HTTP 404)" in done.err
    assert [record["status"] for record in records(FOLDER / "responses.jsonl") if record["model"] == "beta-two"] == (
        ["ok"] * 3
    )


def test_collect_tells_what_failed_and_judge_goes_on(evals: Evals) -> None:
    """`collect` alone exits 1 while answers are missing; after it succeeds `judge` completes the run."""
    with serving(Stub(answer=refuse(404, "no such model"))) as stub:
        assert evals(*RUN, stub.url).code == 1
        done = evals("collect", "one", "--json", "--quiet")
        assert (done.code, json.loads(done.out)) == (1, {"run": str(FOLDER), "failed": 6})
        assert "6 calls failed" in done.err
    with serving(Stub()) as stub:
        done = evals("collect", "one", "--base-url", stub.url, "--quiet")
        assert (done.code, stub.calls) == (0, {"alpha": 3, "beta-two": 3})
        assert "python -m evals judge outputs/one" in done.out
        assert evals("judge", "one", "--base-url", stub.url, "--quiet").code == 0
        assert stub.calls == {"alpha": 3, "beta-two": 3, "judge-one": 6}


# ------------------------------------------------------------------------------------------------ money
def test_a_budget_needs_prices(evals: Evals) -> None:
    """Exit 2 names the line of the catalog to fill in, for every model without a complete price; nothing is sent."""
    write_catalog(Path("c.toml"), without=["beta-two", "judge-one"])
    text = Path("c.toml").read_text(encoding="utf-8").splitlines()
    with serving(Stub()) as stub:
        done = evals(*RUN, stub.url, "--budget-usd", "5")
        assert stub.total == 0
    assert done.code == 2
    for name in ("beta-two", "judge-one"):
        line = text.index(f'[models."{name}".hosts.gateway]') + 1
        assert f"c.toml:{line}: {name} has no complete price" in done.err
    assert "alpha" not in done.err
    assert not FOLDER.exists()


def billed(stub: Stub) -> Decimal:
    """What the stub's calls cost at the small catalog's prices."""
    assert stub.usage is not None
    tokens = stub.usage["prompt_tokens"] + 2 * stub.usage["completion_tokens"]
    return Decimal(stub.total * tokens).scaleb(-6)


def test_a_budget_stops_and_counts_what_earlier_sessions_spent(evals: Evals) -> None:
    """Exit 1 before the cap is passed; the same cap again buys nothing more; a larger one completes the run."""
    usage = {"prompt_tokens": 10, "completion_tokens": 2_000}
    with serving(Stub(usage=usage)) as stub:
        done = evals(*RUN, stub.url, "--budget-usd", "0.02", "--concurrency", "4")
        assert done.code == 1
        assert done.out == ""
        assert "budget of $0.02" in done.err
        assert "--run-id one" in done.err
        spent = billed(stub)
        assert Decimal("0.005") < spent <= Decimal("0.02")
        assert manifest(FOLDER)["state"] == "stopped"
        calls = stub.total
        for _ in range(2):
            done = evals("run", "--run-id", "one", "--quiet")
            assert (done.code, stub.total) == (1, calls)
            assert f"${format_money(spent)} is spent" in done.err
        done = evals("run", "--run-id", "one", "--quiet", "--budget-usd", "1")
        assert done.code == 0, done.err
        assert stub.total == 12
    measured = json.loads((FOLDER / "measured.json").read_bytes())
    assert Decimal(measured["total"]["cost_usd"]) == billed(stub)


def test_what_no_record_holds_counts_against_the_budget(evals: Evals) -> None:
    """Replies that do not say their usage count at their worst, also in the next session."""
    with serving(Stub(usage=None)) as stub:
        done = evals(*RUN, stub.url, "--budget-usd", "0.02", "--concurrency", "1")
        assert done.code == 1
        calls = stub.total
        assert 0 < calls < 6
        assert Decimal(manifest(FOLDER)["totals"]["unrecorded_usd"]) > Decimal("0.015")
        assert evals("run", "--run-id", "one", "--quiet").code == 1
        assert stub.total == calls
    assert "known" not in records(FOLDER / "responses.jsonl")[0]
    assert records(FOLDER / "responses.jsonl")[0]["cost_usd"] is None


def test_answers_set_aside_were_paid_for(evals: Evals) -> None:
    """A changed prompt is asked again, and the budget still knows what the old answer cost."""
    usage = {"prompt_tokens": 10, "completion_tokens": 1_000}
    with serving(Stub(usage=usage)) as stub:
        assert evals(*RUN, stub.url, "--budget-usd", "1").code == 0
        write_suite(Path("s.jsonl"), text="第{n}题：介绍一条河。")
        spent = billed(stub)
        done = evals("run", "--run-id", "one", "--quiet", "--budget-usd", str(spent + Decimal("0.001")))
        assert (done.code, stub.total) == (1, 12)
        assert f"${format_money(spent)} is spent" in done.err


# ------------------------------------------------------------------------------------------------ interruption
class Slow(Stub):
    """A stub whose replies take a while, so that a signal meets calls in flight."""

    seconds = 0.05

    def reply(self, body: dict[str, Any], headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        time.sleep(self.seconds)
        return super().reply(body, headers)


def wait_for(found: Callable[[], bool], child: subprocess.Popen[str]) -> None:
    """Wait until something is seen while a child runs."""
    deadline = time.monotonic() + 20
    while not found():
        assert child.poll() is None, child.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("journal", "number", "at_least"),
    [
        ("responses.jsonl", signal.SIGINT, 3),
        ("judgments.jsonl", signal.SIGINT, 5),
        ("responses.jsonl", signal.SIGTERM, 3),
    ],
)
def test_interrupted_in_order_and_resumed(
    journal: str, number: int, at_least: int, evals: Evals, tmp_path: Path
) -> None:
    """Ctrl-C or SIGTERM: exit 130, calls in flight are kept; the resume pays nothing twice and scores the same."""
    write_suite(Path("s.jsonl"), 9)
    with serving(Slow()) as stub:
        child = start(*RUN, stub.url, "--concurrency", "4", cwd=tmp_path)
        wait_for(lambda: lines(journal) >= at_least, child)
        child.send_signal(number)
        out, err = child.communicate(timeout=20)
        assert (child.returncode, out) == (130, "")
        assert "stopping: " in err
        assert "run --run-id one" in err
        assert "Traceback" not in err
        assert manifest(FOLDER)["state"] == "interrupted"
        assert lines("responses.jsonl") + lines("judgments.jsonl") == stub.total < 36
        stub.seconds = 0.0  # type: ignore[attr-defined]
        assert evals("run", "--run-id", "one", "--quiet").code == 0
        assert stub.total == 36
        assert evals(*RUN, stub.url, "--out", "undisturbed").code == 0
    assert (FOLDER / "scores.json").read_bytes() == Path("undisturbed/one/scores.json").read_bytes()


def test_ctrl_c_twice_drops_the_calls_in_flight(tmp_path: Path) -> None:
    """The second one does not wait for a host that hangs; what was stored stays."""

    class Hanging(Stub):
        def reply(self, body: dict[str, Any], headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
            if self.total >= 4:
                self.bodies.append(body)
                time.sleep(6)
            return super().reply(body, headers)

    with serving(Hanging()) as stub:
        child = start(*RUN, stub.url, "--concurrency", "2", cwd=tmp_path)
        wait_for(lambda: stub.total >= 6 and lines("responses.jsonl") + lines("judgments.jsonl") >= 4, child)
        child.send_signal(signal.SIGINT)
        time.sleep(0.2)
        pressed = time.monotonic()
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=20)
        assert time.monotonic() - pressed < 4
    assert child.returncode == 130
    assert "calls in flight were dropped" in err
    assert "Traceback" not in err
    assert lines("responses.jsonl") + lines("judgments.jsonl") == 4


# ------------------------------------------------------------------------------------------------ keys
KEY = "sk-canary-7Qx/Zt+4Lw9vBn2Rk8"


def forms_of(key: str) -> dict[str, str]:
    """A key in all the clothes it is looked for in."""
    coded = base64.b64encode(key.encode()).decode()
    return {
        "plain": key,
        "url": quote(key, safe=""),
        "base64": coded.rstrip("="),
        "base64 of the header": base64.b64encode(f"Bearer {key}".encode()).decode().rstrip("="),
        "last eight": key[-8:],
    }


def spread(headers: Mapping[str, str]) -> str:
    """The Authorization header in every form, as a careless host might echo it."""
    sent = headers["authorization"]
    assert sent == f"Bearer {KEY}"
    return " ; ".join([sent, *(form for name, form in forms_of(KEY).items() if name != "last eight")])


def echo_in_errors(model: str, prompt: str, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    return 401, {"error": {"message": f"bad key {spread(headers)}, it ends in {KEY[-8:]}", "type": spread(headers)}}


def echo_in_answers(model: str, prompt: str, headers: Mapping[str, str]) -> str:
    return f"{model}: {spread(headers)}"


@pytest.mark.parametrize("answer", [echo_in_errors, echo_in_answers])
def test_the_key_is_in_no_file_and_on_no_stream(answer: Any, evals: Evals, caplog: pytest.LogCaptureFixture) -> None:
    """However a host echoes the key, no form of it is stored, printed or logged."""
    with serving(Stub(answer=answer)) as stub:
        done = evals(*RUN, stub.url, env={"EVALS_API_KEY": KEY})
        assert stub.total >= 6
    assert done.code == (1 if answer is echo_in_errors else 0), done.err
    files = {path: path.read_text(encoding="utf-8") for path in Path("outputs").rglob("*") if path.is_file()}
    assert len(files) >= 9
    assert "[key]" in files[FOLDER / "responses.jsonl"]
    seen = {**{str(path): text for path, text in files.items()}, "out": done.out, "err": done.err, "log": caplog.text}
    for place, text in seen.items():
        for name, form in forms_of(KEY).items():
            assert form not in text.replace("\\/", "/"), f"{name} in {place}"


# ------------------------------------------------------------------------------------------------ what a resume reuses
def new_prompt() -> None:
    path = Path("mini/prompts.jsonl")
    edit(path, "郢人有遗燕相国书者", "郢人有遺燕相國書者")


CHANGES: dict[str, tuple[Callable[[], None], dict[str, int], str]] = {
    # what is changed: how, the calls that must follow, what the message names
    "nothing": (lambda: None, {}, ""),
    "label": (lambda: edit(Path("mini/suite.toml"), "中文综合能力", "别的名字"), {}, ""),
    "prompt": (new_prompt, {"alpha": 1, "beta-two": 1, "judge-one": 2}, "zh-classical-0001 by alpha"),
    "temperature": (
        lambda: edit(Path("mini/suite.toml"), "temperature = 0.7", "temperature = 0.6"),
        {"alpha": 3, "beta-two": 3, "judge-one": 6},
        "6 stored answers are set aside",
    ),
    "token limit": (
        lambda: edit(Path("mini/suite.toml"), "max_tokens = 2048", "max_tokens = 2047"),
        {"alpha": 3, "beta-two": 3, "judge-one": 6},
        "zh-classical-0001 by beta-two",
    ),
    "model": (
        lambda: edit(
            Path("c.toml"), '[models."alpha".hosts.gateway]', '[models."alpha".hosts.gateway]\nwire_id = "a2"'
        ),
        {"a2": 3, "judge-one": 6},
        "3 stored answers are set aside (prompt, model or parameters changed): zh-classical-000",
    ),
    "template": (
        lambda: edit(Path("mine.toml"), "【题目】", "【问题】"),
        {"judge-one": 6},
        "6 stored verdicts are set aside",
    ),
    "system": (
        lambda: edit(Path("mine.toml"), "一位严谨的", "一位"),
        {"judge-one": 6},
        "alpha v beta-two by judge-one",
    ),
    "judge's limit": (
        lambda: edit(Path("mine.toml"), "max_tokens = 1024", "max_tokens = 1000"),
        {"judge-one": 6},
        "6 stored verdicts",
    ),
    "judge": (
        lambda: edit(Path("c.toml"), 'judges = ["judge-one", "judge-two"]', 'judges = ["judge-two"]'),
        {"judge-two": 6},
        "",
    ),
    "judge's wire name": (
        lambda: edit(
            Path("c.toml"), '[models."judge-one".hosts.gateway]', '[models."judge-one".hosts.gateway]\nwire_id = "j2"'
        ),
        {"j2": 6},
        "6 stored verdicts",
    ),
    "reference": (
        lambda: edit(Path("mini/prompts.jsonl"), "郢人有遗燕相国书者，夜书", "郢人有致燕相国书者，夜书"),
        {"judge-one": 2},
        "2 stored verdicts",
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_has_changed_is_never_reused(case: str, evals: Evals) -> None:
    """One field flipped between two sessions: exactly what depends on it is called again, and the message names it."""
    write_folder_suite(Path("mini"), definition="mine")
    shutil.copy(ROOT / "judges" / "reference-zh.toml", "mine.toml")
    edit(Path("mine.toml"), 'name = "reference-zh"', 'name = "mine"')
    change, calls, said = CHANGES[case]
    words = ("run", "--suite", "mini", "--definition", "mine.toml", "--catalog", "c.toml", "--run-id", "one", "--quiet")
    words = (*words, "--controls", "0")
    with serving(Stub()) as stub:
        assert evals(*words, "--base-url", stub.url).code == 0
        before = records(FOLDER / "responses.jsonl") + records(FOLDER / "judgments.jsonl")
        change()
        stub.calls.clear()
        done = evals("run", "--run-id", "one", "--quiet")
        assert done.code == 0, done.err
        assert dict(stub.calls) == calls
    assert said in done.err
    if not calls:
        assert "set aside" not in done.err
    kept = [
        *records(FOLDER / "responses.jsonl"),
        *records(FOLDER / "judgments.jsonl"),
        *records(FOLDER / "set-aside.jsonl"),
    ]
    assert [record for record in before if record not in kept] == [], "a paid record is gone"
    assert json.loads((FOLDER / "scores.json").read_bytes())["coverage"]["judged"] == 3


def test_message_does_not_hide_how_many(evals: Evals) -> None:
    """Of many changed answers a few are named and all are counted."""
    write_suite(Path("s.jsonl"), 8)
    with serving(Stub()) as stub:
        assert evals(*RUN, stub.url).code == 0
        write_suite(Path("s.jsonl"), 8, text="{n}：换一道题")
        done = evals("run", "--run-id", "one", "--quiet")
        assert (done.code, stub.total) == (0, 64)
    assert "16 stored answers are set aside" in done.err
    assert " ..." in done.err


# ------------------------------------------------------------------------------------------------ recorded input
COUNTS = {
    ("gpt35", "vicuna-13b"): (44, 22, 14),
    ("bard", "vicuna-13b"): (30, 10, 40),
    ("alpaca-13b", "vicuna-13b"): (3, 1, 76),
    ("llama-13b", "vicuna-13b"): (3, 0, 77),
}


def recorded_data() -> Path:
    """The recorded public data; skips where there is none."""
    named = os.environ.get("EVALS_RECORDED_DATA")
    folder = (Path(named) if named else ROOT.parent / "shared/data") / "vicuna80"
    if not folder.is_dir():
        pytest.skip(f"no recorded data: neither EVALS_RECORDED_DATA nor {folder.parent} holds vicuna80")
    return folder


def pair_counts(scores: Mapping[str, Any]) -> dict[tuple[str, str], tuple[int, int, int]]:
    return {(p["first"], p["second"]): (p["wins"], p["ties"], p["losses"]) for p in scores["pairs"]}


def test_vicuna80_counts_through_the_command_line(evals: Evals) -> None:
    """Five models' recorded answers and GPT-4's recorded reviews: the published counts, and nobody is called."""
    data = recorded_data()
    words = ["--suite", data / "question.jsonl", "--preset", "vicuna80", "--json", "--quiet"]
    words += ["--responses", *sorted(data.glob("answer_*.jsonl")), "--judgments", *sorted(data.glob("review_*.jsonl"))]
    with serving(Stub()) as stub:
        done = evals("run", *words, env={"EVALS_BASE_URL": stub.url, "EVALS_API_KEY": "sk-0123456789abcdef"})
        assert stub.total == 0
    assert (done.code, done.err) == (0, "")
    said = json.loads(done.out)
    assert pair_counts(said["scores"]) == COUNTS
    assert said["scores"]["simulated"] is False
    assert said["scores"]["controls"] == []
    by_model = {model["model"]: model["responses"] for model in said["scores"]["models"]}
    assert {name: counts["empty"] for name, counts in by_model.items() if counts["empty"]} == {"llama-13b": 1}
    assert said["measured"]["total"] == {"cost_usd": "0"}


FIXTURE = ROOT / "tests/fixtures/vicuna"
RECORDED = (
    "run",
    "--suite",
    FIXTURE,
    "--preset",
    "vicuna80",
    "--responses",
    FIXTURE,
    "--judgments",
    FIXTURE,
    "--quiet",
)


def test_recorded_runs_need_no_model_and_resume(evals: Evals) -> None:
    """Without any key nothing is simulated, and a resume changes no byte."""
    done = evals(*RECORDED, "--max-missing", "1", "--run-id", "one")
    assert done.code == 0, done.err
    assert "SIMULATED" not in done.out + done.err
    before = {path.name: path.read_bytes() for path in FOLDER.glob("*.jsonl")}
    scores = (FOLDER / "scores.json").read_bytes()
    assert evals("run", "--run-id", "one", "--quiet").code == 0
    assert {path.name: path.read_bytes() for path in FOLDER.glob("*.jsonl")} == before
    assert (FOLDER / "scores.json").read_bytes() == scores


def test_our_own_records_give_the_same_scores_again(evals: Evals) -> None:
    """A run's own answers and verdicts, verdicts by rule included, taken as recorded input: the same counts."""
    plain = Stub().answer
    answer = lambda m, p, h: "" if m == "alpha" and "第1题" in p else plain(m, p, h)  # noqa: E731
    with serving(Stub(answer=answer)) as stub:
        assert evals(*RUN, stub.url).code == 0
    words = ["--responses", FOLDER / "responses.jsonl", "--judgments", FOLDER / "judgments.jsonl"]
    done = evals("run", "--suite", "s.jsonl", "--catalog", "c.toml", *words, "--run-id", "two", "--json", "--quiet")
    assert done.code == 0, done.err
    again, first = json.loads(done.out)["scores"], json.loads((FOLDER / "scores.json").read_bytes())
    assert pair_counts(again) == pair_counts(first) == {("alpha", "beta-two"): (0, 0, 3)}
    assert again["warnings"] == []
    plan = manifest(Path("outputs/two"))["plan"]
    assert [pair["judges"] for pair in plan["pairs"]] == [["judge-one"]]
    assert plan["orders"] == "recorded"


def test_recorded_answers_are_not_asked_for(evals: Evals) -> None:
    """`--responses` supplies one model's answers; only the other's, and the verdicts, are called."""
    rows = [{"prompt_id": f"p{n}", "model": "alpha", "text": f"记录的回答{n}"} for n in range(3)]
    Path("r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with serving(Stub()) as stub:
        done = evals(*RUN, stub.url, "--responses", "r.jsonl", "--models", "alpha,beta-two")
        assert done.code == 0, done.err
        assert stub.calls == {"beta-two": 3, "judge-one": 6}
    texts = {r["prompt_id"]: r["text"] for r in records(FOLDER / "responses.jsonl") if r["model"] == "alpha"}
    assert texts == {f"p{n}": f"记录的回答{n}" for n in range(3)}
    done = evals(*RUN[:-1], "--responses", "r.jsonl", "--models", "alpha,beta-two", "--run-id", "two", "--simulate")
    assert done.code == 2, "invented answers are never mixed with recorded ones"
    assert "beta-two" in done.err


def test_recorded_answers_that_changed_are_judged_anew(evals: Evals) -> None:
    """One line of the file rewritten between two starts: its old answer and verdicts are set aside, nothing else."""
    rows = [
        {"prompt_id": f"p{n}", "model": model, "text": f"{model}的回答{n}"}
        for n in range(3)
        for model in ("alpha", "beta-two")
    ]
    Path("r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with serving(Stub()) as stub:
        assert evals(*RUN, stub.url, "--responses", "r.jsonl", "--models", "alpha,beta-two").code == 0
        rows[0]["text"] = "另一个回答"
        Path("r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        stub.calls.clear()
        done = evals("run", "--run-id", "one", "--quiet")
        assert (done.code, stub.calls) == (0, {"judge-one": 2})
    assert "1 stored answers are set aside (prompt, model or parameters changed): p0 by alpha" in done.err
    texts = [record["text"] for record in records(FOLDER / "responses.jsonl") if record["model"] == "alpha"]
    assert sorted(texts) == sorted(["另一个回答", "alpha的回答1", "alpha的回答2"])


def replies_of(data: Path, path: Path) -> dict[tuple[str, str], str]:
    """Write recorded answers as the simulator's replies; returns them by model and prompt text."""
    texts = {row["question_id"]: row["text"] for row in records(data / "question.jsonl")}
    found = {
        (file.stem.removeprefix("answer_"), texts[row["question_id"]]): row["text"]
        for file in sorted(data.glob("answer_*.jsonl"))
        for row in records(file)
    }
    rows = ({"model": model, "prompt": prompt, "text": text} for (model, prompt), text in found.items())
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return found


def test_recorded_replies_over_http(evals: Evals, tmp_path: Path) -> None:
    """`simulate --replies` serves the recorded answers: a run over HTTP stores exactly those texts."""
    data = recorded_data()
    replies = replies_of(data, Path("replies.jsonl"))
    server = start("simulate", "--replies", "replies.jsonl", "--suite", "english", "--time-scale", "200", cwd=tmp_path)
    try:
        assert server.stdout is not None
        url = server.stdout.readline().split(" at ")[1].split()[0]
        words = ["--suite", data / "question.jsonl", "--preset", "vicuna80", "--base-url", url, "--quiet"]
        models = "gpt35,llama-13b,vicuna-13b"
        done = evals(
            "run",
            *words,
            "--controls",
            "0",
            "--models",
            models,
            "--judge",
            "deepseek-v4-pro",
            "--limit",
            "40",
            "--run-id",
            "one",
        )
        assert done.code == 0, done.err
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=10)
    assert server.returncode == 130
    texts = {row["id"]: row["text"] for row in records(FOLDER / "prompts.jsonl")}
    stored = records(FOLDER / "responses.jsonl")
    assert len(stored) == 120
    for record in stored:
        assert record["text"] == replies[record["model"], texts[record["prompt_id"]]]
    assert json.loads((FOLDER / "scores.json").read_bytes())["simulated"] is True
