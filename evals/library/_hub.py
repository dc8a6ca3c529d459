"""Data sets by hub name or in other formats, found and fetched by `datasets` (imported only when one is asked for).

The loaders of `datasets` for JSON and CSV guess types: "007" becomes 7, "2024-05-01" a timestamp, "null" nothing, and
a column that holds texts in some rows and lists in others is decoded throughout. So text formats are fetched as text
and decoded here, strictly; typed formats such as Parquet say themselves what they hold.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from evals.library._foreign import Row, row_problem, suite_of_rows
from evals.reading.columns import SUITE_FIELDS
from evals.reading.strict import clip, hint, shown_path, strict_json
from evals.records import InputError, Problem, Suite, UsageError

HUB_PREFIX = "hf:"
_LOADERS = ("json", "csv", "parquet", "arrow", "text")
_OPTIONS = ("split", "config", "field", "data_files", "revision")
_LINES = (".jsonl", ".ndjson")
_MAX_CELL = 50_000_000
_SLICE = re.compile(r"(?P<split>[^\[\]]+)(?:\[(?P<start>\d*):(?P<stop>\d*)\])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A data set to be read: hub name, folder, or the name of a loader with its data files."""

    spec: str
    path: str
    revision: str | None = None
    split: str | None = None
    config: str | None = None
    field: str | None = None
    data_files: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the suite is called."""
        if self.data_files:
            return _stem(self.data_files[0])
        path = Path(self.path).name if self.is_local else self.path
        return ":".join(part for part in (path, self.config, self.split) if part)

    @property
    def is_local(self) -> bool:
        """True when nothing has to be downloaded."""
        return Path(self.path).exists() or (bool(self.data_files) and all(Path(f).exists() for f in self.data_files))


def load_hub(spec: str, columns: Mapping[str, str]) -> Suite:
    """The suite of an `hf:` name; columns in its query outrank those of the map. Raises UsageError or InputError."""
    source, own = parse_spec(spec)
    rows = _rows(source)
    return suite_of_rows(rows, {**columns, **own}, name=source.name, path=spec, needs_id=False, unit="row")


def hub_rows(spec: str) -> Iterator[Row]:
    """The rows of an `hf:` name, as they are."""
    return _rows(parse_spec(spec)[0])


def data_file_rows(path: Path) -> Iterator[Row]:
    """The rows of a local data file, as they are. Raises UsageError for a file of another kind."""
    return _rows(_file_source(path))


def load_data_file(path: Path, columns: Mapping[str, str]) -> Suite:
    """A local `.json`, `.csv`, `.tsv` or `.parquet` file, plain or gzipped."""
    source = _file_source(path)
    return suite_of_rows(_rows(source), columns, name=source.name, path=shown_path(path), needs_id=False, unit="row")


def _file_source(path: Path) -> Source:
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    loaders = {".json": "json", ".jsonl": "json", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet"}
    if suffix not in loaders:
        known = ", ".join(loaders)
        raise UsageError(f"suite {path}: a folder with suite.toml, or a file ending in one of {known} is wanted")
    return Source(spec=str(path), path=loaders[suffix], data_files=(str(path),))


def parse_spec(spec: str) -> tuple[Source, dict[str, str]]:
    """`hf:owner/name[@revision]?split=…&prompt=COLUMN` as a source and a column map."""
    head, _, query = spec.removeprefix(HUB_PREFIX).partition("?")
    path, _, revision = (head, "", "") if Path(head).exists() else head.partition("@")
    given: dict[str, str] = {}
    files: list[str] = []
    known = (*_OPTIONS, *SUITE_FIELDS)
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            raise UsageError(f'{spec}: unknown option "{name}"{hint(name, known)} (options: {", ".join(known)})')
        if not value.strip():
            raise UsageError(f'{spec}: "{name}" has no value')
        if name == "data_files":
            files.append(value)
        elif given.setdefault(name, value) != value:
            raise UsageError(f'{spec}: "{name}" is given twice')
    if not path:
        raise UsageError(f"{spec}: no data set named; write hf:owner/name?split=…&prompt=COLUMN")
    if path in _LOADERS and not files:
        raise UsageError(f"{spec}: name the files with data_files=PATH")
    source = Source(
        spec=spec,
        path=path,
        revision=given.get("revision") or revision or None,
        split=given.get("split"),
        config=given.get("config"),
        field=given.get("field"),
        data_files=tuple(files),
    )
    return source, {name: column for name, column in given.items() if name in SUITE_FIELDS}


# ------------------------------------------------------------------------------------------------------- reading
def _rows(source: Source) -> Iterator[Row]:
    with _one_line_errors(source):
        datasets = _datasets()
        files = {"data_files": list(source.data_files)} if source.data_files else {}
        builder = datasets.load_dataset_builder(source.path, source.config, revision=source.revision, **files)
        split, start, stop = _choose_split(source, [str(name) for name in builder.config.data_files or {}])
        found = [str(file) for file in builder.config.data_files[split]]
        kind = type(builder).__module__.rsplit(".", 1)[-1]
        if kind in ("json", "csv"):
            rows = _decoded(_texts(found, streaming=source.is_local), kind, source, separator=_separator(found))
        else:
            typed = datasets.load_dataset(
                source.path,
                source.config,
                split=split,
                revision=source.revision,
                streaming=source.is_local,
                **files,
            )
            rows = ((number, dict(row)) for number, row in enumerate(typed, start=1))
        yield from islice(rows, start, stop)


def _datasets() -> Any:
    """The library, silent: no bars, and no request to the hub to count a load of somebody's local file."""
    import datasets

    datasets.disable_progress_bars()
    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False
    return datasets


