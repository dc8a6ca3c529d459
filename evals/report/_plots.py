"""Plots as SVG for the page, the win rates first: drawn by matplotlib, coloured by the page's style sheet.

Deterministic: no clock, no installed font decides a coordinate (texts are measured in the font matplotlib brings
and set by the page's own fonts), ids are hashed with a fixed salt.
"""

from __future__ import annotations

import io
import warnings
import xml.etree.ElementTree as ET
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from evals.report._cells import percent, span
from evals.report._neutral import clip, columns
from evals.report._view import ModelRow, SuiteView

_SVG = "http://www.w3.org/2000/svg"
_NAME_COLUMNS = 30
_INCH_PER_COLUMN = 0.08
_WIDTH = 5.4

_COLOURS = {"#010101": "var(--ink)", "#020202": "var(--soft)", "#030303": "var(--rule)", "#040404": "var(--accent)"}
INK, SOFT, RULE, ACCENT = _COLOURS
"""Stand-ins that no other part of the drawing uses; replaced by the page's colours, light or dark."""

STYLE: dict[Any, Any] = {
    "svg.hashsalt": "routing-evals",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.parse_math": False,
    "text.usetex": False,
    "path.simplify": False,
}


def win_rate_plot(suite: SuiteView) -> str:
    """An inline `<svg>`: one line per model, the win rate with its interval on an axis from 0 to 100 %.

    Where too much is missing the worst-case bounds are drawn instead, without a point.
    """
    with mpl.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        return inline_svg(_draw(suite), _description(suite))


def _draw(suite: SuiteView) -> Figure:
    names = [clip(row.model, _NAME_COLUMNS) for row in suite.models]
    height = 0.55 + 0.36 * max(1, len(names))
    figure = Figure(figsize=(_WIDTH, height))
    left = 0.2 + _INCH_PER_COLUMN * max(map(columns, names), default=0)
    axes = figure.add_axes((left / _WIDTH, 0.42 / height, (_WIDTH - left - 1.35) / _WIDTH, 1 - 0.5 / height))
    axes.axvline(50, color=SOFT, linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
    for place, row in enumerate(suite.models):
        _draw_row(axes, place, row, ranked=suite.complete)
    axes.set_xlim(0, 100)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), names)
    axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 %"])
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.patch.set_visible(False)
    figure.patch.set_visible(False)
    for edge in axes.spines.values():
        edge.set_visible(False)
    axes.tick_params(length=0, colors=SOFT)
    for label in axes.get_yticklabels():
        label.set_color(INK)
        label.set_fontsize(9.5)
    return figure


def _draw_row(axes: Any, place: int, row: ModelRow, *, ranked: bool) -> None:
    low, high = (row.rate.low, row.rate.high) if ranked else row.bounds
    if low is not None and high is not None:
        width, alpha = (2.4, 1.0) if ranked else (6, 0.3)
        ends = [100 * low, 100 * high]
        axes.plot(ends, [place] * 2, color=ACCENT, alpha=alpha, linewidth=width, solid_capstyle="butt", zorder=3)
        for end in (low, high):
            axes.plot([100 * end] * 2, [place - 0.14, place + 0.14], color=ACCENT, linewidth=1.6, zorder=3)
    if ranked and row.rate.value is not None:
        axes.plot([100 * row.rate.value], [place], marker="o", markersize=6.5, color=ACCENT, linewidth=0, zorder=4)
        figure_text = percent(row.rate.value)
        axes.text(
            103, place, figure_text, va="center_baseline", color=INK, fontsize=9.5, fontweight="bold", clip_on=False
        )
    shown = span(low, high).strip()
    axes.annotate(
        shown,
        (103, place),
        xytext=(32 if ranked else 0, 0),
        textcoords="offset points",
        va="center_baseline",
        fontsize=9.5,
        color=SOFT,
        annotation_clip=False,
    )


def _description(suite: SuiteView) -> str:
    """The plot in words, for those who cannot see it."""
    kind = "Win rates with intervals" if suite.complete else "Worst-case bounds, no ranking"
    rows = [
        f"{row.model} {percent(row.rate.value)} ({span(row.rate.low, row.rate.high).strip()})"
        if suite.complete
        else f"{row.model} {span(*row.bounds).strip()}"
        for row in suite.models
    ]
    return clip(f"{kind}, percent: {'; '.join(rows)}", 2_000)


def inline_svg(figure: Figure, description: str) -> str:
    """The drawing alone: no prolog, metadata, style sheet or id that could meet another one on the page.

    Drawn in `STYLE`; the stand-in colours become the page's own.
    """
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return _inline(file.getvalue(), description)


def _inline(document: bytes, description: str) -> str:
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ET.fromstring(document)  # noqa: S314  (what matplotlib just wrote, nothing else)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    for element in root.iter():
        if element.tag == f"{{{_SVG}}}g":
            element.attrib.pop("id", None)
        if "style" in element.attrib:
            element.attrib["style"] = _coloured(element.attrib["style"])
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {"role": "img", "aria-label": description}
    return ET.tostring(root, encoding="unicode")


def _coloured(style: str) -> str:
    for stand_in, colour in _COLOURS.items():
        style = style.replace(stand_in, colour)
    return style
