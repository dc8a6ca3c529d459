"""Planning: loading a van."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from evals.puzzles._ending import in_order
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import maths, row

_GOODS = {
    "zh": ("冰箱", "展柜", "音箱", "帐篷", "地毯", "咖啡机", "屏风", "灯架", "冷柜", "桌椅", "发电机"),
    "en": (
        "fridge",
        "display",
        "speakers",
        "tent",
        "carpet",
        "coffee machine",
        "screen",
        "lamp stand",
        "freezer",
        "furniture",
        "generator",
    ),
}
_LOAD = {1: 6, 2: 8, 3: 9, 4: 11}


def _loading(rng: random.Random, lang: Lang, level: int) -> Draft:
    n = _LOAD[level]
    while True:
        names = rng.sample(_GOODS[lang], n)
        goods = [[rng.randint(30, 120), rng.randint(3, 12), rng.randint(10, 60)] for _ in range(n)]
        weight = sum(g[0] for g in goods) * rng.randint(42, 52) // 100
        room = sum(g[1] for g in goods) * rng.randint(42, 52) // 100
        pairs = rng.sample(list(combinations(range(n), 2)), 2 + (level > 2))
        clash = [list(pair) for pair in pairs[:-1]] if level > 1 else [list(pairs[0])]
        needs = [list(rng.sample(pairs[-1], 2))] if level > 1 else []
        facts = {"names": names, "goods": goods, "weight": weight, "room": room, "clash": clash, "needs": needs}
        ranked = _best_loads(facts)
        if len(ranked) > 1 and ranked[0][0] > ranked[1][0] and (level < 3 or _greedy_load(facts) < ranked[0][0]):
            break
    best, chosen = ranked[0]
    picked = [names[k] for k in chosen]
    return Draft(
        body=_loading_question(rng, lang, facts),
        form="……；……元" if lang == "zh" else "...; £...",
        note="分号前按表中的先后写出装上车的货。"
        if lang == "zh"
        else "In front of the semicolon list the goods taken, in the order of the table.",
        lines=_loading_lines(lang, facts, ranked),
        answer=f"{row(lang, picked)}；{best}元" if lang == "zh" else f"{row(lang, picked)}; £{best}",
        checks=(in_order([*picked, str(best)], units={len(picked): "元"}),),
        facts=facts,
        size=2**n,
    )


def _best_loads(facts: Mapping[str, Any]) -> list[tuple[int, tuple[int, ...]]]:
    """The two best loads: value and goods."""
    goods, found = facts["goods"], []
    for bits in range(1, 1 << len(goods)):
        chosen = [k for k in range(len(goods)) if bits >> k & 1]
        if sum(goods[k][0] for k in chosen) > facts["weight"] or sum(goods[k][1] for k in chosen) > facts["room"]:
            continue
        if any(bits >> a & 1 and bits >> b & 1 for a, b in facts["clash"]):
            continue
        if any(bits >> a & 1 and not bits >> b & 1 for a, b in facts["needs"]):
            continue
        found.append((sum(goods[k][2] for k in chosen), tuple(chosen)))
    return sorted(found, reverse=True)[:2]


def _greedy_load(facts: Mapping[str, Any]) -> int:
    """The tempting plan: most valuable first, whatever still fits."""
    goods, chosen = facts["goods"], set[int]()
    for k in sorted(range(len(goods)), key=lambda k: -goods[k][2]):
        trial = chosen | {k}
        fits = sum(goods[g][0] for g in trial) <= facts["weight"] and sum(goods[g][1] for g in trial) <= facts["room"]
        if (
            fits
            and not any({a, b} <= trial for a, b in facts["clash"])
            and all(b in trial for a, b in facts["needs"] if a in trial)
        ):
            chosen = trial
    return sum(goods[k][2] for k in chosen)


def _loading_question(rng: random.Random, lang: Lang, facts: Mapping[str, Any]) -> str:
    names, goods = facts["names"], facts["goods"]
    if lang == "zh":
        head = rng.choice(
            (
                "展会撤场，只剩一辆小货车，回程能带哪些货要挑一挑。",
                "搬运公司的面包车今天只跑最后一趟，客户各出了价。",
                "活动公司收摊，一趟车装不下全部东西。",
            )
        )
        table = "\n".join(
            ["| 货 | 重量（千克） | 占地（格） | 运费（元） |", "|---|---|---|---|"]
            + [f"| {n} | {g[0]} | {g[1]} | {g[2]} |" for n, g in zip(names, goods, strict=True)]
        )
        rules = [f"总重量不超过{facts['weight']}千克，占地不超过{facts['room']}格", "每样要么整样装，要么不装"]
        rules += [f"{names[a]}和{names[b]}不能同车" for a, b in facts["clash"]]
        rules += [f"装{names[a]}就必须同时装{names[b]}（反过来不要求）" for a, b in facts["needs"]]
        return f"{head}\n\n{table}\n\n规定：{'；'.join(rules)}。\n怎样装运费最多？最多是多少元？"
    head = rng.choice(
        (
            "The fair is over and a single van has to bring home what pays best.",
            "A carrier makes one last trip today and can take only part of what is offered.",
            "An events firm is packing up; not everything fits into one van load.",
        )
    )
    table = "\n".join(
        ["| Item | Weight (kg) | Floor (squares) | Fee (£) |", "|---|---|---|---|"]
        + [f"| {n} | {g[0]} | {g[1]} | {g[2]} |" for n, g in zip(names, goods, strict=True)]
    )
    rules = [
        f"The load may weigh {facts['weight']} kg and take up {facts['room']} squares at most.",
        "An item is taken whole or not at all.",
    ]
    rules += [f"The {names[a]} and the {names[b]} cannot travel together." for a, b in facts["clash"]]
    rules += [
        f"Taking the {names[a]} means taking the {names[b]} too (but not the other way round)."
        for a, b in facts["needs"]
    ]
    return (
        f"{head}\n\n{table}\n\n"
        + "\n".join(f"- {r}" for r in rules)
        + "\n\nWhich load earns the most, and how much is that?"
    )


def _loading_lines(lang: Lang, facts: Mapping[str, Any], ranked: Sequence[tuple[int, tuple[int, ...]]]) -> list[str]:
    names, goods, zh = facts["names"], facts["goods"], lang == "zh"
    (best, chosen), (second, runner) = ranked
    lines = []
    for what, unit, limit, k in (("重量", "千克", facts["weight"], 0), ("占地", "格", facts["room"], 1)):
        text = maths(lang, " + ".join(str(goods[i][k]) for i in chosen) + f" = {sum(goods[i][k] for i in chosen)}")
        english = ("Weight", "Floor")[k]
        lines.append(f"{what}：{text}{unit}，不超过{limit}。" if zh else f"{english}: {text}, within {limit}.")
    fee = maths(lang, " + ".join(str(goods[i][2]) for i in chosen) + f" = {best}")
    taken, other = row(lang, [names[i] for i in chosen]), row(lang, [names[i] for i in runner])
    lines.insert(0, f"最好的一车：{taken}。" if zh else f"The best load: {taken}.")
    zh_kinds = [kind for kind, pairs in (("不能同车", facts["clash"]), ("必须同车", facts["needs"])) if pairs]
    kinds = [kind for kind, pairs in (("exclude", facts["clash"]), ("need", facts["needs"])) if pairs]
    rules = (
        f"；{'和'.join(zh_kinds)}的规定{'都' if len(kinds) > 1 else '也'}满足"
        if zh
        else (f"; the rules about items that {' or '.join(kinds)} each other are kept")
    )
    lines.append((f"运费：{fee}元" if zh else f"Fee: {fee}") + (rules if kinds else "") + ("。" if zh else "."))
    lines.append(
        (
            f"全部{2 ** len(names)}种取舍都比较过，次好的是{other}，{second}元；"
            f"单挑运费高的依次往上装只有{_greedy_load(facts)}元。"
        )
        if zh
        else (
            f"Of all {2 ** len(names)} selections the next best is {other}, with "
            f"£{second}; taking the dearest items first as long as they fit earns "
            f"£{_greedy_load(facts)}."
        )
    )
    return lines


def _solve_loading(facts: Mapping[str, Any]) -> str:
    """Decides item by item, abandoning a branch as soon as a limit is broken."""
    goods = facts["goods"]
    best: list[tuple[int, list[int]]] = []

    def decide(at: int, weight: int, room: int, fee: int, taken: list[int]) -> None:
        if weight > facts["weight"] or room > facts["room"]:
            return
        if at == len(goods):
            apart = all(not (a in taken and b in taken) for a, b in facts["clash"])
            if apart and all(b in taken for a, b in facts["needs"] if a in taken):
                best.append((fee, taken))
            return
        decide(at + 1, weight, room, fee, taken)
        decide(at + 1, weight + goods[at][0], room + goods[at][1], fee + goods[at][2], [*taken, at])

    decide(0, 0, 0, 0, [])
    fee, taken = max(best)
    picked = row(facts["lang"], [facts["names"][k] for k in taken])
    return f"{picked}；{fee}元" if facts["lang"] == "zh" else f"{picked}; £{fee}"


LOADING = Kind(name="loading", make=_loading, solve=_solve_loading)
