"""Calendar problem: a common hour for offices far apart."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

from evals.puzzles._ending import ask_working, time_check
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import clock, joined
from evals.puzzles.calendar._cities import CITIES, offset


def meeting(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Earliest common start: level 1 two offices; 2 with lunch; 3 three offices and bookings; 4 also time before it."""
    number = 2 if level < 3 else 3
    while True:
        near = [c for c in CITIES if 60 <= c[2] <= 345] if level >= 3 else [c for c in CITIES if c[2] >= 120]
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
        lang, question=[*text, ask_working(rng, lang, "H:MM")], steps=_meeting_steps(lang, names, v, free, result),
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
        text = f"{n}（{offset(v['offsets'][k])}）{clock(v['open'][k])}上班，{clock(v['close'][k])}下班"
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
        text = f"- {n} ({offset(v['offsets'][k])}): at work {clock(v['open'][k])} to {clock(v['close'][k])}"
        text += f", lunch {clock(v['lunch'][k][0])} to {clock(v['lunch'][k][1])}" if v["lunch"][k][1] else ""
        text += f", booked {clock(v['busy'][k][0])} to {clock(v['busy'][k][1])}" if v["busy"][k][1] else ""
        lines.append(text)
    start = rng.choice(
        (
            f"Colleagues in {joined('en', names)} want one video call, all on the same day. Local times:",
            f"We are looking for a slot for a call between {joined('en', names)}. Everything here is local time:",
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
