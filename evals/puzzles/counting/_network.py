"""Exact chance: whether a network works."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Facts, Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import fraction as _f
from evals.puzzles.counting._forms import exactly

_NETS: tuple[dict[Lang, tuple[str, ...]], ...] = (
    {
        "zh": ("机房", "档案楼", "中继站", "条线路", "断", "通信"),
        "en": ("the data centre", "the archive", "relay", "lines", "down", "connected"),
    },
    {
        "zh": ("水厂", "山村", "泵站", "段管道", "停水", "供水"),
        "en": ("the waterworks", "the village", "pumping station", "pipes", "shut", "supplied"),
    },
)
_LAYOUTS: dict[int, tuple[tuple[str, str], ...]] = {
    1: (("S", "X"), ("X", "T")),
    2: (("S", "X"), ("X", "T"), ("S", "T")),
    3: (("S", "X"), ("S", "Y"), ("X", "T"), ("Y", "T"), ("X", "Y")),
    4: (("S", "X"), ("S", "Y"), ("X", "T"), ("Y", "T"), ("X", "Y")),
}


def network(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 in a row; 2 a second way; 3 a bridge between two ways; 4 whether the bridge failed, given the outcome."""
    words = rng.choice(_NETS)[lang]
    layout = list(_LAYOUTS[level])
    while True:
        fails = [Fraction(1, rng.choice((3, 4, 5, 6, 8))) for _ in layout]
        asked = rng.randrange(4) if level == 4 else None
        works = [1 - q for q in fails]
        total = _works(level, works)
        if level < 4:
            value = total
        else:
            dead = [Fraction(0) if i == asked else w for i, w in enumerate(works)]
            value = fails[asked or 0] * _works(4, dead) / total
        if value.denominator < 40_000 and (level < 2 or len(set(fails)) > 1):
            break
    v = {"edges": [list(e) for e in layout], "fails": [_f(q) for q in fails], "asked": asked}
    text = (_net_zh if lang == "zh" else _net_en)(rng, words, v, level)
    answer = _f(value)
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, "a/b")],
        steps=_net_steps(lang, level, works, fails, total, value, asked),
        answer=answer,
        shown=answer,
        checks=numeric(answer),
        facts={"kind": "network", **v},
        size=2 ** len(layout) * (1, 1, 1, 2)[level - 1],
    )


def _works(level: int, p: list[Fraction]) -> Fraction:
    """The chance of a way through: for the bridge by the state of the fifth part."""
    if level == 1:
        return p[0] * p[1]
    if level == 2:
        return 1 - (1 - p[0] * p[1]) * (1 - p[2])
    both = (1 - (1 - p[0]) * (1 - p[1])) * (1 - (1 - p[2]) * (1 - p[3]))
    none = 1 - (1 - p[0] * p[2]) * (1 - p[1] * p[3])
    return p[4] * both + (1 - p[4]) * none


def _net_zh(rng: random.Random, words: Any, v: dict[str, Any], level: int) -> list[str]:
    start, goal, middle, unit, _, verb = words
    place = {"S": start, "T": goal, "X": f"{middle}一", "Y": f"{middle}二"}
    if level < 3:
        place["X"] = middle
    parts = "；".join(
        f"{'①②③④⑤'[i]}{place[a]}—{place[b]}，{q}"
        for i, ((a, b), q) in enumerate(zip(v["edges"], v["fails"], strict=True))
    )
    text = (
        f"{start}到{goal}之间的{unit[1:]}和各自出故障的概率是：{parts}。各{unit[1:]}是否出故障互相独立，"
        f"没有故障的{unit[1:]}双向都能用；只要有一条完整的通路，就能{verb}。"
    )
    if level == 4:
        return [
            text,
            (
                f"某天确认{start}和{goal}之间{verb}正常。这种情况下，"
                f"{'①②③④⑤'[v['asked']]}出了故障的概率是多少？{exactly('zh', rng)}"
            ),
        ]
    return [text, f"能{verb}的概率是多少？{exactly('zh', rng)}"]


def _net_en(rng: random.Random, words: Any, v: dict[str, Any], level: int) -> list[str]:
    start, goal, middle, unit, _, verb = words
    place = {"S": start, "T": goal, "X": f"{middle} 1", "Y": f"{middle} 2"}
    if level < 3:
        place["X"] = f"the {middle}"
    parts = "; ".join(
        f"({'abcde'[i]}) {place[a]} to {place[b]}, {q}"
        for i, ((a, b), q) in enumerate(zip(v["edges"], v["fails"], strict=True))
    )
    text = (
        f"These {unit} run between {start} and {goal}, each with its probability of failing on a given "
        f"day: {parts}. They fail independently and can be used in both directions; {goal} is {verb} as "
        "long as one unbroken way remains."
    )
    if level == 4:
        return [
            text,
            (
                f"One day {goal} is known to be {verb}. Given that, what is the probability that "
                f"({'abcde'[v['asked']]}) has failed? {exactly('en', rng)}"
            ),
        ]
    return [text, f"What is the probability that {goal} is {verb}? {exactly('en', rng)}"]


