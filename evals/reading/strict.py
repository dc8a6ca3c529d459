"""Strict reading of JSON and JSONL: what Python lets pass and later does damage is refused, with its line.

That is NaN, duplicate keys, lone surrogates, 5,000-digit numbers, bottomless nesting and every encoding but UTF-8.
The library, the store and the importers read through this module.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Collection, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import jsonlines

from evals.records import InputError, Problem

MAX_DEPTH = 100
"""Levels of nesting a JSON text may have; Python's own limit depends on the stack and can end the process."""
MAX_DIGITS = 300
"""Digits an integer may have."""


# ---------------------------------------------------------------------------------------------------- names
def nearest(name: str, known: Collection[str], *, cutoff: float = 0.6) -> str | None:
    """The known name most like `name`, whatever its case, or None when nothing comes near."""
    folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=cutoff)
    return folded[found[0]] if found else None


def hint(name: str, known: Collection[str]) -> str:
    """`; did you mean "chinese"?`, or nothing."""
    found = nearest(name, known)
    return f'; did you mean "{found}"?' if found else ""


def shown_path(path: Path | str) -> str:
    """The path as a message shows it: relative to the working directory when it lies inside."""
    path = Path(path)
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def type_name(value: Any) -> str:
    """What a JSON or TOML value is called in a message."""
    names = {
        bool: "true/false",
        str: "a text",
        int: "a number",
        float: "a number",
        Decimal: "a number",
        list: "a list",
        dict: "a table",
        type(None): "null",
    }
    return names.get(type(value), type(value).__name__)


# ---------------------------------------------------------------------------------------------------- JSON
def strict_json(text: str) -> Any:
    """The value of a JSON text.

    Raises ValueError, with a message for people, on bad syntax (with the column), NaN and Infinity, numbers beyond a
    float, integers of more than `MAX_DIGITS` digits, duplicate keys, lone surrogates (they cannot be written as
    UTF-8) and nesting deeper than `MAX_DEPTH`.
    """
    if not text.isascii():
        _check_characters(text)
    return _decode(text)


def _decode(text: str) -> Any:
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels") from None
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(value)
    if _ESCAPED_SURROGATE.search(text):
        _check_characters(json.dumps(value, ensure_ascii=False))
    return value


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f'duplicate key "{clip(key)}"')
            seen.add(key)
    return table


def _parse_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits (at most {MAX_DIGITS})")
    return int(digits)


def _parse_float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"number {clip(digits)} is too large")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_pairs, parse_int=_parse_int, parse_float=_parse_float, parse_constant=_refuse_constant
)


def _check_depth(value: Any) -> None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return
        level = inner
    if any(isinstance(item, dict | list) for item in level):
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")


def _check_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = ord(error.object[error.start])
        raise ValueError(f"lone surrogate U+{code:04X}: half a character, which UTF-8 cannot hold") from None


def clip(text: str, width: int = 60) -> str:
    """The text, cut to `width` characters."""
    return text if len(text) <= width else text[: width - 1] + "…"


# ---------------------------------------------------------------------------------------------------- JSONL
def read_jsonl(path: Path | str, *, skip_blank: bool = False) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    """Each line of a JSONL file as (number from 1, object), or a Problem in its place; reading goes on after it.

    UTF-8 only; a byte order mark and CRLF line ends are read, anything else is a problem that names the line. Lines
    end at "\\n" alone, so U+2028 and U+0085 stay in a text. Blank lines are problems unless `skip_blank`. Raises
    InputError when the file cannot be opened.
    """
    shown = shown_path(path)
    try:
        # surrogateescape lets the lines before and after a broken byte be read; the line itself is refused below
        handle = Path(path).open(encoding="utf-8", errors="surrogateescape", newline="\n")  # noqa: SIM115
    except OSError as error:
        raise InputError([Problem(path=shown, line=0, message=f"cannot be read: {error.strerror}")]) from None
    with handle, jsonlines.Reader(handle, loads=_load_line) as reader:
        number = 0
        while True:
            number += 1
            try:
                value: Any = reader.read(allow_none=True)
            except EOFError:
                return
            except _BlankLineError:
                if not skip_blank:
                    yield number, Problem(path=shown, line=number, message="blank line; remove it")
            except _NotUtf8Error as error:
                yield number, Problem(path=shown, line=number, message=str(error))
                return
            except jsonlines.InvalidLineError as error:
                yield number, Problem(path=shown, line=number, message=str(error.__cause__))
            else:
                if isinstance(value, dict):
                    yield number, value
                else:
                    message = f"an object {{...}} is wanted, not {type_name(value)}"
                    yield number, Problem(path=shown, line=number, message=message)


class _BlankLineError(Exception):
    """A line of white space only."""


class _NotUtf8Error(Exception):
    """The file as a whole has another encoding; every further line would say the same."""


def _load_line(line: str | bytes) -> Any:
    assert isinstance(line, str)
    if not line.isascii():
        line = line.removeprefix("\ufeff")
        _check_bytes(line)
    elif not line.strip():
        raise _BlankLineError
    if "\0" in line:
        raise _NotUtf8Error("a NUL byte: the file is binary or UTF-16; save it as UTF-8")
    try:
        return _decode(line)
    except ValueError as error:
        if "\r" in line.rstrip("\r\n"):
            raise ValueError(f"{error} (lines end with CR alone? write \\n)") from None
        raise


def _check_bytes(line: str) -> None:
    try:
        line.encode()
    except UnicodeEncodeError as error:
        if line[:2] in ("\udcff\udcfe", "\udcfe\udcff"):
            raise _NotUtf8Error("the file is UTF-16; save it as UTF-8") from None
        byte = ord(error.object[error.start]) - 0xDC00
        raise ValueError(
            f"byte 0x{byte:02x} at character {error.start + 1} is not UTF-8; save the file as UTF-8"
        ) from None
