"""Scores that judges gave one answer at a time: into the table of pair verdicts, and as a mean for each model."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Protocol

from evals.records import Judgment, Plan
from evals.stats import VerdictTable


class Stands(Protocol):
    """What is needed of the places of a plan."""

    plan: Plan
    judge: list[dict[str, int]]

    def of_model(self, model: str) -> list[tuple[int, bool]]:
        """The pairs a model stands in, and whether it is their first side."""
        ...


def enter_score(table: VerdictTable, places: Stands, record: Judgment, prompt: int) -> str:
    """Enters one answer's score into every pair its judge is planned for; says why it is ignored, else nothing."""
    if record.second is not None:
        return "of another kind of judge"
    if not (0 <= record.sample < places.plan.samples and 0 <= record.repeat < places.plan.repeats):
        return "of a sample or repeat"
    stands = [place for place in places.of_model(record.first) if record.judge in places.judge[place[0]]]
    for pair, is_first in stands:
        table.rate(
            prompt=prompt,
            pair=pair,
            judge=places.judge[pair][record.judge],
            sample=record.sample,
            repeat=record.repeat,
            second=not is_first,
            status=record.status,
            score=math.nan if record.score is None else record.score,
        )
    return "" if stands else "of a model or by a judge"


class Scores:
    """The mean scores of a run's models where judges gave scores; nothing where they compared pairs.

    A model's score on a prompt is the mean over judges, samples and repeats that were read; its mean is that over
    prompts.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._suites = {suite.name for suite in plan.suites if suite.alone}
        self._judged = {
            (name, judge) for pair in plan.pairs for name in (pair.first, pair.second) for judge in pair.judges
        }
        self._prompts = {(s.name, prompt_id) for s in plan.suites if s.alone for prompt_id in s.prompt_ids}
        self._found: dict[str, dict[tuple[str, str], dict[tuple[str, int, int], float]]] = {}

    def passing(self, judgments: Iterable[Judgment]) -> Iterator[Judgment]:
        """The same records, their scores noted on the way; of two for one place the later one counts."""
        for record in judgments:
            if record.second is None and self._is_planned(record):
                on_prompt = self._found.setdefault(record.first, {}).setdefault((record.suite, record.prompt_id), {})
                place = record.judge, record.sample, record.repeat
                on_prompt.pop(place, None)
                if record.status == "ok" and record.score is not None and math.isfinite(record.score):
                    on_prompt[place] = record.score
            yield record

    def write(self, result: Mapping[str, Any]) -> None:
        """Adds `scores{mean, n}` to the models of each such suite, and over all suites when they share a definition."""
        for entry in result["suites"]:
            if entry["suite"] in self._suites:
                self._add(entry["models"], {entry["suite"]})
        if len({suite.definition for suite in self._plan.suites}) == 1 and self._suites:
            self._add(result["models"], self._suites)

    def _is_planned(self, record: Judgment) -> bool:
        return (
            (record.suite, record.prompt_id) in self._prompts
            and (record.first, record.judge) in self._judged
            and 0 <= record.sample < self._plan.samples
            and 0 <= record.repeat < self._plan.repeats
        )

    def _add(self, models: Iterable[dict[str, Any]], suites: Collection[str]) -> None:
        for entry in models:
            found = self._found.get(entry["model"], {})
            means = [
                math.fsum(scores.values()) / len(scores)
                for (suite, _), scores in found.items()
                if suite in suites and scores
            ]
            entry["scores"] = {"mean": math.fsum(means) / len(means) if means else None, "n": len(means)}
