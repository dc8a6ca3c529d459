"""Finding numbers in texts: a table of forms, and round trips by Hypothesis."""

from __future__ import annotations

from fractions import Fraction
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.checks._numbers import numbers, read_number

FORMS = [
    ("答案是三百零五个", "305"),
    ("1.2万元", "12000"),
    ("３／７", "3/7"),
    ("3又1/2", "7/2"),
    ("二又三分之一", "7/3"),
    ("1 1/2 cups", "3/2"),
    ("2½", "5/2"),
    ("\\frac{3}{7}", "3/7"),
    ("\\boxed{-\\dfrac{1}{2}}", "-1/2"),
    ("2\\frac{1}{3}", "7/3"),
    ("1{,}234", "1234"),
    ("百分之十五", "3/20"),
    ("15％", "3/20"),
    ("15 percent of them", "3/20"),
    ("千分之五", "1/200"),
    ("−8℃", "-8"),
    ("负三", "-3"),
    ("minus 4", "-4"),
    ("-$5", "-5"),
    ("$-5$", "-5"),
    ("共 3,456.5 元", "3456.5"),
    ("１，２３４", "1234"),
    ("50 m2", "50"),
    ("50 m^2", "50"),
    ("RMB500", "500"),
    ("3-5", "5"),
    ("3万5千", "35000"),
    ("一亿零五", "100000005"),
    ("三千万亿", "3000000000000000"),
    ("两千三", "2300"),
    ("一万零二", "10002"),
    ("廿三", "23"),
    ("壹仟贰佰叁拾肆元伍角陆分整", "1234.56"),
    ("貳萬參仟", "23000"),
    ("3元5角", "3.5"),
    ("三点一四", "3.14"),
    ("3千克", "3"),
    ("1.5e3", "1500"),
    ("2×10⁵", "200000"),
    ("2\\times 10^{5}", "200000"),
    ("1.8 billion", "1800000000"),
    ("二〇二六年", "2026"),
    ("一个半小时", "3/2"),
    ("还剩五个", "5"),
    ("答案是8，这些人一定都统一了", "8"),
    ("得十分。", "10"),
    ("约等于 42.", "42"),
]


@pytest.mark.parametrize(("text", "value"), FORMS)
def test_form_is_read(text: str, value: str) -> None:
    """The last number a reader sees is the one found."""
    found = numbers(text)
    sure = [number for number in found if number.sure] or found
    assert sure[-1].value == Fraction(value)


@pytest.mark.parametrize(
    "text", ["", "没有数字", "万一千万别", "CO2", "9" * 400, "．．．", "-", "/", "\\frac{}{}", "分之"]
)
def test_no_number_is_no_number(text: str) -> None:
    """Words made of numerals and runs nobody can mean are not numbers."""
    assert [number for number in numbers(text) if number.sure] == []


def chinese(n: int) -> str:
    """The textbook way to write a number below 10^12 in Chinese."""
    if n == 0:
        return "零"
    for size, unit in ((10**8, "亿"), (10**4, "万")):
        if n >= size:
            low = n % size
            gap = "零" if low and low < size // 10 else ""
            return chinese(n // size) + unit + gap + (chinese(low) if low else "")
    for size, unit in ((1000, "千"), (100, "百"), (10, "十")):
        if n >= size:
            low = n % size
            gap = "零" if low and low < size // 10 else ""
            return "零一二三四五六七八九"[n // size] + unit + gap + (chinese(low) if low else "")
    return "零一二三四五六七八九"[n]


@given(st.integers(0, 10**12 - 1))
def test_chinese_numerals_round_trip(n: int) -> None:
    """Every number written the textbook way is read back."""
    assert numbers(f"共有{chinese(n)}")[-1].value == n


@given(st.integers(-(10**15), 10**15), st.sampled_from(["plain", "commas", "full", "full commas", "unit", "dollar"]))
def test_arabic_forms_round_trip(n: int, form: str) -> None:
    """Thousands marks, full-width digits, units and currency signs do not change a number."""
    wide = str.maketrans("0123456789-,", "０１２３４５６７８９－，")
    shown = {
        "plain": f"= {n}",
        "commas": f"is {n:,}",
        "full": f"得{n}".translate(wide),
        "full commas": f"得{n:,}".translate(wide),
        "unit": f"{n}元",
        "dollar": f"${n}",
    }[form]
    assert numbers(shown)[-1].value == n


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.sampled_from(["/", "／", " / "]))
def test_fractions_round_trip(a: int, b: int, slash: str) -> None:
    """a/b is the fraction a over b, in half and full width, and in LaTeX."""
    assert numbers(f"答：{a}{slash}{b}")[-1].value == Fraction(a, b)
    assert numbers(f"\\frac{{{a}}}{{{b}}}")[-1].value == Fraction(a, b)


@given(st.integers(1, 99999), st.integers(0, 99), st.sampled_from([("万", 10**4), ("亿", 10**8), ("萬", 10**4)]))
def test_big_units_multiply(a: int, cents: int, unit: tuple[str, int]) -> None:
    """1.25万 is 12,500."""
    assert numbers(f"{a}.{cents:02}{unit[0]}")[-1].value == Fraction(a * 100 + cents, 100) * unit[1]


@given(st.text(alphabet="0123456789一二三十百千万亿零点分之又半元角负-/.,%％ 个一．，０５eE×^{}\\frac½第", max_size=40))
def test_any_text_is_read(text: str) -> None:
    """No arrangement of number parts crashes, and a number as the author's value is found again in itself."""
    for number in numbers(text):
        assert isinstance(number.value, Fraction)
    value = read_number(text)
    assert value is None or value.value in [number.value for number in numbers(text)]


@pytest.mark.parametrize(
    ("unit", "length", "found"),
    [("1", 200_000, 0), ("一", 200_000, 0), ("-", 200_000, 0)]
    + [(unit, 100_000, 100_000) for unit in ("1,", "1/", "1 ")],
)
def test_long_texts_are_read_quickly(unit: str, length: int, found: int) -> None:
    """Hostile lengths take time in proportion: about a second; the square of the length would take many minutes."""
    start = process_time()
    assert len(numbers(unit * length)) == found
    assert process_time() - start < 20
