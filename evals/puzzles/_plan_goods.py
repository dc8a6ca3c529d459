"""Planning with goods: cutting bars, loading a van."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._lines import han, in_order, joined, maths, number, row, word

# ----------------------------------------------------------------------------------------------------------- cutting
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


# ----------------------------------------------------------------------------------------------------------- loading
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
    lines.append(
        f"运费：{fee}元；不能同车和必须同车的规定都满足。"
        if zh
        else f"Fee: {fee}; the rules about items that exclude or need each other are kept."
    )
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


CUTTING = Kind(name="cutting", make=_cutting, solve=_solve_cutting)
LOADING = Kind(name="loading", make=_loading, solve=_solve_loading)
