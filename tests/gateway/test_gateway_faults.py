"""One call against a server that misbehaves: what comes back, how often it was asked, and when."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from fault_server import (
    FaultServer,
    answer,
    body,
    chunk,
    forever,
    good,
    hang,
    http,
    in_turn,
    per_prompt,
    raw,
    reset,
    status,
    stream,
)
from helpers_gateway import QUICK, call, endpoint, one_call, run

from evals.gateway import Gateway, RetryPolicy

GOOD = json.dumps(answer()).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n"
SSE_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


def test_a_good_answer_carries_all_facts() -> None:
    """Text, usage, cost, model, fingerprint, region, times: everything the record needs is there."""
    completion, server, totals = one_call(in_turn(good("你好")))
    assert (completion.status, completion.text, completion.finish_reason) == ("ok", "你好", "stop")
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (7, 5)
    assert completion.cost.usd == "0.000057"
    assert (completion.served_model, completion.fingerprint, completion.region) == ("served-1", "fp-1", "here")
    assert completion.attempts == totals.requests == 1
    assert completion.latency_s is not None
    assert 0 < completion.latency_s < 1
    assert datetime.fromisoformat(completion.started_at).tzinfo is not None
    assert server.seen[0].path == "/v1/chat/completions"
    assert "stream" not in server.seen[0].body
    assert server.seen[0].headers["accept-encoding"] == "identity"


RETRIED = {
    "500": status(500),
    "502 markup": raw(http(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"})),
    "503": status(503),
    "408": status(408),
    "425": status(425),
    "reset before headers": reset(),
    "reset in headers": reset(b"HTTP/1.1 200 OK\r\nContent-"),
    "reset after headers": reset(HEAD),
    "closed at once": raw(b"", close=True),
    "body cut": raw(HEAD + b'{"id": "x"', close=True),
    "json cut": body(GOOD[:-10]),
    "malformed json": body(b'{"choices": nope}'),
    "not utf-8": body(b'{"choices": "\xff\xfe"}'),
    "nan": body(GOOD.replace(b"7", b"NaN")),
    "html in 200": body(b"<html>hello</html>", {"Content-Type": "text/html"}),
    "empty body": body(b""),
    "204": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "list": body(b"[]"),
    "error object": body(b'{"error": {"message": "overloaded"}}'),
    "error text": body(b'{"error": "overloaded"}'),
    "no choices": body(b'{"id": "x"}'),
    "choices null": body(b'{"choices": null}'),
    "choices empty": body(b'{"choices": []}'),
    "choice null": body(b'{"choices": [null]}'),
    "message null": body(b'{"choices": [{"message": null}]}'),
    "host broke off": good("half", finish="insufficient_system_resource"),
    "not http": raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", close=True),
    "bad content-length": raw(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", close=True),
    "odd charset": raw(http(500, b"x", {"Content-Type": "text/plain; charset=rot13"})),
}


@pytest.mark.parametrize("fault", RETRIED)
def test_machinery_faults_are_retried(fault: str) -> None:
    """A fault on the way or at the host is tried again, three times in all, and never taken for an answer."""
    completion, server, totals = one_call(in_turn(RETRIED[fault], RETRIED[fault], good()))
    assert (completion.status, completion.text, completion.attempts) == ("ok", "an answer", 3), completion
    assert totals.retries == 2
    completion, server, _ = one_call(in_turn(RETRIED[fault]))
    assert (completion.status, completion.text, len(server.seen)) == ("error", "", 3), completion
    assert completion.error


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 413, 422, 451])
def test_client_errors_are_final(code: int) -> None:
    """A request the host refuses is sent once, and the error says what the host said."""
    completion, server, totals = one_call(in_turn(status(code, "that will not do")))
    assert (completion.status, len(server.seen), totals.unknown_outcomes) == ("error", 1, 0)
    assert f"HTTP {code}" in completion.error
    assert "that will not do" in completion.error
    assert completion.cost.usd == "0"


@pytest.mark.parametrize("mark", ["insufficient_quota", "exceeded_current_quota_error"])
def test_an_empty_account_is_not_waited_for(mark: str) -> None:
    """Some hosts say 429 when the credit is used up; that is final, as a 402 is."""
    completion, server, _ = one_call(in_turn(status(429, "no credit", type=mark)))
    assert (completion.status, len(server.seen)) == ("error", 1)
    assert "used up" in completion.error


@pytest.mark.parametrize(
    "reply",
    [
        status(400, "Content Exists Risk"),
        status(500, "oops", code="Content Exists Risk"),
        body(b'{"error": {"message": "Content Exists Risk"}}'),
        status(400, "filtered", code="content_filter"),
        good("half a", finish="content_filter"),
        good("", finish="sensitive"),
    ],
)
def test_content_filters_are_an_outcome(reply: Any) -> None:
    """What a filter stopped is `filtered`: the model's matter, never sent again."""
    completion, server, _ = one_call(in_turn(reply), habits={"never_retry": ("Content Exists Risk",)})
    assert (completion.status, len(server.seen)) == ("filtered", 1)


