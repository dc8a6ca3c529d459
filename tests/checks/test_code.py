"""The checks that run code: what passes, what fails, and what the author reads about it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from evals.checks import CheckResult, Sandbox, run_checks
from evals.checks._code import code_blocks
from evals.records import Prompt
from tests.checks.test_sandbox import works

__all__ = ["works"]
pytestmark = pytest.mark.usefixtures("works")

P, L, F = (True, True), (False, True), (False, False)
MODULE = "def absolute(n):\n    return -n if n < 0 else n"
MUTANTS = [
    "def absolute(n):\n    return n",
    "def absolute(n):\n    return -n",
    "def absolute(n):\n    while True: pass",
]
SETUP = "create table t (name text, n real); insert into t values ('甲', 1), ('乙', 2.5), ('甲', 3);"

BY_PYTEST = """
import pytest, subject
@pytest.mark.parametrize("a, b", [(-2, 2), (3, 3)])
def test_it(a, b):
    assert subject.absolute(a) == pytest.approx(b)
def test_raises():
    with pytest.raises(TypeError):
        subject.absolute("x")
"""
BY_UNITTEST = """
import unittest
from subject import absolute
class T(unittest.TestCase):
    def test_it(self):
        self.assertEqual(absolute(-2), 2)
        self.assertEqual(absolute(3), 3)
if __name__ == "__main__":
    unittest.main()
