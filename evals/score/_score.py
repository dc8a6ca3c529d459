"""From a plan, the outcomes of the answers and the verdicts to `scores.json`.

The same inputs give the same bytes whatever their order: every sum is correctly rounded (`math.fsum`), every table
stands in the order of the plan, every number has ten significant digits. What was planned but not read is missing:
counted, bounded by its worst cases, never taken for a tie, a loss or nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evals.records import SCHEMA, Judgment, Plan
from evals.score._alone import Scores
from evals.score._answers import AnswerStatus, Seen
from evals.score._best import write_best
from evals.score._biases import Facts
from evals.score._checks import CheckOutcome, check_tables
from evals.score._controls import Opponent, choose_opponents, control_rows
from evals.score._each import Each
from evals.score._findings import add_findings
from evals.score._intervals import LEVEL, POWER, rounded
from evals.score._places import Places
from evals.score._slices import category_tables, write_total
from evals.score._table import Run, Table
from evals.score._verbosity import Verbosity
from evals.score._verdicts import fold
from evals.stats import TOLERANCE, Folded, SideScores

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
    run = Run(places=places, seen=seen, folded=folded, sides=sides)
    table = Table(run, range(places.prompts))
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
            "weights": {judge: plan.weights.get(judge, 1.0) for judge in _judges(places)} if plan.weights else None,
        },
        "suites": [_suite(run, counts, number) for number, counts in enumerate(answers)],
        "models": table.models(totals),
        **table.parts(),
        "checks": check_tables(places, checks, folded.judged_score),
        "coverage": _coverage(plan, table, folded),
        "controls": control_rows(_opponents(places, sides, seen), controls) if plan.controls else [],
    }
    write_total(result, run)
    write_best(result, places, folded)
    scores.write(result)
    add_findings(result, each, folded, seen.length, verbosity, facts)
    result["publishable"] = _publishable(plan, result)
    result["warnings"] = _warnings(plan, result, ignored)
    plain: dict[str, Any] = rounded(result)
    return plain


def _judges(places: Places) -> list[str]:
    return list(dict.fromkeys(judge for pair in places.pairs for judge in pair.judges))


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


# ------------------------------------------------------------------------------------------- suites
def _suite(run: Run, answers: Sequence[Counter[str]], number: int) -> dict[str, Any]:
    """One entry of `suites[]`."""
    plan = run.places.plan
    planned = plan.suites[number]
    prompts = run.places.suites[planned.name]
    table = Table(run, prompts)
    models = table.models(answers)
    members: dict[str, list[int]] = {}
    for prompt, category in zip(prompts, planned.categories, strict=True):
        members.setdefault(category, []).append(prompt)
    return {
        "suite": planned.name,
        "hash": planned.hash,
        "definition": planned.definition,
        "prompts": len(prompts),
        "complete": not _short_of(plan, models),
        "models": models,
        **table.parts(),
        "categories": category_tables(run, members),
    }


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


def _coverage(plan: Plan, table: Table, folded: Folded) -> dict[str, Any]:
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
        "by_checks": sum(tally.by_checks for tally in table.tallies),
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
    if plan.cap is not None:
        reasons.append("stopped early: it names the best model and measures no other")
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
