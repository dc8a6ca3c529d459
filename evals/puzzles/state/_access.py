"""State tracking: a right that is passed on and taken back."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evals.puzzles._ending import in_order
from evals.puzzles._family import Lang
from evals.puzzles._kinds import Draft, Kind
from evals.puzzles._words import joined, phrased, row
from evals.puzzles.state._events import Event

_ACCESS = {1: (5, 8), 2: (6, 11), 3: (7, 16), 4: (8, 22)}


_PEOPLE = {
    "zh": ("程主任", "小安", "小卞", "小池", "小杜", "小费", "小葛", "小洪"),
    "en": ("Moira", "Alec", "Bruno", "Celia", "Dina", "Emil", "Flora", "Gareth"),
}


def _access(rng: random.Random, lang: Lang, level: int) -> Draft:
    count, length = _ACCESS[level]
    people = [_PEOPLE[lang][0], *rng.sample(_PEOPLE[lang][1:], count - 1)]
    while True:
        events = _access_events(rng, count, length)
        holders, ignored, told, cascades = _run_access(lang, people, events)
        if ignored and cascades >= (0 if level < 2 else 2) and 2 <= len(holders) < count:
            break
    names = [people[k] for k in sorted(holders)]
    answer = f"{row(lang, names)}；{ignored}条" if lang == "zh" else f"{row(lang, names)}; {ignored}"
    return Draft(
        body=_access_question(rng, lang, people, events),
        form="……；……条" if lang == "zh" else "...; ...",
        note=f"先写最后有权限的人（{people[0]}在内，按题目开头的先后），再写无效的操作有几条。"
        if lang == "zh"
        else (
            f"First those who have the right at the end, {people[0]} included, in "
            "the order in which they are introduced; then the number of requests "
            "that had no effect."
        ),
        lines=told,
        answer=answer,
        checks=(in_order([*names, str(ignored)], units={len(names): "条"}),),
        facts={"people": people, "events": events},
        size=length,
    )


def _access_events(rng: random.Random, count: int, length: int) -> list[Event]:
    """["give", a, b] or ["take", a, b]; mostly by people who can, now and then by people who cannot."""
    events: list[Event] = []
    holders: set[int] = {0}
    edges: set[tuple[int, int]] = set()
    while len(events) < length:
        able = sorted(holders) if rng.random() < 0.85 else sorted(set(range(count)) - holders)
        if not able:
            continue
        a = rng.choice(able)
        b = rng.choice([k for k in range(1, count) if k != a])
        kind = "take" if edges and rng.random() < 0.33 else "give"
        if kind == "take" and rng.random() < 0.8:
            a, b = rng.choice(sorted(edges))
        if events and events[-1][1:] == [a, b]:
            continue
        events.append([kind, a, b])
        if kind == "give" and a in holders:
            edges.add((a, b))
        elif kind == "take":
            edges.discard((a, b))
        holders, edges = _settled(edges)
    return events


def _settled(edges: set[tuple[int, int]]) -> tuple[set[int], set[tuple[int, int]]]:
    """Who holds the right, and the grants that remain: those of people who have lost it are gone."""
    holders = {0}
    while grown := {b for a, b in edges if a in holders} - holders:
        holders |= grown
    return holders, {edge for edge in edges if edge[0] in holders}


def _run_access(lang: Lang, people: Sequence[str], events: Sequence[Event]) -> tuple[set[int], int, list[str], int]:
    """Withdraws by hand: a person without any grant left loses the right, and what he gave goes with it."""
    edges: set[tuple[int, int]] = set()
    holders, ignored, told, cascades = {0}, 0, [], 0
    zh = lang == "zh"
    for kind, a, b in events:
        who, whom = people[a], people[b]
        if (kind == "give" and (a not in holders or (a, b) in edges)) or (kind == "take" and (a, b) not in edges):
            ignored += 1
            told.append(
                f"{_access_text(lang, people, [kind, a, b])}：无效（累计{ignored}条）。"
                if zh
                else f"{_access_text(lang, people, [kind, a, b])}: no effect ({ignored} so far)."
            )
            continue
        if kind == "give":
            edges.add((a, b))
            holders.add(b)
            told.append(f"{who}授给{whom}，有效。" if zh else f"{who} grants it to {whom}: valid.")
            continue
        edges.discard((a, b))
        before = set(holders)
        holders, edges = _settled(edges)
        lost = [people[k] for k in sorted(before - holders)]
        cascades += len(lost) > 1 or not lost
        left = row(lang, [people[k] for k in sorted(holders)])
        if zh:
            told.append(
                f"{who}收回给{whom}的授权，{'、'.join(lost) + '失去权限' if lost else '没有人因此失去权限'}"
                f"；有权限的是{left}。"
            )
        else:
            told.append(
                f"{who} withdraws the grant to {whom}: "
                f"{joined(lang, lost) or 'nobody'} {'lose' if len(lost) > 1 else 'loses'} the right; holders: {left}."
            )
    return holders, ignored, told, cascades


def _access_text(lang: Lang, people: Sequence[str], event: Event) -> str:
    who, whom = people[event[1]], people[event[2]]
    if lang == "zh":
        return f"{who}授权给{whom}" if event[0] == "give" else f"{who}收回给{whom}的授权"
    return f"{who} grants it to {whom}" if event[0] == "give" else f"{who} withdraws the grant to {whom}"


def _access_question(rng: random.Random, lang: Lang, people: Sequence[str], events: Sequence[Event]) -> str:
    if lang == "zh":
        return _access_question_zh(rng, lang, people, events)
    return _access_question_en(rng, lang, people, events)


def _access_question_zh(rng: random.Random, lang: Lang, people: Sequence[str], events: Sequence[Event]) -> str:
    items = [_access_text(lang, people, event) for event in events]
    head = rng.choice(
        (
            "合同库的查阅权限可以层层转授。",
            "保险柜系统的开启权限允许转授。",
            "共享盘里的归档文件夹可以把编辑权限再授给别人。",
        )
    )
    rules = phrased(
        rng,
        (
            f"{people[0]}是管理员，一直有权限；其他人是{'、'.join(people[1:])}，起初都没有。",
            f"管理员{people[0]}始终有权限，{'、'.join(people[1:])}一开始都没有。",
        ),
        (
            "规则：有权限的人可以授权给别人，同一个人可以从几个人那里得到授权；授权人可以收回自己给出的授权。",
            "谁有权限，谁就能授权给别人，也能收回自己给出的授权；一个人手里可以同时有几个人给的授权。",
        ),
        (
            "一个人只要还能从管理员起、沿着有效的授权一环接一环地连到自己，就有权限；连不到了，就立刻失去权限，",
            (
                "判断一个人有没有权限，要看能不能从管理员出发、"
                "顺着有效的授权一步一步传到这个人；传不到了，权限当即消失，"
            ),
        ),
        (
            "给出的授权也全部立刻失效，以后即使重新得到权限也不恢复。",
            "此人授出去的也当即全部作废，日后重新得到权限时并不跟着恢复。",
        ),
        (
            "没有权限的人授权、把已经有效的同一条授权再授一遍、收回并不存在的授权，这三种操作都无效。",
            ("有三种操作不起作用，算作无效：自己没有权限却去授权；同一条授权还有效又授一遍；收回一条并不存在的授权。"),
        ),
    )
    return f"{head}{rules}\n操作依次是：\n" + "；\n".join(items) + "。\n最后谁有权限？无效的操作有几条？"


def _access_question_en(rng: random.Random, lang: Lang, people: Sequence[str], events: Sequence[Event]) -> str:
    items = [_access_text(lang, people, event) for event in events]
    head = rng.choice(
        (
            "The right to open a contract archive can be passed on.",
            "In our key system the right to open the safe may be granted onwards.",
            "Whoever may edit the shared folder may let others edit it too.",
        )
    )
    rules = " " + phrased(
        rng,
        (
            (
                f"{people[0]} is the administrator and always has the right; "
                f"{joined(lang, list(people[1:]))} have it only if it is granted to "
                "them, and at first none of them does. "
            ),
            (
                f"{people[0]}, the administrator, has the right for good. The others, "
                f"{joined(lang, list(people[1:]))}, start without it. "
            ),
        ),
        (
            (
                "Anyone who has the right may grant it to others; a person may hold "
                "grants from several people; whoever gave a grant may withdraw it. "
            ),
            (
                "Whoever has the right can grant it to somebody else and can take back "
                "a grant of their own; the same person can hold grants from more than "
                "one colleague. "
            ),
        ),
        (
            "A person has the right as long as a chain of grants in force leads from the administrator to them. ",
            (
                "To have the right, a person must be reachable from the administrator "
                "by a chain of grants that are in force. "
            ),
        ),
        (
            (
                "When no chain is left, the right is lost at once, and every grant "
                "this person gave lapses at once and for good, even if the right is "
                "regained later. "
            ),
            (
                "As soon as there is no such chain, the right is gone, and so is every "
                "grant this person has given; those do not come back if the person "
                "regains the right. "
            ),
        ),
        (
            (
                "Three things have no effect: granting without having the right, "
                "giving a grant that is already in force, and withdrawing a grant that "
                "is not in force."
            ),
            (
                "A request has no effect if somebody without the right tries to grant "
                "it, if the same grant is in force already, or if the grant to be "
                "withdrawn is not in force."
            ),
        ),
    )
    return (
        f"{head}{rules}\nWhat happened, in order:\n"
        + "\n".join(f"- {item}" for item in items)
        + "\nWho has the right at the end, and how many of these requests had no effect?"
    )


def _solve_access(facts: Mapping[str, Any]) -> str:
    """Keeps, for each person, whose grants he holds; looks for people cut off by walking back to the administrator."""
    count = len(facts["people"])
    given: list[set[int]] = [set() for _ in range(count)]
    dead = 0

    def linked(person: int, seen: frozenset[int] = frozenset()) -> bool:
        return person == 0 or any(linked(giver, seen | {person}) for giver in given[person] if giver not in seen)

    for kind, a, b in facts["events"]:
        if kind == "give" and linked(a) and a not in given[b]:
            given[b].add(a)
        elif kind == "take" and a in given[b]:
            given[b].remove(a)
            cut = {k for k in range(count) if not linked(k)}
            given = [givers - cut for givers in given]
        else:
            dead += 1
    names = row(facts["lang"], [name for k, name in enumerate(facts["people"]) if linked(k)])
    return f"{names}；{dead}条" if facts["lang"] == "zh" else f"{names}; {dead}"


ACCESS = Kind(name="access", make=_access, solve=_solve_access)
