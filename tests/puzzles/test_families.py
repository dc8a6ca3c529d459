"""What all families promise: every puzzle stands the second solver, its checks and a reader's eye for text."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import pytest

from evals.puzzles._family import Lang, Puzzle
from evals.puzzles._suite import FAMILIES, _grams
from tests.puzzles.examining import DEAR, LANGS, SEEDS, WORDED, faults, made, rotation

KINDS = {"word": 12, "calendar": 7, "counting": 8, "state": 8, "rule": 7, "planning": 8, "missing": 6}
LEVELS = (1, 2, 3, 4)


@cache
def drawn(name: str) -> list[tuple[int, Lang, int, Puzzle]]:
    """Seed, language, level and puzzle: sixty seeds of a family in both languages."""
    return list(rotation(FAMILIES[name]))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in ("grid", "order") else name for name in FAMILIES]
)
def test_sixty_seeds_in_both_languages(name: str) -> None:
    """Answer, solver, checks, wrong answers and text hold, and no question comes twice."""
    found = {(seed, lang, level): faults(FAMILIES[name], lang, puzzle) for seed, lang, level, puzzle in drawn(name)}
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
    assert len({puzzle.question for *_, puzzle in drawn(name)}) == len(drawn(name)) == 120


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", FAMILIES)
def test_every_seed_at_every_level(name: str, level: int) -> None:
    """The same for each level, with fewer seeds where a puzzle takes long to make."""
    family = FAMILIES[name]
    seeds = SEEDS[: 60 // level] if name in DEAR else SEEDS
    found = {(seed, lang): faults(family, lang, made(family, seed, lang, level)) for seed in seeds for lang in LANGS}
    assert {where: wrong for where, wrong in found.items() if wrong} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_every_kind_at_every_level(name: str) -> None:
    """The same for each kind, language and level."""
    family = FAMILIES[name]
    found = {}
    for kind, lang, level, seed in product(family.kinds, LANGS, LEVELS, range(6)):
        puzzle = family.kinds[kind](random.Random(f"{kind} {seed}"), lang, level)
        found[kind, lang, level, seed] = [*faults(family, lang, puzzle), *({kind} - {puzzle.facts["kind"]})]
    assert {where: wrong for where, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_drawn(name: str, lang: Lang) -> None:
    """Among sixty puzzles of a family each of its kinds occurs."""
    kinds = {puzzle.facts["kind"] for _, of, _, puzzle in drawn(name) if of == lang}
    assert kinds == set(FAMILIES[name].kinds)
    assert len(kinds) == KINDS[name]


@pytest.mark.parametrize("name", WORDED)
def test_kinds_grow_with_the_level(name: str) -> None:
    """On average each kind has more to do at a higher level."""
    for kind, make in FAMILIES[name].kinds.items():
        sizes = [sum(make(random.Random(f"{kind} {seed}"), "en", level).size for seed in range(5)) for level in LEVELS]
        assert sizes == sorted(set(sizes)), kind


@pytest.mark.parametrize("name", sorted({*FAMILIES} - {*WORDED}))
def test_size_grows_with_the_level(name: str) -> None:
    """The search space of a seed does not shrink from level to level."""
    for seed in range(2 if name in DEAR else 6):
        sizes = [made(FAMILIES[name], seed, "en", level).size for level in LEVELS]
        assert sizes == sorted(sizes), seed
        assert sizes[0] < sizes[3], seed


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", WORDED)
def test_wording_varies(name: str, lang: Lang) -> None:
    """A kind is not one mould: among a dozen seeds two questions have next to no run of words in common."""
    for kind, make in FAMILIES[name].kinds.items():
        grams = [_grams(make(random.Random(seed), lang, 3).question) for seed in range(12)]
        least = min(len(a & b) / min(len(a), len(b)) for i, a in enumerate(grams) for b in grams[:i])
        assert least < 0.3, kind


@pytest.mark.parametrize("name", FAMILIES)
def test_the_seed_decides(name: str) -> None:
    """The same generator state gives the same puzzle, another state another one."""
    first, second, other = (FAMILIES[name].make(random.Random(state), "zh", 4) for state in (7, 7, 8))
    assert first == second
    assert first.question != other.question


@pytest.mark.parametrize(
    ("part", "change", "promise"),
    [
        ("answer", lambda text: text + "1", "the second solver finds the same"),
        ("answer", lambda text: text + "1", "the solution ends with the answer line"),
        ("solution", lambda text: text.split("\n")[-1], "the solution has two steps"),
        ("solution", lambda text: text + "1", "the solution passes"),
        ("checks", lambda _: ({"type": "regex", "args": {"pattern": "."}},), "wrong answers fail"),
        ("question", lambda text: text.replace("Answer:", ""), "the question asks for the answer line"),
        ("question", lambda text: text.replace(" ", "  ", 1), "spaces are in order"),
        ("question", lambda text: text + " {x}", "every slot is filled"),
        ("question", lambda text: text + "，", "the signs are those of the language"),
    ],
)
def test_a_fault_is_named(part: str, change: Callable[[Any], Any], promise: str) -> None:
    """The examination that all puzzles stand sees each fault that is put into a sound one."""
    family = FAMILIES["state"]
    sound = family.kinds["lots"](random.Random(1), "en", 2)
    assert faults(family, "en", sound) == []
    assert promise in faults(family, "en", replace(sound, **{part: change(getattr(sound, part))}))
