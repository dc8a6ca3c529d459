"""Planning: a delivery round with time windows."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import permutations
from math import factorial
from typing import Any

from evals.puzzles._ending import in_order
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import clock_in, han, row, word

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
    back = clock_in(lang, facts["start"] + best)
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
            span = (clock_in(lang, start + a), clock_in(lang, start + b))
            times.append(f"{name}{span[0]}到{span[1]}" if lang == "zh" else f"{name} {span[0]} to {span[1]}")
    if lang == "zh":
        intro = rng.choice(
            (
                "配送车{t}从仓库出发，给{n}家店各送一次货再回仓库。",
                "早上{t}发车，一辆冷链车要把{n}家店都跑一遍再回到仓库。",
            )
        )
        return intro.format(t=clock_in(lang, start), n=han(len(names))) + (
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
    return intro.format(t=clock_in(lang, start), n=word(len(names))) + (
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
            (f"，等到{clock_in(lang, start + begin)}" if zh else f", waits until {clock_in(lang, start + begin)}")
            if begin > arrive
            else ""
        )
        now, at = begin + facts["unload"], k
        lines.append(
            f"{names[k]}：{clock_in(lang, start + arrive)}到{wait}，{clock_in(lang, start + now)}卸完。"
            if zh
            else f"{names[k]}: arrives {clock_in(lang, start + arrive)}{wait}, unloaded {clock_in(lang, start + now)}."
        )
    lines.append(
        f"{clock_in(lang, start + best)}回到仓库。" if zh else f"Back at the depot at {clock_in(lang, start + best)}."
    )
    firsts = []
    for k in range(len(names)):
        ends = [end for end, tour in results if tour[0] == k]
        text = clock_in(lang, start + min(ends)) if ends else ("（不可行）" if zh else "impossible")
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
    moment = clock_in(facts["lang"], facts["start"] + back)
    return row(facts["lang"], [facts["names"][k] for k in tour]) + mark + moment


ROUTE = Kind(name="route", make=_route, solve=_solve_route)
