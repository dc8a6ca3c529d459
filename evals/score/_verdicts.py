"""Recorded verdicts to one score per prompt and pair."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from evals.records import CHECKS_JUDGE, HUMAN_PREFIX, RULE_PREFIX, Judgment, Plan, PlannedPair
from evals.score._alone import enter_score
from evals.score._places import Places, is_control
from evals.stats import Folded, VerdictTable


def fold(places: Places, judgments: Iterable[Judgment], controls: list[Judgment]) -> tuple[Folded, Counter[str]]:
    """The folded verdicts, and how many records were ignored for which reason; those on controls join `controls`."""
    plan = places.plan
    table = VerdictTable(
        prompts=places.prompts,
        judges=[len(pair.judges) for pair in places.pairs],
        samples=plan.samples,
        repeats=plan.repeats,
        recorded=plan.orders == "recorded",
        until=[_until(plan, pair) for pair in places.pairs],
        weights=[[plan.weights.get(judge, 1.0) for judge in pair.judges] for pair in places.pairs],
    )
    ignored: Counter[str] = Counter()
    alone = {suite.name: suite.alone for suite in plan.suites}
    for record in judgments:
        if is_control(record.first) or is_control(record.second):
            controls.append(record)
            continue
        if record.judge.startswith(HUMAN_PREFIX):
            continue
        prompt = places.prompt.get(record.suite, {}).get(record.prompt_id)
        found = places.pair.get((record.first, record.second or ""))
        if prompt is None:
            ignored["of a prompt"] += 1
        elif alone[record.suite] and not record.judge.startswith(RULE_PREFIX):
            if why := enter_score(table, places, record, prompt):
                ignored[why] += 1
        elif found is None:
            ignored["of a pair"] += 1
        elif not (0 <= record.sample < plan.samples and 0 <= record.repeat < plan.repeats):
            ignored["of a sample or repeat"] += 1
        else:
            pair, swapped = found
            value = math.nan if record.value is None else record.value
            judge = places.judge[pair].get(record.judge)
            if record.judge.startswith(RULE_PREFIX):
                if 0.0 <= value <= 1.0:
                    table.decide(
                        prompt=prompt,
                        pair=pair,
                        sample=record.sample,
                        swapped=swapped,
                        value=value,
                        by_checks=record.judge == CHECKS_JUDGE,
                    )
            elif judge is None:
                ignored["by a judge"] += 1
            else:
                table.add(
                    prompt=prompt,
                    pair=pair,
                    judge=judge,
                    sample=record.sample,
                    repeat=record.repeat,
                    swapped=swapped,
                    status=record.status,
                    value=value,
                )
    return table.fold(), ignored


def _until(plan: Plan, pair: PlannedPair) -> int | None:
    """How many prompts both models of a pair are asked; None for all."""
    ends = [end for model in (pair.first, pair.second) if (end := plan.asked(model)) is not None]
    return min(ends, default=None)
