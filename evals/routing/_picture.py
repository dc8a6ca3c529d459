"""Quality against cost, one panel per cell: the Pareto frontier as SVG. matplotlib loads with the first drawing."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from evals.records import UsageError
from evals.routing._decide import Cell, Needs, Standing, cell_of, comparable, frontier, reading_order, standings

_BLUE = "#1f5fa8"
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "routing-evals",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 8,
    "text.parse_math": False,
}


def draw(data: Mapping[str, Any], now: datetime) -> str:
    """An SVG with a panel for each measured cell; the same bytes for the same catalog.

    Across: dollars per accepted answer, logarithmic. Up: the lower bound of the win rate. Filled: on the frontier of
    quality, cost and p99. Raises UsageError when no cell has two models with a known cost.
    """
    panels = []
    for cell in sorted({cell_of(row) for row in data["rows"]}, key=reading_order):
        inside = comparable(standings(data, cell, Needs(), now)[0])
        shown = [standing for standing in inside if standing.pool is not None and standing.cost]
        if len(shown) > 1:
            panels.append((cell, shown))
    if not panels:
        raise UsageError("there is nothing to draw: no cell has two measured models with a known cost")
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        across = min(3, len(panels))
        down = -(-len(panels) // across)
        figure = Figure(figsize=(3.2 * across, 2.7 * down), layout="constrained")
        grid = figure.subplots(down, across, squeeze=False).flat
        for axes, (cell, shown) in zip(grid, panels, strict=False):
            _panel(axes, cell, shown, simulated=bool(data["simulated"]))
        for axes in list(grid)[len(panels) :]:
            axes.set_visible(False)
        file = io.BytesIO()
        figure.savefig(file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return file.getvalue().decode()


def _panel(axes: Any, cell: Cell, shown: Sequence[Standing], *, simulated: bool) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    best = frontier(shown)
    middle = math.prod(float(standing.cost or 1) ** (1 / len(shown)) for standing in shown)
    for standing in shown:
        assert standing.cost is not None
        assert standing.quality is not None
        point = float(standing.cost), 100 * standing.quality
        fill = _BLUE if standing.model in best else "white"
        axes.plot(*point, "o", color=_BLUE, markerfacecolor=fill, markersize=6)
        p99 = "" if standing.p99_s is None else f" ({standing.p99_s:.1f} s)"
        left = point[0] < middle  # names grow towards the middle, so that none is cut at an edge
        place = {"xytext": (-4 if left else 4, 6), "textcoords": "offset points", "ha": "left" if left else "right"}
        axes.annotate(f"{standing.model}{p99}", point, fontsize=6.5, **place)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(numticks=5))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(0.15, 0.25)
    axes.set_title(f"{cell}{' · SIMULATED' if simulated else ''}", fontsize=8.5)
    axes.set_xlabel("$ per accepted answer")
    axes.set_ylabel("win %, lower bound")
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for edge in ("top", "right"):
        axes.spines[edge].set_visible(False)
