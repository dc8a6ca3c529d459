"""Facts that may be missing or contrary: six scenes, in which the quantity asked for is fixed, open or contradictory.

Statements are sums of unknown whole numbers. The question never tells which of three cases it is: the value follows;
a fact is missing, and exactly one of four offered ones would settle it; or some statements cannot all be true, and
exactly one smallest set of them is to blame. Level = unknowns and statements: 4 and 3, 4 and 4, 5 and 5, 5 and 6;
from level 3 on a contradiction needs at least three statements. `make` eliminates, `solve` searches.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import combinations, product
from math import lcm
from typing import Any

from evals.puzzles._family import Family, Lang, Puzzle
from evals.puzzles._missing_scenes import SCENES, Scene, Vector, opening
from evals.puzzles._phrase import numeric, pattern, puzzle

Statement = tuple[Vector, int]
_MARKS = {"zh": "①②③④⑤⑥⑦", "en": "1234567"}
_LETTERS = "ABCD"
_SIZES = {1: (4, 3), 2: (4, 4), 3: (5, 5), 4: (5, 6)}


# ------------------------------------------------------------------------------------------------ elimination
def _combine(rows: Sequence[Vector], goal: Vector) -> list[Fraction] | None:
    """Weights with which the rows add up to the goal, or None when they cannot."""
    n, m = len(goal), len(rows)
    grid = [[Fraction(rows[j][i]) for j in range(m)] + [Fraction(goal[i])] for i in range(n)]
    pivots, at = [], 0
    for col in range(m):
        lead = next((r for r in range(at, n) if grid[r][col]), None)
        if lead is None:
            continue
        grid[at], grid[lead] = grid[lead], grid[at]
        grid[at] = [x / grid[at][col] for x in grid[at]]
        for r in range(n):
            if r != at and grid[r][col]:
                grid[r] = [x - grid[r][col] * y for x, y in zip(grid[r], grid[at], strict=True)]
        pivots.append(col)
        at += 1
    if any(row[m] for row in grid[at:]):
        return None
    weights = [Fraction(0)] * m
    for r, col in enumerate(pivots):
        weights[col] = grid[r][m]
    return weights


def _solutions(
    statements: Sequence[Statement], n: int, bounds: tuple[int, int], limit: int = 4000
) -> list[Vector] | None:
    """All whole solutions within bounds: free unknowns run through their range, the others follow. None: too many."""
    grid = [[Fraction(x) for x in vector] + [Fraction(value)] for vector, value in statements]
    pivots, at = [], 0
    for col in range(n):
        lead = next((r for r in range(at, len(grid)) if grid[r][col]), None)
        if lead is None:
            continue
        grid[at], grid[lead] = grid[lead], grid[at]
        grid[at] = [x / grid[at][col] for x in grid[at]]
        for r in range(len(grid)):
            if r != at and grid[r][col]:
                grid[r] = [x - grid[r][col] * y for x, y in zip(grid[r], grid[at], strict=True)]
        pivots.append(col)
        at += 1
    if any(row[n] for row in grid[at:]):
        return []
    free = [c for c in range(n) if c not in pivots]
    low, high = bounds
    if (high - low + 1) ** len(free) > limit:
        return None
    found = []
    for values in product(range(low, high + 1), repeat=len(free)):
        point = [Fraction(0)] * n
        for c, x in zip(free, values, strict=True):
            point[c] = Fraction(x)
        for r, c in enumerate(pivots):
            point[c] = grid[r][n] - sum(grid[r][f] * point[f] for f in free)
        if all(x.denominator == 1 and low <= x <= high for x in point):
            found.append(tuple(int(x) for x in point))
    return found


def _dot(vector: Sequence[int], point: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(vector, point, strict=True))


# ------------------------------------------------------------------------------------------------ making
def _settled(statements: list[Statement], target: Vector, truth: Vector) -> str | None:
    rows = [v for v, _ in statements]
    if _combine(rows, target) is None or (
        any(_combine([r for k, r in enumerate(rows) if k != j], target) for j in range(len(rows))) and len(rows) < 4
    ):
        return None
    return str(_dot(target, truth))


def _open(
    rng: random.Random, bounds: tuple[int, int], statements: list[Statement], target: Vector, pool: list[Vector]
) -> tuple[str, list[Vector]] | None:
    """The verdict that a fact is missing, with four offers of which one settles it; None when there are none."""
    points = _solutions(statements, len(target), bounds)
    if not points or len({_dot(target, p) for p in points}) < 2:
        return None
    rows = [v for v, _ in statements]
    good = [e for e in pool if _settles(points, target, e) and _combine([*rows, e], target) is not None]
    poor = [e for e in pool if not _settles(points, target, e)]
    if not good or len(poor) < 3:
        return None
    extras = [rng.choice(good), *rng.sample(poor, 3)]
    rng.shuffle(extras)
    return f"missing {_LETTERS[next(k for k, e in enumerate(extras) if e in good)]}", extras


def _settles(points: list[Vector], target: Vector, extra: Vector) -> bool:
    seen: dict[int, int] = {}
    return all(seen.setdefault(_dot(extra, p), _dot(target, p)) == _dot(target, p) for p in points)


def _contrary(statements: list[Statement], n: int, bounds: tuple[int, int], least: int) -> str | None:
    """The one smallest set that cannot hold, by linear dependence; None unless it is unique and large enough."""
    if _solutions(statements, n, bounds, limit=0) is None:
        return None
    rows = [v for v, _ in statements]
    guilty: list[tuple[int, ...]] = []
    for size in range(1, len(rows) + 1):
        for chosen in combinations(range(len(rows)), size):
            if any(set(g) <= set(chosen) for g in guilty):
                continue
            *others, last = chosen
            weights = _combine([rows[i] for i in others], rows[last])
            if (
                weights is not None
                and sum(w * statements[i][1] for w, i in zip(weights, others, strict=True)) != statements[last][1]
            ):
                guilty.append(chosen)
    if len(guilty) != 1 or len(guilty[0]) < least:
        return None
    for spared in guilty[0]:
        points = _solutions([s for k, s in enumerate(statements) if k != spared], n, bounds)
        if not points:
            return None
    return "conflict " + ",".join(str(i + 1) for i in guilty[0])


def _statements(
    rng: random.Random, scene: Scene, truth: Vector, number: int, blind: list[Vector]
) -> list[Statement] | None:
    """True statements that say nothing about the directions in `blind`; None when too few are found."""
    found: list[Statement] = []
    for _ in range(120):
        vector = scene.forms(rng, len(truth))
        value = _dot(vector, truth)
        if any(_dot(vector, b) for b in blind) or any(_parallel(v, vector) for v, _ in found):
            continue
        if scene.sayable(vector):
            found.append((vector, value))
        if len(found) == number:
            return found
    return None


def _parallel(a: Vector, b: Vector) -> bool:
    return all(a[i] * b[j] == a[j] * b[i] for i in range(len(a)) for j in range(i))


def _pool(rng: random.Random, scene: Scene, n: int, target: Vector, statements: list[Statement]) -> list[Vector]:
    """Facts that could be asked for: single unknowns and sums that no statement gives."""
    units = [tuple(int(i == k) for i in range(n)) for k in range(n)]
    drawn = [*units, *(scene.forms(rng, n) for _ in range(20))]
    taken = [target, *(v for v, _ in statements)]
    return [v for k, v in enumerate(drawn) if v not in drawn[:k] and v not in taken and min(v) >= 0]


def _draw(rng: random.Random, name: str, lang: Lang, level: int, verdict: str) -> dict[str, Any]:
    """Unknowns, statements, target and offers with the wanted verdict."""
    scene = SCENES[name]
    n, number = _SIZES[level]
    low, high = bounds = scene.bounds[lang]
    for attempt in range(100_000):
        truth = tuple(rng.randrange(low + 1, high * 3 // 4) for _ in range(n))
        blind = []
        if verdict == "missing":
            blind = [tuple(rng.choice((-1, 0, 0, 1)) for _ in range(n)) for _ in range(rng.choice((1, 2)))]
            if not all(map(any, blind)):
                continue
        # a blind direction leaves few statements to make: after many failures be content with one less
        statements = _statements(rng, scene, truth, number - (attempt > 300 and verdict == "missing"), blind)
        if statements is None or any(not any(s[k] for s, _ in statements) for k in range(n)):
            continue
        asked = rng.randrange(n)
        target = tuple(int(i == asked) for i in range(n))
        pool = _pool(rng, scene, n, target, statements)
        if len(pool) < 4:
            continue
        extras = rng.sample(pool, 4)
        answer: str | None
        if verdict == "missing":
            found = _open(rng, bounds, statements, target, pool)
            answer, extras = found or (None, extras)
        elif verdict == "conflict":
            wrong = rng.randrange(number)
            vector, value = statements[wrong]
            statements[wrong] = (vector, value + rng.choice((-4, -3, -2, 2, 3, 4)))
            if min(vector) >= 0 and statements[wrong][1] <= low:
                continue
            answer = _contrary(statements, n, bounds, 2 if level < 3 else 3)
        else:
            answer = _settled(statements, target, truth)
        if answer is not None:
            return {
                "n": n,
                "statements": [_oriented(*statement) for statement in statements],
                "target": target,
                "extras": extras,
                "answer": answer,
                "truth": truth,
            }
    raise AssertionError(f"no problem found for {name}, level {level}, {verdict}")


def _oriented(vector: Vector, value: int) -> Statement:
    """A comparison as it is told, the larger side first, so that a worked step can be followed with pen and paper."""
    if value < 0 and min(vector) < 0 and set(map(abs, vector)) <= {0, 1}:
        return tuple(-x for x in vector), -value
    return vector, value


def _form(rng: random.Random, lang: Lang) -> str:
    if lang == "zh":
        return rng.choice(
            (
                (
                    "请先判断属于哪一种情况，说明理由，最后一行按对应的格式写：能确定的，写“答案：数值”；"
                    "条件不够的，选出A至D中唯一那条只要补上就一定能确定的，写“答案：缺少 A”这样的形式；"
                    "陈述互相矛盾的（不论碰不碰得到所求的数），写出合在一起就不可能全对、而去掉其中任何一条就不再矛盾的那几条，"
                    "写“答案：矛盾 ①②”这样的形式。"
                ),
                (
                    "答案可能是一个数，也可能是条件不够，或者上面的话自相矛盾（只要有矛盾，就按矛盾作答）。请说明理由，"
                    "最后一行写成三种形式之一：“答案：数值”；“答案：缺少 A”（A至D中只有一条，"
                    "补上它就一定能算出来）；“答案：矛盾 ①②”（列出放在一起就不可能同时成立的那几条，"
                    "可有可无的不要列）。"
                ),
            )
        )
    return rng.choice(
        (
            (
                "It may be that the answer follows, that a fact is missing, or that some statements "
                "contradict each other (if any do, that is the answer). "
                "Give your reasoning and end with one line in one of these forms: "
                '"Answer: <number>"; "Answer: missing A" (only one of the facts A to D, once known, would '
                'settle the matter for certain); "Answer: conflict 1, 2" (the statements that cannot all be '
                "true, with none that could be left out)."
            ),
            (
                'Decide first which case it is, and say why. If the number follows, end with "Answer: '
                '<number>". If something is missing, exactly one of the facts A to D would be enough '
                'whatever its value turns out to be; end with, say, "Answer: missing A". If any statements '
                "contradict each other, about this number or not, "
                "name the smallest group that cannot hold together and end with, say, "
                '"Answer: conflict 1, 2".'
            ),
        )
    )


def make_scene(name: str, rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """A problem in the named scene; the verdict is drawn with equal chances."""
    verdict = rng.choice(("settled", "missing", "conflict"))
    v = _draw(rng, name, lang, level, verdict)
    scene = SCENES[name]
    marks = _MARKS[lang]
    stop = "。" if lang == "zh" else "."
    lines = []
    for k, (vector, value) in enumerate(v["statements"]):
        text = scene.say(lang, vector, value)
        lines.append(f"{marks[k]} {text}{stop}" if lang == "zh" else f"{k + 1}. {text[0].upper()}{text[1:]}{stop}")
    target = scene.what(lang, v["target"])
    offers = ("；" if lang == "zh" else "; ").join(
        f"{_LETTERS[k]}. {scene.what(lang, e)}" for k, e in enumerate(v["extras"])
    )
    if lang == "zh":
        ask = rng.choice((f"要知道的是{target}。", f"想求{target}。"))
        offer = f"可以再去打听的有：{offers}。"
    else:
        ask = rng.choice((f"We want to know {target}.", f"To be found: {target}."))
        offer = f"Facts we could still ask for: {offers}."
    question = [opening(rng, lang, name, v["n"]), *lines, ask, offer, _form(rng, lang)]
    answer = v["answer"]
    shown, checks = _shown(lang, answer)
    low, high = scene.bounds[lang]
    facts = {
        "kind": name,
        "unknowns": v["n"],
        "bounds": [low, high],
        "statements": [[list(a), b] for a, b in v["statements"]],
        "target": list(v["target"]),
        "extras": [list(e) for e in v["extras"]],
    }
    steps = _steps(lang, scene, v)
    return puzzle(
        lang,
        question=question,
        steps=steps,
        answer=answer,
        shown=shown,
        checks=checks,
        facts=facts,
        size=v["n"] ** 2 * len(v["statements"]),
    )


def _shown(lang: Lang, answer: str) -> tuple[str, tuple[dict[str, Any], ...]]:
    if answer.startswith("missing"):
        letter = answer[-1]
        shown = f"缺少 {letter}" if lang == "zh" else answer
        return shown, pattern(
            rf"^[*_\s]*(?:缺少?|(?:is )?missing)\W{{0,6}}{letter}"
            rf"(?![A-Za-z])(?!.*(?<![A-Za-z])[{_LETTERS.replace(letter, '')}](?![A-Za-z]))"
        )
    if answer.startswith("conflict"):
        marks = [int(m) for m in answer.split()[1].split(",")]
        gap = r"[\s,，、和与&#()（）.]*(?:and|条)?[\s,，、和与&#()（）.]*"
        parts = gap.join(f"[{m}{_MARKS['zh'][m - 1]}]" for m in marks)
        shown = (
            f"矛盾 {''.join(_MARKS['zh'][m - 1] for m in marks)}"
            if lang == "zh"
            else "conflict " + ", ".join(map(str, marks))
        )
        return shown, pattern(rf"(?:矛盾|conflict|contradict)[^\d①-⑦]{{0,20}}{parts}[^\d①-⑦]*$")
    evasions = ["缺少", "矛盾", "missing", "conflict"]
    return answer, (*numeric(answer), {"type": "absent", "args": {"values": evasions, "where": "answer"}})


def _steps(lang: Lang, scene: Scene, v: dict[str, Any]) -> list[str]:
    zh, answer = lang == "zh", v["answer"]
    rows = [s for s, _ in v["statements"]]
    target = scene.what(lang, v["target"])
    if answer.startswith("conflict"):
        chosen = [int(m) - 1 for m in answer.split()[1].split(",")]
        *others, last = chosen
        weights = _combine([rows[i] for i in others], rows[last]) or []
        told = sum((w * v["statements"][i][1] for w, i in zip(weights, others, strict=True)), Fraction(0))
        way, real = _mix(lang, others, weights), v["statements"][last][1]
        name = _MARKS[lang][last]
        if zh:
            return [
                f"1. 把各句写成等式，按{way}合并，左边正好是{name}的左边。",
                f"2. 右边得{_f(told)}，而{name}说的是{real}，两者不等，所以这几句不可能都对。",
                "3. 去掉其中任何一条，其余各句都能同时成立，因此正是这几条互相矛盾，答案无从确定。",
            ]
        return [
            (
                f"1. Written as equations and combined as {way}, the left-hand sides give exactly that of "
                f"statement {name}."
            ),
            (
                f"2. The right-hand sides give {_f(told)}, but statement {name} says {real}, so these "
                "statements cannot all be true."
            ),
            (
                "3. Without any one of them the rest can hold together, so exactly these contradict "
                "each other and no answer follows."
            ),
        ]
    if answer.startswith("missing"):
        points = _solutions(v["statements"], v["n"], scene.bounds[lang]) or []
        first = points[0]
        other = next(p for p in points if _dot(v["target"], p) != _dot(v["target"], first))
        letter = answer[-1]
        extra = v["extras"][_LETTERS.index(letter)]
        weights = _combine([*rows, extra], v["target"]) or []
        way = _mix(lang, list(range(len(rows))), weights[:-1], letter, weights[-1])
        units = [scene.what(lang, tuple(int(i == k) for i in range(v["n"]))) for k in range(v["n"])]
        one, two = (
            ("，" if zh else ", ").join(f"{u}{'为' if zh else ' = '}{x}" for u, x in zip(units, p, strict=True))
            for p in (first, other)
        )
        poor = "、".join(x for x in _LETTERS if x != letter) if zh else ", ".join(x for x in _LETTERS if x != letter)
        if zh:
            return [
                f"1. 下面两组数都符合全部陈述：{one}；或者{two}。所以{target}不能确定。",
                f"2. 如果知道了{letter}，由{way}就得到{target}，不论它是多少。",
                f"3. 只知道{poor}中的一条，仍有不止一种可能。",
            ]
        return [
            f"1. Two sets of numbers fit every statement: {one}; or {two}. So {target} does not follow.",
            f"2. Once {letter} is known, {way} gives {target}, whatever its value.",
            f"3. Any one of {poor} alone still leaves more than one possibility.",
        ]
    weights = _combine(rows, v["target"]) or []
    way = _mix(lang, list(range(len(rows))), weights)
    terms = [(w, v["statements"][i][1]) for i, w in enumerate(weights) if w]
    sums = _sum(lang, terms)
    truth = ("，" if zh else ", ").join(map(str, v["truth"]))
    check = (
        f"例如各个数依次取{truth}时每一句都对" if zh else f"with the numbers {truth} in order, every statement holds"
    )
    if zh:
        return [
            f"1. 把各句写成等式，按{way}合并，左边只剩下{target}。",
            f"2. 右边是{sums}＝{answer}。",
            f"3. 各句之间没有矛盾（{check}），所以能够确定。",
        ]
    return [
        f"1. Written as equations and combined as {way}, the left-hand sides leave just {target}.",
        f"2. The right-hand sides give {sums} = {answer}.",
        f"3. The statements do not contradict each other ({check}), so the answer is certain.",
    ]


def _f(x: Fraction) -> str:
    return str(x.numerator) if x.denominator == 1 else f"{x.numerator}/{x.denominator}"


def _mix(
    lang: Lang, places: list[int], weights: Sequence[Fraction], letter: str = "", last: Fraction = Fraction(0)
) -> str:
    """`①×2－③` or `(1) x 2 - (3)`, in brackets over a number where there are fractions."""
    scale = lcm(*(w.denominator for w in [*weights, last]))
    named = [
        (_MARKS["zh"][i] if lang == "zh" else f"({i + 1})", w * scale)
        for i, w in zip(places, weights, strict=True)
        if w
    ]
    if letter:
        named.append((letter, last * scale))
    named.sort(key=lambda item: item[1] < 0)
    text = ""
    for k, (name, w) in enumerate(named):
        sign = ("－" if w < 0 else "＋" if k else "") if lang == "zh" else (" - " if w < 0 else " + " if k else "")
        times = "" if abs(w) == 1 else f"×{abs(w)}" if lang == "zh" else f" x {abs(w)}"
        text += f"{sign}{name}{times}"
    text = text.strip()
    return text if scale == 1 else f"（{text}）÷{scale}" if lang == "zh" else f"[{text}] / {scale}"


def _sum(lang: Lang, terms: list[tuple[Fraction, int]]) -> str:
    scale = lcm(*(w.denominator for w, _ in terms))
    ordered = sorted(((w * scale, b) for w, b in terms), key=lambda item: item[0] < 0)
    text = ""
    for k, (w, b) in enumerate(ordered):
        sign = ("－" if w < 0 else "＋" if k else "") if lang == "zh" else (" - " if w < 0 else " + " if k else "")
        value = f"({b})" if b < 0 and k and lang == "en" else f"（{b}）" if b < 0 and k else str(b)
        text += sign + (value if abs(w) == 1 else f"{value}×{abs(w)}" if lang == "zh" else f"{value} x {abs(w)}")
    return text if scale == 1 else f"（{text}）÷{scale}" if lang == "zh" else f"[{text}] / {scale}"


# ------------------------------------------------------------------------------------------------ searching
def _search(
    statements: Sequence[Sequence[Any]], unknowns: Sequence[int], bounds: Sequence[int], known: dict[int, int]
) -> Iterator[dict[int, int]]:
    """All assignments of the unknowns that fulfil the statements: one at a time, its range cut by every statement."""
    if len(known) == len(unknowns):
        yield dict(known)
        return
    best: tuple[int, range] | None = None
    for k in unknowns:
        if k in known:
            continue
        low, high = bounds
        for vector, value in statements:
            if not vector[k]:
                continue
            rest = value - sum(w * known[i] for i, w in enumerate(vector) if i in known)
            spans = [
                sorted((w * bounds[0], w * bounds[1])) for i, w in enumerate(vector) if w and i not in known and i != k
            ]
            ends = sorted(
                (
                    Fraction(rest - sum(s[0] for s in spans), vector[k]),
                    Fraction(rest - sum(s[1] for s in spans), vector[k]),
                )
            )
            low, high = (
                max(low, -(-ends[0].numerator // ends[0].denominator)),
                min(high, ends[1].numerator // ends[1].denominator),
            )
        span = range(low, high + 1)
        if best is None or len(span) < len(best[1]):
            best = (k, span)
    assert best is not None
    for x in best[1]:
        trial = {**known, best[0]: x}
        if all(
            sum(w * trial[i] for i, w in enumerate(v) if w) == b
            for v, b in statements
            if all(i in trial for i, w in enumerate(v) if w)
        ):
            yield from _search(statements, unknowns, bounds, trial)


def _weigh(vector: Sequence[int], point: Mapping[int, int]) -> int:
    return sum(w * point[i] for i, w in enumerate(vector))


def solve(facts: Mapping[str, Any]) -> str:
    """Looks at all assignments that agree with the statements; without any, at ever larger groups of statements."""
    statements, unknowns, bounds = facts["statements"], range(facts["unknowns"]), facts["bounds"]
    points = list(_search(statements, unknowns, bounds, {}))
    if not points:
        return _culprits(statements, bounds)
    targets = {_weigh(facts["target"], p) for p in points}
    if len(targets) == 1:
        return str(targets.pop())
    enough = []
    for letter, extra in zip(_LETTERS, facts["extras"], strict=True):
        groups: dict[int, set[int]] = {}
        for p in points:
            groups.setdefault(_weigh(extra, p), set()).add(_weigh(facts["target"], p))
        if all(len(g) == 1 for g in groups.values()):
            enough.append(letter)
    return "missing " + ",".join(enough)


def _culprits(statements: Sequence[Sequence[Any]], bounds: Sequence[int]) -> str:
    for size in range(1, len(statements) + 1):
        guilty = []
        for chosen in combinations(range(len(statements)), size):
            some = [statements[i] for i in chosen]
            used = [k for k in range(len(some[0][0])) if any(v[k] for v, _ in some)]
            if next(_search(some, used, bounds, {}), None) is None:
                guilty.append(chosen)
        if guilty:
            return " or ".join("conflict " + ",".join(str(i + 1) for i in g) for g in guilty)
    return "none"


# ------------------------------------------------------------------------------------------------ family
KINDS: dict[str, Callable[[random.Random, Lang, int], Puzzle]] = {name: partial(make_scene, name) for name in SCENES}


def make(rng: random.Random, lang: Lang, level: int) -> Puzzle:
    """A problem in one of the scenes, drawn at random."""
    return KINDS[rng.choice(sorted(KINDS))](rng, lang, level)


FAMILY = Family(name="missing", category="missing", make=make, solve=solve)
