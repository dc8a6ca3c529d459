"""Planning of times: rooms for two painters, a delivery round with time windows."""

from __future__ import annotations

import heapq
import random
from collections.abc import Mapping, Sequence
from itertools import combinations, permutations
from math import factorial
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._lines import clock, han, in_order, joined, number, row, word

# ---------------------------------------------------------------------------------------------------------- makespan
_TASKS = {
    "zh": ("走廊", "前厅", "机房", "楼梯间", "茶水间", "档案室", "会客室", "值班室"),
    "en": ("hall", "kitchen", "office", "landing", "store room", "porch", "corridor", "waiting room"),
}
_MAKESPAN = {1: 4, 2: 5, 3: 6, 4: 7}


def _makespan(rng: random.Random, lang: Lang, level: int) -> Draft:
    n = _MAKESPAN[level]
    while True:
        names = rng.sample(_TASKS[lang], n)
        times = [rng.randint(2, 11) for _ in range(n)]
        before = [list(p) for p in combinations(range(n), 2) if rng.random() < 2.2 / n]
        alone = [rng.randrange(n)] if level > 1 else []
        first_only = rng.choice([k for k in range(n) if k not in alone]) if level > 2 else -1
        facts = {"names": names, "times": times, "before": before, "alone": alone, "skilled": first_only}
        best, plan = _shortest(facts)
        bound = max(-(-sum(times) // 2), _longest_chain(times, before))
        # two people must make a difference
        if best < sum(times) and (best > bound or level < 3):
            break
    return Draft(
        body=_makespan_question(rng, lang, facts),
        form="……小时" if lang == "zh" else "... hours",
        lines=_makespan_lines(lang, facts, plan, best),
        answer=f"{best}小时" if lang == "zh" else f"{best} hours",
        checks=(number(best),),
        facts=facts,
        size=factorial(n),
    )


def _longest_chain(times: Sequence[int], before: Sequence[Sequence[int]]) -> int:
    ends: dict[int, int] = {}
    for k in range(len(times)):
        ends[k] = times[k] + max((ends[a] for a, b in before if b == k), default=0)
    return max(ends.values())


def _shortest(facts: Mapping[str, Any]) -> tuple[int, list[tuple[int, int, int, int]]]:
    """Every order of the tasks, each task as early as its worker and its forerunners allow; both choices of worker."""
    times, before = facts["times"], facts["before"]
    n = len(times)
    best: tuple[int, list[tuple[int, int, int, int]]] = (10**9, [])
    stack: list[tuple[tuple[int, int], tuple[tuple[int, int, int, int], ...]]] = [((0, 0), ())]
    seen: set[Any] = set()
    while stack:
        free, plan = stack.pop()
        if max(free) >= best[0]:
            continue
        if len(plan) == n:
            best = max(free), list(plan)
            continue
        ends = {k: end for k, _, _, end in plan}
        key = (free, tuple(sorted(ends.items())))
        if key in seen:
            continue
        seen.add(key)
        for k in range(n):
            if k in ends or any(b == k and a not in ends for a, b in before):
                continue
            ready = max((ends[a] for a, b in before if b == k), default=0)
            if k in facts["alone"]:
                start = max(ready, *free)
                stack.append(((start + times[k],) * 2, (*plan, (k, 2, start, start + times[k]))))
                continue
            for who in (0,) if k == facts["skilled"] else (0, 1):
                start = max(ready, free[who])
                new = (start + times[k], free[1]) if who == 0 else (free[0], start + times[k])
                stack.append((new, (*plan, (k, who, start, start + times[k]))))
    return best[0], sorted(best[1], key=lambda item: (item[2], item[1]))


def _forerunners(facts: Mapping[str, Any]) -> list[tuple[int, list[int]]]:
    """Each room that has to wait, with those it waits for."""
    later = sorted({b for _, b in facts["before"]})
    return [(k, [a for a, b in facts["before"] if b == k]) for k in later]


def _makespan_question(rng: random.Random, lang: Lang, facts: Mapping[str, Any]) -> str:
    names, times = facts["names"], facts["times"]
    if lang == "zh":
        head = rng.choice(("油漆班只有组长和学徒两个人，要刷完这些地方：", "组长带着学徒翻新旧楼，要刷下面几处："))
        rules = [
            f"{names[k]}要等{joined(lang, [names[a] for a in early])}{'都' if len(early) > 1 else ''}刷完才能动手"
            for k, early in _forerunners(facts)
        ]
        rules += [f"{names[k]}要两个人一起刷，用时如上" for k in facts["alone"]]
        rules += [f"{names[facts['skilled']]}只能由组长刷"] if facts["skilled"] >= 0 else []
        rules.append("其余的地方谁刷都行，用时一样；一个人同一时间只刷一处，动手以后不中断")
        listed = "、".join(f"{n}{t}小时" for n, t in zip(names, times, strict=True))
        return f"{head}{listed}。\n{'；'.join(rules)}。\n全部刷完最少要多少小时？"
    head = rng.choice(
        (
            "A foreman and an apprentice are painting an old house. It has these rooms:",
            ("These rooms have to be painted by two people, the foreman and an apprentice:"),
        )
    )
    rules = [
        (
            f"The {names[k]} cannot be begun before "
            f"{joined(lang, ['the ' + names[a] for a in early])} "
            f"{'are' if len(early) > 1 else 'is'} finished."
        )
        for k, early in _forerunners(facts)
    ]
    rules += [f"The {names[k]} takes both of them together, for the time given." for k in facts["alone"]]
    rules += [f"Only the foreman can do the {names[facts['skilled']]}."] if facts["skilled"] >= 0 else []
    rules.append(
        "Either may do any other room, in the same time. Each works in one room at a time and does not interrupt it."
    )
    listed = joined(lang, [f"{n} {t} h" for n, t in zip(names, times, strict=True)])
    return (
        f"{head} {listed}.\n"
        + "\n".join(f"- {r}" for r in rules)
        + ("\nWhat is the least time in which everything can be painted?")
    )


def _makespan_lines(
    lang: Lang, facts: Mapping[str, Any], plan: Sequence[tuple[int, int, int, int]], best: int
) -> list[str]:
    names, zh = facts["names"], lang == "zh"
    who = ("组长", "学徒", "两人一起") if zh else ("foreman", "apprentice", "both")
    lines = [
        f"第{start}到第{end}小时：{who[w]}刷{names[k]}。" if zh else f"Hours {start} to {end}: {names[k]} ({who[w]})."
        for k, w, start, end in plan
    ]
    total = sum(facts["times"]) + sum(facts["times"][k] for k in facts["alone"])
    chain = _longest_chain(facts["times"], facts["before"])
    if zh:
        lines.append(f"这样{best}小时刷完，先后和人手的规定都满足。")
        lines.append(
            f"工作量共{total}人时，两个人至少{-(-total // 2)}小时；"
            f"最长的先后链要{chain}小时。把所有次序和分工都排过，"
            f"没有比{best}小时更快的。"
        )
    else:
        lines.append(f"Everything is done after {best} hours, and all conditions are kept.")
        lines.append(
            f"The work comes to {total} person-hours, at least {-(-total // 2)} "
            f"hours for two; the longest chain takes {chain}. Going through every "
            f"order and division of the work gives nothing faster than {best} "
            "hours."
        )
    return lines


def _solve_makespan(facts: Mapping[str, Any]) -> str:
    """Dijkstra over states (done, begun, what each hand holds and for how long), from one finished task to the next."""
    n = len(facts["times"])
    needs = [sum(1 << a for a, b in facts["before"] if b == k) for k in range(n)]
    queue: list[tuple[int, int, int, tuple[int, int], tuple[int, int]]] = [(0, 0, 0, (-1, 0), (-1, 0))]
    seen: set[Any] = set()
    while True:
        now, done, begun, one, two = heapq.heappop(queue)
        if done == (1 << n) - 1:
            return f"{now}小时" if facts["lang"] == "zh" else f"{now} hours"
        if (done, begun, one, two) in seen:
            continue
        seen.add((done, begun, one, two))
        for _, started, first, second in _choices(facts, needs, done, begun, one, two):
            running = [left for task, left in (first, second) if task >= 0]
            if not running:
                continue
            passed, new, hands = min(running), done, []
            for task, left in (first, second):
                if task >= 0 and left == passed:
                    new |= 1 << task
                hands.append((task, left - passed) if left > passed else (-1, 0))
            heapq.heappush(queue, (now + passed, new, started, hands[0], hands[1]))


def _choices(facts: Mapping[str, Any], needs: Sequence[int], done: int, begun: int, one: Any, two: Any) -> list[Any]:
    """What two idle or busy hands may start now, idling included."""
    times = facts["times"]
    ready = [k for k in range(len(times)) if not begun >> k & 1 and needs[k] & done == needs[k]]
    out = [(done, begun, one, two)]
    for k in ready:
        if k in facts["alone"]:
            if one[0] < 0 and two[0] < 0:
                out.append((done, begun | 1 << k, (k, times[k]), (k, times[k])))
            continue
        if one[0] < 0:
            out.append((done, begun | 1 << k, (k, times[k]), two))
        if two[0] < 0 and k != facts["skilled"]:
            out.append((done, begun | 1 << k, one, (k, times[k])))
            if one[0] < 0:
                out += [
                    (done, begun | 1 << k | 1 << j, (j, times[j]), (k, times[k]))
                    for j in ready
                    if j not in (k, *facts["alone"])
                ]
    return out


# ------------------------------------------------------------------------------------------------------------- route
_STOPS = {
    "zh": ("东街店", "南门店", "西苑店", "北站店", "中山店", "河滨店", "大学店"),
    "en": ("Abbey", "Bridge", "Castle", "Dale", "Elm", "Fort", "Green"),
}
_ROUTE = {1: 4, 2: 5, 3: 6, 4: 7}


def _route(rng: random.Random, lang: Lang, level: int) -> Draft:
    n = _ROUTE[level]
    facts: dict[str, Any]
    while True:
        names = list(_STOPS[lang][:n])
        spots = [(rng.randint(0, 30), rng.randint(0, 30)) for _ in range(n + 1)]
        drive = [[(abs(a - c) + abs(b - d)) // 2 + 4 for c, d in spots] for a, b in spots]
        unload = rng.choice((5, 8, 10))
        windows = []
        for _ in range(n):
            open_at = rng.randrange(0, 20 * n, 5)
            windows.append([open_at, open_at + rng.randrange(25, 70, 5)] if rng.random() < 0.6 else [0, 600])
        facts = {
            "names": names,
            "drive": drive,
            "unload": unload,
            "windows": windows,
            "start": rng.choice((420, 450, 480)),
        }
        results = sorted((end, order) for order in permutations(range(n)) if (end := _finish(facts, order)) is not None)
        near = _finish(facts, _nearest(drive, n))
        limits = sum(w[1] < 600 for w in windows)
        if (
            len(results) > 1
            and results[0][0] < results[1][0]
            and limits >= n // 2
            and (level < 3 or near != results[0][0])
        ):
            break
    best, order = results[0]
    stops = [names[k] for k in order]
    back = clock(lang, facts["start"] + best)
    return Draft(
        body=_route_question(rng, lang, facts),
        form="……；……" if lang == "zh" else "...; ...",
        note="先依次写出各店，分号后写回到仓库的时刻，例如“9:05”。"
        if lang == "zh"
        else (
            "First the shops in the order of the visits, then, after a semicolon, "
            "the time of arrival back at the depot, like 9:05."
        ),
        lines=_route_lines(lang, facts, order, best, results),
        answer=f"{row(lang, stops)}{'；' if lang == 'zh' else '; '}{back}",
        checks=(in_order([*stops, back]),),
        facts=facts,
        size=factorial(n),
    )


def _nearest(drive: Sequence[Sequence[int]], n: int) -> tuple[int, ...]:
    """The tempting round: always on to the nearest stop left."""
    at, left, order = n, list(range(n)), []
    while left:
        at = min(left, key=lambda k: drive[at][k])
        left.remove(at)
        order.append(at)
    return tuple(order)


def _finish(facts: Mapping[str, Any], order: Sequence[int]) -> int | None:
    """Minutes until the van is back, or None when a window is missed. Unloading must begin within the window."""
    drive, now, at = facts["drive"], 0, len(order)
    for k in order:
        now = max(now + drive[at][k], facts["windows"][k][0])
        if now > facts["windows"][k][1]:
            return None
        now, at = now + facts["unload"], k
    return int(now + drive[at][len(order)])


def _route_question(rng: random.Random, lang: Lang, facts: Mapping[str, Any]) -> str:
    names, start = facts["names"], facts["start"]
    places = [*names, "仓库" if lang == "zh" else "Depot"]
    head = "| |" + "|".join(f" {p} " for p in places) + "|\n|" + "---|" * (len(places) + 1)
    rows = [
        f"| {p} |" + "|".join(f" {v if i != j else '—'} " for j, v in enumerate(facts["drive"][i])) + "|"
        for i, p in enumerate(places)
    ]
    table = "\n".join([head, *rows])
    times = []
    for name, (a, b) in zip(names, facts["windows"], strict=True):
        if b < 600:
            span = (clock(lang, start + a), clock(lang, start + b))
            times.append(f"{name}{span[0]}到{span[1]}" if lang == "zh" else f"{name} {span[0]} to {span[1]}")
    if lang == "zh":
        intro = rng.choice(
            (
                "配送车{t}从仓库出发，给{n}家店各送一次货再回仓库。",
                "早上{t}发车，一辆冷链车要把{n}家店都跑一遍再回到仓库。",
            )
        )
        return intro.format(t=clock(lang, start), n=han(len(names))) + (
            "路上要的分钟数如下（来回一样）："
            f"\n\n{table}\n\n每家店卸货{facts['unload']}分钟。"
            f"有的店限定开始卸货的时间：{'；'.join(times)}。早到可以等，"
            "到点正好开始也算数；没有写的店随时可以卸货。\n怎样走能最早回到仓库？"
            "几点几分回到？"
        )
    intro = rng.choice(
        (
            "A van leaves the depot at {t}, calls at {n} shops once each and returns.",
            "At {t} a refrigerated van sets off from the depot to supply {n} shops and come back.",
        )
    )
    return intro.format(t=clock(lang, start), n=word(len(names))) + (
        " Driving times in minutes, the same both ways:"
        f"\n\n{table}\n\nUnloading takes {facts['unload']} minutes at each "
        "shop. At some shops it has to begin within a window: "
        f"{'; '.join(times)}. Waiting is allowed, and both ends of a window "
        "count as inside it. The other shops can be served at any time.\nWhich "
        "order brings the van back earliest, and when?"
    )


def _route_lines(
    lang: Lang,
    facts: Mapping[str, Any],
    order: Sequence[int],
    best: int,
    results: Sequence[tuple[int, tuple[int, ...]]],
) -> list[str]:
    names, drive, zh, start = facts["names"], facts["drive"], lang == "zh", facts["start"]
    lines, now, at = [], 0, len(order)
    for k in order:
        arrive = now + drive[at][k]
        begin = max(arrive, facts["windows"][k][0])
        wait = (
            (f"，等到{clock(lang, start + begin)}" if zh else f", waits until {clock(lang, start + begin)}")
            if begin > arrive
            else ""
        )
        now, at = begin + facts["unload"], k
        lines.append(
            f"{names[k]}：{clock(lang, start + arrive)}到{wait}，{clock(lang, start + now)}卸完。"
            if zh
            else f"{names[k]}: arrives {clock(lang, start + arrive)}{wait}, unloaded {clock(lang, start + now)}."
        )
    lines.append(
        f"{clock(lang, start + best)}回到仓库。" if zh else f"Back at the depot at {clock(lang, start + best)}."
    )
    firsts = []
    for k in range(len(names)):
        ends = [end for end, tour in results if tour[0] == k]
        text = clock(lang, start + min(ends)) if ends else ("（不可行）" if zh else "impossible")
        firsts.append(f"{names[k]}{text}" if zh else f"{names[k]} {text}")
    lines.append(
        f"所有次序都算过，按先去哪家分，最早回来的时刻是：{'、'.join(firsts)}。"
        if zh
        else f"Going through all orders, the earliest return by first shop is: {', '.join(firsts)}."
    )
    return lines


def _solve_route(facts: Mapping[str, Any]) -> str:
    """Dynamic programming over (visited, last): the earliest moment at which unloading there can end."""
    n, drive = len(facts["names"]), facts["drive"]
    states: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {(0, n): (0, ())}
    for _ in range(n):
        grown: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {}
        for (visited, last), (time, tour) in states.items():
            for k in range(n):
                begin = max(time + drive[last][k], facts["windows"][k][0])
                if visited >> k & 1 or begin > facts["windows"][k][1]:
                    continue
                key, value = (visited | 1 << k, k), (begin + facts["unload"], (*tour, k))
                grown[key] = min(grown.get(key, value), value)
        states = grown
    back, tour = min((time + drive[last][n], tour) for (_, last), (time, tour) in states.items())
    mark = "；" if facts["lang"] == "zh" else "; "
    moment = clock(facts["lang"], facts["start"] + back)
    return row(facts["lang"], [facts["names"][k] for k in tour]) + mark + moment


MAKESPAN = Kind(name="makespan", make=_makespan, solve=_solve_makespan)
ROUTE = Kind(name="route", make=_route, solve=_solve_route)
