"""Runs async functions over many items: bounded, cancellable, and stopping in order on the first error."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Generic, Protocol, TypeVar

Item = TypeVar("Item")


class Closable(Protocol):
    """Something that can be told that no more will come."""

    def close(self) -> None:
        """End it."""
        ...


class Halt:
    """The first error of a run, shared by all its stages: once set, nobody takes another item."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self._feeds: list[Closable] = []

    @property
    def stopped(self) -> bool:
        """True once any stage has failed."""
        return self.error is not None

    def stop(self, error: Exception) -> None:
        """Remember the first error and wake whoever waits for work."""
        if self.error is None:
            self.error = error
        for feed in self._feeds:
            feed.close()

    def watch(self, feed: Closable) -> None:
        """Close this feed when the run halts."""
        self._feeds.append(feed)

    def raise_if_stopped(self) -> None:
        """Raise the first error, if there was one."""
        if self.error is not None:
            raise self.error


class Feed(Generic[Item]):
    """Items that become known while others are worked on; ends when it is closed and empty."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closed = False

    def put(self, item: Item) -> None:
        """Add one item; the longest waiting worker gets a turn."""
        self._items.append(item)
        self._wake(1)

    def close(self) -> None:
        """No more items will come."""
        self._closed = True
        self._wake(len(self._waiting))

    def __aiter__(self) -> AsyncIterator[Item]:
        return self

    async def __anext__(self) -> Item:
        while not self._items:
            if self._closed:
                raise StopAsyncIteration
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._wake(1)  # the turn was given to someone who is leaving: pass it on
                raise
        return self._items.popleft()

    def _wake(self, count: int) -> None:
        while count > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                count -= 1


async def for_each(
    items: Iterable[Item] | Feed[Item],
    work: Callable[[Item], Awaitable[None]],
    *,
    workers: int,
    halt: Halt,
    drained: Callable[[], None] = lambda: None,
) -> None:
    """Apply `work` to every item, at most `workers` at once; items are taken lazily and in order.

    An error of `work` stops the whole run through `halt`: no further item is taken anywhere, but items under way are
    finished (an answer that is being paid for is kept). Cancellation stops the items under way at once. `drained` is
    called when the last item has been taken, though the last ones may still be under way.
    """
    source = items if isinstance(items, Feed) else _Lazy(items)

    async def worker() -> None:
        while not halt.stopped:
            try:
                item = await anext(source)
            except StopAsyncIteration:
                drained()
                return
            try:
                await work(item)
            except Exception as error:  # noqa: BLE001 - handed to `halt`, raised when all stages have stopped
                halt.stop(error)

    async with asyncio.TaskGroup() as group:
        for _ in range(max(1, workers)):
            group.create_task(worker())


class _Lazy(Generic[Item]):
    """An iterable seen as an async iterator that never suspends, so that many workers can share it."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = iter(items)

    def __aiter__(self) -> AsyncIterator[Item]:
        return self

    async def __anext__(self) -> Item:
        for item in self._items:
            return item
        raise StopAsyncIteration
