"""The family `grid`: what is its own (what all promise: test_families.py)."""

from __future__ import annotations

import pytest

from evals.puzzles._family import Lang
from evals.puzzles.grid import FAMILY
from tests.puzzles.examining import LANGS, made, passes


def _whole_grid(lang: Lang) -> tuple[int, list[list[str]]]:
    for seed in range(99):
        puzzle = made(FAMILY, seed, lang, 1)
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
def test_any_separators_will_do(lang: Lang, row: str, join: str) -> None:
    """The check reads the parts in order and does not mind what stands between them."""
    seed, rows = _whole_grid(lang)
    puzzle = made(FAMILY, seed, lang, 1)
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
