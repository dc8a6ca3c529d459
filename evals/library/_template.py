"""The template of a judge definition: the placeholders it must hold, and whether the reply it asks for can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from evals.reading.strict import nearest
from evals.reading.tomlfile import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What belongs to a kind: placeholders its template must hold once and may hold once, the fields of its reply
    (the template has to name them) with a sample of it, and its own keys."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    reply: tuple[str, ...]
    sample: str
    keys: tuple[str, ...]


SHAPES: Mapping[str, Shape] = {
    "pairwise": Shape(
        required=("question", "answer_1", "answer_2", "code"),
        optional=("reference", "rubric"),
        reply=("winner", "code"),
        sample='{"winner": "tie", "code": "..."}',
        keys=("verdicts",),
    ),
    "pointwise": Shape(
        required=("question", "answer", "dimensions", "code"),
        optional=("reference", "rubric"),
        reply=("scores", "score", "code"),
        sample='{"scores": {"accuracy": 7}, "score": 7, "code": "..."}',
        keys=("scale", "pass", "dimensions"),
    ),
    "checklist": Shape(
        required=("question", "answer", "criteria", "code"),
        optional=("reference",),
        reply=("met", "code"),
        sample='{"met": [true, false], "code": "..."}',
        keys=("pass",),
    ),
}
PLACEHOLDERS = tuple(dict.fromkeys(name for shape in SHAPES.values() for name in (*shape.required, *shape.optional)))
"""All that a template of some kind may hold. Any other brace is literal text."""
_PLACEHOLDER = re.compile(r"\{([a-z_0-9]{1,40})\}")
_LIKE_ONE = re.compile(r"(\{\{?)[ \t]*([A-Za-z_0-9]{1,40})[ \t]*\}")
_DOTS = re.compile(r"\.\.\.|…")
_WINNER = re.compile(r'"winner"\s*:\s*"?([A-Za-z0-9]+)"?\s*[,}]')
_SCORES = re.compile(r'"scores"\s*:\s*\{([^{}]*)\}')
_SCORE = re.compile(r'"(\w+)"\s*:\s*(-?\d+(?:\.\d+)?)')
_QUOTED = re.compile(r'"(\w+)"\s*:\s*"\d[^"\n]{0,20}"')
_MET = re.compile(r'"met"\s*:\s*(\[[^\]]*\]|[^\s,}]+)')
_LIST_OF_FLAGS = re.compile(r"\[(?:true|false|\.\.\.|…|[\s,])*\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template being checked against what the rest of the file says. `told_elsewhere`: the texts beside it."""

    table: Table
    text: str
    told_elsewhere: str
    kind: str
    uses_reference: bool
    verdicts: Mapping[str, str] = field(default_factory=dict)
    dimensions: Mapping[str, str] = field(default_factory=dict)
    scale: tuple[int, int] | None = None

    def check(self) -> None:
        """Notes every fault in the table; nothing when the text or the kind is itself at fault."""
        if not self.text or self.kind not in SHAPES:
            return
        self._check_placeholders()
        self._check_names()
        shape = SHAPES[self.kind]
        for name in shape.reply:
            if not re.search(rf'"{name}"\s*:', self.text):
                self._fault(
                    f'"template" never shows the field "{name}" that a {self.kind} reply must have; '
                    f"show the reply, as in {shape.sample}"
                )
        for at, message in (*self._winners(), *self._scores(), *self._quoted_numbers(), *self._met()):
            self._fault(message, at)

    def _fault(self, message: str, at: int | None = None) -> None:
        """Notes a fault at the template, or at a place in its text."""
        file = self.table.file
        line = file.line("template")
        if at is not None:
            # a multi-line text begins on the line after its quotes
            line += file.text.split("\n")[line - 1].rstrip().endswith(('"""', "'''"))
            line += self.text.count("\n", 0, at)
        self.table.fault(message, line=line)

    # ----------------------------------------------------------------------------------------- placeholders
    def _check_placeholders(self) -> None:
        shape = SHAPES[self.kind]
        found = _PLACEHOLDER.findall(self.text)
        for name in shape.required:
            if found.count(name) != 1:
                hint = """; write "code": "{code}" where the reply is shown""" if name == "code" else ""
                self._fault(f'"template" must hold {{{name}}} exactly once, not {found.count(name)} times{hint}')
        if self.uses_reference and found.count("reference") != 1:
            self._fault('"template" must hold {reference} exactly once, or write uses_reference = false')
        if not self.uses_reference and "reference" in found:
            self._fault('"template" holds {reference}; take it out, or write uses_reference = true')
        if found.count("rubric") > 1 and "rubric" in shape.optional:
            self._fault('"template" must hold {rubric} at most once')

    def _check_names(self) -> None:
        """Placeholders of another kind, and what was meant to be one of this kind."""
        own = (*SHAPES[self.kind].required, *SHAPES[self.kind].optional)
        there = set(_PLACEHOLDER.findall(self.text))
        for match in _LIKE_ONE.finditer(self.text):
            opening, name = match.groups()
            shown = match[0].removeprefix("{") if opening == "{{" else match[0]
            if shown == f"{{{name}}}" and name in PLACEHOLDERS:
                if opening == "{{":
                    self._fault(f'"template" holds {{{shown}}}; write {shown}, braces are not doubled', match.start())
                if name not in own:
                    known = ", ".join(f"{{{one}}}" for one in own)
                    told = f'"template" holds {shown}, which a {self.kind} judge does not have; it has {known}'
                    self._fault(told, match.start())
                continue
            meant = nearest(name, own)
            if meant is not None and meant not in there:
                self._fault(f'"template" holds {shown}; did you mean {{{meant}}}?', match.start())

    # ----------------------------------------------------------------------------------------- the reply it asks for
    def _winners(self) -> Iterator[tuple[int, str]]:
        known = {value.strip().lower() for value in self.verdicts}
        if not known:
            return
        for match in _WINNER.finditer(self.text):
            if match[1].lower() not in known:
                listed = ", ".join(self.verdicts)
                told = f'"template" shows the winner "{match[1]}", and [verdicts] has {listed}'
                yield match.start(), f"{told}; show one of these, or add it to [verdicts]"
        for winner in dict.fromkeys(self.verdicts.values()):
            values = [value for value, meaning in self.verdicts.items() if meaning == winner]
            if not any(_stands_in(value, f"{self.text}\n{self.told_elsewhere}") for value in values):
                listed = " or ".join(values)
                yield 0, f'"template" never tells the judge to say {listed}, which means "{winner}" in [verdicts]'

    def _scores(self) -> Iterator[tuple[int, str]]:
        if not self.dimensions or self.scale is None:
            return
        low, high = self.scale
        for match in _SCORES.finditer(self.text):
            shown = re.findall(r'"(\w+)"\s*:', match[1])
            missing = set() if _DOTS.search(match[1]) else set(self.dimensions) - set(shown)
            if shown and (missing or set(shown) - set(self.dimensions)):
                told = f'"template" shows "scores" with {", ".join(shown)}, and [dimensions] has '
                yield match.start(), f"{told}{', '.join(self.dimensions)}; show these, each once"
        for match in _SCORE.finditer(self.text):
            if match[1] in ("score", *self.dimensions) and not low <= float(match[2]) <= high:
                told = f'"template" shows a "{match[1]}" of {match[2]}, which is not on the scale'
                yield match.start(), f"{told} from {low} to {high}"

    def _quoted_numbers(self) -> Iterator[tuple[int, str]]:
        if self.kind == "pointwise":
            for match in _QUOTED.finditer(self.text):
                if match[1] in ("score", *self.dimensions):
                    yield match.start(), f'"template" shows {match[0]}; numbers stand without quotes: "{match[1]}": 7'

    def _met(self) -> Iterator[tuple[int, str]]:
        if self.kind == "checklist":
            for match in _MET.finditer(self.text):
                if not _LIST_OF_FLAGS.fullmatch(match[1]):
                    told = f'"template" shows "met" as {match[1][:40]}; it is a list such as [true, false]'
                    yield match.start(), told


def check_unfilled(table: Table, key: str, text: str) -> None:
    """Refuses placeholders in a text that is sent as it stands."""
    for placeholder in sorted(set(_PLACEHOLDER.findall(text)) & set(PLACEHOLDERS)):
        table.fault(f'"{key}" holds {{{placeholder}}}, which is filled in "template" only; take it out', key)


def _stands_in(value: str, text: str) -> bool:
    """True when a verdict's value stands in a text as a word of its own; in its own case when it is a single letter,
    as English prose is full of "a"."""
    wanted = value.strip()
    case = re.IGNORECASE if len(wanted) > 1 else re.NOFLAG
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text, case | re.ASCII) is not None
