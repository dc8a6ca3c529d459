"""A table of texts, and how shares and intervals are written in its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tabulate import tabulate

from evals.report._neutral import columns

UNKNOWN = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Cells as text, one alignment ("left" or "right") per column."""

    headers: tuple[str, ...]
    align: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def terminal(self) -> str:
        """For a terminal: a line under the header, columns as narrow as their widest cell."""
        lines = self._lines("plain", [self.headers, *self.rows])
        widths = [max(map(columns, column)) for column in zip(self.headers, *self.rows, strict=True)]
        return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])

    def markdown(self) -> str:
        """As a Markdown table."""
        return "\n".join(self._lines("pipe", self.rows, headers=self.headers, headersalign=self.align))

    def _lines(self, style: str, rows: Sequence[Sequence[str]], **options: Any) -> list[str]:
        """Wide characters line up and nothing is read as a number."""
        text = tabulate(
            rows, tablefmt=style, colalign=self.align, disable_numparse=True, preserve_whitespace=True, **options
        )
        return [line.rstrip() for line in text.split("\n")]


def percent(share: float | None) -> str:
    """A share as a percentage with one decimal, without the sign; a dash when unknown."""
    return UNKNOWN if share is None else f"{100 * share:.1f}"


def span(low: float | None, high: float | None, *, signed: bool = False) -> str:
    """An interval of shares in percent; the low end is padded so that a column of them lines up."""
    if low is None or high is None:
        return UNKNOWN
    if signed:
        return f"{100 * low:+5.1f} to {100 * high:+.1f}"
    return f"{percent(low):>4}–{percent(high)}"
