"""Numbers written in Chinese: 三百零五, 一万二, 3万5千, 壹仟贰佰, 二〇二六."""

from __future__ import annotations

from fractions import Fraction

_DIGITS = {
    char: value
    for value, chars in enumerate(
        ("零〇", "一壹弌", "二贰貳弍两兩", "三叁參叄弎", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
    )
    for char in chars
}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_TWENTIES = {"廿": 20, "卅": 30}
_BIG = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}

DIGITS = "".join(_DIGITS)
SMALL_UNITS = "".join(_SMALL)
BIG_UNITS = "".join(_BIG)
NUMERALS = DIGITS + SMALL_UNITS + BIG_UNITS + "".join(_TWENTIES)

_MAX_LENGTH = 60


def read_numeral(parts: list[str | Fraction]) -> Fraction | None:
    """The value of a run of Chinese numerals, in which a whole Arabic number stands as one part (`3万5千`).

    None when the run is no number (`万` alone, `十十`). A trailing digit without its unit takes the next lower one
    (一万二 is 12,000) unless 零 stands before it (一万零二).
    """
    if not parts or len(parts) > _MAX_LENGTH:
        return None
    if all(isinstance(p, str) and p in _DIGITS for p in parts):
        return Fraction(int("".join(str(_DIGITS[str(p)]) for p in parts)))
    return _Sum().add_all(parts)


class _Sum:
    """Adds up a numeral from left to right: total of the big units, the section below 万, the pending digit."""

    def __init__(self) -> None:
        self.total = Fraction(0)
        self.section = Fraction(0)
        self.digit: Fraction | None = None
        self.zero = False
        self.last_unit = 0
        self.last_big = 0

    def add_all(self, parts: list[str | Fraction]) -> Fraction | None:
        for part in parts:
            if not self._add(part):
                return None
        if self.digit is not None:
            colloquial = self.last_unit >= 100 and not self.zero and isinstance(parts[-1], str)
            self.section += self.digit * (self.last_unit // 10 if colloquial else 1)
        return self.total + self.section

    def _add(self, part: str | Fraction) -> bool:
        if isinstance(part, Fraction) or part in _DIGITS:
            return self._add_digit(part)
        if part in _TWENTIES:
            if self.digit is not None:
                return False
            self.section += _TWENTIES[part]
            self.last_unit, self.zero = 10, False
            return True
        return self._add_small(_SMALL[part]) if part in _SMALL else self._add_big(_BIG[part])

    def _add_digit(self, part: str | Fraction) -> bool:
        value = part if isinstance(part, Fraction) else Fraction(_DIGITS[part])
        if isinstance(part, str) and value == 0:
            self.zero = True
            return self.digit is None
        if self.digit is not None:
            return False
        self.digit = value
        return True

    def _add_small(self, unit: int) -> bool:
        if self.digit is None and unit != 10 and self.last_unit == 0 and not self.section:
            return False
        if self.last_unit and self.last_unit <= unit and self.section:
            return False
        self.section += (self.digit if self.digit is not None else Fraction(1)) * unit
        self.digit, self.last_unit, self.zero = None, unit, False
        return True

    def _add_big(self, unit: int) -> bool:
        self.section += self.digit or 0
        if not self.section and not self.total:
            return False
        if self.last_big and unit >= self.last_big:
            self.total = (self.total + self.section) * unit
        else:
            self.total += self.section * unit
        self.section, self.digit, self.zero = Fraction(0), None, False
        self.last_unit = self.last_big = unit
        return True
