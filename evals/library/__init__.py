"""The library: finds, reads, checks and hashes suites and judge definitions.

A suite is a shipped name (`chinese`), a folder with `suite.toml` and `prompts.jsonl`, a `.jsonl` file of any origin,
another data file (`.json`, `.csv`, `.parquet`) with a column map, or `hf:owner/name[@revision]?split=…&prompt=COLUMN`.
Everything here raises InputError with every `file:line` at fault, or UsageError in one line.
"""

from __future__ import annotations

from collections.abc import Mapping

from evals.library._check import check_paths
from evals.library._definitions import Definition, load_definition
from evals.library._find import find_definitions, find_suites, locate
from evals.library._foreign import load_foreign
from evals.library._gold import load_gold
from evals.library._hub import HUB_PREFIX, load_data_file, load_hub
from evals.library._presets import PRESETS, load_preset
from evals.library._shipped import load_folder
from evals.reading.columns import SUITE_FIELDS, own_fields
from evals.reading.strict import read_jsonl, strict_json
from evals.records import Suite
from evals.suites import make_suite

__all__ = [
    "PRESETS",
    "SUITE_FIELDS",
    "Definition",
    "check_paths",
    "find_definitions",
    "find_suites",
    "load_definition",
    "load_gold",
    "load_suite",
    "read_jsonl",
    "strict_json",
]


def load_suite(
    spec: str, *, column_map: Mapping[str, str] | None = None, preset: str | None = None, limit: int | None = None
) -> Suite:
    """Reads a suite. With a `preset` the spec is a copy of that public set, or "" for where it lies.

    `column_map` says which column of a foreign file holds `prompt`, `messages`, `reference`, `answer`, `id`,
    `category` or `lang` (dotted paths reach into objects; names for other inputs are passed over). `limit` takes that
    many prompts spread over the categories. Raises UsageError for an unknown suite and InputError for a faulty one.
    """
    if preset is not None:
        return make_suite(load_preset(preset, spec), limit=limit)
    columns = own_fields(column_map, SUITE_FIELDS)
    if spec.startswith(HUB_PREFIX):
        return make_suite(load_hub(spec, columns), limit=limit)
    path = locate(spec)
    if path.is_dir():
        suite = load_folder(path)
    elif path.name == "prompts.jsonl" and path.with_name("suite.toml").exists() and not columns:
        suite = load_folder(path.parent)
    elif path.suffix == ".jsonl":
        suite = load_foreign(path, columns)
    else:
        suite = load_data_file(path, columns)
    return make_suite(suite, limit=limit)
