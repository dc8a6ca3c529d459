"""Families made of kinds: each kind makes and solves its own puzzles, the family draws one."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from evals.puzzles._ending import answer_line, ask_reasoning, numbered
from evals.puzzles._family import Family, Lang, Make, Puzzle, Solve
from evals.puzzles._words import finished


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
    """One kind of puzzle that is drafted first."""

    name: str
    make: Callable[[random.Random, Lang, int], Draft]
    solve: Solve


def family(name: str, makers: Mapping[str, Make], solvers: Mapping[str, Solve]) -> Family:
    """The family that draws one of the kinds with equal chances; their order is part of what a seed means."""
    kinds = list(makers)

    def make(rng: random.Random, lang: Lang, level: int) -> Puzzle:
        return makers[rng.choice(kinds)](rng, lang, level)

    def solve(facts: Mapping[str, Any]) -> str:
        return solvers[facts["kind"]](facts)

    return Family(name=name, make=make, solve=solve, kinds=makers)


def drafted(name: str, kinds: Sequence[Kind]) -> Family:
    """The family of kinds whose drafts all get the same final form."""
    return family(
        name, {kind.name: partial(_made, kind) for kind in kinds}, {kind.name: partial(_solved, kind) for kind in kinds}
    )


def _made(kind: Kind, rng: random.Random, lang: Lang, level: int) -> Puzzle:
    draft = kind.make(rng, lang, level)
    gap = "" if lang == "zh" else " "
    request = ask_reasoning(rng, lang, draft.form) + (gap + draft.note if draft.note else "")
    return Puzzle(
        question=finished(lang, f"{draft.body}\n{request}"),
        answer=finished(lang, draft.answer),
        solution=finished(lang, f"{numbered(draft.lines)}\n{answer_line(lang, draft.answer)}"),
        checks=draft.checks,
        facts={**draft.facts, "kind": kind.name, "lang": lang},
        size=draft.size,
    )


def _solved(kind: Kind, facts: Mapping[str, Any]) -> str:
    return finished(facts["lang"], kind.solve(facts))


def puzzle(
    lang: Lang,
    *,
    question: Sequence[str],
    steps: Sequence[str],
    answer: str,
    shown: str,
    checks: tuple[dict[str, Any], ...],
    facts: dict[str, Any],
    size: int,
) -> Puzzle:
    """A puzzle from its paragraphs and steps; `shown` is the answer as the last line of the solution writes it."""
    return Puzzle(
        question=finished(lang, "\n".join(question), signed=True),
        answer=answer,
        solution=finished(lang, "\n".join([*steps, answer_line(lang, shown)]), signed=True),
        checks=checks,
        facts=facts,
        size=size,
    )
