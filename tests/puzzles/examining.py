"""What every generated puzzle has to stand: the second solver, its own checks, wrong answers, clean text.

Nothing here asserts: `faults` names what is wrong, and a test asserts that there is nothing to name.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator

from evals.checks import check_answer, validate_check
from evals.puzzles._family import Family, Lang, Puzzle
from evals.records import Prompt

LANGS: tuple[Lang, ...] = ("zh", "en")
SEEDS = range(60)
DEAR = ("grid", "order", "missing")
"""Families whose puzzles of levels 3 and 4 take long to make."""
WORDED = ("word", "calendar", "counting", "missing")
"""Families whose last line says more than the bare answer: a unit, a word of the language."""
_CJK = "\u4e00-\u9fff"
_STRAY = {
    "zh": re.compile(rf"[{_CJK}][,;:?!()]|[,;:?!()][{_CJK}]"),
    "en": re.compile(rf"[，。；：？！（）、＝＋－×÷“”‘’{_CJK}]"),
}
_UNFILLED = re.compile(r"[{}]|None|(?<![A-Za-z])nan|\bTrue\b|Fraction\(")
_UNTIDY = re.compile(r" {2,}|[ \t]$|\A\s|\s\Z", re.MULTILINE)


def mark(lang: Lang) -> str:
    """What an answer line starts with."""
    return "答案：" if lang == "zh" else "Answer: "


def made(family: Family, seed: int, lang: Lang, level: int) -> Puzzle:
    """The puzzle of one seed."""
    return family.make(random.Random(f"{family.name}-{seed}-{lang}"), lang, level)


def rotation(family: Family) -> Iterator[tuple[int, Lang, int, Puzzle]]:
    """Sixty seeds in both languages; the levels take turns, the dear ones less often (the slow tests take them all)."""
    levels = (1, 3, 2, 4, 1, 2) if family.name in DEAR else (1, 2, 3, 4)
    for seed in SEEDS:
        for lang in LANGS:
            level = levels[(seed + (lang == "en")) % len(levels)]
            yield seed, lang, level, made(family, seed, lang, level)


def passes(puzzle: Puzzle, text: str) -> tuple[bool, bool]:
    """(strict, loose): whether all checks of the puzzle pass on a text. Raises AssertionError if one cannot be run."""
    prompt = Prompt(suite="x", id="x", messages=({"role": "user", "content": puzzle.question},), checks=puzzle.checks)
    results = check_answer(prompt, text)
    assert results
    assert all(result.status == "ok" for result in results), [result.detail for result in results]
    return all(bool(result.strict) for result in results), all(bool(result.loose) for result in results)


def spoilt(answer: str) -> list[str]:
    """Wrong answers: the last number or every number one higher, else the first two parts exchanged; an evasion.

    A cent more may be a matter of rounding, so what is raised of an amount is its whole part.
    """
    found = list(re.finditer(r"(?<!\d\.)(?<!\d)\d+", answer))
    if found:
        last = found[-1]
        one = answer[: last.start()] + str(int(last[0]) + 1) + answer[last.end() :]
        return [one, re.sub(r"\d+", lambda number: str(int(number[0]) + 1), answer), "?"]
    parts = re.split(r"([、；;,] ?)", answer)
    if len(parts) > 2:
        parts[0], parts[2] = parts[2], parts[0]
        return ["".join(parts), "?"]
    return [answer[::-1] if answer != answer[::-1] else answer + "A", "?"]


def faults(family: Family, lang: Lang, puzzle: Puzzle) -> list[str]:
    """What is wrong with one puzzle; empty when everything holds that must hold."""
    facts = json.loads(json.dumps(puzzle.facts, ensure_ascii=False, allow_nan=False))
    *steps, last = puzzle.solution.split("\n")
    begun = last.startswith(mark(lang)) if family.name in WORDED else last == mark(lang) + puzzle.answer
    wrong = ["\n".join([*steps, mark(lang) + text]) for text in spoilt(puzzle.answer)]
    texts = (puzzle.question, puzzle.solution)
    holds = {
        "the second solver finds the same": family.solve(facts) == puzzle.answer,
        "the checks are in order": not any(validate_check(check) for check in puzzle.checks),
        "the solution ends with the answer line": begun,
        "the solution has two steps": len(steps) >= 2,
        "the solution passes": passes(puzzle, puzzle.solution) == (True, True),
        "wrong answers fail": all(passes(puzzle, text) == (False, False) for text in wrong),
        "the question asks for the answer line": mark(lang).strip() in puzzle.question,
        "spaces are in order": not any(_UNTIDY.search(text) for text in texts),
        "every slot is filled": not any(_UNFILLED.search(text) for text in texts),
        "the signs are those of the language": not any(_STRAY[lang].search(text) for text in texts),
    }
    return [promise for promise, kept in holds.items() if not kept]
