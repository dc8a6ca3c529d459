"""State tracking: a robot's shelf."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._ending import in_order
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import han, row, word
from evals.puzzles.state._events import Event

_GOODS = {
    "zh": ("红盒", "蓝盒", "绿盒", "黄盒", "白盒", "黑盒", "灰盒", "紫盒"),
    "en": ("red", "blue", "green", "yellow", "white", "black", "grey", "purple"),
}
_SHELF = {1: (5, 6), 2: (6, 8), 3: (7, 11), 4: (8, 15)}


def _shelf(rng: random.Random, lang: Lang, level: int) -> Draft:
    n, count = _SHELF[level]
    start = rng.sample(_GOODS[lang], n)
    now, told = list(start), list[str]()
    events: list[Event] = []
    while len(events) < count:
        event = _shelf_event(rng, start)
        if events and events[-1][0] == event[0] != "if":
            continue
        events.append(event)
        told.append(_shelf_step(lang, now, event))
    orders = [_shelf_order(lang, start, event) for event in events]
    if lang == "zh":
        head = rng.choice(
            ("传送架上从左到右摆着{}，机械手按下面的指令挪动。", "货架一层从左到右是{}，分拣机器人依次执行一串指令。")
        )
        rules = "位置从左数起，最左边是第一位；“紧挨着”不分左右；“颠倒一段”是指把这一段的次序倒过来。"
        body = head.format("、".join(start)) + rules + "\n" + "\n".join(f"{k}. {o}。" for k, o in enumerate(orders, 1))
        body += "\n全部执行完，从左到右依次是什么？"
    else:
        head = rng.choice(
            (
                "From left to right a rack holds these boxes: {}. A robot arm moves them by the commands below.",
                "A sorting robot works on one row of boxes, which stand from left to right like this: {}.",
            )
        )
        rules = (
            " Places are counted from the left; the leftmost is place 1. To "
            "reverse a stretch is to turn its order round."
        )
        body = head.format(", ".join(start)) + rules + "\n" + "\n".join(f"{k}. {o}." for k, o in enumerate(orders, 1))
        body += "\nWhat is the row from left to right when all is done?"
    return Draft(
        body=body,
        form="……" if lang == "zh" else "...",
        note="冒号后面从左到右写出各盒，用顿号隔开。"
        if lang == "zh"
        else "After the colon give the colours from left to right, separated by commas.",
        lines=told,
        answer=row(lang, now),
        checks=(in_order(now),),
        facts={"start": start, "events": events},
        size=len(events) * n,
    )


def _shelf_event(rng: random.Random, names: Sequence[str]) -> Event:
    """A plain command, or ["reverse", i, j], ["shift", k], ["if", test, x, y, then, else]."""
    kind = rng.choice(("plain", "plain", "plain", "reverse", "shift", "if", "if"))
    if kind == "reverse":
        i = rng.randrange(len(names) - 2)
        return ["reverse", i, rng.randrange(i + 2, len(names))]
    if kind == "shift":
        return ["shift", rng.randint(1, 2)]
    if kind == "if":
        then, other = _shelf_plain(rng, names), _shelf_plain(rng, names)
        if then != other:
            return ["if", rng.choice(("left", "next")), *rng.sample(list(names), 2), then, other]
    return _shelf_plain(rng, names)


def _shelf_plain(rng: random.Random, names: Sequence[str]) -> Event:
    """["swap", i, j], ["end", x] or ["after", x, y]."""
    kind = rng.choice(("swap", "end", "after"))
    if kind == "swap":
        return ["swap", *sorted(rng.sample(range(len(names)), 2))]
    x, y = rng.sample(list(names), 2)
    return ["end", x] if kind == "end" else ["after", x, y]


def _shelf_order(lang: Lang, names: Sequence[str], event: Event) -> str:
    kind, zh = event[0], lang == "zh"
    if kind in ("swap", "reverse"):
        i, j = (_nth(event[1]), _nth(event[2])) if zh else (str(event[1] + 1), str(event[2] + 1))
        if kind == "swap":
            return f"交换{i}位和{j}位" if zh else f"Swap places {i} and {j}"
        return f"把{i}位到{j}位这一段颠倒" if zh else f"Reverse the stretch from place {i} to place {j}"
    if kind == "shift":
        k = event[1]
        if zh:
            return "把最右边的一个盒子挪到最左边" if k == 1 else f"把最右边的{han(k)}个盒子整体挪到最左边，先后次序不变"
        return (
            "Move the rightmost box to the left end"
            if k == 1
            else f"Move the {word(k)} rightmost boxes to the left end as a block, keeping their order"
        )
    if kind == "end":
        return f"把{event[1]}挪到最右边" if zh else f"Move {event[1]} to the right end"
    if kind == "after":
        return (
            f"把{event[1]}插到{event[2]}右边，紧挨着"
            if zh
            else f"Take {event[1]} out and put it back directly to the right of {event[2]}"
        )
    _, test, x, y, then, other = event
    first, second = _shelf_order(lang, names, then), _shelf_order(lang, names, other)
    if zh:
        return (
            f"如果{x}在{y}左边，就{first}；否则{second}"
            if test == "left"
            else f"如果{x}和{y}紧挨着，就{first}；否则{second}"
        )
    asks = f"If {x} is somewhere to the left of {y}" if test == "left" else f"If {x} and {y} stand next to each other"
    return f"{asks}, {first[0].lower() + first[1:]}; otherwise {second[0].lower() + second[1:]}"


def _nth(place: int) -> str:
    return "第" + ("二" if place == 1 else han(place + 1))


def _shelf_step(lang: Lang, now: list[str], event: Event) -> str:
    kind, note = event[0], ""
    if kind == "if":
        gap = now.index(event[3]) - now.index(event[2])
        met = gap > 0 if event[1] == "left" else abs(gap) == 1
        note = (
            ("条件成立，" if met else "条件不成立，")
            if lang == "zh"
            else ("The condition holds; " if met else "The condition does not hold; ")
        )
        event = event[4] if met else event[5]
        kind = event[0]
    if kind == "swap":
        now[event[1]], now[event[2]] = now[event[2]], now[event[1]]
    elif kind == "reverse":
        now[event[1] : event[2] + 1] = now[event[1] : event[2] + 1][::-1]
    elif kind == "shift":
        now[:] = now[-event[1] :] + now[: -event[1]]
    else:
        now.remove(event[1])
        now.insert(len(now) if kind == "end" else now.index(event[2]) + 1, event[1])
    order = _shelf_order(lang, now, event)
    order = order[0].lower() + order[1:] if note and lang == "en" else order
    return f"{note}{order}，得{row(lang, now)}。" if lang == "zh" else f"{note}{order}: {row(lang, now)}."


def _solve_shelf(facts: Mapping[str, Any]) -> str:
    """Follows each box by its place number alone."""
    place = {name: at for at, name in enumerate(facts["start"])}
    n = len(place)
    pending = [list(event) for event in facts["events"]][::-1]
    while pending:
        kind, *args = pending.pop()
        if kind == "if":
            distance = place[args[2]] - place[args[1]]
            pending.append(args[3] if (distance > 0 if args[0] == "left" else distance in (1, -1)) else args[4])
        elif kind in ("swap", "reverse"):
            low, high = args
            inside = (low, high) if kind == "swap" else range(low, high + 1)
            place = {name: low + high - at if at in inside else at for name, at in place.items()}
        elif kind == "shift":
            place = {name: (at + args[0]) % n for name, at in place.items()}
        else:
            moved = place[args[0]]
            place = {name: at - (at > moved) for name, at in place.items()}
            target = n - 1 if kind == "end" else place[args[1]] + 1
            place = {name: at + (at >= target and name != args[0]) for name, at in place.items()}
            place[args[0]] = target
    return row(facts["lang"], sorted(place, key=lambda name: place[name]))


SHELF = Kind(name="shelf", make=_shelf, solve=_solve_shelf)
