"""Planning with people: who does which job, a cart between two ends."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations
from math import factorial
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._lines import counted, han, in_order, joined, maths, number, row, word

# ------------------------------------------------------------------------------------------------------------ assign
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


# ---------------------------------------------------------------------------------------------------------- crossing
_CREW = {"zh": ("甲", "乙", "丙", "丁", "戊", "己"), "en": ("P", "Q", "R", "S", "T", "U")}
_CROSSING = {1: 3, 2: 4, 3: 5, 4: 6}


def _crossing(rng: random.Random, lang: Lang, level: int) -> Draft:
    n = _CROSSING[level]
    while True:
        times = sorted(rng.sample(range(1, 16), n))
        drivers = sorted(rng.sample(range(n), 2 if n < 5 else 3)) if level > 1 else list(range(n))
        apart = [list(rng.choice(list(combinations(range(n), 2)))) for _ in range(level - 2)] if level > 2 else []
        reload = rng.choice((0, 1, 2)) if level > 1 else 0
        facts = {"times": times, "drivers": drivers, "apart": apart, "reload": reload}
        found = _fewest_minutes(facts)
        if not found:
            continue
        best, trips = found
        returns = {crew for k, crew in enumerate(trips) if k % 2}
        if level < 3 or (best > _escort(times) and len(returns) > 1):
            break
    return Draft(
        body=_crossing_question(rng, lang, facts),
        form="……分钟" if lang == "zh" else "... minutes",
        lines=_crossing_lines(lang, facts, best, trips),
        answer=f"{best}分钟" if lang == "zh" else f"{best} minutes",
        checks=(number(best),),
        facts=facts,
        size=2 ** (n + 1),
    )


def _escort(times: Sequence[int]) -> int:
    """The first idea without any extra rule: the fastest brings everybody over one by one."""
    return sum(times[1:]) + times[0] * (len(times) - 2)


def _rides(facts: Mapping[str, Any], here: frozenset[int]) -> Iterator[tuple[int, ...]]:
    """Who may ride together: one or two people of one side, a driver among them, no pair that is kept apart."""
    for size in (1, 2):
        for crew in combinations(sorted(here), size):
            if set(crew) & set(facts["drivers"]) and list(crew) not in facts["apart"]:
                yield crew


def _fewest_minutes(facts: Mapping[str, Any]) -> tuple[int, list[tuple[int, ...]]] | None:
    """Dijkstra over (who is still here, where the cart is)."""
    everybody = frozenset(range(len(facts["times"])))
    queue: list[tuple[int, int, frozenset[int], bool, list[tuple[int, ...]]]] = [(0, 0, everybody, True, [])]
    seen: set[tuple[frozenset[int], bool]] = set()
    count = 0
    while queue:
        minutes, _, left, here, trips = heapq.heappop(queue)
        if not left:
            return minutes - facts["reload"], trips
        if (left, here) in seen:
            continue
        seen.add((left, here))
        for crew in _rides(facts, left if here else everybody - left):
            count += 1
            new = left - set(crew) if here else left | set(crew)
            took = max(facts["times"][k] for k in crew) + facts["reload"]
            heapq.heappush(queue, (minutes + took, count, new, not here, [*trips, crew]))
    return None


def _crossing_question(rng: random.Random, lang: Lang, facts: Mapping[str, Any]) -> str:
    times, drivers = facts["times"], facts["drivers"]
    names = _CREW[lang][: len(times)]
    if lang == "zh":
        head = rng.choice(
            ("{n}名巡线工要从隧道口到另一头，只有一台轨道小车", "山谷两边靠一只吊篮来往，{n}个人要全部过到对面")
        )
        rules = (
            "，一次最多坐两个人，来回都要有人操作。单程所用的分钟数由车上较慢的人决定："
            if "小车" in head
            else "，一次最多坐两个人，来回都要有人操作。单程所用的分钟数由吊篮里较慢的人决定："
        )
        text = (
            head.format(n=han(len(times)))
            + rules
            + "、".join(f"{n}{t}" for n, t in zip(names, times, strict=True))
            + "。"
        )
        if len(drivers) < len(times):
            text += (
                f"只有{joined(lang, [names[k] for k in drivers])}会操作，每一趟（包括往回走的）都得有会操作的人在上面。"
            )
        for a, b in facts["apart"]:
            text += f"{names[a]}和{names[b]}不能同乘一趟。"
        if facts["reload"]:
            text += f"除最后一趟外，每趟到达后要停{facts['reload']}分钟才能再出发。"
        return text + "\n全部人到达对面最少要多少分钟？"
    head = rng.choice(
        (
            "{n} linesmen have to get to the far end of a tunnel, and there is a single rail trolley. It",
            "{n} people want to cross a gorge in one cable basket, which",
        )
    )
    text = (
        head.format(n=word(len(times)).capitalize())
        + (
            " takes one or two people at a time and has to be operated both ways. "
            "A trip takes as many minutes as the slower of those on board needs: "
        )
        + ", ".join(f"{n} {t}" for n, t in zip(names, times, strict=True))
        + "."
    )
    if len(drivers) < len(times):
        text += (
            f" Only {joined(lang, [names[k] for k in drivers])} can operate it, and "
            "one of them must be on board on every trip, the return trips "
            "included."
        )
    for a, b in facts["apart"]:
        text += f" {names[a]} and {names[b]} must not ride together."
    if facts["reload"]:
        text += (
            " After every trip but the last there is a pause of "
            f"{counted(facts['reload'], 'minute')} before the next can start."
        )
    return text + "\nWhat is the least time in which everybody can get across?"


def _crossing_lines(lang: Lang, facts: Mapping[str, Any], best: int, trips: Sequence[tuple[int, ...]]) -> list[str]:
    names, times, zh, now, lines = _CREW[lang], facts["times"], lang == "zh", 0, []
    for k, crew in enumerate(trips):
        took = max(times[c] for c in crew)
        now += took + (facts["reload"] if k + 1 < len(trips) else 0)
        who = joined(lang, [names[c] for c in crew])
        way = ("过去" if k % 2 == 0 else "回来") if zh else ("across" if k % 2 == 0 else "back")
        pause = facts["reload"] if k + 1 < len(trips) else 0
        rest = (f"，停{pause}分钟" if zh else f", pause {pause}") if pause else ""
        lines.append(
            f"{who}{way}，{took}分钟{rest}，累计{now}分钟。" if zh else f"{who} {way}: {took}{rest}, {now} so far."
        )
    simple = _escort(times)
    if zh:
        end = "这里的规定不允许那样走" if best > simple else "与上面相同" if best == simple else "并不是最少"
        lines.append(f"如果人人都会操作、没有别的规定，由最快的人逐个送要{simple}分钟；{end}。")
    else:
        end = (
            "the conditions here rule that out"
            if best > simple
            else "the same as above"
            if best == simple
            else "not the least"
        )
        lines.append(
            f"With no conditions at all the fastest could fetch the others one by one in {simple} minutes: {end}."
        )
    lines.append(
        f"把“谁还没过去、车（吊篮）在哪边”的所有情形都推过一遍，没有比{best}分钟更快的办法。"
        if zh
        else (
            "Going through every situation (who is still on this side, where the "
            f"vehicle is) gives nothing faster than {best} minutes."
        )
    )
    return lines


def _solve_crossing(facts: Mapping[str, Any]) -> str:
    """Relaxes the times of all situations until nothing gets better; people as bits."""
    n = len(facts["times"])
    able = sum(1 << k for k in facts["drivers"])
    banned = {1 << a | 1 << b for a, b in facts["apart"]}
    crews = [c for c in range(1, 1 << n) if c.bit_count() < 3 and c & able and c not in banned]
    start = ((1 << n) - 1, 0)
    least = {start: 0}
    queue = deque([start])
    while queue:
        left, side = queue.popleft()
        for crew in crews:
            if crew & (left if side == 0 else ~left) != crew:
                continue
            took = max(t for k, t in enumerate(facts["times"]) if crew >> k & 1) + facts["reload"]
            new = (left ^ crew, 1 - side)
            if least[left, side] + took < least.get(new, 10**6):
                least[new] = least[left, side] + took
                queue.append(new)
    minutes = least[0, 1] - facts["reload"]
    return f"{minutes}分钟" if facts["lang"] == "zh" else f"{minutes} minutes"


ASSIGN = Kind(name="assign", make=_assign, solve=_solve_assign)
CROSSING = Kind(name="crossing", make=_crossing, solve=_solve_crossing)
