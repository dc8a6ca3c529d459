"""Slots and lanes: who may send next.

A *slot* is the right to have one request in flight; there are `concurrency` of them over all models. A *lane* is one
model's queue. Slots are shared max-min fair among the lanes: a lane that wants little gets what it wants, the others
get equal shares of the rest. A lane that hangs therefore holds its own share and no more. Lanes opened by the caller
keep their share reserved even while they have nothing to send; others take part by what they ask for at the moment.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from evals.gateway._pace import Pace

Turn = asyncio.Future[None]


class Timer(Protocol):
    """What `call_at` returns."""

    def cancel(self) -> None:
        """Forget the call."""
        ...


class LaneClosed(Exception):  # noqa: N818 - an outcome for the calls that waited
    """The lane was given up; the message says why."""


def water_fill(wants: Iterable[int], slots: int) -> int | None:
    """The share at which no lane can gain without taking from one that has less; None when there is enough for all.

    Each lane gets min(what it wants, the share); what whole numbers leave over is less than one slot for each lane
    that wants more (max-min fairness by progressive filling: Bertsekas & Gallager, Data Networks, 6.5.2).
    """
    left = slots
    ordered = sorted(wants)
    for position, want in enumerate(ordered):
        share = left // (len(ordered) - position)
        if want > share:
            return share
        left -= want
    return None


class Lane:
    """One model's queue: calls waiting, calls in flight, and its pace. Its slots are handed out by `Slots`."""

    def __init__(self, name: str, pace: Pace) -> None:
        self.name = name
        self.pace = pace
        self.queue: deque[Turn] = deque()
        self.open = False
        self.in_flight = 0
        self.waiting = 0
        self.base = 0
        self.timer: Timer | None = None

    @property
    def reserves(self) -> bool:
        """True when a share is kept free for it. How much a lane with a rate of its own can use, that rate decides."""
        return self.open and not self.pace.rated

    def next_turn(self) -> Turn | None:
        """The call that waits longest; those cancelled meanwhile are dropped."""
        while self.queue:
            turn = self.queue.popleft()
            if not turn.done():
                return turn
        return None

    def wants(self, now: float) -> int:
        """How many slots it has a claim to now; a lane that waits for a time claims only those it has."""
        if not self.pace.ready(now):
            return self.in_flight
        limit = self.pace.limit
        claim = limit if self.reserves else min(limit, self.in_flight + self.waiting)
        return max(claim, self.in_flight)


