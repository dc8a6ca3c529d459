"""One row of a recorded file: its fields, typed, and the suite it belongs to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from evals.reading.columns import MISSING, columns_there, pick
from evals.reading.strict import clip, type_name
from evals.records import Problem, Suite

Row = Mapping[str, Any]


class RowError(ValueError):
    """What is wrong with one row."""


class Suites:
    """Which suite a row belongs to."""

    def __init__(self, suites: Sequence[Suite]) -> None:
        self.ids = {suite.name: {prompt.id for prompt in suite.prompts} for suite in suites}

    def of(self, named: str | None, prompt_id: str) -> str | None:
        """The suite's name, or None when the row is about another prompt."""
        if named is not None:
            return named if prompt_id in self.ids.get(named, ()) else None
        fit = [name for name, ids in self.ids.items() if prompt_id in ids]
        if len(fit) > 1:
            raise RowError(
                f'prompt "{prompt_id}" is in the suites {", ".join(fit)}; add a column with the suite\'s name'
            )
        return fit[0] if fit else None


def as_object(row: Row | Problem) -> Row:
    if isinstance(row, Problem):
        raise RowError(row.message)
    return row


def value_of(row: Row, columns: Mapping[str, str], name: str, *, required: bool = False) -> Any:
    """The value of a field, None when it has no column."""
    column = columns.get(name, name)
    value = pick(row, column)
    if value is MISSING:
        if required or name in columns:
            raise RowError(
                f'no column "{column}" for {name}; name it with --map {name}=COLUMN (there are: {columns_there(row)})'
            )
        return None
    if value is None and required:
        raise RowError(f'"{column}" is null; {name} is needed')
    return value


def name_of(row: Row, name: str, columns: Mapping[str, str] | None = None) -> str:
    value = value_of(row, columns or {}, name, required=True)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RowError(f"{name} must be a text or a number, not {type_name(value)}")
    text = str(value)
    if not text.strip() or not text.isprintable() or len(text) > 200:
        raise RowError(f"{name} must be a printable text of 1 to 200 characters")
    return text


def optional_name_of(row: Row, name: str, columns: Mapping[str, str], default: str) -> str:
    return default if value_of(row, columns, name) is None else name_of(row, name, columns)


def text_of(row: Row, name: str, columns: Mapping[str, str] | None = None, *, required: bool = True) -> str:
    value = value_of(row, columns or {}, name, required=required)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RowError(f"{name} must be a text, not {type_name(value)}")
    return value


def number_of(row: Row, name: str, columns: Mapping[str, str], *, high: float = math.inf) -> float | None:
    value = value_of(row, columns, name)
    if value is None:
        return None
    if not is_number(value) or not 0 <= value <= high:
        bound = f"from 0 to {high:g}" if high < math.inf else "of at least 0"
        raise RowError(f"{name} must be a number {bound}, not {clip(str(value))}")
    return float(value)


def whole_of(row: Row, name: str, columns: Mapping[str, str]) -> int | None:
    value = value_of(row, columns, name)
    if value is None:
        return None
    if type(value) is not int or value < 0:
        raise RowError(f"{name} must be a whole number of at least 0, not {clip(str(value))}")
    return value


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
