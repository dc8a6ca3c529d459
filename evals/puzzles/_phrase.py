"""Words the families share: the request for a last line, numbers and lists as people write them, ready-made checks."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from evals.puzzles._family import Lang, Puzzle

_SEAM = re.compile(r"(?<=[一-鿿])(?=[0-9A-Za-z£$€+\-−])|(?<=[0-9A-Za-z%])(?=[一-鿿])")

CLOSINGS: dict[Lang, tuple[str, ...]] = {
    "zh": (
        "请写出推算过程，最后一行写“答案：{form}”。",
        "请一步一步算，结尾单独一行写明“答案：{form}”。",
        "说明理由，并在最后一行给出“答案：{form}”。",
        "要有过程；最后一行按“答案：{form}”的格式写。",
    ),
    "en": (
        'Show your working and end with a line "Answer: {form}".',
        'Explain the steps; the last line should read "Answer: {form}".',
        'Please work it out step by step and finish with a line of its own: "Answer: {form}".',
        'Give your reasoning, then close with one line in the form "Answer: {form}".',
    ),
}
"""Sentences that ask for the last line: the only wording many questions have in common."""


def closing(rng: random.Random, lang: Lang, form: str) -> str:
    """One of the sentences that ask for a worked answer with a last line of the given form."""
    return rng.choice(CLOSINGS[lang]).format(form=form)


def spaced(text: str) -> str:
    """Chinese text with one space between ideographs and Latin letters or digits, as the suites write it."""
    return _SEAM.sub(" ", text)


def listed(lang: Lang, items: Sequence[str]) -> str:
    """`a, b and c` or `甲、乙和丙`."""
    comma, last = ("、", "和") if lang == "zh" else (", ", " and ")
    return items[0] if len(items) == 1 else comma.join(items[:-1]) + last + items[-1]


def count(number: int, one: str, many: str = "") -> str:
    """English: a number with its noun in the right form."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def decimal(value: Fraction, places: int = 2) -> str:
    """A number without superfluous zeros; it must have at most `places` decimals (else it is rounded half up)."""
    scaled = int(abs(value) * 10**places + Fraction(1, 2))
    whole, rest = divmod(scaled, 10**places)
    tail = f"{rest:0{places}d}".rstrip("0") if places else ""
    return ("-" if value < 0 and scaled else "") + str(whole) + (f".{tail}" if tail else "")


def money(lang: Lang, cents: int) -> str:
    """An amount in words of the language: `12.5 元`, `£12.50`, `£1,200`."""
    if lang == "zh":
        return f"{decimal(Fraction(cents, 100))} 元"
    return f"£{cents // 100:,}" if cents % 100 == 0 else f"£{cents // 100:,}.{cents % 100:02d}"


def about(lang: Lang, value: Fraction, places: int = 2) -> str:
    """`= 6.05` when that is exact, else `≈ 6.05`."""
    sign = "=" if (value * 10**places).denominator == 1 else "≈"
    return (
        ("＝" if sign == "=" else sign) + decimal(value, places) if lang == "zh" else f"{sign} {decimal(value, places)}"
    )


def line(lang: Lang, base: Fraction, slope: Fraction, name: str) -> str:
    """The term base + slope * name as people write it: `88.4 - 4.2a`, `5.4a - 20.4`, `60`."""
    plus, minus = ("＋", "－") if lang == "zh" else (" + ", " - ")
    if slope == 0:
        return decimal(base)
    term = ("" if abs(slope) == 1 else decimal(abs(slope))) + name
    if base == 0:
        return term if slope > 0 else f"-{term}"
    if base < 0 < slope:
        return f"{term}{minus}{decimal(-base)}"
    return f"{decimal(base)}{plus if slope > 0 else minus}{term}"


def clock(minute: int) -> str:
    """Minutes after midnight as `8:05`, on the 24-hour clock."""
    return f"{minute // 60 % 24}:{minute % 60:02d}"


def numeric(value: str, tolerance: float = 0) -> tuple[dict[str, Any], ...]:
    """The check of an answer that is one number."""
    return ({"type": "numeric", "args": {"value": value, "tolerance": tolerance, "where": "answer"}},)


def pattern(text: str) -> tuple[dict[str, Any], ...]:
    """The check of an answer by a regular expression, letter case aside."""
    return ({"type": "regex", "args": {"pattern": text, "flags": "i", "where": "answer"}},)


def time_check(minute: int) -> tuple[dict[str, Any], ...]:
    """The check of a time of day; `8:05`, `08:05`, `8：05` and `8点05分` are all right."""
    return pattern(rf"(?<!\d)0?{minute // 60 % 24}\s*[:：点时.]\s*{minute % 60:02d}(?!\d)")


MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
DAYS = {
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def dated(lang: Lang, day: date, *, year: bool = True, week: bool = False) -> str:
    """`2026年3月5日（星期四）` or `Thursday 5 March 2026`, the year and the day of the week as asked."""
    if lang == "zh":
        tail = f"（{DAYS['zh'][day.weekday()]}）" if week else ""
        return (f"{day.year}年" if year else "") + f"{day.month}月{day.day}日{tail}"
    head = f"{DAYS['en'][day.weekday()]} " if week else ""
    return f"{head}{day.day} {MONTHS[day.month - 1]}" + (f" {day.year}" if year else "")


def date_check(day: date) -> tuple[dict[str, Any], ...]:
    """The check of a date in any of the usual ways of writing it; the year may be left out."""
    name = MONTHS[day.month - 1]
    month = rf"{name[:3]}(?:{name[3:]})?\.?"
    number = rf"0?{day.day}(?:st|nd|rd|th)?(?!\d)"
    return pattern(
        rf"(?<!\d)0?{day.month}\s*月\s*0?{day.day}(?!\d)|(?<!\d){day.year}\s*[-/.]\s*0?{day.month}\s*[-/.]\s*0?{day.day}(?!\d)"
        rf"|(?<!\d){number}\s+(?:of\s+)?{month}|{month}\s+{number}"
    )


def puzzle(
    lang: Lang,
    *,
    question: Sequence[str],
    steps: Sequence[str],
    answer: str,
    shown: str,
    checks: tuple[dict[str, Any], ...],
    facts: dict[str, Any],
    size: int,
) -> Puzzle:
    """A puzzle from its paragraphs and steps; `shown` is the answer as the last line of the solution writes it."""
    last = f"答案：{shown}" if lang == "zh" else f"Answer: {shown}"
    body, worked = "\n".join(part for part in question if part is not None), "\n".join([*steps, last])
    if lang == "zh":
        body, worked = spaced(body), spaced(worked)
    return Puzzle(question=body, answer=answer, solution=worked, checks=checks, facts=facts, size=size)
