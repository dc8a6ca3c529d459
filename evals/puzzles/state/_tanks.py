"""State tracking: tanks that are pumped into one another."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._ending import numbers
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import phrased
from evals.puzzles.state._events import EVENTS, Event


def _tanks(rng: random.Random, lang: Lang, level: int) -> Draft:
    names = ["甲", "乙", "丙", "丁"] if lang == "zh" else ["A", "B", "C", "D"]
    count = 3 if level < 3 else 4
    sizes = rng.sample(range(12, 41), count)
    start = [rng.randint(3, size - 2) for size in sizes]
    while True:
        events = [_tank_event(rng, count) for _ in range(EVENTS[level])]
        levels, told, spilt, idle = list(start), [], 0, 0
        for event in events:
            before = levels
            levels, lost, remark = _tank_step(lang, names, sizes, levels, event)
            spilt += lost
            idle += before == levels
            told.append(f"{remark}{_tank_levels(lang, names, levels)}" + ("。" if lang == "zh" else "."))
        if idle <= level - 1 and (level < 3 or spilt) and levels.count(0) < 2:
            break
    shown = _tank_levels(lang, names, levels)
    answer = f"{shown}；溢出{spilt}" if lang == "zh" else f"{shown}; lost {spilt}"
    return Draft(
        body=_tank_question(rng, lang, names[:count], sizes, start, events),
        form=("、".join(f"{n}……" for n in names[:count]) + "；溢出……")
        if lang == "zh"
        else ", ".join(f"{n} ..." for n in names[:count]) + "; lost ...",
        lines=told,
        answer=answer,
        checks=(numbers([*levels, spilt]),),
        facts={"sizes": sizes, "start": start, "events": events},
        size=len(events),
    )


def _tank_event(rng: random.Random, count: int) -> Event:
    """["pump", a, b], ["tap", a, litres], ["half", a], ["if", a, b, c, d, e] or ["level", a, b]."""
    a, b, *rest = rng.sample(range(count), count)
    kind = rng.choice(("pump", "pump", "tap", "half", "if", "if", "level"))
    if kind == "tap":
        return ["tap", a, rng.randint(6, 18)]
    if kind == "half":
        return ["half", a]
    return ["if", a, b, *rng.sample([b, *rest], 2)] if kind == "if" else [kind, a, b]


def _tank_step(
    lang: Lang, names: Sequence[str], sizes: Sequence[int], levels: Sequence[int], event: Event
) -> tuple[list[int], int, str]:
    new, lost, kind, a = list(levels), 0, event[0], event[1]
    zh = lang == "zh"
    if kind == "tap":
        new[a] = min(sizes[a], levels[a] + event[2])
        lost = levels[a] + event[2] - new[a]
        text = f"{names[a]}加水{event[2]}升" if zh else f"{names[a]} gets {event[2]}"
        text += (f"，溢出{lost}升" if zh else f", {lost} lost") if lost else ""
    elif kind == "half":
        out = (levels[a] + 1) // 2
        new[a] -= out
        text = f"{names[a]}放掉{out}升" if zh else f"{out} drained from {names[a]}"
    else:
        b, amount = event[2], 0
        if kind == "if":
            b = event[3] if levels[a] > levels[event[2]] else event[4]
        if kind == "level":
            source, b = (a, b) if levels[a] >= levels[b] else (b, a)
            amount = min((levels[source] - levels[b]) // 2, sizes[b] - levels[b])
        else:
            source, amount = a, min(levels[a], sizes[b] - levels[b])
        new[source] -= amount
        new[b] += amount
        text = (
            f"从{names[source]}抽{amount}升到{names[b]}"
            if zh
            else f"{amount} pumped from {names[source]} to {names[b]}"
        )
        if kind == "if":
            more = levels[a] > levels[event[2]]
            reason = (
                f"{names[a]}{'多于' if more else '不多于'}{names[event[2]]}"
                if zh
                else f"{names[a]} {'holds more than' if more else 'does not hold more than'} {names[event[2]]}"
            )
            text = f"{reason}，{text}" if zh else f"{reason}: {text}"
    return new, lost, text + ("，得" if zh else ", giving ")


def _tank_levels(lang: Lang, names: Sequence[str], levels: Sequence[int]) -> str:
    pairs = [
        f"{name}{level}" if lang == "zh" else f"{name} {level}" for name, level in zip(names, levels, strict=False)
    ]
    return ("、" if lang == "zh" else ", ").join(pairs)


def _tank_question(
    rng: random.Random,
    lang: Lang,
    names: Sequence[str],
    sizes: Sequence[int],
    start: Sequence[int],
    events: Sequence[Event],
) -> str:
    if lang == "zh":
        head = rng.choice(("染整车间有几只储水槽", "苗圃里并排放着几只水箱", "清洗线上有几只循环水桶"))
        state = "；".join(f"{n}容量{s}升，现有{v}升" for n, s, v in zip(names, sizes, start, strict=True))
        rules = phrased(
            rng,
            ("“抽”是指一直抽到来源空了或目标满了为止；", "凡说“抽”，都是抽到来源见底或者目标装满才停；"),
            ("加水超出容量的部分溢出流走；", "加水时装不下的就溢出去，收不回来；"),
            ("“放掉一半”遇到单数时多放，即向上取整；", "“放掉一半”如果除不尽，就多放半升凑成整数；"),
            (
                "“找平”是指从水多的抽一部分到水少的，抽的量是两者差的一半（不足1升的舍去），但目标满了就停。",
                "“找平”是把水多的那只抽一些到水少的那只，抽两只相差升数的一半，零头舍去，中途目标满了就不再抽。",
            ),
            ("水量都是整数升。", "所有水量都按整升计。"),
        )
        items = [_tank_order_zh(names, e) for e in events]
        return (
            f"{head}：{state}。{rules}\n依次执行：\n"
            + "\n".join(f"{k}. {t}。" for k, t in enumerate(items, 1))
            + "\n最后每只里有多少升？一共溢出多少升？"
        )
    head = rng.choice(
        (
            "A dye works has a set of holding tanks.",
            "The nursery has several water tanks side by side.",
            "The washing line runs on a few buffer tanks.",
        )
    )
    state = "; ".join(f"{n} holds {s} litres and now contains {v}" for n, s, v in zip(names, sizes, start, strict=True))
    rules = phrased(
        rng,
        (
            "To pump means to go on until the source is empty or the target is full. ",
            "Pumping always goes on until one tank is empty or the other is full. ",
        ),
        ("Water added beyond the capacity is lost. ", "Water that is added and does not fit runs away. "),
        (
            "Draining half of an odd amount takes the larger half. ",
            "If half a tank is to be drained and the number of litres is odd, the larger half goes. ",
        ),
        (
            (
                "To level two tanks means to pump from the fuller to the other half "
                "the difference, rounded down to whole litres, stopping if the target "
                "is full."
            ),
            (
                "Levelling two tanks means moving half of their difference, rounded "
                "down to whole litres, from the fuller one to the other, or less if "
                "that one fills up."
            ),
        ),
    )
    items = [_tank_order_en(names, e) for e in events]
    return (
        f"{head} {state}. {rules}\nThen this is done:\n"
        + "\n".join(f"{k}. {t}." for k, t in enumerate(items, 1))
        + "\nHow much is in each tank at the end, and how many litres were lost by overflow in all?"
    )


def _tank_order_zh(names: Sequence[str], event: Event) -> str:
    a = names[event[1]]
    if event[0] == "tap":
        return f"往{a}里加{event[2]}升水"
    if event[0] == "half":
        return f"把{a}放掉一半"
    b = names[event[2]]
    if event[0] == "if":
        return f"如果{a}的水多于{b}，就从{a}往{names[event[3]]}抽，否则从{a}往{names[event[4]]}抽"
    return f"从{a}往{b}抽" if event[0] == "pump" else f"把{a}和{b}找平"


def _tank_order_en(names: Sequence[str], event: Event) -> str:
    a = names[event[1]]
    if event[0] == "tap":
        return f"Add {event[2]} litres to {a}"
    if event[0] == "half":
        return f"Drain half of {a}"
    b = names[event[2]]
    if event[0] == "if":
        return (
            f"If {a} contains more than {b}, pump from {a} to {names[event[3]]}; "
            f"otherwise pump from {a} to {names[event[4]]}"
        )
    return f"Pump from {a} to {b}" if event[0] == "pump" else f"Level {a} and {b}"


def _solve_tanks(facts: Mapping[str, Any]) -> str:
    """Moves the water litre by litre."""
    sizes, water = facts["sizes"], list(facts["start"])
    lost = 0

    def pour(source: int, target: int, limit: int) -> None:
        while limit > 0 and water[source] > 0 and water[target] < sizes[target]:
            water[source] -= 1
            water[target] += 1
            limit -= 1

    for kind, a, *more in facts["events"]:
        if kind == "tap":
            for _ in range(more[0]):
                if water[a] < sizes[a]:
                    water[a] += 1
                else:
                    lost += 1
        elif kind == "half":
            goal = water[a] // 2
            while water[a] > goal:
                water[a] -= 1
        elif kind == "if":
            pour(a, more[1] if water[a] > water[more[0]] else more[2], 10**6)
        elif kind == "pump":
            pour(a, more[0], 10**6)
        else:
            low, high = sorted((a, more[0]), key=lambda tank: water[tank])
            pour(high, low, abs(water[high] - water[low]) // 2)
    names = "甲乙丙丁" if facts["lang"] == "zh" else "ABCD"
    shown = _tank_levels(facts["lang"], names, water)
    return f"{shown}；溢出{lost}" if facts["lang"] == "zh" else f"{shown}; lost {lost}"


TANKS = Kind(name="tanks", make=_tanks, solve=_solve_tanks)
