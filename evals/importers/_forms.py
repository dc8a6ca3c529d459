"""The forms other tools store answers and verdicts in, by the name of the preset for their suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.importers._alpaca import alpaca_judgment, alpaca_response
from evals.importers._gaokao import gaokao_judgment, gaokao_response
from evals.importers._llmbar import llmbar_judgment, llmbar_response
from evals.importers._mt_bench import mt_bench_judgment, mt_bench_response
from evals.importers._rows import Row, Suites
from evals.importers._vicuna import VICUNA_FILES, answer_authors, vicuna_judgment, vicuna_response
from evals.records import Judgment, Response

ReadAnswers = Callable[[Row, Path, Suites], Iterator[Response]]
ReadVerdicts = Callable[[Row, Path, Suites], Iterator[Judgment]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a set's recorded files read: their names in a folder, and what a row holds (none, one or several records).

    `judgment` makes the reader from the paths given. With `strict_names` a file is known by its name, and those of
    `files` that are not wanted are passed over.
    """

    responses: tuple[str, ...]
    response: ReadAnswers
    judgments: tuple[str, ...]
    judgment: Callable[[Sequence[str]], ReadVerdicts]
    files: tuple[str, ...] = ()
    strict_names: bool = False


def _always(read: ReadVerdicts) -> Callable[[Sequence[str]], ReadVerdicts]:
    return lambda _: read


def _vicuna_reviews(paths: Sequence[str]) -> ReadVerdicts:
    """Reviews name answers by their id: the answer files are those given and those beside the reviews."""
    folders = dict.fromkeys(str(Path(path).parent) for path in paths if Path(path).match("review_*.jsonl"))
    return vicuna_judgment(answer_authors([*paths, *folders]))


FORMS: Mapping[str, Form] = {
    "vicuna80": Form(
        responses=("answer_*.jsonl",),
        response=vicuna_response,
        judgments=("review_*.jsonl",),
        judgment=_vicuna_reviews,
        files=VICUNA_FILES,
        strict_names=True,
    ),
    "alpaca-eval": Form(
        responses=("*outputs*.json",),
        response=alpaca_response,
        judgments=("*annotations*.json",),
        judgment=_always(alpaca_judgment),
    ),
    "mt-bench": Form(
        responses=("*.jsonl",),
        response=mt_bench_response,
        judgments=("*_pair.jsonl", "*_single.jsonl"),
        judgment=_always(mt_bench_judgment),
    ),
    "llmbar": Form(
        responses=("dataset.json", "result.json"),
        response=llmbar_response,
        judgments=("result.json",),
        judgment=_always(llmbar_judgment),
    ),
    "gaokao-zh": Form(
        responses=("graded_*.json",),
        response=gaokao_response,
        judgments=("graded_*.json",),
        judgment=_always(gaokao_judgment),
    ),
}
