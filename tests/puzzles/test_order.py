"""The family `order`: what is its own (what all promise: test_families.py)."""

from __future__ import annotations

import random
from functools import cache

import pytest

from evals.puzzles._family import Lang
from evals.puzzles.order import FAMILY
from tests.puzzles.examining import LANGS, faults, made, passes


@cache
def _kinds(lang: Lang) -> dict[str, int]:
    return {made(FAMILY, seed, lang, 1).facts["kind"]: seed for seed in range(40)}


@pytest.mark.parametrize("lang", LANGS)
def test_eight_kinds_occur(lang: Lang) -> None:
    """Lines, steps, round tables, desks, weights, claims, guesses and liars."""
    assert len(_kinds(lang)) == 8


@pytest.mark.parametrize("lang", LANGS)
def test_order_may_be_written_with_arrows_or_numbers(lang: Lang) -> None:
    """The check reads the order, whatever parts the names."""
    for kind, seed in _kinds(lang).items():
        puzzle = made(FAMILY, seed, lang, 1)
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


def test_a_ranking_may_take_seven_guesses() -> None:
    """However many guesses a draw needs, each has somebody who made it."""
    assert faults(FAMILY, "en", FAMILY.make(random.Random(304), "en", 4)) == []
