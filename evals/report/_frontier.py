"""Quality against cost, a panel per cell: the Pareto frontier as SVG, inline for the page or as a file of its own."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from evals.records import UsageError
from evals.report._neutral import clip
from evals.report._plots import ACCENT, INK, RULE, SOFT, STYLE, inline_svg
from evals.routing._decide import Cell, Needs, Standing, cell_of, comparable, frontier, reading_order, standings

_PAPER = ("#1c2024", "#667079", "#dddddd", "#1f5fa8")
_PAGE = (INK, SOFT, RULE, ACCENT)
_NAMED = 8
"""More models than this: only those on the frontier are named."""


def page_plots(data: Mapping[str, Any], now: datetime) -> list[str]:
    """One inline `<svg>` per measured cell of a routing catalog's `offers` and `rows`, coloured by the page."""
    found = []
    for cell, shown in _cells(data, now):
        with _settings():
            figure = Figure(figsize=(4.6, 2.9), layout="constrained")
            figure.patch.set_visible(False)
            _panel(figure.subplots(), str(cell.task), shown, _PAGE)
            found.append(inline_svg(figure, _description(cell, shown)))
    return found


def frontier_svg(data: Mapping[str, Any], now: datetime) -> str:
    """One SVG file with a panel per measured cell; the same bytes for the same catalog.

    Across: dollars per 1,000 accepted answers, logarithmic. Up: the lower bound of the win rate. Filled: on the
    frontier of quality, cost and p99. Raises UsageError when no cell has two models with a known cost.
    """
    panels = sorted(_cells(data, now), key=lambda panel: reading_order(panel[0]))
    if not panels:
        raise UsageError("there is nothing to draw: no cell has two measured models with a known cost")
    mark = " · SIMULATED" if data["simulated"] else ""
    with _settings():
        across = min(3, len(panels))
        down = -(-len(panels) // across)
        figure = Figure(figsize=(4.0 * across, 3.0 * down), layout="constrained")
        grid = list(figure.subplots(down, across, squeeze=False).flat)
        for axes, (cell, shown) in zip(grid, panels, strict=False):
            _panel(axes, f"{cell}{mark}", shown, _PAPER)
        for axes in grid[len(panels) :]:
            axes.set_visible(False)
        file = io.BytesIO()
        figure.savefig(file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return file.getvalue().decode()


@contextmanager
def _settings() -> Iterator[None]:
    with mpl.rc_context({**STYLE, "font.size": 8}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def _cells(data: Mapping[str, Any], now: datetime) -> list[tuple[Cell, list[Standing]]]:
    found = []
    for cell in dict.fromkeys(cell_of(row) for row in data["rows"]):
        inside = comparable(standings(data, cell, Needs(), now)[0])
        shown = [standing for standing in inside if standing.pool is not None and standing.cost]
        if len(shown) > 1:
            found.append((cell, shown))
    return found


def _panel(axes: Any, title: str, shown: Sequence[Standing], colours: tuple[str, str, str, str]) -> None:
    ink, soft, rule, accent = colours
    best = frontier(shown)
    middle = math.prod(_cost(standing) ** (1 / len(shown)) for standing in shown)
    for place, standing in enumerate(sorted(shown, key=_cost)):
        point = _cost(standing), 100 * (standing.quality or 0.0)
        on = standing.model in best
        axes.plot(*point, "o", color=accent, markersize=6, fillstyle="full" if on else "none")
        if not on and len(shown) > _NAMED:
            continue
        p99 = "" if standing.p99_s is None else f", {standing.p99_s:.1f} s"
        # names grow towards the middle, so that none is cut at an edge; above and below in turn, so that few meet
        left, above = point[0] < middle, place % 2 == 0
        axes.annotate(
            f"{clip(standing.model, 28)}{p99}",
            point,
            xytext=(-4 if left else 4, 6 if above else -6),
            textcoords="offset points",
            ha="left" if left else "right",
            va="bottom" if above else "top",
            color=ink if on else soft,
            fontsize=7,
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(numticks=5))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(0.15, 0.25)
    axes.set_title(clip(title, 50), fontsize=9, color=ink, loc="left")
    axes.set_xlabel("$ per 1,000 accepted answers", color=soft)
    axes.set_ylabel("win %, lower bound", color=soft)
    axes.grid(color=rule, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.patch.set_visible(False)
    axes.tick_params(which="both", length=0, colors=soft)
    for edge in axes.spines.values():
        edge.set_visible(False)


def _cost(standing: Standing) -> float:
    assert standing.cost is not None
    return 1000 * float(standing.cost)


def _description(cell: Cell, shown: Sequence[Standing]) -> str:
    """The panel in words, for those who cannot see it."""
    best = frontier(shown)
    rows = [
        f"{s.model} {100 * (s.quality or 0.0):.1f} % at ${_cost(s):.3g}{' (frontier)' if s.model in best else ''}"
        for s in shown
    ]
    return clip(f"{cell.task}, win rate's lower bound at dollars per 1,000 accepted answers: {'; '.join(rows)}", 2_000)
