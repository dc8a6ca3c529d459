"""Finds the numbers in a text, as exact fractions: 1,234.5, 3/7, 2又1/3, 15%, 1.2万, 三百零五, −8, ￥3元5角."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from evals.checks._chinese_numerals import BIG_UNITS, DIGITS, NUMERALS, SMALL_UNITS, read_numeral
from evals.checks._text import half_width

MAX_DIGITS = 300
"""Characters a number may have; a longer run of digits is passed over."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number as it stands in a text.

    `sure` is False for a lone Chinese numeral that is more likely part of a word (一些, 统一, 十分). `percent` tells
    that a percent sign made it; `also` holds another value it may mean (三千米: 3,000 metres or 3 kilometres).
    """

    value: Fraction
    sure: bool = True
    percent: bool = False
    arabic: bool = False
    also: tuple[Fraction, ...] = ()


_ARABIC = r"(?:[0-9]{1,3}(?:,[0-9]{3})++(?![0-9])|[0-9]++)(?:\.[0-9]++)?|\.[0-9]++"
_VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
_START = re.compile(rf"[0-9{NUMERALS}{_VULGAR}]|\.(?=[0-9])")
_PIECE = re.compile(rf"(?P<arabic>{_ARABIC})|(?P<han>[{NUMERALS}])")
_HAN_POINT = re.compile(rf"[点點]([{DIGITS}]++)")
_UNIT_NEXT = re.compile(rf"[ ]?(?=[{BIG_UNITS}{SMALL_UNITS}])")
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]{1,2})(?![0-9A-Za-z])")
_TIMES_TEN = re.compile(r"[ ]?[×xX*·][ ]?10(?:\^[ ]?\{?[ ]?(-?[0-9]{1,2})[ ]?\}?|([⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))")
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_SLASH = re.compile(r"[ ]?[/⁄∕][ ]?([0-9]{1,40})(?![0-9.]*[/⁄])")
_MIXED = re.compile(r"(?:[ ]?又[ ]?|[ ])([0-9]{1,40})[ ]?[/⁄∕][ ]?([0-9]{1,40})(?![0-9.]*[/⁄])")
_PERCENT = re.compile(r"[ ]?(?:(%|percent\b|per cent\b)|(‰))", re.IGNORECASE)
_SCALE = re.compile(r"[ ](hundred|thousand|million|billion|trillion)\b", re.IGNORECASE)
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_PER = re.compile(r"[百千万萬]分之")
_PERS = {"百": 100, "千": 1000, "万": 10_000, "萬": 10_000}
_HALF_MORE = re.compile(r"[ ]?(?:个|個|年|天|米|斤|公里|小时|元|块|倍|月|吨)半(?![个個年天])")
_NEGATIVE = re.compile(
    r"(?:(?:^|(?<=[^0-9A-Za-z)\]}%]))-|负|負|(?i:minus|negative)[ ])[ ]?[¥$€£]?[ ]?$|[¥$€£][ ]?-[ ]?$"
)
_KILO = "克米瓦卡赫帕伏焦字"
_MEASURES = (
    "个個只隻条條元圆块角分天年月日时時岁歲人名位次本页張张件种種米斤克吨倍辆輛台颗棵"
    "朵头頭匹座间間层層道题題组組班箱盒袋瓶杯碗套双雙对對枚根支把点點度步圈场場周秒家"
    "户小公厘毫平立千排列行号號"
)
_BEFORE_VALUE = "是为為等于於=:得剩余有共约約到第选選"
_WORDS_WITH_ONE = ("统一", "唯一", "之一", "万一", "单一", "專一", "专一", "其一", "不一")
_CURRENCIES = frozenset({"usd", "rmb", "cny", "eur", "gbp", "hkd", "jpy", "rs", "us", "b"})


def numbers(text: str) -> list[Number]:
    """Every number of a text, in order."""
    return list(_scan(_plain(text)))


def read_number(value: object) -> Number | None:
    """The one number an author wrote as the expected value, or None when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    found = numbers(str(value))
    sure = [number for number in found if number.sure] or found
    return sure[-1] if len(sure) == 1 else None


