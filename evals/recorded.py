"""What verdicts that were recorded elsewhere plan: who is compared with whom, by which judges, how often."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Literal

from evals.records import HUMAN_PREFIX, RULE_PREFIX, Judgment, PlannedPair, UsageError

MOST_SAMPLES = 1_000
"""Samples and repeats a recorded verdict may carry: the tables have a place for each up to the highest."""


def recorded_pairs(
    judgments: Sequence[Judgment], models: Sequence[str], *, baseline: str | None, files: Sequence[str]
) -> tuple[PlannedPair, ...]:
    """The pairs that were judged, each with its judges: people label and rules decide, but neither is a judge.

    Scores of one answer at a time make a pair of every two models (or each with the baseline) that a judge scored on
    one prompt. Raises UsageError, which names the files, when there is no pair.
    """
    judges: dict[tuple[str, str], dict[str, None]] = {}
    for first, second, judge in _couples(judgments, models, baseline):
        couple = (second, first) if (first, second) not in judges and (second, first) in judges else (first, second)
        names = judges.setdefault(couple, {})
        if not judge.startswith(RULE_PREFIX):
            names[judge] = None
    if not judges:
        raise UsageError(
            f"{', '.join(files)}: no judge's verdict on two of the models {', '.join(models)}, nor its scores of both "
            "on one prompt; labels by people alone make no win rate"
        )
    return tuple(PlannedPair(first=a, second=b, judges=tuple(names)) for (a, b), names in judges.items())


def _couples(
    judgments: Sequence[Judgment], models: Sequence[str], baseline: str | None
) -> Iterator[tuple[str, str, str]]:
    """(model, model, judge) of each verdict, and of each two answers to a prompt that a judge scored one at a time."""
    scored: dict[tuple[str, str, str], dict[str, None]] = {}
    for judgment in judgments:
        if judgment.judge.startswith(HUMAN_PREFIX) or judgment.first not in models:
            continue
        if judgment.second is None:
            scored.setdefault((judgment.judge, judgment.suite, judgment.prompt_id), {})[judgment.first] = None
        elif judgment.second in models:
            yield judgment.first, judgment.second, judgment.judge
    for (judge, _, _), found in scored.items():
        for first, second in itertools.combinations([model for model in models if model in found], 2):
            if baseline is None or baseline in (first, second):
                yield first, second, judge


def are_scores(suite: str, judgments: Sequence[Judgment]) -> bool:
    """Whether the recorded verdicts on a suite are scores of one answer at a time."""
    kinds = {
        j.second is None for j in judgments if j.suite == suite and not j.judge.startswith((HUMAN_PREFIX, RULE_PREFIX))
    }
    if len(kinds) > 1:
        raise UsageError(
            f"--judgments: {suite} has both verdicts on two answers and scores of one; a table holds one kind, so name "
            "the files of one"
        )
    return kinds == {True}


def recorded_number(judgments: Sequence[Judgment], name: Literal["sample", "repeat"]) -> int:
    """How many samples or repeats the recorded verdicts speak of: one more than their highest number."""
    highest = max(getattr(judgment, name) for judgment in judgments)
    if highest >= MOST_SAMPLES:
        raise UsageError(
            f"--judgments: {name} {highest} is out of reach; they are numbered from 0, below {MOST_SAMPLES}"
        )
    return int(highest) + 1
