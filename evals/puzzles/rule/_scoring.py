"""New rule: a scoring with streaks."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._ending import in_order
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import row

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


SCORING = Kind(name="scoring", make=_scoring, solve=_solve_scoring)
