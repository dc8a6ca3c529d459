"""Which part of an answer is read, and what a forgiving reader overlooks."""

from __future__ import annotations

import re
from collections import deque
from typing import Literal, get_args

Where = Literal["whole", "first_line", "last_line", "answer", "answer_section"]
WHERE: tuple[str, ...] = get_args(Where)

MAX_TEXT = 1_000_000
"""Characters of an answer that are read; what lies beyond is not part of any check."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_CLOSING = "*_`~ \t"
_MARKER = re.compile(
    r"【(?:最终)?答案】[*_ \t]{0,8}[:：]?|(?:最终)?答案[*_ \t]{0,8}[是为]?[*_ \t]{0,8}[:：]"
    r"|(?<![回解问作])答[*_ \t]{0,8}[:：]"
    r"|结论[*_ \t]{0,8}[:：]|\b(?:final[ \t]{1,8})?answer(?:[ \t]{1,8}is)?[*_ \t]{0,8}[:：]|####",
    re.IGNORECASE,
)
_LOOSE_MARKER = re.compile(
    _MARKER.pattern + r"|答案[是为](?![否什])|\bthe (?:final |correct )?answer is\b", re.IGNORECASE
)
_SECTION = re.compile(
    r"^[ \t*_#>【]*+(?:最[终后])?答案?[ \t*_】]*+(?:[:：]|$)|最[终后]答案[ \t*_】]*+[:：是为]"
    r"|^[ \t*_#>]*+(?:the )?(?:final )?answer[ \t*_]*+(?:[:：]|$)|\bfinal answer[ \t*_]*+(?:[:：]|is\b)",
    re.IGNORECASE | re.MULTILINE,
)
_BOXED = re.compile(r"\\(?:f?boxed)[ \t]*\{")
_FENCE_OPEN = re.compile(r"^[ \t]{0,3}(```++|~~~++)[ \t]*+([\w+#.-]*+)[^\n`]*+$")
_QUOTES = (('"', '"'), ("'", "'"), ("“", "”"), ("‘", "’"), ("「", "」"), ("『", "』"), ("《", "》"), ("`", "`"))
_WRAPPINGS = 4
"""Layers of quotation marks and full stops that are taken off; more is no wrapping."""
_STOPS = ".。!！．;；"
_OPENER = re.compile(
    r"^(?:好的|好|当然(?:可以)?|没问题|可以的?|收到|明白了?|嗯"
    r"|sure|certainly|of course|absolutely|okay|ok|great|no problem)"
    r"(?![\w一-鿿])[^\n]{0,80}$"
    r"|^(?:(?:以下|下面|这)(?:就?是|为)|here(?:'s|’s| is| are)|below (?:is|are)|the following (?:is|are))"
    r"[^\n]{0,80}[:：]$",
    re.IGNORECASE,
)
_CLOSER = re.compile(
    r"^(?:希望(?:以上|这|对|能|可以|我)|如果?(?:您|你|还)?[^\n]{0,20}(?:问题|需要|帮助|疑问|修改|调整)|如需|祝您?"
    r"|有(?:任何|其他)[^\n]{0,6}(?:问题|需要)|以上就?是|i hope|hope (?:this|that|it)|let me know|feel free"
    r"|if you (?:have|need|want|would|'d)|is there anything)[^\n]{0,120}$",
    re.IGNORECASE,
)


def half_width(text: str) -> str:
    """Full-width Latin letters, digits, marks and the ideographic space as their ASCII forms; nothing else changes."""
    return text.translate(_FULL_WIDTH)


def lines(text: str) -> list[str]:
    """The non-blank lines, stripped. Only real line ends count: U+2028 and U+0085 belong to a line."""
    return [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]


def part(text: str, where: str, *, loose: bool = False) -> str:
    """The part of an answer a check reads, stripped; `loose` also knows "the answer is" without a colon."""
    text = text.strip()
    if where == "whole":
        return text
    if where == "answer":
        return _final_answer(text, loose=loose)
    if where == "answer_section" and (heading := _last(_SECTION, text)):
        return text[heading.end() :].strip()
    found = lines(text)
    if not found:
        return ""
    return found[0] if where == "first_line" else found[-1]


def _final_answer(text: str, *, loose: bool) -> str:
    marker = _last(_LOOSE_MARKER if loose else _MARKER, text)
    boxed = _last(_BOXED, text)
    if boxed is not None and (marker is None or boxed.start() > marker.start()):
        inner = _braced(text, boxed.end())
        if inner is not None:
            return inner.strip()
    if marker is not None:
        rest = lines(text[marker.end() :])
        # "**Answer:** 42": the emphasis that closes around the marker is not part of the answer
        while rest and not rest[0].strip(_CLOSING):
            del rest[0]
        if rest:
            head = text[: marker.start()].rpartition("\n")[2]
            return _drop_closing(head, rest[0])
    found = lines(text)
    return found[-1] if found else ""


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    last = deque(pattern.finditer(text), maxlen=1)
    return last[0] if last else None


def _drop_closing(head: str, rest: str) -> str:
    for mark in ("**", "__", "*", "_"):
        if head.rstrip(" \t").endswith(mark) and rest.startswith(mark) and not rest.endswith(mark):
            return rest[len(mark) :].strip()
    return rest


def _braced(text: str, start: int) -> str | None:
    depth = 1
    for at in range(start, min(len(text), start + 2000)):
        if text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return text[start:at]
    return None


# ---------------------------------------------------------------------------------------------------- fences
def fenced_blocks(text: str) -> list[tuple[str, str]]:
    """(language, content) of each fenced block in order; a block that is never closed runs to the end of the text."""
    blocks: list[tuple[str, str]] = []
    fence = language = ""
    content: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if fence:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                blocks.append((language, "\n".join(content)))
                fence = ""
            else:
                content.append(line)
        elif found := _FENCE_OPEN.match(line):
            fence, language, content = found.group(1), found.group(2).lower(), []
    if fence:
        blocks.append((language, "\n".join(content)))
    return blocks


def without_code(text: str) -> str:
    """The text without fenced blocks, inline code and addresses."""
    kept: list[str] = []
    fence = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        if fence:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif found := _FENCE_OPEN.match(line):
            fence = found.group(1)
        else:
            kept.append(line)
    plain = re.sub(r"`[^`\n]*`", " ", "\n".join(kept))
    plain = re.sub(r"\]\([^()\s]*\)", "] ", plain)
    return re.sub(r"(?:https?|ftp)://[!-~]+|www\.[!-~]+|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}", " ", plain)


# ---------------------------------------------------------------------------------------------------- forgiving
def forgive(text: str) -> str:
    """The answer without its wrapping: one fence around all of it, a polite first and last line, markdown emphasis."""
    found = text.strip().replace("\r\n", "\n").split("\n")
    while len(found) > 1 and (not found[0].strip() or _OPENER.match(found[0].strip().strip("*_"))):
        del found[0]
    while len(found) > 1 and (not found[-1].strip() or _CLOSER.match(found[-1].strip().strip("*_"))):
        del found[-1]
    stripped = "\n".join(found).strip()
    opened = _FENCE_OPEN.match(found[0]) if found else None
    if opened and len(found) > 2 and found[-1].strip() == opened.group(1):
        stripped = "\n".join(found[1:-1]).strip()
    return without_emphasis(stripped)


def without_emphasis(text: str) -> str:
    """Markdown marks taken off: bold, italics, inline code, heading and quote signs at the start of a line."""
    text = re.sub(r"^[ \t]{0,3}(?:#{1,6}[ \t]+|>[ \t]?)", "", text, flags=re.MULTILINE)
    text = re.sub(r"\*{2,3}|(?<![\w_])__(?=\S)|(?<=\S)__(?![\w_])|`", "", text)
    return re.sub(r"(?<![\w*])\*(?=[^\s*])|(?<=[^\s*])\*(?![\w*])", "", text)


def unquoted(text: str) -> str:
    """The text without surrounding quotation marks, a pair of dollar signs and a full stop behind."""
    for _ in range(_WRAPPINGS):
        text = text.strip()
        if len(text) > 1 and text[-1] in _STOPS:
            text = text[0] + text[1:].rstrip(_STOPS + " \t\n")
        for opening, closing in _QUOTES:
            if len(text) > 1 and text[0] == opening and text[-1] == closing:
                text = text[1:-1]
        if len(text) > 2 and text[0] == text[-1] == "$":
            text = text[1:-1]
    return text


def folded(text: str, *, case: bool) -> str:
    """Half-width, single spaces, no thousands separators; letters in one case unless `case` matters."""
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", half_width(text))
    text = " ".join(text.split())
    return text if case else text.casefold()
