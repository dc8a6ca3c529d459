"""The check of JSON answers: which fields there are and what they hold."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from evals.checks._outcome import PASSED, CheckError, Reading, failed, quoted
from evals.checks._text import fenced_blocks, folded
from evals.checks._words import compile_pattern, search
from evals.reading.strict import clip, strict_json, type_name

Args = Mapping[str, Any]

TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")
MATCHERS = ("type", "regex", "len")
_ATTEMPTS = 60
"""Opening brackets in prose that are tried as the start of a JSON value."""
_MAX_PROSE = 200_000
_DECODER = json.JSONDecoder()


def json_fields(args: Args, text: str) -> tuple[Reading, Reading]:
    """The JSON in the answer has the fields: strictly the whole text or one fenced block, loosely inside prose."""
    value, why = _strict_value(text.strip(), bare=bool(args.get("bare")))
    strict = failed(why) if why else _check(args, value, loose=False)
    if strict.passed:
        return strict, strict
    value, why = _loose_value(args, text.strip())
    return strict, failed(why) if why else _check(args, value, loose=True)


# ---------------------------------------------------------------------------------------------------- finding it
def _strict_value(text: str, *, bare: bool) -> tuple[Any, str]:
    """(value, "") or (None, what is wrong)."""
    blocks = [] if bare else fenced_blocks(text)
    if len(blocks) == 1 and text.startswith(("```", "~~~")) and text.endswith(("```", "~~~")):
        text = blocks[0][1]
    try:
        return strict_json(text), ""
    except ValueError as error:
        return None, f"the answer is not JSON alone: {error}"


def _loose_value(args: Args, text: str) -> tuple[Any, str]:
    try:
        return strict_json(text), ""
    except ValueError:
        pass
    found = _values([content for _, content in fenced_blocks(text)]) or _values(_spans(text[:_MAX_PROSE]))
    wanted = list if all(path.split(".")[0].isdecimal() for path in args["fields"]) and args["fields"] else dict
    fitting = [value for value in found if isinstance(value, wanted)] or found
    distinct: list[Any] = []
    for value in fitting:
        if value not in distinct:
            distinct.append(value)
    if not distinct:
        return None, "no JSON in the answer"
    if len(distinct) > 1:
        return None, f"{len(distinct)} JSON values in the answer, wanted one"
    return distinct[0], ""


def _values(spans: list[str]) -> list[Any]:
    found = []
    for span in spans:
        try:
            value = strict_json(span.strip())
        except ValueError:
            continue
        if isinstance(value, dict | list):
            found.append(value)
    return found


def _spans(text: str) -> list[str]:
    """The stretches of a text that decode as a JSON object or list, none inside another."""
    spans: list[str] = []
    at = attempts = 0
    while attempts < _ATTEMPTS:
        starts = [start for start in (text.find("{", at), text.find("[", at)) if start >= 0]
        if not starts:
            break
        at = min(starts)
        attempts += 1
        try:
            _, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
            continue
        spans.append(text[at:end])
        at = end
    return spans


# ---------------------------------------------------------------------------------------------------- checking it
def _check(args: Args, value: Any, *, loose: bool) -> Reading:
    for path, wanted in args["fields"].items():
        found, there = _at(value, path)
        if not there:
            return failed(f'field "{clip(path)}" is missing')
        why = _mismatch(wanted, found, loose=loose)
        if why:
            return failed(f'field "{clip(path)}" {why}')
    if args.get("exact_keys"):
        if not isinstance(value, dict):
            return failed(f"wanted an object, found {type_name(value)}")
        known = {path.split(".")[0] for path in args["fields"]} | set(args["fields"])
        extra = [key for key in value if key not in known]
        if extra:
            return failed(f"further keys: {', '.join(quoted(key, 30) for key in extra[:5])}")
    return PASSED


def _at(value: Any, path: str) -> tuple[Any, bool]:
    if isinstance(value, dict) and path in value:
        return value[path], True
    for name in path.split("."):
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None, False
    return value, True


def is_matcher(wanted: Any) -> bool:
    """Whether an expected value is a description ({"type": ...}) rather than the value itself."""
    return isinstance(wanted, dict) and bool(wanted) and set(wanted) <= set(MATCHERS)


def _mismatch(wanted: Any, found: Any, *, loose: bool) -> str:
    """What is wrong with a field, "" when nothing."""
    if not is_matcher(wanted):
        return "" if same_value(wanted, found, loose=loose) else f"is {_brief(found)}, wanted {_brief(wanted)}"
    if "type" in wanted and not _has_type(found, wanted["type"]):
        return f"is {type_name(found)}, wanted {wanted['type']}"
    if "len" in wanted:
        size = len(found) if isinstance(found, str | list | dict) else None
        if size != wanted["len"]:
            return f"has {'no length' if size is None else f'length {size}'}, wanted {wanted['len']}"
    if "regex" in wanted:
        pattern = compile_pattern(wanted["regex"], "")
        if not search(pattern, found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)):
            return f"is {_brief(found)}, which {quoted(wanted['regex'])} does not match"
    return ""


def _brief(value: Any) -> str:
    return clip(json.dumps(value, ensure_ascii=False))


def _has_type(value: Any, name: str) -> bool:
    if name == "integer":
        return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    if name == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    kinds = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}
    if name not in kinds:
        raise CheckError(f"unknown JSON type {name}")
    return isinstance(value, kinds[name])


def same_value(wanted: Any, found: Any, *, loose: bool = False, tolerance: float = 0.0) -> bool:
    """Whether two JSON values are equal: numbers by value (3 is 3.0), true is not 1, lists in order.

    `tolerance` is relative and absolute, for numbers; `loose` forgives case and width of texts.
    """
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return wanted == found or (tolerance > 0 and _close(wanted, found, tolerance))
    if isinstance(wanted, str) and isinstance(found, str):
        return wanted == found or (loose and folded(wanted, case=False) == folded(found, case=False))
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(
            same_value(a, b, loose=loose, tolerance=tolerance) for a, b in zip(wanted, found, strict=True)
        )
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.keys() == found.keys() and all(
            same_value(wanted[key], found[key], loose=loose, tolerance=tolerance) for key in wanted
        )
    return wanted is None and found is None


def _close(wanted: float, found: float, tolerance: float) -> bool:
    try:
        return math.isclose(wanted, found, rel_tol=tolerance, abs_tol=tolerance)
    except OverflowError:
        return False
