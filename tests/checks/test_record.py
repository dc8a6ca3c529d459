"""What an author is told about a malformed check."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.checks import needs_sandbox, validate_check
from evals.checks._record import FORMS, SANDBOXED
from tests.checks.test_pure import FUZZED

WRONG: list[tuple[Any, str]] = [
    ("exact", "not a text"),
    ({"args": {}}, 'needs a "type"'),
    ({"type": "exakt", "args": {}}, 'unknown check "exakt"; did you mean "exact"?'),
    ({"type": "line_count_matches", "args": {}}, '"count" with unit "lines"'),
    ({"type": "exact", "value": "x"}, 'stand inside "args"'),
    ({"type": "exact", "args": []}, '"args" must be a table'),
    ({"type": "exact", "args": {}}, "needs value"),
    ({"type": "exact", "args": {"value": "x", "wher": "whole"}}, 'unknown argument "wher"; did you mean "where"?'),
    ({"type": "exact", "args": {"value": 3}}, '"value" must be a text'),
    ({"type": "exact", "args": {"value": "x", "where": "last"}}, "one of whole, first_line"),
    ({"type": "numeric", "args": {"value": "many"}}, "one number"),
    ({"type": "numeric", "args": {"value": "1 or 2"}}, "one number"),
    ({"type": "numeric", "args": {"value": "1", "tolerance": -1}}, "0 or more"),
    ({"type": "numeric", "args": {"value": "1", "tolerance": float("nan")}}, "not plain JSON"),
    ({"type": "one_of", "args": {"values": "A"}}, "a list of texts"),
    ({"type": "regex", "args": {"pattern": "(a"}}, "pattern Python's re accepts"),
    ({"type": "regex", "args": {"pattern": r"\p{Han}"}}, "pattern Python's re accepts"),
    ({"type": "regex", "args": {"pattern": "a", "flags": "x"}}, '"i", "s"'),
    ({"type": "contains", "args": {}}, "needs all or any"),
    ({"type": "count", "args": {"unit": "word", "min": 1}}, 'did you mean "words"?'),
    ({"type": "count", "args": {"unit": "words"}}, "needs min or max"),
    ({"type": "count", "args": {"unit": "words", "min": 5, "max": 2}}, "more than max"),
    ({"type": "count", "args": {"unit": "words", "min": True}}, "a whole number"),
    ({"type": "json_fields", "args": {"fields": {"a": {"type": "text"}}}}, "known are string"),
    ({"type": "json_fields", "args": {"fields": {"a": {"regex": "("}}}}, "pattern Python's re accepts"),
    ({"type": "language", "args": {"lang": "zh", "min_share": 80}}, "from 0 to 1"),
    ({"type": "starts_with", "args": {}}, "either value or values"),
    ({"type": "python_tests", "args": {"entry": "f", "cases": "[]"}}, "at least one"),
    ({"type": "python_tests", "args": {"cases": [{"args": [], "returns": 1}]}}, '"entry"'),
    ({"type": "python_tests", "args": {"entry": "f", "cases": [{"args": []}]}}, '"returns" or "raises"'),
    ({"type": "python_tests", "args": {"entry": "f", "cases": [{"args": 3, "returns": 1}]}}, 'malformed "args"'),
    ({"type": "python_tests", "args": {"entry": "f", "cases": [{"expr": "f(", "returns": 1}]}}, "no expression"),
    ({"type": "python_tests", "args": {"entry": "f", "cases": [{"arg": [], "returns": 1}]}}, 'did you mean "args"?'),
    ({"type": "python_tests", "args": {"entry": "f", "cases": [{"args": [{1}], "returns": 1}]}}, "not plain JSON"),
    ({"type": "python_tests", "args": {"entry": "f", "cases": [{"returns": 1}], "timeout_s": 600}}, "at most 60"),
    ({"type": "python_kills", "args": {"module": "def f(:", "mutants": ["x = 1"]}}, "Python code that can be read"),
    ({"type": "python_kills", "args": {"module": "x = 1", "mutants": ["x = 1\n"]}}, "mutant 1 is the right module"),
    ({"type": "sql_rows", "args": {"setup": "create table t (a)", "rows": [1]}}, "a list of rows"),
]

GOOD = [
    {
        "type": "python_tests",
        "args": {"entry": "f", "cases": [{"args": [1], "kwargs": {"b": 2}, "returns": [1, None]}]},
    },
    {"type": "python_tests", "args": {"cases": [{"expr": "f(1) + g(2)", "returns": 3, "approx": 1e-9}]}},
    {"type": "python_output", "args": {"value": "1\n", "stdin": "2"}},
    {"type": "python_kills", "args": {"module": "x = 1", "mutants": ["x = 2"], "timeout_s": 2}},
    {"type": "sql_rows", "args": {"setup": "create table t (a)", "rows": [[1, "x", None]], "ordered": True}},
    *({"type": kind, "args": args} for kind, args in FUZZED),
]


@pytest.mark.parametrize(("record", "message"), WRONG)
def test_malformed_check_is_explained(record: Any, message: str) -> None:
    """The message says which argument is wrong and what it must be."""
    found = validate_check(record)
    assert found is not None
    assert message in found
    assert "\n" not in found


@pytest.mark.parametrize("record", GOOD)
def test_well_formed_check_is_accepted(record: dict[str, Any]) -> None:
    """Every form of the table is accepted."""
    assert validate_check(record) is None
    assert needs_sandbox(record) == (record["type"] in SANDBOXED)


def test_every_type_has_an_example() -> None:
    """No check is left out of these tests."""
    assert {str(record["type"]) for record in GOOD} == set(FORMS)


@given(
    st.sampled_from(sorted(FORMS)),
    st.dictionaries(
        st.sampled_from(
            [
                "value",
                "values",
                "where",
                "case",
                "fields",
                "cases",
                "entry",
                "unit",
                "min",
                "max",
                "pattern",
                "rows",
                "mutants",
                "module",
            ]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
            max_leaves=4,
        ),
        max_size=4,
    ),
)
def test_any_record_is_judged(kind: str, args: dict[str, Any]) -> None:
    """No arguments crash the validation."""
    found = validate_check({"type": kind, "args": args})
    assert found is None or found.startswith("check ")
