"""The policy of one call: from messages to a `Completion`, whatever happens on the way."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Any

import orjson

from evals.catalog import Endpoint
from evals.gateway._budget import Budget
from evals.gateway._lanes import Lane, LaneClosed, Slots
from evals.gateway._pace import Pace
from evals.gateway._redact import Redactor, url_secrets
from evals.gateway._retry import RetryBudget, RetryPolicy, judge_status, told_wait
from evals.gateway._wire import HostError, Reading, Unreadable, error_text, read_plain
from evals.records import Completion, Cost, Message, Params, UsageError

if TYPE_CHECKING:
    from evals.gateway._transport import Reply, Transport

MAX_REPLY_BYTES = 8 * 2**20
_PROMPT_OVERHEAD_TOKENS = 256
_IMAGE_TOKENS = 16_384
_PLAIN_WORDS = {
    401: "the host refuses the key (HTTP 401)",
    402: "the host asks for payment (HTTP 402)",
    403: "the host forbids the call (HTTP 403)",
    404: "the host does not know the model or the path (HTTP 404)",
}
_QUOTA_MARKS = ("insufficient_quota", "exceeded_current_quota_error")
"""What OpenAI and Moonshot call an empty account; they send it as a 429, but no waiting helps."""


@dataclass(slots=True, kw_only=True)
class Totals:
    """Counts over the whole run. `unknown_outcomes`: requests that may have been billed, without a readable reply."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0
    unknown_outcomes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneFacts:
    """One lane as it stands. `paused_s`: seconds until it may send again; `given_up`: why it takes no calls."""

    in_flight: int
    waiting: int
    limit: int
    paused_s: float
    throttles: int
    down: bool
    given_up: str | None


@dataclass(slots=True, kw_only=True)
class _Call:
    """What one `complete()` remembers between its attempts."""

    endpoint: Endpoint
    lane: Lane
    payload: bytes
    max_tokens: int
    worst_case: Decimal = Decimal(0)
    attempts: int = 0
    failures: int = 0
    throttled_at: float | None = None
    sent_at: float = 0.0
    started_at: str = ""
    reason: str = ""


class _Again(Exception):  # noqa: N818
    """This attempt gave no outcome. `wait_s` is spent without a slot before the next one."""

    def __init__(self, wait_s: float = 0.0) -> None:
        super().__init__()
        self.wait_s = wait_s


@dataclass(slots=True)
class _Bill:
    """What an attempt may have cost: the whole reservation until the reply says better."""

    actual: Decimal | None = field(default=None)
    unknown: bool = True

    def free(self) -> None:
        """Nothing was billed: it was not sent, or the reply is an error."""
        self.actual, self.unknown = Decimal(0), False


