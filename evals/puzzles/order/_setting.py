"""What an ordering puzzle is told with: the form its two lists of settings share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles._words import row

Clue = list[Any]
"""Kind, items and counts or places, as `facts` hold them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One scene. `clues` holds the sentences of each kind of clue with slots x y z w, k (a count) and p (a place)."""

    kind: str
    names: tuple[str, ...]
    intros: tuple[str, ...]
    """Slots: n (a count), names (a list), first and last (place labels)."""
    clues: Mapping[str, tuple[str, ...]]
    asks: tuple[str, ...]
    form: str
    place: Callable[[int], str]
    """The label of place 0, 1, ... in a solution."""
    prep: str
    label: str = "{}"
    """How a solution cites a clue by its number or speaker."""
    shown: str = "{}"
    """How a solution speaks of an item."""
    verb: tuple[str, str] = ("", "")
    """What the speakers did: "leave", "left"."""


def liar_answer(lang: Lang, liars: Sequence[str], who: str) -> str:
    """The answer line's content of a puzzle about liars."""
    return row(lang, list(liars)) + ("；" if lang == "zh" else "; ") + who
