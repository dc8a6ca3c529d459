"""Counting problems: rosters, codes and routes, counted by recurrences and by what has to be taken off."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import pairwise, product
from math import comb, perm
from typing import Any

from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._phrase import DAYS, closing, listed, numeric, puzzle

Facts = Mapping[str, Any]


def _form(lang: Lang) -> str:
    return "××" if lang == "zh" else "…"


# ------------------------------------------------------------------------------------------------ roster
def roster(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Who is on which day: 1 no two days running; 2 days off; 3 somebody must come; 4 a table that repeats weekly."""
    scene = rng.randrange(2)
    names = (
        (("阿芬", "阿强", "阿梅", "阿勇", "阿珍", "阿海"), ("Ines", "Jonas", "Kemal", "Lotte", "Marek", "Nora"))
        if scene == 0
        else (("小田", "小葛", "小骆", "小裴", "小蒋", "小余"), ("Priya", "Quinn", "Rosa", "Sam", "Tomas", "Uma"))
    )
    people = rng.sample(names[0] if lang == "zh" else names[1], 3 if level < 3 else 4)
    days = rng.choice(((4, 5), (5, 6), (5, 6), (7,))[level - 1])
    while True:
        off = sorted(rng.sample([(p, d) for p in range(len(people)) for d in range(days)], (0, 3, 4, 5)[level - 1]))
        if all(sum(d == day for _, d in off) < 2 for day in range(days)):
            break
    must = rng.randrange(len(people)) if level >= 3 else None
    cyclic = level == 4
    total, table = _ways(len(people), days, off, cyclic, None)
    answer, extra = total, 0
    if must is not None:
        extra, _ = _ways(len(people), days, off, cyclic, must)
        answer = total - extra
    text = (_roster_zh if lang == "zh" else _roster_en)(rng, scene, people, days, off, must, cyclic)
    facts = {
        "kind": "roster",
        "people": len(people),
        "days": days,
        "off": [list(x) for x in off],
        "must": must,
        "cyclic": cyclic,
    }
    return puzzle(
        lang,
        question=[*text, closing(rng, lang, _form(lang))],
        steps=_roster_steps(lang, people, days, table, total, must, extra, cyclic),
        answer=str(answer),
        shown=str(answer),
        checks=numeric(str(answer)),
        facts=facts,
        size=len(people) ** days,
    )


def _ways(
    people: int, days: int, off: list[tuple[int, int]], cyclic: bool, without: int | None
) -> tuple[int, list[list[int]]]:
    """The number of rosters, and the table of the (first start of the) recurrence: per day, per person on duty."""
    able = [[(p, d) not in off and p != without for p in range(people)] for d in range(days)]
    total, shown = 0, []
    for first in range(people) if cyclic else [None]:
        row = [int(able[0][p] and first in (None, p)) for p in range(people)]
        table = [row]
        for d in range(1, days):
            row = [sum(row) - row[p] if able[d][p] else 0 for p in range(people)]
            table.append(row)
        total += sum(row) - (row[first] if first is not None else 0)
        shown.append(table)
    return total, [[*t] for t in (shown[0] if not cyclic else [x[-1] for x in shown])]


def _roster_zh(
    rng: random.Random, scene: int, people: list[str], days: int, off: Any, must: Any, cyclic: bool
) -> list[str]:
    what = ("面包房早班", "机房夜班")[scene]
    week = DAYS["zh"][:days]
    text = (
        f"{what}从{week[0]}到{week[-1]}每天安排一个人，由{'、'.join(people)}轮流，每人可以值多天，"
        "也可以一天不值。同一个人不能连值两天"
    )
    text += "；这张表每周循环使用，所以星期日和下一个星期一也不能是同一个人。" if cyclic else "。"
    if off:
        away = [(people[p], [week[d] for q, d in off if q == p]) for p in sorted({p for p, _ in off})]
        text += "；".join(f"{name}{'、'.join(days)}不能来" for name, days in away) + "。"
    if must is not None:
        text += f"{people[must]}这一周至少要值一天。"
    return [text, rng.choice(("一共有多少种不同的排法？", "符合要求的排班表有多少种？"))]


