"""Our own records, and other people's through a column map."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from evals.importers._rows import (
    Row,
    RowError,
    Suites,
    is_number,
    name_of,
    number_of,
    optional_name_of,
    text_of,
    value_of,
    whole_of,
)
from evals.reading.columns import MISSING, columns_there, pick
from evals.reading.strict import clip
from evals.records import (
    JUDGMENT_STATUSES,
    RESPONSE_STATUSES,
    Completion,
    Cost,
    Judgment,
    Response,
    ResponseStatus,
    Usage,
    Winner,
    content_hash,
    shows_anything,
)

RECORDED = "recorded:"
"""Prefix of the key of an answer that came from a file: it stands for its cell whatever the catalog says."""

_WINNERS: dict[str, Winner] = {
    **dict.fromkeys(("first", "a", "1", "model_a", "[[a]]"), "first"),
    **dict.fromkeys(("second", "b", "2", "model_b", "[[b]]"), "second"),
    **dict.fromkeys(("tie", "c", "draw", "equal", "both", "both_bad", "tie (bothbad)", "[[c]]"), "tie"),
}
_FINISHED: dict[str, ResponseStatus] = {"length": "truncated", "content_filter": "filtered"}


def cell_of_response(response: Response) -> tuple[Any, ...]:
    return response.suite, response.prompt_id, response.model, response.sample


def response_of(
    suite: str, prompt_id: str, model: str, sample: int, completion: Completion, earlier: tuple[str, ...] = ()
) -> Response:
    """A recorded answer. This run sent nothing for it, so whatever it cost once is not counted again."""
    content = [suite, prompt_id, model, sample, completion.status, completion.text, completion.reasoning, *earlier]
    return Response(
        suite=suite,
        prompt_id=prompt_id,
        model=model,
        sample=sample,
        key=RECORDED + content_hash(content),
        completion=replace(completion, attempts=0, cost=Cost()),
        earlier=earlier,
    )


def mapped_response(columns: Mapping[str, str]) -> Callable[[Row, Path, Suites], Iterator[Response]]:
    def read(row: Row, _: Path, suites: Suites) -> Iterator[Response]:
        prompt_id, model = name_of(row, "prompt_id", columns), name_of(row, "model", columns)
        suite = suites.of(optional_name_of(row, "suite", columns, "") or None, prompt_id)
        if suite is None:
            return
        sample = whole_of(row, "sample", columns) or 0
        if not columns and "status" in row:
            completion = _own_completion(row)
            if completion.status != "error":  # a failed call is no answer: it is made again
                yield response_of(suite, prompt_id, model, sample, completion)
            return
        reasoning, text = text_of(row, "reasoning", columns, required=False), text_of(row, "text", columns)
        if not reasoning:
            reasoning, text = _split_thought(text)
        finish_reason = text_of(row, "finish_reason", columns, required=False) or None
        completion = Completion(
            status=_FINISHED.get(finish_reason or "", "ok" if shows_anything(text) else "empty"),
            text=text,
            reasoning=reasoning,
            finish_reason=finish_reason,
            usage=Usage(
                prompt_tokens=whole_of(row, "prompt_tokens", columns),
                completion_tokens=whole_of(row, "completion_tokens", columns),
            ),
            latency_s=number_of(row, "latency_s", columns),
        )
        yield response_of(suite, prompt_id, model, sample, completion)

    return read


def _own_completion(row: Row) -> Completion:
    status = row["status"]
    if status not in RESPONSE_STATUSES:
        raise RowError(f"status must be one of {', '.join(RESPONSE_STATUSES)}, not {clip(str(status))}")
    text_of(row, "text")
    number_of(row, "latency_s", {})
    try:
        return Response.from_json({"key": "", "sample": 0, **row}).completion
    except (KeyError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise RowError(f"not a record of responses.jsonl: {error!r}") from None


def _split_thought(text: str) -> tuple[str, str]:
    """Thought and answer of a text that opens with a <think> block; one that never closes is all thought."""
    opened = text.lstrip()
    if not opened.startswith("<think>"):
        return "", text
    thought, _, answer = opened.removeprefix("<think>").partition("</think>")
    return thought.strip(), answer.lstrip()


def cell_of_judgment(judgment: Judgment) -> tuple[Any, ...]:
    return (
        judgment.suite,
        judgment.prompt_id,
        judgment.judge,
        judgment.definition,
        judgment.repeat,
        judgment.sample,
        judgment.first,
        judgment.second,
    )


def mapped_judgment(columns: Mapping[str, str]) -> Callable[[Row, Path, Suites], Iterator[Judgment]]:
    def read(row: Row, _: Path, suites: Suites) -> Iterator[Judgment]:
        prompt_id = name_of(row, "prompt_id", columns)
        suite = suites.of(optional_name_of(row, "suite", columns, "") or None, prompt_id)
        if suite is None:
            return
        if not columns and "status" in row:
            yield _own_judgment(row, suite)
            return
        first = name_of(row, "first", columns)
        verdict: dict[str, Any]
        if _of_one_answer(row, columns):
            verdict = {"second": None, "score": number_of(row, "score", columns)}
        else:
            second = name_of(row, "second", columns)
            winner, preference = _verdict(row, columns, first, second)
            verdict = {"second": second, "winner": winner, "preference": preference}
        yield judgment_of(
            suite=suite,
            prompt_id=prompt_id,
            judge=name_of(row, "judge", columns),
            definition=optional_name_of(row, "definition", columns, "recorded@1"),
            first=first,
            **verdict,
            repeat=whole_of(row, "repeat", columns) or 0,
            sample=whole_of(row, "sample", columns) or 0,
            explanation=text_of(row, "explanation", columns, required=False),
        )

    return read


def _of_one_answer(row: Row, columns: Mapping[str, str]) -> bool:
    """True for a score of one answer: there is a score and no other side."""
    return (
        "second" not in columns
        and pick(row, "second") is MISSING
        and pick(row, columns.get("score", "score")) is not MISSING
    )


def judgment_of(
    *,
    winner: Winner | None = None,
    preference: float | None = None,
    score: float | None = None,
    error: str | None = None,
    **facts: Any,
) -> Judgment:
    """A recorded verdict on a pair, or with `second` None a score of one answer; unread when it says nothing."""
    if facts["first"] == facts["second"]:
        raise RowError(f'"{facts["first"]}" stands on both sides; a verdict compares two models')
    content = {**facts, "winner": winner, "preference": preference, **({} if score is None else {"score": score})}
    return Judgment(
        **facts,
        key=RECORDED + content_hash(content),
        status="unparsed" if winner is None and preference is None and score is None else "ok",
        winner=winner,
        preference=preference,
        score=score,
        error=error,
    )


def _verdict(row: Row, columns: Mapping[str, str], first: str, second: str) -> tuple[Winner | None, float | None]:
    """Winner and preference; (None, None) for a verdict that was recorded as not read."""
    preference = number_of(row, "preference", columns, high=1.0)
    scores, winner = value_of(row, columns, "scores"), value_of(row, columns, "winner")
    if winner is not None:
        named = {first: "first", second: "second"}
        said = str(winner).strip()
        found = next((name for name in get_args(Winner) if name == named.get(said)), _WINNERS.get(said.casefold()))
        if found is None:
            raise RowError(
                f'winner "{clip(said)}" is neither first, second, tie (or A, B, C) nor one of the two models'
            )
        return found, preference
    if scores is not None:
        return by_scores(scores), preference
    columns_of_verdict = [columns.get(name, name) for name in ("winner", "preference", "scores")]
    if all(pick(row, column) is MISSING for column in columns_of_verdict):
        raise RowError(
            f"no verdict; name its column with --map winner=COLUMN, or scores= or preference= "
            f"(there are: {columns_there(row)})"
        )
    return None, preference


def by_scores(scores: Any) -> Winner | None:
    """Who has the higher of two scores; a negative one marks a review that could not be read."""
    if not isinstance(scores, list) or len(scores) != 2 or not all(is_number(score) for score in scores):
        raise RowError("scores must be a list of two numbers, such as [8, 7.5]")
    if min(scores) < 0:
        return None
    return "tie" if scores[0] == scores[1] else "first" if scores[0] > scores[1] else "second"


def _own_judgment(row: Row, suite: str) -> Judgment:
    try:
        judgment = Judgment.from_json({"key": "", "definition": "recorded@1", "suite": suite, **row})
    except (KeyError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise RowError(f"not a record of judgments.jsonl: {error!r}") from None
    for name in ("judge", "first", "second", "definition"):
        if name in row and not (name == "second" and row[name] is None):
            name_of(row, name)
    if judgment.status not in JUDGMENT_STATUSES:
        raise RowError(f"status must be one of {', '.join(JUDGMENT_STATUSES)}, not {clip(str(judgment.status))}")
    if judgment.winner not in (None, *get_args(Winner)):
        raise RowError(f"winner must be first, second, tie or null, not {clip(str(judgment.winner))}")
    number_of(row, "preference", {}, high=1.0)
    if judgment.status == "ok" and judgment.value is None and judgment.score is None:
        raise RowError('status "ok" needs a winner or a preference')
    key = RECORDED + content_hash(dict(row))
    return replace(judgment, suite=suite, key=key, attempts=0, cost=Cost())
