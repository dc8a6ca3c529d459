"""Counting problems by cases: who goes together, and in what order things may stand."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import combinations, permutations, product
from math import comb, factorial
from typing import Any

from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._phrase import closing, listed, numeric, puzzle

Facts = Mapping[str, Any]


# ------------------------------------------------------------------------------------------------ team
def team(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Choosing people: 1 a minimum of one kind; 2 of two kinds; 3 two who will not go together; 4 one needs another."""
    scene = rng.randrange(2)
    groups = [rng.randrange(4, 7), rng.randrange(4, 7)] + ([rng.randrange(3, 5)] if level >= 3 else [])
    size = rng.randrange(4, 6)
    least = [rng.randrange(1, 3), 0 if level == 1 else 1] + ([1] if level >= 3 else [])
    if level == 2:
        least = [2, 1]
    specials = {1: [], 2: [], 3: [0, 1], 4: [0, 1, 1, 2]}[level]
    rules = {"apart": [0, 1] if level >= 3 else None, "needs": [2, 3] if level == 4 else None}
    cases = _cases(groups, size, least, specials, rules)
    answer = sum(ways for _, ways in cases)
    text = (_team_zh if lang == "zh" else _team_en)(rng, scene, groups, size, least, specials, rules)
    facts = {"kind": "team", "groups": groups, "size": size, "least": least, "specials": specials, **rules}
    return puzzle(
        lang,
        question=[*text, closing(rng, lang, "××" if lang == "zh" else "…")],
        steps=_team_steps(lang, scene, groups, size, least, specials, cases, answer),
        answer=str(answer),
        shown=str(answer),
        checks=numeric(str(answer)),
        facts=facts,
        size=comb(sum(groups), size) * level,
    )


def _cases(
    groups: list[int], size: int, least: list[int], specials: list[int], rules: Any
) -> list[tuple[tuple[int, ...], int]]:
    """Per choice of the special people (1 comes): the number of ways to add the others."""
    found = []
    for come in product((0, 1), repeat=len(specials)):
        if rules["apart"] and come[0] and come[1]:
            continue
        if rules["needs"] and come[2] and not come[3]:
            continue
        have = [sum(c for c, g in zip(come, specials, strict=True) if g == k) for k in range(len(groups))]
        free = [g - specials.count(k) for k, g in enumerate(groups)]
        ways = 0
        for split in product(*(range(f + 1) for f in free)):
            if sum(split) + sum(have) == size and all(s + h >= m for s, h, m in zip(split, have, least, strict=True)):
                part = 1
                for f, s in zip(free, split, strict=True):
                    part *= comb(f, s)
                ways += part
        found.append((come, ways))
    return found


_TEAM_ZH = (
    (("护士", "医生", "药师"), "医疗队", "下乡义诊", "名"),
    (("前端工程师", "后端工程师", "测试工程师"), "项目组", "去客户现场", "名"),
)
_TEAM_EN = (
    (("nurse", "doctor", "pharmacist"), "medical team", "for a mountain clinic"),
    (("designer", "engineer", "tester"), "project team", "for a visit to a customer"),
)
_WHO_ZH = ("甲", "乙", "丙", "丁")
_WHO_EN = ("Avery", "Blake", "Casey", "Drew")


def _team_zh(
    rng: random.Random, scene: int, groups: list[int], size: int, least: list[int], specials: Any, rules: Any
) -> list[str]:
    kinds, what, aim, unit = _TEAM_ZH[scene]
    have = "、".join(f"{k}{n}{unit}" for k, n in zip(kinds, groups, strict=False))
    text = (
        f"要从{have}中选{size}人组成{what}{aim}，"
        + "，".join(f"{k}至少{m}{unit}" for k, m in zip(kinds, least, strict=False) if m)
        + "。"
    )
    if rules["apart"]:
        text += f"{kinds[specials[0]]}甲和{kinds[specials[1]]}乙不能同时入选。"
    if rules["needs"]:
        text += f"{kinds[specials[2]]}丙是新人，只有{kinds[specials[3]]}丁入选时才能入选；丁入选时丙可以不去。"
    return [text, rng.choice(("一共有多少种选法？", "不同的选法有多少种？"))]


