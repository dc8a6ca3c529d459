"""Word problems about time: batches on a line, teams with days off, and one vehicle after another."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from typing import Any

from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._phrase import clock, closing, decimal, numeric, puzzle, time_check

_LINES: tuple[dict[str, Any], ...] = (
    {
        "zh": ("烘焙坊", "炉面团", ("整形", "烘烤", "包装"), "烤箱"),
        "en": ("bakery", "trays of dough", ("shaping", "baking", "packing"), "oven", "tray"),
    },
    {
        "zh": ("化验室", "批样品", ("研磨", "消解", "上机检测"), "消解仪"),
        "en": ("laboratory", "batches of samples", ("grinding", "digestion", "measuring"), "digester", "batch"),
    },
    {
        "zh": ("图文店", "份标书", ("打印", "胶装", "裁切"), "胶装机"),
        "en": ("copy shop", "sets of tender papers", ("printing", "binding", "trimming"), "binder", "set"),
    },
)


# ------------------------------------------------------------------------------------------------ line
def line(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 two steps; 2 three steps; 3 a break no job may run into; 4 also two machines for the middle step."""
    names = rng.choice(_LINES)[lang]
    stages = 2 if level == 1 else 3
    while True:
        jobs = (3, 4, 5, 7)[level - 1]
        times = [rng.randrange(8, 31) for _ in range(stages)]
        if level == 4:
            times[1] = rng.randrange(26, 48)
        start = rng.randrange(32, 36) * 15
        pause = [720, 720 + rng.choice((30, 40, 45))] if level >= 3 else [0, 0]
        if level >= 3:
            start = 720 - rng.randrange(5, 13) * 10
        machines = 2 if level == 4 else 1
        table = _run(jobs, times, start, pause, machines)
        waits = sum(row[k][0] > row[k - 1][1] for row in table for k in range(1, stages))
        crossing = sum(row[k][0] == pause[1] for row in table for k in range(stages))
        if (
            len(set(times)) == stages
            and waits >= level - 1
            and (level < 3 or crossing >= 2)
            and table[-1][-1][1] < 1200
        ):
            break
    end = table[-1][-1][1]
    question = (_line_zh if lang == "zh" else _line_en)(rng, names, jobs, times, start, pause, machines)
    form = "H:MM"
    return puzzle(
        lang,
        question=[*question, closing(rng, lang, form)],
        steps=_line_steps(lang, names, table, pause),
        answer=clock(end),
        shown=clock(end),
        checks=time_check(end),
        facts={"kind": "line", "jobs": jobs, "times": times, "start": start, "pause": pause, "machines": machines},
        size=jobs * stages * (1, 1, 2, 3)[level - 1],
    )


def _run(jobs: int, times: list[int], start: int, pause: list[int], machines: int) -> list[list[tuple[int, int]]]:
    """Per job and step: from, to."""
    free = [[start] * (machines if k == 1 else 1) for k in range(len(times))]
    table = []
    for _ in range(jobs):
        ready, row = start, []
        for k, span in enumerate(times):
            slot = free[k].index(min(free[k]))
            begin = max(ready, free[k][slot])
            if pause[0] < begin + span and begin < pause[1]:
                begin = pause[1]
            ready = begin + span
            free[k][slot] = ready
            row.append((begin, ready))
        table.append(row)
    return table


def _line_zh(
    rng: random.Random, names: Any, jobs: int, times: list[int], start: int, pause: list[int], machines: int
) -> list[str]:
    place, unit, steps, machine = names
    kinds = [f"{step}{span}分钟" for step, span in zip(steps, times, strict=False)]
    measure = unit[0]
    text = rng.choice((
        f"{place}今天有{jobs}{unit}要做，每{measure}依次经过{len(times)}道工序：{'、'.join(kinds)}。",
        f"{place}接了{jobs}{unit}，每{measure}都要按顺序走完{len(times)}步，{'，'.join(kinds)}。",
    ))  # fmt: skip
    only = "每道工序同一时间只能处理一" + measure if machines == 1 else (
        f"{machine}有两台，其他工序只有一个工位，每台机器、每个工位同一时间只能处理一{measure}")  # fmt: skip
    text += rng.choice((
        f"{only}；前一道做完就可以进下一道，前面的占着就等着，先到先做，交接不占时间。{clock(start)}开工。",
        f"{clock(start)}开始做第一{measure}，{only}。轮到的工位空着就马上接着做，不空就按先后排队，中间搬动的时间忽略不计。",
    ))  # fmt: skip
    rest = ""
    if pause[1]:
        rest = rng.choice(
            (
                (
                    f"{clock(pause[0])}到{clock(pause[1])}全员午休：任何一道工序都不许跨进午休，"
                    f"预计做不完的就不开始，等午休结束再做；恰好在{clock(pause[0])}做完的可以做。"
                ),
                (
                    f"中午{clock(pause[0])}停工，{clock(pause[1])}复工。停工时手上不能有没做完的：一道工序要是拖过{clock(pause[0])}，"
                    f"就得放到{clock(pause[1])}再开始，踩着{clock(pause[0])}做完不算拖过。"
                ),
            )
        )
    ask = rng.choice((f"最后一{measure}全部做完是几点几分？", f"全部{jobs}{measure}做完时是几点几分？"))
    return [text, rest + ask + "（用 24 小时制）"] if rest else [text + ask + "（用 24 小时制）"]


