"""Counting problem: codes, by what has to be taken off."""

from __future__ import annotations

import random
from math import perm

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Facts, Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles.counting._forms import blank


def codes(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Numbers with different digits: 1 none else; 2 even; 3 with one of two digits; 4 both of them not side by side."""
    scene = rng.randrange(2)
    length = rng.choice((4, 5)) if level > 1 else rng.choice((3, 4, 5))
    digits = 10 if level > 1 else rng.choice((7, 8, 9, 10))
    pair = sorted(rng.sample((1, 3, 5, 7, 9), 2)) if level >= 3 else []
    even = level >= 2
    whole = _distinct(digits, length, even)
    parts = [whole]
    if level >= 3:
        parts.append(_distinct(8, length, even))
    if level == 4:
        parts.append(_together(length, even))
    answer = whole - sum(parts[1:])
    text = (_codes_zh if lang == "zh" else _codes_en)(rng, scene, length, digits, pair, level)
    steps = _codes_steps(lang, length, digits, pair, parts, level)
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, blank(lang))],
        steps=steps,
        answer=str(answer),
        shown=str(answer),
        checks=numeric(str(answer)),
        facts={
            "kind": "codes",
            "length": length,
            "digits": digits,
            "even": even,
            "pair": pair,
            "apart": level == 4,
        },
        size=(2, 20, 60, 200)[level - 1] * length,
    )


def _distinct(digits: int, length: int, even: bool) -> int:
    """Numbers of different digits out of `digits` ones with all the even ones among them, not led by 0."""
    if not even:
        return (digits - 1) * perm(digits - 1, length - 1)
    return perm(digits - 1, length - 1) + 4 * (digits - 2) * perm(digits - 2, length - 2)


def _together(length: int, even: bool) -> int:
    """Those with both odd digits of the pair, side by side; even at the end."""
    total = 0
    for at in range(length - 2):
        others = length - 3
        for last in range(5):
            free = [10 - 2 - 1 - k for k in range(others)]
            if at == 0 or last == 0:
                ways = 1
                for x in free:
                    ways *= x
            else:
                ways = 6 if others else 1
                for k in range(others - 1):
                    ways *= 6 - k
            total += 2 * ways
    assert even
    return total


def _codes_zh(rng: random.Random, scene: int, length: int, digits: int, pair: list[int], level: int) -> list[str]:
    (a, b), even = pair or (0, 0), level >= 2
    only = f"只用0到{digits - 1}这{digits}个数字，" if digits < 10 else ""
    if scene == 0:
        text = f"健身房的会员卡号是{length}位数，{only}首位不能是0，各位数字互不相同"
        text += "，末位是偶数（0算偶数）" if even else ""
        text += f"，并且{a}和{b}至少出现一个" if pair else ""
        text += f"；如果{a}和{b}都出现，它们不能挨在一起" if level == 4 else ""
        return [text + "。", rng.choice(("这样的会员卡号一共有多少个？", "符合条件的卡号有多少个？"))]
    rules = [f"取件码由{length}个数字组成，{only}不以0开头", "同一个数字不出现两次"]
    rules += ["最后一个数字只能是0、2、4、6、8"] if even else []
    rules += [f"数字{a}、{b}里头，至少要用到一个"] if pair else []
    rules += [f"{a}与{b}同时用到时，中间必须隔着别的数字"] if level == 4 else []
    listed_rules = "；".join(f"（{n}）{rule}" for n, rule in enumerate(rules, 1))
    return [
        f"快递柜生成取件码的规则是：{listed_rules}。",
        rng.choice(("按这些规则能生成多少个不同的取件码？", "一共有多少个可用的取件码？")),
    ]


def _codes_en(rng: random.Random, scene: int, length: int, digits: int, pair: list[int], level: int) -> list[str]:
    (a, b), even = pair or (0, 0), level >= 2
    only = f" from 0 to {digits - 1}" if digits < 10 else ""
    if scene == 0:
        text = (
            f"A gym gives out membership numbers of {length} digits{only}. The first digit is not 0, all digits are "
            "different"
        )
        text += ", the last digit is even (0 counts as even)" if even else ""
        text += f", and at least one of the digits {a} and {b} occurs" if pair else ""
        text += "; if both occur, they must not stand next to each other" if level == 4 else ""
        return [
            text + ".",
            rng.choice(("How many such numbers are there?", "How many membership numbers are possible?")),
        ]
    rules = [f"{length} digits{only}, the first of them not a zero", "no digit twice"]
    rules += ["0, 2, 4, 6 or 8 at the end"] if even else []
    rules += [f"{a} or {b} or both must be used"] if pair else []
    rules += [f"where {a} and {b} are both used, something else must stand between them"] if level == 4 else []
    told = "; ".join(f"({n}) {rule}" for n, rule in enumerate(rules, 1))
    return [
        f"The codes of a parcel locker follow these rules: {told}.",
        rng.choice(("How many codes can there be?", "How many different codes do the rules allow?")),
    ]


def _codes_steps(lang: Lang, length: int, digits: int, pair: list[int], parts: list[int], level: int) -> list[str]:
    zh, whole = lang == "zh", parts[0]
    if level == 1:
        first = digits - 1
        tail = ("×" if zh else " x ").join([str(first), *(str(first - k) for k in range(length - 1))])
        if zh:
            return [
                f"首位不能是0，有{first}种选择；第二位也有{first}种，以后每位依次少一种。",
                f"所以共{tail}＝{whole}种。",
            ]
        return [
            f"The first digit, not 0, has {first} choices; so has the second, and then one fewer each time.",
            f"So {tail} = {whole}.",
        ]
    a, b = perm(9, length - 1), 4 * 8 * perm(8, length - 2)
    c = perm(8, length - 2)
    aside = (
        (f"先不管{pair[0]}和{pair[1]}。" if zh else f"Leave {pair[0]} and {pair[1]} aside at first. ") if pair else ""
    )
    if zh:
        lines = [
            f"{aside}末位是0时，前面有{a}种。",
            f"末位是2、4、6、8时，首位8种，其余{c}种，共4×8×{c}＝{b}种。",
            f"合计{whole}。",
        ]
    else:
        lines = [
            f"{aside}With 0 at the end there are {a}.",
            (
                f"With 2, 4, 6 or 8 at the end there are 8 choices for the first digit and {c} for the "
                f"rest: 4 x 8 x {c} = {b}."
            ),
            f"Together {whole}.",
        ]
    if level >= 3:
        c = perm(7, length - 1)
        lines.append(
            f"两个都不出现（只用其余8个数字）：{c}＋4×6×{perm(6, length - 2)}＝{parts[1]}。"
            if zh
            else f"With neither of the two (8 digits are left): {c} + 4 x 6 x {perm(6, length - 2)} = {parts[1]}."
        )
    if level == 4:
        lead = 2 * 5 * perm(7, length - 3)
        lines.append(
            (
                f"两个都出现且相邻：排在最前面两位时，2×5×{perm(7, length - 3)}＝{lead}；不在最前面时，"
                f"首位不为0，按末位是0或不是0分别算，共{parts[2] - lead}；合计{parts[2]}。"
            )
            if zh
            else (
                f"With both, side by side: in the first two places 2 x 5 x {perm(7, length - 3)} "
                f"= {lead}; further back, where the first digit must not be 0, {parts[2] - lead} "
                f"(0 at the end or not, counted apart); together {parts[2]}."
            )
        )
    if level >= 3:
        terms = ("－" if zh else " - ").join(map(str, parts))
        answer = whole - sum(parts[1:])
        lines.append(f"所以{terms}＝{answer}。" if zh else f"So {terms} = {answer}.")
    return lines


def solve_codes(f: Facts) -> str:
    """Looks at every number of that length."""
    good = 0
    for number in range(10 ** (f["length"] - 1), 10 ** f["length"]):
        text = str(number)
        if len(set(text)) < len(text) or int(max(text)) >= f["digits"] or (f["even"] and number % 2):
            continue
        if f["pair"]:
            a, b = map(str, f["pair"])
            if a not in text and b not in text:
                continue
            if f["apart"] and (a + b in text or b + a in text):
                continue
        good += 1
    return str(good)