"""


def _results(checks: Sequence[dict[str, Any]], text: str) -> tuple[CheckResult, ...]:
    prompt = Prompt(suite="s", id="p", messages=(), checks=tuple(checks))

    async def go() -> tuple[CheckResult, ...]:
        return await run_checks(prompt, text, Sandbox(processes=2))

    return asyncio.run(go())


def _tests(*cases: dict[str, Any], **args: Any) -> dict[str, Any]:
    return {"type": "python_tests", "args": {"entry": "f", "cases": list(cases), **args}}


def _kills(**args: Any) -> dict[str, Any]:
    return {"type": "python_kills", "args": {"module": MODULE, "mutants": MUTANTS, "timeout_s": 1, **args}}


def _sql(rows: list[list[Any]], **args: Any) -> dict[str, Any]:
    return {"type": "sql_rows", "args": {"setup": SETUP, "rows": rows, **args}}


CASES: list[tuple[str, dict[str, Any], str, tuple[bool, bool], str]] = [
    ("right", _tests({"args": [2], "returns": 4}), "答：\n```python\ndef f(n): return n * n\n```\n完", P, ""),
    ("wrong", _tests({"args": [3], "returns": 9}), "def f(n): return n", F, "case 1: f(3) gave 3, wanted 9"),
    ("keywords", _tests({"args": [1], "kwargs": {"b": 2}, "returns": 3}), "def f(a, *, b): return a + b", P, ""),
    ("expression", _tests({"expr": "f(1) + g(2)", "returns": 3}), "def f(n): return n\ng = f", P, ""),
    ("tuple and int keys", _tests({"args": [], "returns": {"1": [1, 2]}}), "def f(): return {1: (1, 2)}", P, ""),
    ("set", _tests({"args": [], "returns": [1]}), "def f(): return {1}", F, "a value of type set"),
    ("nan", _tests({"args": [], "returns": 0}), "def f(): return float('nan')", F, "the number nan"),
    ("true is not one", _tests({"args": [], "returns": True}), "def f(): return 1", F, "gave 1, wanted true"),
    ("float by value", _tests({"args": [], "returns": 3}), "def f(): return 3.0", P, ""),
    ("not near", _tests({"args": [], "returns": 0.3}), "def f(): return 0.1 + 0.2", F, "0.30000000000000004"),
    ("near", _tests({"args": [], "returns": 0.3, "approx": 1e-9}), "def f(): return 0.1 + 0.2", P, ""),
    ("raises", _tests({"args": [], "raises": "ValueError"}), "def f(): raise UnicodeError('x')", P, ""),
    ("raises other", _tests({"args": [], "raises": "ValueError"}), "def f(): raise KeyError", F, "raised KeyError"),
    ("raises nothing", _tests({"args": [], "raises": "ValueError"}), "def f(): return 1", F, "did not raise"),
    ("setup", _tests({"args": [], "returns": 7}, setup="K = 7"), "def f(): return K", P, ""),
    ("coroutine", _tests({"args": [], "returns": 1}), "async def f(): return 1", P, ""),
    ("two blocks", _tests({"args": [], "returns": 1}), "```py\ndef g(): return 1\n```\n那么\n```py\nf = g\n```", P, ""),
    (
        "tests of its own",
        _tests({"args": [], "returns": 1}),
        "```py\ndef f(): return 1\n```\n```py\nimport pytest\n@pytest.fixture\ndef one(): return f()\n```",
        P,
        "",
    ),
    (
        "a transcript",
        _tests({"args": [], "returns": 1}),
        "```py\ndef f(): return 1\n```\n```py\n>>> f()\n1\n```",
        L,
        "not",
    ),
    ("not defined", _tests({"args": [], "returns": 1}), "def g(): return 1", F, "nothing called f"),
    ("syntax", _tests({"args": [], "returns": 1}), "def f(: return 1", F, "SyntaxError"),
    ("prose", _tests({"args": [], "returns": 1}), "我不会写程序。", F, "the code does not run"),
    ("prints a lot", _tests({"args": [], "returns": 1}), "print('x' * 9_000_000)\ndef f(): return 1", P, ""),
    ("loops", _tests({"args": [], "returns": 1}, timeout_s=1), "def f():\n    while True: pass", F, "processor time"),
    (
        "threads left",
        _tests({"args": [], "returns": 1}),
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\ndef f(): return 1",
        P,
        "",
    ),
    (
        "escapes in message",
        _tests({"args": [], "returns": 1}),
        "def f(): raise ValueError('\\x1b[31m\\u202e')",
        F,
        "ValueError",
    ),
    ("output", {"type": "python_output", "args": {"value": "3 5", "stdin": "3\n"}}, "print(input(), 5)", P, ""),
    ("output spaced", {"type": "python_output", "args": {"value": "a b"}}, "print('a   b\\n')", L, "printed"),
    ("output wrong", {"type": "python_output", "args": {"value": "a"}}, "print('b')", F, 'printed "b", wanted "a"'),
    ("output fails", {"type": "python_output", "args": {"value": "a"}}, "print('a'); 1 / 0", F, "ZeroDivisionError"),
    ("kills", _kills(), "from subject import absolute\nassert absolute(-2) == 2\nassert absolute(3) == 3", P, ""),
    (
        "kills by pytest",
        _kills(),
        BY_PYTEST,
        P,
        "",
    ),
    (
        "kills by unittest",
        _kills(),
        BY_UNITTEST,
        P,
        "",
    ),
    (
        "kills some",
        _kills(),
        "from subject import absolute\ndef test(): assert absolute(3) == 3",
        F,
        "wrong modules: 1 of 3",
    ),
    ("kills nothing", _kills(), "def test(): pass", F, "wrong modules"),
    (
        "fails on right",
        _kills(),
        "from subject import absolute\nassert absolute(-2) == -2",
        F,
        "fail on the right module",
    ),
    ("ends the program", _kills(), "import os\nos._exit(0)", F, "ended the program"),
    ("rows", _sql([["乙", 2.5], ["甲", 4]]), "```sql\nselect name, sum(n) from t group by name;\n```", P, ""),
    ("rows in order", _sql([["甲"], ["乙"]], ordered=True), "select distinct name from t order by n", P, ""),
    (
        "rows out of order",
        _sql([["乙"], ["甲"]], ordered=True),
        "select distinct name from t order by n",
        F,
        "gave 2 rows",
    ),
    ("rows as floats", _sql([[6.5]]), "select 6 + 0.1 * 5 from t limit 1", P, ""),
    ("no such table", _sql([]), "select * from u", F, "no such table"),
    ("two statements", _sql([[1]]), "select 1; select 1", F, "one statement"),
    (
        "endless",
        _sql([[1]], timeout_s=1),
        "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r",
        F,
        "processor time",
    ),
]


@pytest.mark.parametrize(
    ("check", "text", "wanted", "detail"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_code_is_judged(check: dict[str, Any], text: str, wanted: tuple[bool, bool], detail: str) -> None:
    """The outcome and what the author reads."""
    (result,) = _results([check], text)
    assert (result.status, result.strict, result.loose) == ("ok", *wanted), result.detail
    assert detail in result.detail
    assert result.detail.isprintable()


def test_all_checks_of_a_prompt_keep_their_order() -> None:
    """Readings and runs stand in the order of the prompt; a malformed one is an error."""
    checks = [
        {"type": "contains", "args": {"all": ["def"]}},
        _tests({"args": [], "returns": 1}),
        {"type": "python_tests"},
    ]
    found = _results(checks, "def f(): return 1")
    assert [(r.type, r.status, r.strict) for r in found] == [
        ("contains", "ok", True),
        ("python_tests", "ok", True),
        ("python_tests", "error", None),
    ]


def test_an_author_s_broken_setup_is_an_error() -> None:
    """A setup that fails is the suite's fault, not the model's."""
    (result,) = _results([{"type": "sql_rows", "args": {"setup": "create tabel t (a)", "rows": []}}], "select 1")
    assert (result.status, result.strict) == ("error", None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("```python\na\n```\n```js\nb\n```", ["a"]),
        ("```\na\n```", ["a"]),
        ("no fence", ["no fence"]),
        ("```python\nnever closed", ["never closed"]),
        ("~~~py\na\n~~~", ["a"]),
        ("````python\n```\ninner\n```\n````", ["```\ninner\n```"]),
    ],
)
def test_code_is_taken_from_fences(text: str, wanted: list[str]) -> None:
    """Fenced Python first, then fences without a language, then all."""
    assert code_blocks(text, ("python", "py")) == wanted
