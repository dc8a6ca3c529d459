"""Word problem: a bath topped up day by day."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import count, decimal


def vat(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 one topping up; 2 two days; 3 the fewest cans on one day; 4 the fewest cans a day over several days."""
    scene = rng.choice((_COOLANT, _BRINE))
    while True:
        v = {
            "volume": rng.choice((120, 150, 160, 200, 240, 250)),
            "start": rng.choice((5, 6, 7, 8)),
            "loss": rng.randrange(2, 7) * 2,
            "carry": rng.randrange(2, 6) * 2,
            "stock": rng.choice((20, 25, 30, 40)),
            "can": rng.choice((2, 4, 5)),
            "goal": 0,
            "days": (1, 2, 2, 4)[level - 1],
        }
        v["goal"] = v["start"] + rng.choice((-1, 0, 1)) if level >= 3 else 0
        strengths = _strengths(v, 0, v["days"])
        cans = 0
        if level < 3:
            final = strengths[-1]
            break
        most = (v["loss"] + v["carry"]) // v["can"]
        cans = next((k for k in range(most + 1) if _final(v, k, level) >= v["goal"]), 0)
        if cans >= 2 and _final(v, 0, level) < v["goal"] and _final(v, cans, level) > v["goal"]:
            final = Fraction(0)
            break
    answer = str(cans) if level >= 3 else decimal(final, 2)
    unit = scene[lang]["can"]
    answer += "" if level >= 3 else "%"
    shown = (f"{answer}{unit}" if lang == "zh" else f"{count(cans, unit)}") if level >= 3 else answer
    form = ("××" + unit if lang == "zh" else f"… {unit}s") if level >= 3 else ("××%" if lang == "zh" else "…%")
    steps = _vat_steps(lang, v, level, cans)
    text = scene[lang]["text"](rng, v, level)
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, form)],
        steps=steps,
        answer=answer,
        shown=shown,
        checks=numeric(answer) if level >= 3 else numeric(answer, 0.00006),
        facts={"kind": "vat", "level": level, **v},
        size=(4, 8, 16, 40)[level - 1] + v["days"],
    )


def _strengths(v: dict[str, Any], cans: int, days: int) -> list[Fraction]:
    """Strength in per cent at each evening, `cans` of stock being part of each topping up."""
    amount = Fraction(v["volume"] * v["start"], 100)
    found = []
    for _ in range(days):
        left = v["volume"] - v["loss"]
        amount -= amount / left * v["carry"]
        amount += Fraction(cans * v["can"] * v["stock"], 100)
        found.append(amount * 100 / v["volume"])
    return found


def _final(v: dict[str, Any], cans: int, level: int) -> Fraction:
    if level == 3:
        before = _strengths(v, 0, v["days"] - 1)[-1]
        return _strengths({**v, "start": before}, cans, 1)[-1]
    return _strengths(v, cans, v["days"])[-1]


def _vat_steps(lang: Lang, v: dict[str, Any], level: int, cans: int) -> list[str]:
    zh = lang == "zh"
    left = v["volume"] - v["loss"]
    keep = Fraction(left - v["carry"], left)
    lines = [
        (
            f"1. 每天先蒸发{v['loss']}升水，剩{left}升，溶质不变；再带走{v['carry']}升，"
            f"溶质剩下{keep.numerator}/{keep.denominator}。"
        )
        if zh
        else f"1. Each day {v['loss']} litres of water evaporate, which leaves {left} litres with all of "
        "the concentrate; "
        f"then {v['carry']} litres go, so {keep.numerator}/{keep.denominator} of the concentrate stays."
    ]

    def run(k: int, label: str) -> None:
        days = v["days"]
        plan = [0] * (days - 1) + [k] if level == 3 else [k] * days
        amount, bits = Fraction(v["volume"] * v["start"], 100), []
        for day, used in enumerate(plan, 1):
            amount = amount * keep + Fraction(used * v["can"] * v["stock"], 100)
            name = f"第{day}天" if zh else f"day {day}"
            bits.append(f"{name}{decimal(amount, 3)}升" if zh else f"{name}: {decimal(amount, 3)} l")
        strength = decimal(amount * 100 / v["volume"], 3)
        if zh:
            lines.append(
                f"{len(lines) + 1}. {label}溶质（起初"
                f"{decimal(Fraction(v['volume'] * v['start'], 100))}升）：{'，'.join(bits)}，"
                f"浓度约{strength}%。"
            )
        else:
            lines.append(
                f"{len(lines) + 1}. {label}Concentrate (at first "
                f"{decimal(Fraction(v['volume'] * v['start'], 100))} l): {', '.join(bits)}; strength "
                f"{strength}%."
            )

    if level < 3:
        run(0, "")
        return lines
    per = decimal(Fraction(v["can"] * v["stock"], 100))
    goal = decimal(Fraction(v["goal"] * v["volume"], 100))
    if zh:
        lines.append(
            f"2. 每桶{v['can']}升原液含溶质{per}升；要达到{v['goal']}%，{v['volume']}升里至少要有{goal}升溶质。"
        )
        run(cans - 1, f"每次{cans - 1}桶时，" if level == 4 else f"只加{cans - 1}桶时，")
        lines[-1] = lines[-1][:-1] + "，不够。"
        run(cans, f"每次{cans}桶时，" if level == 4 else f"加{cans}桶时，")
        lines[-1] = lines[-1][:-1] + "，达标。"
    else:
        lines.append(
            f"2. A can of {v['can']} litres holds {per} l of concentrate; {v['goal']}% of "
            f"{v['volume']} litres is {goal} l."
        )
        run(cans - 1, f"With {count(cans - 1, 'can')}{' a day' if level == 4 else ''}: ")
        lines[-1] = lines[-1][:-1] + ", not enough."
        run(cans, f"With {count(cans, 'can')}{' a day' if level == 4 else ''}: ")
        lines[-1] = lines[-1][:-1] + ", enough."
    return lines


