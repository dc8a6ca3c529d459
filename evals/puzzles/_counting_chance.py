"""Exact chances: what was moved between two boxes, whether a network works, how long a match lasts."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations, product
from math import comb
from typing import Any

from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._phrase import closing, numeric, puzzle

Facts = Mapping[str, Any]


def _f(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def _exact(lang: Lang, rng: random.Random) -> str:
    if lang == "zh":
        return rng.choice(("用最简分数回答。", "结果写成最简分数。"))
    return rng.choice(("Give an exact fraction in lowest terms.", "The answer should be a reduced fraction."))


# ------------------------------------------------------------------------------------------------ boxes
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
        question=[*text, closing(rng, lang, "a/b")],
        steps=_boxes_steps(lang, v, rows, whole, value),
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
        return [text, f"从中随机取出{v['draw']}{unit}，{hit}的概率是多少？{_exact('zh', rng)}"]
    text += f"{two}里有{g2 + b2}{unit}，其中{b2}{unit}{bad}。外观上分不出来。"
    text += f"先从{one}随机拿{v['move']}{unit}放进{two}混匀，再从{two}随机取出{v['draw']}{unit}检查。"
    if v["level"] == 3:
        return [text, f"{hit}的概率是多少？{_exact('zh', rng)}"]
    asked = f"恰好有{v['asked']}{unit}{name}" if v["asked"] else f"没有一{unit}{name}"
    return [
        text,
        (
            f"已知检查的{v['draw']}{unit}中{hit}，那么当初拿过去的{v['move']}{unit}中{asked}的概率是多少？"
            f"{_exact('zh', rng)}"
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
                f"that {hit}? {_exact('en', rng)}"
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
        return [text, f"What is the probability that {hit}? {_exact('en', rng)}"]
    asked = (
        (
            f"exactly {('', 'one', 'two', 'three')[v['asked']]} of those moved across "
            f"{'was' if v['asked'] == 1 else 'were'} {bad}"
        )
        if v["asked"]
        else f"none of those moved across was {bad}"
    )
    return [text, f"The test shows that {hit}. Given this, what is the probability that {asked}? {_exact('en', rng)}"]


def _boxes_steps(lang: Lang, v: dict[str, Any], rows: Any, whole: Fraction, value: Fraction) -> list[str]:
    zh = lang == "zh"
    (g, b) = v["first"]
    if not v["move"]:
        total, part = comb(g + b, v["draw"]), comb(b, v["bad"]) * comb(g, v["draw"] - v["bad"])
        if zh:
            return [
                f"1. 从{g + b}个里取{v['draw']}个，共{total}种等可能的取法。",
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
            (f"拿过去的里有{k}个不良：概率{_f(chance)}；此时检查结果符合的概率{_f(draw)}；乘积{_f(chance * draw)}。")
            if zh
            else (
                f"{k} bad among those moved: probability {_f(chance)}; then the test result has "
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


# ------------------------------------------------------------------------------------------------ network
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
        question=[*text, closing(rng, lang, "a/b")],
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
                f"{'①②③④⑤'[v['asked']]}出了故障的概率是多少？{_exact('zh', rng)}"
            ),
        ]
    return [text, f"能{verb}的概率是多少？{_exact('zh', rng)}"]


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
                f"({'abcde'[v['asked']]}) has failed? {_exact('en', rng)}"
            ),
        ]
    return [text, f"What is the probability that {goal} is {verb}? {_exact('en', rng)}"]


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


# ------------------------------------------------------------------------------------------------ series
_MATCHES: tuple[dict[Lang, tuple[str, ...]], ...] = (
    {
        "zh": ("工会乒乓球决赛", "一车间", "二车间", "先发球"),
        "en": ("the final of the works table tennis cup", "the Press Shop", "the Paint Shop", "at its own table"),
    },
    {
        "zh": ("校际围棋对抗赛", "红队", "蓝队", "执黑先行"),
        "en": ("a chess match between two schools", "Northgate", "Southgate", "with the white pieces"),
    },
)


def series(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 best of three; 2 the advantage alternates; 3 best of five, its length; 4 given the first game."""
    words = rng.choice(_MATCHES)[lang]
    need = 2 if level < 3 else 3
    home, away = (
        Fraction(*rng.choice(((2, 3), (3, 5), (3, 4), (4, 7)))),
        Fraction(*rng.choice(((1, 3), (2, 5), (1, 2), (3, 7)))),
    )
    if level == 1:
        away = home
    length = rng.choice((4, 5)) if level == 3 else 0
    chances = [home if g % 2 == 0 else away for g in range(2 * need - 1)]
    paths = [w for w in _courses(need) if level != 4 or not w[0]]
    wanted = [w for w in paths if (len(w) == length if level == 3 else sum(w) == need)]
    odds = [(w, _weight(w, chances)) for w in wanted]
    value = sum((x for _, x in odds), Fraction(0))
    if level == 4:
        value /= 1 - home
    v = {"level": level, "need": need, "home": _f(home), "away": _f(away), "length": length}
    text = (_series_zh if lang == "zh" else _series_en)(rng, words, v)
    answer = _f(value)
    return puzzle(
        lang,
        question=[*text, closing(rng, lang, "a/b")],
        steps=_series_steps(lang, words, v, odds, value, 1 - home),
        answer=answer,
        shown=answer,
        checks=numeric(answer),
        facts={"kind": "series", **v},
        size=(3, 6, 20, 24)[level - 1],
    )


