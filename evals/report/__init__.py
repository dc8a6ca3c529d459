"""Scores to what people read: terminal table, CSV, Markdown and one self-contained HTML page.

Renders, never computes: every figure comes from scores.json and measured.json. The same run folder gives the same
bytes whenever and however often it is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from evals.report._neutral import code_span, markdown_text, visible

__all__ = [
    "FILES",
    "code_span",
    "frontier_svg",
    "markdown_text",
    "plain_table",
    "render",
    "terminal_summary",
    "visible",
]

FILES = ("winrates.csv", "report.md", "report.html")
"""What `render` writes into the run folder."""


def render(run_dir: Path) -> None:
    """Write `winrates.csv`, `report.md` and `report.html` from the files of a run folder, each as a whole.

    Reads run.json, scores.json, measured.json, prompts.jsonl, responses.jsonl and judgments.jsonl. Raises UsageError
    when one of the first three is absent or damaged, InputError with file:line on a damaged record.
    """
    from evals.report._pages import render_files  # pandas, matplotlib and jinja2 load only when a report is made

    render_files(run_dir)


def terminal_summary(scores: Mapping[str, Any], measured: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """What `run` prints at the end: tables within 100 columns (120 at most), coverage, warnings and cost.

    Nothing a host or a file sent can move the cursor, colour the text or hide a character.
    """
    from evals.report._tables import terminal_document
    from evals.report._view import read_view

    return terminal_document(read_view(scores, measured, manifest))


def frontier_svg(data: Mapping[str, Any], now: datetime) -> str:
    """A routing catalog's measured cells as one SVG file: quality (lower bound) against cost, the frontier filled.

    The same bytes for the same catalog. Raises UsageError when no cell has two models with a known cost.
    """
    from evals.report._frontier import frontier_svg as draw

    return draw(data, now)


def plain_table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Any small table for the terminal: wide characters line up, hidden characters show as escapes, None is empty."""
    from evals.report._cells import Table

    cells = tuple(tuple("" if cell is None else visible(str(cell)) for cell in row) for row in rows)
    align = tuple("right" if _is_numeric(column) else "left" for column in zip(*cells, strict=True))
    return Table(headers=tuple(headers), align=align, rows=cells).terminal()


_NUMBER = re.compile(r"(>= )?\d[\d,]*(\.\d+)?( \([\d.]+[-–][\d.]+\))?")
_NO_NUMBER = ("", "–", "-", "unknown", "0 (free)")
"""What may stand in a column of numbers."""


def _is_numeric(column: Sequence[str]) -> bool:
    shown = [cell for cell in column if cell not in _NO_NUMBER]
    return bool(shown) and all(_NUMBER.fullmatch(cell) for cell in shown)
