"""Word problem: tickets of several prices, from counts and takings."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import decimal, joined

_SALES: tuple[dict[Lang, dict[str, Any]], ...] = (
    {
        "zh": {"kinds": ("成人票", "学生票", "老人票", "儿童票"), "unit": "张", "open": "科技馆周日"},
        "en": {
            "kinds": ("adult tickets", "student tickets", "senior tickets", "child tickets"),
            "open": "On Sunday the science museum",
        },
    },
    {
        "zh": {"kinds": ("牛肉饭", "鸡腿饭", "素菜饭", "小份饭"), "unit": "份", "open": "食堂外卖窗口中午"},
        "en": {
            "kinds": ("beef meals", "chicken meals", "vegetable meals", "small meals"),
            "open": "At lunchtime the canteen",
        },
    },
)


def tickets(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 two kinds; 2 three kinds and a ratio; 3 three kinds and free ones; 4 four kinds and a difference."""
    words = rng.choice(_SALES)[lang]
    number = (2, 3, 3, 4)[level - 1]
    while True:
        prices = sorted(rng.sample(range(12, 60, 1 if level >= 3 else 2), number), reverse=True)
        sold = [rng.randrange(8, 60) for _ in range(number)]
        v: dict[str, Any] = {"prices": prices, "total": sum(sold), "free": 0, "times": 0, "more": None, "odd": None}
        if level >= 3:
            v["free"] = rng.choice((5, 6, 8, 10))
        if level in (2, 4):
            v["times"] = rng.choice((2, 3))
            sold[0] = v["times"] * sold[-1]
            v["total"] = sum(sold)
        if level == 3:
            v["more"] = sold[0] - sold[1]
            if v["more"] < 3:
                continue
        if level == 4:
            v["odd"] = sold[1] - sold[2]
            if v["odd"] < 3:
                continue
        v["taken"] = sum(p * s for p, s in zip(prices, sold, strict=True)) - prices[-1] * (
            sold[-1] // v["free"] if v["free"] else 0
        )
        found = _ticket_lines(v, number)
        if len(found) == 1 and found[0] == sold:
            break
    asked = number - 1 if level >= 2 else rng.randrange(2)
    answer = str(sold[asked])
    kinds = [*words["kinds"][: number - 1], words["kinds"][-1]]
    unit = words["unit"] if lang == "zh" else kinds[asked]
    text = (_ticket_zh if lang == "zh" else _ticket_en)(words, v, asked, number)
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, f"××{unit}" if lang == "zh" else f"… {unit}")],
        steps=_ticket_steps(lang, words["kinds"], v, sold, number),
        answer=answer,
        shown=f"{answer}{unit}" if lang == "zh" else f"{answer} {unit}",
        checks=numeric(answer),
        facts={"kind": "tickets", "asked": asked, **v},
        size=(4, 7, 14, 22)[level - 1],
    )


