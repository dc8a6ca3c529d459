"""A logic grid from its generator state: a solution, clues that leave no other, and the way to it in words."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import factorial

from evals.puzzles._deduce import DEEP, Board, Rule, Step, Telling, Trial, told, words_for
from evals.puzzles._ending import answer_line, ask_reasoning, in_order, numbered
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._words import finished, han
from evals.puzzles.grid._en import EN
from evals.puzzles.grid._scene import Clue, Scene, Teller, answer_of, intro
from evals.puzzles.grid._zh import ZH

_SIZES = {1: (4, 2), 2: (4, 3), 3: (5, 3), 4: (6, 3)}
_MARKS: Mapping[Lang, tuple[str, ...]] = {"zh": ("（{}）", "{}. ", "○"), "en": ("{}. ", "({}) ", "{}) ")}
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_WEIGHTS = {
    "same": 2, "differ": 2, "either": 5, "neither": 4, "before": 6, "exact": 8, "next": 7, "apart": 5, "gap": 7,
    "between": 6, "end": 2, "ratio": 9, "sum": 9, "if": 5, "one": 6,
}  # fmt: skip
_TESTS: Mapping[str, Callable[..., bool]] = {
    "same": lambda _v, x, y: x == y,
    "differ": lambda _v, x, y: x != y,
    "either": lambda _v, x, y, z: x in (y, z),
    "neither": lambda _v, x, y, z: x not in (y, z),
    "before": lambda _v, x, y: x < y,
    "exact": lambda v, x, y, d: v[x] - v[y] == d,
    "next": lambda _v, x, y: abs(x - y) == 1,
    "apart": lambda _v, x, y: abs(x - y) > 1,
    "gap": lambda _v, x, y, k: abs(x - y) == k + 1,
    "between": lambda _v, x, y, z: y < x < z or z < x < y,
    "end": lambda v, x: x in (0, len(v) - 1),
    "ratio": lambda v, x, y, k: v[x] == k * v[y],
    "sum": lambda v, x, y, total: x != y and v[x] + v[y] == total,
    "if": lambda _v, a, b, c, d: a != b or c == d,
    "one": lambda _v, a, b, c, d: (a == b) != (c == d),
}


def make(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """A logic grid of one of the language's scenes; the best of four draws by how well its solution can be told."""
    n, width = _SIZES[level]
    scene = rng.choice(ZH if lang == "zh" else EN)
    items = [rng.sample(cat.items, n) for cat in scene.cats[:width]]
    values = scene.axis(rng, n)
    labels = [scene.label(value) for value in values]
    teller = Teller(lang, scene, items, labels, values)
    style = rng.choice(_MARKS[lang])
    truth, clues, trail = _draw_grid(rng, level, values, set(scene.relations), style)
    told_clues = [_mark(style, k) + teller.clue(rng, clue) for k, clue in enumerate(clues, 1)]
    asked = list(range(width)) if level > 2 or rng.random() < 0.6 else [rng.randrange(width)]
    grid = [[_item_at(truth, items, c, place) for c in range(width)] for place in range(n)]
    rows = [[row[c] for c in asked] for row in grid]
    answer = answer_of(lang, rows)
    shown = {name: teller.whole(name) for name in truth}
    deduced = told(
        trail, Telling(n=n, words=words_for(lang, scene.prep), shown=shown, place=lambda _name, place: labels[place])
    )
    tokens = [token for row in rows for token in row]
    request = _ask(rng, lang, scene, asked, width, n) + ask_reasoning(
        rng, lang, _form(lang, [scene.cats[c].title for c in asked])
    )
    return Puzzle(
        question=finished(lang, "\n".join((intro(rng, teller), *told_clues, request))),
        answer=finished(lang, answer),
        solution=finished(lang, _written(lang, deduced, labels, grid, answer)),
        checks=(in_order(tokens, {place * len(asked): label for place, label in enumerate(labels)}),),
        facts={
            "kind": scene.key,
            "n": n,
            "items": items,
            "values": values,
            "clues": clues,
            "asked": asked,
            "lang": lang,
        },
        size=factorial(n) ** width,
    )


