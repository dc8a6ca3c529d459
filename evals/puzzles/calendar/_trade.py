"""Calendar problem: a price to set for imported goods."""

from __future__ import annotations

import random
from fractions import Fraction
from math import ceil
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import decimal


def _three(value: Fraction) -> str:
    return decimal(value, 3)


_TRADE: tuple[dict[str, Any], ...] = (
    {
        "zh": ("咖啡豆", "磅", "袋", "克"),
        "en": ("coffee beans", "pound", "bag", "g"),
        "per": Fraction(4536, 10),
        "small": (200, 250, 500),
    },
    {
        "zh": ("橄榄油", "加仑", "瓶", "毫升"),
        "en": ("olive oil", "gallon", "bottle", "ml"),
        "per": Fraction(3785),
        "small": (250, 500, 750),
    },
)


def trade(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 units and currency; 2 duty; 3 loss and whole packs, the least price for a margin; 4 a rebate as well."""
    scene = rng.choice(_TRADE)
    v: dict[str, Any] = {
        "amount": rng.randrange(4, 20) * 50,
        "price": rng.randrange(280, 900, 5) if scene["small"][0] == 200 else rng.randrange(1800, 3600, 10),
        "rate": rng.randrange(690, 760),
        "duty": rng.choice((5, 8, 10, 12)) if level >= 2 else 0,
        "freight": rng.randrange(10, 60) * 100 if level >= 2 else 0,
        "loss": rng.choice((2, 3, 4, 15)) if level >= 3 else 0,
        "pack": rng.choice(scene["small"]),
        "wrap": rng.randrange(60, 260, 10) if level >= 3 else 0,
        "margin": rng.choice((25, 30, 35, 40)) if level >= 3 else 0,
        "rebate": rng.choice((4, 5, 6)) if level == 4 else 0,
        "over": 0,
        "small": float(scene["per"]),
        "sold": 0,
    }
    v["over"] = v["amount"] * rng.choice((4, 5, 6)) // 10 if level == 4 else 0
    if scene["small"][0] != 200 and v["loss"] == 15:
        v["loss"] = 3
    v["sold"] = rng.choice((90, 92, 95)) if level == 4 else 100
    goods = Fraction(v["price"] * v["amount"], 100) - Fraction(
        v["price"] * (v["amount"] - v["over"]) * v["rebate"], 10_000
    ) * (1 if v["over"] else 0)
    landed = (goods * Fraction(v["rate"], 100) + v["freight"]) * (100 + v["duty"]) / 100
    packs = int(scene["per"] * v["amount"] * (100 - v["loss"]) / 100 / v["pack"])
    cost = landed + Fraction(packs * v["wrap"], 100)
    sold = packs * v["sold"] // 100
    if level <= 2:
        result = decimal(landed)
    else:
        # margin on the takings: takings * (100 - margin) / 100 >= cost, in steps of 0.1
        least = cost * 100 / (100 - v["margin"]) / sold
        result = decimal(Fraction(ceil(least * 10), 10))
    text = (_trade_zh if lang == "zh" else _trade_en)(rng, scene[lang], v, level)
    shown = f"{result}元" if lang == "zh" else f"{result} yuan"
    steps = _trade_steps(lang, scene[lang], v, goods, landed, packs, cost, sold, result, level)
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, "××元" if lang == "zh" else "… yuan")],
        steps=steps,
        answer=result,
        shown=shown,
        checks=numeric(result, 0.011 if level <= 2 else 0),
        facts={"kind": "trade", "level": level, **v},
        size=(3, 6, 12, 16)[level - 1],
    )


def _trade_zh(rng: random.Random, words: Any, v: dict[str, Any], level: int) -> list[str]:
    thing, big, pack, small = words
    text = (
        f"进口一批{thing}：{v['amount']}{big}，每{big}{decimal(Fraction(v['price'], 100))}美元，"
        f"1美元按{decimal(Fraction(v['rate'], 100))}元人民币折算"
    )
    if v["rebate"]:
        text += f"；超过{v['over']}{big}的部分单价优惠{v['rebate']}%"
    text += "。"
    if v["duty"]:
        text += f"运费{v['freight']}元人民币；关税按货款与运费之和的{v['duty']}%计。"
    if level <= 2:
        return [text, rng.choice(("到岸总成本是多少元人民币？", "总共要花多少元人民币？")) + "结果四舍五入到分。"]
    text += (
        f"1{big}合{_per(v)}{small}，{'烘焙' if small == '克' and v['loss'] == 15 else '分装'}损耗"
        f"{v['loss']}%，每{pack}净含量{v['pack']}{small}，装不满一{pack}的不要，"
        f"每{pack}包装费{decimal(Fraction(v['wrap'], 100))}元。"
    )
    if v["sold"] < 100:
        text += f"估计只能卖掉{v['sold']}%（不足一{pack}的舍去），卖不掉的白送，成本照算。"
    ask = f"要求毛利率（毛利占销售额的比例）不低于{v['margin']}%，售价按0.1元一档定，每{pack}最低定多少元？"
    return [text, ask]


def _per(v: dict[str, Any]) -> str:
    return decimal(Fraction(v["small"]).limit_denominator(10))


def _trade_en(rng: random.Random, words: Any, v: dict[str, Any], level: int) -> list[str]:
    thing, big, pack, small = words
    text = (
        f"We import {v['amount']} {big}s of {thing} at ${v['price'] / 100:.2f} a {big}, a dollar being "
        f"worth {decimal(Fraction(v['rate'], 100))} yuan"
    )
    if v["rebate"]:
        text += f"; on everything above {v['over']} {big}s the price is {v['rebate']}% lower"
    text += "."
    if v["duty"]:
        text += f" Freight is {v['freight']} yuan, and duty is {v['duty']}% of goods and freight together."
    if level <= 2:
        return [
            text,
            rng.choice(("What does it all cost in yuan?", "What is the total cost in yuan?"))
            + " Round to two decimals.",
        ]
    job = "roasting" if small == "g" and v["loss"] == 15 else "filling"
    text += (
        f" A {big} is {_per(v)} {small}, {job} loses {v['loss']}%, each {pack} holds {v['pack']} "
        f"{small}, what does not fill a {pack} is "
        f"discarded, and each {pack} costs {decimal(Fraction(v['wrap'], 100))} yuan to pack."
    )
    if v["sold"] < 100:
        text += (
            f" We expect to sell {v['sold']}% of the {pack}s (rounded down) and to give the rest away at our expense."
        )
    ask = (
        f"Prices go in steps of 0.1 yuan. What is the lowest price per {pack} at which the gross profit "
        f"is at least {v['margin']}% of the takings?"
    )
    return [text, ask]


def _trade_steps(
    lang: Lang,
    words: Any,
    v: dict[str, Any],
    goods: Fraction,
    landed: Fraction,
    packs: int,
    cost: Fraction,
    sold: int,
    result: str,
    level: int,
) -> list[str]:
    zh, pack = lang == "zh", words[2]
    price = decimal(Fraction(v["price"], 100))
    if v["rebate"]:
        low = decimal(Fraction(v["price"] * (100 - v["rebate"]), 10_000), 4)
        text = f"{v['over']}×{price}＋{v['amount'] - v['over']}×{low}＝{decimal(goods)}"
    else:
        text = f"{v['amount']}×{price}＝{decimal(goods)}"
    yuan = goods * Fraction(v["rate"], 100)
    lines = [f"货款：{text}美元，合{_three(yuan)}元。" if zh else f"Goods: {text} dollars, {_three(yuan)} yuan."]
    if v["duty"]:
        lines.append(
            (
                f"加运费和关税：（{_three(yuan)}＋{v['freight']}）×{decimal(1 + Fraction(v['duty'], 100))}"
                f"≈{_three(landed)}元。"
            )
            if zh
            else (
                f"With freight and duty: ({_three(yuan)} + "
                f"{v['freight']})×{decimal(1 + Fraction(v['duty'], 100))} = {_three(landed)} yuan."
            )
        )
    if level <= 2:
        lines.append(f"总成本{result}元。" if zh else f"The total is {result} yuan.")
    else:
        keep = decimal(Fraction(100 - v["loss"], 100))
        lines.append(
            (
                f"可装{v['amount']}×{_per(v)}×{keep}÷{v['pack']}，取整{packs}{pack}；"
                f"包装{decimal(Fraction(packs * v['wrap'], 100))}元，总成本{_three(cost)}元。"
            )
            if zh
            else (
                f"Packs: {v['amount']}×{_per(v)}×{keep} / {v['pack']}, rounded down {packs}; "
                f"packing {decimal(Fraction(packs * v['wrap'], 100))}, total cost {_three(cost)} "
                "yuan."
            )
        )
        if v["sold"] < 100:
            lines.append(
                f"能卖{packs}×{v['sold']}%，取整{sold}{pack}。"
                if zh
                else f"Sold: {packs}×{v['sold']}%, rounded down {sold}."
            )
        takings = cost * 100 / (100 - v["margin"])
        lines.append(
            (
                f"销售额至少{_three(cost)}÷{decimal(Fraction(100 - v['margin'], 100))}≈{_three(takings)}元，"
                f"每{pack}至少{_three(takings / sold)}元，按0.1元一档进到{result}元。"
            )
            if zh
            else (
                f"Takings of at least {_three(cost)} / "
                f"{decimal(Fraction(100 - v['margin'], 100))} = {_three(takings)}, so "
                f"{_three(takings / sold)} per {pack}, rounded up to {result} yuan."
            )
        )
    return [
        f"{n}. {t if zh else t.replace('×', ' x ').replace('＋', ' + ').replace('＝', ' = ')}"
        for n, t in enumerate(lines, 1)
    ]
