"""Problems about clocks: a journey across time zones, and a common hour for offices far apart."""

from __future__ import annotations

import random
from itertools import pairwise
from math import acos, cos, radians, sin
from typing import Any

from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._phrase import clock, closing, count, listed, numeric, puzzle, time_check

_CITIES: tuple[tuple[str, str, int, int, int], ...] = (
    ("上海", "Shanghai", 480, 31, 121), ("东京", "Tokyo", 540, 36, 140), ("新加坡", "Singapore", 480, 1, 104),
    ("德里", "Delhi", 330, 29, 77), ("加德满都", "Kathmandu", 345, 28, 85), ("迪拜", "Dubai", 240, 25, 55),
    ("内罗毕", "Nairobi", 180, -1, 37), ("多哈", "Doha", 180, 25, 51), ("约翰内斯堡", "Johannesburg", 120, -26, 28),
    ("拉各斯", "Lagos", 60, 6, 3), ("圣保罗", "São Paulo", -180, -24, -47), ("利马", "Lima", -300, -12, -77),
)  # fmt: skip
"""Cities without summer time: names, minutes ahead of UTC, latitude and longitude in degrees."""


def _flying(a: tuple[Any, ...], b: tuple[Any, ...]) -> int:
    """A plausible flying time in minutes: half an hour and the great circle at 850 km/h, in steps of five."""
    (p, q), (r, s) = ([radians(x) for x in city[3:]] for city in (a, b))
    angle = acos(sin(p) * sin(r) + cos(p) * cos(r) * cos(q - s))
    return 5 * round((30 + angle * 6371 / 850 * 60) / 5)


def _offset(minutes: int) -> str:
    sign = "+" if minutes >= 0 else "-"
    return f"UTC{sign}{abs(minutes) // 60}" + (f":{abs(minutes) % 60:02d}" if minutes % 60 else "")


def _when(lang: Lang, minute: int) -> str:
    """Minutes since the first day's midnight as day and clock."""
    day = minute // 1440
    if lang == "zh":
        return ("当天", "第二天", "第三天", "第四天")[day] + clock(minute) if day else clock(minute)
    return clock(minute) + ("", " on the second day", " on the third day", " on the fourth day")[day]


