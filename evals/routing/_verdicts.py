"""The verdicts of a run folder, folded as `scores.json` folds them: per prompt and pair the score of the first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from evals import store
from evals.records import CONTROL_PREFIX, HUMAN_PREFIX, RULE_PREFIX, Judgment, Plan
from evals.stats import VerdictTable


def pair_scores(folder: Path, plan: Plan) -> dict[tuple[str, str], dict[tuple[str, str], float]]:
    """(suite, prompt) -> (first, second) -> the judge's score of the first, folded as `scores.json` folds it."""
    pairs = [pair for pair in plan.pairs if not pair.first.startswith(CONTROL_PREFIX)]
    pairs = [pair for pair in pairs if not pair.second.startswith(CONTROL_PREFIX)]
    places = [(suite.name, prompt_id) for suite in plan.suites for prompt_id in suite.prompt_ids]
    prompt_of = {place: number for number, place in enumerate(places)}
    pair_of = {(pair.first, pair.second): (number, False) for number, pair in enumerate(pairs)}
    pair_of |= {(second, first): (number, True) for (first, second), (number, _) in list(pair_of.items())}
    table = VerdictTable(
        prompts=len(places),
        judges=[len(pair.judges) for pair in pairs],
        samples=plan.samples,
        repeats=plan.repeats,
        recorded=plan.orders == "recorded",
        weights=[[plan.weights.get(judge, 1.0) for judge in pair.judges] for pair in pairs],
    )
    for _, _, record in store.iter_records(folder / store.JUDGMENTS):
        _add(table, Judgment.from_json({**record, "explanation": ""}), plan, prompt_of, pair_of)
    folded = table.fold()
    found: dict[tuple[str, str], dict[tuple[str, str], float]] = {place: {} for place in places}
    for place, prompt in prompt_of.items():
        for number, pair in enumerate(pairs):
            score = folded.score(number, prompt)
            if score is not None:
                found[place][pair.first, pair.second] = score
                found[place][pair.second, pair.first] = 1.0 - score
    return found


def _add(
    table: VerdictTable,
    verdict: Judgment,
    plan: Plan,
    prompt_of: Mapping[tuple[str, str], int],
    pair_of: Mapping[tuple[str, str], tuple[int, bool]],
) -> None:
    prompt = prompt_of.get((verdict.suite, verdict.prompt_id))
    if prompt is not None and verdict.second is None:
        _rate(table, verdict, plan, prompt, pair_of)
        return
    found = pair_of.get((verdict.first, verdict.second or ""))
    if prompt is None or found is None or verdict.judge.startswith(HUMAN_PREFIX):
        return
    if not (0 <= verdict.sample < plan.samples and 0 <= verdict.repeat < plan.repeats):
        return
    pair, swapped = found
    value = math.nan if verdict.value is None else verdict.value
    judges = [
        planned.judges for planned in plan.pairs if {planned.first, planned.second} == {verdict.first, verdict.second}
    ]
    if verdict.judge.startswith(RULE_PREFIX):
        if 0.0 <= value <= 1.0:
            table.decide(prompt=prompt, pair=pair, sample=verdict.sample, swapped=swapped, value=value)
    elif judges and verdict.judge in judges[0]:
        table.add(
            prompt=prompt,
            pair=pair,
            judge=judges[0].index(verdict.judge),
            sample=verdict.sample,
            repeat=verdict.repeat,
            swapped=swapped,
            status=verdict.status,
            value=value,
        )


def _rate(
    table: VerdictTable,
    verdict: Judgment,
    plan: Plan,
    prompt: int,
    pair_of: Mapping[tuple[str, str], tuple[int, bool]],
) -> None:
    """A score of one answer stands in every pair its judge is planned for."""
    if not (0 <= verdict.sample < plan.samples and 0 <= verdict.repeat < plan.repeats):
        return
    for planned in plan.pairs:
        place = pair_of.get((planned.first, planned.second))
        if place is None or verdict.judge not in planned.judges or verdict.first not in (planned.first, planned.second):
            continue
        table.rate(
            prompt=prompt,
            pair=place[0],
            judge=planned.judges.index(verdict.judge),
            sample=verdict.sample,
            repeat=verdict.repeat,
            second=verdict.first == planned.second,
            status=verdict.status,
            score=math.nan if verdict.score is None else verdict.score,
        )
