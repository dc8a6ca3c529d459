"""New rule: units that exist nowhere."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._ending import numbers
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import han, joined, maths, row, word

_UNITS = {"zh": ("托", "衡", "星"), "en": ("tun", "keg", "cup")}
_MEASURE = {1: 2, 2: 3, 3: 4, 4: 6}


def _measure(rng: random.Random, lang: Lang, level: int) -> Draft:
    big, small = rng.choice((5, 6, 7, 9)), rng.choice((8, 11, 12, 13))
    names = _UNITS[lang]
    start = [rng.randint(3, 8), rng.randrange(big), rng.randrange(small)]
    total = _in_small(start, big, small)
    orders: list[list[Any]] = []
    for turn in range(_MEASURE[level]):
        kinds = ["take", "add"] if level == 1 else ["take", "add", "times", "share"]
        kind = rng.choice([k for k in kinds if not orders or k != orders[-1][0]])
        if kind == "take" and total < 3 * big * small:
            kind = "times"
        if kind in ("take", "add"):
            amount = [rng.randint(0 if turn else 1, 2), rng.randrange(big), rng.randint(1, small - 1)]
            order: list[Any] = [kind, *amount]
        else:
            order = [kind, rng.randint(2, 3) if kind == "times" else rng.choice((3, 4, 5))]
        if kind == "share" and total < 4 * big * small:
            order = ["times", 3]
        orders.append(order)
        total = _measured(total, order, big, small)
    price = rng.randint(7, 19)
    facts = {"big": big, "small": small, "start": start, "orders": orders, "price": price if level > 2 else 0}
    values = list(_in_units(total, big, small))
    cost = -(-total * price // small) if level > 2 else 0
    answer = _amount(lang, names, values, full=True)
    if level > 2:
        answer += f"；{cost}元" if lang == "zh" else f"; £{cost}"
    return Draft(
        body=_measure_question(rng, lang, names, facts),
        form=("、".join(f"……{n}" for n in names) if lang == "zh" else ", ".join(f"... {n}s" for n in names))
        + (("；……元" if lang == "zh" else "; £...") if level > 2 else ""),
        lines=_measure_lines(lang, names, facts, total, cost),
        answer=answer,
        checks=(numbers([*values, cost] if level > 2 else values),),
        facts=facts,
        size=len(orders) + (level > 2),
    )


def _in_small(amount: Sequence[int], big: int, small: int) -> int:
    return (amount[0] * big + amount[1]) * small + amount[2]


def _in_units(total: int, big: int, small: int) -> tuple[int, int, int]:
    middle, low = divmod(total, small)
    return middle // big, middle % big, low


def _measured(total: int, order: Sequence[Any], big: int, small: int) -> int:
    if order[0] in ("take", "add"):
        change = _in_small(order[1:], big, small)
        return total + change if order[0] == "add" else total - change
    return int(total * order[1] if order[0] == "times" else total // order[1])


def _amount(lang: Lang, names: Sequence[str], values: Sequence[int], *, full: bool = False) -> str:
    shown = [(v, n) for v, n in zip(values, names, strict=True) if v or full]
    if lang == "zh":
        return "、".join(f"{v}{n}" for v, n in shown)
    parts = [f"{v} {n}" + ("" if v == 1 else "s") for v, n in shown]
    return ", ".join(parts) if full else joined(lang, parts)


def _measure_question(rng: random.Random, lang: Lang, names: Sequence[str], facts: Mapping[str, Any]) -> str:
    big, small, price = facts["big"], facts["small"], facts["price"]
    start = _amount(lang, names, facts["start"])
    if lang == "zh":
        a, b, c = names
        head = rng.choice(
            (f"某地的老油坊量油用“{a}、{b}、{c}”：", f"一部小说里的商队用自己的单位“{a}、{b}、{c}”量粮：")
        )
        rules = f"1{a}等于{big}{b}，1{b}等于{small}{c}，没有比{c}更小的单位。"
        acts = {
            "take": "卖出{0}",
            "add": "又进{0}",
            "times": "进货，使存量变成现有的{0}倍",
            "share": "分成{0}等份，每份取整{1}，只留下一份，余下的和别的各份都送走",
        }
        items = [
            acts[o[0]].format(_amount(lang, names, o[1:]) if o[0] in ("take", "add") else han(o[1]), c)
            for o in facts["orders"]
        ]
        ask = "最后还剩多少？"
        if price:
            ask += f"全部按每{b}{price}元卖掉，总价不足1元的部分进位成1元，能卖多少元？"
        return f"{head}{rules}\n原有{start}，接着依次：{'；'.join(items)}。\n{ask}"
    a, b, c = names
    head = rng.choice(
        ("An island measures oil in units of its own.", "In a novel the caravans measure grain in their own units.")
    )
    rules = f" A {a} is {big} {b}s and a {b} is {small} {c}s; there is nothing smaller than a {c}."
    acts = {
        "take": "{0} {is_} sold",
        "add": "{0} {is_} bought in",
        "times": "the stock is {0}",
        "share": (
            "the stock is divided into {0} equal parts of whole {1}s, one part is "
            "kept, and the other parts and the remainder are sent away"
        ),
    }
    items = []
    for o in facts["orders"]:
        text = _amount(lang, names, o[1:]) if o[0] in ("take", "add") else word(o[1])
        if o[0] == "times":
            text = "doubled" if o[1] == 2 else "trebled"
        one = o[0] in ("take", "add") and sum(o[1:]) == 1
        items.append(acts[o[0]].format(text, c, is_="is" if one else "are"))
    ask = "How much is left?"
    if price:
        ask += (
            f" All of it is then sold at £{price} a {b}, and the total is rounded "
            "up to whole pounds. How much does it fetch?"
        )
    return f"{head}{rules}\nThere are {start} at first. Then, in this order: {'; '.join(items)}.\n{ask}"


def _measure_lines(lang: Lang, names: Sequence[str], facts: Mapping[str, Any], total: int, cost: int) -> list[str]:
    big, small, zh = facts["big"], facts["small"], lang == "zh"
    now = _in_small(facts["start"], big, small)
    unit = names[2] if zh else f" {names[2]}s"
    lines = [
        f"都化成{unit}：1{names[0]}＝{big * small}{unit}，原有{now}{unit}。"
        if zh
        else f"In {names[2]}s: a {names[0]} is {big * small}, and there are {now} at first."
    ]
    for order in facts["orders"]:
        new = _measured(now, order, big, small)
        if order[0] in ("take", "add"):
            change = _in_small(order[1:], big, small)
            text = f"{now} {'+' if order[0] == 'add' else '-'} {change} = {new}"
        else:
            text = f"{now} * {order[1]} = {new}" if order[0] == "times" else f"{now} / {order[1]} = {new}"
            if order[0] == "share" and now % order[1]:
                text += f" 余 {now % order[1]}" if zh else f", remainder {now % order[1]}"
        lines.append(maths(lang, text) + ("。" if zh else "."))
        now = new
    shown = _amount(lang, names, _in_units(total, big, small), full=True)
    lines.append(f"{total}{unit}就是{shown}。" if zh else f"{total}{unit} make {shown}.")
    if facts["price"]:
        exact = maths(lang, f"{total} / {small} * {facts['price']}")
        lines.append(f"总价{exact}，进位取整得{cost}元。" if zh else f"The price is {exact}, rounded up: £{cost}.")
    return lines


def _solve_measure(facts: Mapping[str, Any]) -> str:
    """Keeps the three units apart, with carrying and borrowing."""
    big, small = facts["big"], facts["small"]
    now = list(facts["start"])

    def settle(values: list[int]) -> list[int]:
        for at, base in ((2, small), (1, big)):
            while values[at] < 0:
                values[at] += base
                values[at - 1] -= 1
            while values[at] >= base:
                values[at] -= base
                values[at - 1] += 1
        return values

    for kind, *args in facts["orders"]:
        if kind in ("take", "add"):
            now = settle([a + b if kind == "add" else a - b for a, b in zip(now, args, strict=True)])
        elif kind == "times":
            now = settle([value * args[0] for value in now])
        else:
            high, rest = divmod(now[0], args[0])
            middle, rest = divmod(now[1] + rest * big, args[0])
            now = settle([high, middle, (now[2] + rest * small) // args[0]])
    lang: Lang = facts["lang"]
    shown = [
        f"{value}{name}" if lang == "zh" else f"{value} {name}{'' if value == 1 else 's'}"
        for value, name in zip(now, _UNITS[lang], strict=True)
    ]
    text = row(lang, shown)
    if not facts["price"]:
        return text
    whole = (now[0] * big + now[1]) * facts["price"]
    part = now[2] * facts["price"]
    cost = whole + part // small + (part % small > 0)
    return f"{text}；{cost}元" if lang == "zh" else f"{text}; £{cost}"


MEASURE = Kind(name="measure", make=_measure, solve=_solve_measure)
