"""GAOKAO-Bench gradings: an exam answer, its full marks, and a grader's remark in Chinese that ends with 【总分】."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from evals.importers._recorded import judgment_of, response_of
from evals.importers._rows import Row, RowError, Suites, is_number, name_of, optional_name_of, text_of, value_of
from evals.records import Completion, Judgment, Response, content_hash, shows_anything

_TOTAL = "【总分】"
_STATED = re.compile(_TOTAL + r"[\s:：]*(\d+(?:\.\d+)?)\s*分?\s*[。.]?\s*$", re.MULTILINE)


def gaokao_response(row: Row, _: Path, suites: Suites) -> Iterator[Response]:
    """The answer that was graded."""
    suite, prompt_id = _place(row, suites)
    if suite is not None:
        text = text_of(row, "model_output")
        completion = Completion(status="ok" if shows_anything(text) else "empty", text=text)
        yield response_of(suite, prompt_id, name_of(row, "model_name"), 0, completion)


def gaokao_judgment(row: Row, _: Path, suites: Suites) -> Iterator[Judgment]:
    """The grade as a score of one answer; unread when no total is stated or it exceeds the full marks.

    The score is read from the remark: a stored number without a stated total was made up by whoever read it.
    """
    suite, prompt_id = _place(row, suites)
    if suite is None:
        return
    remark = text_of(row, "model_correction")
    full = value_of(row, {}, "score", required=True)
    if not is_number(full):
        raise RowError("score (the full marks) must be a number")
    stated = total_of(remark)
    error = None
    if stated is None:
        error = f"no total is stated after the last {_TOTAL}"
    elif stated > full:
        error = f"{stated:g} marks of {full:g}: above the full marks"
    yield judgment_of(
        suite=suite,
        prompt_id=prompt_id,
        judge=optional_name_of(row, "teacher_model_name", {}, "teacher"),
        definition="gaokao@1",
        first=name_of(row, "model_name"),
        second=None,
        score=None if error else stated,
        explanation=remark,
        error=error,
    )


def total_of(remark: str) -> float | None:
    """The number after the last 【总分】 when nothing else stands on its line, else None."""
    place = remark.rfind(_TOTAL)
    found = _STATED.match(remark, place) if place >= 0 else None
    return float(found[1]) if found else None


def _place(row: Row, suites: Suites) -> tuple[str | None, str]:
    """The suite and the id, as the preset for the suite makes it: the index starts anew in each file."""
    named = optional_name_of(row, "id", {}, "")
    prompt_id = named or f"gaokao-{content_hash(text_of(row, 'question'))[:10]}"
    return suites.of(None, prompt_id), prompt_id
