"""Suites that somebody else made: rows with any columns, turned into prompts by a column map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from evals.library._messages import check_faults, messages_fault
from evals.reading.columns import MISSING, SUITE_FIELDS, columns_there, pick
from evals.reading.strict import clip, nearest, read_jsonl, shown_path, type_name
from evals.records import InputError, Problem, Prompt, Suite, content_hash


class RowFault(str):
    """Why a row could not be turned into a record; it is reported with the row's place."""

    __slots__ = ()


Row = tuple[int, Mapping[str, Any] | Problem | RowFault]
_OWN_KEYS = (*SUITE_FIELDS, "suite", "difficulty", "checks", "rubric", "tags", "source", "license", "canary", "version")


def load_foreign(path: Path, columns: Mapping[str, str]) -> Suite:
    """A `.jsonl` of any origin. Without a column map its records need `id`, and `messages` or `prompt`."""
    rows = read_jsonl(path)
    return suite_of_rows(rows, columns, name=path.stem, path=shown_path(path), needs_id=not columns)


def suite_of_rows(
    rows: Iterable[Row],
    columns: Mapping[str, str],
    *,
    name: str,
    path: str,
    needs_id: bool,
    unit: Literal["line", "row"] = "line",
) -> Suite:
    """Prompts from rows. A field without a mapped column is read from a column of its own name.

    Ids must be unique; rows without any get index and content hash. `unit` says what the rows are counted in. Raises
    InputError with every fault, naming the columns present where a mapped one is missing.
    """

    def problem(line: int, fault: str) -> Problem:
        return Problem(path=path, line=line, message=fault) if unit == "line" else row_problem(path, line, fault)

    problems: list[Problem] = []
    prompts: list[Prompt] = []
    seen: dict[str, int] = {}
    lacking: dict[str, list[int]] = {}
    line = 0
    for index, (line, row) in enumerate(rows):
        if isinstance(row, Problem):
            problems.append(row)
            continue
        if isinstance(row, RowFault):
            lacking.setdefault(row, []).append(line)
            continue
        reader = _RowReader(row, columns, strict=needs_id)
        prompt = reader.prompt(name, index, needs_id=needs_id)
        if prompt.id and seen.setdefault(prompt.id, line) != line:
            reader.faults.append(f'duplicate id "{clip(prompt.id)}" (first on {unit} {seen[prompt.id]})')
        problems.extend(problem(line, fault) for fault in reader.faults)
        for column in reader.lacking:
            lacking.setdefault(column, []).append(line)
        prompts.append(prompt)
    for fault, lines in lacking.items():
        more = f" (so in {len(lines)} rows)" if len(lines) > 1 else ""
        problems.append(problem(lines[0], fault + more))
    if not line:
        problems.append(Problem(path=path, line=0, message="empty; a suite needs at least one prompt"))
    if problems:
        raise InputError(problems)
    all_chinese = all(prompt.lang == "zh" for prompt in prompts)
    definition = "pairwise-zh" if all_chinese else "pairwise-en"
    return Suite(name=name, prompts=tuple(prompts), hash="", title=name, definition=definition, path=path)


def row_problem(path: str, number: int, fault: str) -> Problem:
    """A fault in a file that is not read by lines."""
    return Problem(path=path, line=0, message=f"row {number}: {fault}")


