"""Exact chance: what was moved between two boxes."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Facts, Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import fraction as _f
from evals.puzzles.counting._forms import exactly

_BOXES: tuple[dict[Lang, tuple[str, ...]], ...] = (
    {
        "zh": ("甲箱", "乙箱", "瓶试剂", "瓶", "已过期", "过期"),
        "en": ("box A", "box B", "bottles of reagent", "bottle", "out of date"),
    },
    {
        "zh": ("左边的纸箱", "右边的纸箱", "个灯泡", "个", "是次品", "是次品"),
        "en": ("the left carton", "the right carton", "bulbs", "bulb", "faulty"),
    },
)


def boxes(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 two from one box; 2 exactly one bad; 3 some moved to a second box; 4 what was moved, given the draw."""
    words = rng.choice(_BOXES)[lang]
    while True:
        first = [rng.randrange(6, 11), rng.randrange(2, 5)]
        second = [rng.randrange(5, 9), rng.randrange(1, 4)]
        v: dict[str, Any] = {
            "level": level,
            "first": first,
            "second": second,
            "move": rng.choice((2, 3)) if level >= 3 else 0,
            "draw": 2 if level < 4 else rng.choice((2, 3)),
            "bad": (0, 1, rng.choice((1, 2)), 1)[level - 1],
        }
        if level == 4:
            v["asked"] = rng.randrange(0, min(v["move"], first[1]) + 1)
        rows = _stages(v)
        whole = sum((a * b for _, a, b in rows), Fraction(0))
        value = whole if level < 4 else next(a * b for k, a, b in rows if k == v["asked"]) / whole
        if 0 < value < 1 and 8 < value.denominator < 1500 and (level < 3 or len(rows) >= 3):
            break
    text = (_boxes_zh if lang == "zh" else _boxes_en)(rng, words, v)
    answer = _f(value)
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, "a/b")],
        steps=_boxes_steps(lang, words, v, rows, whole, value),
        answer=answer,
        shown=answer,
        checks=numeric(answer),
        facts={"kind": "boxes", **v},
        size=comb(sum(second) if level > 2 else sum(first), v["draw"])
        * (1 if level < 3 else comb(sum(first), v["move"]))
        + level,
    )


def _stages(v: dict[str, Any]) -> list[tuple[int, Fraction, Fraction]]:
    """Per number of bad ones moved: its chance, and the chance of the draw after it."""
    (good, bad), (good2, bad2) = v["first"], v["second"]
    if not v["move"]:
        total = comb(good + bad, v["draw"])
        return [(0, Fraction(1), Fraction(comb(bad, v["bad"]) * comb(good, v["draw"] - v["bad"]), total))]
    found = []
    for k in range(min(v["move"], bad) + 1):
        if v["move"] - k > good:
            continue
        chance = Fraction(comb(bad, k) * comb(good, v["move"] - k), comb(good + bad, v["move"]))
        g, b = good2 + v["move"] - k, bad2 + k
        draw = (
            Fraction(comb(b, v["bad"]) * comb(g, v["draw"] - v["bad"]), comb(g + b, v["draw"]))
            if v["bad"] <= b
            else Fraction(0)
        )
        found.append((k, chance, draw))
    return found


def _boxes_zh(rng: random.Random, words: Any, v: dict[str, Any]) -> list[str]:
    one, two, things, unit, bad, name = words
    (g, b), (g2, b2) = v["first"], v["second"]
    text = f"{one}里有{g + b}{things}，其中{b}{unit}{bad}。"
    hit = f"恰好有{v['bad']}{unit}{name}" if v["bad"] else f"没有一{unit}{name}"
    if not v["move"]:
        return [text, f"从中随机取出{v['draw']}{unit}，{hit}的概率是多少？{exactly('zh', rng)}"]
    text += f"{two}里有{g2 + b2}{unit}，其中{b2}{unit}{bad}。外观上分不出来。"
    text += f"先从{one}随机拿{v['move']}{unit}放进{two}混匀，再从{two}随机取出{v['draw']}{unit}检查。"
    if v["level"] == 3:
        return [text, f"{hit}的概率是多少？{exactly('zh', rng)}"]
    asked = f"恰好有{v['asked']}{unit}{name}" if v["asked"] else f"没有一{unit}{name}"
    return [
        text,
        (
            f"已知检查的{v['draw']}{unit}中{hit}，那么当初拿过去的{v['move']}{unit}中{asked}的概率是多少？"
            f"{exactly('zh', rng)}"
        ),
    ]