class Slots:
    """Hands slots to lanes. One event loop; nothing here suspends but `acquire`.

    `clock` is monotonic seconds, `call_at` runs a function at a time of that clock.
    """

    def __init__(self, total: int, *, clock: Callable[[], float], call_at: Callable[..., Timer]) -> None:
        self.total = total
        self.free = total
        self.lanes: dict[str, Lane] = {}
        self._clock = clock
        self._call_at = call_at
        self._waiting: dict[str, Lane] = {}
        self._hungry: dict[str, Lane] = {}
        self._level: int | None = None
        self._reserved = 0
        self._stale = True
        self._opened = 0

    def add(self, lane: Lane) -> Lane:
        """Let a lane take part."""
        self.lanes[lane.name] = lane
        lane.pace.changed = lambda: self._refresh(lane)
        self._stale = True
        return lane

    def set_open(self, lane: Lane, *, open_: bool) -> None:
        """Reserve a lane's share, or give it to the others."""
        if lane.open != open_:
            lane.open = open_
            self._opened += 1 if open_ else -1
            self._stale = True
            self._dispatch()

    async def acquire(self, lane: Lane, *, first: bool = False) -> None:
        """Wait for a slot; `first` is for calls that have had one before. Raises LaneClosed when the lane is given up.

        Every `acquire` that returns is followed by one `release`.
        """
        if not lane.waiting and not self._opened and self.free and lane.pace.admits(lane.in_flight, self._clock()):
            # nobody keeps a reserve, and whoever else could use this slot would have got it when it came free
            self._give(lane)
            self._demand_changed(lane)
            return
        turn: Turn = asyncio.get_running_loop().create_future()
        if first:
            lane.queue.appendleft(turn)
        else:
            lane.queue.append(turn)
        lane.waiting += 1
        self._waiting[lane.name] = lane
        self._demand_changed(lane)
        self._note(lane)
        self._dispatch()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled() or not turn.done():
                self._left(lane)
            elif turn.exception() is None:
                self.release(lane)
            raise

    def release(self, lane: Lane) -> None:
        """Give a slot back."""
        lane.in_flight -= 1
        self.free += 1
        if lane.in_flight < lane.base:
            self._reserved += 1
        self._demand_changed(lane)
        self._note(lane)
        self._dispatch()

    def close_lane(self, lane: Lane, reason: str) -> None:
        """Fail every call that waits in a lane."""
        queue, lane.queue = lane.queue, deque()
        for turn in queue:
            if not turn.done():  # the cancelled ones still count themselves out
                turn.set_exception(LaneClosed(reason))
                lane.waiting -= 1
        self._waiting.pop(lane.name, None)
        self._refresh(lane)

    def _left(self, lane: Lane) -> None:
        """A waiting call went away; its turn stays in the queue and is skipped."""
        lane.waiting -= 1
        if not lane.waiting:
            lane.queue.clear()
            self._waiting.pop(lane.name, None)
        self._demand_changed(lane)
        self._note(lane)
        self._dispatch()

    def _refresh(self, lane: Lane) -> None:
        """The pace of a lane has changed."""
        if lane.timer is not None:
            lane.timer.cancel()
            lane.timer = None
        self._stale = True
        self._note(lane)
        self._dispatch()

    def _demand_changed(self, lane: Lane) -> None:
        """One call more or less. Above the common level that moves no share, which keeps the usual case cheap."""
        if not lane.reserves and (self._level is None or lane.in_flight + lane.waiting <= self._level + 1):
            self._stale = True

    def _note(self, lane: Lane) -> None:
        """Keep the list of lanes that wait below their share, and the alarm of one that waits for a time."""
        if lane.waiting and lane.in_flight < lane.base:
            self._hungry[lane.name] = lane
        else:
            self._hungry.pop(lane.name, None)
        ready_at = lane.pace.ready_at
        if lane.waiting and lane.timer is None and ready_at and not lane.pace.ready(self._clock()):
            lane.timer = self._call_at(ready_at, self._wake, lane)

    def _wake(self, lane: Lane) -> None:
        lane.timer = None
        self._stale = True
        self._note(lane)
        self._dispatch()

    def _dispatch(self) -> None:
        while self.free and self._waiting:
            lane = self._next()
            if lane is None:
                return
            turn = lane.next_turn()
            # to the end of the order, so that lanes with equal claims take turns
            self._waiting.pop(lane.name)
            if turn is None:  # all were cancelled and are about to count themselves out
                self._hungry.pop(lane.name, None)
                continue
            lane.waiting -= 1
            if lane.waiting:
                self._waiting[lane.name] = lane
            self._give(lane)
            turn.set_result(None)

    def _give(self, lane: Lane) -> None:
        if lane.in_flight < lane.base:
            self._reserved -= 1
        lane.in_flight += 1
        self.free -= 1
        lane.pace.started()
        self._note(lane)

    def _next(self) -> Lane | None:
        """The waiting lane furthest below its share; failing that, one that may use what is left over."""
        now = self._clock()
        if self._stale:
            self._share(now)
        hungry = [lane for lane in self._hungry.values() if lane.pace.admits(lane.in_flight, now)]
        if hungry:
            return hungry[0] if len(hungry) == 1 else max(hungry, key=lambda lane: lane.base - lane.in_flight)
        if self.free <= self._reserved:
            return None
        level = self.total if self._level is None else self._level
        spare = [
            lane for lane in self._waiting.values() if lane.in_flight <= level and lane.pace.admits(lane.in_flight, now)
        ]
        return min(spare, key=lambda lane: lane.in_flight, default=None)

    def _share(self, now: float) -> None:
        self._stale = False
        lanes = list(self.lanes.values())
        wants = [lane.wants(now) for lane in lanes]
        self._level = water_fill(wants, self.total)
        self._reserved = 0
        for lane, want in zip(lanes, wants, strict=True):
            lane.base = want if self._level is None else min(want, self._level)
            self._reserved += max(0, lane.base - lane.in_flight)
            if lane.waiting and lane.in_flight < lane.base and lane.name in self._waiting:
                self._hungry[lane.name] = lane
            else:
                self._hungry.pop(lane.name, None)
