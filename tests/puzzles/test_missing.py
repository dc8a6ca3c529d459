"""The family `missing`: every kind stands the second solver, its checks and a reader's eye for text."""

from __future__ import annotations

import random

import pytest

from evals.puzzles._family import Lang
from evals.puzzles._missing import FAMILY, KINDS
from tests.puzzles.examining import LANGS
from tests.puzzles.worded import examine_family, examine_kinds, examine_sizes, examine_wording


def test_sixty_seeds_in_both_languages() -> None:
    """Answer, solver, checks, wrong answers and text hold, and no question comes twice."""
    examine_family(FAMILY)


@pytest.mark.slow
def test_every_kind_at_every_level() -> None:
    """The same for each kind, language and level."""
    examine_kinds(FAMILY, KINDS, seeds=6)


def test_size_grows_with_the_level() -> None:
    """Each kind has more to do at a higher level."""
    examine_sizes(KINDS)


@pytest.mark.parametrize("lang", LANGS)
def test_wording_varies(lang: Lang) -> None:
    """Two questions of one kind can differ in nearly all their words."""
    examine_wording(KINDS, lang)


def test_the_seed_decides() -> None:
    """The same generator state gives the same puzzle."""
    first, second = (FAMILY.make(random.Random(7), "zh", 4) for _ in range(2))
    assert first == second
