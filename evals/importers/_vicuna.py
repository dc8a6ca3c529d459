"""The files of the "Vicuna benchmark" and of sets shaped like it: questions, answers a model, reviews a pair."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from evals.importers._recorded import by_scores, judgment_of, response_of
from evals.importers._rows import Row, RowError, Suites, name_of, text_of, value_of
from evals.reading.strict import read_jsonl
from evals.records import Completion, Judgment, Problem, Response, UsageError, shows_anything

VICUNA_FILES = ("question.jsonl", "answer_*.jsonl", "review_*.jsonl", "reviewer.jsonl")
_REVIEWER_SETTING = re.compile(r"-(?:default|generic|general|coding|math)$")
_Authors = Mapping[str, tuple[str, str]]
"""Answer id -> (model, question id)."""


def _author(path: Path) -> str:
    """The model's short name: `answer_gpt35.jsonl` holds the answers of gpt35."""
    name = path.stem.removeprefix("answer_")
    if name == path.stem or not name:
        raise UsageError(f"{path}: with --preset answers stand in files called answer_MODEL.jsonl")
    return name


def vicuna_response(row: Row, path: Path, suites: Suites) -> Iterator[Response]:
    prompt_id, text = name_of(row, "question_id"), text_of(row, "text")
    suite = suites.of(None, prompt_id)
    if suite is None:
        return
    completion = Completion(
        status="ok" if shows_anything(text) else "empty",
        text=text,
        served_model=text_of(row, "model_id", required=False) or None,
    )
    yield response_of(suite, prompt_id, _author(path), 0, completion)


def answer_authors(paths: Sequence[str]) -> _Authors:
    """Who wrote which answer, from the answer files named and those in the folders named."""
    files: list[Path] = []
    for path in map(Path, paths):
        files += (
            sorted(path.glob("answer_*.jsonl")) if path.is_dir() else [path] if path.match("answer_*.jsonl") else []
        )
    authors: dict[str, tuple[str, str]] = {}
    for file in dict.fromkeys(file.resolve() for file in files):
        for _, row in read_jsonl(file, skip_blank=True):
            # rows that are wrong are reported where the answers themselves are read
            if not isinstance(row, Problem) and isinstance(row.get("answer_id"), str):
                authors[row["answer_id"]] = (_author(file), str(row.get("question_id")))
    return authors


def vicuna_judgment(authors: _Authors) -> Callable[[Row, Path, Suites], Iterator[Judgment]]:
    def author(row: Row, name: str, prompt_id: str) -> str:
        model, answered = authors.get(name_of(row, name), ("", ""))
        if not model:
            raise RowError(f'{name} "{row[name]}" is in no answer_*.jsonl beside the reviews or among --responses')
        if answered != prompt_id:
            raise RowError(f"{name} is an answer to question {answered}, not {prompt_id}")
        return model

    def read(row: Row, _: Path, suites: Suites) -> Iterator[Judgment]:
        prompt_id = name_of(row, "question_id")
        suite = suites.of(None, prompt_id)
        if suite is None:
            return
        review = text_of(row, "text", required=False)
        yield judgment_of(
            suite=suite,
            prompt_id=prompt_id,
            # the settings for general, coding and math questions are one judge, each asked its own kind
            judge=_REVIEWER_SETTING.sub("", name_of(row, "reviewer_id")),
            definition="vicuna80@1",
            first=author(row, "answer1_id", prompt_id),
            second=author(row, "answer2_id", prompt_id),
            winner=by_scores(_scores(row, review)),
            explanation=review,
        )

    return read


def _scores(row: Row, review: str) -> object:
    """The scores as recorded; of a row without the column, those its review states."""
    if "score" in row or "text" not in row:
        return value_of(row, {}, "score", required=True)
    return review_scores(review) or [-1, -1]


_NUMBER = r"(\d+(?:\.\d+)?)"
_OPENING = re.compile(rf"\s*{_NUMBER}[ ,]+{_NUMBER}[ \t]*(?:\n|$)")
_NAMED = re.compile(rf"Assistant 1: *{_NUMBER}\b[^\n]*\n\s*Assistant 2: *{_NUMBER}\b")
_BRACKETED = re.compile(rf"\bscores?\b[^\n()]{{0,20}}\({_NUMBER}, *{_NUMBER}\)")


def review_scores(review: str) -> list[float] | None:
    """The two scores a review opens with, or, after its reasoning, the last it states; None when there are none."""
    opening = _OPENING.match(review)
    stated = [opening] if opening else [*_NAMED.finditer(review)] or [*_BRACKETED.finditer(review)]
    return [float(number) for number in stated[-1].groups()] if stated else None
