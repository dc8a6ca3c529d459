"""Planning: rooms for two painters."""

from __future__ import annotations

import heapq
import random
from collections.abc import Mapping, Sequence
from itertools import combinations
from math import factorial
from typing import Any

from evals.puzzles._ending import number
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import joined

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


MAKESPAN = Kind(name="makespan", make=_makespan, solve=_solve_makespan)
