"""Gold pairs: two answers to a prompt of which one is better by construction. They measure a judge, never a model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evals.library._shipped import NAME
from evals.reading.strict import clip, hint, read_jsonl, shown_path
from evals.records import GoldPair, InputError, Problem, Prompt, Suite, UsageError

GOLD = "gold.jsonl"
_KEYS = ("id", "suite", "prompt_id", "messages", "a", "b", "better", "defect", "note")
_BETTER = ("a", "b", "tie")


def load_gold(suite: Suite) -> tuple[GoldPair, ...]:
    """The gold pairs beside a suite's prompts. Raises UsageError when there are none, InputError for faults."""
    path = Path(suite.path) / GOLD
    if not path.is_file():
        folder = Path(suite.path) if Path(suite.path).is_dir() else Path(suite.path).parent
        raise UsageError(
            f'suite "{suite.name}" has no gold pairs, so no judge can be measured on it: '
            f"they stand in {GOLD} of a suite's folder, and {shown_path(folder)} has none"
        )
    pairs, problems = read_gold(path, suite)
    if problems:
        raise InputError(problems)
    return pairs


def read_gold(path: Path, suite: Suite) -> tuple[tuple[GoldPair, ...], list[Problem]]:
    """The pairs of a file and everything that is wrong with it."""
    prompts = {prompt.id: prompt for prompt in suite.prompts}
    pairs: list[GoldPair] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for number, record in read_jsonl(path):
        if isinstance(record, Problem):
            problems.append(record)
            continue
        faults = _faults(record, suite, prompts)
        name = record.get("id")
        if isinstance(name, str) and seen.setdefault(name, number) != number:
            faults.append(f'duplicate id "{clip(name)}" (first on line {seen[name]})')
        problems += [Problem(path=shown_path(path), line=number, message=fault) for fault in faults]
        if not faults:
            pairs.append(_pair(record, prompts[record["prompt_id"]]))
    if not seen and not problems:
        problems.append(Problem(path=shown_path(path), line=0, message="empty file; leave it out or fill it"))
    return tuple(pairs), problems


def _pair(record: Mapping[str, Any], prompt: Prompt) -> GoldPair:
    return GoldPair(
        id=record["id"],
        prompt=prompt,
        a=record["a"],
        b=record["b"],
        better=record["better"],
        defect=record["defect"],
        note=record["note"],
    )


def _faults(record: Mapping[str, Any], suite: Suite, prompts: Mapping[str, Prompt]) -> list[str]:
    faults = [f'missing key "{key}"' for key in _KEYS if key not in record]
    faults += [f'unknown key "{clip(key)}"{hint(key, _KEYS)}' for key in record if key not in _KEYS]
    if faults:
        return faults
    for key in ("id", "a", "b", "defect", "note"):
        if not isinstance(record[key], str) or (not record[key].strip() and key != "note"):
            faults.append(f'"{key}" must be a text')
    if isinstance(record["defect"], str) and record["defect"].strip() and not NAME.fullmatch(record["defect"]):
        faults.append('"defect" must be small letters joined by hyphens, such as polished-wrong')
    if record["suite"] != suite.name:
        faults.append(f'"suite" is "{clip(str(record["suite"]))}" but the folder is called {suite.name}')
    if record["better"] not in _BETTER:
        faults.append(f'"better" must be one of {", ".join(_BETTER)}, not "{clip(str(record["better"]))}"')
    elif (record["better"] == "tie") != (record["defect"] == "tie"):
        faults.append('the defect of a tie is "tie", and only its')
    elif record["better"] != "tie" and record["a"] == record["b"]:
        faults.append("one of two equal answers cannot be better")
    prompt = prompts.get(str(record["prompt_id"]))
    if prompt is None:
        near = hint(str(record["prompt_id"]), prompts)
        faults.append(f'unknown prompt "{clip(str(record["prompt_id"]))}"{near}')
    elif list(record["messages"]) != list(prompt.messages):
        faults.append(f"the messages are not those of prompt {prompt.id} any more; copy them anew")
    return faults