class Gateway:
    """Calls models: `async with Gateway(endpoints, concurrency=64) as gateway: await gateway.complete(...)`.

    `concurrency` bounds the requests in flight over all models. `deadline_s` bounds each attempt, from the connection
    to the last byte; waiting for a slot, a pause or a retry is not part of it. Every wait has an end: a slot comes
    back within the deadline, a pause lasts at most `retry_after_cap_s`, and calls of a lane that only answers 429 or
    nothing at all are given up after the policy's patience.
    """

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        *,
        concurrency: int,
        deadline_s: float = 300.0,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        budget: Budget | None = None,
        trust_env: bool = False,
        seed: int = 0,
        max_reply_bytes: int = MAX_REPLY_BYTES,
    ) -> None:
        if concurrency < 1:
            raise UsageError(f"concurrency must be at least 1, not {concurrency}")
        self.totals = Totals()
        self._endpoints = dict(endpoints)
        self._concurrency = concurrency
        self._deadline_s = deadline_s
        self._policy = retry
        self._budget = budget
        self._trust_env = trust_env
        self._max_reply_bytes = max_reply_bytes
        self._random = Random(seed)
        self._retries = RetryBudget(retry, concurrency=concurrency, lanes=len(self._endpoints))
        self._redactor = Redactor(
            secret
            for endpoint in self._endpoints.values()
            for secret in ((endpoint.api_key or ""), *url_secrets(endpoint.base_url))
        )
        self._transports: dict[tuple[str, str | None], Transport] = {}
        self._by_name: dict[str, Transport] = {}
        self._slots: Slots | None = None
        self._clock: Callable[[], float] = time.monotonic
        if budget is not None:
            self._check_prices()

    def _check_prices(self) -> None:
        for name, endpoint in self._endpoints.items():
            try:
                endpoint.prices.worst_case(1, 1)
            except ValueError as error:
                raise UsageError(f'a budget needs the prices of every model; "{name}": {error}') from None

    # ------------------------------------------------------------------------------------ life
    async def __aenter__(self) -> Gateway:
        # the package is imported here so that commands which call nobody never pay for it
        from evals.gateway._transport import Transport, shared_context

        loop = asyncio.get_running_loop()
        self._clock = loop.time
        slots = Slots(self._concurrency, clock=loop.time, call_at=loop.call_at)
        verify = shared_context(trust_env=self._trust_env)
        for name, endpoint in self._endpoints.items():
            pace = Pace(
                limits=endpoint.limits,
                policy=self._policy,
                concurrency=self._concurrency,
                clock=loop.time,
                random=Random(f"{self._random.random()}:{name}"),
            )
            slots.add(Lane(name, pace))
            origin = (endpoint.base_url, endpoint.api_key)
            if origin not in self._transports:
                self._transports[origin] = Transport(
                    base_url=endpoint.base_url,
                    api_key=endpoint.api_key,
                    # a few more than slots: a connection being closed still counts for a moment
                    connections=self._concurrency + 16,
                    max_bytes=self._max_reply_bytes,
                    trust_env=self._trust_env,
                    verify=verify,
                    clock=loop.time,
                )
            self._by_name[name] = self._transports[origin]
        self._slots = slots
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for lane in self._running.lanes.values():
            # calls that somebody left running end as errors
            lane.pace.shut("the gateway is closed")
            self._running.close_lane(lane, "the gateway is closed")
        transports, self._transports = list(self._transports.values()), {}
        await asyncio.gather(*(transport.aclose() for transport in transports))

    @property
    def _running(self) -> Slots:
        if self._slots is None:
            raise RuntimeError("use the gateway inside its `async with` block")
        return self._slots

    # ------------------------------------------------------------------------------------ what callers use
    def open(self, name: str) -> None:
        """Keep a share of the slots for this model, also while it has nothing to send. Calls are possible without."""
        self._running.set_open(self._running.lanes[name], open_=True)

    def close(self, name: str) -> None:
        """Give up the reserved share. Best when the model's last call has been handed over; those under way go on."""
        self._running.set_open(self._running.lanes[name], open_=False)

    @property
    def progress(self) -> dict[str, LaneFacts]:
        """Each lane as it stands now."""
        now = self._clock()
        return {
            name: LaneFacts(
                in_flight=lane.in_flight,
                waiting=lane.waiting,
                limit=lane.pace.limit,
                paused_s=max(0.0, lane.pace.ready_at - now),
                throttles=lane.pace.throttles,
                down=lane.pace.down,
                given_up=lane.pace.given_up,
            )
            for name, lane in self._running.lanes.items()
        }

    async def complete(self, name: str, messages: Sequence[Message], params: Params) -> Completion:
        """Ask one model. Faults of a model or host are a status of the Completion and are never raised.

        Raises BudgetExceeded when the worst case no longer fits, asyncio.CancelledError, and KeyError for a name that
        has no endpoint. `latency_s` and `started_at` are those of the last attempt; `attempts` counts every request
        sent; `cost` is that of the reply, requests without a readable one are in `totals.unknown_outcomes`.
        """
        call = self._prepare(name, messages, params)
        try:
            while True:
                try:
                    return await self._attempt(call)
                except _Again as again:
                    if again.wait_s > 0:
                        await asyncio.sleep(again.wait_s)
        except LaneClosed as closed:
            return self._error(call, str(closed))

    # ------------------------------------------------------------------------------------ one attempt
    def _prepare(self, name: str, messages: Sequence[Message], params: Params) -> _Call:
        endpoint, lane = self._endpoints[name], self._running.lanes[name]
        body = endpoint.request(messages, params)
        if endpoint.habits.stream_only:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        call = _Call(endpoint=endpoint, lane=lane, payload=_encode(body), max_tokens=params.max_tokens)
        if self._budget is not None:
            prompt_tokens = len(call.payload) + _PROMPT_OVERHEAD_TOKENS + _IMAGE_TOKENS * _images(messages)
            call.worst_case = endpoint.prices.worst_case(prompt_tokens, params.max_tokens)
        if lane.pace.rated:
            lane.pace.expect(len(call.payload) // 3 + params.max_tokens)
        return call

    async def _attempt(self, call: _Call) -> Completion:
        """One request and what follows from it. Raises _Again to be called once more, LaneClosed from the queue."""
        if (why := call.lane.pace.closed_for()) is not None:
            return self._error(call, f"{why}; {call.reason}" if call.reason and call.reason not in why else why)
        await self._acquire(call)
        bill = _Bill()
        try:
            return await self._exchange(call, bill)
        finally:
            if bill.unknown:
                self.totals.unknown_outcomes += 1
            if self._budget is not None:
                # what cannot be known is counted at its worst
                self._budget.settle(call.worst_case, call.worst_case if bill.actual is None else bill.actual)
            self._running.release(call.lane)

    async def _acquire(self, call: _Call) -> None:
        """A slot, and room under the cap: never one held while waiting for the other."""
        while True:
            await self._running.acquire(call.lane, first=call.attempts > 0)
            if self._budget is None or self._budget.try_reserve(call.worst_case):
                return
            self._running.release(call.lane)
            await self._budget.room(call.worst_case)

    async def _exchange(self, call: _Call, bill: _Bill) -> Completion:
        from evals.gateway._transport import SendFailed

        call.attempts += 1
        self.totals.requests += 1
        call.sent_at = self._clock()
        call.started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        stream = call.endpoint.habits.stream_only
        try:
            async with asyncio.timeout(self._deadline_s):
                reply = await self._by_name[call.endpoint.name].send(call.payload, stream=stream)
            if reply.status >= 300:
                return self._status(call, reply, bill)
            reading = _read(reply, call.max_tokens)
        except TimeoutError:
            return self._failed(call, f"no complete reply within {self._deadline_s:g} s")
        except SendFailed as failed:
            if not failed.sent:
                bill.free()
            return self._failed(call, str(failed), final=failed.final)
        except Unreadable as unreadable:
            return self._failed(call, str(unreadable))
        except HostError as error:
            if not stream:  # a stream may have worked for a while before it said so
                bill.free()
            return self._host_error(call, error, error.status or 500, None)
        return self._answer(call, reading, reply, bill)

    def _answer(self, call: _Call, reading: Reading, reply: Reply, bill: _Bill) -> Completion:
        cost = call.endpoint.prices.cost(reading.usage)
        bill.unknown, bill.actual = False, None if cost.unknown else cost.known
        used = reading.usage
        known = used.prompt_tokens is not None and used.completion_tokens is not None
        call.lane.pace.used((used.prompt_tokens or 0) + (used.completion_tokens or 0) if known else None)
        self._healthy(call)
        hide = self._redactor.answer
        return Completion(
            status=reading.status,
            text=hide(reading.text),
            reasoning=hide(reading.reasoning),
            finish_reason=_hidden(reading.finish_reason, hide),
            usage=used,
            cost=cost,
            latency_s=self._clock() - call.sent_at,
            ttft_s=reply.ttft_s,
            served_model=_hidden(reading.served_model, hide),
            fingerprint=_hidden(reading.fingerprint, hide),
            region=call.endpoint.region,
            attempts=call.attempts,
            started_at=call.started_at,
        )

    def _healthy(self, call: _Call) -> None:
        call.lane.pace.answered()
        self._retries.earn(call.lane.name)

    # ------------------------------------------------------------------------------------ replies that are no answer
    def _status(self, call: _Call, reply: Reply, bill: _Bill) -> Completion:
        """A reply with an HTTP status of 300 and more: the host did not work for us."""
        bill.free()
        if reply.status < 400:
            target = self._redactor.error(reply.headers.get("location", "nowhere"), limit=120)
            self._healthy(call)
            return self._error(call, f"HTTP {reply.status}: redirects are not followed (to {target})")
        return self._host_error(call, error_text(reply.body), reply.status, reply)

    def _host_error(self, call: _Call, error: HostError, status: int, reply: Reply | None) -> Completion:
        """An error object, under an error status or in the place of an answer (`reply` is None then)."""
        message = str(error)
        body = "" if reply is None else reply.body.decode("utf-8", "replace")
        if error.filtered or any(mark in message or mark in body for mark in call.endpoint.habits.never_retry):
            self._healthy(call)
            return replace(self._error(call, f"HTTP {status}: {message}"), status="filtered")
        words = _PLAIN_WORDS.get(status, f"HTTP {status}" if reply else f"an error in place of an answer ({status})")
        if any(mark in message or mark in body for mark in _QUOTA_MARKS):
            words, status = f"the credit at the host is used up (HTTP {status})", 402
        reason = f"{words}: {message}" if message else words
        told = None if reply is None else told_wait(reply.headers, datetime.now(UTC))
        match judge_status(status):
            case "throttled":
                return self._throttled(call, reason, told)
            case "retry":
                return self._failed(call, reason, told=told)
            case "refused":
                call.lane.pace.refused(self._redactor.error(reason))
                self._close_if_given_up(call)
            case _:
                self._healthy(call)
        return self._error(call, reason)

    def _throttled(self, call: _Call, reason: str, told: float | None) -> Completion:
        """A 429: the lane's business. The call waits with it, however often, until patience ends."""
        self.totals.throttled += 1
        lane = call.lane
        call.reason = self._redactor.error(reason)
        call.throttled_at = call.sent_at if call.throttled_at is None else call.throttled_at
        lane.pace.throttled(sent_at=call.sent_at, told=told, in_flight=lane.in_flight)
        self._close_if_given_up(call)
        waited = self._clock() - call.throttled_at
        if waited >= self._policy.throttle_patience_s:
            return self._error(call, f"throttled for {waited:.0f} s, the last reply: {reason}")
        raise _Again

    def _failed(self, call: _Call, reason: str, *, told: float | None = None, final: bool = False) -> Completion:
        """A failure on the way or at the host: try again while attempts, the retry budget and the lane allow it."""
        call.reason = reason = self._redactor.error(reason)
        pace = call.lane.pace
        if told:
            pace.throttled(sent_at=call.sent_at, told=told, in_flight=call.lane.in_flight)
        probe = pace.failed(reason, sent_at=call.sent_at)
        self._close_if_given_up(call)
        if probe and not final:
            raise _Again  # the lane's pause decides when the next probe goes out
        call.failures += 1
        if final or call.failures >= self._policy.max_attempts:
            return self._error(call, reason)
        if pace.down:
            raise _Again
        if not self._retries.draw(call.lane.name):
            return self._error(call, f"{reason} (not tried again: the run's retry budget is spent)")
        self.totals.retries += 1
        raise _Again(self._policy.backoff(call.failures, self._random))

    def _close_if_given_up(self, call: _Call) -> None:
        if call.lane.pace.given_up is not None:
            self._running.close_lane(call.lane, call.lane.pace.given_up)

    def _error(self, call: _Call, reason: str) -> Completion:
        sent = call.attempts > 0
        return Completion(
            status="error",
            cost=Cost(),
            latency_s=self._clock() - call.sent_at if sent else None,
            region=call.endpoint.region,
            attempts=call.attempts,
            started_at=call.started_at,
            error=self._redactor.error(reason),
        )


def _read(reply: Reply, max_tokens: int) -> Reading:
    if reply.events is not None:
        return reply.events.reading(max_tokens=max_tokens)
    if reply.body[:5] == b"data:" or "event-stream" in reply.headers.get("content-type", ""):
        from evals.gateway._sse import EventStream

        events = EventStream()
        events.feed(reply.body)
        return events.reading(max_tokens=max_tokens)
    return read_plain(reply.body, max_tokens=max_tokens)


def _encode(body: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:
        # half surrogates and mappings that are not dicts: slower, but it can say them
        return json.dumps(body, default=_plain).encode()


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else list(value)


def _images(messages: Sequence[Message]) -> int:
    return sum(
        1
        for message in messages
        if not isinstance(message.get("content"), str)
        for part in message.get("content") or ()
        if isinstance(part, Mapping) and part.get("type") != "text"
    )


def _hidden(value: str | None, hide: Callable[[str], str]) -> str | None:
    return None if value is None else hide(value)