def _ticket_lines(v: dict[str, Any], number: int) -> list[list[int]]:
    """All whole solutions, found from the last kind: it fixes the others by straight lines."""
    p, total, found = v["prices"], v["total"], []
    for last in range(1, total):
        paid = v["taken"] + p[-1] * (last // v["free"] if v["free"] else 0) - p[-1] * last
        rest = total - last
        if number == 2:
            trial = [rest]
        elif number == 3 and v["times"]:
            trial = [v["times"] * last, rest - v["times"] * last]
        elif number == 3:
            trial = [(rest + v["more"]) // 2, (rest - v["more"]) // 2]
        else:
            pair = rest - v["times"] * last
            trial = [v["times"] * last, (pair + v["odd"]) // 2, (pair - v["odd"]) // 2]
        if min(trial) >= 1 and sum(trial) == rest and sum(a * b for a, b in zip(p, trial, strict=False)) == paid:
            found.append([*trial, last])
    return found


def _ticket_zh(words: Any, v: dict[str, Any], asked: int, number: int) -> list[str]:
    kinds, unit = [*words["kinds"][: number - 1], words["kinds"][-1]], words["unit"]
    price = "，".join(f"{k}每{unit}{p}元" for k, p in zip(kinds, v["prices"], strict=True))
    text = (
        f"{words['open']}卖出{'、'.join(kinds)}共{v['total']}{unit}（每种至少一{unit}），实收{v['taken']}元。{price}。"
    )
    rules = []
    if v["free"]:
        rules.append(
            f"{kinds[-1]}有优惠：每卖出{v['free']}{unit}，其中1{unit}免费（按当天{kinds[-1]}总数算，不足{v['free']}{unit}的部分不免），免费的也算在卖出的数量里。"
        )
    if v["times"]:
        rules.append(f"{kinds[0]}的数量正好是{kinds[-1]}的{v['times']}倍。")
    if v["more"]:
        rules.append(f"{kinds[0]}比{kinds[1]}多卖{v['more']}{unit}。")
    if v["odd"]:
        rules.append(f"{kinds[1]}比{kinds[2]}多卖{v['odd']}{unit}。")
    return [text + "".join(rules), f"{kinds[asked]}卖了多少{unit}？"]


def _ticket_en(words: Any, v: dict[str, Any], asked: int, number: int) -> list[str]:
    kinds = [*words["kinds"][: number - 1], words["kinds"][-1]]
    price = joined("en", [f"{k} at £{p}" for k, p in zip(kinds, v["prices"], strict=True)])
    text = (
        f"{words['open']} sold {v['total']} {'tickets' if 'ticket' in kinds[0] else 'meals'} and took "
        f"£{v['taken']:,}: {price}, at least one of each kind."
    )
    rules = []
    if v["free"]:
        rules.append(
            f"In every full group of {v['free']} {kinds[-1]}, counted over the whole day, one was "
            "free; the free ones are "
            "included in the number sold."
        )
    if v["times"]:
        rules.append(
            f"There were exactly {'twice' if v['times'] == 2 else 'three times'} as many {kinds[0]} as {kinds[-1]}."
        )
    if v["more"]:
        rules.append(f"There were {v['more']} more {kinds[0]} than {kinds[1]}.")
    if v["odd"]:
        rules.append(f"There were {v['odd']} more {kinds[1]} than {kinds[2]}.")
    return [text + (" " if rules else "") + " ".join(rules), f"How many {kinds[asked]} were sold?"]


def _ticket_steps(lang: Lang, all_kinds: Any, v: dict[str, Any], sold: list[int], number: int) -> list[str]:
    zh = lang == "zh"
    kinds = [*all_kinds[: number - 1], all_kinds[-1]]
    p, x = v["prices"], "x"
    free = sold[-1] // v["free"] if v["free"] else 0
    if number == 2:
        base, slope = p[0] * v["total"], p[0] - p[1]
        formula = f"{base}－{slope}x" if zh else f"{base} - {slope}x"
        others = f"{v['total']}－x" if zh else f"{v['total']} - x"
    else:
        # everything as a line in x, the number of the last kind: amount = base + slope * x - price * free(x)
        t, m, o = v["times"], v["more"], v["odd"]
        n = v["total"]
        if number == 3 and t:
            base, slope = Fraction(p[1] * n), Fraction(p[0] * t - p[1] * (t + 1) + p[2])
            others = f"{t}x、{n}－{t + 1}x" if zh else f"{t}x and {n} - {t + 1}x"
        elif number == 3:
            base, slope = Fraction(p[0] * (n + m) + p[1] * (n - m), 2), Fraction(2 * p[2] - p[0] - p[1], 2)
            others = f"（{n + m}－x）÷2、（{n - m}－x）÷2" if zh else f"({n + m} - x)/2 and ({n - m} - x)/2"
        else:
            base = Fraction(p[1] * (n + o) + p[2] * (n - o), 2)
            slope = p[0] * t + p[3] - Fraction((t + 1) * (p[1] + p[2]), 2)
            others = (
                f"{t}x、（{n + o}－{t + 1}x）÷2、（{n - o}－{t + 1}x）÷2"
                if zh
                else f"{t}x, ({n + o} - {t + 1}x)/2 and ({n - o} - {t + 1}x)/2"
            )
        gap = "" if zh else " "
        sign = f"{gap}{'＋' if zh else '+'}{gap}" if slope > 0 else f"{gap}{'－' if zh else '-'}{gap}"
        formula = f"{decimal(base)}{sign}{decimal(abs(slope))}x"
    lines = [
        f"设{kinds[-1]}有x，其余依次是{others}。"
        if zh
        else f"Let x be the number of {kinds[-1]}; the others, in order, are {others}."
    ]
    if v["free"]:
        lines.append(
            (
                f"不免单应收{formula}元；免单[x÷{v['free']}]份，"
                f"少收{p[-1]}×[x÷{v['free']}]（方括号表示取整），实收{v['taken']}元。"
            )
            if zh
            else (
                f"Without free ones the takings are {formula}; floor(x/{v['free']}) free ones "
                f"take off {p[-1]} each, and {v['taken']} is left."
            )
        )
        lines.append(
            (
                f"各数都是正整数，逐一试x，只有x＝{sold[-1]}（免{free}）符合：{_sum(zh, p, sold)}，"
                f"减{p[-1]}×{free}得{v['taken']}。"
            )
            if zh
            else (
                f"All are positive whole numbers; trying x, only x = {sold[-1]} ({free} free) "
                f"fits: {_sum(zh, p, sold)}, less {p[-1]} x {free} gives {v['taken']}."
            )
        )
    else:
        lines.append(
            f"实收{formula}＝{v['taken']}，解得{x}＝{sold[-1]}。"
            if zh
            else f"The takings: {formula} = {v['taken']}, so x = {sold[-1]}."
        )
    told = (
        "，".join(f"{k}{n}" for k, n in zip(kinds, sold, strict=True))
        if zh
        else ", ".join(f"{n} {k}" for k, n in zip(kinds, sold, strict=True))
    )
    lines.append(f"所以{told}。" if zh else f"So: {told}.")
    return [f"{n}. {text}" for n, text in enumerate(lines, 1)]


def _sum(zh: bool, prices: list[int], sold: list[int]) -> str:
    times, plus = ("×", "＋") if zh else (" x ", " + ")
    total = sum(p * s for p, s in zip(prices, sold, strict=True))
    return plus.join(f"{s}{times}{p}" for p, s in zip(prices, sold, strict=True)) + ("＝" if zh else " = ") + str(total)