def _boxes_en(rng: random.Random, words: Any, v: dict[str, Any]) -> list[str]:
    one, two, things, _, bad = words
    (g, b), (g2, b2) = v["first"], v["second"]
    are = "is" if b == 1 else "are"
    text = f"There are {g + b} {things} in {one}, and {b} of them {are} {bad}."
    hit = (
        f"exactly {('', 'one', 'two', 'three')[v['bad']]} of them {'is' if v['bad'] == 1 else 'are'} {bad}"
        if v["bad"]
        else f"none of them is {bad}"
    )
    if not v["move"]:
        return [
            text,
            (
                f"{('', 'One', 'Two', 'Three')[v['draw']]} are taken at random. What is the probability "
                f"that {hit}? {exactly('en', rng)}"
            ),
        ]
    number = {2: "Two", 3: "Three"}
    text += (
        f" In {two} there are {g2 + b2}, {b2} of which {'is' if b2 == 1 else 'are'} {bad}; nobody can tell by looking."
    )
    text += (
        f" {number[v['move']]} taken at random from {one} are put into {two} and mixed in. Then "
        f"{number[v['draw']].lower()} are taken at random from {two} and tested."
    )
    if v["level"] == 3:
        return [text, f"What is the probability that {hit}? {exactly('en', rng)}"]
    asked = (
        (
            f"exactly {('', 'one', 'two', 'three')[v['asked']]} of those moved across "
            f"{'was' if v['asked'] == 1 else 'were'} {bad}"
        )
        if v["asked"]
        else f"none of those moved across was {bad}"
    )
    return [text, f"The test shows that {hit}. Given this, what is the probability that {asked}? {exactly('en', rng)}"]


def _boxes_steps(
    lang: Lang, words: tuple[str, ...], v: dict[str, Any], rows: Any, whole: Fraction, value: Fraction
) -> list[str]:
    zh = lang == "zh"
    (g, b) = v["first"]
    if not v["move"]:
        total, part = comb(g + b, v["draw"]), comb(b, v["bad"]) * comb(g, v["draw"] - v["bad"])
        if zh:
            return [
                f"1. 从{g + b}{words[3]}里取{v['draw']}{words[3]}，共{total}种等可能的取法。",
                f"2. 其中符合的有{part}种。",
                f"3. 概率是{part}/{total}，约分得{_f(value)}。",
            ]
        return [
            f"1. There are {total} equally likely ways to take {v['draw']} of {g + b}.",
            f"2. {part} of them are as asked.",
            f"3. The probability is {part}/{total} = {_f(value)}.",
        ]
    lines = []
    for k, chance, draw in rows:
        lines.append(
            (
                f"拿过去的{v['move']}{words[3]}里有{k}{words[3]}{words[5]}：概率{_f(chance)}；"
                f"此时检查结果符合的概率{_f(draw)}；乘积{_f(chance * draw)}。"
            )
            if zh
            else (
                f"{k} {words[4]} among those moved: probability {_f(chance)}; then the test result has "
                f"probability {_f(draw)}; product {_f(chance * draw)}."
            )
        )
    plus = "＋" if zh else " + "
    chain = plus.join(_f(a * c) for _, a, c in rows if a * c)
    lines.append(
        f"检查结果出现的总概率：{chain}＝{_f(whole)}。"
        if zh
        else f"Altogether the test result has probability {chain} = {_f(whole)}."
    )
    if v["level"] == 4:
        joint = value * whole
        lines.append(
            f"所求条件概率：{_f(joint)}÷{_f(whole)}＝{_f(value)}。"
            if zh
            else f"The conditional probability is ({_f(joint)}) / ({_f(whole)}) = {_f(value)}."
        )
    return [f"{n}. {text}" for n, text in enumerate(lines, 1)]


def solve_boxes(f: Facts) -> str:
    """Takes single pieces, all of them different, in every possible way."""
    first = ["good"] * f["first"][0] + ["bad"] * f["first"][1]
    second = ["good"] * f["second"][0] + ["bad"] * f["second"][1]
    seen = hit = 0
    if not f["move"]:
        for taken in combinations(first, f["draw"]):
            seen += 1
            hit += taken.count("bad") == f["bad"]
        return _f(Fraction(hit, seen))
    for moved in combinations(first, f["move"]):
        for taken in combinations([*second, *moved], f["draw"]):
            fits = taken.count("bad") == f["bad"]
            if f["level"] == 3:
                seen, hit = seen + 1, hit + fits
            elif fits:
                seen, hit = seen + 1, hit + (moved.count("bad") == f["asked"])
    return _f(Fraction(hit, seen))