def _draw_grid(
    rng: random.Random, level: int, values: list[int], relations: set[str], style: str
) -> tuple[dict[str, int], list[Clue], list[Step | Trial]]:
    """A grid whose solution can be told without sub-cases and, at levels 3 and 4, not without trials."""
    n, width = _SIZES[level]
    wanted = {3: 1, 4: 2}.get(level, 0)
    best: tuple[int, dict[str, int], list[Clue], list[Step | Trial]] | None = None
    for _ in range(4):
        truth = {f"{c}{i}": place for c in range(width) for i, place in enumerate(rng.sample(range(n), n))}
        chosen = _clues(rng, truth, values, relations, level)
        clues = [clue for clue, _ in chosen]
        rules = [rule.labelled(_mark(style, k).strip(" .)）（(")) for k, (_, rule) in enumerate(chosen, 1)]
        trail = _board(n, width, rules).explain()
        trials = [step for step in trail if isinstance(step, Trial)]
        deep = sum(trial.label == DEEP for trial in trials)
        short = max(0, wanted - len(trials))
        fault = 10 * deep + 3 * short + max(0, len(trials) - wanted - 3)
        if best is None or fault < best[0]:
            best = fault, truth, clues, trail
        if not fault:
            break
    assert best is not None
    return best[1:]


# -------------------------------------------------------------------------------------------------- clues that suffice
def _clues(
    rng: random.Random, truth: Mapping[str, int], values: list[int], relations: set[str], level: int
) -> list[tuple[Clue, Rule]]:
    """A smallest set (no clue can be left out) of true clues with one solution."""
    width = 1 + max(int(name[0]) for name in truth)
    chosen: list[tuple[Clue, Rule]] = []
    used: Counter[str] = Counter()
    drawing = _draw(rng, truth, values, relations, level, used)
    while True:
        found = _board(len(values), width, [rule for _, rule in chosen]).solutions(2)
        others = [other for other in found if other != truth]
        if not others:
            break
        clue = next(c for c in drawing if not _holds_at(c, others[0], values))
        chosen.append((clue, _rule("", clue, values)))
        used[clue[0]] += 1
    for pair in rng.sample(chosen, len(chosen)):
        fewer = [other for other in chosen if other is not pair]
        if len(_board(len(values), width, [rule for _, rule in fewer]).solutions(2)) == 1:
            chosen = fewer
    rng.shuffle(chosen)
    return chosen


def _draw(
    rng: random.Random, truth: Mapping[str, int], values: list[int], relations: set[str], level: int, used: Counter[str]
) -> Iterator[Clue]:
    """True clues without end, kinds used before less often."""
    kinds = [
        kind for kind in _WEIGHTS if kind in relations or kind in ("same", "differ", "either", "neither", "if", "one")
    ]
    if len({b - a for a, b in pairwise(values)}) > 1:
        kinds = [kind for kind in kinds if kind not in ("next", "apart", "gap")]
    while True:
        limit = 1 if level > 2 else 3
        weights = [
            _WEIGHTS[k] / (1 + 2 * used[k]) ** 2 if k not in ("same", "end") or used[k] < limit else 0 for k in kinds
        ]
        clue = _candidate(rng, rng.choices(kinds, weights)[0], truth, values, level)
        if clue and _holds_at(clue, truth, values):
            yield clue


def _candidate(rng: random.Random, kind: str, truth: Mapping[str, int], values: list[int], level: int) -> Clue | None:
    names = list(truth)
    x, y, z = rng.sample(names, 3)
    px, py = truth[x], truth[y]
    if kind in ("same", "differ", "either", "neither"):
        return _tie(rng, kind, truth, level, len(values))
    if kind in ("if", "one"):
        return _compound(rng, kind, truth, level, len(values))
    if px == py or (kind == "apart" and x[0] == y[0]) or (kind == "between" and len({px, py, truth[z]}) < 3):
        return None
    if kind == "exact":
        return ["exact", x, y, values[px] - values[py]] if px > py else None
    if kind == "gap":
        return ["gap", x, y, abs(px - py) - 1] if abs(px - py) > 1 else None
    if kind == "ratio":
        factor, rest = divmod(values[px], values[py])
        return ["ratio", x, y, factor] if not rest and factor in (2, 3, 4) else None
    if kind == "sum":
        return ["sum", x, y, values[px] + values[py]]
    if kind == "between":
        return ["between", x, y, z]
    return [kind, x] if kind == "end" else [kind, x, y]


