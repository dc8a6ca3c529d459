"""Suites in the form of the shipped ones: a folder with `suite.toml` and `prompts.jsonl`, every key checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.library._messages import check_faults, messages_fault
from evals.reading.strict import clip, hint, read_jsonl, shown_path, type_name
from evals.reading.tomlfile import Table, read_toml
from evals.records import InputError, Params, Problem, Prompt, Suite, UsageError

LANGUAGES = ("zh", "en", "mixed")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""Ids of prompts and names of suites: small letters and digits in words joined by hyphens."""
_MAX_NAME = 80


def load_folder(folder: Path) -> Suite:
    """Reads a suite folder, without its hash. Raises InputError with every fault of both files."""
    problems: list[Problem] = []
    suite = _read_settings(folder, problems)
    seen: dict[str, int] = {}
    prompts: list[Prompt] = []
    path = folder / "prompts.jsonl"
    number = 0
    for number, record in _lines(path, problems):
        faults = record_faults(record, suite)
        name = record.get("id")
        if isinstance(name, str) and seen.setdefault(name, number) != number:
            faults.append(f'duplicate id "{clip(name)}" (first on line {seen[name]})')
        if faults:
            problems.extend(Problem(path=shown_path(path), line=number, message=fault) for fault in faults)
        elif not problems:
            prompts.append(_prompt(record))
    if not number and not problems:
        problems.append(Problem(path=shown_path(path), line=0, message="empty file; a suite needs at least one prompt"))
    if problems:
        raise InputError(problems)
    return Suite(**{**suite.settings, "prompts": tuple(prompts)})


def _lines(path: Path, problems: list[Problem]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The readable lines of a file; what is wrong with the others joins the problems."""
    try:
        for number, record in read_jsonl(path):
            if isinstance(record, Problem):
                problems.append(record)
            else:
                yield number, record
    except InputError as error:
        problems.extend(error.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the records of a suite must agree with, and the fields of the suite itself."""

    name: str
    canary: str
    categories: Mapping[str, str]
    settings: Mapping[str, Any]


def _read_settings(folder: Path, problems: list[Problem]) -> Settings:
    if not (folder / "suite.toml").is_file():
        raise UsageError(f"suite {folder}: a folder needs a suite.toml; for prompts alone give their .jsonl file")
    file = read_toml(folder / "suite.toml")
    table = Table(file, problems)
    name = table.text("name", required=True)
    if name and name != folder.resolve().name:
        table.fault(f'"name" is "{name}" but the folder is called {folder.resolve().name}; they must agree', "name")
    if name and (len(name) > _MAX_NAME or not NAME.fullmatch(name)):
        table.fault('"name" must be small letters and digits joined by hyphens', "name")
    categories: dict[str, str] = {}
    own = table.table("categories", required=True)
    if own is not None:
        categories = {key: own.text(key, required=True) for key in own.data}
    canary = table.text("canary", required=True)
    settings: dict[str, Any] = {
        "name": name,
        "hash": "",
        "title": table.text("title", required=True),
        "version": table.integer("version", required=True) or 1,
        "language": table.choice("language", LANGUAGES, required=True),
        "definition": table.text("definition", required=True),
        "params": Params(
            max_tokens=table.integer("max_tokens", required=True) or 1, temperature=table.number("temperature")
        ),
        "license": table.text("license", required=True),
        "canary": canary,
        "description": table.text("description").strip(),
        "categories": categories,
        "path": shown_path(folder),
    }
    table.finish()
    return Settings(name=name, canary=canary, categories=categories, settings=settings)


# ------------------------------------------------------------------------------------------------------- records
def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value)


_SHAPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "id": (
        "small letters and digits joined by hyphens, such as zh-amount-0007",
        lambda v: isinstance(v, str) and len(v) <= _MAX_NAME and NAME.fullmatch(v) is not None,
    ),
    "suite": ("the suite's name", lambda v: isinstance(v, str)),
    "category": ("a category of suite.toml", lambda v: isinstance(v, str)),
    "lang": ("one of zh, en, mixed", lambda v: isinstance(v, str) and v in LANGUAGES),
    "difficulty": ("a whole number from 1 to 4", lambda v: type(v) is int and 1 <= v <= 4),
    "messages": ("a list of messages", lambda v: isinstance(v, list)),
    "reference": ('an object {"text": …, "answer": …}', lambda v: isinstance(v, dict)),
    "checks": (
        'a list of {"type": …, "args": {…}}',
        lambda v: isinstance(v, list) and all(isinstance(i, dict) and isinstance(i.get("type"), str) for i in v),
    ),
    "rubric": ("a list of texts", _is_texts),
    "tags": ("a list of texts", _is_texts),
    "source": ('an object {"kind": …}', lambda v: isinstance(v, dict) and isinstance(v.get("kind"), str)),
    "license": ("a text", lambda v: isinstance(v, str) and bool(v.strip())),
    "canary": ("the suite's canary", lambda v: isinstance(v, str)),
    "version": ("a whole number of at least 1", lambda v: type(v) is int and v >= 1),
}
_KEYS = frozenset(_SHAPES)
_REFERENCE_KEYS = frozenset(("text", "answer"))


def record_faults(record: Mapping[str, Any], suite: Settings) -> list[str]:
    """All that is wrong with one record of `prompts.jsonl`."""
    faults = []
    if record.keys() != _KEYS:
        faults += [f'missing key "{key}"' for key in _SHAPES if key not in record]
        faults += [f'unknown key "{clip(key)}"{hint(key, _KEYS)}' for key in record if key not in _KEYS]
    for key, value in record.items():
        if key in _SHAPES and not _SHAPES[key][1](value):
            said = f'"{clip(value)}"' if isinstance(value, str) else type_name(value)
            faults.append(f'"{key}" must be {_SHAPES[key][0]}, not {said}')
    if isinstance(record.get("messages"), list) and (fault := messages_fault(record["messages"])):
        faults.append(fault)
    if isinstance(record.get("checks"), list):
        faults += check_faults(record["checks"])
    if isinstance(record.get("reference"), dict):
        faults += _reference_faults(record["reference"])
    for key, wanted in (("suite", suite.name), ("canary", suite.canary)):
        if isinstance(record.get(key), str) and wanted and record[key] != wanted:
            faults.append(f'"{key}" is "{clip(record[key])}" but suite.toml says "{wanted}"')
    category = record.get("category")
    if isinstance(category, str) and category not in suite.categories:
        near = hint(category, suite.categories)
        faults.append(f'unknown category "{clip(category)}"{near or " (not in [categories] of suite.toml)"}')
    return faults


def _reference_faults(reference: Mapping[str, Any]) -> list[str]:
    faults = [f'reference: unknown key "{clip(key)}"' for key in reference if key not in _REFERENCE_KEYS]
    faults += [
        f'reference: "{key}" must be a text' + ("" if key in reference else "; it is missing")
        for key in ("text", "answer")
        if not isinstance(reference.get(key), str)
    ]
    if isinstance(reference.get("text"), str) and not reference["text"].strip():
        faults.append("reference: empty text; a shipped prompt needs a complete reference answer")
    return faults


def _prompt(record: Mapping[str, Any]) -> Prompt:
    return Prompt(
        suite=record["suite"],
        id=record["id"],
        messages=tuple(record["messages"]),
        category=record["category"],
        lang=record["lang"],
        difficulty=record["difficulty"],
        reference=record["reference"]["text"],
        answer=record["reference"]["answer"],
        rubric=tuple(record["rubric"]),
        checks=tuple(record["checks"]),
        tags=tuple(record["tags"]),
    )
