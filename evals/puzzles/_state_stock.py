"""State tracking of amounts: lots with expiry dates, tanks that are pumped into one another."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._lines import maths, numbers, phrased

_EVENTS = {1: 6, 2: 9, 3: 13, 4: 18}
Event = list[Any]


# -------------------------------------------------------------------------------------------------------------- lots
def _lots(rng: random.Random, lang: Lang, level: int) -> Draft:
    while True:
        events = _lot_events(rng, _EVENTS[level])
        log, issued, scrapped, left, owed = _run_lots(events)
        bites = (scrapped > 0) + (owed >= 0 and any(note["short"] for note in log))
        if left and (level < 3 or bites == 2):
            break
    value = sum(lot[1] * lot[2] for lot in left)
    answer = (
        f"出库成本{issued}元；报废{scrapped}箱；结存{value}元"
        if lang == "zh"
        else f"issued {issued}; scrapped {scrapped}; left {value}"
    )
    return Draft(
        body=_lot_question(rng, lang, events),
        form="出库成本……元；报废……箱；结存……元" if lang == "zh" else "issued ...; scrapped ...; left ...",
        note="" if lang == "zh" else "(Pounds, crates and pounds.)",
        lines=_lot_lines(lang, log, issued, scrapped, left),
        answer=answer,
        checks=(numbers([issued, scrapped, value]),),
        facts={"events": events},
        size=len(events),
    )


def _lot_events(rng: random.Random, count: int) -> list[Event]:
    """["in", day, crates, cost, last day] and ["out", day, crates]; days do not fall."""
    day, events = 1, [["in", 1, rng.randint(5, 9), rng.randint(11, 29), rng.randint(5, 8)]]
    while len(events) < count:
        day += rng.choice((0, 1, 1, 1, 2))
        if rng.random() < 0.5:
            events.append(["in", day, rng.randint(4, 12), rng.randint(11, 29), day + rng.randint(1, 7)])
        else:
            events.append(["out", day, rng.randint(3, 11)])
    return events


def _run_lots(events: Sequence[Event]) -> tuple[list[dict[str, Any]], int, int, list[list[int]], int]:
    """Lots are [last day, crates, cost]; those that run out first go first, older ones first when equal."""
    lots: list[list[int]] = []
    log: list[dict[str, Any]] = []
    issued = scrapped = owed = 0
    for event in events:
        day = event[1]
        gone = [lot for lot in lots if lot[0] < day]
        lots = [lot for lot in lots if lot[0] >= day]
        scrapped += sum(lot[1] for lot in gone)
        if event[0] == "in":
            lots.append([event[4], event[2], event[3]])
            wanted, owed = owed, 0
        else:
            wanted = event[2]
        taken: list[tuple[int, int]] = []
        for lot in sorted(lots, key=lambda item: item[0]):
            amount = min(lot[1], wanted)
            if amount:
                taken.append((amount, lot[2]))
                lot[1] -= amount
                wanted -= amount
        lots = [lot for lot in lots if lot[1]]
        owed += wanted
        issued += sum(amount * cost for amount, cost in taken)
        log.append(
            {
                "event": event,
                "gone": sum(lot[1] for lot in gone),
                "taken": taken,
                "short": wanted,
                "left": [*map(tuple, lots)],
            }
        )
    return log, issued, scrapped, lots, owed


def _lot_question(rng: random.Random, lang: Lang, events: Sequence[Event]) -> str:
    if lang == "zh":
        return _lot_question_zh(rng, events)
    return _lot_question_en(rng, events)


def _lot_question_zh(rng: random.Random, events: Sequence[Event]) -> str:
    head = rng.choice(
        (
            "某食堂冷库只存一种盒装豆腐，月初是空的，本月按下面的规矩收发：",
            "药房的一种冷藏试剂按批次管理，月初没有库存，规矩如下：",
            "门店冷柜里的鲜奶月初清空重来，收发规矩是：",
        )
    )
    rules = phrased(
        rng,
        (
            "· 每次发货先发到期日早的批次，到期日相同的先发先到的；",
            "· 发货时，到期日早的批次先走，到期日一样就先走先入库的；",
        ),
        (
            "到期日当天还能发，过了到期日的，在下一笔业务开始之前全部报废。\n",
            "到期日那天仍可以发，第二天起就不行了，每办一笔业务之前先把已经过期的清出去报废。\n",
        ),
        (
            (
                "· 库存不够时，有多少发多少，差的数量记作欠发；下一次到货一入库，"
                "先把欠发的补齐（补发也按上面的先后，成本计入出库）。\n"
            ),
            (
                "· 领的比库存多，就有多少先给多少，余下的挂账；再有货到，"
                "入库后马上把挂账的补上，补的货照样按到期日先后出，也算出库成本。\n"
            ),
        ),
        (
            "· 欠发之后如果又有人来领，新领的照常处理，两笔欠发合在一起等补。\n",
            "· 挂着账的时候又有人来领，同样能发多少发多少，不足的并入挂账。\n",
        ),
        ("本月的业务（同一天的按所写先后）：", "业务流水如下，同一天的以所写次序为准："),
    )
    items = [
        f"{e[1]}日到货{e[2]}箱，每箱{e[3]}元，到期日{e[4]}日" if e[0] == "in" else f"{e[1]}日领用{e[2]}箱"
        for e in events
    ]
    ask = "最后一笔办完时，出库总成本是多少？一共报废多少箱？结存的货按进价值多少元？（之后的事不管）"
    return f"{head}\n{rules}\n" + "；\n".join(items) + f"。\n{ask}"


def _lot_question_en(rng: random.Random, events: Sequence[Event]) -> str:
    head = rng.choice(
        (
            (
                "Our canteen keeps one kind of yoghurt in the cold room. It was empty "
                "at the start of the month. The rules:"
            ),
            "A clinic manages one reagent by batches; the fridge was empty on the 1st. It works like this:",
            "The shop's chilled soup is booked in and out by lot, beginning with an empty shelf. These are the rules:",
        )
    )
    rules = phrased(
        rng,
        (
            "- Whatever has the earliest use-by date goes out first, and of equal dates what came in first. ",
            (
                "- Lots go out in the order of their use-by dates; if these are equal, "
                "in the order in which they came in. "
            ),
        ),
        (
            (
                "A lot may still go out on its use-by date itself; anything past it is "
                "scrapped before the next entry is dealt with.\n"
            ),
            (
                "The use-by date is the last day on which a lot can go out. Before "
                "each entry, everything that is past its date by then is scrapped.\n"
            ),
        ),
        (
            (
                "- If there is not enough, what there is goes out and the rest is "
                "owed. The next delivery first makes good everything owed, in the same "
                "order and at the cost of the crates used.\n"
            ),
            (
                "- When more is wanted than there is, all there is goes out and the "
                "shortfall is owed. As soon as a delivery has been taken in, what is "
                "owed goes out, again by use-by date and at the cost of the crates "
                "that go.\n"
            ),
        ),
        (
            "- New requests are not held up by what is owed; debts simply add up.\n",
            (
                "- A request that comes while something is owed is treated like any "
                "other, and a further shortfall is added to the debt.\n"
            ),
        ),
        (
            "The entries (those of one day in the order given):",
            "This is the record; entries of the same day are in their true order:",
        ),
    )
    items = [
        f"{_th(e[1])}: {e[2]} crates in at £{e[3]} each, use by the {_th(e[4])}"
        if e[0] == "in"
        else f"{_th(e[1])}: {e[2]} crates wanted"
        for e in events
    ]
    ask = (
        "Once the last entry has been dealt with: what have the crates that "
        "went out cost altogether, how many were scrapped, and what is the "
        "stock worth at cost?"
    )
    return f"{head}\n{rules}\n" + "\n".join(items) + f"\n{ask}"


def _th(day: int) -> str:
    ending = "th" if 10 < day % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _lot_lines(
    lang: Lang, log: Sequence[dict[str, Any]], issued: int, scrapped: int, left: Sequence[Sequence[int]]
) -> list[str]:
    lines = []
    for note in log:
        event = note["event"]
        spent = maths(lang, " + ".join(f"{amount} * {cost}" for amount, cost in note["taken"]))
        stock = [
            f"{lot[1]}箱×{lot[2]}元（{lot[0]}日到期）"
            if lang == "zh"
            else f"{lot[1]} at £{lot[2]} (to the {_th(lot[0])})"
            for lot in note["left"]
        ]
        if lang == "zh":
            what = f"到货{event[2]}箱" if event[0] == "in" else f"领用{event[2]}箱"
            text = f"{event[1]}日{what}："
            text += f"先报废过期的{note['gone']}箱；" if note["gone"] else ""
            text += f"发出{spent}元；" if spent else ""
            text += f"新欠{note['short']}箱；" if note["short"] else ""
            lines.append(text + (f"库存{'、'.join(stock)}。" if stock else "库存为零。"))
            continue
        what = f"{event[2]} in" if event[0] == "in" else f"{event[2]} wanted"
        text = f"{_th(event[1])}, {what}:"
        text += f" first {note['gone']} past the date scrapped;" if note["gone"] else ""
        text += f" out {spent};" if spent else ""
        text += f" {note['short']} newly owed;" if note["short"] else ""
        lines.append(text + (f" stock {', '.join(stock)}." if stock else " nothing left."))
    total = maths(lang, " + ".join(f"{a} * {c}" for n in log for a, c in n["taken"]) + f" = {issued}")
    worth = maths(
        lang, " + ".join(f"{lot[1]} * {lot[2]}" for lot in left) + f" = {sum(lot[1] * lot[2] for lot in left)}"
    )
    if lang == "zh":
        return [*lines, f"出库成本合计：{total}（元）；报废合计{scrapped}箱；结存：{worth}（元）。"]
    return [*lines, f"Cost of what went out: {total}; {scrapped} scrapped; stock: {worth}."]


def _solve_lots(facts: Mapping[str, Any]) -> str:
    """Every crate is an object of its own: (last day, arrival, cost)."""
    crates: list[tuple[int, int, int]] = []
    out: list[int] = []
    scrapped = waiting = 0
    for arrival, (kind, day, amount, *more) in enumerate(facts["events"]):
        fresh = [crate for crate in crates if crate[0] >= day]
        scrapped += len(crates) - len(fresh)
        crates = fresh
        if kind == "in":
            crates += [(more[1], arrival, more[0])] * amount
            demand, waiting = waiting, 0
        else:
            demand = amount
        crates.sort()
        served = min(demand, len(crates))
        out += [crate[2] for crate in crates[:served]]
        crates = crates[served:]
        waiting += demand - served
    worth = sum(crate[2] for crate in crates)
    if facts["lang"] == "zh":
        return f"出库成本{sum(out)}元；报废{scrapped}箱；结存{worth}元"
    return f"issued {sum(out)}; scrapped {scrapped}; left {worth}"


# ------------------------------------------------------------------------------------------------------------- tanks
def _tanks(rng: random.Random, lang: Lang, level: int) -> Draft:
    names = ["甲", "乙", "丙", "丁"] if lang == "zh" else ["A", "B", "C", "D"]
    count = 3 if level < 3 else 4
    sizes = rng.sample(range(12, 41), count)
    start = [rng.randint(3, size - 2) for size in sizes]
    while True:
        events = [_tank_event(rng, count) for _ in range(_EVENTS[level])]
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


LOTS = Kind(name="lots", make=_lots, solve=_solve_lots)
TANKS = Kind(name="tanks", make=_tanks, solve=_solve_tanks)
