"""LLMBar and sets like it: two outputs to an instruction, people's label, and a judge's verdicts in both orders.

The two outputs are the models `output_1` and `output_2`; the label is a record of `human:label`, never a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evals.importers._recorded import judgment_of, response_of
from evals.importers._rows import Row, RowError, Suites, optional_name_of, text_of, value_of
from evals.reading.strict import clip
from evals.records import HUMAN_PREFIX, Completion, Judgment, Response, Winner, content_hash, shows_anything

SIDES = ("output_1", "output_2")
_LABELS: Mapping[str, Winner] = {"1": "first", "2": "second", "tie": "tie"}


def llmbar_response(row: Row, _: Path, suites: Suites) -> Iterator[Response]:
    """The two outputs of a row."""
    suite, prompt_id = _place(row, suites)
    if suite is not None:
        for side in SIDES:
            text = text_of(row, side)
            completion = Completion(status="ok" if shows_anything(text) else "empty", text=text)
            yield response_of(suite, prompt_id, side, 0, completion)


def llmbar_judgment(row: Row, path: Path, suites: Suites) -> Iterator[Judgment]:
    """The label, and both orders of the last result, which is the evaluator's final one.

    The files do not say who judged; the two folders above do (`GPT-4/CoT/result.json`), unless a row has `judge`.
    """
    suite, prompt_id = _place(row, suites)
    if suite is None:
        return
    facts: dict[str, Any] = {"suite": suite, "prompt_id": prompt_id, "definition": "llmbar@1"}
    first, second = SIDES
    label = value_of(row, {}, "label")
    if label is not None:
        person = f"{HUMAN_PREFIX}label"
        yield judgment_of(**facts, judge=person, first=first, second=second, winner=_side(label, "label"))
    results = value_of(row, {}, "results")
    if results is None:
        return
    last = results[-1] if isinstance(results, list) and results else None
    if not isinstance(last, dict):
        raise RowError("results must be a list of objects with both orders")
    resolved = path.resolve()
    judge = optional_name_of(row, "judge", {}, f"{resolved.parent.parent.name}/{resolved.parent.name}")
    for swapped in (False, True):
        game = last.get(f"swap = {swapped}")
        if not isinstance(game, dict):
            raise RowError(f'the last of results has no "swap = {swapped}"')
        said = game.get("winner")  # in terms of the row's outputs, whatever was shown first
        winner = None if said is None else _side(said, "winner")
        completion = game.get("completion")
        yield judgment_of(
            **facts,
            judge=judge,
            first=second if swapped else first,
            second=first if swapped else second,
            winner=_other(winner) if swapped else winner,
            explanation=str(completion[0]) if isinstance(completion, list) and completion else "",
        )


def _place(row: Row, suites: Suites) -> tuple[str | None, str]:
    """The suite and the id, as the preset for the suite makes it: one instruction may come with several pairs."""
    prompt_id = optional_name_of(row, "id", {}, "")
    if not prompt_id:
        parts = [text_of(row, name) for name in ("input", *SIDES)]
        prompt_id = f"llmbar-{content_hash(parts)[:10]}"
    return suites.of(None, prompt_id), prompt_id


def _side(value: Any, name: str) -> Winner:
    found = _LABELS.get(str(value).strip().casefold()) if not isinstance(value, bool) else None
    if found is None:
        raise RowError(f"{name} must be 1, 2 or tie, not {clip(str(value))}")
    return found


def _other(winner: Winner | None) -> Winner | None:
    turned: dict[Winner, Winner] = {"first": "second", "second": "first", "tie": "tie"}
    return None if winner is None else turned[winner]
