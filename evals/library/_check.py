"""`check`: every fault of suites, judge definitions and catalogs, offline and in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from evals.library._definitions import read_definition
from evals.library._find import find_definitions, find_suites
from evals.library._foreign import load_foreign
from evals.library._gold import GOLD, read_gold
from evals.library._shipped import load_folder
from evals.reading.strict import hint, shown_path
from evals.reading.tomlfile import read_toml
from evals.records import InputError, Problem, Suite, UsageError

_CATALOG_KEYS = {"models", "hosts", "roles"}


def check_paths(paths: list[str], *, load_catalog: Callable[[Path], object] | None = None) -> list[Problem]:
    """All problems of the files named, in the order of the paths; an empty list when they are sound.

    A path is a suite folder, a folder of suites or judges, a `.jsonl` suite, a judge's or a catalog's `.toml`, or the
    name of a shipped suite or judge; none at all means everything shipped. Catalogs are read by `load_catalog`.
    Raises UsageError for a path that is not there.
    """
    targets = [Path(path) for path in paths] or [path for _, path in (*find_suites(), *find_definitions())]
    definitions = {name for name, _ in find_definitions()}
    problems: list[Problem] = []
    for target in targets:
        for path in _files(_shipped_or_path(target)):
            problems.extend(_check_one(path, definitions, load_catalog))
    return list(dict.fromkeys(problems))


def _shipped_or_path(path: Path) -> Path:
    shipped = {**dict(find_definitions()), **dict(find_suites())}
    if str(path) in shipped:
        return shipped[str(path)]
    if not path.exists():
        raise UsageError(f"{path}: there is no such file, folder or shipped name{hint(str(path), shipped)}")
    return path


def _files(path: Path) -> Iterator[Path]:
    """The suite folders and single files below a path."""
    if not path.is_dir():
        yield path.parent if path.name in ("suite.toml", "prompts.jsonl") and _is_suite(path.parent) else path
    elif _is_suite(path):
        yield path
    else:
        found = list(_inner_files(path))
        if not found:
            raise UsageError(f"{path}: nothing to check here; a suite folder has suite.toml and prompts.jsonl")
        yield from found


def _inner_files(folder: Path) -> Iterator[Path]:
    for item in sorted(folder.iterdir()):
        if item.is_dir() and (_is_suite(item) or item.name in ("prompts", "judges")):
            yield from [item] if _is_suite(item) else _inner_files(item)
        elif item.suffix == ".jsonl" or (item.suffix == ".toml" and _is_ours(item)):
            yield item


def _is_ours(path: Path) -> bool:
    """False for the settings of other tools (pyproject.toml), which may lie in the same folder."""
    try:
        return bool({"template", "verdicts", "kind", "reask", *_CATALOG_KEYS} & read_toml(path).data.keys())
    except InputError:
        return True  # unreadable: the check of the file will say so


def _is_suite(folder: Path) -> bool:
    return (folder / "suite.toml").is_file()


def _check_one(path: Path, definitions: set[str], load_catalog: Callable[[Path], object] | None) -> list[Problem]:
    try:
        if path.is_dir():
            return _check_folder(path, definitions)
        if path.suffix == ".jsonl":
            load_foreign(path, {})
        elif path.suffix != ".toml":
            return [
                Problem(
                    path=shown_path(path), line=0, message="neither a suite (.jsonl) nor a judge or catalog (.toml)"
                )
            ]
        elif _is_catalog(path):
            if load_catalog is None:
                return [Problem(path=shown_path(path), line=0, message="a model catalog, which is not checked here")]
            load_catalog(path)
        else:
            read_definition(path)
    except InputError as error:
        return error.problems
    return []


def _check_folder(path: Path, definitions: set[str]) -> list[Problem]:
    problems: list[Problem] = []
    file = read_toml(path / "suite.toml")
    name = file.data.get("definition")
    if isinstance(name, str) and name and name not in definitions:
        message = f'unknown judge definition "{name}"{hint(name, definitions)}'
        problems.append(Problem(path=file.path, line=file.line("definition"), message=message))
    try:
        suite = load_folder(path)
    except InputError as error:
        return [*problems, *error.problems]
    problems.extend(_failing_references(path / "prompts.jsonl", suite))
    if (path / GOLD).is_file():
        try:
            problems.extend(read_gold(path / GOLD, suite)[1])
        except InputError as error:
            problems.extend(error.problems)
    return problems


def _failing_references(path: Path, suite: Suite) -> Iterator[Problem]:
    """Prompts whose own reference does not pass their checks as it stands; checks that run code are left to a run."""
    if not any(prompt.checks for prompt in suite.prompts):
        return
    from evals.checks import check_answer

    for line, prompt in enumerate(suite.prompts, start=1):
        for number, result in enumerate(check_answer(prompt, prompt.reference)):
            if result.status == "error" or result.strict is False:
                message = f"checks[{number}] ({result.type}) fails on the prompt's own reference: {result.detail}"
                yield Problem(path=shown_path(path), line=line, message=message)


def _is_catalog(path: Path) -> bool:
    return bool(_CATALOG_KEYS & read_toml(path).data.keys())
