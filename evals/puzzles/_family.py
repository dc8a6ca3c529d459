"""What a family of puzzles gives: a question with its answer, and a second way to find that answer.

`make` computes the answer while it writes the question; `solve` gets the bare facts and finds it again by another
algorithm, so that a slip in one of the two shows. Standard library only.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Lang = Literal["zh", "en"]
Facts = Mapping[str, Any]
"""Plain JSON values by name: all that a solver needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Puzzle:
    """One problem in one language.

    `question` is the user's whole message and says what form the last line of a reply takes. `solution` is a worked
    solution whose last line is the answer line; it passes `checks` strictly and loosely. `facts` are plain JSON values:
    all that a solver needs, never the answer. `size` counts operations or the search space; the level follows from it.
    """

    question: str
    answer: str
    solution: str
    checks: tuple[dict[str, Any], ...]
    facts: Facts
    size: int


Make = Callable[[random.Random, Lang, int], Puzzle]
"""Draws a puzzle of a language and a level 1..4; deterministic in the state of the generator, raises nothing."""
Solve = Callable[[Facts], str]
"""The answer of `facts` in the normal form of `Puzzle.answer`, by an algorithm that shares no code with `make`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One kind of reasoning with many settings; `name` is the category of its prompts.

    `kinds` makes puzzles of one kind alone, by the kind's name; empty where a family does not fall into such parts.
    """

    name: str
    make: Make
    solve: Solve
    kinds: Mapping[str, Make] = field(default_factory=dict)
