"""What a puzzle with a worded answer has to stand, kind by kind: second solver, checks, wrong answers, clean text."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from itertools import product

from evals.checks import validate_check
from evals.puzzles._family import Family, Lang, Puzzle
from evals.puzzles._suite import _grams
from tests.puzzles.examining import LANGS, SEEDS, passes

Kinds = Mapping[str, Callable[[random.Random, Lang, int], Puzzle]]
_CJK = "\u4e00-\u9fff"
_HALF = re.compile(rf"[{_CJK}][,;:?!()]|[,;:?!()][{_CJK}]")
_FULL = re.compile(rf"[，。；：？！（）、＝＋－×÷“”{_CJK}]")
_UNFILLED = re.compile(r"[{}]|\bNone\b|\bTrue\b|Fraction\(")


def examine(family: Family, lang: Lang, puzzle: Puzzle, where: tuple[object, ...]) -> None:
    """Everything that must hold for one puzzle."""
    facts = json.loads(json.dumps(puzzle.facts, ensure_ascii=False, allow_nan=False))
    assert family.solve(facts) == puzzle.answer, where
    assert not any(validate_check(check) for check in puzzle.checks), where
    assert passes(puzzle, puzzle.solution) == (True, True), where
    *steps, last = puzzle.solution.split("\n")
    mark = "答案：" if lang == "zh" else "Answer: "
    assert len(steps) >= 2, where
    assert last.startswith(mark), where
    assert mark.strip() in puzzle.question, where
    for wrong in _wrong(puzzle.answer):
        assert passes(puzzle, "\n".join([*steps, mark + wrong])) == (False, False), (*where, wrong)
    for text in (puzzle.question, puzzle.solution):
        assert "  " not in text, where
        assert not _UNFILLED.search(text), where
        assert not (_HALF if lang == "zh" else _FULL).search(text), where
        assert text == text.strip(), where


def _wrong(answer: str) -> list[str]:
    """Answers that are not right: every number in it one higher, and an evasion."""
    return [re.sub(r"\d+", lambda found: str(int(found[0]) + 1), answer), "?"] if re.search(r"\d", answer) else ["?"]


def examine_family(family: Family) -> None:
    """Sixty seeds in both languages, the levels in turn; nearly all questions differ."""
    questions = set()
    for seed, lang in product(SEEDS, LANGS):
        level = 1 + (seed + (lang == "en")) % 4
        puzzle = family.make(random.Random(f"{family.name} {seed} {lang}"), lang, level)
        examine(family, lang, puzzle, (family.name, seed, lang, level))
        questions.add(puzzle.question)
    assert len(questions) == len(SEEDS) * len(LANGS)


def examine_kinds(family: Family, kinds: Kinds, seeds: int) -> None:
    """Every kind in every language at every level."""
    for name, lang, level, seed in product(kinds, LANGS, (1, 2, 3, 4), range(seeds)):
        puzzle = kinds[name](random.Random(f"{name} {seed}"), lang, level)
        examine(family, lang, puzzle, (name, seed, lang, level))
        assert puzzle.facts["kind"] == name


def examine_sizes(kinds: Kinds, seeds: int = 5) -> None:
    """On average a kind grows from level to level."""
    for name, make in kinds.items():
        sizes = [
            sum(make(random.Random(f"{name} {seed}"), "en", level).size for seed in range(seeds))
            for level in (1, 2, 3, 4)
        ]
        assert sizes == sorted(set(sizes)), (name, sizes)


def examine_wording(kinds: Kinds, lang: Lang, seeds: int = 12) -> None:
    """A kind is not one mould: among a dozen seeds two questions have next to no run of words in common."""
    for name, make in kinds.items():
        grams = [_grams(make(random.Random(seed), lang, 3).question) for seed in range(seeds)]
        least = min(len(a & b) / min(len(a), len(b)) for i, a in enumerate(grams) for b in grams[:i])
        assert least < 0.3, (name, lang, least)
