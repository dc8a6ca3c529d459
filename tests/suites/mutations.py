"""Answers made worse on purpose: texts with something dropped or changed, and programs with one thing wrong."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hypothesis import Phase, find, settings
from hypothesis.strategies import from_regex

_SENTENCE = re.compile(r"(?<=[。！？!?；;])|(?<=[.,，、：:]\s)|\n")
_NUMBER = re.compile(r"\d+")
_DIGITS = str.maketrans(
    "0123456789０１２３４５６７８９一二三四五六七八九壹贰叁肆伍陆柒捌玖",
    "1234567890１２３４５６７８９０二三四五六七八九一贰叁肆伍陆柒捌玖壹",
)
_WIDTHS = str.maketrans("，。：；！？（）,.:;!?()", ",.:;!?()，。：；！？（）")
_PLAIN = ("这是一个与题目无关的回答，只为凑数。", "This reply has nothing to do with the task.", "")


def worse_texts(text: str, check: Mapping[str, Any]) -> Iterator[str]:
    """Texts near a right answer that a check of its kind should refuse, the likeliest first."""
    args = check["args"]
    yield from _own_mutants(text, check["type"], args)
    pieces = [piece for piece in _SENTENCE.split(text) if piece]
    for number in range(len(pieces)):
        yield "".join(pieces[:number] + pieces[number + 1 :])
    lines = text.split("\n")
    for number in range(len(lines)):
        yield "\n".join(lines[:number] + lines[number + 1 :])
    yield text.translate(_DIGITS)
    for found in _NUMBER.finditer(text):
        yield text[: found.start()] + str(int(found[0]) + 1) + text[found.end() :]
    yield "\n".join(f"{line} and some more of it" for line in lines)
    yield "\n".join([text, text])
    yield "\n\n".join([text] * 4)
    yield text[: len(text) // 2]
    yield "\n".join(reversed(lines))
    yield text.translate(_WIDTHS)
    yield from _PLAIN


def _own_mutants(text: str, kind: str, args: Mapping[str, Any]) -> Iterator[str]:
    """What this kind of check is about."""
    if kind == "absent":
        for value in args["values"]:
            yield f"{text} {value}"
            yield f"{value}{text}"
    elif kind == "contains":
        for item in [*args.get("all", ()), args.get("any", ())]:
            cut = text
            for word in [item] if isinstance(item, str) else item:
                cut = re.sub(re.escape(word), "", cut, flags=re.IGNORECASE)
            yield cut
    elif kind == "script":
        yield f"{text}體國學" if args["script"] == "simplified" else f"{text}体国学"
    elif kind == "language":
        yield " ".join(_PLAIN[1 if args["lang"] == "zh" else 0] for _ in range(2 + len(text) // 8))
    elif kind in ("starts_with", "ends_with"):
        yield f"嗯，{text}啊"
    elif kind == "regex":
        yield from _pattern_mutants(text, str(args["pattern"]), str(args.get("flags", "")))


def _pattern_mutants(text: str, pattern: str, flags: str) -> Iterator[str]:
    for word in sorted(set(re.findall(r"[A-Za-z]{3,}|[\u3400-\u9fff]{2,}", pattern))):
        yield f"{text}\n{word}"
        yield f"{word} {text}"
        yield re.sub(re.escape(word), "", text, flags=re.IGNORECASE)
    for mark in "!！?？;；—-*#|、，,。.：:“\"'（(":
        yield f"{text}{mark}"
        yield f"{mark}{text}"
        yield text.replace(mark, "")
    yield text.upper()
    yield text.lower()
    yield f"{text} 7"
    if refused := _refused_by(pattern, flags):
        yield f"{refused}\n{text}"


_ONE = settings(derandomize=True, database=None, phases=[Phase.generate], max_examples=1)


def _refused_by(pattern: str, flags: str) -> str:
    """A text that a pattern of the form `\\A(?!…)` is there to refuse, "" for patterns of another form."""
    if not (pattern.startswith(r"\A(?!") and pattern.endswith(")")):
        return ""
    inner = re.compile(rf"\A(?:{pattern[5:-1]})", re.MULTILINE | (re.IGNORECASE if "i" in flags else 0))
    return str(find(from_regex(inner), lambda text: True, settings=_ONE))


# --------------------------------------------------------------------------------------------- programs
def worse_programs(source: str) -> Iterator[tuple[str, str]]:
    """(what was changed, source) for each single change of a Python program: operator, bound, condition, constant."""
    tree = ast.parse(source)
    places = [node for node in ast.walk(tree) if type(node) in _CHANGES]
    for number, node in enumerate(places):
        for what, change in _CHANGES[type(node)](node):
            mutant = copy.deepcopy(tree)
            target = [n for n in ast.walk(mutant) if type(n) in _CHANGES][number]
            change(target)
            yield f"line {getattr(node, 'lineno', 0)}: {what}", ast.unparse(ast.fix_missing_locations(mutant))


Changes = Iterator[tuple[str, Callable[[Any], None]]]

_FLIPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def _compare(node: ast.Compare) -> Changes:
    flip = _FLIPS.get(type(node.ops[0]))
    if flip is not None:
        yield f"{type(node.ops[0]).__name__} to {flip.__name__}", lambda n: n.ops.__setitem__(0, flip())


def _binary(node: ast.BinOp | ast.BoolOp) -> Changes:
    flip = _FLIPS.get(type(node.op))
    if flip is not None:
        yield f"{type(node.op).__name__} to {flip.__name__}", lambda n: setattr(n, "op", flip())


def _constant(node: ast.Constant) -> Changes:
    if type(node.value) is int:
        yield "constant + 1", lambda n: setattr(n, "value", n.value + 1)
    elif type(node.value) is bool:
        yield "constant negated", lambda n: setattr(n, "value", not n.value)


def _if(node: ast.If | ast.While | ast.IfExp) -> Changes:
    yield "condition negated", lambda n: setattr(n, "test", ast.UnaryOp(op=ast.Not(), operand=n.test))


def _return(node: ast.Return) -> Changes:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield "returns None", lambda n: setattr(n, "value", ast.Constant(value=None))


_CHANGES: dict[type[ast.AST], Callable[[Any], Changes]] = {
    ast.Compare: _compare,
    ast.BinOp: _binary,
    ast.BoolOp: _binary,
    ast.Constant: _constant,
    ast.If: _if,
    ast.While: _if,
    ast.IfExp: _if,
    ast.Return: _return,
}
