"""MT-Bench (and sets run with its tools): `model_answer/*.jsonl`, judgments of pairs and of single answers.

A row of pairs holds both orders. The verdict on the second turn is repeat 1, so that a prompt's score is the mean over
its turns, as the set itself counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evals.importers._recorded import judgment_of, response_of
from evals.importers._rows import Row, RowError, Suites, is_number, name_of, text_of, value_of, whole_of
from evals.reading.strict import clip
from evals.records import Completion, Judgment, Response, Winner, shows_anything


def mt_bench_response(row: Row, _: Path, suites: Suites) -> Iterator[Response]:
    """One answer a choice; the earlier turns stand beside the last."""
    prompt_id = name_of(row, "question_id")
    suite = suites.of(None, prompt_id)
    if suite is None:
        return
    model = name_of(row, "model_id")
    choices = value_of(row, {}, "choices", required=True)
    if not isinstance(choices, list) or not choices or not all(isinstance(choice, dict) for choice in choices):
        raise RowError("choices must be a list of objects with turns")
    for place, choice in enumerate(choices):
        index = whole_of(choice, "index", {})
        turns = choice.get("turns")
        if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) for turn in turns):
            raise RowError(f"choices.{place}.turns must be a list of texts")
        completion = Completion(status="ok" if shows_anything(turns[-1]) else "empty", text=turns[-1])
        yield response_of(
            suite, prompt_id, model, place if index is None else index, completion, earlier=tuple(turns[:-1])
        )


def mt_bench_judgment(row: Row, _: Path, suites: Suites) -> Iterator[Judgment]:
    """Two verdicts of a row on a pair (one an order), or one score of a row on a single answer."""
    prompt_id = name_of(row, "question_id")
    suite = suites.of(None, prompt_id)
    if suite is None:
        return
    judge, template = _judge(row)
    turn = whole_of(row, "turn", {})
    if turn == 0:
        raise RowError("turn is counted from 1")
    facts: dict[str, Any] = {
        "suite": suite,
        "prompt_id": prompt_id,
        "judge": judge,
        "definition": f"mt-bench-{template}@1",
        "repeat": 0 if turn is None else turn - 1,
    }
    if "model_1" not in row and "model" in row:
        score = value_of(row, {}, "score", required=True)
        if not is_number(score):
            raise RowError(f"score must be a number, not {clip(str(score))}")
        yield judgment_of(
            **facts,
            first=name_of(row, "model"),
            second=None,
            score=float(score) if score >= 0 else None,  # -1: no rating was found in the reply
            explanation=text_of(row, "judgment", required=False),
        )
        return
    models = {side: name_of(row, side) for side in ("model_1", "model_2")}
    for game, first, second in (("g1", "model_1", "model_2"), ("g2", "model_2", "model_1")):
        yield judgment_of(
            **facts,
            first=models[first],
            second=models[second],
            winner=_winner(row, f"{game}_winner", first, second),
            explanation=text_of(row, f"{game}_judgment", required=False),
        )


def _winner(row: Row, name: str, first: str, second: str) -> Winner | None:
    """Both games name the winner by its side of the row, whatever was shown first."""
    said = name_of(row, name)
    words: dict[str, Winner | None] = {first: "first", second: "second", "tie": "tie", "error": None}
    if said not in words:
        raise RowError(f'{name} must be model_1, model_2, tie or error, not "{clip(said)}"')
    return words[said]


def _judge(row: Row) -> tuple[str, str]:
    """Model and template: `["gpt-4", "pair-v2"]`."""
    judge = value_of(row, {}, "judge", required=True)
    parts = [judge, "judge"] if isinstance(judge, str) else judge
    if not isinstance(parts, list) or len(parts) != 2:
        raise RowError("judge must be a name, or a list of model and template")
    named = {"model": parts[0], "template": parts[1]}
    return name_of(named, "model"), name_of(named, "template")
