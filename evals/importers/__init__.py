"""Recorded answers and verdicts: our own files, other people's through a column map, known sets through a preset.

Records carry what their file says and nothing more: no cost, no latency unless recorded, never `simulated`. JSONL is
read line by line, a `.json` document as a whole; the faults of all files are raised together once the last row has
been read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from evals.importers._files import read_rows
from evals.importers._forms import FORMS, Form
from evals.importers._recorded import cell_of_judgment, cell_of_response, mapped_judgment, mapped_response
from evals.importers._rows import Row, RowError, Suites, as_object
from evals.reading.columns import JUDGMENT_FIELDS, RESPONSE_FIELDS, own_fields, parse_map
from evals.reading.strict import hint, shown_path
from evals.records import InputError, Judgment, Problem, Response, Suite, UsageError

__all__ = ["RECORDED_PRESETS", "parse_map", "read_judgments", "read_responses"]

RECORDED_PRESETS = tuple(FORMS)
"""Sets whose recorded answers and verdicts are read in their own form."""
_Record = TypeVar("_Record", Response, Judgment)


def read_responses(
    paths: Sequence[str],
    suites: Sequence[Suite],
    *,
    column_map: Mapping[str, str] | None = None,
    preset: str | None = None,
) -> Iterator[Response]:
    """Recorded answers to the prompts of `suites`; rows for other prompts are passed over.

    A path is a `.jsonl` or `.json` file or a folder of them (with a preset the files of its form, else
    `responses.jsonl`). Without a map the rows need `prompt_id`, `model` and `text`; a blank text is the status
    `empty`. Raises UsageError, and InputError after the last row: bad rows, one cell twice, or no row that belongs to
    the suites.
    """
    form = _form(preset)
    read = form.response if form else mapped_response(own_fields(column_map, RESPONSE_FIELDS))
    files = _expand(paths, form.responses if form else ("responses.jsonl",), form)
    yield from _read(files, suites, read, cell_of_response)


def read_judgments(
    paths: Sequence[str],
    suites: Sequence[Suite],
    *,
    column_map: Mapping[str, str] | None = None,
    preset: str | None = None,
    responses: Sequence[str] = (),
) -> Iterator[Judgment]:
    """Recorded verdicts on prompts of `suites`; rows for other prompts are passed over.

    Without a map the rows need `prompt_id`, `judge`, `first`, `second`, and `winner`, `preference` or `scores` (a
    pair of numbers); with `score` and no `second` they are scores of one answer each. `winner` may say
    first/second/tie, A/B/C or the name of a model. `responses` are the answer files that a preset's reviews refer to,
    besides those in the reviews' own folders. Raises as `read_responses`.
    """
    form = _form(preset)
    files = _expand(paths, form.judgments if form else ("judgments.jsonl",), form)
    read = form.judgment([*responses, *files]) if form else mapped_judgment(own_fields(column_map, JUDGMENT_FIELDS))
    yield from _read(files, suites, read, cell_of_judgment)


def _read(
    files: Sequence[str],
    suites: Sequence[Suite],
    read: Callable[[Row, Path, Suites], Iterable[_Record]],
    cell_of: Callable[[_Record], tuple[Any, ...]],
) -> Iterator[_Record]:
    known = Suites(suites)
    problems: list[Problem] = []
    seen: dict[int, tuple[int, int]] = {}
    failed: set[int] = set()
    first_row: tuple[str, int] | None = None
    for position, file in enumerate(files):
        shown = shown_path(file)
        for number, row in read_rows(file):
            first_row = first_row or (shown, number)
            try:
                records = list(read(as_object(row), Path(file), known))
                for record in records:
                    # hashes rather than the cells themselves: there may be hundreds of thousands
                    cell = hash(cell_of(record))
                    there = seen.setdefault(cell, (position, number))
                    if there != (position, number) and cell not in failed:
                        raise RowError(f"the same cell stands on {shown_path(files[there[0]])}:{there[1]}; remove one")
                    if isinstance(record, Judgment) and record.status == "error":
                        failed.add(cell)  # of our own files: a call that failed and was made again later
            except RowError as error:
                problems.append(Problem(path=shown, line=number, message=str(error)))
                continue
            if not problems:
                yield from records
    if problems:
        raise InputError(problems)
    if not seen:
        path, line = first_row or (shown_path(files[0]), 0)
        wanted = ", ".join(f"{name} ({_some(ids)})" for name, ids in known.ids.items())
        what = "none of the rows is a usable record for a prompt of the suites" if first_row else "empty file"
        raise InputError([Problem(path=path, line=line, message=f"{what}; the prompts are {wanted}")])


def _some(ids: set[str]) -> str:
    some = sorted(ids)[:3]
    return ", ".join(some) + (", …" if len(ids) > len(some) else "")


def _expand(paths: Sequence[str], patterns: Sequence[str], form: Form | None) -> list[str]:
    """The files named, and those of the folders named. With a preset a shell's `*.jsonl` may bring its other files."""
    files: list[str] = []
    wanted = " or ".join(patterns)
    for given in paths:
        path = Path(given).expanduser()
        if path.is_dir():
            found = sorted({str(item) for pattern in patterns for item in path.glob(pattern)})
            if not found:
                raise UsageError(f"{given}: no {wanted} in this folder")
            files += found
        elif path.is_file():
            if form is None or not form.strict_names or any(map(path.match, patterns)):
                files.append(str(path))
            elif not any(map(path.match, form.files)):
                raise UsageError(f"{given}: with --preset the files are called {', '.join(form.files)}")
        else:
            raise UsageError(f"{given}: there is no such file or folder")
    if not files:
        raise UsageError(f"no {wanted} among the files given")
    return list(dict.fromkeys(files))


def _form(preset: str | None) -> Form | None:
    if preset is None:
        return None
    if preset not in FORMS:
        raise UsageError(
            f'recorded answers in the form of "{preset}" are not known{hint(preset, FORMS)}; leave out --preset and '
            f"name the columns with --map field=column (known: {', '.join(FORMS)})"
        )
    return FORMS[preset]
