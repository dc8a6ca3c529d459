"""The form of a check in a suite, and what is wrong with one that does not have it."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.checks._fields import MATCHERS, TYPES, is_matcher
from evals.checks._numbers import read_number
from evals.checks._outcome import CheckError
from evals.checks._shape import COUNTERS
from evals.checks._text import WHERE
from evals.checks._words import compile_pattern
from evals.reading.strict import clip, hint, type_name

MAX_TIMEOUT_S = 60
Rule = Callable[[Any], str | None]
"""Says what an argument must be when it is not, as the end of "... must be"."""


# ---------------------------------------------------------------------------------------------------- rules
def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() else "a text that is not empty"


def _any_text(value: Any) -> str | None:
    return None if isinstance(value, str) else "a text"


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _texts(value: Any) -> str | None:
    fine = isinstance(value, list) and value and not any(_text(item) for item in value)
    return None if fine else "a list of texts"


def _items(value: Any) -> str | None:
    fine = isinstance(value, list) and value and not any(_text(item) and _texts(item) for item in value)
    return None if fine else "a list of texts, or of lists of synonyms"


def _number(value: Any) -> str | None:
    return None if read_number(value) is not None else 'one number, such as "1234.5", "3/7", "1.2万" or "15%"'


def _tolerance(value: Any) -> str | None:
    fine = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e300
    return None if fine else "a number of 0 or more"


def _size(value: Any) -> str | None:
    fine = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return None if fine else "a whole number of 0 or more"


def _share(value: Any) -> str | None:
    fine = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return None if fine else "a number from 0 to 1"


def _seconds(value: Any) -> str | None:
    fine = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MAX_TIMEOUT_S
    return None if fine else f"seconds, more than 0 and at most {MAX_TIMEOUT_S}"


def _one_of(*choices: str) -> Rule:
    def rule(value: Any) -> str | None:
        if isinstance(value, str) and value in choices:
            return None
        return f"one of {', '.join(choices)}{hint(value, choices) if isinstance(value, str) else ''}"

    return rule


def _flags(value: Any) -> str | None:
    return None if isinstance(value, str) and set(value) <= {"i", "s"} else '"i", "s" or "is"'


def _pattern(value: Any) -> str | None:
    if _text(value):
        return "a pattern"
    try:
        compile_pattern(value, "")
    except CheckError as error:
        return f"a pattern Python's re accepts ({error})"
    return None


def _python(value: Any) -> str | None:
    if _text(value):
        return "Python code"
    try:
        ast.parse(value)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"Python code that can be read ({error})"
    return None


def _mutants(value: Any) -> str | None:
    if not isinstance(value, list) or not value:
        return "a list of Python texts, at least one"
    return next((why for item in value if (why := _python(item))), None)


def _rows(value: Any) -> str | None:
    fine = isinstance(value, list) and all(isinstance(row, list) for row in value)
    return None if fine else "a list of rows, each a list"


def _fields(value: Any) -> str | None:
    if not isinstance(value, dict) or not value:
        return "a table from field to expected value"
    for path, wanted in value.items():
        if is_matcher(wanted):
            why = _matcher(wanted)
            if why:
                return f'fit for matching: field "{clip(path)}" {why}'
        elif isinstance(wanted, dict) and set(wanted) & set(MATCHERS) and len(wanted) <= 2:
            other = next(key for key in wanted if key not in MATCHERS)
            return f'fit for matching: field "{clip(path)}" has "{clip(other)}" beside {", ".join(MATCHERS)}'
    return None


def _matcher(wanted: Mapping[str, Any]) -> str | None:
    if "type" in wanted and wanted["type"] not in TYPES:
        return f"has type {clip(str(wanted['type']))}, known are {', '.join(TYPES)}{hint(str(wanted['type']), TYPES)}"
    if "len" in wanted and _size(wanted["len"]):
        return f"needs a len that is {_size(wanted['len'])}"
    if "regex" in wanted and (why := _pattern(wanted["regex"])):
        return f"needs {why}"
    return None


_CASE_KEYS = ("args", "kwargs", "expr", "returns", "raises", "approx")


def _cases(value: Any) -> str | None:
    if not isinstance(value, list) or not value:
        return "a list of cases, at least one"
    for number, case in enumerate(value, 1):
        if why := _case(case):
            return f"calls with their results: case {number} {why}"
    return None


def _case(case: Any) -> str | None:
    if not isinstance(case, dict):
        return f"is {type_name(case)}, not a table"
    unknown = [key for key in case if key not in _CASE_KEYS]
    if unknown:
        return f'has an unknown "{clip(unknown[0])}"{hint(unknown[0], _CASE_KEYS)}'
    if ("returns" in case) == ("raises" in case):
        return 'needs either "returns" or "raises"'
    if "expr" in case and ("args" in case or "kwargs" in case):
        return 'has both "expr" and arguments'
    rules: dict[str, Callable[[Any], bool]] = {
        "args": lambda v: isinstance(v, list),
        "kwargs": lambda v: isinstance(v, dict),
        "raises": lambda v: isinstance(v, str) and v.isidentifier(),
        "approx": lambda v: _tolerance(v) is None,
    }
    for key, fits in rules.items():
        if key in case and not fits(case[key]):
            return f'has a malformed "{key}"'
    if "expr" in case and (why := _expression(case["expr"])):
        return why
    return None


def _expression(value: Any) -> str | None:
    try:
        ast.parse(value, mode="eval")
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        return f'has an "expr" that is no expression ({error})'
    return None


# ---------------------------------------------------------------------------------------------------- the table
def _some_of(*names: str) -> Callable[[Mapping[str, Any]], str | None]:
    """At least one of these arguments is there; without names anything goes."""
    return lambda args: None if not names or any(name in args for name in names) else f"needs {' or '.join(names)}"


_ANY_MIX = _some_of()


@dataclass(frozen=True, slots=True)
class _Form:
    """The arguments a check takes, and what holds among them."""

    required: Mapping[str, Rule] = field(default_factory=dict)
    optional: Mapping[str, Rule] = field(default_factory=dict)
    whole: Callable[[Mapping[str, Any]], str | None] = _ANY_MIX


def _range(args: Mapping[str, Any]) -> str | None:
    if "min" in args and "max" in args and args["min"] > args["max"]:
        return f"min {args['min']} is more than max {args['max']}"
    return _some_of("min", "max")(args)


def _either_value(args: Mapping[str, Any]) -> str | None:
    return None if ("value" in args) != ("values" in args) else "needs either value or values"


def _entry(args: Mapping[str, Any]) -> str | None:
    if "entry" in args or all("expr" in case for case in args["cases"]):
        return None
    return 'needs "entry", the name of the function its cases call'


def _told_apart(args: Mapping[str, Any]) -> str | None:
    same = [n for n, mutant in enumerate(args["mutants"], 1) if mutant.strip() == args["module"].strip()]
    return f"mutant {same[0]} is the right module itself" if same else None


_PART = {"where": _one_of(*WHERE)}
_CASED = {**_PART, "case": _flag}
_EDGE = _Form({}, {**_PART, "value": _text, "values": _texts}, _either_value)

FORMS: Mapping[str, _Form] = {
    "exact": _Form({"value": _text}, _CASED),
    "numeric": _Form({"value": _number}, {**_PART, "tolerance": _tolerance}),
    "one_of": _Form({"values": _texts}, {**_CASED, "options": _texts}),
    "regex": _Form({"pattern": _pattern}, {**_PART, "flags": _flags}),
    "contains": _Form({}, {**_CASED, "all": _items, "any": _items}, _some_of("all", "any")),
    "absent": _Form({"values": _items}, _CASED),
    "count": _Form({"unit": _one_of(*COUNTERS)}, {**_PART, "min": _size, "max": _size}, _range),
    "json_fields": _Form({"fields": _fields}, {"exact_keys": _flag, "bare": _flag}),
    "language": _Form({"lang": _one_of("zh", "en"), "min_share": _share}),
    "script": _Form({"script": _one_of("simplified", "traditional")}, {"allow": _any_text}),
    "width": _Form({"width": _one_of("full", "half")}, {"allow": _any_text}),
    "starts_with": _EDGE,
    "ends_with": _EDGE,
    "python_tests": _Form({"cases": _cases}, {"entry": _text, "setup": _python, "timeout_s": _seconds}, _entry),
    "python_output": _Form({"value": _any_text}, {"stdin": _any_text, "timeout_s": _seconds}),
    "python_kills": _Form({"module": _python, "mutants": _mutants}, {"timeout_s": _seconds}, _told_apart),
    "sql_rows": _Form({"setup": _text, "rows": _rows}, {"ordered": _flag, "timeout_s": _seconds}),
}

SANDBOXED = ("python_tests", "python_output", "python_kills", "sql_rows")
_RESULTS = ("exact", "numeric", "one_of", "json_fields", *SANDBOXED)
"""Checks that compare the result of an answer with the one that is right."""
_FINAL_RESULTS = ("regex", "contains")
"""Checks that do so where they read the final answer alone; elsewhere they look for a trait."""
_RENAMED = {"line_count_matches": 'use "count" with unit "lines"'}


def needs_sandbox(check: Mapping[str, Any]) -> bool:
    """Whether this check runs code of the answer."""
    return check.get("type") in SANDBOXED


def is_objective(checks: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an answer that passes these checks has the right result, and one that fails them has not.

    True when one of them compares the result, and each of them does or reads the final answer alone (`where` is
    "answer" or "answer_section"). A count of words, a word that must not occur or a pattern somewhere in the text says
    too little.
    """

    def final(check: Mapping[str, Any]) -> bool:
        return check.get("args", {}).get("where") in ("answer", "answer_section")

    def compares(check: Mapping[str, Any]) -> bool:
        return check.get("type") in _RESULTS or (check.get("type") in _FINAL_RESULTS and final(check))

    return any(map(compares, checks)) and all(compares(check) or final(check) for check in checks)


