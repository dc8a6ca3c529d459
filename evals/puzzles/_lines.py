"""Lines of puzzles in both languages: lists, numerals, sums, the closing request and the check of the last line."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._family import Lang

_HAN = "零一二三四五六七八九十"
_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_BETWEEN = (
    r"(?:[\s,，、;；:：。.()（）|/→>＞=＝£￥¥\-–—第号色盖是共]|月台|教室|公司|仓库|合计|总计|一共|校验符"
    r"|\b(?:and|the|at|with|minute|is|total|row|north|south|team|firm|car|dock|room|depot|check|character)\b)*"
)
"""What may stand between two parts of an answer line."""
_MATH = str.maketrans({"+": "＋", "-": "－", "*": "×", "/": "÷", "=": "＝", " ": None})


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


def ordinal(number: int) -> str:
    """1 -> first ... 10 -> tenth."""
    return _ORDINALS[number - 1]


def plural(number: int, one: str, many: str = "") -> str:
    """The noun that fits the number: plural(1, "box", "boxes") is "box"."""
    return one if number == 1 else many or one + "s"


def counted(number: int, one: str, many: str = "") -> str:
    """An English count in words with its noun: "three boxes"."""
    return f"{word(number)} {plural(number, one, many)}"


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


def clock(lang: Lang, minutes: int) -> str:
    """A time of day from minutes after midnight: 9:05 in Chinese, 09:05 in English."""
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02d}" if lang == "zh" else f"{hour:02d}:{minute:02d}"


def maths(lang: Lang, text: str) -> str:
    """A sum written as "3 * 4 + 2 = 14" in the signs of the language."""
    return text.translate(_MATH) if lang == "zh" else text.replace("*", "x")


def spaced(text: str) -> str:
    """Chinese text with a space between ideographs and Latin letters or digits, and none at line ends."""
    text = re.sub(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])", " ", text)
    return re.sub(r"(?<=[A-Za-z0-9%])(?=[\u4e00-\u9fff])", " ", text)


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def finished(lang: Lang, text: str) -> str:
    """A whole text as it is shown: Chinese spacing, no doubled spaces."""
    text = spaced(text) if lang == "zh" else text
    return "\n".join(line.rstrip() for line in re.sub(r"(?<=\S) {2,}", " ", text).split("\n")).strip()


def phrased(rng: random.Random, *sentences: tuple[str, ...]) -> str:
    """One wording of each sentence, in order."""
    return "".join(rng.choice(wordings) for wordings in sentences)


def closing(rng: random.Random, lang: Lang, form: str) -> str:
    """The request for the last line; `form` is what stands behind the marker."""
    if lang == "zh":
        asks = (
            f"请写出推理过程，最后一行写“答案：{form}”。",
            f"请说明理由，并在最后单独用一行写出“答案：{form}”。",
            f"先写过程，最后一行按“答案：{form}”的形式给出结果。",
            f"要有推导过程；最后一行的格式是“答案：{form}”。",
        )
    else:
        asks = (
            f'Show your reasoning and end with a line "Answer: {form}".',
            f'Explain how you get there, and finish with a line of the form "Answer: {form}".',
            f'Please show the steps. The last line should read "Answer: {form}".',
            f'Give your working, then a final line "Answer: {form}".',
        )
    return rng.choice(asks)


def listed(rng: random.Random, lang: Lang, form: str) -> str:
    """The request for a last line that is a list; `form` says what it holds, in which order."""
    if lang == "zh":
        return closing(rng, lang, "……") + f"冒号后面{form}，用顿号隔开。"
    return closing(rng, lang, "...") + f" After the colon give {form}, separated by commas."


def answer_line(lang: Lang, answer: str) -> str:
    """The last line of a solution."""
    return f"答案：{answer}" if lang == "zh" else f"Answer: {answer}"


def steps(items: Sequence[str]) -> str:
    """Numbered steps, one a line."""
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))


def in_order(
    tokens: Sequence[str], leads: Mapping[int, str] | None = None, units: Mapping[int, str] | None = None
) -> dict[str, Any]:
    """A check: the answer line holds these parts in this order and nothing else but separators.

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


def number(value: int | str) -> dict[str, Any]:
    """A check: the last number of the answer line is this one."""
    return {"type": "numeric", "args": {"value": str(value), "where": "answer"}}


def numbers(values: Sequence[int | str]) -> dict[str, Any]:
    """A check: the numbers of the answer line are these in this order, with whatever words between them."""
    parts = [_digits(str(value)) for value in values]
    return {
        "type": "regex",
        "args": {"pattern": "^[^0-9]*" + "[^0-9]+".join(parts) + "[^0-9]*$", "where": "answer"},
    }


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
