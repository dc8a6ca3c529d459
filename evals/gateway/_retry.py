"""The one place that decides what is tried again, when, and how often."""

from __future__ import annotations

import email.utils
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Literal

Verdict = Literal["retry", "throttled", "refused", "final"]

_RETRIED = frozenset({408, 409, 425})
_REFUSED = frozenset({401, 402, 403, 404})
_WAIT_HEADERS = ("retry-after", "llm_provider-retry-after")
_WAIT_MS_HEADERS = ("retry-after-ms", "llm_provider-retry-after-ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Bounds on trying again. Times in seconds.

    A call is sent at most `max_attempts` times, not counting replies 429 (the lane waits, the call is not at fault)
    and probes of a host that is down. Before the n-th retry it waits a random time up to `base_s * 2**(n-1)`, at most
    `cap_s` ("full jitter"), and never less than the host asked for, up to `retry_after_cap_s`; a host that asks for
    more is probed one call at a time after that.

    Retries draw on a budget for the whole run. It starts at `budget_floor` (more at high concurrency, see
    `RetryBudget`) and earns `budget_share` retries for each answered call. Why 0.2 and not 0.1: when a tenth of all
    attempts fails, a call needs 0.1 + 0.01 = 0.11 retries on average, so at 0.1 the budget would run dry in every
    long run, and healthy calls would be lost. At 0.2 it grows: per attempt it loses 1 with probability 0.1, else gains
    0.2; the chance that such a walk ever falls by 50 is exp(-0.92 * 50) < 1e-19, by 25 it is 1e-10. The bound against
    storms does not rest on the share: a host that only fails earns nothing, so it costs the floor and the probes.

    `breaker_after` failures in a row on one lane stop it; it is then probed with one call at a time, and given up
    when nothing came back for `outage_patience_s` (a sixth of that when it has never answered). While it is probed no
    call loses an attempt. A lane given up fails its calls at once, and one call each `reprobe_s` tries it again.
    A lane that got nothing but 429 for `throttle_patience_s` is given up in the same way.
    A lane whose first `refused_after` replies are all 401, 402, 403 or 404 (four times as many once it has answered)
    is given up for good.
    """

    max_attempts: int = 3
    base_s: float = 0.5
    cap_s: float = 30.0
    retry_after_cap_s: float = 120.0
    budget_share: float = 0.2
    budget_floor: int = 50
    throttle_patience_s: float = 600.0
    breaker_after: int = 10
    outage_patience_s: float = 60.0
    reprobe_s: float = 30.0
    refused_after: int = 5

    def backoff(self, failures: int, random: Random) -> float:
        """Seconds to wait after the n-th failure in a row: uniform between 0 and the doubled base, capped."""
        return random.uniform(0.0, self.longest_backoff(failures))

    def longest_backoff(self, failures: int) -> float:
        """The upper end of `backoff`."""
        return min(self.cap_s, self.base_s * math.ldexp(1.0, min(max(failures, 1) - 1, 60)))


class RetryBudget:
    """Retries the run can still afford. Waits for a 429 and probes do not draw on it.

    Faults come back faster than answers, so a cold start with n calls in flight can need n/10 retries before the
    first answer has earned anything; the floor therefore rises to a quarter of the concurrency. Among several lanes
    none may draw more than half of the floor beyond what its own answers earned, or one bad model would spend
    everyone's retries.
    """

    def __init__(self, policy: RetryPolicy, *, concurrency: int, lanes: int) -> None:
        self._share = policy.budget_share
        self.floor = float(max(policy.budget_floor, concurrency // 4))
        self._most = 4 * self.floor
        self.left = self.floor
        self._start = self.floor / min(2, max(1, lanes))
        self._lanes: dict[str, float] = {}

    def earn(self, lane: str) -> None:
        """A call was answered."""
        self.left = min(self._most, self.left + self._share)
        self._lanes[lane] = min(self._most, self._lanes.get(lane, self._start) + self._share)

    def draw(self, lane: str) -> bool:
        """Take one retry; False when the run, or this lane, has none left."""
        own = self._lanes.get(lane, self._start)
        if self.left < 1 or own < 1:
            return False
        self.left -= 1
        self._lanes[lane] = own - 1
        return True


def judge_status(status: int) -> Verdict:
    """What an HTTP status means for the next try."""
    if status == 429:
        return "throttled"
    if status in _REFUSED:
        return "refused"
    if status in _RETRIED or status >= 500:
        return "retry"
    return "final"


def told_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds a host asks to wait, None when it says nothing that can be read; 0 for times past.

    Understood: seconds with or without a fraction, an HTTP date (measured against the reply's own `Date` when there
    is one, so that two clocks need not agree), milliseconds in `retry-after-ms`, and the names LiteLLM's proxy gives
    the headers of the host behind it. Of several the longest counts, so that nothing is sent too early.
    """
    waits = [_seconds(headers.get(name), headers, now) for name in _WAIT_HEADERS]
    waits += [_number(headers.get(name), 0.001) for name in _WAIT_MS_HEADERS]
    known = [wait for wait in waits if wait is not None]
    return max(0.0, *known) if known else None


def _seconds(value: str | None, headers: Mapping[str, str], now: datetime) -> float | None:
    if value is None:
        return None
    number = _number(value, 1.0)
    if number is not None:
        return number
    until = _date(value)
    if until is None:
        return None
    return (until - (_date(headers.get("date", "")) or now)).total_seconds()


def _number(value: str | None, unit: float) -> float | None:
    try:
        number = float(value or "") * unit
    except ValueError:
        return None
    return None if math.isnan(number) else number


def _date(value: str) -> datetime | None:
    try:
        parsed = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # "-0000" gives a naive time; HTTP dates are UTC
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