def _tie(rng: random.Random, kind: str, truth: Mapping[str, int], level: int, n: int) -> Clue | None:
    """Ties between two categories, or of an item to places; the partners come from one category."""
    x = rng.choice(list(truth))
    to_place = rng.random() < 0.35 and not (level > 2 and kind == "same")
    if to_place:
        others = [f"@{p}" for p in range(n)]
    else:
        groups = sorted({name[0] for name in truth if name[0] > x[0]})
        if not groups:
            return None
        group = rng.choice(groups)
        others = [name for name in truth if name[0] == group]
    count = 2 if kind in ("either", "neither") else 1
    picked = sorted(rng.sample(others, count), key=lambda name: int(name[1:]) if name[0] == "@" else rng.random())
    return [kind, x, *picked]


def _compound(rng: random.Random, kind: str, truth: Mapping[str, int], level: int, n: int) -> Clue | None:
    first, second = _tie(rng, "same", truth, 1, n), _tie(rng, "same", truth, 1, n)
    if first is None or second is None or first[1:] == second[1:] or {first[1], first[2]} & {second[1], second[2]}:
        return None
    if kind == "if" and level > 1 and not _holds_at(first, truth, [0] * n) and rng.random() < 0.6:
        return None  # a premise that is false is worth little
    return [kind, *first[1:], *second[1:]]


def _holds_at(clue: Clue, where: Mapping[str, int], values: Sequence[int]) -> bool:
    args = [part if isinstance(part, int) else int(part[1:]) if part[0] == "@" else where[part] for part in clue[1:]]
    return _TESTS[clue[0]](values, *args)


def _rule(label: str, clue: Clue, values: Sequence[int]) -> Rule:
    names = tuple(dict.fromkeys(part for part in clue[1:] if isinstance(part, str) and part[0] != "@"))
    return Rule(label, names, lambda *at: _holds_at(clue, dict(zip(names, at, strict=True)), values))


def _board(n: int, width: int, rules: Sequence[Rule]) -> Board:
    return Board(n, [[f"{c}{i}" for i in range(n)] for c in range(width)], rules)


# --------------------------------------------------------------------------------------------------------- sentences
def _mark(style: str, number: int) -> str:
    return _CIRCLED[number - 1] + " " if style == "○" else style.format(number)


def _item_at(truth: Mapping[str, int], items: Sequence[Sequence[str]], cat: int, place: int) -> str:
    return next(items[cat][int(name[1:])] for name, p in truth.items() if int(name[0]) == cat and p == place)


def _full_row(lang: Lang, label: str, row: Sequence[str]) -> str:
    return f"{label}：{'、'.join(row)}" if lang == "zh" else f"{label}: {', '.join(row)}"


def _form(lang: Lang, titles: Sequence[str]) -> str:
    shown = answer_of(lang, [list(titles)] * 2)
    return (
        shown + ("、……" if lang == "zh" else ", ...")
        if len(titles) == 1
        else shown + ("；……" if lang == "zh" else "; ...")
    )


def _ask(rng: random.Random, lang: Lang, scene: Scene, asked: Sequence[int], width: int, n: int) -> str:
    title = scene.cats[asked[0]].title
    if lang == "zh":
        if len(asked) < width:
            return f"请{scene.by}写出这{han(n)}{scene.row}的{title}。"
        return f"{rng.choice(scene.asks)}结果{scene.by}写全{han(n)}{scene.row}，不必写{scene.place}。"
    if len(asked) < width:
        return f"List the {_titles(title)} {scene.by}. "
    return f"{rng.choice(scene.asks)} Give the answer {scene.by}, leaving out the {scene.place} themselves. "


def _titles(title: str) -> str:
    if title == "goods":
        return title
    return title[:-1] + "ies" if title.endswith("ty") else title + ("es" if title.endswith("ss") else "s")


def _written(
    lang: Lang, deduced: Sequence[str], labels: Sequence[str], grid: Sequence[Sequence[str]], answer: str
) -> str:
    full = [_full_row(lang, label, row) for label, row in zip(labels, grid, strict=True)]
    if lang == "zh":
        lines = [*deduced, f"全部条件核对无误，结果是：{'；'.join(full)}。"]
        heading = "下面提到的编号就是题目里条件的编号。"
    else:
        lines = [*deduced, f"Every clue holds with this result: {'; '.join(full)}."]
        heading = "Numbers refer to the clues."
    return f"{heading}\n{numbered(lines)}\n{answer_line(lang, answer)}"
