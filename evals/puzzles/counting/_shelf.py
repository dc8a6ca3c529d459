"""Counting problem: in what order things may stand."""

from __future__ import annotations

import random
from itertools import permutations
from math import factorial

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Facts, Lang, Puzzle
from evals.puzzles._kinds import puzzle


def shelf(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Orders in a row: 1 a block; 2 a pair apart; 3 one not at the front; 4 at neither end, and two in order."""
    scene = rng.randrange(2)
    total, block = rng.randrange(6, 8) + (level == 4), rng.choice((2, 3))
    # the block, then the pair that must be apart, then the one with a forbidden place, then two in order
    if level == 4:
        block = rng.choice((2, 3))
        total = rng.choice((7, 8)) if block == 2 else 8
    terms = [_row(total, block, glued=False, fixed=False)]
    if level >= 2:
        terms.append(-_row(total, block, glued=True, fixed=False))
    ends = 0 if level < 3 else 1 if level == 3 else 2
    if ends:
        terms += [
            -ends * _row(total, block, glued=False, fixed=True),
            ends * _row(total, block, glued=True, fixed=True),
        ]
    answer = sum(terms) // (2 if level == 4 else 1)
    facts = {"kind": "shelf", "total": total, "block": block, "apart": level >= 2, "ends": ends, "order": level == 4}
    text = (_shelf_zh if lang == "zh" else _shelf_en)(rng, scene, facts)
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, "××" if lang == "zh" else "…")],
        steps=_shelf_steps(lang, facts, terms, answer),
        answer=str(answer),
        shown=str(answer),
        checks=numeric(str(answer)),
        facts=facts,
        size=factorial(total) * level,
    )


def _row(total: int, block: int, *, glued: bool, fixed: bool) -> int:
    """Rows with the block together, the pair glued or free, and one place fixed or not."""
    units = total - (block - 1) - (1 if glued else 0) - (1 if fixed else 0)
    return factorial(block) * (2 if glued else 1) * factorial(units)


_ITEMS_ZH = (
    ("本不同的书排成一排", "本", ("字典", "小说", "画册", "地图册", "手册")),
    ("个节目排成一张演出单", "个", ("合唱", "舞蹈", "独唱", "相声", "小品")),
)


def _shelf_zh(rng: random.Random, scene: int, f: Facts) -> list[str]:
    line, unit, _ = _ITEMS_ZH[scene]
    first, last = ("最左边", "最右边") if scene == 0 else ("第一个", "最后一个")
    block = ("词典", "舞蹈")[scene]
    pair = (("两本画册", "两首独唱")[scene], "不能相邻")
    text = f"{('书架上要把', '晚会要把')[scene]}{f['total']}{line}，其中{f['block']}{unit}{block}必须排在一起"
    text += f"，{pair[0]}{pair[1]}" if f["apart"] else ""
    one = ("地图册", "开场白")[scene] if scene == 0 else "诗朗诵"
    if f["ends"] == 1:
        text += f"，{one}只有一{unit}，不能放在{first}"
    elif f["ends"] == 2:
        text += f"，{one}只有一{unit}，既不能放在{first}，也不能放在{last}"
    text += (
        "，另外，《入门》必须在《进阶》的左边（不一定相邻）"
        if f["order"] and scene == 0
        else "，另外，相声必须在小品之前（不一定相邻）"
        if f["order"]
        else ""
    )
    rest = (
        "除以上提到的之外，其余各不相同、没有限制。"
        if f["total"] > f["block"] + 2 * f["apart"] + (f["ends"] > 0) + 2 * f["order"]
        else ""
    )
    return [
        text + "。" + (rest or f"每{unit}都各不相同。"),
        rng.choice(("有多少种不同的排法？", "一共能排出多少种顺序？")),
    ]


def _shelf_en(rng: random.Random, scene: int, f: Facts) -> list[str]:
    things, block, pair = (("books", "dictionaries", "two art books"), ("acts", "dances", "two solos"))[scene]
    first, last = ("at the left end", "at the right end") if scene == 0 else ("first", "last")
    number = ("two", "three")[f["block"] - 2]
    text = (
        f"{f['total']} different {things} are to be put in a row on a shelf."
        if scene == 0
        else f"A show has {f['total']} different {things}, one after another."
    )
    text += (
        f" The {number} {block} must stay together"
        if scene == 0
        else f" The {number} {block} must follow one another directly"
    )
    text += f", the {pair} must not be next to each other" if f["apart"] else ""
    one = ("atlas", "poem")[scene]
    if f["ends"] == 1:
        text += f", and the {one} must not come {first}"
    elif f["ends"] == 2:
        text += f", and the {one} may come neither {first} nor {last}"
    text += ". " + (
        (
            "Volume 1 of a manual must stand somewhere to the left of volume 2"
            if scene == 0
            else "The juggler must come some time before the magician"
        )
        + ". "
        if f["order"]
        else ""
    )
    return [
        text + "There are no other conditions.",
        rng.choice(("How many orders are possible?", "In how many different orders can this be done?")),
    ]


def _shelf_steps(lang: Lang, f: Facts, terms: list[int], answer: int) -> list[str]:
    zh, k, n = lang == "zh", f["block"], f["total"]
    units = n - k + 1
    lines = [
        (f"把必须在一起的{k}个看成一个整体，内部有{k}！种顺序，连同其余共{units}个单位：{k}！×{units}！＝{terms[0]}。")
        if zh
        else (
            f"Treat the {k} that stay together as one unit with {k}! inner orders; with the others "
            f"there are {units} units: {k}! x {units}! = {terms[0]}."
        )
    ]
    if f["apart"]:
        lines.append(
            f"其中那两个相邻的（也捆在一起，内部2种）：{k}！×2×{units - 1}！＝{-terms[1]}，要减去。"
            if zh
            else f"Those with the pair side by side (2 inner orders) must go: {k}! x 2 x {units - 1}! = {-terms[1]}."
        )
    if f["ends"]:
        times = ("" if f["ends"] == 1 else "2×") if zh else ("" if f["ends"] == 1 else "2 x ")
        lines.append(
            (
                f"受位置限制的那个排在{'禁止的一端' if f['ends'] == 1 else '两端之一'}的：{times}{k}！"
                f"×{units - 1}！＝{-terms[2]}，也要减去。"
            )
            if zh
            else (
                "So must those with the restricted one at "
                f"{'the forbidden end' if f['ends'] == 1 else 'one of the two ends'}: "
                f"{times}{k}! x {units - 1}! = {-terms[2]}."
            )
        )
        lines.append(
            f"两种情形同时出现的减了两次，加回：{times}{k}！×2×{units - 2}！＝{terms[3]}。"
            if zh
            else (
                f"Rows with both faults were taken off twice; add them back: {times}{k}! x 2 x "
                f"{units - 2}! = {terms[3]}."
            )
        )
    if len(terms) > 1:
        sums = str(terms[0]) + "".join(
            (("－" if t < 0 else "＋") if zh else (" - " if t < 0 else " + ")) + str(abs(t)) for t in terms[1:]
        )
        lines.append(f"{sums}＝{sum(terms)}。" if zh else f"{sums} = {sum(terms)}.")
    if f["order"]:
        lines.append(
            f"那两个有先后要求的，谁先谁后各占一半：{sum(terms)}÷2＝{answer}。"
            if zh
            else f"In half of them the two with a fixed order stand the right way round: {sum(terms)} / 2 = {answer}."
        )
    lines.append(f"所以共有{answer}种。" if zh else f"So there are {answer} orders.")
    return [f"{n}. {text}" for n, text in enumerate(lines, 1)]


def solve_shelf(f: Facts) -> str:
    """Writes down all orders: numbers 0.. are the block, then the pair, the one, the two in order."""
    k, n = f["block"], f["total"]
    good = 0
    for row in permutations(range(n)):
        at = {thing: place for place, thing in enumerate(row)}
        places = [at[i] for i in range(k)]
        if max(places) - min(places) != k - 1 or (f["apart"] and abs(at[k] - at[k + 1]) == 1):
            continue
        if f["ends"] and (at[k + 2] == 0 or (f["ends"] == 2 and at[k + 2] == n - 1)):
            continue
        good += not (f["order"] and at[k + 3] > at[k + 4])
    return str(good)
