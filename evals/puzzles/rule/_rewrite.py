"""New rule: a rewriting machine."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import phrased

_REWRITE = {1: (4, 6), 2: (7, 9), 3: (10, 14), 4: (15, 20)}
_SIGNS = {"zh": "红黄蓝", "en": "RYB"}


def _rewrite(rng: random.Random, lang: Lang, level: int) -> Draft:
    low, high = _REWRITE[level]
    signs = _SIGNS[lang]
    while True:
        rules = _rewrite_rules(rng, signs)
        start = "".join(rng.choice(signs) for _ in range(6 + 2 * level))
        side = rng.choice(("left", "right"))
        trace = _run_rewrite(rules, start, side, high)
        if (
            trace
            and low <= len(trace) <= high
            and len({rule for rule, _ in trace}) >= (3 if level < 3 else 4)
            and len(trace[-1][1]) > 2
        ):
            break
    end, count = trace[-1][1], len(trace)
    lines = [f"第{rule + 1}条：{text}" if lang == "zh" else f"Rule {rule + 1}: {text}" for rule, text in trace]
    used = [sum(rule == k for rule, _ in trace) for k in range(len(rules))]
    uses = (
        "、".join(f"第{k + 1}条{n}次" for k, n in enumerate(used))
        if lang == "zh"
        else ", ".join(f"rule {k + 1}: {n}" for k, n in enumerate(used))
    )
    lines.append(
        f"此时没有一条规则用得上，停。共{count}步（{uses}）。"
        if lang == "zh"
        else f"No rule fits any more. {count} steps in all ({uses})."
    )
    return Draft(
        body=_rewrite_question(rng, lang, rules, start, side),
        form="……；……步" if lang == "zh" else "...; ... steps",
        note="分号前面写停机时的珠串。" if lang == "zh" else "In front of the semicolon goes the final string.",
        lines=lines,
        answer=f"{end}；{count}步" if lang == "zh" else f"{end}; {count} steps",
        checks=(
            {
                "type": "regex",
                "args": {
                    "pattern": r"(?<![红黄蓝RYB])" + r"\s*".join(end) + rf"(?![红黄蓝RYB])[^0-9]*{count}[^0-9]*$",
                    "where": "answer",
                },
            },
        ),
        facts={"rules": rules, "start": start, "side": side},
        size=count,
    )


def _rewrite_rules(rng: random.Random, signs: str) -> list[list[str]]:
    """Four rules; each shortens the string or moves signs one way, so that most runs end."""
    rules: list[list[str]] = []
    while len(rules) < 4:
        left = "".join(rng.choice(signs) for _ in range(rng.choice((2, 2, 3))))
        right = "".join(rng.choice(signs) for _ in range(rng.randint(1, len(left))))
        if left != right and left not in [rule[0] for rule in rules] and not any(r[0] in left for r in rules):
            rules.append([left, right])
    return rules


def _run_rewrite(rules: Sequence[Sequence[str]], start: str, side: str, limit: int) -> list[tuple[int, str]]:
    """The rule used and the string after each step; empty when it does not stop in time."""
    text, trace = start, []
    while True:
        for number, (left, right) in enumerate(rules):
            at = text.find(left) if side == "left" else text.rfind(left)
            if at >= 0:
                text = text[:at] + right + text[at + len(left) :]
                trace.append((number, text))
                break
        else:
            return trace
        if len(trace) > limit:
            return []


def _rewrite_question(rng: random.Random, lang: Lang, rules: Sequence[Sequence[str]], start: str, side: str) -> str:
    if lang == "zh":
        head = rng.choice(("串珠机按规则改一串珠子", "玩具厂的机器会改写一排珠子", "一台教学用的“改珠机”这样工作"))
        where = "最靠左" if side == "left" else "最靠右"
        listed = "\n".join(f"第{k}条：{left} 换成 {right}" for k, (left, right) in enumerate(rules, 1))
        return (
            f"{head}，珠子有红、黄、蓝三色，从左往右写成一行字。"
            + phrased(
                rng,
                (
                    f"每一步从第1条规则看起，找到第一条在珠串上用得上的规则，只在{where}的一处用一次，就算一步；",
                    (
                        "规则有先后：能用第1条就用第1条，用不上才看第2条，依此类推；"
                        f"一条规则有几处可用时，只改{where}的那一处，改一处算一步；"
                    ),
                ),
                ("下一步又从第1条看起。没有规则用得上时停机。", "每改完一处都要从第1条重新看起，哪条都用不上就停。"),
            )
            + f"\n{listed}\n开始是：{start}\n停机时珠串是什么？"
            "一共走了几步？"
        )
    head = rng.choice(
        (
            "A machine changes a string of beads",
            "A toy that threads beads follows fixed rules",
            "A demonstration machine rewrites a row of beads",
        )
    )
    listed = "\n".join(f"Rule {k}: {left} becomes {right}" for k, (left, right) in enumerate(rules, 1))
    return (
        f"{head}; the beads are red (R), yellow (Y) and blue (B), written from left to right. "
        + phrased(
            rng,
            (
                (
                    "At every step it goes through the rules from rule 1 on, takes the "
                    f"first one that fits anywhere, and applies it once, at the {side}most "
                    "place where it fits. "
                ),
                (
                    "One step is one replacement: of the rules that can be used it takes "
                    "the one with the lowest number, and of the places where that one fits "
                    f"the {side}most. "
                ),
            ),
            (
                "Then it begins again with rule 1. When no rule fits, it stops.",
                "After every step all rules are looked at afresh, from the first on, until none can be used any more.",
            ),
        )
        + f"\n{listed}\nThe string is {start} at "
        "first. What is it when the machine stops, and how many steps has that "
        "taken?"
    )


def _solve_rewrite(facts: Mapping[str, Any]) -> str:
    """Slides a window over a list of signs."""
    signs, count = list(facts["start"]), 0
    while True:
        spots = [
            (number, at)
            for number, (left, _) in enumerate(facts["rules"])
            for at in range(len(signs) - len(left) + 1)
            if signs[at : at + len(left)] == list(left)
        ]
        if not spots:
            break
        first = min(number for number, _ in spots)
        fits = [at for number, at in spots if number == first]
        at = fits[0] if facts["side"] == "left" else fits[-1]
        left, right = facts["rules"][first]
        signs[at : at + len(left)] = list(right)
        count += 1
    text = "".join(signs)
    return f"{text}；{count}步" if facts["lang"] == "zh" else f"{text}; {count} steps"


REWRITE = Kind(name="rewrite", make=_rewrite, solve=_solve_rewrite)
