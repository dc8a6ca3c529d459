"""Checks on the shape of an answer: counts, language, simplified or traditional script, width of its marks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from evals.checks._outcome import PASSED, Reading, failed, quoted
from evals.checks._text import forgive, lines, part, without_code

Args = Mapping[str, Any]
Readings = tuple[Reading, Reading]

HANZI = "〇々㐀-䶿一-鿿豈-﫿\U00020000-\U000323af"
"""CJK ideographs as the inside of a character class: the unified blocks, their extensions, 〇 and 々."""

_HANZI = re.compile(f"[{HANZI}]")
_WORD = re.compile(rf"[{HANZI}]|(?:(?![{HANZI}])[^\W_])+(?:[-'’.](?:(?![{HANZI}])[^\W_])+)*")
_BULLET = re.compile(
    r"[ \t　]*(?:[-*•·●○▪‣–—][ \t　]*(?=[^\s*-])|[0-9０-９]{1,3}(?:[.．)）][ \t　]*(?=[^\s0-9０-９])|、)"
    r"|[（(][0-9０-９一二三四五六七八九十]{1,3}[)）]|[①-⑳⑴-⒇⒈-⒛❶-❿])"
)
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|e\.g|i\.e|cf|No|Fig|approx|[A-Z])\.$")
_ENDS = re.compile(r"(?:[。！？!?…]+|\.+(?=[\s\"'”’)\]」』）*_]|$))[\"'”’)\]」』）*_]*")


# ---------------------------------------------------------------------------------------------------- count
def count(args: Args, text: str) -> Readings:
    """The number of characters, words, sentences, bullets, lines or paragraphs lies between min and max."""
    unit, where = args["unit"], args.get("where", "whole")
    counter = COUNTERS[unit]
    strict_count = counter(part(text, where))[0]
    strict = _in_range(args, strict_count, unit)
    if strict.passed:
        return strict, strict
    for count_found in counter(part(forgive(text), where)):
        if _in_range(args, count_found, unit).passed:
            return strict, PASSED
    return strict, strict


def _in_range(args: Args, found: int, unit: str) -> Reading:
    low, high = args.get("min"), args.get("max")
    if low is not None and found < low:
        return failed(f"{found} {unit}, wanted at least {low}")
    if high is not None and found > high:
        return failed(f"{found} {unit}, wanted at most {high}")
    return PASSED


def _sentences(text: str) -> tuple[int, ...]:
    strict = _pieces(text, forgive_abbreviations=False)
    forgiven = _pieces(text, forgive_abbreviations=True)
    by_block = sum(_pieces(block, forgive_abbreviations=True) for block in re.split(r"\n[ \t]*\n", text))
    return strict, forgiven, by_block


def _pieces(text: str, *, forgive_abbreviations: bool) -> int:
    # the full stop of "1. " at the start of a line numbers it, it ends nothing
    text = re.sub(r"^([ \t]*[0-9]{1,3})\.(?=[ \t])", r"\1 ", text, flags=re.MULTILINE)
    total = begin = 0
    for end in _ENDS.finditer(text):
        if forgive_abbreviations and _ABBREVIATION.search(text, max(begin, end.start() - 8), end.start() + 1):
            continue
        total += any(char.isalnum() for char in text[begin : end.start()])
        begin = end.end()
    return total + any(char.isalnum() for char in text[begin:])


def _paragraphs(text: str) -> tuple[int, ...]:
    blocks = [block for block in re.split(r"\n[ \t\r]*\n", text.replace("\r\n", "\n")) if block.strip()]
    # Chinese answers often part paragraphs by a single line end
    return (len(blocks), len(lines(text))) if len(blocks) <= 1 else (len(blocks),)


COUNTERS: Mapping[str, Callable[[str], tuple[int, ...]]] = {
    "hanzi": lambda text: (len(_HANZI.findall(text)),),
    "words": lambda text: (sum(1 for _ in _WORD.finditer(text)),),
    "sentences": _sentences,
    "bullets": lambda text: (sum(1 for line in text.split("\n") if _BULLET.match(line)),),
    "lines": lambda text: (len(lines(text)),),
    "paragraphs": _paragraphs,
    "characters": lambda text: (sum(1 for char in text if not char.isspace()),),
}
"""How many there are: first as the text stands, then the other counts a reader would accept."""


# ---------------------------------------------------------------------------------------------------- language
def language(args: Args, text: str) -> Readings:
    """The share of Chinese (zh) or Latin (en) letters among all letters, code and addresses left out."""
    wanted, least = args["lang"], args["min_share"]

    def reading(base: str) -> Reading:
        letters = [char for char in without_code(base) if unicodedata.category(char)[0] == "L"]
        if not letters:
            return failed("no letters to tell the language by")
        own = sum(1 for char in letters if _is_of(char, wanted))
        if own / len(letters) >= least:
            return PASSED
        return failed(f"{own / len(letters):.0%} of the letters are {_NAMES[wanted]}, wanted at least {least:.0%}")

    return reading(text), reading(forgive(text))


_NAMES = {"zh": "Chinese", "en": "Latin"}


def _is_of(char: str, wanted: str) -> bool:
    if wanted == "zh":
        return _HANZI.match(char) is not None
    return char.isascii() or unicodedata.name(char, "").startswith(("LATIN ", "FULLWIDTH LATIN "))


# ---------------------------------------------------------------------------------------------------- script
_BOTH = "着"
"""Listed by the dictionary as simplified alone, but the common form in Hong Kong."""


@cache
def only_in(script: str) -> frozenset[str]:
    """The characters that belong to one script alone, by the headwords of CC-CEDICT."""
    from zhon import cedict  # type: ignore[import-untyped]  # here: 10,000 characters, wanted by few suites

    simplified, traditional = set(cedict.simplified), set(cedict.traditional)
    chosen = simplified - traditional if script == "simplified" else traditional - simplified
    return frozenset(chosen - set(_BOTH))


def script(args: Args, text: str) -> Readings:
    """No character that belongs only to the other script, but those allowed."""
    other = "traditional" if args["script"] == "simplified" else "simplified"
    wrong = only_in(other) - set(args.get("allow", ""))

    def reading(base: str) -> Reading:
        found = list(dict.fromkeys(char for char in base if char in wrong))
        if not found:
            return PASSED
        return failed(f"{other} characters: {''.join(found[:20])}")

    return reading(text), reading(forgive(text))


# ---------------------------------------------------------------------------------------------------- width
_ASCII_MARKS = ",.!?;:()\"'"
_FULL_MARKS = "，。！？；：（）、“”‘’「」『』《》〈〉【】〔〕…—～·．＂＇"
_TYPOGRAPHIC = "“”‘’…—·"


def width(args: Args, text: str) -> Readings:
    """All punctuation in Chinese (full) or ASCII (half) form, outside code, numbers and addresses."""
    wanted = args["width"]
    allowed = set(args.get("allow", ""))
    wrong = set(_ASCII_MARKS if wanted == "full" else _FULL_MARKS) - allowed

    def reading(base: str, *, loose: bool) -> Reading:
        plain = _without_numbers(without_code(base))
        found = [
            (mark, at)
            for at, mark in enumerate(plain)
            if mark in wrong and not _excused(plain, at, wanted, loose=loose)
        ]
        if not found:
            return PASSED
        mark, at = found[0]
        other = "half" if wanted == "full" else "full"
        return failed(f"{len(found)} {other}-width marks, the first {mark} in {quoted(plain[max(0, at - 8) : at + 9])}")

    return reading(text, loose=False), reading(forgive(text), loose=True)


def _without_numbers(text: str) -> str:
    text = re.sub(r"^([ \t]*[0-9]{1,3})[.)](?=[ \t])", r"\1 ", text, flags=re.MULTILINE)
    return re.sub(r"(?<=[0-9])[,.:/](?=[0-9])", " ", text)


def _excused(text: str, at: int, wanted: str, *, loose: bool) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if wanted == "half":
        # curly quotation marks, dashes and dots are good typography in English too
        return loose and text[at] in _TYPOGRAPHIC and not (_HANZI.match(before) or _HANZI.match(after))
    if text[at] in ".'" and before.isascii() and after.isascii() and before.isalnum() and after.isalnum():
        return True  # Node.js, it's
    near = text[max(0, at - 40) : at].rstrip()[-1:] if before.isspace() else before
    follows = text[at + 1 : at + 40].lstrip()[:1]
    return loose and not (_HANZI.match(near) or _HANZI.match(follows))
