"""Word problems about offers: a basket split over two orders, and two quotes to compare."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._phrase import closing, decimal, listed, money, numeric, puzzle

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


# ------------------------------------------------------------------------------------------------ basket
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
        question=[*scene(rng, names, prices, rule, level), closing(rng, lang, form)],
        steps=_basket_steps(lang, names, ways),
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
    goods = listed("en", [f"{name} (£{price})" for name, price in zip(names, prices, strict=True)])
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


def _basket_steps(lang: Lang, names: list[str], ways: list[dict[str, Any]]) -> list[str]:
    zh = lang == "zh"
    plain = [name.removeprefix("a ").removeprefix("an ") for name in names]

    def told(way: dict[str, Any]) -> str:
        bits = []
        for i, (order, (_, sums)) in enumerate(zip(way["orders"], way["parts"], strict=True)):
            goods = listed(lang, [plain[j] for j in order])
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
    if zh:
        return [
            f"1. 不拆单（用券以更省为准）：{told(whole)}",
            f"2. 连不拆单在内共有{number}种分法，逐一按“满减、用券、运费”的顺序核算，最省的是：{told(best)}",
            f"3. 次优的是：{told(second)}其余分法都不低于{second['total']}元。",
        ]
    return [
        f"1. Everything in one order: {told(whole)}",
        (
            f"2. There are {number} ways to split the things, one order included. Worked out one by one, with the "
            f"reduction first, the best is: {told(best)}"
        ),
        f"3. The next best is: {told(second)} No other way is below £{second['total']}.",
    ]


# ------------------------------------------------------------------------------------------------ quotes
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
            ask + closing(rng, lang, form) if lang == "zh" else f"{ask} {closing(rng, lang, form)}",
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
        f"1. 第二家的费用是{rival}元。第一家{'要分段看' if len(parts) > 1 else '不分段'}："
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