def _plain(text: str) -> str:
    """Half-width, LaTeX resolved. A full-width comma is no thousands separator unless the digits are full-width too."""
    text = re.sub(r"(?<![０-９])，|，(?![０-９])", "、", text)
    text = half_width(text).replace("−", "-").replace("﹣", "-").replace("\u2009", "").replace("\u202f", "")
    if "\\" in text or "{,}" in text:
        text = text.replace("{,}", ",")
        text = re.sub(r"(?<=[0-9])\\[dt]?frac[ ]?\{(-?[0-9]{1,40})\}[ ]?\{([0-9]{1,40})\}", r"又\1/\2", text)
        text = re.sub(r"\\[dt]?frac[ ]?\{(-?[0-9]{1,40})\}[ ]?\{([0-9]{1,40})\}", r" \1/\2 ", text)
        text = re.sub(r"\\(?:left|right|[,;!: ])|\\(?=[%$])", "", text)
        text = re.sub(r"\\(?:times|cdot)\b[ ]?", "×", text)
        text = re.sub(r"\\(?:text|mathrm|mathbf)[ ]?\{", " {", text)
    return text


def _scan(text: str) -> Iterator[Number]:
    at = 0
    while found := _START.search(text, at):
        number, at = _Reader(text, found.start()).read()
        if number is not None:
            yield number


