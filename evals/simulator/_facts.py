"""A reference answer as a sheet of facts: what an answer can get right, get wrong or leave out.

Prose is cut into sentences (Chinese also into clauses where sentences are few), code into lines. The answerer
damages facts of the sheet; the judge looks for the same facts in whatever text it is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from evals.simulator._alter import names_in, wrong_wordings
from evals.simulator._invent import invent_reference
from evals.simulator._models import kind_of
from evals.simulator._script import has_traditional, other_script, to_simplified, to_traditional
from evals.simulator._seeds import normal
from evals.simulator._wording import EN_PADS, SYNONYMS, ZH_PADS

INTACT, OTHER_SCRIPT, ALTERED, MISSING = 1.0, 0.5, -0.4, 0.0
"""What a fact counts for: a wrong claim is worse than none, the wrong script is half right."""

ANSWER_WEIGHT = 2.5
LEVEL_STEP = {"code": 0.4, "reasoning": 0.4}
"""By how many logits a step of difficulty makes each fact of a prompt harder; 0.2 where words are what is asked for."""

MOST_UNITS = 28
_FEW_SENTENCES = 7
_DROP_SHARE = 0.4
_NOISE = re.compile(r"[\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_MARKER = re.compile(
    r"\s*(?:#{1,6}\s+|>\s+|[-*•·]\s+|\d{1,2}(?:[.)]\s+|[、．])|[（(][一二三四五六七八九十\d]{1,2}[)）]\s*|[一二三四五六七八九十]{1,2}、)"
)
_BREAK = re.compile(r"[。！？；]+[”’」』）)\"]*\s*|[.;!?][\"')\]]?(?=\s|$)\s*|[.](?=[\u3400-\u9fff])")
_TABLE_RULE = re.compile(r"\s*\|[\s:|-]+")
_CLAUSE = re.compile(r"，")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|Mr|Mrs|Ms|Dr|No|a\.m|p\.m)|^\s*\d{1,2})$")
_DEPENDENT = re.compile(
    r"^(?:如果|若|假如|虽然|尽管|因为|由于|当|为了|只要|只有|一旦|即使|随着|除了|在|与其|不仅|不但|凡|既|从|经|根据|自)"
)
_LEAD_IN = re.compile(r"(?:Here (?:is|are)|Below|The following|下面|以下|如下|答案如下).{0,60}[:：]\s*$")
SOFT = ("，", "；", ";")
"""Marks that join clauses: what follows belongs to the same sentence."""

_OPEN, _CLOSE = "（(“「《『【[", "）)”」》』】]"
_CODE_LINE = re.compile(
    r"^\s*(?:def |class |import |from \w+ import|return\b|for .*:$|if .*:$|while .*:$|SELECT\b|FROM\b|WHERE\b)"
    r"|[;{}]\s*$"
)
_LOOKALIKES = str.maketrans(
    {"‹": "<", "›": ">", "＜": "<", "＞": ">", "［": "[", "］": "]", "⟦": "[[", "⟧": "]]", "｜": "|", "∣": "|"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing that may become of a fact: its wording (None: left out) and what the judge will make of it."""

    text: str | None
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One fact. `options[0]` is the true wording; `cumulative` are the shares of the damages that follow it."""

    text: str
    norm: str
    folded: str
    chunks: tuple[str, ...]
    weight: float
    code: bool
    scripted: bool
    hardness: float
    options: tuple[Option, ...]
    cumulative: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Words of a line: a fact (`unit` >= 0) or words that are always kept. `ends` closes a sentence."""

    unit: int
    text: str
    trail: str
    ends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the reference: its list mark or heading mark, its pieces, and whether it is code."""

    marker: str
    pieces: tuple[Piece, ...]
    code: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The facts of one prompt's reference, with the words an answer to it may use besides.

    `slips` are the damages (fact, option) that break the code of an answer; empty where code is no matter of its own,
    beside words in a suite of words.
    """

    key: str
    suite: str
    chinese: bool
    difficulty: float
    lines: tuple[Line, ...]
    units: tuple[Unit, ...]
    total_weight: float
    size: int
    wrong_script: str
    has_code: bool
    slips: tuple[tuple[int, int], ...]
    pads: tuple[str, ...]
    reference_norm: str


