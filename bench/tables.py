"""Tables in Markdown, and shares with their Monte-Carlo error."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tabulate import tabulate

Z_999 = 3.2905


def show(rows: Sequence[Sequence[object]], headers: Sequence[str]) -> None:
    """Print a table in Markdown."""
    print(tabulate(rows, headers=headers, tablefmt="github", disable_numparse=True), flush=True)


def percent(hits: int, repetitions: int) -> str:
    """A share in percent with its Monte-Carlo standard error; 0 hits as a bound (rule of three)."""
    if not hits:
        return f"0 (< {100 * 3 / repetitions:.2g})"
    share = hits / repetitions
    return f"{100 * share:.1f} ± {100 * math.sqrt(share * (1 - share) / repetitions):.1f}"


def outside(hits: int, repetitions: int, low: float, high: float = 1.0) -> bool:
    """Does the 99.9 % Monte-Carlo interval (Wilson) of a share lie wholly outside low..high?"""
    share = hits / repetitions
    shrink = 1 + Z_999**2 / repetitions
    centre = (share + Z_999**2 / (2 * repetitions)) / shrink
    half = Z_999 / shrink * math.sqrt(share * (1 - share) / repetitions + Z_999**2 / (4 * repetitions**2))
    return centre + half < low or centre - half > high