# ------------------------------------------------------------------------------------------------ journey
def journey(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Arrival or total time: level 1 one leg, 2 two legs, 3 two legs by timetable, 4 three legs by timetable."""
    cargo = rng.random() < 0.5
    legs = (1, 2, 2, 3)[level - 1]
    while True:
        stops = rng.sample(_CITIES, legs + 1)
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
        lang, question=[*question, closing(rng, lang, form)], steps=steps, answer=answer, shown=shown, checks=checks,
        facts={"kind": "journey", "total": total, **v}, size=legs * (3, 4, 9, 11)[level - 1],
    )  # fmt: skip


def _journey_zh(rng: random.Random, cargo: bool, names: list[str], v: dict[str, Any], total: bool) -> list[str]:
    zones = "，".join(f"{n}{_offset(o)}" for n, o in zip(names, v["offsets"], strict=True))
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
    zones = listed("en", [f"{n} {_offset(o)}" for n, o in zip(names, v["offsets"], strict=True)])
    hours = [f"{f // 60} h" + (f" {f % 60} min" if f % 60 else "") for f in v["flights"]]
    who = "A consignment of chilled medicine leaves" if cargo else "A colleague takes off from"
    route = ", ".join(f"{a} to {b} {h}" for a, b, h in zip(names, names[1:], hours, strict=False))
    via = (
        f", changes in {listed('en', names[1:-1])} and goes on to {names[-1]}"
        if len(names) > 2
        else f" and flies straight to {names[-1]}"
    )
    if cargo and len(names) > 2:
        via = f", is reloaded in {listed('en', names[1:-1])} and goes on to {names[-1]}"
    text = (
        f"{who} {names[0]} at {clock(v['start'])}{via}. All times are local; the zones are {zones}, "
        f"without summer time. Flying times: {route}."
    )
    if v["departures"]:
        times = "; ".join(
            f"from {n} to {m} daily at {listed('en', [clock(t) for t in row])}"
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


# ------------------------------------------------------------------------------------------------ common hour
def meeting(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Earliest common start: level 1 two offices; 2 with lunch; 3 three offices and bookings; 4 also time before it."""
    number = 2 if level < 3 else 3
    while True:
        near = [c for c in _CITIES if 60 <= c[2] <= 345] if level >= 3 else [c for c in _CITIES if c[2] >= 120]
        cities = rng.sample(near, number)
        if len({c[2] for c in cities}) < number:
            continue
        v: dict[str, Any] = {
            "offsets": [c[2] for c in cities],
            "open": [rng.choice((480, 510, 540, 570)) for _ in cities],
            "close": [rng.choice((1020, 1050, 1080)) for _ in cities],
            "lunch": [
                [m := rng.choice((720, 735, 750, 780)), m + rng.choice((45, 60))] if level >= 2 else [0, 0]
                for _ in cities
            ],
            "busy": [
                [m := rng.randrange(36, 64) * 15, m + rng.choice((30, 45, 60, 75))] if level >= 3 else [0, 0]
                for _ in cities
            ],
            "length": rng.choice((30, 40, 45, 60)),
            "before": rng.choice((10, 15, 20)) if level == 4 else 0,
            "ask": rng.randrange(number),
        }
        free = _free(v)
        starts = [(a + v["before"], b) for a, b in free if b - a >= v["length"] + v["before"]]
        lost = [a for a, b in free if b - a < v["length"] + v["before"]]
        if starts and (level < 3 or (lost and lost[0] < starts[0][0])) and _sane(v):
            break
    names = [c[0] if lang == "zh" else c[1] for c in cities]
    result = starts[0][0] + v["offsets"][v["ask"]]
    text = (_meeting_zh if lang == "zh" else _meeting_en)(rng, names, v)
    return puzzle(
        lang, question=[*text, closing(rng, lang, "H:MM")], steps=_meeting_steps(lang, names, v, free, result),
        answer=clock(result), shown=clock(result), checks=time_check(result), facts={"kind": "meeting", **v},
        size=number * (3, 5, 8, 10)[level - 1],
    )  # fmt: skip


def _sane(v: dict[str, Any]) -> bool:
    return all(
        not (b[0] < m[1] and m[0] < b[1]) and b[1] < c
        for b, m, c in zip(v["busy"], v["lunch"], v["close"], strict=True)
    )


def _free(v: dict[str, Any]) -> list[tuple[int, int]]:
    """Stretches in UTC in which everybody is at work and free, in order."""
    spans = zip(v["offsets"], v["open"], v["close"], v["lunch"], v["busy"], strict=True)
    edges = sorted({t - o for o, first, last, *cuts in spans for t in (first, last, *cuts[0], *cuts[1]) if t})
    found: list[tuple[int, int]] = []
    for a, b in pairwise(edges):
        fits = all(
            v["open"][k] <= a + o
            and b + o <= v["close"][k]
            and not _inside(a + o, b + o, v["lunch"][k])
            and not _inside(a + o, b + o, v["busy"][k])
            for k, o in enumerate(v["offsets"])
        )
        if fits and found and found[-1][1] == a:
            found[-1] = (found[-1][0], b)
        elif fits:
            found.append((a, b))
    return found


def _inside(a: int, b: int, span: list[int]) -> bool:
    return a < span[1] and span[0] < b


def _meeting_zh(rng: random.Random, names: list[str], v: dict[str, Any]) -> list[str]:
    lines = []
    for k, n in enumerate(names):
        text = f"{n}（{_offset(v['offsets'][k])}）{clock(v['open'][k])}上班，{clock(v['close'][k])}下班"
        text += f"，{clock(v['lunch'][k][0])}到{clock(v['lunch'][k][1])}午休" if v["lunch"][k][1] else ""
        text += f"，{clock(v['busy'][k][0])}到{clock(v['busy'][k][1])}已有安排" if v["busy"][k][1] else ""
        lines.append(text + "。")
    start = rng.choice(
        (
            f"{'、'.join(names)}的同事要开一次视频会，时间以各自当地为准：",
            f"{'、'.join(names)}的{len(names)}个办公室要约同一天的一次通话，以下都是当地时间：",
        )
    )
    text = (
        (
            f"会议要连续{v['length']}分钟，{'两' if len(names) == 2 else '三'}边都得在上班时间之内，"
            "并且不占午休和已有安排。"
        )
        if v["lunch"][0][1]
        else f"会议要连续{v['length']}分钟，两边都得在上班时间之内。"
    )
    text = text.replace("午休和已有安排", "午休") if not v["busy"][0][1] else text
    if v["before"]:
        text += f"开会前还要{v['before']}分钟调试设备，这段时间同样要求大家都在上班而且空闲。"
    who = names[v["ask"]]
    return [
        start,
        *lines,
        text,
        rng.choice((f"会议最早几点开始（按{who}时间）？", f"按{who}时间，最早可以几点开会？")) + "（用 24 小时制）",
    ]


def _meeting_en(rng: random.Random, names: list[str], v: dict[str, Any]) -> list[str]:
    lines = []
    for k, n in enumerate(names):
        text = f"- {n} ({_offset(v['offsets'][k])}): at work {clock(v['open'][k])} to {clock(v['close'][k])}"
        text += f", lunch {clock(v['lunch'][k][0])} to {clock(v['lunch'][k][1])}" if v["lunch"][k][1] else ""
        text += f", booked {clock(v['busy'][k][0])} to {clock(v['busy'][k][1])}" if v["busy"][k][1] else ""
        lines.append(text)
    start = rng.choice(
        (
            f"Colleagues in {listed('en', names)} want one video call, all on the same day. Local times:",
            f"We are looking for a slot for a call between {listed('en', names)}. Everything here is local time:",
        )
    )
    text = f"The call lasts {v['length']} minutes without a break and must lie within everybody's working hours"
    text += ", clear of lunch and bookings." if v["busy"][0][1] else ", clear of lunch." if v["lunch"][0][1] else "."
    if v["before"]:
        text += (
            f" The {v['before']} minutes before it are needed for setting up, and everybody must be at "
            "work and free then as well."
        )
    who = names[v["ask"]]
    return [
        start,
        *lines,
        text,
        rng.choice(
            (
                f"What is the earliest start of the call, in {who} time?",
                f"At what time in {who} can the call begin at the earliest?",
            )
        )
        + " Use the 24-hour clock.",
    ]


def _meeting_steps(lang: Lang, names: list[str], v: dict[str, Any], free: Any, result: int) -> list[str]:
    zh, lines = lang == "zh", []
    for k, n in enumerate(names):
        cuts = sorted(s for s in (v["lunch"][k], v["busy"][k]) if s[1])
        spans, at = [], v["open"][k]
        for a, b in cuts:
            spans.append((at, a))
            at = b
        spans.append((at, v["close"][k]))
        told = ("，" if zh else ", ").join(
            f"{clock(a - v['offsets'][k])}{'—' if zh else '-'}{clock(b - v['offsets'][k])}" for a, b in spans if b > a
        )
        lines.append(f"{n}有空的时段换成UTC：{told}。" if zh else f"{n} is free, in UTC: {told}.")
    told = ("，" if zh else ", ").join(
        f"{clock(a)}{'—' if zh else '-'}{clock(b)} ({b - a} min)".replace(" (", "（").replace(" min)", "分钟）")
        if zh
        else f"{clock(a)}-{clock(b)} ({b - a} min)"
        for a, b in free
    )
    need = v["length"] + v["before"]
    utc = result - v["offsets"][v["ask"]]
    if zh:
        lines.append(f"共同的空闲时段：{told}。连续至少要{need}分钟，第一个够长的从{clock(utc - v['before'])}开始。")
        lines.append(
            (f"先用{v['before']}分钟调试，" if v["before"] else "")
            + f"会议UTC {clock(utc)}开始，即{names[v['ask']]}时间{clock(result)}。"
        )
    else:
        lines.append(
            f"Common free stretches: {told}. At least {need} minutes are needed; the first one long "
            f"enough begins at {clock(utc - v['before'])}."
        )
        lines.append(
            (f"After {v['before']} minutes of setting up the" if v["before"] else "The")
            + f" call begins at {clock(utc)} UTC, which is {clock(result)} in {names[v['ask']]}."
        )
    return [f"{n}. {text}" for n, text in enumerate(lines, 1)]