HUNG = {
    "first byte": hang,
    "in headers": forever(b"HTTP/1.1 200 OK\r\n", b"X-Pad: 1\r\n", every=0.05),
    "1 byte at a time": forever(HEAD, b" ", every=0.05),
    "keep-alive comments": forever(SSE_HEAD, b": keep-alive\n\n", every=0.02),
    "empty deltas": forever(SSE_HEAD, chunk({"content": ""}), every=0.02),
    "text without end": forever(SSE_HEAD, chunk({"content": "more "}), every=0.02),
}


@pytest.mark.parametrize("fault", HUNG)
@pytest.mark.parametrize("stream_only", [False, True])
def test_the_deadline_ends_everything(fault: str, stream_only: bool) -> None:
    """A reply that never ends, ends by the deadline, and is counted among the unknown outcomes."""
    started = time.monotonic()
    policy = RetryPolicy(max_attempts=1)
    completion, _, totals = one_call(
        in_turn(HUNG[fault]), policy=policy, deadline_s=0.3, habits={"stream_only": stream_only}
    )
    assert time.monotonic() - started < 1.3
    assert (completion.status, totals.unknown_outcomes) == ("error", 1)
    assert "0.3 s" in completion.error or "header" in completion.error.lower()


SIZES = {
    "long body": raw(http(200, b" " * 300_000)),
    "long body, no length": raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b" " * 300_000, close=True),
    "endless body": forever(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536, every=0.0),
    "endless error body": forever(b"HTTP/1.1 400 Bad\r\n\r\n", b" " * 65536, every=0.0),
    "endless events": forever(SSE_HEAD, chunk({"content": "x"}) * 500, every=0.0),
    "lying length": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
}


@pytest.mark.parametrize("fault", SIZES)
@pytest.mark.parametrize("stream_only", [False, True])
def test_the_size_cap_holds_while_reading(fault: str, stream_only: bool) -> None:
    """A reply beyond the cap is dropped as soon as it is known to be, and the error names the limit."""

    async def work() -> Any:
        async with FaultServer(in_turn(SIZES[fault])) as server:
            made = {"m": endpoint(server.url, habits={"stream_only": stream_only})}
            policy = RetryPolicy(max_attempts=1)
            async with Gateway(made, concurrency=1, retry=policy, max_reply_bytes=100_000) as gateway:
                return await call(gateway)

    completion = run(work)
    assert completion.status == "error"
    assert "limit of 100000 bytes" in completion.error


def test_compressed_replies_are_refused() -> None:
    """A compressed body is never unpacked: it may be a thousand times larger than it looks."""
    bomb = gzip.compress(b" " * 50_000_000)
    completion, _, _ = one_call(in_turn(raw(http(200, bomb, {"Content-Encoding": "gzip"}))))
    assert completion.status == "error"
    assert "compressed (gzip)" in completion.error


WAITS = {
    "seconds": ({"Retry-After": "0.3"}, 0.3),
    "beyond the cap by little": ({"retry-after": "1"}, 0.4),
    "milliseconds": ({"retry-after-ms": "250"}, 0.25),
    "the proxy's name": ({"llm_provider-retry-after": "0.3"}, 0.3),
    "the longest counts": ({"Retry-After": "0.1", "retry-after-ms": "300"}, 0.3),
    "negative": ({"Retry-After": "-5"}, 0.0),
    "text": ({"Retry-After": "abc"}, 0.0),
    "past date": ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}, 0.0),
    "none": ({}, 0.0),
    "beyond the cap": ({"Retry-After": "300"}, 0.4),
    "far beyond": ({"Retry-After": "1e9"}, 0.4),
    "infinite": ({"Retry-After": "inf"}, 0.4),
    "not a number": ({"Retry-After": "nan"}, 0.0),
}