class _RowReader:
    """One row being read; notes what is wrong with it in `faults`, and mapped columns it has not in `lacking`."""

    def __init__(self, row: Mapping[str, Any], columns: Mapping[str, str], *, strict: bool) -> None:
        self.row, self.columns = row, columns
        self.faults: list[str] = []
        self.lacking: list[str] = []
        if strict:
            self._refuse_near_misses()

    def prompt(self, suite: str, index: int, *, needs_id: bool) -> Prompt:
        messages = self._messages()
        reference, answer = self._reference()
        return Prompt(
            suite=suite,
            id=self._id(messages, index, required=needs_id),
            messages=messages,
            category=self._text("category"),
            lang=self._text("lang"),
            reference=reference,
            answer=answer,
            rubric=self._rubric(),
            checks=self._checks(),
        )

    def _rubric(self) -> tuple[str, ...]:
        """Records of our own form may carry criteria; a column called so elsewhere is something else."""
        rubric = self.row.get("rubric") if not self.columns else None
        if rubric is None:
            return ()
        if not isinstance(rubric, list) or not all(isinstance(line, str) for line in rubric):
            self.faults.append('rubric must be a list of texts, such as ["names the price"]')
            return ()
        return tuple(rubric)

    def _checks(self) -> tuple[Mapping[str, Any], ...]:
        """Records of our own form may carry checks."""
        checks = self.row.get("checks") if not self.columns else None
        if not checks:
            return ()
        if not isinstance(checks, list):
            self.faults.append(f"checks must be a list, not {type_name(checks)}")
            return ()
        self.faults += check_faults(checks)
        return tuple(checks)

    def _value(self, name: str) -> Any:
        """The value of a field, None when it has no column; a mapped column must be there."""
        value = pick(self.row, self.columns.get(name, name))
        if value is MISSING:
            if name in self.columns:
                self.lacking.append(
                    f'no column "{self.columns[name]}" for {name}; the columns are: {columns_there(self.row)}'
                )
            return None
        return value

    def _text(self, name: str) -> str:
        value = self._value(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.faults.append(f"{name} must be a text, not {type_name(value)}")
            return ""
        return str(value)

    def _messages(self) -> tuple[Mapping[str, Any], ...]:
        before = len(self.lacking)
        asked = "prompt" if "prompt" in self.columns or "messages" not in self.row else "messages"
        if "messages" in self.columns:
            asked = "messages"
        value = self._value(asked)
        if len(self.lacking) > before:
            return ()
        if value is None:
            self.faults.append(
                f'neither "messages" nor "prompt" here; name the column with --map prompt=COLUMN '
                f"(there are: {columns_there(self.row)})"
            )
            return ()
        if asked == "prompt":
            if not isinstance(value, str):
                self.faults.append(f"prompt must be a text, not {type_name(value)}")
                return ()
            value = [{"role": "user", "content": value}]
        elif not isinstance(value, list):
            self.faults.append(f"messages must be a list, not {type_name(value)}")
            return ()
        if fault := messages_fault(value):
            self.faults.append(fault.removeprefix("messages[0]: ") if asked == "prompt" else fault)
            return ()
        return tuple(value)

    def _reference(self) -> tuple[str, str]:
        value = self._value("reference")
        if not isinstance(value, Mapping):
            return self._text_of("reference", value), self._text("answer")
        answer = self._text("answer") if "answer" in self.columns else self._text_of("answer", value.get("answer"))
        return self._text_of("reference", value.get("text")), answer

    def _text_of(self, name: str, value: Any) -> str:
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.faults.append(f"{name} must be a text, not {type_name(value)}")
            return ""
        return str(value)

    def _id(self, messages: tuple[Mapping[str, Any], ...], index: int, *, required: bool) -> str:
        value = self._value("id")
        if value is None and not required and "id" not in self.columns:
            return f"{index:05d}-{content_hash(list(messages))[:8]}"
        if isinstance(value, bool) or not isinstance(value, str | int):
            if value is not None or "id" not in self.columns or pick(self.row, self.columns["id"]) is not MISSING:
                said = "is missing" if value is None else f"must be a text, not {type_name(value)}"
                self.faults.append(f'"id" {said}' + ("; name its column with --map id=COLUMN" if value is None else ""))
            return ""
        name = str(value)
        if not name.strip() or not name.isprintable() or len(name) > 200:
            self.faults.append('"id" must be a printable text of 1 to 200 characters')
            return ""
        return name

    def _refuse_near_misses(self) -> None:
        """A misspelt key of ours would be passed over in silence; other people's columns are none of our business."""
        for key in self.row:
            meant = None if key in _OWN_KEYS else nearest(key, _OWN_KEYS, cutoff=0.85)
            if meant is not None and meant not in self.row:
                self.faults.append(f'unknown key "{clip(key)}"; did you mean "{meant}"?')
