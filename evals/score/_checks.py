"""Pass rates of the checks, and where they contradict the judge. A failed check never changes a verdict."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evals.records import Plan, PlannedPair
from evals.stats import TOLERANCE, win_rate

LEVEL = 0.95
MOST_LISTED = 50
"""Contradictions that are named one by one; all of them are counted."""

CheckOutcome = tuple[str, str, str, int, bool | None, bool | None, str]
"""The checks of one answer: suite, prompt id, model, sample, strict, loose, and "ok" or why a reading is missing."""

PairScore = Callable[[int, int], float | None]
"""The judge's score of a pair's first side (pair number, prompt number), or None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """A model's checks on one prompt: the share of samples that pass, None when a sample was not checked."""

    strict: float | None
    loose: float | None
    why: str


def check_tables(
    plan: Plan,
    models: Sequence[str],
    pairs: Sequence[PlannedPair],
    numbers: Mapping[str, Mapping[str, int]],
    outcomes: Iterable[CheckOutcome],
    pair_score: PairScore,
) -> dict[str, Any] | None:
    """The part `checks` of scores.json, or None when no prompt of the plan carries a check.

    `numbers` gives each suite's prompts their place, as `pair_score` takes it. Where one answer is recorded twice the
    last record counts; records outside the plan are passed over. A pass rate is the mean over prompts of the share of
    samples whose checks all pass; its interval is the win rate's (`evals.stats.win_rate`).
    """
    if not any(suite.checked for suite in plan.suites):
        return None
    cells = _cells(plan, models, outcomes)
    suites = []
    for suite in plan.suites:
        checked = [(suite.name, prompt_id) for prompt_id in suite.checked]
        members: dict[str, list[tuple[str, str]]] = {}
        category_of = dict(zip(suite.prompt_ids, suite.categories, strict=True))
        for place in checked:
            members.setdefault(category_of[place[1]], []).append(place)
        suites.append(
            {
                "suite": suite.name,
                "prompts": len(checked),
                "models": _rates(models, checked, cells),
                "categories": [
                    {"category": category, "prompts": len(inside), "models": _rates(models, inside, cells)}
                    for category, inside in members.items()
                ],
            }
        )
    everything = [(suite.name, prompt_id) for suite in plan.suites for prompt_id in suite.checked]
    return {
        "prompts": len(everything),
        "models": _rates(models, everything, cells),
        "suites": suites,
        "contradictions": _contradictions(pairs, everything, cells, numbers, pair_score),
    }


def _cells(
    plan: Plan, models: Sequence[str], outcomes: Iterable[CheckOutcome]
) -> dict[tuple[str, str], dict[str, _Cell]]:
    """(suite, prompt) -> model -> what its checks came to."""
    known = {(suite.name, prompt_id) for suite in plan.suites for prompt_id in suite.checked}
    pool = set(models)
    found: dict[tuple[str, str, str], dict[int, tuple[bool | None, bool | None, str]]] = {}
    for suite, prompt_id, model, sample, strict, loose, why in outcomes:
        if (suite, prompt_id) in known and model in pool and 0 <= sample < plan.samples:
            found.setdefault((suite, prompt_id, model), {})[sample] = strict, loose, why
    cells: dict[tuple[str, str], dict[str, _Cell]] = {place: {} for place in known}
    for (suite, prompt_id, model), samples in found.items():
        reasons = [why for _, _, why in samples.values() if why != "ok"]
        cells[suite, prompt_id][model] = _Cell(
            strict=_share([strict for strict, _, _ in samples.values()], plan.samples),
            loose=_share([loose for _, loose, _ in samples.values()], plan.samples),
            why=reasons[0] if reasons else "ok" if len(samples) == plan.samples else "not_made",
        )
    return cells


def _share(values: Sequence[bool | None], samples: int) -> float | None:
    if len(values) < samples or None in values:
        return None
    return sum(bool(value) for value in values) / samples


def _rates(
    models: Sequence[str], places: Sequence[tuple[str, str]], cells: Mapping[tuple[str, str], Mapping[str, _Cell]]
) -> list[dict[str, Any]]:
    rates = []
    for model in models:
        row = [cells[place].get(model) for place in places]
        missing = Counter(
            "not_made" if cell is None else cell.why for cell in row if cell is None or cell.loose is None
        )
        loose = [cell.loose for cell in row if cell is not None and cell.loose is not None]
        rates.append(
            {
                "model": model,
                "strict": _interval([cell.strict for cell in row if cell is not None and cell.strict is not None]),
                "loose": _interval(loose),
                "checked": len(loose),
                "planned": len(places),
                "missing": dict(sorted(missing.items())),
            }
        )
    return rates


def _interval(shares: Sequence[float]) -> dict[str, Any] | None:
    return asdict(win_rate(shares, level=LEVEL)) if shares else None


def _contradictions(
    pairs: Sequence[PlannedPair],
    places: Sequence[tuple[str, str]],
    cells: Mapping[tuple[str, str], Mapping[str, _Cell]],
    numbers: Mapping[str, Mapping[str, int]],
    pair_score: PairScore,
) -> dict[str, Any]:
    """Where one answer passes more of its checks than the other and the judge prefers the other one.

    `compared`: pairs on prompts whose checks (loose) differ and that have a judge's score; `against`: those of them
    whose score goes the other way; `share`: the mean over prompts, with its interval.
    """
    listed: list[dict[str, Any]] = []
    against = compared = 0
    shares = []
    for suite, prompt_id in places:
        here = there = 0
        for number, pair in enumerate(pairs):
            first, second = cells[suite, prompt_id].get(pair.first), cells[suite, prompt_id].get(pair.second)
            score = pair_score(number, numbers[suite][prompt_id])
            if first is None or second is None or score is None or first.loose is None or second.loose is None:
                continue
            lead = first.loose - second.loose
            if abs(lead) <= TOLERANCE:
                continue
            here += 1
            if (score - 0.5) * math.copysign(1.0, lead) < -TOLERANCE:
                there += 1
                passed, failed = (pair.first, pair.second) if lead > 0 else (pair.second, pair.first)
                listed.append(
                    {
                        "suite": suite,
                        "prompt_id": prompt_id,
                        "passed": passed,
                        "failed": failed,
                        "score_of_passed": score if lead > 0 else 1.0 - score,
                    }
                )
        compared += here
        against += there
        if here:
            shares.append(there / here)
    return {
        "compared": compared,
        "against": against,
        "share": _interval(shares),
        "listed": sorted(listed, key=lambda entry: entry["score_of_passed"])[:MOST_LISTED],
    }
