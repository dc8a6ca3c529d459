"""Counting problem: routes through a grid of streets."""

from __future__ import annotations

import random
from math import comb
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Facts, Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles.counting._forms import blank


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
        question=[*text, ask_working(rng, lang, blank(lang))],
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
