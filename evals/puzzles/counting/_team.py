"""Counting problem: who goes together."""

from __future__ import annotations

import random
from itertools import combinations, product
from math import comb
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Facts, Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import joined


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
        question=[*text, ask_working(rng, lang, "××" if lang == "zh" else "…")],
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
    have = joined("en", [f"{n} {k}s" for k, n in zip(kinds, groups, strict=False)])
    need = joined(
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
                    f"{joined('en', goes)} {'goes' if len(goes) == 1 else 'go'}, no other" if goes else "nobody named"
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
