"""New rule: made-up operators."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from evals.puzzles._ending import numbers
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import maths, row

Tree = Any
"""A number, "x", or [sign, left, right]."""


_OPS: Mapping[str, tuple[Callable[[int, int], int], str, str]] = {
    "diff": (
        lambda a, b: 2 * abs(a - b) + 1,
        "a 与 b 之差（大减小）的2倍再加1",
        "twice the difference of a and b (larger minus smaller), plus 1",
    ),
    "parity": (
        lambda a, b: a + b // 2 if b % 2 == 0 else 3 * b - a if 3 * b >= a else a - 3 * b,
        "b 是偶数时等于 a 加 b 的一半，b 是奇数时等于 a 与 3b 之差（大减小）",
        "a plus half of b if b is even, and the difference of a and 3b (larger minus smaller) if b is odd",
    ),
    "digits": (
        lambda a, b: a * b % 10 + a * b // 10,
        "a 乘 b 的积，去掉个位后剩下的数（没有就算0）加上个位数字",
        "the product of a and b without its last digit (0 if nothing is left), plus that last digit",
    ),
    "bigger": (
        lambda a, b: 2 * a - b if a > b else b + a // 3,
        "a 大于 b 时等于 2a 减 b，否则等于 b 加上 a 除以3的商（舍去余数）",
        "2a minus b if a is greater than b, and otherwise b plus a third of a, rounded down",
    ),
    "rest": (
        lambda a, b: (a * a + b) % 17,
        "a 的平方加 b，除以17的余数",
        "the remainder when the square of a plus b is divided by 17",
    ),
}
_OPERATOR = {1: 3, 2: 5, 3: 5, 4: 7}


def _operator(rng: random.Random, lang: Lang, level: int) -> Draft:
    """Levels 1, 2: evaluate; 3, 4: find every x up to a bound for which the expression has a value."""
    kinds = rng.sample(sorted(_OPS), 2)
    table = dict(zip("⊕⊗", kinds, strict=True))
    bound, found = 20 if level == 3 else 30, [0]
    while True:
        tree = _tree(rng, _OPERATOR[level], with_x=level > 2)
        if level < 3:
            value, log = _evaluated(table, tree, 0)
            if value < 500 and all(line[1] < 900 for line in log):
                break
            continue
        first, last = _evaluated(table, tree, 1)[1], _evaluated(table, tree, bound)[1]
        if sum(a != b for a, b in zip(first, last, strict=True)) < 3:
            continue
        results = {x: _evaluated(table, tree, x)[0] for x in range(1, bound + 1)}
        value = rng.choice(sorted(set(results.values())))
        found = [x for x, result in results.items() if result == value]
        if 2 <= len(found) <= (3 if level == 3 else 5) and max(results.values()) < 900:
            break
    text = _written_out(tree)
    facts = {"ops": table, "text": text, "value": value if level > 2 else None, "bound": bound}
    if level < 3:
        lines = [
            maths(lang, f"{expression} = {result}") + ("。" if lang == "zh" else ".") for expression, result in log
        ]
        answer, checks = str(value), (numbers([value]),)
    else:
        lines = _operator_table(lang, table, tree, bound, value)
        answer, checks = row(lang, [str(x) for x in found]), (numbers(found),)
    return Draft(
        body=_operator_question(rng, lang, facts),
        form="……" if lang == "zh" else "...",
        note=("从小到大写出所有的 x。" if lang == "zh" else "List every x, smallest first.") if level > 2 else "",
        lines=lines,
        answer=answer,
        checks=checks,
        facts=facts,
        size=_OPERATOR[level] * (bound if level > 2 else 1),
    )


def _tree(rng: random.Random, operations: int, *, with_x: bool) -> Tree:
    leaves: list[Tree] = [rng.randint(2, 12) for _ in range(operations + 1)]
    if with_x:
        leaves[rng.randrange(len(leaves))] = "x"
    while len(leaves) > 1:
        at = rng.randrange(len(leaves) - 1)
        leaves[at : at + 2] = [[rng.choice("⊕⊗"), leaves[at], leaves[at + 1]]]
    return leaves[0]


def _evaluated(table: Mapping[str, str], tree: Tree, x: int) -> tuple[int, list[tuple[str, int]]]:
    if not isinstance(tree, list):
        return (x if tree == "x" else tree), []
    left, first = _evaluated(table, tree[1], x)
    right, second = _evaluated(table, tree[2], x)
    value = _OPS[table[tree[0]]][0](left, right)
    return value, [*first, *second, (f"{left} {tree[0]} {right}", value)]


def _written_out(tree: Tree) -> str:
    """With brackets only where the rule (right to left, both signs alike) does not say it already."""
    if not isinstance(tree, list):
        return str(tree)
    left = _written_out(tree[1])
    if isinstance(tree[1], list):
        left = f"({left})"
    return f"{left} {tree[0]} {_written_out(tree[2])}"


def _operator_table(lang: Lang, table: Mapping[str, str], tree: Tree, bound: int, value: int) -> list[str]:
    constant = [f"{e} = {r}" for e, r in _evaluated(table, tree, 0)[1] if (e, r) in _evaluated(table, tree, bound)[1]]
    tries = [
        f"{x}→{_evaluated(table, tree, x)[0]}" if lang == "zh" else f"{x} -> {_evaluated(table, tree, x)[0]}"
        for x in range(1, bound + 1)
    ]
    hits = [x for x in range(1, bound + 1) if _evaluated(table, tree, x)[0] == value]
    lines = []
    if constant:
        lines.append(
            ("不含 x 的部分：" if lang == "zh" else "Parts without x: ")
            + ("，" if lang == "zh" else ", ").join(maths(lang, c) for c in dict.fromkeys(constant))
            + ("。" if lang == "zh" else ".")
        )
    for x in hits:
        steps = [maths(lang, f"{e} = {r}") for e, r in _evaluated(table, tree, x)[1]]
        lines.append(
            (f"x＝{x}：" if lang == "zh" else f"x = {x}: ")
            + ("，" if lang == "zh" else ", ").join(steps)
            + ("，符合。" if lang == "zh" else ", which fits.")
        )
    lines.append(
        ("把每个 x 都代入，整个式子的值是：" if lang == "zh" else "The whole expression for every x: ")
        + ("，" if lang == "zh" else ", ").join(tries)
        + ("。" if lang == "zh" else ".")
    )
    return lines


def _operator_question(rng: random.Random, lang: Lang, facts: Mapping[str, Any]) -> str:
    ops, text = facts["ops"], facts["text"]
    first, second = (_OPS[ops[sign]][1 if lang == "zh" else 2] for sign in "⊕⊗")
    if lang == "zh":
        head = rng.choice(
            ("课堂上临时规定了两种运算：", "编程小组给自己的小语言定义了两个运算符：", "趣味数学栏目里有这样两种运算：")
        )
        rules = (
            f"a⊕b 表示{first}；a⊗b 表示{second}。两种运算不分先后，"
            "没有括号的地方一律从右往左算，例如 a⊕b⊗c 就是 a⊕(b⊗c)；"
            "有括号的先算括号里的。"
        )
        ask = (
            f"计算：{text}"
            if facts["value"] is None
            else f"x 取1到{facts['bound']}的整数，哪些 x 使得 {text} 等于{facts['value']}？"
        )
        return f"{head}{rules}\n{ask}"
    head = rng.choice(
        (
            "Two operations are made up for this exercise.",
            "A little programming language has two operators of its own.",
            "A puzzle column defines two operations.",
        )
    )
    rules = (
        f" a ⊕ b means {first}. a ⊗ b means {second}. Neither goes before the "
        "other: where there are no brackets, work from right to left, so a ⊕ b "
        "⊗ c is a ⊕ (b ⊗ c). Brackets come first."
    )
    ask = (
        f"Work out {text}."
        if facts["value"] is None
        else f"For which whole numbers x from 1 to {facts['bound']} is {text} equal to {facts['value']}?"
    )
    return f"{head}{rules}\n{ask}"


def _solve_operator(facts: Mapping[str, Any]) -> str:
    """Reads the expression as text, from the right end, with a formula of its own for each operation."""

    def apply(kind: str, a: int, b: int) -> int:
        if kind == "diff":
            return 2 * (max(a, b) - min(a, b)) + 1
        if kind == "parity":
            return a + int(b / 2) if b % 2 == 0 else max(a, 3 * b) - min(a, 3 * b)
        if kind == "digits":
            digits = str(a * b)
            return int(digits[:-1] or 0) + int(digits[-1])
        if kind == "bigger":
            return a + (a - b) if a > b else b + (a - a % 3) // 3
        return (a**2 + b) - 17 * ((a**2 + b) // 17)

    def value(tokens: list[str], x: int) -> int:
        first = tokens.pop(0)
        if first == "(":
            left = value(tokens, x)
            tokens.pop(0)
        else:
            left = x if first == "x" else int(first)
        if tokens and tokens[0] in facts["ops"]:
            kind = facts["ops"][tokens.pop(0)]
            return apply(kind, left, value(tokens, x))
        return left

    def result(x: int) -> int:
        return value(re.findall(r"\d+|[x()⊕⊗]", facts["text"]), x)

    if facts["value"] is None:
        return str(result(0))
    return row(facts["lang"], [str(x) for x in range(1, facts["bound"] + 1) if result(x) == facts["value"]])


OPERATOR = Kind(name="operator", make=_operator, solve=_solve_operator)
