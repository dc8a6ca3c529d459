"""Sharing of slots, pauses, halving and health of lanes: on a clock of the test's own, then over sockets."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from fault_server import FaultServer, Reply, Seen, good, hang, per_prompt, reset, status
from helpers_gateway import call, endpoint, run
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.catalog import Limits
from evals.gateway import Gateway, RetryPolicy
from evals.gateway._lanes import Lane, LaneClosed, Slots, water_fill
from evals.gateway._pace import Pace
from evals.gateway._retry import RetryBudget


class Clock:
    """Time that moves only when told, and the alarms set for it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._alarms: list[tuple[float, int, Callable[..., None], tuple[Any, ...], list[bool]]] = []
        self._count = 0

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, what: Callable[..., None], *args: Any) -> Any:
        alive = [True]
        self._count += 1
        heapq.heappush(self._alarms, (when, self._count, what, args, alive))
        return type("Handle", (), {"cancel": lambda _: alive.clear()})()

    def forward(self, seconds: float) -> None:
        end = self.now + seconds
        while self._alarms and self._alarms[0][0] <= end:
            when, _, what, args, alive = heapq.heappop(self._alarms)
            self.now = max(self.now, when)
            if alive:
                what(*args)
        self.now = end


POLICY = RetryPolicy()


def pace(clock: Clock, *, concurrency: int = 16, policy: RetryPolicy = POLICY, **limits: Any) -> Pace:
    return Pace(
        limits=Limits(**limits), policy=policy, concurrency=concurrency, clock=clock.time, random=Random("pace")
    )


# ------------------------------------------------------------------------------------------------ shares
@given(st.lists(st.integers(0, 50), max_size=20), st.integers(1, 100))
def test_water_filling_is_max_min_fair(wants: list[int], slots: int) -> None:
    """Nobody gets more than wanted, the slots suffice, and one more for everybody who wants more would not fit."""
    level = water_fill(wants, slots)
    shares = [want if level is None else min(want, level) for want in wants]
    assert sum(shares) <= slots
    if level is None:
        assert shares == wants
    else:
        assert any(want > level for want in wants)
        assert sum(min(want, level + 1) for want in wants) > slots


@pytest.mark.parametrize(
    ("wants", "slots", "level"),
    [([], 4, None), ([1, 1], 4, None), ([9, 9], 4, 2), ([1, 9, 9], 9, 4), ([9] * 5, 3, 0), ([2, 2], 4, None)],
)
def test_water_filling_by_hand(wants: list[int], slots: int, level: int | None) -> None:
    """Small cases whose answer is plain."""
    assert water_fill(wants, slots) == level


ACTION = st.tuples(
    st.sampled_from(["ask", "ask", "ask", "give back", "cancel", "open", "close", "throttle", "answer", "time"]),
    st.integers(0, 3),
)


