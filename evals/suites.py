"""Suites as values: what their hash covers, and how a limit spreads over their categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from evals.records import Params, Prompt, Suite, UsageError, content_hash


def make_suite(suite: Suite, *, limit: int | None = None) -> Suite:
    """The suite cut to `limit` prompts and with its hash. Raises UsageError when nothing is left to ask."""
    if limit is not None and limit < 1:
        raise UsageError(f"--limit must be at least 1, not {limit}")
    prompts = suite.prompts if limit is None else spread(suite.prompts, limit)
    if not prompts:
        raise UsageError(f'suite "{suite.name}" has no prompts ({suite.path})')
    return replace(suite, prompts=prompts, hash=suite_hash(prompts, suite.params, suite.definition))


def suite_hash(prompts: Sequence[Prompt], params: Params, definition: str) -> str:
    """Hash of all that decides what is asked, judged and checked; formatting, order and labels do not count."""
    # a hash of hashes: a large suite is never held a second time
    each = sorted((prompt.id, prompt_hash(prompt)) for prompt in prompts)
    return content_hash({"definition": definition, "params": asdict(params), "prompts": each})


def prompt_hash(prompt: Prompt) -> str:
    """Hash of all of a prompt that decides what is asked, judged and checked."""
    return content_hash([prompt.messages, prompt.reference, prompt.answer, prompt.rubric, prompt.checks])


def asked_hash(prompt: Prompt, params: Params) -> str:
    """Hash of a prompt as a suite with these parameters asks it: equal in two runs, the answers can be compared."""
    return content_hash([prompt_hash(prompt), asdict(params)])


def spread(prompts: Sequence[Prompt], limit: int) -> tuple[Prompt, ...]:
    """At most `limit` prompts, dealt in turn from each category in file order, so that a small run covers them all."""
    turns: dict[str, int] = {}
    ranked = []
    for position, prompt in enumerate(prompts):
        turn = turns.get(prompt.category, 0)
        turns[prompt.category] = turn + 1
        ranked.append((turn, position))
    return tuple(prompts[position] for position in sorted(position for _, position in sorted(ranked)[:limit]))
