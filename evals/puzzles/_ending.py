"""How a puzzle ends: the sentence that asks for the last line, that line, and the checks that read it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles._words import MONTHS

Check = dict[str, Any]
_REASONING: Mapping[Lang, tuple[str, ...]] = {
    "zh": (
        "请写出推理过程，最后一行写“答案：{form}”。",
        "请说明理由，并在最后单独用一行写出“答案：{form}”。",
        "先写过程，最后一行按“答案：{form}”的形式给出结果。",
        "要有推导过程；最后一行的格式是“答案：{form}”。",
    ),
    "en": (
        'Show your reasoning and end with a line "Answer: {form}".',
        'Explain how you get there, and finish with a line of the form "Answer: {form}".',
        'Please show the steps. The last line should read "Answer: {form}".',
        'Give your working, then a final line "Answer: {form}".',
    ),
}
_WORKING: Mapping[Lang, tuple[str, ...]] = {
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
_BETWEEN = (
    r"(?:[\s,，、;；:：。.()（）|/→>＞=＝£￥¥\-–—第号色盖是共]|月台|教室|公司|仓库|合计|总计|一共|校验符"
    r"|\b(?:and|the|at|with|minute|is|total|row|north|south|team|firm|car|dock|room|depot|check|character)\b)*"
)
"""What may stand between two parts of an answer line."""


# ------------------------------------------------------------------------------------------------ the last line
def ask_reasoning(rng: random.Random, lang: Lang, form: str) -> str:
    """The request for a reasoned answer; `form` is what stands behind the marker of the last line."""
    return rng.choice(_REASONING[lang]).format(form=form)


def ask_working(rng: random.Random, lang: Lang, form: str) -> str:
    """The request for a calculation whose last line has the given form."""
    return rng.choice(_WORKING[lang]).format(form=form)


def ask_list(rng: random.Random, lang: Lang, form: str) -> str:
    """The request for a last line that is a list; `form` says what it holds, in which order."""
    if lang == "zh":
        return ask_reasoning(rng, lang, "……") + f"冒号后面{form}，用顿号隔开。"
    return ask_reasoning(rng, lang, "...") + f" After the colon give {form}, separated by commas."


def answer_line(lang: Lang, answer: str) -> str:
    """The last line of a solution."""
    return f"答案：{answer}" if lang == "zh" else f"Answer: {answer}"


def numbered(items: Sequence[str]) -> str:
    """Numbered steps, one a line."""
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))


# ------------------------------------------------------------------------------------------------ its checks
def number(value: int | str) -> Check:
    """The last number of the answer line is this one."""
    return {"type": "numeric", "args": {"value": str(value), "where": "answer"}}


def numeric(value: str, tolerance: float = 0) -> tuple[Check, ...]:
    """The answer is one number, this far off at most."""
    return ({"type": "numeric", "args": {"value": value, "tolerance": tolerance, "where": "answer"}},)


def numbers(values: Sequence[int | str]) -> Check:
    """The numbers of the answer line are these in this order, with whatever words between them."""
    parts = [_digits(str(value)) for value in values]
    return {
        "type": "regex",
        "args": {"pattern": "^[^0-9]*" + "[^0-9]+".join(parts) + "[^0-9]*$", "where": "answer"},
    }


def in_order(
    tokens: Sequence[str], leads: Mapping[int, str] | None = None, units: Mapping[int, str] | None = None
) -> Check:
    """The answer line holds these parts in this order and nothing else but separators.

    `leads` maps a part's index to what may stand before it (the place a row belongs to); so may its number.
    `units` maps an index to a pattern of what may follow the part.
    """
    parts = [_loosened(token) for token in tokens]
    for at, unit in (units or {}).items():
        parts[at] += rf"\s*(?:{unit})?"
    for count, (at, lead) in enumerate((leads or {}).items(), 1):
        parts[at] = f"(?:(?:{_loosened(lead)}|{count}){_BETWEEN})?{parts[at]}"
    pattern = f"^{_BETWEEN}{_BETWEEN.join(parts)}{_BETWEEN}$"
    return {"type": "regex", "args": {"pattern": pattern, "where": "answer", "flags": "i"}}


def pattern(text: str) -> tuple[Check, ...]:
    """The answer matches a regular expression, letter case aside."""
    return ({"type": "regex", "args": {"pattern": text, "flags": "i", "where": "answer"}},)


def time_check(minute: int) -> tuple[Check, ...]:
    """The answer is a time of day; `8:05`, `08:05`, `8：05` and `8点05分` are all right."""
    return pattern(rf"(?<!\d)0?{minute // 60 % 24}\s*[:：点时.]\s*{minute % 60:02d}(?!\d)")


def date_check(day: date) -> tuple[Check, ...]:
    """The answer is a date in any of the usual ways of writing it; the year may be left out."""
    name = MONTHS[day.month - 1]
    month = rf"{name[:3]}(?:{name[3:]})?\.?"
    number = rf"0?{day.day}(?:st|nd|rd|th)?(?!\d)"
    return pattern(
        rf"(?<!\d)0?{day.month}\s*月\s*0?{day.day}(?!\d)|(?<!\d){day.year}\s*[-/.]\s*0?{day.month}\s*[-/.]\s*0?{day.day}(?!\d)"
        rf"|(?<!\d){number}\s+(?:of\s+)?{month}|{month}\s+{number}"
    )


def _digits(value: str) -> str:
    """A number as a pattern: thousands separators and trailing zeros do not matter."""
    whole, _, part = value.partition(".")
    grouped = re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+$)", "[,，]?", whole)
    return grouped + (rf"\.{part}0*" if part else r"(?:\.0+)?")


def _loosened(token: str) -> str:
    """The token as a pattern: white space between a letter or digit and an ideograph does not matter."""
    if time := re.fullmatch(r"0?([0-9]+):([0-9]{2})", token):
        return rf"(?<![0-9])0?{time[1]}\s*[:：点时.]\s*{time[2]}分?(?![0-9])"
    token = re.sub(r"(?<=[\u4e00-\u9fff]) (?=[A-Za-z0-9])|(?<=[A-Za-z0-9%]) (?=[\u4e00-\u9fff])", "", token)
    pieces = re.findall(r"[\u4e00-\u9fff]+|[^\u4e00-\u9fff]+", token)
    out = r"\s*".join(re.escape(piece) for piece in pieces)
    before = r"(?<![A-Za-z0-9])" if token[0].isascii() and token[0].isalnum() else ""
    after = r"(?![A-Za-z0-9])" if token[-1].isascii() and token[-1].isalnum() else ""
    return before + out + after
