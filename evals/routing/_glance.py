"""What one run says about routing, for its report: every model's figures, and whether routing would have paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evals.records import content_hash
from evals.routing._control import rounded, try_rule
from evals.routing._decide import Cell, Needs, in_order, standings
from evals.routing._evidence import Asked, Evidence
from evals.routing._prices import read_time
from evals.routing._rows import measured_row
from evals.stats import paired_difference

PRESET = "balanced"
_SAID = frozenset({"run", "judge", "valid_from", "valid_until", "trusted"})
_ENOUGH = 10
"""Prompts of a cell in one half below which the whole task decides."""


def glance(evidence: Evidence) -> dict[str, Any] | None:
    """A small catalog of the run alone, `offers` and `rows` (a row per task and model), and two rules. None without
    verdicts.

    An answer without checks counts as accepted here when it is no worse than that of the task's leading model.
    `rule` is the `RuleCheck` of routing by task and complexity with the balanced preset, `by_task` that of routing by
    task alone, plain values: each half of the prompts is routed by what the other half says (families of prompts stay
    together), so neither is flattered by its own choice. `complexity_adds` is the mean of rule minus by_task over the
    prompts, with its interval, and on how many prompts the two `differ`.
    """
    tasks: dict[Cell, list[Asked]] = {}
    for asked in evidence.asked:
        tasks.setdefault(Cell(task=asked.cell.task, image=asked.cell.image), []).append(asked)
    rows = [row for cell, prompts in tasks.items() for row in _rows(evidence, prompts, cell)]
    if not any(row["quality"] for row in rows):
        return None
    fine, coarse = _rule(evidence, by_task=False), _rule(evidence, by_task=True)
    checks = {name: try_rule(evidence, rule, chosen_here=False) for name, rule in (("rule", fine), ("by_task", coarse))}
    return {
        "offers": [dict(offer) for offer in evidence.offers],
        "rows": [_plain(row) for row in rows],
        **{name: None if check is None else check.to_json(evidence.run) for name, check in checks.items()},
        "complexity_adds": _difference(evidence, fine, coarse),
    }


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what is the same all over the run, or stands in its other files."""
    return {
        name: {key: value for key, value in part.items() if key not in _SAID} if isinstance(part, dict) else part
        for name, part in row.items()
        if name != "served_model"
    }


def _rows(evidence: Evidence, asked: Sequence[Asked], cell: Cell) -> list[dict[str, Any]]:
    def worth(model: str) -> float:
        found = [share for prompt in asked if (share := prompt.share(model)) is not None]
        return sum(found) / len(found) if found else 0.0

    leader = max(evidence.places, key=worth)
    return [measured_row(evidence, asked, cell, model, leader) for model in evidence.places]


def _difference(
    evidence: Evidence, fine: Callable[[Asked], str], coarse: Callable[[Asked], str]
) -> dict[str, Any] | None:
    """The mean of one rule's quality minus another's, paired by prompt, and on how many prompts they differ."""
    gains, families, differ = [], [], 0
    for asked in evidence.asked:
        models = fine(asked), coarse(asked)
        worths = asked.worth(models[0]), asked.worth(models[1])
        if worths[0] is not None and worths[1] is not None:
            gains.append(worths[0] - worths[1])
            families.append(asked.family)
            differ += models[0] != models[1]
    if len(gains) < 2:
        return None
    found = paired_difference(gains, families=families)
    return {
        "differ": differ,
        **{name: rounded(getattr(found, name)) for name in ("value", "low", "high")},
    }


def _rule(evidence: Evidence, *, by_task: bool) -> Callable[[Asked], str]:
    """Who answers a prompt by what the other half of the prompts says."""
    halves: tuple[list[Asked], list[Asked]] = ([], [])
    for asked in evidence.asked:
        halves[_half(asked)].append(asked)
    routes = [_routes(evidence, half) for half in halves]

    def rule(asked: Asked) -> str:
        others = routes[1 - _half(asked)]
        task = others.get(Cell(task=asked.cell.task, image=asked.cell.image), "")
        return task if by_task else others.get(asked.cell) or task

    return rule


def _half(asked: Asked) -> int:
    return int(content_hash(asked.family)[0], 16) % 2


def _routes(evidence: Evidence, half: Sequence[Asked]) -> Mapping[Cell, str]:
    """Who the preset takes in each cell, and in each task, on these prompts alone."""
    cells: dict[Cell, list[Asked]] = {}
    for asked in half:
        for cell in dict.fromkeys((asked.cell, Cell(task=asked.cell.task, image=asked.cell.image))):
            cells.setdefault(cell, []).append(asked)
    found = {}
    for cell, prompts in cells.items():
        if len(prompts) < _ENOUGH and cell.complexity != "any":
            continue
        data = {"offers": evidence.offers, "rows": _rows(evidence, prompts, cell)}
        order = in_order(standings(data, cell, Needs(), read_time(evidence.measured_at))[0], PRESET)
        if order:
            found[cell] = order[0].model
    return found
