"""From a plan, the outcomes of the answers and the verdicts to `scores.json`.

The same inputs give the same bytes whatever their order: every sum is correctly rounded (`math.fsum`), every table
stands in the order of the plan, every number has ten significant digits. What was planned but not read is missing:
counted, bounded by its worst cases, never taken for a tie, a loss or nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

from evals.records import (
    RESPONSE_STATUSES,
    SCHEMA,
    Judgment,
    Plan,
    PlannedPair,
    content_hash,
)
from evals.score._alone import Scores
from evals.score._answers import NO_ANSWER, NOT_MADE, AnswerStatus, Seen
from evals.score._biases import Facts
from evals.score._checks import CheckOutcome, check_tables
from evals.score._controls import Opponent, choose_opponents, control_rows
from evals.score._each import Each
from evals.score._findings import add_findings
from evals.score._places import Places
from evals.score._verbosity import Verbosity
from evals.score._verdicts import fold
from evals.stats import (
    TOLERANCE,
    Difference,
    Folded,
    PairTally,
    SideScores,
    WinRate,
    paired_difference,
    smallest_gap,
    top_shares,
    win_rate,
    worst_case,
)

LEVEL = 0.95
POWER = 0.8
_UNEVEN = 0.02
"""Missing shares of two models further apart than this are warned about: the estimate may lean."""


def score(
    plan: Plan,
    statuses: Iterable[AnswerStatus],
    judgments: Iterable[Judgment],
    checks: Iterable[CheckOutcome] = (),
    facts: Facts | None = None,
) -> dict[str, Any]:
    """The content of `scores.json`, plain values only; the iterables are read once and may come in any order.

    Where one cell is recorded twice the last record counts. Control models are left out, and so are human labels, which
    correct the win rates beside them; records outside the plan are ignored and counted in a warning. Memory: a few
    bytes per planned verdict. Raises ValueError when the plan names a prompt, a model or a pair twice.
    """
    places = Places(plan)
    facts = facts or Facts()
    verbosity = Verbosity(facts.languages)
    seen = Seen(places, verbosity.passing(statuses))
    answers = seen.counts()
    controls: list[Judgment] = []
    scores = Scores(plan)
    each = Each(plan)
    folded, ignored = fold(places, each.passing(scores.passing(judgments)), controls)
    sides = [folded.side(places.of_model(model)) for model in places.models]
    table = _Table(places, folded, sides, range(places.prompts))
    totals = [sum((counts[n] for counts in answers), Counter[str]()) for n in range(len(places.models))]
    result: dict[str, Any] = {
        "schema": SCHEMA,
        "simulated": plan.simulated,
        "settings": {
            "level": LEVEL,
            "power": POWER,
            "comparisons": len(places.pairs),
            "tolerance": TOLERANCE,
            **{name: getattr(plan, name) for name in ("baseline", "orders", "samples", "repeats", "seed")},
        },
        "suites": [_suite(places, folded, sides, counts, number) for number, counts in enumerate(answers)],
        "models": table.models(totals),
        "pairs": table.pairs(),
        **({"differences": table.differences()} if plan.baseline is not None else {}),
        "top": table.top(),
        "separability": table.separability(),
        "checks": check_tables(plan, places.models, places.pairs, places.prompt, checks, folded.score),
        "coverage": _coverage(plan, table, folded),
        "controls": control_rows(_opponents(places, sides, seen), controls) if plan.controls else [],
    }
    scores.write(result)
    add_findings(result, each, folded, seen.length, verbosity, facts)
    result["publishable"] = _publishable(plan, result)
    result["warnings"] = _warnings(plan, result, ignored)
    rounded: dict[str, Any] = _rounded(result)
    return rounded


# ------------------------------------------------------------------------------------------- controls
def _opponents(places: Places, sides: Sequence[SideScores], seen: Seen) -> list[Opponent]:
    """Whom the control answers stand against."""

    def weakest(suite: str, prompt_id: str) -> str | None:
        prompt = places.prompt[suite][prompt_id]
        scored = [
            (side.mean(prompt), number)
            for number, side in enumerate(sides)
            if side.read[prompt] and seen.has_text(prompt, number)
        ]
        return places.models[min(scored)[1]] if scored else None

    return choose_opponents(places.plan, weakest)


def control_opponents(plan: Plan, statuses: Iterable[AnswerStatus], judgments: Iterable[Judgment]) -> list[Opponent]:
    """Whom the control answers are to be put up against, once everything else is judged; as `score` will count them."""
    if not plan.controls:
        return []
    places = Places(plan)
    seen = Seen(places, statuses)
    folded, _ = fold(places, judgments, [])
    return _opponents(places, [folded.side(places.of_model(model)) for model in places.models], seen)


# ------------------------------------------------------------------------------------------- tables
class _Table:
    """The folded scores over some prompts: all of them, one suite's or one category's."""

    def __init__(
        self,
        places: Places,
        folded: Folded,
        sides: Sequence[SideScores],
        prompts: Sequence[int],
        *,
        topped: bool = True,
    ) -> None:
        self._places = places
        self._sides = sides
        self._folded = folded
        self._prompts = prompts
        self.tallies = [folded.tally(number, prompts) for number in range(len(places.pairs))]
        self._complete = folded.complete(prompts) if topped and places.pairs else []
        pool = [side for model, side in zip(places.models, sides, strict=True) if model in places.pool]
        self._tied: tuple[WinRate, ...] = ()
        self._strict: tuple[WinRate, ...] = ()
        if self._complete:
            self._tied, self._strict = top_shares(
                [[side.mean(prompt) for prompt in self._complete] for side in pool], level=LEVEL
            )

    def counts(self) -> list[dict[str, Any]]:
        """For each model its win rate and how its pair scores fell."""
        return [self._count(number) for number in range(len(self._places.models))]

    def models(self, answers: Sequence[Counter[str]]) -> list[dict[str, Any]]:
        """`models[]`; `answers` counts each model's answers by status."""
        tied = dict(zip(self._places.pool, self._tied, strict=False))
        strict = dict(zip(self._places.pool, self._strict, strict=False))
        return [
            {
                **entry,
                "win_rate_bounds": _bounds(
                    (side.totals[prompt], side.read[prompt], side.planned[prompt]) for prompt in self._prompts
                ),
                "top_share": _interval(tied.get(entry["model"])),
                "top_share_strict": _interval(strict.get(entry["model"])),
                "responses": {status: count[status] for status in (*RESPONSE_STATUSES, NOT_MADE)},
                "no_answer": count[NO_ANSWER],
            }
            for entry, side, count in zip(self.counts(), self._sides, answers, strict=True)
        ]

    def pairs(self) -> list[dict[str, Any]]:
        """`pairs[]`."""
        return [
            _pair(pair, tally, comparisons=len(self.tallies))
            for pair, tally in zip(self._places.pairs, self.tallies, strict=True)
        ]

    def top(self) -> dict[str, Any]:
        """What the top shares rest on (how near counts as equal, the pool of models, prompts), and what they add to."""
        return {
            "tolerance": TOLERANCE,
            "models": self._places.pool,
            "pool": content_hash(sorted(self._places.pool)),
            "n": len(self._complete),
            "sum": math.fsum(share.value for share in self._tied) if self._tied else None,
            "sum_strict": math.fsum(share.value for share in self._strict) if self._strict else None,
        }

    def separability(self) -> dict[str, int]:
        """How many pairs of models have win rates whose intervals do not overlap: what a suite can tell apart."""
        rates = [rate for entry in self.counts() if (rate := entry["win_rate"]) is not None]
        known = [(rate["low"], rate["high"]) for rate in rates if rate["low"] is not None]
        apart = sum(one[1] < two[0] or two[1] < one[0] for one, two in combinations(known, 2))
        return {"pairs": math.comb(len(known), 2), "apart": apart}

    def differences(self) -> list[dict[str, Any]]:
        """With a baseline: for every two other models the mean difference of their scores against it, paired."""
        plan = self._places.plan
        against = {
            model: self._folded.side([(place[0], not place[1])])
            for model in self._places.models
            if (place := self._places.pair.get((model, plan.baseline or ""))) is not None
        }
        entries = []
        for first, second in combinations(against, 2):
            ours, theirs = against[first], against[second]
            gaps = [
                ours.totals[prompt] - theirs.totals[prompt]
                for prompt in self._prompts
                if ours.read[prompt] and theirs.read[prompt]
            ]
            difference = paired_difference(gaps, level=LEVEL, seed=plan.seed) if gaps else None
            entries.append({"first": first, "second": second, "difference": _interval(difference)})
        return entries

    def _count(self, number: int) -> dict[str, Any]:
        model, side = self._places.models[number], self._sides[number]
        wins = ties = losses = planned = 0
        for pair, is_first in self._places.of_model(model):
            tally = self.tallies[pair]
            wins += tally.wins if is_first else tally.losses
            losses += tally.losses if is_first else tally.wins
            ties += tally.ties
            planned += tally.planned
        return {
            "model": model,
            "win_rate": _win_rate([side.mean(prompt) for prompt in self._prompts if side.read[prompt]]),
            "wins": wins,
            "ties": ties,
            "losses": losses,
            "judged": wins + ties + losses,
            "planned": planned,
        }