class Game:
    """Four lanes, and what can happen to them."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.clock = Clock()
        self.slots = Slots(total, clock=self.clock.time, call_at=self.clock.call_at)
        self.lanes = [self.slots.add(Lane(str(i), pace(self.clock, concurrency=total))) for i in range(4)]
        self.held = [0] * 4
        self.tasks: list[list[asyncio.Task[None]]] = [[] for _ in self.lanes]

    async def play(self, what: str, number: int) -> None:
        lane = self.lanes[number]
        moves: dict[str, Callable[[], Any]] = {
            "ask": lambda: self.tasks[number].append(asyncio.create_task(self._ask(number))),
            "give back": lambda: self.held[number] and self.give_back(number),
            "cancel": lambda: self.tasks[number] and self.tasks[number].pop().cancel(),
            "open": lambda: self.slots.set_open(lane, open_=True),
            "close": lambda: self.slots.set_open(lane, open_=False),
            "throttle": lambda: lane.pace.throttled(sent_at=self.clock.now, told=1.0, in_flight=lane.in_flight),
            "answer": lane.pace.answered,
            "time": lambda: self.clock.forward(0.4),
        }
        moves[what]()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def _ask(self, number: int) -> None:
        await self.slots.acquire(self.lanes[number])
        self.held[number] += 1

    def give_back(self, number: int) -> None:
        self.held[number] -= 1
        self.slots.release(self.lanes[number])

    def faults(self) -> list[str]:
        """A slot lost, a slot that idles though somebody may use it, a lane below its own share beside a free one."""
        found = []
        if [lane.in_flight for lane in self.lanes] != self.held:
            found.append(f"lanes count {[lane.in_flight for lane in self.lanes]} calls, {self.held} are under way")
        if not self.slots.free == self.total - sum(self.held) >= 0:
            found.append(f"{self.slots.free} of {self.total} slots are free beside {sum(self.held)} calls")
        if not self.slots.free:
            return found
        able = [lane for lane in self.lanes if lane.waiting and lane.pace.admits(lane.in_flight, self.clock.now)]
        if able and not any(lane.open for lane in self.lanes):
            found.append("slots idle while only closed lanes wait")
        wants = {lane.name: lane.wants(self.clock.now) for lane in self.lanes}
        level = water_fill(wants.values(), self.total)
        shares = {lane.name: wants[lane.name] if level is None else min(wants[lane.name], level) for lane in able}
        found += [f"lane {lane.name} waits below its share" for lane in able if lane.in_flight < shares[lane.name]]
        return found

    async def finish(self) -> int:
        """Closes all lanes and serves on; how many calls are left unserved."""
        for lane in self.lanes:
            self.slots.set_open(lane, open_=False)
        for _ in range(500):
            self.clock.forward(1.0)
            await asyncio.sleep(0)
            for number in range(4):
                while self.held[number]:
                    self.give_back(number)
        return sum(not task.done() for group in self.tasks for task in group)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 12), st.lists(ACTION, max_size=80))
def test_slots_in_any_order_of_events(total: int, actions: list[tuple[str, int]]) -> None:
    """Whatever happens in whatever order: the shares hold, no slot idles in vain, and in the end all are served."""

    async def work() -> tuple[list[str], int, int]:
        game = Game(total)
        found: list[str] = []
        for what, number in actions:
            await game.play(what, number)
            found += game.faults()
        return found, await game.finish(), game.slots.free

    assert asyncio.run(work()) == ([], 0, total)


def test_equal_shares_whatever_arrives_first() -> None:
    """A lane with a thousand calls waiting leaves the others their equal shares as slots come free."""

    async def work() -> list[int]:
        clock = Clock()
        slots = Slots(12, clock=clock.time, call_at=clock.call_at)
        lanes = [slots.add(Lane(str(i), pace(clock, concurrency=12))) for i in range(3)]
        tasks = [asyncio.create_task(slots.acquire(lanes[0])) for _ in range(1000)]
        await asyncio.sleep(0)
        assert lanes[0].in_flight == 12
        tasks += [asyncio.create_task(slots.acquire(lane)) for lane in lanes[1:] for _ in range(100)]
        await asyncio.sleep(0)
        for _ in range(8):
            slots.release(lanes[0])
        shares = [lane.in_flight for lane in lanes]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return shares

    assert run(work) == [4, 4, 4]


def test_an_open_lane_keeps_its_share_free() -> None:
    """What was opened finds its share at once, even when another lane would take everything."""

    async def work() -> tuple[int, int, int]:
        clock = Clock()
        slots = Slots(8, clock=clock.time, call_at=clock.call_at)
        greedy, quiet = (slots.add(Lane(name, pace(clock, concurrency=8))) for name in ("greedy", "quiet"))
        slots.set_open(greedy, open_=True)
        slots.set_open(quiet, open_=True)
        tasks = [asyncio.create_task(slots.acquire(greedy)) for _ in range(20)]
        await asyncio.sleep(0)
        before = greedy.in_flight
        tasks += [asyncio.create_task(slots.acquire(quiet)) for _ in range(20)]
        await asyncio.sleep(0)
        beside = quiet.in_flight
        slots.close_lane(quiet, "done")
        slots.set_open(quiet, open_=False)
        for _ in range(beside):
            slots.release(quiet)
        after = greedy.in_flight
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        closed = await asyncio.gather(*tasks, return_exceptions=True)
        assert any(isinstance(result, LaneClosed) for result in closed)
        return before, beside, after

    assert run(work) == (4, 4, 8)


def test_a_slot_is_cheap_at_full_size() -> None:
    """At 1,024 slots and 64 lanes a slot changes hands in well under a tenth of a millisecond."""

    async def work() -> float:
        clock = Clock()
        slots = Slots(1024, clock=clock.time, call_at=clock.call_at)
        lanes = [slots.add(Lane(str(i), pace(clock, concurrency=1024))) for i in range(64)]
        for lane in lanes:
            slots.set_open(lane, open_=True)
        tasks = [asyncio.create_task(slots.acquire(lanes[i % 64])) for i in range(4096)]
        await asyncio.sleep(0)
        assert {lane.in_flight for lane in lanes} == {16}
        started = time.process_time()
        for i in range(2048):
            slots.release(lanes[i % 64])
        used = (time.process_time() - started) / 2048
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return used

    assert run(work) < 1e-4


# ------------------------------------------------------------------------------------------------ pace
def test_429_halves_once_a_flight_and_recovers_step_by_step() -> None:
    """All 429s of one flight halve once; answers bring the limit back within 16 of them; it never falls below 1."""
    clock = Clock()
    lane = pace(clock, concurrency=64)
    sent = clock.now
    for _ in range(5):
        lane.throttled(sent_at=sent, told=2.0, in_flight=40)
        clock.forward(0.01)
    assert (lane.limit, lane.ready(clock.now)) == (20, False)
    clock.forward(2.0)
    assert lane.ready(clock.now)
    limits = []
    for _ in range(16):
        lane.answered()
        limits.append(lane.limit)
    assert limits == sorted(limits)
    assert limits[0] < 24
    assert limits[-1] >= 40
    for _ in range(20):
        clock.forward(10)
        lane.throttled(sent_at=clock.now, told=None, in_flight=lane.limit)
    assert lane.limit == 1
    assert not lane.ready(clock.now)


def test_frequent_429_recover_slowly() -> None:
    """While flight after flight meets 429s, the limit grows by one a round trip only."""
    clock = Clock()
    lane = pace(clock, concurrency=64)
    for _ in range(6):
        lane.throttled(sent_at=clock.now, told=1.0, in_flight=lane.limit)
        clock.forward(1.1)
    start = lane.limit
    for _ in range(8):
        lane.answered()
    assert start < lane.limit <= start + 4


def test_pauses_only_ever_grow() -> None:
    """A later 429 with a shorter time does not shorten a pause; answers on the way do not end it."""
    clock = Clock()
    lane = pace(clock)
    lane.throttled(sent_at=clock.now, told=10.0, in_flight=4)
    until = lane.ready_at
    lane.throttled(sent_at=clock.now, told=1.0, in_flight=4)
    lane.answered()
    assert lane.ready_at == until
    lane.throttled(sent_at=clock.now, told=1e9, in_flight=4)
    assert (lane.ready_at, lane.limit) == (clock.now + POLICY.retry_after_cap_s, 1)


def test_down_lanes_are_probed_and_revived() -> None:
    """Ten failures in a row leave one probe at a time, later and later; the first answer ends it."""
    clock = Clock()
    lane = pace(clock)
    lane.answered()
    probes = [lane.failed("reset", sent_at=clock.now) for _ in range(10)]
    assert (any(probes), lane.down, lane.limit) == (False, True, 1)
    assert not lane.failed("an older request", sent_at=clock.now - 1)
    waits = []
    for _ in range(5):
        waits.append(lane.ready_at - clock.now)
        clock.forward(waits[-1])
        assert lane.failed("reset", sent_at=clock.now)
    assert waits[0] <= 0.5
    assert waits[-1] > 3
    assert lane.closed_for() is None
    lane.answered()
    assert (lane.down, lane.limit, lane.ready(clock.now)) == (False, 16, True)


def test_lanes_are_given_up_after_patience_and_tried_again() -> None:
    """After a minute without an answer the lane is closed; each half minute one call may try, and can revive it."""
    clock = Clock()
    lane = pace(clock)
    lane.answered()
    down = clock.now
    while lane.closed_for() is None:
        lane.failed("reset", sent_at=clock.now)
        clock.forward(max(0.0, lane.ready_at - clock.now))
        assert clock.now < down + 120
    assert clock.now - down >= POLICY.outage_patience_s
    assert "reset" in (lane.given_up or "")
    clock.forward(POLICY.reprobe_s + 1)
    assert lane.closed_for() is None
    assert lane.admits(0, clock.now)
    assert not lane.admits(1, clock.now)
    lane.failed("still", sent_at=clock.now)
    assert lane.closed_for() is not None
    clock.forward(POLICY.reprobe_s + 1)
    assert lane.closed_for() is None
    lane.answered()
    assert lane.limit == 16


def test_refusals_close_a_lane_for_good() -> None:
    """Five refusals and nothing else: closed. A lane that has answered is given twenty."""
    clock = Clock()
    fresh, proven = pace(clock), pace(clock)
    proven.answered()
    for lane, patience in ((fresh, 5), (proven, 20)):
        for _ in range(patience - 1):
            lane.refused("HTTP 402")
        assert lane.closed_for() is None
        lane.refused("HTTP 402")
        clock.forward(1e6)
        assert "402" in (lane.closed_for() or "")


def test_rates_are_spaced() -> None:
    """60 requests a minute are one a second; 600 may come ten at once but no faster over time."""
    for per_minute, at_once in ((60, 1), (600, 10), (30, 1)):
        clock = Clock()
        lane = pace(clock, concurrency=1000, requests_per_minute=per_minute)
        sent = 0
        for _ in range(600):
            while lane.ready(clock.now):
                lane.started()
                sent += 1
                if clock.now == 1000.0:
                    assert sent <= at_once
            clock.forward(0.1)
        assert per_minute <= sent <= per_minute + at_once


def test_tokens_a_minute_follow_what_was_used() -> None:
    """The spacing starts from a guess and is corrected by the tokens really used."""
    clock = Clock()
    lane = pace(clock, concurrency=1000, tokens_per_minute=60_000)
    lane.expect(2000)
    sent = 0
    for _ in range(1200):
        while lane.ready(clock.now):
            lane.started()
            lane.used(500)
            sent += 1
        clock.forward(0.05)
    assert 115 <= sent <= 130
    lane.used(None)


def test_the_retry_budget() -> None:
    """A host that only fails costs the floor; answers earn more; one of two lanes cannot spend it all."""
    budget = RetryBudget(POLICY, concurrency=64, lanes=1)
    assert sum(budget.draw("a") for _ in range(1000)) == 50
    for _ in range(50):
        budget.earn("a")
    assert sum(budget.draw("a") for _ in range(1000)) in (9, 10)
    shared = RetryBudget(POLICY, concurrency=1024, lanes=2)
    assert sum(shared.draw("bad") for _ in range(1000)) == 128
    assert sum(shared.draw("good") for _ in range(1000)) == 128


@pytest.mark.parametrize("seed", range(5))
def test_the_budget_outlasts_a_tenth_of_faults(seed: int) -> None:
    """With a tenth of all attempts faulty the budget never runs dry, in 20,000 calls at 256 in flight."""
    random = Random(seed)
    budget = RetryBudget(POLICY, concurrency=256, lanes=2)
    # faults come back at once, answers half a second later: the worst order is all first faults before any answer
    first = [random.random() < 0.1 for _ in range(256)]
    assert all(budget.draw("ab"[number % 2]) for number, faulty in enumerate(first) if faulty)
    for number in range(20_000):
        lane = "ab"[number % 2]
        for _ in range(2):
            if random.random() >= 0.1:
                break
            assert budget.draw(lane)
        budget.earn(lane)


# ------------------------------------------------------------------------------------------------ over sockets
def test_a_hung_model_and_a_throttled_one_delay_nobody() -> None:
    """Of 16 models one hangs and one only says 429: the others finish as fast as without them (plus a margin)."""

    def script(seen: Seen) -> Reply:
        if seen.body["model"] == "m0":
            return hang
        if seen.body["model"] == "m1":
            return status(429, "no", {"retry-after-ms": "50"})
        return good(delay=0.03)

    async def timed(bad: list[str]) -> tuple[float, int]:
        async with FaultServer(script) as server:
            names = [*bad, *(f"m{i}" for i in range(2, 16))]
            made = {name: endpoint(server.url, name) for name in names}
            async with Gateway(made, concurrency=64, deadline_s=60) as gateway:
                for name in names:
                    gateway.open(name)
                stuck = [asyncio.create_task(call(gateway, name=name)) for name in bad for _ in range(200)]
                await asyncio.sleep(0)
                started = time.monotonic()
                answers = await asyncio.gather(*(call(gateway, name=f"m{i}") for i in range(2, 16) for _ in range(40)))
                took = time.monotonic() - started
                assert {answer.status for answer in answers} == {"ok"}
                held = gateway.progress["m0"].in_flight if bad else 0
                for task in stuck:
                    task.cancel()
                await asyncio.gather(*stuck, return_exceptions=True)
                return took, held

    alone, _ = run(lambda: timed([]))
    beside, held = run(lambda: timed(["m0", "m1"]))
    assert held <= 5
    # 14 of 16 shares of 64 slots, and room for a busy machine
    assert beside < alone * 16 / 14 * 1.3 + 0.3


def test_concurrency_is_never_passed() -> None:
    """The server never sees more requests at once than slots, nor than an endpoint's own limit."""

    async def work(**limits: Any) -> int:
        async with FaultServer(lambda _: good(delay=0.01)) as server:
            async with Gateway({"m": endpoint(server.url, limits=limits)}, concurrency=8) as gateway:
                await asyncio.gather(*(call(gateway) for _ in range(100)))
            return server.peak

    assert run(work) == 8
    assert run(lambda: work(concurrency=3)) == 3


