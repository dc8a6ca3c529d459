"""Word problem: one vehicle sets off after another and comes back."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import pairwise
from typing import Any

from evals.puzzles._ending import ask_working, time_check
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import clock, decimal

_CHASES: tuple[dict[str, Any], ...] = (
    {
        "zh": ("送货车", "摩托车", "仓库", "发现漏带了一箱货"),
        "en": ("a delivery van", "a motorcycle", "the warehouse", "a crate had been left behind"),
    },
    {
        "zh": ("旅游大巴", "出租车", "酒店", "发现有位客人落了护照"),
        "en": ("a coach", "a taxi", "the hotel", "a guest's passport had been forgotten"),
    },
)


def chase(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 plain catching up; 2 one slow stretch; 3 also stops; 4 the way back with a stop rule of its own."""
    words = rng.choice(_CHASES)[lang]
    while True:
        v = {
            "slow": rng.randrange(8, 13) * 6,
            "fast": rng.randrange(14, 19) * 6,
            "start": rng.randrange(28, 40) * 15,
            "later": rng.randrange(4, 12) * 5,
            "every": rng.choice((15, 18, 20, 24)) if level >= 3 else 0,
            "stop": rng.randrange(3, 9) if level >= 3 else 0,
            "from": rng.randrange(2, 6) * 6 if level >= 2 else 0,
            "to": 0,
            "zone": rng.choice((30, 36, 42, 48)),
            "hand": rng.randrange(3, 8) if level == 4 else 0,
            "every2": rng.choice((25, 30, 40)) if level == 4 else 0,
            "stop2": rng.randrange(3, 8) if level == 4 else 0,
        }
        v["to"] = v["from"] + rng.randrange(2, 4) * 6 if level >= 2 else 0
        met = _meet(v)
        if met is None:
            continue
        at, where = met
        if where > v["to"] + 3 and 15 < at < 300 and (level < 3 or where > 2 * v["every"]):
            back = _legs(v, v["fast"], where, reverse=True)[-1][1]
            stops = _rests(where, v["every2"]) if level == 4 else 0
            end = at + v["hand"] + back + stops * v["stop2"]
            if (
                at.denominator == 1
                and (level < 4 or (end.denominator == 1 and where >= v["every2"] + 1))
                and where.denominator in (1, 2, 5, 10)
            ):
                break
    final = v["start"] + int(end if level == 4 else at)
    question = (_chase_zh if lang == "zh" else _chase_en)(rng, words, v, level)
    return puzzle(
        lang,
        question=[*question, ask_working(rng, lang, "H:MM")],
        steps=_chase_steps(lang, words, v, level, at, where, end),
        answer=clock(final),
        shown=clock(final),
        checks=time_check(final),
        facts={"kind": "chase", "level": level, **v},
        size=(4, 9, 16, 26)[level - 1],
    )


def _rests(way: Fraction, every: int) -> int:
    """How often a stretch of `every` kilometres is full before the end of the way, its very end not counted."""
    return math.ceil(way / every) - 1


def _legs(v: dict[str, Any], speed: int, where: Fraction, *, reverse: bool = False) -> list[tuple[Fraction, Fraction]]:
    """Driving minutes to each corner of the road up to `where` (or back from it), stops not counted."""
    marks = sorted({Fraction(0), min(where, Fraction(v["from"])), min(where, Fraction(v["to"])), where})
    marks = marks[::-1] if reverse else marks
    spent, found = Fraction(0), []
    for a, b in pairwise(marks):
        inside = v["from"] <= min(a, b) and max(a, b) <= v["to"]
        spent += abs(b - a) * 60 / (min(speed, v["zone"]) if inside else speed)
        found.append((b, spent))
    return found


