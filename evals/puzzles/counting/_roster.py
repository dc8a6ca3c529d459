"""Counting problem: rosters, by a recurrence."""

from __future__ import annotations

import random
from itertools import pairwise, product
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Facts, Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import DAYS, joined
from evals.puzzles.counting._forms import blank


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
        question=[*text, ask_working(rng, lang, blank(lang))],
        steps=_roster_steps(lang, people, days, table, total, must, extra, cyclic=cyclic, off=bool(off)),
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
            f"{what} needs one person a day from {week[0]} to {week[-1]}: {joined('en', people[:-1])} or {people[-1]}."
        ).replace(" and ", ", ", 1)
        if len(people) == 3
        else f"{what} needs one person a day from {week[0]} to {week[-1]}: {', '.join(people[:-1])} or {people[-1]}."
    )
    text += " Anyone may be on several days or on none, but nobody on two days running"
    text += "; the roster repeats every week, so Sunday and the following Monday must differ too." if cyclic else "."
    if off:
        away = [(people[p], [week[d] for q, d in off if q == p]) for p in sorted({p for p, _ in off})]
        text += " Not available: " + "; ".join(f"{name} on {joined('en', days)}" for name, days in away) + "."
    if must is not None:
        text += f" {people[must]} has to be on at least once in the week."
    return [text, rng.choice(("How many different rosters are there?", "In how many ways can the week be filled?"))]


def _roster_steps(
    lang: Lang,
    people: list[str],
    days: int,
    table: Any,
    total: int,
    must: Any,
    extra: int,
    *,
    cyclic: bool,
    off: bool,
) -> list[str]:
    zh, week = lang == "zh", DAYS[lang][:days]
    if zh:
        zero = "（当天不能来的记0）" if off else ""
        lines = [f"逐日递推：某天由某人值班的排法数＝前一天其余各人的排法数之和{zero}。"]
    else:
        lines = [
            (
                "Go day by day: the rosters that end with a person on a day number as many as those "
                f"ending with anyone else the day before{' (0 if that person cannot come)' if off else ''}."
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