def test_requests_a_minute_hold_on_the_wire() -> None:
    """An endpoint's rate is kept by spacing, whatever the concurrency."""

    async def work() -> list[float]:
        async with FaultServer(lambda _: good()) as server:
            made = endpoint(server.url, limits={"requests_per_minute": 1200})
            async with Gateway({"m": made}, concurrency=64) as gateway:
                await asyncio.gather(*(call(gateway) for _ in range(40)))
            return [seen.at for seen in server.seen]

    times = run(work)
    assert len(times) == 40
    # 20 at once, the other 20 at 20 a second
    assert times[-1] - times[0] >= 0.9


def test_a_dead_key_stops_its_lane_only() -> None:
    """A judge that answers 402 to everything is called a few times, not a thousand; the others go on."""

    def script(seen: Seen) -> Reply:
        return status(402, "no credit left") if seen.body["model"] == "poor" else good()

    async def work() -> Any:
        async with FaultServer(script) as server:
            made = {name: endpoint(server.url, name) for name in ("poor", "rich")}
            async with Gateway(made, concurrency=4) as gateway:
                poor = await asyncio.gather(*(call(gateway, name="poor") for _ in range(300)))
                rich = await asyncio.gather(*(call(gateway, name="rich") for _ in range(20)))
            return poor, rich, [seen.body["model"] for seen in server.seen]

    poor, rich, sent = run(work)
    assert {c.status for c in rich} == {"ok"}
    assert {c.status for c in poor} == {"error"}
    assert all("payment" in c.error and "no credit left" in c.error for c in poor)
    assert sent.count("poor") <= 12
    assert poor[-1].attempts == 0


