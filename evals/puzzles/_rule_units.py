"""Rules of measuring: units that exist nowhere, a calendar of its own."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._lines import han, in_order, joined, maths, numbers, phrased, row, word

# ----------------------------------------------------------------------------------------------------------- measure
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


# ---------------------------------------------------------------------------------------------------------- calendar
_DAYS = {
    "zh": ("金日", "木日", "水日", "火日", "土日", "风日", "云日"),
    "en": ("Ashday", "Birchday", "Cedarday", "Dunday", "Elmday", "Firday", "Gorseday"),
}


def _calendar(rng: random.Random, lang: Lang, level: int) -> Draft:
    """Level 1: within a year; 2: over a new year; 3, 4: over several years, with leap years and a day off the week."""
    rule = {
        "months": rng.choice((8, 9, 10)),
        "odd": rng.choice((31, 33, 35)),
        "even": rng.choice((30, 32, 34)),
        "leap": rng.choice((3, 4)),
        "skip": 0,
        "week": rng.choice((5, 6)),
        "free": level > 2,
    }
    if level == 4:
        rule["skip"] = rule["leap"] * rng.choice((5, 6))
    years = {1: 0, 2: 1, 3: rng.randint(3, 5), 4: rng.randint(8, 13)}[level]
    year = rng.randint(101, 140) if not rule["skip"] else rule["skip"] * rng.randint(5, 8) - rng.randint(1, years - 1)
    first = [year, rng.randint(1, rule["months"] - 3), rng.randint(1, 30)]
    second = [year + years, rng.randint(first[1] + 1 if not years else 1, rule["months"]), rng.randint(1, 30)]
    weekday = rng.randrange(rule["week"])
    gap, named, log = _calendar_gap(lang, rule, first, second)
    day = _DAYS[lang][(weekday + named) % rule["week"]]
    return Draft(
        body=_calendar_question(rng, lang, rule, first, second, weekday),
        form="……天；……日" if lang == "zh" else "... days; ...",
        lines=[*log, _calendar_end(lang, rule, gap, named, weekday, day)],
        answer=f"{gap}天；{day}" if lang == "zh" else f"{gap} days; {day}",
        checks=(in_order([str(gap), day], units={0: "天|days?"}),),
        facts={"rule": rule, "first": first, "second": second, "weekday": weekday},
        size=(second[0] - first[0]) * rule["months"] + abs(second[1] - first[1]) + level,
    )


def _is_leap(rule: Mapping[str, Any], year: int) -> bool:
    return year % rule["leap"] == 0 and not (rule["skip"] and year % rule["skip"] == 0)


def _before_in_year(rule: Mapping[str, Any], month: int, day: int) -> int:
    """Days of a year before a date."""
    return int((month // 2) * rule["odd"] + ((month - 1) // 2) * rule["even"]) + day - 1


def _calendar_gap(
    lang: Lang, rule: Mapping[str, Any], first: Sequence[int], second: Sequence[int]
) -> tuple[int, int, list[str]]:
    """Days between the dates, and how many of them move the weekday on (free days do not)."""
    common = _before_in_year(rule, rule["months"] + 1, 1)
    leaps = [y for y in range(first[0], second[0]) if _is_leap(rule, y)]
    start, end = _before_in_year(rule, *first[1:]), _before_in_year(rule, *second[1:])
    years = second[0] - first[0]
    gap = years * common + len(leaps) + end - start
    named = gap - len(leaps) if rule["free"] else gap
    zh = lang == "zh"
    log = [f"平年共{common}天。" if zh else f"A common year has {common} days."]
    if years:
        listed = row(lang, [str(y) for y in leaps]) or ("没有" if zh else "none")
        log.append(
            f"从第{first[0]}年到第{second[0] - 1}年，闰年有：{listed}。"
            if zh
            else f"Leap years from {first[0]} to {second[0] - 1}: {listed}."
        )
    log.append(
        f"起始日前面当年已有{start}天，终止日前面当年已有{end}天。"
        if zh
        else f"Before the first date the year has had {start} days, before the second {end}."
    )
    log.append(
        (maths(lang, f"{years} * {common} + {len(leaps)} + {end} - {start} = {gap}")) + ("（天）。" if zh else " days.")
    )
    return gap, named, log


def _calendar_end(lang: Lang, rule: Mapping[str, Any], gap: int, named: int, weekday: int, day: str) -> str:
    names, week = _DAYS[lang], rule["week"]
    rest = named % week
    if lang == "zh":
        free = f"其中{gap - named}个闰日不算星期，往后数{named}天；" if gap != named else ""
        return f"{free}{maths(lang, f'{named} / {week}')}余{rest}，从{names[weekday]}往后数{rest}天是{day}。"
    extra = "The leap day has" if gap - named == 1 else f"The {gap - named} leap days have"
    free = f"{extra} no weekday, which leaves {named}; " if gap != named else ""
    text = f"{named} / {week} leaves {rest}, and {rest} on from {names[weekday]} is {day}."
    return free + text


def _calendar_question(
    rng: random.Random, lang: Lang, rule: Mapping[str, Any], first: Sequence[int], second: Sequence[int], weekday: int
) -> str:
    if lang == "zh":
        return _calendar_question_zh(rng, lang, rule, first, second, weekday)
    return _calendar_question_en(rng, lang, rule, first, second, weekday)


def _calendar_question_zh(
    rng: random.Random, lang: Lang, rule: Mapping[str, Any], first: Sequence[int], second: Sequence[int], weekday: int
) -> str:
    names, months, odd, even = _DAYS[lang][: rule["week"]], rule["months"], rule["odd"], rule["even"]
    head = rng.choice(
        ("一款航海游戏里用自编的历法：", "某奇幻小说的附录写着当地的历法：", "一个模拟城镇的程序用这样的历法：")
    )
    but = f"，但能被{rule['skip']}整除的不是" if rule["skip"] else ""
    free = (
        (
            "，也不算进星期（闰日前一天和后一天的星期是连着的）。",
            "，星期也跳过它不数，就是说闰日前后两天的星期紧接着。",
        )
        if rule["free"]
        else ("，但照样算进星期。", "，星期还是照常数下去。")
    )
    rules = phrased(
        rng,
        (
            f"一年{han(months)}个月，单数月{odd}天，双数月{even}天；",
            f"每年分{han(months)}个月，逢单的月份有{odd}天，逢双的月份有{even}天；",
        ),
        (f"年份能被{rule['leap']}整除的是闰年{but}，", f"年数是{rule['leap']}的倍数的年份为闰年{but}，"),
        ("闰年在最后一个月之后另加一个闰日，不属于任何月份", "闰年过完最后一个月再添一天闰日，不归入哪个月"),
        free,
        (
            f"一星期{han(rule['week'])}天，依次是{'、'.join(names)}，周而复始。",
            f"星期以{han(rule['week'])}天为一轮：{'、'.join(names)}。",
        ),
    )
    a, b = (f"第{d[0]}年{d[1]}月{d[2]}日" for d in (first, second))
    return (
        f"{head}{rules}\n{a}是{names[weekday]}。"
        f"从这一天到{b}要过多少天（起始日不算、终止日算；闰日也算一天）？"
        "那天是什么日？"
    )


def _calendar_question_en(
    rng: random.Random, lang: Lang, rule: Mapping[str, Any], first: Sequence[int], second: Sequence[int], weekday: int
) -> str:
    names, months, odd, even = _DAYS[lang][: rule["week"]], rule["months"], rule["odd"], rule["even"]
    head = rng.choice(
        (
            "A sailing game runs on a calendar of its own.",
            "The appendix of a fantasy novel explains the local calendar.",
            "A town simulation uses this calendar.",
        )
    )
    but = f", except those divisible by {rule['skip']}" if rule["skip"] else ""
    free = (
        (
            " and has no weekday either: the days before and after it have consecutive weekdays. ",
            " and is left out of the week, so that the weekday after it follows on from the weekday before it. ",
        )
        if rule["free"]
        else (" but has a weekday like any other. ", " but counts in the week as usual. ")
    )
    rules = phrased(
        rng,
        (
            (
                f"A year has {word(months)} months; months with odd numbers have {odd} "
                f"days, those with even numbers {even}. "
            ),
            (
                f"There are {word(months)} months in a year, of {odd} days if the "
                f"month's number is odd and {even} if it is even. "
            ),
        ),
        (
            f"Years divisible by {rule['leap']} are leap years{but}; ",
            f"Every year whose number is a multiple of {rule['leap']} is a leap year{but}; ",
        ),
        (
            "a leap year has one extra day after its last month, which belongs to no month",
            "such a year ends with one extra day, which is part of no month",
        ),
        free,
        (
            f"The week has {word(rule['week'])} days: {joined(lang, list(names))}.",
            f"Weekdays run {', '.join(names)}, and then begin again.",
        ),
    )
    a, b = (f"day {d[2]} of month {d[1]} in the year {d[0]}" for d in (first, second))
    return (
        f"{head} {rules}\n{a[0].upper() + a[1:]} is {_article(names[weekday])}. "
        f"How many days after it is {b} (extra days count as days), and what "
        "weekday is that?"
    )


def _article(day: str) -> str:
    return f"an {day}" if day[0] in "AE" else f"a {day}"


def _solve_calendar(facts: Mapping[str, Any]) -> str:
    """Turns one page of the calendar after another."""
    rule = facts["rule"]
    (year, month, day), weekday, passed = facts["first"], facts["weekday"], 0
    extra = False
    while extra or [year, month, day] != list(facts["second"]):
        passed += 1
        long = rule["odd"] if month % 2 else rule["even"]
        if extra:
            extra, year, month, day = False, year + 1, 1, 1
        elif day < long:
            day += 1
        elif month < rule["months"]:
            month, day = month + 1, 1
        elif year % rule["leap"] == 0 and (rule["skip"] == 0 or year % rule["skip"] > 0):
            extra = True
        else:
            year, month, day = year + 1, 1, 1
        if not (extra and rule["free"]):
            weekday = (weekday + 1) % rule["week"]
    name = _DAYS[facts["lang"]][weekday]
    return f"{passed}天；{name}" if facts["lang"] == "zh" else f"{passed} days; {name}"


MEASURE = Kind(name="measure", make=_measure, solve=_solve_measure)
CALENDAR = Kind(name="calendar", make=_calendar, solve=_solve_calendar)
