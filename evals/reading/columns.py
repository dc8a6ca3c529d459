"""Column maps: which column of somebody else's file holds what, with dotted paths into objects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from evals.reading.strict import clip, hint
from evals.records import UsageError

SUITE_FIELDS = ("id", "prompt", "messages", "reference", "answer", "category", "lang")
RESPONSE_FIELDS = (
    "suite",
    "prompt_id",
    "model",
    "sample",
    "text",
    "reasoning",
    "finish_reason",
    "prompt_tokens",
    "completion_tokens",
    "latency_s",
)
JUDGMENT_FIELDS = (
    "suite",
    "prompt_id",
    "judge",
    "definition",
    "repeat",
    "sample",
    "first",
    "second",
    "winner",
    "preference",
    "scores",
    "score",
    "explanation",
)
FIELDS = tuple(dict.fromkeys(SUITE_FIELDS + RESPONSE_FIELDS + JUDGMENT_FIELDS))
"""All that `--map field=column` may name; each reader takes the fields it knows."""

MISSING: Any = object()
"""What `pick` gives when a record has no such column; None is a value."""


def parse_map(pairs: Iterable[str]) -> dict[str, str]:
    """`["text=output.answer"]` as {"text": "output.answer"}. Raises UsageError, offering the nearest field."""
    columns: dict[str, str] = {}
    for pair in pairs:
        name, equals, column = pair.partition("=")
        name, column = name.strip(), column.strip()
        if not equals or not name or not column:
            raise UsageError(f"--map {pair}: write field=column, such as text=output")
        if columns.setdefault(name, column) != column:
            raise UsageError(f'--map: "{name}" is given twice')
    return own_fields(columns, FIELDS)


def own_fields(columns: Mapping[str, str] | None, names: Collection[str]) -> dict[str, str]:
    """The part of a column map that concerns one reader. Raises UsageError on a field that no reader knows."""
    for name in columns or {}:
        if name not in FIELDS:
            raise UsageError(f'--map: unknown field "{name}"{hint(name, FIELDS)} (fields: {", ".join(FIELDS)})')
    return {name: column for name, column in (columns or {}).items() if name in names}


def pick(record: Mapping[str, Any], column: str) -> Any:
    """The value at a column or dotted path (`choices.0.text`); a column with a dot in its name comes first."""
    if column in record:
        return record[column]
    value: Any = record
    for part in column.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value


def columns_there(record: Mapping[str, Any]) -> str:
    """The columns of a record, for a message: `question, answer.text`."""
    names: list[str] = []
    for key, value in record.items():
        inner: Collection[str] = value.keys() if isinstance(value, Mapping) else ()
        names += [f"{key}.{name}" for name in inner] or [str(key)]
    return clip(", ".join(names), 200) or "none"