def validate_check(record: Any) -> str | None:
    """What is wrong with a check as it stands in a suite, in words for its author; None when it is well formed."""
    if not isinstance(record, Mapping):
        return f'a check is a table {{"type": ..., "args": {{...}}}}, not {type_name(record)}'
    kind, args = record.get("type"), record.get("args", {})
    if not isinstance(kind, str):
        return 'a check needs a "type"'
    if kind not in FORMS:
        return f'unknown check "{clip(kind)}"' + (f"; {_RENAMED[kind]}" if kind in _RENAMED else hint(kind, FORMS))
    extra = [key for key in record if key not in ("type", "args")]
    if extra:
        return f'check "{kind}": unknown key "{clip(str(extra[0]))}"; arguments stand inside "args"'
    if not isinstance(args, Mapping):
        return f'check "{kind}": "args" must be a table, not {type_name(args)}'
    why = _argument_problem(FORMS[kind], args)
    return f'check "{kind}": {why}' if why else None


def _argument_problem(form: _Form, args: Mapping[str, Any]) -> str | None:
    known = {**form.required, **form.optional}
    for name in args:
        if name not in known:
            return f'unknown argument "{clip(str(name))}"{hint(str(name), known)}'
    missing = [name for name in form.required if name not in args]
    if missing:
        return f"needs {' and '.join(missing)}"
    try:
        json.dumps(args, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        return f"its arguments are not plain JSON ({error})"
    for name, value in args.items():
        if wanted := known[name](value):
            return f'"{name}" must be {wanted}'
    return form.whole(args)
