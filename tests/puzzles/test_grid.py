"""The family `grid`: every puzzle stands the second solver, its checks and a reader's eye for text."""

from __future__ import annotations

import random

import pytest

from evals.puzzles._grid import FAMILY
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


def _whole_grid(lang: str) -> tuple[int, list[list[str]]]:
    for seed in range(99):
        puzzle = made(FAMILY, seed, lang, 1)  # type: ignore[arg-type]
        if len(puzzle.facts["asked"]) == 2:
            mark = "；" if lang == "zh" else "; "
            inner = "、" if lang == "zh" else ", "
            return seed, [part.split(inner) for part in puzzle.answer.split(mark)]
    raise AssertionError


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    ("row", "join"),
    [("{0} {1}", ", "), ("{0}，{1}", "；"), ("{0}/{1}", " | "), ("（{0}、{1}）", "，"), ("{0}-{1}", " -> ")],
)
def test_any_separators_will_do(lang: str, row: str, join: str) -> None:
    """The check reads the parts in order and does not mind what stands between them."""
    seed, rows = _whole_grid(lang)
    puzzle = made(FAMILY, seed, lang, 1)  # type: ignore[arg-type]
    mark = "答案：" if lang == "zh" else "Answer: "
    assert passes(puzzle, mark + join.join(row.format(*parts) for parts in rows))[1]
    numbered = join.join(f"{k} " + row.format(*parts) for k, parts in enumerate(rows, 1))
    assert passes(puzzle, mark + numbered)[1]
    assert not passes(puzzle, mark + join.join(row.format(*parts) for parts in rows[::-1]))[1]


def test_no_clue_can_be_left_out() -> None:
    """Without any one clue the second solver finds more than one solution."""
    puzzle = made(FAMILY, 3, "en", 2)
    for at in range(len(puzzle.facts["clues"])):
        fewer = [clue for k, clue in enumerate(puzzle.facts["clues"]) if k != at]
        with pytest.raises(AssertionError, match="exactly one"):
            FAMILY.solve({**puzzle.facts, "clues": fewer})


def test_hard_grids_give_no_place_away() -> None:
    """From level 3 on at most one clue ties two items outright, and none an item to its place."""
    for seed in range(6):
        clues = made(FAMILY, seed, "zh", 3).facts["clues"]
        same = [clue for clue in clues if clue[0] == "same"]
        assert len(same) <= 1
        assert not any(str(clue[2]).startswith("@") for clue in same)


def test_all_settings_occur_in_both_languages() -> None:
    """Eight settings a language, told by their own words."""
    for lang in LANGS:
        titles = {made(FAMILY, seed, lang, 1).question.split("\n")[0][:14] for seed in range(60)}
        assert len(titles) >= 16
