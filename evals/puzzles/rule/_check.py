"""New rule: check digits of an invented kind, with digits missing and exchanged."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from evals.puzzles._ending import in_order, numbers
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import maths, phrased, row

_WEIGHTS = ((7, 3, 1), (2, 5, 3), (4, 7, 3), (9, 2, 5))


def _check(rng: random.Random, lang: Lang, level: int) -> Draft:
    """Level 1: find the check digit; 2: one digit missing; 3: two missing, their sum known; 4: two, and a swap."""
    length = 5 + level
    while True:
        weights, modulus = rng.choice(_WEIGHTS), rng.choice((11, 13) if level > 2 else (10, 11))
        fold = rng.random() < 0.5
        rule = {"weights": list(weights), "modulus": modulus, "fold": fold, "start": rng.randint(1, 9)}
        digits = [rng.randint(0, 9) for _ in range(length)]
        check = _check_value(rule, digits)
        gaps = sorted(rng.sample(range(length), {1: 0, 2: 1}.get(level, 2)))
        swap = rng.choice([k for k in range(length - 1) if not {k, k + 1} & set(gaps)] or [-1]) if level == 4 else -1
        shown: list[int | None] = list(digits)
        if swap >= 0:
            shown[swap], shown[swap + 1] = digits[swap + 1], digits[swap]
        for gap in gaps:
            shown[gap] = None
        total = sum(digits[gap] for gap in gaps) if len(gaps) == 2 else -1
        facts = {"rule": rule, "shown": shown, "check": check if gaps else None, "total": total, "swapped": swap >= 0}
        if gaps and check == 10:
            continue
        if swap >= 0 and digits[swap] == digits[swap + 1]:
            continue
        if len(_check_fits(facts)) == 1:
            break
    found = [digits[gap] for gap in gaps]
    if not gaps:
        answer = _sign(check)
    else:
        answer = "".join(map(str, digits)) if level == 4 else row(lang, [str(d) for d in found])
    return Draft(
        body=_check_question(rng, lang, facts),
        form="……" if lang == "zh" else "...",
        note=_check_note(lang, level),
        lines=_check_lines(lang, facts, digits, gaps, swap),
        answer=answer,
        checks=(in_order([answer]) if level in (1, 4) else numbers(found),),
        facts=facts,
        size=length * (1, 10, 10, 60)[level - 1],
    )


def _term(rule: Mapping[str, Any], place: int, digit: int) -> int:
    value: int = digit * rule["weights"][place % 3]
    return value // 10 + value % 10 if rule["fold"] else value


def _check_value(rule: Mapping[str, Any], digits: Sequence[int]) -> int:
    return int((rule["start"] + sum(_term(rule, k, d) for k, d in enumerate(digits))) % rule["modulus"])


def _sign(check: int) -> str:
    return {10: "X", 11: "Y", 12: "Z"}.get(check, str(check))


def _check_fits(facts: Mapping[str, Any]) -> list[list[int]]:
    """Every full number that agrees with what is known, by the sums each gap needs."""
    shown, rule = facts["shown"], facts["rule"]
    gaps = [k for k, digit in enumerate(shown) if digit is None]
    if not gaps:
        return [list(shown)]
    found = []
    for number in _unswapped(shown) if facts["swapped"] else [list(shown)]:
        fixed = rule["start"] + sum(_term(rule, k, d) for k, d in enumerate(number) if d is not None)
        for first in range(10):
            second = facts["total"] - first
            if len(gaps) == 2 and not 0 <= second <= 9:
                continue
            values = [first] if len(gaps) == 1 else [first, second]
            missing = sum(_term(rule, gap, value) for gap, value in zip(gaps, values, strict=True))
            if (fixed + missing) % rule["modulus"] == facts["check"]:
                full = list(number)
                for gap, value in zip(gaps, values, strict=True):
                    full[gap] = value
                found.append(full)
    return found


def _unswapped(shown: Sequence[int | None]) -> list[list[int | None]]:
    """The numbers from which one exchange of two different readable neighbours makes the one shown."""
    out = []
    for k in range(len(shown) - 1):
        a, b = shown[k], shown[k + 1]
        if a is not None and b is not None and a != b:
            out.append([*shown[:k], b, a, *shown[k + 2 :]])
    return out


def _check_note(lang: Lang, level: int) -> str:
    if level == 4:
        return "冒号后面写完整的正确编号。" if lang == "zh" else "After the colon write the full correct number."
    return ""


def _check_question(rng: random.Random, lang: Lang, facts: Mapping[str, Any]) -> str:
    if lang == "zh":
        return _check_question_zh(rng, facts)
    return _check_question_en(rng, facts)


def _check_question_zh(rng: random.Random, facts: Mapping[str, Any]) -> str:
    rule, shown = facts["rule"], facts["shown"]
    text = " ".join("□" if d is None else str(d) for d in shown)
    n, (a, b, c), m = len(shown), rule["weights"], rule["modulus"]
    gaps = sum(d is None for d in shown)
    head = rng.choice(("厂里给模具编号，", "图书室给旧书贴的条码，", "检验科给样品贴的标签，"))
    letters = "（余10写X" + ("，余11写Y，余12写Z）" if m == 13 else "）") if m > 10 else ""
    fold = "；乘积是两位数的，先把它的两个数字相加，换成这个和（这个和即使还是两位数也不再加）" if rule["fold"] else ""
    weights = f"{a}、{b}、{c}、{a}、{b}、{c}……"
    rules = phrased(
        rng,
        (f"由{n}位数字和1个校验符组成。校验符这样得到：", f"一共{n}位数字，末尾再添一个校验符，算法如下："),
        (
            f"从左起各位数字依次乘{weights}循环下去{fold}；",
            f"把数字从左到右分别乘以{weights}（三个数轮流用）{fold}；",
        ),
        (
            f"把得到的数全部加起来，再加{rule['start']}，除以{m}的余数就是校验符{letters}。\n",
            f"各项之和加上{rule['start']}，再除以{m}，余几校验符就是几{letters}。\n",
        ),
    )
    if not gaps:
        return f"{head}{rules}编号的数字部分是“{text}”，校验符是什么？"
    known = f"有一张磨损了，数字部分只看得出“{text}”，校验符是{_sign(facts['check'])}。"
    if gaps == 1:
        return f"{head}{rules}{known}看不清的那一位是几？"
    known += f"已知两个看不清的数字之和是{facts['total']}。"
    if not facts["swapped"]:
        return f"{head}{rules}{known}两个看不清的数字从左到右各是几？"
    return (
        f"{head}{rules}{known}另外还知道，抄写的人把其中相邻的、"
        "都看得清的两位不同数字写颠倒了，只颠倒了这一处，校验符没有抄错。"
        "正确的编号（不含校验符）是什么？"
    )


def _check_question_en(rng: random.Random, facts: Mapping[str, Any]) -> str:
    rule, shown = facts["rule"], facts["shown"]
    text = " ".join("□" if d is None else str(d) for d in shown)
    n, (a, b, c), m = len(shown), rule["weights"], rule["modulus"]
    gaps = sum(d is None for d in shown)
    head = rng.choice(
        (
            "Our workshop numbers its moulds like this.",
            "The library labels its old stock with a number of its own.",
            "A lab labels its samples in the following way.",
        )
    )
    letters = ""
    if m > 10:
        letters = " (10 is written X, 11 Y and 12 Z)" if m == 13 else " (10 is written X)"
    fold = (
        (
            "; a product with two digits is first replaced by the sum of its two "
            "digits, once only, even if that sum has two digits again"
        )
        if rule["fold"]
        else ""
    )
    weights = f"{a}, {b}, {c}, {a}, {b}, {c} and so on in turn"
    rules = " " + phrased(
        rng,
        (f"There are {n} digits and one check character. ", f"After {n} digits comes one check character. "),
        (
            f"To get the check character, multiply the digits from the left by {weights}{fold}. ",
            f"It is found by multiplying the digits, beginning at the left, by {weights}{fold}. ",
        ),
        (
            f"Add up all the results, add {rule['start']}, and take the remainder on division by {m}{letters}.\n",
            (
                f"The sum of it all plus {rule['start']} is divided by {m}, and the "
                f"remainder is the check character{letters}.\n"
            ),
        ),
    )
    if not gaps:
        return f"{head}{rules}The digits are {text}. What is the check character?"
    known = (
        f"One label is worn. Its digits read {text}, where □ cannot be read, "
        f"and the check character is {_sign(facts['check'])}."
    )
    if gaps == 1:
        return f"{head}{rules}{known} What is the missing digit?"
    known += f" The two missing digits are known to add up to {facts['total']}."
    if not facts["swapped"]:
        return f"{head}{rules}{known} What are they, from left to right?"
    return (
        f"{head}{rules}{known} Besides, whoever copied the label exchanged two "
        "neighbouring digits, different from each other and both readable; "
        "this happened once, and the check character is right. What is the "
        "correct number (without the check character)?"
    )


def _check_lines(
    lang: Lang, facts: Mapping[str, Any], digits: Sequence[int], gaps: Sequence[int], swap: int
) -> list[str]:
    rule, zh, m = facts["rule"], lang == "zh", facts["rule"]["modulus"]

    def total(number: Sequence[int]) -> str:
        terms = [_term(rule, k, d) for k, d in enumerate(number)]
        value = rule["start"] + sum(terms)
        text = maths(lang, " + ".join(map(str, terms)) + f" + {rule['start']} = {value}")
        return f"{text}，除以{m}余{value % m}" if zh else f"{text}, remainder {value % m} on division by {m}"

    products = [f"{d}*{rule['weights'][k % 3]}" for k, d in enumerate(digits) if k not in gaps]
    lines = [
        (("看得清的各位" if gaps else "各位") if zh else ("Readable digits" if gaps else "Digits"))
        + ("乘权数：" if zh else " times their weights: ")
        + maths(lang, ("，" if zh else ", ").join(products))
        + ("。" if zh else ".")
    ]
    if swap >= 0:
        lines = []
    if not gaps:
        lines.append(total(digits) + ("。" if zh else "."))
        return lines
    fixed = rule["start"] + sum(_term(rule, k, d) for k, d in enumerate(facts["shown"]) if d is not None)
    need = (facts["check"] - fixed) % m
    if swap < 0:
        lines.append(
            (
                f"这些项{'（两位数的已换成数字和）' if rule['fold'] else ''}连同{rule['start']}"
                f"合计{fixed}，除以{m}余{fixed % m}，缺的部分除以{m}必须余{need}。"
            )
            if zh
            else (
                f"Together with {rule['start']} these "
                f"terms{' (two-digit products replaced)' if rule['fold'] else ''} make "
                f"{fixed}, remainder {fixed % m}; the missing part must leave {need}."
            )
        )
        tries = []
        for first in range(10):
            values = [first] if len(gaps) == 1 else [first, facts["total"] - first]
            if min(values) < 0 or max(values) > 9:
                continue
            part = sum(_term(rule, gap, value) for gap, value in zip(gaps, values, strict=True))
            shown = row(lang, [str(v) for v in values])
            tries.append(f"{shown}→{part % m}" if zh else f"{shown} -> {part % m}")
        lines.append(
            ("逐个试（箭头后是余数）：" if zh else "Trying the possibilities (remainder after the arrow): ")
            + ("；" if zh else "; ").join(tries)
            + ("。" if zh else ".")
        )
    else:
        lines += _swap_lines(lang, facts, gaps, m)
    lines.append(
        ("验算：" if zh else "Check: ")
        + total(digits)
        + ("，与校验符一致。" if zh else ", which agrees with the check character.")
    )
    return lines


def _swap_lines(lang: Lang, facts: Mapping[str, Any], gaps: Sequence[int], m: int) -> list[str]:
    rule, lines = facts["rule"], []
    for number in _unswapped(facts["shown"]):
        fixed = rule["start"] + sum(_term(rule, k, d) for k, d in enumerate(number) if d is not None)
        hits = []
        for first in range(10):
            second = facts["total"] - first
            if 0 <= second <= 9:
                part = _term(rule, gaps[0], first) + _term(rule, gaps[1], second)
                if (fixed + part) % m == facts["check"]:
                    hits.append(f"{first}、{second}" if lang == "zh" else f"{first} and {second}")
        shown = " ".join("□" if d is None else str(d) for d in number)
        need = (facts["check"] - fixed) % m
        if lang == "zh":
            lines.append(
                f"若原来是{shown}：已知部分合计{fixed}，缺的部分要余{need}，"
                + (f"只有{'；'.join(hits)}符合。" if hits else "没有一对数字符合。")
            )
        else:
            lines.append(
                f"If it was {shown}: the known part is {fixed}, the rest must leave {need}; "
                + (f"only {'; '.join(hits)} will do." if hits else "no pair of digits does.")
            )
    return lines


def _solve_check(facts: Mapping[str, Any]) -> str:
    """Tries every way to fill the gaps (and every exchange) and computes the check character anew, digit by digit."""
    rule, shown = facts["rule"], facts["shown"]

    def check_of(number: Sequence[int]) -> int:
        rest = rule["start"]
        for place, digit in enumerate(number):
            value = digit * rule["weights"][place % len(rule["weights"])]
            if rule["fold"] and value > 9:
                value = sum(map(int, str(value)))
            rest = (rest + value) % rule["modulus"]
        return int(rest)

    gaps = [k for k, digit in enumerate(shown) if digit is None]
    if not gaps:
        return "0123456789XYZ"[check_of(shown)]
    fits = set()
    for values in product(range(10), repeat=len(gaps)):
        if len(gaps) == 2 and sum(values) != facts["total"]:
            continue
        number = list(shown)
        for gap, value in zip(gaps, values, strict=True):
            number[gap] = value
        options = [number]
        if facts["swapped"]:
            pairs = [k for k in range(len(number) - 1) if k not in gaps and k + 1 not in gaps]
            options = [
                [*number[:k], number[k + 1], number[k], *number[k + 2 :]] for k in pairs if number[k] != number[k + 1]
            ]
        fits |= {tuple(option) for option in options if check_of(option) == facts["check"]}
    assert len(fits) == 1, "not exactly one solution"
    full = next(iter(fits))
    return "".join(map(str, full)) if facts["swapped"] else row(facts["lang"], [str(full[gap]) for gap in gaps])


CHECK = Kind(name="check", make=_check, solve=_solve_check)
