"""Planning: cutting bars."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Any

from evals.puzzles._ending import number
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import han, joined, maths, word

_PIECES = {1: 5, 2: 7, 3: 8, 4: 10}


def _cutting(rng: random.Random, lang: Lang, level: int) -> Draft:
    while True:
        kerf = rng.choice((1, 2, 5)) if level > 1 else 0
        long, short = rng.choice(((600, 400), (600, 350), (500, 300), (580, 420)))
        costs = [rng.randint(50, 64), rng.randint(34, 44)]
        if costs[0] * short == costs[1] * long or costs[1] >= costs[0]:
            continue
        sizes = sorted(rng.sample(range(80, 291, 5), 3 + (level > 2)), reverse=True)
        pieces = sorted((rng.choice(sizes) for _ in range(_PIECES[level])), reverse=True)
        if len(set(pieces)) < 3 or max(pieces) > short:
            continue
        best, plan = _cheapest(pieces, kerf, (long, short), costs)
        greedy = _greedy_cut(pieces, kerf, (long, short), costs)
        if level < 3 or greedy > best:
            break
    facts = {"pieces": pieces, "kerf": kerf, "bars": [long, short], "costs": costs}
    return Draft(
        body=_cutting_question(rng, lang, facts),
        form="……元" if lang == "zh" else "£...",
        lines=_cutting_lines(lang, facts, plan, best, greedy),
        answer=f"{best}元" if lang == "zh" else f"£{best}",
        checks=(number(best),),
        facts=facts,
        size=2 ** len(pieces),
    )


def _use(group: Sequence[int], kerf: int) -> int:
    """What a group of pieces takes of a bar: a cut is lost between neighbours, not behind the last piece."""
    return sum(group) + kerf * (len(group) - 1)


def _cheapest(
    pieces: Sequence[int], kerf: int, bars: Sequence[int], costs: Sequence[int]
) -> tuple[int, list[tuple[int, tuple[int, ...]]]]:
    """The least cost and a plan: the longest piece left goes with every possible company, the rest is solved again."""

    @cache
    def solve(left: tuple[int, ...]) -> tuple[int, tuple[tuple[int, tuple[int, ...]], ...]]:
        if not left:
            return 0, ()
        best: tuple[int, tuple[tuple[int, tuple[int, ...]], ...]] | None = None
        first, rest = left[0], left[1:]
        seen = set()
        for size in range(min(len(rest), 5) + 1):
            for company in combinations(range(len(rest)), size):
                group = (first, *(rest[k] for k in company))
                if group in seen:
                    continue
                seen.add(group)
                fitting = [k for k in (0, 1) if _use(group, kerf) <= bars[k]]
                if not fitting:
                    continue
                bar = min(fitting, key=lambda k: costs[k])
                cost, plan = solve(tuple(v for k, v in enumerate(rest) if k not in company))
                if best is None or costs[bar] + cost < best[0]:
                    best = costs[bar] + cost, ((bar, group), *plan)
        assert best is not None
        return best

    cost, plan = solve(tuple(pieces))
    return cost, list(plan)


def _greedy_cut(pieces: Sequence[int], kerf: int, bars: Sequence[int], costs: Sequence[int]) -> int:
    """The tempting plan: longest pieces first, each on the first long bar with room; then short bars where they do."""
    groups: list[list[int]] = []
    for piece in pieces:
        home = next((g for g in groups if _use([*g, piece], kerf) <= bars[0]), None)
        if home is None:
            groups.append([piece])
        else:
            home.append(piece)
    return sum(costs[1] if _use(g, kerf) <= bars[1] else costs[0] for g in groups)


def _cutting_question(rng: random.Random, lang: Lang, facts: Mapping[str, Any]) -> str:
    pieces, kerf, (long, short), costs = facts["pieces"], facts["kerf"], facts["bars"], facts["costs"]
    counts = {size: pieces.count(size) for size in dict.fromkeys(pieces)}
    if lang == "zh":
        head = rng.choice(("门窗厂要锯一批铝型材", "车间要下一批圆钢料", "木工房要裁一批木方"))
        needs = "、".join(f"{size}厘米的{han(n)}根" for size, n in counts.items())
        cut = (
            f"每锯一刀损耗{kerf}厘米（一根料上锯出几段，段与段之间各损耗一刀；最后一段之后的余料随它去，不再算损耗）"
            if kerf
            else "锯缝不计"
        )
        return (
            f"{head}：{needs}。原料有两种：{long}厘米长的每根{costs[0]}元，"
            f"{short}厘米长的每根{costs[1]}元，都可以买任意多根。{cut}，"
            "短料不能接长。\n最少要花多少钱买料？"
        )
    head = rng.choice(
        (
            "A window maker has to saw a batch of profiles:",
            "The workshop needs these lengths of round bar:",
            "A joiner is cutting battens to length:",
        )
    )
    needs = joined(lang, [f"{word(n)} of {size} cm" for size, n in counts.items()])
    cut = (
        (
            f"Every cut between two pieces on the same bar wastes {kerf} cm; what "
            "is left over behind the last piece costs no further waste."
        )
        if kerf
        else "The width of the cut does not matter."
    )
    return (
        f"{head} {needs}. Stock comes in two lengths, {long} cm at £{costs[0]} "
        f"and {short} cm at £{costs[1]}, as many of each as you like. {cut} "
        "Pieces cannot be joined.\nWhat is the least the stock can cost?"
    )


def _cutting_lines(
    lang: Lang, facts: Mapping[str, Any], plan: Sequence[tuple[int, tuple[int, ...]]], best: int, greedy: int
) -> list[str]:
    kerf, bars, costs, zh = facts["kerf"], facts["bars"], facts["costs"], lang == "zh"
    lines = []
    for bar, group in plan:
        text = " + ".join(map(str, group))
        if kerf and len(group) > 1:
            text += f" + {len(group) - 1} * {kerf}"
        text = maths(lang, f"{text} = {_use(group, kerf)}") if len(group) > 1 else text
        lines.append(
            f"一根{bars[bar]}厘米的料：{text}厘米，{costs[bar]}元。"
            if zh
            else f"One bar of {bars[bar]} cm: {text} cm, £{costs[bar]}."
        )
    total = maths(lang, " + ".join(str(costs[bar]) for bar, _ in plan) + f" = {best}")
    lines.append(f"合计{total}（元）。" if zh else f"Together £{total}.")
    need = _use(facts["pieces"], 0)
    if zh:
        lines.append(
            f"净料共{need}厘米。把各段分组的所有办法都比较过，没有更省的"
            + (f"；先用长料、从最长的段排起的办法要{greedy}元，并不是最省。" if greedy > best else "。")
        )
    else:
        lines.append(
            f"The pieces measure {need} cm net. Comparing all ways to group them gives nothing cheaper"
            + (
                f"; filling long bars with the longest pieces first costs £{greedy}, which is not the best."
                if greedy > best
                else "."
            )
        )
    return lines


def _solve_cutting(facts: Mapping[str, Any]) -> str:
    """Dynamic programming over sets of pieces."""
    pieces, kerf = facts["pieces"], facts["kerf"]
    n = len(pieces)
    price = [0] * (1 << n)
    for group in range(1, 1 << n):
        length = sum(pieces[k] + kerf for k in range(n) if group >> k & 1) - kerf
        price[group] = min(
            (c for bar, c in zip(facts["bars"], facts["costs"], strict=True) if length <= bar), default=0
        )
    best = [0] * (1 << n)
    for group in range(1, 1 << n):
        low = group & -group
        part, costs = group, []
        while part:
            if part & low and price[part]:
                costs.append(price[part] + best[group ^ part])
            part = (part - 1) & group
        best[group] = min(costs)
    return f"{best[-1]}元" if facts["lang"] == "zh" else f"£{best[-1]}"


CUTTING = Kind(name="cutting", make=_cutting, solve=_solve_cutting)
