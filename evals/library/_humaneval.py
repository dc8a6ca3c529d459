"""The tests of HumanEval as calls whose results are compared outside the sandbox.

There the tests are a function `check(candidate)` of asserts that runs beside the code under test, where an object that
equals everything passes. Here each assert becomes a case of a `python_tests` check wherever its form allows.
"""

from __future__ import annotations

import ast
from typing import Any


def test_cases(source: str, entry: str) -> dict[str, Any]:
    """The arguments of a `python_tests` check. Raises SyntaxError, or ValueError when there is no `check` function.

    `assert candidate(ARGS) == VALUE` with plain values becomes a call and a value; another assert becomes an expression
    that must give true. Tests with loops or helpers stay whole, as one expression.
    """
    tree = ast.parse(source)
    check = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "check"), None)
    if check is None or not check.args.args:
        raise ValueError("no function check(candidate)")
    candidate = check.args.args[0].arg
    statements = [node for node in check.body if not _is_docstring(node)]
    helpers = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node is not check]
    if helpers or not all(isinstance(node, ast.Assert) for node in statements):
        whole = f"(check({entry}), True)[1]"
        return {"entry": entry, "setup": source, "cases": [{"expr": whole, "returns": True}]}
    asserts = [node for node in statements if isinstance(node, ast.Assert) and not _is_trivial(node)]
    return {"entry": entry, "cases": [_case(node.test, candidate, entry) for node in asserts]}


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_trivial(node: ast.Assert) -> bool:
    """`assert True, "…"`, which the set has as padding."""
    return isinstance(node.test, ast.Constant) and bool(node.test.value)


def _case(test: ast.expr, candidate: str, entry: str) -> dict[str, Any]:
    if (
        isinstance(test, ast.Compare)
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.Eq)
        and isinstance(test.left, ast.Call)
        and isinstance(test.left.func, ast.Name)
        and test.left.func.id == candidate
        and not test.left.keywords
    ):
        try:
            args = [_plain(ast.literal_eval(argument)) for argument in test.left.args]
            return {"args": args, "returns": _plain(ast.literal_eval(test.comparators[0]))}
        except ValueError:
            pass
    renamed = _Renamed(candidate, entry).visit(test)
    return {"expr": f"bool({ast.unparse(renamed)})", "returns": True}


def _plain(value: Any) -> Any:
    """The value if JSON carries it to the other side as it is; ValueError when a call would get another type."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(item) for key, item in value.items()}
    raise ValueError("not a plain value")


class _Renamed(ast.NodeTransformer):
    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(id=self.new, ctx=node.ctx) if node.id == self.old else node
