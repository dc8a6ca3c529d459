"""The routing catalog as a file: read strictly, checked against the published schema, replaced as a whole.

A catalog is kept as the plain values of its JSON, so that keys this version does not know survive every write.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from evals.reading.strict import strict_json
from evals.records import EvalsError, InputError, Problem, UsageError
from evals.routing._decide import place_of
from evals.routing._route import SHIPPED, check_version
from evals.store import StoreError, write_atomic

SCHEMA_FILE = Path(__file__).with_name("schema.json")
BACKUP = ".bak"


class CatalogBusyError(EvalsError):
    """Another process is writing the catalog; nothing was changed."""


def load(path: Path) -> dict[str, Any]:
    """A catalog as plain values. Raises InputError with the place of every fault, UsageError on a newer schema."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        data = strict_json(text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(
            f"{path}: {error}; the version before stands in {path.name}{BACKUP}, if there is one"
        ) from None
    check_version(data, path)
    faults = problems(data)
    if faults:
        raise InputError([Problem(path=str(path), line=0, message=fault) for fault in faults])
    found: dict[str, Any] = data
    return found


def new_catalog(*, simulated: bool) -> dict[str, Any]:
    """A catalog to start from: the shipped ratings and routes, marked simulated or not."""
    return {**load(SHIPPED), "simulated": simulated}


# --------------------------------------------------------------------------------------------- schema
def problems(data: Any) -> list[str]:
    """What in a catalog goes against `schema.json`, each with its place; rows, routes or offers that stand twice."""
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    found = list(_faults(data, schema, schema, ""))
    if found:
        return found
    keys = {
        "offers": ("model", "host", "region"),
        "rows": ("model", "host", "region", "task", "complexity", "image"),
        "routes": ("task", "complexity", "image"),
    }
    for part, names in keys.items():
        seen: dict[tuple[Any, ...], int] = {}
        for number, entry in enumerate(data[part]):
            key = tuple(entry[name] for name in names)
            if key in seen:
                found.append(f"{part}[{number}]: the same {', '.join(names)} as {part}[{seen[key]}]")
            seen.setdefault(key, number)
    return found


def loose_ends(data: Mapping[str, Any]) -> list[str]:
    """What a valid catalog says that no program can use: routes and rows nobody offers, time zones nobody knows."""
    offers = {place_of(offer) for offer in data["offers"]}
    found = []
    for part in ("routes", "rows"):
        for number, entry in enumerate(data[part]):
            if place_of(entry) not in offers:
                who = f"{entry['model']} at {entry['host']}"
                found.append(f"{part}[{number}]: {who} is not among the offers, so its price is unknown; add an offer")
    for number, offer in enumerate(data["offers"]):
        for place, rate in enumerate(offer.get("rates", ())):
            zone = (rate.get("when") or {}).get("timezone", "UTC")
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError):
                found.append(f'offers[{number}].rates[{place}].when.timezone: unknown time zone "{zone}"')
    return found


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
}


def _faults(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[str]:
    """The part of JSON Schema 2020-12 that `schema.json` uses."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    where = place or "the catalog"
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(_TYPES[name](value) for name in types):
        yield f"{where}: must be {' or '.join(types)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: must be one of {', '.join(map(str, schema['enum']))}, not {value!r}"
    if isinstance(value, dict):
        yield from _object_faults(value, schema, root, place)
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            yield from _faults(entry, schema.get("items", {}), root, f"{place}[{number}]")
    else:
        yield from (f"{where}: {fault}" for fault in _plain_faults(value, schema))


def _plain_faults(value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield "must not be empty"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{value!r} is not of the form {schema['pattern']}"
    elif _TYPES["number"](value):
        if value < schema.get("minimum", value):
            yield f"must be at least {schema['minimum']}"
        if value > schema.get("maximum", value):
            yield f"must be at most {schema['maximum']}"


def _object_faults(
    value: Mapping[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], place: str
) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place or 'the catalog'}: {name} is missing"
    for name, inner in schema.get("properties", {}).items():
        if name in value:
            yield from _faults(value[name], inner, root, f"{place}.{name}" if place else name)


# --------------------------------------------------------------------------------------------- writing
def update(
    path: Path,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    start: Callable[[], dict[str, Any]],
    patience_s: float = 10.0,
) -> None:
    """Read, change and replace the catalog under a lock, so that of two writers none loses the other's work.

    `start` makes the catalog when there is no file. The version before stays in `<name>.bak`. A kill at any moment
    leaves the old or the new file, whole. `change` may raise; then nothing is written. Raises CatalogBusyError when
    another process holds the lock for `patience_s`, UsageError when the folder cannot
    be written.
    """
    with _locked(path, patience_s):
        before = load(path) if path.exists() else None
        base = start() if before is None else before
        after = change(deepcopy(base))
        if after == base:
            return
        faults = problems(after)
        assert not faults, faults
        if before is not None:
            _replace(path.with_name(path.name + BACKUP), path.read_bytes())
        _replace(path, dump(after))


def dump(data: Mapping[str, Any]) -> bytes:
    """The file's bytes: keys in the order they stand, one line per short value, UTF-8."""
    return (json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _replace(path: Path, data: bytes) -> None:
    try:
        write_atomic(path, data)
    except StoreError as error:
        raise UsageError(f"{path}: cannot be written: {error.__cause__}; the old file stands") from error


@contextlib.contextmanager
def _locked(path: Path, patience_s: float) -> Iterator[None]:
    try:
        descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}; name another with --routing") from None
    try:
        deadline = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > deadline:
                    message = f"{path}: another process is writing it; nothing was changed, try again"
                    raise CatalogBusyError(message) from None
                time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)
