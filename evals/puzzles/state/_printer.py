"""State tracking: a machine that takes turns."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._ending import in_order
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import phrased, row
from evals.puzzles.state._events import Event

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


PRINTER = Kind(name="printer", make=_printer, solve=_solve_printer)
