"""Judge definitions: a TOML file that holds all a judge is told, and what its verdicts mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from evals.library._find import locate_definition
from evals.library._template import SHAPES, Template, check_unfilled
from evals.reading.tomlfile import Table, is_number, read_toml
from evals.records import InputError, Params, Problem, Winner, content_hash

Kind = Literal["pairwise", "pointwise", "checklist"]
"""`pairwise` compares two answers, `pointwise` scores one by dimensions, `checklist` holds one to a prompt's rubric."""

_EVERY_JUDGE = ("name", "version", "kind", "language", "title", "uses_reference", "system", "template", "reask")
_OWN_KEYS = {
    key: [kind for kind, shape in SHAPES.items() if key in shape.keys]
    for key in ("verdicts", "scale", "pass", "dimensions")
}
_EXAMPLES = {
    "version": "version = 1",
    "title": 'title = "a line for lists"',
    "uses_reference": "uses_reference = false",
    "system": 'system = """the judge\'s role and rules"""',
    "template": 'template = """the request"""',
    "reask": 'reask = """Reply with the JSON object alone."""',
    "params": "[params] and below it max_tokens = 1024",
    "max_tokens": "max_tokens = 1024",
    "temperature": "temperature = 0",
    "verdicts": '[verdicts] and below it 1 = "first", 2 = "second", tie = "tie", a line each',
    "scale": "scale = [1, 10]",
    "dimensions": '[dimensions] and below it a line for each, such as accuracy = "errors of fact"',
}
_INSTEAD = {
    "model": "the judge's model is chosen by --judge",
    "prompt": 'what the judge is told stands in "system" and "template"',
    "bands": 'describe the bands in "system"',
    "criteria": 'the criteria are the "rubric" of each prompt',
    "weights": 'a criterion of a prompt that starts with "[must] " weighs three times',
    "max_tokens": "it belongs below [params]",
    "temperature": "it belongs below [params]",
}
"""What people write into a judge file that does not belong there."""
_DIMENSION = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a judge is told and how its verdict is read.

    `template` becomes the user message, its placeholders filled in one pass. `verdicts` (pairwise) maps the value of
    the reply's "winner" to who won; `dimensions` (pointwise) maps the names in the reply's "scores" to what they are,
    each scored on `scale`, lowest and highest. `pass_mark` (pointwise, checklist) is the lowest score of an answer that
    will do; it tells how a calibration is read and decides no verdict. `hash` covers all that decides a verdict.
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
    pass_mark: float | None = None
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
    if not file.data:
        message = "nothing in it; begin with an example from docs/judges.md or a shipped file (python -m evals judges)"
        raise InputError([Problem(path=file.path, line=1, message=message)])
    table = Table(file, problems, examples={"name": f'name = "{path.stem}"', **_EXAMPLES})
    name = table.text("name", required=True)
    if name and name != path.stem:
        table.fault(
            f'"name" is "{name}" but the file is called {path.name}; they must agree: write name = "{path.stem}"',
            "name",
        )
    version = table.integer("version", required=True)
    kind = table.choice("kind", get_args(Kind), required=True)
    language = table.choice("language", ("zh", "en", "mixed"), required=True)
    title = table.text("title", required=True)
    uses_reference = bool(table.flag("uses_reference", required=True))
    system, template, reask = (table.text(key, required=True) for key in ("system", "template", "reask"))
    params = _read_params(table)
    own = _read_own(table, kind)
    pass_mark = _read_pass(table, kind, own.get("scale"))
    beside = f"{system}\n{reask}"
    Template(table=table, text=template, told_elsewhere=beside, kind=kind, uses_reference=uses_reference, **own).check()
    check_unfilled(table, "system", system)
    check_unfilled(table, "reask", reask)
    _find_strays(table)
    table.finish(_INSTEAD)
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
        pass_mark=pass_mark,
        hash=content_hash(deciding),
        path=file.path,
    )


def _read_params(table: Table) -> Params:
    own = table.table("params", required=True)
    if own is None:
        return Params(max_tokens=1)
    params = Params(max_tokens=own.integer("max_tokens", required=True) or 1, temperature=own.number("temperature"))
    own.finish(dict.fromkeys(("top_p", "seed", "stop"), "only max_tokens and temperature are sent"))
    return params


