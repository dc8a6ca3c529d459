"""Word problem: batches that pass through several steps on a line."""

from __future__ import annotations

import random
from typing import Any

from evals.puzzles._ending import ask_working, time_check
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._kinds import puzzle
from evals.puzzles._words import clock

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
        question=[*question, ask_working(rng, lang, form)],
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
