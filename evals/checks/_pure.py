"""Runs the checks that read an answer without executing anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from evals.checks._fields import json_fields
from evals.checks._outcome import CheckError, CheckResult, Reading, printable, result
from evals.checks._record import needs_sandbox, validate_check
from evals.checks._shape import count, language, script, width
from evals.checks._text import MAX_TEXT
from evals.checks._words import absent, contains, ends_with, exact, numeric, one_of, pattern, starts_with
from evals.records import Prompt

_CHECKS: Mapping[str, Callable[[Mapping[str, Any], str], tuple[Reading, Reading]]] = {
    "exact": exact,
    "numeric": numeric,
    "one_of": one_of,
    "regex": pattern,
    "contains": contains,
    "absent": absent,
    "count": count,
    "json_fields": json_fields,
    "language": language,
    "script": script,
    "width": width,
    "starts_with": starts_with,
    "ends_with": ends_with,
}


def check_answer(prompt: Prompt, text: str) -> tuple[CheckResult, ...]:
    """The results of a prompt's checks on one answer, in their order. Never raises for any text.

    Checks that run code are "unavailable" here; `run_checks` carries them out.
    """
    return tuple(check_one(check, text) for check in prompt.checks)


def check_one(check: Mapping[str, Any], text: str) -> CheckResult:
    """One check on one answer; a malformed record is an "error" result."""
    kind = str(check.get("type"))
    if needs_sandbox(check):
        return CheckResult(type=kind, status="unavailable", detail="runs code, which needs the sandbox")
    why = validate_check(check)
    if why:
        return CheckResult(type=kind, status="error", detail=printable(why))
    try:
        strict, loose = _CHECKS[kind](check.get("args", {}), text[:MAX_TEXT])
    except CheckError as error:
        return CheckResult(type=kind, status="error", detail=printable(str(error)))
    return result(kind, strict, loose)