def _vat_text(lang: Lang, liquid: str, place: str, losses: tuple[str, str], can: str) -> Any:
    def zh(rng: random.Random, v: dict[str, Any], level: int) -> list[str]:
        text = rng.choice(
            (
                f"{place}里有{v['volume']}升{liquid}，浓度{v['start']}%（每100升含{v['start']}升溶质，下同）。",
                f"{place}容量{v['volume']}升，装满浓度{v['start']}%的{liquid}（即每100升中有溶质{v['start']}升）。",
            )
        )
        text += f"每天{losses[0]}{v['loss']}升水，然后{losses[1]}{v['carry']}升{liquid}，"
        if level < 3:
            day = "第1天" if level == 1 else "第2天"
            return [
                text + f"下班时用清水补满到{v['volume']}升并搅匀。",
                f"{day}下班补满后浓度是百分之几？保留两位小数。",
            ]
        top = f"用若干整桶原液（每桶{v['can']}升，浓度{v['stock']}%）加清水补满到{v['volume']}升"
        if level == 3:
            return [
                text + f"第1天下班时只用清水补满并搅匀，第2天下班时改为{top}。",
                f"要让第2天补满后的浓度不低于{v['goal']}%，最少加几桶原液？",
            ]
        return [
            text + f"每天下班时{top}并搅匀，每天加的桶数相同。",
            f"要让第{v['days']}天下班补满后的浓度不低于{v['goal']}%，每天最少加几桶？",
        ]

    def en(rng: random.Random, v: dict[str, Any], level: int) -> list[str]:
        text = rng.choice(
            (
                (
                    f"{place} holds {v['volume']} litres of {liquid} at {v['start']}% ({v['start']} litres of "
                    "concentrate in every 100)."
                ),
                f"{place} is full: {v['volume']} litres of {liquid}, of which {v['start']}% by volume is concentrate.",
            )
        )
        text += (
            f" Every day {v['loss']} litres of water {losses[0]}, and after that {v['carry']} litres of "
            f"{liquid} {losses[1]}."
        )
        if level < 3:
            when = "on the first evening" if level == 1 else "on the second evening"
            return [
                text + f" In the evening it is filled up to {v['volume']} litres with plain water and stirred.",
                f"What is the strength {when}, in per cent to two decimals?",
            ]
        top = (
            f"whole cans of stock ({v['can']} litres each, {v['stock']}%) and plain water, up to "
            f"{v['volume']} litres again"
        )
        if level == 3:
            return [
                text
                + (f" On the first evening it is filled up with plain water only; on the second evening with {top}."),
                (f"What is the smallest number of cans that gives at least {v['goal']}% on the second evening?"),
            ]
        return [
            text
            + (f" Every evening it is filled up with {top}, and stirred; the number of cans is the same every day."),
            (f"What is the smallest number of cans a day that gives at least {v['goal']}% on evening {v['days']}?"),
        ]

    return {"text": zh if lang == "zh" else en, "can": can}


_COOLANT = {
    "zh": _vat_text("zh", "切削液", "一台磨床的液槽", ("蒸发", "随工件带走"), "桶"),
    "en": _vat_text(
        "en", "coolant", "The tank of a grinding machine", ("evaporate", "are carried off on the parts"), "can"
    ),
}
_BRINE = {
    "zh": _vat_text("zh", "除锈液", "维修车间的浸泡槽", ("蒸发", "沾在零件上损失"), "桶"),
    "en": _vat_text("en", "dye", "A dye vat in a weaving mill", ("boil off", "leave with the cloth"), "can"),
}
