"""TOML files that still know their lines: every fault of a catalog, suite or judge file with its place, in one pass.

`tomllib` forgets on which line a value stood; `locate` finds table headers and keys again, and `Table` reads typed
keys one by one, noting each fault instead of raising.
"""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn

from evals.reading.strict import clip, hint, shown_path, type_name
from evals.records import InputError, Problem


@dataclass(frozen=True, kw_only=True)
class TomlFile:
    """A parsed TOML file that still knows its lines. Numbers with a point are Decimal, never float."""

    path: str
    text: str
    data: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int] = field(repr=False)

    def line(self, *keys: str) -> int:
        """The line of a table header or key; of the nearest enclosing one when it has none of its own."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys, 1)

    def line_of_text(self, keys: tuple[str, ...], text: str) -> int:
        """The line of a quoted text inside the value of a key (a list over several lines), else that of the key."""
        start = self.line(*keys)
        later = [number for number in self.lines.values() if number > start]
        rows = self.text.splitlines()[start - 1 : min(later, default=None)]
        for offset, row in enumerate(rows):
            if f'"{text}"' in row or f"'{text}'" in row:
                return start + offset
        return start


def read_toml(path: Path) -> TomlFile:
    """Reads and parses; raises InputError with the line on bad syntax, encoding or an unreadable file."""
    shown = shown_path(path)

    def refuse(line: int, message: str) -> NoReturn:
        raise InputError([Problem(path=shown, line=line, message=message)]) from None

    try:
        raw = path.read_bytes()
    except OSError as error:
        refuse(0, f"cannot be read: {error.strerror}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(raw.count(b"\n", 0, error.start) + 1, "not UTF-8; save the file as UTF-8")
    text = text.replace("\r\n", "\n")
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        refuse(int(found[1]) if found else text.count("\n") + 1, f"not valid TOML: {error}{_syntax_hint(str(error))}")
    except (ValueError, ArithmeticError) as error:
        refuse(0, f"not valid TOML: {clip(str(error))}")
    except RecursionError:
        refuse(0, "not valid TOML: nested too deep")
    return TomlFile(path=shown, text=text, data=data, lines=locate(text))


_SYNTAX_HINTS = {
    "Cannot overwrite": "this key stands twice in its table; keep one",
    "Cannot declare": "this table stands twice; put all its keys under one [header]",
    "Invalid value": 'a text stands in straight quotes ("…"), true and false in small letters',
    "Illegal character '\\n'": 'a text ends on its line; one over several lines stands between """ and """',
    "Unterminated string": 'a text is never closed; one over several lines stands between """ and """',
    "Expected '='": "write key = value",
    "Invalid statement": "a line is key = value, a [table] or a # comment; a key that is not ASCII stands in quotes",
}
"""What `tomllib` says, and what to write instead."""


def _syntax_hint(message: str) -> str:
    return next((f"; {hint}" for start, hint in _SYNTAX_HINTS.items() if message.startswith(start)), "")


_KEY = re.compile(r"""[ \t]*(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*(\.?)""")
_VALUE = re.compile(
    r'''"""(?:\\.|[^\\])*?"""{1,3}|\'\'\'.*?\'\'\'\'{0,2}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[\[{]|[\]}]|\n''',
    re.DOTALL,
)


def locate(text: str) -> dict[tuple[str, ...], int]:
    """The line of each table header and key of a TOML text that `tomllib` has accepted.

    Keys inside inline tables are not located (the enclosing key is), nor are the tables of an array told apart.
    """
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    position, number = 0, 1
    while position < len(text):
        if text[position] in " \t\r\n":
            number += text[position] == "\n"
            position += 1
            continue
        start = number
        if text[position] == "[":
            table, position = _dotted_key(text, position + text.startswith("[[", position) + 1)
            lines.setdefault(table, start)
        elif text[position] != "#":
            key, position = _dotted_key(text, position)
            for end in range(1, len(key) + 1):
                lines.setdefault(table + key[:end], start)
        end_of_value = _end_of_value(text, position)
        number += text.count("\n", position, end_of_value)
        position = end_of_value
    return lines


def _dotted_key(text: str, position: int) -> tuple[tuple[str, ...], int]:
    parts: list[str] = []
    while found := _KEY.match(text, position):
        basic, literal, bare, dot = found.groups()
        parts.append(next(part for part in (_unescape(basic), literal, bare) if part is not None))
        position = found.end()
        if not dot:
            break
    return tuple(parts), position


def _unescape(text: str | None) -> str | None:
    if text is None or "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _end_of_value(text: str, position: int) -> int:
    """The end of the line on which the statement ends; brackets and strings may carry it over several lines."""
    depth = 0
    while found := _VALUE.search(text, position):
        position = found.end()
        piece = found[0]
        if piece == "\n" and depth <= 0:
            return position
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(piece, 0)
    return len(text)


class Table:
    """A TOML table being read: takes typed keys one by one and notes every fault in `problems` instead of raising.

    A key that is missing or wrong gives None (or an empty list), so reading goes on and finds the rest.
    `finish` refuses the keys nobody took. `examples` holds for a key, here or in a table inside, what to write.
    """

    def __init__(
        self,
        file: TomlFile,
        problems: list[Problem],
        keys: tuple[str, ...] = (),
        *,
        examples: Mapping[str, str] | None = None,
    ) -> None:
        self.file, self.problems, self.keys, self.examples = file, problems, keys, examples or {}
        self.data: Mapping[str, Any] = functools.reduce(lambda table, key: table[key], keys, file.data)
        self.known: set[str] = set()

    def fault(self, message: str, key: str | None = None, *, line: int | None = None) -> None:
        """Notes a problem at a key, or at the table's header."""
        at = self.file.line(*self.keys, *([] if key is None else [key])) if line is None else line
        self.problems.append(Problem(path=self.file.path, line=at, message=message))

    def take(self, key: str, wanted: str, accept: Callable[[Any], bool], *, required: bool = False) -> Any:
        """The raw value of a key when `accept` holds for it, else None and a problem saying what is `wanted`."""
        self.known.add(key)
        example = f"; write {self.examples[key]}" if key in self.examples else ""
        if key not in self.data:
            if required:
                self.fault(f'missing key "{key}" ({wanted}){example}')
            return None
        value = self.data[key]
        if not accept(value):
            self.fault(f'"{key}" must be {wanted}, not {_said(value)}{example}', key)
            return None
        return value

    def text(self, key: str, *, required: bool = False, default: str = "") -> str:
        """A text; a required one must not be blank."""
        value = self.take(
            key, "a text", lambda v: isinstance(v, str) and (bool(v.strip()) or not required), required=required
        )
        return default if value is None else str(value)

    def choice(self, key: str, choices: Collection[str], *, required: bool = False, default: str = "") -> str:
        """One of a closed set of texts."""
        wanted = "one of " + ", ".join(f'"{choice}"' for choice in choices)
        value = self.take(key, wanted, lambda v: isinstance(v, str) and v in choices, required=required)
        return default if value is None else str(value)

    def integer(self, key: str, *, low: int = 1, required: bool = False) -> int | None:
        """A whole number of at least `low`."""
        value = self.take(
            key, f"a whole number of at least {low}", lambda v: type(v) is int and low <= v < 10**12, required=required
        )
        return None if value is None else int(value)

    def number(self, key: str, *, low: float = 0.0, high: float = 2.0) -> float | None:
        """A number between two bounds."""
        value = self.take(key, f"a number from {low:g} to {high:g}", lambda v: is_number(v) and low <= v <= high)
        return None if value is None else float(value)

    def money(self, key: str) -> Decimal | None:
        """An amount of dollars, as a number or a text; never a binary float."""
        value = self.take(key, "an amount of dollars such as 0.25", lambda v: _as_money(v) is not None)
        return _as_money(value)

    def flag(self, key: str, *, required: bool = False) -> bool | None:
        """True or false."""
        value = self.take(key, "true or false", lambda v: isinstance(v, bool), required=required)
        return None if value is None else bool(value)

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts, none blank."""
        value = self.take(
            key,
            "a list of texts",
            lambda v: isinstance(v, list) and all(isinstance(item, str) and item.strip() for item in v),
            required=required,
        )
        return tuple(value or ())

    def table(self, key: str, *, required: bool = False) -> Table | None:
        """A table inside this one."""
        value = self.take(key, "a table", lambda v: isinstance(v, dict), required=required)
        return None if value is None else Table(self.file, self.problems, (*self.keys, key), examples=self.examples)

    def tables(self, key: str, *, required: bool = False) -> dict[str, Table]:
        """A table of tables, by name."""
        outer = self.table(key, required=required)
        if outer is None:
            return {}
        found = {name: outer.table(name) for name in outer.data}
        return {name: table for name, table in found.items() if table is not None}

    def finish(self, instead: Mapping[str, str] | None = None) -> None:
        """Refuses every key that was not asked for: `instead` may say what to do, else the nearest known is offered."""
        for key in self.data:
            if key not in self.known:
                told = f"; {instead[key]}" if instead and key in instead else hint(key, self.known)
                self.fault(f'unknown key "{key}"{told}', key)


def is_number(value: Any) -> bool:
    """True for a number as `read_toml` gives it: whole or Decimal, finite, no true/false."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and Decimal(value).is_finite()


def _as_money(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < 10**9 else None


def _said(value: Any) -> str:
    return f'"{clip(value)}"' if isinstance(value, str) else clip(str(value)) if is_number(value) else type_name(value)
