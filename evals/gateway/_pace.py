"""How fast one lane may go: what its replies tell about the host's limits and health. No sockets, no waiting here."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from evals.catalog import Limits
from evals.gateway._retry import RetryPolicy

_EARLY_S = 1e-6
"""Timers may fire this much before the time they were set for."""
_MEMORY = 1 / 32
"""Weight of the newest reply in the running share of halvings among replies."""
_HOT = 0.08
"""Share of halvings above which 429s are taken for a real limit rather than for stray ones: more than 1 in 20."""


class Rate:
    """So many units a minute, evenly spaced, with about one second's worth at once (a leaky bucket as a meter)."""

    def __init__(self, per_minute: int) -> None:
        self._unit_s = 60.0 / per_minute
        self._full_at = 0.0

    @property
    def ready_at(self) -> float:
        """The clock time from which the next call may start; at least one call may always follow a pause."""
        return self._full_at - max(0.0, 1.0 - self._unit_s)

    def take(self, units: float, now: float) -> None:
        """A call starts now and uses so many units."""
        self._full_at = max(self._full_at, now) + units * self._unit_s

    def correct(self, units: float) -> None:
        """A call turned out to use so many units more (or fewer) than was taken for it."""
        self._full_at += units * self._unit_s


class Pace:
    """The limit, the pauses and the health of one lane.

    Limit: additive increase, multiplicative decrease. A 429 halves what is in flight, once for all requests sent
    before the halving, and pauses the lane as long as the host says. Each answer raises the limit: fast (the lost half
    within 16 answers) while halvings are rare, by one per round trip while there is more than about one in 20 replies.

    Health: after `breaker_after` failures in a row the lane is *down*: one probe at a time, with growing pauses. The
    first answer ends that; without one it is given up after the policy's patience.
    """

    def __init__(
        self, *, limits: Limits, policy: RetryPolicy, concurrency: int, clock: Callable[[], float], random: Random
    ) -> None:
        self.changed: Callable[[], None] = lambda: None
        self.throttles = 0
        self.given_up: str | None = None
        self._policy = policy
        self._clock = clock
        self._random = random
        self._most = float(max(1, min(concurrency, limits.concurrency or concurrency)))
        self._window = self._most
        self._step = self._most / 32
        self._halved_at = float("-inf")
        self._heat = 0.0
        self._paused_until = 0.0
        self._rounds = 0
        self._throttled_since: float | None = None
        self._failures = 0
        self._refusals = 0
        self._probes = 0
        self._down_since: float | None = None
        self._answered = False
        self._reprobe_at = 0.0
        self._requests = Rate(limits.requests_per_minute) if limits.requests_per_minute else None
        self._tokens = Rate(limits.tokens_per_minute) if limits.tokens_per_minute else None
        self._guess: float | None = None
        self.rated = bool(self._requests or self._tokens)

    # ------------------------------------------------------------------------------------ what `Slots` asks
    @property
    def limit(self) -> int:
        """Requests this lane may have in flight at once."""
        return 1 if self._down_since is not None else max(1, int(self._window))

    @property
    def ready_at(self) -> float:
        """The clock time from which the lane may send."""
        if not self.rated:
            return self._paused_until
        times = [self._paused_until] + [rate.ready_at for rate in (self._requests, self._tokens) if rate]
        return max(times)

    def ready(self, now: float) -> bool:
        """True when no pause and no rate limit stands in the way."""
        return self.ready_at <= now + _EARLY_S

    def admits(self, in_flight: int, now: float) -> bool:
        """True when one more request may be sent now."""
        return in_flight < self.limit and self.ready(now)

    def started(self) -> None:
        """A request got its slot."""
        if self.rated:
            now = self._clock()
            if self._requests:
                self._requests.take(1, now)
            if self._tokens:
                self._tokens.take(self._guess or 0.0, now)

    # ------------------------------------------------------------------------------------ tokens a minute
    def expect(self, tokens: int) -> None:
        """A first guess of the tokens of a call, used until replies have told better."""
        if self._guess is None:
            self._guess = float(tokens)

    def used(self, tokens: int | None) -> None:
        """The tokens a call really used; unknown ones are left at the guess."""
        if self._tokens and tokens is not None and self._guess is not None:
            self._tokens.correct(tokens - self._guess)
            self._guess += (tokens - self._guess) / 8

    # ------------------------------------------------------------------------------------ what replies tell
    def answered(self) -> None:
        """A readable reply came that is not the host's failure: the lane is healthy and may go faster."""
        limit, ready_at = self.limit, self._paused_until
        if self._down_since is not None:
            self._down_since = None
            self._paused_until = self._clock()
        self._failures = self._refusals = self._rounds = 0
        self._throttled_since = None
        self._answered = True
        self._heat -= self._heat * _MEMORY
        if self._window < self._most:
            self._window = min(self._most, self._window + (1 / self._window if self._heat > _HOT else self._step))
        if limit != self.limit or ready_at != self._paused_until:
            self.changed()

    def throttled(self, *, sent_at: float, told: float | None, in_flight: int) -> None:
        """A 429 came (or a 503 that names a time): pause the lane and halve what it may have in flight.

        `told` is what the host asked for in seconds; `in_flight` counts the request that got this reply.
        """
        now = self._clock()
        self.throttles += 1
        if self._throttled_since is None:
            self._throttled_since = now
        if sent_at > self._halved_at:
            self._heat += (1 - self._heat) * _MEMORY
            self._halved_at = now
            self._rounds += 1
            used = min(self._window, float(max(1, in_flight)))
            self._step = max(0.5, used / 32)
            self._window = max(1.0, used / 2)
        wait = told or self._policy.longest_backoff(self._rounds) * self._random.uniform(0.5, 1.0)
        if wait > self._policy.retry_after_cap_s:
            self._window = 1.0
            wait = self._policy.retry_after_cap_s
        self._paused_until = max(self._paused_until, now + wait)
        if now - self._throttled_since >= self._policy.throttle_patience_s:
            self._give_up(f"throttled for {_span(now - self._throttled_since)}: nothing but HTTP 429")
        self.changed()

    def failed(self, reason: str, *, sent_at: float) -> bool:
        """A request failed on the way or at the host. True when it was a probe, which costs the call no attempt."""
        now = self._clock()
        self._failures += 1
        since = self._down_since
        if since is None:
            if self._failures >= self._policy.breaker_after:
                self._down_since, self._probes = now, 0
                self._pause_for_probe(now)
            return False
        if sent_at < since:
            return False
        self._probes += 1
        if now - since >= self._patience_s:
            self._give_up(f"given up: {self._failures} requests in a row failed, the last with: {reason}")
            self.changed()
        else:
            self._pause_for_probe(now)
        return True

    def refused(self, reason: str) -> None:
        """The host refused the key, the payment or the model's name."""
        self._refusals += 1
        self._failures = 0
        patience = self._policy.refused_after * (4 if self._answered else 1)
        if self._refusals >= patience:
            self._give_up(f"given up: the first {self._refusals} replies were refusals: {reason}", for_good=True)
            if self._answered:
                self.given_up = f"given up: {self._refusals} refusals in a row: {reason}"
            self.changed()

    @property
    def down(self) -> bool:
        """True while the lane is probed."""
        return self._down_since is not None

    def closed_for(self) -> str | None:
        """Why the lane takes no calls, or None. A lane that was given up opens again for one probe after a while."""
        if self.given_up is not None and self._clock() >= self._reprobe_at:
            self.given_up = None
            # no patience left: one more failure gives it up again
            self._down_since = self._clock() - self._policy.outage_patience_s
            self._throttled_since = None
            self._paused_until = 0.0
        return self.given_up

    def shut(self, reason: str) -> None:
        """Take no calls any more."""
        self._give_up(reason, for_good=True)

    @property
    def _patience_s(self) -> float:
        return self._policy.outage_patience_s / (1 if self._answered else 6)

    def _pause_for_probe(self, now: float) -> None:
        wait = self._policy.longest_backoff(self._probes + 1) * self._random.uniform(0.5, 1.0)
        self._paused_until = max(self._paused_until, now + wait)
        self.changed()

    def _give_up(self, reason: str, *, for_good: bool = False) -> None:
        self.given_up = reason
        self._reprobe_at = float("inf") if for_good else self._clock() + self._policy.reprobe_s


def _span(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.3g} s"
