"""Word problem: a bonus divided by points."""

from __future__ import annotations

import random
from fractions import Fraction
from math import floor
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import decimal, joined, money

_TEAMS: tuple[dict[Lang, dict[str, Any]], ...] = (
    {
        "zh": {"who": ("小唐", "小邱", "小岳", "小孟", "小姜"), "pool": "装配班这个月的奖金", "role": "岗位系数"},
        "en": {
            "who": ("Amara", "Bela", "Cyril", "Dora", "Edwin"),
            "pool": "The assembly team's bonus this month",
            "role": "grade",
        },
    },
    {
        "zh": {"who": ("老潘", "老程", "老陆", "老汪", "老段"), "pool": "水果合作社的年终分红", "role": "工种系数"},
        "en": {
            "who": ("Farah", "Gus", "Hanna", "Imre", "Jude"),
            "pool": "The fruit co-operative's surplus for the year",
            "role": "job factor",
        },
    },
)


def split(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 by days; 2 by days and factor; 3 also a cap whose excess goes to the others; 4 two pools and rounding."""
    words = rng.choice(_TEAMS)[lang]
    number = (3, 3, 4, 5)[level - 1]
    while True:
        who = rng.sample(words["who"], number)
        days = [rng.randrange(8, 25) for _ in who]
        rates = [rng.choice((8, 10, 12, 13, 15)) if level >= 2 else 10 for _ in who]
        equal = rng.choice((20, 25, 30, 40)) if level == 4 else 0
        pool = rng.randrange(30, 120) * 200
        points = [d * r for d, r in zip(days, rates, strict=True)]
        part = pool * (100 - equal) // 100
        cap = 0
        if level >= 3:
            ranked = sorted(points, reverse=True)
            cap = int(part * Fraction(ranked[0] + ranked[1], 2 * sum(points))) // 10 * 10 - 10 * rng.randrange(3)
        shares, capped = _capped(part, points, cap)
        if len(set(days)) < number or len(set(points)) < number:
            continue
        wholes = [floor(Fraction(pool * equal, 100 * number) + s) for s in shares]
        if level < 3 and all(s.denominator == 1 for s in shares):
            break
        if level >= 3 and len(capped) == (1 if level == 3 else 2) and pool - sum(wholes) >= 2:
            break
    rest = pool - sum(wholes)
    lucky = min(range(number), key=lambda i: days[i])
    asked = lucky if level == 4 else rng.choice([i for i in range(number) if i not in capped])
    value = wholes[asked] + (rest if asked == lucky and level >= 3 else 0)
    form = "××元" if lang == "zh" else "£…"
    facts = {
        "kind": "split",
        "days": days,
        "rates": rates,
        "equal": equal,
        "pool": pool,
        "cap": cap,
        "asked": asked,
        "rest_to": lucky if level >= 3 else None,
    }
    text = (_split_zh if lang == "zh" else _split_en)(rng, words, who, facts)
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, form)],
        steps=_split_steps(lang, who, facts, points, shares, capped, wholes, rest),
        answer=str(value),
        shown=money(lang, value * 100),
        checks=numeric(str(value)),
        facts=facts,
        size=number * (2, 3, 6, 9)[level - 1],
    )


def _capped(pool: int, points: list[int], cap: int) -> tuple[list[Fraction], list[int]]:
    """Shares by points, none above `cap` (0: no cap); what is cut off goes to the others, again by points."""
    capped: list[int] = []
    while True:
        left = pool - cap * len(capped)
        total = sum(p for i, p in enumerate(points) if i not in capped)
        shares = [Fraction(cap) if i in capped else Fraction(left * p, total) for i, p in enumerate(points)]
        over = [i for i, s in enumerate(shares) if cap and s > cap]
        if not over:
            return shares, capped
        capped = sorted({*capped, *over})


def _split_zh(rng: random.Random, words: Any, who: list[str], v: dict[str, Any]) -> list[str]:
    has = "，".join(
        f"{name}{d}天" + (f"、系数{decimal(Fraction(r, 10))}" if len(set(v["rates"])) > 1 else "")
        for name, d, r in zip(who, v["days"], v["rates"], strict=True)
    )
    plain = len(set(v["rates"])) == 1
    points = "出勤天数" if plain else f"积分（出勤天数×{words['role']}）"
    other = rng.random() < 0.5
    rules = []
    if v["equal"]:
        rules.append(
            f"其中{v['equal']}%人人一样多，剩下的看{points}按比例分；"
            if other
            else f"总额的{v['equal']}%由{len(who)}人平分，其余按{points}的比例分；"
        )
        rules.append(
            f"比例分的这一块设了上限，一个人最多{v['cap']}元，多出来的部分归还没到上限的人，仍按积分比例分，再有人到上限就重复这一步；"
            if other
            else (
                f"按积分分的那部分，每人最多拿{v['cap']}元，超出的钱由没有封顶的人再按积分比例分，"
                "如果又有人超出，照此继续；"
            )
        )
    elif v["cap"]:
        rules.append(
            f"谁分多少看{points}，按比例算，但一个人不能超过{v['cap']}元，多出来的归其他人，仍按积分比例分；"
            if other
            else f"按{points}的比例分，每人最多拿{v['cap']}元，超出的钱由没有封顶的人再按积分比例分；"
        )
    else:
        rules.append(f"按{points}的比例分。")
    if v["rest_to"] is not None:
        rules.append(
            "发钱只发整元，每个人不满1元的零头都不发，全部零头凑起来归干活天数最少的那位。"
            if other
            else "最后每人的总额舍去不足1元的零头，舍下来的零头合在一起给出勤天数最少的人。"
        )
    ask = rng.choice((f"{who[v['asked']]}应得多少元？", f"{who[v['asked']]}最后拿到多少钱？"))
    return [f"{words['pool']}一共{v['pool']}元，由{len(who)}个人分：{has}。", "".join(rules), ask]


def _split_en(rng: random.Random, words: Any, who: list[str], v: dict[str, Any]) -> list[str]:
    plain = len(set(v["rates"])) == 1
    has = joined(
        "en",
        [
            f"{name} ({d} days" + ("" if plain else f", {words['role']} {decimal(Fraction(r, 10))}") + ")"
            for name, d, r in zip(who, v["days"], v["rates"], strict=True)
        ],
    )
    points = "days worked" if plain else f"points (days worked times {words['role']})"
    rules = []
    if v["equal"]:
        rules.append(f"Of the sum, {v['equal']}% is divided equally and the rest in proportion to {points}.")
        rules.append(
            f"From that second part nobody may get more than £{v['cap']:,}: what is above goes to those below the cap, "
            "again in proportion to points, and so on if somebody else then reaches it."
        )
    elif v["cap"]:
        rules.append(
            f"It is divided in proportion to {points}, but nobody may get more than £{v['cap']:,}; "
            "what is above goes to "
            "the others, again in proportion to points."
        )
    else:
        rules.append(f"It is divided in proportion to {points}.")
    if v["rest_to"] is not None:
        rules.append(
            "Each total is then rounded down to whole pounds, and what that leaves over goes to "
            "whoever worked the fewest days."
        )
    ask = rng.choice((f"How much does {who[v['asked']]} receive?", f"What is paid to {who[v['asked']]} in the end?"))
    return [f"{words['pool']} is £{v['pool']:,}, shared by {has}.", " ".join(rules), ask]


def _split_steps(
    lang: Lang,
    who: list[str],
    v: dict[str, Any],
    points: list[int],
    shares: list[Fraction],
    capped: list[int],
    wholes: list[int],
    rest: int,
) -> list[str]:
    zh = lang == "zh"
    part = v["pool"] * (100 - v["equal"]) // 100
    ten = [decimal(Fraction(p, 10)) for p in points]
    total = decimal(Fraction(sum(points), 10))
    names = [f"{n} {t}" if not zh else f"{n}{t}" for n, t in zip(who, ten, strict=True)]
    lines = []
    if v["equal"]:
        each = decimal(Fraction(v["pool"] * v["equal"], 100 * len(who)))
        lines.append(
            f"平分部分：{v['pool']}×{v['equal']}%÷{len(who)}≈{each}元/人；其余{part}元按积分分。"
            if zh
            else f"Equal part: £{each} each; the other £{part} goes by points."
        )
    lines.append(
        f"{'积分' if len(set(v['rates'])) > 1 else '天数'}：{'，'.join(names)}，合计{total}。"
        if zh
        else f"Points: {', '.join(names)}; {total} in all."
    )
    if capped:
        first = [i for i, p in enumerate(points) if Fraction(part * p, sum(points)) > v["cap"]]
        stage = joined(
            lang, [f"{who[i]}{'' if zh else ' '}{decimal(Fraction(part * points[i], sum(points)))}" for i in first]
        )
        lines.append(
            f"不封顶时{stage}元，超过{v['cap']}元，封顶。"
            if zh
            else f"Without a cap: {stage}, more than {v['cap']}, so capped."
        )
        later = [i for i in capped if i not in first]
        if later:
            left = part - v["cap"] * len(first)
            open_points = sum(p for i, p in enumerate(points) if i not in first)
            stage = joined(
                lang, [f"{who[i]}{'' if zh else ' '}{decimal(Fraction(left * points[i], open_points))}" for i in later]
            )
            lines.append(
                f"再分剩下的{left}元时，{stage}元，也超过上限，封顶。"
                if zh
                else f"Of the remaining {left}: {stage}, above the cap as well."
            )
        left = part - v["cap"] * len(capped)
        lines.append(
            f"封顶后剩{part}－{v['cap']}×{len(capped)}＝{left}元，由其余的人按积分分。"
            if zh
            else f"That leaves {part} - {v['cap']} x {len(capped)} = {left} for the others, by points."
        )
    sums = [decimal(Fraction(v["pool"] * v["equal"], 100 * len(who)) + s) for s in shares]
    told = [f"{n}{'' if zh else ' '}{s}" for n, s in zip(who, sums, strict=True)]
    lines.append(("各人应得：" + "，".join(told) + "（元）。") if zh else f"Totals in pounds: {', '.join(told)}.")
    if v["rest_to"] is not None:
        lucky = who[v["rest_to"]]
        lines.append(
            (
                f"取整后合计{sum(wholes)}元，余下{rest}元给天数最少的{lucky}："
                f"{wholes[v['rest_to']]}＋{rest}＝{wholes[v['rest_to']] + rest}。"
            )
            if zh
            else (
                f"Rounded down they make {sum(wholes)}; the {rest} left over go to {lucky}, who "
                f"worked the fewest days: {wholes[v['rest_to']]} + {rest} = "
                f"{wholes[v['rest_to']] + rest}."
            )
        )
    return [f"{n}. {text}" for n, text in enumerate(lines, 1)]
