"""Truth-tellers and liars, and who has the key."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product
from typing import Any

from evals.puzzles._deduce import DEEP, Board, Rule, Step, Telling, Trial, told, words_for
from evals.puzzles._ending import answer_line, ask_reasoning, in_order, numbered
from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._words import capital, finished, han, joined, word
from evals.puzzles.order._setting import Clue, Setting, liar_answer


def make_liars(rng: random.Random, lang: Lang, setting: Setting, shown: list[str], level: int) -> Puzzle:
    """Who lies and who has the key, from one statement each; only one possibility is left."""
    n = len(shown)
    free = {str(i): 2 for i in range(n)} | {"who": n}
    best: tuple[int, list[int], int, list[Clue], list[Step | Trial]] | None = None
    while True:
        lying = rng.sample([1] * rng.randint(2, n - 2) + [0] * n, n)
        who = rng.randrange(n)
        if not 2 <= sum(lying) <= n - 2:
            continue
        said = _statements(rng, lying, who)
        if said is None:
            continue
        labels = [setting.label.format(name) for name in shown]
        rules = [_liar_rule(labels[i], i, clue, n) for i, clue in enumerate(said)]
        trail = Board(n, [], rules, free).explain()
        fault = fault_of(trail, level)
        if best is None or fault < best[0]:
            best = fault, lying, who, said, trail
        if not best[0] or rng.random() < 0.2:
            break
    _, lying, who, said, trail = best
    liars = [shown[i] for i in range(n) if lying[i]]
    answer = liar_answer(lang, liars, shown[who])
    status = ("真话", "假话") if lang == "zh" else ("telling the truth", "lying")
    words = words_for(lang, "是" if lang == "zh" else "")
    words["dead"] = words["dead_item"] = (
        "，再看{0}，就自相矛盾了。" if lang == "zh" else " Now {0} leads to a contradiction."
    )
    named = {str(i): name + ("说的" if lang == "zh" else "") for i, name in enumerate(shown)}
    named["who"] = "拿钥匙的" if lang == "zh" else "the one with the key"
    telling = Telling(
        n=n, words=words, shown=named, free=free, place=lambda name, at: shown[at] if name == "who" else status[at]
    )
    return Puzzle(
        question=finished(lang, _liar_question(rng, lang, setting, shown, said)),
        answer=finished(lang, answer),
        solution=finished(lang, written("liars", lang, told(trail, telling), answer)),
        checks=(in_order([*liars, shown[who]]),),
        facts={"kind": "liars", "lang": lang, "names": shown, "clues": said},
        size=2**n * n,
    )


def _statements(rng: random.Random, lying: Sequence[int], who: int) -> list[Clue] | None:
    """One statement a speaker, true or false as the speaker is; None when they leave more than one possibility."""
    n = len(lying)
    states = [(tuple(s), w) for s in product((0, 1), repeat=n) for w in range(n)]
    said: list[Clue] = []
    for speaker in range(n):
        best: tuple[int, Clue, list[Any]] | None = None
        for _ in range(5):
            clue = _statement(rng, speaker, lying, who, {c[0] for c in said})
            left = [state for state in states if _liar_true(clue, *state) != state[0][speaker]]
            if best is None or len(left) < best[0]:
                best = len(left), clue, left
        assert best is not None
        said.append(best[1])
        states = best[2]
    return said if len(states) == 1 else None


def _statement(rng: random.Random, speaker: int, lying: Sequence[int], who: int, used: set[str]) -> Clue:
    n = len(lying)
    kinds = ("liar", "true", "same", "differ", "who", "notwho", "whoor", "liar_or_who", "atleast", "exactly", "if")
    while True:
        kind = rng.choice(kinds)
        if kind in used and rng.random() < 0.7:
            continue
        x, y = rng.sample([i for i in range(n) if i != speaker], 2)
        if kind in ("who", "notwho"):
            x = rng.randrange(n)
        clue: Clue = {
            "liar": [kind, x], "true": [kind, x], "who": [kind, x], "notwho": [kind, x],
            "atleast": [kind, rng.randint(2, n - 1)], "exactly": [kind, rng.randint(2, n - 2)],
        }.get(kind, [kind, x, y])  # fmt: skip
        if _liar_true(clue, lying, who) != bool(lying[speaker]):
            return clue


def _liar_true(clue: Clue, lying: Sequence[int], who: int) -> bool:
    kind: str = clue[0]
    x: int = clue[1]
    y: int = clue[-1]
    if kind in ("who", "notwho", "whoor"):
        return who in (x, y) if kind == "whoor" else (who == x) == (kind == "who")
    if kind in ("atleast", "exactly"):
        return sum(lying) >= x if kind == "atleast" else sum(lying) == x
    if kind in ("liar", "true"):
        return bool(lying[x]) == (kind == "liar")
    if kind in ("same", "differ"):
        return (lying[x] == lying[y]) == (kind == "same")
    return bool(lying[x]) or (who == y if kind == "liar_or_who" else bool(lying[y]))


def _liar_rule(label: str, speaker: int, clue: Clue, n: int) -> Rule:
    everybody = clue[0] in ("atleast", "exactly")
    people = list(range(n)) if everybody else []
    if not everybody and clue[0] in ("liar", "true", "same", "differ", "if"):
        people = clue[1:]
    elif clue[0] == "liar_or_who":
        people = clue[1:2]
    keys = {"who"} if clue[0] in ("who", "notwho", "whoor", "liar_or_who") else set()
    names = tuple(dict.fromkeys([str(speaker), *map(str, people), *keys]))

    def holds(*values: int) -> bool:
        state = dict(zip(names, values, strict=True))
        lying = [state.get(str(i), 0) for i in range(n)]
        return _liar_true(clue, lying, state.get("who", 0)) != bool(lying[speaker])

    return Rule(label, names, holds, 300)


def _liar_question(rng: random.Random, lang: Lang, setting: Setting, shown: Sequence[str], said: Sequence[Clue]) -> str:
    n = len(shown)
    count = han if lang == "zh" else word
    lines = []
    for speaker, clue in enumerate(said):
        me = "我" if lang == "zh" else "I"
        people = [me if part == speaker else shown[part] for part in clue[1:]]
        text = rng.choice(setting.clues[clue[0]])
        if people[0] == me and lang == "en":
            text = text.replace("{x} has", "{x} have").replace("{x} does", "{x} do")
        slots = {"n": count(n), "k": count(clue[1])} | dict(zip("xy", people, strict=False))
        said_text = text.format(**slots)
        quote = f"“{said_text}。”" if lang == "zh" else f'"{capital(said_text)}."'
        lines.append(f"{shown[speaker]}：{quote}" if lang == "zh" else f"{shown[speaker]}: {quote}")
    opening = rng.choice(setting.intros).format(n=count(n), names=joined(lang, shown))
    gap, dots = ("", "……") if lang == "zh" else (" ", "...")
    ask = gap.join((rng.choice(setting.asks), ask_reasoning(rng, lang, dots), setting.form))
    return "\n".join((opening, *lines, ask))


def fault_of(trail: Sequence[Step | Trial], level: int) -> int:
    """0 when the solution can be told without sub-cases, without too many trials, and not without any when hard."""
    trials = [step for step in trail if isinstance(step, Trial)]
    wanted = {3: 1, 4: 2}.get(level, 0)
    deep = sum(trial.label == DEEP for trial in trials)
    return 10 * deep + 4 * max(0, wanted - len(trials)) + max(0, len(trials) - wanted - 4)


def written(kind: str, lang: Lang, lines: list[str], answer: str) -> str:
    """The worked solution: what the numbers or names refer to, the steps, the answer line."""
    if kind in ("claims", "forecasts", "liars"):
        head = (
            "下面提到的人名，指此人在题目里说的话。" if lang == "zh" else "Names refer to what these people say above."
        )
    else:
        head = "下面的编号指题目里的对应条件。" if lang == "zh" else "Numbers refer to the conditions above."
    last = (
        "逐条核对，全部满足。" if lang == "zh" else "All conditions are met, and every other possibility was excluded."
    )
    return f"{head}\n{numbered([*lines, last])}\n{answer_line(lang, answer)}"
