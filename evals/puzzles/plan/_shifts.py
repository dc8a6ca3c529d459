"""Planning: a weekly roster."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._ending import number
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import han, joined, maths, word

_WEEK = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_SHIFTS = {1: (4, 3), 2: (4, 4), 3: (5, 5), 4: (5, 7)}


def _shifts(rng: random.Random, lang: Lang, level: int) -> Draft:
    block, top = _SHIFTS[level]
    while True:
        need = [rng.randint(1, top) for _ in range(7)]
        barred = sorted(rng.sample(range(7), 1 if level == 3 else 2)) if level > 2 else []
        best, starts = _fewest_staff(need, block, barred)
        bound = max(-(-sum(need) // block), max(need))
        if best > bound or level < 2:
            break
    facts = {"need": need, "block": block, "barred": barred}
    return Draft(
        body=_shifts_question(rng, lang, facts),
        form="……人" if lang == "zh" else "... people",
        lines=_shifts_lines(lang, facts, best, starts),
        answer=f"{best}人" if lang == "zh" else f"{best} people",
        checks=(number(best),),
        facts=facts,
        size=sum(need) * block + 7 * len(barred),
    )


def _fewest_staff(need: Sequence[int], block: int, barred: Sequence[int]) -> tuple[int, list[int]]:
    """The smallest crew for which the numbers starting on each day cover the week; deepening step by step."""
    for total in range(max(need), 99):
        starts = _place(tuple(need), block, barred, total, [])
        if starts is not None:
            return total, starts
    raise AssertionError("no crew is large enough")


def _place(need: Sequence[int], block: int, barred: Sequence[int], left: int, starts: list[int]) -> list[int] | None:
    """Covers the day with the greatest need by one more person, in every way that reaches it."""
    if max(need) <= 0:
        return [*starts, *([next(d for d in range(7) if d not in barred)] * left)]
    if left < max(need) or left * block < sum(n for n in need if n > 0):
        return None
    day = max(range(7), key=lambda d: need[d])
    for back in range(block):
        first = (day - back) % 7
        if first in barred:
            continue
        covered = {(first + k) % 7 for k in range(block)}
        found = _place([n - (d in covered) for d, n in enumerate(need)], block, barred, left - 1, [*starts, first])
        if found is not None:
            return found
    return None


def _shifts_question(rng: random.Random, lang: Lang, facts: Mapping[str, Any]) -> str:
    need, block = facts["need"], facts["block"]
    days = _WEEK[lang]
    if lang == "zh":
        head = rng.choice(
            ("一家便利店给店员排每周固定的班：", "呼叫中心每周的班次循环不变：", "社区食堂要定帮工的固定班表：")
        )
        table = "、".join(f"{d}{n}人" for d, n in zip(days, need, strict=True))
        rules = (
            f"每人每周连上{han(block)}天、连休{han(7 - block)}天，周日之后接着周一，"
            f"可以跨周。各天至少要有的人数是：{table}。"
        )
        if facts["barred"]:
            rules += f"交接的缘故，{joined(lang, [days[d] for d in facts['barred']])}不能作为任何人连班的第一天。"
        return f"{head}{rules}\n最少要雇几个人？"
    head = rng.choice(
        (
            "A corner shop wants a fixed weekly roster.",
            "A call centre repeats the same roster every week.",
            "The canteen hires helpers on a fixed weekly pattern.",
        )
    )
    table = ", ".join(f"{d} {n}" for d, n in zip(days, need, strict=True))
    rules = (
        f" Everyone works {word(block)} days in a row and then has "
        f"{word(7 - block)} days off; Sunday is followed by Monday, so a "
        "stretch may run into the next week. At least this many people are "
        f"needed: {table}."
    )
    if facts["barred"]:
        rules += (
            " Because of the hand-over, nobody's stretch may begin on "
            f"{joined(lang, [days[d] for d in facts['barred']], 'or')}."
        )
    return f"{head}{rules}\nWhat is the smallest number of people that will do?"


def _shifts_lines(lang: Lang, facts: Mapping[str, Any], best: int, starts: Sequence[int]) -> list[str]:
    need, block, days, zh = facts["need"], facts["block"], _WEEK[lang], lang == "zh"
    bound = -(-sum(need) // block)
    counts = [
        f"{days[d]}{starts.count(d)}人" if zh else f"{days[d]} {starts.count(d)}" for d in range(7) if d in starts
    ]
    cover = [sum((d - s) % 7 < block for s in starts) for d in range(7)]
    shown = [f"{day}{c}（要{n}）" if zh else f"{day} {c} of {n}" for day, c, n in zip(days, cover, need, strict=True)]
    total = maths(lang, " + ".join(map(str, need)) + f" = {sum(need)}")
    lines = [
        f"一周共要{total}个班，每人上{block}个班，至少{bound}人；单看最忙的一天至少{max(need)}人。"
        if zh
        else (
            f"The week needs {total} days of work; at {block} each that takes at "
            f"least {bound} people, and the busiest day alone {max(need)}."
        ),
        f"{best}人排得开，按连班第一天计：{'、'.join(counts)}。"
        if zh
        else f"{best} are enough, starting like this: {', '.join(counts)}.",
        f"这样每天在岗：{'、'.join(shown)}，都够。"
        if zh
        else f"On duty each day, against the need: {', '.join(shown)}.",
    ]
    if best > max(bound, max(need)):
        lines.append(
            f"{best - 1}人不行：把{best - 1}人起班日的所有分法都试过，每种都至少有一天缺人。"
            if zh
            else f"{best - 1} are not enough: whichever way their starting days are spread, some day is short."
        )
    return lines


def _solve_shifts(facts: Mapping[str, Any]) -> str:
    """Every way to spread the crew over the starting days, for growing crews."""
    allowed = [d for d in range(7) if d not in facts["barred"]]
    duty = {d: [int((day - d) % 7 < facts["block"]) for day in range(7)] for d in allowed}
    reach = {tuple([0] * 7)}
    crew = 0
    while not any(all(h >= n for h, n in zip(have, facts["need"], strict=True)) for have in reach):
        capped = set()
        for have in reach:
            for d in allowed:
                capped.add(tuple(min(h + w, n) for h, w, n in zip(have, duty[d], facts["need"], strict=True)))
        reach = capped
        crew += 1
    return f"{crew}人" if facts["lang"] == "zh" else f"{crew} people"


SHIFTS = Kind(name="shifts", make=_shifts, solve=_solve_shifts)
