"""What every generated puzzle has to stand: the second solver, its own checks, a wrong answer, clean text."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator

from evals.checks import check_answer
from evals.puzzles._family import Family, Lang, Puzzle
from evals.records import Prompt

LANGS: tuple[Lang, ...] = ("zh", "en")
SEEDS = range(60)
_LEVELS = (1, 3, 2, 4, 1, 2)
_FULL_WIDTH = re.compile(r"[，。；：？！、（）“”‘’＋－×÷＝]")
_HALF_BETWEEN = re.compile(r"[\u4e00-\u9fff][,;:?!][\u4e00-\u9fff]")


def made(family: Family, seed: int, lang: Lang, level: int) -> Puzzle:
    """The puzzle of one seed."""
    return family.make(random.Random(f"{family.name}-{seed}-{lang}"), lang, level)


def rotation(family: Family) -> Iterator[tuple[int, Lang, int, Puzzle]]:
    """Sixty seeds in both languages; the levels take turns, the dear ones less often (the slow tests take them all)."""
    for seed in SEEDS:
        for lang in LANGS:
            level = _LEVELS[(seed + (lang == "en")) % len(_LEVELS)]
            yield seed, lang, level, made(family, seed, lang, level)


def passes(puzzle: Puzzle, text: str) -> tuple[bool, bool]:
    """(strict, loose): whether all checks of the puzzle pass on a text."""
    prompt = Prompt(suite="x", id="x", messages=({"role": "user", "content": puzzle.question},), checks=puzzle.checks)
    results = check_answer(prompt, text)
    assert results
    assert all(result.status == "ok" for result in results), [result.detail for result in results]
    return all(bool(result.strict) for result in results), all(bool(result.loose) for result in results)


def spoilt(answer: str) -> str:
    """The answer made wrong: the last number one higher, else the first two parts exchanged."""
    found = list(re.finditer(r"\d+", answer))
    if found:
        last = found[-1]
        return answer[: last.start()] + str(int(last[0]) + 1) + answer[last.end() :]
    parts = re.split(r"([、；;,] ?)", answer)
    if len(parts) > 2:
        parts[0], parts[2] = parts[2], parts[0]
        return "".join(parts)
    return answer[::-1] if answer != answer[::-1] else answer + "A"


def examine(family: Family, seed: int, lang: Lang, level: int, puzzle: Puzzle) -> None:
    """Everything that must hold for one puzzle."""
    where = (family.name, seed, lang, level)
    facts = json.loads(json.dumps(puzzle.facts, ensure_ascii=False))
    assert family.solve(facts) == puzzle.answer, where
    mark = "答案：" if lang == "zh" else "Answer: "
    assert puzzle.solution.split("\n")[-1] == mark + puzzle.answer, where
    assert len(puzzle.solution.split("\n")) >= 3, where
    assert passes(puzzle, puzzle.solution) == (True, True), where
    wrong = spoilt(puzzle.answer)
    assert passes(puzzle, puzzle.solution.rsplit("\n", 1)[0] + "\n" + mark + wrong) == (False, False), (*where, wrong)
    for text in (puzzle.question, puzzle.solution):
        assert not re.search(r"\S {2,}|[ \t]$", text, re.MULTILINE), where
        assert not re.search(r"[{}]|None|nan", text), where
        assert not (_HALF_BETWEEN if lang == "zh" else _FULL_WIDTH).search(text), where
    assert mark.strip() in puzzle.question, where


def examine_family(family: Family) -> None:
    """Sixty seeds x two languages, levels in turn; no question comes twice."""
    questions = set()
    for seed, lang, level, puzzle in rotation(family):
        examine(family, seed, lang, level, puzzle)
        questions.add(puzzle.question)
    assert len(questions) == len(SEEDS) * len(LANGS)


def examine_sizes(family: Family, seeds: int = 6) -> None:
    """The same seed gives a larger puzzle at a higher level."""
    for seed in range(seeds):
        sizes = [made(family, seed, "en", level).size for level in (1, 2, 3, 4)]
        assert sizes == sorted(sizes), (family.name, seed, sizes)
        assert sizes[0] < sizes[3], (family.name, seed, sizes)
