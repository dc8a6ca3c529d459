"""Word problem: a basket split over two orders."""

from __future__ import annotations

import random
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import joined, money

_GOODS: dict[Lang, tuple[tuple[str, ...], ...]] = {
    "zh": (
        ("帐篷", "折叠桌", "睡袋", "炉具", "登山杖", "头灯", "防潮垫"),
        ("收纳柜", "炒锅", "浴巾套装", "电水壶", "台灯", "晾衣架", "脚踏垫"),
        ("移动硬盘", "蓝牙音箱", "显示器支架", "耳机", "键盘", "插线板", "读卡器"),
    ),
    "en": (
        ("a tent", "a sleeping bag", "a folding table", "walking poles", "a stove", "a head torch", "a mat"),
        ("a bookcase", "a wok", "a set of towels", "a kettle", "a clothes airer", "a desk lamp", "a doormat"),
        ("an external drive", "a speaker", "a monitor arm", "headphones", "a router", "a keyboard", "a webcam"),
    ),
}
"""Things of one shop, the dearest first."""


def basket(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 one order; 2 four things in up to two orders; 3 five and a voucher; 4 six, a voucher and postage."""
    while True:
        goods = rng.choice(_GOODS[lang])
        names = sorted(rng.sample(goods, (3, 4, 5, 6)[level - 1]), key=goods.index)
        step = rng.choice((200, 300)) if lang == "zh" else rng.choice((60, 80, 100))
        unit = step // 20
        prices = sorted((rng.randrange(2, 14) * unit + rng.choice((0, 0, -1, -2, 3)) for _ in names), reverse=True)
        off = step * rng.choice((10, 12, 15)) // 100
        rule = {
            "step": step,
            "off": off,
            "step2": step * rng.choice((8, 9, 11)) // 5,
            "off2": off * rng.choice((14, 16, 17)) // 10,
            "coupon": rng.randrange(4, 9) * step // 100 if level != 2 else 0,
            "floor": step * rng.choice((5, 7, 9, 11)) // 10 if level != 2 else 0,
            "post": step * rng.choice((5, 6, 8)) // 100 if level == 4 else 0,
            "free": step * rng.choice((8, 10, 13)) // 10 if level == 4 else 0,
        }
        order = rng.sample(range(len(names)), len(names))
        names, prices = [names[i] for i in order], [prices[i] for i in order]
        ways = _ways(prices, rule, single=level == 1)
        if len(set(prices)) == len(prices) and _worth(ways, level):
            break
    best = ways[0]
    answer = str(best["total"])
    scene = _basket_zh if lang == "zh" else _basket_en
    form = "××元" if lang == "zh" else "£…"
    return puzzle(
        lang,
        question=[*scene(rng, names, prices, rule, level), ask_working(rng, lang, form)],
        steps=_basket_steps(lang, names, rule, ways),
        answer=answer,
        shown=money(lang, best["total"] * 100),
        checks=numeric(answer),
        facts={"kind": "basket", "prices": prices, "orders": 1 if level == 1 else 2, **rule},
        size=len(ways) * 3 + len(prices) + level,
    )


def _order(prices: list[int], rule: dict[str, int], *, coupon: bool) -> tuple[int, str]:
    """What one order costs and how that is worked out."""
    total = sum(prices)
    lines = ["+".join(map(str, prices)) + (f"={total}" if len(prices) > 1 else "")]
    if cut := _cut(total, rule):
        lines.append(f"{total}-{cut}={total - cut}")
        total -= cut
    if coupon:
        lines.append(f"{total}-{rule['coupon']}={total - rule['coupon']}")
        total -= rule["coupon"]
    if total < rule["free"]:
        lines.append(f"{total}+{rule['post']}={total + rule['post']}")
        total += rule["post"]
    return total, ", ".join(lines)


def _cut(total: int, rule: dict[str, int]) -> int:
    return rule["off2"] if total >= rule["step2"] else rule["off"] if total >= rule["step"] else 0


def _ways(prices: list[int], rule: dict[str, int], *, single: bool) -> list[dict[str, Any]]:
    """Every split into one or two orders with the coupon where it may be used, cheapest first."""
    found = []
    everything = range(len(prices))
    for mask in range(1 << (0 if single else len(prices) - 1)):
        orders = [[i for i in everything if not mask >> i & 1], [i for i in everything if mask >> i & 1]]
        orders = [order for order in orders if order]
        amounts = [[prices[i] for i in order] for order in orders]
        net = [sum(a) - _cut(sum(a), rule) for a in amounts]
        uses = [-1] + [i for i, left in enumerate(net) if rule["coupon"] and left >= rule["floor"]]
        for use in uses:
            parts = [_order(a, rule, coupon=i == use) for i, a in enumerate(amounts)]
            found.append({"orders": orders, "use": use, "parts": parts, "total": sum(cost for cost, _ in parts)})
    return sorted(found, key=lambda way: (way["total"], len(way["orders"])))


def _worth(ways: list[dict[str, Any]], level: int) -> bool:
    """Whether there is something to find: the best way is not one order, nor the split that looks natural."""
    best = ways[0]
    if level == 1:
        return bool(best["use"] == 0 and ways[-1]["total"] != best["total"])
    whole = min(way["total"] for way in ways if len(way["orders"]) == 1)
    second = next((way for way in ways if way["total"] > best["total"]), None)
    smallest = min(len(order) for order in best["orders"])
    return (
        len(best["orders"]) == 2 and second is not None and bool(best["total"] < whole) and smallest >= level // 3 + 1
    )


def _basket_zh(rng: random.Random, names: list[str], prices: list[int], rule: dict[str, int], level: int) -> list[str]:
    goods = rng.choice(("、", "，")).join(f"{name}{price}元" for name, price in zip(names, prices, strict=True))
    start = rng.choice((
        f"网店搞活动，我看中了{len(names)}样东西：{goods}，每样买一件。",
        f"购物车里有{len(names)}件商品，标价分别是：{goods}。",
        f"打算在同一家店买这些东西，各一件：{goods}。",
    ))  # fmt: skip
    tiers = f"满{rule['step']}元减{rule['off']}元，满{rule['step2']}元减{rule['off2']}元"
    rules = [f"每笔订单按标价合计，{tiers}，只享受其中一档，不叠加。"]
    if rule["coupon"]:
        rules.append(
            f"我有一张{rule['coupon']}元的券，只能用一次；满减之后金额不低于{rule['floor']}元的订单才能用，用券不影响满减。"
        )
    if rule["post"]:
        rules.append(f"订单最后的应付金额（满减、用券之后）不足{rule['free']}元的，另加{rule['post']}元运费。")
    if level == 1:
        ask = rng.choice(("一单全买下来，最少付多少钱？", "这些东西放在一笔订单里结账，最少要付多少？"))
    else:
        ask = rng.choice((
            "这些商品可以放在一笔订单里，也可以分成两笔下单，每件都要买到。怎么下单最省，总共最少付多少钱？",
            "允许一起结账或拆成两单，但不能拆成更多单。全部买齐最少要花多少钱？请说明怎么分。",
        ))  # fmt: skip
    if rng.random() < 0.5:
        return [start, *(f"（{i}）{text}" for i, text in enumerate(rules, 1)), ask]
    return [start + "结算规则：" + "".join(rules), ask]


def _basket_en(rng: random.Random, names: list[str], prices: list[int], rule: dict[str, int], level: int) -> list[str]:
    goods = joined("en", [f"{name} (£{price})" for name, price in zip(names, prices, strict=True)])
    start = rng.choice((
        f"My basket in an online sale holds {len(names)} things: {goods}.",
        f"I want to buy all of these from one shop: {goods}.",
        f"We are kitting ourselves out and need {goods}, one of each.",
    ))  # fmt: skip
    rules = [
        (
            f"An order whose list prices add up to £{rule['step']} or more gets £{rule['off']} off, one of "
            f"£{rule['step2']} or more gets £{rule['off2']} off instead; no order gets both."
        )
    ]
    if rule["coupon"]:
        rules.append(
            f"I have one £{rule['coupon']} voucher, good for one order that still comes to at least £{rule['floor']} "
            "after that reduction; the reduction itself is not affected by the voucher."
        )
    if rule["post"]:
        rules.append(f"An order for which less than £{rule['free']} is finally payable costs £{rule['post']} postage.")
    if level == 1:
        ask = rng.choice(
            ("What is the least I can pay for everything in one order?", "What does one order cost at the least?")
        )
    else:
        ask = rng.choice((
            ("I may put everything into one order or split it into two, but not more. What is the least I can pay "
            "altogether, and how?"),
            "One order or two, whichever is cheaper: how should I split the things, and what is the smallest total?",
        ))  # fmt: skip
    if rng.random() < 0.5:
        return [start, *(f"{i}. {text}" for i, text in enumerate(rules, 1)), ask]
    return [start, " ".join(rules), ask]


def _basket_steps(lang: Lang, names: list[str], rule: dict[str, int], ways: list[dict[str, Any]]) -> list[str]:
    zh = lang == "zh"
    plain = [name.removeprefix("a ").removeprefix("an ") for name in names]

    def told(way: dict[str, Any]) -> str:
        bits = []
        for i, (order, (_, sums)) in enumerate(zip(way["orders"], way["parts"], strict=True)):
            goods = joined(lang, [plain[j] for j in order])
            voucher = way["use"] == i
            mark = ("（用券）" if zh else " (with the voucher)") if voucher else ""
            text = sums.replace("-", "－").replace("+", "＋").replace("=", "＝").replace(", ", "，") if zh else sums
            bits.append(f"{goods}{mark}：{text}" if zh else f"{goods}{mark}: {text}")
        total = f"合计{way['total']}元" if zh else f"together £{way['total']}"
        return ("；" if zh else "; ").join([*bits, total]) + ("。" if zh else ".")

    best = ways[0]
    whole = next(way for way in ways if len(way["orders"]) == 1)
    if whole is best:
        return [
            "1. " + ("券满足使用条件，用券更省。" if zh else "The voucher can be used, so use it."),
            "2. " + told(best),
        ]
    second = next(way for way in ways if way["total"] > best["total"])
    number = len({tuple(map(tuple, way["orders"])) for way in ways})
    amounts = [(rule["coupon"], "用券", "the voucher"), (rule["post"], "运费", "any postage")]
    later = [name if zh else english for amount, name, english in amounts if amount]
    if zh:
        order = f"按“{'、'.join(['满减', *later])}”的顺序" if later else ""
        return [
            f"1. 不拆单{'（用券以更省为准）' if rule['coupon'] else ''}：{told(whole)}",
            f"2. 连不拆单在内共有{number}种分法，逐一{order}核算，最省的是：{told(best)}",
            f"3. 次优的是：{told(second)}其余分法都不低于{second['total']}元。",
        ]
    order = f", the reduction before {joined(lang, later)}" if later else ""
    return [
        f"1. Everything in one order: {told(whole)}",
        (
            f"2. There are {number} ways to split the things, one order included. Worked out one by one{order}, the "
            f"best is: {told(best)}"
        ),
        f"3. The next best is: {told(second)} No other way is below £{second['total']}.",
    ]
