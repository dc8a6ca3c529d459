"""Scenes for problems in which a fact may be missing or contrary: what is unknown and what may be said."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from evals.puzzles._family import Lang
from evals.puzzles._words import count, joined

Vector = tuple[int, ...]
"""The weight of each unknown in a sum."""
LETTERS = "ABCD"
"""Of the four facts that are offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A scene: `say` states that a weighted sum of the unknowns has a value, `what` names such a sum."""

    opening: dict[Lang, tuple[str, ...]]
    bounds: dict[Lang, tuple[int, int]]
    forms: Callable[[random.Random, int], Vector]
    say: Callable[[Lang, Vector, int], str]
    what: Callable[[Lang, Vector], str]
    sayable: Callable[[Vector], bool] = lambda vector: sum(map(bool, vector)) > 1


def _pick(rng: random.Random, n: int, weights: tuple[tuple[int, ...], ...]) -> Vector:
    """One of the patterns, laid on unknowns drawn at random."""
    pattern = rng.choice([w for w in weights if len(w) <= n])
    at = rng.sample(range(n), len(pattern))
    vector = [0] * n
    for place, weight in zip(at, pattern, strict=True):
        vector[place] = weight
    return tuple(vector)


def _parts(vector: Vector) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Positive and negative parts as (index, weight)."""
    return [(i, w) for i, w in enumerate(vector) if w > 0], [(i, -w) for i, w in enumerate(vector) if w < 0]


def _compared(vector: Vector, value: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]], int]:
    """The parts and the value of a statement, a comparison turned round so that its difference is not negative."""
    plus, minus = _parts(vector)
    return (minus, plus, -value) if minus and value < 0 else (plus, minus, value)


# ------------------------------------------------------------------------------------------------ receipts
_MENU: dict[Lang, tuple[tuple[str, str], ...]] = {
    "zh": (("杯", "拿铁"), ("块", "蛋糕"), ("份", "三明治"), ("瓶", "果汁"), ("个", "可颂")),
    "en": (
        ("coffee", "coffees"),
        ("cake", "cakes"),
        ("sandwich", "sandwiches"),
        ("juice", "juices"),
        ("croissant", "croissants"),
    ),
}


def _order(lang: Lang, parts: list[tuple[int, int]]) -> str:
    if lang == "zh":
        return "、".join(f"{w}{_MENU['zh'][i][0]}{_MENU['zh'][i][1]}" for i, w in parts)
    return joined("en", [f"{w} {_MENU['en'][i][0 if w == 1 else 1]}" for i, w in parts])


def _say_receipt(lang: Lang, vector: Vector, value: int) -> str:
    plus, minus, value = _compared(vector, value)
    if minus:
        if lang == "zh":
            a, b = _MENU["zh"][plus[0][0]], _MENU["zh"][minus[0][0]]
            return f"一{a[0]}{a[1]}比一{b[0]}{b[1]}贵{value}元" if value else f"一{a[0]}{a[1]}和一{b[0]}{b[1]}同价"
        a2, b2 = _MENU["en"][plus[0][0]][0], _MENU["en"][minus[0][0]][0]
        return f"a {a2} costs £{value} more than a {b2}" if value else f"a {a2} and a {b2} cost the same"
    return f"{_order('zh', plus)}，共{value}元" if lang == "zh" else f"{_order('en', plus)}: £{value}"


def _what_receipt(lang: Lang, vector: Vector) -> str:
    plus, minus = _parts(vector)
    if minus:
        a, b = _MENU[lang][plus[0][0]], _MENU[lang][minus[0][0]]
        return f"{a[1]}和{b[1]}的差价" if lang == "zh" else f"the difference in price between a {a[0]} and a {b[0]}"
    if len(plus) == 1 and plus[0][1] == 1:
        a = _MENU[lang][plus[0][0]]
        return f"一{a[0]}{a[1]}的价钱" if lang == "zh" else f"the price of a {a[0]}"
    return f"{_order('zh', plus)}一共的价钱" if lang == "zh" else f"the price of {_order('en', plus)} together"