def _roster_en(
    rng: random.Random, scene: int, people: list[str], days: int, off: Any, must: Any, cyclic: bool
) -> list[str]:
    what = ("The early shift in a bakery", "The night watch in a data centre")[scene]
    week = DAYS["en"][:days]
    text = (
        (
            f"{what} needs one person a day from {week[0]} to {week[-1]}: {listed('en', people[:-1])} or {people[-1]}."
        ).replace(" and ", ", ", 1)
        if len(people) == 3
        else f"{what} needs one person a day from {week[0]} to {week[-1]}: {', '.join(people[:-1])} or {people[-1]}."
    )
    text += " Anyone may be on several days or on none, but nobody on two days running"
    text += "; the roster repeats every week, so Sunday and the following Monday must differ too." if cyclic else "."
    if off:
        away = [(people[p], [week[d] for q, d in off if q == p]) for p in sorted({p for p, _ in off})]
        text += " Not available: " + "; ".join(f"{name} on {listed('en', days)}" for name, days in away) + "."
    if must is not None:
        text += f" {people[must]} has to be on at least once in the week."
    return [text, rng.choice(("How many different rosters are there?", "In how many ways can the week be filled?"))]


def _roster_steps(
    lang: Lang, people: list[str], days: int, table: Any, total: int, must: Any, extra: int, cyclic: bool
) -> list[str]:
    zh, week = lang == "zh", DAYS[lang][:days]
    if zh:
        lines = ["逐日递推：某天由某人值班的排法数＝前一天其余各人的排法数之和（当天不能来的记0）。"]
    else:
        lines = [
            (
                "Go day by day: the rosters that end with a person on a day number as many as those "
                "ending with anyone else the day before (0 if that person cannot come)."
            )
        ]
    if not cyclic:
        for d, row in enumerate(table):
            told = ("，" if zh else ", ").join(f"{n}{'' if zh else ' '}{x}" for n, x in zip(people, row, strict=True))
            lines.append(f"{week[d]}：{told}。" if zh else f"{week[d]}: {told}.")
        lines.append(f"合计{total}种。" if zh else f"Together {total}.")
    else:
        for p, row in enumerate(table):
            told = ("，" if zh else ", ").join(f"{n}{'' if zh else ' '}{x}" for n, x in zip(people, row, strict=True))
            good = sum(row) - row[p]
            lines.append(
                (
                    f"{week[0]}由{people[p]}值班时，递推到{week[-1]}：{told}；"
                    f"去掉{week[-1]}也是{people[p]}的，得{good}种。"
                )
                if zh
                else (
                    f"{people[p]} on {week[0]}: by {week[-1]} the numbers are {told}; without "
                    f"those where {people[p]} has {week[-1]} too, {good}."
                )
            )
        lines.append(f"合计{total}种。" if zh else f"Together {total}.")
    if must is not None:
        lines.append(
            f"其中{people[must]}一天都不值的，用同样的方法得{extra}种，减去后是{total - extra}种。"
            if zh
            else (
                f"Of these, {extra} (counted in the same way) leave {people[must]} out "
                f"altogether; {total} - {extra} = {total - extra} remain."
            )
        )
    return lines


def solve_roster(f: Facts) -> str:
    """Writes down every roster."""
    off = {tuple(x) for x in f["off"]}
    good = 0
    for plan in product(range(f["people"]), repeat=f["days"]):
        pairs = list(pairwise(plan)) + ([(plan[-1], plan[0])] if f["cyclic"] else [])
        fine = all(a != b for a, b in pairs) and not any((p, d) in off for d, p in enumerate(plan))
        good += fine and (f["must"] is None or f["must"] in plan)
    return str(good)


