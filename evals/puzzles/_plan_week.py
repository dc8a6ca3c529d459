"""Planning of calendars: a time for two meetings, a weekly roster."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._lines import clock, han, in_order, joined, maths, number, row, word

# ----------------------------------------------------------------------------------------------------------- meeting
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
    times = [clock(lang, t) for t in found]
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
            items = [f"{clock(lang, a)}—{clock(lang, b)}" + ("（外出）" if out else "") for a, b, out in own]
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
        items = [f"{clock(lang, a)} to {clock(lang, b)}" + (" (outside)" if out else "") for a, b, out in own]
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
        shown = [
            f"{clock(lang, a)}—{clock(lang, b)}" if zh else f"{clock(lang, a)} to {clock(lang, b)}" for a, b in blocks
        ]
        names = joined(lang, [facts["people"][k] for k in who])
        which = ("第一个会" if at == 0 else "第二个会") if len(found) > 1 else "这个会"
        english = ("the first meeting" if at == 0 else "the second meeting") if len(found) > 1 else "the meeting"
        lines.append(
            f"{which}：{names}当中有人没空的时间（含午休和路上）合起来是{'、'.join(shown)}。"
            if zh
            else f"For {english}, somebody among {names} is not free (lunch and travel included) at {', '.join(shown)}."
        )
        short = []
        free = begin
        for a, b in blocks:
            if free < a < start + length and a - free < length and a > begin:
                short.append(
                    f"{clock(lang, max(free, begin))}—{clock(lang, a)}"
                    if zh
                    else f"{clock(lang, max(free, begin))} to {clock(lang, a)}"
                )
            free = max(free, b)
        if short:
            lines.append(
                f"不早于{clock(lang, begin)}的空当里，{'、'.join(short)}不够{length}分钟。"
                if zh
                else (
                    f"Not before {clock(lang, begin)}, the "
                    f"gap{'s' if len(short) > 1 else ''} {', '.join(short)} "
                    f"{'are' if len(short) > 1 else 'is'} too short for {length} minutes."
                )
            )
        lines.append(
            f"最早可以从{clock(lang, start)}开到{clock(lang, start + length)}。"
            if zh
            else f"The earliest possible time is {clock(lang, start)} to {clock(lang, start + length)}."
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
        starts.append(clock(facts["lang"], ready))
        ready += length + facts["pause"]
    return row(facts["lang"], starts)


# ------------------------------------------------------------------------------------------------------------ shifts
_WEEK = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_SHIFTS = {1: (4, 3), 2: (4, 4), 3: (5, 5), 4: (5, 7)}


def _shifts(rng: random.Random, lang: Lang, level: int) -> Draft:
    block, top = _SHIFTS[level]
    while True:
        need = [rng.randint(1, top) for _ in range(7)]
        barred = sorted(rng.sample(range(7), 1 if level == 3 else 2)) if level > 2 else []
        best, starts = _fewest_staff(need, block, barred)
        bound = max(-(-sum(need) // block), max(need))
        if best > bound or level < 2:
            break
    facts = {"need": need, "block": block, "barred": barred}
    return Draft(
        body=_shifts_question(rng, lang, facts),
        form="……人" if lang == "zh" else "... people",
        lines=_shifts_lines(lang, facts, best, starts),
        answer=f"{best}人" if lang == "zh" else f"{best} people",
        checks=(number(best),),
        facts=facts,
        size=sum(need) * block + 7 * len(barred),
    )


def _fewest_staff(need: Sequence[int], block: int, barred: Sequence[int]) -> tuple[int, list[int]]:
    """The smallest crew for which the numbers starting on each day cover the week; deepening step by step."""
    for total in range(max(need), 99):
        starts = _place(tuple(need), block, barred, total, [])
        if starts is not None:
            return total, starts
    raise AssertionError("no crew is large enough")


def _place(need: Sequence[int], block: int, barred: Sequence[int], left: int, starts: list[int]) -> list[int] | None:
    """Covers the day with the greatest need by one more person, in every way that reaches it."""
    if max(need) <= 0:
        return [*starts, *([next(d for d in range(7) if d not in barred)] * left)]
    if left < max(need) or left * block < sum(n for n in need if n > 0):
        return None
    day = max(range(7), key=lambda d: need[d])
    for back in range(block):
        first = (day - back) % 7
        if first in barred:
            continue
        covered = {(first + k) % 7 for k in range(block)}
        found = _place([n - (d in covered) for d, n in enumerate(need)], block, barred, left - 1, [*starts, first])
        if found is not None:
            return found
    return None


def _shifts_question(rng: random.Random, lang: Lang, facts: Mapping[str, Any]) -> str:
    need, block = facts["need"], facts["block"]
    days = _WEEK[lang]
    if lang == "zh":
        head = rng.choice(
            ("一家便利店给店员排每周固定的班：", "呼叫中心每周的班次循环不变：", "社区食堂要定帮工的固定班表：")
        )
        table = "、".join(f"{d}{n}人" for d, n in zip(days, need, strict=True))
        rules = (
            f"每人每周连上{han(block)}天、连休{han(7 - block)}天，周日之后接着周一，"
            f"可以跨周。各天至少要有的人数是：{table}。"
        )
        if facts["barred"]:
            rules += f"交接的缘故，{joined(lang, [days[d] for d in facts['barred']])}不能作为任何人连班的第一天。"
        return f"{head}{rules}\n最少要雇几个人？"
    head = rng.choice(
        (
            "A corner shop wants a fixed weekly roster.",
            "A call centre repeats the same roster every week.",
            "The canteen hires helpers on a fixed weekly pattern.",
        )
    )
    table = ", ".join(f"{d} {n}" for d, n in zip(days, need, strict=True))
    rules = (
        f" Everyone works {word(block)} days in a row and then has "
        f"{word(7 - block)} days off; Sunday is followed by Monday, so a "
        "stretch may run into the next week. At least this many people are "
        f"needed: {table}."
    )
    if facts["barred"]:
        rules += (
            " Because of the hand-over, nobody's stretch may begin on "
            f"{joined(lang, [days[d] for d in facts['barred']], 'or')}."
        )
    return f"{head}{rules}\nWhat is the smallest number of people that will do?"


def _shifts_lines(lang: Lang, facts: Mapping[str, Any], best: int, starts: Sequence[int]) -> list[str]:
    need, block, days, zh = facts["need"], facts["block"], _WEEK[lang], lang == "zh"
    bound = -(-sum(need) // block)
    counts = [
        f"{days[d]}{starts.count(d)}人" if zh else f"{days[d]} {starts.count(d)}" for d in range(7) if d in starts
    ]
    cover = [sum((d - s) % 7 < block for s in starts) for d in range(7)]
    shown = [f"{day}{c}（要{n}）" if zh else f"{day} {c} of {n}" for day, c, n in zip(days, cover, need, strict=True)]
    total = maths(lang, " + ".join(map(str, need)) + f" = {sum(need)}")
    lines = [
        f"一周共要{total}个班，每人上{block}个班，至少{bound}人；单看最忙的一天至少{max(need)}人。"
        if zh
        else (
            f"The week needs {total} days of work; at {block} each that takes at "
            f"least {bound} people, and the busiest day alone {max(need)}."
        ),
        f"{best}人排得开，按连班第一天计：{'、'.join(counts)}。"
        if zh
        else f"{best} are enough, starting like this: {', '.join(counts)}.",
        f"这样每天在岗：{'、'.join(shown)}，都够。"
        if zh
        else f"On duty each day, against the need: {', '.join(shown)}.",
    ]
    if best > max(bound, max(need)):
        lines.append(
            f"{best - 1}人不行：把{best - 1}人起班日的所有分法都试过，每种都至少有一天缺人。"
            if zh
            else f"{best - 1} are not enough: whichever way their starting days are spread, some day is short."
        )
    return lines


def _solve_shifts(facts: Mapping[str, Any]) -> str:
    """Every way to spread the crew over the starting days, for growing crews."""
    allowed = [d for d in range(7) if d not in facts["barred"]]
    duty = {d: [int((day - d) % 7 < facts["block"]) for day in range(7)] for d in allowed}
    reach = {tuple([0] * 7)}
    crew = 0
    while not any(all(h >= n for h, n in zip(have, facts["need"], strict=True)) for have in reach):
        capped = set()
        for have in reach:
            for d in allowed:
                capped.add(tuple(min(h + w, n) for h, w, n in zip(have, duty[d], facts["need"], strict=True)))
        reach = capped
        crew += 1
    return f"{crew}人" if facts["lang"] == "zh" else f"{crew} people"


MEETING = Kind(name="meeting", make=_meeting, solve=_solve_meeting)
SHIFTS = Kind(name="shifts", make=_shifts, solve=_solve_shifts)
