"""Planning: who does which job."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import permutations
from math import factorial
from typing import Any

from evals.puzzles._ending import in_order
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import han, maths, row, word

_STAFF = {
    "zh": ("老魏", "小范", "大江", "小童", "阿梅", "老殷", "小谭"),
    "en": ("Ana", "Ben", "Col", "Dot", "Eve", "Flo", "Gil"),
}
_JOBS = {
    "zh": ("盘点", "打包", "理货", "巡检", "录单", "装车", "保洁"),
    "en": ("counting", "packing", "sorting", "patrol", "data entry", "loading", "cleaning"),
}
_ASSIGN = {1: 4, 2: 5, 3: 6, 4: 7}


def _assign(rng: random.Random, lang: Lang, level: int) -> Draft:
    n = _ASSIGN[level]
    while True:
        people, jobs = list(_STAFF[lang][:n]), list(_JOBS[lang][:n])
        cost = [[rng.randint(12, 60) for _ in range(n)] for _ in range(n)]
        for _ in range(level):
            cost[rng.randrange(n)][rng.randrange(n)] = 0
        pairs: list[list[int]] = []
        for _ in range(level - 1):
            a, b = rng.sample(range(n), 2)
            pairs.append([a, rng.randrange(n), b, rng.randrange(n)])
        facts = {"people": people, "jobs": jobs, "cost": cost, "pairs": [p for p in pairs if p[1] != p[3]]}
        ranked = sorted((c, plan) for plan in permutations(range(n)) if (c := _cost_of(facts, plan)) is not None)
        free = min(c for plan in permutations(range(n)) if (c := _cost_of({**facts, "pairs": []}, plan)) is not None)
        if len(ranked) > 1 and ranked[0][0] < ranked[1][0] and (level < 2 or (facts["pairs"] and free < ranked[0][0])):
            break
    best, plan = ranked[0]
    order = [jobs[j] for j in plan]
    return Draft(
        body=_assign_question(rng, lang, facts),
        form="……；……分钟" if lang == "zh" else "...; ... minutes",
        note="分号前按表中人员的先后写出各人的活。"
        if lang == "zh"
        else "In front of the semicolon list the jobs in the order of the people in the table.",
        lines=_assign_lines(lang, facts, plan, ranked, free),
        answer=f"{row(lang, order)}；{best}分钟" if lang == "zh" else f"{row(lang, order)}; {best} minutes",
        checks=(in_order([*order, str(best)], dict(enumerate(people)), {n: "分钟|min(?:utes?)?"}),),
        facts=facts,
        size=factorial(n),
    )


def _cost_of(facts: Mapping[str, Any], plan: Sequence[int]) -> int | None:
    """Total time, or None when somebody cannot do the job or a pair rule is broken."""
    costs: list[int] = [facts["cost"][person][job] for person, job in enumerate(plan)]
    if not all(costs) or any(plan[a] == x and plan[b] == y for a, x, b, y in facts["pairs"]):
        return None
    return sum(costs)


def _assign_question(rng: random.Random, lang: Lang, facts: Mapping[str, Any]) -> str:
    people, jobs, cost = facts["people"], facts["jobs"], facts["cost"]
    head = "| |" + "|".join(f" {j} " for j in jobs) + "|\n|" + "---|" * (len(jobs) + 1)
    table = "\n".join(
        [
            head,
            *(f"| {p} |" + "|".join(f" {c or '—'} " for c in line) + "|" for p, line in zip(people, cost, strict=True)),
        ]
    )
    if lang == "zh":
        intro = rng.choice(
            (
                "晚班{n}个人分{n}样活，一人一样。各人做各样活要的分钟数如下（“—”表示不会做）：",
                "仓库组长要把{n}样活派给{n}个人，每人正好一样，用时（分钟）如下，画“—”的不能派：",
            )
        )
        rules = [f"{people[a]}做{jobs[x]}的话，{people[b]}就不能做{jobs[y]}" for a, x, b, y in facts["pairs"]]
        extra = f"另外，{'；'.join(rules)}。" if rules else ""
        return f"{intro.format(n=han(len(people)))}\n\n{table}\n\n{extra}怎样派活，各人用时的总和最少？最少是多少分钟？"
    intro = rng.choice(
        (
            (
                "{n} people share {n} jobs tonight, one each. The table shows the "
                "minutes each of them needs; a dash means that they cannot do it."
            ),
            "A foreman hands out {n} jobs to {n} people, exactly one each. Minutes needed (a dash: not allowed):",
        )
    )
    rules = [f"if {people[a]} does {jobs[x]}, {people[b]} must not do {jobs[y]}" for a, x, b, y in facts["pairs"]]
    extra = f"Besides, {'; '.join(rules)}. " if rules else ""
    text = intro.format(n=word(len(people)))
    return (
        f"{text[0].upper() + text[1:]}\n\n{table}\n\n{extra}Which allocation "
        "has the smallest total time, and what is it?"
    )


def _assign_lines(
    lang: Lang, facts: Mapping[str, Any], plan: Sequence[int], ranked: Sequence[Any], free: int
) -> list[str]:
    people, jobs, cost, zh = facts["people"], facts["jobs"], facts["cost"], lang == "zh"
    pairs = [
        f"{p}{jobs[j]}{cost[k][j]}" if zh else f"{p} {jobs[j]} {cost[k][j]}"
        for k, (p, j) in enumerate(zip(people, plan, strict=True))
    ]
    total = maths(lang, " + ".join(str(cost[k][j]) for k, j in enumerate(plan)) + f" = {ranked[0][0]}")
    lines = [
        (f"最省的派法：{'、'.join(pairs)}。" if zh else f"The best allocation: {', '.join(pairs)}."),
        (f"总用时{total}（分钟）。" if zh else f"Total time: {total} minutes."),
    ]
    if facts["pairs"] and free < ranked[0][0]:
        lines.append(
            f"不管附加规定时能做到{free}分钟，但那样派违反规定，不能用。"
            if zh
            else (
                f"Without the extra conditions {free} minutes would be possible, but "
                "that allocation breaks one of them."
            )
        )
    low = sum(min(c for c in line if c) for line in cost)
    lines.append(
        f"各人都做自己最快的活也要{low}分钟，但会有几个人抢同一样活。"
        if zh
        else f"If all did what they do fastest, it would take {low} minutes, but several would want the same job."
        if low < ranked[0][0]
        else ("这已经是各人最快的活。" if zh else "This is everybody's fastest job.")
    )
    other = row(lang, [jobs[j] for j in ranked[1][1]])
    lines.append(
        f"把可行的{len(ranked)}种派法都算过，次好的是{other}，{ranked[1][0]}分钟。"
        if zh
        else f"Of the {len(ranked)} allocations allowed, the next best is {other} with {ranked[1][0]} minutes."
    )
    return lines


def _solve_assign(facts: Mapping[str, Any]) -> str:
    """Person by person, keeping all partial plans by the set of jobs given out and what the pair rules must know."""
    n = len(facts["people"])
    watched = {(a, x) for a, x, _, _ in facts["pairs"]} | {(b, y) for _, _, b, y in facts["pairs"]}
    states: dict[tuple[int, frozenset[tuple[int, int]]], tuple[int, tuple[int, ...]]] = {(0, frozenset()): (0, ())}
    for person in range(n):
        grown: dict[tuple[int, frozenset[tuple[int, int]]], tuple[int, tuple[int, ...]]] = {}
        for (used, marks), (total, plan) in states.items():
            for job in range(n):
                minutes = facts["cost"][person][job]
                if used >> job & 1 or not minutes:
                    continue
                new = marks | ({(person, job)} & watched)
                if any({(a, x), (b, y)} <= new for a, x, b, y in facts["pairs"]):
                    continue
                key, value = (used | 1 << job, frozenset(new)), (total + minutes, (*plan, job))
                grown[key] = min(grown.get(key, value), value)
        states = grown
    best, plan = min(states.values())
    order = row(facts["lang"], [facts["jobs"][j] for j in plan])
    return f"{order}；{best}分钟" if facts["lang"] == "zh" else f"{order}; {best} minutes"


ASSIGN = Kind(name="assign", make=_assign, solve=_solve_assign)
