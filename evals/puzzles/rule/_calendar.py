"""New rule: a calendar of its own."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._ending import in_order
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import han, joined, maths, phrased, row, word

_DAYS = {
    "zh": ("金日", "木日", "水日", "火日", "土日", "风日", "云日"),
    "en": ("Ashday", "Birchday", "Cedarday", "Dunday", "Elmday", "Firday", "Gorseday"),
}


def _calendar(rng: random.Random, lang: Lang, level: int) -> Draft:
    """Level 1: within a year; 2: over a new year; 3, 4: over several years, with leap years and a day off the week."""
    rule = {
        "months": rng.choice((8, 9, 10)),
        "odd": rng.choice((31, 33, 35)),
        "even": rng.choice((30, 32, 34)),
        "leap": rng.choice((3, 4)),
        "skip": 0,
        "week": rng.choice((5, 6)),
        "free": level > 2,
    }
    if level == 4:
        rule["skip"] = rule["leap"] * rng.choice((5, 6))
    years = {1: 0, 2: 1, 3: rng.randint(3, 5), 4: rng.randint(8, 13)}[level]
    year = rng.randint(101, 140) if not rule["skip"] else rule["skip"] * rng.randint(5, 8) - rng.randint(1, years - 1)
    first = [year, rng.randint(1, rule["months"] - 3), rng.randint(1, 30)]
    second = [year + years, rng.randint(first[1] + 1 if not years else 1, rule["months"]), rng.randint(1, 30)]
    weekday = rng.randrange(rule["week"])
    gap, named, log = _calendar_gap(lang, rule, first, second)
    day = _DAYS[lang][(weekday + named) % rule["week"]]
    return Draft(
        body=_calendar_question(rng, lang, rule, first, second, weekday),
        form="……天；……日" if lang == "zh" else "... days; ...",
        lines=[*log, _calendar_end(lang, rule, gap, named, weekday, day)],
        answer=f"{gap}天；{day}" if lang == "zh" else f"{gap} days; {day}",
        checks=(in_order([str(gap), day], units={0: "天|days?"}),),
        facts={"rule": rule, "first": first, "second": second, "weekday": weekday},
        size=(second[0] - first[0]) * rule["months"] + abs(second[1] - first[1]) + level,
    )


def _is_leap(rule: Mapping[str, Any], year: int) -> bool:
    return year % rule["leap"] == 0 and not (rule["skip"] and year % rule["skip"] == 0)


def _before_in_year(rule: Mapping[str, Any], month: int, day: int) -> int:
    """Days of a year before a date."""
    return int((month // 2) * rule["odd"] + ((month - 1) // 2) * rule["even"]) + day - 1


def _calendar_gap(
    lang: Lang, rule: Mapping[str, Any], first: Sequence[int], second: Sequence[int]
) -> tuple[int, int, list[str]]:
    """Days between the dates, and how many of them move the weekday on (free days do not)."""
    common = _before_in_year(rule, rule["months"] + 1, 1)
    leaps = [y for y in range(first[0], second[0]) if _is_leap(rule, y)]
    start, end = _before_in_year(rule, *first[1:]), _before_in_year(rule, *second[1:])
    years = second[0] - first[0]
    gap = years * common + len(leaps) + end - start
    named = gap - len(leaps) if rule["free"] else gap
    zh = lang == "zh"
    log = [f"平年共{common}天。" if zh else f"A common year has {common} days."]
    if years:
        listed = row(lang, [str(y) for y in leaps]) or ("没有" if zh else "none")
        log.append(
            f"从第{first[0]}年到第{second[0] - 1}年，闰年有：{listed}。"
            if zh
            else f"Leap years from {first[0]} to {second[0] - 1}: {listed}."
        )
    log.append(
        f"起始日前面当年已有{start}天，终止日前面当年已有{end}天。"
        if zh
        else f"Before the first date the year has had {start} days, before the second {end}."
    )
    log.append(
        (maths(lang, f"{years} * {common} + {len(leaps)} + {end} - {start} = {gap}")) + ("（天）。" if zh else " days.")
    )
    return gap, named, log


def _calendar_end(lang: Lang, rule: Mapping[str, Any], gap: int, named: int, weekday: int, day: str) -> str:
    names, week = _DAYS[lang], rule["week"]
    rest = named % week
    if lang == "zh":
        free = f"其中{gap - named}个闰日不算星期，往后数{named}天；" if gap != named else ""
        return f"{free}{maths(lang, f'{named} / {week}')}余{rest}，从{names[weekday]}往后数{rest}天是{day}。"
    extra = "The leap day has" if gap - named == 1 else f"The {gap - named} leap days have"
    free = f"{extra} no weekday, which leaves {named}; " if gap != named else ""
    text = f"{named} / {week} leaves {rest}, and {rest} on from {names[weekday]} is {day}."
    return free + text


def _calendar_question(
    rng: random.Random, lang: Lang, rule: Mapping[str, Any], first: Sequence[int], second: Sequence[int], weekday: int
) -> str:
    if lang == "zh":
        return _calendar_question_zh(rng, lang, rule, first, second, weekday)
    return _calendar_question_en(rng, lang, rule, first, second, weekday)


def _calendar_question_zh(
    rng: random.Random, lang: Lang, rule: Mapping[str, Any], first: Sequence[int], second: Sequence[int], weekday: int
) -> str:
    names, months, odd, even = _DAYS[lang][: rule["week"]], rule["months"], rule["odd"], rule["even"]
    head = rng.choice(
        ("一款航海游戏里用自编的历法：", "某奇幻小说的附录写着当地的历法：", "一个模拟城镇的程序用这样的历法：")
    )
    but = f"，但能被{rule['skip']}整除的不是" if rule["skip"] else ""
    free = (
        (
            "，也不算进星期（闰日前一天和后一天的星期是连着的）。",
            "，星期也跳过它不数，就是说闰日前后两天的星期紧接着。",
        )
        if rule["free"]
        else ("，但照样算进星期。", "，星期还是照常数下去。")
    )
    rules = phrased(
        rng,
        (
            f"一年{han(months)}个月，单数月{odd}天，双数月{even}天；",
            f"每年分{han(months)}个月，逢单的月份有{odd}天，逢双的月份有{even}天；",
        ),
        (f"年份能被{rule['leap']}整除的是闰年{but}，", f"年数是{rule['leap']}的倍数的年份为闰年{but}，"),
        ("闰年在最后一个月之后另加一个闰日，不属于任何月份", "闰年过完最后一个月再添一天闰日，不归入哪个月"),
        free,
        (
            f"一星期{han(rule['week'])}天，依次是{'、'.join(names)}，周而复始。",
            f"星期以{han(rule['week'])}天为一轮：{'、'.join(names)}。",
        ),
    )
    a, b = (f"第{d[0]}年{d[1]}月{d[2]}日" for d in (first, second))
    return (
        f"{head}{rules}\n{a}是{names[weekday]}。"
        f"从这一天到{b}要过多少天（起始日不算、终止日算；闰日也算一天）？"
        "那天是什么日？"
    )


def _calendar_question_en(
    rng: random.Random, lang: Lang, rule: Mapping[str, Any], first: Sequence[int], second: Sequence[int], weekday: int
) -> str:
    names, months, odd, even = _DAYS[lang][: rule["week"]], rule["months"], rule["odd"], rule["even"]
    head = rng.choice(
        (
            "A sailing game runs on a calendar of its own.",
            "The appendix of a fantasy novel explains the local calendar.",
            "A town simulation uses this calendar.",
        )
    )
    but = f", except those divisible by {rule['skip']}" if rule["skip"] else ""
    free = (
        (
            " and has no weekday either: the days before and after it have consecutive weekdays. ",
            " and is left out of the week, so that the weekday after it follows on from the weekday before it. ",
        )
        if rule["free"]
        else (" but has a weekday like any other. ", " but counts in the week as usual. ")
    )
    rules = phrased(
        rng,
        (
            (
                f"A year has {word(months)} months; months with odd numbers have {odd} "
                f"days, those with even numbers {even}. "
            ),
            (
                f"There are {word(months)} months in a year, of {odd} days if the "
                f"month's number is odd and {even} if it is even. "
            ),
        ),
        (
            f"Years divisible by {rule['leap']} are leap years{but}; ",
            f"Every year whose number is a multiple of {rule['leap']} is a leap year{but}; ",
        ),
        (
            "a leap year has one extra day after its last month, which belongs to no month",
            "such a year ends with one extra day, which is part of no month",
        ),
        free,
        (
            f"The week has {word(rule['week'])} days: {joined(lang, list(names))}.",
            f"Weekdays run {', '.join(names)}, and then begin again.",
        ),
    )
    a, b = (f"day {d[2]} of month {d[1]} in the year {d[0]}" for d in (first, second))
    return (
        f"{head} {rules}\n{a[0].upper() + a[1:]} is {_article(names[weekday])}. "
        f"How many days after it is {b} (extra days count as days), and what "
        "weekday is that?"
    )


def _article(day: str) -> str:
    return f"an {day}" if day[0] in "AE" else f"a {day}"


def _solve_calendar(facts: Mapping[str, Any]) -> str:
    """Turns one page of the calendar after another."""
    rule = facts["rule"]
    (year, month, day), weekday, passed = facts["first"], facts["weekday"], 0
    extra = False
    while extra or [year, month, day] != list(facts["second"]):
        passed += 1
        long = rule["odd"] if month % 2 else rule["even"]
        if extra:
            extra, year, month, day = False, year + 1, 1, 1
        elif day < long:
            day += 1
        elif month < rule["months"]:
            month, day = month + 1, 1
        elif year % rule["leap"] == 0 and (rule["skip"] == 0 or year % rule["skip"] > 0):
            extra = True
        else:
            year, month, day = year + 1, 1, 1
        if not (extra and rule["free"]):
            weekday = (weekday + 1) % rule["week"]
    name = _DAYS[facts["lang"]][weekday]
    return f"{passed}天；{name}" if facts["lang"] == "zh" else f"{passed} days; {name}"


CALENDAR = Kind(name="calendar", make=_calendar, solve=_solve_calendar)
