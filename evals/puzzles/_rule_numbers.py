"""Rules on numbers: made-up operators, a scoring with streaks."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._lines import in_order, maths, numbers, row

Tree = Any
"""A number, "x", or [sign, left, right]."""


# --------------------------------------------------------------------------------------------------------- operators
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


# ----------------------------------------------------------------------------------------------------------- scoring
_PLAYERS = {"zh": ("老耿", "小满", "阿岩", "大鹏", "小栗"), "en": ("Jo", "Kit", "Lou", "Max", "Nat")}
_SCORING = {1: (2, 6), 2: (3, 7), 3: (4, 9), 4: (5, 11)}


def _scoring(rng: random.Random, lang: Lang, level: int) -> Draft:
    count, rounds = _SCORING[level]
    rule = {
        "win": rng.choice((4, 5, 6)),
        "draw": rng.choice((1, 2)),
        "bonus": rng.choice((2, 3)),
        "loss": rng.choice((2, 3)),
        "cap": rng.choice((9, 12, 15)) if level > 2 else 0,
        "half": level > 1,
    }
    while True:
        results = ["".join(rng.choices("WDL", (5, 2, 3), k=rounds)) for _ in range(count)]
        scored = [_score(lang, rule, line) for line in results]
        totals = [total for total, _ in scored]
        if (
            len(set(totals)) == count
            and min(totals) > 0
            and any("WWW" in line for line in results)
            and any("LL" in line for line in results)
        ):
            break
    names = _PLAYERS[lang][:count]
    order = sorted(range(count), key=lambda k: -totals[k])
    parts = [f"{names[k]}{totals[k]}" if lang == "zh" else f"{names[k]} {totals[k]}" for k in order]
    return Draft(
        body=_scoring_question(rng, lang, rule, names, results),
        form="……" if lang == "zh" else "...",
        note="按总分从高到低写出每个人和他的总分。"
        if lang == "zh"
        else "List everybody with their total, highest first.",
        lines=[
            f"{name}：{text}" if lang == "zh" else f"{name}: {text}"
            for name, (_, text) in zip(names, scored, strict=True)
        ],
        answer=row(lang, parts),
        checks=(
            in_order(
                [part for k in order for part in (names[k], str(totals[k]))],
                units={2 * k + 1: "分|points?|pts" for k in range(count)},
            ),
        ),
        facts={"rule": rule, "names": list(names), "results": results},
        size=count * rounds,
    )


def _score(lang: Lang, rule: Mapping[str, Any], line: str) -> tuple[int, str]:
    """Running total, round by round; a streak of wins pays more from the third on, a loss in a row costs."""
    total, wins, losses, shown = 0, 0, 0, []
    for number, sign in enumerate(line):
        wins = wins + 1 if sign == "W" else 0
        losses = losses + 1 if sign == "L" else 0
        gain = {"W": rule["win"], "D": rule["draw"], "L": 0}[sign]
        if wins >= 3:
            gain += rule["bonus"]
        if losses >= 2:
            gain -= rule["loss"]
        if rule["half"] and number + 1 == len(line):
            gain *= 2
        total += gain
        if rule["cap"] and sign == "D" and total > rule["cap"] and number + 1 < len(line):
            total -= 1
            gain -= 1
        total = max(total, 0)
        shown.append(str(total))
    joint = "→".join(shown) if lang == "zh" else ", ".join(shown)
    return total, (f"逐轮总分 {joint}。" if lang == "zh" else f"running total {joint}.")


def _scoring_question(
    rng: random.Random, lang: Lang, rule: Mapping[str, Any], names: Sequence[str], results: Sequence[str]
) -> str:
    if lang == "zh":
        head = rng.choice(("车间象棋联赛每人打若干轮", "社区乒乓球挑战赛每人打若干轮", "公司飞镖赛按轮记分"))
        rules = [
            f"胜一轮得{rule['win']}分，平一轮得{rule['draw']}分，负一轮得0分",
            f"连胜时，从第三连胜起，每胜一轮另加{rule['bonus']}分（平和负都会打断连胜）",
            f"连负时，从第二连负起，每负一轮扣{rule['loss']}分（胜和平都会打断连负）",
        ]
        if rule["half"]:
            rules.append("最后一轮的得分或扣分（连同加分）加倍")
        if rule["cap"]:
            rules.append(f"除最后一轮外，平的那一轮算完后总分超过{rule['cap']}分的，再减1分")
        rules.append("每轮算完后，总分低于0的按0算")
        shown = [
            f"{name}：{line.replace('W', '胜').replace('D', '平').replace('L', '负')}"
            for name, line in zip(names, results, strict=True)
        ]
        return (
            f"{head}，每个人的总分从0起一轮一轮地算：\n"
            + "；\n".join(rules)
            + "。\n各人从第一轮到最后一轮的结果如下：\n"
            + "\n".join(shown)
            + "\n每个人的总分是多少？"
        )
    head = rng.choice(
        (
            "The works chess league is scored round by round.",
            "A darts evening has a scoring of its own.",
            "The village table-tennis challenge keeps a running total for everyone.",
        )
    )
    rules = [
        f"A win is worth {rule['win']} points, a draw {rule['draw']}, a loss 0.",
        f"In a run of wins, every win from the third on earns {rule['bonus']} more. A draw or a loss ends the run.",
        f"In a run of losses, every loss from the second on costs {rule['loss']} points. A win or a draw ends the run.",
    ]
    if rule["half"]:
        rules.append("What the last round brings or costs, extras included, counts double.")
    if rule["cap"]:
        rules.append(
            f"In every round but the last, a player who draws and then stands above {rule['cap']} points loses 1 point."
        )
    rules.append("A total below 0 after a round is set to 0.")
    shown = [f"{name}: {' '.join(line)}" for name, line in zip(names, results, strict=True)]
    return (
        f"{head} Totals start at 0.\n"
        + "\n".join(f"- {r}" for r in rules)
        + "\nResults from the first round to the last (W win, D draw, L loss):\n"
        + "\n".join(shown)
        + "\nWhat is everybody's total?"
    )


def _solve_scoring(facts: Mapping[str, Any]) -> str:
    """Looks back over the rounds so far instead of keeping counters."""
    rule, totals = facts["rule"], []
    for line in facts["results"]:
        total = 0
        for end in range(1, len(line) + 1):
            past = line[:end]
            last = end == len(line)
            points = rule["win"] if past.endswith("W") else rule["draw"] if past.endswith("D") else 0
            points += rule["bonus"] if past.endswith("WWW") else 0
            points -= rule["loss"] if past.endswith("LL") else 0
            total += points * (2 if last and rule["half"] else 1)
            if past.endswith("D") and not last and rule["cap"] and total > rule["cap"]:
                total -= 1
            total = max(total, 0)
        totals.append(total)
    gap = "" if facts["lang"] == "zh" else " "
    pairs = sorted(zip(totals, facts["names"], strict=True), reverse=True)
    return row(facts["lang"], [f"{name}{gap}{total}" for total, name in pairs])


OPERATOR = Kind(name="operator", make=_operator, solve=_solve_operator)
SCORING = Kind(name="scoring", make=_scoring, solve=_solve_scoring)
