"""Calendar problem: what parking costs over several days."""

from __future__ import annotations

import random
from fractions import Fraction
from math import ceil
from typing import Any

from evals.puzzles._ending import ask_working, numeric
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import clock, count, decimal, money


def _yuan(cents: int) -> str:
    return decimal(Fraction(cents, 100))


def parking(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 started units; 2 a daily cap; 3 night rate over midnight; 4 three days and free minutes."""
    scene = rng.choice((0, 1))
    v: dict[str, Any] = {
        "unit": rng.choice((15, 20, 30)),
        "price": rng.choice((100, 150, 200, 250)),
        "cap": 0,
        "night": 0,
        "free": 0,
        "from": 420,
        "to": rng.choice((1260, 1320)),
    }
    start = rng.randrange(440, 900)
    if level == 1:
        end = start + rng.randrange(60, 300)
    elif level == 2:
        end = start + rng.randrange(480, 540)
    else:
        end = (level - 2) * 1440 + rng.randrange(430, 1150)
    if level >= 2:
        v["cap"] = v["price"] * rng.choice((16, 20, 24, 28))
    if level >= 3:
        v["night"] = v["price"] * rng.choice((3, 4, 5))
    if level == 4:
        v["free"] = rng.choice((20, 30, 40))
    v["start"], v["end"] = start, min(end, v["to"] - 7) if level < 3 else end
    days, nights, total = _charges(v)
    if level >= 3 and all(cost == v["cap"] for *_, cost in days):
        return parking(rng, lang, level)  # nothing but caps needs no counting
    answer = decimal(Fraction(total, 100))
    text = (_parking_zh if lang == "zh" else _parking_en)(rng, scene, v)
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, "××元" if lang == "zh" else "£…")],
        steps=_parking_steps(lang, v, days, nights, total),
        answer=answer,
        shown=money(lang, total),
        checks=numeric(answer),
        facts={"kind": "parking", **v},
        size=(4, 7, 13, 20)[level - 1],
    )


def _charges(v: dict[str, Any]) -> tuple[list[tuple[int, int, int, int]], int, int]:
    """Per day: from, to, started units, cost; the number of nights; the sum, in hundredths."""
    begin, days = v["start"] + v["free"], []
    last = v["end"] // 1440
    for day in range(last + 1):
        a, b = max(begin, day * 1440 + v["from"]), min(v["end"], day * 1440 + v["to"])
        if a < b:
            units = ceil((b - a) / v["unit"])
            cost = units * v["price"]
            days.append((a, b, units, min(cost, v["cap"]) if v["cap"] else cost))
    nights = last if v["night"] else 0
    return days, nights, sum(d[3] for d in days) + nights * v["night"]


def _parking_zh(rng: random.Random, scene: int, v: dict[str, Any]) -> list[str]:
    what, stay, leave = (("停车场", "停进去", "开出来"), ("共享会议室", "开始使用", "结束使用"))[scene]
    text = f"一个{what}按每{v['unit']}分钟{_yuan(v['price'])}元收费，不足{v['unit']}分钟按{v['unit']}分钟算"
    text += f"，每个白天最多收{_yuan(v['cap'])}元" if v["cap"] else ""
    text += "。"
    if v["night"]:
        text += (
            f"白天指{clock(v['from'])}到{clock(v['to'])}，各个白天分开计时、分开封顶；"
            f"夜间（{clock(v['to'])}到次日{clock(v['from'])}）不计时，过一夜收{_yuan(v['night'])}元。"
        )
    if v["free"]:
        text += f"最初{v['free']}分钟免费，收费时间从免费结束时算起。"
    day = ("当天", "第二天", "第三天")[v["end"] // 1440]
    text2 = f"我{clock(v['start'])}{stay}，{day}{clock(v['end'])}{leave}，"
    return [text, text2 + rng.choice(("一共要付多少钱？", "应付多少元？"))]


def _parking_en(rng: random.Random, scene: int, v: dict[str, Any]) -> list[str]:
    what, stay, leave = (("A car park", "I drove in", "out again"), ("A shared workshop", "I started", "left"))[scene]
    text = f"{what} charges {money('en', v['price'])} for every {v['unit']} minutes or part of them"
    text += f", but never more than {money('en', v['cap'])} for one daytime" if v["cap"] else ""
    text += "."
    if v["night"]:
        text += (
            f" Daytime is {clock(v['from'])} to {clock(v['to'])}; each daytime is timed and capped "
            "separately. The night, "
            f"{clock(v['to'])} to {clock(v['from'])}, is not timed but costs a flat {money('en', v['night'])}."
        )
    if v["free"]:
        text += f" The first {v['free']} minutes are free, and timing starts when they are over."
    day = ("the same day", "the next day", "the day after that")[v["end"] // 1440]
    if v["end"] // 1440 == 2:
        day = "two days later"
    return [
        text,
        f"{stay} at {clock(v['start'])} and {'was ' if scene == 0 else ''}{leave} at {clock(v['end'])} {day}. "
        + rng.choice(("What did it cost?", "How much was there to pay?")),
    ]


def _parking_steps(lang: Lang, v: dict[str, Any], days: Any, nights: int, total: int) -> list[str]:
    zh, lines = lang == "zh", []
    for a, b, units, cost in days:
        whole = units * v["price"]
        name = ("当天", "第二天", "第三天")[a // 1440] if zh else ("Day 1", "Day 2", "Day 3")[a // 1440]
        capped = (f"，封顶{money(lang, cost)}" if zh else f", capped at {money(lang, cost)}") if cost < whole else ""
        if zh:
            lines.append(
                f"{name}{clock(a)}—{clock(b)}共{b - a}分钟，按{units}个{v['unit']}分钟算："
                f"{units}×{decimal(Fraction(v['price'], 100))}＝{money(lang, whole)}{capped}。"
            )
        else:
            lines.append(
                f"{name}, {clock(a)}-{clock(b)}: {b - a} minutes, {units} units of {v['unit']}: "
                f"{units} x {money(lang, v['price'])} = {money(lang, whole)}{capped}."
            )
    if nights:
        lines.append(
            f"过夜{nights}次：{money(lang, nights * v['night'])}。"
            if zh
            else f"{count(nights, 'night')}: {money(lang, nights * v['night'])}."
        )
    lines.append(f"合计{money(lang, total)}。" if zh else f"Together {money(lang, total)}.")
    return [f"{n}. {text}" for n, text in enumerate(lines, 1)]
