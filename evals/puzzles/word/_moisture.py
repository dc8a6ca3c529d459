"""Word problem: goods that lose water, from fresh weight to packed bags or back."""

from __future__ import annotations

import random
from fractions import Fraction
from math import ceil
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import decimal

_DRIED: tuple[dict[Lang, tuple[str, ...]], ...] = (
    {
        "zh": ("香菇", "合作社", "东坡", "西坡"),
        "en": ("mushrooms", "A co-operative", "the hill farm", "the valley farm"),
    },
    {
        "zh": ("杏子", "果脯厂", "甲村", "乙村"),
        "en": ("apricots", "A packing house", "the early orchard", "the late orchard"),
    },
    {"zh": ("金银花", "药材站", "前山", "后山"), "en": ("herbs", "A herb dryer", "the north field", "the south field")},
)


def moisture(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 one lot dried; 2 sorting first; 3 two lots into whole bags; 4 how much more an order needs."""
    words = rng.choice(_DRIED)[lang]
    while True:
        v: dict[str, Any] = {
            "fresh": [rng.randrange(20, 60) * 10, rng.randrange(20, 60) * 10 if level >= 3 else 0],
            "wet": rng.sample((78, 80, 82, 84, 85, 86, 88, 90), 2),
            "out": rng.choice((2, 3, 4, 5, 8)) if level >= 2 else 0,
            "dry": rng.choice((8, 10, 12, 15, 20)),
            "waste": rng.choice((1, 2, 3)) if level >= 3 else 0,
            "bag": rng.choice((250, 400, 450, 500)),
            "bags": 0,
        }
        solid = [Fraction(f * (100 - v["out"]) * (100 - w), 10000) for f, w in zip(v["fresh"], v["wet"], strict=True)]
        dried = sum(solid) / Fraction(100 - v["dry"], 100)
        packed = dried * Fraction(100 - v["waste"], 100)
        if level <= 2:
            if (packed * 10).denominator == 1:
                answer = decimal(packed)
                break
            continue
        bags = packed * 1000 / v["bag"]
        if level == 3 and bags.denominator != 1:
            answer = str(int(bags))
            break
        if level == 4:
            v["bags"] = int(bags)
            need = (
                v["bags"] * Fraction(v["bag"], 1000) / Fraction(100 - v["waste"], 100) * Fraction(100 - v["dry"], 100)
            )
            exact = (need - solid[0]) * 10000 / ((100 - v["out"]) * (100 - v["wet"][1]))
            v["fresh"][1] = 0
            if exact.denominator != 1 and exact > 50:
                answer = str(ceil(exact))
                break
    unit = {"zh": "袋" if level == 3 else "千克", "en": "bags" if level == 3 else "kg"}[lang]
    steps = _moist_steps(lang, words, v, level, answer)
    text = (_moist_zh if lang == "zh" else _moist_en)(rng, words, v, level)
    shown = f"{answer}{unit}" if lang == "zh" else f"{answer} {unit}"
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, f"××{unit}" if lang == "zh" else f"… {unit}")],
        steps=steps,
        answer=answer,
        shown=shown,
        checks=numeric(answer),
        facts={"kind": "moisture", "level": level, **v},
        size=(3, 5, 10, 14)[level - 1],
    )


def _four(value: Fraction) -> str:
    return decimal(value, 4)


def _moist_zh(rng: random.Random, words: Any, v: dict[str, Any], level: int) -> list[str]:
    thing, firm, one, two = words
    sort = f"先挑掉{v['out']}%（按重量）不合格的，其余" if level >= 2 else ""
    if level <= 2:
        text = f"{firm}收了{v['fresh'][0]}千克鲜{thing}，含水率{v['wet'][0]}%。{sort}烘到含水率{v['dry']}%。"
        return [text, rng.choice((f"能得到多少千克干{thing}？", "烘干后重多少千克？"))]
    second = f"{v['fresh'][1]}千克" if level == 3 else "若干千克"
    text = (
        f"{firm}从{one}收了{v['fresh'][0]}千克鲜{thing}，含水率{v['wet'][0]}%；又从{two}收{second}，"
        f"含水率{v['wet'][1]}%。"
    )
    text += (
        f"两批都{sort}一起烘到含水率{v['dry']}%（挑拣不改变含水率），烘好后筛掉{v['waste']}%的碎末，"
        f"剩下的每{v['bag']}克装一袋。"
    )
    if level == 3:
        return [text, rng.choice(("能装满多少袋？", "一共可以装满几袋？"))]
    return [text, f"客户订了{v['bags']}袋，{two}的鲜{thing}至少要收多少千克（取整千克）才够？"]


def _moist_en(rng: random.Random, words: Any, v: dict[str, Any], level: int) -> list[str]:
    thing, firm, one, two = words
    sort = f"By weight, {v['out']}% are sorted out as unfit; the rest are dried" if level >= 2 else "They are dried"
    if level <= 2:
        text = (
            f"{firm} takes in {v['fresh'][0]} kg of fresh {thing} with {v['wet'][0]}% water. {sort} until "
            f"they hold {v['dry']}% water."
        )
        return [text, rng.choice((f"What weight of dried {thing} is that?", "What do they weigh then?"))]
    second = f"{v['fresh'][1]} kg" if level == 3 else "some more"
    text = (
        f"{firm} has {v['fresh'][0]} kg of fresh {thing} from {one} ({v['wet'][0]}% water) and {second} "
        f"from {two} ({v['wet'][1]}% water)."
    )
    text += (
        f" From both lots {v['out']}% by weight are sorted out, which does not change the water content; the rest are "
        f"dried together down to {v['dry']}% water. Then {v['waste']}% of the dried weight is sieved off as dust, and "
        f"the remainder is packed in bags of {v['bag']} g."
    )
    if level == 3:
        return [text, rng.choice(("How many full bags are there?", "How many bags can be filled completely?"))]
    return [
        text,
        f"{v['bags']} bags have been ordered. What is the smallest whole number of kilograms needed from {two}?",
    ]


def _moist_steps(lang: Lang, words: Any, v: dict[str, Any], level: int, answer: str) -> list[str]:
    zh = lang == "zh"
    keep = Fraction(100 - v["out"], 100)
    solid = [Fraction(f) * keep * Fraction(100 - w, 100) for f, w in zip(v["fresh"], v["wet"], strict=True)]
    left = f"×{decimal(keep)}" if level >= 2 else ""
    first = f"{v['fresh'][0]}{left}×{decimal(Fraction(100 - v['wet'][0], 100))}"
    dry = decimal(Fraction(100 - v["dry"], 100))
    if level <= 2:
        if zh:
            return [
                f"1. 烘干时干物质不变：{first}＝{_four(solid[0])}千克。",
                f"2. 干物质占烘干后的{100 - v['dry']}%：{_four(solid[0])}÷{dry}＝{answer}千克。",
            ]
        return [
            f"1. The dry matter stays: {first.replace('×', ' x ')} = {_four(solid[0])} kg.",
            f"2. It is {100 - v['dry']}% of the dried weight: {_four(solid[0])} / {dry} = {answer} kg.",
        ]
    dust = decimal(Fraction(100 - v["waste"], 100))
    if level == 3:
        total, second = sum(solid, Fraction(0)), f"{v['fresh'][1]}{left}×{decimal(Fraction(100 - v['wet'][1], 100))}"
        dried = total / Fraction(100 - v["dry"], 100)
        packed = dried * Fraction(100 - v["waste"], 100)
        lines = [
            (
                f"1. 干物质：{first}＋{second}＝{_four(solid[0])}＋{_four(solid[1])}＝{_four(total)}千克。",
                (f"1. Dry matter: {first} + {second} = {_four(solid[0])} + {_four(solid[1])} = {_four(total)} kg."),
            ),
            (
                f"2. 烘干后重{_four(total)}÷{dry}≈{_four(dried)}千克，筛后×{dust}≈{_four(packed)}千克。",
                (
                    f"2. Dried weight {_four(total)} / {dry} = {_four(dried)} kg; sieved, x {dust} = "
                    f"{_four(packed)} kg (rounded)."
                ),
            ),
            (
                (
                    f"3. {_four(packed * 1000)}÷{v['bag']}≈{decimal(packed * 1000 / v['bag'], 2)}，"
                    f"只数装满的，是{answer}袋。"
                ),
                (
                    f"3. {_four(packed * 1000)} g / {v['bag']} g = {decimal(packed * 1000 / v['bag'], 2)}, so "
                    f"{answer} full bags."
                ),
            ),
        ]
    else:
        goods = v["bags"] * Fraction(v["bag"], 1000)
        dried = goods / Fraction(100 - v["waste"], 100)
        need = dried * Fraction(100 - v["dry"], 100)
        per = keep * Fraction(100 - v["wet"][1], 100)
        exact = (need - solid[0]) / per
        lines = [
            (
                (
                    f"1. {v['bags']}袋重{_four(goods)}千克，筛前要{_four(goods)}÷{dust}≈{_four(dried)}千克，"
                    f"其中干物质≈{_four(need)}千克。"
                ),
                (
                    f"1. {v['bags']} bags weigh {_four(goods)} kg; before sieving {_four(goods)} / {dust} = "
                    f"{_four(dried)} kg, of which dry matter {_four(need)} kg."
                ),
            ),
            (
                (f"2. {words[2]}的鲜货提供干物质{first}＝{_four(solid[0])}千克，还差{_four(need - solid[0])}千克。"),
                (f"2. The first lot gives {first} = {_four(solid[0])} kg, so {_four(need - solid[0])} kg are missing."),
            ),
            (
                (
                    f"3. {words[3]}每千克鲜货提供{decimal(keep)}×{decimal(Fraction(100 - v['wet'][1], 100))}"
                    f"＝{_four(per)}千克，需要{_four(need - solid[0])}÷{_four(per)}≈{decimal(exact)}千克，"
                    f"进一取{answer}千克。"
                ),
                (
                    f"3. A kilogram of the second lot gives {decimal(keep)} x "
                    f"{decimal(Fraction(100 - v['wet'][1], 100))} = {_four(per)} kg: {_four(need - solid[0])} "
                    f"/ {_four(per)} = {decimal(exact)}, rounded up to {answer} kg."
                ),
            ),
        ]
    return [a if zh else b.replace("×", " x ") for a, b in lines]
