"""Bounded concurrency, feeds, and stopping in order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from evals.engine import Feed, Halt, for_each


@pytest.mark.parametrize("workers", [1, 3, 50])
def test_every_item_once_and_never_more_at_once_than_allowed(workers: int) -> None:
    """All items are worked on exactly once, at most `workers` at a time."""
    seen: list[int] = []
    under_way = most = 0

    async def work(item: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        seen.append(item)

    asyncio.run(for_each(range(100), work, workers=workers, halt=Halt()))
    assert sorted(seen) == list(range(100))
    assert most == min(workers, 100)


def test_items_are_taken_lazily() -> None:
    """A million planned calls are not a million objects."""
    taken = 0

    def source() -> Iterator[int]:
        nonlocal taken
        for n in range(1_000_000):
            taken += 1
            yield n

    async def main() -> None:
        halt = Halt()

        async def work(item: int) -> None:
            if item == 10:
                raise ValueError("stop")

        await for_each(source(), work, workers=4, halt=halt)
        with pytest.raises(ValueError, match="stop"):
            halt.raise_if_stopped()

    asyncio.run(main())
    assert taken < 30


def test_error_lets_items_under_way_finish_and_stops_other_stages() -> None:
    """The first error ends all stages, but work that was being paid for is completed."""
    finished: list[str] = []

    async def main() -> None:
        halt, feed = Halt(), Feed[str]()
        halt.watch(feed)

        async def fail(item: int) -> None:
            await asyncio.sleep(0.01)
            if item == 0:
                raise RuntimeError("first")
            await asyncio.sleep(0.02)
            finished.append(f"call {item}")

        async def other(item: str) -> None:
            finished.append(item)

        async with asyncio.TaskGroup() as group:
            group.create_task(for_each(range(100), fail, workers=3, halt=halt))
            group.create_task(for_each(feed, other, workers=3, halt=halt))
        assert str(halt.error) == "first"

    asyncio.run(asyncio.wait_for(main(), 5))
    assert finished == ["call 1", "call 2"]


def test_feed_gives_each_item_once_and_ends_when_closed() -> None:
    """Items put before and while workers wait all arrive; closing ends the loop only after the last."""
    got: list[int] = []

    async def main() -> None:
        feed = Feed[int]()

        async def work(item: int) -> None:
            got.append(item)
            await asyncio.sleep(0)

        async def fill() -> None:
            for n in range(200):
                feed.put(n)
                if n % 7 == 0:
                    await asyncio.sleep(0)
            feed.close()

        async with asyncio.TaskGroup() as group:
            group.create_task(for_each(feed, work, workers=5, halt=Halt()))
            group.create_task(fill())

    asyncio.run(asyncio.wait_for(main(), 5))
    assert sorted(got) == list(range(200))


def test_a_cancelled_waiter_passes_its_turn_on() -> None:
    """An item handed to a worker that is being cancelled is not lost."""

    async def main() -> int:
        feed = Feed[int]()
        waiter = asyncio.create_task(anext(feed))  # type: ignore[arg-type]
        other = asyncio.create_task(anext(feed))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        feed.put(7)
        waiter.cancel()
        return await asyncio.wait_for(other, 5)

    assert asyncio.run(main()) == 7


def test_cancellation_stops_at_once() -> None:
    """Cancelling the caller cancels the items under way."""

    async def main() -> None:
        async def work(item: int) -> None:
            await asyncio.sleep(60)

        task = asyncio.create_task(for_each(range(10), work, workers=3, halt=Halt()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(main(), 5))
