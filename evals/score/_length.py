"""Win rates as they were had the answers been of one length, beside the raw ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evals.score._answers import Seen
from evals.score._intervals import LEVEL
from evals.score._places import Places
from evals.stats import PairTally, SideScores, length_controlled_rate


def pair_at_equal_length(places: Places, seen: Seen, number: int, tally: PairTally) -> dict[str, Any] | None:
    """A pair's `length_controlled`, over the prompts on which both wrote something; None where no length is known."""
    pair = places.pairs[number]
    first, second = places.model[pair.first], places.model[pair.second]
    scores, gaps, prompts = [], [], []
    for prompt, score in zip(tally.prompts, tally.scores, strict=True):
        ours, theirs = seen.length(prompt, first), seen.length(prompt, second)
        if ours is not None and theirs is not None:
            scores.append(score)
            gaps.append(ours - theirs)
            prompts.append(prompt)
    return _controlled(places, scores, gaps, prompts)


def model_at_equal_length(
    places: Places, seen: Seen, number: int, side: SideScores, prompts: Sequence[int]
) -> dict[str, Any] | None:
    """A model's `length_controlled`: its length on a prompt against the mean of its opponents'."""
    model = places.models[number]
    opponents = [
        places.model[places.pairs[pair].second if is_first else places.pairs[pair].first]
        for pair, is_first in places.of_model(model)
    ]
    scores, gaps, used = [], [], []
    for prompt in prompts:
        if not side.read[prompt]:
            continue
        own = seen.length(prompt, number)
        others = [length for one in opponents if (length := seen.length(prompt, one)) is not None]
        if own is not None and others:
            scores.append(side.mean(prompt))
            gaps.append(own - math.fsum(others) / len(others))
            used.append(prompt)
    return _controlled(places, scores, gaps, used)


def _controlled(places: Places, scores: list[float], gaps: list[float], prompts: list[int]) -> dict[str, Any] | None:
    if not scores:
        return None
    found = length_controlled_rate(scores, gaps, families=places.families(prompts), level=LEVEL, bootstraps=0)
    names = ("value", "low", "high", "level", "method", "n", "raw")
    return {**{name: getattr(found, name) for name in names}, "slope": asdict(found.slope)}