def _pair(pair: PlannedPair, tally: PairTally, *, comparisons: int) -> dict[str, Any]:
    scores = tally.scores
    missing = [(0.0, 0, 1)] * (tally.planned - len(scores))
    from_half = math.fsum((score - 0.5) ** 2 for score in scores) / len(scores) if scores else 0.0
    return {
        "first": pair.first,
        "second": pair.second,
        "judges": list(pair.judges),
        "win_rate": _win_rate(scores),
        "win_rate_bounds": _bounds([*((score, 1, 1) for score in scores), *missing]),
        "wins": tally.wins,
        "ties": tally.ties,
        "losses": tally.losses,
        "judged": len(scores),
        "planned": tally.planned,
        "flip_rate": tally.flipped / tally.compared if tally.compared else None,
        "flips": tally.flipped,
        "flips_of": tally.compared,
        "mde": smallest_gap(len(scores), variance=from_half, comparisons=comparisons, level=LEVEL, power=POWER),
    }


def _suite(
    places: Places, folded: Folded, sides: Sequence[SideScores], answers: Sequence[Counter[str]], number: int
) -> dict[str, Any]:
    """One entry of `suites[]`."""
    planned = places.plan.suites[number]
    prompts = places.suites[planned.name]
    table = _Table(places, folded, sides, prompts)
    models = table.models(answers)
    members: dict[str, list[int]] = {}
    for prompt, category in zip(prompts, planned.categories, strict=True):
        members.setdefault(category, []).append(prompt)
    return {
        "suite": planned.name,
        "hash": planned.hash,
        "definition": planned.definition,
        "prompts": len(prompts),
        "complete": not _short_of(places.plan, models),
        "models": models,
        "pairs": table.pairs(),
        **({"differences": table.differences()} if places.plan.baseline is not None else {}),
        "top": table.top(),
        "separability": table.separability(),
        "categories": [
            {
                "category": category,
                "prompts": len(inside),
                "models": _Table(places, folded, sides, inside, topped=False).counts(),
            }
            for category, inside in members.items()
        ],
    }