# ------------------------------------------------------------------------------------------------ week
_WEEK: dict[Lang, tuple[str, ...]] = {
    "zh": ("周一", "周二", "周三", "周四", "周五"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
}


def _say_week(lang: Lang, vector: Vector, value: int) -> str:
    plus, minus, value = _compared(vector, value)
    names = _WEEK[lang]
    if minus:
        a, b = names[plus[0][0]], names[minus[0][0]]
        if lang == "zh":
            return f"{a}比{b}多{value}件" if value else f"{a}和{b}一样多"
        return f"{a} had {value} more than {b}" if value else f"{a} and {b} had the same number"
    days = joined(lang, [names[i] for i, _ in plus])
    return f"{days}合计{value}件" if lang == "zh" else f"{days} together: {value}"


def _what_week(lang: Lang, vector: Vector) -> str:
    plus, minus = _parts(vector)
    names = _WEEK[lang]
    if minus:
        a, b = names[plus[0][0]], names[minus[0][0]]
        return f"{a}和{b}相差的件数" if lang == "zh" else f"the difference between {a} and {b}"
    days = joined(lang, [names[i] for i, _ in plus])
    total = "合计" if len(plus) > 1 else ""
    return (
        f"{days}{total}的件数"
        if lang == "zh"
        else f"the number of parcels on {days}" + (" together" if len(plus) > 1 else "")
    )


# ------------------------------------------------------------------------------------------------ staff
_CELLS: dict[Lang, tuple[str, ...]] = {
    "zh": ("销售部男员工", "销售部女员工", "仓储部男员工", "仓储部女员工", "客服部员工"),
    "en": (
        "men in sales",
        "women in sales",
        "men in the warehouse",
        "women in the warehouse",
        "people in customer service",
    ),
}
_GROUPS: dict[tuple[int, ...], dict[Lang, str]] = {
    (0, 1): {"zh": "销售部全体员工", "en": "people in sales"},
    (2, 3): {"zh": "仓储部全体员工", "en": "people in the warehouse"},
    (0, 2): {"zh": "销售、仓储两部男员工", "en": "men in sales and the warehouse"},
    (1, 3): {"zh": "销售、仓储两部女员工", "en": "women in sales and the warehouse"},
    (0, 1, 2, 3): {"zh": "销售、仓储两部全体员工", "en": "people in sales and the warehouse"},
}


def _crowd(lang: Lang, parts: list[tuple[int, int]]) -> str:
    key = tuple(i for i, _ in parts)
    if key in _GROUPS:
        return _GROUPS[key][lang]
    return joined(lang, [_CELLS[lang][i] for i in key])


def _say_staff(lang: Lang, vector: Vector, value: int) -> str:
    plus, minus, value = _compared(vector, value)
    if minus:
        a, b = _crowd(lang, plus), _crowd(lang, minus)
        if lang == "zh":
            return f"{a}比{b}多{value}人" if value else f"{a}和{b}人数相同"
        return f"{a} outnumber {b} by {value}" if value else f"there are as many {a} as {b}"
    return f"{_crowd('zh', plus)}一共{value}人" if lang == "zh" else f"{_crowd('en', plus)} come to {value} in all"


def _what_staff(lang: Lang, vector: Vector) -> str:
    plus, minus = _parts(vector)
    if minus:
        a, b = _crowd(lang, plus), _crowd(lang, minus)
        return f"{a}和{b}相差几人" if lang == "zh" else f"by how much the numbers of {a} and of {b} differ"
    return (
        (f"{_crowd('zh', plus)}的{'人数' if len(plus) == 1 or tuple(i for i, _ in plus) in _GROUPS else '总人数'}")
        if lang == "zh"
        else f"the number of {_crowd('en', plus)}"
    )


# ------------------------------------------------------------------------------------------------ yard
_TRUCKS: dict[Lang, tuple[str, ...]] = {
    "zh": ("厢式车", "平板车", "罐车", "冷藏车", "自卸车"),
    "en": ("box vans", "flatbeds", "tankers", "reefers", "tippers"),
}
TONS, TYRES = (2, 5, 8, 4, 10), (4, 6, 10, 6, 12)


def _say_yard(lang: Lang, vector: Vector, value: int) -> str:
    plus, minus, value = _compared(vector, value)
    names, n = _TRUCKS[lang], len(vector)
    if vector == TONS[:n]:
        return (
            f"全部车辆的载重加起来是{value}吨"
            if lang == "zh"
            else f"the load limits of all of them add up to {value} tonnes"
        )
    if vector == TYRES[:n]:
        return f"全部车辆一共有{value}条轮胎" if lang == "zh" else f"together they have {value} tyres"
    if vector == (1,) * n:
        return f"各种车一共{value}辆" if lang == "zh" else f"there are {value} vehicles in all"
    if minus:
        a, b = names[plus[0][0]], names[minus[0][0]]
        if lang == "zh":
            return f"{a}比{b}多{value}辆" if value else f"{a}和{b}一样多"
        return f"{a} outnumber {b} by {value}" if value else f"there are as many {a} as {b}"
    kinds = joined(lang, [names[i] for i, _ in plus])
    return f"{kinds}一共{value}辆" if lang == "zh" else f"{kinds} together: {value}"


def _what_yard(lang: Lang, vector: Vector) -> str:
    plus, _ = _parts(vector)
    n = len(vector)
    if vector == TONS[:n]:
        return "全部车辆的总载重" if lang == "zh" else "the sum of all load limits"
    if vector == TYRES[:n]:
        return "全部车辆的轮胎总数" if lang == "zh" else "the number of tyres in all"
    if vector == (1,) * n:
        return "车辆总数" if lang == "zh" else "the number of vehicles in all"
    kinds = joined(lang, [_TRUCKS[lang][i] for i, _ in plus])
    if len(plus) > 1:
        return f"{kinds}的总辆数" if lang == "zh" else f"the number of {kinds} together"
    return f"{kinds}的辆数" if lang == "zh" else f"the number of {kinds}"


# ------------------------------------------------------------------------------------------------ service
_PEOPLE: dict[Lang, tuple[str, ...]] = {
    "zh": ("老丁", "老范", "小金", "小穆", "小施"),
    "en": ("Alma", "Boris", "Clio", "Derek", "Elsa"),
}


def _say_years(lang: Lang, vector: Vector, value: int) -> str:
    plus, minus, value = _compared(vector, value)
    names = _PEOPLE[lang]
    if minus and max(plus[0][1], minus[0][1]) == 2:
        if minus[0][1] == 2:
            plus, minus, value = minus, plus, -value
        a, b = names[minus[0][0]], names[plus[0][0]]
        if lang == "zh":
            tail = "" if value == 0 else f"还少{value}年" if value > 0 else f"还多{-value}年"
            return f"{a}的工龄是{b}的两倍{tail}" if not value else f"{a}的工龄比{b}的两倍{tail}"
        if not value:
            return f"{a} has been here exactly twice as long as {b}"
        return f"{a}'s years are {abs(value)} {'less' if value > 0 else 'more'} than twice {b}'s"
    if minus:
        a, b = names[plus[0][0]], names[minus[0][0]]
        if lang == "zh":
            return f"{a}比{b}早来{value}年" if value else f"{a}和{b}工龄相同"
        return (
            f"{a} has {count(value, 'year')} more than {b}" if value else f"{a} and {b} have the same number of years"
        )
    who = joined(lang, [names[i] for i, _ in plus])
    return f"{who}的工龄合计{value}年" if lang == "zh" else f"{who} together have {value} years"


def _what_years(lang: Lang, vector: Vector) -> str:
    plus, minus = _parts(vector)
    names = _PEOPLE[lang]
    if minus:
        a, b = names[plus[0][0]], names[minus[0][0]]
        return f"{a}和{b}工龄相差几年" if lang == "zh" else f"the difference between {a}'s and {b}'s years"
    who = joined(lang, [names[i] for i, _ in plus])
    if lang == "zh":
        return f"{who}的工龄" + ("之和" if len(plus) > 1 else "")
    return f"{who}'s years of service" if len(plus) == 1 else f"the years of {who} together"


# ------------------------------------------------------------------------------------------------ tanks
_TANKS: dict[Lang, tuple[str, ...]] = {
    "zh": ("一号罐", "二号罐", "三号罐", "四号罐", "五号罐"),
    "en": ("tank 1", "tank 2", "tank 3", "tank 4", "tank 5"),
}


def _say_tank(lang: Lang, vector: Vector, value: int) -> str:
    plus, minus, value = _compared(vector, value)
    names = _TANKS[lang]
    if minus:
        a, b = joined(lang, [names[i] for i, _ in plus]), joined(lang, [names[i] for i, _ in minus])
        b += "" if len(minus) == 1 else "的总和" if lang == "zh" else " together"
        both = "合起来" if len(plus) > 1 else ""
        if lang == "zh":
            return f"{a}{both}比{b}多{value}吨" if value else f"{a}{both}和{b}一样多"
        verb = "hold" if len(plus) > 1 else "holds"
        together = " together" if len(plus) > 1 else ""
        return (
            f"{a}{together} {verb} {count(value, 'tonne')} more than {b}"
            if value
            else f"{a}{together} {verb} as much as {b}"
        )
    who = joined(lang, [names[i] for i, _ in plus])
    return f"{who}合计{value}吨" if lang == "zh" else f"{who} hold {value} tonnes together"


def _what_tank(lang: Lang, vector: Vector) -> str:
    plus, minus = _parts(vector)
    names = _TANKS[lang]
    if minus:
        a, b = names[plus[0][0]], names[minus[0][0]]
        return f"{a}和{b}存量的差" if lang == "zh" else f"the difference between {a} and {b}"
    who = joined(lang, [names[i] for i, _ in plus])
    if lang == "zh":
        return f"{who}的存量" + ("之和" if len(plus) > 1 else "")
    return f"what {who} hold{'s' if len(plus) == 1 else ' together'}"


def _yard_forms(rng: random.Random, n: int) -> Vector:
    special = [TONS[:n], TYRES[:n], (1,) * n]
    return rng.choice(special) if rng.random() < 0.45 else _pick(rng, n, ((1, -1), (1, 1), (1, 1, 1)))


SCENES: dict[str, Scene] = {
    "receipts": Scene(
        opening={
            "zh": (
                "咖啡店的价目表被水泡了，价钱都是整数元。店员手里只有几张小票和几句记得的话：",
                "几个同事拼单买早点，谁也没看单价（都是整数元），只知道：",
            ),
            "en": (
                ("The price list of our café got wet. All prices are whole pounds, and we have only these notes:"),
                ("We bought breakfast in turns and nobody looked at the prices, which are whole pounds. What we know:"),
            ),
        },
        bounds={"zh": (4, 30), "en": (1, 14)},
        forms=lambda rng, n: _pick(rng, n, ((1, 1), (2, 1), (1, 1, 1), (2, 1, 1), (1, -1), (2, 2), (3, 1))),
        say=_say_receipt,
        what=_what_receipt,
    ),
    "week": Scene(
        opening={
            "zh": (
                "驿站要补一周的到件记录，每天的原始数字丢了，只剩几条统计：",
                "仓库周报只有汇总，没有每天的到货件数：",
            ),
            "en": (
                ("The parcel shop must rebuild its week. The daily numbers of parcels are lost; these notes are left:"),
                "Our weekly sheet has only sums and comparisons of the daily numbers of parcels:",
            ),
        },
        bounds={"zh": (5, 45), "en": (5, 45)},
        forms=lambda rng, n: _pick(rng, n, ((1, 1), (1, 1, 1), (1, 1, 1, 1), (1, -1), (1, -1))),
        say=_say_week,
        what=_what_week,
    ),
    "staff": Scene(
        opening={
            "zh": ("行政想核对人数，几位主管分别报了这些：", "年会订座要知道人数，收到的回复是："),
            "en": (
                "The office is checking head counts. Several managers reported:",
                "For the staff party we need numbers. These answers came in:",
            ),
        },
        bounds={"zh": (3, 40), "en": (3, 40)},
        forms=lambda rng, n: (
            rng.choice(((1, 1, 0, 0, 0), (0, 0, 1, 1, 0), (1, 0, 1, 0, 0), (0, 1, 0, 1, 0), (1, 1, 1, 1, 0)))[:n]
            if n >= 4 and rng.random() < 0.6
            else _pick(rng, n, ((1, 1), (1, -1), (1, 1, 1), (1, -1)))
        ),
        say=_say_staff,
        what=_what_staff,
    ),
    "yard": Scene(
        opening={
            "zh": ("停车场里停着{kinds}。每辆车的载重依次是{tons}吨，轮胎依次是{tyres}条。看门人的记录是：",),
            "en": (
                (
                    "A yard holds {kinds}. Their load limits are {tons} tonnes each and they have {tyres} "
                    "tyres each, in this order. The guard noted:"
                ),
            ),
        },
        bounds={"zh": (1, 30), "en": (1, 30)},
        forms=_yard_forms,
        say=_say_yard,
        what=_what_yard,
    ),
    "years": Scene(
        opening={
            "zh": (
                "为了办退休手续，要弄清几位同事的工龄（整年）。人事翻到的材料里写着：",
                "厂庆要表彰老员工，工龄都按整年算，找到的说法有：",
            ),
            "en": (
                ("For a pension form we need the years of service of some colleagues, in whole years. The files say:"),
                "We are honouring long service, counted in whole years. What people told us:",
            ),
        },
        bounds={"zh": (1, 40), "en": (1, 40)},
        forms=lambda rng, n: _pick(rng, n, ((1, 1), (1, -1), (2, -1), (1, 1, 1), (1, -1))),
        say=_say_years,
        what=_what_years,
    ),
    "tanks": Scene(
        opening={
            "zh": (
                "油库的液位计坏了，各罐存量都是整吨，交接班记录上只有：",
                "酒厂盘点，每个罐里都是整吨数，几个人分别记下了：",
            ),
            "en": (
                ("The gauges of a tank farm failed. Each tank holds a whole number of tonnes, and the log says only:"),
                "A brewery is taking stock. Each tank holds whole tonnes; different people wrote down:",
            ),
        },
        bounds={"zh": (2, 40), "en": (2, 40)},
        forms=lambda rng, n: _pick(rng, n, ((1, 1), (1, -1), (1, 1, -1), (1, 1, 1), (1, 1, 1, 1))),
        say=_say_tank,
        what=_what_tank,
    ),
}


def opening(rng: random.Random, lang: Lang, name: str, n: int) -> str:
    """The first sentence of a scene with `n` unknowns."""
    text = rng.choice(SCENES[name].opening[lang])
    if name == "yard":
        text = text.format(
            kinds=joined(lang, _TRUCKS[lang][:n]),
            tons=joined(lang, [str(t) for t in TONS[:n]]),
            tyres=joined(lang, [str(t) for t in TYRES[:n]]),
        )
    elif name == "week":
        days = _WEEK[lang][:n]
        text += f"（只看{days[0]}到{days[-1]}）" if lang == "zh" else f" ({days[0]} to {days[-1]})"
    return (
        text.replace("：（", "（").replace("）", "）：")
        if name == "week" and lang == "zh"
        else text.replace(": (", " (") + (":" if name == "week" and lang == "en" else "")
    )