def test_an_outage_loses_no_call() -> None:
    """A host that resets everything for a while costs time, not calls."""

    async def work() -> Any:
        back = asyncio.get_running_loop().time() + 0.4
        async with FaultServer(lambda seen: reset() if seen.at < back else good()) as server:
            policy = RetryPolicy(base_s=0.02, cap_s=0.1, outage_patience_s=6)
            async with Gateway({"m": endpoint(server.url)}, concurrency=16, retry=policy) as gateway:
                return await asyncio.gather(*(call(gateway) for _ in range(100))), len(server.seen)

    answers, requests = run(work)
    assert {a.status for a in answers} == {"ok"}
    assert requests < 170


@pytest.mark.parametrize("concurrency", [8, 256])
def test_seeded_faults_lose_no_call(concurrency: int) -> None:
    """A tenth of the attempts faulty, two in a row at most, 429s among them: every call is answered."""
    random = Random(concurrency)
    faults = [reset(), status(500), status(503, "busy", {"retry-after-ms": "20"}), good("cut")]
    faults += [status(429, "no", {"retry-after-ms": "20"})] * 2

    def choose(prompt: str, attempt: int) -> Reply:
        if attempt < 2 and random.random() < 0.1:
            fault = random.choice(faults)
            return reset(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{") if fault is faults[3] else fault
        return good(prompt, delay=0.02)

    async def work() -> Any:
        async with FaultServer(per_prompt(choose)) as server:
            made = {name: endpoint(server.url, name) for name in ("a", "b", "c")}
            policy = RetryPolicy(base_s=0.02)
            async with Gateway(made, concurrency=concurrency, retry=policy) as gateway:
                answers = await asyncio.gather(
                    *(call(gateway, f"{name}{number}", name) for number in range(400) for name in made)
                )
                return answers, gateway.totals

    answers, totals = run(work, within=40)
    assert [a.text for a in answers] == [f"{name}{number}" for number in range(400) for name in "abc"]
    assert totals.throttled > 0
