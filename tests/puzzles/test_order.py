"""The family `order`: every puzzle stands the second solver, its checks and a reader's eye for text."""

from __future__ import annotations

import random
from functools import cache

import pytest

from evals.puzzles._order import FAMILY
from tests.puzzles.examining import LANGS, SEEDS, examine, examine_family, examine_sizes, made, passes


def test_sixty_seeds_in_both_languages() -> None:
    """Answer, solver, checks, wrong answers and text hold, and no question comes twice."""
    examine_family(FAMILY)


@pytest.mark.slow
@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_every_seed_at_every_level(level: int) -> None:
    """The same for each level, with fewer seeds where a puzzle takes long to make."""
    for seed in SEEDS[: 60 // level]:
        for lang in LANGS:
            examine(FAMILY, seed, lang, level, made(FAMILY, seed, lang, level))


def test_size_grows_with_the_level() -> None:
    """The search space of a seed does not shrink from level to level."""
    examine_sizes(FAMILY, seeds=2)


def test_the_seed_decides() -> None:
    """The same generator state gives the same puzzle."""
    first, second = (FAMILY.make(random.Random(5), "zh", 2) for _ in range(2))
    assert first == second


@cache
def _kinds(lang: str) -> dict[str, int]:
    return {made(FAMILY, seed, lang, 1).facts["kind"]: seed for seed in range(40)}  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", LANGS)
def test_eight_kinds_occur(lang: str) -> None:
    """Lines, steps, round tables, desks, weights, claims, guesses and liars."""
    assert len(_kinds(lang)) == 8


@pytest.mark.parametrize("lang", LANGS)
def test_order_may_be_written_with_arrows_or_numbers(lang: str) -> None:
    """The check reads the order, whatever parts the names."""
    for kind, seed in _kinds(lang).items():
        puzzle = made(FAMILY, seed, lang, 1)  # type: ignore[arg-type]
        if kind == "liars":
            continue
        names = puzzle.answer.split("、" if lang == "zh" else ", ")
        mark = "答案：" if lang == "zh" else "Answer: "
        assert passes(puzzle, mark + "→".join(names))[1]
        assert passes(puzzle, mark + " ".join(f"{k}. {name}" for k, name in enumerate(names, 1)))[1]
        assert not passes(puzzle, mark + "→".join(names[::-1]))[1]


@pytest.mark.parametrize("kind", ["line", "round", "desks", "steps"])
def test_no_clue_can_be_left_out(kind: str) -> None:
    """Without any one clue the second solver finds more than one order."""
    puzzle = made(FAMILY, _kinds("zh")[kind], "zh", 1)
    for at in range(len(puzzle.facts["clues"])):
        fewer = [clue for k, clue in enumerate(puzzle.facts["clues"]) if k != at]
        with pytest.raises(AssertionError, match="exactly one"):
            FAMILY.solve({**puzzle.facts, "clues": fewer})


def test_every_speaker_is_right_once() -> None:
    """Claims: each of the two sentences decides something, since leaving a speaker out or not changes the facts."""
    puzzle = made(FAMILY, _kinds("en")["claims"], "en", 1)
    assert sorted(clue[1] for clue in puzzle.facts["clues"]) == [str(k) for k in range(4)]
    assert all(len(clue) == 4 for clue in puzzle.facts["clues"])