@pytest.mark.parametrize("case", WAITS)
@pytest.mark.parametrize("code", [429, 503])
def test_waits_are_never_shorter_than_told(case: str, code: int) -> None:
    """The next request comes when the host said, within 10 %, up to the cap; nonsense means our own short wait."""
    headers, told = WAITS[case]
    completion, server, totals = one_call(in_turn(status(code, "slow down", headers), good()))
    waited = server.seen[1].at - server.seen[0].at
    assert told <= waited <= told * 1.1 + 0.15
    assert (completion.status, completion.attempts) == ("ok", 2)
    assert totals.retries == (0 if code == 429 else 1)


@pytest.mark.parametrize("own_date", [True, False])
def test_a_date_to_wait_for(own_date: bool) -> None:
    """An HTTP date is waited for; with the reply's own Date the two clocks need not agree."""
    skew = timedelta(days=3) if own_date else timedelta(0)
    now = datetime.now(UTC).replace(microsecond=0) + skew
    headers = {"Retry-After": format_datetime(now + timedelta(seconds=1), usegmt=True)}
    if own_date:
        headers["Date"] = format_datetime(now, usegmt=True)
    started = time.time()
    _, server, _ = one_call(in_turn(status(429, "wait", headers), good()), policy=RetryPolicy(base_s=0.001))
    waited = server.seen[1].at - server.seen[0].at
    assert waited <= 1.2
    assert waited >= (1.0 if own_date else int(started) + 1 - started - 0.05)


def test_many_429_are_not_the_calls_failure() -> None:
    """Ten times 429 cost the call nothing but time: no attempt, no retry from the budget."""
    completion, _, totals = one_call(in_turn(*[status(429, "no", {"retry-after-ms": "5"})] * 10, good()))
    assert (completion.status, completion.attempts, totals.throttled, totals.retries) == ("ok", 11, 10, 0)


def test_nothing_but_429_ends_with_patience() -> None:
    """A lane that only gets 429 is given up after its patience, and the error says so."""
    policy = RetryPolicy(base_s=0.01, cap_s=0.05, throttle_patience_s=0.4)
    completion, server, _ = one_call(in_turn(status(429)), policy=policy)
    assert completion.status == "error"
    assert "throttled for" in completion.error
    assert server.seen[-1].at - server.seen[0].at < 1.0


STREAM = (chunk({"role": "assistant", "content": ""}), chunk({"content": "春眠"}), chunk({"content": "不觉晓"}))
END = (chunk({}, finish="stop"), chunk(None, usage={"prompt_tokens": 3, "completion_tokens": 4}), b"data: [DONE]\n\n")

BROKEN_STREAMS = {
    "cut": stream(*STREAM, end=False),
    "ends early": stream(*STREAM),
    "done without a reason": stream(*STREAM, b"data: [DONE]\n\n"),
    "bad json": stream(*STREAM, b"data: {nope\n\n", *END),
    "error event": stream(*STREAM, b'event: error\ndata: {"error": {"message": "boom"}}\n\n', *END),
    "nothing": stream(),
    "only comments": stream(b": hello\n\n", b"data: [DONE]\n\n"),
    "only empty choices": stream(chunk(None), chunk(None), b"data: [DONE]\n\n"),
    "broke off": stream(*STREAM, chunk({}, finish="network_error"), b"data: [DONE]\n\n"),
}


@pytest.mark.parametrize("fault", BROKEN_STREAMS)
def test_a_cut_stream_is_never_an_answer(fault: str) -> None:
    """A stream that does not say how it ended is a fault of the machinery, and tried again."""
    script = in_turn(BROKEN_STREAMS[fault], stream(*STREAM, *END))
    completion, _, totals = one_call(script, habits={"stream_only": True})
    assert (completion.status, completion.text, completion.attempts) == ("ok", "春眠不觉晓", 2)
    assert totals.unknown_outcomes == 1
    completion, _, _ = one_call(in_turn(BROKEN_STREAMS[fault]), habits={"stream_only": True})
    assert (completion.status, completion.text) == ("error", "")


