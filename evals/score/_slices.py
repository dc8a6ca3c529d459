"""Categories of a suite, marked where a model stands out, and several suites in one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evals.score._intervals import LEVEL, POWER
from evals.score._table import Run, Table
from evals.stats import against_baseline, stratified


def category_tables(run: Run, members: Mapping[str, Sequence[int]]) -> list[dict[str, Any]]:
    """`categories[]` of a suite: each model's counts, and a `mark` where its win rate is surely not one half.

    `p_value` is that of the paired test of its scores against one half, `p_adjusted` Benjamini and Hochberg's over all
    categories and models of the suite: of the cells marked "above" or "below" on average at most 5 % are so by chance.
    `mde` is the distance from one half that so many prompts show, Bonferroni over all these cells.
    """
    places = run.places
    tables = {category: Table(run, prompts) for category, prompts in members.items()}
    columns: list[list[float]] = []
    families: list[list[int]] = []
    for prompts in members.values():
        for side in run.sides:
            read = [prompt for prompt in prompts if side.read[prompt]]
            columns.append([side.mean(prompt) - 0.5 for prompt in read])
            families.append(places.families(read) or [])
    found = iter(
        against_baseline(
            columns,
            families=None if places.family is None else families,
            level=LEVEL,
            power=POWER,
            adjustment="benjamini-hochberg",
            seed=places.plan.seed,
        )
    )
    marks = {"first": "above", "second": "below", None: None}
    return [
        {
            "category": category,
            "prompts": len(members[category]),
            "models": [
                {
                    **row,
                    "p_value": one.p_value,
                    "p_adjusted": one.p_adjusted,
                    "mark": marks[one.better],
                    "mde": one.smallest_gap,
                }
                for row, one in zip(table.counts(), found, strict=False)
            ],
        }
        for category, table in tables.items()
    ]


def write_total(result: dict[str, Any], run: Run) -> None:
    """Adds to a run of several suites `strata` (suite, weight) and each model's `stratified` win rate.

    Every suite weighs the same however many prompts it has; None for a model without a score in one of them.
    """
    suites = run.places.suites
    if len(suites) < 2:
        return
    result["strata"] = [{"suite": name, "weight": 1.0 / len(suites)} for name in suites]
    by_suite = [Table(run, prompts).rates for prompts in suites.values()]
    for entry, rates in zip(result["models"], zip(*by_suite, strict=True), strict=True):
        known = [rate for rate in rates if rate is not None]
        total = stratified(known) if len(known) == len(rates) else None
        names = ("value", "low", "high", "level", "method", "n")
        entry["stratified"] = None if total is None else {name: getattr(total, name) for name in names}