def normalise(text: str) -> str:
    """Letters, digits and characters alone, in lower case, with one word for each pair of synonyms."""
    plain = _NOISE.sub("", text).lower()
    for kept, other in _FOLDED_SYNONYMS:
        plain = plain.replace(other, kept)
    return plain


_FOLDED_SYNONYMS = tuple((_NOISE.sub("", a).lower(), _NOISE.sub("", b).lower()) for a, b in SYNONYMS)


def squeeze(line: str) -> str:
    """A line of code without its blanks, look-alike brackets folded."""
    return "".join(line.split()) if line.isascii() else "".join(line.translate(_LOOKALIKES).split())


def is_chinese(text: str) -> bool:
    """True when a fifth of the letters are Chinese characters."""
    sample = text[:400]
    return len(_HAN.findall(sample)) * 5 >= max(1, len(_NOISE.sub("", sample)))


def prompt_key(text: str) -> str:
    """What identifies a prompt whatever its blanks, marks and look-alike brackets."""
    return _NOISE.sub("", text).lower() or text.strip()


def judge_unit(unit: Unit, norm: str, folded: str, code_lines: frozenset[str], squeezed: str) -> float:
    """What one fact is worth in a text whose normal forms are given."""
    if unit.code:
        if unit.norm in code_lines:
            return INTACT
        return ALTERED if any(chunk in squeezed for chunk in unit.chunks) else MISSING
    if unit.norm in norm:
        return INTACT
    if unit.folded in folded:
        return OTHER_SCRIPT
    for chunk in unit.chunks:
        if chunk in folded:
            return ALTERED
    return MISSING


def make_sheet(
    text: str, *, suite: str = "", reference: str = "", answer: str = "", difficulty: int | None = None
) -> Sheet:
    """The sheet of a prompt; without a reference one is invented from the prompt's own words."""
    kind = kind_of(suite)
    reference = reference.strip("\n") or invent_reference(text)
    chinese = is_chinese(reference)
    raw_lines = _cut_lines(reference, chinese=chinese, fine=False)
    if sum(len(line.pieces) for line in raw_lines) < _FEW_SENTENCES:
        raw_lines = _cut_lines(reference, chinese=chinese, fine=True)
    lines, units = _number_units(raw_lines, chinese=chinese, reference=reference, answer=answer)
    return Sheet(
        key=prompt_key(text),
        suite=suite,
        chinese=chinese,
        difficulty=LEVEL_STEP.get(kind, 0.2) * (2.5 - (difficulty or 2.5))
        + 0.4 * normal("difficulty", prompt_key(text)),
        lines=lines,
        units=units,
        total_weight=sum(unit.weight for unit in units),
        size=len(reference),
        wrong_script=other_script(reference) if chinese else "",
        has_code=any(line.code for line in lines),
        slips=_slips(units) if kind in ("code", "") else (),
        pads=ZH_PADS if chinese else EN_PADS,
        reference_norm=normalise(reference),
    )


# ------------------------------------------------------------------------------------------- cutting
def _cut_lines(reference: str, *, chinese: bool, fine: bool) -> list[Line]:
    """The lines of a reference with their pieces, none of them counted as a fact yet (`unit` = -1)."""
    rows = reference.split("\n")
    fenced = any(row.lstrip().startswith("```") for row in rows)
    coded = not fenced and sum(bool(_CODE_LINE.search(row)) for row in rows) * 2 >= len([r for r in rows if r.strip()])
    lines, inside = [], coded
    for row in rows:
        if row.lstrip().startswith("```"):
            inside = not inside
            lines.append(Line(marker=row, pieces=(), code=True))
        elif inside or not row.strip():
            pieces: tuple[Piece, ...] = (Piece(unit=-1, text=row, trail="", ends=True),) if row.strip() else ()
            lines.append(Line(marker="" if pieces else row, pieces=pieces, code=inside))
        else:
            match = _MARKER.match(row)
            marker = match.group() if match else ""
            pieces = _cut_prose(row[len(marker) :], chinese=chinese, fine=fine)
            lines.append(Line(marker=marker, pieces=pieces, code=False))
    return lines


