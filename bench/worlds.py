"""Data with a known truth for `bench.coverage_table`: models that are compared, judges that like length."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ALIKE = 0.45
"""Chance that a prompt has its family's draw: two prompts of a family correlate by its square, 0.2."""
VERY_ALIKE = 0.6
"""Correlation 0.36: near the ends a few families often hold none that was lost together."""


@dataclass(frozen=True, kw_only=True)
class World:
    """Models of known strength (logits). `alike` is the chance that a prompt has its family's draw, or a repeat its
    prompt's; `families` gives each prompt's family."""

    strengths: tuple[float, ...]
    ties: float = 0.0
    families: tuple[int, ...] | None = None
    repeats: int = 1
    alike: float = 0.0

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Every two models."""
        return list(combinations(range(len(self.strengths)), 2))

    def rate(self, pair: tuple[int, int]) -> float:
        """The true win rate of a pair's first side."""
        gap = self.strengths[pair[0]] - self.strengths[pair[1]]
        return (1 - self.ties) / (1 + math.exp(-gap)) + self.ties / 2

    def play(self, source: np.random.Generator, n: int) -> Floats:
        """prompts x repeats x pairs: the first side's scores."""
        shape = (n, self.repeats, len(self.strengths))
        quality = source.gumbel(size=shape)
        if self.alike:
            unit = np.arange(n) if self.families is None else np.array(self.families)
            common = source.gumbel(size=(int(unit.max()) + 1, 1, shape[2]))[unit]
            quality = np.where(source.random(shape[:2])[..., None] < self.alike, common, quality)
        quality += np.array(self.strengths)
        first, second = np.array(self.pairs).T
        scores = (quality[..., first] > quality[..., second]).astype(float)
        return np.where(source.random(scores.shape) < self.ties, 0.5, scores)


def duel(rate: float, **settings: Any) -> World:
    """Two models of which the first wins this share of what is no tie."""
    return World(strengths=(math.log(rate / (1 - rate)), 0.0), **settings)


def equal_families(count: int, size: int) -> tuple[int, ...]:
    """`count` families of `size` prompts."""
    return tuple(np.repeat(np.arange(count), size).tolist())


def unequal_families(count: int) -> tuple[int, ...]:
    """Families of 1, 2, 3, ... 8 prompts, again and again."""
    return tuple(np.repeat(np.arange(count), 1 + np.arange(count) % 8).tolist())


@dataclass(frozen=True)
class Lengths:
    """A judge that prefers length: score logit = level + slope·tanh(difference / its deviation)."""

    rate: float
    slope: float
    ties: float

    def draw(self, source: np.random.Generator, n: int) -> tuple[Floats, Floats]:
        """Expected scores and length differences, which are skewed: answers that ramble are long."""
        gaps = source.lognormal(0, 1, size=n) - 1
        deviation = math.sqrt((math.e - 1) * math.e)
        level = math.log(self.rate / (1 - self.rate))
        return 1 / (1 + np.exp(-(level + self.slope * np.tanh(gaps / deviation)))), gaps
