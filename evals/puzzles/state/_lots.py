"""State tracking: lots with expiry dates."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._ending import numbers
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import maths, phrased
from evals.puzzles.state._events import EVENTS, Event


def _lots(rng: random.Random, lang: Lang, level: int) -> Draft:
    while True:
        events = _lot_events(rng, EVENTS[level])
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


LOTS = Kind(name="lots", make=_lots, solve=_solve_lots)
