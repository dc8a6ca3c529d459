"""What a family of puzzles gives: a question with its answer, and a second way to find that answer.

`make` computes the answer while it writes the question; `solve` gets the bare facts and finds it again by another
algorithm, so that a slip in one of the two shows. Standard library only.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Lang = Literal["zh", "en"]


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
    facts: Mapping[str, Any]
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One kind of reasoning with many settings. `name` is the module's, `category` the suite's.

    `make(rng, lang, level)` with level 1..4 is deterministic in the state of `rng` and raises nothing.
    `solve(facts)` returns the answer in the same normal form as `Puzzle.answer`, by an algorithm that shares no code
    with `make` (brute force, constraint search, simulation).
    """

    name: str
    category: str
    make: Callable[[random.Random, Lang, int], Puzzle]
    solve: Callable[[Mapping[str, Any]], str]