def _meet(v: dict[str, Any]) -> tuple[Fraction, Fraction] | None:
    """Minutes after the first departure and kilometres at which the second draws level, or None within 400 km."""
    stops = [(Fraction(k * v["every"]), k) for k in range(1, 25)] if v["every"] else []
    corner = sorted({Fraction(v["from"]), Fraction(v["to"]), Fraction(400), *(at for at, _ in stops)} - {Fraction(0)})
    last = Fraction(0)
    for mark in corner:
        halts = v["stop"] * sum(at < mark for at, _ in stops)
        lead = _legs(v, v["slow"], mark)[-1][1] + halts
        chaser = v["later"] + _legs(v, v["fast"], mark)[-1][1]
        if chaser <= lead:
            lead0 = (_legs(v, v["slow"], last)[-1][1] if last else 0) + v["stop"] * sum(at <= last for at, _ in stops)
            chaser0 = v["later"] + (_legs(v, v["fast"], last)[-1][1] if last else 0)
            share = (chaser0 - lead0) / ((chaser0 - lead0) + (lead - chaser))
            return lead0 + share * (lead - lead0), last + share * (mark - last)
        if v["every"] and (mark, int(mark // v["every"])) in stops and chaser <= lead + v["stop"]:
            return chaser, mark
        last = mark
    return None


def _chase_zh(rng: random.Random, words: Any, v: dict[str, Any], level: int) -> list[str]:
    first, second, base, reason = words
    leave, after = clock(v["start"]), clock(v["start"] + v["later"])
    text = (
        f"{leave}，{first}从{base}出发，行驶速度{v['slow']}公里/小时；后来{reason}，"
        f"{second}{after}从{base}沿同一条路去追，行驶速度{v['fast']}公里/小时。"
    )
    rules = []
    if level >= 2:
        rules.append(
            f"离{base}{v['from']}公里到{v['to']}公里这一段限速{v['zone']}公里/小时，两车在这一段都按限速行驶，来回都一样。"
        )
    if level >= 3:
        rules.append(f"{first}每走满{v['every']}公里就停车{v['stop']}分钟，{second}去追的路上不停。")
    if level == 4:
        rules.append(
            f"追上后两车停在原地交接{v['hand']}分钟，{second}随即按原路返回，返程每走满{v['every2']}公里休息{v['stop2']}分钟（正好到{base}时不再休息）。"
        )
    what = (
        f"{second}几点几分回到{base}？"
        if level == 4
        else rng.choice((f"{second}几点几分追上{first}？", "几点几分追上？"))
    )
    note = f"如果{first}正停着时被赶上，也算追上。" if level >= 3 else ""
    return [text, *rules, note + what + "（用 24 小时制）"]


def _chase_en(rng: random.Random, words: Any, v: dict[str, Any], level: int) -> list[str]:
    first, second, base, reason = words
    a, b = first.split(" ", 1)[1], second.split(" ", 1)[1]
    leave, after = clock(v["start"]), clock(v["start"] + v["later"])
    text = (
        f"At {leave} {first} left {base}, driving at {v['slow']} km/h. Then it turned out that "
        f"{reason}, and at {after} "
        f"{second} set off from {base} along the same road at {v['fast']} km/h."
    )
    rules = []
    if level >= 2:
        rules.append(
            f"Between kilometre {v['from']} and kilometre {v['to']}, counted from {base}, both keep to the limit of "
            f"{v['zone']} km/h, in either direction."
        )
    if level >= 3:
        rules.append(
            f"The {a} stops for {v['stop']} minutes after every {v['every']} km; the {b} does not stop on its way out."
        )
    if level == 4:
        rules.append(
            f"Once they are level, handing over takes {v['hand']} minutes on the spot. The {b} then "
            "drives straight back "
            f"and on that way rests {v['stop2']} minutes after every {v['every2']} km, except when it is just arriving."
        )
    what = (
        f"When is the {b} back at {base}?"
        if level == 4
        else rng.choice((f"When does the {b} draw level with the {a}?", f"At what time is the {a} caught?"))
    )
    note = f"Reaching the {a} while it is standing still counts as well. " if level >= 3 else ""
    return [text, *rules, f"{note}{what} Use the 24-hour clock."]


def _chase_steps(
    lang: Lang, words: Any, v: dict[str, Any], level: int, at: Fraction, where: Fraction, end: Fraction
) -> list[str]:
    zh = lang == "zh"
    first, second = (words[0], words[1]) if zh else (words[0].split(" ", 1)[1], words[1].split(" ", 1)[1])
    drive = decimal(_legs(v, v["slow"], where)[-1][1])
    own = decimal(_legs(v, v["fast"], where)[-1][1])
    halts = int((where - Fraction(1, 10**9)) // v["every"]) if level >= 3 else 0
    km, wait = decimal(where), halts * v["stop"]
    extra = at - _legs(v, v["slow"], where)[-1][1] - wait
    back = decimal(_legs(v, v["fast"], where, reverse=True)[-1][1])
    stops = _rests(where, v["every2"]) if level == 4 else 0
    met = clock(v["start"] + int(at))
    if zh:
        lines = [
            (
                f"1. 追上的地点离{words[2]}{km}公里。{second}开到那里要{own}分钟，晚出发{v['later']}分钟，"
                f"合计在{first}出发后{decimal(at)}分钟到达。"
            ),
            f"2. {first}开到那里要{drive}分钟"
            + (f"，途中停{halts}次共{wait}分钟" if halts else "")
            + (f"，此时正好在停车，已停{decimal(extra)}分钟" if extra > 0 else "")
            + f"，也是{decimal(at)}分钟，所以在{met}追上；在此之前{second}一直落后。",
        ]
        if level == 4:
            lines.append(
                f"3. 交接{v['hand']}分钟；返程行驶{back}分钟，"
                f"休息{stops}次共{stops * v['stop2']}分钟，从{first}出发算起共{decimal(end)}分钟。"
            )
        return lines
    lines = [
        (
            f"1. They are level {km} km from {words[2]}. The {second} needs {own} minutes to get there "
            f"and left {v['later']} minutes later, so it is there {decimal(at)} minutes after the {first} "
            "left."
        ),
        f"2. The {first} drives {drive} minutes to that place"
        + (
            f" and has stopped {halts} times for {wait} minutes"
            if halts > 1
            else f" and has stopped once for {wait} minutes"
            if halts
            else ""
        )
        + (f", and is standing there for {decimal(extra)} minutes" if extra > 0 else "")
        + (f": also {decimal(at)} minutes, so the time is {met}. Before that the {second} is always behind."),
    ]
    if level == 4:
        rests = "one rest" if stops == 1 else f"{stops} rests"
        lines.append(
            f"3. Handing over: {v['hand']} minutes. Way back: {back} minutes of driving, {rests}, "
            f"{stops * v['stop2']} minutes; {decimal(end)} minutes in all since the {first} left."
        )
    return lines
