"""Where suites and judge definitions are: a path given, else the checkout, else the data inside the package."""

from __future__ import annotations

import os
from pathlib import Path

import evals
from evals.reading.strict import hint
from evals.records import UsageError

DATA_SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".gz")


def data_root() -> Path:
    """The folder with `prompts/` and `judges/`.

    The checkout comes before the copy inside the package: an editable install leaves a copy there that grows stale.
    """
    package = Path(evals.__file__).parent
    checkout = package.parent
    if (checkout / "prompts").is_dir() and (checkout / "judges").is_dir():
        return checkout
    return package / "_data"


def find_suites() -> list[tuple[str, Path]]:
    """Name and folder of every shipped suite, by name."""
    return sorted((path.parent.name, path.parent) for path in (data_root() / "prompts").glob("*/suite.toml"))


def find_definitions() -> list[tuple[str, Path]]:
    """Name and file of every shipped judge definition, by name."""
    return sorted((path.stem, path) for path in (data_root() / "judges").glob("*.toml"))


def locate(spec: str) -> Path:
    """The folder or file of a suite; a shipped name wins over a folder of the same name in the working directory.

    Raises UsageError naming the nearest suite when there is none.
    """
    shipped = dict(find_suites())
    if spec in shipped:
        return shipped[spec]
    path = Path(spec).expanduser()
    if spec and path.exists():
        return path
    if any(mark in spec for mark in {"/", os.sep}) or path.suffix in DATA_SUFFIXES:
        raise UsageError(f"suite {spec}: there is no such file or folder")
    there = ", ".join(shipped) or "none"
    raise UsageError(f'unknown suite "{spec}"{hint(spec, shipped)} (shipped: {there}; or give a path or hf:owner/name)')


def locate_definition(spec: str) -> Path:
    """The file of a judge definition. Raises UsageError naming the nearest when there is none."""
    shipped = dict(find_definitions())
    if spec in shipped:
        return shipped[spec]
    path = Path(spec).expanduser()
    if path.suffix == ".toml" and path.is_file():
        return path
    if path.suffix == ".toml":
        raise UsageError(f"judge definition {spec}: there is no such file")
    if path.with_name(f"{path.name}.toml").is_file():
        raise UsageError(f"judge definition {spec}: there is no such file; did you mean {spec}.toml?")
    there = ", ".join(shipped) or "none"
    raise UsageError(f'unknown judge definition "{spec}"{hint(spec, shipped)} (shipped: {there}; or give a .toml path)')
