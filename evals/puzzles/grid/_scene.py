"""What a logic grid is told with: a scene in one language, and its clues as sentences."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles._words import capital, han, joined, times, word
from evals.puzzles.grid._axes import Axis

Clue = list[Any]
"""Kind, items ("10" is item 0 of category 1, "@2" the place 2) and numbers, as `facts` hold them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cat:
    """One category: what it is called in an answer, what it holds and how its items are spoken of.

    `short` names an item after a verb, `whole` the row it belongs to ("the lorry at dock A"), `listing` introduces it.
    """

    title: str
    items: tuple[str, ...]
    listing: str
    whole: str = "{}"
    short: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A setting. `ties` holds sentences that join two categories (key "01") or a category and its place ("0@").

    Chinese: a stem that 是 or 不是 completes. English: the positive and the negative sentence, parted by "|".
    `relations` holds the sentences about places by kind; a kind that is not there does not occur in this setting.
    """

    key: str
    prep: str
    axis: Axis
    label: Callable[[int], str]
    """What a place with this value is called: \"floor 3\"."""
    cats: tuple[Cat, ...]
    openings: tuple[str, ...]
    ties: Mapping[str, str]
    relations: Mapping[str, tuple[str, ...]]
    asks: tuple[str, ...]
    row: str
    place: str
    """What the places are called: the times, the floors."""
    by: str
    """How the rows of the answer are sorted: "by arrival, earliest first"."""
    unit: Callable[[int], str]
    """A difference of two values in words: "half an hour"."""


@dataclass(frozen=True, slots=True)
class Teller:
    """A scene with its drawn items; turns clues into sentences."""

    lang: Lang
    scene: Scene
    items: Sequence[Sequence[str]]
    labels: Sequence[str]
    values: Sequence[int]

    def whole(self, name: str) -> str:
        """The row an item stands for, as a noun phrase."""
        return self.scene.cats[int(name[0])].whole.format(self._item(name))

    def short(self, name: str) -> str:
        """The item after a verb; of a place its label."""
        return (
            self.labels[int(name[1:])]
            if name[0] == "@"
            else self.scene.cats[int(name[0])].short.format(self._item(name))
        )

    def clue(self, rng: random.Random, clue: Sequence[Any]) -> str:
        """The sentence of a clue, with its stop."""
        kind = clue[0]
        if kind in ("same", "differ", "either", "neither"):
            text = self._tie(kind, clue[1], clue[2:])
        elif kind == "if":
            text = self._conditional(rng, clue)
        elif kind == "one":
            text = self._one(rng, clue)
        else:
            text = self._relation(rng, clue)
        return text + "。" if self.lang == "zh" else capital(text) + "."

    # ------------------------------------------------------------------------------------------------ inside
    def _item(self, name: str) -> str:
        return self.items[int(name[0])][int(name[1:])]

    def _tie(self, kind: str, x: str, others: Sequence[str]) -> str:
        stem = self.scene.ties[x[0] + others[0][0]]
        shorts = [self.short(other) for other in others]
        if self.lang == "zh":
            forms = {"same": "是{0}", "differ": "不是{0}", "either": "不是{0}就是{1}", "neither": "既不是{0}也不是{1}"}
            return stem.format(x=self._item(x)) + forms[kind].format(*shorts)
        positive, _, negative = stem.partition("|")
        if kind == "differ":
            return negative.format(x=self.scene.cats[int(x[0])].short.format(self._item(x)), y=shorts[0])
        forms = {"same": "{0}", "either": "either {0} or {1}", "neither": "neither {0} nor {1}"}
        return positive.format(x=self.scene.cats[int(x[0])].short.format(self._item(x)), y=forms[kind].format(*shorts))

    def _conditional(self, rng: random.Random, clue: Sequence[Any]) -> str:
        premise, result = self._tie("same", *_split(clue[1:3])), self._tie("same", *_split(clue[3:5]))
        if self.lang == "zh":
            return rng.choice(("如果{0}，那么{1}", "若{0}，则{1}")).format(premise, result)
        return rng.choice(("if {0}, then {1}", "if {0}, {1}")).format(premise, result)

    def _one(self, rng: random.Random, clue: Sequence[Any]) -> str:
        first, second = self._tie("same", *_split(clue[1:3])), self._tie("same", *_split(clue[3:5]))
        if self.lang == "zh":
            frames = ("“{0}”和“{1}”，这两句话恰好一句对、一句错", "“{0}”与“{1}”两句话中，有且只有一句属实")
        else:
            frames = (
                'of these two statements, one is true and one is false: "{0}" and "{1}"',
                'exactly one of these two statements is true: "{0}"; "{1}"',
            )
        return rng.choice(frames).format(capital(first), capital(second))

    def _relation(self, rng: random.Random, clue: Sequence[Any]) -> str:
        names = [part for part in clue[1:] if isinstance(part, str)]
        number = next((part for part in clue[1:] if isinstance(part, int)), 0)
        slots = dict(zip("xyz", (self.whole(name) for name in names), strict=False))
        count = han(number) if self.lang == "zh" else word(number)
        text = rng.choice(self.scene.relations[clue[0]])
        if self.lang == "zh":
            return text.format(**slots, d=self.scene.unit(number), k=count)
        one = number == 1
        forms = {
            "s": "" if one else "s",
            "es": "" if one else "es",
            "ies": "y" if one else "ies",
            "v": "s" if one else "",
            "people": "person" if one else "people",
            "t": times(number),
        }
        return text.format(**slots, **forms, d=self.scene.unit(number), k=count)


def _split(pair: Sequence[str]) -> tuple[str, Sequence[str]]:
    return pair[0], (pair[1],)


def intro(rng: random.Random, teller: Teller) -> str:
    """The opening with all categories listed in an order that tells nothing."""
    scene, lang = teller.scene, teller.lang
    parts = []
    for cat, items in zip(scene.cats, teller.items, strict=False):
        shown = list(items)
        rng.shuffle(shown)
        parts.append(cat.listing.format(joined(lang, shown)))
    n = len(teller.labels)
    opening = rng.choice(scene.openings)
    labels = joined(lang, list(teller.labels))
    if lang == "zh":
        return opening.format(n=han(n), labels=labels) + "；".join(parts) + "。"
    return capital(opening.format(n=word(n), labels=labels)) + " " + " ".join(capital(part) + "." for part in parts)


def answer_of(lang: Lang, rows: Sequence[Sequence[str]]) -> str:
    """The answer line's content, row by row."""
    inner, outer = ("、", "；") if lang == "zh" else (", ", "; ")
    return (inner if len(rows[0]) == 1 else outer).join(inner.join(row) for row in rows)
