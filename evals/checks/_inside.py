"""The program that runs inside the sandbox: reads one job from standard input, runs the answer's code, reports values.

It is handed to the sandbox as text and never imported by the package. It knows what to call, never what is wanted:
the comparison happens outside, so that code which reads, patches or forges anything in here gains nothing by it.
Standard library only, and nothing newer than Python 3.9, because the sandbox may have an older Python.
"""

# ruff: noqa: S102, SLF001, N818, B905, B010, ARG005
from __future__ import annotations

import builtins
import json
import math
import os
import resource
import sys
import types
from collections.abc import Callable
from typing import Any

READY = b"\0ready\n"
"""The first bytes on standard output, before any code of the answer runs: the sandbox itself has come up."""

Job = dict[str, Any]
Send = Callable[[Job], None]


def main() -> None:
    """Read the job, bind the limits, run it."""
    job = json.loads(sys.stdin.buffer.read())
    for name, value in job["limits"].items():
        number = getattr(resource, "RLIMIT_" + name)
        hard = resource.getrlimit(number)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        # one second more until the kill that cannot be caught
        ceiling = value + 1 if name == "CPU" and (hard == resource.RLIM_INFINITY or hard > value) else value
        resource.setrlimit(number, (value, ceiling))
    setattr(builtins, "exit", sys.exit)  # the interpreter runs without `site`, which brings these two
    setattr(builtins, "quit", sys.exit)
    os.write(1, READY)
    MODES[job["mode"]](job)


def _channel() -> Send:
    """A way out for results; what the answer prints goes nowhere from here on."""
    out = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(null, standard)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    dumps, write = json.dumps, os.write

    def send(message: Job) -> None:
        data = (dumps(message) + "\n").encode()
        while data:
            data = data[write(out, data) :]

    return send


# ---------------------------------------------------------------------------------------------------- values
def _plain(value: Any, depth: int = 0) -> Any:
    """The value as plain JSON, tuples as lists. Raises TypeError for anything JSON has no word for."""
    if depth > 90:
        raise TypeError("a value nested more than 90 levels deep")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise TypeError(f"the number {float(value)!r}, which JSON has no word for")
        return float(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_key(key): _plain(item, depth + 1) for key, item in value.items()}
    raise TypeError("a value of type " + type(value).__name__)


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str(key)
    if key is None or isinstance(key, (bool, int, float)):
        return json.dumps(key)
    raise TypeError("a key of type " + type(key).__name__)


def _raised(error: BaseException) -> Job:
    names = [kind.__name__ for kind in type(error).__mro__ if kind is not object]
    try:
        message = str(error)[:200]
    except BaseException:  # noqa: BLE001 - the class is the answer's own
        message = ""
    return {"raised": names, "message": message}


# ---------------------------------------------------------------------------------------------------- code
def _module(name: str) -> types.ModuleType:
    module = types.ModuleType(name)
    sys.modules[name] = module
    return module


def _compile(blocks: list[str]) -> tuple[Any, int]:
    """(code, number of blocks left out): all blocks joined, or those that are Python when the whole is not."""
    try:
        return compile("\n\n".join(blocks), "<answer>", "exec", dont_inherit=True), 0
    except SyntaxError:
        kept = [block for block in blocks if _is_python(block)]
        if not kept or len(kept) == len(blocks):
            raise
        return compile("\n\n".join(kept), "<answer>", "exec", dont_inherit=True), len(blocks) - len(kept)