def _cut_prose(text: str, *, chinese: bool, fine: bool) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    start = 0
    if text.lstrip().startswith("|"):
        return (Piece(unit=-1, text=text, trail="", ends=True),)
    for match in _BREAK.finditer(text):
        body = text[start : match.start()]
        if _inside_brackets(body) or _ABBREVIATION.search(body):
            continue
        pieces += _cut_clauses(body, match.group(), fine=fine and chinese)
        start = match.end()
    if text[start:].strip():
        pieces += _cut_clauses(text[start:], "", fine=fine and chinese)
    return tuple(pieces)


def _cut_clauses(sentence: str, trail: str, *, fine: bool) -> list[Piece]:
    """The clauses of a sentence that can stand or fall alone; a short or a dependent one stays with the next."""
    pieces, start = [], 0
    if fine:
        for match in _CLAUSE.finditer(sentence):
            body, rest = sentence[start : match.start()], sentence[match.end() :]
            if len(body) >= 6 and len(rest) >= 6 and not _inside_brackets(body) and not _DEPENDENT.match(body):
                pieces.append(Piece(unit=-1, text=body, trail="，", ends=False))
                start = match.end()
    pieces.append(Piece(unit=-1, text=sentence[start:], trail=trail, ends=trail.strip() not in SOFT))
    return pieces


def _inside_brackets(text: str) -> bool:
    return sum(text.count(mark) for mark in _OPEN) > sum(text.count(mark) for mark in _CLOSE)


# ------------------------------------------------------------------------------------------- facts
def _number_units(
    lines: list[Line], *, chinese: bool, reference: str, answer: str
) -> tuple[tuple[Line, ...], tuple[Unit, ...]]:
    """Pieces that say something of their own, and only once, become facts."""
    names = names_in(reference)
    norms = [[squeeze(p.text) if line.code else normalise(p.text) for p in line.pieces] for line in lines]
    whole = "|".join(norm for row in norms for norm in row)
    squeezed_lines = [norm for line, row in zip(lines, norms, strict=True) if line.code for norm in row]
    units: list[Unit] = []
    numbered: list[Line] = []
    for at, (line, row) in enumerate(zip(lines, norms, strict=True)):
        pieces = []
        for piece, norm in zip(line.pieces, row, strict=True):
            unit = None
            if len(units) < MOST_UNITS and not _heads_table(lines, at):
                once = squeezed_lines.count(norm) == 1 if line.code else whole.count(norm) == 1
                if once and _says_something(norm, piece.text, code=line.code):
                    drop = _drop_text(lines, at) if line.code else None
                    unit = _make_unit(piece.text, norm, whole, line.code, chinese, names, answer, drop)
            if unit is None:
                pieces.append(piece)
            else:
                pieces.append(Piece(unit=len(units), text=piece.text, trail=piece.trail, ends=piece.ends))
                units.append(unit)
        numbered.append(Line(marker=line.marker, pieces=tuple(pieces), code=line.code))
    return tuple(numbered), tuple(units) or _whole_as_unit(numbered, whole)


def _heads_table(lines: list[Line], at: int) -> bool:
    """True for the row above a table's rule: without it nothing below is a table."""
    below = lines[at + 1].pieces if at + 1 < len(lines) else ()
    return bool(below) and _TABLE_RULE.fullmatch(below[0].text) is not None


def _whole_as_unit(lines: list[Line], whole: str) -> tuple[Unit, ...]:
    """A reference of a word or two is one fact that is never damaged: the sheet is never empty."""
    del lines
    norm = whole.replace("|", "") or "?"
    return (_plain_unit(norm, norm, (), 1.0, code=False, options=(Option(text=norm, value=INTACT),), cumulative=()),)


def _plain_unit(
    text: str,
    norm: str,
    chunks: tuple[str, ...],
    weight: float,
    *,
    code: bool,
    options: tuple[Option, ...],
    cumulative: tuple[float, ...],
) -> Unit:
    folded = to_simplified(norm)
    return Unit(
        text=text,
        norm=norm,
        folded=folded,
        chunks=chunks,
        weight=weight,
        code=code,
        scripted=not code and (to_traditional(norm) != norm or folded != norm),
        hardness=0.5 * normal("hardness", norm),
        options=options,
        cumulative=cumulative,
    )


