"""Verdicts that follow from the answers alone and need no judge: by the status table, and by objective checks."""

from __future__ import annotations

from evals.records import CHECKS_JUDGE, NO_ANSWER_JUDGE, Judgment, Prompt, Response, Winner

RULE_DEFINITIONS = {NO_ANSWER_JUDGE: "status-table@1", CHECKS_JUDGE: "one-side-passes@1"}
"""Each rule with its version: raised when it decides the same answers in another way."""


def no_answer_winner(first: Response, second: Response) -> Winner | None:
    """The status table: no answer loses to an answer and ties with none. None when a judge must decide.

    Both responses must be final and not `error` (an error is missing, and never scored).
    """
    if first.has_answer and second.has_answer:
        return None
    if not first.has_answer and not second.has_answer:
        return "tie"
    return "first" if first.has_answer else "second"


def checks_winner(first: bool | None, second: bool | None) -> Winner | None:
    """The side that alone passes its checks. None when a judge must decide: both pass, both fail, or one is unknown."""
    if first is None or second is None or first == second:
        return None
    return "first" if first else "second"


def judge_without_answer(
    prompt: Prompt, first: Response, second: Response, *, repeat: int, key: str
) -> Judgment | None:
    """The record of a verdict by the status table, or None when both models gave an answer."""
    winner = no_answer_winner(first, second)
    told = f"{first.model}: {first.completion.status}; {second.model}: {second.completion.status}"
    return winner and rule_judgment(NO_ANSWER_JUDGE, prompt, first, second, winner, told, repeat=repeat, key=key)


def judge_by_checks(
    prompt: Prompt, first: Response, second: Response, passed: tuple[bool | None, bool | None], *, key: str
) -> Judgment | None:
    """The record of a verdict by checks, or None when they do not decide; `passed` is what they say of each side."""
    winner = checks_winner(*passed)
    said = ["passes" if one else "fails" for one in passed]
    told = f"{first.model} {said[0]} its checks; {second.model} {said[1]} them"
    return winner and rule_judgment(CHECKS_JUDGE, prompt, first, second, winner, told, repeat=0, key=key)


def rule_judgment(
    rule: str, prompt: Prompt, first: Response, second: Response, winner: Winner, told: str, *, repeat: int, key: str
) -> Judgment:
    """A verdict by a rule as a record: no call, no cost."""
    return Judgment(
        suite=prompt.suite,
        prompt_id=prompt.id,
        judge=rule,
        definition=RULE_DEFINITIONS[rule],
        first=first.model,
        second=second.model,
        key=key,
        repeat=repeat,
        sample=first.sample,
        winner=winner,
        status="ok",
        explanation=told,
    )