def _find_strays(table: Table) -> None:
    """Keys that every judge has and that stand below a [table]: to TOML they belong to that table."""
    for header, inner in table.data.items():
        strays = [key for key in _EVERY_JUDGE if isinstance(inner, dict) and key in inner and key not in table.data]
        if strays:
            listed = ", ".join(f'"{key}"' for key in strays)
            table.fault(f"{listed} below [{header}]: keys of the judge itself stand above the first [table]", header)


# --------------------------------------------------------------------------------------------- what a kind has alone
def _read_own(table: Table, kind: str) -> dict[str, Any]:
    """The keys that only this kind has; those of another kind are refused, unless the kind itself is at fault."""
    for key, owners in _OWN_KEYS.items():
        if key in table.data and kind not in owners:
            table.take(key, "", lambda _: True)  # known, so that no second fault calls it unknown
            if kind:
                named = " and ".join(f'"{owner}"' for owner in owners)
                table.fault(f'"{key}" belongs to kind {named}, and "kind" is "{kind}"; leave it out', key)
    if kind == "pairwise":
        return {"verdicts": _read_verdicts(table)}
    if kind == "pointwise":
        return {"scale": _read_scale(table), "dimensions": _read_dimensions(table)}
    return {}


def _read_pass(table: Table, kind: str, scale: tuple[int, int] | None) -> float | None:
    """The lowest score of an answer that will do; above the bottom of the scale, or every answer would."""
    if kind not in _OWN_KEYS["pass"]:
        return None
    wanted, (low, high) = "a share above 0 and up to 1 (1: every criterion met)", (0, 1)
    if kind == "pointwise":
        if scale is None:
            table.take("pass", "", lambda _: True)  # nothing to hold it against
            return None
        low, high = scale
        wanted = f"a score above {low} and up to {high}, the lowest that will do"
    value = table.take("pass", wanted, lambda v: is_number(v) and low < v <= high)
    return None if value is None else float(value)


def _read_verdicts(table: Table) -> dict[str, Winner]:
    own = table.table("verdicts", required=True)
    if own is None:
        return {}
    verdicts: dict[str, Winner] = {}
    winners: dict[str, Winner] = {winner: winner for winner in get_args(Winner)}
    for value in own.data:
        if said := own.choice(value, tuple(winners)):
            verdicts[value] = winners[said]
    seen: dict[str, str] = {}
    for value in own.data:
        same = seen.setdefault(value.strip().lower(), value)
        if not value.strip():
            own.fault('a verdict is empty; write the value of "winner", such as tie = "tie"', value)
        elif same != value:
            own.fault(f'"{value}" and "{same}" are one verdict, as case and blanks do not count; keep one', value)
    for winner in winners:
        if winner not in verdicts.values() and len(verdicts) == len(own.data):
            own.fault(f'no verdict means "{winner}"; a judge must be able to say all three: add {winner} = "{winner}"')
    return verdicts


def _read_scale(table: Table) -> tuple[int, int] | None:
    wanted = "the lowest and the highest score, two whole numbers from -1000 to 1000"
    value = table.take(
        "scale",
        wanted,
        lambda v: isinstance(v, list) and len(v) == 2 and all(type(n) is int and abs(n) <= 1000 for n in v),
        required=True,
    )
    if value is None:
        return None
    low, high = value
    if low >= high:
        right = f"[{high}, {low}]" if low > high else f"[{low}, {low + 4}] or the like"
        table.fault(f'"scale" goes from {low} to {high}; the first number is the lowest score: write {right}', "scale")
        return None
    return low, high


def _read_dimensions(table: Table) -> dict[str, str]:
    own = table.table("dimensions", required=True)
    if own is None:
        return {}
    if not own.data:
        own.fault('[dimensions] is empty; name at least one, such as accuracy = "Accuracy"')
    wrong = [name for name in own.data if not _DIMENSION.fullmatch(name)]
    for name in wrong:
        plain = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")
        instead = f": {plain}" if _DIMENSION.fullmatch(plain) else ""
        own.fault(
            f'dimension "{name}": the name stands in the reply, so use small letters, digits and _{instead}', name
        )
    own.examples = {name: f'{name} = "what the judge should look at"' for name in own.data}
    titles = {name: own.text(name, required=True) for name in own.data}
    return {} if wrong else titles
