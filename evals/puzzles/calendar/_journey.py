"""Calendar problem: a journey across time zones."""

from __future__ import annotations

import random
from itertools import pairwise
from math import acos, cos, radians, sin
from typing import Any

from evals.puzzles._ending import ask_working, numeric, time_check
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import clock, count, joined
from evals.puzzles.calendar._cities import CITIES, offset


def _flying(a: tuple[Any, ...], b: tuple[Any, ...]) -> int:
    """A plausible flying time in minutes: half an hour and the great circle at 850 km/h, in steps of five."""
    (p, q), (r, s) = ([radians(x) for x in city[3:]] for city in (a, b))
    angle = acos(sin(p) * sin(r) + cos(p) * cos(r) * cos(q - s))
    return 5 * round((30 + angle * 6371 / 850 * 60) / 5)


def _when(lang: Lang, minute: int) -> str:
    """Minutes since the first day's midnight as day and clock."""
    day = minute // 1440
    if lang == "zh":
        return ("当天", "第二天", "第三天", "第四天")[day] + clock(minute) if day else clock(minute)
    return clock(minute) + ("", " on the second day", " on the third day", " on the fourth day")[day]


def journey(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Arrival or total time: level 1 one leg, 2 two legs, 3 two legs by timetable, 4 three legs by timetable."""
    cargo = rng.random() < 0.5
    legs = (1, 2, 2, 3)[level - 1]
    while True:
        stops = rng.sample(CITIES, legs + 1)
        if len({s[2] for s in stops}) == legs + 1 and all(_flying(a, b) < 1000 for a, b in pairwise(stops)):
            break
    start = rng.randrange(100, 260) * 5
    flights = [_flying(a, b) + rng.randrange(-2, 4) * 5 for a, b in pairwise(stops)]
    table = [sorted(rng.sample(range(48, 280), 3)) for _ in range(legs - 1)]
    departures = [[5 * t for t in row] for row in table]
    gap = rng.choice((60, 75, 90, 100))
    wait = rng.randrange(15, 60) * 5
    # all in minutes of UTC, day 0 being the first city's calendar day
    now, lines = start - stops[0][2], []
    begun = now
    for k in range(legs):
        if k:
            ready = now + gap if level >= 3 else now + wait
            local = ready + stops[k][2]
            if level >= 3:
                day = local // 1440
                local = next(d * 1440 + t for d in (day, day + 1) for t in departures[k - 1] if d * 1440 + t >= local)
            lines.append((k, now + stops[k][2], local))
            now = local - stops[k][2]
        now += flights[k]
    arrival = now + stops[-1][2]
    v = {
        "offsets": [s[2] for s in stops],
        "start": start,
        "flights": flights,
        "departures": departures if level >= 3 else [],
        "gap": gap if level >= 3 else wait,
    }
    total = level >= 3
    value = now - begun
    names = [s[0] if lang == "zh" else s[1] for s in stops]
    question = (_journey_zh if lang == "zh" else _journey_en)(rng, cargo, names, v, total)
    steps = _journey_steps(lang, names, v, lines, arrival, value if total else None)
    if total:
        shown, checks, form = (
            (f"{value}分钟", numeric(str(value)), "××分钟")
            if lang == "zh"
            else (f"{value} minutes", numeric(str(value)), "… minutes")
        )
        answer = str(value)
    else:
        answer = shown = clock(arrival % 1440)
        checks, form = time_check(arrival % 1440), "H:MM"
    return puzzle(
        lang, question=[*question, ask_working(rng, lang, form)], steps=steps,
        answer=answer, shown=shown, checks=checks,
        facts={"kind": "journey", "total": total, **v}, size=legs * (3, 4, 9, 11)[level - 1],
    )  # fmt: skip


def _journey_zh(rng: random.Random, cargo: bool, names: list[str], v: dict[str, Any], total: bool) -> list[str]:
    zones = "，".join(f"{n}{offset(o)}" for n, o in zip(names, v["offsets"], strict=True))
    hours = [f"{f // 60}小时{f'{f % 60}分' if f % 60 else ''}" for f in v["flights"]]
    who = "一批冷链药品" if cargo else "一位同事"
    route = "，".join(f"{a}飞{b}要{h}" for a, b, h in zip(names, names[1:], hours, strict=False))
    text = (
        f"{who}{clock(v['start'])}（当地时间，下同）从{names[0]}起飞，"
        + (f"经{'、'.join(names[1:-1])}" if len(names) > 2 else "直飞")
        + f"到{names[-1]}。"
    )
    text += f"各地时区：{zones}，都不实行夏令时。飞行时间：{route}。"
    if v["departures"]:
        times = "；".join(
            f"{n}飞{m}的航班每天{'、'.join(map(clock, row))}起飞"
            for n, m, row in zip(names[1:], names[2:], v["departures"], strict=False)
        )
        change = "卸货再装机" if cargo else "转机"
        text += f"{times}。{change}至少要留{v['gap']}分钟（恰好{v['gap']}分钟也来得及），总是赶最早能赶上的一班。"
    elif len(names) > 2:
        text += f"中途停留{v['gap']}分钟。"
    if total:
        return [
            text,
            rng.choice(
                (
                    f"从{names[0]}起飞到在{names[-1]}落地，一共用了多少分钟？",
                    f"从起飞到最后落地，全程多少分钟（含{'中转' if cargo else '转机'}等候）？",
                )
            ),
        ]
    return [text, f"到{names[-1]}时当地是几点几分？（用 24 小时制）"]


def _journey_en(rng: random.Random, cargo: bool, names: list[str], v: dict[str, Any], total: bool) -> list[str]:
    zones = joined("en", [f"{n} {offset(o)}" for n, o in zip(names, v["offsets"], strict=True)])
    hours = [f"{f // 60} h" + (f" {f % 60} min" if f % 60 else "") for f in v["flights"]]
    who = "A consignment of chilled medicine leaves" if cargo else "A colleague takes off from"
    route = ", ".join(f"{a} to {b} {h}" for a, b, h in zip(names, names[1:], hours, strict=False))
    via = (
        f", changes in {joined('en', names[1:-1])} and goes on to {names[-1]}"
        if len(names) > 2
        else f" and flies straight to {names[-1]}"
    )
    if cargo and len(names) > 2:
        via = f", is reloaded in {joined('en', names[1:-1])} and goes on to {names[-1]}"
    text = (
        f"{who} {names[0]} at {clock(v['start'])}{via}. All times are local; the zones are {zones}, "
        f"without summer time. Flying times: {route}."
    )
    if v["departures"]:
        times = "; ".join(
            f"from {n} to {m} daily at {joined('en', [clock(t) for t in row])}"
            for n, m, row in zip(names[1:], names[2:], v["departures"], strict=False)
        )
        change = "Reloading" if cargo else "Changing"
        text += (
            f" Onward flights leave {times}. {change} takes at least {v['gap']} minutes (exactly "
            f"{v['gap']} is enough), and the first flight that can be caught is taken."
        )
    elif len(names) > 2:
        text += f" The stop on the way takes {count(v['gap'], 'minute')}."
    if total:
        return [
            text,
            rng.choice(
                (
                    f"How many minutes pass between take-off in {names[0]} and landing in {names[-1]}?",
                    "How long does it all take, from the first take-off to the last landing, in minutes?",
                )
            ),
        ]
    return [text, f"What is the local time in {names[-1]} on landing? Use the 24-hour clock."]


def _journey_steps(
    lang: Lang, names: list[str], v: dict[str, Any], lines: Any, arrival: int, value: int | None
) -> list[str]:
    zh, found = lang == "zh", []
    arrivals = [line[1] for line in lines] + [arrival]
    leave = [v["start"]] + [line[2] for line in lines]
    for k, flight in enumerate(v["flights"]):
        shift = v["offsets"][k + 1] - v["offsets"][k]
        sign = ("＋" if shift >= 0 else "－") if zh else (" +" if shift >= 0 else " -")
        delta = f"{abs(shift) // 60}:{abs(shift) % 60:02d}"
        fly = f"{flight // 60}:{flight % 60:02d}"
        if zh:
            found.append(
                f"{names[k]}{_when('zh', leave[k])}起飞，飞{fly}，时差{sign}{delta}，"
                f"到{names[k + 1]}是当地{_when('zh', arrivals[k])}。"
            )
        else:
            found.append(
                f"Leave {names[k]} at {_when('en', leave[k])}; flying {fly}, time "
                f"difference{sign}{delta}; {names[k + 1]} at {_when('en', arrivals[k])} local time."
            )
        if k < len(lines):
            rest = lines[k][2] - lines[k][1]
            found.append(
                f"在{names[k + 1]}等{rest}分钟，{_when('zh', lines[k][2])}起飞。"
                if zh
                else f"Wait {rest} minutes in {names[k + 1]}; the onward flight leaves at {_when('en', lines[k][2])}."
            )
    if value is None:
        found.append(
            f"所以落地时{names[-1]}是{clock(arrival)}。"
            if zh
            else f"So on landing the clocks in {names[-1]} show {clock(arrival)}."
        )
    else:
        terms = list(map(str, v["flights"])) + [str(line[2] - line[1]) for line in lines]
        found.append(
            f"全程：{'＋'.join(terms)}＝{value}分钟。" if zh else f"In all: {' + '.join(terms)} = {value} minutes."
        )
    return [f"{n}. {text}" for n, text in enumerate(found, 1)]
