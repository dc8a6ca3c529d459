"""The family `word`: what is its own (what all promise: test_families.py)."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from evals.puzzles.word import FAMILY
from evals.puzzles.word._chase import _rests
from tests.puzzles.examining import faults


@pytest.mark.parametrize(
    ("way", "rests"), [("100.2", 4), ("100", 3), ("99.8", 3), ("25.1", 1), ("25", 0), ("24.9", 0), ("0.5", 0)]
)
def test_rests_before_the_end_of_the_way(way: str, rests: int) -> None:
    """One after every full 25 km, the last stretch not counted when the way ends with it."""
    assert _rests(Fraction(way), 25) == rests


def test_a_rest_shortly_before_the_end_counts() -> None:
    """100.5 km back with a rest after every 25 km: four rests, as the second solver has it."""
    puzzle = FAMILY.kinds["chase"](random.Random(41), "en", 4)
    assert faults(FAMILY, "en", puzzle) == []
