"""The part `best` of scores.json: a run that looked after every prompt and stopped asking those who cannot be best.

What stopped a run decides what may be said of it: intervals are confidence sequences, which hold at every look, and
no test made for a number of prompts fixed beforehand is given.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from itertools import groupby
from typing import Any

from evals.records import Judgment, Plan
from evals.score._intervals import LEVEL, interval
from evals.score._places import Places
from evals.score._verdicts import fold
from evals.stats import BestArm, BestFound, Folded, confidence_sequence, prompt_means

_UNTESTED = ("p_value", "p_adjusted", "better", "mde", "n_to_settle", "length_controlled")
_UNRANKED = ("strength", "rank", "length_controlled", "top_share", "top_share_strict")


def best_so_far(plan: Plan, judgments: Iterable[Judgment]) -> BestFound:
    """What the verdicts so far say of which model is best. `plan.cap` must be set; order of records is nothing."""
    places = Places(plan)
    return replay(places, fold(places, judgments, [])[0])


def replay(places: Places, folded: Folded) -> BestFound:
    """Takes the prompts in the plan's order, as if they came one by one.

    A model's score on a prompt is that against the baseline, or the mean over the opponents still active; a baseline
    is what the others are measured with and cannot be named. Neighbours of one family count as one bet, and wait until
    the next family has begun.
    """
    plan = places.plan
    assert plan.cap is not None
    arms = BestArm([m for m in places.pool if m != plan.baseline], alpha=1.0 - LEVEL, cap=plan.cap)
    for prompts in _families(places):
        if arms.finished:
            break
        met = {*arms.active} if plan.baseline is None else {plan.baseline}
        arms.add(*(_row(places, folded, arms.active, met, prompt) for prompt in prompts))
    return arms.result(seed=plan.seed)


def _families(places: Places) -> list[list[int]]:
    """The prompts asked so far, those of one family together; without the last family while it may still grow."""
    family = places.family or range(places.prompts)
    found = [list(prompts) for _, prompts in groupby(range(places.prompts), key=family.__getitem__)]
    growing = places.family is not None and places.prompts < (places.plan.cap or 0)
    return found[:-1] if growing else found


def _row(places: Places, folded: Folded, models: Iterable[str], met: set[str], prompt: int) -> dict[str, float | None]:
    """Each model's mean score on a prompt against those it is to be measured with."""
    row: dict[str, float | None] = {}
    for model in models:
        scores = []
        for pair, is_first in places.of_model(model):
            names = places.pairs[pair]
            score = folded.score(pair, prompt)
            if score is not None and (names.second if is_first else names.first) in met:
                scores.append(score if is_first else 1.0 - score)
        row[model] = math.fsum(scores) / len(scores) if scores else None
    return row


def write_best(result: dict[str, Any], places: Places, folded: Folded) -> None:
    """Adds `best` and takes out what only a fixed number of prompts allows; nothing in a run that does not stop.

    `answers` and `pairs` count what was planned until the end, `…_of_fixed` what all models on all prompts take.
    """
    if places.plan.cap is None:
        return
    found = replay(places, folded)
    plan = places.plan
    asked = [places.prompts if (end := plan.asked(model)) is None else end for model in places.pool]
    result["best"] = {
        **asdict(found),
        "answers": sum(asked) * plan.samples,
        "answers_of_fixed": len(places.pool) * found.cap * plan.samples,
        "pairs": sum(folded.tally(number, range(places.prompts)).planned for number in range(len(places.pairs))),
        "pairs_of_fixed": len(places.pairs) * found.cap,
        "intervals": {model: interval(one) for model, one in found.intervals.items()},
    }
    for table in (result, *result["suites"]):
        for entry in table["models"]:
            entry["win_rate"] = result["best"]["intervals"].get(entry["model"])
            entry.update(dict.fromkeys(_UNRANKED))
        for number, entry in enumerate(table["pairs"]):
            tally = folded.tally(number, range(places.prompts))
            families = places.families(tally.prompts)
            scores = tally.scores if families is None else prompt_means(tally.scores, families)[0]
            entry["win_rate"] = interval(confidence_sequence(scores, level=LEVEL)) if scores else None
            entry.update(dict.fromkeys(_UNTESTED))
        table["ranking"] = table["separability"] = None
        table["top"] |= {"n": 0, "sum": None, "sum_strict": None}
        if "differences" in table:
            table["differences"] = []
        if "categories" in table:
            table["categories"] = []
