"""Judge definitions: a TOML file that holds all a judge is told, and what its verdicts mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from evals.library._find import locate_definition
from evals.reading.strict import nearest
from evals.reading.tomlfile import Table, read_toml
from evals.records import InputError, Params, Problem, Winner, content_hash

PLACEHOLDERS = ("question", "answer_1", "answer_2", "reference", "rubric", "code")
"""All that a template may hold. Any other brace is literal text."""
REQUIRED = ("question", "answer_1", "answer_2", "code")
_PLACEHOLDER = re.compile(r"\{([a-z_0-9]{1,40})\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a judge is told and how its verdict is read.

    `template` becomes the user message, its placeholders filled in one pass. `verdicts` maps the value of the reply's
    "winner" to who won. `hash` covers all that decides a verdict, not title or formatting.
    """

    name: str
    version: int
    kind: Literal["pairwise"] = "pairwise"
    language: str
    title: str
    uses_reference: bool
    params: Params
    system: str
    template: str
    reask: str
    verdicts: Mapping[str, Winner]
    hash: str
    path: str

    @property
    def label(self) -> str:
        """`name@version`, as the records name it."""
        return f"{self.name}@{self.version}"


def load_definition(spec: str) -> Definition:
    """Reads a judge definition by shipped name or path. Raises UsageError or InputError."""
    return read_definition(locate_definition(spec))


def read_definition(path: Path) -> Definition:
    """Reads one file. Raises InputError with every fault."""
    file = read_toml(path)
    problems: list[Problem] = []
    table = Table(file, problems)
    name = table.text("name", required=True)
    if name and name != path.stem:
        table.fault(f'"name" is "{name}" but the file is called {path.name}; they must agree', "name")
    version = table.integer("version", required=True)
    table.choice("kind", ("pairwise",), required=True)
    language = table.choice("language", ("zh", "en", "mixed"), required=True)
    title = table.text("title", required=True)
    uses_reference = table.flag("uses_reference", required=True)
    system, template, reask = (table.text(key, required=True) for key in ("system", "template", "reask"))
    params, verdicts = _read_params(table), _read_verdicts(table)
    _check_template(table, template, uses_reference=bool(uses_reference))
    for key, text in (("system", system), ("reask", reask)):
        for placeholder in sorted(set(_PLACEHOLDER.findall(text)) & set(PLACEHOLDERS)):
            table.fault(f'"{key}" holds {{{placeholder}}}, which is filled in "template" only', key)
    table.finish()
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.line))
    deciding = {
        "kind": "pairwise",
        "uses_reference": uses_reference,
        "params": asdict(params),
        "system": system,
        "template": template,
        "reask": reask,
        "verdicts": verdicts,
    }
    return Definition(
        name=name,
        version=version or 1,
        language=language,
        title=title,
        uses_reference=bool(uses_reference),
        params=params,
        system=system,
        template=template,
        reask=reask,
        verdicts=verdicts,
        hash=content_hash(deciding),
        path=file.path,
    )


def _read_params(table: Table) -> Params:
    own = table.table("params", required=True)
    if own is None:
        return Params(max_tokens=1)
    params = Params(max_tokens=own.integer("max_tokens", required=True) or 1, temperature=own.number("temperature"))
    own.finish()
    return params


def _read_verdicts(table: Table) -> dict[str, Winner]:
    own = table.table("verdicts", required=True)
    if own is None:
        return {}
    verdicts: dict[str, Winner] = {}
    winners: dict[str, Winner] = {winner: winner for winner in get_args(Winner)}
    for value in own.data:
        if said := own.choice(value, tuple(winners)):
            verdicts[value] = winners[said]
    for winner in winners:
        if winner not in verdicts.values() and len(verdicts) == len(own.data):
            own.fault(f'no verdict means "{winner}"; a judge must be able to say all three')
    return verdicts


def _check_template(table: Table, template: str, *, uses_reference: bool) -> None:
    if not template:
        return
    line = table.file.line("template")
    # a multi-line text begins on the line after its quotes
    first = line + table.file.text.split("\n")[line - 1].rstrip().endswith(('"""', "'''"))
    found = [(match[1], first + template.count("\n", 0, match.start())) for match in _PLACEHOLDER.finditer(template)]
    counts = {name: sum(1 for other, _ in found if other == name) for name in PLACEHOLDERS}
    for name in REQUIRED:
        if counts[name] != 1:
            table.fault(f'"template" must hold {{{name}}} exactly once, not {counts[name]} times', "template")
    if counts["reference"] != int(uses_reference):
        wanted = "exactly once" if uses_reference else "not at all"
        why = "true" if uses_reference else "false"
        table.fault(f'"template" must hold {{reference}} {wanted}, as "uses_reference" is {why}', "template")
    if counts["rubric"] > 1:
        table.fault('"template" must hold {rubric} at most once', "template")
    for name, at in found:
        meant = None if name in PLACEHOLDERS else nearest(name, PLACEHOLDERS)
        if meant is not None and not counts[meant]:
            table.fault(f'"template" holds {{{name}}}; did you mean {{{meant}}}?', line=at)
