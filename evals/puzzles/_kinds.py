"""Families made of kinds: each kind makes and solves its own puzzles, the family draws one."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.puzzles._family import Family, Lang, Puzzle
from evals.puzzles._lines import answer_line, closing, finished, steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A puzzle before it is put into its final form.

    `form` stands behind the marker in the request for the last line; `facts` lack the kind and the language.
    """

    body: str
    form: str
    note: str = ""
    lines: Sequence[str]
    answer: str
    checks: tuple[dict[str, Any], ...]
    facts: Mapping[str, Any]
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of puzzle of a family."""

    name: str
    make: Callable[[random.Random, Lang, int], Draft]
    solve: Callable[[Mapping[str, Any]], str]


def family(name: str, kinds: Sequence[Kind]) -> Family:
    """The family that draws one of the kinds with equal chances."""
    table = {kind.name: kind for kind in kinds}

    def make(rng: random.Random, lang: Lang, level: int) -> Puzzle:
        kind = rng.choice(list(table.values()))
        draft = kind.make(rng, lang, level)
        gap = "" if lang == "zh" else " "
        request = closing(rng, lang, draft.form) + (gap + draft.note if draft.note else "")
        return Puzzle(
            question=finished(lang, f"{draft.body}\n{request}"),
            answer=finished(lang, draft.answer),
            solution=finished(lang, f"{steps(draft.lines)}\n{answer_line(lang, draft.answer)}"),
            checks=draft.checks,
            facts={**draft.facts, "kind": kind.name, "lang": lang},
            size=draft.size,
        )

    def solve(facts: Mapping[str, Any]) -> str:
        lang: Lang = facts["lang"]
        return finished(lang, table[facts["kind"]].solve(facts))

    return Family(name=name, category=name, make=make, solve=solve)
