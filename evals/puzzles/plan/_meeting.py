"""Planning: a time for two meetings."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._ending import in_order
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import clock_in, joined, row

_TEAM = {
    "zh": ("孙经理", "小蔡", "小余", "老潘", "小袁", "小蒲"),
    "en": ("Priya", "Quentin", "Rosa", "Stefan", "Tilda", "Umar"),
}
_MEETING = {1: 3, 2: 4, 3: 5, 4: 6}


def _meeting(rng: random.Random, lang: Lang, level: int) -> Draft:
    n = _MEETING[level]
    while True:
        busy = []
        for _ in range(n):
            own = []
            for _ in range(rng.randint(2, 3)):
                begin = rng.randrange(540, 1020, 15)
                own.append([begin, begin + rng.choice((30, 45, 60, 75, 90, 120)), rng.random() < 0.4 and level > 1])
            busy.append(_merged(own))
        first = sorted(rng.sample(range(n), max(2, n - 2)))
        second = sorted(rng.sample(range(n), max(2, n - 2)))
        facts = {
            "people": list(_TEAM[lang][:n]),
            "busy": busy,
            "first": [first, rng.choice((45, 60, 75))],
            "second": [second, rng.choice((30, 45, 60))],
            "pause": rng.choice((15, 30)),
            "travel": rng.choice((15, 20, 30)),
            "two": level > 2,
        }
        found = _slots(facts)
        careless = _slots({**facts, "travel": 0})
        if found and found[0] >= 600 and (level < 3 or (first != second and careless != found)):
            break
    times = [clock_in(lang, t) for t in found]
    return Draft(
        body=_meeting_question(rng, lang, facts),
        form="……" if lang == "zh" else "...",
        note=(
            "冒号后面先写第一个会、再写第二个会的开始时刻。"
            if lang == "zh"
            else "After the colon give the start of the first meeting, then that of the second."
        )
        if level > 2
        else "",
        lines=_meeting_lines(lang, facts, found),
        answer=row(lang, times),
        checks=(in_order(times),),
        facts=facts,
        size=sum(len(b) for b in busy) * (2 if level > 2 else 1) + n * level,
    )


def _merged(own: Sequence[list[Any]]) -> list[list[Any]]:
    """Appointments in order, those that touch or overlap an earlier one left out."""
    out: list[list[Any]] = []
    for item in sorted(own):
        if item[1] <= 1080 and (not out or item[0] >= out[-1][1] + 15):
            out.append(list(item))
    return out


def _closed(facts: Mapping[str, Any], who: Sequence[int]) -> list[tuple[int, int]]:
    """When at least one of these people is not free: lunch, appointments, and the way to and from those outside."""
    out = [(720, 780)]
    for k in who:
        for begin, end, outside in facts["busy"][k]:
            travel = facts["travel"] if outside else 0
            out.append((begin - travel, end + travel))
    return sorted(out)


def _earliest(closed: Sequence[tuple[int, int]], start: int, length: int) -> int | None:
    """The earliest start of a gap long enough, not before `start`, ending by 18:00."""
    at = start
    for begin, end in closed:
        if begin >= at + length:
            break
        at = max(at, end)
    return at if at + length <= 1080 else None


def _slots(facts: Mapping[str, Any]) -> list[int]:
    """Starts of the meetings, or nothing when they do not fit."""
    first = _earliest(_closed(facts, facts["first"][0]), 540, facts["first"][1])
    if first is None:
        return []
    if not facts["two"]:
        return [first]
    second = _earliest(
        _closed(facts, facts["second"][0]), first + facts["first"][1] + facts["pause"], facts["second"][1]
    )
    return [] if second is None else [first, second]


def _meeting_question(rng: random.Random, lang: Lang, facts: Mapping[str, Any]) -> str:
    people, busy = facts["people"], facts["busy"]
    (one, length), (two, other) = facts["first"], facts["second"]
    if lang == "zh":
        lines = []
        for name, own in zip(people, busy, strict=True):
            items = [f"{clock_in(lang, a)}—{clock_in(lang, b)}" + ("（外出）" if out else "") for a, b, out in own]
            lines.append(f"{name}：{'、'.join(items) or '全天有空'}")
        head = rng.choice(
            ("助理要给项目组约时间，大家当天已有的安排如下：", "周三要开会，各人日程上已经占掉的时间是：")
        )
        rules = (
            "上班时间9:00到18:00，12:00到13:00午休不开会。"
            "前一件事结束的时刻可以立刻接着开会，会一结束也可以立刻去办下一件事。"
        ) + (f"标“外出”的，前后各要留{facts['travel']}分钟路上时间。" if any(o[2] for own in busy for o in own) else "")
        ask = f"要开一个{length}分钟的会，{joined(lang, [people[k] for k in one])}必须到，不能中断。最早几点开始？"
        if facts["two"]:
            ask = (
                f"要开两个会，都不能中断：第一个{length}分钟，"
                f"{joined(lang, [people[k] for k in one])}必须到；第二个{other}分钟，"
                f"{joined(lang, [people[k] for k in two])}必须到，"
                f"而且至少要在第一个会结束{facts['pause']}分钟之后才能开始。"
                "两个会都要尽早，先保证第一个最早。两个会各几点开始？"
            )
        return head + "\n" + "\n".join(lines) + f"\n{rules}\n{ask}"
    lines = []
    for name, own in zip(people, busy, strict=True):
        items = [f"{clock_in(lang, a)} to {clock_in(lang, b)}" + (" (outside)" if out else "") for a, b, out in own]
        lines.append(f"- {name}: {', '.join(items) or 'free all day'}")
    head = rng.choice(
        (
            "I have to find a time for the project team. What is in their diaries already:",
            "These are the engagements people have on Wednesday:",
        )
    )
    rules = (
        "The working day is 09:00 to 18:00, with no meetings in the lunch hour "
        "from 12:00 to 13:00. A meeting may begin at the minute another "
        "engagement ends, and end at the minute one begins."
    ) + (
        f' Engagements marked "outside" need {facts["travel"]} minutes of travel before and after.'
        if any(o[2] for own in busy for o in own)
        else ""
    )
    ask = (
        f"We need one meeting of {length} minutes without a break, and "
        f"{joined(lang, [people[k] for k in one])} must be there. What is the "
        "earliest it can begin?"
    )
    if facts["two"]:
        ask = (
            f"We need two meetings, each without a break. The first takes {length} "
            f"minutes and needs {joined(lang, [people[k] for k in one])}. The "
            f"second takes {other} minutes, needs "
            f"{joined(lang, [people[k] for k in two])}, and may not begin until "
            f"{facts['pause']} minutes after the first has ended. Both are to be as "
            "early as possible, the first before all. When does each begin?"
        )
    return head + "\n" + "\n".join(lines) + f"\n{rules}\n{ask}"


def _meeting_lines(lang: Lang, facts: Mapping[str, Any], found: Sequence[int]) -> list[str]:
    lines, zh = [], lang == "zh"
    parts = [(facts["first"], 540), (facts["second"], found[0] + facts["first"][1] + facts["pause"])][: len(found)]
    for at, (((who, length), begin), start) in enumerate(zip(parts, found, strict=True)):
        blocks: list[list[int]] = []
        for a, b in _closed(facts, who):
            if blocks and a <= blocks[-1][1]:
                blocks[-1][1] = max(blocks[-1][1], b)
            else:
                blocks.append([a, b])
        shown = [("—" if zh else " to ").join(clock_in(lang, minute) for minute in block) for block in blocks]
        names = joined(lang, [facts["people"][k] for k in who])
        which = ("第一个会" if at == 0 else "第二个会") if len(found) > 1 else "这个会"
        english = ("the first meeting" if at == 0 else "the second meeting") if len(found) > 1 else "the meeting"
        away = any(outside for k in who for _, _, outside in facts["busy"][k])
        counted = ("午休和路上" if away else "午休") if zh else ("lunch and travel" if away else "lunch")
        lines.append(
            f"{which}：{names}当中有人没空的时间（含{counted}）合起来是{'、'.join(shown)}。"
            if zh
            else f"For {english}, somebody among {names} is not free ({counted} included) at {', '.join(shown)}."
        )
        short = []
        free = begin
        for a, b in blocks:
            if free < a < start + length and a - free < length and a > begin:
                short.append(
                    f"{clock_in(lang, max(free, begin))}—{clock_in(lang, a)}"
                    if zh
                    else f"{clock_in(lang, max(free, begin))} to {clock_in(lang, a)}"
                )
            free = max(free, b)
        if short:
            lines.append(
                f"不早于{clock_in(lang, begin)}的空当里，{'、'.join(short)}不够{length}分钟。"
                if zh
                else (
                    f"Not before {clock_in(lang, begin)}, the "
                    f"gap{'s' if len(short) > 1 else ''} {', '.join(short)} "
                    f"{'are' if len(short) > 1 else 'is'} too short for {length} minutes."
                )
            )
        lines.append(
            f"最早可以从{clock_in(lang, start)}开到{clock_in(lang, start + length)}。"
            if zh
            else f"The earliest possible time is {clock_in(lang, start)} to {clock_in(lang, start + length)}."
        )
    return lines


def _solve_meeting(facts: Mapping[str, Any]) -> str:
    """Tries every five minutes and looks at each minute of the meeting."""
    taken: list[set[int]] = []
    for own in facts["busy"]:
        minutes = set(range(720, 780))
        for begin, end, outside in own:
            way = facts["travel"] * outside
            minutes |= set(range(begin - way, end + way))
        taken.append(minutes)
    starts, ready = [], 540
    for who, length in (facts["first"], facts["second"])[: 1 + facts["two"]]:
        ready = next(
            t for t in range(ready, 1081 - length, 5) if all(taken[k].isdisjoint(range(t, t + length)) for k in who)
        )
        starts.append(clock_in(facts["lang"], ready))
        ready += length + facts["pause"]
    return row(facts["lang"], starts)


MEETING = Kind(name="meeting", make=_meeting, solve=_solve_meeting)
