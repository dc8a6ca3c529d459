"""The embedded gateway: chat completions over loopback, with the world's answers, its pace and its faults."""

from __future__ import annotations

import asyncio
import math
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from aiohttp import web

from evals.records import UsageError
from evals.simulator._broken import FAULTS
from evals.simulator._facts import prompt_key
from evals.simulator._faults import Faults
from evals.simulator._judge import reason, remark
from evals.simulator._models import invented_prices
from evals.simulator._seeds import as_normal, uniform
from evals.simulator._wire import (
    JSON,
    BadRequestError,
    ChatRequest,
    Reply,
    completion_body,
    count_tokens,
    error_response,
    read_request,
    stream_events,
)
from evals.simulator._world import World

TIME_SCALE = 8.0
"""Default compression of time: a run of 80 prompts by 4 models with 960 verdicts at 64 in flight takes about 10 s."""

SPREAD = 0.25
_MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a call takes. `lognormal` (median seconds, sigma) replaces the models' own pace; both by cell."""

    time_scale: float = TIME_SCALE
    lognormal: tuple[float, float] | None = None

    @classmethod
    def parse(cls, text: str | None, *, time_scale: float = TIME_SCALE) -> Pace:
        """A pace from `lognormal:MEDIAN,SIGMA` or `fixed:SECONDS`, else the models' own divided by `time_scale`."""
        if not time_scale > 0:
            raise UsageError("the time scale must be above 0")
        if not text:
            return cls(time_scale=time_scale)
        match = re.fullmatch(r"(?:lognormal:(\d*\.?\d+),(\d*\.?\d+)|fixed:(\d*\.?\d+))", text)
        if not match:
            raise UsageError(f'latency "{text}" is neither lognormal:MEDIAN,SIGMA nor fixed:SECONDS')
        median, sigma, fixed = match.groups()
        return cls(time_scale=time_scale, lognormal=(float(median or fixed), float(sigma or 0)))


@dataclass(slots=True, kw_only=True)
class _Stats:
    """What the server counted since it started."""

    requests: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    by_model: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    attempts: Counter[str] = field(default_factory=Counter)
    complete: Counter[str] = field(default_factory=Counter)
    latencies: list[tuple[str, bool, float]] = field(default_factory=list)


