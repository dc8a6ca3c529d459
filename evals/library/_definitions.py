"""Judge definitions: a TOML file that holds all a judge is told, and what its verdicts mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from evals.library._find import locate_definition
from evals.reading.strict import nearest
from evals.reading.tomlfile import Table, read_toml
from evals.records import InputError, Params, Problem, Winner, content_hash

Kind = Literal["pairwise", "pointwise", "checklist"]
"""`pairwise` compares two answers, `pointwise` scores one by dimensions, `checklist` holds one to a prompt's rubric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What belongs to a kind: placeholders its template must hold once and may hold once, the fields of its reply
    (the template has to name them), and its own keys."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    reply: tuple[str, ...]
    keys: tuple[str, ...]


_SHAPES: Mapping[str, _Shape] = {
    "pairwise": _Shape(
        required=("question", "answer_1", "answer_2", "code"),
        optional=("reference", "rubric"),
        reply=("winner",),
        keys=("verdicts",),
    ),
    "pointwise": _Shape(
        required=("question", "answer", "dimensions", "code"),
        optional=("reference", "rubric"),
        reply=("scores", "score"),
        keys=("scale", "dimensions"),
    ),
    "checklist": _Shape(
        required=("question", "answer", "criteria", "code"), optional=("reference",), reply=("met",), keys=()
    ),
}
_OWN_KEYS = {key: kind for kind, shape in _SHAPES.items() for key in shape.keys}
PLACEHOLDERS = tuple(dict.fromkeys(name for shape in _SHAPES.values() for name in (*shape.required, *shape.optional)))
"""All that a template of some kind may hold. Any other brace is literal text."""
_PLACEHOLDER = re.compile(r"\{([a-z_0-9]{1,40})\}")
_DIMENSION = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a judge is told and how its verdict is read.

    `template` becomes the user message, its placeholders filled in one pass. `verdicts` (pairwise) maps the value of
    the reply's "winner" to who won; `dimensions` (pointwise) maps the names in the reply's "scores" to what they are,
    each scored on `scale`, lowest and highest. `hash` covers all that decides a verdict, not title or formatting.
    """

    name: str
    version: int
    kind: Kind = "pairwise"
    language: str
    title: str
    uses_reference: bool
    params: Params
    system: str
    template: str
    reask: str
    verdicts: Mapping[str, Winner] = field(default_factory=dict)
    dimensions: Mapping[str, str] = field(default_factory=dict)
    scale: tuple[int, int] = (0, 1)
    hash: str
    path: str

    @property
    def label(self) -> str:
        """`name@version`, as the records name it."""
        return f"{self.name}@{self.version}"

    @property
    def alone(self) -> bool:
        """True when the judge is shown one answer at a time; who wins a pair follows from two scores."""
        return self.kind != "pairwise"


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
    kind = table.choice("kind", get_args(Kind), required=True)
    language = table.choice("language", ("zh", "en", "mixed"), required=True)
    title = table.text("title", required=True)
    uses_reference = bool(table.flag("uses_reference", required=True))
    system, template, reask = (table.text(key, required=True) for key in ("system", "template", "reask"))
    params = _read_params(table)
    own = _read_own(table, kind)
    _check_template(table, template, kind, uses_reference=uses_reference)
    for key, text in (("system", system), ("reask", reask)):
        for placeholder in sorted(set(_PLACEHOLDER.findall(text)) & set(PLACEHOLDERS)):
            table.fault(f'"{key}" holds {{{placeholder}}}, which is filled in "template" only', key)
    table.finish()
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.line))
    deciding = {
        "kind": kind,
        "uses_reference": uses_reference,
        "params": asdict(params),
        "system": system,
        "template": template,
        "reask": reask,
        **own,
        **({"order": list(own["dimensions"])} if kind == "pointwise" else {}),  # the hash of a table knows no order
    }
    return Definition(
        name=name,
        version=version or 1,
        kind=cast("Kind", kind),
        language=language,
        title=title,
        uses_reference=uses_reference,
        params=params,
        system=system,
        template=template,
        reask=reask,
        **own,
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


# --------------------------------------------------------------------------------------------- what a kind has alone
def _read_own(table: Table, kind: str) -> dict[str, Any]:
    """The keys that only this kind has; those of another kind are refused, unless the kind itself is at fault."""
    for key, owner in _OWN_KEYS.items():
        if key in table.data and owner != kind:
            table.take(key, "", lambda _: True)  # known, so that no second fault calls it unknown
            if kind:
                table.fault(f'"{key}" belongs to kind "{owner}", and "kind" is "{kind}"; leave it out', key)
    if kind == "pairwise":
        return {"verdicts": _read_verdicts(table)}
    if kind == "pointwise":
        return {"scale": _read_scale(table), "dimensions": _read_dimensions(table)}
    return {}


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


def _read_scale(table: Table) -> tuple[int, int]:
    wanted = "the lowest and the highest score, two whole numbers such as [1, 10]"
    value = table.take(
        "scale",
        wanted,
        lambda v: isinstance(v, list) and len(v) == 2 and all(type(n) is int and abs(n) <= 1000 for n in v),
        required=True,
    )
    if value is None:
        return 0, 1
    low, high = value
    if low >= high:
        table.fault(f'"scale" goes from {low} to {high}; the first number is the lowest score', "scale")
    return low, high


def _read_dimensions(table: Table) -> dict[str, str]:
    own = table.table("dimensions", required=True)
    if own is None:
        return {}
    if not own.data:
        own.fault('[dimensions] is empty; name at least one, such as accuracy = "Accuracy"')
    for name in own.data:
        if not _DIMENSION.fullmatch(name):
            own.fault(f'dimension "{name}": the name stands in the reply, so use small letters, digits and _', name)
    return {name: own.text(name, required=True) for name in own.data}


# --------------------------------------------------------------------------------------------- the template
def _check_template(table: Table, template: str, kind: str, *, uses_reference: bool) -> None:
    if not template or not kind:
        return
    shape = _SHAPES[kind]
    line = table.file.line("template")
    # a multi-line text begins on the line after its quotes
    first = line + table.file.text.split("\n")[line - 1].rstrip().endswith(('"""', "'''"))
    found = [(match[1], first + template.count("\n", 0, match.start())) for match in _PLACEHOLDER.finditer(template)]
    counts = {name: sum(1 for other, _ in found if other == name) for name in PLACEHOLDERS}
    for name in shape.required:
        if counts[name] != 1:
            table.fault(f'"template" must hold {{{name}}} exactly once, not {counts[name]} times', "template")
    if counts["reference"] != int(uses_reference):
        wanted = "exactly once" if uses_reference else "not at all"
        why = "true" if uses_reference else "false"
        table.fault(f'"template" must hold {{reference}} {wanted}, as "uses_reference" is {why}', "template")
    if counts["rubric"] > 1 and "rubric" in shape.optional:
        table.fault('"template" must hold {rubric} at most once', "template")
    for name in shape.reply:
        if f'"{name}"' not in template:
            table.fault(f'"template" never names the field "{name}" that a {kind} reply must have', "template")
    _check_names(table, found, counts, kind)


def _check_names(table: Table, found: list[tuple[str, int]], counts: Mapping[str, int], kind: str) -> None:
    """Placeholders of another kind, and near misses of those of this one."""
    own = (*_SHAPES[kind].required, *_SHAPES[kind].optional)
    for name, at in found:
        if name in own:
            continue
        if name in PLACEHOLDERS:
            there = ", ".join(f"{{{known}}}" for known in own)
            table.fault(f'"template" holds {{{name}}}, which a {kind} judge does not have; it has {there}', line=at)
            continue
        meant = nearest(name, own)
        if meant is not None and not counts[meant]:
            table.fault(f'"template" holds {{{name}}}; did you mean {{{meant}}}?', line=at)