def test_a_stream_byte_by_byte() -> None:
    """Half characters, comments and empty choices in between change nothing; the first token has a time."""
    whole = b": ping\n\n" + b"".join(STREAM).replace(b"\n", b"\r\n") + chunk(None) + b"".join(END)
    script = in_turn(stream(*(whole[i : i + 1] for i in range(len(whole)))))
    completion, server, _ = one_call(script, habits={"stream_only": True})
    assert (completion.status, completion.text) == ("ok", "春眠不觉晓")
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (3, 4)
    assert server.seen[0].body["stream"] is True
    assert server.seen[0].body["stream_options"] == {"include_usage": True}
    assert completion.ttft_s is not None
    assert completion.latency_s is not None
    assert 0 < completion.ttft_s <= completion.latency_s


def test_hosts_that_mix_up_plain_and_streamed() -> None:
    """A plain reply to a streamed request is read, and a stream in reply to a plain one too."""
    completion, _, _ = one_call(in_turn(good("plain")), habits={"stream_only": True})
    assert (completion.status, completion.text) == ("ok", "plain")
    completion, _, _ = one_call(in_turn(stream(*STREAM, *END)))
    assert (completion.status, completion.text) == ("ok", "春眠不觉晓")


def test_connections_are_kept() -> None:
    """Calls one after the other share a connection, streamed ones too."""
    for stream_only, reply in ((False, good()), (True, stream(*STREAM, *END))):

        async def work(stream_only: bool = stream_only, reply: Any = reply) -> int:
            async with FaultServer(in_turn(reply)) as server:
                made = endpoint(server.url, habits={"stream_only": stream_only})
                async with Gateway({"m": made}, concurrency=4) as gateway:
                    for _ in range(5):
                        assert (await call(gateway)).status == "ok"
                return server.connections

        assert run(work) == 1


def test_every_fault_mixed_with_good_replies() -> None:
    """With 30 % faulty first attempts of every kind, each call still gets its own answer and nobody else's."""
    faults = list(RETRIED.values()) + [status(429, "no", {"retry-after-ms": "3"})] * 6

    def choose(prompt: str, attempt: int) -> Any:
        number = int(prompt)
        if attempt == 0 and number % 10 < 3:
            return faults[number // 10 % len(faults)]
        return good(f"to {prompt}", delay=0.005)

    policy = replace(QUICK, budget_share=0.5)

    async def work() -> Any:
        async with FaultServer(per_prompt(choose)) as server:
            async with Gateway({"m": endpoint(server.url)}, concurrency=32, deadline_s=2, retry=policy) as gateway:
                answers = await asyncio.gather(*(call(gateway, str(number)) for number in range(400)))
            return answers, len(server.seen)

    answers, requests = run(work)
    assert [a.text for a in answers] == [f"to {number}" for number in range(400)]
    assert requests == 400 + 120


def test_a_host_that_always_fails_is_not_stormed() -> None:
    """1000 calls to a server that is all 503 send at most 1.1 requests a call, and end."""

    async def work() -> Any:
        async with FaultServer(in_turn(status(503))) as server:
            async with Gateway({"m": endpoint(server.url)}, concurrency=64, retry=QUICK) as gateway:
                answers = await asyncio.gather(*(call(gateway, str(number)) for number in range(1000)))
                facts = gateway.progress["m"]
            return answers, len(server.seen), facts

    answers, requests, facts = run(work)
    assert {a.status for a in answers} == {"error"}
    assert requests <= 1100
    assert facts.given_up is not None
    assert "503" in facts.given_up


def test_no_host_at_all() -> None:
    """A port nobody listens on: a clear error soon, and no outcome is unknown because nothing was sent."""

    async def work() -> Any:
        async with FaultServer(in_turn(good())) as server:
            url = server.url
        async with Gateway({"m": endpoint(url)}, concurrency=8, retry=QUICK) as gateway:
            answers = await asyncio.gather(*(call(gateway) for _ in range(50)))
            return answers, gateway.totals

    answers, totals = run(work)
    assert {a.status for a in answers} == {"error"}
    assert any("no connection" in (a.error or "") for a in answers)
    assert totals.unknown_outcomes == 0