def _net_steps(
    lang: Lang, level: int, p: list[Fraction], q: list[Fraction], total: Fraction, value: Fraction, asked: int | None
) -> list[str]:
    zh = lang == "zh"
    m = "①②③④⑤" if zh else ["a", "b", "c", "d", "e"]
    one = Fraction(1)
    lines: list[str] = []
    if level == 1:
        lines = [
            f"两段都要正常：{_f(p[0])}×{_f(p[1])}＝{_f(value)}。"
            if zh
            else f"Both must work: {_f(p[0])} x {_f(p[1])} = {_f(value)}."
        ]
        lines.insert(
            0,
            f"{m[0]}正常的概率是{_f(p[0])}，{m[1]}正常的概率是{_f(p[1])}。"
            if zh
            else f"({m[0]}) works with probability {_f(p[0])}, ({m[1]}) with {_f(p[1])}.",
        )
        return [f"{n}. {t}" for n, t in enumerate(lines, 1)]
    if level == 2:
        a = p[0] * p[1]
        return [
            f"1. 经中间站的路要两段都正常：{_f(p[0])}×{_f(p[1])}＝{_f(a)}，不通的概率{_f(1 - a)}。"
            if zh
            else (
                f"1. The way through the middle needs both parts: {_f(p[0])} x {_f(p[1])} = {_f(a)}; it "
                f"fails with {_f(1 - a)}."
            ),
            f"2. 直达的不通的概率{_f(q[2])}，两条都不通：{_f(1 - a)}×{_f(q[2])}＝{_f((1 - a) * q[2])}。"
            if zh
            else (
                f"2. The direct one fails with {_f(q[2])}, both fail with {_f(1 - a)} x {_f(q[2])} = "
                f"{_f((1 - a) * q[2])}."
            ),
            f"3. 所求概率1－{_f((1 - a) * q[2])}＝{_f(value)}。"
            if zh
            else f"3. So the answer is 1 - {_f((1 - a) * q[2])} = {_f(value)}.",
        ]

    def bridge(x: list[Fraction], label: str) -> Fraction:
        left, right = one - (1 - x[0]) * (1 - x[1]), one - (1 - x[2]) * (1 - x[3])
        up, down = x[0] * x[2], x[1] * x[3]
        apart = one - (1 - up) * (1 - down)
        result = x[4] * left * right + (1 - x[4]) * apart
        if zh:
            lines.append(f"{label}⑤正常时，①②至少一个通且③④至少一个通：{_f(left)}×{_f(right)}＝{_f(left * right)}。")
            lines.append(f"{label}⑤故障时，①③都通或②④都通：1－（1－{_f(up)}）×（1－{_f(down)}）＝{_f(apart)}。")
            lines.append(f"{label}合计{_f(x[4])}×{_f(left * right)}＋{_f(1 - x[4])}×{_f(apart)}＝{_f(result)}。")
        else:
            lines.append(
                f"{label}With (e) working, one of (a), (b) and one of (c), (d) must work: {_f(left)} "
                f"x {_f(right)} = {_f(left * right)}."
            )
            lines.append(
                f"{label}With (e) failed, (a) and (c) or (b) and (d) must work: 1 - (1 - {_f(up)})(1 "
                f"- {_f(down)}) = {_f(apart)}."
            )
            lines.append(
                f"{label}Together {_f(x[4])} x {_f(left * right)} + {_f(1 - x[4])} x {_f(apart)} = {_f(result)}."
            )
        return result

    bridge(p, "")
    if asked is not None:
        dead = [Fraction(0) if i == asked else x for i, x in enumerate(p)]
        part = bridge(dead, f"若{m[asked]}故障：" if zh else f"If ({m[asked]}) has failed: ")
        lines.append(
            f"所求：{_f(q[asked])}×{_f(part)}÷{_f(total)}＝{_f(value)}。"
            if zh
            else f"So the answer is {_f(q[asked])} x {_f(part)} / ({_f(total)}) = {_f(value)}."
        )
    return [f"{n}. {t}" for n, t in enumerate(lines, 1)]


def solve_network(f: Facts) -> str:
    """Goes through all states of all parts and looks for a way."""
    fails = [Fraction(x) for x in f["fails"]]
    good = hit = Fraction(0)
    for state in product((True, False), repeat=len(fails)):
        weight = Fraction(1)
        for up, q in zip(state, fails, strict=True):
            weight *= 1 - q if up else q
        reached, grew = {"S"}, True
        while grew:
            grew = False
            for (a, b), up in zip(f["edges"], state, strict=True):
                if up and (a in reached) != (b in reached):
                    reached |= {a, b}
                    grew = True
        if "T" in reached:
            good += weight
            if f["asked"] is not None and not state[f["asked"]]:
                hit += weight
    return _f(good if f["asked"] is None else hit / good)
