"""Planning: a cart between two ends."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from evals.puzzles._ending import number
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import counted, han, joined, word

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
    simple, bound = _escort(times), len(facts["drivers"]) < len(times) or facts["apart"] or facts["reload"]
    if zh:
        end = "这里的规定不允许那样走" if best > simple else "与上面相同" if best == simple else "并不是最少"
        if_free = "如果只受人数和速度限制，" if bound else ""
        lines.append(f"{if_free}由最快的人逐个送要{simple}分钟；{end}。")
    else:
        end = (
            "the conditions here rule that out"
            if best > simple
            else "the same as above"
            if best == simple
            else "not the least"
        )
        who = "With no conditions at all the fastest" if bound else "The fastest"
        lines.append(f"{who} could fetch the others one by one in {simple} minutes: {end}.")
    lines.append(
        f"把“谁还没过去、下一趟从哪边出发”的所有情形都推过一遍，没有比{best}分钟更快的办法。"
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


CROSSING = Kind(name="crossing", make=_crossing, solve=_solve_crossing)
