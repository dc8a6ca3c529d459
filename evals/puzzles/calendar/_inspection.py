"""Calendar problem: inspections that move off days of rest."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

from evals.puzzles._ending import ask_working, date_check
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import dated
from evals.puzzles.calendar._dates import DAY, iso


def inspection(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 the k-th date; 2 moved off weekends; 3 counted from the day it really was; 4 two rhythms on one day."""
    scene = rng.choice((0, 1))
    while True:
        start = date(rng.choice((2026, 2027)), rng.randrange(1, 8), rng.randrange(1, 29))
        if start.weekday() > 4:
            continue
        v: dict[str, Any] = {
            "start": start,
            "every": rng.choice((9, 10, 11, 12, 13, 15, 16, 17, 18, 20)),
            "number": rng.randrange(4, 8) + level,
            "every2": 0,
            "start2": None,
            "real": level >= 3,
            "closed": [],
            "weekends": level >= 2,
        }
        if level == 4:
            v["start2"] = start + DAY * rng.randrange(2, 9)
            if v["start2"].weekday() > 4:
                continue
            v["every2"] = rng.choice([n for n in (10, 11, 13, 14, 16, 18, 19, 22, 23) if n != v["every"]])
        if level >= 3:
            shut = start + DAY * rng.randrange(25, 70)
            v["closed"] = [shut + DAY * k for k in range(rng.randrange(4, 9))]
        runs = [_run(v["start"], v["every"], v, 60)] + ([_run(v["start2"], v["every2"], v, 60)] if level == 4 else [])
        if level < 4:
            result, moved = runs[0][v["number"]][1], sum(a != b for a, b in runs[0][1 : v["number"] + 1])
            if level == 1 or (
                moved >= level and (not v["closed"] or any(a in v["closed"] for a, _ in runs[0][: v["number"]]))
            ):
                break
            continue
        both = sorted({b for _, b in runs[0][1:]} & {b for _, b in runs[1][1:]})
        if both and (both[0] - start).days > 75 and both[0] < start + DAY * 330:
            result = both[0]
            break
    text = (_inspect_zh if lang == "zh" else _inspect_en)(rng, scene, level, v)
    facts = {"kind": "inspection", "level": level, **{k: iso(x) for k, x in v.items()}}
    steps = _inspect_steps(lang, level, v, runs, result)
    return puzzle(
        lang,
        question=[*text, ask_working(rng, lang, "×年×月×日" if lang == "zh" else "D Month YYYY")],
        steps=steps,
        answer=result.isoformat(),
        shown=dated(lang, result),
        checks=date_check(result),
        facts=facts,
        size=sum(b <= result for run in runs for _, b in run) * level,
    )


def _run(start: date, every: int, v: dict[str, Any], number: int) -> list[tuple[date, date]]:
    """Planned and real day of each visit, the first one included."""
    found = [(start, start)]
    for _ in range(number):
        planned = found[-1][1 if v["real"] else 0] + DAY * every
        real = planned
        while v["weekends"] and (real.weekday() > 4 or real in v["closed"]):
            real += DAY
        found.append((planned, real))
    return found


def _inspect_zh(rng: random.Random, scene: int, level: int, v: dict[str, Any]) -> list[str]:
    what = ("锅炉", "电梯")[scene]
    start = dated("zh", v["start"], week=True)
    text = rng.choice(
        (
            f"{what}{start}做了一次保养，以后每{v['every']}天保养一次（即与上一次相隔{v['every']}天）。",
            f"物业给{what}排保养：{start}是第0次，此后每隔{v['every']}天做一次（两次的日期相差{v['every']}天）。",
        )
    )
    if level == 4:
        text += (
            f"消防系统则从{dated('zh', v['start2'], week=True)}检查一次算起，每{v['every2']}天检查一次，"
            f"日期相差{v['every2']}天。"
        )
    if level >= 2:
        both = "" if level < 4 else "两种工作都一样："
        shut = (
            f"或{dated('zh', v['closed'][0], year=False)}至{dated('zh', v['closed'][-1], year=False)}的停业期"
            if v["closed"]
            else ""
        )
        text += f"{both}排到的日子如果是周六、周日{shut}，就顺延到其后第一个工作日；"
        text += "下一次从实际做的那天算起。" if v["real"] else "下一次仍从原定的日子算起。"
    if level < 4:
        return [text, f"从{dated('zh', v['start'], year=False)}那次之后数起，第{v['number']}次保养实际在哪一天做？"]
    return [text, "在这两次起始之后，最早在哪一天两项工作恰好都要做？"]


def _inspect_en(rng: random.Random, scene: int, level: int, v: dict[str, Any]) -> list[str]:
    what = ("boiler", "lift")[scene]
    start = dated("en", v["start"], week=True)
    text = rng.choice(
        (
            (
                f"The {what} was serviced on {start} and from then on is due every {v['every']} days (that "
                f"is, {v['every']} days after the last time)."
            ),
            (
                f"We service the {what} every {v['every']} days, the dates being {v['every']} days apart; the "
                f"first service was on {start}."
            ),
        )
    )
    if level == 4:
        text += (
            f" The fire alarm is tested every {v['every2']} days in the same way, starting from a test on "
            f"{dated('en', v['start2'], week=True)}."
        )
    if level >= 2:
        shut = (
            (
                f" or in our closed days from {dated('en', v['closed'][0], year=False)} to "
                f"{dated('en', v['closed'][-1], year=False)} inclusive"
            )
            if v["closed"]
            else ""
        )
        text += (
            f" Whatever falls on a Saturday or Sunday{shut} is moved to the next working day, and the "
            "next date is counted from "
        )
        text += "the day on which it was really done." if v["real"] else "the date originally planned."
        text += " This holds for both." if level == 4 else ""
    if level < 4:
        n = v["number"]
        return [
            text,
            f"On which day is service number {n} after that of {dated('en', v['start'], year=False)} really done?",
        ]
    return [text, "After those two starting dates, what is the first day on which both are really done?"]


def _inspect_steps(lang: Lang, level: int, v: dict[str, Any], runs: Any, result: date) -> list[str]:
    zh, lines = lang == "zh", []
    names = ("保养", "消防检查") if zh else ("Services", "Alarm tests")
    for name, run in zip(names, runs, strict=False):
        bits = []
        for k, (planned, real) in enumerate(
            run[1 : v["number"] + 1] if level < 4 else [r for r in run[1:] if r[1] <= result], 1
        ):
            text = dated(lang, real, year=False)
            text += (
                (f"（原定{dated(lang, planned, year=False)}）" if zh else f" (due {dated(lang, planned, year=False)})")
                if real != planned
                else ""
            )
            bits.append(f"第{k}次{text}" if zh else f"{k}: {text}")
        lines.append(f"{name}：" + "，".join(bits) + "。" if zh else f"{name}: " + ", ".join(bits) + ".")
    if level == 4:
        lines.append(
            f"两列日期最早在{dated('zh', result, week=True)}重合。"
            if zh
            else f"The first date in both lists is {dated('en', result, week=True)}."
        )
    else:
        lines.append(
            f"所以第{v['number']}次实际在{dated('zh', result, week=True)}。"
            if zh
            else f"So number {v['number']} is done on {dated('en', result, week=True)}."
        )
    return [f"{n}. {text}" for n, text in enumerate(lines, 1)]
