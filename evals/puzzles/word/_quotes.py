"""Word problem: two quotes to compare."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import decimal, money


def quotes(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 the difference at one number; 2 where two lines cross; 3 one price break; 4 two, and over-ordering."""
    scene: dict[str, Any] = rng.choice(_QUOTES)
    while True:
        start = rng.randrange(scene["unit"][0], scene["unit"][1], 5)
        prices = [start]
        breaks: list[int] = []
        for _ in range((0, 0, 1, 2)[level - 1]):
            prices.append(prices[-1] * rng.randrange(84, 94) // 100)
            breaks.append((breaks[-1] if breaks else 0) + rng.randrange(6, 14) * scene["pack"])
        rival = prices[-1] * rng.randrange(80, 95) // 100
        setup = rng.randrange(scene["setup"][0], scene["setup"][1], 500)
        v: dict[str, Any] = {"prices": prices, "breaks": breaks, "fixed": setup // 4 // 100 * 100, "rival": rival,
             "setup": setup, "more": level == 4}  # fmt: skip
        parts = _segments(v)
        number, naive = _always_from(v, parts)
        if 40 < number < 4000 and (level < 3 or naive < number) and number not in [*breaks, *(b + 1 for b in breaks)]:
            break
    n = number + rng.randrange(-15, 40)
    gap = abs(v["setup"] + rival * n - v["fixed"] - start * n)
    answer = decimal(Fraction(gap, 100)) if level == 1 else str(number)
    unit = scene[lang]["unit"]
    form = ("××元" if level == 1 else f"××{unit}") if lang == "zh" else ("£…" if level == 1 else f"… {unit}")
    ask = scene[lang]["ask"](level, n)
    shown = money(lang, gap) if level == 1 else f"{number}{unit}" if lang == "zh" else f"{number} {unit}"
    return puzzle(
        lang,
        question=[
            *scene[lang]["rules"](rng, v),
            ask + ask_working(rng, lang, form) if lang == "zh" else f"{ask} {ask_working(rng, lang, form)}",
        ],
        steps=_quote_steps(lang, v, parts, number, n if level == 1 else None),
        answer=answer,
        shown=shown,
        checks=numeric(answer),
        facts={"kind": "quotes", "n": n if level == 1 else None, **v},
        size=(4, 8, 24, 60)[level - 1] + len(parts),
    )


def _cash(cents: int) -> str:
    return decimal(Fraction(cents, 100))


def _segments(v: dict[str, Any]) -> list[tuple[int, int | None, int, int]]:
    """The first supplier's cheapest cost as pieces: from, to (None: no end), constant, slope."""
    edges = [1, *v["breaks"]]
    found: list[tuple[int, int | None, int, int]] = []
    for k, price in enumerate(v["prices"]):
        last = v["breaks"][k] - 1 if k < len(v["breaks"]) else None
        flat = None
        if v["more"] and last is not None:
            flat = last + 1
            dearer = v["breaks"][k] * v["prices"][k + 1] // price + 1
            flat = min(flat, dearer)
        if last is None or flat is None or flat > last:
            found.append((edges[k], last, v["fixed"], price))
            continue
        found.append((edges[k], flat - 1, v["fixed"], price))
        found.append((flat, last, v["fixed"] + v["breaks"][k] * v["prices"][k + 1], 0))
    return found


def _always_from(v: dict[str, Any], parts: list[tuple[int, int | None, int, int]]) -> tuple[int, int]:
    """From which number on the second supplier is always cheaper, and the first at which it is cheaper at all."""
    last, first = 0, 10**9
    for low, high, const, slope in parts:
        rest, lean = v["setup"] - const, slope - v["rival"]
        if lean > 0:
            reach = rest // lean
            tops = reach if high is None else min(high, reach)
            starts = max(low, reach + 1)
            first = min(first, starts) if high is None or starts <= high else first
        else:
            need = -(-rest // lean) if lean else (low if rest >= 0 else 10**9)
            tops = high if high is not None and high >= max(need, low) else -1
            first = first if tops == high and need <= low else min(first, low)
        last = max(last, tops) if tops >= low else last
    return last + 1, first


def _quote_steps(
    lang: Lang, v: dict[str, Any], parts: list[tuple[int, int | None, int, int]], number: int, n: int | None
) -> list[str]:
    zh = lang == "zh"
    if n is not None:
        first, second = v["fixed"] + v["prices"][0] * n, v["setup"] + v["rival"] * n
        more = abs(first - second)
        a = f"{_cash(v['fixed'])} + {n} x {_cash(v['prices'][0])} = {_cash(first)}"
        b = f"{_cash(v['setup'])} + {n} x {_cash(v['rival'])} = {_cash(second)}"
        lines = [f"1. First: {a}", f"2. Second: {b}", f"3. The difference is {_cash(more)}."]
        if zh:
            a, b = (text.replace(" x ", "×").replace(" + ", "＋").replace(" = ", "＝") for text in (a, b))
            lines = [f"1. 第一家：{a}（元）。", f"2. 第二家：{b}（元）。", f"3. 相差{_cash(more)}元。"]
        return lines
    rival = f"{_cash(v['setup'])}＋{_cash(v['rival'])}n" if zh else f"{_cash(v['setup'])} + {_cash(v['rival'])}n"
    lines = [
        f"1. 第二家的费用是{rival}元。第一家{'要分段看' if len(parts) > 1 else ''}："
        if zh
        else f"1. The second quote is {rival}. The first{', piece by piece' if len(parts) > 1 else ''}:"
    ]
    for low, high, const, slope in parts:
        lines.append(_piece(zh, v, (low, high, const, slope)))
    if zh:
        lines.append(f"2. 所以第一家不贵于第二家的最后一个数量是{number - 1}，从{number}起第二家总是更便宜。")
    else:
        lines.append(
            f"2. So the last number at which the second is not cheaper is {number - 1}; from {number} on it always is."
        )
    return lines


def _piece(zh: bool, v: dict[str, Any], part: tuple[int, int | None, int, int]) -> str:
    low, high, const, slope = part
    rest, lean = v["setup"] - const, slope - v["rival"]
    span = (
        (f"n从{low}到{high}" if high else f"n不小于{low}")
        if zh
        else (f"n from {low} to {high}" if high else f"n from {low} on")
    )
    cost = _cash(const) + ((f"＋{_cash(slope)}n" if zh else f" + {_cash(slope)}n") if slope else "")
    reach = Fraction(rest, lean) if lean else Fraction(0)
    low_in, high_in = (rest >= lean * n for n in (low, high or 10**9))
    sign = ("≤" if lean > 0 else "≥") if zh else ("<=" if lean > 0 else ">=")
    bound = ("n" + sign if zh else f"n {sign} ") + decimal(reach)
    if zh:
        verdict = "始终是第一家不贵" if low_in and high_in else f"第一家不贵于第二家，要求{bound}"
        verdict = verdict if low_in or high_in else "始终是第二家便宜"
        cost += "元（多买到下一档更省）" if slope == 0 else "元"
        return f"· {span}：{cost}；{verdict}。"
    verdict = "the first is never dearer here" if low_in and high_in else f"the first is not dearer as long as {bound}"
    verdict = verdict if low_in or high_in else "the second is cheaper throughout"
    cost += " (cheaper to order up to the next break)" if slope == 0 else ""
    return f"- {span}: {cost}; {verdict}."


def _print_zh(rng: random.Random, v: dict[str, Any]) -> list[str]:
    p = [decimal(Fraction(x, 100)) for x in v["prices"]]
    one = f"快印店收制版费{v['fixed'] // 100}元，每本{p[0]}元"
    one += "".join(f"；印满{b}本，全部按每本{x}元算" for b, x in zip(v["breaks"], p[1:], strict=True)) + "。"
    two = f"印刷厂收制版费{v['setup'] // 100}元，每本{decimal(Fraction(v['rival'], 100))}元，数量不限。"
    more = "两家都允许多印：如果多印几本总价反而低，就按多印的付。" if v["more"] else ""
    return [rng.choice(("要印一批产品手册，", "培训教材要外印，")) + "问到两家报价：", one, two + more]


def _print_en(rng: random.Random, v: dict[str, Any]) -> list[str]:
    p = [money("en", x) for x in v["prices"]]
    one = f"The copy shop takes {money('en', v['fixed'])} for setting up and {p[0]} a copy"
    one += "".join(f"; from {b} copies on, {x} for every copy" for b, x in zip(v["breaks"], p[1:], strict=True)) + "."
    two = (
        f"The printing works takes {money('en', v['setup'])} for setting up and {money('en', v['rival'])} "
        "a copy, whatever the number."
    )
    more = " We are free to order more than we need if that makes the total lower." if v["more"] else ""
    return [
        rng.choice(("We have two quotes for a training manual.", "Two firms have quoted for our catalogue.")),
        one,
        two + more,
    ]


def _board_zh(rng: random.Random, v: dict[str, Any]) -> list[str]:
    p = [decimal(Fraction(x, 100)) for x in v["prices"]]
    one = f"甲厂：开机费{v['fixed'] // 100}元，单价{p[0]}元"
    one += "".join(f"，数量达到{b}件及以上时全部按{x}元" for b, x in zip(v["breaks"], p[1:], strict=True)) + "。"
    two = f"乙厂：模具费{v['setup'] // 100}元，单价一律{decimal(Fraction(v['rival'], 100))}元。"
    more = "采购量可以超过实际需要，按更低的总价下单。" if v["more"] else ""
    return [rng.choice(("采购部在比较两家工厂的注塑件报价。", "同一种卡扣，有两家厂给了报价。")), f"{one}\n{two}{more}"]


def _board_en(rng: random.Random, v: dict[str, Any]) -> list[str]:
    p = [money("en", x) for x in v["prices"]]
    one = f"- Alder Mouldings: {money('en', v['fixed'])} set-up, {p[0]} each"
    one += "".join(
        f", or {x} each for the whole lot when you take {b} or more" for b, x in zip(v["breaks"], p[1:], strict=True)
    )
    two = f"- Birch Plastics: {money('en', v['setup'])} for the tool, {money('en', v['rival'])} each at any quantity"
    more = "Buying more pieces than needed is allowed where that lowers the bill." if v["more"] else None
    first = rng.choice(("I am comparing two prices for a moulded clip:", "Two makers offer the same plastic housing:"))
    return [first, one, two, *([more] if more else [])]


def _ask_zh(noun: str, one: str, two: str, unit: str) -> Any:
    def ask(level: int, n: int) -> str:
        if level == 1:
            return f"要{n}{unit}的话，两家的总价相差多少？"
        return f"{noun}达到多少{unit}起，选{two}就总比选{one}便宜（此后每个数量都成立，相等不算便宜）？求最小的{noun}。"

    return ask


def _ask_en(one: str, two: str, unit: str) -> Any:
    def ask(level: int, n: int) -> str:
        if level == 1:
            return f"By how much do the two totals differ for {n} {unit}?"
        return (
            f"What is the smallest number of {unit} from which on {two} is always strictly cheaper than {one}, "
            "for that number and every larger one?"
        )

    return ask


_QUOTES: tuple[dict[str, Any], ...] = (
    {"unit": (480, 900), "pack": 10, "setup": (24000, 60000),
     "zh": {"unit": "本", "rules": _print_zh, "ask": _ask_zh("册数", "快印店", "印刷厂", "本")},
     "en": {"unit": "copies", "rules": _print_en, "ask": _ask_en("the copy shop", "the printing works", "copies")}},
    {"unit": (160, 420), "pack": 50, "setup": (60000, 150000),
     "zh": {"unit": "件", "rules": _board_zh, "ask": _ask_zh("数量", "甲厂", "乙厂", "件")},
     "en": {"unit": "pieces", "rules": _board_en, "ask": _ask_en("Alder", "Birch", "pieces")}},
)  # fmt: skip
