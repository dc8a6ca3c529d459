"""pandas frames of a run's figures, and the CSV file made of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from evals.report._neutral import csv_cell
from evals.report._view import ModelRow, SuiteView, View

_COUNTS = ("n", "wins", "ties", "losses", "judged", "planned", "answers", "answers_not_ok")


def winrates(view: View) -> pd.DataFrame:
    """One row per suite and model, then one per model over all suites (`(all)`).

    Without full coverage the win rate, its interval and the top shares stay empty: what was judged and the bounds
    are all that may be read. Cost (USD) and latency (seconds) belong to the whole run, so they stand in the rows
    over all suites, and in those of a suite only when it is the only one.
    """
    suites = (*view.suites, view.overall)
    frame = pd.DataFrame([_row(view, suite, row) for suite in suites for row in suite.models], columns=list(_COLUMNS))
    return frame.astype(dict.fromkeys(_COUNTS, "Int64"))


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """UTF-8 CSV whose texts no spreadsheet runs as formulas; numbers stay numbers, unknown values stay empty."""
    safe = frame.rename(columns=csv_cell)
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = safe[column].map(lambda value: csv_cell(value) if isinstance(value, str) else value)
    text: str = safe.to_csv(index=False, lineterminator="\n")
    return text.encode()


def category_frame(suite: SuiteView) -> pd.DataFrame:
    """Win rates by category (rows, in file order) and model (columns, in the suite's order); NaN where unknown."""
    rows = [(cell.category, cell.model, cell.rate.value) for cell in suite.categories]
    frame = pd.DataFrame(rows, columns=["category", "model", "win_rate"]).astype({"win_rate": "float64"})
    wide = frame.pivot_table(
        index="category", columns="model", values="win_rate", sort=False, dropna=False, aggfunc="first"
    )
    models = [row.model for row in suite.models if row.model in wide.columns]
    return wide.reindex(index=list(dict.fromkeys(frame["category"])), columns=models)


def latency_frame(view: View) -> pd.DataFrame:
    """Calls, tokens, latency (seconds) and cost per model and role, candidates before judges."""
    return pd.DataFrame(
        [
            {
                "model": row.model,
                "role": row.role,
                "calls": row.calls,
                "attempts": row.attempts,
                "prompt_tokens": row.prompt_tokens,
                "completion_tokens": row.completion_tokens,
                "p50_s": row.latency.get("p50"),
                "p95_s": row.latency.get("p95"),
                "p99_s": row.latency.get("p99"),
                "cost_usd": str(replace(row.cost, invented=False)),
                "served": ", ".join(row.served),
            }
            for row in view.measured
        ],
        dtype=object,
    )


_COLUMNS = (
    *("suite", "model", "win_rate", "low", "high", "level", "method", "n", "wins", "ties", "losses"),
    *("judged", "planned", "bounds_low", "bounds_high", "top_share", "top_share_strict"),
    *("answers", "answers_not_ok", "cost_usd", "cost_note"),
    *("latency_p50_s", "latency_p95_s", "latency_p99_s", "complete", "simulated", "run_id"),
)


def _row(view: View, suite: SuiteView, row: ModelRow) -> dict[str, Any]:
    shown = suite.complete
    return {
        "suite": suite.name,
        "model": row.model,
        "win_rate": row.rate.value if shown else None,
        "low": row.rate.low if shown else None,
        "high": row.rate.high if shown else None,
        "level": row.rate.level if shown else None,
        "method": row.rate.method if shown else "",
        "n": row.rate.n,
        "wins": row.wins,
        "ties": row.ties,
        "losses": row.losses,
        "judged": row.judged,
        "planned": row.planned,
        "bounds_low": row.bounds[0],
        "bounds_high": row.bounds[1],
        "top_share": row.top.value if shown else None,
        "top_share_strict": row.top_strict.value if shown else None,
        "answers": sum(row.statuses.values()),
        "answers_not_ok": row.not_ok,
        **_measured(view, row.model, suite.name),
        "complete": suite.complete,
        "simulated": view.simulated,
        "run_id": view.run_id,
    }


def _measured(view: View, model: str, suite: str) -> dict[str, Any]:
    measured = view.answering(model, suite)
    if measured is None:
        return {}
    return {
        "cost_usd": measured.cost.usd,
        "cost_note": str(measured.cost) if measured.cost.unknown else measured.cost.note,
        **{f"latency_{name}_s": measured.latency.get(name) for name in ("p50", "p95", "p99")},
    }