def _line_en(
    rng: random.Random, names: Any, jobs: int, times: list[int], start: int, pause: list[int], machines: int
) -> list[str]:
    place, unit, steps, machine, single = names
    kinds = [f"{step} ({span} minutes)" for step, span in zip(steps, times, strict=False)]
    route = " and ".join(kinds) if len(kinds) == 2 else ", ".join(kinds[:-1]) + " and " + kinds[-1]
    text = rng.choice((
        f"A {place} has {jobs} {unit} to get through today. Each {single} goes through {route}, in this order.",
        f"Today's list at the {place}: {jobs} {unit}. Every {single} needs {route}, one after the other.",
    ))  # fmt: skip
    if machines == 1:
        text += f" Each step can take only one {single} at a time."
    else:
        text += (
            f" There are two {machine}s, and one place for each of the other steps; each takes one {single} at a time."
        )
    text += (
        f" A {single} moves on as soon as it is done and the next place is free, first come, first "
        "served; otherwise it "
        f"waits without blocking anything. Handing over takes no time. Work starts at {clock(start)}."
    )
    rest = ""
    if pause[1]:
        rest = (
            f"From {clock(pause[0])} to {clock(pause[1])} everybody is at lunch and nothing may be "
            "running: a step that "
            f"would not be finished by {clock(pause[0])} is not begun until {clock(pause[1])}. Finishing at exactly "
            f"{clock(pause[0])} is fine. "
        )
    ask = rng.choice((f"When is the last {single} finished?", f"At what time are all {jobs} done?"))
    return [text, f"{rest}{ask} Use the 24-hour clock."]


def _line_steps(lang: Lang, names: Any, table: Any, pause: list[int]) -> list[str]:
    steps = names[2]
    lines = []
    for n, row in enumerate(table, 1):
        dash = "—" if lang == "zh" else "-"
        spans = [f"{step} {clock(a)}{dash}{clock(b)}" for step, (a, b) in zip(steps, row, strict=False)]
        lines.append(
            f"第{n}{names[1][0]}：{'，'.join(spans)}；"
            if lang == "zh"
            else f"{names[4].capitalize()} {n}: {', '.join(spans)};"
        )
    lines = [text[:-1] + ("。" if lang == "zh" else ".") for text in lines]
    end = clock(table[-1][-1][1])
    if lang == "zh":
        note = f"凡是赶不上{clock(pause[0])}之前做完的，都推到{clock(pause[1])}开始。" if pause[1] else ""
        return [
            f"逐一排出每道工序的起止时间，开始时刻取“上一道做完”与“工位空出”中较晚的一个。{note}",
            *lines,
            f"最后一道在{end}结束。",
        ]
    note = f" What cannot be finished by {clock(pause[0])} starts at {clock(pause[1])}." if pause[1] else ""
    return [
        f"Each step starts at the later of two times: the step before is done, or the place is free.{note}",
        *lines,
        f"The last step ends at {end}.",
    ]


# ------------------------------------------------------------------------------------------------ crew
_CREWS: tuple[dict[str, Any], ...] = (
    {
        "zh": ("老城区要重铺一条石板路", "铺完这条路", "三个施工队", ("一队", "二队", "三队"), "返工"),
        "en": (
            "A lane in the old town is being repaved",
            "pave the lane",
            "gang",
            ("the red gang", "the blue gang", "the green gang"),
        ),
    },
    {
        "zh": ("档案馆要把一批旧卷宗扫描入库", "扫完这批卷宗", "三个小组", ("甲组", "乙组", "丙组"), "重扫"),
        "en": (
            "An archive is scanning a collection of files",
            "scan the collection",
            "team",
            ("Team A", "Team B", "Team C"),
        ),
    },
)


