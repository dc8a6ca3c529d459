"""Verdicts drawn at random with a known truth and known faults, for the tests of what is said of judges."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from evals.records import Judgment, Plan, PlannedPair, PlannedSuite
from evals.score._answers import AnswerStatus, Seen
from evals.score._each import Each
from evals.score._places import Places
from evals.score._verdicts import fold
from evals.stats import Folded


def plan_of(models: str, judges: tuple[str, ...], prompts: int, **changes: Any) -> Plan:
    """All pairs of one-letter models on prompts p0, p1, …"""
    suite = PlannedSuite(
        name="s",
        hash="h",
        definition="pairwise-en",
        prompt_ids=tuple(f"p{n}" for n in range(prompts)),
        categories=("",) * prompts,
    )
    pairs = tuple(PlannedPair(first=a, second=b, judges=judges) for a, b in combinations(models, 2))
    return Plan(suites=(suite,), models=tuple(models), pairs=pairs, **changes)


def said(prompt: int, first: str, second: str, share: float, judge: str = "J", **changes: Any) -> Judgment:
    """A verdict; `share` goes to the answer shown first."""
    return Judgment(
        **{
            "suite": "s",
            "prompt_id": f"p{prompt}",
            "judge": judge,
            "definition": "pairwise-en@1",
            "first": first,
            "second": second,
            "key": "k",
            "status": "ok",
            "preference": share,
            **changes,
        }
    )


def both(prompt: int, first: str, second: str, plain: float, turned: float, judge: str = "J") -> list[Judgment]:
    """Both orders; both shares are those of `first`."""
    return [said(prompt, first, second, plain, judge), said(prompt, second, first, 1.0 - turned, judge)]


Opinion = Callable[[random.Random, float, bool], float]
"""What a judge gives the first side, from the truth (1, 0 or 0.5) and whether that side is shown first."""


def right(share: float, *, first: float = 0.0) -> Opinion:
    """A judge that is right in this share of verdicts, and names the answer shown first in so many more at any rate."""

    def opinion(source: random.Random, truth: float, shown_first: bool) -> float:
        if source.random() < first:
            return float(shown_first)
        return truth if source.random() < share else 1.0 - truth

    return opinion


def panel(plan: Plan, opinions: dict[str, Opinion], *, truth: float = 0.6, seed: int = 0) -> list[Judgment]:
    """Every planned verdict of a run whose first side is better on this share of prompts."""
    source = random.Random(seed)
    found = []
    for pair in plan.pairs:
        for prompt in range(len(plan.suites[0].prompt_ids)):
            better = float(source.random() < truth)
            for judge in pair.judges:
                shares = [opinions[judge](source, better, shown_first) for shown_first in (True, False)]
                found += both(prompt, pair.first, pair.second, shares[0], shares[1], judge)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A run as the parts of the score see it."""

    each: Each
    folded: Folded
    seen: Seen


def tell(plan: Plan, judgments: Iterable[Judgment], answers: Iterable[AnswerStatus] = ()) -> Told:
    """Gather, fold and note the answers."""
    each, places = Each(plan), Places(plan)
    folded, ignored = fold(places, each.passing(judgments), [])
    assert not ignored
    return Told(each=each, folded=folded, seen=Seen(places, answers))
