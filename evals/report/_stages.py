"""What each stage of a run was to take, and what it took: calls and money."""

from __future__ import annotations

from evals.report._cells import Table
from evals.report._view import StageRow, View


def stage_table(view: View) -> Table:
    """One row per stage that had something to do; the planned cost is the likely one."""
    return Table(
        headers=("stage", "planned calls", "made", "planned cost $", "cost $"),
        align=("left", "right", "right", "right", "right"),
        rows=tuple(
            (row.stage, _planned(row), f"{row.calls:,}", row.planned_cost.short, row.cost.short) for row in view.stages
        ),
    )


def stage_sentence(view: View) -> str:
    """The same to follow the total: "; calls and cost made/planned: collect 80/80, $0.01/0.02; …", "" without calls."""
    asked = [row for row in view.stages if row.stage != "check"]
    if not any(row.calls for row in asked):
        return ""
    stages = [f"{row.stage} {row.calls:,}/{_planned(row)}, ${row.cost.short}/{row.planned_cost.short}" for row in asked]
    return f"; calls and cost made/planned: {'; '.join(stages)}"


def _planned(row: StageRow) -> str:
    return f"{'≤' if row.at_most else ''}{row.planned_calls:,}"
