"""How figures are written into scores.json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from evals.stats import ConfidenceSequence, Difference, WinRate, worst_case

LEVEL = 0.95
POWER = 0.8


def interval(found: WinRate | Difference | ConfidenceSequence | None) -> dict[str, Any] | None:
    """A figure's own fields, or None."""
    return None if found is None else asdict(found)


def bounds(prompts: Iterable[tuple[float, int, int]]) -> dict[str, float] | None:
    """The worst cases of (sum of scores read, read, planned) by prompt; None when nothing was planned."""
    found = worst_case(prompts)
    return None if found is None else {"low": found[0], "high": found[1]}


def rounded(value: Any) -> Any:
    """Plain values with every float at ten significant digits, so that no platform's last bit shows in the bytes."""
    if isinstance(value, float):
        return float(f"{value:.10g}") + 0.0  # + 0.0: no negative zero
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    return [rounded(entry) for entry in value] if isinstance(value, list | tuple) else value
