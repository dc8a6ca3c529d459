"""Checks on the words of an answer: exact, numeric, one_of, regex, contains, absent, starts_with, ends_with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import regex

from evals.checks._numbers import Number, numbers, read_number
from evals.checks._outcome import PASSED, CheckError, Reading, failed, quoted
from evals.checks._text import folded, forgive, part, unquoted

PATTERN_SECONDS = 1.0
"""Processor time an author's pattern may take on one answer; beyond it the check is an error, not a failure."""

_TAIL = 4000
"""Characters at the end of a part in which its last number is sought."""

Args = Mapping[str, Any]
Readings = tuple[Reading, Reading]


# ---------------------------------------------------------------------------------------------------- exact
def exact(args: Args, text: str) -> Readings:
    """The part equals the value."""
    value, where, case = args["value"], args.get("where", "answer"), bool(args.get("case"))
    found = part(text, where)
    strict = PASSED if found == value.strip() else failed(f"wanted {quoted(value)}, found {quoted(found)}")
    wanted = _bare(value, case=case)
    options = {_bare(candidate, case=case) for candidate in _loose_parts(text, where)}
    loose = wanted in options or any(_same_letters(value, candidate) for candidate in _loose_parts(text, where))
    return strict, PASSED if loose else strict


def _bare(text: str, *, case: bool) -> str:
    return folded(unquoted(text), case=case)


def _loose_parts(text: str, where: str) -> list[str]:
    """The part as found in the answer freed from its wrapping; before that freeing too, as it may hide a marker."""
    return list(dict.fromkeys(_strip_marks(part(base, where, loose=True)) for base in (forgive(text), text.strip())))


def _strip_marks(text: str) -> str:
    return forgive(text).strip()


def _same_letters(value: str, found: str) -> bool:
    """A multiple choice with several right letters: AC, A、C and "A and C" are one answer."""
    if not re.fullmatch(r"[A-H]{2,8}", value):
        return False
    bare = re.sub(r"[\s、,;.()和与及&]|(?i:\band\b)", "", folded(unquoted(found), case=True))
    return len(bare) == len(value) and sorted(bare.upper()) == sorted(value)


# ---------------------------------------------------------------------------------------------------- numeric
def numeric(args: Args, text: str) -> Readings:
    """The last number in the part equals the value, as a fraction, within the tolerance."""
    wanted = read_number(args["value"])
    if wanted is None:
        raise CheckError(f"the expected value {args['value']!r} is not a number")
    tolerance = Fraction(str(args.get("tolerance", 0)))
    where = args.get("where", "answer")
    last = _last(numbers(part(text, where)[-_TAIL:]))
    if last is not None and _near(last.value, wanted.value, tolerance):
        return PASSED, PASSED
    if last is None:
        strict = failed(f"no number where {args['value']} is wanted: {quoted(part(text, where))}")
    else:
        strict = failed(f"wanted {args['value']}, found {_shown(last.value)}")
    for candidate in _loose_parts(text, where):
        if any(_near(value, wanted.value, tolerance) for value in _values(numbers(candidate[-_TAIL:]), wanted)):
            return strict, PASSED
    return strict, strict


def _last(found: list[Number]) -> Number | None:
    chosen = [number for number in found if number.sure] or found
    return chosen[-1] if chosen else None


def _values(found: list[Number], wanted: Number) -> Iterable[Fraction]:
    """What a forgiving reader may take the last number for: with and without its percent sign, the Arabic one."""
    for number in (_last(found), next((n for n in reversed(found) if n.arabic), None)):
        if number is None:
            continue
        yield number.value
        yield from number.also
        if number.percent != wanted.percent:
            yield number.value * 100 if number.percent else number.value / 100


def _near(value: Fraction, wanted: Fraction, tolerance: Fraction) -> bool:
    return abs(value - wanted) <= tolerance


def _shown(value: Fraction) -> str:
    if value.denominator == 1:
        text = str(value.numerator) if abs(value) < 10**40 else "a very large number"
    elif abs(value.numerator) > 10**40 or value.denominator > 10**40:
        text = "a very long fraction"
    else:
        text = (
            f"{float(value):g}" if Fraction(f"{float(value):g}") == value else f"{value.numerator}/{value.denominator}"
        )
    return text


# ---------------------------------------------------------------------------------------------------- one_of
def one_of(args: Args, text: str) -> Readings:
    """The part equals one of the values; loosely it contains exactly one of all listed options, a right one."""
    values: list[str] = args["values"]
    where, case = args.get("where", "answer"), bool(args.get("case"))
    found = part(text, where)
    strict = (
        PASSED
        if found in [value.strip() for value in values]
        else failed(f"wanted one of {_listed(values)}, found {quoted(found)}")
    )
    right = {_bare(value, case=case) for value in values}
    options = right | {_bare(value, case=case) for value in args.get("options", ())}
    for candidate in _loose_parts(text, where):
        named = _named(_bare(candidate, case=case), options)
        if len(named) == 1 and named <= right:
            return strict, PASSED
    return strict, strict


def _named(text: str, options: Iterable[str]) -> set[str]:
    """The options that occur in a text, the longest first so that 红色 does not count as 红 too."""
    named = set()
    for option in sorted(filter(None, options), key=lambda o: (-len(o), o)):
        pattern = _bounded(option)
        if re.search(pattern, text):
            named.add(option)
            text = re.sub(pattern, "\0", text)
    return named


