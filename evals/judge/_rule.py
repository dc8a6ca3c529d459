"""Verdicts that follow from the status table and need no judge."""

from __future__ import annotations

from evals.records import NO_ANSWER_JUDGE, Judgment, Prompt, Response, Winner

RULE_DEFINITION = "status-table@1"


def no_answer_winner(first: Response, second: Response) -> Winner | None:
    """The status table: no answer loses to an answer and ties with none. None when a judge must decide.

    Both responses must be final and not `error` (an error is missing, and never scored).
    """
    if first.has_answer and second.has_answer:
        return None
    if not first.has_answer and not second.has_answer:
        return "tie"
    return "first" if first.has_answer else "second"


def judge_without_answer(
    prompt: Prompt, first: Response, second: Response, *, repeat: int, key: str
) -> Judgment | None:
    """The record of a verdict by the status table, or None when both models gave an answer."""
    winner = no_answer_winner(first, second)
    if winner is None:
        return None
    return Judgment(
        suite=prompt.suite,
        prompt_id=prompt.id,
        judge=NO_ANSWER_JUDGE,
        definition=RULE_DEFINITION,
        first=first.model,
        second=second.model,
        key=key,
        repeat=repeat,
        sample=first.sample,
        winner=winner,
        status="ok",
        explanation=f"{first.model}: {first.completion.status}; {second.model}: {second.completion.status}",
    )
