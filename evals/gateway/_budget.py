"""Money: no call is sent unless its worst case still fits under the cap."""

from __future__ import annotations

import asyncio
from collections import deque
from decimal import Decimal

from evals.records import IncompleteError, format_money


class BudgetExceeded(IncompleteError):  # noqa: N818 - the name callers know; it is an orderly stop, not a fault
    """The next call might pass the cap, and no call in flight can free any room. Nothing was sent."""


class Budget:
    """A cap in US dollars over all calls of a run, those in flight counted at their worst case.

    Used on one event loop. `spent` may start above zero when a run is resumed.
    The worst case rests on `max_tokens`; a host that bills more than it was allowed can pass the cap by that excess.
    """

    def __init__(self, cap: Decimal, *, spent: Decimal = Decimal(0)) -> None:
        self.cap = cap
        self.spent = spent
        self.reserved = Decimal(0)
        self._holding = 0
        self._waiting: deque[tuple[Decimal, asyncio.Future[None]]] = deque()

    def try_reserve(self, amount: Decimal) -> bool:
        """Hold `amount` for a call about to be sent; False when it does not fit now."""
        if self.spent + self.reserved + amount > self.cap:
            return False
        self.reserved += amount
        self._holding += 1
        return True

    def settle(self, reserved: Decimal, actual: Decimal) -> None:
        """The call is over and cost `actual`; what was reserved beyond that is free again."""
        self.reserved -= reserved
        self.spent += actual
        self._holding -= 1
        self._wake()

    async def room(self, amount: Decimal) -> None:
        """Wait until a settlement may have made room for `amount`; raises BudgetExceeded when none can come."""
        if self._holding == 0:
            if self.spent + amount <= self.cap:
                return
            raise BudgetExceeded(
                f"budget of ${format_money(self.cap)}: ${format_money(self.spent)} is spent or cannot be ruled out, "
                f"and the next call may cost ${format_money(amount)}; raise --budget-usd and resume"
            )
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((amount, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._wake()  # the turn was given to someone who is leaving: pass it on
            raise

    def _wake(self) -> None:
        """Give a turn to those who fit, in order of arrival; to all once nothing is in flight, so that they raise."""
        free = self.cap - self.spent - self.reserved
        while self._waiting:
            amount, turn = self._waiting[0]
            if not turn.done():
                if self._holding > 0 and amount > free:
                    return
                free -= amount
                turn.set_result(None)
            self._waiting.popleft()
