"""Progress goes to stderr, counts what is done, and ends with what went wrong."""

from __future__ import annotations

from typing import Any

import pytest

from evals.progress import Bars
from evals.records import NO_ANSWER_JUDGE, Judgment, Response
from tests.making import make_response, make_suite

PROMPT = make_suite(1).prompts[0]


def failed(model: str, error: str | None) -> Response:
    return make_response(PROMPT, model, "", status="error", error=error)


def verdict(judge: str, status: Any, error: str | None = None) -> Judgment:
    return Judgment(
        suite="s",
        prompt_id="p",
        judge=judge,
        definition="d@1",
        first="a",
        second="b",
        key="k",
        status=status,
        winner="first" if status == "ok" else None,
        error=error,
    )


@pytest.mark.parametrize("quiet", [False, True])
def test_bars_on_stderr_only(quiet: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """What was stored before counts as done; quiet shows no bar but still says the news; stdout stays empty."""
    bars = Bars(quiet=quiet)
    bars.say("before")
    bars.start(answers=2, answers_done=1, verdicts=2, verdicts_done=0)
    bars.say("between")
    bars.answered(make_response(PROMPT, "a"))
    bars.judged(verdict("j", "ok"))
    bars.judged(verdict(NO_ANSWER_JUDGE, "ok"))
    bars.finish()
    out, err = capsys.readouterr()
    assert out == ""
    assert "before" in err
    assert "between" in err
    assert ("answers : 100%" in err) is ("verdicts: 100%" in err) is (not quiet)
    assert "2/2" in err or quiet
    assert bars.failed == 0


def test_a_run_without_calls_shows_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to do is nothing to show, and finishing twice is harmless."""
    bars = Bars(quiet=False)
    bars.start(answers=0, answers_done=0, verdicts=0, verdicts_done=0)
    bars.finish()
    bars.finish()
    assert capsys.readouterr() == ("", "")


def test_verdicts_by_rule_may_come_before_the_bars(capsys: pytest.CaptureFixture[str]) -> None:
    """What is decided without a call needs no bar."""
    Bars(quiet=False).judged(verdict(NO_ANSWER_JUDGE, "ok"))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("quiet", [False, True])
def test_what_went_wrong_is_said_once_a_model(quiet: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """How often, and why the first time; also when quiet, once, and without control characters."""
    bars = Bars(quiet=quiet)
    bars.start(answers=4, answers_done=0, verdicts=4, verdicts_done=0)
    for n in range(3):
        bars.answered(failed("a", f"HTTP 500 number {n}"))
    bars.answered(failed("b", None))
    bars.judged(verdict("j", "error", "HTTP 402\x1b[2J"))
    bars.judged(verdict("j", "unparsed", "no JSON object"))
    bars.judged(verdict("j", "ok"))
    bars.finish()
    said = [line for line in capsys.readouterr().err.splitlines() if "the first" in line]
    assert said == [
        "a: 3 answers failed; the first: HTTP 500 number 0",
        "b: 1 answers failed; the first: no reason given",
        "j: 1 verdicts failed; the first: HTTP 402\\x1b[2J",
        "j: 1 verdicts unparsed; the first: no JSON object",
    ]
    assert bars.failed == 4
    bars.finish()
    assert capsys.readouterr().err == ""
