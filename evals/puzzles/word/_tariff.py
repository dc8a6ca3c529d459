"""Word problem: a tiered tariff, billed forwards or read backwards from what two bills come to together."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import decimal, money


def tariff(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 a bill, 2 the use from a bill, 3 two uses from their sums, 4 the same with two tariffs."""
    scene: dict[str, Any] = rng.choice((_WATER, _TRAFFIC))
    while True:
        limits = [low := _between(rng, scene["low"], scene["step"]), low + _between(rng, scene["gap"], scene["step"])]
        first = [_between(rng, bounds) for bounds in scene["rates"]]
        change = scene["change"]
        second = first if level < 4 else [first[0], *(rate + change * rng.randrange(10, 60, 5) for rate in first[1:])]
        uses = [rng.randrange(limits[0] // 2, limits[1] * 2) for _ in range(2)]
        if level < 3:
            uses[1] = 0
        fee = _between(rng, scene["fee"])
        solutions, cases = _tariff_cases(lang, limits, (first, second), sum(uses), uses, level)
        if len(solutions) == 1 and len(cases) >= (0, 0, 1, 3, 4)[level] and uses[0] != uses[1]:
            break
    extra = fee * (sum(uses) if scene["per_unit"] else 1 if level < 3 else 2)
    bill = sum(_cost(limits, rates, use) for rates, use in zip((first, second), uses, strict=True)) + extra
    if level == 1:
        answer, shown = decimal(Fraction(bill, 100)), money(lang, bill)
        form = "××元" if lang == "zh" else "£…"
    else:
        answer = str(solutions[0])
        shown = f"{answer}{scene['unit'][lang]}"
        form = f"××{scene['unit'][lang]}" if lang == "zh" else f"…{scene['unit'][lang]}"
    values = {"limits": limits, "first": first, "second": second, "fee": fee, "total": sum(uses), "bill": bill}
    question = [*scene[lang](rng, level, values), ask_working(rng, lang, form)]
    steps = _tariff_steps(lang, level, values, extra, cases)
    facts = {"kind": "tariff", "level": level, "extra": extra, **values}
    size = (3, 6, 9, 12)[level - 1] + len(cases)
    return puzzle(
        lang, question=question, steps=steps, answer=answer, shown=shown, checks=numeric(answer), facts=facts, size=size
    )


def _between(rng: random.Random, bounds: tuple[int, int], step: int = 5) -> int:
    return rng.randrange(bounds[0], bounds[1], step)


def _pieces(limits: list[int], rates: list[int]) -> list[tuple[int, int, int, int]]:
    """Per tier: from, to, and the line const + rate * use that gives the bill in it."""
    low, high = limits
    jump = (rates[0] - rates[1]) * low
    return [
        (0, low, 0, rates[0]),
        (low + 1, high, jump, rates[1]),
        (high + 1, 10**6, jump + (rates[1] - rates[2]) * high, rates[2]),
    ]


def _cost(limits: list[int], rates: list[int], use: int) -> int:
    return next(const + rate * use for low, high, const, rate in _pieces(limits, rates) if low <= use <= high)


def _tariff_cases(
    lang: Lang, limits: list[int], tariffs: tuple[list[int], list[int]], total: int, uses: list[int], level: int
) -> tuple[list[int], list[str]]:
    """Every pair of tiers the two uses can lie in: what `a` must be there, and the sentence that says so."""
    if level < 3:
        return [uses[0]], [""]
    target = _cost(limits, tariffs[0], uses[0]) + _cost(limits, tariffs[1], uses[1])
    found, lines = [], []
    for i, (low, high, const, rate) in enumerate(_pieces(limits, tariffs[0])):
        for j, (low2, high2, const2, rate2) in enumerate(_pieces(limits, tariffs[1])):
            start, stop = max(low, total - high2, 0), min(high, total - low2, total)
            if level == 3:
                stop = min(stop, (total - 1) // 2)
            if start > stop:
                continue
            slope, base = rate - rate2, const + const2 + rate2 * total
            verdict, value = _verdict(lang, slope, target - base, start, stop)
            found += value
            lines.append(_case_line(lang, (i, j), (start, stop), base, slope, target, verdict))
    return found, lines


def _verdict(lang: Lang, slope: int, rest: int, start: int, stop: int) -> tuple[str, list[int]]:
    if slope == 0:
        if rest == 0:
            return "", list(range(start, stop + 1))
        return ("不随 a 变化，对不上" if lang == "zh" else "whatever a is, which does not fit"), []
    a = Fraction(rest, slope)
    shown = _about(lang, a)
    if a.denominator != 1:
        return (f"解得a{shown}，不是整数" if lang == "zh" else f"so a {shown}, not a whole number"), []
    if not start <= a <= stop:
        return (f"解得a{shown}，不在范围内" if lang == "zh" else f"so a {shown}, outside the range"), []
    return (f"解得a{shown}，符合" if lang == "zh" else f"so a {shown}, which fits"), [int(a)]


def _case_line(
    lang: Lang, tiers: tuple[int, int], bounds: tuple[int, int], base: int, slope: int, target: int, verdict: str
) -> str:
    formula = _term(lang, Fraction(base, 100), Fraction(slope, 100), "a")
    if lang == "zh":
        names = ["第一档", "第二档", "第三档"]
        where = f"a 从{bounds[0]}到{bounds[1]}" if bounds[0] < bounds[1] else f"a 只能是{bounds[0]}"
        goal = f"应等于{decimal(Fraction(target, 100))}元，{verdict}"
        return f"· 前者在{names[tiers[0]]}、后者在{names[tiers[1]]}（{where}）：合计{formula}元，{goal}。"
    numbers = ["tier 1", "tier 2", "tier 3"]
    where = f"a from {bounds[0]} to {bounds[1]}" if bounds[0] < bounds[1] else f"a = {bounds[0]} only"
    return (
        f"- First in {numbers[tiers[0]]}, second in {numbers[tiers[1]]} ({where}): the two come to {formula} pounds, "
        f"to equal {decimal(Fraction(target, 100))}; {verdict}."
    )


def _tariff_steps(lang: Lang, level: int, v: dict[str, Any], extra: int, cases: list[str]) -> list[str]:
    net = v["bill"] - extra
    if level >= 3:
        if lang == "zh":
            return [
                (
                    f"1. 先扣掉与分档无关的费用{money(lang, extra)}，分档计价的部分是"
                    f"{money(lang, v['bill'])}－{money(lang, extra)}＝{money(lang, net)}。"
                ),
                f"2. 设前者用量为 a，后者就是{v['total']}－a，按两者所在的档逐一讨论：",
                *cases,
                "3. 只有一种情形成立。",
            ]
        return [
            (
                f"1. Take off what does not depend on the tiers, {money(lang, extra)}: the tiered part is "
                f"{money(lang, v['bill'])} - {money(lang, extra)} = {money(lang, net)}."
            ),
            f"2. Let a be the first amount, so the second is {v['total']} - a. Go through the tiers they can be in:",
            *cases,
            "3. Only one case works.",
        ]
    return _single_steps(lang, level, v, extra)


def _about(lang: Lang, value: Fraction, places: int = 2) -> str:
    """`= 6.05` when that is exact, else `≈ 6.05`."""
    sign = "=" if (value * 10**places).denominator == 1 else "≈"
    return (
        ("＝" if sign == "=" else sign) + decimal(value, places) if lang == "zh" else f"{sign} {decimal(value, places)}"
    )


def _term(lang: Lang, base: Fraction, slope: Fraction, name: str) -> str:
    """The term base + slope * name as people write it: `88.4 - 4.2a`, `5.4a - 20.4`, `60`."""
    plus, minus = ("＋", "－") if lang == "zh" else (" + ", " - ")
    if slope == 0:
        return decimal(base)
    term = ("" if abs(slope) == 1 else decimal(abs(slope))) + name
    if base == 0:
        return term if slope > 0 else f"-{term}"
    if base < 0 < slope:
        return f"{term}{minus}{decimal(-base)}"
    return f"{decimal(base)}{plus if slope > 0 else minus}{term}"


def _single_steps(lang: Lang, level: int, v: dict[str, Any], extra: int) -> list[str]:
    use, rates, (low, high) = v["total"], v["first"], v["limits"]
    parts = [(min(use, low), rates[0])]
    parts += [(min(use, high) - low, rates[1])] if use > low else []
    parts += [(use - high, rates[2])] if use > high else []
    lines = []
    for n, (amount, rate) in enumerate(parts, 1):
        price, cost = decimal(Fraction(rate, 100)), money(lang, amount * rate)
        last = level == 2 and n == len(parts)
        if lang == "zh":
            text = f"{cost}÷{price}＝{amount}" if last else f"{amount}×{price}＝{cost}"
            lines.append(f"{n}. 第{'一二三'[n - 1]}档{'剩下的' if last else ''}：{text}。")
        else:
            text = f"{cost} / {price} = {amount}" if last else f"{amount} x {price} = {cost}"
            lines.append(f"{n}. Tier {n}{', what is left' if last else ''}: {text}.")
    whole = money(lang, v["bill"])
    if lang == "zh":
        rest = f"其他费用{money(lang, extra)}，总共{whole}。" if level == 1 else f"其他费用共{money(lang, extra)}，"
        rest += "" if level == 1 else f"加起来正好{whole}，所以用量是{'＋'.join(str(a) for a, _ in parts)}＝{use}。"
    else:
        rest = f"The other charges are {money(lang, extra)}, so the bill is {whole}."
        if level == 2:
            total = " + ".join(str(a) for a, _ in parts)
            rest = f"With other charges of {money(lang, extra)} this is exactly {whole}, so the use is {total} = {use}."
    return [*lines, f"{len(parts) + 1}. {rest}"]


def _prices(v: dict[str, Any], name: str) -> list[str]:
    return [decimal(Fraction(rate, 100)) for rate in v[name]]


def _pounds(v: dict[str, Any], name: str) -> list[str]:
    return [money("en", rate) for rate in v[name]]


def _water_zh(rng: random.Random, level: int, v: dict[str, Any]) -> list[str]:
    (low, high), (a, b, c), fee = v["limits"], _prices(v, "first"), decimal(Fraction(v["fee"], 100))
    month = rng.randrange(3, 10)
    tiers = rng.choice(
        (
            f"每月不超过{low}吨的部分每吨{a}元，超过{low}吨、不超过{high}吨的部分每吨{b}元，超过{high}吨的部分每吨{c}元",
            f"每月头{low}吨，每吨{a}元；第{low + 1}吨到第{high}吨，每吨{b}元；第{high + 1}吨起，每吨{c}元",
        )
    )
    start = rng.choice(("我们这儿的自来水按月分三档收费：", "老家的水费实行阶梯价，按月结算，规则是："))
    rules = f"{start}{tiers}。不管哪一档，每吨水另收{fee}元污水处理费。用水量都按整吨计。"
    total, bill = v["total"], decimal(Fraction(v["bill"], 100))
    if level == 1:
        return [rules, f"{month}月家里用了{total}吨水，这个月该交多少钱？"]
    if level == 2:
        return [rules, f"{month}月的账单上只看得清总额{bill}元，这个月用了多少吨水？"]
    if level == 4:
        _, d, e = _prices(v, "second")
        rules += f"从{month + 1}月起，第二档改为每吨{d}元，第三档改为每吨{e}元，第一档和污水处理费不变。"
        less = ""
    else:
        less = f"，并且{month}月用得比{month + 1}月少"
    lost = rng.choice(("单子都找不到了，银行流水上只有合计", "两张单子都丢了，记账本上只记了合计"))
    return [
        rules,
        f"{month}月和{month + 1}月的{lost}：一共用了{total}吨，一共交了{bill}元{less}。{month}月用了多少吨？",
    ]


def _water_en(rng: random.Random, level: int, v: dict[str, Any]) -> list[str]:
    (low, high), (a, b, c), fee = v["limits"], _pounds(v, "first"), money("en", v["fee"])
    one, two = rng.choice((("March", "April"), ("May", "June"), ("August", "September"), ("October", "November")))
    rules = rng.choice(
        (
            (
                f"Our water company charges by the month in three tiers: {a} a cubic metre for the "
                f"first {low} cubic metres, "
                f"{b} for each one above {low} up to and including {high}, and {c} for each one above {high}."
            ),
            (
                f"Water at the cottage is billed monthly. Up to {low} cubic metres cost {a} each; "
                f"those from number {low + 1} "
                f"to number {high} cost {b} each; everything beyond that costs {c} a cubic metre."
            ),
        )
    ) + (f" On top of that there is a sewage charge of {fee} for every cubic metre. Only whole ones are counted.")
    total, bill = v["total"], money("en", v["bill"])
    if level == 1:
        return [rules, f"We used {total} cubic metres in {one}. How much is the bill?"]
    if level == 2:
        return [rules, f"On the bill for {one} only the total is legible: {bill}. How much water was used?"]
    if level == 4:
        _, d, e = _pounds(v, "second")
        rules += f" From 1 {two} the middle tier costs {d} and the top tier {e}; the rest stays the same."
        less = ""
    else:
        less = f" We used less in {one} than in {two}."
    lost = rng.choice(("Both bills are lost", "I have mislaid the bills"))
    return [
        rules,
        (
            f"{lost}, but for {one} and {two} together we used {total} cubic metres and paid {bill}.{less} "
            f"How many cubic metres did we use in {one}?"
        ),
    ]


def _traffic_zh(rng: random.Random, level: int, v: dict[str, Any]) -> list[str]:
    (low, high), (a, b, c), fee = v["limits"], _prices(v, "first"), decimal(Fraction(v["fee"], 100))
    rules = (
        f"公司用的流量套餐按站点、按月结算：每个站点每月头{low}GB每GB收{a}元，之后到{high}GB为止每GB收{b}元，"
        f"再往上每GB收{c}元，此外每个站点每月收{fee}元基本费。流量按整GB计。"
    )
    total, bill = v["total"], decimal(Fraction(v["bill"], 100))
    if level == 1:
        return [rules, f"上个月官网用了{total}GB，{rng.choice(('费用是多少', '要付多少钱'))}？"]
    if level == 2:
        return [rules, f"上个月官网的账单是{bill}元，一共用了多少GB？"]
    if level == 3:
        known = f"上个月官网和商城合起来用了{total}GB，两个站点的账单合计{bill}元，官网的流量比商城少。"
        return [rules, f"{known}{rng.choice(('官网用了多少GB？', '请算出官网的流量。'))}"]
    _, d, e = _prices(v, "second")
    change = f"服务商从4月1日起下调了价格：第二段改为每GB收{d}元，第三段改为每GB收{e}元，第一段和基本费不变。"
    ask = f"财务把官网3月和4月的账并在了一起：两个月共用{total}GB，共付{bill}元。官网3月用了多少GB？"
    return [rules, change, ask]


def _traffic_en(rng: random.Random, level: int, v: dict[str, Any]) -> list[str]:
    (low, high), (a, b, c), fee = v["limits"], _pounds(v, "first"), money("en", v["fee"])
    rules = (
        f"Our hosting company bills each site separately, once a month: a base fee of {fee}, then {a} a gigabyte for "
        f"the first {low} GB of traffic, {b} a gigabyte from there up to {high} GB, and {c} a gigabyte beyond. "
        "Traffic is counted in whole gigabytes."
    )
    total, bill = v["total"], money("en", v["bill"])
    if level == 1:
        return [
            rules,
            f"Last month the shop site used {total} GB. {rng.choice(('What did it cost?', 'What was due?'))}",
        ]
    if level == 2:
        return [rules, f"Last month the bill for the shop site was {bill}. How much traffic did it have?"]
    if level == 3:
        known = f"Last month the blog and the shop together had {total} GB and the two bills added up to {bill}."
        ask = rng.choice(("How much did it have?", "How many gigabytes did the blog have?"))
        return [rules, f"{known} The blog had less traffic than the shop. {ask}"]
    _, d, e = _pounds(v, "second")
    change = (
        f"On 1 April prices fell: the second band now costs {d} a gigabyte and the third {e}; the rest is as before."
    )
    ask = (
        f"Accounts booked March and April of the shop site in one sum: {total} GB, {bill}. How much was used in March?"
    )
    return [rules, change, ask]


_WATER: dict[str, Any] = {
    "low": (8, 15),
    "gap": (6, 12),
    "step": 1,
    "rates": ((180, 300), (320, 450), (560, 780)),
    "change": 1,
    "fee": (85, 140),
    "per_unit": True,
    "unit": {"zh": "吨", "en": " cubic metres"},
    "zh": _water_zh,
    "en": _water_en,
}
_TRAFFIC: dict[str, Any] = {
    "low": (40, 90),
    "gap": (40, 120),
    "step": 10,
    "rates": ((100, 130), (75, 95), (62, 74)),
    "change": -1,
    "fee": (600, 1500),
    "per_unit": False,
    "unit": {"zh": "GB", "en": " GB"},
    "zh": _traffic_zh,
    "en": _traffic_en,
}
