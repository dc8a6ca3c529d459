"""Dates in steps of a day, and as facts hold them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

DAY = timedelta(days=1)


def iso(value: Any) -> Any:
    """The value with every date in it as text, 2026-03-05."""
    if isinstance(value, date):
        return value.isoformat()
    return [iso(x) for x in value] if isinstance(value, list) else value