# ------------------------------------------------------------------------------------------------ codes
def codes(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Numbers with different digits: 1 none else; 2 even; 3 with one of two digits; 4 both of them not side by side."""
    scene = rng.randrange(2)
    length = rng.choice((4, 5)) if level > 1 else rng.choice((3, 4, 5))
    digits = 10 if level > 1 else rng.choice((7, 8, 9, 10))
    pair = sorted(rng.sample((1, 3, 5, 7, 9), 2)) if level >= 3 else []
    even = level >= 2
    whole = _distinct(digits, length, even)
    parts = [whole]
    if level >= 3:
        parts.append(_distinct(8, length, even))
    if level == 4:
        parts.append(_together(length, even))
    answer = whole - sum(parts[1:])
    text = (_codes_zh if lang == "zh" else _codes_en)(rng, scene, length, digits, pair, level)
    steps = _codes_steps(lang, length, digits, pair, parts, level)
    return puzzle(
        lang,
        question=[*text, closing(rng, lang, _form(lang))],
        steps=steps,
        answer=str(answer),
        shown=str(answer),
        checks=numeric(str(answer)),
        facts={
            "kind": "codes",
            "length": length,
            "digits": digits,
            "even": even,
            "pair": pair,
            "apart": level == 4,
        },
        size=(2, 20, 60, 200)[level - 1] * length,
    )


def _distinct(digits: int, length: int, even: bool) -> int:
    """Numbers of different digits out of `digits` ones with all the even ones among them, not led by 0."""
    if not even:
        return (digits - 1) * perm(digits - 1, length - 1)
    return perm(digits - 1, length - 1) + 4 * (digits - 2) * perm(digits - 2, length - 2)


def _together(length: int, even: bool) -> int:
    """Those with both odd digits of the pair, side by side; even at the end."""
    total = 0
    for at in range(length - 2):
        others = length - 3
        for last in range(5):
            free = [10 - 2 - 1 - k for k in range(others)]
            if at == 0 or last == 0:
                ways = 1
                for x in free:
                    ways *= x
            else:
                ways = 6 if others else 1
                for k in range(others - 1):
                    ways *= 6 - k
            total += 2 * ways
    assert even
    return total


def _codes_zh(rng: random.Random, scene: int, length: int, digits: int, pair: list[int], level: int) -> list[str]:
    (a, b), even = pair or (0, 0), level >= 2
    only = f"只用0到{digits - 1}这{digits}个数字，" if digits < 10 else ""
    if scene == 0:
        text = f"健身房的会员卡号是{length}位数，{only}首位不能是0，各位数字互不相同"
        text += "，末位是偶数（0算偶数）" if even else ""
        text += f"，并且{a}和{b}至少出现一个" if pair else ""
        text += f"；如果{a}和{b}都出现，它们不能挨在一起" if level == 4 else ""
        return [text + "。", rng.choice(("这样的会员卡号一共有多少个？", "符合条件的卡号有多少个？"))]
    rules = [f"取件码由{length}个数字组成，{only}不以0开头", "同一个数字不出现两次"]
    rules += ["最后一个数字只能是0、2、4、6、8"] if even else []
    rules += [f"数字{a}、{b}里头，至少要用到一个"] if pair else []
    rules += [f"{a}与{b}同时用到时，中间必须隔着别的数字"] if level == 4 else []
    listed_rules = "；".join(f"（{n}）{rule}" for n, rule in enumerate(rules, 1))
    return [
        f"快递柜生成取件码的规则是：{listed_rules}。",
        rng.choice(("按这些规则能生成多少个不同的取件码？", "一共有多少个可用的取件码？")),
    ]


def _codes_en(rng: random.Random, scene: int, length: int, digits: int, pair: list[int], level: int) -> list[str]:
    (a, b), even = pair or (0, 0), level >= 2
    only = f" from 0 to {digits - 1}" if digits < 10 else ""
    if scene == 0:
        text = (
            f"A gym gives out membership numbers of {length} digits{only}. The first digit is not 0, all digits are "
            "different"
        )
        text += ", the last digit is even (0 counts as even)" if even else ""
        text += f", and at least one of the digits {a} and {b} occurs" if pair else ""
        text += "; if both occur, they must not stand next to each other" if level == 4 else ""
        return [
            text + ".",
            rng.choice(("How many such numbers are there?", "How many membership numbers are possible?")),
        ]
    rules = [f"{length} digits{only}, the first of them not a zero", "no digit twice"]
    rules += ["0, 2, 4, 6 or 8 at the end"] if even else []
    rules += [f"{a} or {b} or both must be used"] if pair else []
    rules += [f"where {a} and {b} are both used, something else must stand between them"] if level == 4 else []
    told = "; ".join(f"({n}) {rule}" for n, rule in enumerate(rules, 1))
    return [
        f"The codes of a parcel locker follow these rules: {told}.",
        rng.choice(("How many codes can there be?", "How many different codes do the rules allow?")),
    ]


def _codes_steps(lang: Lang, length: int, digits: int, pair: list[int], parts: list[int], level: int) -> list[str]:
    zh, whole = lang == "zh", parts[0]
    if level == 1:
        first = digits - 1
        tail = ("×" if zh else " x ").join([str(first), *(str(first - k) for k in range(length - 1))])
        if zh:
            return [
                f"首位不能是0，有{first}种选择；第二位也有{first}种，以后每位依次少一种。",
                f"所以共{tail}＝{whole}种。",
            ]
        return [
            f"The first digit, not 0, has {first} choices; so has the second, and then one fewer each time.",
            f"So {tail} = {whole}.",
        ]
    a, b = perm(9, length - 1), 4 * 8 * perm(8, length - 2)
    c = perm(8, length - 2)
    aside = (
        (f"先不管{pair[0]}和{pair[1]}。" if zh else f"Leave {pair[0]} and {pair[1]} aside at first. ") if pair else ""
    )
    if zh:
        lines = [
            f"{aside}末位是0时，前面有{a}种。",
            f"末位是2、4、6、8时，首位8种，其余{c}种，共4×8×{c}＝{b}种。",
            f"合计{whole}。",
        ]
    else:
        lines = [
            f"{aside}With 0 at the end there are {a}.",
            (
                f"With 2, 4, 6 or 8 at the end there are 8 choices for the first digit and {c} for the "
                f"rest: 4 x 8 x {c} = {b}."
            ),
            f"Together {whole}.",
        ]
    if level >= 3:
        c = perm(7, length - 1)
        lines.append(
            f"两个都不出现（只用其余8个数字）：{c}＋4×6×{perm(6, length - 2)}＝{parts[1]}。"
            if zh
            else f"With neither of the two (8 digits are left): {c} + 4 x 6 x {perm(6, length - 2)} = {parts[1]}."
        )
    if level == 4:
        lead = 2 * 5 * perm(7, length - 3)
        lines.append(
            (
                f"两个都出现且相邻：排在最前面两位时，2×5×{perm(7, length - 3)}＝{lead}；不在最前面时，"
                f"首位不为0，按末位是0或不是0分别算，共{parts[2] - lead}；合计{parts[2]}。"
            )
            if zh
            else (
                f"With both, side by side: in the first two places 2 x 5 x {perm(7, length - 3)} "
                f"= {lead}; further back, where the first digit must not be 0, {parts[2] - lead} "
                f"(0 at the end or not, counted apart); together {parts[2]}."
            )
        )
    if level >= 3:
        terms = ("－" if zh else " - ").join(map(str, parts))
        answer = whole - sum(parts[1:])
        lines.append(f"所以{terms}＝{answer}。" if zh else f"So {terms} = {answer}.")
    return lines


def solve_codes(f: Facts) -> str:
    """Looks at every number of that length."""
    good = 0
    for number in range(10 ** (f["length"] - 1), 10 ** f["length"]):
        text = str(number)
        if len(set(text)) < len(text) or int(max(text)) >= f["digits"] or (f["even"] and number % 2):
            continue
        if f["pair"]:
            a, b = map(str, f["pair"])
            if a not in text and b not in text:
                continue
            if f["apart"] and (a + b in text or b + a in text):
                continue
        good += 1
    return str(good)


# ------------------------------------------------------------------------------------------------ routes
def routes(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Shortest ways: 1 free; 2 one crossing closed; 3 and a stop to make; 4 two closed, one of two stops to make."""
    scene = rng.randrange(2)
    while True:
        wide, high = rng.randrange(4, 6) + (level > 2), rng.randrange(4, 6)
        inner = [(x, y) for x in range(wide + 1) for y in range(high + 1) if 0 < x + y < wide + high]
        marks = rng.sample(inner, 4)
        shut = marks[: (0, 1, 1, 2)[level - 1]]
        stops = marks[2 : 2 + (0, 0, 1, 2)[level - 1]]
        if level == 4 and not (stops[0][0] < stops[1][0] and stops[0][1] < stops[1][1]):
            continue
        a = [_paths((0, 0), s, shut) * _paths(s, (wide, high), shut) for s in stops]
        both = (
            _paths((0, 0), stops[0], shut) * _paths(stops[0], stops[1], shut) * _paths(stops[1], (wide, high), shut)
            if level == 4
            else 0
        )
        answer = sum(a) - both if stops else _paths((0, 0), (wide, high), shut)
        if (
            answer > 10
            and (not shut or _paths((0, 0), (wide, high), []) * 0.9 > _paths((0, 0), (wide, high), shut))
            and (level < 4 or both)
        ):
            break
    text = (_routes_zh if lang == "zh" else _routes_en)(rng, scene, wide, high, shut, stops)
    return puzzle(
        lang,
        question=[*text, closing(rng, lang, _form(lang))],
        steps=_routes_steps(lang, wide, high, shut, stops, a, both, answer),
        answer=str(answer),
        shown=str(answer),
        checks=numeric(str(answer)),
        size=wide * high * (1, 2, 3, 5)[level - 1],
        facts={
            "kind": "routes",
            "wide": wide,
            "high": high,
            "shut": [list(s) for s in shut],
            "stops": [list(s) for s in stops],
        },
    )


def _free(p: tuple[int, int], q: tuple[int, int]) -> int:
    return comb(q[0] - p[0] + q[1] - p[1], q[0] - p[0]) if p[0] <= q[0] and p[1] <= q[1] else 0


def _paths(a: tuple[int, int], b: tuple[int, int], shut: list[tuple[int, int]]) -> int:
    """Shortest ways from a to b to the east and north: binomial numbers, less those over closed crossings."""
    if b[0] < a[0] or b[1] < a[1] or a in shut or b in shut:
        return 0
    between = sorted(s for s in shut if a[0] <= s[0] <= b[0] and a[1] <= s[1] <= b[1])
    total = _free(a, b)
    for k, s in enumerate(between):
        first = _free(a, s) - sum(_free(a, t) * _free(t, s) for t in between[:k])
        total -= first * _free(s, b)
    return total


def _routes_zh(rng: random.Random, scene: int, wide: int, high: int, shut: Any, stops: Any) -> list[str]:
    if scene == 0:
        text = (
            f"一片街区的道路是整齐的方格，用（东，北）标路口：起点（0，0），终点（{wide}，{high}）。"
            "骑手每次只能沿路往东或往北骑一格。"
        )
        no, via = "因施工封闭，不能经过。", "取货点"
    else:
        text = (
            f"仓库地面画成方格，搬运机器人从（0，0）走到（{wide}，{high}），坐标依次是向东、向北的格数，"
            "每步只能向东或向北走一格。"
        )
        no, via = "放了货架，不能经过。", "扫码点"
    if shut:
        text += ("路口" if scene == 0 else "") + "、".join(f"（{x}，{y}）" for x, y in shut) + no
    if len(stops) == 1:
        text += f"途中必须经过{via}（{stops[0][0]}，{stops[0][1]}）。"
    elif stops:
        text += (
            f"{via}有两个，在（{stops[0][0]}，{stops[0][1]}）和（{stops[1][0]}，{stops[1][1]}），"
            "途中至少要经过其中一个（两个都经过也可以）。"
        )
    return [text, rng.choice(("有多少条不同的路线？", "一共有多少种走法？"))]


def _routes_en(rng: random.Random, scene: int, wide: int, high: int, shut: Any, stops: Any) -> list[str]:
    if scene == 0:
        text = (
            "The streets of a district form a regular grid. A courier rides from crossing (0, 0) to "
            f"crossing ({wide}, {high}), the numbers being blocks east and blocks north, and only ever "
            "goes one block east or one block north at a time."
        )
        no, via = "closed for works and cannot be passed", "collection point"
    else:
        text = (
            f"The floor of a warehouse is marked as a grid. A robot goes from (0, 0) to ({wide}, {high}), "
            "counted in squares east and north, moving one square east or one square north at each step."
        )
        no, via = "blocked by racks", "scanning gate"
    if shut:
        text += f" {' and '.join(f'({x}, {y})' for x, y in shut)} {'are' if len(shut) == 2 else 'is'} {no}."
    if len(stops) == 1:
        text += f" The route must pass the {via} at ({stops[0][0]}, {stops[0][1]})."
    elif stops:
        text += (
            f" There are {via}s at ({stops[0][0]}, {stops[0][1]}) and ({stops[1][0]}, {stops[1][1]}); the "
            "route must pass at least one of them, and may pass both."
        )
    return [text, rng.choice(("How many different routes are there?", "In how many ways can this be done?"))]


def _spot(zh: bool, at: tuple[int, int]) -> str:
    return f"（{at[0]}，{at[1]}）" if zh else f"({at[0]}, {at[1]})"


def _routes_steps(
    lang: Lang, wide: int, high: int, shut: Any, stops: Any, a: list[int], both: int, answer: int
) -> list[str]:
    zh, end = lang == "zh", (wide, high)
    lines = []
    if zh:
        lines.append(
            "从一点到另一点，不受限制时的走法数是组合数C（总步数，向东步数）；有封闭点时减去经过封闭点的走法。"
            if shut
            else "不受限制时的走法数是组合数C（总步数，向东步数）。"
        )
    else:
        lines.append(
            "Without obstacles the number of routes between two points is C(steps, steps east)"
            + ("; from it we take the routes over closed points." if shut else ".")
        )

    def told(p: tuple[int, int], q: tuple[int, int]) -> str:
        free, real = _paths(p, q, []), _paths(p, q, shut)
        if zh:
            why = f"（不受限制{free}，其中{free - real}种经过封闭点）" if free != real else ""
            return f"{_spot(zh, p)}到{_spot(zh, q)}：{real}种{why}"
        why = f" ({free} without obstacles, {free - real} of them over a closed point)" if free != real else ""
        return f"{_spot(zh, p)} to {_spot(zh, q)}: {real}{why}"

    legs = (
        [((0, 0), end)]
        if not stops
        else [((0, 0), s) for s in stops]
        + [(s, end) for s in stops]
        + ([(stops[0], stops[1])] if len(stops) == 2 else [])
    )
    lines += [told(*leg) + ("。" if zh else ".") for leg in legs]
    for s, ways in zip(stops, a, strict=True):
        p, q = _paths((0, 0), s, shut), _paths(s, end, shut)
        lines.append(
            f"经过{_spot(zh, s)}的有{p}×{q}＝{ways}种。" if zh else f"Through {_spot(zh, s)}: {p} x {q} = {ways}."
        )
    if both:
        lines.append(
            f"两个都经过的有{both}种，重复算了一次：{a[0]}＋{a[1]}－{both}＝{answer}。"
            if zh
            else f"Through both: {both}, counted twice, so {a[0]} + {a[1]} - {both} = {answer}."
        )
    return [f"{n}. {text}" for n, text in enumerate(lines, 1)]


def solve_routes(f: Facts) -> str:
    """Walks every route step by step."""
    shut, stops, end = {tuple(s) for s in f["shut"]}, {tuple(s) for s in f["stops"]}, (f["wide"], f["high"])

    def walk(x: int, y: int, seen: bool) -> int:
        seen = seen or (x, y) in stops
        if (x, y) in shut or x > end[0] or y > end[1]:
            return 0
        if (x, y) == end:
            return int(seen or not stops)
        return walk(x + 1, y, seen) + walk(x, y + 1, seen)

    return str(walk(0, 0, False))
