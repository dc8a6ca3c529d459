"""Prompts with several turns: the model answers its own earlier answers, and the judge sees the whole exchange."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from evals.collect import converse
from evals.judge import Judge
from evals.records import Completion, Cost, Message, Params, Prompt, Response, Usage
from tests.driving import Outcome, evals
from tests.making import StubCaller, definition, make_endpoint

__all__ = ["evals"]

SYSTEM: Message = {"role": "system", "content": "简短。"}
FIRST: Message = {"role": "user", "content": "写一句介绍杭州的话。"}
SECOND: Message = {"role": "user", "content": "改到十个字以内。"}
SHOWN: Message = {"role": "assistant", "content": "西湖很美。"}
PARAMS = Params(max_tokens=64)


def two_turns(*messages: Message) -> Prompt:
    return Prompt(suite="s", id="p", messages=messages or (FIRST, SECOND), reference="西湖美景，人间天堂。")


@pytest.mark.parametrize(
    ("messages", "turns"),
    [
        ((FIRST,), [[FIRST]]),
        ((SYSTEM, FIRST), [[SYSTEM, FIRST]]),
        ((FIRST, SECOND), [[FIRST], [SECOND]]),
        ((SYSTEM, FIRST, SECOND), [[SYSTEM, FIRST], [SECOND]]),
        ((FIRST, SHOWN, SECOND), [[FIRST, SHOWN, SECOND]]),
        ((FIRST, SHOWN, SECOND, FIRST), [[FIRST, SHOWN, SECOND], [FIRST]]),
    ],
)
def test_a_turn_ends_where_the_model_itself_must_answer(messages: tuple[Message, ...], turns: list[Message]) -> None:
    """Two user messages in a row part two turns; an assistant message that is given stays given."""
    assert [list(turn) for turn in two_turns(*messages).turns] == turns


def test_the_second_turn_carries_the_models_own_first_answer() -> None:
    """Each call holds all that was said before; usage, cost and attempts are those of both."""

    def reply(content: str, n: int) -> Completion:
        return Completion(
            status="ok",
            text=f"第{n}次回答",
            usage=Usage(prompt_tokens=10 * n, completion_tokens=n),
            cost=Cost(known=Decimal(n)),
            latency_s=float(n),
            attempts=1,
            started_at=f"t{n}",
        )

    caller = StubCaller(reply)
    last, earlier = asyncio.run(converse("m", two_turns(SYSTEM, FIRST, SECOND), PARAMS, caller))
    assert [len(messages) for _, messages in caller.calls] == [2, 4]
    assert caller.calls[1][1] == (SYSTEM, FIRST, {"role": "assistant", "content": "第1次回答"}, SECOND)
    assert (last.text, earlier) == ("第2次回答", ("第1次回答",))
    assert (last.usage, last.cost.usd, last.latency_s, last.attempts, last.started_at) == (
        Usage(prompt_tokens=30, completion_tokens=3),
        "3",
        3.0,
        2,
        "t1",
    )


@pytest.mark.parametrize(
    ("first", "calls"),
    [("", 1), ("refused", 1), ("error", 1), ("truncated", 2)],
)
def test_a_turn_without_an_answer_ends_the_conversation(first: str, calls: int) -> None:
    """Its outcome is that of the whole; an answer cut by the limit is an answer and goes on."""

    def reply(content: str, n: int) -> Completion:
        if n > 1:
            return Completion(status="ok", text="完", attempts=1)
        if first == "truncated":
            return Completion(status="truncated", text="半句", attempts=1)
        return Completion(status=first or "empty", text="", attempts=1)  # type: ignore[arg-type]

    caller = StubCaller(reply)
    last, earlier = asyncio.run(converse("m", two_turns(), PARAMS, caller))
    assert len(caller.calls) == calls
    assert last.status == ("ok" if calls == 2 else first or "empty")
    assert len(earlier) == calls - 1


def test_the_judge_sees_the_whole_exchange() -> None:
    """Both questions and both answers of each side stand in the request; the key hangs on the earlier turns too."""
    prompt = two_turns()
    judge = Judge(make_endpoint("j"), definition("pairwise-zh"))

    def answer(model: str, *turns: str) -> Response:
        done = Completion(status="ok", text=turns[-1], attempts=1)
        return Response(suite="s", prompt_id="p", model=model, sample=0, key="k", completion=done, earlier=turns[:-1])

    one, two = answer("a", "杭州有西湖。", "西湖美。"), answer("b", "杭州多雨。", "雨城。")
    shown: list[str] = []

    def reply(content: str, n: int) -> str:
        shown.append(content)
        return "no verdict"

    first = asyncio.run(judge.verdict(StubCaller(reply), prompt, one, two))
    for text in ("写一句介绍杭州的话。", "改到十个字以内。", "杭州有西湖。", "西湖美。", "杭州多雨。", "雨城。"):
        assert text in shown[0]
    changed = replace(one, earlier=("杭州在浙江。",))
    assert asyncio.run(judge.verdict(StubCaller(reply), prompt, changed, two)).key != first.key


def test_a_record_of_several_turns_reads_back() -> None:
    """`earlier` is in the record only where there is one."""
    done = Completion(status="ok", text="二", attempts=2)
    response = Response(suite="s", prompt_id="p", model="m", sample=0, key="k", completion=done, earlier=("一",))
    assert Response.from_json(json.loads(json.dumps(response.to_json()))) == response
    assert "earlier" not in replace(response, earlier=()).to_json()
    assert response.exchange == "[Turn 1]\n一\n\n[Turn 2]\n二"


def test_a_whole_run_with_two_turns(evals: Callable[..., Outcome], tmp_path: Path) -> None:
    """Through the simulator: every answer has a draft, the checks read the last turn, the page shows both."""
    rows = [
        {
            "id": f"t{n}",
            "messages": [{"role": "user", "content": f"介绍第{n}座城。"}, {"role": "user", "content": "再短些。"}],
            "reference": f"第{n}城有{n + 3}条河。它建于{1900 + n}年。人口{n + 2}万。",
        }
        for n in range(4)
    ]
    suite = tmp_path / "talk.jsonl"
    suite.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    done = evals(
        "run", "--suite", suite, "--run-id", "r", "--out", tmp_path, "--simulate", "--quiet", "--controls", "0"
    )
    assert done.code == 0, done.err
    answers = [json.loads(line) for line in (tmp_path / "r" / "responses.jsonl").read_text("utf-8").splitlines()]
    assert len(answers) == 16
    assert all(len(answer["earlier"]) == 1 and answer["attempts"] == 2 for answer in answers)
    assert any(answer["earlier"][0] != answer["text"] for answer in answers)
    assert "[Turn 2]" in (tmp_path / "r" / "report.html").read_text("utf-8")