@contextmanager
def _one_line_errors(source: Source) -> Iterator[None]:
    """Every failure of finding, fetching and decoding as one line for people."""
    from datasets.exceptions import DatasetsError

    try:
        yield
    except (UsageError, InputError):
        raise
    except ConnectionError as error:
        why = clip(str(error).splitlines()[0], 150) if str(error) else "no connection"
        raise UsageError(
            f"{source.spec}: the hub cannot be reached ({why}); go online once, or give the path of a downloaded file"
        ) from None
    except (DatasetsError, OSError, ValueError, RuntimeError, TypeError, LookupError, ImportError) as error:
        cause = error.__cause__ or error
        lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
        raise UsageError(f"{source.spec}: cannot be read: {clip(' '.join(lines[:2]), 300)}") from None


def _choose_split(source: Source, there: list[str]) -> tuple[str, int, int | None]:
    """The split, and the rows of it that a slice such as `test[:50]` asks for."""
    if source.split is None:
        if len(there) == 1:
            return there[0], 0, None
        raise UsageError(f"{source.spec}: choose a split with ?split=… (there are: {', '.join(there) or 'none'})")
    found = _SLICE.fullmatch(source.split)
    if found is None:
        raise UsageError(f"{source.spec}: a split is written test or test[:50], not {source.split}")
    split = found["split"]
    if split not in there:
        raise UsageError(f'{source.spec}: no split "{split}"{hint(split, there)} (there are: {", ".join(there)})')
    return split, int(found["start"] or 0), int(found["stop"]) if found["stop"] else None


def _texts(files: list[str], *, streaming: bool) -> Iterator[tuple[str, Iterable[str]]]:
    """Each file and its lines (JSONL), or its one text (all else); `datasets` downloads and unpacks."""
    datasets = _datasets()
    for file in files:
        by_line = _bare(file).endswith(_LINES)
        loaded = datasets.load_dataset(
            "text",
            data_files={"train": [file]},
            split="train",
            sample_by="line" if by_line else "document",
            encoding="utf-8-sig",
            streaming=streaming,
        )
        yield file, (row["text"] for row in loaded)


def _decoded(texts: Iterable[tuple[str, Iterable[str]]], kind: str, source: Source, *, separator: str) -> Iterator[Row]:
    for file, parts in texts:
        if kind == "csv":
            for text in parts:
                yield from _csv_rows(text, separator, source)
        elif _bare(file).endswith(_LINES):
            yield from _json_lines(parts, source)
        else:
            for text in parts:
                yield from _json_document(text, source)


def _json_lines(lines: Iterable[str], source: Source) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = strict_json(line)
        except ValueError as error:
            yield number, row_problem(source.spec, number, str(error))
            continue
        yield number, _as_row(value, number, source)


def _json_document(text: str, source: Source) -> Iterator[Row]:
    try:
        value = strict_json(text)
    except ValueError as error:
        if "Extra data" in str(error) and "\n" in text.strip():
            yield from _json_lines(text.split("\n"), source)  # JSONL under another name
            return
        raise UsageError(f"{source.spec}: {error}") from None
    if isinstance(value, dict):
        value = _inner_list(value, source)
    if not isinstance(value, list):
        raise UsageError(f"{source.spec}: a list of objects is wanted")
    for number, item in enumerate(value, start=1):
        yield number, _as_row(item, number, source)


def _inner_list(value: Mapping[str, Any], source: Source) -> Any:
    """The rows of a file such as {"version": 1, "examples": [...]}."""
    if source.field is not None:
        if source.field in value:
            return value[source.field]
        there = ", ".join(value)
        raise UsageError(f'{source.spec}: no field "{source.field}"{hint(source.field, value)} (there are: {there})')
    lists = [name for name, item in value.items() if isinstance(item, list) and item and isinstance(item[0], dict)]
    if len(lists) != 1:
        raise UsageError(
            f"{source.spec}: an object, not a list of rows; name the list in it with ?field=… "
            f"(there are: {', '.join(value)})"
        )
    return value[lists[0]]


def _as_row(value: Any, number: int, source: Source) -> Mapping[str, Any] | Problem:
    if isinstance(value, dict):
        return value
    return row_problem(source.spec, number, "an object {…} is wanted")


def _csv_rows(text: str, separator: str, source: Source) -> Iterator[Row]:
    csv.field_size_limit(_MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = next(reader, [])
        if len(set(header)) != len(header):
            raise UsageError(f"{source.spec}: a column name stands twice in the first row")
        for number, cells in enumerate(reader, start=2):  # counted as a spreadsheet does
            if not cells:
                continue
            if len(cells) != len(header):
                message = f"{len(cells)} cells, but the first row names {len(header)} columns"
                yield number, row_problem(source.spec, number, message)
            else:
                yield number, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise UsageError(f"{source.spec}:{reader.line_num}: {error}") from None


def _bare(file: str) -> str:
    return file.lower().removesuffix(".gz").removesuffix(".zst").removesuffix(".bz2").removesuffix(".xz")


def _stem(file: str) -> str:
    name = Path(file).name
    return _bare(name).rpartition(".")[0] or name


def _separator(files: list[str]) -> str:
    return "\t" if any(_bare(file).endswith(".tsv") for file in files) else ","
