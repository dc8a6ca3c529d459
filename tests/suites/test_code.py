"""The code suite, run: every reference passes its checks in the sandbox, and references made wrong fail them."""

from __future__ import annotations

import ast
import asyncio
import os
import random
import re
from collections import Counter
from collections.abc import Sequence

import pytest

from evals.checks import CheckResult, Sandbox, needs_sandbox, run_checks, validate_check
from evals.library import load_suite
from evals.records import Prompt
from tests.making import ROOT
from tests.suites.mutations import worse_programs

PLAN = {
    "function": 80,
    "fix": 35,
    "predict": 25,
    "sql": 25,
    "transform": 25,
    "refactor": 20,
    "tests": 15,
    "spec-zh": 10,
    "review": 15,
}
MUTATED = ("function", "fix", "transform", "refactor", "spec-zh")
MUTANTS = 3
LEAST_KILLED = 0.95
AT_ONCE = 4
EQUIVALENT = {
    ("code-fix-0034", "self.period += 2"): "periods are only compared for equality",
    ("code-function-0008", "return parts if total >= 1 else [-part for part in parts]"): "at 0 all parts are 0",
    ("code-function-0008", "return parts if total > 0 else [-part for part in parts]"): "at 0 all parts are 0",
    ("code-function-0009", "return None"): "of the inner function only the truth is asked",
    ("code-function-0012", "for _ in range(9 * 366):"): (
        "29 February is at most eight years away: nothing comes true first in the ninth, short of the year 9999"
    ),
    ("code-function-0046", "for month in range(-4, 17):"): "99 days after a day of August it is still the old year",
    ("code-function-0056", "message, first, count = (None, 0, 1)"): "each line that is no repetition resets it",
    ("code-function-0074", "return int(new_size) > int(old_size)"): "equal types have been dealt with before",
    ("code-transform-0013", "if gap <= 1 or gap % 16:"): "1 is no multiple of 16",
    ("code-transform-0021", "subject = message.split('\\n', 2)[0].strip()"): "the first part is the same",
    ("code-transform-0024", "return None"): "the count is only asked for its truth where it is 0",
    ("code-spec-zh-0008", "for size in range(1, len(near) + 2):"): "there is no choice of more houses than there are",
}
"""Mutants that no input the prompt allows can tell from the reference: prompt, changed line, and why."""

_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def prompts() -> tuple[Prompt, ...]:
    """The prompts as they are shipped."""
    return load_suite(str(ROOT / "prompts" / "code")).prompts


@pytest.fixture(scope="module")
def sandbox() -> None:
    """Leave the test out where there is no sandbox, unless it is demanded."""
    probe = asyncio.run(Sandbox().probe())
    if not probe.works:
        if os.environ.get("EVALS_REQUIRE_SANDBOX") == "1":
            pytest.fail(str(probe))
        pytest.skip(str(probe))


def run_all(work: Sequence[tuple[Prompt, str]]) -> list[tuple[CheckResult, ...]]:
    """The results for all pairs of prompt and answer, in their order."""

    async def go() -> list[tuple[CheckResult, ...]]:
        box, places = Sandbox(), asyncio.Semaphore(AT_ONCE)

        async def one(prompt: Prompt, text: str) -> tuple[CheckResult, ...]:
            async with places:
                return await run_checks(prompt, text, box)

        return await asyncio.gather(*(one(prompt, text) for prompt, text in work))

    return asyncio.run(go())


def mutants(prompt: Prompt) -> list[tuple[str, str]]:
    """Three single changes of the reference's program, chosen by the prompt's id: (the line as changed, answer)."""
    source = "\n\n".join(_BLOCK.findall(prompt.reference))
    whole = ast.unparse(ast.parse(source))
    worse = [code for _, code in worse_programs(source) if code != whole]
    chosen = random.Random(prompt.id).sample(worse, min(MUTANTS, len(worse)))
    return [(_changed_line(whole, code), f"```python\n{code}\n```") for code in chosen]


def _changed_line(whole: str, code: str) -> str:
    return next(new.strip() for old, new in zip(whole.split("\n"), code.split("\n"), strict=False) if old != new)


def impatient(prompt: Prompt) -> Prompt:
    """The same prompt with a second for each check: an endless loop is wrong without being waited for."""
    checks = tuple({**check, "args": {**check["args"], "timeout_s": 1}} for check in prompt.checks)
    return Prompt(suite="code", id=prompt.id, messages=prompt.messages, checks=checks)


def test_counts_and_ids_are_as_planned(prompts: tuple[Prompt, ...]) -> None:
    """So many prompts in each category, each category in one block and numbered from 1."""
    sizes = Counter(prompt.category for prompt in prompts)
    assert sizes == PLAN
    assert [prompt.id for prompt in prompts] == [
        f"code-{name}-{n:04d}" for name, size in sizes.items() for n in range(1, size + 1)
    ]


def test_nearly_all_programs_are_run(prompts: tuple[Prompt, ...]) -> None:
    """What asks for a program or a query is run; only reading tasks (predict, review) may do without the sandbox."""
    read = {p.category for p in prompts if not any(needs_sandbox(check) for check in p.checks)}
    assert read <= {"predict", "review"}
    assert all(not validate_check(check) for prompt in prompts for check in prompt.checks)


@pytest.mark.slow
@pytest.mark.usefixtures("sandbox")
def test_references_pass_in_the_sandbox(prompts: tuple[Prompt, ...]) -> None:
    """Each reference passes each of its checks, as it stands and when forgiven."""
    checked = [prompt for prompt in prompts if prompt.checks]
    failing = [
        (prompt.id, result.type, result.status, result.detail)
        for prompt, results in zip(checked, run_all([(p, p.reference) for p in checked]), strict=True)
        for result in results
        if not (result.status == "ok" and result.strict and result.loose)
    ]
    assert failing == []


@pytest.mark.slow
@pytest.mark.usefixtures("sandbox")
def test_wrong_programs_fail(prompts: tuple[Prompt, ...]) -> None:
    """Of the references with one thing changed at least 95 % fail, and the rest is known to be no change at all."""
    work = [(prompt, what, text) for prompt in prompts if prompt.category in MUTATED for what, text in mutants(prompt)]
    results = run_all([(impatient(prompt), text) for prompt, _, text in work])
    alive = [
        (prompt.id, what)
        for (prompt, what, _), found in zip(work, results, strict=True)
        if all(result.loose for result in found)
    ]
    assert all(result.status == "ok" for found in results for result in found)
    assert len(work) > 0.98 * MUTANTS * sum(PLAN[name] for name in MUTATED)  # two references have fewer places
    assert [name for name in alive if name not in EQUIVALENT] == []
    assert len(alive) <= (1 - LEAST_KILLED) * len(work), alive
    named = Counter((prompt.id, what) for prompt, what, _ in work)
    assert [name for name in EQUIVALENT if named[name] != 1] == []
