"""State tracking: settings with save points."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._ending import numbers
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import joined, phrased, row
from evals.puzzles.state._events import Event

_SAVE = {1: 8, 2: 12, 3: 18, 4: 25}


def _savepoints(rng: random.Random, lang: Lang, level: int) -> Draft:
    names = ("温度", "转速", "压力") if lang == "zh" else ("speed", "pressure", "heat")
    start = [rng.randint(10, 60) for _ in names]
    while True:
        events = _save_events(rng, _SAVE[level])
        values, told, rolled = _run_saves(lang, names, start, events)
        deep = _reverted_after_confirming(events)
        if rolled >= (1 if level < 3 else 2) and values != start and (deep or level < 3) and events[-1] != ["open"]:
            break
    parts = [f"{n}{v}" if lang == "zh" else f"{n} {v}" for n, v in zip(names, values, strict=True)]
    return Draft(
        body=_save_question(rng, lang, names, start, events),
        form=row(lang, [f"{n}……" if lang == "zh" else f"{n} ..." for n in names]),
        lines=told,
        answer=row(lang, parts),
        checks=(numbers(values),),
        facts={"names": list(names), "start": start, "events": events},
        size=len(events),
    )


def _save_events(rng: random.Random, count: int) -> list[Event]:
    """["set", k, v], ["add", k, v], ["copy", a, b], ["open"], ["keep"] or ["drop"]; the last is no bare change."""
    events: list[Event] = []
    depth = 0
    while len(events) < count:
        kind = rng.choices(("set", "add", "copy", "open", "keep", "drop"), (3, 4, 3, 4, 2, 2 if depth else 0.4))[0]
        a, b = rng.sample(range(3), 2)
        if kind in ("open", "keep", "drop"):
            if events and events[-1][0] in ("open", "keep", "drop") and (kind == "open" or rng.random() < 0.5):
                continue
            depth = max(0, depth + (1 if kind == "open" else -1))
            events.append([kind])
        elif events and events[-1][-1] == a and len(events[-1]) == 3 and kind != "add":
            continue
        elif kind == "copy":
            events.append(["copy", b, a])
        else:
            events.append([kind, a, rng.randint(10, 70) if kind == "set" else rng.choice((-9, -7, -4, 3, 6, 8, 12))])
    return events


def _reverted_after_confirming(events: Sequence[Event]) -> bool:
    """Whether a save is reverted in which another was confirmed: the trap of this kind."""
    inside: list[bool] = []
    for event in events:
        if event[0] == "open":
            inside.append(False)
        elif event[0] in ("keep", "drop") and inside:
            confirmed = inside.pop()
            if event[0] == "drop" and confirmed:
                return True
            if inside:
                inside[-1] = inside[-1] or event[0] == "keep"
    return False


def _run_saves(
    lang: Lang, names: Sequence[str], start: Sequence[int], events: Sequence[Event]
) -> tuple[list[int], list[str], int]:
    now, stack, told, rolled = list(start), [], [], 0
    for event in events:
        kind = event[0]
        if kind == "open":
            stack.append(list(now))
        elif kind in ("keep", "drop"):
            if stack:
                saved = stack.pop()
                rolled += kind == "drop" and saved != now
                now = saved if kind == "drop" else now
        elif kind == "copy":
            now[event[2]] = now[event[1]]
        else:
            now[event[1]] = event[2] if kind == "set" else now[event[1]] + event[2]
        shown = row(lang, [f"{n}{v}" if lang == "zh" else f"{n} {v}" for n, v in zip(names, now, strict=True)])
        depth = len(stack)
        if lang == "zh":
            told.append(f"{_save_text(lang, names, event)}：{shown}，未了结的存档{depth}个。")
        else:
            told.append(f"{_save_text(lang, names, event)}: {shown}; open saves: {depth}.")
    return now, told, rolled


def _save_text(lang: Lang, names: Sequence[str], event: Event) -> str:
    kind = event[0]
    if lang == "zh":
        if kind in ("open", "keep", "drop"):
            return {"open": "存档", "keep": "确认", "drop": "撤回"}[kind]
        if kind == "copy":
            return f"把{names[event[2]]}改成与{names[event[1]]}相同"
        a = names[event[1]]
        return f"{a}设为{event[2]}" if kind == "set" else f"{a}{'加' if event[2] > 0 else '减'}{abs(event[2])}"
    if kind in ("open", "keep", "drop"):
        return {"open": "save", "keep": "confirm", "drop": "revert"}[kind].capitalize()
    if kind == "copy":
        return f"Set {names[event[2]]} equal to {names[event[1]]}"
    a = names[event[1]]
    if kind == "set":
        return f"Set {a} to {event[2]}"
    return f"Raise {a} by {event[2]}" if event[2] > 0 else f"Lower {a} by {-event[2]}"


def _save_question(
    rng: random.Random, lang: Lang, names: Sequence[str], start: Sequence[int], events: Sequence[Event]
) -> str:
    items = [_save_text(lang, names, event) for event in events]
    if lang == "zh":
        head = rng.choice(("反应釜的控制面板上有三个参数", "一台挤出机的参数页有三项", "调试员在面板上改三个参数"))
        state = "、".join(f"{n}{v}" for n, v in zip(names, start, strict=True))
        rules = phrased(
            rng,
            ("“存档”记下此刻的三个数，可以一层套一层；", "按“存档”就把三个数的现状记下来，存档可以套着存；"),
            ("“确认”了结最近一个未了结的存档，数值不变；", "按“确认”，最近一个还没了结的存档就此了结，数值不动；"),
            (
                "“撤回”也了结最近一个未了结的存档，并把三个数都恢复到那个存档的样子。",
                "按“撤回”，最近一个还没了结的存档同样了结，但三个数都退回那次存档时的值。",
            ),
            ("外层撤回时，里层已经确认过的改动也一并作废。", "所以里层确认过的改动，遇到外层撤回照样作废。"),
            ("没有未了结的存档时，“确认”和“撤回”都不起作用。", "如果存档都已了结，再按“确认”或“撤回”等于没按。"),
        )
        return f"{head}，开始是{state}。{rules}\n操作依次是：{'；'.join(items)}。\n最后三个参数各是多少？"
    head = rng.choice(
        (
            "A control panel has three settings.",
            "An operator changes three settings of an extruder.",
            "Three values are set on a reactor's panel.",
        )
    )
    state = joined(lang, [f"{n} is {v}" for n, v in zip(names, start, strict=True)])
    rules = phrased(
        rng,
        (
            '"Save" notes all three as they are; saves can be nested. ',
            'To "save" is to write down all three as they stand, and saves may lie inside one another. ',
        ),
        (
            '"Confirm" closes the latest save still open and changes no value. ',
            'To "confirm" is to close the most recent open save and leave the values alone. ',
        ),
        (
            '"Revert" also closes the latest save still open, and puts all three back to what that save noted, ',
            (
                'To "revert" is to close the most recent open save too, but all three '
                "go back to what was written down in it, "
            ),
        ),
        (
            "so that reverting an outer save undoes changes confirmed inside it as well. ",
            "which also takes back whatever had been confirmed inside it. ",
        ),
        (
            'With no save open, "confirm" and "revert" do nothing.',
            'When no save is open, neither "confirm" nor "revert" does anything.',
        ),
    )
    return (
        f"{head} At first {state}. {rules}\nThe operator does this: "
        f"{'; '.join(item[0].lower() + item[1:] for item in items)}.\nWhat are "
        "the three settings at the end?"
    )


def _solve_savepoints(facts: Mapping[str, Any]) -> str:
    """Finds the changes that survive (those in no reverted stretch) and carries out only these."""
    events = facts["events"]
    alive = [True] * len(events)
    open_at: list[int] = []
    for at, event in enumerate(events):
        if event[0] == "open":
            open_at.append(at)
        elif event[0] in ("keep", "drop") and open_at:
            begin = open_at.pop()
            if event[0] == "drop":
                alive[begin : at + 1] = [False] * (at + 1 - begin)
    values = list(facts["start"])
    for event, kept in zip(events, alive, strict=True):
        if not kept or len(event) == 1:
            continue
        if event[0] == "copy":
            values[event[2]] = values[event[1]]
        else:
            values[event[1]] = event[2] + (values[event[1]] if event[0] == "add" else 0)
    gap = "" if facts["lang"] == "zh" else " "
    return row(facts["lang"], [f"{n}{gap}{v}" for n, v in zip(facts["names"], values, strict=True)])


SAVEPOINTS = Kind(name="savepoints", make=_savepoints, solve=_solve_savepoints)