def _win_rate(scores: Sequence[float]) -> dict[str, Any] | None:
    return _interval(win_rate(scores, level=LEVEL)) if scores else None


def _interval(found: WinRate | Difference | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)


def _bounds(prompts: Iterable[tuple[float, int, int]]) -> dict[str, float] | None:
    found = worst_case(prompts)
    return None if found is None else {"low": found[0], "high": found[1]}


# ------------------------------------------------------------------------------------------- coverage
def _share(missing: int, planned: int) -> float | None:
    return missing / planned if planned else None


def _short_of(plan: Plan, models: Sequence[Mapping[str, Any]]) -> list[str]:
    """The models of which more than `plan.max_missing` of the planned scores are missing, or nothing was planned."""
    return [
        entry["model"]
        for entry in models
        if entry["planned"] - entry["judged"] > plan.max_missing * entry["planned"] + TOLERANCE
    ]


def _coverage(plan: Plan, table: _Table, folded: Folded) -> dict[str, Any]:
    models = table.counts()
    planned = sum(tally.planned for tally in table.tallies)
    judged = sum(len(tally.scores) for tally in table.tallies)
    compared = sum(tally.compared for tally in table.tallies)
    flipped = sum(tally.flipped for tally in table.tallies)
    return {
        "planned": planned,
        "judged": judged,
        "missing": planned - judged,
        "share": _share(planned - judged, planned),
        "by_model": {
            entry["model"]: {
                "planned": entry["planned"],
                "judged": entry["judged"],
                "missing": entry["planned"] - entry["judged"],
                "share": _share(entry["planned"] - entry["judged"], entry["planned"]),
            }
            for entry in models
        },
        "verdicts": folded.verdicts,
        "flip_rate": flipped / compared if compared else None,
        "flips": flipped,
        "flips_of": compared,
        "first_shown_share": folded.first_shown / folded.decisive if folded.decisive else None,
        "complete": planned > 0 and not _short_of(plan, models),
        "max_missing": plan.max_missing,
    }