def _bounded(word: str) -> str:
    """The word as a pattern; a Latin letter or digit at its edge must not continue into another one."""
    before = "(?<![A-Za-z0-9])" if word[0].isascii() and word[0].isalnum() else ""
    after = "(?![A-Za-z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
    return before + re.escape(word) + after


# ---------------------------------------------------------------------------------------------------- regex
def pattern(args: Args, text: str) -> Readings:
    """The author's pattern is found in the part."""
    where = args.get("where", "whole")
    compiled = compile_pattern(args["pattern"], args.get("flags", ""))
    strict_text = part(text, where)
    if search(compiled, strict_text):
        return PASSED, PASSED
    strict = failed(f"pattern {quoted(args['pattern'])} is not found")
    for candidate in _loose_parts(text, where):
        if search(compiled, candidate) or search(compiled, folded_lines(candidate)):
            return strict, PASSED
    return strict, strict


def folded_lines(text: str) -> str:
    """Each line half-width and with single spaces; letters keep their case, which a pattern states by its flags."""
    return "\n".join(folded(line, case=True) for line in text.split("\n"))


@lru_cache(maxsize=256)
def compile_pattern(source: str, flags: str) -> regex.Pattern[str]:
    """The pattern, compiled with MULTILINE. Raises CheckError when Python's `re` would not accept it."""
    try:
        re.compile(source, re.MULTILINE | _flags(re, flags))
        # V0 keeps the meaning `re` gives a pattern; `regex` runs it because `re` cannot be stopped
        return regex.compile(source, regex.MULTILINE | regex.VERSION0 | _flags(regex, flags))
    except (re.error, regex.error, OverflowError, RecursionError) as error:
        raise CheckError(f"pattern {quoted(source)} is not valid: {error}") from None


def _flags(module: Any, flags: str) -> int:
    value = 0
    for flag in flags:
        value |= int({"i": module.IGNORECASE, "s": module.DOTALL}[flag])
    return value


def search(compiled: regex.Pattern[str], text: str) -> bool:
    """Whether the pattern is found. Raises CheckError when it takes longer than `PATTERN_SECONDS`."""
    try:
        return compiled.search(text, timeout=PATTERN_SECONDS) is not None
    except TimeoutError:
        raise CheckError(
            f"pattern {quoted(compiled.pattern)} took more than {PATTERN_SECONDS:g} s on this answer; "
            "write it without nested repeats"
        ) from None
    except MemoryError:
        raise CheckError(f"pattern {quoted(compiled.pattern)} ran out of memory on this answer") from None


# ---------------------------------------------------------------------------------------------------- contains
def contains(args: Args, text: str) -> Readings:
    """Every item of `all` and at least one of `any` occurs; an item may be a list of synonyms."""
    where, case = args.get("where", "whole"), bool(args.get("case"))
    strict = _contains(args, part(text, where), lambda word: word)
    loose_text = "\n".join(folded(candidate, case=case) for candidate in _loose_parts(text, where))
    return strict, _contains(args, loose_text, lambda word: folded(word, case=case))


def _contains(args: Args, text: str, fold: Callable[[str], str]) -> Reading:
    missing = [item for item in args.get("all", ()) if not any(fold(word) in text for word in _synonyms(item))]
    if missing:
        return failed(f"{_listed(missing)} not found")
    choice = args.get("any", ())
    if choice and not any(fold(word) in text for item in choice for word in _synonyms(item)):
        return failed(f"none of {_listed(choice)} found")
    return PASSED


def absent(args: Args, text: str) -> Readings:
    """None of the values occurs, in whatever case and width unless `case`; loosely the polite lines do not count."""
    where, case = args.get("where", "whole"), bool(args.get("case"))
    values = [value for item in args["values"] for value in _synonyms(item)]

    def reading(base: str) -> Reading:
        shown = folded(base, case=case)
        found = [value for value in values if folded(value, case=case) in shown]
        return failed(f"{_listed(found)} must not occur") if found else PASSED

    return reading(part(text, where)), reading(part(forgive(text), where))


def _synonyms(item: str | list[str]) -> list[str]:
    return [item] if isinstance(item, str) else item


def _listed(items: Iterable[str | list[str]]) -> str:
    return ", ".join(quoted(" / ".join(_synonyms(item)), 40) for item in list(items)[:6])


# ---------------------------------------------------------------------------------------------------- edges
def starts_with(args: Args, text: str) -> Readings:
    """The part starts with one of the values."""
    return _edge(args, text, str.startswith, "start")


def ends_with(args: Args, text: str) -> Readings:
    """The part ends with one of the values; loosely a full stop or quotation mark may follow."""
    return _edge(args, text, str.endswith, "end")


def _edge(args: Args, text: str, at_edge: Callable[[str, str], bool], edge: str) -> Readings:
    values = args.get("values") or args["value"]
    values = _synonyms(values)
    where = args.get("where", "whole")
    found = part(text, where)
    if any(at_edge(found, value.strip()) for value in values):
        return PASSED, PASSED
    shown = found[:40] if edge == "start" else found[-40:]
    strict = failed(f"must {edge} with {_listed(values)}; {edge}s with {quoted(shown)}")
    for candidate in _loose_parts(text, where):
        for form in (candidate, unquoted(candidate)):
            if any(at_edge(folded(form, case=False), folded(value, case=False)) for value in values):
                return strict, PASSED
    return strict, strict
