"""Words and numbers as people write them in both languages: counts, lists, amounts, times, dates, and clean spacing."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from evals.puzzles._family import Lang

_HAN = "零一二三四五六七八九十"
_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_SEAM = re.compile(r"(?<=[一-鿿])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z%])(?=[一-鿿])")
_SIGNED = re.compile(r"(?<=[一-鿿])(?=[£$€+\-−])")
_MATH = str.maketrans({"+": "＋", "-": "－", "*": "×", "/": "÷", "=": "＝", " ": None})
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
DAYS = {
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


# ------------------------------------------------------------------------------------------------ counts and lists
def han(number: int) -> str:
    """A count as it is said before a measure word: 两, 五, 十二, 三十; digits from 100 on."""
    if number > 99:
        return str(number)
    if number == 2:
        return "两"
    tens, ones = divmod(number, 10)
    if not tens:
        return _HAN[number]
    return ("" if tens == 1 else _HAN[tens]) + "十" + (_HAN[ones] if ones else "")


def word(number: int) -> str:
    """A count in English: words up to twelve, digits beyond."""
    return _WORDS[number] if 0 <= number < len(_WORDS) else f"{number:,}"


def ordinal(lang: Lang, number: int) -> str:
    """第一, 第二 ... or first ... tenth."""
    if lang == "zh":
        return "第" + ("二" if number == 2 else han(number))
    return _ORDINALS[number - 1]


def count(number: int, one: str, many: str = "") -> str:
    """An English count in digits with its noun: "3 boxes"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def counted(number: int, one: str) -> str:
    """An English count in words with its noun: "three boxes"."""
    return f"{word(number)} {one if number == 1 else one + 's'}"


def times(number: int) -> str:
    """How often: once, twice, three times."""
    return {1: "once", 2: "twice"}.get(number, f"{word(number)} times")


def joined(lang: Lang, items: Sequence[str], last: str = "") -> str:
    """A list as a reader expects it: 甲、乙和丙 / A, B and C; `last` replaces the final 和 or "and"."""
    if len(items) < 2:
        return "".join(items)
    if lang == "zh":
        return "、".join(items[:-1]) + (last or "和") + items[-1]
    return ", ".join(items[:-1]) + f" {last or 'and'} " + items[-1]


def row(lang: Lang, items: Sequence[str]) -> str:
    """The parts of an answer line in order."""
    return ("、" if lang == "zh" else ", ").join(items)


# ------------------------------------------------------------------------------------------------ numbers and amounts
def decimal(value: Fraction, places: int = 2) -> str:
    """A number without superfluous zeros; it must have at most `places` decimals (else it is rounded half up)."""
    scaled = int(abs(value) * 10**places + Fraction(1, 2))
    whole, rest = divmod(scaled, 10**places)
    tail = f"{rest:0{places}d}".rstrip("0") if places else ""
    return ("-" if value < 0 and scaled else "") + str(whole) + (f".{tail}" if tail else "")


def fraction(value: Fraction) -> str:
    """A whole number, or a fraction in lowest terms: `3/7`."""
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def money(lang: Lang, cents: int) -> str:
    """An amount in words of the language: `12.5 元`, `£12.50`, `£1,200`."""
    if lang == "zh":
        return f"{decimal(Fraction(cents, 100))} 元"
    return f"£{cents // 100:,}" if cents % 100 == 0 else f"£{cents // 100:,}.{cents % 100:02d}"


def maths(lang: Lang, text: str) -> str:
    """A sum written as "3 * 4 + 2 = 14" in the signs of the language."""
    return text.translate(_MATH) if lang == "zh" else text.replace("*", "x")


# ------------------------------------------------------------------------------------------------ times and dates
def clock(minute: int) -> str:
    """Minutes after midnight as `8:05`, on the 24-hour clock."""
    return f"{minute // 60 % 24}:{minute % 60:02d}"


def clock_in(lang: Lang, minute: int) -> str:
    """A time of day from minutes after midnight: 9:05 in Chinese, 09:05 in English."""
    return clock(minute) if lang == "zh" else clock(minute).zfill(5)


def dated(lang: Lang, day: date, *, year: bool = True, week: bool = False) -> str:
    """`2026年3月5日（星期四）` or `Thursday 5 March 2026`, the year and the day of the week as asked."""
    if lang == "zh":
        tail = f"（{DAYS['zh'][day.weekday()]}）" if week else ""
        return (f"{day.year}年" if year else "") + f"{day.month}月{day.day}日{tail}"
    head = f"{DAYS['en'][day.weekday()]} " if week else ""
    return f"{head}{day.day} {MONTHS[day.month - 1]}" + (f" {day.year}" if year else "")


# ------------------------------------------------------------------------------------------------ whole texts
def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def phrased(rng: random.Random, *sentences: tuple[str, ...]) -> str:
    """One wording of each sentence, in order."""
    return "".join(rng.choice(wordings) for wordings in sentences)


def finished(lang: Lang, text: str, *, signed: bool = False) -> str:
    """A whole text as it is shown: Chinese parted from Latin letters and digits by a space, no doubled spaces.

    `signed` parts it from the sign of a number or of a currency, too.
    """
    if lang == "zh":
        text = _SEAM.sub(" ", _SIGNED.sub(" ", text) if signed else text)
    return "\n".join(line.rstrip() for line in re.sub(r"(?<=\S) {2,}", " ", text).split("\n")).strip()