def _publishable(plan: Plan, result: Mapping[str, Any]) -> dict[str, Any]:
    """Whether these scores may enter a catalog of measured ones as far as they can tell, and what stands against it."""
    red = [row["arm"] for row in result["controls"] if row["red"]]
    reasons = []
    if not result["coverage"]["complete"]:
        reasons.append("incomplete")
    if plan.simulated:
        reasons.append("simulated")
    if red:
        reasons.append(f"red controls: {', '.join(red)}")
    if not result["controls"] or any(
        row["judged"] < row["planned"] or not row["planned"] for row in result["controls"]
    ):
        reasons.append("controls not run" if not result["controls"] else "controls incomplete")
    return {"value": not reasons, "reasons": reasons}


def _warnings(plan: Plan, result: Mapping[str, Any], ignored: Mapping[str, int]) -> list[str]:
    coverage = result["coverage"]
    lines = [] if coverage["planned"] else ["no score was planned: there is nothing to rank"]
    for where, models in [("", result["models"]), *((s["suite"], s["models"]) for s in result["suites"])]:
        if where and len(result["suites"]) == 1:
            continue
        for entry in models:
            if entry["model"] in _short_of(plan, [entry]):
                missing = entry["planned"] - entry["judged"]
                lines.append(
                    f"{entry['model']}{f' in {where}' if where else ''}: {missing} of {entry['planned']} planned scores"
                    f" are missing ({missing / entry['planned']:.1%}; at most {plan.max_missing:.1%} may be)"
                )
    shares = {name: entry["share"] for name, entry in coverage["by_model"].items() if entry["share"] is not None}
    if shares and max(shares.values()) - min(shares.values()) > _UNEVEN + TOLERANCE:
        most, least = max(shares, key=shares.__getitem__), min(shares, key=shares.__getitem__)
        lines.append(
            f"{most} misses {shares[most]:.1%} of its scores and {least} {shares[least]:.1%}:"
            " the win rates may lean; read the worst-case bounds"
        )
    if ignored:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(ignored.items()))
        lines.append(f"{sum(ignored.values())} verdicts are not in the plan and were ignored: {reasons}")
    return lines


def _rounded(value: Any) -> Any:
    """Plain values with every float at ten significant digits, so that no platform's last bit shows in the bytes."""
    if isinstance(value, float):
        return float(f"{value:.10g}") + 0.0  # + 0.0: no negative zero
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    return [_rounded(entry) for entry in value] if isinstance(value, list | tuple) else value
