"""The checks that run code of an answer: what goes into the sandbox, and the comparison of what comes out.

Expected values stay out here. The code gets the calls alone, so an object that equals everything, a forged result or
a look through the frames has nothing to find; a forged value passes only by being right.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from evals.checks._fields import same_value
from evals.checks._outcome import PASSED, CheckResult, Reading, failed, printable, quoted, result
from evals.checks._process import Ended
from evals.checks._pure import check_one
from evals.checks._record import needs_sandbox, validate_check
from evals.checks._sandbox import DEFAULT_TIMEOUT_S, Sandbox, SandboxError
from evals.checks._text import MAX_TEXT, fenced_blocks, half_width, lines
from evals.reading.strict import clip, strict_json
from evals.records import Prompt

Args = Mapping[str, Any]
Readings = tuple[Reading, Reading]

_PYTHON = ("python", "py", "python3", "py3", "pycon", "ipython")
_SQL = ("sql", "sqlite", "sqlite3", "mysql", "postgresql", "postgres", "tsql")
_MOST_ROWS = 10_000
_SAME = 1e-9
"""Relative and absolute difference up to which two figures of a database are the same."""


async def run_checks(prompt: Prompt, text: str, sandbox: Sandbox) -> tuple[CheckResult, ...]:
    """The results of all checks of a prompt on one answer, in their order.

    Code checks run in the sandbox; they are "unavailable" where its probe fails, and an "error" when the sandbox
    breaks down. Never raises for any text.
    """
    return tuple([await _run_one(check, text, sandbox) for check in prompt.checks])


async def _run_one(check: Mapping[str, Any], text: str, sandbox: Sandbox) -> CheckResult:
    kind = str(check.get("type"))
    if not needs_sandbox(check):
        # a pattern may take a second: not on the event loop
        return await asyncio.to_thread(check_one, check, text)
    why = validate_check(check)
    if why:
        return CheckResult(type=kind, status="error", detail=printable(why))
    probe = await sandbox.probe()
    if not probe.works:
        return CheckResult(type=kind, status="unavailable", detail=printable(str(probe), 900))
    try:
        strict, loose = await _RUNNERS[kind](check.get("args", {}), text[:MAX_TEXT], sandbox)
    except SandboxError as error:
        return CheckResult(type=kind, status="error", detail=printable(str(error)))
    return result(kind, strict, loose)


# ---------------------------------------------------------------------------------------------------- python_tests
async def _python_tests(args: Args, text: str, sandbox: Sandbox) -> Readings:
    cases: list[dict[str, Any]] = args["cases"]
    timeout_s = args.get("timeout_s", DEFAULT_TIMEOUT_S)
    job = {
        "mode": "tests",
        "blocks": code_blocks(text, _PYTHON),
        "setup": args.get("setup", ""),
        "entry": args.get("entry", ""),
        "calls": [json.dumps({key: case[key] for key in ("args", "kwargs", "expr") if key in case}) for case in cases],
    }
    ended = await sandbox.run(job, timeout_s=timeout_s)
    messages = _messages(ended)
    outcomes = {m["case"]: m for m in messages if type(m.get("case")) is int}
    for number, case in enumerate(cases):
        outcome = outcomes.get(number)
        why = _no_result(ended, messages, timeout_s) if outcome is None else _wrong(case, outcome)
        if why:
            shown = failed(why if outcome is None and not outcomes else f"case {number + 1}: {_call(args, case)} {why}")
            return shown, shown
    if any(m.get("stage") == "loaded" and m.get("skipped") for m in messages):
        return failed("a fenced Python block is not Python"), PASSED
    return PASSED, PASSED


def _wrong(case: Mapping[str, Any], outcome: Mapping[str, Any]) -> str:
    """What is wrong with the outcome of one call, "" when nothing."""
    raised = _names(outcome)
    if "raises" in case:
        return "" if case["raises"] in raised else f"did not raise {case['raises']} ({_shown(outcome)})"
    if "value" not in outcome:
        return f"{_shown(outcome)}, wanted {_brief(case['returns'])}"
    try:
        value = strict_json(str(outcome["value"]))
    except ValueError as error:
        return f"gave a value that cannot be read ({error})"
    if same_value(case["returns"], value, tolerance=case.get("approx", 0.0)):
        return ""
    return f"gave {_brief(value)}, wanted {_brief(case['returns'])}"


def _names(outcome: Mapping[str, Any]) -> list[str]:
    raised = outcome.get("raised")
    return [str(name) for name in raised] if isinstance(raised, list) else []


def _shown(outcome: Mapping[str, Any]) -> str:
    names = _names(outcome)
    if names:
        return f"raised {names[0]}: {clip(str(outcome.get('message', '')), 80)}"
    return clip(str(outcome.get("odd", "gave a value")), 120)


def _call(args: Args, case: Mapping[str, Any]) -> str:
    if "expr" in case:
        return clip(str(case["expr"]), 80)
    given = [json.dumps(value, ensure_ascii=False) for value in case.get("args", ())]
    given += [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in case.get("kwargs", {}).items()]
    return clip(f"{args['entry']}({', '.join(given)})", 80)


def _brief(value: Any) -> str:
    return clip(json.dumps(value, ensure_ascii=False), 80)


# ---------------------------------------------------------------------------------------------------- python_output
async def _python_output(args: Args, text: str, sandbox: Sandbox) -> Readings:
    timeout_s = args.get("timeout_s", DEFAULT_TIMEOUT_S)
    job = {"mode": "output", "blocks": code_blocks(text, _PYTHON), "stdin": args.get("stdin", "")}
    ended = await sandbox.run(job, timeout_s=timeout_s)
    if ended.reason != "exited" or ended.returncode != 0:
        last = lines(ended.stderr.decode(errors="replace"))[-1:]
        shown = failed(_killed(ended, timeout_s) or f"the program fails: {clip(''.join(last), 200)}")
        return shown, shown
    output, wanted = ended.stdout.decode(errors="replace"), str(args["value"])
    if output.strip() == wanted.strip():
        return PASSED, PASSED
    shown = failed(f"printed {quoted(output)}, wanted {quoted(wanted)}")
    same = [" ".join(line.split()) for line in lines(half_width(output))] == [
        " ".join(line.split()) for line in lines(half_width(wanted))
    ]
    return shown, PASSED if same else shown


# ---------------------------------------------------------------------------------------------------- python_kills
async def _python_kills(args: Args, text: str, sandbox: Sandbox) -> Readings:
    timeout_s = args.get("timeout_s", DEFAULT_TIMEOUT_S)
    blocks = code_blocks(text, _PYTHON)

    async def passes(module: str) -> tuple[bool, str]:
        ended = await sandbox.run({"mode": "kills", "blocks": blocks, "module": module}, timeout_s=timeout_s)
        verdicts = [m for m in _messages(ended) if "passed" in m]
        if not verdicts:
            return False, _killed(ended, timeout_s) or "the tests ended the program"
        return verdicts[-1]["passed"] is True, _shown(verdicts[-1])

    passed, why = await passes(args["module"])
    if not passed:
        shown = failed(f"the tests fail on the right module: {why}")
        return shown, shown
    found = await asyncio.gather(*(passes(mutant) for mutant in args["mutants"]))
    alive = [str(number) for number, (passed, _) in enumerate(found, 1) if passed]
    shown = failed(f"the tests pass on wrong modules: {', '.join(alive)} of {len(found)}") if alive else PASSED
    return shown, shown


# ---------------------------------------------------------------------------------------------------- sql_rows
async def _sql_rows(args: Args, text: str, sandbox: Sandbox) -> Readings:
    timeout_s = args.get("timeout_s", DEFAULT_TIMEOUT_S)
    sql = "\n".join(code_blocks(text, _SQL))
    job = {"mode": "sql", "setup": args["setup"], "sql": sql, "most": _MOST_ROWS}
    ended = await sandbox.run(job, timeout_s=timeout_s)
    messages = _messages(ended)
    if any("missing" in m for m in messages):
        raise SandboxError("the Python of the sandbox has no sqlite3")
    if not any(m.get("stage") == "loaded" for m in messages):
        raise SandboxError(f"the setup of the check fails: {ended.stderr.decode(errors='replace')[-200:]}")
    rows = next((m["rows"] for m in messages if "rows" in m), None)
    if rows is None:
        raised = next((_shown(m) for m in messages if "raised" in m), _killed(ended, timeout_s) or "no rows came back")
        return failed(raised), failed(raised)
    try:
        found = strict_json(str(rows))
    except ValueError as error:
        return failed(str(error)), failed(str(error))
    wanted = args["rows"]
    if not args.get("ordered"):
        found, wanted = sorted(found, key=_order), sorted(wanted, key=_order)
    if same_value(wanted, found, tolerance=_SAME):
        return PASSED, PASSED
    shown = failed(f"gave {len(found)} rows {_brief(found)}, wanted {len(wanted)} rows {_brief(wanted)}")
    return shown, shown


def _order(row: Any) -> str:
    """A key under which rows that are the same by value stand in the same place."""
    cells = row if isinstance(row, list) else [row]
    return json.dumps([_cell(cell) for cell in cells])


def _cell(cell: Any) -> list[Any]:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < 1e300:
        return ["number", f"{math.copysign(1, cell):+.0f}" if cell else "", f"{float(cell):.6e}"]
    return [type(cell).__name__, cell]


# ---------------------------------------------------------------------------------------------------- shared
def code_blocks(text: str, languages: Sequence[str]) -> list[str]:
    """The fenced blocks in one of the languages; without any those in no language; without any the whole text."""
    blocks = fenced_blocks(text)
    named = [content for language, content in blocks if language in languages]
    return named or [content for language, content in blocks if not language] or [text]


def _messages(ended: Ended) -> list[dict[str, Any]]:
    """The messages of the runner; whatever else the code wrote into their channel is passed over."""
    found: list[dict[str, Any]] = []
    for line in ended.stdout.split(b"\n"):
        try:
            message = strict_json(line.decode()) if line else None
        except ValueError:
            continue
        if isinstance(message, dict):
            found.append(message)
    return found


def _no_result(ended: Ended, messages: list[dict[str, Any]], timeout_s: float) -> str:
    loading = next((_shown(m) for m in messages if m.get("stage") == "load"), "")
    if loading:
        return f"the code does not run: {loading}"
    return _killed(ended, timeout_s) or "no result: the code ended the program"


def _killed(ended: Ended, timeout_s: float) -> str:
    """Why a run was cut short, "" when it was not."""
    reasons = {
        "time": f"ran longer than {2 * timeout_s + 3:g} s",
        "memory": "held more memory than allowed",
        "files": "made more files than allowed",
        "output": "wrote more output than allowed",
    }
    if ended.reason in reasons:
        return reasons[ended.reason]
    # 24 is SIGXCPU, as the shell and bubblewrap report it, or as Python does
    return f"used more than {timeout_s:g} s of processor time" if ended.returncode in (152, -24) else ""


_RUNNERS: Mapping[str, Callable[[Args, str, Sandbox], Awaitable[Readings]]] = {
    "python_tests": _python_tests,
    "python_output": _python_output,
    "python_kills": _python_kills,
    "sql_rows": _sql_rows,
}