def _is_python(block: str) -> bool:
    try:
        compile(block, "<answer>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def run_tests(job: Job) -> None:
    """Define what the answer defines, then make each call."""
    send = _channel()
    _pytest()  # an answer may bring tests of its own along
    module = _module("answer")
    try:
        exec(job["setup"], module.__dict__)
        code, skipped = _compile(job["blocks"])
        exec(code, module.__dict__)
    except BaseException as error:  # noqa: BLE001 - SystemExit too: code that ends the program has not answered
        send({"stage": "load", **_raised(error)})
        os._exit(0)
    send({"stage": "loaded", "skipped": skipped})
    for number, text in enumerate(job["calls"]):
        send({"case": number, **_outcome(module.__dict__, job["entry"], json.loads(text))})
    os._exit(0)  # not through the answer's atexit hooks and threads


def _outcome(names: dict[str, Any], entry: str, call: Job) -> Job:
    try:
        if "expr" in call:
            value = eval(call["expr"], names)  # noqa: S307 - the author's expression, in the sandbox
        elif entry not in names:
            return {"odd": "nothing called " + entry + " is defined"}
        else:
            value = names[entry](*call.get("args", ()), **call.get("kwargs", {}))
        if isinstance(value, types.CoroutineType):
            import asyncio

            value = asyncio.run(value)
    except BaseException as error:  # noqa: BLE001
        return _raised(error)
    try:
        return {"value": json.dumps(_plain(value))}
    except BaseException as error:  # noqa: BLE001 - a value with methods of its own
        return {"odd": "gave " + (str(error)[:200] if isinstance(error, TypeError) else "a value that cannot be read")}


def run_output(job: Job) -> None:
    """Run the answer as a program; its standard output is the result."""
    path = "/tmp/.stdin" if os.access("/tmp", os.W_OK) else ".stdin"  # noqa: S108 - private to the sandbox
    with open(path, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123
        file.write(job["stdin"])
    os.dup2(os.open(path, os.O_RDONLY), 0)
    os.unlink(path)  # noqa: PTH108
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    code, _ = _compile(job["blocks"])
    exec(code, _module("__main__").__dict__)


def run_sql(job: Job) -> None:
    """Make the tables, run the one statement, report its rows."""
    send = _channel()
    try:
        import sqlite3
    except ImportError:
        send({"missing": "sqlite3"})
        return
    base = sqlite3.connect(":memory:")
    base.executescript(job["setup"])
    base.commit()
    send({"stage": "loaded"})
    try:
        found = base.execute(job["sql"]).fetchmany(job["most"])
        send({"rows": json.dumps(_plain(found))})
    except Exception as error:  # noqa: BLE001
        send(_raised(error))


# ---------------------------------------------------------------------------------------------------- test code
class _Failure(AssertionError):
    """What `pytest.fail` raises."""


class _Raises:
    def __init__(self, expected: Any, match: str | None = None) -> None:
        self.expected, self.match = expected, match
        self.value: Any = None

    def __enter__(self) -> _Raises:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if error is None:
            raise _Failure("did not raise")
        if not isinstance(error, self.expected):
            return False
        self.value = error
        import re

        if self.match is not None and not re.search(self.match, str(error)):
            raise _Failure("the message does not match")
        return True


class _Approx:
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, wanted: Any, rel: float = 1e-6, abs: float = 1e-12) -> None:  # noqa: A002
        self.wanted, self.rel, self.abs = wanted, rel or 1e-6, abs or 1e-12

    def __eq__(self, other: object) -> bool:
        return self._near(self.wanted, other)

    def _near(self, a: Any, b: Any) -> bool:
        if isinstance(a, (list, tuple)):
            return isinstance(b, (list, tuple)) and len(a) == len(b) and all(map(self._near, a, b))
        if isinstance(a, dict):
            return isinstance(b, dict) and a.keys() == b.keys() and all(self._near(a[k], b[k]) for k in a)
        return bool(a == b) or math.isclose(a, b, rel_tol=self.rel, abs_tol=self.abs)


class _Marks:
    @staticmethod
    def parametrize(names: Any, rows: Any, **_: Any) -> Any:
        keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)

        def mark(test: Any) -> Any:
            tables = [dict(zip(keys, row if len(keys) > 1 else (row,))) for row in rows]
            before = getattr(test, "_tables", [{}])
            test._tables = [{**a, **b} for a in before for b in tables]
            return test

        return mark

    def __getattr__(self, name: str) -> Any:
        return lambda *a, **k: a[0] if len(a) == 1 and not k and callable(a[0]) else lambda test: test


