"""The English suite: its order, its two-turn prompts, and gold pairs that agree with the checks."""

from __future__ import annotations

from collections import Counter

import pytest

from evals.checks import check_answer
from evals.library import load_gold, load_suite
from evals.records import GoldPair, Suite

CAUGHT = ("constraint", "cut-off", "injection", "neighbour")
"""Defects that break the form or leave out facts, so that a check sees every one of them."""


@pytest.fixture(scope="module")
def suite() -> Suite:
    """The shipped suite."""
    return load_suite("english")


@pytest.fixture(scope="module")
def gold(suite: Suite) -> tuple[GoldPair, ...]:
    """Its gold pairs."""
    return load_gold(suite)


def passes(pair: GoldPair, answer: str) -> bool:
    """Whether an answer passes all checks of its prompt in the loose reading."""
    return all(result.loose for result in check_answer(pair.prompt, answer))


def test_prompts_are_grouped_by_category_and_numbered(suite: Suite) -> None:
    """In the order of suite.toml, each category counting from 1 without a gap."""
    sizes = Counter(prompt.category for prompt in suite.prompts)
    expected = [f"en-{name}-{number:04d}" for name in suite.categories for number in range(1, sizes[name] + 1)]
    assert [prompt.id for prompt in suite.prompts] == expected


def test_only_revisions_have_two_user_messages(suite: Suite) -> None:
    """The assistant's turn between them is filled when the suite runs."""
    for prompt in suite.prompts:
        turns = 2 if prompt.category == "revise" else 1
        assert [message["role"] for message in prompt.messages] == ["user"] * turns, prompt.id


def test_the_better_gold_answers_pass_the_checks(gold: tuple[GoldPair, ...]) -> None:
    """They were worded apart from the references, so they show that no check asks for one wording."""
    for pair in gold:
        better = [pair.a, pair.b] if pair.better == "tie" else [pair.a if pair.better == "a" else pair.b]
        assert all(passes(pair, answer) for answer in better), pair.id


def test_defects_of_form_fail_a_check(gold: tuple[GoldPair, ...]) -> None:
    """A broken rule, a cut-off end or an answer to something else does not pass."""
    for pair in gold:
        if pair.defect in CAUGHT:
            assert not passes(pair, pair.b if pair.better == "a" else pair.a), pair.id


def test_neither_place_nor_length_tells_the_better_answer(gold: tuple[GoldPair, ...]) -> None:
    """Of 72 wrong answers half stand first, half are the longer ones, and half of those stand first."""
    wrong = [(pair.better == "b", pair.a, pair.b) for pair in gold if pair.better != "tie"]
    longer = [first for first, a, b in wrong if (len(a) > len(b)) is first]
    assert (len(gold), len(wrong), sum(first for first, _, _ in wrong)) == (80, 72, 36)
    assert (len(longer), sum(longer)) == (36, 18)