class _Reader:
    """Reads the number that may begin at one place, and says where reading goes on."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = self.at = start
        self.percent = False
        self.arabic = False
        self.also: tuple[Fraction, ...] = ()

    def read(self) -> tuple[Number | None, int]:
        per = _PER.match(self.text, self.start)
        if per:
            self.at = per.end()
            self._skip_space()
        value = self._run()
        if value is None or self._inside_word():
            return None, max(self.at, self.start + 1)
        if per:
            self.percent = per[0][0] == "百"
            value /= _PERS[per[0][0]]
        else:
            value = self._suffixes(value)
        sign = -1 if _NEGATIVE.search(self.text, max(0, self.start - 12), self.start) else 1
        sure = per is not None or self._sure()
        number = Number(
            value * sign,
            sure=sure,
            percent=self.percent,
            arabic=self.arabic,
            also=tuple(other * sign for other in self.also),
        )
        return number, self.at

    # ------------------------------------------------------------------------------------------ the run itself
    def _run(self) -> Fraction | None:
        """A run of Arabic digits and Chinese numerals that belong together, as far as it makes one number."""
        if self.at < len(self.text) and self.text[self.at] in _VULGAR:
            value = _vulgar(self.text[self.at])
            self.at += 1
            self.arabic = True
            return value
        begin = self.at
        parts: list[str | Fraction] = []
        while found := _PIECE.match(self.text, self.at):
            if found["arabic"] is not None:
                if parts and isinstance(parts[-1], Fraction):
                    break
                if len(found["arabic"]) > MAX_DIGITS:
                    self.at = found.end()
                    return None
                self.arabic = True
                parts.append(Fraction(found["arabic"].replace(",", "")))
                self.at = found.end()
                if gap := _UNIT_NEXT.match(self.text, self.at):
                    self.at = gap.end()
            else:
                parts.append(found["han"])
                self.at = found.end()
        return self._with_point(self._value(parts), begin)

    def _value(self, parts: list[str | Fraction]) -> Fraction | None:
        """The parts as a number; 千 before a unit of measure is its prefix (3千克 is 3 kilograms)."""
        if len(parts) == 1 and isinstance(parts[0], Fraction):
            return parts[0]
        value = read_numeral(parts)
        if parts and parts[-1] == "千" and self.text[self.at : self.at + 1] in tuple(_KILO):
            short = read_numeral(parts[:-1]) if len(parts) > 2 or isinstance(parts[0], str) else Fraction(parts[0])
            if short is not None and value is not None:
                value, self.also = (short, (value,)) if self.arabic else (value, (short,))
            return value if value is not None else short
        # 5一定: the digits stand, the Chinese word behind them does not
        arabic = [part for part in parts if isinstance(part, Fraction)]
        return arabic[-1] if value is None and arabic else value

    def _with_point(self, value: Fraction | None, begin: int) -> Fraction | None:
        if value is None or self.arabic or not (point := _HAN_POINT.match(self.text, self.at)):
            return value
        digits = point[1]
        if len(digits) > MAX_DIGITS or len(self.text[begin : self.at]) > MAX_DIGITS:
            return value
        whole = read_numeral(list(digits))
        assert whole is not None
        self.at = point.end()
        return value + whole / Fraction(10) ** len(digits)

    # ------------------------------------------------------------------------------------------ what may follow
    def _suffixes(self, value: Fraction) -> Fraction:
        for suffix in (self._fraction, self._scale, self._money):
            changed = suffix(value)
            if changed is not None:
                value = changed
                break
        if found := _PERCENT.match(self.text, self.at):
            self.at = found.end()
            self.percent = found[1] is not None
            value /= 100 if found[1] else 1000
        return value

    def _fraction(self, value: Fraction) -> Fraction | None:
        text, at = self.text, self.at
        if at < len(text) and text[at] in _VULGAR and value.denominator == 1:
            self.at = at + 1
            return value + _vulgar(text[at])
        if self.arabic and (mixed := _MIXED.match(text, at)) and value.denominator == 1 and int(mixed[2]):
            part = Fraction(int(mixed[1]), int(mixed[2]))
            if part < 1 or "又" in mixed[0]:
                self.at = mixed.end()
                return value + part
        if self.arabic and (slash := _SLASH.match(text, at)) and int(slash[1]) and self._before() not in "/⁄":
            self.at = slash.end()
            return value / int(slash[1])
        return self._chinese_fraction(value)

    def _chinese_fraction(self, value: Fraction) -> Fraction | None:
        """三分之二, 二又三分之一."""
        whole = Fraction(0)
        back = self.at
        if self.text.startswith("又", self.at):
            self.at += 1
            whole, below = value, self._run()
            if below is None or not self.text.startswith("分之", self.at):
                self.at = back
                return None
            value = below
        if self.text.startswith("分之", self.at) and value:
            self.at += 2
            self._skip_space()
            above = self._run()
            if above is not None:
                return whole + above / value
        self.at = back
        return None

    def _scale(self, value: Fraction) -> Fraction | None:
        if found := _EXPONENT.match(self.text, self.at):
            self.at = found.end()
            return value * Fraction(10) ** int(found[1])
        if found := _TIMES_TEN.match(self.text, self.at):
            self.at = found.end()
            return value * Fraction(10) ** int(found[1] or found[2].translate(_SUPERSCRIPTS) or 0)
        if found := _SCALE.match(self.text, self.at):
            self.at = found.end()
            return value * _SCALES[found[1].lower()]
        if found := _HALF_MORE.match(self.text, self.at):
            self.at = found.end()
            return value + Fraction(1, 2)
        if self.text[self.start : self.at] == "一" and self.text.startswith("半", self.at):
            self.at += 1
            self.also = (value,)
            return Fraction(1, 2)
        return None

    def _money(self, value: Fraction) -> Fraction | None:
        """3元5角, 壹仟贰佰元伍角陆分: one amount."""
        if self.text[self.at : self.at + 1] not in ("元", "圆", "圓", "块", "塊"):
            return None
        back, total, known = self.at, value, False
        self.at += 1
        for units, share in (("角毛", Fraction(1, 10)), ("分", Fraction(1, 100))):
            before, arabic = self.at, self.arabic
            amount = self._run()
            if amount is not None and amount < 100 and self.text[self.at : self.at + 1] in tuple(units):
                self.at += 1
                total, known = total + amount * share, True
            else:
                self.at, self.arabic = before, arabic
        if not known:
            self.at = back
            return None
        return total

    # ------------------------------------------------------------------------------------------ surroundings
    def _before(self) -> str:
        return self.text[self.start - 1 : self.start] or " "

    def _skip_space(self) -> None:
        while self.text[self.at : self.at + 1] == " ":
            self.at += 1

    def _inside_word(self) -> bool:
        """Digits glued to Latin letters or a power sign: m2, CO2, x^2, v1; but not RMB500."""
        before = self._before()
        if before == "^":
            return True
        if not (before.isascii() and (before.isalpha() or before == "_")):
            return before == "{" and self.text[self.start - 2 : self.start - 1] == "^"
        begin = self.start - 1
        while begin > max(0, self.start - 8) and self.text[begin - 1].isascii() and self.text[begin - 1].isalpha():
            begin -= 1
        return self.text[begin : self.start].lower() not in _CURRENCIES

    def _sure(self) -> bool:
        run = self.text[self.start : self.at]
        if len(set(run)) > 1 or run[:1] not in NUMERALS:
            return True
        after = self.text[self.at : self.at + 1]
        ends = not after.strip() or not (after.isalnum() or after in NUMERALS)
        if ends or self._before() in _BEFORE_VALUE:
            return not self._ends_a_word() if ends else True
        if run == "十" and after == "分":
            return False
        return after in _MEASURES and run != "一"

    def _ends_a_word(self) -> bool:
        return self._before() + self.text[self.start : self.at] in _WORDS_WITH_ONE


def _vulgar(char: str) -> Fraction:
    return Fraction(unicodedata.numeric(char)).limit_denominator(10)
