"""Hostile text made harmless: model names, suite names and messages may hold anything a host or a file sent.

One function per place a text goes to. HTML needs none of its own: every page is rendered with autoescape, and
`visible` runs before it so that no control character or bidirectional override reaches the page either.
"""

from __future__ import annotations

import re
import unicodedata

from wcwidth import wcswidth, wcwidth

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "'")
"""First characters a spreadsheet may take for a formula (full-width forms too), and our own quote."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_CELL_ESCAPE = re.compile(r"\\(?:[\\trn]|x(?P<x>[0-9a-f]{2})|u(?P<u>[0-9a-f]{4})|U(?P<U>[0-9a-f]{8}))")
_SHORT = {"\t": "\\t", "\r": "\\r", "\n": "\\n"}
_LONG = {escape: char for char, escape in _SHORT.items()}

_KEPT_IN_PROSE = frozenset("\n\t\u200c\u200d")
"""Line breaks, and the joiners that emoji and several scripts need, stay as they are in whole answers."""

_SAFE = r"[\w \-/,.;()%'\"=>–—…≥≤±·，。、；：（）“”「」《》？！]"
_MARKDOWN_SAFE = re.compile(f"{_SAFE}*(: {_SAFE}*)*")
_MARKDOWN_AUTOLINK = re.compile(r"www\.|://", re.IGNORECASE)


def visible(text: str, *, keep: frozenset[str] = frozenset()) -> str:
    r"""Controls, bidirectional and zero-width marks, separators and lone surrogates as escapes: `\x1b`, `\u202e`."""
    return "".join(char if char in keep or not _is_hidden(char) else _escape(char) for char in text)


def prose(text: str) -> str:
    """A whole prompt or answer for the page: as `visible`, but line breaks, tabs and joiners stay."""
    return visible(text.replace("\r\n", "\n"), keep=_KEPT_IN_PROSE)


def clip(text: str, width: int) -> str:
    """Visible text of at most `width` terminal columns; a cut ends in `…`."""
    shown = visible(text)
    if columns(shown) <= width:
        return shown
    kept, used = [], 0
    for char in shown:
        step = max(0, wcwidth(char))
        if used + step > width - 1:
            break
        kept.append(char)
        used += step
    return "".join(kept) + "…"


def columns(text: str) -> int:
    """Terminal columns of a visible text: a Chinese character takes two."""
    width = wcswidth(text)
    return width if width >= 0 else len(text)


def code_span(text: str) -> str:
    """A name as a Markdown code span, also inside a table: nothing in it is a link, a mention, HTML or a cell's end.

    Pipe and backtick become escapes instead of relying on how each renderer nests them.
    """
    shown = visible(text).replace("`", "\\x60").replace("|", "\\x7c")
    return f"`{shown}`" if shown.strip() else "` `"


def markdown_text(text: str) -> str:
    """A sentence inside a line of Markdown: as it stands when nothing in it can act as markup, else as a code span."""
    shown = visible(text)
    plain = _MARKDOWN_SAFE.fullmatch(shown) and not _MARKDOWN_AUTOLINK.search(shown) and "__" not in shown
    return shown if plain else code_span(text)


def csv_cell(text: str) -> str:
    r"""A text for a CSV cell that no spreadsheet runs as a formula; `csv_text` is the exact inverse.

    Backslashes are doubled and hidden characters escaped; a cell that would start a formula gets a leading `'`.
    A plain number such as `-1.5` stays a number.
    """
    cell = visible(text.replace("\\", "\\\\"))
    if cell.lstrip().startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def csv_text(cell: str) -> str:
    """The text `csv_cell` was given."""
    return _CELL_ESCAPE.sub(_unescape, cell.removeprefix("'"))


def _is_hidden(char: str) -> bool:
    return char != " " and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _escape(char: str) -> str:
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _unescape(match: re.Match[str]) -> str:
    code = match["x"] or match["u"] or match["U"]
    return chr(int(code, 16)) if code else _LONG.get(match.group(), "\\")