def _team_en(
    rng: random.Random, scene: int, groups: list[int], size: int, least: list[int], specials: Any, rules: Any
) -> list[str]:
    kinds, what, aim = _TEAM_EN[scene]
    have = listed("en", [f"{n} {k}s" for k, n in zip(kinds, groups, strict=False)])
    need = listed(
        "en",
        [
            f"at least {('one', 'two')[m - 1]} {k}{'s' if m > 1 else ''}"
            for k, m in zip(kinds, least, strict=False)
            if m
        ],
    )
    text = f"From {have} a {what} of {size} is to be chosen {aim}, with {need}."
    if rules["apart"]:
        text += (
            f" Avery, one of the {kinds[specials[0]]}s, and Blake, one of the {kinds[specials[1]]}s, will "
            "not go together."
        )
    if rules["needs"]:
        text += (
            f" Casey, a newly hired {kinds[specials[2]]}, can go only if Drew, one of the "
            f"{kinds[specials[3]]}s, goes; Drew may go without Casey."
        )
    return [text, rng.choice(("How many choices are there?", "In how many ways can the team be chosen?"))]


def _team_steps(
    lang: Lang, scene: int, groups: list[int], size: int, least: list[int], specials: Any, cases: Any, answer: int
) -> list[str]:
    zh = lang == "zh"
    lines = []
    if not specials:
        kinds = (_TEAM_ZH if zh else _TEAM_EN)[scene][0]
        terms = []
        for a in range(size + 1):
            b = size - a
            if least[0] <= a <= groups[0] and least[1] <= b <= groups[1]:
                ways = comb(groups[0], a) * comb(groups[1], b)
                terms.append(str(ways))
                lines.append(
                    f"{kinds[0]}{a}人、{kinds[1]}{b}人：C({groups[0]},{a})×C({groups[1]},{b})＝{ways}。".replace(
                        "(", "（"
                    )
                    .replace(",", "，")
                    .replace(")", "）")
                    if zh
                    else (
                        f"{a} from the first group and {b} from the second: C({groups[0]},{a}) x "
                        f"C({groups[1]},{b}) = {ways}."
                    )
                )
    else:
        names = _WHO_ZH if zh else _WHO_EN
        terms = []
        lines.append(
            "按几位特殊人员去不去分类，其余的人按各类人数限制用组合数相加："
            if zh
            else "Sort by who of the named people goes, and add up products of binomials for the others:"
        )
        for come, ways in cases:
            goes = [n for n, c in zip(names, come, strict=False) if c]
            label = (
                (("、".join(goes) + "去，其他几位不去" if goes else "都不去") if len(goes) < len(come) else "都去")
                if zh
                else (
                    f"{listed('en', goes)} {'goes' if len(goes) == 1 else 'go'}, no other" if goes else "nobody named"
                )
            )
            terms.append(str(ways))
            lines.append(f"{label}：{ways}种。" if zh else f"{label[0].upper() + label[1:]}: {ways}.")
    lines.append(f"合计{'＋'.join(terms)}＝{answer}。" if zh else f"Together {' + '.join(terms)} = {answer}.")
    return [f"{n}. {text}" for n, text in enumerate(lines, 1)]


def solve_team(f: Facts) -> str:
    """Goes through all choices of that many people."""
    people = [(g, i) for g, n in enumerate(f["groups"]) for i in range(n)]
    named, taken = [], [0] * len(f["groups"])
    for g in f["specials"]:
        named.append((g, taken[g]))
        taken[g] += 1
    good = 0
    for chosen in combinations(people, f["size"]):
        if any(sum(g == k for g, _ in chosen) < m for k, m in enumerate(f["least"])):
            continue
        inside = [who in chosen for who in named]
        if f["apart"] and inside[0] and inside[1]:
            continue
        good += not (f["needs"] and inside[2] and not inside[3])
    return str(good)


# ------------------------------------------------------------------------------------------------ shelf
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
        question=[*text, closing(rng, lang, "××" if lang == "zh" else "…")],
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
