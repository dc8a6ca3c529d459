"""What the places of a logic grid may be: n ascending values, which a scene labels in its own language."""

from __future__ import annotations

import random
from collections.abc import Callable

Axis = Callable[[random.Random, int], list[int]]
"""Draws the values of n places (minutes, floors, pounds ...), ascending."""


def half_hours(rng: random.Random, n: int) -> list[int]:
    """Minutes after midnight, every half hour from some time between 6 and 7:30."""
    start = rng.choice((360, 390, 420, 450))
    return [start + 30 * k for k in range(n)]


def weekdays(rng: random.Random, n: int) -> list[int]:
    """Days in a row from Monday, 0, or where there is room from Tuesday."""
    start = 0 if n > 4 else rng.randrange(2)
    return list(range(start, start + n))


def counted_from(first: int) -> Axis:
    """The whole numbers from `first` on; nothing is drawn."""
    return lambda _rng, n: list(range(first, first + n))


def in_a_row(first: int, last: int) -> Axis:
    """Neighbouring whole numbers somewhere from `first` to `last`."""

    def draw(rng: random.Random, n: int) -> list[int]:
        start = rng.randint(first, last + 1 - n)
        return list(range(start, start + n))

    return draw


def multiples(bases: tuple[int, ...]) -> Axis:
    """Multiples of one of the bases, some of which are multiples of one another."""

    def draw(rng: random.Random, n: int) -> list[int]:
        base = rng.choice(bases)
        return [base * k for k in sorted(rng.sample((2, 3, 4, 5, 6, 8, 9, 10, 12), n))]

    return draw


def readings(rng: random.Random, n: int) -> list[int]:
    """Even numbers up to 30, some of which are multiples of one another."""
    return sorted(rng.sample((4, 6, 8, 10, 12, 16, 18, 20, 24, 30), n))