def _says_something(norm: str, text: str, *, code: bool) -> bool:
    if code:
        return len(norm) >= 5 and not text.lstrip().startswith(("#", "//", "--", "/*", "*", '"""', "'''"))
    if _LEAD_IN.match(text):
        return False
    return len(norm) + len(_HAN.findall(norm)) >= 6


def _drop_text(lines: list[Line], at: int) -> str | None:
    """What stays when a line of code is left out: the line itself where it opens a block (then it is never left out),
    `pass` where it is all its block has, nothing elsewhere."""
    row = lines[at].pieces[0].text
    if row.rstrip().endswith((":", "{", "(", "[", "\\", "=")) or row.strip()[:1] in ")]}":
        return row
    indent = len(row) - len(row.lstrip())
    before = next((line.pieces[0].text for line in reversed(lines[:at]) if line.pieces), "")
    after = next((line.pieces[0].text for line in lines[at + 1 :] if line.pieces and line.code), "")
    alone = before.rstrip().endswith(":") and len(after) - len(after.lstrip()) < indent
    return f"{row[:indent]}pass" if alone else None


def _make_unit(
    text: str, norm: str, whole: str, code: bool, chinese: bool, names: tuple[str, ...], answer: str, drop: str | None
) -> Unit | None:
    """One fact with its damages; None where it can be neither altered nor left out."""
    final = answer and not code and re.search(rf"(?<![\dA-Za-z]){re.escape(answer.strip())}(?![\dA-Za-z])", text)
    weight = ANSWER_WEIGHT if final else 1.0
    shape = _plain_unit(text, norm, _chunks(norm, whole, code=code), weight, code=code, options=(), cumulative=())
    damages = []
    for wording in wrong_wordings(text, code=code, chinese=chinese, names=names, answer=answer):
        value = _seen_as(shape, wording)
        if value < OTHER_SCRIPT:
            damages.append(Option(text=wording, value=value))
    droppable = drop != text
    if not damages and not droppable:
        return None
    share = 0.0 if not droppable else _DROP_SHARE if damages else 1.0
    cumulative = [share + (1 - share) * (index + 1) / len(damages) for index in range(len(damages))]
    if droppable:
        damages.insert(0, Option(text=drop, value=MISSING))
        cumulative.insert(0, share)
    return Unit(
        text=shape.text,
        norm=shape.norm,
        folded=shape.folded,
        chunks=shape.chunks,
        weight=shape.weight,
        code=code,
        scripted=shape.scripted,
        hardness=shape.hardness,
        options=(Option(text=text, value=INTACT), *damages),
        cumulative=tuple(cumulative),
    )


def _seen_as(unit: Unit, wording: str) -> float:
    """What the judge will make of a damaged wording, found by the judge's own rule."""
    if unit.code:
        line = squeeze(wording)
        return judge_unit(unit, "", "", frozenset([line]), line)
    norm = normalise(wording)
    return judge_unit(unit, norm, to_simplified(norm) if has_traditional(norm) else norm, frozenset(), "")


def _slips(units: tuple[Unit, ...]) -> tuple[tuple[int, int], ...]:
    """The wrong wordings of code; where no line has any, what may be left out."""
    damages = [(at, option) for at, unit in enumerate(units) if unit.code for option in range(1, len(unit.options))]
    wrong = [(at, option) for at, option in damages if units[at].options[option].value == ALTERED]
    return tuple(wrong or damages)


def _chunks(norm: str, whole: str, *, code: bool) -> tuple[str, ...]:
    """Thirds (or halves) of a fact by which a damaged copy is known; parts that stand elsewhere too are no sign."""
    folded_whole = whole if code else to_simplified(whole)
    folded = norm if code else to_simplified(norm)
    least = 3 if _HAN.search(norm) and not code else 7
    count = 3 if len(norm) >= 3 * least else 2
    step = -(-len(folded) // count)
    parts = [folded[start : start + step] for start in range(0, len(folded), step)]
    return tuple(part for part in parts if len(part) >= least and folded_whole.count(part) == 1)