def _pytest() -> types.ModuleType:
    """The few names of pytest that test code in answers uses."""
    module = _module("pytest")

    def raises(expected: Any, call: Any = None, *args: Any, match: str | None = None, **kwargs: Any) -> Any:
        context = _Raises(expected, match)
        if call is None:
            return context
        with context:
            call(*args, **kwargs)
        return context

    def fixture(test: Any = None, **_: Any) -> Any:
        if test is None:
            return fixture
        test._fixture = True
        return test

    def fail(reason: str = "") -> None:
        raise _Failure(reason)

    module.__dict__.update(
        raises=raises, fixture=fixture, fail=fail, approx=_Approx, mark=_Marks(), main=lambda *a, **k: 0
    )
    module.__dict__["param"] = lambda *values, **_: values if len(values) > 1 else values[0]
    return module


def run_kills(job: Job) -> None:
    """Run the answer's tests against one version of the module `subject`; report whether they pass."""
    send = _channel()
    _pytest()
    exec(job["module"], _module("subject").__dict__)
    module = _module("test_answer")
    sys.modules["__main__"] = module  # a bare unittest.main() looks there
    send({"stage": "loaded"})
    ran = 0
    try:
        code, _ = _compile(job["blocks"])
        try:
            exec(code, module.__dict__)
        except SystemExit as stop:
            if stop.code:
                raise
        for test in _tests(module):
            test()
            ran += 1
        send({"passed": True, "ran": ran})
    except BaseException as error:  # noqa: BLE001
        send({"passed": False, "ran": ran, **_raised(error)})
    os._exit(0)


def _tests(module: types.ModuleType) -> list[Callable[[], Any]]:
    import unittest

    tests: list[Callable[[], Any]] = []
    for name, value in list(module.__dict__.items()):
        if isinstance(value, types.FunctionType) and name.startswith("test"):
            tests.extend(_calls(module, value))
        elif isinstance(value, type) and issubclass(value, unittest.TestCase):
            tests.append(lambda case=value: _run_unittest(case))  # type: ignore[misc]
        elif isinstance(value, type) and name.startswith("Test") and value.__module__ == module.__name__:
            methods = [method for method in vars(value) if method.startswith("test")]
            tests.extend(lambda kind=value, method=method: _run_method(kind, method) for method in methods)  # type: ignore[misc]
    return tests


def _calls(module: types.ModuleType, test: Any) -> list[Callable[[], Any]]:
    wanted = test.__code__.co_varnames[: test.__code__.co_argcount]

    def call(table: dict[str, Any]) -> None:
        test(**{name: table[name] if name in table else _fixture(module, name) for name in wanted})

    return [lambda table=table: call(table) for table in getattr(test, "_tables", [{}])]  # type: ignore[misc]


def _fixture(module: types.ModuleType, name: str) -> Any:
    make = getattr(module, name)
    if not getattr(make, "_fixture", False):
        raise LookupError("there is no fixture " + name)
    value = make()
    return next(value) if isinstance(value, types.GeneratorType) else value


def _run_method(kind: Any, method: str) -> None:
    test = getattr(kind(), method)
    getattr(test.__self__, "setup_method", lambda *_: None)()
    for table in getattr(test, "_tables", [{}]):
        test(**table)


def _run_unittest(kind: Any) -> None:
    import unittest

    outcome = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(kind).run(outcome)
    if not outcome.wasSuccessful():
        reports = [text for _, text in outcome.failures + outcome.errors]
        raise _Failure(reports[0][-200:] if reports else "a test failed")


MODES = {"tests": run_tests, "output": run_output, "kills": run_kills, "sql": run_sql}

if __name__ == "__main__":
    main()
