"""One verdict from request to record: rendering, re-ask, statuses, keys."""

from __future__ import annotations

import asyncio
import re

import pytest

from evals.judge import Judge, judge_without_answer, no_answer_winner
from evals.records import Completion, Judgment, ResponseStatus, Usage
from tests.making import StubCaller, definition, make_endpoint, make_response, make_suite

PROMPT = make_suite().prompts[0]
NONCE = "0123456789abcdef" * 2


def ask(caller: StubCaller, first: str = "甲的回答", second: str = "乙的回答", name: str = "pairwise-zh") -> Judgment:
    judge = Judge(make_endpoint("j"), definition(name))
    return asyncio.run(
        judge.verdict(
            caller,
            PROMPT,
            make_response(PROMPT, "a", first),
            make_response(PROMPT, "b", second),
            draw_nonce=lambda: NONCE,
        )
    )


def code_in(content: str) -> str:
    found = re.search(r'"code"\D*"([0-9a-f]{8})"|code" 填 "([0-9a-f]{8})"', content)
    assert found
    return found.group(1) or found.group(2)


def test_request_shows_question_and_answers_between_markers() -> None:
    """The judge sees the question, both answers in order, and its code, each between markers with the nonce."""
    caller = StubCaller(lambda content, n: f'{{"winner": "1", "code": "{code_in(content)}"}}')
    judgment = ask(caller)
    content = str(caller.calls[0][1][1]["content"])
    assert f"<<<ANSWER 1 {NONCE}>>>\n甲的回答\n<<<END ANSWER 1 {NONCE}>>>" in content
    assert f"<<<ANSWER 2 {NONCE}>>>\n乙的回答\n<<<END ANSWER 2 {NONCE}>>>" in content
    assert PROMPT.text in content
    assert (judgment.winner, judgment.status, judgment.first, judgment.second) == ("first", "ok", "a", "b")
    assert judgment.definition == "pairwise-zh@1"


@pytest.mark.parametrize("text", ["{answer_2}", "{reference} {code}", "{}", "{q}", "%s $x {{7*7}}", "{0.__class__}"])
def test_placeholders_in_answers_are_literal(text: str) -> None:
    """A template is filled in a single pass: nothing in an answer is ever filled or interpreted."""
    caller = StubCaller(lambda content, n: f'{{"winner": "2", "code": "{code_in(content)}"}}')
    ask(caller, first=text)
    assert f"\n{text}\n" in str(caller.calls[0][1][1]["content"])


def test_reference_is_shown_only_where_the_definition_says_so() -> None:
    """A reference-guided definition shows the reference, the plain one does not."""
    caller = StubCaller(lambda content, n: "no verdict")
    ask(caller)
    ask(caller, name="reference-zh")
    assert PROMPT.reference not in str(caller.calls[0][1][1]["content"])
    assert PROMPT.reference in str(caller.calls[2][1][1]["content"])


def test_one_reask_then_unparsed() -> None:
    """A reply without a verdict is asked about once; both calls are accounted for."""
    caller = StubCaller(
        lambda content, n: Completion(
            status="ok",
            text="第一份更好",
            usage=Usage(prompt_tokens=10, completion_tokens=5),
            latency_s=1.0,
            attempts=1,
        )
    )
    judgment = ask(caller)
    assert (judgment.status, judgment.winner, judgment.value) == ("unparsed", None, None)
    assert len(caller.calls) == 2
    assert caller.calls[1][1][-1]["content"] == definition().reask
    assert judgment.usage == Usage(prompt_tokens=20, completion_tokens=10)
    assert (judgment.latency_s, judgment.attempts) == (2.0, 2)


def test_reask_that_succeeds_is_ok() -> None:
    """The second reply counts when it carries the code of the same request."""
    caller = StubCaller(lambda content, n: "..." if n == 1 else f'{{"winner": "tie", "code": "{NONCE[:8]}"}}')
    assert ask(caller).winner == "tie"


@pytest.mark.parametrize(
    ("status", "expected", "calls"),
    [("error", "error", 1), ("refused", "refused", 1), ("filtered", "refused", 1), ("empty", "unparsed", 2)],
)
def test_a_judge_that_does_not_answer(status: ResponseStatus, expected: str, calls: int) -> None:
    """Each way a judge can fail has its own status and never a winner."""
    caller = StubCaller(lambda content, n: Completion(status=status, error="HTTP 402" if status == "error" else None))
    judgment = ask(caller)
    assert (judgment.status, judgment.winner, len(caller.calls)) == (expected, None, calls)
    assert judgment.error


def test_truncated_reply_with_a_whole_verdict_counts() -> None:
    """A reply cut after its verdict is read; one cut before it is asked about again."""
    text = f'{{"winner": "2", "code": "{NONCE[:8]}"}} 理由'
    assert ask(StubCaller(lambda content, n: Completion(status="truncated", text=text))).winner == "second"


def test_key_depends_on_all_that_decides_and_not_on_the_nonce() -> None:
    """Order, texts, repeat, definition and judge change the key; drawing another nonce does not."""
    judge = Judge(make_endpoint("j"), definition())
    base = judge.key(PROMPT, "a" * 32, "b" * 32, repeat=0, sample=0)
    others = [
        judge.key(PROMPT, "b" * 32, "a" * 32, repeat=0, sample=0),
        judge.key(PROMPT, "a" * 32, "c" * 32, repeat=0, sample=0),
        judge.key(PROMPT, "a" * 32, "b" * 32, repeat=1, sample=0),
        judge.key(make_suite(5).prompts[4], "a" * 32, "b" * 32, repeat=0, sample=0),
        Judge(make_endpoint("k"), definition()).key(PROMPT, "a" * 32, "b" * 32, repeat=0, sample=0),
        Judge(make_endpoint("j"), definition("pairwise-en")).key(PROMPT, "a" * 32, "b" * 32, repeat=0, sample=0),
    ]
    assert len({base, *others}) == len(others) + 1
    reply = StubCaller(lambda content, n: f'{{"winner": "1", "code": "{code_in(content)}"}}')
    records = [
        asyncio.run(judge.verdict(reply, PROMPT, make_response(PROMPT, "a"), make_response(PROMPT, "b")))
        for _ in range(2)
    ]
    assert records[0].key == records[1].key
    assert code_in(str(reply.calls[0][1][1]["content"])) != code_in(str(reply.calls[1][1][1]["content"]))


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        (("ok", "甲"), ("ok", "乙"), None),
        (("truncated", "甲"), ("ok", "乙"), None),
        (("truncated", ""), ("ok", "乙"), "second"),
        (("ok", "甲"), ("empty", ""), "first"),
        (("ok", "甲"), ("filtered", ""), "first"),
        (("refused", ""), ("filtered", ""), "tie"),
        (("empty", ""), ("truncated", ""), "tie"),
    ],
)
def test_status_table(
    first: tuple[ResponseStatus, str], second: tuple[ResponseStatus, str], winner: str | None
) -> None:
    """No answer loses to an answer and ties with none; two answers need a judge."""
    one, two = (
        make_response(PROMPT, name, text, status=status)
        for name, (status, text) in zip("ab", (first, second), strict=True)
    )
    assert no_answer_winner(one, two) == winner
    record = judge_without_answer(PROMPT, one, two, repeat=0, key="k")
    if winner is None:
        assert record is None
    else:
        assert record is not None
        assert (record.judge, record.winner, record.attempts) == ("rule:no-answer", winner, 0)
        assert Judgment.from_json(record.to_json()) == record