def _courses(need: int) -> list[tuple[bool, ...]]:
    """All courses of a match that ends when one side has `need` wins; True: the first side wins the game."""
    found: list[tuple[bool, ...]] = []
    open_: list[tuple[bool, ...]] = [()]
    while open_:
        now = open_.pop()
        for win in (True, False):
            after = (*now, win)
            (found if max(sum(after), len(after) - sum(after)) == need else open_).append(after)
    return sorted(found, key=lambda w: (len(w), w))


def _weight(course: tuple[bool, ...], chances: list[Fraction]) -> Fraction:
    result = Fraction(1)
    for win, p in zip(course, chances, strict=False):
        result *= p if win else 1 - p
    return result


def _series_zh(rng: random.Random, words: Any, v: dict[str, Any]) -> list[str]:
    what, one, two, edge = words
    games, unit = ("三局两胜", "五局三胜")[v["need"] - 2], "局"
    if v["level"] == 1:
        text = f"{what}采用{games}制，{one}每局战胜{two}的概率都是{v['home']}，各局互不影响，没有平局。"
    else:
        text = (
            f"{what}在{one}和{two}之间进行，采用{games}制，哪一方先赢满{'两三'[v['need'] - 2]}局就获胜，比赛随即结束。"
            f"奇数局由{one}{edge}，偶数局由{two}{edge}。{one}在奇数局获胜的概率是{v['home']}，"
            f"在偶数局获胜的概率是{v['away']}，没有平局，各局互不影响。"
        )
    if v["level"] == 3:
        ask = (
            f"比赛恰好打满{v['length']}{unit}结束的概率是多少？"
            if v["length"] == 5
            else f"比赛恰好在第{v['length']}{unit}结束的概率是多少？"
        )
    elif v["level"] == 4:
        ask = f"已知{one}输掉了第一局，{one}最终获胜的概率是多少？"
    else:
        ask = f"{one}最终获胜的概率是多少？"
    return [text, ask + _exact("zh", rng)]


def _cap(text: str) -> str:
    return text[0].upper() + text[1:]


def _series_en(rng: random.Random, words: Any, v: dict[str, Any]) -> list[str]:
    what, one, two, edge = words
    games = ("two", "three")[v["need"] - 2]
    text = (
        f"{_cap(one)} and {two} meet in {what}: the first to win {games} games takes the match, which "
        "ends at once. There are no draws and games do not influence one another."
    )
    if v["level"] == 1:
        text += f" {_cap(one)} wins any game with probability {v['home']}."
    else:
        text += (
            (
                f" {_cap(one)} plays {edge} in games 1, 3{', 5' if v['need'] == 3 else ''} and then wins with "
                f"probability {v['home']}; in the other games it is the other way round, and {one} wins with "
                f"probability {v['away']}."
            )
            .replace("1, 3, 5", "1, 3 and 5")
            .replace("1, 3 and then", "1 and 3 and then")
        )
    if v["level"] == 3:
        ask = f"What is the probability that the match lasts exactly {('four', 'five')[v['length'] - 4]} games?"
    elif v["level"] == 4:
        ask = f"{_cap(one)} loses the first game. What is now the probability that {one} wins the match?"
    else:
        ask = f"What is the probability that {one} wins the match?"
    return [text, f"{ask} {_exact('en', rng)}"]


def _series_steps(lang: Lang, words: Any, v: dict[str, Any], odds: Any, value: Fraction, lost: Fraction) -> list[str]:
    zh = lang == "zh"
    lines = [
        "把符合的赛程逐一列出（胜、负按" + words[1] + "记）："
        if zh
        else f"List the courses that fit (W, L: seen from {words[1]}):"
    ]
    for course, weight in odds:
        name = "".join("胜" if w else "负" for w in course) if zh else "".join("W" if w else "L" for w in course)
        p = [Fraction(v["home"]) if g % 2 == 0 else Fraction(v["away"]) for g in range(len(course))]
        terms = [_f(x if w else 1 - x) for w, x in zip(course, p, strict=True)]
        lines.append(
            f"{name}：{'×'.join(terms)}＝{_f(weight)}" if zh else f"{name}: {' x '.join(terms)} = {_f(weight)}"
        )
    total = sum((x for _, x in odds), Fraction(0))
    lines.append(f"合计{_f(total)}。" if zh else f"Together {_f(total)}.")
    if v["level"] == 4:
        lines.append(
            f"除以第一局输的概率{_f(lost)}，得{_f(value)}。"
            if zh
            else f"Divided by {_f(lost)}, the probability of losing the first game, this is {_f(value)}."
        )
    return lines


def solve_series(f: Facts) -> str:
    """Plays all games in every way, also those after the decision, and reads off who won and when."""
    games = 2 * f["need"] - 1
    p = [Fraction(f["home"] if g % 2 == 0 else f["away"]) for g in range(games)]
    base = hit = Fraction(0)
    for course in product((0, 1), repeat=games):
        weight = Fraction(1)
        for win, x in zip(course, p, strict=True):
            weight *= x if win else 1 - x
        if f["level"] == 4 and course[0]:
            continue
        base += weight
        score, played = [0, 0], 0
        for win in course:
            score[win] += 1
            played += 1
            if max(score) == f["need"]:
                break
        hit += weight if (played == f["length"] if f["level"] == 3 else score[1] == f["need"]) else 0
    return _f(hit / base)
