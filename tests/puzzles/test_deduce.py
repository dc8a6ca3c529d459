"""Deduction over places: what propagation, trials and search find."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.puzzles._deduce import DEEP, Board, Hits, Rule, Step, Telling, Trial, told, words_for

NAMES = ("a", "b", "c", "d")


def _before(x: str, y: str) -> Rule:
    return Rule(f"{x}<{y}", (x, y), lambda p, q: p < q)


def test_propagation_alone_solves_a_chain() -> None:
    """a < b < c < d leaves one order, without any trial."""
    board = Board(4, [NAMES], [_before("a", "b"), _before("b", "c"), _before("c", "d")])
    assert board.solutions(3) == [{"a": 0, "b": 1, "c": 2, "d": 3}]
    assert not any(isinstance(step, Trial) for step in board.explain())


def test_solutions_stop_at_the_limit() -> None:
    """Without rules there are 24 orders; no more are looked for than asked."""
    assert len(Board(4, [NAMES], []).solutions(99)) == 24
    assert len(Board(4, [NAMES], []).solutions(5)) == 5


pairs = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(pairs, st.sampled_from(["<", "next", "far"])), max_size=5),
    st.permutations(NAMES),
    st.integers(0, 4),
)
def test_search_agrees_with_every_order(clues: list[tuple[tuple[str, str], str]], guess: list[str], count: int) -> None:
    """What the board finds is what trying all 24 orders finds, `Hits` included."""
    tests = {"<": lambda p, q: p < q, "next": lambda p, q: abs(p - q) == 1, "far": lambda p, q: abs(p - q) > 1}
    rules = [Rule("", pair, tests[kind]) for pair, kind in clues]
    board = Board(4, [NAMES], [*rules, Hits("", tuple(guess), (0, 1, 2, 3), count)])
    wanted = []
    for order in permutations(range(4)):
        at = dict(zip(NAMES, order, strict=True))
        fits = all(tests[kind](at[x], at[y]) for (x, y), kind in clues)
        if fits and sum(at[name] == place for place, name in enumerate(guess)) == count:
            wanted.append(at)
    found = board.solutions(99)
    assert sorted(map(str, (dict(sorted(s.items())) for s in found))) == sorted(map(str, wanted))
    if len(wanted) == 1:
        trail = board.explain()
        placed = {
            name: places[0]
            for step in trail
            if isinstance(step, Step)
            for name, places in step.found
            if len(places) == 1
        }
        assert placed.items() <= wanted[0].items()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_trials_are_told(lang: str) -> None:
    """A supposition that fails is told with the clue it breaks."""
    rules = [
        Rule("1", ("a", "b"), lambda p, q: abs(p - q) == 1),
        Rule("2", ("b", "c"), lambda p, q: abs(p - q) == 1),
        Rule("3", ("a", "d"), lambda p, q: p > q),
        Rule("4", ("c", "d"), lambda p, q: abs(p - q) > 1),
    ]
    board = Board(4, [NAMES], rules)
    assert len(board.solutions(2)) == 1
    trail = board.explain()
    assert not any(isinstance(step, Trial) and step.label == DEEP for step in trail)
    telling = Telling(
        n=4,
        words=words_for(lang, "在" if lang == "zh" else "at"),  # type: ignore[arg-type]
        shown={name: name.upper() for name in NAMES},
        place=lambda _name, place: f"<{place + 1}>",
    )
    text = " ".join(told(trail, telling))
    assert all(f"<{place}>" in text for place in (1, 2, 3, 4))
    assert "{" not in text


def test_free_items_share_values() -> None:
    """Items outside the groups may have equal values."""
    board = Board(2, [], [Rule("", ("x", "y"), lambda p, q: p == q == 1)], {"x": 2, "y": 2})
    assert board.solutions(2) == [{"x": 1, "y": 1}]