def crew(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """Level 1 two teams; 2 the second joins later; 3 three teams with days off; 4 also a part to be done again."""
    words = rng.choice(_CREWS)[lang]
    number = 2 if level < 3 else 3
    while True:
        alone = rng.sample(
            (12, 15, 18, 20, 24, 30, 36, 40, 45, 60) if number == 2 else (30, 36, 40, 45, 48, 60, 72, 80, 90), number
        )
        joins = [1, 1, 1] if level == 1 else [1, rng.randrange(3, 6), rng.randrange(5, 9)]
        rests = [0, 0, 0] if level < 3 else rng.sample((3, 4, 5, 6, 7), 3)
        redo = {"day": rng.randrange(7, 12), "part": rng.choice((4, 5, 6, 8))} if level == 4 else None
        days = _days(alone, joins, rests, redo)
        if (redo is None or days > redo["day"] + 3) and 4 < days < 40:
            break
    facts = {"kind": "crew", "alone": alone, "joins": joins[:number], "rests": rests[:number], "redo": redo}
    question = (_crew_zh if lang == "zh" else _crew_en)(rng, words, alone, joins, rests, redo)
    unit = ("第××天", f"第{days}天") if lang == "zh" else ("day …", f"day {days}")
    return puzzle(
        lang,
        question=[*question, closing(rng, lang, unit[0])],
        steps=_crew_steps(lang, words, alone, joins, rests, redo, days),
        answer=str(days),
        shown=unit[1],
        checks=numeric(str(days)),
        facts=facts,
        size=(4, 6, days * 2, days * 3)[level - 1],
    )


def _worked(day: int, join: int, rest: int) -> int:
    """Days worked from the day of joining through `day`, every `rest`-th of the team's own days being free."""
    own = max(0, day - join + 1)
    return own - (own // rest if rest else 0)


def _done(day: int, alone: list[int], joins: list[int], rests: list[int]) -> Fraction:
    return sum((Fraction(_worked(day, j, r), a) for a, j, r in zip(alone, joins, rests, strict=False)), Fraction(0))


def _days(alone: list[int], joins: list[int], rests: list[int], redo: dict[str, int] | None) -> int:
    lost = _done(redo["day"], alone, joins, rests) / redo["part"] if redo else Fraction(0)
    day = 1
    while _done(day, alone, joins, rests) < 1 + lost:
        day += 1
    return day


def _crew_zh(
    rng: random.Random, words: Any, alone: list[int], joins: list[int], rests: list[int], redo: Any
) -> list[str]:
    start, job, _, teams, again = words
    single = "，".join(f"{team}要{days}天" for team, days in zip(teams, alone, strict=False))
    text = f"{start}。如果各自单独干、天天都干，{job}{single}。"
    if joins[1] == 1:
        text += f"{teams[0]}和{teams[1]}从第1天起一起干。"
    elif len(alone) == 2:
        text += f"{teams[0]}从第1天开工，{teams[1]}从第{joins[1]}天起加入（第{joins[1]}天当天就干）。"
    else:
        text += f"{teams[0]}从第1天开工，{teams[1]}从第{joins[1]}天、{teams[2]}从第{joins[2]}天起加入，加入当天就干。"
    rules = None
    if rests[0]:
        rules = "".join(
            f"{team}每连干{rest - 1}天歇1天；" for team, rest in zip(teams, rests, strict=False)
        )  # fmt: skip
        rules = f"轮休各按自己加入之日起算：{rules}".rstrip("；") + "。每个队每天的进度都是固定的。".replace(
            "队", "组" if "组" in teams[0] else "队"
        )
    if redo:
        rules = (rules or "") + (
            f"第{redo['day']}天收工后检查，当时已完成的部分里有1/{redo['part']}不合格，必须{again}，"
            f"{again}的速度与原来一样。"
        )
    ask = rng.choice(("全部工作在第几天完成？", "照这样安排，第几天能全部完工？"))
    return [text, *([rules] if rules else []), ask]


def _crew_en(
    rng: random.Random, words: Any, alone: list[int], joins: list[int], rests: list[int], redo: Any
) -> list[str]:
    start, job, noun, teams = words
    single = [f"{team} {days} days" for team, days in zip(teams, alone, strict=False)]
    single[0] = single[0].replace(f"{alone[0]} days", f"would take {alone[0]} days")
    route = " and ".join(single) if len(single) == 2 else f"{single[0]}, {single[1]} and {single[2]}"
    text = f"{start}. Working alone and without days off, {route} to {job}."
    if joins[1] == 1:
        text += f" {_cap(teams[0])} and {teams[1]} start together on day 1."
    elif len(alone) == 2:
        text += (
            f" {_cap(teams[0])} starts on day 1 and {teams[1]} joins on day {joins[1]}, working on that day already."
        )
    else:
        text += (
            f" {_cap(teams[0])} starts on day 1, {teams[1]} joins on day {joins[1]} and {teams[2]} on day {joins[2]}; "
            "each works on the day it joins."
        )
    rules = None
    if rests[0]:
        free = [
            f"{team} {'has' if i == 0 else ''} every {_th(rest)} day".replace("  ", " ")
            for i, (team, rest) in enumerate(zip(teams, rests, strict=False))
        ]
        rules = f"Days off, counted for each {noun} from the day it joins: {free[0]} off, {free[1]} and {free[2]}."
        rules += f" On every other day each {noun} gets the same amount done."
    if redo:
        rules = (rules or "") + (
            f" At the end of day {redo['day']} an inspection found that 1/{redo['part']} of "
            "everything done by then had "
            "to be done again, at the same pace as before."
        )
    ask = rng.choice(("On which day is the whole job finished?", "Which day will be the last one of the job?"))
    return [text, *([rules] if rules else []), ask]


def _cap(text: str) -> str:
    return text[0].upper() + text[1:]


def _th(n: int) -> str:
    return {3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh"}[n]


def _crew_steps(
    lang: Lang, words: Any, alone: list[int], joins: list[int], rests: list[int], redo: Any, days: int
) -> list[str]:
    zh, teams = lang == "zh", words[3]

    def told(day: int) -> str:
        worked = [_worked(day, j, r) for j, r in zip(joins, rests, strict=False)][: len(alone)]
        parts = [f"{w}/{a}" for w, a in zip(worked, alone, strict=True)]
        total = _done(day, alone, joins, rests)
        return ("＋" if zh else " + ").join(parts) + ("＝" if zh else " = ") + f"{total.numerator}/{total.denominator}"

    lost = _done(redo["day"], alone, joins, rests) / redo["part"] if redo else Fraction(0)
    goal = f"{(1 + lost).numerator}/{(1 + lost).denominator}"
    ahead = [_worked(days - 1, j, r) for j, r in zip(joins, rests, strict=False)][: len(alone)]
    names = "、".join(teams[: len(alone)]) if zh else ", ".join(teams[: len(alone)])
    if zh:
        lines = [f"1. 把全部工作看作1，{names}每天依次完成" + "、".join(f"1/{a}" for a in alone) + "。"]
        if redo:
            lines.append(
                f"2. 到第{redo['day']}天为止：{told(redo['day'])}，其中1/{redo['part']}要重做，所以一共要干出{goal}。"
            )
        lines.append(
            f"{len(lines) + 1}. 到第{days - 1}天为止（扣去休息，"
            f"各干了{'、'.join(map(str, ahead))}天）：{told(days - 1)}，不到{goal if redo else 1}。"
        )
        lines.append(
            f"{len(lines) + 1}. 到第{days}天为止：{told(days)}，"
            f"{'已够' if _done(days, alone, joins, rests) > 1 + lost else '正好是'}"
            f"{goal if redo else 1}。"
        )
        return lines
    lines = [
        "1. Call the whole job 1. A day's work is " + ", ".join(f"1/{a}" for a in alone) + f" for {names} in turn."
    ]
    if redo:
        lines.append(
            f"2. By the end of day {redo['day']}: {told(redo['day'])}; 1/{redo['part']} of it is "
            f"lost, so {goal} must be worked in all."
        )
    lines.append(
        f"{len(lines) + 1}. By the end of day {days - 1} ({', '.join(map(str, ahead))} days worked): "
        f"{told(days - 1)}, less than {goal if redo else 1}."
    )
    lines.append(f"{len(lines) + 1}. By the end of day {days}: {told(days)}, which is enough.")
    return lines


# ------------------------------------------------------------------------------------------------ chase
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
            stops = (where - 1) // v["every2"] if level == 4 and v["every2"] else 0
            end = at + v["hand"] + back + stops * v["stop2"]
            if (
                at.denominator == 1
                and (level < 4 or (end.denominator == 1 and stops >= 1))
                and where.denominator in (1, 2, 5, 10)
            ):
                break
    final = v["start"] + int(end if level == 4 else at)
    question = (_chase_zh if lang == "zh" else _chase_en)(rng, words, v, level)
    return puzzle(
        lang,
        question=[*question, closing(rng, lang, "H:MM")],
        steps=_chase_steps(lang, words, v, level, at, where, end),
        answer=clock(final),
        shown=clock(final),
        checks=time_check(final),
        facts={"kind": "chase", "level": level, **v},
        size=(4, 9, 16, 26)[level - 1],
    )


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
    stops = (where - 1) // v["every2"] if level == 4 else 0
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
