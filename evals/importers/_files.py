"""The rows of a recorded file: one object a line (JSONL), or a JSON document with a list of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evals.reading.strict import read_jsonl, shown_path, strict_json, type_name
from evals.records import InputError, Problem

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"


def read_rows(path: Path | str) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    """Each object of a file as (line it begins on, object), or a Problem in its place.

    A `.json` file holds a list, or an object with one list of objects (`{"example": [...]}`); the other fields of that
    object join each row that lacks them. Everything else is read line by line. Raises InputError when a file cannot
    be read as a whole.
    """
    path = Path(path)
    if path.suffix != ".json":
        yield from read_jsonl(path, skip_blank=True)
        return
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _fault(path, 0, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise _fault(path, 0, f"byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None
    if not text.strip():
        return
    try:
        value = strict_json(text)
    except ValueError as error:
        if "Extra data" in str(error):  # JSONL under another name
            yield from read_jsonl(path, skip_blank=True)
            return
        raise _fault(path, _line_of_fault(text), str(error)) from None
    start, shared, found = _list_in(path, text, value)
    for line, item in zip(_lines_of_items(text, start), found, strict=True):
        if isinstance(item, dict):
            yield line, {**shared, **item}
        else:
            message = f"an object {{...}} is wanted, not {type_name(item)}"
            yield line, Problem(path=shown_path(path), line=line, message=message)


def _list_in(path: Path, text: str, value: Any) -> tuple[int, Mapping[str, Any], list[Any]]:
    """Where the list of rows begins, what stands beside it, and the list."""
    start = len(text) - len(text.lstrip())
    if isinstance(value, list):
        return start, {}, value
    if not isinstance(value, dict):
        raise _fault(path, 1, f"a list of objects is wanted, not {type_name(value)}")
    lists = [name for name, item in value.items() if isinstance(item, list) and item and isinstance(item[0], dict)]
    if len(lists) != 1:
        raise _fault(path, 1, f"an object with one list of objects is wanted (there are: {', '.join(value)})")
    shared = {name: item for name, item in value.items() if name != lists[0]}
    start += 1
    while True:
        name, start = _DECODER.raw_decode(text, _skip(text, start, ","))
        start = _skip(text, start, ":")
        if name == lists[0]:
            return start, shared, value[name]
        _, start = _DECODER.raw_decode(text, start)


def _lines_of_items(text: str, start: int) -> Iterator[int]:
    """The line each item of a list begins on; the text is known to be valid."""
    line, counted = 1, 0
    place = _skip(text, start + 1)
    while text[place] != "]":
        line += text.count("\n", counted, place)
        counted = place
        yield line
        _, end = _DECODER.raw_decode(text, place)
        place = _skip(text, end, ",")


def _skip(text: str, place: int, also: str = "") -> int:
    while text[place] in _SPACE or text[place] == also:
        place += 1
    return place


def _line_of_fault(text: str) -> int:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno
    except (ValueError, RecursionError):
        pass
    return 0


def _fault(path: Path, line: int, message: str) -> InputError:
    return InputError([Problem(path=shown_path(path), line=line, message=message)])
