"""State tracking of places and turns: a robot's shelf, a bench with few places, a machine that takes turns."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._lines import capital, han, in_order, joined, phrased, row, word

Event = list[Any]


# ------------------------------------------------------------------------------------------------------------- shelf
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


# ------------------------------------------------------------------------------------------------------------- bench
_TOOLS = {
    "zh": ("扳手", "钳子", "锉刀", "卡尺", "锯", "锤子", "螺丝刀", "电烙铁"),
    "en": ("wrench", "pliers", "file", "calipers", "saw", "hammer", "screwdriver", "soldering iron"),
}
_BENCH = {1: (3, 5, 9), 2: (3, 6, 12), 3: (4, 7, 17), 4: (4, 8, 22)}


def _bench(rng: random.Random, lang: Lang, level: int) -> Draft:
    slots, kinds, count = _BENCH[level]
    tools = rng.sample(_TOOLS[lang], kinds)
    rule = rng.choice(("recent", "seldom"))
    while True:
        asked = [rng.choice(tools)]
        while len(asked) < count:
            asked.append(rng.choice([tool for tool in tools if tool != asked[-1]]))
        pinned = rng.choice(asked[:2])
        trips, bench, told = _run_bench(lang, slots, pinned, rule, asked)
        if trips < count - 3 and len(bench) == slots:
            break
    ordered = [tool for tool in tools if tool in bench]
    answer = f"{trips}次；{row(lang, ordered)}" if lang == "zh" else f"{trips} trips; {row(lang, ordered)}"
    return Draft(
        body=_bench_question(rng, lang, slots, tools, pinned, rule, asked),
        form="……次；……" if lang == "zh" else "... trips; ...",
        note="分号后面按题目开头列出的先后写台面上的工具。"
        if lang == "zh"
        else "After the semicolon list the tools on the bench in the order in which they are introduced above.",
        lines=told,
        answer=answer,
        checks=(in_order([str(trips), *ordered], units={0: "次|趟|trips?"}),),
        facts={"slots": slots, "tools": tools, "pinned": pinned, "rule": rule, "asked": asked},
        size=count,
    )


def _run_bench(
    lang: Lang, slots: int, pinned: str, rule: str, asked: Sequence[str]
) -> tuple[int, list[str], list[str]]:
    """Trips to the store, the bench (longest unused first) and the steps; the pinned tool never leaves the bench."""
    bench: list[str] = []
    uses: dict[str, int] = {}
    told, trips = [], 0
    for tool in asked:
        note = ""
        if tool not in bench:
            trips += 1
            if len(bench) == slots:
                free = [item for item in bench if item != pinned]
                out = free[0] if rule == "recent" else min(free, key=lambda item: uses[item])
                bench.remove(out)
                del uses[out]
                note = (
                    f"去取，换下{out}，第{'二' if trips == 2 else han(trips)}趟"
                    if lang == "zh"
                    else f"fetched in exchange for {out} (trip {trips})"
                )
            else:
                note = f"去取，第{'二' if trips == 2 else han(trips)}趟" if lang == "zh" else f"fetched (trip {trips})"
        else:
            bench.remove(tool)
            note = "台面上有" if lang == "zh" else "already there"
        bench.append(tool)
        uses[tool] = uses.get(tool, 0) + 1
        shown = (
            [f"{item}{uses[item]}" if lang == "zh" else f"{item} {uses[item]}" for item in bench]
            if rule == "seldom"
            else bench
        )
        told.append(
            f"{tool}：{note}。台面：{row(lang, shown)}。"
            if lang == "zh"
            else f"{capital(tool)}: {note}. Bench: {row(lang, shown)}."
        )
    first = (
        "每步后面按“上次用得最早的在前”列出台面" + ("，数字是上台以来用过的次数。" if rule == "seldom" else "。")
        if lang == "zh"
        else "After each step the bench is listed with what has been unused longest first"
        + ("; the numbers count uses since the tool was put there." if rule == "seldom" else ".")
    )
    return trips, bench, [first, *told]


def _bench_question(
    rng: random.Random, lang: Lang, slots: int, tools: Sequence[str], pinned: str, rule: str, asked: Sequence[str]
) -> str:
    if lang == "zh":
        which = (
            "放回上一次使用离现在最久的那件"
            if rule == "recent"
            else (
                "放回这次上台以来用得次数最少的那件，"
                "次数相同就放回其中上一次使用离现在最久的（放回以后再取来，"
                "次数从头算）"
            )
        )
        head = rng.choice(
            ("老师傅的台面很小，只摆得下{k}件工具，其余放在工具间。", "维修台上最多同时放{k}件工具，别的都挂在库房里。")
        )
        return (
            head.format(k=han(slots)) + f"师傅会用到的有{row(lang, tools)}。要用的工具不在台面上，就跑一趟去取；"
            f"台面满了就先挑一件放回去：{which}。"
            f"只有{pinned}例外，一上台面就再不放回。取来用一次、在台面上直接用一次，都算用了一次。\n"
            f"早上台面是空的，师傅先后用了：{'、'.join(asked)}。\n师傅一共跑了几趟？最后台面上是哪些工具？"
        )
    which = (
        "the one whose last use is longest ago"
        if rule == "recent"
        else (
            "the one that has been used least often since it was put there, and "
            "among equals the one whose last use is longest ago (a tool that comes "
            "back starts counting afresh)"
        )
    )
    head = rng.choice(
        (
            "A mechanic's bench has room for {k} tools; the rest hang in the store.",
            "No more than {k} tools fit on the repair bench. All others stay in the store room.",
        )
    )
    return (
        head.format(k=word(slots)) + f" The tools in question are {joined(lang, list(tools))}. When the "
        "mechanic needs one that is not on the bench, he makes a trip to fetch "
        f"it, and if the bench is full he first takes back {which}. "
        f"The {pinned} {'are' if pinned in ('pliers', 'calipers') else 'is'} an "
        "exception: once on the bench, never taken back. Every use counts, the "
        "first one after fetching included.\n"
        "In the morning the bench is empty. He then uses, in this order: "
        f"{', '.join(asked)}.\nHow many trips did he make, and what is on the "
        "bench at the end?"
    )


def _solve_bench(facts: Mapping[str, Any]) -> str:
    """Works from the list of uses alone: every count and every last use is looked up in it."""
    asked, trips = facts["asked"], 0
    here: dict[str, int] = {}
    for now, tool in enumerate(asked):
        if tool in here:
            continue
        trips += 1
        if len(here) == facts["slots"]:

            def rank(item: str, now: int = now) -> tuple[int, int]:
                uses = [k for k in range(here[item], now) if asked[k] == item]
                return (len(uses) if facts["rule"] == "seldom" else 0), uses[-1]

            del here[min((item for item in here if item != facts["pinned"]), key=rank)]
        here[tool] = now
    ordered = row(facts["lang"], [tool for tool in facts["tools"] if tool in here])
    return f"{trips}次；{ordered}" if facts["lang"] == "zh" else f"{trips} trips; {ordered}"


# ----------------------------------------------------------------------------------------------------------- printer
_PRINTER = {1: 3, 2: 4, 3: 5, 4: 7}


def _printer(rng: random.Random, lang: Lang, level: int) -> Draft:
    names = ("甲", "乙", "丙", "丁", "戊", "己", "庚") if lang == "zh" else ("A", "B", "C", "D", "E", "F", "G")
    count, slice_ = _PRINTER[level], rng.choice((4, 5, 6))
    arrivals = [0, *sorted(rng.sample(range(1, count * 5), count - 1))]
    urgent = set(rng.sample(range(1, count), max(1, count // 3)))
    jobs = [
        [at, rng.randint(3 if k in urgent else slice_ + 1, 4 * slice_), k in urgent] for k, at in enumerate(arrivals)
    ]
    ends, told = _run_printer(lang, names, jobs, slice_)
    order = sorted(range(count), key=lambda k: ends[k])
    parts = [f"{names[k]}{ends[k]}" if lang == "zh" else f"{names[k]} {ends[k]}" for k in order]
    return Draft(
        body=_printer_question(rng, lang, names, jobs, slice_),
        form="……" if lang == "zh" else "...",
        note="冒号后面按做完的先后写出各份和做完的分钟数，例如“甲9、乙15”。"
        if lang == "zh"
        else 'After the colon list the jobs in the order in which they finish, each with its minute, like "A 9, B 15".',
        lines=told,
        answer=row(lang, parts),
        checks=(
            in_order(
                [part for k in order for part in (names[k], str(ends[k]))],
                units={2 * k + 1: "分钟|分|min(?:utes?)?" for k in range(count)},
            ),
        ),
        facts={"jobs": jobs, "slice": slice_, "names": list(names[:count])},
        size=sum(-(-job[1] // slice_) for job in jobs),
    )


def _run_printer(lang: Lang, names: Sequence[str], jobs: Sequence[Event], slice_: int) -> tuple[list[int], list[str]]:
    """Turns of `slice_` minutes; urgent jobs wait in front of the others; who arrives stands before who comes back."""
    left, ends = [job[1] for job in jobs], [0] * len(jobs)
    queue: list[int] = []
    arrived, now, told = 0, 0, []
    while any(left):
        arrived = _join(queue, jobs, arrived, now)
        if not queue:
            now = jobs[arrived][0]
            continue
        k = queue.pop(0)
        run = left[k] if jobs[k][2] else min(slice_, left[k])
        start, now = now, now + run
        left[k] -= run
        arrived = _join(queue, jobs, arrived, now)
        if left[k]:
            at = len(queue)
            queue.insert(at, k)
            rest = f"还剩{left[k]}分钟，回队尾" if lang == "zh" else f"{left[k]} left, back to the end"
        else:
            ends[k] = now
            rest = "做完" if lang == "zh" else "finished"
        waiting = row(lang, [names[q] for q in queue])
        if lang == "zh":
            told.append(f"{start}—{now}分：{names[k]}，{rest}。排队：{waiting or '无'}。")
        else:
            told.append(f"{start} to {now}: {names[k]}, {rest}. Waiting: {waiting or 'nobody'}.")
    return ends, told


def _join(queue: list[int], jobs: Sequence[Event], arrived: int, now: int) -> int:
    while arrived < len(jobs) and jobs[arrived][0] <= now:
        urgent = sum(bool(jobs[q][2]) for q in queue)
        queue.insert(urgent if jobs[arrived][2] else len(queue), arrived)
        arrived += 1
    return arrived


def _printer_question(rng: random.Random, lang: Lang, names: Sequence[str], jobs: Sequence[Event], slice_: int) -> str:
    if lang == "zh":
        return _printer_question_zh(rng, names, jobs, slice_)
    return _printer_question_en(rng, names, jobs, slice_)


def _printer_question_zh(rng: random.Random, names: Sequence[str], jobs: Sequence[Event], slice_: int) -> str:
    head = rng.choice(
        (
            "文印室只有一台大幅面打印机，几份图纸轮流打印。",
            "实验中心的3D打印机一次只做一份活，几份活轮流做。",
            "检测站的一台光谱仪要给几批样品轮流测。",
        )
    )
    rules = phrased(
        rng,
        (
            f"普通的活每轮最多做{slice_}分钟，没做完就排到队尾，等下一轮接着做；",
            f"一份普通的活轮到一次最多占{slice_}分钟，做不完的回到队尾，下次轮到再接着做；",
        ),
        ("加急的活一轮到就做到完。", "加急的活轮到以后不限时，一直做完为止。"),
        (
            "新来的普通活排到队尾，加急活排到所有普通活之前、先来的加急活之后，但不打断正在做的。",
            "新到的活，普通的站到队尾，加急的站到全部普通活前面、已在等的加急活后面；正在做的谁也不能打断。",
        ),
        (
            "一轮刚结束的那一刻若正好有新活到，新来的先排，没做完的再排到它后面。",
            "如果新活恰好在一轮结束的那一刻到，算它先进队，刚下来的没做完的活排在它之后。",
        ),
        ("换活不花时间，没有活时机器空等。", "两份活之间不耽搁时间，队里没有活就停着等。"),
    )
    items = [
        f"{names[k]}第{at}分钟到，要{size}分钟" + ("，加急" if urgent else "")
        for k, (at, size, urgent) in enumerate(jobs)
    ]
    return f"{head}{rules}\n从第0分钟起：{'；'.join(items)}。\n各份活分别在第几分钟做完？"


def _printer_question_en(rng: random.Random, names: Sequence[str], jobs: Sequence[Event], slice_: int) -> str:
    head = rng.choice(
        (
            "One plotter serves the whole office, and the jobs take turns.",
            "The lab's only spectrometer is shared out in turns.",
            "A single oven tests parts batch by batch, and batches take turns.",
        )
    )
    rules = " " + phrased(
        rng,
        (
            (
                f"An ordinary job runs for at most {slice_} minutes at a time; if it is "
                "not finished, it goes to the end of the queue and carries on later. "
            ),
            (
                f"When its turn comes, an ordinary job gets {slice_} minutes at the "
                "most and then has to go to the back of the queue with whatever is "
                "left of it. "
            ),
        ),
        (
            "An urgent job, once its turn comes, runs to the end. ",
            "An urgent job is not limited: once started, it is finished. ",
        ),
        (
            (
                "A new ordinary job joins at the end; a new urgent one joins in front "
                "of all ordinary jobs but behind urgent ones already waiting, and "
                "never interrupts what is running. "
            ),
            (
                "New jobs join the queue, ordinary ones at the back, urgent ones ahead "
                "of every ordinary job but after the urgent ones that are waiting; "
                "nothing that is running is ever interrupted. "
            ),
        ),
        (
            "If a job arrives at the very minute a turn ends, it joins first and the unfinished job goes behind it. ",
            (
                "Should a job arrive exactly when a turn ends, it takes its place "
                "first, and the unfinished job queues up after that. "
            ),
        ),
        (
            "Changing over takes no time; with no job waiting the machine stands idle.",
            "No time is lost between jobs, and with nothing to do the machine waits.",
        ),
    )
    items = [
        f"{names[k]} arrives at minute {at} and needs {size}" + (" (urgent)" if urgent else "")
        for k, (at, size, urgent) in enumerate(jobs)
    ]
    return f"{head}{rules}\n{'; '.join(items)}.\nAt what minute does each job finish?"


def _solve_printer(facts: Mapping[str, Any]) -> str:
    """Minute by minute."""
    jobs, slice_ = facts["jobs"], facts["slice"]
    left = [job[1] for job in jobs]
    plain: list[int] = []
    fast: list[int] = []
    running, used, done = -1, 0, []
    for minute in range(10**4):
        back = -1
        if running >= 0:
            left[running] -= 1
            used += 1
            if not left[running]:
                done.append((running, minute))
                running = -1
            elif used == slice_ and not jobs[running][2]:
                back, running = running, -1
        for k, job in enumerate(jobs):
            if job[0] == minute:
                (fast if job[2] else plain).append(k)
        if back >= 0:
            plain.append(back)
        if running < 0 and (fast or plain):
            running, used = (fast or plain).pop(0), 0
        if len(done) == len(jobs):
            break
    gap = "" if facts["lang"] == "zh" else " "
    return row(facts["lang"], [f"{facts['names'][k]}{gap}{minute}" for k, minute in done])


SHELF = Kind(name="shelf", make=_shelf, solve=_solve_shelf)
BENCH = Kind(name="bench", make=_bench, solve=_solve_bench)
PRINTER = Kind(name="printer", make=_printer, solve=_solve_printer)
