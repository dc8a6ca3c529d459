"""What leans the judge in the run itself: place, length, its own family, and how steady it is when asked again."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.score._each import Each
from evals.score._intervals import LEVEL
from evals.score._panel import rate
from evals.stats import TOLERANCE, Folded, paired_difference

Length = Callable[[int, int], float | None]
"""The length in characters of a model's answer (prompt number, model number), None when it is not known."""

BINS = ((0.0, 0.1), (0.1, 0.5), (0.5, math.inf))
"""How much longer the longer answer is, as a share of the shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the run knows besides its plan: the family of each model and judge, the language of each suite."""

    families: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)


def bias_table(each: Each, folded: Folded, length: Length, facts: Facts) -> list[dict[str, Any]]:
    """`biases[]` of scores.json: {name, value, low, high, level, n, sentence}; the unit is the prompt.

    A bias that this run cannot show has value None, n 0 and a sentence that says why.
    """
    return [
        _flips(each),
        _first_shown(each),
        _length(each, folded, length),
        _self_preference(each, facts),
        _asked_again(each),
    ]


def _entry(name: str, found: Mapping[str, Any] | None, said: Callable[[str], str], why_not: str) -> dict[str, Any]:
    """`said` makes the sentence from "41.0 % (35.2 to 47.1)"."""
    if found is None:
        return {"name": name, "value": None, "low": None, "high": None, "level": LEVEL, "n": 0, "sentence": why_not}
    text = f"{100 * found['value']:.1f} %"
    if found["low"] is not None:
        text += f" ({100 * found['low']:.1f} to {100 * found['high']:.1f})"
    names = ("value", "low", "high", "level", "method", "n")
    return {"name": name, **{key: found[key] for key in names}, "sentence": said(text)}


# ------------------------------------------------------------------------------------------- place
def _flips(each: Each) -> dict[str, Any]:
    shares = {}
    for prompt in range(each.places.prompts):
        sides = [(_side(plain), _side(turned)) for plain, turned in _orders(each, prompt)]
        compared = [one * two for one, two in sides if (one, two) != (0, 0)]
        if compared:
            shares[prompt] = sum(product < 0 for product in compared) / len(compared)
    return _entry(
        "position-flips",
        rate(shares, each.places),
        lambda text: f"In {text} of the comparisons the judge names another winner when the order is swapped.",
        "No comparison was read in both orders, so flips cannot be seen.",
    )


def _first_shown(each: Each) -> dict[str, Any]:
    shares = {}
    for prompt in range(each.places.prompts):
        sides = [side for plain, turned in _orders(each, prompt) for side in (_side(plain), -_side(turned)) if side]
        if sides:
            shares[prompt] = sides.count(1) / len(sides)
    return _entry(
        "position-first-shown",
        rate(shares, each.places),
        lambda text: f"Where the judge names a winner, {text} of the time it is the answer shown first; 50 % is fair.",
        "No comparison was read in both orders, so a pull of the first place cannot be seen.",
    )


def _orders(each: Each, prompt: int) -> list[tuple[float, float]]:
    found = (each.orders(prompt, pair, slot) for pair, slots in enumerate(each.places.judge) for slot in slots.values())
    return [orders for orders in found if orders is not None]


def _side(share: float) -> int:
    return 0 if abs(share - 0.5) <= TOLERANCE else 1 if share > 0.5 else -1


# ------------------------------------------------------------------------------------------- length
def _length(each: Each, folded: Folded, length: Length) -> dict[str, Any]:
    """The share of the wins that goes to the longer answer, over all and by how much longer it is."""
    places = each.places
    everything: dict[int, float] = {}
    bins: list[dict[int, float]] = [{} for _ in BINS]
    for prompt in range(places.prompts):
        here: list[tuple[float, float]] = []
        for number, pair in enumerate(places.pairs):
            score = folded.judged_score(number, prompt)
            ours, theirs = (length(prompt, places.model[name]) for name in (pair.first, pair.second))
            if score is None or not ours or not theirs or ours == theirs:
                continue
            here.append((max(ours, theirs) / min(ours, theirs) - 1.0, score if ours > theirs else 1.0 - score))
        if here:
            everything[prompt] = _mean([score for _, score in here])
        for (low, high), column in zip(BINS, bins, strict=True):
            inside = [score for gap, score in here if low < gap <= high]
            if inside:
                column[prompt] = _mean(inside)
    entry = _entry(
        "length",
        rate(everything, places),
        lambda text: (
            f"The longer answer wins {text}; a lean to length only where longer is not also better: compare "
            "the win rates at equal length."
        ),
        "The lengths of the answers are not known.",
    )
    by_gap = [
        {"longer_by": [low, None if math.isinf(high) else high], "win_rate": rate(column, places)}
        for (low, high), column in zip(BINS, bins, strict=True)
    ]
    return {**entry, "by_difference": by_gap}


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


# ------------------------------------------------------------------------------------------- own family
def _self_preference(each: Each, facts: Facts) -> dict[str, Any]:
    """How much more a judge gives a model of its own family than other judges of the same pair do, paired by prompt."""
    gaps = {}
    for prompt in range(each.places.prompts):
        here = []
        for pair, slots in enumerate(each.places.judge):
            planned = each.places.pairs[pair]
            sides = {judge: _own_side(judge, planned.first, planned.second, facts) for judge in slots}
            if not any(sides.values()):
                continue
            strangers = [
                score
                for judge, slot in slots.items()
                if sides[judge] is None and (score := each.own_score(prompt, pair, slot)) is not None
            ]
            for judge, side in sides.items():
                score = each.own_score(prompt, pair, slots[judge]) if side else None
                if side and strangers and score is not None:
                    here.append(side * (score - _mean(strangers)))
        if here:
            gaps[prompt] = _mean(here)
    families, seed = each.places.families([*gaps]), each.places.plan.seed
    found = paired_difference([*gaps.values()], level=LEVEL, seed=seed, families=families) if gaps else None
    return _entry(
        "self-preference",
        None
        if found is None
        else {key: getattr(found, key) for key in ("value", "low", "high", "level", "method", "n")},
        lambda text: (
            f"A judge gives a model of its own family {text} more of the win than judges of other families do."
        ),
        "No judge judged a model of its own family beside a judge of another, so there is nothing to estimate.",
    )


def _own_side(judge: str, first: str, second: str, facts: Facts) -> int | None:
    """1 or -1 for the side that is the judge's own, None for neither; 0 for both, which says nothing."""

    def own(model: str) -> bool:
        family = facts.families.get(judge)
        return judge == model or (family is not None and family == facts.families.get(model))

    sides = own(first), own(second)
    return None if sides == (False, False) else int(sides[0]) - int(sides[1])


# ------------------------------------------------------------------------------------------- asked again
def _asked_again(each: Each) -> dict[str, Any]:
    """How often the same question to the same judge comes to another winner, a tie being one of three outcomes."""
    found: dict[int, list[bool]] = {}
    for prompt, _, before, after in each.asked_again():
        found.setdefault(prompt, []).append(_side(before) != _side(after))
    return _entry(
        "re-run-noise",
        rate({prompt: _mean(changed) for prompt, changed in sorted(found.items())}, each.places),
        lambda text: f"Asked again in the same words, the judge changes its verdict in {text} of the cases.",
        "Nothing was judged twice (see --noise-check), so the noise of asking again is not known.",
    )
