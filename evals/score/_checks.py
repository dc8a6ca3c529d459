"""Pass rates of the checks, and where they contradict the judge."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evals.score._intervals import LEVEL
from evals.score._places import Places
from evals.stats import TOLERANCE, win_rate

MOST_LISTED = 50
"""Contradictions that are named one by one; all of them are counted."""

CheckOutcome = tuple[str, str, str, int, bool | None, bool | None, str]
"""The checks of one answer: suite, prompt id, model, sample, strict, loose, and "ok" or why a reading is missing."""

PairScore = Callable[[int, int], float | None]
"""The judges' score of a pair's first side (pair number, prompt number), None where they gave none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """A model's checks on one prompt: the share of samples that pass, None when a sample was not checked."""

    strict: float | None
    loose: float | None
    why: str


def check_tables(places: Places, outcomes: Iterable[CheckOutcome], pair_score: PairScore) -> dict[str, Any] | None:
    """The part `checks` of scores.json, or None when no prompt of the plan carries a check.

    Where one answer is recorded twice the last record counts; records outside the plan are passed over. A pass rate is
    the mean over prompts of the share of samples whose checks all pass; its interval is the win rate's
    (`evals.stats.win_rate`), families counted.
    """
    plan = places.plan
    if not any(suite.checked for suite in plan.suites):
        return None
    cells = _cells(places, outcomes)
    everything: list[int] = []
    suites = []
    for suite in plan.suites:
        checked = [places.prompt[suite.name][prompt_id] for prompt_id in suite.checked]
        start = places.suites[suite.name].start
        members: dict[str, list[int]] = {}
        for prompt in checked:
            members.setdefault(suite.categories[prompt - start], []).append(prompt)
        suites.append(
            {
                "suite": suite.name,
                "prompts": len(checked),
                "models": _rates(places, checked, cells),
                "categories": [
                    {"category": category, "prompts": len(inside), "models": _rates(places, inside, cells)}
                    for category, inside in members.items()
                ],
            }
        )
        everything += checked
    return {
        "prompts": len(everything),
        "models": _rates(places, everything, cells),
        "suites": suites,
        "contradictions": _contradictions(places, everything, cells, pair_score),
    }


def _cells(places: Places, outcomes: Iterable[CheckOutcome]) -> dict[int, dict[str, _Cell]]:
    """Prompt -> model -> what its checks came to."""
    known = {(suite.name, prompt_id) for suite in places.plan.suites for prompt_id in suite.checked}
    samples = places.plan.samples
    found: dict[tuple[int, str], dict[int, tuple[bool | None, bool | None, str]]] = {}
    for suite, prompt_id, model, sample, strict, loose, why in outcomes:
        if (suite, prompt_id) in known and model in places.model and 0 <= sample < samples:
            place = places.prompt[suite][prompt_id], model
            found.setdefault(place, {})[sample] = strict, loose, why
    cells: dict[int, dict[str, _Cell]] = {places.prompt[suite][prompt_id]: {} for suite, prompt_id in known}
    for (prompt, model), read in found.items():
        reasons = [why for _, _, why in read.values() if why != "ok"]
        cells[prompt][model] = _Cell(
            strict=_share([strict for strict, _, _ in read.values()], samples),
            loose=_share([loose for _, loose, _ in read.values()], samples),
            why=reasons[0] if reasons else "ok" if len(read) == samples else "not_made",
        )
    return cells


def _share(values: Sequence[bool | None], samples: int) -> float | None:
    if len(values) < samples or None in values:
        return None
    return sum(bool(value) for value in values) / samples


def _rates(places: Places, prompts: Sequence[int], cells: Mapping[int, Mapping[str, _Cell]]) -> list[dict[str, Any]]:
    rates = []
    for model in places.models:
        end = places.plan.asked(model)
        row = [(prompt, cells[prompt].get(model)) for prompt in prompts if end is None or prompt < end]
        missing = Counter(
            "not_made" if cell is None else cell.why for _, cell in row if cell is None or cell.loose is None
        )
        strict = [(prompt, cell.strict) for prompt, cell in row if cell is not None and cell.strict is not None]
        loose = [(prompt, cell.loose) for prompt, cell in row if cell is not None and cell.loose is not None]
        rates.append(
            {
                "model": model,
                "strict": _interval(places, strict),
                "loose": _interval(places, loose),
                "checked": len(loose),
                "planned": len(row),
                "missing": dict(sorted(missing.items())),
            }
        )
    return rates


def _interval(places: Places, shares: Sequence[tuple[int, float]]) -> dict[str, Any] | None:
    if not shares:
        return None
    families = places.families([prompt for prompt, _ in shares])
    return asdict(win_rate([share for _, share in shares], level=LEVEL, families=families))


def _contradictions(
    places: Places, prompts: Sequence[int], cells: Mapping[int, Mapping[str, _Cell]], pair_score: PairScore
) -> dict[str, Any]:
    """Where one answer passes more of its checks than the other and the judge prefers the other one.

    `compared`: pairs on prompts whose checks (loose) differ and that have a judge's score; `against`: those of them
    whose score goes the other way; `share`: the mean over prompts, with its interval.
    """
    name_of = {number: (suite, name) for suite, ids in places.prompt.items() for name, number in ids.items()}
    listed: list[dict[str, Any]] = []
    against = compared = 0
    shares: list[tuple[int, float]] = []
    for prompt in prompts:
        here = there = 0
        for number, pair in enumerate(places.pairs):
            first, second = cells[prompt].get(pair.first), cells[prompt].get(pair.second)
            score = pair_score(number, prompt)
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
                        "suite": name_of[prompt][0],
                        "prompt_id": name_of[prompt][1],
                        "passed": passed,
                        "failed": failed,
                        "score_of_passed": score if lead > 0 else 1.0 - score,
                    }
                )
        compared += here
        against += there
        if here:
            shares.append((prompt, there / here))
    return {
        "compared": compared,
        "against": against,
        "share": _interval(places, shares),
        "listed": sorted(listed, key=lambda entry: entry["score_of_passed"])[:MOST_LISTED],
    }