class Gateway:
    """Answers requests; one instance serves one world. `replies` maps (model, prompt text) to a recorded answer."""

    def __init__(
        self,
        world: World,
        *,
        faults: Faults | None = None,
        pace: Pace | None = None,
        models: Iterable[str] = (),
        replies: Mapping[tuple[str, str], str] | None = None,
        require_key: str | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.world = world
        self.faults = faults or Faults()
        self.pace = pace or Pace()
        self.models = tuple(models)
        self.replies = {(model, prompt_key(prompt)): text for (model, prompt), text in (replies or {}).items()}
        self.require_key = require_key
        self.clock = clock
        self.sleep = sleep
        self.stats = _Stats()

    async def listen(self, host: str = "127.0.0.1", port: int = 0) -> tuple[web.ServerRunner, int]:
        """Start to serve; gives the runner (to clean up) and the port. An address in use raises UsageError."""
        runner = web.ServerRunner(self._server(), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, host, port, backlog=2048)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise UsageError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
        return runner, int(runner.addresses[0][1])

    def _server(self) -> web.Server:
        loop = asyncio.get_running_loop()

        def make(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
            return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=_MOST_BYTES)

        return web.Server(self.handle, request_factory=make, access_log=None, keepalive_timeout=75.0)

    # ---------------------------------------------------------------- routes
    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Every request, whatever its path."""
        path = request.path.removeprefix("/v1").rstrip("/")
        if path == "/chat/completions":
            return await self._chat(request)
        if request.method != "GET":
            return error_response(
                405 if path in ("/models", "/health", "/stats") else 404, "no such method here", "not_found"
            )
        if path == "/health":
            return _json({"status": "ok", "simulated": True})
        if path == "/stats":
            return _json(self.report(latencies="latencies" in request.query))
        if path == "/models":
            return _json({"object": "list", "data": [self._model(name) for name in self.models]})
        return error_response(404, f"no such path: {request.path}", "not_found")

    def _model(self, name: str) -> dict[str, Any]:
        price_in, price_out = invented_prices(name)
        prices = {"input_usd_per_mtok": str(price_in), "output_usd_per_mtok": str(price_out), "invented": True}
        return {"id": name, "object": "model", "created": 0, "owned_by": "evals-simulator", "prices": prices}

    def report(self, *, latencies: bool = False) -> dict[str, Any]:
        """What was counted, for `/stats`. A reply is complete when it was billed: good, or with a lasting fault.

        `complete_beyond_one` counts what was paid twice; two calls that ask the very same (equal answers of two
        models shown to one judge) are one cell and count here too, though rarely.
        """
        stats = self.stats
        told: dict[str, Any] = {
            "requests": stats.requests,
            "by_model": dict(stats.by_model),
            "statuses": {str(status): count for status, count in stats.statuses.items()},
            "faults": dict(stats.faults),
            "in_flight": stats.in_flight,
            "max_in_flight": stats.max_in_flight,
            "cells": len(stats.attempts),
            "complete": sum(stats.complete.values()),
            "complete_cells": len(stats.complete),
            "complete_max_per_cell": max(stats.complete.values(), default=0),
            "complete_repeated_cells": sum(count > 1 for count in stats.complete.values()),
            "complete_beyond_one": sum(stats.complete.values()) - len(stats.complete),
        }
        if latencies:
            told["latencies"] = [
                {"model": model, "judge": judge, "seconds": seconds} for model, judge, seconds in stats.latencies
            ]
        return told

    # ---------------------------------------------------------------- chat
    async def _chat(self, request: web.BaseRequest) -> web.StreamResponse:
        stats = self.stats
        stats.requests += 1
        stats.in_flight += 1
        stats.max_in_flight = max(stats.max_in_flight, stats.in_flight)
        try:
            response = await self._answer(request)
        except web.HTTPRequestEntityTooLarge:
            response = error_response(413, f"the body is larger than {_MOST_BYTES} bytes", "invalid_request_error")
        except Exception as error:  # noqa: BLE001 (a fault of the simulator must reach the user and not end the run)
            traceback.print_exc(file=sys.stderr)
            response = error_response(500, f"simulator fault: {type(error).__name__}: {error}", "simulator_fault")
        finally:
            stats.in_flight -= 1
        stats.statuses[response.status] += 1
        return response

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method != "POST":
            return error_response(405, "use POST", "invalid_request_error")
        if self.require_key is not None and request.headers.get("Authorization") != f"Bearer {self.require_key}":
            return error_response(401, "incorrect API key provided", "invalid_request_error", "invalid_api_key")
        try:
            chat = read_request(await request.read())
        except BadRequestError as error:
            return error_response(400, str(error), "invalid_request_error")
        stats = self.stats
        stats.by_model[chat.model] += 1
        attempt = stats.attempts[chat.cell]
        stats.attempts[chat.cell] += 1
        fault = self.faults.retryable(chat.cell, attempt)
        if fault is not None:
            stats.faults[fault] += 1
            return await FAULTS[fault](self, request, chat)
        lasting = self.faults.lasting(chat.cell, judge=chat.verdict is not None)
        if lasting == "filtered":
            stats.faults[lasting] += 1
            return error_response(400, "Content Exists Risk", "invalid_request_error", "content_filter")
        reply = self.reply(chat, lasting)
        latency = self.latency(chat, reply)
        stats.latencies.append((chat.model, chat.verdict is not None, latency))
        if chat.stream:
            return await self.stream(request, chat, reply, latency)
        await self.sleep(latency)
        stats.complete[chat.cell] += 1
        return web.Response(body=completion_body(chat, reply, int(self.clock())), content_type=JSON)

    async def stream(
        self, request: web.BaseRequest, chat: ChatRequest, reply: Reply, latency: float, *, whole: bool = True
    ) -> web.StreamResponse:
        """Send the events spread over the latency; cut in the middle, in good order, when not `whole`."""
        events = list(stream_events(chat, reply, int(self.clock())))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await self.sleep(latency * 0.1)
        await response.prepare(request)
        kept = events if whole else events[: max(1, len(events) // 2)]
        pause = latency * 0.9 / len(events)
        due = 0.0
        for event in kept:
            await response.write(event)
            due += pause
            if due >= 0.004:
                await self.sleep(due)
                due = 0.0
        if whole:
            self.stats.complete[chat.cell] += 1
        await response.write_eof()
        return response

    # ---------------------------------------------------------------- what is said
    def reply(self, chat: ChatRequest, lasting: str | None = None) -> Reply:
        """What the model says, with the lasting fault of the cell if it has one."""
        if chat.verdict is not None:
            text, thought = self._verdict(chat, readable=lasting is None or chat.verdict.again), ""
        else:
            recorded = self.replies.get((chat.model, prompt_key(chat.text))) if self.replies else None
            if recorded is not None:
                text, thought = recorded, ""
            else:
                answer = self.world.answer(chat.model, chat.text, sample=chat.seed)
                text, thought = answer.text, answer.reasoning
        if lasting is not None:
            self.stats.faults[lasting] += 1
        reply = self._shape(chat, text, thought)
        if lasting == "null_content":
            return replace(reply, content=None)
        if lasting == "empty_content":
            return replace(reply, content="")
        if lasting == "cut_answer":
            return replace(reply, content=text[: len(text) // 3], finish_reason="length")
        if lasting == "unclosed_think":
            return replace(reply, content=f"<think>\n{thought or text}", reasoning=None, finish_reason="length")
        return reply

    def _shape(self, chat: ChatRequest, text: str, thought: str) -> Reply:
        """Thought where this model puts it, the text cut at the token limit."""
        tokens, finish = count_tokens(text) + count_tokens(thought), "stop"
        if chat.max_tokens is not None and tokens > chat.max_tokens:
            room = max(0, chat.max_tokens - count_tokens(thought))
            text = text.encode("utf-8", "surrogatepass")[: room * 4].decode("utf-8", "ignore")
            tokens, finish = chat.max_tokens, "length"
        style = self.world.profile(chat.model).thought if thought else "none"
        return Reply(
            content=f"<think>\n{thought}\n</think>\n\n{text}" if style == "block" else text,
            reasoning=thought if style == "field" else None,
            finish_reason=finish,
            prompt_tokens=chat.prompt_tokens,
            completion_tokens=tokens,
        )

    def _verdict(self, chat: ChatRequest, *, readable: bool) -> str:
        asked = chat.verdict
        assert asked is not None
        if asked.second is None:
            return self._alone(chat, readable=readable)
        world = self.world
        first = world.analyse(asked.question, asked.first)
        second = world.analyse(asked.question, asked.second)
        winner = world.judge_pair(chat.model, asked.question, first, second, repeat=chat.seed)
        named = {"first": "1", "second": "2", "tie": "tie"}[winner]
        said = orjson.dumps({"winner": named, "code": asked.code}).decode()
        if asked.again:
            return said
        why = reason(world.sheet(asked.question), first, second, winner, chinese=asked.chinese)
        return f"{why}\n\n{said}" if readable else why

    def _alone(self, chat: ChatRequest, *, readable: bool) -> str:
        """The verdict on one answer: a score for each dimension and one overall, or the criteria met."""
        asked, world = chat.verdict, self.world
        assert asked is not None
        told: dict[str, Any] = {}
        if asked.dimensions:
            by_name = {name: self._score(chat, name, low, high) for name, low, high in asked.dimensions}
            _, low, high = asked.dimensions[0]
            told = {"scores": by_name, "score": self._score(chat, "", low, high)}
        else:
            told = {"met": world.meets(chat.model, asked.question, asked.first, asked.criteria, repeat=chat.seed)}
        said = orjson.dumps({**told, "code": asked.code}).decode()
        if asked.again:
            return said
        found = world.analyse(asked.question, asked.first)
        why = remark(world.sheet(asked.question), found, chinese=asked.chinese)
        return f"{why}\n\n{said}" if readable else why

    def _score(self, chat: ChatRequest, about: str, low: int, high: int) -> int:
        asked = chat.verdict
        assert asked is not None
        found = self.world.judge_alone(chat.model, asked.question, asked.first, about=about, repeat=chat.seed)
        return low + round((high - low) * found)

    def latency(self, chat: ChatRequest, reply: Reply) -> float:
        """Seconds this call takes: decided by the cell, so that every attempt at it takes as long."""
        deviate = as_normal(uniform("latency", self.faults.seed, chat.cell))
        if self.pace.lognormal is not None:
            median, sigma = self.pace.lognormal
            return median * math.exp(sigma * deviate)
        who = self.world.profile(chat.model)
        seconds = who.first_token_s + reply.completion_tokens / who.tokens_per_s
        return seconds * math.exp(SPREAD * deviate) / self.pace.time_scale


def _json(value: Any) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type=JSON)
